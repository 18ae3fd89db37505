/* SPDX-License-Identifier: MIT
 * Unwinding another process through libdwfl, which reads its maps, its memory and, by ptrace, its registers.
 */
#include "symbol_wait.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <sys/types.h>

#include "base_poison.h"

static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_linux_proc_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
};

static int take_frame(Dwfl_Frame *frame, void *user)
{
    hf__symbol_death_stack *stack = user;
    Dwarf_Addr pc = 0;
    bool is_where_it_was = false;
    if (!dwfl_frame_pc(frame, &pc, &is_where_it_was))
        return DWARF_CB_ABORT;
    stack->frames[stack->count++] = is_where_it_was ? pc + 1 : pc;
    return stack->count == HF_STACK_MAX ? DWARF_CB_ABORT : DWARF_CB_OK;
}

/* Appends the frames that can be unwound. libdwfl takes a register that it has no memory to compute for the end of the stack, so errno is asked, too.
 * The maps are read by the thread's number: the process's number is that of its first thread, which may have released its memory already. False: it
 * stopped before the end of the stack. */
static bool unwind(const hf_stall *at, hf__symbol_death_stack *stack)
{
    pid_t thread = (pid_t)at->thread;
    Dwfl *dwfl = dwfl_begin(&callbacks);
    if (dwfl == NULL)
        return false;

    errno = 0;
    bool is_whole = dwfl_linux_proc_report(dwfl, thread) == 0 && dwfl_report_end(dwfl, NULL, NULL) == 0 &&
                    dwfl_linux_proc_attach(dwfl, thread, true) == 0 && dwfl_getthread_frames(dwfl, thread, take_frame, stack) >= 0 && errno != ENOMEM;
    if (at->signal == 0)
        hf__symbol_wait_look(dwfl, at->process, at->thread, &stack->wait);
    dwfl_end(dwfl);
    return is_whole;
}

/* Keeps the frames that could be unwound, whatever stopped it: a stack that ends at a wild pointer is right at its beginning. A stack that stops
 * early is unwound twice, because a failed allocation stops libdwfl in the same way (elfutils 0.188, frame_unwind.c). If no memory comes back, the
 * tool's next allocation reports it. */
void hf__symbol_death_unwind(const hf_stall *at, hf__symbol_death_stack *stack)
{
    if (unwind(at, stack))
        return;

    hf__symbol_death_stack again = {.thread = stack->thread};
    (void)unwind(at, &again);
    if (again.count > stack->count || (again.count == stack->count && again.wait.kind != HF_WAIT_NONE))
        *stack = again;
}
