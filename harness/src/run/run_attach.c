/* SPDX-License-Identifier: MIT
 * Checks rules against the way a program is run, which is known only once the program is known.
 */
#include "run_attach.h"
#include "base_error.h"
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_random.h"
#include "model_rule.h"
#include "os_lock.h"

#include <string.h>

#include "base_poison.h"

/* Functions that are system calls themselves: only these are visible from outside. */
#define HF_ATTACH_TRAPPED                                                                                                                            \
    (1u << HF_FUNCTION_MMAP | 1u << HF_FUNCTION_MREMAP | 1u << HF_FUNCTION_BRK | 1u << HF_FUNCTION_MUNMAP | 1u << HF_FUNCTION_MPROTECT |             \
     1u << HF_FUNCTION_MADVISE)

/* The first function that the rule names. */
static const hf_function_row *function_of(const hf_rule *rule)
{
    return hf__model_function((hf_function)__builtin_ctz(rule->functions & ~(1u << HF_FUNCTION_NONE)));
}

static bool names_only_functions(const hf_rule *rule)
{
    return rule->functions != 0 && (rule->functions & 1u << HF_FUNCTION_NONE) == 0;
}

static hf_status refuse_function(const hf_rule *rule, const char *program, const char *why, hf_error *err)
{
    const hf_function_row *row = function_of(rule);
    return HF_FAIL(err, HF_ERROR_INPUT, "%s is a function of unmodified programs, but %s is linked with the shim (%s); its calls are 'call: %s'",
                   row->name, program, why, hf__model_method(row->method)->name);
}

/* Can any function that the rule matches fail with this result? */
static bool may_fail(const hf_rule *rule, HRESULT hr)
{
    for (unsigned i = HF_FUNCTION_NONE + 1; i < HF_FUNCTION_COUNT; i++) {
        uint32_t method = (uint32_t)hf__model_function((hf_function)i)->method;
        bool taken = (rule->methods >> method & 1u) != 0 && hf__model_rule_has_function(rule, i);
        if (taken && hf__model_may_fail_with(method, i, hf__model_is_errno_result(hr) || hr == E_OUTOFMEMORY ? hf__model_result_for(i, hr) : hr))
            return true;
    }
    return false;
}

/* For a watched program, only system calls are visible, and a call either reaches the kernel or not. */
static hf_status check_trapped(const hf_rule *rule, const char *program, hf_error *err)
{
    uint32_t methods = 0;
    for (uint32_t seen = HF_ATTACH_TRAPPED; seen != 0; seen &= seen - 1) {
        unsigned function = (unsigned)__builtin_ctz(seen);
        methods |= hf__model_rule_has_function(rule, function) ? 1u << hf__model_function((hf_function)function)->method : 0;
    }
    if ((methods & rule->methods) == 0)
        return HF_FAIL(err, HF_ERROR_INPUT,
                       "under --attach trap the calls of %s that are seen are mmap, mremap, brk, munmap, mprotect and madvise (VirtualAlloc, "
                       "VirtualFree, VirtualProtect); no rule matches any of them",
                       program);
    if (rule->lie != HF_LIE_NONE || rule->done)
        return HF_FAIL(err, HF_ERROR_INPUT, "--attach trap can only refuse a call of %s: a rule with %s needs the library inside the program",
                       program, rule->done ? "'done'" : "'lie'");
    return HF_OK;
}

hf_status hf__run_attach_check_rules(const hf_scenario *scenario, const char *program, const hf__run_attach_choice *choice, hf_error *err)
{
    for (size_t i = 0; i < scenario->rule_count && !choice->is_script; i++) {
        const hf_rule *rule = scenario->rules[i].compiled;
        char result[64];
        (void)hf__model_print_hresult(result, sizeof result, rule->hr);
        if (choice->how == HF_ATTACH_LINKED && names_only_functions(rule))
            return refuse_function(rule, program, choice->why, err);
        hf_status status = choice->how == HF_ATTACH_TRAP ? check_trapped(rule, program, err) : HF_OK;
        if (status != HF_OK)
            return status;
        if (choice->how != HF_ATTACH_LINKED && rule->returns && !rule->undocumented && !may_fail(rule, rule->hr))
            return HF_FAIL(
                err, HF_ERROR_INPUT,
                "%s is an unmodified program, and none of its calls fails with %s; 'hostfault list results' lists the error numbers, such as ENOMEM",
                program, result);
    }
    return HF_OK;
}

/* What is known of commands */

static struct known {
    uint64_t command;
    uint32_t execs;
} * known;
static uint32_t known_count, known_capacity, known_lock;

static void undo_lock(void *lock)
{
    hf__os_unlock(lock);
}

static uint64_t hash_command(const char *program, const char *const *arguments)
{
    uint64_t hash = hf__hash(HF_HASH_START, program, strlen(program) + 1);
    for (size_t i = 0; arguments[i] != NULL; i++)
        hash = hf__hash(hash, arguments[i], strlen(arguments[i]) + 1);
    return hash;
}

uint32_t hf__run_attach_execs(const char *program, const char *const *arguments)
{
    uint64_t command = hash_command(program, arguments);
    uint32_t execs = 0;
    hf__os_lock(&known_lock);
    for (uint32_t i = 0; i < known_count; i++)
        execs = known[i].command == command ? known[i].execs : execs;
    hf__os_unlock(&known_lock);
    return execs;
}

void hf__run_attach_note_execs(const char *program, const char *const *arguments, uint32_t execs)
{
    uint64_t command = hash_command(program, arguments);
    hf__os_lock(&known_lock);
    hf_heap_guard guard;
    hf__heap_guard(&guard, undo_lock, &known_lock);
    HF_GROW(known, known_count, known_capacity);
    (void)hf__heap_keep(known);
    known[known_count++] = (struct known){command, execs};
    hf__heap_drop_guard(&guard);
    hf__os_unlock(&known_lock);
}
