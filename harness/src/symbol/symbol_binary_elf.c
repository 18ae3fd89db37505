/* SPDX-License-Identifier: MIT
 * ELF files through libelf, over a private mapping. The file may contain anything: libelf checks its structure, and every offset used here goes
 * through libelf.
 */
#include "symbol_binary.h"
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_check.h"
#include "base_error.h"
#include "os_file.h"
#include "session_format.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

struct hf__symbol_binary {
    char *path;
    const void *map;
    uint64_t map_bytes;
    Elf *elf;
    char *loader;
    bool has_symbols, is_read; /* its symbols, which are read when they are asked for */
    hf__symbol_binary_function *functions;
    size_t count, capacity;
    hf_heap_guard guard;
};

static int by_address(const void *a, const void *b)
{
    const hf__symbol_binary_function *one = a;
    const hf__symbol_binary_function *other = b;
    if (one->low != other->low)
        return one->low < other->low ? -1 : 1;
    if (one->high != other->high)
        return one->high < other->high ? -1 : 1;
    return strcmp(one->name, other->name);
}

static bool is_function(const GElf_Sym *symbol)
{
    unsigned type = GELF_ST_TYPE(symbol->st_info);
    return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol->st_shndx != SHN_UNDEF && symbol->st_value != 0;
}

static void add_function(hf__symbol_binary *self, const GElf_Sym *symbol, const char *name)
{
    if (name == NULL || name[0] == '\0')
        return;
    HF_GROW(self->functions, self->count, self->capacity);
    self->functions[self->count++] = (hf__symbol_binary_function){symbol->st_value, symbol->st_value + symbol->st_size, name};
}

static void read_table(hf__symbol_binary *self, Elf_Scn *section, const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(section, NULL);
    if (data == NULL || header->sh_entsize == 0)
        return;
    size_t count = header->sh_size / header->sh_entsize;
    for (size_t i = 0; i < count; i++) {
        GElf_Sym symbol;
        if (gelf_getsym(data, (int)i, &symbol) != NULL && is_function(&symbol))
            add_function(self, &symbol, elf_strptr(self->elf, header->sh_link, symbol.st_name));
    }
}

static void read_symbols(hf__symbol_binary *self)
{
    Elf_Scn *section = NULL;
    errno = 0;
    while ((section = elf_nextscn(self->elf, section)) != NULL) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == NULL || (header.sh_type != SHT_SYMTAB && header.sh_type != SHT_DYNSYM))
            continue;
        self->has_symbols = self->has_symbols || header.sh_type == SHT_SYMTAB;
        read_table(self, section, &header);
    }
    if (self->count > 0)
        qsort(self->functions, self->count, sizeof *self->functions, by_address);
    if (errno == ENOMEM)
        hf__out_of_memory();
}

/* A function without a size, as assembler writes them, reaches to the next one. */
static void close_gaps(hf__symbol_binary *self)
{
    uint64_t next = 0;
    for (size_t i = self->count; i-- > 0;) {
        hf__symbol_binary_function *function = &self->functions[i];
        if (function->high == function->low)
            function->high = next > function->low ? next : function->low + 1;
        if (i > 0 && self->functions[i - 1].low != function->low)
            next = function->low;
    }
}

static void read_loader(hf__symbol_binary *self)
{
    size_t count = 0;
    if (elf_getphdrnum(self->elf, &count) != 0)
        return;
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr header;
        if (gelf_getphdr(self->elf, (int)i, &header) == NULL || header.p_type != PT_INTERP)
            continue;
        /* libelf does not check where a segment's bytes lie, and the file may claim anything. */
        if (header.p_filesz > 0 && header.p_offset < self->map_bytes && header.p_filesz <= self->map_bytes - header.p_offset)
            self->loader = hf__copy_text((hf_text){(const char *)self->map + header.p_offset, (size_t)header.p_filesz - 1});
        return;
    }
}

static hf_status read_elf(hf__symbol_binary *self, hf_error *err)
{
    /* libelf keeps its version and last error per thread or process; this call is the same each time. */
    (void)elf_version(EV_CURRENT);
    if (self->map != NULL)
        self->elf = elf_memory((char *)(uintptr_t)self->map, self->map_bytes);
    GElf_Ehdr header;
    if (self->elf == NULL || elf_kind(self->elf) != ELF_K_ELF || gelf_getehdr(self->elf, &header) == NULL ||
        (header.e_type != ET_EXEC && header.e_type != ET_DYN))
        return HF_FAIL(err, HF_ERROR_FORMAT, "%s is not an ELF program or library", self->path);
    errno = 0;
    read_loader(self);
    if (errno == ENOMEM) /* libelf leaves out a table without a word */
        hf__out_of_memory();
    return HF_OK;
}

