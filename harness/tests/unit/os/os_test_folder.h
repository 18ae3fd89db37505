/* SPDX-License-Identifier: MIT
 * A new work folder for a test, removed afterwards.
 */
#ifndef OS_TEST_FOLDER_H
#define OS_TEST_FOLDER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

static void make_folder(void)
{
    strcpy(folder, "/tmp/hostfault-test-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

static void remove_folder(void)
{
    if (chdir("/tmp") == 0) {
        char command[96];
        snprintf(command, sizeof command, "rm -rf %s", folder);
        if (system(command) != 0)
            fprintf(stderr, "%s stays\n", folder);
    }
}

#endif
