/* SPDX-License-Identifier: MIT
 * One rule in English: which calls, what happens to them, what limits it. Says only what the rule says; the words for methods, failures and flags are
 * the model's.
 */
#include "plan_print.h"
#include "model_fault_key.h"
#include "base_check.h"

#include <string.h>

#include "base_poison.h"

#define SENTENCE_BYTES 2048u

typedef struct explainer {
    hf__builder text;
    const hf_scenario *scenario;
    const hf_scenario_rule *rule;
    const hf_rule *compiled;
} explainer;

static const char *ordinal_suffix(uint64_t ordinal)
{
    uint64_t last = ordinal % 10;
    bool is_teen = ordinal / 10 % 10 == 1;
    if (is_teen || last == 0 || last > 3)
        return "th";
    return last == 1 ? "st" : last == 2 ? "nd" : "rd";
}

static void say_ordinal(explainer *self, uint64_t ordinal)
{
    hf__builder_print(&self->text, "%llu%s", (unsigned long long)ordinal, ordinal_suffix(ordinal));
}

static bool is_one_call(const hf_rule *rule)
{
    return rule->last != 0 && (rule->last == rule->first || rule->last - rule->first < rule->step);
}

/* "The 2nd ", "Every ", "Every 3rd ". */
static void say_which(explainer *self)
{
    const hf_rule *rule = self->compiled;
    if (is_one_call(rule)) {
        hf__builder_print(&self->text, "The ");
        say_ordinal(self, rule->first);
    } else {
        hf__builder_print(&self->text, "Every");
        if (rule->step > 1)
            hf__builder_print(&self->text, " ");
        if (rule->step > 1)
            say_ordinal(self, rule->step);
    }
    hf__builder_print(&self->text, " ");
}

/* "VirtualAlloc", "CreateMalloc, VirtualAlloc or Malloc.Alloc". */
static void say_methods(explainer *self)
{
    hf__plan_words names;
    hf__plan_call_names(self->compiled, &names);
    if (self->compiled->methods == HF_METHODS_ALL)
        hf__builder_print(&self->text, "hosting call");
    for (size_t i = 0; i < names.count && self->compiled->methods != HF_METHODS_ALL; i++)
        hf__builder_print(&self->text, "%s%s", i == 0 ? "" : i + 1 == names.count ? " or " : ", ", names.words[i]);
}

/* Filters that read as what the call does. */
static const struct {
    hf_field field;
    hf_compare compare;
    uint64_t value;
    const char *verb;
} verbs[] = {
    {HF_FIELD_TYPE, HF_COMPARE_HAS_BITS, MEM_COMMIT, "commits memory"},
    {HF_FIELD_TYPE, HF_COMPARE_HAS_BITS, MEM_RESERVE, "reserves memory"},
    {HF_FIELD_TYPE, HF_COMPARE_HAS_BITS, MEM_RESERVE | MEM_COMMIT, "reserves and commits memory"},
    {HF_FIELD_TYPE, HF_COMPARE_HAS_BITS, MEM_RESET, "resets memory"},
    {HF_FIELD_FREE, HF_COMPARE_HAS_BITS, MEM_DECOMMIT, "decommits memory"},
    {HF_FIELD_FREE, HF_COMPARE_HAS_BITS, MEM_RELEASE, "releases memory"},
    {HF_FIELD_LEVEL, HF_COMPARE_EQUAL, eTaskCritical, "is task-critical"},
    {HF_FIELD_LEVEL, HF_COMPARE_EQUAL, eAppDomainCritical, "is appdomain-critical"},
    {HF_FIELD_LEVEL, HF_COMPARE_EQUAL, eProcessCritical, "is process-critical"},
    {HF_FIELD_LEVEL, HF_COMPARE_NOT_EQUAL, eTaskCritical, "is not task-critical"},
    {HF_FIELD_LEVEL, HF_COMPARE_NOT_EQUAL, eAppDomainCritical, "is not appdomain-critical"},
    {HF_FIELD_LEVEL, HF_COMPARE_NOT_EQUAL, eProcessCritical, "is not process-critical"},
};

