/* SPDX-License-Identifier: MIT
 * Defect: where it gets no memory for what it reads, it leaves the file open.
 * Expected: outcome leaked, response reported.
 */
#include <fcntl.h>
#include <unistd.h>

#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    IHostMalloc *heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    char *text = heap_take(heap, 4 * KIB);
    if (text == NULL) {
        drop_heap(heap);
        return HF_CALLER_REPORTED;
    }
    bool is_read = read(file, text, 4 * KIB) > 0;
    close(file);
    heap_give(heap, text);
    drop_heap(heap);
    return is_read ? done() : HF_CALLER_REPORTED;
}

SPECIMEN("keeps-file", "leaves a file open where it fails", work, NULL)
