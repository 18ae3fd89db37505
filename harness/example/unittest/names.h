/* SPDX-License-Identifier: MIT
 * The code under test: a list of names, read from a text with commas between them. Its memory comes from malloc, or from a hook.
 */
#ifndef NAMES_H
#define NAMES_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct names names;

/* Where memory comes from, before the first list. */
void names_hook(void *(*take)(size_t size), void (*give)(void *block));

/* 0, or ENOMEM and *out is NULL. */
int names_read(const char *text, names **out);
size_t names_count(const names *list);
void names_free(names *list);

#ifdef __cplusplus
}
#endif
#endif