static void close_file(void *given)
{
    hf__symbol_binary *self = given;
    if (self->elf != NULL)
        (void)elf_end(self->elf);
    hf__os_unmap(self->map, self->map_bytes);
}

hf_status hf__symbol_binary_open(const char *path, hf__symbol_binary **out, hf_error *err)
{
    *out = NULL;
    hf__symbol_binary *self = hf__allocate(1, sizeof *self);
    hf__heap_guard(&self->guard, close_file, self);
    self->path = hf__copy_string(path);
    hf_status status = hf__os_map_read(path, &self->map, &self->map_bytes, err);
    if (status == HF_OK)
        status = read_elf(self, err);
    if (status == HF_OK)
        *out = self;
    else
        hf__symbol_binary_close(self);
    return status;
}

void hf__symbol_binary_close(hf__symbol_binary *binary)
{
    if (binary == NULL)
        return;
    hf__heap_drop_guard(&binary->guard);
    close_file(binary);
    hf__free(binary->functions);
    hf__free(binary->loader);
    hf__free(binary->path);
    hf__free(binary);
}

const char *hf__symbol_binary_path(const hf__symbol_binary *binary)
{
    return binary->path;
}

const char *hf__symbol_binary_loader(const hf__symbol_binary *binary)
{
    return binary->loader;
}

static const struct {
    unsigned machine;
    const char *name;
} machines[] = {{EM_386, "32-bit x86"},     {EM_X86_64, "x86-64"}, {EM_ARM, "32-bit ARM"},
                {EM_AARCH64, "64-bit ARM"}, {EM_RISCV, "RISC-V"},  {EM_PPC64, "POWER"}};

#if defined(__x86_64__)
#define OWN_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OWN_MACHINE EM_AARCH64
#else
#define OWN_MACHINE EM_NONE
#endif

const char *hf__symbol_binary_foreign(const hf__symbol_binary *binary)
{
    GElf_Ehdr header;
    bool is_known = gelf_getehdr(binary->elf, &header) != NULL;
    bool is_wide = is_known && header.e_ident[EI_CLASS] == (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32);
    if (is_wide && (header.e_machine == OWN_MACHINE || OWN_MACHINE == EM_NONE))
        return NULL;
    for (size_t i = 0; is_known && i < HF_COUNT_OF(machines); i++) {
        if (machines[i].machine == header.e_machine)
            return machines[i].name;
    }
    return "another machine";
}

static bool note_is_mark(const Elf_Data *data)
{
    GElf_Nhdr note;
    size_t name = 0, text = 0, at = 0;
    while ((at = gelf_getnote((Elf_Data *)(uintptr_t)data, at, &note, &name, &text)) > 0) {
        if (note.n_namesz == sizeof HF_SHIM_NOTE && memcmp((const char *)data->d_buf + name, HF_SHIM_NOTE, sizeof HF_SHIM_NOTE) == 0)
            return true;
    }
    return false;
}

/* Looked for in the segments: a stripped program has no sections. */
bool hf__symbol_binary_has_mark(const hf__symbol_binary *binary)
{
    size_t count = 0;
    if (elf_getphdrnum(binary->elf, &count) != 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr header;
        if (gelf_getphdr(binary->elf, (int)i, &header) == NULL || header.p_type != PT_NOTE)
            continue;
        /* Notes of 8-byte alignment have another layout (GNU property notes, the x86-64 psABI). */
        const Elf_Data *data =
            elf_getdata_rawchunk(binary->elf, (int64_t)header.p_offset, header.p_filesz, header.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
        if (data != NULL && note_is_mark(data))
            return true;
    }
    return false;
}

static void need_symbols(const hf__symbol_binary *binary)
{
    hf__symbol_binary *self = (hf__symbol_binary *)(uintptr_t)binary;
    if (self->is_read)
        return;
    self->is_read = true;
    read_symbols(self);
    close_gaps(self);
}

const char *hf__symbol_binary_missing(const hf__symbol_binary *binary)
{
    (void)binary;
    return NULL;
}

bool hf__symbol_binary_has_symbols(const hf__symbol_binary *binary)
{
    need_symbols(binary);
    return binary->has_symbols;
}

const hf__symbol_binary_function *hf__symbol_binary_functions(const hf__symbol_binary *binary, size_t *count)
{
    need_symbols(binary);
    *count = binary->count;
    return binary->functions;
}
