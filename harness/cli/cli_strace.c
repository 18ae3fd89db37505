/* SPDX-License-Identifier: MIT
 * See the header. strace(1) documents the form of a line. A line of another form is ignored, because the program's own output may be in between.
 */
#include "cli_strace.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"

#include <ctype.h>
#include <string.h>

#include "base_poison.h"

#define UNFINISHED "<unfinished ...>"
#define WHOLE_BYTES_MAX (1u << 20)

/* The first piece of a call that another thread's line interrupted. */
typedef struct piece {
    uint64_t thread;
    char *text;
} piece;

struct hf_strace {
    piece *pieces;
    size_t count, capacity;
    char *whole; /* the last call that was assembled */
};

hf_strace *hf__cli_strace_begin(void)
{
    return hf__allocate(1, sizeof(hf_strace));
}

void hf__cli_strace_end(hf_strace *self)
{
    for (size_t i = 0; i < self->count; i++)
        hf__free(self->pieces[i].text);
    hf__free(self->pieces);
    hf__free(self->whole);
    hf__free(self);
}

static hf_text from(hf_text text, size_t offset)
{
    return (hf_text){text.pointer + offset, text.size_bytes - offset};
}

static size_t find(hf_text text, const char *word)
{
    size_t length = strlen(word);
    for (size_t i = 0; i + length <= text.size_bytes; i++)
        if (memcmp(text.pointer + i, word, length) == 0)
            return i;
    return SIZE_MAX;
}

static bool ends_with(hf_text text, const char *end)
{
    size_t length = strlen(end);
    return text.size_bytes >= length && memcmp(text.pointer + text.size_bytes - length, end, length) == 0;
}

/* "[pid 123] ", "123 ", and times: the text before the call. */
static hf_text take_head(hf_text text, uint64_t *thread)
{
    *thread = 0;
    if (hf__text_starts_with(text, "[pid ")) {
        size_t end = find(text, "]");
        if (end == SIZE_MAX)
            return text;
        hf_text number = hf__text_trim((hf_text){text.pointer + 5, end - 5});
        (void)hf__parse_u64(number, thread);
        text = hf__text_trim(from(text, end + 1));
    }

    for (;;) {
        size_t length = 0;
        bool is_number = true;
        while (length < text.size_bytes && (isdigit((unsigned char)text.pointer[length]) || strchr(":.+", text.pointer[length]) != NULL))
            is_number = isdigit((unsigned char)text.pointer[length++]) && is_number;
        if (length == 0 || length >= text.size_bytes || text.pointer[length] != ' ')
            return text;
        if (is_number && *thread == 0)
            (void)hf__parse_u64((hf_text){text.pointer, length}, thread);
        text = hf__text_trim(from(text, length));
    }
}

/* " > /usr/lib/libc.so.6(malloc+0x19a) [0x98aca]" */
static void read_frame(hf_text text, hf_strace_line *out)
{
    size_t open = find(text, "(");
    size_t plus = find(text, "+0x");
    out->kind = HF_STRACE_FRAME;
    out->module = (hf_text){text.pointer, open != SIZE_MAX ? open : text.size_bytes};
    if (open != SIZE_MAX && plus != SIZE_MAX && plus > open)
        out->name = (hf_text){text.pointer + open + 1, plus - open - 1};
}

/* The end of the argument that begins at `at`: a comma, or the bracket that closes the call. */
static size_t argument_end(hf_text text, size_t at)
{
    unsigned depth = 0;
    bool quoted = false;
    for (; at < text.size_bytes; at++) {
        char c = text.pointer[at];
        if (quoted && c == '\\')
            at++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && strchr("([{", c) != NULL)
            depth++;
        else if (!quoted && depth > 0 && strchr(")]}", c) != NULL)
            depth--;
        else if (!quoted && depth == 0 && (c == ',' || c == ')'))
            return at;
    }

    return text.size_bytes;
}

static void read_result(hf_text text, hf_strace_line *out)
{
    size_t equals = find(text, "= ");
    if (equals == SIZE_MAX)
        return;
    text = from(text, equals + 2);
    size_t length = 0;
    while (length < text.size_bytes && text.pointer[length] != ' ')
        length++;
    out->result = (hf_text){text.pointer, length};
    text = hf__text_trim(from(text, length));
    length = 0;
    while (length < text.size_bytes && isupper((unsigned char)text.pointer[length]))
        length++;
    if (length > 1 && text.pointer[0] == 'E')
        out->error = (hf_text){text.pointer, length};
    out->kind = HF_STRACE_CALL;
}

static void read_call(hf_text text, hf_strace_line *out)
{
    size_t open = find(text, "(");
    if (open == SIZE_MAX || open == 0)
        return;
    for (size_t i = 0; i < open; i++)
        if (!isalnum((unsigned char)text.pointer[i]) && text.pointer[i] != '_')
            return;

    out->name = (hf_text){text.pointer, open};
    size_t at = open + 1;
    for (size_t i = 0; at < text.size_bytes; i++) {
        size_t end = argument_end(text, at);
        if (i < HF_STRACE_ARGUMENTS_MAX)
            out->arguments[i] = hf__text_trim((hf_text){text.pointer + at, end - at});
        at = end + 1;
        if (end < text.size_bytes && text.pointer[end] == ')')
            break;
    }
    if (at <= text.size_bytes)
        read_result(from(text, at), out);
}

static piece *piece_of(hf_strace *self, uint64_t thread)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->pieces[i].thread == thread)
            return &self->pieces[i];
    HF_GROW(self->pieces, self->count, self->capacity);
    self->pieces[self->count] = (piece){.thread = thread};
    return &self->pieces[self->count++];
}

/* "<... mmap resumed>) = -1 ENOMEM": appended to the piece that the thread has. */
static hf_text join(hf_strace *self, uint64_t thread, hf_text text)
{
    piece *first = piece_of(self, thread);
    size_t end = find(text, "resumed>");
    if (first->text == NULL || end == SIZE_MAX || strlen(first->text) + text.size_bytes > WHOLE_BYTES_MAX)
        return (hf_text){"", 0};
    text = from(text, end + strlen("resumed>"));
    hf__free(self->whole);
    self->whole = hf__format("%s%.*s", first->text, (int)text.size_bytes, text.pointer);
    hf__free(first->text);
    first->text = NULL;
    return hf__text(self->whole);
}

void hf__cli_strace_read(hf_strace *self, hf_text text, hf_strace_line *out)
{
    *out = (hf_strace_line){.kind = HF_STRACE_NOTHING};
    text = hf__text_trim(text);
    if (hf__text_starts_with(text, "> ")) {
        read_frame(from(text, 2), out);
        return;
    }
    text = take_head(text, &out->thread);
    if (hf__text_starts_with(text, "<... "))
        text = join(self, out->thread, text);

    if (ends_with(text, UNFINISHED)) {
        piece *first = piece_of(self, out->thread);
        hf__free(first->text);
        first->text = hf__copy_text(hf__text_trim((hf_text){text.pointer, text.size_bytes - strlen(UNFINISHED)}));
        return;
    }
    read_call(text, out);
}
