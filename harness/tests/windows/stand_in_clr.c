/* SPDX-License-Identifier: MIT
 * A mscoree.dll that replaces the real one, so that the caller clrhost can run to its end without a CLR. It has the interfaces that find and start a
 * CLR, over the model of callers/clr, which takes its host and calls it as the CLR does. Its only method is Hello.Run, which executes the model's
 * program that the argument names.
 *
 * Only for tests: it must not be in a folder where anything else could find it.
 */
#include "clr_program.h"
#include "clrhost_metahost.h"

#include <mscoree.h>
#include <stdlib.h>
#include <string.h>

#define COR_E_MISSINGMETHOD ((HRESULT)0x80131513)
#define COR_E_FILENOTFOUND ((HRESULT)0x80070002)

static clr_runtime runtime;

static ULONG STDMETHODCALLTYPE release(ICLRRuntimeHost *self)
{
    (void)self;
    return 1;
}

static HRESULT STDMETHODCALLTYPE start(ICLRRuntimeHost *self)
{
    (void)self;
    return clr_start(&runtime);
}

static HRESULT STDMETHODCALLTYPE stop(ICLRRuntimeHost *self)
{
    (void)self;
    clr_stop(&runtime);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE set_host_control(ICLRRuntimeHost *self, IHostControl *control)
{
    (void)self;
    return clr_set_host_control(&runtime, control);
}

static bool is_known(const wchar_t *type, const wchar_t *method)
{
    return wcscmp(type, L"Hello") == 0 && wcscmp(method, L"Run") == 0;
}

static HRESULT STDMETHODCALLTYPE execute(ICLRRuntimeHost *self, LPCWSTR assembly, LPCWSTR type, LPCWSTR method, LPCWSTR argument, DWORD *returned)
{
    (void)self;
    char name[16];
    if (assembly[1] != L':' || GetFileAttributesW(assembly) == INVALID_FILE_ATTRIBUTES)
        return COR_E_FILENOTFOUND;
    const clr_program *program = wcstombs(name, argument, sizeof name) < sizeof name ? clr_program_by_name(name) : NULL;
    if (!is_known(type, method) || program == NULL)
        return COR_E_MISSINGMETHOD;
    const clr_program_options options = {.threads = 2};
    clr_program_run run = {.thread = &runtime.main, .options = &options};
    clr_program_execute(program, &run);
    *returned = (DWORD)(runtime.main.digest & 0x7FFFFFFF);
    if (runtime.main.exception == CLR_NO_EXCEPTION)
        return S_OK;
    return runtime.main.exception == CLR_OUT_OF_MEMORY ? E_OUTOFMEMORY : runtime.main.exception_hr;
}

static ICLRRuntimeHostVtbl clr_vtable = {
    .Release = release,
    .Start = start,
    .Stop = stop,
    .SetHostControl = set_host_control,
    .ExecuteInDefaultAppDomain = execute,
};
static ICLRRuntimeHost clr = {&clr_vtable};

static HRESULT STDMETHODCALLTYPE get_interface(ICLRRuntimeInfo *self, const CLSID *clsid, REFIID riid, void **out)
{
    (void)self;
    bool known = memcmp(clsid, &CLRHOST_CLSID_CLRRuntimeHost, sizeof *clsid) == 0 && memcmp(riid, &CLRHOST_IID_ICLRRuntimeHost, sizeof *riid) == 0;
    *out = known ? &clr : NULL;
    return known ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE info_release(ICLRRuntimeInfo *self)
{
    (void)self;
    return 1;
}

static const ICLRRuntimeInfoVtbl info_vtable = {
    .Release = info_release,
    .GetInterface = get_interface,
};
static ICLRRuntimeInfo info = {&info_vtable};

static HRESULT STDMETHODCALLTYPE get_runtime(ICLRMetaHost *self, LPCWSTR version, REFIID riid, void **out)
{
    (void)self;
    bool known = wcscmp(version, L"v4.0.30319") == 0 && memcmp(riid, &CLRHOST_IID_ICLRRuntimeInfo, sizeof *riid) == 0;
    *out = known ? &info : NULL;
    return known ? S_OK : COR_E_FILENOTFOUND;
}

static ULONG STDMETHODCALLTYPE meta_release(ICLRMetaHost *self)
{
    (void)self;
    return 1;
}

static const ICLRMetaHostVtbl meta_vtable = {
    .Release = meta_release,
    .GetRuntime = get_runtime,
};
static ICLRMetaHost meta = {&meta_vtable};

__declspec(dllexport) HRESULT STDMETHODCALLTYPE CLRCreateInstance(const CLSID *clsid, REFIID riid, void **out);
HRESULT STDMETHODCALLTYPE CLRCreateInstance(const CLSID *clsid, REFIID riid, void **out)
{
    bool known = memcmp(clsid, &CLRHOST_CLSID_CLRMetaHost, sizeof *clsid) == 0 && memcmp(riid, &CLRHOST_IID_ICLRMetaHost, sizeof *riid) == 0;
    *out = known ? &meta : NULL;
    if (known)
        clr_runtime_init(&runtime);
    return known ? S_OK : E_NOINTERFACE;
}
