/*
 * contract_host bare|wrapped|broken: every clause must hold for our host, bare and behind a shim with an empty plan, and for each broken host
 * the clause that names its bug must fail. A plain program: it prints what failed, and counts, so that an empty suite cannot pass.
 */
#include "contract_broken.h"

#include <hostfault/hostfault.h>
#include <stdio.h>
#include <string.h>

#define CLAUSES_AT_LEAST 60u

typedef struct tally {
    unsigned clauses, failed;
    const char *awaited; /* a clause that must fail */
    int awaited_failed;
    int is_quiet;
} tally;

static void count(const char *clause, int passed, const char *got, void *user)
{
    tally *seen = user;
    seen->clauses++;
    seen->failed += passed ? 0 : 1;
    if (!passed && seen->awaited != NULL && strcmp(clause, seen->awaited) == 0)
        seen->awaited_failed = 1;
    if (!passed && !seen->is_quiet)
        printf("FAILED %s: %s\n", clause, got);
}

static int run_right(IHostMemoryManager *manager, const char *name)
{
    tally seen = {0};
    unsigned failed = hf_contract_run(manager, count, &seen);
    printf("%s: %u clauses, %u failed\n", name, seen.clauses, failed);
    return failed == 0 && seen.failed == 0 && seen.clauses >= CLAUSES_AT_LEAST ? 0 : 1;
}

static int run_bare(void)
{
    IHostMemoryManager *host;
    return FAILED(hf_host_create(&host)) ? 1 : run_right(host, "bare");
}

static int run_wrapped(void)
{
    IHostMemoryManager *host, *wrapped;
    hf_error err;
    if (hf_attach_plan(NULL, 0, 16u << 20, &err) != HF_OK) {
        printf("hf_attach_plan: %s\n", err.message);
        return 1;
    }
    if (FAILED(hf_host_create(&host)) || FAILED(hf_wrap(host, &wrapped)) || wrapped == host) {
        printf("the host was not wrapped\n");
        return 1;
    }
    int result = run_right(wrapped, "wrapped");
    const void *trace;
    size_t trace_bytes;
    hf_detach(&trace, &trace_bytes);
    hf_trace_discard(trace, trace_bytes);
    return result;
}

static int run_broken(void)
{
    int result = 0;
    for (unsigned i = 0; i < broken_host_count; i++) {
        tally seen = {.awaited = broken_hosts[i].clause, .is_quiet = 1};
        (void)hf_contract_run(broken_host_make(&broken_hosts[i]), count, &seen);
        printf("%s: %u of %u clauses failed, %s\n", broken_hosts[i].name, seen.failed, seen.clauses,
               seen.awaited_failed ? "the right one among them" : "BUT NOT THE RIGHT ONE");
        if (!seen.awaited_failed || seen.clauses < CLAUSES_AT_LEAST)
            result = 1;
    }
    return result;
}

int main(int argc, char **argv)
{
    const char *which = argc == 2 ? argv[1] : "";
    if (strcmp(which, "bare") == 0)
        return run_bare();
    if (strcmp(which, "wrapped") == 0)
        return run_wrapped();
    if (strcmp(which, "broken") == 0)
        return run_broken();
    fprintf(stderr, "usage: contract_host bare|wrapped|broken\n");
    return 2;
}
