/* SPDX-License-Identifier: MIT
 * rsvg-convert reads the SVG from its stdin and writes the PNG to its stdout: only the picture gets a name on disk.
 */
#include "cli_picture.h"
#include "base_error.h"
#include "heap_alloc.h"
#include "system_machine.h"
#include "system_process.h"

#include <string.h>

#include "base_poison.h"

#define PROGRAM "rsvg-convert"
#define TIMEOUT_MS 60000u
#define PNG_BYTES_MAX (64u << 20)

static const char png_signature[] = {'\x89', 'P', 'N', 'G', '\r', '\n', '\x1a', '\n'};

hf_cli_exit hf__cli_picture_check(const char *path)
{
    hf_error err;
    char *program = NULL;
    if (path == NULL)
        return HF_CLI_MET;
    hf_status status = hf__system_program_find(PROGRAM, &program, &err);
    hf__free(program);
    if (status == HF_OK)
        return HF_CLI_MET;
    hf__cli_complain("--png needs " PROGRAM ", which is not in PATH (Debian: librsvg2-bin); --svg writes the same picture without it");
    return HF_CLI_USAGE;
}

static hf_status draw(const hf__heap_buffer *svg, hf_capture *png, hf_error *err)
{
    const char *const arguments[] = {PROGRAM, "--format=png", "--zoom=2", NULL};
    const hf_spawn spawn = {.program = PROGRAM, .arguments = arguments, .environment = hf__system_environment_all()};
    *png = (hf_capture){.timeout_ms = TIMEOUT_MS, .max_bytes = PNG_BYTES_MAX, .input = svg->text, .input_bytes = svg->size_bytes};
    hf_status status = hf__system_process_capture(&spawn, png, err);
    if (status != HF_OK)
        return status;
    if (!png->end.exited || png->end.status != 0)
        return HF_FAIL(err, HF_ERROR_SYSTEM, PROGRAM " ended with %s %d; --svg writes the picture without it", png->end.exited ? "status" : "signal",
                       png->end.status);
    if (png->size_bytes < sizeof png_signature || memcmp(png->text, png_signature, sizeof png_signature) != 0)
        return HF_FAIL(err, HF_ERROR_SYSTEM, PROGRAM " wrote no PNG; --svg writes the picture without it");
    return HF_OK;
}

hf_cli_exit hf__cli_picture_write(const char *path, hf_cli_print *print, void *user)
{
    if (path == NULL)
        return HF_CLI_MET;
    hf_error err;
    hf__heap_buffer svg = {0};
    hf_capture png;
    const hf_report_sink sink = {.write = hf__heap_buffer_write, .user = &svg};
    print(&sink, user);
    bool is_drawn = draw(&svg, &png, &err) == HF_OK;
    hf_cli_exit worst = is_drawn ? hf__cli_write(path, png.text, png.size_bytes) : hf__cli_complain_error(&err);
    hf__free(png.text);
    hf__free(svg.text);
    return worst;
}
