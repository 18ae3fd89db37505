/* SPDX-License-Identifier: MIT
 * A program that imports nothing, like packed and protected ones: it finds kernel32 in the loader's list, walks its exports by hand, allocates memory
 * and exits with status 5.
 */
#include <windows.h>
#include <winternl.h>

static int is_same(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static const void *find_export(const char *base, const char *name)
{
    const IMAGE_DOS_HEADER *dos = (const IMAGE_DOS_HEADER *)(const void *)base;
    const IMAGE_NT_HEADERS *headers = (const IMAGE_NT_HEADERS *)(const void *)(base + dos->e_lfanew);
    const IMAGE_DATA_DIRECTORY *where = &headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT];
    if (where->Size == 0)
        return NULL;
    const IMAGE_EXPORT_DIRECTORY *exports = (const IMAGE_EXPORT_DIRECTORY *)(const void *)(base + where->VirtualAddress);
    const DWORD *names = (const DWORD *)(const void *)(base + exports->AddressOfNames);
    const WORD *indices = (const WORD *)(const void *)(base + exports->AddressOfNameOrdinals);
    const DWORD *addresses = (const DWORD *)(const void *)(base + exports->AddressOfFunctions);
    for (DWORD i = 0; i < exports->NumberOfNames; i++) {
        if (is_same(base + names[i], name))
            return base + addresses[indices[i]];
    }
    return NULL;
}

static const void *find(const PEB *peb, const char *name)
{
    const LIST_ENTRY *head = &peb->Ldr->InMemoryOrderModuleList;
    for (const LIST_ENTRY *at = head->Flink; at != head; at = at->Flink) {
        const LDR_DATA_TABLE_ENTRY *module = CONTAINING_RECORD(at, LDR_DATA_TABLE_ENTRY, InMemoryOrderLinks);
        const void *found = find_export(module->DllBase, name);
        if (found != NULL)
            return found;
    }
    return NULL;
}

void start(const PEB *peb);

/* Windows starts a program with its process's block as the one argument. */
void start(const PEB *peb)
{
    LPVOID(WINAPI *const alloc)(LPVOID, SIZE_T, DWORD, DWORD) = (LPVOID(WINAPI *)(LPVOID, SIZE_T, DWORD, DWORD))(ULONG_PTR)find(peb, "VirtualAlloc");
    void(WINAPI *const leave)(UINT) = (void(WINAPI *)(UINT))(ULONG_PTR)find(peb, "ExitProcess");
    leave(alloc(NULL, 4096, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE) != NULL ? 5 : 6);
}
