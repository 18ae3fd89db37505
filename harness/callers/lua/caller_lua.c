/* SPDX-License-Identifier: MIT
 * The caller "lua": real Lua 5.4, whose every allocation is an IHostMalloc call.
 *
 * Usage: hf-caller-lua [--scale PERCENT] [SCRIPT]. Without SCRIPT it runs the one that is compiled in (workload.lua), about 20 000
 * allocations at the default of 100 percent.
 *
 * Lua sees only that memory did not come (HF_SEES_NULL). Its check: after lua_close every block was given back, and no block came back
 * with its sentinel harmed. It must never hide what Lua does on a failure, a panic that aborts included.
 */
#include "caller_lua.h"
#include "caller_options.h"
#include "lua_script.h"
#include "lua_workload.h"
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include "base_poison.h"

/* Of the last run, for its check. */
static lua_heap heap;

static const size_t script_bytes_max = (size_t)16 << 20;

/* The whole file, NUL not added. NULL with a message on stderr. The caller frees it: scripts are not the host's business. */
static char *read_script(const char *path, size_t *size_bytes)
{
    FILE *file = fopen(path, "rb");
    char *text = file == NULL ? NULL : malloc(script_bytes_max);
    if (text != NULL)
        *size_bytes = fread(text, 1, script_bytes_max, file);
    if (text == NULL || ferror(file) || !feof(file)) {
        fprintf(stderr, "hf-caller-lua: cannot read the script '%s'\n", path);
        free(text);
        text = NULL;
    }
    if (file != NULL)
        fclose(file);
    return text;
}

static hf_caller_end run_over_host(IHostMemoryManager *manager, lua_script *script)
{
    heap = (lua_heap){0};
    HRESULT hr = manager->lpVtbl->CreateMalloc(manager, 0, &heap.blocks_from);
    if (FAILED(hr) || heap.blocks_from == NULL) {
        fprintf(stderr, "hf-caller-lua: the host gives no heap\n");
        return HF_CALLER_REPORTED;
    }
    hf_caller_end end = lua_script_run(&heap, script);
    heap.blocks_from->lpVtbl->Release(heap.blocks_from);
    return end;
}

static hf_caller_end run(hf_caller_run *run)
{
    lua_script script = {.text = (const char *)lua_workload, .text_bytes = lua_workload_bytes, .name = "@workload.lua", .scale = 100};
    const caller_option options[] = {{.name = "--scale", .minimum = 1, .maximum = 10000, .number = &script.scale}};
    const char *path = NULL;
    char name[512];
    char *text = NULL;
    if (!caller_options_read("lua", options, 1, run->argc, run->argv, &path))
        return HF_CALLER_USAGE;

    if (path != NULL) {
        text = read_script(path, &script.text_bytes);
        if (text == NULL)
            return HF_CALLER_USAGE;
        snprintf(name, sizeof name, "@%s", path);
        script.text = text;
        script.name = name;
    }
    hf_caller_end end = run_over_host(run->manager, &script);
    free(text);
    return end;
}

static int check(hf_caller_run *run, const char **why)
{
    (void)run;
    if (heap.damaged != 0)
        *why = "Lua wrote behind a block, or gave one back with another size";
    else if (heap.blocks != 0)
        *why = "lua_close did not give every block back";
    return heap.damaged == 0 && heap.blocks == 0;
}

static const char *library(void)
{
    return "lua " LUA_VERSION_MAJOR "." LUA_VERSION_MINOR "." LUA_VERSION_RELEASE;
}

const hf_caller hf_caller_lua = {
    .struct_size = sizeof(hf_caller),
    .sees = HF_SEES_NULL,
    .name = "lua",
    .about = "Lua 5.4 running a script, every allocation through IHostMalloc",
    .run = run,
    .check = check,
    .library = library,
};
