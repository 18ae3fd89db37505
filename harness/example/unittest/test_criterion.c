/* SPDX-License-Identifier: MIT
 * Criterion, and code that calls malloc itself. What stands before and after the sweep is neither failed nor counted: here a list that the function
 * under test is given.
 */
#include "names.h"

#include <criterion/criterion.h>
#include <hostfault/test.h>

static int count_and_copy(void *user)
{
    names *list = NULL;
    int code = names_read("Barbara", &list);
    if (code != 0)
        return code;
    hf_check(names_count(user) == 2 && names_count(list) == 1, "the counts are wrong");
    names_free(list);
    return 0;
}

Test(names, copies_or_says_so)
{
    names *given = NULL;
    hf_test_report report;
    cr_assert(names_read("Ada,Grace", &given) == 0);
    cr_assert(hf_test_sweep(count_and_copy, given, NULL, &report) == HF_OK, "%s", report.error.message);
    cr_assert(report.requests == 3 && report.findings == 0, "%s", report.first);
    names_free(given);
}
