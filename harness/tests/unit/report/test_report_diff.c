/* SPDX-License-Identifier: MIT
 * New, worse, changed and fixed findings: the complete text; and lists, written and read.
 */
#include "heap_alloc.h"
#include "base_text.h"
#include "hf_rows.h"
#include "report_diff.h"
#include "report_examples.h"

#include <stdio.h>
#include <string.h>

TestSuite(report_diff, .timeout = 120);

/* "f leaked E_FAIL,E_POINTER;..." */
static hf_report_findings findings_of(const char *text)
{
    hf_report_findings all = {0};
    while (*text != '\0') {
        char place[32];
        char outcome[32];
        char results[128];
        cr_assert(eq(int, sscanf(text, "%31s %31s %127[^;]", place, outcome, results), 3), "%s", text);
        HF_GROW(all.items, all.count, all.capacity);
        hf_report_finding *one = &all.items[all.count++];
        *one = (hf_report_finding){.outcome = hf_outcome_by_name(hf__text(outcome)), .response = HF_RESPONSE_COUNT};
        cr_assert(ne(int, one->outcome, HF_OUTCOME_COUNT), "%s", outcome);
        one->fingerprint = hf__format("M.m %s#1", place);
        one->place = hf__copy_string(place);
        one->caller = hf__copy_string("c");
        one->reason = hf__copy_string("");
        one->fault = hf__copy_string("");
        one->stack = hf__copy_string("");
        one->method = hf__copy_string("M.m");
        one->ended = hf__copy_string("");
        one->detail = hf__copy_string("");
        one->end_stack = hf__copy_string("");
        one->frames = hf__copy_string(one->fingerprint);
        hf__store_finding_id(one->fingerprint, one->outcome, one->id);
        for (char *word = results; *word != '\0'; word += strcspn(word, ",") + (strchr(word, ',') != NULL ? 1 : 0)) {
            char *copy = hf__copy_text((hf_text){word, strcspn(word, ",")});
            hf__report_words_add(&one->results, copy);
            hf__free(copy);
        }
        text += strcspn(text, ";") + (strchr(text, ';') != NULL ? 1 : 0);
    }
    hf__report_findings_combine(&all);
    return all;
}

/* Lines without the names of findings and the width of columns: "new leaked f A; ...". */
static void list_changes(const hf_report_diff *diff, char *out, size_t capacity)
{
    static const char *const kinds[] = {"new", "worse", "changed", "fixed"};
    hf__builder builder = hf__builder_init(out, capacity);
    for (size_t i = 0; i < diff->count; i++) {
        const hf_report_change *change = &diff->items[i];
        char *results = hf__report_words_join(&change->results);
        hf__builder_print(&builder, "%s%s %s %s>%s %s", i > 0 ? "; " : "", kinds[change->kind],
                          change->is != NULL ? change->is->place : change->was->place,
                          change->was != NULL ? hf_outcome_name(change->was->outcome) : "",
                          change->is != NULL ? hf_outcome_name(change->is->outcome) : "", results);
        hf__free(results);
    }
    hf__builder_print(&builder, " =%zu%s", diff->same, hf__report_diff_is_bad(diff) ? " bad" : "");
}

static const struct {
    const char *label, *was, *is, *changes;
} rows[] = {
    {"nothing and nothing", "", "", " =0"},
    {"the same", "f leaked A,B;g crashed A", "g crashed A;f leaked B,A", " =2"},
    {"new", "", "f leaked A,B", "new f >leaked A, B =0 bad"},
    {"fixed", "f leaked A,B", "", "fixed f leaked> A, B =0"},
    {"another place", "f leaked A", "g leaked A", "new g >leaked A; fixed f leaked> A =0 bad"},
    {"a known finding by a further failure is not new", "f leaked A", "f leaked A,B", " =1"},
    {"a known finding by fewer failures is not fixed", "f leaked A,B", "f leaked A", " =1"},
    {"worse", "f leaked A", "f crashed A", "worse f leaked>crashed A =0 bad"},
    {"better", "f crashed A", "f leaked A", "changed f crashed>leaked A =0"},
    {"as bad, but another", "f violated A", "f hung A", "changed f violated>hung A =0"},
    {"one of two failures becomes worse", "f leaked A,B", "f leaked A;f crashed B", "worse f leaked>crashed B =1 bad"},
    {"it becomes worse and is known by another failure", "f leaked A;f crashed B", "f crashed A,B", "worse f leaked>crashed A =1 bad"},
    {"both failures change alike", "f leaked A,B", "f crashed A,B", "worse f leaked>crashed A, B =0 bad"},
    {"the same failure in one more outcome", "f leaked A", "f leaked A;f crashed A", "new f >crashed A =1 bad"},
    {"another failure with another outcome", "f leaked A", "f crashed B", "new f >crashed B; fixed f leaked> A =0 bad"},
    {"of two new outcomes one is the change, the worst", "f leaked A", "f crashed A;f hung A", "new f >hung A; worse f leaked>crashed A =0 bad"},
    {"worst first, then by fingerprint", "", "b leaked A;a leaked A;c crashed A", "new c >crashed A; new a >leaked A; new b >leaked A =0 bad"},
    {"several sweeps' findings are one", "f leaked A;f leaked B", "f leaked C;f leaked A", " =1"},
};
HF_ROWS(report_diff, says_what_changed, rows)
{
    char got[512];
    hf_report_diff diff;
    hf_report_findings was = findings_of(rows[*number].was);
    hf_report_findings is = findings_of(rows[*number].is);
    hf__report_diff(&was, &is, &diff);
    list_changes(&diff, got, sizeof got);
    cr_assert(eq(str, got, TEXT(rows[*number].changes)), "%s", rows[*number].label);
    hf__report_diff_clear(&diff);
    hf__report_findings_clear(&was);
    hf__report_findings_clear(&is);
}

