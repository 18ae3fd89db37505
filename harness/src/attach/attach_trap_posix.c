/* SPDX-License-Identifier: MIT
 * The filter, and the supervisor's work: each watched call becomes a call of the shim's, which says whether it is to fail. What is to go on is
 * made by the kernel itself (SECCOMP_USER_NOTIF_FLAG_CONTINUE), with the program's own arguments: nothing here reads memory that the program could
 * change meanwhile.
 */
#include "attach_trap_posix.h"
#include "attach_protect_posix.h"
#include "base_check.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base_poison.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#elif defined(__i386__)
#define NATIVE AUDIT_ARCH_I386
#endif

/* linux/seccomp.h of 6.6: supervisor and program run in turn, so the kernel need not wake the other processor (5 instead of 58 us a call). */
#define HF_NOTIF_SET_FLAGS SECCOMP_IOW(4, uint64_t)
#define HF_NOTIF_SYNC_WAKE_UP 1u
/* Of 5.19: a signal that the program handles does not take back a call that is being looked at. Go's scheduler sends them all the time. */
#define HF_FILTER_WAIT_KILLABLE (1u << 5)
#define NOTIFICATION_BYTES 512u /* the kernel says how many it wants; 80 in 6.18 */
#define THREADS_MAX 64u
#define PAGE_OF_MODEL 4096u /* model_function.def: old sizes are in pages of this size */

#if defined(SYS_mmap2)
#define MMAP_NUMBER SYS_mmap2
#else
#define MMAP_NUMBER SYS_mmap
#endif

int hf__attach_trap_watch(void)
{
    static const unsigned numbers[] = {MMAP_NUMBER, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_brk, SYS_madvise, SYS_exit_group};
    enum { COUNT = HF_COUNT_OF(numbers), LENGTH = COUNT + 5 };
    struct sock_filter filter[LENGTH] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 0, COUNT + 1),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    };
    for (unsigned i = 0; i < COUNT; i++)
        filter[3 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, numbers[i], (uint8_t)(COUNT - i), 0);
    filter[LENGTH - 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[LENGTH - 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
    const struct sock_fprog program = {LENGTH, filter};
    unsigned wanted = SECCOMP_FILTER_FLAG_NEW_LISTENER;
    long got = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, wanted | HF_FILTER_WAIT_KILLABLE, &program);
    if (got < 0 && errno == EINVAL)
        got = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, wanted, &program);
    return (int)got;
}

/* The program's threads */

/* The shim keeps what it knows of a thread with the thread; here one thread stands for all of the program's. */
static struct {
    pid_t process;
    hf_session_control *counts; /* NULL: the calls go through the shim */
    uint32_t count, current;
    pid_t ids[THREADS_MAX];
    hf_shim_thread states[THREADS_MAX];
} threads;

/* A thread of the program, and not of a process that it started? */
static bool is_watched(pid_t thread)
{
    return threads.ids[threads.current] == thread || syscall(SYS_tgkill, threads.process, thread, 0) == 0;
}

/* Threads beyond the last row share it. */
static void speak_for(pid_t thread)
{
    if (threads.ids[threads.current] == thread)
        return;
    uint32_t at = 0;
    while (at < threads.count && threads.ids[at] != thread)
        at++;
    at = at < THREADS_MAX ? at : THREADS_MAX - 1;
    threads.count = at < threads.count ? threads.count : at + 1;
    if (threads.ids[threads.current] != 0) {
        threads.states[threads.current] = hf__shim_thread;
        hf__shim_thread = threads.states[at];
    }
    threads.ids[at] = thread;
    threads.current = at;
    hf__attach_trap_look_at_thread(thread);
}

/* Calls */

/* A brk that fails answers with the break as it is, which glibc compares with what it had (dl-early_allocate.c). What the kernel answers is not heard
 * here, but a new program's break is where its data end, and from then on it is where it was last let go. */
static struct {
    uint64_t start, now;
} program_break;

static void learn_break(void)
{
    uint64_t start = hf__attach_trap_start_of_break();
    if (start != program_break.start)
        program_break.start = program_break.now = start;
}

typedef struct trapped {
    unsigned number;
    hf_method method;
    hf_function function;
    bool (*read)(const uint64_t *arguments, hf_call *out); /* false: nothing that can fail for want of memory */
} trapped;

static bool read_mmap(const uint64_t *arguments, hf_call *out)
{
    out->type = MEM_RESERVE | MEM_COMMIT;
    out->protect = hf__attach_protect_of((int)arguments[2]);
    return true;
}

static bool read_mremap(const uint64_t *arguments, hf_call *out)
{
    out->type = MEM_RESERVE | MEM_COMMIT;
    out->protect = (uint32_t)(arguments[1] / PAGE_OF_MODEL);
    out->size = arguments[2];
    return true;
}

static bool read_brk(const uint64_t *arguments, hf_call *out)
{
    learn_break();
    bool grows = arguments[0] > program_break.now;
    out->type = MEM_RESERVE | MEM_COMMIT;
    out->size = 0;
    if (!grows && arguments[0] >= program_break.start)
        program_break.now = arguments[0];
    return grows;
}

static bool read_munmap(const uint64_t *arguments, hf_call *out)
{
    (void)arguments;
    out->type = MEM_RELEASE;
    return true;
}

static bool read_mprotect(const uint64_t *arguments, hf_call *out)
{
    out->protect = hf__attach_protect_of((int)arguments[2]);
    return true;
}

