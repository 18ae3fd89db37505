/* SPDX-License-Identifier: MIT
 * Addresses as places. The unknown addresses of a stack are looked up module by module, all of a module at once.
 */
#include "test_places.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"

#include <string.h>
#include <unistd.h>

#include "base_poison.h"

struct hf__test_places {
    hf__test_place **items;
    size_t count, capacity;
    char folder[512]; /* this process's working directory with a final '/'; it is omitted from paths */
};

hf__test_places *hf__test_places_create(void)
{
    hf__test_places *self = hf__allocate(1, sizeof *self);
    if (getcwd(self->folder, sizeof self->folder - 1) == NULL)
        self->folder[0] = '\0';
    size_t length = strlen(self->folder);
    self->folder[length] = '/';
    self->folder[length + 1] = '\0';
    return self;
}

void hf__test_places_destroy(hf__test_places *self)
{
    if (self == NULL)
        return;
    for (size_t i = 0; i < self->count; i++)
        hf__free(self->items[i]);
    hf__free(self->items);
    hf__free(self);
}

static const hf__test_place *find(const hf__test_places *self, uint64_t address)
{
    for (size_t i = 0; i < self->count; i++) {
        if (self->items[i]->address == address)
            return self->items[i];
    }
    return NULL;
}

static const hf_trace_module *module_of(const hf_trace *trace, uint64_t address)
{
    for (size_t i = 0; i < hf_trace_module_count(trace); i++) {
        const hf_trace_module *module = hf_trace_module_at(trace, i);
        if (address >= module->base && address < module->end)
            return module;
    }
    return NULL;
}

static const char *last_component(hf_text path)
{
    size_t at = path.size_bytes;
    while (at > 0 && path.pointer[at - 1] != '/' && path.pointer[at - 1] != '\\')
        at--;
    return path.pointer + at;
}

/* What happens there is never where the fault of the program is. */
static bool is_system(const hf_trace_module *module)
{
    static const char *const names[] = {"libc.so",    "libm.so",    "libgcc_s.so", "libstdc++.so", "libc++.so",    "libpthread.so", "ld-linux",
                                        "libasan.so", "linux-vdso", "ntdll.dll",   "msvcrt.dll",   "ucrtbase.dll", "kernel32.dll",  "KERNELBASE.dll"};
    hf_text name = {last_component(module->path), 0};
    name.size_bytes = (size_t)(module->path.pointer + module->path.size_bytes - name.pointer);
    for (size_t i = 0; i < HF_COUNT_OF(names); i++) {
        if (hf__text_starts_with(name, names[i]))
            return true;
    }
    return false;
}

static void print_where(const hf__test_places *self, const hf_trace_module *module, hf__test_place *place)
{
    hf__builder where = hf__builder_init(place->where, sizeof place->where);
    const char *file = place->at.file;
    size_t known = strlen(self->folder);
    if (strncmp(file, self->folder, known) == 0)
        file += known;
    if (file[0] != '\0')
        hf__builder_print(&where, "%s:%u", file, place->at.line);
    else if (module == NULL)
        hf__builder_print(&where, "0x%llx", (unsigned long long)place->address);
    else
        hf__builder_print(&where, "%.*s+0x%llx", (int)(module->path.pointer + module->path.size_bytes - last_component(module->path)),
                          last_component(module->path), (unsigned long long)(place->address - module->base));
}

static void add_place(hf__test_places *self, const hf_trace_module *module, uint64_t address, const hf_system_place *at)
{
    hf__test_place *place = hf__allocate(1, sizeof *place);
    place->address = address;
    if (at != NULL)
        place->at = *at;
    place->is_system = module != NULL && is_system(module);
    print_where(self, module, place);
    HF_GROW(self->items, self->count, self->capacity);
    self->items[self->count++] = place;
}

/* Learns the unknown ones of `wanted` that lie in this module. */
static void learn_places(hf__test_places *self, const hf_trace *trace, const hf_trace_module *module, const uint64_t *wanted, size_t count)
{
    uint64_t *asked = hf__allocate(count, sizeof *asked);
    hf_system_place *got = hf__allocate(count, sizeof *got);
    size_t used = 0;

    for (size_t i = 0; i < count; i++) {
        if (module_of(trace, wanted[i]) == module && find(self, wanted[i]) == NULL)
            asked[used++] = wanted[i];
    }

    if (module != NULL && used > 0) {
        char *path = hf__copy_text(module->path);
        hf__system_places(path, module->base, asked, used, got);
        hf__free(path);
    }

    for (size_t i = 0; i < used; i++) {
        if (find(self, asked[i]) == NULL)
            add_place(self, module, asked[i], module != NULL ? &got[i] : NULL);
    }

    hf__free(got);
    hf__free(asked);
}

void hf__test_places_find(hf__test_places *self, const hf_trace *trace, const uint64_t *frames, size_t count, const hf__test_place **out)
{
    uint64_t *calls = hf__allocate(count + 1, sizeof *calls);
    for (size_t i = 0; i < count; i++)
        calls[i] = frames[i] - 1; /* inside the calling instruction */
    for (size_t i = 0; i < count; i++) {
        if (find(self, calls[i]) == NULL)
            learn_places(self, trace, module_of(trace, calls[i]), calls, count);
    }
    for (size_t i = 0; i < count; i++)
        out[i] = find(self, calls[i]);
    hf__free(calls);
}
