/* SPDX-License-Identifier: MIT
 * What the programs of the cookbook share: how they end. A result that is right is said to hostfault, so that a run under faults that claims success
 * with another is seen; a failure is said in a word and by exit status 1.
 */
#ifndef COOKBOOK_H
#define COOKBOOK_H

#include <hostfault/adapt.h>
#include <stdio.h>
#include <string.h>

static inline int cookbook_end(int is_right, const char *result)
{
    hf_adapt_end();
    if (!is_right) {
        fprintf(stderr, "failed: %s\n", result);
        return 1;
    }
    hf_result(result, strlen(result));
    puts(result);
    return 0;
}

#endif
