/* SPDX-License-Identifier: MIT
 * The leaks that the leak checker of a sanitized build must ignore: Criterion's own, which are one for each cr_assert(all(...)) in the process
 * of a test, and some for each table in the process that starts the tests. Our own leaks are all in a test's own process and are still
 * reported. The library as a whole cannot be ignored, because it calls every test.
 */
#include <stdlib.h>

const char *__lsan_default_suppressions(void);
int __lsan_is_turned_off(void);

__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void)
{
    return "leak:cri_assert_node_add\n";
}

/* BXFI_MAP is set by Criterion's sandbox in the process of a test. */
__attribute__((visibility("default"))) int __lsan_is_turned_off(void)
{
    return getenv("BXFI_MAP") == NULL;
}
