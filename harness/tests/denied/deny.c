/* SPDX-License-Identifier: MIT
 * Runs a command under a seccomp filter that refuses some system calls, as containers and sandboxes do. usage: deny EPERM|ENOSYS CALL[,CALL...]
 * COMMAND ARGS... Every process that the command starts inherits the filter, and none can remove it.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
    const char *name;
    unsigned number;
} calls[] = {
    {"clone3", SYS_clone3},
    {"close_range", SYS_close_range},
    {"fallocate", SYS_fallocate},
    {"getrandom", SYS_getrandom},
    {"memfd_create", SYS_memfd_create},
    {"personality", SYS_personality},
    {"pidfd_open", SYS_pidfd_open},
    {"pidfd_send_signal", SYS_pidfd_send_signal},
    {"prctl", SYS_prctl},
    {"prlimit64", SYS_prlimit64},
    {"process_vm_readv", SYS_process_vm_readv},
    {"ptrace", SYS_ptrace},
    {"rseq", SYS_rseq},
    {"sched_getaffinity", SYS_sched_getaffinity},
    {"sched_setaffinity", SYS_sched_setaffinity},
    {"seccomp", SYS_seccomp},
    {"statx", SYS_statx},
    {"waitid", SYS_waitid},
};

static unsigned number_of(const char *name)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (strcmp(calls[i].name, name) == 0)
            return calls[i].number;
    return ~0u;
}

#define CALLS_MAX 32
static int install(const unsigned *numbers, unsigned short count, int error)
{
    struct sock_filter code[2 * CALLS_MAX + 2];
    unsigned short used = 0;
    code[used++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (unsigned short i = 0; i < count; i++) {
        code[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, numbers[i], 0, 1);
        code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error);
    }
    code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_fprog program = {.len = used, .filter = code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ? 0 : errno;
}

int main(int argc, char **argv)
{
    unsigned numbers[CALLS_MAX];
    unsigned short count = 0;
    if (argc < 4 || (strcmp(argv[1], "EPERM") != 0 && strcmp(argv[1], "ENOSYS") != 0)) {
        (void)fprintf(stderr, "usage: deny EPERM|ENOSYS CALL[,CALL...] COMMAND ARGS...\n");
        return 2;
    }
    for (char *name = strtok(argv[2], ","); name != NULL && count < CALLS_MAX; name = strtok(NULL, ",")) {
        numbers[count] = number_of(name);
        if (numbers[count++] == ~0u) {
            (void)fprintf(stderr, "deny: no system call '%s'\n", name);
            return 2;
        }
    }
    int problem = install(numbers, count, strcmp(argv[1], "EPERM") == 0 ? EPERM : ENOSYS);
    if (problem != 0) {
        (void)fprintf(stderr, "deny: no filter: %s\n", strerror(problem));
        return 77; /* skipped: the test itself is in such a sandbox */
    }
    (void)execvp(argv[3], argv + 3);
    (void)fprintf(stderr, "deny: %s: %s\n", argv[3], strerror(errno));
    return 2;
}
