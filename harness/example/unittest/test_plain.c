/* SPDX-License-Identifier: MIT
 * Plain C. The library has a hook, so its memory comes from adapt.h, and nothing but hostfault::test is linked.
 */
#include "names.h"

#include <errno.h>
#include <hostfault/adapt.h>
#include <hostfault/test.h>
#include <stdio.h>

/* 0: the list was read and is right. Anything else: it could not be read, and nothing is left of it. */
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

int main(void)
{
    static char text[] = "Ada,Grace,Edsger";
    const int accept[] = {ENOMEM};
    hf_test_options options = HF_TEST_OPTIONS_INIT;
    hf_test_report report;
    options.name = "read";
    options.accept = accept;
    options.accept_count = 1;
    names_hook(hf_adapt_malloc, hf_adapt_free);

    if (hf_test_sweep(read_three, text, &options, &report) != HF_OK) {
        fprintf(stderr, "%s\n", report.error.message);
        return 2;
    }
    printf("%u requests, %u runs with a fault, %u findings\n", report.requests, report.made, report.findings);
    hf_adapt_end();
    return report.findings != 0;
}
