/* SPDX-License-Identifier: MIT
 * The modes that write where the harness writes: into their working directory, as any program may, and into the run's folder, as no program should.
 */
#include "run_misbehaves.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_file(const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return 12;
    fputs("a file of my own\n", file);
    return fclose(file) == 0 ? 0 : 12;
}

/* Files of every name that a run's folder has, and worse, beside itself. */
int own_files(void)
{
    int status = work();
    status |= write_file("trace") | write_file("manifest.json") | write_file("verdict.json") | write_file("trace-0");
    status |= mkfifo("stdin", 0644) | symlink("/dev/zero", "stdout") | symlink("/dev/zero", "stderr") | mkdir("again", 0755);
    return status != 0 ? 12 : more_work();
}

static char *beside_session(const char *name, char *buffer, size_t capacity)
{
    const char *session = getenv("HF_SESSION");
    const char *slash = session != NULL ? strrchr(session, '/') : NULL;
    (void)snprintf(buffer, capacity, "%.*s/%s", slash != NULL ? (int)(slash - session) : 0, slash != NULL ? session : "", name);
    return buffer;
}

/* The next call would meet its own SIGBUS. */
int cut_session(void)
{
    int status = work();
    return truncate(getenv("HF_SESSION"), 0) == 0 ? status : 12;
}

int replace_session(void)
{
    char path[4096];
    int status = work();
    status |= write_file(beside_session("other", path, sizeof path));
    return rename(path, getenv("HF_SESSION")) == 0 ? status : 12;
}

int replace_session_by_fifo(void)
{
    int status = work();
    const char *session = getenv("HF_SESSION");
    return unlink(session) == 0 && mkfifo(session, 0644) == 0 ? status | more_work() : 12;
}

/* What is found there later must neither be read without end nor waited for. */
int replace_outputs(void)
{
    char path[4096];
    int status = work();
    status |= unlink(beside_session("stdout", path, sizeof path)) | symlink("/dev/zero", path);
    status |= unlink(beside_session("stderr", path, sizeof path)) | mkfifo(path, 0644);
    status |= unlink(beside_session("manifest.json", path, sizeof path)) | mkfifo(path, 0644);
    return status == 0 ? 0 : 12;
}
