/* SPDX-License-Identifier: MIT */
/* Duktape: a heap of its own, and a script in a protected call. The fatal handler must not return; a protected call never comes to it. */
#include "cookbook.h"

#include <duktape.h>
#include <stdlib.h>

static void *take(void *user, duk_size_t size)
{
    (void)user;
    return size != 0 ? hf_adapt_malloc(size) : NULL;
}

static void *resize(void *user, void *block, duk_size_t size)
{
    (void)user;
    if (size != 0)
        return hf_adapt_realloc(block, size);
    hf_adapt_free(block);
    return NULL;
}

static void give(void *user, void *block)
{
    (void)user;
    hf_adapt_free(block);
}

static void on_fatal(void *user, const char *message)
{
    (void)user;
    (void)message;
    abort();
}

int main(void)
{
    duk_context *context = duk_create_heap(take, resize, give, NULL, on_fatal);
    if (context == NULL)
        return cookbook_end(0, "no heap");
    int status = duk_peval_string(context, "var a = []; for (var i = 0; i < 20; i++) a.push(JSON.stringify({n: i})); a.join().length");
    int is_right = status == 0 && duk_get_int_default(context, -1, 0) == 169;
    duk_destroy_heap(context);
    return cookbook_end(is_right, is_right ? "169" : "no memory");
}
