/* SPDX-License-Identifier: MIT
 * It may use only the public headers.
 */
#include "misbehaves.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static IHostMemoryManager *host, *manager;

bool allocate(void)
{
    void *memory = NULL;
    HRESULT hr = manager->lpVtbl->VirtualAlloc(manager, NULL, 65536, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &memory);
    return SUCCEEDED(hr) && SUCCEEDED(manager->lpVtbl->VirtualFree(manager, memory, 0, MEM_RELEASE));
}

static HRESULT STDMETHODCALLTYPE raise_signal(IHostMemoryManager *This, DWORD *load, SIZE_T *available)
{
    (void)This;
    *load = 0;
    *available = 0;
    raise(SIGUSR1);
    return S_OK;
}

bool interrupt_host(void (*handler)(int number))
{
    static IHostMemoryManagerVtbl methods;
    DWORD load = 0;
    SIZE_T available = 0;
    methods = *host->lpVtbl;
    methods.GetMemoryLoad = raise_signal;
    host->lpVtbl = &methods;
    signal(SIGUSR1, handler);
    return SUCCEEDED(manager->lpVtbl->GetMemoryLoad(manager, &load, &available));
}

int misbehaves_main(int argc, char **argv, const misbehaves_mode *modes, size_t count)
{
    if (FAILED(hf_host_create(&host)) || FAILED(hf_wrap(host, &manager)))
        return 8;
    for (size_t i = 0; argc == 2 && i < count; i++) {
        if (strcmp(argv[1], modes[i].name) == 0)
            return modes[i].run();
    }
    fprintf(stderr, "usage: %s MODE\n", argv[0]);
    return 2;
}
