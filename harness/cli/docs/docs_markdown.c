/* SPDX-License-Identifier: MIT
 * Markdown to man(7), for our own pages: a heading is a section, a table row is an item with its first cell as the tag, `code` is bold. Everything
 * else is printed unchanged.
 */
#include "base_text.h"
#include "docs.h"
#include "report_source.h"

#include <ctype.h>
#include <string.h>

#include "base_poison.h"

typedef enum block { NOTHING, PARAGRAPH, LISTED, CODE, HEADER_ROW, TABLE } block;

typedef struct converter {
    const hf_report_sink *sink;
    block in;
    bool at_heading; /* directly after one, where no paragraph may begin */
} converter;

static void put_text(const converter *self, const char *text)
{
    hf__report_put(self->sink, text);
}

static bool starts_with(hf_text line, const char *beginning)
{
    return hf__text_starts_with(line, beginning);
}

static hf_text without(hf_text line, size_t count)
{
    return hf__text_trim((hf_text){line.pointer + count, line.size_bytes - count});
}

/* A line of running text: `code` in bold, \| as |. */
static void put_inline(const converter *self, hf_text line)
{
    bool is_code = false;
    size_t from = 0;
    for (size_t i = 0; i <= line.size_bytes; i++) {
        char c = i < line.size_bytes ? line.pointer[i] : '`';
        bool escapes = c == '\\' && i + 1 < line.size_bytes && line.pointer[i + 1] == '|';
        if (c != '`' && !escapes)
            continue;
        hf__docs_put_roff(self->sink, (hf_text){line.pointer + from, i - from});
        from = i + 1;
        if (escapes || i == line.size_bytes)
            continue;
        is_code = !is_code;
        put_text(self, is_code ? "\\fB" : "\\fR");
    }
    put_text(self, is_code ? "\\fR\n" : "\n");
}

static void leave(converter *self)
{
    if (self->in == CODE)
        put_text(self, ".fi\n.RE\n");
    self->in = NOTHING;
}

static void enter(converter *self, block next)
{
    if (self->in == next)
        return;
    leave(self);
    if (next == CODE)
        put_text(self, self->at_heading ? ".RS 4\n.nf\n" : ".PP\n.RS 4\n.nf\n");
    if (next == PARAGRAPH && !self->at_heading)
        put_text(self, ".PP\n");
    self->at_heading = false;
    self->in = next;
}

/* The end of the cell that begins at `from`: a | that is not escaped. */
static size_t cell_end(hf_text row, size_t from)
{
    size_t at = from;
    while (at < row.size_bytes && (row.pointer[at] != '|' || row.pointer[at - 1] == '\\'))
        at++;
    return at;
}

/* The first cell as the tag; then the others, one sentence each. */
static void put_row(const converter *self, hf_text row)
{
    size_t from = 1;
    put_text(self, ".TP\n");
    for (size_t cell = 0; from < row.size_bytes; cell++) {
        size_t end = cell_end(row, from);
        hf_text text = hf__text_trim((hf_text){row.pointer + from, end - from});
        if (cell > 1 && text.size_bytes > 0)
            put_text(self, "\\(em\n");
        if (text.size_bytes > 0)
            put_inline(self, text);
        else if (cell == 0)
            put_text(self, "\\&\n");
        from = end + 1;
    }
}

static void take_table_line(converter *self, hf_text line)
{
    if (starts_with(line, "|--")) {
        self->in = TABLE;
        return;
    }
    if (self->in == TABLE)
        put_row(self, line);
    else
        enter(self, HEADER_ROW); /* titles: the items speak for themselves */
}

static void take_heading(converter *self, hf_text line)
{
    size_t level = 0;
    while (level < line.size_bytes && line.pointer[level] == '#')
        level++;
    leave(self);
    put_text(self, level <= 2 ? ".SH " : ".SS ");
    hf_text title = without(line, level);
    for (size_t i = 0; i < title.size_bytes; i++) {
        char c = title.pointer[i];
        c = level <= 2 ? (char)toupper((unsigned char)c) : c;
        if (c != '`')
            hf__docs_put_roff(self->sink, (hf_text){&c, 1});
    }
    put_text(self, "\n");
    self->at_heading = true;
}

static void take_line(converter *self, hf_text line)
{
    hf_text words = hf__text_trim(line);
    if (starts_with(words, "<!--"))
        return;
    if (words.size_bytes == 0) {
        if (self->in == CODE)
            put_text(self, "\n");
        else
            leave(self);
    } else if (starts_with(line, "    ") && self->in != LISTED) {
        enter(self, CODE);
        hf__docs_put_roff(self->sink, (hf_text){line.pointer + 4, line.size_bytes - 4});
        put_text(self, "\n");
    } else if (starts_with(line, "#")) {
        take_heading(self, line);
    } else if (starts_with(words, "|")) {
        take_table_line(self, words);
    } else if (starts_with(line, "* ")) {
        enter(self, LISTED);
        put_text(self, ".IP \\(bu 2\n");
        put_inline(self, without(line, 2));
    } else {
        if (self->in != LISTED)
            enter(self, PARAGRAPH);
        put_inline(self, words);
    }
}

void hf__docs_man_markdown(const hf_report_sink *sink, const char *name, const char *about, hf_text markdown)
{
    converter self = {.sink = sink, .at_heading = true};
    hf__docs_put_roff_head(sink, name, 5);
    put_text(&self, ".SH NAME\n");
    hf__docs_put_roff(sink, hf__text(name));
    put_text(&self, " \\- ");
    hf__docs_put_roff(sink, hf__text(about));
    put_text(&self, "\n.SH DESCRIPTION\n");
    hf_text line;
    bool has_title = hf__report_next_line(&markdown, &line) && !starts_with(line, "# ");
    if (has_title)
        take_line(&self, line);
    bool is_head = true; /* the list under the title: what the folder holds, which a reader of the page does not have */
    while (hf__report_next_line(&markdown, &line)) {
        is_head = is_head && (hf__text_trim(line).size_bytes == 0 || starts_with(line, "* "));
        if (!is_head)
            take_line(&self, line);
    }
    leave(&self);
    put_text(&self, ".SH SEE ALSO\n.BR hostfault (1),\n.BR hostfault\\-scenario (1)\n");
}
