/* SPDX-License-Identifier: MIT
 * The forms that malloc's calls have are those of glibc 2.36 (malloc/malloc.c, sysmalloc and sysmalloc_mmap; malloc/arena.c, new_heap).
 */
#include "cli_strace_call.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

bool hf__cli_strace_has_flag(hf_text flags, const char *flag)
{
    char *text = hf__copy_text(flags);
    bool has = strstr(text, flag) != NULL;
    hf__free(text);
    return has;
}

bool hf__cli_strace_is_request(const hf_strace_line *line)
{
    static const char *const names[] = {"mmap", "mmap2", "mremap", "brk", "mprotect", "munmap"};
    for (size_t i = 0; i < HF_COUNT_OF(names); i++)
        if (hf__text_equal_string(line->name, names[i]))
            return true;
    return false;
}

bool hf__cli_strace_is_heap_like(const hf_strace_line *line)
{
    if (hf__text_equal_string(line->name, "brk"))
        return true;
    if (hf__text_equal_string(line->name, "mremap"))
        return hf__text_equal_string(line->arguments[3], "MREMAP_MAYMOVE");
    if (hf__text_equal_string(line->name, "mprotect"))
        return hf__text_equal_string(line->arguments[2], "PROT_READ|PROT_WRITE");
    if (!hf__text_starts_with(line->name, "mmap") || !hf__cli_strace_has_flag(line->arguments[3], "MAP_ANONYMOUS"))
        return false;
    bool is_arena = hf__text_equal_string(line->arguments[2], "PROT_NONE") && hf__cli_strace_has_flag(line->arguments[3], "MAP_NORESERVE");
    uint64_t size = 0;
    bool is_pages = hf__parse_u64(line->arguments[1], &size) && size % HF_STRACE_PAGE_BYTES == 0;
    bool is_plain =
        hf__text_equal_string(line->arguments[2], "PROT_READ|PROT_WRITE") && hf__text_equal_string(line->arguments[3], "MAP_PRIVATE|MAP_ANONYMOUS");
    return hf__text_equal_string(line->arguments[0], "NULL") && (is_arena || (is_plain && is_pages));
}

uint64_t hf__cli_strace_size(const hf_strace_line *line)
{
    uint64_t size = 0;
    bool is_remap = hf__text_equal_string(line->name, "mremap");
    if (!hf__text_equal_string(line->name, "brk"))
        (void)hf__parse_u64(line->arguments[is_remap ? 2 : 1], &size);
    return size;
}

/* brk returns the heap's end: it failed if that is not the requested address. */
bool hf__cli_strace_has_failed(const hf_strace_line *line)
{
    if (hf__text_equal_string(line->name, "brk"))
        return !hf__text_equal_string(line->arguments[0], "NULL") && !hf__text_equal(line->arguments[0], line->result);
    return line->error.size_bytes > 0;
}

bool hf__cli_strace_is_plain_map(const hf_strace_line *line)
{
    return hf__text_starts_with(line->name, "mmap") && !hf__text_equal_string(line->arguments[2], "PROT_NONE");
}
