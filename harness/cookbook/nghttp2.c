/* SPDX-License-Identifier: MIT */
/* nghttp2: a client's request, as bytes, put into a server; and back. Both sessions take their memory from the hook. */
#include "cookbook.h"

#include <nghttp2/nghttp2.h>
#include <stdint.h>

static void *take(size_t size, void *user)
{
    (void)user;
    return hf_adapt_malloc(size);
}
static void give(void *block, void *user)
{
    (void)user;
    hf_adapt_free(block);
}
static void *take_zeroed(size_t count, size_t size, void *user)
{
    (void)user;
    return hf_adapt_calloc(count, size);
}
static void *resize(void *block, size_t size, void *user)
{
    (void)user;
    return hf_adapt_realloc(block, size);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_size, const uint8_t *value,
                     size_t value_size, uint8_t flags, void *user)
{
    (void)session, (void)frame, (void)name, (void)name_size, (void)value, (void)value_size, (void)flags;
    ++*(int *)user;
    return 0;
}

/* All that `from` has to say goes into `to`. */
static int pass_on(nghttp2_session *from, nghttp2_session *to)
{
    for (;;) {
        const uint8_t *bytes = NULL;
        ssize_t size = nghttp2_session_mem_send(from, &bytes);
        if (size <= 0)
            return size == 0;
        if (nghttp2_session_mem_recv(to, bytes, (size_t)size) != size)
            return 0;
    }
}

#define FIELD(name, value)                                                                                                                           \
    {                                                                                                                                                \
        (uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, sizeof name - 1, sizeof value - 1, NGHTTP2_NV_FLAG_NONE                             \
    }

static int ask(nghttp2_session *client, nghttp2_session *server)
{
    const nghttp2_nv fields[] = {FIELD(":method", "GET"), FIELD(":scheme", "https"), FIELD(":authority", "example.org"), FIELD(":path", "/"),
                                 FIELD("x-test", "one two three")};
    return nghttp2_submit_settings(client, NGHTTP2_FLAG_NONE, NULL, 0) == 0 && nghttp2_submit_settings(server, NGHTTP2_FLAG_NONE, NULL, 0) == 0 &&
           nghttp2_submit_request(client, NULL, fields, 5, NULL, NULL) > 0 && pass_on(client, server) && pass_on(server, client);
}

int main(void)
{
    nghttp2_mem memory = {NULL, take, give, take_zeroed, resize};
    nghttp2_session_callbacks *callbacks = NULL;
    nghttp2_session *client = NULL, *server = NULL;
    int headers = 0;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) /* from malloc: it takes no hook */
        return cookbook_end(0, "no callbacks");
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    int is_right = nghttp2_session_client_new3(&client, callbacks, &headers, NULL, &memory) == 0 &&
                   nghttp2_session_server_new3(&server, callbacks, &headers, NULL, &memory) == 0 && ask(client, server);
    nghttp2_session_del(server);
    nghttp2_session_del(client);
    nghttp2_session_callbacks_del(callbacks);
    return cookbook_end(is_right && headers == 5, is_right ? "5 headers" : "no memory");
}
