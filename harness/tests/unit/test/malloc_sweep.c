/* SPDX-License-Identifier: MIT
 * hf_test_sweep over malloc, by linking hostfault::malloc: requests of the C library itself (strdup, a stream) fail too, memory from before the
 * sweep may be freed in it, and a leak is reported with the line of its request. Exit status 0: success.
 */
#include <hostfault/test.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *from_before;

static int uses_the_library(void *user)
{
    char *text = strdup(user);
    if (text == NULL)
        return 1;
    char *bigger = realloc(text, 100);
    if (bigger == NULL) {
        free(text);
        return 1;
    }
    FILE *file = fopen("/dev/null", "r");
    if (file == NULL) {
        free(bigger);
        return 1;
    }
    fclose(file);
    free(bigger);
    free(from_before);
    from_before = NULL;
    return 0;
}

static int loses_the_old_block(void *user)
{
    (void)user;
    char *text = malloc(10);
    if (text == NULL)
        return 1;
    text = realloc(text, 100);
    if (text == NULL)
        return 1;
    free(text);
    return 0;
}

static char told[8192];

static void keep(const char *text, size_t size_bytes, void *user)
{
    (void)user;
    size_t used = strlen(told);
    if (used + size_bytes < sizeof told)
        memcpy(told + used, text, size_bytes);
}

static int expect(int is_so, const char *what, const hf_test_report *report)
{
    if (!is_so)
        printf("not so: %s (%u requests, %u findings, %s)\n%s%s\n", what, report->requests, report->findings, report->error.message, report->first,
               told);
    return is_so ? 0 : 1;
}

int main(void)
{
    static char text[] = "a text";
    int wrong = 0;
    hf_test_report report;
    hf_test_options options = HF_TEST_OPTIONS_INIT;
    options.write = keep;

    from_before = malloc(50);
    wrong += expect(hf_test_sweep(uses_the_library, text, &options, &report) == HF_OK, "the library can be swept", &report);
    wrong += expect(report.requests >= 3 && report.findings == 0, "strdup, realloc and fopen are failed, and all is well", &report);
    wrong += expect(from_before != NULL, "the test's own memory is as it was", &report);
    free(from_before);

    wrong += expect(hf_test_sweep(loses_the_old_block, NULL, &options, &report) == HF_OK, "the leak can be swept", &report);
    wrong += expect(report.findings == 1 && report.outcomes[HF_OUTCOME_LEAKED] == 2, "the old block of a realloc that failed is lost", &report);
    wrong += expect(strstr(told, "malloc_sweep.c:37: note: lost, allocated here by malloc of 10 bytes, in loses_the_old_block") != NULL,
                    "the line is told", &report);
    return wrong;
}
