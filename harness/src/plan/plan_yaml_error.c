/* SPDX-License-Identifier: MIT
 * libyaml's complaints in words that tell the author what to do. One row per complaint; one without a row is passed on in libyaml's words, with its
 * position.
 */
#include "plan_node.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "base_utf8.h"

#include <stdlib.h>
#include <ctype.h>
#include <string.h>
#include <yaml.h>

#include "base_poison.h"

typedef struct complaint {
    const char *problem; /* libyaml's, exactly */
    const char *context; /* NULL: any */
    bool at_context;     /* the place to mend is where it began, not where it was noticed */
    const char *message;
} complaint;

static const complaint complaints[] = {
    {"could not find expected ':'", NULL, true, "this is not 'key: value'; a ':' followed by a space is missing"},
    {"mapping values are not allowed in this context", NULL, false, "unexpected ':'; check the indentation, and put text that holds ': ' in quotes"},
    {"mapping keys are not allowed in this context", NULL, false, "unexpected key; check the indentation"},
    {"block sequence entries are not allowed in this context", NULL, false, "unexpected '-'; put the list on lines of its own"},
    {"did not find expected key", NULL, false, "a key was expected here; check the indentation and the quotes of the lines above"},
    {"did not find expected '-' indicator", NULL, false, "a '-' was expected here, as in the items of the list above; check the indentation"},
    {"did not find expected ',' or ']'", NULL, true, "this '[' has no ']', or a ',' is missing after one of its items"},
    {"did not find expected ',' or '}'", NULL, true, "this '{' has no '}', or a ',' is missing after one of its entries"},
    {"did not find expected node content", NULL, false, "a value was expected here"},
    {"did not find expected <document start>", NULL, false,
     "text after the end of the document; a brace closed too early, or a '---' missing between two scenarios"},
    {"found unexpected end of stream", "while scanning a quoted scalar", true, "this quote is never closed"},
    {"found unexpected document indicator", "while scanning a quoted scalar", true, "this quote is not closed before the next document"},
    {"found unknown escape character", NULL, false, "no such escape in double quotes; write \\\\ for a backslash, or use single quotes"},
    {"did not find expected hexdecimal number", NULL, false, "hexadecimal digits were expected after this escape"},
    {"found invalid Unicode character escape code", NULL, false, "this escape is not a Unicode character"},
    {"found a tab character where an indentation space is expected", NULL, false, "a tab cannot indent; use spaces"},
    {"found a tab character that violates indentation", NULL, false, "a tab cannot indent; use spaces"},
    {"did not find expected alphabetic or numeric character", "while scanning an alias", true,
     "'*' begins a YAML alias, and aliases are not supported; put the pattern in quotes"},
    {"did not find expected alphabetic or numeric character", "while scanning an anchor", true,
     "'&' begins a YAML anchor, and anchors are not supported; put the text in quotes"},
    {"found incompatible YAML document", NULL, false, "unknown YAML version; remove the %YAML line"},
    {"found duplicate %YAML directive", NULL, false, "a second %YAML line"},
};

static const complaint *find_complaint(const yaml_parser_t *parser)
{
    for (size_t i = 0; i < HF_COUNT_OF(complaints); i++) {
        const complaint *row = &complaints[i];
        bool context_fits = row->context == NULL || (parser->context != NULL && strcmp(parser->context, row->context) == 0);
        if (strcmp(parser->problem, row->problem) == 0 && context_fits)
            return row;
    }
    return NULL;
}

/* The most frequent of all, and the one whose cause only the character itself tells. */
static void report_character(hf__plan_source *source, hf__plan_place place, size_t offset)
{
    size_t length = hf__utf8_length(source->text, offset);
    const char *at = source->text.pointer + offset;
    if (length == 1 && *at == '\t')
        HF_PLACE_ERROR(source, place, "a tab cannot indent; use spaces");
    else
        HF_PLACE_ERROR(source, place, "'%.*s' cannot begin a value; put it in quotes", (int)length, at);
}

/* Where the line that ends before `offset` begins. */
static size_t line_before(hf_text text, size_t offset)
{
    size_t end = offset;
    while (end > 0 && text.pointer[end - 1] != '\n')
        end--;
    size_t start = end > 0 ? end - 1 : 0;
    while (start > 0 && text.pointer[start - 1] != '\n')
        start--;
    return start;
}

/* "call:Malloc.Alloc" on the line before is text, not a key, and so the next key stands where none can. */
static bool report_joined(hf__plan_source *source, hf__plan_position position)
{
    hf_text text = source->text;
    size_t start = line_before(text, position.offset);
    size_t at = start;
    while (at < position.offset && (text.pointer[at] == ' ' || text.pointer[at] == '-'))
        at++;
    size_t end = at;
    while (end < position.offset && (isalpha((unsigned char)text.pointer[end]) || text.pointer[end] == '-'))
        end++;
    bool is_joined = end > at && end + 1 < position.offset && text.pointer[end] == ':' && !isspace((unsigned char)text.pointer[end + 1]);
    if (!is_joined || position.line < 2)
        return false;
    hf__plan_place place = {source->name, position.line - 1, (uint32_t)(at - start) + 1, (uint32_t)(end - at) + 1};
    HF_PLACE_ERROR(source, place, "a space is missing after '%.*s:'", (int)(end - at), text.pointer + at);
    return true;
}

void hf__plan_yaml_report(hf__plan_source *source, const yaml_parser_t *parser)
{
    if (parser->error == YAML_MEMORY_ERROR)
        hf__out_of_memory();
    if (parser->problem == NULL) {
        HF_PLACE_ERROR(source, ((hf__plan_place){source->name, 0, 0, 0}), "not enough memory to read it");
        return;
    }

    const complaint *row = find_complaint(parser);
    bool at_context = row != NULL && row->at_context && parser->context != NULL;
    hf__plan_position position = hf__plan_source_locate(source, at_context ? parser->context_mark.index : parser->problem_mark.index);
    hf__plan_place place = {source->name, position.line, position.column, 1};
    bool is_character = strcmp(parser->problem, "found character that cannot start any token") == 0;

    if (is_character && position.offset < source->text.size_bytes)
        report_character(source, place, position.offset);
    else if (strcmp(parser->problem, "mapping values are not allowed in this context") == 0 && report_joined(source, position))
        return;
    else if (row != NULL)
        HF_PLACE_ERROR(source, place, "%s", row->message);
    else
        HF_PLACE_ERROR(source, place, "not YAML: %s", parser->problem);
}
