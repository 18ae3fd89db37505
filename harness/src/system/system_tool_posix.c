/* SPDX-License-Identifier: MIT
 * The tool's view of a POSIX system: processors, terminal, folders, date.
 */
#include "system_tool.h"
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_check.h"
#include "base_error.h"
#include "base_text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "os_file.h"
#include "system_file.h"
#include "system_guard.h"

#include "base_poison.h"

void hf__system_tool_begin(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    /* A file that reaches its size limit (ulimit -f) is then reported like any other file that cannot be written. */
    (void)signal(SIGXFSZ, SIG_IGN);
#ifdef M_MMAP_THRESHOLD
    /* A trace is given back to the system when it is not needed any more. By itself glibc raises the limit with each one that is freed, and keeps
     * what is below it. */
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
    hf__system_guard_begin();
}

#define STACK_BYTES ((size_t)8 << 20)
#define STACK_ENOUGH ((size_t)1 << 20)

/* makecontext passes only ints. */
static void (*stack_work)(void *user);
static void *stack_user;

static void call_work(void)
{
    stack_work(stack_user);
}

void hf__system_tool_with_stack(void (*work)(void *user), void *user)
{
    struct rlimit limit;
    ucontext_t here, there;
    bool is_small = getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < STACK_ENOUGH;
    void *stack =
        is_small ? mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0) : MAP_FAILED;

    if (stack == MAP_FAILED || getcontext(&there) != 0) {
        work(user);
        return;
    }

    stack_work = work;
    stack_user = user;
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = STACK_BYTES;
    there.uc_link = &here;
    makecontext(&there, call_work, 0);
    (void)swapcontext(&here, &there);
}

unsigned hf__system_cpu_count(void)
{
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return 1;
    int count = CPU_COUNT(&allowed);
    return count > 0 ? (unsigned)count : 1;
}

bool hf__system_has_output(void)
{
    return true;
}

bool hf__system_is_terminal(int descriptor)
{
    return isatty(descriptor) == 1;
}

unsigned hf__system_terminal_width(int descriptor)
{
    struct winsize size = {0};
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col;
}

static bool is_folder_entry(const char *folder, const struct dirent *entry)
{
    if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK)
        return entry->d_type == DT_DIR;
    char *path = hf__format("%s/%s", folder, entry->d_name);
    bool is_folder = hf__os_is_folder(path);
    hf__free(path);
    return is_folder;
}

static void close_folder(void *folder)
{
    (void)closedir(folder);
}

hf_status hf__system_folder_list(const char *path, hf_folder_entry **out, size_t *count, hf_error *err)
{
    *out = NULL;
    *count = 0;
    DIR *folder = opendir(path);
    if (folder == NULL && errno == ENOMEM) /* some callers take a folder that cannot be read for an empty one */
        hf__out_of_memory();
    if (folder == NULL && errno == ENOENT)
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "no folder %s", path);
    if (folder == NULL)
        return HF_FAIL_SYSTEM(err, errno, "cannot read the folder %s", path);
    hf_heap_guard guard;
    hf__heap_guard(&guard, close_folder, folder);
    hf_folder_entry *entries = NULL;
    size_t used = 0;
    size_t capacity = 0;

    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        HF_GROW(entries, used, capacity);
        entries[used++] = (hf_folder_entry){.name = hf__copy_string(entry->d_name), .is_folder = is_folder_entry(path, entry)};
    }

    hf__heap_drop_guard(&guard);
    (void)closedir(folder);
    hf__system_folder_sort(entries, used);
    *out = entries;
    *count = used;
    return HF_OK;
}

bool hf__system_folder_remove_empty(const char *path)
{
    return rmdir(path) == 0;
}

static int remove_entry(const char *path, const struct stat *facts, int kind, struct FTW *place)
{
    (void)facts;
    (void)kind;
    (void)place;
    return remove(path);
}

hf_status hf__system_folder_remove(const char *path, hf_error *err)
{
    if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT)
        return HF_OK;
    return HF_FAIL_SYSTEM(err, errno, "cannot remove the folder %s", path);
}

const char *hf__system_temporary_folder(void)
{
    const char *given = getenv("TMPDIR");
    return given != NULL && given[0] != '\0' ? given : "/tmp";
}

static void (*interrupt_handler)(void);

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupt_handler();
}

void hf__system_on_interrupt(void (*handler)(void))
{
    interrupt_handler = handler;
    /* SA_RESETHAND: a second Ctrl-C finds the default action and ends the tool at once (sigaction(2)). */
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
}

void hf__system_print_utc(char *buffer, size_t capacity)
{
    HF_ASSERT(capacity >= 20);
    time_t now = time(NULL);
    struct tm parts;
    memset(&parts, 0, sizeof parts);
    (void)gmtime_r(&now, &parts);
    if (strftime(buffer, capacity, "%Y-%m-%dT%H:%M:%S", &parts) == 0)
        buffer[0] = '\0';
}

void hf__system_host_name(char *buffer, size_t capacity)
{
    if (gethostname(buffer, capacity) != 0 || buffer[0] == '\0')
        (void)hf__text_copy(buffer, capacity, hf__text("localhost"));
    buffer[capacity - 1] = '\0';
}
