/*
 * Runs a fuzz target over every file of the folders that are named, without libFuzzer: what was found once is tested by every compiler. No file is
 * a failure, because it would test nothing.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define INPUT_MAX 1000000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *folder, const char *name)
{
    static uint8_t bytes[INPUT_MAX];
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
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

int main(int argc, char **argv)
{
    int failed = 0, inputs = 0;
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (folder == NULL) {
            perror(argv[i]);
            return 1;
        }
        for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
            if (entry->d_name[0] == '.')
                continue;
            failed |= replay(argv[i], entry->d_name);
            inputs++;
        }
        closedir(folder);
    }
    printf("%d inputs\n", inputs);
    return inputs > 0 ? failed : 1;
}
