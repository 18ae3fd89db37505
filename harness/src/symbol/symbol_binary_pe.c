/* SPDX-License-Identifier: MIT
 * PE files: functions from the symbol table that gcc leaves in a program, from the PDB that other compilers leave beside it, and from a library's
 * exports; lines from the PDB. The file may contain anything: every offset is checked before it is followed.
 */
#include "symbol_binary.h"
#include "heap_alloc.h"
#include "base_error.h"
#include "base_text.h"
#include "os_file.h"
#include "symbol_function.h"
#include "symbol_names.h"
#include "symbol_pdb_find.h"

#include <hostfault/hosting.h>

#include <dbghelp.h>
#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

#define FUNCTION_TYPE 0x20u /* in a COFF symbol's type: IMAGE_SYM_DTYPE_FUNCTION << 4 */
#define SHORT_NAME 8u

struct hf__symbol_binary {
    char *path;
    const char *map;
    uint64_t map_bytes;
    const IMAGE_FILE_HEADER *header;
    const IMAGE_OPTIONAL_HEADER64 *optional;
    const IMAGE_SECTION_HEADER *sections;
    bool has_symbols;
    hf__symbol_pdb *pdb; /* NULL: it names none, or none of this build was found */
    char *missing;       /* what was looked for in vain; NULL: nothing is missing */
    hf__symbol_binary_function *functions;
    char **names;
    size_t count, capacity, name_capacity;
};

/* [offset, offset + size) of the file; NULL: it is not all there. */
static const void *bytes_at(const hf__symbol_binary *self, uint64_t offset, uint64_t size)
{
    return offset <= self->map_bytes && size <= self->map_bytes - offset ? self->map + offset : NULL;
}

static int by_address(const void *a, const void *b)
{
    const hf__symbol_binary_function *one = a, *other = b;
    if (one->low != other->low)
        return one->low < other->low ? -1 : 1;
    return strcmp(one->name, other->name);
}

static void add_function(hf__symbol_binary *self, uint64_t low, uint64_t high, hf_text name)
{
    size_t used = self->count;
    HF_GROW(self->names, used, self->name_capacity);
    HF_GROW(self->functions, self->count, self->capacity);
    self->names[self->count] = hf__copy_text(name);
    self->functions[self->count] = (hf__symbol_binary_function){low, high, self->names[self->count]};
    self->count++;
}

/* A name of at most eight bytes stands in the symbol, a longer one in the table behind the symbols. */
static hf_text name_of(const hf__symbol_binary *self, const IMAGE_SYMBOL *symbol, uint64_t strings)
{
    if (symbol->N.Name.Short != 0)
        return (hf_text){(const char *)symbol->N.ShortName, strnlen((const char *)symbol->N.ShortName, SHORT_NAME)};
    uint64_t at = strings + symbol->N.Name.Long;
    const char *name = bytes_at(self, at, 1);
    return (hf_text){name, name != NULL ? strnlen(name, (size_t)(self->map_bytes - at)) : 0};
}

static void add_symbol(hf__symbol_binary *self, const IMAGE_SYMBOL *symbol, uint64_t strings)
{
    unsigned section = (unsigned)symbol->SectionNumber - 1u;
    hf_text name = name_of(self, symbol, strings);
    if (symbol->Type != FUNCTION_TYPE || section >= self->header->NumberOfSections || name.size_bytes == 0)
        return;
    const IMAGE_SECTION_HEADER *within = &self->sections[section];
    add_function(self, (uint64_t)within->VirtualAddress + symbol->Value, (uint64_t)within->VirtualAddress + within->Misc.VirtualSize, name);
}

static void read_symbols(hf__symbol_binary *self)
{
    uint64_t table = self->header->PointerToSymbolTable, count = self->header->NumberOfSymbols;
    if (table == 0 || bytes_at(self, table, count * IMAGE_SIZEOF_SYMBOL) == NULL)
        return;
    self->has_symbols = true;
    for (uint64_t i = 0; i < count; i++) {
        IMAGE_SYMBOL symbol; /* 18 bytes in the file, aligned to nothing */
        memcpy(&symbol, self->map + table + i * IMAGE_SIZEOF_SYMBOL, IMAGE_SIZEOF_SYMBOL);
        add_symbol(self, &symbol, table + count * IMAGE_SIZEOF_SYMBOL);
        i += symbol.NumberOfAuxSymbols;
    }
}

