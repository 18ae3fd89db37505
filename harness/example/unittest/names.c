/* SPDX-License-Identifier: MIT
 * A list of names. With BROKEN defined it has two bugs of the usual kind: a result that is not looked at, and a way out that forgets what it holds.
 */
#include "names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct names {
    struct names *next; /* of the first, which has no text, the others */
    char *text;
};

static void *(*take)(size_t) = malloc;
static void (*give)(void *) = free;

void names_hook(void *(*own_take)(size_t), void (*own_give)(void *))
{
    take = own_take;
    give = own_give;
}

static char *copy(const char *text, size_t length)
{
    char *made = take(length + 1);
#ifndef BROKEN
    if (made == NULL)
        return NULL;
#endif
    memcpy(made, text, length);
    made[length] = '\0';
    return made;
}

static names *add(names *last, const char *text, size_t length)
{
    names *made = take(sizeof *made);
    if (made == NULL)
        return NULL;
    made->next = NULL;
    made->text = copy(text, length);
    if (made->text == NULL) {
        give(made);
        return NULL;
    }
    last->next = made;
    return made;
}

int names_read(const char *text, names **out)
{
    names *list = take(sizeof *list);
    *out = NULL;
    if (list == NULL)
        return ENOMEM;
    list->next = NULL;
    list->text = NULL;
    for (names *last = list; *text != '\0';) {
        size_t length = strcspn(text, ",");
        last = add(last, text, length);
        if (last == NULL) {
#ifndef BROKEN
            names_free(list);
#endif
            return ENOMEM;
        }
        text += length + (text[length] == ',');
    }
    *out = list;
    return 0;
}

size_t names_count(const names *list)
{
    size_t count = 0;
    for (const names *at = list->next; at != NULL; at = at->next)
        count++;
    return count;
}

void names_free(names *list)
{
    while (list != NULL) {
        names *next = list->next;
        give(list->text);
        give(list);
        list = next;
    }
}
