/*
 * A program to be swept that is difficult, in one way per mode, all along or once an allocation has failed. It must use nothing of ours but the
 * public headers.
 */
#include <hostfault/hostfault.h>
#include <stdbool.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLS 3

static IHostMemoryManager *manager;

static bool allocate(void)
{
    void *memory = NULL;
    HRESULT hr = manager->lpVtbl->VirtualAlloc(manager, NULL, 65536, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &memory);
    return SUCCEEDED(hr) && SUCCEEDED(manager->lpVtbl->VirtualFree(manager, memory, 0, MEM_RELEASE));
}

/* False: one failed. */
static bool works(void)
{
    bool fine = true;
    for (int i = 0; i < CALLS && fine; i++)
        fine = allocate();
    return fine;
}

static int never_allocates(void)
{
    return 0;
}

static int fails_anyhow(void)
{
    return works() ? 3 : 4;
}

static int forks(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(works() ? 0 : 1);
    int status = 0;
    bool fine = waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return fine && works() ? 0 : 3;
}

/* Leaves a process behind in a session of its own, in every run. */
static int daemonises(void)
{
    if (fork() == 0) {
        (void)setsid();
        if (fork() == 0) {
            for (;;)
                pause();
        }
        _exit(0);
    }
    return works() ? 0 : 3;
}

static int ignores_term(void)
{
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    while (!works())
        pause();
    return 0;
}

/* Until there is no room left, and leaves it there. */
static int fills_disk(void)
{
    static char block[65536];
    if (works())
        return 0;
    int file = open("junk", O_WRONLY | O_CREAT, 0600);
    while (write(file, block, sizeof block) > 0) {
    }
    return 3;
}

static int deletes_session(void)
{
    if (unlink(getenv("HF_SESSION")) != 0)
        return 8;
    return works() ? 0 : 3;
}

static volatile sig_atomic_t handler_failed;

static void handle(int number)
{
    (void)number;
    handler_failed = !allocate();
}

static int allocates_in_handler(void)
{
    signal(SIGUSR1, handle);
    raise(SIGUSR1);
    return works() && !handler_failed ? 0 : 3;
}

/* In the middle of a call of the caller's: the host raises the signal. */
static IHostMemoryManager *host;

static HRESULT STDMETHODCALLTYPE raise_signal(IHostMemoryManager *This, DWORD *load, SIZE_T *available)
{
    (void)This;
    *load = 0;
    *available = 0;
    raise(SIGUSR1);
    return S_OK;
}

static int is_interrupted(void)
{
    static IHostMemoryManagerVtbl methods;
    DWORD load = 0;
    SIZE_T available = 0;
    methods = *host->lpVtbl;
    methods.GetMemoryLoad = raise_signal;
    host->lpVtbl = &methods;
    signal(SIGUSR1, handle);
    bool asked = SUCCEEDED(manager->lpVtbl->GetMemoryLoad(manager, &load, &available));
    return asked && works() && !handler_failed ? 0 : 3;
}

static void allocate_at_exit(void)
{
    if (!allocate())
        _exit(5);
}

static int allocates_at_exit(void)
{
    return atexit(allocate_at_exit) == 0 && works() ? 0 : 3;
}

static const struct {
    const char *name;
    int (*run)(void);
} modes[] = {
    {"never-allocates", never_allocates},
    {"fails-anyhow", fails_anyhow},
    {"forks", forks},
    {"daemonises", daemonises},
    {"ignores-term", ignores_term},
    {"fills-disk", fills_disk},
    {"deletes-session", deletes_session},
    {"allocates-in-handler", allocates_in_handler},
    {"is-interrupted", is_interrupted},
    {"allocates-at-exit", allocates_at_exit},
};

int main(int argc, char **argv)
{
    if (FAILED(hf_host_create(&host)) || FAILED(hf_wrap(host, &manager)))
        return 8;
    for (size_t i = 0; argc == 2 && i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(argv[1], modes[i].name) == 0)
            return modes[i].run();
    }
    fputs("usage: sweep_misbehaves MODE\n", stderr);
    return 2;
}
