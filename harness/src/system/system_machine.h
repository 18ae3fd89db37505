/* SPDX-License-Identifier: MIT
 * What a run asks of the machine beside processes and files: a folder that is surely new, absolute paths, the environment, the kernel's name. For the
 * tool only: all of it may use the heap.
 *
 * Threads: thread-safe, as long as nobody changes the environment.
 */
#ifndef HF_SYSTEM_MACHINE_H
#define HF_SYSTEM_MACHINE_H

#include <hostfault/error.h>
#include <stdbool.h>
#include <stdint.h>

/* Does a path begin at the root? Paths have slashes here on every system; on Windows backslashes are understood in what others write. */
bool hf__system_is_absolute(const char *path);
/* Makes one folder that must not exist. HF_ERROR_SYSTEM; os_code tells "is there already" (hf__system_is_exists) from the rest. */
HF_CHECK_RESULT hf_status hf__system_folder_create_new(const char *path, hf_error *err);
/* Does this error say that something of that name is there already? */
bool hf__system_is_exists(const hf_error *err);
/* Does it say that no file can be written any more: disk full, quota used up, read-only? */
bool hf__system_is_full(const hf_error *err);
/* The same place as a path from the root, without symbolic links: hf__free. HF_ERROR_NOT_FOUND, HF_ERROR_SYSTEM. */
HF_CHECK_RESULT hf_status hf__system_absolute(const char *path, char **out, hf_error *err);
/* Writes a whole file in place, made if need be. Cheaper than hf__system_file_write, and only for files that nobody reads meanwhile. */
HF_CHECK_RESULT hf_status hf__system_file_put(const char *path, const void *bytes, size_t size_bytes, hf_error *err);
/* Bytes of a file; 0 if there is none. */
uint64_t hf__system_file_size(const char *path);
/* Removes a file, if it is there. */
void hf__system_file_remove(const char *path);
/* Makes `path` another name of the file `of`, instead of the file that it was; who has that one open keeps it. Does nothing where that cannot be. */
void hf__system_file_share(const char *path, const char *of);
/* Which file a path leads to, as every descriptor of it tells. False: there is none. */
bool hf__system_file_identity(const char *path, uint64_t *device, uint64_t *file);
/* Does the file belong to this process's user, or to root? On Windows: always. */
bool hf__system_file_is_own(const char *path);
/* Cuts a file that is longer; true if it was. A file that cannot be cut is left alone. */
bool hf__system_file_cut(const char *path, uint64_t size_bytes);

/* Holds a file, which is made if `make`, as long as this process lives or until it is let go. -1: another process holds it, or it cannot be. Whoever
 * finds a file that nobody holds knows that its maker has died. */
intptr_t hf__system_file_hold(const char *path, bool make);
void hf__system_file_let_go(intptr_t held);

/* A name of the file without spaces and colons, which leads to it as long as this process lives: /proc/PID/fd/N. For lists of paths that know no
 * quotes, such as LD_PRELOAD's. On Windows, and where /proc is not there, the path itself. hf__free. */
char *hf__system_file_plain_name(const char *path);
/* The path of the file that a plain name stands for, as long as its process lives; any other path comes back as it is. hf__free. */
char *hf__system_file_plain_name_path(const char *name);

/* Where programs keep what they remember of a user: XDG_STATE_HOME, or .local/state in the home of the environment or of the user's account; on
 * Windows LOCALAPPDATA. NULL: there is none. hf__free. */
char *hf__system_state_folder(void);

/* Sets a variable of this process, for itself and for what it starts from then on. Before any thread is started. */
void hf__system_environment_set(const char *name, const char *value);
/* NAME=VALUE of this process, ended by NULL. Borrowed. */
const char *const *hf__system_environment_all(void);
/* "Linux 6.1.0 x86_64", cut at capacity. */
void hf__system_kernel_name(char *buffer, size_t capacity);
/* Milliseconds since 1970 in UTC, and as year, month, day, hour, minute, second, millisecond. */
typedef struct hf_os_utc {
    int year, month, day, hour, minute, second, millisecond;
} hf_os_utc;
hf_os_utc hf__system_utc_now(void);

#endif