static const char *verb_of(const hf_predicate *predicate)
{
    for (size_t i = 0; i < HF_COUNT_OF(verbs); i++) {
        bool fits = verbs[i].field == (hf_field)predicate->field && verbs[i].compare == (hf_compare)predicate->compare;
        if (fits && verbs[i].value == predicate->value)
            return verbs[i].verb;
    }
    return NULL;
}

static void say_size(explainer *self, const hf_predicate *predicate)
{
    static const char *const relations[] = {
        [HF_COMPARE_EQUAL] = "exactly",      [HF_COMPARE_NOT_EQUAL] = "any size but", [HF_COMPARE_LESS] = "less than",
        [HF_COMPARE_LESS_EQUAL] = "at most", [HF_COMPARE_GREATER] = "more than",      [HF_COMPARE_GREATER_EQUAL] = "at least",
        [HF_COMPARE_HAS_BITS] = "exactly",   [HF_COMPARE_LACKS_BITS] = "exactly"};
    char size[32];
    hf__plan_print_size(size, sizeof size, predicate->value);
    bool has_unit = size[strlen(size) - 1] >= 'A';
    hf__builder_print(&self->text, "of %s %s%s", relations[predicate->compare], size, has_unit ? "" : " bytes");
}

/* Filters that read as what the call has: "of at least 64K", "with readwrite in its protection". */
static void say_property(explainer *self, const hf_predicate *predicate)
{
    static const char *const nouns[HF_FIELD_COUNT] = {[HF_FIELD_TYPE] = "type",
                                                      [HF_FIELD_PROTECT] = "protection",
                                                      [HF_FIELD_LEVEL] = "critical level",
                                                      [HF_FIELD_FREE] = "free type",
                                                      [HF_FIELD_MALLOC] = "heap type"};
    char word[160];
    if (predicate->field == HF_FIELD_SIZE) {
        say_size(self, predicate);
        return;
    }

    if (predicate->field == HF_FIELD_ADDRESS) {
        hf__builder_print(&self->text, predicate->compare == HF_COMPARE_EQUAL ? "with a null address" : "with an address");
        return;
    }

    hf__model_print_flags(word, sizeof word, (hf_field)predicate->field, (uint32_t)predicate->value);
    const char *noun = nouns[predicate->field];
    if (predicate->compare == HF_COMPARE_EQUAL)
        hf__builder_print(&self->text, "with the %s %s and nothing else", noun, word);
    else if (predicate->compare == HF_COMPARE_NOT_EQUAL)
        hf__builder_print(&self->text, "with another %s than %s", noun, word);
    else
        hf__builder_print(&self->text, "%s %s in its %s", predicate->compare == HF_COMPARE_HAS_BITS ? "with" : "without", word, noun);
}

static void say_where(explainer *self)
{
    const hf_rule *rule = self->compiled;
    const char *before = " ";
    for (unsigned i = 0; i < rule->predicate_count; i++) {
        if (verb_of(&rule->predicates[i]) != NULL)
            continue;
        hf__builder_print(&self->text, "%s", before);
        say_property(self, &rule->predicates[i]);
        before = " and ";
    }

    before = " that ";
    for (unsigned i = 0; i < rule->predicate_count; i++) {
        const char *verb = verb_of(&rule->predicates[i]);
        if (verb == NULL)
            continue;
        hf__builder_print(&self->text, "%s%s", before, verb);
        before = " and ";
    }
}

static void say_patterns(explainer *self, const char *how, const hf_string_list *patterns)
{
    for (size_t i = 0; i < patterns->count; i++)
        hf__builder_print(&self->text, "%s%s", i == 0 ? how : " or ", patterns->items[i]);
}

