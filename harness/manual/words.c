/* SPDX-License-Identifier: MIT
 * The program of the manual: counts the words of its arguments. It has one bug, of the kind that no ordinary test shows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
    struct word *next;
    char *text;
};

static struct word *add(struct word *list, const char *text)
{
    struct word *word = malloc(sizeof *word);
    if (word == NULL)
        return NULL;
    word->text = strdup(text);
    word->next = list;
    return word;
}

static void forget(struct word *list)
{
    while (list != NULL) {
        struct word *next = list->next;
        free(list->text);
        free(list);
        list = next;
    }
}

int main(int argc, char **argv)
{
    struct word *list = NULL;
    size_t longest = 0;
    for (int i = 1; i < argc; i++) {
        struct word *more = add(list, argv[i]);
        if (more == NULL) {
            fputs("words: no memory\n", stderr);
            return 1;
        }
        list = more;
    }
    for (const struct word *word = list; word != NULL; word = word->next)
        longest = strlen(word->text) > longest ? strlen(word->text) : longest;
    printf("%d words, the longest has %zu letters\n", argc - 1, longest);
    forget(list);
    return 0;
}
