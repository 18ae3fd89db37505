/* SPDX-License-Identifier: MIT
 * The same wording for terminal, page, SARIF and annotations.
 */
#include "report_headline.h"
#include "heap_alloc.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

static const char *preposition(hf_outcome outcome)
{
    return outcome == HF_OUTCOME_LEAKED ? "memory allocated in" : "in";
}

char *hf__report_headline(hf_outcome outcome, const char *ended, const char *detail, const char *method, const char *place)
{
    const char *comma = detail[0] != '\0' ? ", " : "";
    if (ended[0] != '\0')
        return hf__format("%s %s%s%s", preposition(outcome), ended, comma, detail);
    return hf__format("%s%s%s%s%s", method, method[0] != '\0' ? " of " : "", place, comma, detail);
}

char *hf__report_way_line(const char *ended, const char *method, const char *place, uint64_t ways)
{
    char *count = ways > 1 ? hf__format("%llu ways into it", (unsigned long long)ways) : hf__copy_string("");
    char *line = NULL;
    if (ended[0] == '\0')
        line = hf__copy_string(count);
    else
        line = hf__format("%s%s%s was refused%s%s", method, method[0] != '\0' ? " of " : "", place, count[0] != '\0' ? "; " : "", count);
    hf__free(count);
    return line;
}
