/* SPDX-License-Identifier: MIT
 * Large blocks of the tool's heap in files without names, so that the memory that a sweep takes does not grow with what its programs record. When
 * they rest, what is in memory afterwards is the part that was used since.
 *
 * Threads: thread-safe.
 */
#ifndef HF_HEAP_SPILL_H
#define HF_HEAP_SPILL_H

#include <stdbool.h>
#include <stddef.h>

/* Blocks that become large from now on lie in files in that folder. Where the folder, its disk or the system cannot do that, they lie in memory as
 * any others. NULL: as before the first call, in memory. The tool's way to this is system_rest.h. */
void hf__heap_spill_to(const char *folder);
/* Takes all large blocks out of memory; they come back as they are used. */
void hf__heap_rest(void);
/* For heap_alloc. A block that is not spilled is told by its address, so any pointer to a block may be asked about. */
bool hf__heap_spill_takes(size_t size_bytes);
/* Zeroed; NULL: it has to lie in memory. */
void *hf__heap_spill_allocate(size_t size_bytes);
bool hf__heap_spill_has(const void *block);
/* NULL: the block is as it was, and has to be moved to memory. *held: how many bytes are in it. */
void *hf__heap_spill_resize(void *block, size_t size_bytes, size_t *held);
void hf__heap_spill_free(void *block);

#endif
