/* SPDX-License-Identifier: MIT
 * A superblock names the directory's blocks. The directory has the size of each stream, then the blocks of each.
 */
#include "symbol_msf.h"
#include "heap_alloc.h"
#include "base_error.h"

#include <string.h>

#include "base_poison.h"

static const char magic[32] = "Microsoft C/C++ MSF 7.00\r\n\x1a"
                              "DS\0\0";

#define NO_SIZE UINT32_MAX /* a stream that was removed */

struct hf__msf {
    hf_text bytes;
    uint32_t block_bytes;
    char *directory;
    uint32_t stream_count;
    uint64_t *blocks; /* of each stream, where in the directory its list of blocks begins; 0: taken */
    uint64_t budget;  /* bytes of streams that may still be taken */
};

hf__symbol_msf_reader hf__symbol_msf_reader_of(const char *bytes, size_t size)
{
    return (hf__symbol_msf_reader){.bytes = bytes, .size = bytes != NULL ? size : 0, .is_cut = bytes == NULL};
}

size_t hf__symbol_msf_left(const hf__symbol_msf_reader *reader)
{
    return reader->size - reader->at;
}

/* Where the next bytes are; NULL: they are not all there, and nothing more is read. */
static const char *take_bytes(hf__symbol_msf_reader *reader, uint64_t size)
{
    if (reader->bytes == NULL || size > hf__symbol_msf_left(reader)) {
        reader->is_cut = true;
        reader->at = reader->size;
        return NULL;
    }
    const char *bytes = reader->bytes + reader->at;
    reader->at += (size_t)size;
    return bytes;
}

void hf__symbol_msf_skip(hf__symbol_msf_reader *reader, uint64_t size)
{
    (void)take_bytes(reader, size);
}

void hf__symbol_msf_align(hf__symbol_msf_reader *reader, size_t alignment)
{
    size_t over = reader->at % alignment;
    if (over > 0 && hf__symbol_msf_left(reader) > 0)
        (void)take_bytes(reader, alignment - over);
}

uint8_t hf__symbol_msf_u8(hf__symbol_msf_reader *reader)
{
    const char *bytes = take_bytes(reader, 1);
    return bytes != NULL ? (uint8_t)bytes[0] : 0;
}

uint16_t hf__symbol_msf_u16(hf__symbol_msf_reader *reader)
{
    uint16_t value = 0;
    const char *bytes = take_bytes(reader, sizeof value);
    if (bytes != NULL)
        memcpy(&value, bytes, sizeof value);
    return value;
}

uint32_t hf__symbol_msf_u32(hf__symbol_msf_reader *reader)
{
    uint32_t value = 0;
    const char *bytes = take_bytes(reader, sizeof value);
    if (bytes != NULL)
        memcpy(&value, bytes, sizeof value);
    return value;
}

hf_text hf__symbol_msf_name(hf__symbol_msf_reader *reader)
{
    const char *start = hf__symbol_msf_left(reader) > 0 ? reader->bytes + reader->at : NULL;
    const char *end = start != NULL ? memchr(start, '\0', hf__symbol_msf_left(reader)) : NULL;
    if (end == NULL) {
        reader->is_cut = true;
        return (hf_text){"", 0};
    }
    reader->at += (size_t)(end - start) + 1;
    return (hf_text){start, (size_t)(end - start)};
}

hf__symbol_msf_reader hf__symbol_msf_part(hf__symbol_msf_reader *reader, uint64_t size)
{
    const char *bytes = take_bytes(reader, size);
    return hf__symbol_msf_reader_of(bytes, (size_t)size);
}

static uint64_t blocks_of(const hf__msf *file, uint64_t size)
{
    return (size + file->block_bytes - 1) / file->block_bytes;
}

