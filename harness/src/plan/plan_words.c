/* SPDX-License-Identifier: MIT
 * Words that a script may use, and messages about those that are unknown. Suggestions are for people: they must never change what is accepted.
 */
#include "plan_reader.h"
#include "base_check.h"
#include "base_text.h"
#include "base_utf8.h"

#include <string.h>

#include "base_poison.h"

#define QUOTE_MAX_BYTES 40u
#define LISTED_MAX_BYTES 230u

hf__plan_quote hf__plan_quoted(hf_text text)
{
    hf__plan_quote quote;
    hf__builder builder = hf__builder_init(quote.text, sizeof quote.text);
    hf__builder_print(&builder, "'");
    size_t at = 0;
    while (at < text.size_bytes && builder.length <= QUOTE_MAX_BYTES) {
        size_t length = hf__utf8_length(text, at);
        bool shown = length > 1 || (length == 1 && text.pointer[at] >= 0x20 && text.pointer[at] < 0x7F);
        hf__builder_append(&builder, shown ? (hf_text){text.pointer + at, length} : hf__text("?"));
        at += length > 0 ? length : 1;
    }
    hf__builder_print(&builder, at < text.size_bytes ? "...'" : "'");
    return quote;
}

void hf__plan_words_add(hf__plan_words *words, const char *word)
{
    HF_ASSERT(words->count < HF_PLAN_WORDS_MAX);
    words->words[words->count++] = word;
}

int hf__plan_words_find(const hf__plan_words *words, hf_text text)
{
    for (size_t i = 0; i < words->count; i++) {
        if (hf__text_equal_string(text, words->words[i]))
            return (int)i;
    }
    return -1;
}

/* What people write who know the interfaces, or other tools. */
static const struct {
    const char *written, *meant;
} synonyms[] = {
    {"method", "call"},
    {"function", "call"},
    {"api", "call"},
    {"error", "return"},
    {"result", "return"},
    {"hr", "return"},
    {"hresult", "return"},
    {"fail", "return"},
    {"nth", "when"},
    {"ordinal", "when"},
    {"count", "times"},
    {"limit", "times"},
    {"probability", "chance"},
    {"filter", "where"},
    {"args", "where"},
    {"label", "thread"},
    {"sleep", "delay"},
    {"wait", "delay"},
    {"success", "lie"},
    {"description", "about"},
    {"rules", "faults"},
    {"fault", "faults"},
    {"program", "command"},
    {"exec", "command"},
    {"target", "caller"},
    {"environment", "env"},
    {"input", "stdin"},
    {"commit_limit", "commit-limit"},
    {"expected", "expect"},
    {"responses", "response"},
    {"mem_commit", "commit"},
    {"mem_reserve", "reserve"},
    {"mem_release", "release"},
    {"mem_decommit", "decommit"},
    {"mem_reset", "reset"},
    {"mem_top_down", "top-down"},
    {"malloc", "Malloc.Alloc"},
    {"free", "Malloc.Free"},
    {"alloc", "Malloc.Alloc"},
    {"enomem", "E_OUTOFMEMORY"},
    {"e_nomem", "E_OUTOFMEMORY"},
    {"error_not_enough_memory", "E_OUTOFMEMORY"},
    {"timeout", "HOST_E_TIMEOUT"},
    {"crash", "crashed"},
    {"leak", "leaked"},
    {"abort", "aborted"},
    {"failed", "reported"},
    {"success", "ok"},
};

/* Letters small, '_' as '-', and without the prefix of the Windows headers, so that PAGE_READWRITE is near readwrite. */
static hf_text fold(char *buffer, size_t capacity, hf_text text)
{
    size_t length = hf__text_copy(buffer, capacity, text);
    for (size_t i = 0; i < length; i++) {
        if (buffer[i] >= 'A' && buffer[i] <= 'Z')
            buffer[i] = (char)(buffer[i] - 'A' + 'a');
        if (buffer[i] == '_')
            buffer[i] = '-';
    }
    hf_text folded = {buffer, length};
    if (hf__text_starts_with(folded, "page-"))
        folded = (hf_text){buffer + 5, length - 5};
    return folded;
}

static const char *find_synonym(const hf__plan_words *words, hf_text text)
{
    char written[64];
    char row[64];
    hf_text folded = fold(written, sizeof written, text);
    for (size_t i = 0; i < HF_COUNT_OF(synonyms); i++) {
        int meant = hf__plan_words_find(words, hf__text(synonyms[i].meant));
        if (meant >= 0 && hf__text_equal(folded, fold(row, sizeof row, hf__text(synonyms[i].written))))
            return words->words[meant];
    }
    return NULL;
}

/* The nearest of them, letter case aside, or NULL if none is near. */
static const char *words_nearest(const hf__plan_words *words, hf_text text)
{
    char written[64];
    char known[64];
    if (text.size_bytes >= sizeof written)
        return NULL;
    const char *synonym = find_synonym(words, text);
    if (synonym != NULL)
        return synonym;
    hf_text folded = fold(written, sizeof written, text);
    unsigned limit = (unsigned)(folded.size_bytes + 2) / 4 + 1;
    const char *nearest = NULL;

    for (size_t i = 0; i < words->count; i++) {
        hf_text word = fold(known, sizeof known, hf__text(words->words[i]));
        unsigned distance = hf__edit_distance(folded, word, limit);
        if (distance < limit && distance < word.size_bytes) {
            limit = distance;
            nearest = words->words[i];
        }
    }

    return nearest;
}

/* "call:Malloc.Alloc" is one word to YAML: a key ends with a colon and a blank. */
static bool report_joined(hf__plan_reader *reader, hf__plan_place place, const hf__plan_words *words, hf_text text)
{
    const char *colon = text.size_bytes > 0 ? memchr(text.pointer, ':', text.size_bytes) : NULL;
    if (colon == NULL || hf__plan_words_find(words, (hf_text){text.pointer, (size_t)(colon - text.pointer)}) < 0)
        return false;
    int length = (int)(colon - text.pointer);
    HF_PLACE_ERROR(reader->source, place, "a space is missing after '%.*s:'", length, text.pointer);
    return true;
}

void hf__plan_report_unknown(hf__plan_reader *reader, hf__plan_place place, const hf__plan_words *words, hf_text text)
{
    if (report_joined(reader, place, words, text))
        return;
    const char *nearest = words_nearest(words, text);
    const char *where = words->where != NULL ? words->where : "";
    hf__plan_quote quote = hf__plan_quoted(text);
    if (nearest != NULL) {
        HF_PLACE_ERROR(reader->source, place, "unknown %s %s%s; did you mean '%s'?", words->what, quote.text, where, nearest);
        return;
    }
    char known[LISTED_MAX_BYTES + 64];
    hf__builder builder = hf__builder_init(known, sizeof known);
    size_t i = 0;
    for (; i < words->count && builder.length < LISTED_MAX_BYTES - 20; i++)
        hf__builder_print(&builder, "%s%s", i > 0 ? ", " : "", words->words[i]);
    HF_PLACE_ERROR(reader->source, place, "unknown %s %s%s; known are %s%s", words->what, quote.text, where, known, i < words->count ? ", ..." : "");
}
