/* SPDX-License-Identifier: MIT */
/* MuJS: a state of its own, and a script. One function takes, resizes and gives back. */
#include "cookbook.h"

#include <mujs.h>

static void *js_memory(void *user, void *block, int size)
{
    (void)user;
    if (size != 0)
        return hf_adapt_realloc(block, (size_t)size);
    hf_adapt_free(block);
    return NULL;
}

static void be_quiet(js_State *state, const char *message)
{
    (void)state;
    (void)message;
}

int main(void)
{
    js_State *state = js_newstate(js_memory, NULL, JS_STRICT);
    int length = 0;
    if (state == NULL)
        return cookbook_end(0, "no state");
    js_setreport(state, be_quiet);
    int status = js_ploadstring(state, "script", "var a = []; for (var i = 0; i < 20; i++) a.push(JSON.stringify({n: i})); a.join().length");
    if (status == 0) {
        js_pushundefined(state);
        status = js_pcall(state, 0);
    }
    if (status == 0)
        length = js_tointeger(state, -1);
    js_freestate(state);
    return cookbook_end(length == 169, length == 169 ? "169" : "no memory");
}
