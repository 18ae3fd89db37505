/* SPDX-License-Identifier: MIT
 * Import tables. An entry is identified by the address in it, not by its name: one function has several names, from kernel32 to the API sets, and
 * bound or delayed imports have none left. Must never use the heap: it runs under the loader's lock, inside somebody's LoadLibrary.
 */
#include "attach_imports_windows.h"
#include "base_error.h"
#include "os_atomic.h"

#include <psapi.h>
#include <string.h>
#include <wchar.h>

#include "base_poison.h"

#define MODULES_MAX 512u
#define KNOWN_MAX 128u

/* Where the functions are, under whatever name a program imports them; these modules call one another past us, and are left alone. */
static const wchar_t *const lowest[] = {L"kernel32.dll", L"kernelbase.dll", L"ntdll.dll"};
#define LOWEST_COUNT (sizeof lowest / sizeof *lowest)

/* An address of the system's, and ours for it. */
typedef struct address_pair {
    FARPROC real, ours;
} address_pair;

static struct {
    HMODULE self, below[LOWEST_COUNT];
    const hf__attach_redirection *table;
    size_t count, known_count;
    address_pair known[KNOWN_MAX];
    uint32_t entries;
    FARPROC(WINAPI *find)(HMODULE module, LPCSTR name);
    BOOL(WINAPI *protect)(LPVOID address, SIZE_T size, DWORD protect, PDWORD old);
} state;

static FARPROC ours_for(FARPROC real)
{
    for (size_t i = 0; real != NULL && i < state.known_count; i++) {
        if (state.known[i].real == real)
            return state.known[i].ours;
    }
    return NULL;
}

/* GetProcAddress as programs see it: what leads to a function of the table leads to ours. */
static FARPROC WINAPI find_procedure(HMODULE module, LPCSTR name)
{
    FARPROC real = state.find(module, name);
    FARPROC ours = ours_for(real);
    return ours != NULL ? ours : real;
}

static void remember_replacement(FARPROC real, FARPROC ours)
{
    if (real == NULL || state.known_count == KNOWN_MAX)
        return;
    state.known[state.known_count].real = real;
    state.known[state.known_count++].ours = ours;
}

static void learn_all(void)
{
    FARPROC finder;
    FARPROC(WINAPI *const own)(HMODULE module, LPCSTR name) = find_procedure;
    memcpy(&finder, &own, sizeof finder);
    for (size_t i = 0; i < LOWEST_COUNT; i++) {
        state.below[i] = GetModuleHandleW(lowest[i]);
        if (state.below[i] == NULL)
            continue;
        remember_replacement(state.find(state.below[i], "GetProcAddress"), finder);
        for (size_t k = 0; k < state.count; k++) {
            FARPROC real = state.find(state.below[i], state.table[k].name);
            remember_replacement(real, state.table[k].ours);
            if (*state.table[k].real == NULL)
                *state.table[k].real = real;
        }
    }
}

static bool is_left_alone(HMODULE module)
{
    bool below = module == state.self;
    for (size_t i = 0; i < LOWEST_COUNT; i++)
        below = below || module == state.below[i];
    return below;
}

static bool write_entry(FARPROC *entry, FARPROC ours)
{
    DWORD old = 0, ignored = 0;
    if (!state.protect(entry, sizeof *entry, PAGE_READWRITE, &old))
        return false;
    *entry = ours;
    state.protect(entry, sizeof *entry, old, &ignored);
    hf__os_add_u32_atomic(&state.entries, 1);
    return true;
}

/* What to do with an entry that leads past us. True: it leads to us now. */
typedef bool visit_entry(FARPROC *entry, FARPROC ours);

static bool only_look(FARPROC *entry, FARPROC ours)
{
    (void)entry;
    (void)ours;
    return false;
}

/* NULL: it has none. */
static const IMAGE_IMPORT_DESCRIPTOR *imports_of(const char *base)
{
    const IMAGE_DOS_HEADER *dos = (const IMAGE_DOS_HEADER *)(const void *)base;
    if (dos->e_magic != IMAGE_DOS_SIGNATURE)
        return NULL;
    const IMAGE_NT_HEADERS *headers = (const IMAGE_NT_HEADERS *)(const void *)(base + dos->e_lfanew);
    const IMAGE_DATA_DIRECTORY *where = &headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
    return where->Size != 0 ? (const IMAGE_IMPORT_DESCRIPTOR *)(const void *)(base + where->VirtualAddress) : NULL;
}

