/* SPDX-License-Identifier: MIT
 * Results are texts in the trace: the whole of hf_result's, the beginning of an output. A message about two results must show the difference, so a
 * long common beginning is left out.
 */
#include "verdict_result.h"

#include "base_poison.h"

#define TEXT_SHOWN 40u
#define TEXT_BEFORE 12u /* of what they have in common, just before they part */

bool hf__verdict_ends_differ(const hf__verdict_facts *a, const hf__verdict_facts *b)
{
    return a->ending != b->ending || a->exit_status != b->exit_status || a->signal != b->signal;
}

bool hf__verdict_results_differ(const hf__verdict_facts *a, const hf__verdict_facts *b)
{
    if (a->result != NULL || b->result != NULL)
        return a->result == NULL || b->result == NULL || !hf__text_equal(a->result->more->note, b->result->more->note);
    if (a->output == NULL || b->output == NULL)
        return a->output != b->output;
    return a->output->address != b->output->address || a->output->size != b->output->size;
}

static const hf_event *result_of(const hf__verdict_facts *facts)
{
    return facts->result != NULL ? facts->result : facts->output;
}

static hf_text text_of(const hf_event *event)
{
    return event != NULL ? event->more->note : (hf_text){"", 0};
}

static size_t parting(hf_text a, hf_text b)
{
    size_t at = 0;
    while (at < a.size_bytes && at < b.size_bytes && a.pointer[at] == b.pointer[at])
        at++;
    return at;
}

/* Up to the line's end or what has no place in a sentence. */
static void say_text(hf__builder *out, hf_text text, size_t from)
{
    size_t shown = from;
    while (shown < text.size_bytes && shown - from < TEXT_SHOWN && (unsigned char)text.pointer[shown] >= ' ')
        shown++;
    hf__builder_print(out, "\"%s%.*s%s\"", from > 0 ? "..." : "", (int)(shown - from), text.pointer + from, shown < text.size_bytes ? "..." : "");
}

/* An output that differs after the part that the trace keeps is described by its size. */
static void say_one(hf__builder *out, const hf__verdict_facts *facts, size_t from, bool parts_later)
{
    const hf_event *event = result_of(facts);
    if (event == NULL)
        hf__builder_print(out, "nothing");
    else if (event == facts->output && (parts_later || event->more->note.size_bytes == 0))
        hf__builder_print(out, "%llu bytes of output", (unsigned long long)event->size);
    else
        say_text(out, event->more->note, from);
}

/* From a little before they part, but not from within a line that has begun there. */
static size_t begin_at(hf_text text, size_t parted)
{
    if (parted + TEXT_BEFORE <= TEXT_SHOWN)
        return 0;
    size_t from = parted - TEXT_BEFORE;
    for (size_t i = parted; i > from; i--) {
        if ((unsigned char)text.pointer[i - 1] < ' ')
            return i;
    }
    return from;
}

void hf__verdict_say_results(hf__builder *out, const hf__verdict_facts *a, const hf__verdict_facts *b, const char *between)
{
    hf_text text_a = text_of(result_of(a)), text_b = text_of(result_of(b));
    size_t parted = parting(text_a, text_b);
    bool parts_later = parted == text_a.size_bytes && parted == text_b.size_bytes;
    size_t from = parts_later ? 0 : begin_at(text_a, parted);
    say_one(out, a, from, parts_later);
    hf__builder_print(out, "%s", between);
    say_one(out, b, from, parts_later);
    if (parts_later && text_a.size_bytes > 0)
        hf__builder_print(out, ", which part after the first %zu bytes", text_a.size_bytes);
}
