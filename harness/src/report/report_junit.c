/* SPDX-License-Identifier: MIT
 * JUnit XML. A scenario that did not meet its expectation is a failure; one that was not run, or for which the harness failed, is an error. The text
 * of the case is already cleaned.
 */
#include "report_junit.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "report_xml.h"

#include <string.h>

#include "base_poison.h"

static void put_element(const hf_report_sink *sink, const char *name, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    hf__report_print(sink, "      <%s>", name);
    hf__report_xml_text(sink, text);
    hf__report_print(sink, "</%s>\n", name);
}

/* scenarios/heap/oom.yaml -> scenarios.heap.oom */
static char *class_name(const char *file)
{
    size_t length = strlen(file);
    const char *dot = strrchr(file, '.');
    if (dot != NULL && strchr(dot, '/') == NULL)
        length = (size_t)(dot - file);
    while (length > 0 && (*file == '.' || *file == '/')) {
        file++;
        length--;
    }
    char *name = hf__copy_text((hf_text){file, length});
    for (char *c = name; *c != '\0'; c++)
        *c = *c == '/' ? '.' : *c;
    return name;
}

/* Text of several lines, which has been cleaned. */
static void put_cleaned(const hf_report_sink *sink, const char *before, const char *text, const char *after)
{
    hf__report_put(sink, before);
    hf__report_put(sink, text);
    hf__report_put(sink, after);
}

static void put_detail(const hf_report_sink *sink, const hf_report_case *one)
{
    hf__heap_buffer buffer = {0};
    const hf_report_sink collect = {.write = hf__heap_buffer_write, .user = &buffer};
    hf__report_print(&collect, "expected: %s\ngot: %s: %s\n", one->expected, hf_outcome_name(one->outcome), one->reason);
    for (size_t i = 0; i < one->response_count; i++)
        hf__report_print(&collect, "response: %s: %s %s, then %s\n", one->responses[i].rule, one->responses[i].method, one->responses[i].result,
                         hf_response_name(one->responses[i].response));
    for (size_t i = 0; i < one->violation_count; i++)
        hf__report_print(&collect, "violation: %s: %s\n", one->violations[i].clause, one->violations[i].detail);
    if (one->golden_note != NULL)
        put_cleaned(&collect, "golden trace: ", one->golden_note, "\n");
    hf__report_print(&collect, "again: %s\nfolder: %s\n\n", one->again, one->folder);
    hf__report_put(&collect, one->around);
    hf__report_xml_text(sink, buffer.text != NULL ? buffer.text : "");
    hf__free(buffer.text);
}

static void put_problem(const hf_report_sink *sink, const hf_report_case *one)
{
    bool judged = one->state == HF_REPORT_MET || one->state == HF_REPORT_UNMET;
    const char *element = judged ? "failure" : "error";
    const char *type = judged ? hf_outcome_name(one->outcome) : hf__report_state_name(one->state);
    const char *known = !judged ? one->error : one->state == HF_REPORT_UNMET ? one->unmet : one->golden_note;
    const char *message = known != NULL ? known : "";
    hf__report_print(sink, "      <%s", element);
    hf__report_xml_attribute(sink, "type", type);
    hf__report_xml_attribute(sink, "message", message);
    hf__report_put(sink, ">");
    if (judged)
        put_detail(sink, one);
    else
        hf__report_xml_text(sink, message);
    hf__report_print(sink, "</%s>\n", element);
}

static void put_skipped(const hf_report_sink *sink, const hf_report_case *one)
{
    hf__report_put(sink, "      <skipped");
    hf__report_xml_attribute(sink, "message", one->error);
    hf__report_put(sink, "/>\n");
}

static void put_case(const hf_report_sink *sink, const hf_report_case *one)
{
    char *class = class_name(one->file);
    char *name = one->turns > 1 ? hf__format("%s (%u/%u)", one->name, one->turn, one->turns) : hf__copy_string(one->name);
    hf__report_put(sink, "    <testcase");
    hf__report_xml_attribute(sink, "classname", class);
    hf__report_xml_attribute(sink, "name", name);
    hf__report_print(sink, " time=\"%.3f\">\n", (double)one->elapsed_us / 1e6);
    if (hf__report_case_failed(one))
        put_problem(sink, one);
    else if (one->state == HF_REPORT_STOPPED)
        put_skipped(sink, one);
    put_element(sink, "system-out", one->stdout_tail);
    put_element(sink, "system-err", one->stderr_tail);
    hf__report_put(sink, "    </testcase>\n");
    hf__free(class);
    hf__free(name);
}

void hf__report_junit(const hf_report_sink *sink, const hf_report_case *const *cases, size_t count, const hf_report_totals *totals,
                      const char *timestamp, const char *host)
{
    size_t errors = totals->states[HF_REPORT_NOT_RUN] + totals->states[HF_REPORT_BROKEN];
    double seconds = (double)totals->elapsed_us / 1e6;
    hf__report_put(sink, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    hf__report_print(sink, "<testsuites name=\"hostfault\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%.3f\">\n", count,
                     totals->failed - errors, errors, seconds);
    hf__report_print(sink, "  <testsuite name=\"hostfault run\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\"", count,
                     totals->failed - errors, errors, totals->states[HF_REPORT_STOPPED], seconds);
    hf__report_xml_attribute(sink, "timestamp", timestamp);
    hf__report_xml_attribute(sink, "hostname", host);
    hf__report_put(sink, ">\n");
    for (size_t i = 0; i < count; i++)
        put_case(sink, cases[i]);
    hf__report_put(sink, "  </testsuite>\n</testsuites>\n");
}
