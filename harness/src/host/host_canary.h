/* SPDX-License-Identifier: MIT
 * Canaries: patterns behind the end of a live block and inside a freed one, so that a write there is detected.
 *
 * Threads: a block's canary belongs to whoever may free it. No heap.
 */
#ifndef HF_HOST_CANARY_H
#define HF_HOST_CANARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HF_CANARY_BYTES 8u /* at least so many stand behind a block */

/* `room`: the bytes from the block's beginning that are the heap's; at least `size` and HF_CANARY_BYTES. */
void hf__host_canary_put(char *block, size_t size, size_t room);
/* The size that was asked for; `room` if its word was overwritten. */
size_t hf__host_canary_size(const char *block, size_t room);
/* Is all as it was put? If not, *offset is the first byte behind the end that changed; SIZE_MAX if the size is not known any more. */
bool hf__host_canary_is_whole(const char *block, size_t room, size_t *offset);

/* A canary without a size, of so many bytes. */
void hf__host_canary_pad(char *behind, size_t count);
bool hf__host_canary_is_padded(const char *behind, size_t count, size_t *offset);

/* The same for a free block. */
void hf__host_canary_fill(char *block, size_t room);
/* Was it filled? (A block that was never used was not; nor can one be told that was written to at its very end.) */
bool hf__host_canary_is_filled(const char *block, size_t room);
/* *offset: of the first byte that changed. */
bool hf__host_canary_is_untouched(const char *block, size_t room, size_t *offset);

#endif
