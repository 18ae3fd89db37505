/* SPDX-License-Identifier: MIT
 * Finds the summary of a report. The sanitizers of LLVM and gcc write one "SUMMARY: NAME: what, where" each. UndefinedBehaviorSanitizer writes
 * "file:line:column: runtime error: what" and mostly continues (compiler-rt, ubsan_diag.cpp). valgrind counts its errors in a last line. What comes
 * before the summary (above all the legend of the shadow map) says less.
 */
#include "run_report.h"
#include "base_check.h"
#include "session_format.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

static const char *find(hf_text text, const char *what)
{
    size_t length = strlen(what);
    for (size_t i = 0; i + length <= text.size_bytes; i++) {
        const char *at = memchr(text.pointer + i, what[0], text.size_bytes - i - length + 1);
        if (at == NULL)
            return NULL;
        if (memcmp(at, what, length) == 0)
            return at;
        i = (size_t)(at - text.pointer);
    }
    return NULL;
}

static hf_text rest_from(hf_text text, const char *at)
{
    return (hf_text){at, (size_t)(text.pointer + text.size_bytes - at)};
}

static hf_text line_at(hf_text text, const char *at)
{
    const char *start = at;
    while (start > text.pointer && start[-1] != '\n')
        start--;
    hf_text rest = rest_from(text, start);
    const char *end = memchr(start, '\n', rest.size_bytes);
    return hf__text_trim((hf_text){start, end != NULL ? (size_t)(end - start) : rest.size_bytes});
}

static void append_text(hf__builder *note, hf_text text)
{
    hf__builder_print(note, "%.*s", (int)text.size_bytes, text.pointer);
}

/* "==123== " before each of valgrind's lines. */
static hf_text without_number(hf_text line)
{
    const char *end = line.size_bytes > 2 && line.pointer[0] == '=' ? find(rest_from(line, line.pointer + 2), "==") : NULL;
    return end != NULL ? hf__text_trim(rest_from(line, end + 2)) : line;
}

/* The first frame of a stack that is not in the sanitizer's allocator: "#1 0x55d in main /src/f.c:7". */
static void put_frame(hf_text report, hf__builder *note)
{
    static const char *const allocators[] = {"malloc", "calloc", "realloc", "operator new", "strdup", "memalign", "lsan_", "asan_"};
    for (unsigned frame = 0; frame < 8; frame++) {
        char mark[16];
        hf__builder builder = hf__builder_init(mark, sizeof mark);
        hf__builder_print(&builder, "#%u ", frame);
        const char *at = find(report, mark);
        if (at == NULL)
            return;
        hf_text line = line_at(report, at);
        const char *in = find(line, " in ");
        hf_text where = in != NULL ? rest_from(line, in + 4) : line;
        const char *space = memchr(where.pointer, ' ', where.size_bytes);
        hf_text name = {where.pointer, space != NULL ? (size_t)(space - where.pointer) : where.size_bytes};
        bool is_own = in != NULL;
        for (size_t i = 0; is_own && i < HF_COUNT_OF(allocators); i++)
            is_own = find(name, allocators[i]) == NULL;
        if (!is_own)
            continue;
        hf__builder_print(note, " in ");
        append_text(note, where);
        return;
    }
}

static const char *const sanitizers[] = {"AddressSanitizer", "HWAddressSanitizer", "MemorySanitizer",
                                         "ThreadSanitizer",  "LeakSanitizer",      "UndefinedBehaviorSanitizer"};

/* "AddressSanitizer:DEADLYSIGNAL ... on unknown address 0x000000000008", "on address 0x602000000018". */
static void take_address(hf_text report, hf__run_report *out)
{
    const char *at = find(report, "address 0x");
    if (at == NULL || at - report.pointer > 400)
        return;
    char digits[32];
    hf__text_copy(digits, sizeof digits, rest_from(report, at + strlen("address 0x")));
    char *end = NULL;
    out->address = strtoull(digits, &end, 16);
    out->type |= end != digits ? HF_REPORT_ADDRESS : 0;
}

static void take_leak(hf_text text, hf_text summary, hf__run_report *out)
{
    hf__builder note = hf__builder_init(out->note, sizeof out->note);
    out->type = HF_REPORT_LEAK;
    append_text(&note, summary);
    const char *first = find(text, "Direct leak of ");
    if (first == NULL)
        return;
    hf_text line = line_at(text, first + strlen("Direct leak of "));
    const char *end = find(line, " allocated from");
    line = rest_from(line, line.pointer + strlen("Direct leak of "));
    line.size_bytes = end != NULL && end > line.pointer ? (size_t)(end - line.pointer) : line.size_bytes;
    hf__builder_print(&note, " First ");
    append_text(&note, line);
    put_frame(rest_from(text, first), &note);
}