/* size bytes from the blocks that a list of numbers names. NULL: one leads out of the file. */
static char *gather(const hf__msf *file, hf__symbol_msf_reader list, uint64_t size)
{
    char *bytes = hf__allocate((size_t)size + 1, 1);
    for (uint64_t at = 0; at < size; at += file->block_bytes) {
        uint64_t block = hf__symbol_msf_u32(&list) * (uint64_t)file->block_bytes;
        uint64_t part = size - at < file->block_bytes ? size - at : file->block_bytes;
        if (list.is_cut || block > file->bytes.size_bytes || part > file->bytes.size_bytes - block) {
            hf__free(bytes);
            return NULL;
        }
        memcpy(bytes + at, file->bytes.pointer + block, (size_t)part);
    }
    return bytes;
}

/* Where the lists of blocks begin; false: they are not all there. */
static bool find_lists(hf__msf *file, uint32_t directory_bytes)
{
    hf__symbol_msf_reader sizes = hf__symbol_msf_reader_of(file->directory, directory_bytes);
    file->stream_count = hf__symbol_msf_u32(&sizes);
    uint64_t at = 4 + 4ull * file->stream_count;
    if (at > directory_bytes)
        return false;
    file->blocks = hf__allocate(file->stream_count, sizeof *file->blocks);
    for (uint32_t i = 0; i < file->stream_count; i++) {
        uint32_t size = hf__symbol_msf_u32(&sizes);
        file->blocks[i] = at;
        at += size != NO_SIZE ? 4 * blocks_of(file, size) : 0;
    }
    return at <= directory_bytes;
}

static bool read_directory(hf__msf *file)
{
    hf__symbol_msf_reader super = hf__symbol_msf_reader_of(file->bytes.pointer, file->bytes.size_bytes);
    hf__symbol_msf_skip(&super, sizeof magic);
    file->block_bytes = hf__symbol_msf_u32(&super);
    hf__symbol_msf_skip(&super, 8);
    uint32_t directory_bytes = hf__symbol_msf_u32(&super);
    hf__symbol_msf_skip(&super, 4);
    uint64_t map = hf__symbol_msf_u32(&super);
    bool is_power = file->block_bytes >= 512 && file->block_bytes <= 65536 && (file->block_bytes & (file->block_bytes - 1)) == 0;
    if (super.is_cut || !is_power || directory_bytes > file->bytes.size_bytes)
        return false;
    hf__symbol_msf_reader list = hf__symbol_msf_reader_of(file->bytes.pointer, file->bytes.size_bytes);
    hf__symbol_msf_skip(&list, map * file->block_bytes);
    file->directory = gather(file, list, directory_bytes);
    return file->directory != NULL && find_lists(file, directory_bytes);
}

hf_status hf__symbol_msf_open(hf_text bytes, hf__msf **out, hf_error *err)
{
    *out = NULL;
    if (bytes.size_bytes < sizeof magic || memcmp(bytes.pointer, magic, sizeof magic) != 0)
        return HF_FAIL(err, HF_ERROR_FORMAT, "it is not a PDB");
    hf__msf *file = hf__allocate(1, sizeof *file);
    file->bytes = bytes;
    file->budget = bytes.size_bytes;
    if (read_directory(file)) {
        *out = file;
        return HF_OK;
    }
    hf__symbol_msf_close(file);
    return HF_FAIL(err, HF_ERROR_FORMAT, "it is cut short");
}

void hf__symbol_msf_close(hf__msf *file)
{
    if (file == NULL)
        return;
    hf__free(file->directory);
    hf__free(file->blocks);
    hf__free(file);
}

char *hf__symbol_msf_take(hf__msf *file, uint32_t stream, size_t *size)
{
    *size = 0;
    if (stream >= file->stream_count || file->blocks[stream] == 0)
        return NULL;
    uint32_t bytes = 0;
    memcpy(&bytes, file->directory + 4 + 4ull * stream, sizeof bytes);
    uint64_t list_at = file->blocks[stream], list_bytes = 4 * blocks_of(file, bytes);
    file->blocks[stream] = 0;
    if (bytes == NO_SIZE || bytes > file->budget)
        return NULL;
    file->budget -= bytes;
    *size = bytes;
    return gather(file, hf__symbol_msf_reader_of(file->directory + list_at, (size_t)list_bytes), bytes);
}
