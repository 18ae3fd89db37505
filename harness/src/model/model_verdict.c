/* SPDX-License-Identifier: MIT
 * Names, meanings and severities of outcomes and responses, from model_verdict.def.
 */
#include "base_check.h"
#include "base_text.h"

#include <hostfault/verdict.h>

#include "base_poison.h"

typedef struct outcome_row {
    const char *name;
    unsigned severity;
    const char *meaning;
} outcome_row;

static const outcome_row outcomes[] = {
#define HF_OUTCOME(id, word, severity, meaning) [HF_OUTCOME_##id] = {word, severity, meaning},
#include "model_verdict.def"
#undef HF_OUTCOME
};
HF_STATIC_ASSERT(HF_COUNT_OF(outcomes) == HF_OUTCOME_COUNT, "each outcome has a row");

typedef struct response_row {
    const char *name;
    const char *meaning;
} response_row;

static const response_row responses[] = {
#define HF_RESPONSE(id, word, meaning) [HF_RESPONSE_##id] = {word, meaning},
#include "model_verdict.def"
#undef HF_RESPONSE
};
HF_STATIC_ASSERT(HF_COUNT_OF(responses) == HF_RESPONSE_COUNT, "each response has a row");

const char *hf_outcome_name(hf_outcome outcome)
{
    return (unsigned)outcome < HF_OUTCOME_COUNT ? outcomes[outcome].name : "?";
}

const char *hf_outcome_meaning(hf_outcome outcome)
{
    return (unsigned)outcome < HF_OUTCOME_COUNT ? outcomes[outcome].meaning : "?";
}

unsigned hf_outcome_severity(hf_outcome outcome)
{
    return (unsigned)outcome < HF_OUTCOME_COUNT ? outcomes[outcome].severity : 0;
}

int hf_outcome_compare(hf_outcome a, hf_outcome b)
{
    unsigned one = hf_outcome_severity(a), other = hf_outcome_severity(b);
    if (one != other)
        return one > other ? -1 : 1;
    return a == b ? 0 : a < b ? -1 : 1;
}

hf_outcome hf_outcome_by_name(hf_text name)
{
    for (unsigned i = 0; i < HF_OUTCOME_COUNT; i++) {
        if (hf__text_equal_string(name, outcomes[i].name))
            return (hf_outcome)i;
    }
    return HF_OUTCOME_COUNT;
}

const char *hf_response_name(hf_response response)
{
    return (unsigned)response < HF_RESPONSE_COUNT ? responses[response].name : "?";
}

const char *hf_response_meaning(hf_response response)
{
    return (unsigned)response < HF_RESPONSE_COUNT ? responses[response].meaning : "?";
}

hf_response hf_response_by_name(hf_text name)
{
    for (unsigned i = 0; i < HF_RESPONSE_COUNT; i++) {
        if (hf__text_equal_string(name, responses[i].name))
            return (hf_response)i;
    }
    return HF_RESPONSE_COUNT;
}
