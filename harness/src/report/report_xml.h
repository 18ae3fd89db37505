/* SPDX-License-Identifier: MIT
 * Text in XML. It must be cleaned already: XML cannot express control characters.
 *
 * Threads: distinct sinks may be used in parallel.
 */
#ifndef HF_REPORT_XML_H
#define HF_REPORT_XML_H

#include "report_sink.h"

void hf__report_xml_text(const hf_report_sink *sink, const char *text);
/* A blank and NAME="VALUE". */
void hf__report_xml_attribute(const hf_report_sink *sink, const char *name, const char *value);

#endif
