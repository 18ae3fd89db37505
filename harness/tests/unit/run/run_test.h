/* SPDX-License-Identifier: MIT
 * Shared code of the run layer's tests: a folder for the test, files in it, constant text for eq(str, ...).
 */
#ifndef HF_RUN_TEST_H
#define HF_RUN_TEST_H

#include "hf_rows.h"
#include "heap_alloc.h"
#include "system_file.h"
#include "system_tool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A constant text for eq(str, ...), which wants it writable. */
static inline char *text_of(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* A folder of the test's own, removed at its end by remove_folder. */
static inline char *make_folder(void)
{
    char *path = hf__format("%s/hostfault-test-XXXXXX", hf__system_temporary_folder());
    cr_assert(ne(ptr, mkdtemp(path), NULL));
    return path;
}

static inline void remove_folder(char *path)
{
    cr_assert(eq(int, hf__system_folder_remove(path, NULL), HF_OK));
    hf__free(path);
}

static inline void write_file(const char *path, const char *text, mode_t mode)
{
    cr_assert(eq(int, hf__system_file_write(path, text, strlen(text), NULL), HF_OK));
    cr_assert(eq(int, chmod(path, mode), 0));
}

#endif
