/* SPDX-License-Identifier: MIT
 * The start of hostfault-trap: the supervisor is made, then this process is put behind the filter and becomes the program.
 *
 * Between the filter and the exec no mapping call may be made here: the supervisor serves none before it has seen the exec. So nothing here uses the
 * heap or stdio.
 */
#include "attach_trap_posix.h"
#include "base_text.h"
#include "os_atomic.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base_poison.h"

#define EXIT_NOT_STARTED 127 /* as shells have it */

static pid_t watched;
static bool only_counts;

static _Noreturn void fail(const char *what, int error)
{
    char text[512];
    hf__builder builder = hf__builder_init(text, sizeof text);
    hf__builder_print(&builder, "hostfault: %s: %s\n", what, strerror(error));
    hf__os_complain(text);
    _exit(EXIT_NOT_STARTED);
}

/* A descriptor on its way through a socket. */
typedef union parcel {
    struct cmsghdr head;
    char room[CMSG_SPACE(sizeof(int))];
} parcel;

static struct msghdr message_of(parcel *with, struct iovec *part)
{
    memset(with, 0, sizeof *with);
    return (struct msghdr){.msg_iov = part, .msg_iovlen = 1, .msg_control = with->room, .msg_controllen = sizeof with->room};
}

static bool send_descriptor(int socket, int descriptor)
{
    char byte = 0;
    parcel with;
    struct iovec part = {&byte, 1};
    struct msghdr message = message_of(&with, &part);
    with.head = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof descriptor), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&with.head), &descriptor, sizeof descriptor);
    return sendmsg(socket, &message, MSG_NOSIGNAL) == 1;
}

/* -1: none came. */
static int receive_descriptor(int socket)
{
    char byte = 0;
    int descriptor = -1;
    parcel with;
    struct iovec part = {&byte, 1};
    struct msghdr message = message_of(&with, &part);
    ssize_t got = 0;
    while ((got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {
    }
    const struct cmsghdr *head = got == 1 ? CMSG_FIRSTHDR(&message) : NULL;
    if (head != NULL && head->cmsg_type == SCM_RIGHTS)
        memcpy(&descriptor, CMSG_DATA(head), sizeof descriptor);
    return descriptor;
}

static void end_watched(void)
{
    (void)kill(watched, SIGKILL);
}

static const hf_shim_subject subject = {hf__attach_trap_take_stack, hf__attach_trap_module_at, end_watched};

/* The supervisor must not get the terminal's signals, nor hold the program's standard input and output open. */
static void step_aside(void)
{
    static const int not_ours[] = {SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGTSTP, SIGPIPE};
    for (size_t i = 0; i < sizeof not_ours / sizeof not_ours[0]; i++)
        (void)signal(not_ours[i], SIG_IGN);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing >= 0) {
        (void)dup2(nothing, STDIN_FILENO);
        (void)dup2(nothing, STDOUT_FILENO);
    }
}

/* The other end of the socket closes by itself when the exec succeeds. */
static bool has_become_the_program(int socket)
{
    char byte = 0;
    ssize_t got = 0;
    while ((got = read(socket, &byte, 1)) < 0 && errno == EINTR) {
    }
    return got == 0;
}

/* The session that its calls are counted for. Where there is none, nothing is lost but the count: behind the filter the calls must be answered. */
static hf_session_control *open_counts(void)
{
    static hf_session session;
    static hf_session_control nobodys;
    const char *path = hf__os_environment("HF_SESSION");
    if (path == NULL || hf__session_join(path, NULL, &session, NULL) != HF_OK)
        return &nobodys;
    hf__os_store_u32(&session.control->is_counted, 1);
    return session.control;
}

/* The shim is here, and the session is the program's. */
static bool attach(void)
{
    hf__attach_trap_look_at(watched);
    hf__shim_subject = &subject;
    hf__shim_is_guest = true;
    if (hf_attach(NULL) != HF_OK || !hf_attached())
        return false;
    hf__os_store_u32(&hf__shim.session.control->claimed, (uint32_t)watched);
    hf__shim_pass_on();
    return true;
}

static _Noreturn void supervise(int socket)
{
    pid_t own = getpid();
    step_aside();
    bool is_greeted = write(socket, &own, sizeof own) == sizeof own;
    int listener = is_greeted ? receive_descriptor(socket) : -1;
    if (listener < 0 || !has_become_the_program(socket))
        _exit(EXIT_NOT_STARTED);
    (void)close(socket);
    hf_session_control *counts = only_counts ? open_counts() : NULL;
    if (!only_counts && !attach()) {
        end_watched();
        _exit(EXIT_NOT_STARTED);
    }
    hf__attach_trap_serve(listener, watched, counts);
    _exit(0);
}

/* Its parent ends at once, so that the program does not have a child that it did not create. */
static pid_t start_supervisor(int sockets[2])
{
    pid_t supervisor = -1;
    pid_t between = fork();
    if (between == 0) {
        (void)close(sockets[0]);
        if (fork() == 0)
            supervise(sockets[1]);
        _exit(0);
    }
    (void)close(sockets[1]);
    if (between > 0)
        (void)waitpid(between, NULL, 0);
    return read(sockets[0], &supervisor, sizeof supervisor) == sizeof supervisor ? supervisor : -1;
}

/* Puts this process behind the filter. NULL, or what the system does not allow; errno says why. */
static const char *put_behind_filter(int sockets[2])
{
    pid_t supervisor = start_supervisor(sockets);
    if (supervisor < 0)
        return "cannot start the process that watches the program";
    (void)prctl(PR_SET_PTRACER, supervisor); /* where Yama is, only whom this names may read the stack */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return "the system does not let this program set no_new_privs";
    int listener = hf__attach_trap_watch();
    if (listener < 0)
        return "the system does not permit watching a program's system calls (seccomp user notification: Linux 5.5 or later, and no profile that "
               "forbids it)";
    if (!send_descriptor(sockets[0], listener))
        fail("cannot pass the filter's descriptor to the process that watches", errno); /* which stays: without a supervisor each call would fail */
    (void)close(listener);
    return NULL;
}

int main(int argc, char **argv)
{
    int sockets[2];
    only_counts = argc > 1 && strcmp(argv[1], "count") == 0;
    if (argc < 4 || (!only_counts && strcmp(argv[1], "watch") != 0)) {
        hf__os_complain("usage: hostfault-trap watch|count PROGRAM ARGUMENT0 [ARGUMENT...]; hostfault --attach trap starts it\n");
        return 2;
    }
    watched = getpid();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
        fail("cannot make a socket", errno);
    const char *failure = put_behind_filter(sockets);
    if (failure != NULL && !only_counts)
        fail(failure, errno);
    (void)execve(argv[2], argv + 3, environ);
    int error = errno;
    ssize_t told = write(sockets[0], "", 1);
    (void)told; /* a supervisor that has ended needs no word; glibc warns of a plain cast to void when it checks copies (_FORTIFY_SOURCE) */
    fail(argv[2], error);
}
