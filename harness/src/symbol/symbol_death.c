/* SPDX-License-Identifier: MIT
 * Records how a process dies; symbol_death_elf.c and symbol_death_pe.c unwind its stacks.
 */
#include "symbol_death.h"

#include "base_poison.h"

void hf__symbol_death_look(const hf_stall *at, void *user)
{
    hf__symbol_death *death = user;
    death->signal = at->signal;
    death->has_address = at->has_address;
    death->address = at->address;
    if (death->count == HF_DEATH_STACKS_MAX)
        return;
    hf__symbol_death_stack *stack = &death->stacks[death->count];
    stack->thread = at->thread;
    hf__symbol_death_unwind(at, stack);
    death->count += stack->count > 0;
}
