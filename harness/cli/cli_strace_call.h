/* SPDX-License-Identifier: MIT
 * What a system call of strace's log says about memory: whether it requests any, how much, whether it failed, and whether malloc makes such calls.
 *
 * Threads: any.
 */
#ifndef HF_CLI_STRACE_CALL_H
#define HF_CLI_STRACE_CALL_H

#include "cli_strace.h"

#define HF_STRACE_PAGE_BYTES 4096u

bool hf__cli_strace_is_request(const hf_strace_line *line);
/* Does the call have the form of one that glibc's malloc makes? */
bool hf__cli_strace_is_heap_like(const hf_strace_line *line);
/* In bytes; 0 for brk, whose request the log does not show. */
uint64_t hf__cli_strace_size(const hf_strace_line *line);
bool hf__cli_strace_has_failed(const hf_strace_line *line);
/* A mapping of memory that can be used at once, not only reserved. */
bool hf__cli_strace_is_plain_map(const hf_strace_line *line);
/* Does an argument such as "MAP_PRIVATE|MAP_ANONYMOUS" contain the flag? */
bool hf__cli_strace_has_flag(hf_text flags, const char *flag);

#endif
