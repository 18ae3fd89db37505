/* SPDX-License-Identifier: MIT
 * Page protections in three forms: Win32's names, the byte in a page's state, and what the processor is told.
 *
 * Threads: pure.
 */
#ifndef HF_HOST_ACCESS_H
#define HF_HOST_ACCESS_H

#include <hostfault/hosting.h>
#include <stdbool.h>

/* State of a page: 0 reserved, else committed. Low three bits: which protection; then the modifiers. */
typedef uint8_t hf_page_code;
#define HF_PAGE_RESERVED ((hf_page_code)0)
#define HF_PAGE_GUARDED ((hf_page_code)0x08)

/* Is it one protection, with modifiers that go together? The two copy-on-write kinds only where `may_copy`: private memory has none. */
bool hf__host_protect_is_valid(DWORD protect, bool may_copy);
/* pre: valid. The copy-on-write kinds count as their writing ones. */
hf_page_code hf__host_code_of_protect(DWORD protect);
DWORD hf__host_protect_of_code(hf_page_code code);
/* HF_ACCESS_ bits for the pages. A guard page has none, so that its first touch is noticed. */
unsigned hf__host_access_of_code(hf_page_code code);
/* The protection that memory of others with these HF_ACCESS_ bits has. */
DWORD hf__host_protect_of_access(unsigned access);
/* Can a page's protection not be told from its HF_ACCESS_ bits alone? */
bool hf__host_code_is_hidden(hf_page_code code);

#endif
