/* SPDX-License-Identifier: MIT
 * The process's own memory map on Linux, one address at a time, without heap or lock: it answers VirtualQuery about memory that the host did not give
 * out.
 *
 * Kernels since 6.11 answer for one address in logarithmic time (PROCMAP_QUERY on /proc/self/maps). With older ones, the text of the map is read
 * through a buffer on the stack. The dynamic linker knows which mappings belong to one loaded image (os_image_posix.h): an image's extent includes
 * its zeroed segment, which the kernel shows as anonymous. A file that is merely mapped is no image, whatever it contains.
 */
#include "os_map_posix.h"
#include "os_image_posix.h"
#include "os_memory.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base_poison.h"

/* linux/fs.h of 6.11; older headers lack it. */
typedef struct map_query {
    uint64_t size, flags, address;
    uint64_t start, end, vma_flags, page_size, offset, inode;
    uint32_t device_major, device_minor, name_size, build_id_size;
    uint64_t name_address, build_id_address;
} map_query;
#define MAP_QUERY _IOWR('f', 17, map_query)
#define MAP_QUERY_COVERING_OR_NEXT 0x10u
#define VMA_READABLE 1u
#define VMA_WRITABLE 2u
#define VMA_EXECUTABLE 4u
#define VMA_SHARED 8u

static int ask_kernel(int file, uintptr_t address, hf_vma *out)
{
    map_query query = {.size = sizeof query, .flags = MAP_QUERY_COVERING_OR_NEXT, .address = address};
    if (ioctl(file, MAP_QUERY, &query) != 0)
        return errno;
    *out = (hf_vma){.start = query.start, .end = query.end, .offset = query.offset, .inode = query.inode};
    out->device = (uint64_t)query.device_major << 32 | query.device_minor;
    out->access = (query.vma_flags & VMA_READABLE) != 0 ? HF_ACCESS_READ : 0u;
    out->access |= (query.vma_flags & VMA_WRITABLE) != 0 ? HF_ACCESS_WRITE : 0u;
    out->access |= (query.vma_flags & VMA_EXECUTABLE) != 0 ? HF_ACCESS_EXECUTE : 0u;
    out->is_shared = (query.vma_flags & VMA_SHARED) != 0;
    return 0;
}

/* Reads a number in the given base, and skips the byte after it. */
static uint64_t take_number(const char **at, unsigned base)
{
    uint64_t value = 0;
    for (;; (*at)++) {
        char c = **at;
        unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 99;
        if (digit >= base)
            break;
        value = value * base + digit;
    }
    if (**at != '\0')
        (*at)++;
    return value;
}

void hf__os_map_parse(const char *line, hf_vma *out)
{
    out->start = (uintptr_t)take_number(&line, 16);
    out->end = (uintptr_t)take_number(&line, 16);
    out->access = (line[0] == 'r' ? HF_ACCESS_READ : 0u) | (line[1] == 'w' ? HF_ACCESS_WRITE : 0u) | (line[2] == 'x' ? HF_ACCESS_EXECUTE : 0u);
    out->is_shared = line[3] == 's';
    line += 5;
    out->offset = take_number(&line, 16);
    out->device = take_number(&line, 16) << 32;
    out->device |= take_number(&line, 16);
    out->inode = take_number(&line, 10);
}

/* The address and the numbers of a line need far less; names that are longer are skipped. */
#define LINE_MAX_BYTES 128u

int hf__os_map_scan(int file, uintptr_t address, hf_vma *out)
{
    char text[4096], line[LINE_MAX_BYTES] = "";
    size_t length = 0;
    if (lseek(file, 0, SEEK_SET) != 0)
        return errno;

    for (;;) {
        ssize_t got = read(file, text, sizeof text);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0 ? ENOENT : errno;
        for (ssize_t i = 0; i < got; i++) {
            if (text[i] != '\n') {
                if (length < sizeof line - 1)
                    line[length++] = text[i];
                continue;
            }
            line[length] = '\0';
            length = 0;
            hf__os_map_parse(line, out);
            if (address < out->end)
                return 0;
        }
    }
}

