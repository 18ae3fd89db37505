/* SPDX-License-Identifier: MIT
 * The tool's heap: an allocation that fails ends the tool. Not for the process under test once it is attached.
 */
#include "base_alloc.h"
#include "base_check.h"
#include "base_text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

/* At once: what atexit runs, and the buffers of stdio, may be of a thread that is stopped in the middle. */
void hf__out_of_memory(void)
{
    fputs("hostfault: error: out of memory\n", stderr);
    _Exit(3);
}

void *hf__allocate(size_t count, size_t size)
{
    void *memory = calloc(count != 0 ? count : 1, size != 0 ? size : 1);
    if (memory == NULL)
        hf__out_of_memory();
    return memory;
}

void *hf__reallocate(void *memory, size_t count, size_t size)
{
    uint64_t bytes = 0;
    if (!hf__multiply_u64(count, size, &bytes) || bytes > SIZE_MAX)
        hf__out_of_memory();
    void *grown = realloc(memory, bytes != 0 ? (size_t)bytes : 1);
    if (grown == NULL)
        hf__out_of_memory();
    return grown;
}

void hf__free(void *memory)
{
    int kept = errno;
    free(memory);
    errno = kept;
}

char *hf__copy_text(hf_text text)
{
    char *copy = hf__allocate(text.size_bytes + 1, 1);
    if (text.size_bytes > 0)
        memcpy(copy, text.pointer, text.size_bytes);
    return copy;
}

char *hf__copy_string(const char *string)
{
    return hf__copy_text(hf__text(string));
}

char *hf__format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    HF_ASSERT(length >= 0);
    char *text = hf__allocate((size_t)length + 1, 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}