/* Where in the file an address of the loaded image is; UINT64_MAX: nowhere. */
static uint64_t offset_of(const hf__symbol_binary *self, uint32_t address)
{
    for (unsigned i = 0; i < self->header->NumberOfSections; i++) {
        const IMAGE_SECTION_HEADER *one = &self->sections[i];
        if (address >= one->VirtualAddress && address - one->VirtualAddress < one->SizeOfRawData)
            return (uint64_t)one->PointerToRawData + (address - one->VirtualAddress);
    }
    return UINT64_MAX;
}

static uint64_t end_of_section(const hf__symbol_binary *self, uint32_t address)
{
    for (unsigned i = 0; i < self->header->NumberOfSections; i++) {
        const IMAGE_SECTION_HEADER *one = &self->sections[i];
        if ((one->Characteristics & IMAGE_SCN_MEM_EXECUTE) != 0 && address >= one->VirtualAddress &&
            address - one->VirtualAddress < one->Misc.VirtualSize)
            return (uint64_t)one->VirtualAddress + one->Misc.VirtualSize;
    }
    return 0; /* data, or a word that leads to another library */
}

/* What the debug directory says of the PDB: RSDS, a GUID, an age, a path. */
static const char *pdb_of(const hf__symbol_binary *self, hf__symbol_pdb_key *key)
{
    const IMAGE_DATA_DIRECTORY *where = &self->optional->DataDirectory[IMAGE_DIRECTORY_ENTRY_DEBUG];
    uint64_t at = where->Size != 0 ? offset_of(self, where->VirtualAddress) : UINT64_MAX;
    for (uint32_t i = 0; i < where->Size / sizeof(IMAGE_DEBUG_DIRECTORY); i++) {
        IMAGE_DEBUG_DIRECTORY entry;
        const void *bytes = bytes_at(self, at + i * sizeof entry, sizeof entry);
        if (bytes == NULL)
            return NULL;
        memcpy(&entry, bytes, sizeof entry);
        const char *record = entry.Type == IMAGE_DEBUG_TYPE_CODEVIEW ? bytes_at(self, entry.PointerToRawData, entry.SizeOfData) : NULL;
        const size_t header = 4 + sizeof key->guid + sizeof key->age;
        if (record == NULL || entry.SizeOfData <= header || memcmp(record, "RSDS", 4) != 0 || record[entry.SizeOfData - 1] != '\0')
            continue;
        memcpy(key->guid, record + 4, sizeof key->guid);
        memcpy(&key->age, record + 4 + sizeof key->guid, sizeof key->age);
        return record + header;
    }

    return NULL;
}

static void read_pdb(hf__symbol_binary *self)
{
    hf__symbol_pdb_key key = {0};
    const char *named = pdb_of(self, &key);
    if (named != NULL)
        self->pdb = hf__symbol_pdb_find(self->path, named, &key, &self->missing);
    size_t count = 0;
    const hf__symbol_binary_function *functions = self->pdb != NULL ? hf__symbol_pdb_functions(self->pdb, &count) : NULL;
    for (size_t i = 0; i < count; i++)
        add_function(self, functions[i].low, functions[i].high, hf__text(functions[i].name));
    self->has_symbols = self->has_symbols || (self->pdb != NULL && hf__symbol_pdb_has_procedures(self->pdb));
}

static void read_exports(hf__symbol_binary *self)
{
    const IMAGE_DATA_DIRECTORY *where = &self->optional->DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT];
    IMAGE_EXPORT_DIRECTORY exports;
    const void *bytes = where->Size != 0 ? bytes_at(self, offset_of(self, where->VirtualAddress), sizeof exports) : NULL;
    if (bytes == NULL)
        return;
    memcpy(&exports, bytes, sizeof exports);
    const uint8_t *names = bytes_at(self, offset_of(self, exports.AddressOfNames), 4ull * exports.NumberOfNames);
    const uint8_t *indices = bytes_at(self, offset_of(self, exports.AddressOfNameOrdinals), 2ull * exports.NumberOfNames);
    const uint8_t *addresses = bytes_at(self, offset_of(self, exports.AddressOfFunctions), 4ull * exports.NumberOfFunctions);
    if (names == NULL || indices == NULL || addresses == NULL)
        return;
    for (uint32_t i = 0; i < exports.NumberOfNames; i++) {
        uint32_t name_at = 0, address = 0;
        uint16_t index = 0;
        memcpy(&name_at, names + 4ull * i, sizeof name_at);
        memcpy(&index, indices + 2ull * i, sizeof index);
        if (index >= exports.NumberOfFunctions)
            continue;
        memcpy(&address, addresses + 4ull * index, sizeof address);
        uint64_t at = offset_of(self, name_at), end = end_of_section(self, address);
        const char *name = bytes_at(self, at, 1);
        if (name != NULL && end != 0)
            add_function(self, address, end, (hf_text){name, strnlen(name, (size_t)(self->map_bytes - at))});
    }
}

