/* SPDX-License-Identifier: MIT
 * What a process under test is limited to, as this machine has it.
 */
#include "system_process_posix.h"
#include "os_atomic.h"

#include <fcntl.h>
#include <unistd.h>

#include "base_poison.h"

/* A limit of 0 would still feed a core handler behind a pipe; 1 is the kernel's word for "not even that" (fs/coredump.c, do_coredump). */
static rlim_t read_core_limit(void)
{
    char first = '\0';
    int file = open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    ssize_t got = read(file, &first, 1);
    close(file);
    return got == 1 && first == '|' ? 1 : 0;
}

rlim_t hf__system_core_limit(void)
{
    static uint32_t known; /* looked up once: 1 + the limit; 0: not yet */
    if (hf__os_load_u32(&known) == 0)
        hf__os_store_u32(&known, 1 + (uint32_t)read_core_limit());
    return hf__os_load_u32(&known) - 1;
}

bool hf__system_choose_cpu(cpu_set_t *out)
{
    static uint32_t turn;
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    CPU_ZERO(out);
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) == 0)
        return false;
    int wanted = (int)(hf__os_add_u32_atomic(&turn, 1) % (uint32_t)CPU_COUNT(&allowed));
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &allowed) && wanted-- == 0)
            CPU_SET(cpu, out);
    }
    return true;
}
