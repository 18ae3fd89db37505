/* SPDX-License-Identifier: MIT
 * Runs a fuzz target over the named files, and over every file in the named folders, without libFuzzer, so that every compiler tests earlier
 * findings. If there is no file, it fails, because it would test nothing.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define INPUT_MAX 1000000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak)); /* not every target has one */

static int replay(const char *path)
{
    static uint8_t bytes[INPUT_MAX];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    printf("%s\n", path);
    fflush(stdout); /* so that a crash is seen to be this input's */
    return LLVMFuzzerTestOneInput(bytes, size);
}

static int replay_folder(const char *path, DIR *folder, int *inputs)
{
    int failed = 0;
    char name[4096];
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        failed |= replay(name);
        ++*inputs;
    }
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0, inputs = 0;
    if (LLVMFuzzerInitialize != NULL)
        LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (folder == NULL) {
            failed |= replay(argv[i]);
            inputs++;
            continue;
        }
        failed |= replay_folder(argv[i], folder, &inputs);
        closedir(folder);
    }
    printf("%d inputs\n", inputs);
    return inputs > 0 ? failed : 1;
}
