/* SPDX-License-Identifier: MIT
 * Runs the contract suite. Each clause is announced before it runs, and survived if it crashes (os_survive.h). Its result goes to the user and, if
 * `hostfault contract` asks by HF_CONTRACT, to its file.
 *
 * If clauses run in a child and somebody records what this process does, a clause that the child survived runs here as well.
 */
#include "contract.h"
#include "base_check.h"
#include "os_file.h"
#include "os_survive.h"
#include "os_thread.h"

#include <string.h>

#include "base_poison.h"

#define CLAUSE_MS 10000u

static void give_back(hf_contract *c)
{
    for (unsigned i = 0; i < c->region_count; i++) {
        if (c->regions[i] != NULL)
            (void)c->manager->lpVtbl->VirtualFree(c->manager, c->regions[i], 0, MEM_RELEASE);
    }
    for (unsigned i = 0; i < c->block_count; i++) {
        if (c->blocks[i] != NULL)
            (void)c->heap->lpVtbl->Free(c->heap, c->blocks[i]);
    }
}

/* A clause that is tried, in memory that a child shares with this process. */
typedef struct trial {
    hf_contract contract;
    const hf_clause *clause;
} trial;

static void try_clause(void *user)
{
    trial *self = user;
    self->clause->check(&self->contract, self->clause->row);
    give_back(&self->contract);
}

static void begin(trial *self, const hf__contract_suite *suite, IHostMalloc *heap, const hf_clause *clause)
{
    *self = (trial){.contract = {.manager = suite->manager, .heap = heap}, .clause = clause};
    self->contract.got = hf__builder_init(self->contract.text, sizeof self->contract.text);
}

static void expect_survival(hf_contract *c, hf_survival how)
{
    c->failed = false; /* what it noted before its death is not the point */
    c->got = hf__builder_init(c->text, sizeof c->text);
    hf__contract_expect(c, how.end != HF_SURVIVAL_HUNG, "hung: did not end within %u s", CLAUSE_MS / 1000);
    hf__contract_expect(c, how.end != HF_SURVIVAL_EXITED, "ended the process: exit status %u", how.code);
    hf__contract_expect(c, how.end != HF_SURVIVAL_CRASHED || how.name == NULL, "crashed (SIG%s)", how.name);
    hf__contract_expect(c, how.end != HF_SURVIVAL_CRASHED, "crashed (0x%08X)", how.code);
}

const char *hf__contract_report_path(void)
{
    return hf__os_is_privileged() ? NULL : hf__os_environment("HF_CONTRACT");
}

/* The words that the tool reads, cli_contract.c. */
static void write_line(const char *word, const char *text)
{
    char line[400];
    const char *path = hf__contract_report_path();
    if (path == NULL)
        return;
    hf__builder out = hf__builder_init(line, sizeof line);
    hf__builder_print(&out, "%s\t%s\n", word, text);
    (void)hf__os_file_append(path, line, strlen(line));
}

/* 1 if the clause is not kept. */
static unsigned run_clause(trial *self, const hf__contract_suite *suite, IHostMalloc *heap, const hf_clause *clause)
{
    write_line("clause", clause->name);
    if (suite->announce != NULL)
        suite->announce(clause->name, suite->user);
    begin(self, suite, heap, clause);
    hf_survival how = hf__os_survive(try_clause, self, CLAUSE_MS);
    if (how.end != HF_SURVIVAL_RETURNED) {
        expect_survival(&self->contract, how);
    } else if (suite->is_recorded && hf__os_survive_isolates()) {
        begin(self, suite, heap, clause);
        try_clause(self);
    }

    hf_contract *c = &self->contract;
    bool excused = c->failed && (clause->marks & HF_CLAUSE_BROKEN_BY_WINE) != 0 && hf__os_is_wine();
    if (excused)
        hf__builder_print(&c->got, " (Wine's own function does this; not counted)");
    write_line(excused ? "excused" : (c->failed ? "failed" : "kept"), c->text);
    if (suite->report != NULL)
        suite->report(clause->name, !c->failed, c->text, suite->user);
    return c->failed && !excused ? 1 : 0;
}

static unsigned run_clauses(trial *self, const hf__contract_suite *suite, IHostMalloc *heap, unsigned deadly)
{
    static const hf_clause *(*const subjects[])(size_t *) = {hf__contract_com, hf__contract_alloc, hf__contract_free, hf__contract_protect,
                                                             hf__contract_heap};
    unsigned failed = 0;
    for (size_t i = 0; i < HF_COUNT_OF(subjects); i++) {
        size_t count = 0;
        const hf_clause *clauses = subjects[i](&count);
        for (size_t j = 0; j < count; j++) {
            if ((clauses[j].marks & HF_CLAUSE_DEADLY) == deadly)
                failed += run_clause(self, suite, heap, &clauses[j]);
        }
    }
    return failed;
}

unsigned hf__contract_run(const hf__contract_suite *suite)
{
    static trial unshared;
    static trial *shared;
    if (shared == NULL)
        shared = hf__os_survive_memory(sizeof *shared);
    trial *self = shared != NULL ? shared : &unshared;
    IHostMalloc *heap = NULL;
    write_line("suite", "");
    if (FAILED(suite->manager->lpVtbl->CreateMalloc(suite->manager, MALLOC_THREADSAFE, &heap)))
        heap = NULL;
    unsigned failed = run_clauses(self, suite, heap, 0) + run_clauses(self, suite, heap, HF_CLAUSE_DEADLY);
    if (heap != NULL)
        heap->lpVtbl->Release(heap);
    write_line("end", "");
    return failed;
}