/* ", from the 3rd on", ", on thread 'x'": each ends with the comma of the next or of the verb. */
static bool say_ordinals(explainer *self)
{
    const hf_rule *rule = self->compiled;
    bool said = !is_one_call(rule) && (rule->first != 1 || rule->last != 0 || rule->step != 1);
    if (said) {
        hf__builder_print(&self->text, ", from the ");
        say_ordinal(self, rule->first);
        hf__builder_print(&self->text, rule->last != 0 ? " to the " : " on");
        if (rule->last != 0)
            say_ordinal(self, rule->last);
    }
    if (rule->per != HF_PER_RUN)
        hf__builder_print(&self->text, ", counted for each %s by itself", rule->per == HF_PER_THREAD ? "thread" : "call site");
    return said || rule->per != HF_PER_RUN;
}

static bool say_place(explainer *self)
{
    size_t before = self->text.length;
    say_patterns(self, ", called from ", &self->rule->from);
    say_patterns(self, ", not called from ", &self->rule->not_from);
    if (self->compiled->has_site)
        hf__builder_print(&self->text, ", at site %016llx", (unsigned long long)self->compiled->site);
    if (self->rule->thread != NULL)
        hf__builder_print(&self->text, ", on thread '%s'", self->rule->thread);
    if (self->rule->phase != NULL)
        hf__builder_print(&self->text, ", in phase '%s'", self->rule->phase);
    return self->text.length > before;
}

static bool say_gates(explainer *self)
{
    size_t before = self->text.length;
    char size[32];
    if (self->compiled->after != HF_RULE_NONE)
        hf__builder_print(&self->text, ", once '%s' has fired", self->scenario->rules[self->compiled->after].name);
    if (self->compiled->until != HF_RULE_NONE)
        hf__builder_print(&self->text, ", until '%s' has fired", self->scenario->rules[self->compiled->until].name);
    hf__plan_print_size(size, sizeof size, self->compiled->live_above);
    if (self->compiled->has_live)
        hf__builder_print(&self->text, ", if it would take the live memory above %s", size);
    return self->text.length > before;
}

static void say_subject(explainer *self)
{
    say_which(self);
    say_methods(self);
    say_where(self);
    bool ordinals = say_ordinals(self);
    bool place = say_place(self);
    bool gates = say_gates(self);
    hf__builder_print(&self->text, ordinals || place || gates ? ", " : " ");
}

/* What is in the out-parameter; the methods of a rule may differ in its kind. */
static void say_out(explainer *self)
{
    bool pointer = false;
    bool number = false;
    if (self->compiled->functions != 0) /* they have none */
        return;
    for (unsigned i = 0; i < HF_METHOD_COUNT; i++) {
        bool mine = (self->compiled->methods >> i & 1) != 0;
        pointer = pointer || (mine && hf__model_method((hf_method)i)->out == HF_OUT_KIND_POINTER);
        number = number || (mine && hf__model_method((hf_method)i)->out == HF_OUT_KIND_NUMBER);
    }

    const char *name = !number ? "out-pointer" : !pointer ? "out-value" : "out-parameter";
    const char *nothing = !number ? "null" : !pointer ? "0" : "null or 0";
    if (!pointer && !number)
        return;
    if (self->compiled->out == HF_OUT_NULL)
        hf__builder_print(&self->text, "; the %s is %s", name, nothing);
    else if (self->compiled->out == HF_OUT_UNTOUCHED)
        hf__builder_print(&self->text, "; the %s is left as it was", name);
    else
        hf__builder_print(&self->text, "; the %s is an address without access", name);
}

static void say_failure(explainer *self)
{
    const hf_rule *rule = self->compiled;
    const hf_hresult_row *row = hf__model_hresult(rule->hr);
    hf__builder_print(&self->text, "fails with ");
    if (row != NULL)
        hf__builder_print(&self->text, "%s (%s)", row->name, row->meaning);
    else
        hf__builder_print(&self->text, "0x%08X", (unsigned)rule->hr);
    if (rule->done)
        hf__builder_print(&self->text, " although the host did it");
    say_out(self);
}

