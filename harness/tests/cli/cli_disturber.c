/* SPDX-License-Identifier: MIT
 * A caller that disturbs its own sweep. usage: cli-disturber HOW FILE. "delete" and "replace" do that to FILE when memory is refused; "kill"
 * kills itself at its second start; FILE counts the starts.
 */
#include <hostfault/hostfault.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void count_start(const char *path)
{
    struct stat facts;
    FILE *file = fopen(path, "a");
    if (file == NULL || fputc('.', file) == EOF || fclose(file) != 0 || stat(path, &facts) != 0)
        return;
    if (facts.st_size == 2)
        (void)raise(SIGKILL);
}

static void disturb(const char *how, const char *path)
{
    char moved[4096];
    (void)snprintf(moved, sizeof moved, "%s.moved", path);
    if (strcmp(how, "delete") == 0)
        (void)unlink(path);
    if (strcmp(how, "replace") == 0 && rename(path, moved) == 0) {
        FILE *file = fopen(path, "w");
        if (file != NULL)
            (void)fclose(file);
    }
}

int main(int argc, char **argv)
{
    IHostMemoryManager *bare = NULL, *manager = NULL;
    void *memory = NULL;
    if (argc != 3 || FAILED(hf_host_create(&bare)) || FAILED(hf_wrap(bare, &manager)))
        return 2;
    if (strcmp(argv[1], "kill") == 0)
        count_start(argv[2]);
    if (manager->lpVtbl->VirtualAlloc(manager, NULL, 65536, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &memory) == S_OK) {
        (void)manager->lpVtbl->VirtualFree(manager, memory, 0, MEM_RELEASE);
        return 0;
    }
    disturb(argv[1], argv[2]);
    return 1;
}
