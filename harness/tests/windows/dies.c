/* SPDX-License-Identifier: MIT
 * A program that dies when it gets no memory, in the requested way: by a call through a null pointer, by a read of an address that no pointer can
 * have, in an endless recursion, by its own exception, by a fast fail, or never, with two threads.
 */
#include <hostfault/hostfault.h>
#include <stdio.h>
#include <string.h>

static void (*volatile nowhere)(void);
static volatile uintptr_t wild = 0x8080808080808080u;

static int call_null(void)
{
    nowhere();
    return 1;
}

static int read_wild(void)
{
    return *(volatile char *)wild;
}

static int raise_own(void)
{
    RaiseException(0xE0001234, 0, 0, NULL);
    return 1;
}

/* As .NET ends itself (RaiseFailFastException). */
static int fail_fast_exception(void)
{
    RaiseException(0xC0000602, EXCEPTION_NONCONTINUABLE, 0, NULL);
    return 1;
}

static int fail_fast(void)
{
    __asm__ volatile("int $0x29" : : "c"(7));
    return 1;
}

static DWORD WINAPI sleep_too(void *unused)
{
    (void)unused;
    Sleep(INFINITE);
    return 0;
}

static int hang(void)
{
    CreateThread(NULL, 0, sleep_too, NULL, 0, NULL);
    Sleep(INFINITE);
    return 1;
}

/* Asked what it is, as a caller is, it talks without end. */
static void talk(void)
{
    for (;;)
        puts("name: talks");
}

static const struct {
    const char *name;
    int (*die)(void);
} ways[] = {
    {"call-null", call_null},
    {"read-wild", read_wild},
    {"raise-own", raise_own},
    {"fail-fast", fail_fast},
    {"fail-fast-exception", fail_fast_exception},
    {"hang", hang},
};

static void *take(void)
{
    IHostMemoryManager *host = NULL, *manager = NULL;
    void *memory = NULL;
    if (FAILED(hf_host_create(&host)) || FAILED(hf_wrap(host, &manager)))
        return NULL;
    manager->lpVtbl->VirtualAlloc(manager, NULL, 4096, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &memory);
    if (memory != NULL)
        manager->lpVtbl->VirtualFree(manager, memory, 0, MEM_RELEASE);
    return memory;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--hf-about") == 0)
        talk();
    if (take() != NULL || argc < 2)
        return 0;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (strcmp(ways[i].name, argv[1]) == 0)
            return ways[i].die();
    }
    return 2;
}