/* Entries that still lead past us afterwards. */
static uint32_t visit_module(HMODULE module, visit_entry *visit)
{
    const char *base = (const char *)module;
    const IMAGE_IMPORT_DESCRIPTOR *from = is_left_alone(module) ? NULL : imports_of(base);
    uint32_t past = 0;
    for (; from != NULL && from->Name != 0 && from->FirstThunk != 0; from++) {
        FARPROC *entry = (FARPROC *)(uintptr_t)(base + from->FirstThunk);
        for (; *entry != NULL; entry++) {
            FARPROC ours = ours_for(*entry);
            past += ours != NULL && !visit(entry, ours);
        }
    }
    return past;
}

static uint32_t visit_all(visit_entry *visit)
{
    static HMODULE modules[MODULES_MAX];
    DWORD bytes = 0;
    uint32_t past = 0;
    if (!K32EnumProcessModules(GetCurrentProcess(), modules, sizeof modules, &bytes))
        return 1;
    for (size_t i = 0; i < MODULES_MAX && i < bytes / sizeof *modules; i++)
        past += visit_module(modules[i], visit);
    return past;
}

/* As the loader tells of modules (documentation: LdrDllNotification). */
typedef struct module_notice {
    ULONG flags;
    const void *full_name, *base_name;
    PVOID base;
    ULONG size;
} module_notice;

static void CALLBACK on_module(ULONG reason, const module_notice *notice, void *context)
{
    (void)context;
    if (reason == 1) /* loaded */
        visit_module((HMODULE)notice->base, write_entry);
}

static bool watch_modules(void)
{
    LONG(NTAPI * watch)(ULONG flags, void(CALLBACK * notify)(ULONG, const module_notice *, void *), void *context, void **cookie);
    static void *cookie;
    FARPROC found = state.find(GetModuleHandleW(L"ntdll.dll"), "LdrRegisterDllNotification");
    memcpy(&watch, &found, sizeof watch);
    return found != NULL && watch(0, on_module, NULL, &cookie) == 0;
}

/* Does this DLL of the program's tables lead to us: by an entry, or by being none of the system's lowest, and so having tables of its own? */
static bool leads_on(const char *base, const IMAGE_IMPORT_DESCRIPTOR *from)
{
    HMODULE module = GetModuleHandleA(base + from->Name);
    const FARPROC *entry = (const FARPROC *)(const void *)(base + from->FirstThunk);
    bool leads = module != NULL && !is_left_alone(module);
    for (; !leads && *entry != NULL; entry++) {
        for (size_t i = 0; i < state.known_count; i++)
            leads = leads || *entry == state.known[i].ours;
    }
    return leads;
}

/* A packed or protected program may find the system's functions by itself, and then nothing of it comes by us. */
static bool reaches_program(void)
{
    const char *base = (const char *)GetModuleHandleW(NULL);
    const IMAGE_IMPORT_DESCRIPTOR *from = imports_of(base);
    for (; from != NULL && from->Name != 0 && from->FirstThunk != 0; from++) {
        if (leads_on(base, from))
            return true;
    }
    return false;
}

/* As the program would find it: looked up, and in its tables. */
static hf_status check(hf_error *err)
{
    if (!reaches_program())
        return HF_FAIL(err, HF_ERROR_STATE,
                       "the hook is not in place: the program imports neither a function that the hook replaces nor one that looks functions up; it "
                       "is packed or protected, or makes its system calls directly");
    uint32_t past = visit_all(only_look);
    if (past > 0)
        return HF_FAIL(err, HF_ERROR_STATE, "the hook is not in place: %u import entries still lead to the system's own functions", past);
    for (size_t i = 0; i < state.count; i++) {
        FARPROC found = *state.table[i].real != NULL ? find_procedure(state.below[0], state.table[i].name) : NULL;
        if (found != NULL && found != state.table[i].ours)
            return HF_FAIL(err, HF_ERROR_STATE, "the hook is not in place: GetProcAddress still finds the system's own %s", state.table[i].name);
    }
    return HF_OK;
}

hf_status hf__attach_imports_redirect(HMODULE self, const hf__attach_redirection *table, size_t count, hf_error *err)
{
    state.self = self;
    state.table = table;
    state.count = count;
    state.find = GetProcAddress;
    state.protect = VirtualProtect;
    learn_all();
    (void)visit_all(write_entry);
    if (!watch_modules())
        return HF_FAIL(err, HF_ERROR_STATE, "the hook cannot be notified of modules that are loaded later (LdrRegisterDllNotification)");
    return check(err);
}

uint32_t hf__attach_imports_count(void)
{
    return hf__os_load_u32(&state.entries);
}
