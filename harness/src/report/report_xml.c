/* SPDX-License-Identifier: MIT
 * Escaping for XML.
 */
#include "report_xml.h"

#include <string.h>

#include "base_poison.h"

/* In attributes, newlines and tabs are written as references; otherwise a reader would turn them into blanks. */
static void put_escaped(const hf_report_sink *sink, const char *text, bool in_attribute)
{
    for (; *text != '\0'; text++) {
        size_t plain = strcspn(text, in_attribute ? "&<>\"'\n\t" : "&<>\n\t");
        hf__report_put_foreign(sink, (hf_text){text, plain});
        text += plain;
        switch (*text) {
        case '&': hf__report_put(sink, "&amp;"); break;
        case '<': hf__report_put(sink, "&lt;"); break;
        case '>': hf__report_put(sink, "&gt;"); break;
        case '"': hf__report_put(sink, "&quot;"); break;
        case '\'': hf__report_put(sink, "&apos;"); break;
        case '\n': hf__report_put(sink, in_attribute ? "&#10;" : "\n"); break;
        case '\t': hf__report_put(sink, in_attribute ? "&#9;" : "\t"); break;
        default: return;
        }
    }
}

void hf__report_xml_text(const hf_report_sink *sink, const char *text)
{
    put_escaped(sink, text, false);
}

void hf__report_xml_attribute(const hf_report_sink *sink, const char *name, const char *value)
{
    hf__report_print(sink, " %s=\"", name);
    put_escaped(sink, value, true);
    hf__report_put(sink, "\"");
}