Test(report_diff, a_list_that_is_written_is_read_as_the_same)
{
    hf__heap_buffer first = {0};
    hf__heap_buffer second = {0};
    const hf_report_sink sinks[] = {report_example_sink(&first, 0), report_example_sink(&second, 0)};
    hf_report_findings all = findings_of("f leaked B,A;a crashed A");
    hf_report_findings again;
    hf_report_diff diff;
    hf__report_findings_print(&sinks[0], &all);
    cr_assert(eq(int, hf__report_findings_parse("list", (hf_text){first.text, first.size_bytes}, &again, NULL), HF_OK));
    hf__report_findings_print(&sinks[1], &again);
    hf__report_diff(&all, &again, &diff);
    cr_assert(eq(str, second.text, first.text));
    cr_assert(eq(sz, diff.same, 2));
    cr_assert(eq(sz, diff.count, 0));
    hf__report_diff_clear(&diff);
    hf__report_findings_clear(&all);
    hf__report_findings_clear(&again);
    hf__free(first.text);
    hf__free(second.text);
}

#define HEAD "{\"schema\": \"hostfault-findings/1\", \"findings\": ["
#define ENTRY(results) "{\"id\": \"0123456789abcdef\", \"caller\": \"c\", \"outcome\": \"leaked\", \"fingerprint\": \"f\", \"results\": " results "}"
static const struct {
    const char *label, *text;
    hf_status status;
    const char *message;
} lists[] = {
    {"an empty list", HEAD "]}", HF_OK, ""},
    {"one finding", HEAD ENTRY("[\"A\"]") "]}", HF_OK, ""},
    {"an empty file", "", HF_ERROR_INPUT, "list:1:"},
    {"not JSON", "{,}", HF_ERROR_INPUT, "list:1:2"},
    {"another document", "{\"schema\": \"hostfault-run/1\"}", HF_ERROR_INPUT, "is not a list of findings"},
    {"an array", "[]", HF_ERROR_INPUT, "is not a list of findings"},
    {"a newer one", "{\"schema\": \"hostfault-findings/2\"}", HF_ERROR_VERSION, "hostfault-findings/2"},
    {"no findings", "{\"schema\": \"hostfault-findings/1\"}", HF_ERROR_INPUT, "no list 'findings'"},
    {"an entry that is no object", HEAD "7]}", HF_ERROR_INPUT, "finding 1"},
    {"a second entry without results", HEAD ENTRY("[\"A\"]") "," ENTRY("7") "]}", HF_ERROR_INPUT, "finding 2 has no list 'results'"},
    {"no results", HEAD ENTRY("[]") "]}", HF_ERROR_INPUT, "finding 1 has no list 'results'"},
    {"a result that is a number", HEAD ENTRY("[1]") "]}", HF_ERROR_INPUT, "not text"},
    {"a key twice", HEAD "{\"id\": \"1\", \"id\": \"2\"}]}", HF_ERROR_INPUT, "duplicate"},
    {"an outcome that is none", HEAD "{\"id\": \"0123456789abcdef\", \"caller\": \"c\", \"fingerprint\": \"f\", \"outcome\": \"sad\"}]}",
     HF_ERROR_INPUT, "unknown 'outcome'"},
    {"an id that is none", HEAD "{\"id\": \"0123456789abcdeF\"}]}", HF_ERROR_INPUT, "16 hex digits"},
};
HF_ROWS(report_diff, reads_lists_strictly, lists)
{
    hf_report_findings all;
    hf_error err = {0};
    hf_status status = hf__report_findings_parse("list", hf__text(lists[*number].text), &all, &err);
    cr_assert(eq(int, status, lists[*number].status), "%s: %s", lists[*number].label, err.message);
    cr_assert(ne(ptr, strstr(err.message, lists[*number].message), NULL), "%s: %s", lists[*number].label, err.message);
    hf__report_findings_clear(&all);
}
