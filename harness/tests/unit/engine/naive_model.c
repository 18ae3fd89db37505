/* SPDX-License-Identifier: MIT
 * The naive model. It answers each question from all earlier calls, and keeps only the table between questions.
 */
#include "naive_model.h"

#include <string.h>

static unsigned fired_before(const naive_table *table, int rule, int call)
{
    unsigned count = 0;
    for (int earlier = 0; earlier < call; earlier++)
        count += table->cells[rule][earlier].fires;
    return count;
}

static bool same_counter(char per, const naive_call *a, const naive_call *b)
{
    if (per == 't')
        return a->call.thread == b->call.thread;
    if (per == 's')
        return a->site == b->site;
    return true;
}

static unsigned ordinal_of(const naive_rule *rule, const naive_cell *row, const naive_call *calls, int call)
{
    unsigned ordinal = 1;
    for (int earlier = 0; earlier < call; earlier++)
        ordinal += row[earlier].counts && same_counter(rule->per, &calls[earlier], &calls[call]);
    return ordinal;
}

static uint64_t asked(const naive_call *call)
{
    if (call->call.method == HF_METHOD_MALLOC_ALLOC)
        return call->call.size;
    return (call->call.type & MEM_COMMIT) != 0 ? call->call.size : 0;
}

/* Bytes after `call` calls, if each call that no rule took was done and nothing was given back. */
static uint64_t live_before(const naive_table *table, int rule_count, const naive_call *calls, int call)
{
    uint64_t live = 0;
    for (int earlier = 0; earlier < call; earlier++) {
        bool taken = false;
        for (int rule = 0; rule < rule_count; rule++)
            taken = taken || table->cells[rule][earlier].fires;
        live += taken ? 0 : asked(&calls[earlier]);
    }
    return live;
}

static void fill_cell(const naive_rule *rules, int rule_count, const naive_call *calls, naive_table *table, int rule, int call)
{
    const naive_rule *self = &rules[rule];
    naive_cell *cell = &table->cells[rule][call];
    bool open = (self->after < 0 || fired_before(table, self->after, call) > 0) && (self->until < 0 || fired_before(table, self->until, call) == 0);
    cell->counts = open && (self->passes == NULL || self->passes(&calls[call]));
    if (!cell->counts)
        return;
    cell->ordinal = ordinal_of(self, table->cells[rule], calls, call);
    bool listed = strchr(self->ordinals, (int)('0' + cell->ordinal)) != NULL;
    bool left = self->times == 0 || fired_before(table, rule, call) < self->times;
    bool full = !self->has_live || live_before(table, rule_count, calls, call) + asked(&calls[call]) > self->live_above;
    cell->wants = listed && left && full;
    cell->fires = cell->wants;
    for (int earlier = 0; earlier < rule; earlier++)
        cell->fires = cell->fires && !table->cells[earlier][call].wants;
}

void naive_run(const naive_rule *rules, int rule_count, const naive_call *calls, int call_count, naive_table *table)
{
    memset(table, 0, sizeof *table);
    for (int call = 0; call < call_count; call++) {
        for (int rule = 0; rule < rule_count; rule++)
            fill_cell(rules, rule_count, calls, table, rule, call);
    }
}
