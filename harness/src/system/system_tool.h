/* SPDX-License-Identifier: MIT
 * What the tool wants to know of the system and the shim never does: processors, the terminal, folders, the date. Must never be called from inside a
 * process under test.
 *
 * Threads: distinct objects may be used in parallel.
 */
#ifndef HF_SYSTEM_TOOL_H
#define HF_SYSTEM_TOOL_H

#include <hostfault/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Before anything else: the arguments in UTF-8, and the outputs to the letter. On Linux they are so. On Windows, what names a file that is there may
 * be written with backslashes, up to "--". */
void hf__system_tool_begin(int *argc, char ***argv);

/* Calls `work` where it has stack enough, whatever the limit of the stack is (ulimit -s): libdw alone takes more than 128 KiB to read line numbers.
 * What is started has the limit as it was. */
void hf__system_tool_with_stack(void (*work)(void *user), void *user);

/* Processors that this process may run on, at least 1. */
unsigned hf__system_cpu_count(void);

/* Was this process started with a standard output, be it a file or a console? On Windows one without (a service, DETACHED_PROCESS) has nowhere to
 * write to, and that is no failure. On Linux it is one, told by the first write. */
bool hf__system_has_output(void);
/* Is this descriptor (1 stdout, 2 stderr) a terminal? */
bool hf__system_is_terminal(int descriptor);
/* Its width in columns; 0 if it is no terminal or will not say. */
unsigned hf__system_terminal_width(int descriptor);

/* One name in a folder. */
typedef struct hf_folder_entry {
    char *name; /* without the folder */
    bool is_folder;
} hf_folder_entry;
/* All names of a folder but . and .., in byte order. *out goes to hf__system_folder_list_free. HF_ERROR_NOT_FOUND, HF_ERROR_SYSTEM. */
HF_CHECK_RESULT hf_status hf__system_folder_list(const char *path, hf_folder_entry **out, size_t *count, hf_error *err);
void hf__system_folder_list_free(hf_folder_entry *entries, size_t count);
/* In byte order of the names. */
void hf__system_folder_sort(hf_folder_entry *entries, size_t count);
/* Copies all that is in a folder into another one, which is there and empty: files, folders and links with their modes and times; links are not
 * followed, and a folder that the copy lies in is left out. HF_ERROR_NOT_FOUND; HF_ERROR_INPUT (a pipe, a socket or a device is in it);
 * HF_ERROR_SYSTEM. */
HF_CHECK_RESULT hf_status hf__system_folder_copy(const char *from, const char *to, hf_error *err);
/* HF_OK if a file can be created in this folder, which need not be there yet; nothing is left of the attempt, no folder either. HF_ERROR_SYSTEM with
 * the reason. */
HF_CHECK_RESULT hf_status hf__system_folder_probe(const char *path, hf_error *err);
/* Removes a folder that is empty; false: it is not, or cannot be removed. */
bool hf__system_folder_remove_empty(const char *path);
/* Removes a folder with all that is in it; links are removed, never followed. A folder that is not there is fine. */
HF_CHECK_RESULT hf_status hf__system_folder_remove(const char *path, hf_error *err);
/* The folder that programs work in for a while: TMPDIR, or /tmp. */
const char *hf__system_temporary_folder(void);

/* Calls handler at the first SIGINT, SIGTERM or SIGHUP, from the signal handler; the second one ends the tool as it would have without. */
void hf__system_on_interrupt(void (*handler)(void));

/* Date and time of now in UTC, "2026-01-31T23:59:59"; capacity at least 20. */
void hf__system_print_utc(char *buffer, size_t capacity);
/* The name of this machine, "localhost" if it has none. */
void hf__system_host_name(char *buffer, size_t capacity);

#endif
