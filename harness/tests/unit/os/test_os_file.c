/* SPDX-License-Identifier: MIT
 * Files and shared mappings as the session needs them.
 */
#include "heap_alloc.h"
#include "hf_rows.h"
#include "os_file.h"
#include "system_file.h"
#include "os_test_folder.h"

#include <errno.h>
#include <sys/stat.h>

TestSuite(os_file, .timeout = 120, .init = make_folder, .fini = remove_folder);

Test(os_file, a_shared_mapping_is_the_file)
{
    hf_error err;
    void *map = NULL;
    char *text = NULL;
    size_t size_bytes = 0;
    cr_assert(eq(int, hf__os_file_create("one", &err), HF_OK));
    cr_assert(eq(int, hf__os_file_extend("one", 0, 8192, &err), HF_OK));
    cr_assert(eq(int, hf__os_map_shared("one", 1 << 20, NULL, &map, &err), HF_OK), "may exceed the file");
    memcpy(map, "written", 7);
    hf__os_unmap(map, 1 << 20);
    cr_assert(eq(int, hf__os_file_truncate("one", 7, &err), HF_OK));
    cr_assert(eq(int, hf__system_file_read("one", 100, &text, &size_bytes, &err), HF_OK));
    cr_assert_str_eq(text, "written");
    hf__free(text);
}

Test(os_file, an_existing_file_is_not_created_again)
{
    hf_error err;
    cr_assert(eq(int, hf__os_file_create("one", &err), HF_OK));
    cr_assert(eq(int, hf__os_file_create("one", &err), HF_ERROR_SYSTEM));
    cr_assert(eq(int, err.os_code, EEXIST));
}

Test(os_file, a_missing_file_is_not_found)
{
    hf_error err;
    char *text = NULL;
    size_t size_bytes = 0;
    cr_assert(eq(int, hf__system_file_read("none", 100, &text, &size_bytes, &err), HF_ERROR_NOT_FOUND));
    cr_assert_str_eq(err.message, "none: no such file");
}

Test(os_file, a_file_over_the_limit_is_refused)
{
    hf_error err;
    char *text = NULL;
    size_t size_bytes = 0;
    cr_assert(eq(int, hf__system_file_write("big", "0123456789", 10, &err), HF_OK));
    cr_assert(eq(int, hf__system_file_read("big", 9, &text, &size_bytes, &err), HF_ERROR_LIMIT));
    cr_assert(eq(ptr, text, NULL));
}

Test(os_file, folders_are_made_with_those_above_them)
{
    hf_error err;
    cr_assert(eq(int, hf__system_folder_create("a/b/c", &err), HF_OK));
    cr_assert(eq(int, hf__os_is_folder("a/b/c"), 1));
    cr_assert(eq(int, hf__system_folder_create("a/b/c", &err), HF_OK));
    cr_assert(eq(int, hf__system_file_write("file", "x", 1, &err), HF_OK));
    cr_assert(eq(int, hf__system_folder_create("file/below", &err), HF_ERROR_SYSTEM));
}
