/* SPDX-License-Identifier: MIT
 * Shared between the files of the contract suite: what a clause is, and what it may use.
 *
 * A clause is one sentence of the documentation and a function that tests it. The host under test may be wrong in any way. So a clause never touches
 * memory without first checking in the system's own map that it is accessible, and releases what it took, whatever it finds.
 */
#ifndef HF_CONTRACT_H
#define HF_CONTRACT_H

#include "base_text.h"

#include <hostfault/hostfault.h>

#define HF_CONTRACT_TAKEN_MAX 16u
#define HF_CONTRACT_UNIT 0x10000u /* the reservations that clauses work in have this size */
#define HF_CONTRACT_PAGE 0x1000u

/* One clause under way. */
typedef struct hf_contract {
    IHostMemoryManager *manager;
    IHostMalloc *heap; /* made before the first clause; NULL if the host made none */
    bool failed;
    hf__builder got; /* what was seen when it failed */
    char text[200];
    void *regions[HF_CONTRACT_TAKEN_MAX]; /* to be released afterwards */
    void *blocks[HF_CONTRACT_TAKEN_MAX];
    unsigned region_count, block_count;
} hf_contract;

/* What is particular to a clause, as bits. */
enum {
    HF_CLAUSE_DEADLY = 1,        /* real hosts die of it: it comes after all that are not */
    HF_CLAUSE_BROKEN_BY_WINE = 2 /* a host that hands it on to Wine's own functions cannot keep it there */
};

/* One row for several clauses: the number is the row of the file's table that the clause is about, 0 where it has none. */
typedef struct hf_clause {
    const char *name;
    void (*check)(hf_contract *c, size_t row);
    size_t row;
    unsigned marks; /* 0 for most */
} hf_clause;

/* The suite over one manager. announce and report may be NULL. */
typedef struct hf__contract_suite {
    IHostMemoryManager *manager;
    hf_contract_announce *announce;
    hf_contract_report *report;
    void *user;
    bool is_recorded; /* the calls that this process makes, and no child of it, are recorded */
} hf__contract_suite;
/* Gives the number of clauses that are not kept. */
unsigned hf__contract_run(const hf__contract_suite *suite);

/* The file that `hostfault contract` wants a report in; NULL: none. A program with privileges that its user has not writes to no file of his choice.
 */
const char *hf__contract_report_path(void);

/* The clauses of each file. */
const hf_clause *hf__contract_com(size_t *count);
const hf_clause *hf__contract_alloc(size_t *count);
const hf_clause *hf__contract_free(size_t *count);
const hf_clause *hf__contract_protect(size_t *count);
const hf_clause *hf__contract_heap(size_t *count);

/* Notes why the clause fails, once, if the condition does not hold. Returns the condition. */
bool hf__contract_expect(hf_contract *c, bool holds, const char *format, ...) HF_PRINTF(3, 4);
/* The same for one result. */
bool hf__contract_expect_ok(hf_contract *c, HRESULT hr, const char *call);
bool hf__contract_expect_failure(hf_contract *c, HRESULT hr, const char *call);

/* VirtualAlloc for any address; what it gave out is released at the end. *out has 0x1 before the call, to see whether it was written. */
HRESULT hf__contract_alloc_at(hf_contract *c, void *address, size_t size, DWORD type, DWORD protect, void **out);
/* A reservation of HF_CONTRACT_UNIT bytes, its first `committed` bytes committed read-write. NULL and a failed clause if there is none. */
char *hf__contract_region(hf_contract *c, size_t committed);
/* Says that the clause released it itself. */
void hf__contract_forget(hf_contract *c, const void *region);
/* VirtualQuery; false and a failed clause if it did not fill the buffer. */
bool hf__contract_query(hf_contract *c, const void *address, MEMORY_BASIC_INFORMATION *out);
/* The page's state and protection, as one. */
bool hf__contract_expect_page(hf_contract *c, const void *address, DWORD state, DWORD protect);

/* Does the system itself say that all of it can be read, written? */
bool hf__contract_can(const void *address, size_t size, unsigned access);
/* Fails the clause if it cannot be written or is not all zero. */
bool hf__contract_expect_zero(hf_contract *c, const char *address, size_t size);
/* Writes one byte; false and a failed clause if that cannot be done. */
bool hf__contract_write(hf_contract *c, char *address, char value);
bool hf__contract_expect_byte(hf_contract *c, const char *address, char value);

#endif