static const char *const lies[HF_LIE_COUNT] = {
    [HF_LIE_NONE] = "",
    [HF_LIE_NULL] = "claims success, but gives nothing and does nothing",
    [HF_LIE_UNTOUCHED] = "claims success, but does not write its out-parameter",
    [HF_LIE_UNCOMMITTED] = "claims success, but gives an address that is only reserved",
    [HF_LIE_DIRTY] = "succeeds, but the memory is not zero",
    [HF_LIE_SHORT] = "claims success, but only half of the size is there",
    [HF_LIE_OLD_PROTECT] = "succeeds, but gives 0 as the old protection",
    [HF_LIE_NOT_DONE] = "claims success, but nothing is done",
    [HF_LIE_S_FALSE] = "is done, but returns S_FALSE",
};

static void say_effect(explainer *self)
{
    static const char *const notices[] = {"", "little memory is left", "memory is neither scarce nor plentiful", "much memory is free"};
    const hf_rule *rule = self->compiled;
    char delay[32];
    hf__plan_print_duration(delay, sizeof delay, rule->delay_us);
    if (rule->notify != 0)
        hf__builder_print(&self->text, "notifies the caller that %s, then ", notices[rule->notify]);
    if (rule->delay_us != 0)
        hf__builder_print(&self->text, "waits %s, then ", delay);

    if (rule->returns)
        say_failure(self);
    else if (rule->lie != HF_LIE_NONE)
        hf__builder_print(&self->text, "%s", lies[rule->lie]);
    else if (hf__model_rule_only_marks(rule))
        hf__builder_print(&self->text, "is passed to the host; it only counts for the rules that name this one");
    else
        hf__builder_print(&self->text, "is passed to the host");
    hf__builder_print(&self->text, ".\n");
}

static void say_limits(explainer *self)
{
    const hf_rule *rule = self->compiled;
    char chance[32];
    if (rule->chance != HF_CHANCE_ALWAYS) {
        hf__plan_print_chance(chance, sizeof chance, rule->chance);
        hf__builder_print(&self->text, "  The chance is %s for each call, drawn from seed %llu.\n", chance, (unsigned long long)self->scenario->seed);
    }
    if (rule->times != 0)
        hf__builder_print(&self->text, "  It happens %u time%s at most.\n", (unsigned)rule->times, rule->times == 1 ? "" : "s");
}

static void say_aftermath(explainer *self)
{
    const hf_rule *rule = self->compiled;
    bool is_e_fail = rule->returns && rule->hr == E_FAIL;
    if (is_e_fail && rule->sticks)
        hf__builder_print(&self->text, "  From then on the CLR is unusable: every later call returns HOST_E_CLRNOTAVAILABLE.\n");
    if (is_e_fail && !rule->sticks)
        hf__builder_print(&self->text, "  Later calls work as before.\n");
    if (rule->has_last_error)
        hf__builder_print(&self->text, "  The last error is set to %u.\n", (unsigned)rule->last_error);
}

static void say_flags(explainer *self)
{
    for (unsigned key = 0; key < HF_FAULT_KEY_COUNT; key++) {
        const char *sentence = hf__model_fault_key((hf_fault_key)key)->sentence;
        if (sentence != NULL && hf__model_rule_has(self->compiled, (hf_fault_key)key))
            hf__builder_print(&self->text, "  %s\n", sentence);
    }
}

void hf__plan_explain_rule(const hf__plan_writer *to, const hf_scenario *scenario, size_t index)
{
    char text[SENTENCE_BYTES];
    char name[32];
    hf__builder default_name = hf__builder_init(name, sizeof name);
    hf__builder_print(&default_name, "fault-%zu", index + 1);
    explainer self = {.scenario = scenario, .rule = &scenario->rules[index], .compiled = scenario->rules[index].compiled};
    self.text = hf__builder_init(text, sizeof text);
    if (scenario->rule_count > 1 || strcmp(name, self.rule->name) != 0)
        hf__builder_print(&self.text, "%s: ", self.rule->name);

    say_subject(&self);
    say_effect(&self);
    hf__plan_put_text(to, (hf_text){text, self.text.length});
    self.text = hf__builder_init(text, sizeof text);
    say_limits(&self);
    say_aftermath(&self);
    say_flags(&self);
    hf__plan_put_text(to, (hf_text){text, self.text.length});
}
