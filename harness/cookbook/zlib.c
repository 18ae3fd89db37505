/* SPDX-License-Identifier: MIT */
/* zlib: compresses and expands. Its hook counts items, as calloc does, but wants no zeros. */
#include "cookbook.h"

#include <zlib.h>

static void *take(void *user, unsigned items, unsigned size)
{
    (void)user;
    return hf_adapt_reallocarray(NULL, items, size);
}
static void give(void *user, void *block)
{
    (void)user;
    hf_adapt_free(block);
}

static int squeeze(unsigned char *in, unsigned size, unsigned char *out, unsigned *out_size)
{
    z_stream stream = {.zalloc = take, .zfree = give, .next_in = in, .avail_in = size, .next_out = out, .avail_out = *out_size};
    if (deflateInit(&stream, 6) != Z_OK)
        return 0;
    int status = deflate(&stream, Z_FINISH);
    *out_size = (unsigned)stream.total_out;
    return deflateEnd(&stream) == Z_OK && status == Z_STREAM_END;
}

static int expand(unsigned char *in, unsigned size, unsigned char *out, unsigned out_size)
{
    z_stream stream = {.zalloc = take, .zfree = give, .next_in = in, .avail_in = size, .next_out = out, .avail_out = out_size};
    if (inflateInit(&stream) != Z_OK)
        return 0;
    int status = inflate(&stream, Z_FINISH);
    return inflateEnd(&stream) == Z_OK && status == Z_STREAM_END;
}

int main(void)
{
    unsigned char plain[4096], packed[4096], again[4096];
    unsigned size = sizeof packed;
    for (unsigned i = 0; i < sizeof plain; i++)
        plain[i] = (unsigned char)(i * i / 100);
    int is_right =
        squeeze(plain, sizeof plain, packed, &size) && expand(packed, size, again, sizeof again) && memcmp(plain, again, sizeof plain) == 0;
    return cookbook_end(is_right, is_right ? "4096 bytes there and back" : "no memory");
}
