/* SPDX-License-Identifier: MIT
 * contract_host bare|wrapped|broken: every clause must hold for our host, bare and behind a shim with an empty plan. For each broken host, the
 * clause that names its bug must fail, and no clause may be missing. A plain program: it prints the failures and counts, so that an empty suite
 * cannot pass. The other modes are for `hostfault contract`: one N, wraps N: runs the suite on the broken host of that number, or passes it to
 * hf_wrap; dies: a program that ends in the third clause.
 */
#include "contract_broken.h"

#include <hostfault/hostfault.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLAUSES_AT_LEAST 60u

typedef struct tally {
    unsigned clauses, failed;
    const char *awaited; /* a clause that must fail */
    const char *got;     /* and what must be said of it; NULL: anything */
    int awaited_failed;
    int is_quiet;
} tally;

static void count(const char *clause, int passed, const char *got, void *user)
{
    tally *seen = user;
    seen->clauses++;
    seen->failed += passed ? 0 : 1;
    if (!passed && seen->awaited != NULL && strcmp(clause, seen->awaited) == 0 && (seen->got == NULL || strcmp(got, seen->got) == 0))
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
    unsigned clauses = 0;
    for (unsigned i = 0; i < broken_host_count; i++) {
        tally seen = {.awaited = broken_hosts[i].clause, .got = broken_hosts[i].got, .is_quiet = 1};
        (void)hf_contract_run(broken_host_make(&broken_hosts[i]), count, &seen);
        printf("%s: %u of %u clauses failed, %s\n", broken_hosts[i].name, seen.failed, seen.clauses,
               seen.awaited_failed ? "the right one among them" : "BUT NOT THE RIGHT ONE");
        if (!seen.awaited_failed || seen.clauses < CLAUSES_AT_LEAST || (i > 0 && seen.clauses != clauses))
            result = 1;
        clauses = seen.clauses;
    }
    return result;
}

static int run_one(const char *which, const char *number)
{
    unsigned long row = strtoul(number, NULL, 10);
    IHostMemoryManager *host = broken_host_make(&broken_hosts[row < broken_host_count ? row : 0]), *wrapped;
    if (strcmp(which, "one") == 0)
        return hf_contract_run(host, NULL, NULL) > 0 ? 1 : 0;
    return FAILED(hf_wrap(host, &wrapped)) ? 1 : 0;
}

static void die_at_third(const char *clause, void *user)
{
    unsigned *begun = user;
    (void)clause;
    if (++*begun == 3)
        abort();
}

static int run_dying(void)
{
    IHostMemoryManager *host;
    unsigned begun = 0;
    return FAILED(hf_host_create(&host)) ? 1 : (int)hf_contract_run_announced(host, die_at_third, NULL, &begun);
}

int main(int argc, char **argv)
{
    const char *which = argc >= 2 ? argv[1] : "";
    if (argc == 3)
        return run_one(which, argv[2]);
    if (strcmp(which, "dies") == 0)
        return run_dying();
    if (strcmp(which, "bare") == 0)
        return run_bare();
    if (strcmp(which, "wrapped") == 0)
        return run_wrapped();
    if (strcmp(which, "broken") == 0)
        return run_broken();
    fprintf(stderr, "usage: contract_host bare|wrapped|broken|dies, one N, wraps N\n");
    return 2;
}
