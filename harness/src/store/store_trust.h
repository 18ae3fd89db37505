/* SPDX-License-Identifier: MIT
 * Which scripts this user has swept on this machine. A database contains the command that a replay runs, and a database may come from anybody, so
 * only what was swept here is run again without a question.
 *
 * The memory is a file for each script in the user's state folder (XDG_STATE_HOME, ~/.local/state; LOCALAPPDATA), named by the script's SHA-256. So a
 * database may be moved, merged and copied, and nobody without access to that folder can add to it.
 *
 * Threads: thread-safe.
 */
#ifndef HF_STORE_TRUST_H
#define HF_STORE_TRUST_H

#include <hostfault/error.h>
#include <stdbool.h>

/* Remembers the script as swept here. Without a state folder that can be written to nothing is remembered: replays then ask for --trust. */
void hf__store_trust(const char *script);
bool hf__store_is_trusted(const char *script);

#endif