/* The unwind tables: where pieces of code begin and end, in order. */
static const IMAGE_RUNTIME_FUNCTION_ENTRY *pieces_of(const hf__symbol_binary *self, size_t *count)
{
    const IMAGE_DATA_DIRECTORY *where = &self->optional->DataDirectory[IMAGE_DIRECTORY_ENTRY_EXCEPTION];
    *count = where->Size / sizeof(IMAGE_RUNTIME_FUNCTION_ENTRY);
    uint64_t at = offset_of(self, where->VirtualAddress);
    return at % sizeof(uint32_t) == 0 ? bytes_at(self, at, where->Size) : NULL;
}

/* Is it a further piece of the function before it? */
static bool goes_on(const hf__symbol_binary *self, const IMAGE_RUNTIME_FUNCTION_ENTRY *piece)
{
    const uint8_t *unwind = bytes_at(self, offset_of(self, piece->UnwindInfoAddress), 1);
    return unwind != NULL && (unwind[0] >> 3 & UNW_FLAG_CHAININFO) != 0;
}

/* Where only exports have names, the next name may be far off: code that begins at `low` ends where its pieces do, or before the next piece. */
static uint64_t end_of_code(const hf__symbol_binary *self, uint64_t low)
{
    size_t count = 0, first = 0;
    const IMAGE_RUNTIME_FUNCTION_ENTRY *pieces = pieces_of(self, &count);
    if (pieces == NULL || count == 0)
        return UINT64_MAX;
    for (size_t end = count; first < end;) {
        size_t middle = first + (end - first) / 2;
        if (pieces[middle].BeginAddress < low)
            first = middle + 1;
        else
            end = middle;
    }

    if (first == count)
        return UINT64_MAX;
    if (pieces[first].BeginAddress > low)
        return pieces[first].BeginAddress;
    while (first + 1 < count && pieces[first + 1].BeginAddress == pieces[first].EndAddress && goes_on(self, &pieces[first + 1]))
        first++;
    return pieces[first].EndAddress;
}

/* A symbol has no size: a function reaches to the next one, or to the end of its section. */
static void close_gaps(hf__symbol_binary *self)
{
    if (self->count > 0)
        qsort(self->functions, self->count, sizeof *self->functions, by_address);
    uint64_t next = UINT64_MAX;
    for (size_t i = self->count; i-- > 0;) {
        hf__symbol_binary_function *function = &self->functions[i];
        uint64_t end = self->has_symbols ? UINT64_MAX : end_of_code(self, function->low);
        function->high = next < function->high ? next : function->high;
        function->high = end < function->high ? end : function->high;
        if (i > 0 && self->functions[i - 1].low != function->low)
            next = function->low;
    }
}

static hf_status read_headers(hf__symbol_binary *self, hf_error *err)
{
    const IMAGE_DOS_HEADER *dos = bytes_at(self, 0, sizeof *dos);
    uint64_t at =
        dos != NULL && dos->e_magic == IMAGE_DOS_SIGNATURE && dos->e_lfanew >= 0 && dos->e_lfanew % 8 == 0 ? (uint64_t)dos->e_lfanew : UINT64_MAX;
    const IMAGE_NT_HEADERS64 *headers = bytes_at(self, at, sizeof *headers);
    if (headers == NULL || headers->Signature != IMAGE_NT_SIGNATURE)
        return HF_FAIL(err, HF_ERROR_FORMAT, "%s is not a Windows program or library", self->path);
    if (headers->OptionalHeader.Magic != IMAGE_NT_OPTIONAL_HDR64_MAGIC)
        return HF_FAIL(err, HF_ERROR_FORMAT, "%s is not a 64-bit program or library", self->path);
    self->header = &headers->FileHeader;
    self->optional = &headers->OptionalHeader;
    uint64_t sections = at + offsetof(IMAGE_NT_HEADERS64, OptionalHeader) + self->header->SizeOfOptionalHeader;
    self->sections = bytes_at(self, sections, (uint64_t)self->header->NumberOfSections * sizeof *self->sections);
    return self->sections != NULL ? HF_OK : HF_FAIL(err, HF_ERROR_FORMAT, "%s is cut short", self->path);
}

