/* SPDX-License-Identifier: MIT
 * A small service for ring.py: it keeps one block to its end, and allocates and frees blocks of 1, 2, 3, ... bytes in the given number of threads.
 * usage: cli-ring ROUNDS THREADS [BRIEF [abort]]; BRIEF is the number of threads that make one call each.
 */
#include <pthread.h>
#include <stdlib.h>

#define STEP 500 /* threads go on together, so that none is done before the others */

static long rounds;
static pthread_barrier_t together, at_end;

static void *serve(void *base)
{
    void *first = malloc(55); /* given back when nobody knows any more that it was taken */
    for (long i = 1; i <= rounds; i++) {
        char *block = malloc((size_t)base + (size_t)i);
        if (block != NULL)
            block[0] = 1;
        free(block);
        if (i % STEP == 0)
            (void)pthread_barrier_wait(&together);
    }
    free(first);
    return NULL;
}

/* Makes ten calls, and ten more when the others are done: what it writes to is as old as the run. */
static void *idle(void *unused)
{
    for (size_t i = 1; i <= 20; i++) {
        free(malloc(555000 + i));
        if (i == 10)
            (void)pthread_barrier_wait(&at_end);
    }
    return unused;
}

static void *come_and_go(void *unused)
{
    free(malloc(7));
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t threads[16], waiting;
    void *kept = malloc(123);
    rounds = argc > 1 ? atol(argv[1]) : 1;
    long count = argc > 2 ? atol(argv[2]) : 0;
    if (pthread_barrier_init(&at_end, NULL, 2) != 0 || pthread_create(&waiting, NULL, idle, NULL) != 0)
        return 2;
    if (count > 0 && pthread_barrier_init(&together, NULL, (unsigned)count) != 0)
        return 2;
    for (long i = 0; i < count && i < 16; i++)
        if (pthread_create(&threads[i], NULL, serve, (void *)(i * 1000000)) != 0)
            return 2;
    for (long i = 0; i < count && i < 16; i++)
        (void)pthread_join(threads[i], NULL);
    (void)pthread_barrier_wait(&at_end);
    (void)pthread_join(waiting, NULL);
    for (long i = 0; argc > 3 && i < atol(argv[3]); i++) {
        if (pthread_create(&threads[0], NULL, come_and_go, NULL) != 0)
            return 2;
        (void)pthread_join(threads[0], NULL);
    }
    if (argc > 4)
        abort();
    free(kept);
    free(malloc(777777));
    return 0;
}
