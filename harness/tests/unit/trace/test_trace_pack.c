/* SPDX-License-Identifier: MIT
 * Packed files: unpacking restores the original, a packed trace opens like a plain one, and no damage causes harm.
 */
#include "hf_rows.h"
#include "trace_builder.h"
#include "trace_pack.h"
#include "heap_alloc.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(trace_pack, .timeout = 120);

#define BYTES_MAX (300u << 10)

/* Bytes of a period with one that differs in each, from a generator of Knuth's: literals, matches, and both too long for half a byte. */
static void fill(char *bytes, size_t size, size_t period)
{
    uint64_t state = 1;
    for (size_t i = 0; i < size; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = i >= period && (period == 1 || i % period != 0) ? bytes[i - period] : (char)(state >> 56);
    }
}

static const struct {
    const char *label;
    size_t size, period;
} kept[] = {
    {"one byte again and again", 64u << 10, 1},
    {"slots that differ in one byte", BYTES_MAX, 64},
    {"matches of fewer than fifteen", 100003, 17},
    {"a period as long as the window", BYTES_MAX, 65535},
    {"a match up to the last byte", (64u << 10) + 1, 1000},
};

HF_ROWS(trace_pack, what_goes_in_comes_out, kept)
{
    char *bytes = malloc(kept[*number].size);
    fill(bytes, kept[*number].size, kept[*number].period);
    char *packed = NULL, *back = NULL;
    size_t length = hf__trace_pack(bytes, kept[*number].size, &packed), size = 0;
    hf_error err;
    cr_assert(ne(ptr, packed, NULL), "%s", kept[*number].label);
    cr_assert(lt(sz, length, kept[*number].size / 2), "%s", kept[*number].label);
    cr_assert(eq(int, hf__trace_unpack(packed, length, "x", &back, &size, &err), HF_OK), "%s: %s", kept[*number].label, err.message);
    cr_assert(eq(sz, size, kept[*number].size), "%s", kept[*number].label);
    cr_assert(eq(int, memcmp(bytes, back, size), 0), "%s", kept[*number].label);
    hf__free(back);
    hf__free(packed);
    free(bytes);
}

Test(trace_pack, what_does_not_get_smaller_stays_plain)
{
    char *bytes = malloc(BYTES_MAX), *packed = NULL;
    fill(bytes, BYTES_MAX, BYTES_MAX);
    cr_assert(eq(sz, hf__trace_pack(bytes, BYTES_MAX, &packed), 0));
    cr_assert(eq(ptr, packed, NULL));
    cr_assert(eq(sz, hf__trace_pack(bytes, 100, &packed), 0), "so little is not worth it");
    free(bytes);
}

/* Every cut, and every byte with each bit turned: refused in words, or it unpacks to as many bytes. Sanitizers watch the rest. */
Test(trace_pack, no_damage_does_harm)
{
    char *bytes = malloc(64u << 10), *packed = NULL, *back = NULL;
    fill(bytes, 64u << 10, 1500);
    size_t length = hf__trace_pack(bytes, 64u << 10, &packed), size = 0, refused = 0;
    hf_error err;
    for (size_t cut = 0; cut < length; cut++) {
        refused += hf__trace_unpack(packed, cut, "cut", &back, &size, &err) == HF_ERROR_FORMAT && back == NULL;
        hf__free(back);
    }
    cr_assert(ge(sz, refused, length - 1), "the last byte may be a sequence of nothing");
    for (size_t bit = 0; bit < length * 8; bit++) {
        packed[bit / 8] = (char)(packed[bit / 8] ^ 1 << bit % 8);
        bool good = hf__trace_unpack(packed, length, "damaged", &back, &size, &err) == HF_OK;
        cr_assert(eq(int, good, back != NULL));
        hf__free(back);
        packed[bit / 8] = (char)(packed[bit / 8] ^ 1 << bit % 8);
    }
    hf__free(packed);
    free(bytes);
}

Test(trace_pack, a_small_file_cannot_ask_for_much_memory)
{
    char file[64] = "HFPACK1";
    char *back = NULL;
    size_t size = 0;
    hf_error err;
    file[12] = 1; /* 4 GiB */
    cr_assert(eq(int, hf__trace_unpack(file, sizeof file, "bomb", &back, &size, &err), HF_ERROR_FORMAT));
    file[12] = 0;
    file[10] = 1; /* 64 KiB, of 48 bytes */
    cr_assert(eq(int, hf__trace_unpack(file, sizeof file, "bomb", &back, &size, &err), HF_ERROR_FORMAT));
    cr_assert(eq(int, strcmp(err.message, "bomb is damaged: its header is not that of a packed file"), 0), "%s", err.message);
}

static const char *write_file(const char *bytes, size_t size)
{
    static char path[] = "/tmp/hostfault-pack-XXXXXX";
    int descriptor = mkstemp(path);
    cr_assert(eq(sz, (size_t)write(descriptor, bytes, size), size));
    close(descriptor);
    return path;
}

Test(trace_pack, a_trace_opens_packed_as_it_opens_plain)
{
    trace_builder builder;
    hf_trace *plain = NULL, *opened = NULL;
    hf_error err;
    builder_small(&builder);
    const char *path = write_file(builder.bytes, builder.chunks_offset + 2 * HF_CHUNK_BYTES);
    cr_assert(eq(int, hf_trace_open(path, &plain, &err), HF_OK), "%s", err.message);
    struct stat before, after;
    cr_assert(eq(int, stat(path, &before), 0));
    cr_assert(eq(int, hf__trace_pack_file(path, &err), HF_OK));
    cr_assert(eq(int, hf__trace_pack_file(path, &err), HF_OK), "again: it is packed, and stays");
    cr_assert(eq(int, stat(path, &after), 0));
    cr_assert(lt(sz, (size_t)after.st_size, (size_t)before.st_size / 10));
    cr_assert(eq(int, hf_trace_open(path, &opened, &err), HF_OK), "%s", err.message);
    cr_assert(eq(sz, hf_trace_event_count(opened), hf_trace_event_count(plain)));
    hf_trace_destroy(opened);
    hf_trace_destroy(plain);
    (void)unlink(path);
    builder_clear(&builder);
}
