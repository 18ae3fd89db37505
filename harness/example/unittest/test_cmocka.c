/* SPDX-License-Identifier: MIT
 * cmocka, and code that calls malloc itself: hostfault::malloc stands before it. The framework's own memory is not failed, since only the function's
 * requests are.
 */
#include "names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <hostfault/test.h>

/* No assert_ in here: they leave by longjmp, out of the run. */
static int read_three(void *user)
{
    names *list = NULL;
    int code = names_read(user, &list);
    if (code != 0)
        return code;
    hf_check(names_count(list) == 3, "there are not three names");
    names_free(list);
    return 0;
}

static void reads_or_says_so(void **state)
{
    static char text[] = "Ada,Grace,Edsger";
    hf_test_report report;
    (void)state;
    assert_int_equal(hf_test_sweep(read_three, text, NULL, &report), HF_OK);
    assert_int_equal(report.requests, 7);
    assert_string_equal(report.first, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_or_says_so)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
