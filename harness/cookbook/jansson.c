/* SPDX-License-Identifier: MIT */
/* Jansson: packs a value, prints it, reads it again, compares. */
#include "cookbook.h"

#include <jansson.h>

int main(void)
{
    json_set_alloc_funcs(hf_adapt_malloc, hf_adapt_free);
    json_object_seed(1); /* or the order of keys, and so of requests, differs from run to run */
    json_error_t error;
    json_t *made = json_pack("{s:s, s:[i, i, f], s:{s:n}}", "name", "spam", "sizes", 1, 2, 3.5, "deep", "a");
    char *text = made != NULL ? json_dumps(made, JSON_SORT_KEYS) : NULL;
    json_t *read = text != NULL ? json_loads(text, 0, &error) : NULL;
    int is_right = read != NULL && json_equal(made, read);
    hf_adapt_free(text);
    json_decref(read);
    json_decref(made);
    return cookbook_end(is_right, is_right ? "the same value" : "no memory");
}
