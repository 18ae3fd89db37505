/* SPDX-License-Identifier: MIT
 * The function that is named for a request: in the mode of its name, each function below leaves one result unchecked. Reports must be the same with
 * and without optimisation.
 */
#include "small_host.h"
#include <pthread.h>

/* Wrappers by shape: they give back what they got, whatever they are called, and several call them. */
NOINLINE static char *adapt_strdup(const char *text)
{
    size_t length = strlen(text) + 1;
    char *copy = take(length);
    BARRIER();
    return copy != NULL ? memcpy(copy, text, length) : NULL;
}

NOINLINE static void *deepest(size_t size)
{
    void *out = take(size);
    BARRIER();
    return out;
}

NOINLINE static void *deeper(size_t size)
{
    void *out = deepest(size);
    BARRIER();
    return out;
}

NOINLINE static void *get_zeroed(size_t size)
{
    void *out = deeper(size);
    return out != NULL ? memset(out, 0, size) : NULL;
}

NOINLINE static int read_name(void)
{
    char *name = adapt_strdup("name");
    int good = name != NULL;
    give(name);
    return good;
}

NOINLINE static int read_title(void)
{
    char *title = adapt_strdup("title");
    int good = title[0] == 't'; /* the fault */
    give(title);
    return good;
}

NOINLINE static int first_table(void)
{
    void *table = get_zeroed(100);
    give(table);
    return table != NULL;
}

NOINLINE static int second_table(void)
{
    char *table = get_zeroed(200);
    table[199] = 1; /* the fault */
    give(table);
    return 1;
}

/* No wrapper, though it is called like one. */
NOINLINE static int place_virtualalloc_unchecked(void)
{
    char *pages = take_pages(NULL, 65536, MEM_RESERVE | MEM_COMMIT);
    pages[0] = 1; /* the fault */
    give_pages(pages);
    return 1;
}

/* What makes an object is where that object is asked for, however many call it. */
typedef struct node {
    struct node *next;
    int value;
} node;

NOINLINE static node *node_alloc(int value)
{
    node *made = take(sizeof *made);
    made->value = value; /* the fault */
    return made;
}

NOINLINE static int two_nodes(void)
{
    node *one = node_alloc(1);
    node *other = node_alloc(2);
    int sum = one->value + other->value;
    give(one);
    give(other);
    return sum == 3;
}

/* The compiler dissolves it in who calls it, and it keeps its name and its line. */
static inline __attribute__((always_inline)) int fill_buffer(void)
{
    char *buffer = take(50);
    buffer[0] = 1; /* the fault */
    give(buffer);
    return 1;
}

NOINLINE static int holds_buffer(void)
{
    return fill_buffer() != 0;
}

/* Four copies of one line are one place. */
NOINLINE static int four_rows(void)
{
    char *rows[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        rows[i] = take(30);
        rows[i][0] = 1; /* the fault */
    }
    for (int i = 0; i < 4; i++)
        give(rows[i]);
    return 1;
}

/* Eleven that look, and one that does not. */
#define LOOKS(number)                                                                                                                                \
    NOINLINE static void looks_##number(void)                                                                                                        \
    {                                                                                                                                                \
        char *block = get_zeroed(10 + number);                                                                                                       \
        if (block != NULL)                                                                                                                           \
            block[0] = 1;                                                                                                                            \
        give(block);                                                                                                                                 \
    }
LOOKS(1)
LOOKS(2)
LOOKS(3)
LOOKS(4)
LOOKS(5)
LOOKS(6)
LOOKS(7)
LOOKS(8)
LOOKS(9)
LOOKS(10)
LOOKS(11)

NOINLINE static void twelfth(void)
{
    char *block = get_zeroed(22);
    block[0] = 1; /* the fault */
    give(block);
}

static int twelve(void)
{
    looks_1(), looks_2(), looks_3(), looks_4(), looks_5(), looks_6(), looks_7(), looks_8(), looks_9(), looks_10(), looks_11();
    twelfth();
    return 1;
}

NOINLINE static int two_faults(void)
{
    char *one = take(40);
    one[0] = 1; /* a fault */
    give(one);
    char *other = take(60);
    other[0] = 1; /* another */
    give(other);
    return 1;
}

/* A thread's own function, called by the system, gives back memory as a wrapper does: it is a place all the same. */
NOINLINE static void *lose_block(void *unused)
{
    (void)unused;
    void *scratch = take(1000);
    if (scratch == NULL)
        return NULL;
    void *result = take(100);
    if (result == NULL)
        return NULL; /* the fault: scratch is lost */
    give(scratch);
    return result;
}

/* The fault: what tells of a failure fails as well, and is told of, until the stack is used up, wherever that may be. */
NOINLINE static int complain(int depth);
NOINLINE static int describe(int depth)
{
    volatile char text[300];
    text[depth % 300] = (char)depth;
    return complain(depth + 1) + text[0];
}
NOINLINE static int complain(int depth)
{
    volatile char text[500];
    text[depth % 500] = (char)depth;
    return describe(depth + 1) + text[1];
}

#define ASKS(number)                                                                                                                                 \
    NOINLINE static int asks_##number(void)                                                                                                          \
    {                                                                                                                                                \
        volatile char room[number];                                                                                                                  \
        room[0] = 1;                                                                                                                                 \
        char *block = take(number);                                                                                                                  \
        int good = block != NULL ? room[0] : complain(0);                                                                                            \
        give(block);                                                                                                                                 \
        return good;                                                                                                                                 \
    }
ASKS(16)
ASKS(400)
ASKS(700)
ASKS(900)

static int deep(void)
{
    return asks_16() && asks_400() && asks_700() && asks_900();
}

static int in_thread(void)
{
    pthread_t thread;
    void *result = NULL;
    if (pthread_create(&thread, NULL, lose_block, NULL) != 0 || pthread_join(thread, &result) != 0)
        return 0;
    give(result);
    return result != NULL;
}

/* The fault: S_FALSE is a success. */
NOINLINE static int drop_pages(void)
{
    void *pages = take_pages(NULL, 65536, MEM_RESERVE | MEM_COMMIT);
    for (int i = 0; pages != NULL && i < 2; i++)
        if (try_give_pages(pages) == S_OK)
            return 1;
    return pages != NULL;
}

static int run_mode(const char *mode)
{
    if (strcmp(mode, "thread") == 0)
        return in_thread();
    if (strcmp(mode, "release") == 0)
        return drop_pages();
    if (strcmp(mode, "strdup") == 0)
        return read_name() && read_title();
    if (strcmp(mode, "chain") == 0)
        return first_table() && second_table();
    if (strcmp(mode, "pages") == 0)
        return place_virtualalloc_unchecked();
    if (strcmp(mode, "object") == 0)
        return two_nodes();
    if (strcmp(mode, "twelve") == 0)
        return twelve();
    if (strcmp(mode, "deep") == 0)
        return deep();
    if (strcmp(mode, "both") == 0)
        return two_faults();
    if (strcmp(mode, "inlined") == 0)
        return holds_buffer();
    return strcmp(mode, "unrolled") == 0 && four_rows();
}

int main(int argc, char **argv)
{
    if (!host_open())
        return fail("no host");
    return argc == 2 && run_mode(argv[1]) ? done(argv[1]) : fail("a request failed");
}
