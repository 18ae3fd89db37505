/* SPDX-License-Identifier: MIT
 * See the header. Packing is greedy: the last place with the same four bytes is the match, since slots repeat what stands one or a few slots back.
 */
#include "trace_pack.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_error.h"
#include "system_file.h"

#include <string.h>

#include "base_poison.h"

#define MAGIC 0x314B4341504648ull /* "HFPACK1", little-endian */
#define HEAD_BYTES 16u
#define LEAST_BYTES (64u << 10) /* below it a file system's blocks are most of a file */
#define MOST_BYTES (1ull << 31) /* positions have 32 bits */
#define MATCH_LEAST 4u
#define DISTANCE_MAX 0xFFFFu
#define LENGTH_MORE 15u
#define HASH_BITS 14u
#define GROWTH_MAX 256u /* a byte of a packed file stands for no more than 255 of what it holds */

static uint64_t load_64(const char *bytes)
{
    uint64_t value = 0;
    for (unsigned i = 8; i-- > 0;)
        value = value << 8 | (unsigned char)bytes[i];
    return value;
}

static void store_64(char *bytes, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (char)(value >> (8 * i));
}

static uint32_t load_32(const char *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

bool hf__trace_is_packed(const void *bytes, size_t size_bytes)
{
    return size_bytes >= HEAD_BYTES && load_64(bytes) == MAGIC;
}

/* Packing */

typedef struct packing {
    const char *from;
    size_t size;
    char *out; /* room for the worst case */
    size_t length;
} packing;

static void put_more(packing *self, size_t length)
{
    if (length < LENGTH_MORE)
        return;
    for (length -= LENGTH_MORE; length >= 255; length -= 255)
        self->out[self->length++] = (char)0xFF;
    self->out[self->length++] = (char)length;
}

/* match: its length less MATCH_LEAST; distance 0: the last sequence, which has none. */
static void put_sequence(packing *self, const char *literals, size_t count, size_t match, size_t distance)
{
    size_t high = count < LENGTH_MORE ? count : LENGTH_MORE;
    size_t low = match < LENGTH_MORE ? match : LENGTH_MORE;
    self->out[self->length++] = (char)(high << 4 | low);
    put_more(self, count);
    memcpy(self->out + self->length, literals, count);
    self->length += count;
    if (distance == 0)
        return;
    self->out[self->length++] = (char)(distance & 0xFF);
    self->out[self->length++] = (char)(distance >> 8);
    put_more(self, match);
}

static size_t match_length(const packing *self, size_t at, size_t before)
{
    size_t length = 0;
    while (at + length < self->size && self->from[at + length] == self->from[before + length])
        length++;
    return length;
}

static void pack_all(packing *self, uint32_t *places)
{
    size_t done = 0;
    for (size_t at = 0; at + MATCH_LEAST <= self->size;) {
        uint32_t *place = &places[load_32(self->from + at) * 2654435761u >> (32 - HASH_BITS)]; /* 2^32 over the golden ratio */
        size_t before = *place;                                                                /* one more than it is; 0: none */
        *place = (uint32_t)at + 1;
        bool is_match = before > 0 && at - (before - 1) <= DISTANCE_MAX && load_32(self->from + before - 1) == load_32(self->from + at);
        if (!is_match) {
            at++;
            continue;
        }
        size_t length = match_length(self, at, before - 1);
        put_sequence(self, self->from + done, at - done, length - MATCH_LEAST, at - (before - 1));
        at += length;
        done = at;
    }
    put_sequence(self, self->from + done, self->size - done, 0, 0);
}

size_t hf__trace_pack(const void *bytes, size_t size_bytes, char **out)
{
    *out = NULL;
    if (size_bytes < LEAST_BYTES || size_bytes > MOST_BYTES)
        return 0;
    packing self = {.from = bytes, .size = size_bytes, .length = HEAD_BYTES};
    uint32_t *places = hf__allocate((size_t)1 << HASH_BITS, sizeof *places);
    self.out = hf__allocate(HEAD_BYTES + size_bytes + size_bytes / 128 + 64, 1);
    store_64(self.out, MAGIC);
    store_64(self.out + 8, size_bytes);
    pack_all(&self, places);
    hf__free(places);
    if (self.length < size_bytes / 2) {
        *out = self.out;
        return self.length;
    }
    hf__free(self.out);

    return 0;
}

/* Unpacking */

typedef struct unpacking {
    const char *at, *end;
    char *out;
    size_t length, capacity;
} unpacking;

static bool take_length(unpacking *self, size_t *length)
{
    unsigned char more = 255;
    if (*length < LENGTH_MORE)
        return true;
    while (more == 255) {
        if (self->at == self->end || *length > self->capacity)
            return false;
        more = (unsigned char)*self->at++;
        *length += more;
    }
    return true;
}

static bool take_literals(unpacking *self, size_t count)
{
    if (!take_length(self, &count) || count > (size_t)(self->end - self->at) || count > self->capacity - self->length)
        return false;
    memcpy(self->out + self->length, self->at, count);
    self->at += count;
    self->length += count;
    return true;
}

static bool take_match(unpacking *self, size_t count)
{
    if (self->end - self->at < 2)
        return false;
    size_t distance = (unsigned char)self->at[0] | (size_t)(unsigned char)self->at[1] << 8;
    self->at += 2;
    if (!take_length(self, &count) || distance == 0 || distance > self->length)
        return false;
    count += MATCH_LEAST;
    if (count > self->capacity - self->length)
        return false;
    for (; count > 0; count--, self->length++) /* it may reach into itself */
        self->out[self->length] = self->out[self->length - distance];
    return true;
}

static bool unpack_all(unpacking *self)
{
    while (self->at < self->end) {
        unsigned char lengths = (unsigned char)*self->at++;
        if (!take_literals(self, lengths >> 4))
            return false;
        if (self->at == self->end)
            break;
        if (!take_match(self, lengths & LENGTH_MORE))
            return false;
    }
    return self->length == self->capacity;
}

hf_status hf__trace_unpack(const char *bytes, size_t size_bytes, const char *name, char **out, size_t *out_bytes, hf_error *err)
{
    *out = NULL;
    uint64_t wanted = hf__trace_is_packed(bytes, size_bytes) ? load_64(bytes + 8) : 0;
    if (wanted == 0 || wanted > MOST_BYTES || wanted / GROWTH_MAX > size_bytes)
        return HF_FAIL(err, HF_ERROR_FORMAT, "%s is damaged: its header is not that of a packed file", name);
    unpacking self = {.at = bytes + HEAD_BYTES, .end = bytes + size_bytes, .capacity = (size_t)wanted};
    self.out = hf__allocate(self.capacity + 1, 1);
    if (!unpack_all(&self)) {
        hf__free(self.out);
        return HF_FAIL(err, HF_ERROR_FORMAT, "%s is damaged or truncated: it cannot be unpacked", name);
    }
    *out = self.out;
    *out_bytes = self.capacity;
    return HF_OK;
}

/* Files */

hf_status hf__trace_read_file(const char *path, uint64_t max_bytes, char **out, size_t *size_bytes, hf_error *err)
{
    char *bytes = NULL;
    size_t size = 0;
    hf_status status = hf__system_file_read(path, max_bytes, &bytes, &size, err);
    if (status == HF_OK && hf__trace_is_packed(bytes, size)) {
        status = hf__trace_unpack(bytes, size, path, out, size_bytes, err);
        hf__free(bytes);
        return status;
    }
    *out = bytes;
    *size_bytes = size;
    return status;
}

hf_status hf__trace_pack_file(const char *path, hf_error *err)
{
    char *bytes = NULL, *packed = NULL;
    size_t size = 0;
    hf_status status = hf__system_file_read(path, MOST_BYTES, &bytes, &size, err);
    if (status != HF_OK) /* too large, or not there: it is no worse off for that */
        return status == HF_ERROR_NOT_FOUND || status == HF_ERROR_LIMIT ? HF_OK : status;
    size_t length = hf__trace_is_packed(bytes, size) ? 0 : hf__trace_pack(bytes, size, &packed);
    if (length > 0)
        status = hf__system_file_write(path, packed, length, err);
    hf__free(packed);
    hf__free(bytes);
    return status;
}
