/* SPDX-License-Identifier: MIT
 * system_places.h on Linux. For each address, addr2line writes the address itself, then two lines for each function that is inlined there, the
 * innermost first: its name and file:line; "??" if unknown.
 */
#include "system_places.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "system_process.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

#define TIMEOUT_MS 20000u
#define OUTPUT_MAX ((size_t)1 << 20)
#define OPTIONS 6u

/* Returns the next line of *text and moves *text past it. */
static hf_text take_line(const char **text)
{
    const char *end = strchr(*text, '\n');
    hf_text line = {*text, end != NULL ? (size_t)(end - *text) : strlen(*text)};
    *text += line.size_bytes + (end != NULL ? 1 : 0);
    return line;
}

/* "/home/me/list.c:31 (discriminator 2)", "??:0", "list.c:?" */
static void read_line(hf_text text, hf_system_place *out)
{
    size_t colon = text.size_bytes;
    while (colon > 0 && text.pointer[colon - 1] != ':')
        colon--;
    if (colon < 2 || hf__text_starts_with(text, "??"))
        return;
    unsigned long line = strtoul(text.pointer + colon, NULL, 10);
    if (line == 0 || line > UINT32_MAX)
        return;
    out->line = (uint32_t)line;
    hf__text_copy(out->file, sizeof out->file, (hf_text){text.pointer, colon - 1});
}

static void read_one(const char **text, hf_system_place *out)
{
    for (bool is_innermost = true; **text != '\0' && strncmp(*text, "0x", 2) != 0; is_innermost = false) {
        hf_text function = take_line(text), line = take_line(text);
        if (hf__text_starts_with(function, "??"))
            continue;
        if (is_innermost)
            hf__text_copy(out->function, sizeof out->function, function);
        hf__text_copy(out->outer, sizeof out->outer, function);
        if (is_innermost)
            read_line(line, out);
    }
}

static void read_places(const char *text, size_t count, hf_system_place *out)
{
    for (size_t i = 0; i < count && *text != '\0'; i++) {
        (void)take_line(&text);
        read_one(&text, &out[i]);
    }
}

static bool ask_addr2line(const char *program, const char *module, uint64_t base, const uint64_t *addresses, size_t count, hf_system_place *out)
{
    const char **arguments = hf__allocate(count + OPTIONS + 2, sizeof *arguments);
    char(*numbers)[24] = hf__allocate(count, sizeof *numbers);
    const char *environment[] = {"LC_ALL=C", NULL};
    const char *const options[OPTIONS + 1] = {program, "-a", "-i", "-f", "-C", "-e", module};
    memcpy(arguments, options, sizeof options);
    for (size_t i = 0; i < count; i++) {
        hf__builder number = hf__builder_init(numbers[i], sizeof numbers[i]);
        hf__builder_print(&number, "0x%llx", (unsigned long long)(addresses[i] - base));
        arguments[OPTIONS + 1 + i] = numbers[i];
    }

    const hf_spawn spawn = {.program = program, .arguments = arguments, .environment = environment};
    hf_capture got = {.timeout_ms = TIMEOUT_MS, .max_bytes = OUTPUT_MAX};
    hf_error ignored;
    bool is_told = hf__system_process_capture(&spawn, &got, &ignored) == HF_OK && got.end.exited && got.end.status == 0;
    if (is_told)
        read_places(got.text, count, out);
    hf__free(got.text);
    hf__free(numbers);
    hf__free(arguments);
    return is_told;
}

void hf__system_places(const char *module, uint64_t base, const uint64_t *addresses, size_t count, hf_system_place *out)
{
    static const char *const programs[] = {"addr2line", "llvm-addr2line"};
    memset(out, 0, count * sizeof *out);
    for (size_t i = 0; i < HF_COUNT_OF(programs) && count > 0; i++) {
        char *path = NULL;
        hf_error ignored;
        bool is_there = hf__system_program_find(programs[i], &path, &ignored) == HF_OK;
        bool is_told = is_there && ask_addr2line(path, module, base, addresses, count, out);
        hf__free(path);
        if (is_told)
            return;
    }
}