static void take_error(hf_text text, hf_text summary, hf__run_report *out)
{
    hf__builder note = hf__builder_init(out->note, sizeof out->note);
    *out = (hf__run_report){.type = HF_REPORT_ERROR};
    append_text(&note, summary);
    const char *error = find(text, "ERROR: ");
    if (error != NULL)
        take_address(rest_from(text, error), out);
}

static bool is_sanitizer(hf_text summary)
{
    for (size_t i = 0; i < HF_COUNT_OF(sanitizers); i++) {
        size_t length = strlen(sanitizers[i]);
        if (summary.size_bytes > length && memcmp(summary.pointer, sanitizers[i], length) == 0)
            return true;
    }
    return false;
}

static void look_at_sanitizers(hf_text text, hf__run_report *out)
{
    static const char mark[] = "SUMMARY: ";
    for (const char *at = find(text, mark); at != NULL && (out->type & HF_REPORT_ERROR) == 0; at = find(rest_from(text, at + 1), mark)) {
        hf_text line = line_at(text, at);
        hf_text summary = rest_from(line, at + strlen(mark));
        bool is_leak = find(summary, " leaked in ") != NULL;
        if (!is_sanitizer(summary) || (is_leak && out->type != 0))
            continue;
        if (is_leak)
            take_leak(text, summary, out);
        else
            take_error(text, summary, out);
    }
}

static void look_at_undefined(hf_text text, hf__run_report *out)
{
    const char *at = (out->type & HF_REPORT_ERROR) == 0 ? find(text, ": runtime error: ") : NULL;
    if (at == NULL)
        return;
    hf__builder note = hf__builder_init(out->note, sizeof out->note);
    *out = (hf__run_report){.type = HF_REPORT_ERROR};
    hf__builder_print(&note, "UndefinedBehaviorSanitizer: ");
    append_text(&note, line_at(text, at));
}

/* A valgrind line that begins like this: "==123== Invalid write of size 1". */
static const char *find_said(hf_text text, const char *what)
{
    for (const char *at = find(text, what); at != NULL; at = find(rest_from(text, at + 1), what)) {
        hf_text line = line_at(text, at);
        hf_text said = without_number(line);
        if (said.pointer != line.pointer && said.pointer == at)
            return at;
    }
    return NULL;
}

/* The error kinds of memcheck, helgrind and drd, by the beginning of their first lines. */
static const char *find_error(hf_text text)
{
    static const char *const errors[] = {"Invalid read",         "Invalid write",       "Invalid free",
                                         "Mismatched free",      "Jump to the invalid", "Conditional jump",
                                         "Use of uninitialised", "Syscall param",       "Source and destination overlap",
                                         "Process terminating",  "Possible data race",  "Conflicting"};
    const char *first = NULL;
    for (size_t i = 0; i < HF_COUNT_OF(errors); i++) {
        const char *at = find_said(text, errors[i]);
        first = at != NULL && (first == NULL || at < first) ? at : first;
    }
    return first;
}

/* Its place is the first frame, or the second one for a leak, where the first is the allocator. */
static void look_at_valgrind(hf_text text, hf__run_report *out)
{
    const char *error = out->type == 0 ? find_error(text) : NULL;
    const char *leak = out->type == 0 && error == NULL ? find(text, " definitely lost in loss record ") : NULL;
    const char *said = error != NULL ? error : leak;
    if (said == NULL)
        return;
    hf__builder note = hf__builder_init(out->note, sizeof out->note);
    out->type = leak != NULL ? HF_REPORT_LEAK : HF_REPORT_ERROR;
    hf__builder_print(&note, "valgrind: ");
    append_text(&note, without_number(line_at(text, said)));
    const char *place = find(rest_from(text, said), leak != NULL ? "by 0x" : "at 0x");
    const char *name = place != NULL ? find(rest_from(line_at(text, place), place), ": ") : NULL;
    if (name == NULL)
        return;
    hf__builder_print(&note, " in ");
    hf_text line = line_at(text, place);
    append_text(&note, rest_from(line, name + 2));
}

void hf__run_report_find(hf_text text, hf__run_report *out)
{
    *out = (hf__run_report){.type = 0};
    look_at_sanitizers(text, out);
    look_at_undefined(text, out);
    look_at_valgrind(text, out);
}
