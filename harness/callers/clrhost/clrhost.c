/* SPDX-License-Identifier: MIT
 * The caller `clrhost`: the .NET Framework's own CLR as caller. This program is its host: it loads the runtime, hands it our IHostControl, whose
 * memory manager is Windows' own allocator behind the shim, starts it and has it execute a method of an assembly.
 *
 * Up to SetHostControl nothing can fail by a fault of ours, so what fails until then is the machine's: no such CLR here, HF_CALLER_MISSING. From then
 * on the HRESULTs of the runtime are what it made of the faults. mscoree.dll is loaded by hand, or this program would not start where it is missing.
 *
 * Arguments: [--runtime VERSION] [ASSEMBLY TYPE METHOD [ARGUMENT]]. Without an assembly the runtime is only started and stopped.
 */
#include "clrhost_metahost.h"

#include <hostfault/caller.h>
#include <mscoree.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base_poison.h"

#define TEXT_MAX 1024
#define NEWEST L"v4.0.30319" /* the only one since .NET Framework 4 */

typedef struct clrhost_options {
    wchar_t version[TEXT_MAX];
    wchar_t assembly[TEXT_MAX], type[TEXT_MAX], method[TEXT_MAX], argument[TEXT_MAX];
} clrhost_options;

static bool widen(const char *text, wchar_t *out)
{
    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, out, TEXT_MAX) > 0)
        return true;
    (void)fprintf(stderr, "clrhost: '%s' is too long, or not UTF-8\n", text);
    return false;
}

/* The runtime takes a path as from its own folder. */
static bool widen_path(const char *text, wchar_t *out)
{
    wchar_t given[TEXT_MAX];
    if (!widen(text, given))
        return false;
    DWORD length = GetFullPathNameW(given, TEXT_MAX, out, NULL);
    if (length > 0 && length < TEXT_MAX && GetFileAttributesW(out) != INVALID_FILE_ATTRIBUTES)
        return true;
    (void)fprintf(stderr, "clrhost: %s: no such assembly\n", text);
    return false;
}

static bool parse(int argc, char *const *argv, clrhost_options *options)
{
    wcscpy(options->version, NEWEST);
    if (argc >= 2 && strcmp(argv[0], "--runtime") == 0) {
        if (!widen(argv[1], options->version))
            return false;
        argc -= 2;
        argv += 2;
    }
    if (argc == 0)
        return true;
    if (argc < 3 || argc > 4 || argv[0][0] == '-') {
        (void)fprintf(stderr, "clrhost: expected [--runtime VERSION] [ASSEMBLY TYPE METHOD [ARGUMENT]]; see harness/callers/clrhost/README.md\n");
        return false;
    }
    return widen_path(argv[0], options->assembly) && widen(argv[1], options->type) && widen(argv[2], options->method) &&
           (argc == 3 || widen(argv[3], options->argument));
}

static hf_caller_end missing(const char *what, HRESULT hr)
{
    (void)fprintf(stderr, "clrhost: no .NET Framework on this machine: %s", what);
    (void)fprintf(stderr, hr != S_OK ? " (0x%08lX)\n" : "\n", (unsigned long)hr);
    return HF_CALLER_MISSING;
}

static hf_caller_end failed(const char *step, HRESULT hr)
{
    (void)fprintf(stderr, "clrhost: %s failed with 0x%08lX\n", step, (unsigned long)hr);
    return HF_CALLER_REPORTED;
}

static HRESULT get_runtime_host(ICLRMetaHost *meta, const wchar_t *version, ICLRRuntimeHost **out)
{
    ICLRRuntimeInfo *info = NULL;
    HRESULT hr = meta->lpVtbl->GetRuntime(meta, version, &CLRHOST_IID_ICLRRuntimeInfo, (void **)&info);
    if (FAILED(hr))
        return hr;
    hr = info->lpVtbl->GetInterface(info, &CLRHOST_CLSID_CLRRuntimeHost, &CLRHOST_IID_ICLRRuntimeHost, (void **)out);
    info->lpVtbl->Release(info);
    return hr;
}

/* The runtime, loaded and not yet started. */
static hf_caller_end load(const wchar_t *version, ICLRRuntimeHost **out)
{
    HMODULE library = LoadLibraryW(L"mscoree.dll");
    if (library == NULL)
        return missing("mscoree.dll cannot be loaded", HRESULT_FROM_WIN32(GetLastError()));
    clrhost_create_instance create = (clrhost_create_instance)(void (*)(void))GetProcAddress(library, "CLRCreateInstance");
    if (create == NULL)
        return missing("its mscoree.dll is older than version 4", S_OK);
    ICLRMetaHost *meta = NULL;
    HRESULT hr = create(&CLRHOST_CLSID_CLRMetaHost, &CLRHOST_IID_ICLRMetaHost, (void **)&meta);
    if (FAILED(hr))
        return missing("CLRCreateInstance failed", hr);
    hr = get_runtime_host(meta, version, out);
    meta->lpVtbl->Release(meta);
    return FAILED(hr) ? missing("this version of its runtime cannot be loaded", hr) : HF_CALLER_OK;
}

/* What the method returned is the result. An exception that it did not catch comes as its HRESULT. */
static hf_caller_end execute(ICLRRuntimeHost *clr, const clrhost_options *options)
{
    DWORD returned = 0;
    hf_phase("running");
    HRESULT hr = clr->lpVtbl->ExecuteInDefaultAppDomain(clr, options->assembly, options->type, options->method, options->argument, &returned);
    if (FAILED(hr))
        return failed("ExecuteInDefaultAppDomain", hr);
    char text[32];
    int length = snprintf(text, sizeof text, "returned %lu", (unsigned long)returned);
    hf_result(text, (size_t)length);
    return HF_CALLER_OK;
}

static hf_caller_end use(ICLRRuntimeHost *clr, IHostControl *control, const clrhost_options *options)
{
    hf_phase("startup");
    HRESULT hr = clr->lpVtbl->SetHostControl(clr, control);
    if (FAILED(hr))
        return failed("SetHostControl", hr);
    hr = clr->lpVtbl->Start(clr);
    if (FAILED(hr))
        return failed("Start", hr);
    hf_caller_end end = options->assembly[0] != L'\0' ? execute(clr, options) : HF_CALLER_OK;
    hf_phase("shutdown");
    hr = clr->lpVtbl->Stop(clr);
    return FAILED(hr) && end == HF_CALLER_OK ? failed("Stop", hr) : end;
}

static hf_caller_end run_clrhost(hf_caller_run *run)
{
    static clrhost_options options;
    if (!parse(run->argc, run->argv, &options))
        return HF_CALLER_USAGE;
    ICLRRuntimeHost *clr = NULL;
    hf_caller_end end = load(options.version, &clr);
    if (end != HF_CALLER_OK)
        return end;
    end = use(clr, run->control, &options);
    clr->lpVtbl->Release(clr);
    return end;
}

static const hf_caller clrhost_caller = {
    .struct_size = sizeof(hf_caller),
    .sees = HF_SEES_NULL,
    .name = "clrhost",
    .about = "the .NET Framework's own CLR, started in this process with our host",
    .run = run_clrhost,
};
HF_CALLER_MAIN(clrhost_caller)