/* The mapping that holds the address, or the next above it; ENOENT if there is none. Systems without the query fail differently: older kernels with
 * ENOTTY, qemu-user with ENOSYS, system call filters with EPERM. The text form always exists. */
static int find_vma(int file, uintptr_t address, hf_vma *out)
{
    int os_code = ask_kernel(file, address, out);
    return os_code == 0 || os_code == ENOENT ? os_code : hf__os_map_scan(file, address, out);
}

static bool is_same_file(const hf_vma *low, const hf_vma *high)
{
    return low->inode == high->inode && low->device == high->device && low->end == high->start &&
           low->offset + (low->end - low->start) == high->offset;
}

/* The whole view of a file: adjacent mappings that are adjacent in the file too. */
static void find_view(int file, const hf_vma *vma, hf_map_entry *out)
{
    hf_vma edge = *vma, next = {0};
    while (edge.start > 0 && find_vma(file, edge.start - 1, &next) == 0 && next.start < edge.start && is_same_file(&next, &edge))
        edge = next;
    out->object_base = edge.start;
    edge = *vma;
    while (find_vma(file, edge.end, &next) == 0 && is_same_file(&edge, &next))
        edge = next;
    out->object_end = edge.end;
}

static void describe(int file, uintptr_t address, const hf_vma *vma, hf_map_entry *out)
{
    *out = (hf_map_entry){.base = vma->start, .end = vma->end, .object_base = vma->start, .object_end = vma->end, .access = vma->access};
    out->is_shared = vma->is_shared;
    out->kind = vma->inode != 0 ? HF_MAP_FILE : HF_MAP_PRIVATE;
    hf__os_image found;
    if (hf__os_image_at(address, &found)) {
        out->kind = HF_MAP_IMAGE;
        out->object_base = found.start & ~((uintptr_t)hf__os_page_size() - 1);
        out->object_end = (found.end + hf__os_page_size() - 1) & ~((uintptr_t)hf__os_page_size() - 1);
        out->base = out->base < out->object_base ? out->object_base : out->base;
        out->end = out->end > out->object_end ? out->object_end : out->end;
    } else if (out->kind == HF_MAP_FILE)
        find_view(file, vma, out);
}

int hf__os_map_at(uintptr_t address, hf_map_entry *out)
{
    int kept = errno;
    int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        int os_code = errno;
        errno = kept;
        return os_code;
    }

    hf_vma vma = {0};
    int os_code = find_vma(file, address, &vma);
    if (os_code == 0 && vma.start <= address)
        describe(file, address, &vma, out);
    else if (os_code == 0 || os_code == ENOENT) {
        uintptr_t page = address & ~((uintptr_t)hf__os_page_size() - 1);
        uintptr_t end = os_code == 0 ? vma.start : hf__os_highest_address() + 1;
        *out = (hf_map_entry){.base = page, .end = end, .object_base = page, .object_end = end, .kind = HF_MAP_FREE};
        os_code = 0;
    }

    close(file);
    errno = kept;
    return os_code;
}

static bool is_known(const hf_vma *vma, const hf_os_stretch *known, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (vma->start >= (uintptr_t)known[i].address && vma->end <= (uintptr_t)known[i].address + known[i].size_bytes)
            return true;
    }
    return false;
}

int hf__os_shared_mapping(const hf_os_stretch *known, size_t count, uintptr_t *out)
{
    *out = 0;
    int kept = errno;
    int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    int os_code = file < 0 ? errno : 0;
    hf_vma vma = {.end = 0};
    while (os_code == 0 && *out == 0) {
        os_code = find_vma(file, vma.end, &vma);
        if (os_code == 0 && vma.is_shared && (vma.access & HF_ACCESS_WRITE) != 0 && !is_known(&vma, known, count))
            *out = vma.start;
    }
    if (file >= 0)
        close(file);
    errno = kept;
    return os_code == ENOENT ? 0 : os_code;
}
