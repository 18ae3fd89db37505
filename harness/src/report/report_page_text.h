/* SPDX-License-Identifier: MIT
 * The page as bytes, before and after its data; made from html/ by embed.cmake when the tool is built.
 */
#ifndef HF_REPORT_PAGE_TEXT_H
#define HF_REPORT_PAGE_TEXT_H

#include <stddef.h>

extern const unsigned char hf_report_page_head[], hf_report_page_tail[];
extern const size_t hf_report_page_head_bytes, hf_report_page_tail_bytes;

#endif
