/* SPDX-License-Identifier: MIT
 * A caller that puts escape sequences and line ends into every text that it controls: its thread, its phase, its result, its outputs. It crashes if
 * it gets no memory, so that there is a finding.
 */
#include <hostfault/hostfault.h>

#include <stdio.h>
#include <string.h>

#define HOSTILE                                                                                                                                      \
    "evil\n::error::x\r\n\x1b[31m\x9b"                                                                                                               \
    "31m\xe2\x80\xae"

int main(void)
{
    IHostMemoryManager *bare = NULL, *manager = NULL;
    void *memory = NULL;
    if (FAILED(hf_host_create(&bare)) || FAILED(hf_wrap(bare, &manager)))
        return 1;
    hf_thread(HOSTILE);
    hf_phase(HOSTILE);
    puts(HOSTILE);
    fputs(HOSTILE "\n", stderr);
    hf_result(HOSTILE, strlen(HOSTILE));
    (void)manager->lpVtbl->VirtualAlloc(manager, NULL, 65536, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &memory);
    *(volatile char *)memory = 1;
    return 0;
}
