/* SPDX-License-Identifier: MIT
 * Long rows of equal lines made short.
 *
 * Threads: pure.
 */
#ifndef HF_REPORT_FOLD_H
#define HF_REPORT_FOLD_H

#include "heap_buffer.h"

/* More than three equal lines in a row become the first of them and "  ... N more like this". */
void hf__report_fold(hf__heap_buffer *buffer);

#endif
