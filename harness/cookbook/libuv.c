/* SPDX-License-Identifier: MIT */
/* libuv: a loop with a timer, and a path. No work is given to the pool, whose threads would make runs differ. */
#include "cookbook.h"

#include <stdlib.h>
#include <uv.h>

static void on_timer(uv_timer_t *timer)
{
    ++*(int *)timer->data;
    uv_close((uv_handle_t *)timer, NULL);
}

static int run_timers(uv_loop_t *loop, int *rang)
{
    static uv_timer_t timers[3];
    for (int i = 0; i < 3; i++) {
        timers[i].data = rang;
        if (uv_timer_init(loop, &timers[i]) != 0 || uv_timer_start(&timers[i], on_timer, 0, 0) != 0)
            return 0;
    }
    return uv_run(loop, UV_RUN_DEFAULT) == 0;
}

static int read_environment(void)
{
    uv_env_item_t *items = NULL;
    int count = 0, status = uv_os_environ(&items, &count);
    if (status == 0)
        uv_os_free_environ(items, count);
    return status == 0;
}

int main(void)
{
    uv_loop_t loop;
    int rang = 0;
    (void)hf_attach(NULL); /* before the environment goes, which names the session */
    clearenv();            /* what uv_os_environ copies */
    setenv("A", "1", 1);
    setenv("B", "2", 1);
    uv_replace_allocator(hf_adapt_malloc, hf_adapt_realloc, hf_adapt_calloc, hf_adapt_free);
    if (uv_loop_init(&loop) != 0)
        return cookbook_end(0, "no loop");
    int is_right = run_timers(&loop, &rang) && read_environment();
    uv_loop_close(&loop);
    uv_library_shutdown();
    return cookbook_end(is_right && rang == 3, is_right ? "3 timers" : "no memory");
}
