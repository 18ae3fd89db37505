/*
 * Escaping for XML.
 */
#include "report_xml.h"

#include <string.h>

#include "base_poison.h"

/* In attributes newlines and tabs are written as references, or reading would turn them into blanks. */
static void put_escaped(const hf_report_sink *sink, const char *text, bool in_attribute)
{
    for (; *text != '\0'; text++) {
        const char *plain_end = text + strcspn(text, in_attribute ? "&<>\"'\n\t" : "&<>");
        sink->write(text, (size_t)(plain_end - text), sink->user);
        text = plain_end;
        switch (*text) {
        case '&': hf__report_put(sink, "&amp;"); break;
        case '<': hf__report_put(sink, "&lt;"); break;
        case '>': hf__report_put(sink, "&gt;"); break;
        case '"': hf__report_put(sink, "&quot;"); break;
        case '\'': hf__report_put(sink, "&apos;"); break;
        case '\n': hf__report_put(sink, "&#10;"); break;
        case '\t': hf__report_put(sink, "&#9;"); break;
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