hf_status hf__symbol_binary_open(const char *path, hf__symbol_binary **out, hf_error *err)
{
    *out = NULL;
    hf__symbol_binary *self = hf__allocate(1, sizeof *self);
    const void *map = NULL;
    self->path = hf__copy_string(path);
    hf_status status = hf__os_map_read(path, &map, &self->map_bytes, err);
    self->map = map;
    if (status == HF_OK)
        status = read_headers(self, err);
    if (status == HF_OK) {
        read_symbols(self);
        read_pdb(self);
        read_exports(self);
        close_gaps(self);
        *out = self;
    } else {
        hf__symbol_binary_close(self);
    }

    return status;
}

void hf__symbol_binary_close(hf__symbol_binary *binary)
{
    if (binary == NULL)
        return;
    for (size_t i = 0; i < binary->count; i++)
        hf__free(binary->names[i]);
    hf__free(binary->names);
    hf__free(binary->functions);
    hf__symbol_pdb_destroy(binary->pdb);
    hf__free(binary->missing);
    hf__os_unmap(binary->map, binary->map_bytes);
    hf__free(binary->path);
    hf__free(binary);
}

const char *hf__symbol_binary_path(const hf__symbol_binary *binary)
{
    return binary->path;
}

const char *hf__symbol_binary_loader(const hf__symbol_binary *binary)
{
    (void)binary;
    return NULL;
}

const char *hf__symbol_binary_missing(const hf__symbol_binary *binary)
{
    return binary->missing;
}

bool hf__symbol_binary_has_symbols(const hf__symbol_binary *binary)
{
    return binary->has_symbols;
}

const hf__symbol_binary_function *hf__symbol_binary_functions(const hf__symbol_binary *binary, size_t *count)
{
    *count = binary->count;
    return binary->functions;
}

/* Names of places: the same file, if it is still the one that was loaded. */

struct hf__symbol_names {
    hf__symbol_binary *binary;
    uint64_t base;
    char **kept; /* names of functions, which places point at */
    size_t kept_count, kept_capacity;
};

/* As os_stack.h gives a module's build on Windows. */
static bool is_same_build(const hf__symbol_binary *binary, hf_text expected)
{
    char *build = hf__format("%08lx%08lx%08lx", (unsigned long)binary->header->TimeDateStamp, (unsigned long)binary->optional->SizeOfImage,
                             (unsigned long)binary->optional->CheckSum);
    bool same = strlen(build) == expected.size_bytes && memcmp(build, expected.pointer, expected.size_bytes) == 0;
    hf__free(build);
    return same;
}

hf__symbol_names *hf__symbol_names_open(const hf_trace_module *module)
{
    hf__symbol_names *names = hf__allocate(1, sizeof *names);
    char *path = hf__copy_text(module->path);
    names->base = module->base;
    bool same = hf__symbol_binary_open(path, &names->binary, NULL) == HF_OK && is_same_build(names->binary, module->build_id);
    hf__free(path);
    if (same)
        return names;
    hf__symbol_names_close(names);
    return NULL;
}

void hf__symbol_names_close(hf__symbol_names *names)
{
    if (names == NULL)
        return;
    hf__symbol_binary_close(names->binary);
    for (size_t i = 0; i < names->kept_count; i++)
        hf__free(names->kept[i]);
    hf__free(names->kept);
    hf__free(names);
}

static const char *keep_name(hf__symbol_names *names, const char *symbol)
{
    HF_GROW(names->kept, names->kept_count, names->kept_capacity);
    return names->kept[names->kept_count++] = hf__symbol_function_name(symbol);
}

size_t hf__symbol_names_find(hf__symbol_names *names, uint64_t address, uint64_t inside, hf__symbol_place *out, size_t capacity)
{
    const hf__symbol_binary *binary = names->binary;
    const hf__symbol_binary_function *found = NULL;
    uint64_t wanted = inside - names->base;
    (void)capacity;
    for (size_t i = 0; i < binary->count && binary->functions[i].low <= wanted; i++)
        if (wanted < binary->functions[i].high)
            found = &binary->functions[i];
    if (found != NULL) {
        out->function = keep_name(names, found->name);
        out->offset = address - names->base - found->low;
    }
    if (binary->pdb != NULL)
        out->file = hf__symbol_pdb_line(binary->pdb, wanted, &out->line);
    return 1;
}

/* Names of Microsoft's compiler, without parameters and what they return; those of the Itanium ABI are known to nobody here. */
char *hf__symbol_demangle(const char *symbol)
{
    char told[1024];
    if (symbol[0] != '?' || UnDecorateSymbolName(symbol, told, sizeof told, UNDNAME_NAME_ONLY) == 0)
        return NULL;
    return hf__copy_string(told);
}
