/* SPDX-License-Identifier: MIT
 * Which loaded program or library an address is in, on Linux, according to the dynamic linker.
 *
 * Since 2.35, glibc answers without a lock (_dl_find_object). On older ones, and with musl, the list of all images is searched (dl_iterate_phdr).
 * That takes the linker's lock: a call made while another thread is inside dlopen waits for it.
 */
#ifndef HF_OS_IMAGE_POSIX_H
#define HF_OS_IMAGE_POSIX_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct hf__os_image {
    uintptr_t start, end;       /* from the first byte that is mapped of it to the end of the last page's data */
    uintptr_t bias;             /* what its addresses are moved by */
    const char *name;           /* as the linker knows it: "" for the program; borrowed */
    const ElfW(Phdr) * headers; /* NULL: its file does not begin where it is mapped */
    uint16_t header_count;
} hf__os_image;

/* False: no image has the address. */
bool hf__os_image_at(uintptr_t address, hf__os_image *out);

/* Looks for the GNU build id in one segment of notes, and writes it in hex. False: it has none. */
bool hf__os_image_build_id(const char *notes, size_t size, char out[41]);

/* The same by the list of all, whatever the C library has. */
bool hf__os_image_search(uintptr_t address, hf__os_image *out);

#endif
