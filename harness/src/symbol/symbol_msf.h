/* SPDX-License-Identifier: MIT
 * The container of a PDB: streams of bytes in blocks of one file (llvm.org/docs/PDB/MsfFile.html), and a bounds-checked reader for their contents.
 * Each stream can be taken once, and all together are no larger than the file, so a hostile file costs no more than its own size.
 *
 * Threads: distinct objects may be used in parallel.
 */
#ifndef HF_SYMBOL_MSF_H
#define HF_SYMBOL_MSF_H

#include <hostfault/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct hf__msf hf__msf;

/* bytes must outlive it. Errors: HF_ERROR_FORMAT. */
HF_CHECK_RESULT hf_status hf__symbol_msf_open(hf_text bytes, hf__msf **out, hf_error *err);
void hf__symbol_msf_close(hf__msf *file);
/* A stream's bytes, with a NUL behind them: hf__free. NULL: there is no such stream, it was taken before, or it leads out of the file. */
char *hf__symbol_msf_take(hf__msf *file, uint32_t stream, size_t *size);

/* Bytes that are read from front to back. What is not there reads as 0, and is_cut says so. */
typedef struct hf__symbol_msf_reader {
    const char *bytes;
    size_t size, at;
    bool is_cut;
} hf__symbol_msf_reader;

hf__symbol_msf_reader hf__symbol_msf_reader_of(const char *bytes, size_t size);
size_t hf__symbol_msf_left(const hf__symbol_msf_reader *reader);
void hf__symbol_msf_skip(hf__symbol_msf_reader *reader, uint64_t size);
void hf__symbol_msf_align(hf__symbol_msf_reader *reader, size_t alignment);
uint8_t hf__symbol_msf_u8(hf__symbol_msf_reader *reader);
uint16_t hf__symbol_msf_u16(hf__symbol_msf_reader *reader);
uint32_t hf__symbol_msf_u32(hf__symbol_msf_reader *reader);
/* Text up to its NUL, which must be there. */
hf_text hf__symbol_msf_name(hf__symbol_msf_reader *reader);
/* A reader of the next bytes, which the first passes over. */
hf__symbol_msf_reader hf__symbol_msf_part(hf__symbol_msf_reader *reader, uint64_t size);

#endif
