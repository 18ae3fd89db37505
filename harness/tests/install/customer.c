/* SPDX-License-Identifier: MIT
 * A program under test as a user writes it: it takes our host, wraps it, allocates a page, writes to it and frees it.
 */
#include <hostfault/hostfault.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    IHostMemoryManager *bare = NULL;
    IHostMemoryManager *manager = NULL;
    void *page = NULL;
    if (FAILED(hf_host_create(&bare)) || FAILED(hf_wrap(bare, &manager)))
        return 1;
    HRESULT hr = manager->lpVtbl->VirtualAlloc(manager, NULL, 4096, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &page);
    if (FAILED(hr) || page == NULL)
        return 2;
    memset(page, 1, 4096);
    if (FAILED(manager->lpVtbl->VirtualFree(manager, page, 0, MEM_RELEASE)))
        return 3;
    manager->lpVtbl->Release(manager);
    bare->lpVtbl->Release(bare);
    return puts("customer: good") < 0;
}