static bool read_madvise(const uint64_t *arguments, hf_call *out)
{
    out->protect = (uint32_t)arguments[2];
    return true;
}

static const trapped rows[] = {
    {MMAP_NUMBER, HF_METHOD_VIRTUAL_ALLOC, HF_FUNCTION_MMAP, read_mmap},
    {SYS_mremap, HF_METHOD_VIRTUAL_ALLOC, HF_FUNCTION_MREMAP, read_mremap},
    {SYS_brk, HF_METHOD_VIRTUAL_ALLOC, HF_FUNCTION_BRK, read_brk},
    {SYS_munmap, HF_METHOD_VIRTUAL_FREE, HF_FUNCTION_MUNMAP, read_munmap},
    {SYS_mprotect, HF_METHOD_VIRTUAL_PROTECT, HF_FUNCTION_MPROTECT, read_mprotect},
    {SYS_madvise, HF_METHOD_VIRTUAL_PROTECT, HF_FUNCTION_MADVISE, read_madvise},
};

/* The kernel makes the call after this. */
static HRESULT forward_later(hf_shim_call *call)
{
    (void)call;
    return S_OK;
}

static void refuse(const trapped *row, HRESULT hr, struct seccomp_notif_resp *answer)
{
    answer->flags = 0;
    if (row->number == SYS_brk)
        answer->val = (int64_t)program_break.now;
    else
        answer->error = -hf__model_errno_of(hr);
}

/* May code be at other addresses from here on? */
static bool moves_code(const trapped *row, const uint64_t *arguments)
{
    bool has_protection = row->function == HF_FUNCTION_MMAP || row->function == HF_FUNCTION_MPROTECT;
    return row->function == HF_FUNCTION_MUNMAP || row->function == HF_FUNCTION_MREMAP || (has_protection && (arguments[2] & PROT_EXEC) != 0);
}

static void run(const trapped *row, const struct seccomp_data *data, struct seccomp_notif_resp *answer)
{
    static const char ours;
    uint64_t arguments[6], unseen = 0;
    hf_shim_call call;
    memcpy(arguments, data->args, sizeof arguments);
    hf__shim_begin(&call, NULL, &ours, row->method, forward_later, (uintptr_t)data->instruction_pointer);
    call.call.function = (uint8_t)row->function;
    call.call.address = arguments[0];
    call.call.size = arguments[1];
    if (!row->read(arguments, &call.call))
        return;
    if (row->method == HF_METHOD_VIRTUAL_ALLOC) {
        call.out = &unseen;
        call.out_size = sizeof unseen;
    }
    HRESULT hr = hf__shim_run(&call);
    if (FAILED(hr))
        refuse(row, hr, answer);
    else if (row->number == SYS_brk)
        program_break.now = arguments[0];
    if (moves_code(row, arguments))
        hf__attach_trap_look_again();
}

/* A brk that only asks for the break maps nothing. */
static void count_call(const struct seccomp_data *data)
{
    hf_session_control *counts = threads.counts;
    bool asks = data->nr == SYS_exit_group || (data->nr == SYS_brk && data->args[0] == 0);
    if (!asks)
        hf__os_add_u32_atomic(hf__os_load_u32(&counts->attached) == 0 ? &counts->mapped_before : &counts->mapped_since, 1);
}

static void decide(const struct seccomp_notif *asked, struct seccomp_notif_resp *answer)
{
    answer->id = asked->id;
    answer->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    if (!is_watched((pid_t)asked->pid))
        return;
    if (threads.counts != NULL)
        count_call(&asked->data);
    if (threads.counts != NULL || !hf_attached())
        return;
    speak_for((pid_t)asked->pid);
    if (asked->data.nr == SYS_exit_group) {
        hf_detach(NULL, NULL);
        return;
    }
    for (size_t i = 0; i < HF_COUNT_OF(rows); i++) {
        if ((unsigned)asked->data.nr == rows[i].number)
            run(&rows[i], &asked->data, answer);
    }
}

/* False: no watched process is left, or the kernel needs larger buffers than these. */
static bool wait_for_call(int listener)
{
    struct pollfd at = {.fd = listener, .events = POLLIN};
    int got = 0;
    while ((got = poll(&at, 1, -1)) < 0 && errno == EINTR) {
    }
    return got == 1 && (at.revents & POLLIN) != 0;
}

void hf__attach_trap_serve(int listener, pid_t process, hf_session_control *counts)
{
    struct seccomp_notif_sizes sizes;
    union {
        struct seccomp_notif asked;
        char room[NOTIFICATION_BYTES];
    } in;
    union {
        struct seccomp_notif_resp answer;
        char room[NOTIFICATION_BYTES];
    } out;
    threads.process = process;
    threads.counts = counts;
    (void)ioctl(listener, HF_NOTIF_SET_FLAGS, (uint64_t)HF_NOTIF_SYNC_WAKE_UP);
    if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0 || sizes.seccomp_notif > sizeof in || sizes.seccomp_notif_resp > sizeof out)
        return;
    while (wait_for_call(listener)) {
        memset(&in, 0, sizeof in); /* seccomp_unotify(2): else EINVAL */
        memset(&out, 0, sizeof out);
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &in) != 0)
            continue; /* the thread was killed meanwhile */
        decide(&in.asked, &out.answer);
        (void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &out);
    }
}
