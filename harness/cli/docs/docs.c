/* SPDX-License-Identifier: MIT
 * hf-docs FOLDER SOURCE: writes man1/, man5/, completions/ and schemas/ below FOLDER. Run by the build; not installed.
 */
#include "docs.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "os_file.h"
#include "system_file.h"

#include <stdio.h>
#include <string.h>

#include "base_poison.h"

#define PAGE_BYTES_MAX (1u << 20)

typedef struct writer {
    const char *folder;
    bool failed;
} writer;

static void complain(writer *self, const char *what)
{
    hf__cli_complain("hf-docs: %s", what);
    self->failed = true;
}

static void write_file(writer *self, char *name_take, hf__heap_buffer *text)
{
    hf_error err;
    char *path = hf__format("%s/%s", self->folder, name_take);
    if (hf__system_file_write(path, text->text, text->size_bytes, &err) != HF_OK)
        complain(self, err.message);
    hf__free(path);
    hf__free(name_take);
    hf__free(text->text);
    *text = (hf__heap_buffer){0};
}

static void write_verbs(writer *self)
{
    hf__heap_buffer text = {0};
    const hf_report_sink sink = {.write = hf__heap_buffer_write, .user = &text};
    hf__docs_man_tool(&sink);
    write_file(self, hf__copy_string("man1/hostfault.1"), &text);
    for (const hf_cli_verb *const *verb = hf__cli_verbs; *verb != NULL; verb++) {
        hf__docs_man_verb(&sink, *verb);
        write_file(self, hf__format("man1/hostfault-%s.1", (*verb)->name), &text);
    }
}

static void write_language(writer *self, const char *source)
{
    hf__heap_buffer text = {0};
    const hf_report_sink sink = {.write = hf__heap_buffer_write, .user = &text};
    char *path = hf__format("%s/scenarios/README.md", source);
    char *page = NULL;
    size_t size_bytes = 0;
    hf_error err;
    if (hf__system_file_read(path, PAGE_BYTES_MAX, &page, &size_bytes, &err) == HF_OK) {
        hf__docs_man_markdown(&sink, "hostfault-scenario", "the language of hostfault's scenarios", (hf_text){page, size_bytes});
        write_file(self, hf__copy_string("man5/hostfault-scenario.5"), &text);
    } else {
        complain(self, err.message);
    }
    hf__free(page);
    hf__free(path);
}

static void write_tables(writer *self)
{
    static const struct {
        const char *file;
        void (*print)(const hf_report_sink *sink);
    } files[] = {{"completions/hostfault", hf__docs_bash},
                 {"completions/_hostfault", hf__docs_zsh},
                 {"completions/hostfault.fish", hf__docs_fish},
                 {"schemas/hostfault-project-1.schema.json", hf__docs_schema}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        hf__heap_buffer text = {0};
        const hf_report_sink sink = {.write = hf__heap_buffer_write, .user = &text};
        files[i].print(&sink);
        write_file(self, hf__copy_string(files[i].file), &text);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        hf__cli_complain("usage: hf-docs FOLDER SOURCE");
        return HF_CLI_USAGE;
    }

    writer self = {.folder = argv[1]};
    static const char *const folders[] = {".", "man1", "man5", "completions", "schemas"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        hf_error err;
        char *path = hf__format("%s/%s", self.folder, folders[i]);
        if (hf__system_folder_create(path, &err) != HF_OK)
            complain(&self, err.message);
        hf__free(path);
    }
    write_verbs(&self);
    write_language(&self, argv[2]);
    write_tables(&self);
    return self.failed ? HF_CLI_HARNESS : HF_CLI_MET;
}
