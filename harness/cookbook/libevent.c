/* SPDX-License-Identifier: MIT */
/* libevent: a base with timers, and a buffer. The environment is emptied, since EVENT_ variables choose how it waits. */
#include "cookbook.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <stdlib.h>

static void on_timer(evutil_socket_t socket, short what, void *user)
{
    (void)socket;
    (void)what;
    ++*(int *)user;
}

static int run_timers(struct event_base *base, int *rang)
{
    const struct timeval at_once = {0, 0};
    struct event *timers[3] = {NULL, NULL, NULL};
    int is_right = 1;
    for (int i = 0; i < 3 && is_right; i++) {
        timers[i] = event_new(base, -1, 0, on_timer, rang);
        is_right = timers[i] != NULL && event_add(timers[i], &at_once) == 0;
    }
    is_right = is_right && event_base_dispatch(base) >= 0;
    for (int i = 0; i < 3; i++) {
        if (timers[i] != NULL)
            event_free(timers[i]);
    }
    return is_right;
}

static int fill_buffer(void)
{
    struct evbuffer *buffer = evbuffer_new(), *other = evbuffer_new();
    char *line = NULL;
    int is_right = buffer != NULL && other != NULL && evbuffer_add_printf(buffer, "%s %d\r\n", "line", 1) > 0 &&
                   evbuffer_add(other, "line 2\r\n", 8) == 0 && evbuffer_expand(buffer, 5000) == 0 && evbuffer_add_buffer(buffer, other) == 0;
    if (is_right)
        line = evbuffer_readln(buffer, NULL, EVBUFFER_EOL_CRLF);
    is_right = line != NULL && strcmp(line, "line 1") == 0;
    hf_adapt_free(line);
    if (buffer != NULL)
        evbuffer_free(buffer);
    if (other != NULL)
        evbuffer_free(other);
    return is_right;
}

int main(void)
{
    int rang = 0;
    (void)hf_attach(NULL); /* before the environment goes, which names the session */
    clearenv();
    event_set_mem_functions(hf_adapt_malloc, hf_adapt_realloc, hf_adapt_free);
    event_set_log_callback(NULL);
    struct event_base *base = event_base_new();
    if (base == NULL)
        return cookbook_end(0, "no base");
    int is_right = run_timers(base, &rang) && fill_buffer();
    event_base_free(base);
    libevent_global_shutdown();
    return cookbook_end(is_right && rang == 3, is_right ? "3 timers" : "no memory");
}
