/*
 * Where nothing looks at a process that dies (os_process.h: it is never traced), there is nothing to take.
 */
#include "run_death.h"

#include "base_poison.h"

void hf__death_look(const hf_standstill *at, void *user)
{
    hf__death *death = user;
    death->signal = at->signal;
    death->has_address = at->has_address;
    death->address = at->address;
}
