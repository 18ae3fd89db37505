/* SPDX-License-Identifier: MIT
 * Memory over a file without a name, on Linux.
 */
#include "os_spill.h"
#include "base_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base_poison.h"

/* overlayfs has no O_TMPFILE before Linux 6.3: there the file loses its name at once. */
static int open_nameless(const char *folder)
{
    int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file >= 0)
        return file;
    char path[4096];
    hf__builder name = hf__builder_init(path, sizeof path);
    hf__builder_print(&name, "%s/spill-XXXXXX", folder);
    file = mkostemp(path, O_CLOEXEC);
    if (file >= 0)
        (void)unlink(path);
    return file;
}

static int make_room(int file, size_t size_bytes)
{
    int done = -1;
    do
        done = fallocate(file, 0, 0, (off_t)size_bytes);
    while (done != 0 && errno == EINTR);
    return done == 0 ? 0 : errno;
}

int hf__os_spill_create(const char *folder, size_t size_bytes, hf_os_spill *out)
{
    int file = open_nameless(folder);
    if (file < 0)
        return errno;
    int code = make_room(file, size_bytes);
    void *base = code == 0 ? mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : MAP_FAILED;
    if (base == MAP_FAILED) {
        code = code != 0 ? code : errno;
        (void)close(file);
        return code;
    }
    *out = (hf_os_spill){.base = base, .size_bytes = size_bytes, .file = file};
    return 0;
}

int hf__os_spill_resize(hf_os_spill *spill, size_t size_bytes)
{
    int code = size_bytes > spill->size_bytes ? make_room(spill->file, size_bytes) : 0;
    if (code != 0)
        return code;
    void *base = mremap(spill->base, spill->size_bytes, size_bytes, MREMAP_MAYMOVE);
    if (base == MAP_FAILED)
        return errno;
    spill->base = base;
    spill->size_bytes = size_bytes;
    return 0;
}

void hf__os_spill_rest(const hf_os_spill *spill)
{
    (void)madvise(spill->base, spill->size_bytes, MADV_DONTNEED); /* of a shared mapping, this drops no contents (madvise(2)) */
}

void hf__os_spill_release(hf_os_spill *spill)
{
    (void)munmap(spill->base, spill->size_bytes);
    (void)close(spill->file);
}
