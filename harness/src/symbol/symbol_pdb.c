/* SPDX-License-Identifier: MIT
 * The format, as LLVM describes it (llvm.org/docs/PDB): an MSF container of streams, each a list of blocks. Stream 1 has the build of the file and
 * the places of named streams. Stream 3 (DBI) lists the object files, the sections, and the stream of public symbols. Each object file has a stream
 * with its functions (CodeView symbols) and its lines (C13). Numbers are little-endian, as is the machine.
 */
#include "symbol_pdb.h"
#include "heap_alloc.h"
#include "base_error.h"
#include "symbol_msf.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

#define STREAM_INFO 1u
#define STREAM_DBI 3u
#define NO_STREAM 0xFFFFu
#define DBI_HEADER_BYTES 64u
#define SECTION_BYTES 40u
#define MODULE_INFO_BYTES 64u
#define CODE_SECTION 0x20000000u /* IMAGE_SCN_MEM_EXECUTE */

enum { S_PUB32 = 0x110E, S_LPROC32 = 0x110F, S_GPROC32 = 0x1110, S_LPROC32_ID = 0x1146, S_GPROC32_ID = 0x1147 };
enum { LINES = 0xF2, FILES = 0xF4 };

/* Lines that a debugger passes over: 0xF00F00 and 0xFEEFEE. */
static bool is_hidden(uint32_t line)
{
    return line == 0xF00F00u || line == 0xFEEFEEu;
}

typedef struct section {
    uint32_t address, size;
    bool is_code;
} section;

typedef struct line_range {
    uint64_t low, high;
    const char *file;
    uint32_t line;
} line_range;

struct hf__symbol_pdb {
    hf__symbol_pdb_key key;
    char *strings; /* the stream /names: names of source files */
    size_t strings_bytes;
    section *sections;
    size_t section_count;
    hf__symbol_binary_function *functions;
    size_t count, capacity;
    char **names; /* of the functions, and of those that were dropped */
    size_t name_count, name_capacity;
    bool has_procedures;
    line_range *lines;
    size_t line_count, line_capacity;
};

/* The offset from the load base of a place in a section, which are counted from 1; false: there is none. */
static bool place_of(const hf__symbol_pdb *self, uint32_t number, uint32_t offset, uint64_t *low, uint64_t *end)
{
    if (number == 0 || number > self->section_count || offset >= self->sections[number - 1].size || !self->sections[number - 1].is_code)
        return false;
    *low = (uint64_t)self->sections[number - 1].address + offset;
    *end = (uint64_t)self->sections[number - 1].address + self->sections[number - 1].size;
    return true;
}

static void add_function(hf__symbol_pdb *self, uint64_t low, uint64_t high, hf_text name)
{
    HF_GROW(self->names, self->name_count, self->name_capacity);
    HF_GROW(self->functions, self->count, self->capacity);
    char *copy = self->names[self->name_count++] = hf__copy_text(name);
    self->functions[self->count++] = (hf__symbol_binary_function){low, high, copy};
}

/* A procedure: parent, end, next, size, where the body begins and ends, type, offset, section, flags, name. */
static void add_procedure(hf__symbol_pdb *self, hf__symbol_msf_reader record)
{
    uint64_t low = 0, end = 0;
    hf__symbol_msf_skip(&record, 12);
    uint32_t size = hf__symbol_msf_u32(&record);
    hf__symbol_msf_skip(&record, 12);
    uint32_t offset = hf__symbol_msf_u32(&record);
    uint32_t number = hf__symbol_msf_u16(&record);
    hf__symbol_msf_skip(&record, 1);
    hf_text name = hf__symbol_msf_name(&record);
    if (record.is_cut || name.size_bytes == 0 || size == 0 || !place_of(self, number, offset, &low, &end))
        return;
    add_function(self, low, size < end - low ? low + size : end, name);
    self->has_procedures = true;
}

/* A public symbol: flags, offset, section, name. It has no size: 0 stands for the next one. */
static void add_public(hf__symbol_pdb *self, hf__symbol_msf_reader record)
{
    uint64_t low = 0, end = 0;
    hf__symbol_msf_skip(&record, 4);
    uint32_t offset = hf__symbol_msf_u32(&record);
    uint32_t number = hf__symbol_msf_u16(&record);
    hf_text name = hf__symbol_msf_name(&record);
    if (!record.is_cut && name.size_bytes > 0 && place_of(self, number, offset, &low, &end))
        add_function(self, low, 0, name);
}

static void read_symbols(hf__symbol_pdb *self, hf__symbol_msf_reader symbols)
{
    while (hf__symbol_msf_left(&symbols) >= 4) {
        hf__symbol_msf_reader record = hf__symbol_msf_part(&symbols, hf__symbol_msf_u16(&symbols));
        unsigned kind = hf__symbol_msf_u16(&record);
        if (kind == S_PUB32)
            add_public(self, record);
        else if (kind == S_LPROC32 || kind == S_GPROC32 || kind == S_LPROC32_ID || kind == S_GPROC32_ID)
            add_procedure(self, record);
    }
}

/* The name of a source file: its place in the object file's table of checksums gives its place among the strings. */
static const char *file_at(const hf__symbol_pdb *self, hf__symbol_msf_reader files, uint32_t at)
{
    hf__symbol_msf_skip(&files, at);
    uint32_t name = hf__symbol_msf_u32(&files);
    return !files.is_cut && name < self->strings_bytes && self->strings[name] != '\0' ? self->strings + name : NULL;
}

static void add_line(hf__symbol_pdb *self, line_range range)
{
    if (range.low >= range.high)
        return;
    HF_GROW(self->lines, self->line_count, self->line_capacity);
    self->lines[self->line_count++] = range;
}

/* Lines of one source file: each reaches to the next. Columns, where there are any, follow the lines and are passed over with the block. */
static void read_file_lines(hf__symbol_pdb *self, hf__symbol_msf_reader block, uint32_t count, uint64_t start, uint64_t end, const char *file)
{
    line_range range = {.file = file};
    for (uint32_t i = 0; i < count && hf__symbol_msf_left(&block) >= 8; i++) {
        uint64_t low = start + hf__symbol_msf_u32(&block);
        uint32_t line = hf__symbol_msf_u32(&block) & 0xFFFFFFu;
        range.high = low < end ? low : end;
        if (i > 0)
            add_line(self, range);
        range.low = low;
        range.line = is_hidden(line) ? 0 : line;
    }
    range.high = end;
    if (count > 0)
        add_line(self, range);
}

/* The lines of a piece of code: where it is, then a block for each source file. */
static void read_lines(hf__symbol_pdb *self, hf__symbol_msf_reader lines, hf__symbol_msf_reader files)
{
    uint64_t start = 0, limit = 0;
    uint32_t offset = hf__symbol_msf_u32(&lines), number = hf__symbol_msf_u16(&lines);
    hf__symbol_msf_skip(&lines, 2);
    uint32_t size = hf__symbol_msf_u32(&lines);
    if (lines.is_cut || !place_of(self, number, offset, &start, &limit))
        return;
    uint64_t end = size < limit - start ? start + size : limit;

    while (hf__symbol_msf_left(&lines) >= 12) {
        uint32_t file = hf__symbol_msf_u32(&lines), count = hf__symbol_msf_u32(&lines), bytes = hf__symbol_msf_u32(&lines);
        if (bytes < 12)
            return;
        read_file_lines(self, hf__symbol_msf_part(&lines, bytes - 12), count, start, end, file_at(self, files, file));
    }
}

/* An object file's C13 part: subsections, of which the table of files may come after the lines. */
static hf__symbol_msf_reader next_subsection(hf__symbol_msf_reader *all, uint32_t *kind)
{
    *kind = hf__symbol_msf_u32(all);
    hf__symbol_msf_reader one = hf__symbol_msf_part(all, hf__symbol_msf_u32(all));
    hf__symbol_msf_align(all, 4);
    return one;
}

static void read_c13(hf__symbol_pdb *self, hf__symbol_msf_reader c13)
{
    hf__symbol_msf_reader files = {0};
    uint32_t kind = 0;
    for (hf__symbol_msf_reader all = c13; hf__symbol_msf_left(&all) >= 8 && kind != FILES;) {
        hf__symbol_msf_reader one = next_subsection(&all, &kind);
        if (kind == FILES)
            files = one;
    }
    while (hf__symbol_msf_left(&c13) >= 8) {
        hf__symbol_msf_reader one = next_subsection(&c13, &kind);
        if (kind == LINES)
            read_lines(self, one, files);
    }
}

typedef struct module_info {
    uint32_t stream, symbol_bytes, c11_bytes, c13_bytes;
} module_info;

/* One object file in the DBI stream: its first section's part, flags, stream, sizes; then two names. */
static module_info next_module(hf__symbol_msf_reader *modules)
{
    module_info info = {0};
    hf__symbol_msf_skip(modules, 34);
    info.stream = hf__symbol_msf_u16(modules);
    info.symbol_bytes = hf__symbol_msf_u32(modules);
    info.c11_bytes = hf__symbol_msf_u32(modules);
    info.c13_bytes = hf__symbol_msf_u32(modules);
    hf__symbol_msf_skip(modules, 16);
    (void)hf__symbol_msf_name(modules);
    (void)hf__symbol_msf_name(modules);
    hf__symbol_msf_align(modules, 4);
    return info;
}

static void read_module(hf__symbol_pdb *self, hf__msf *file, module_info info)
{
    size_t size = 0;
    char *bytes = info.stream != NO_STREAM ? hf__symbol_msf_take(file, info.stream, &size) : NULL;
    if (bytes == NULL)
        return;
    hf__symbol_msf_reader stream = hf__symbol_msf_reader_of(bytes, size);
    hf__symbol_msf_reader symbols = hf__symbol_msf_part(&stream, info.symbol_bytes);
    hf__symbol_msf_skip(&symbols, 4); /* a signature */
    hf__symbol_msf_skip(&stream, info.c11_bytes);
    hf__symbol_msf_reader c13 = hf__symbol_msf_part(&stream, info.c13_bytes);
    if (!symbols.is_cut)
        read_symbols(self, symbols);
    if (!stream.is_cut)
        read_c13(self, c13);
    hf__free(bytes);
}

static void read_sections(hf__symbol_pdb *self, hf__msf *file, uint32_t stream)
{
    size_t size = 0;
    char *bytes = stream != NO_STREAM ? hf__symbol_msf_take(file, stream, &size) : NULL;
    hf__symbol_msf_reader reader = hf__symbol_msf_reader_of(bytes, size);
    self->sections = hf__allocate(size / SECTION_BYTES + 1, sizeof *self->sections);
    while (hf__symbol_msf_left(&reader) >= SECTION_BYTES) {
        section *one = &self->sections[self->section_count++];
        hf__symbol_msf_skip(&reader, 8);
        one->size = hf__symbol_msf_u32(&reader);
        one->address = hf__symbol_msf_u32(&reader);
        hf__symbol_msf_skip(&reader, 20);
        one->is_code = (hf__symbol_msf_u32(&reader) & CODE_SECTION) != 0;
    }
    hf__free(bytes);
}

/* The DBI stream: a header with the sizes of seven parts; the first lists the object files, the last names further streams. */
static hf_status read_dbi(hf__symbol_pdb *self, hf__msf *file, hf__symbol_msf_reader dbi, hf_error *err)
{
    hf__symbol_msf_reader header = hf__symbol_msf_part(&dbi, DBI_HEADER_BYTES);
    hf__symbol_msf_skip(&header, 8);
    self->key.age = hf__symbol_msf_u32(&header);
    hf__symbol_msf_skip(&header, 8);
    uint32_t publics = hf__symbol_msf_u16(&header);
    hf__symbol_msf_skip(&header, 2);
    uint32_t sizes[5];
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        sizes[i] = hf__symbol_msf_u32(&header); /* object files, contributions, section map, sources, type servers */
    hf__symbol_msf_skip(&header, 4);
    uint32_t streams_bytes = hf__symbol_msf_u32(&header), ec_bytes = hf__symbol_msf_u32(&header);
    hf__symbol_msf_reader modules = hf__symbol_msf_part(&dbi, sizes[0]);
    for (size_t i = 1; i < sizeof sizes / sizeof sizes[0]; i++)
        hf__symbol_msf_skip(&dbi, sizes[i]);
    hf__symbol_msf_skip(&dbi, ec_bytes);
    hf__symbol_msf_reader streams = hf__symbol_msf_part(&dbi, streams_bytes);
    hf__symbol_msf_skip(&streams, 10); /* the sixth is of section headers */
    uint32_t sections = hf__symbol_msf_u16(&streams);
    if (header.is_cut || dbi.is_cut || streams.is_cut)
        return HF_FAIL(err, HF_ERROR_FORMAT, "its list of object files is cut short");

    read_sections(self, file, sections);
    while (hf__symbol_msf_left(&modules) >= MODULE_INFO_BYTES)
        read_module(self, file, next_module(&modules));
    size_t size = 0;
    char *bytes = publics != NO_STREAM ? hf__symbol_msf_take(file, publics, &size) : NULL;
    read_symbols(self, hf__symbol_msf_reader_of(bytes, size));
    hf__free(bytes);
    return HF_OK;
}

/* The map of named streams, a hash table: its names; how many entries; which places are taken; then a name's place and its stream for each. */
static uint32_t named_stream(hf__symbol_msf_reader info, const char *wanted)
{
    hf__symbol_msf_reader names = hf__symbol_msf_part(&info, hf__symbol_msf_u32(&info));
    uint32_t count = hf__symbol_msf_u32(&info);
    hf__symbol_msf_skip(&info, 4);

    for (unsigned i = 0; i < 2; i++) { /* the places that are taken, and those that were */
        uint32_t words = hf__symbol_msf_u32(&info);
        hf__symbol_msf_skip(&info, 4ull * words);
    }

    for (uint32_t i = 0; i < count && hf__symbol_msf_left(&info) >= 8; i++) {
        hf__symbol_msf_reader at = names;
        hf__symbol_msf_skip(&at, hf__symbol_msf_u32(&info));
        uint32_t stream = hf__symbol_msf_u32(&info);
        hf_text name = hf__symbol_msf_name(&at);
        if (!at.is_cut && name.size_bytes == strlen(wanted) && memcmp(name.pointer, wanted, name.size_bytes) == 0)
            return stream;
    }

    return NO_STREAM;
}

/* Signature, version, size, then the names, each ended by NUL; hf__symbol_msf_take adds a last one. */
static void read_strings(hf__symbol_pdb *self, hf__msf *file, uint32_t stream)
{
    const size_t header = 12;
    size_t size = 0;
    char *bytes = stream != NO_STREAM ? hf__symbol_msf_take(file, stream, &size) : NULL;
    if (bytes != NULL && size > header) {
        self->strings_bytes = size - header;
        self->strings = hf__allocate(self->strings_bytes + 1, 1);
        memcpy(self->strings, bytes + header, self->strings_bytes);
    }
    hf__free(bytes);
}

static hf_status read_info(hf__symbol_pdb *self, hf__msf *file, hf_error *err)
{
    size_t size = 0;
    char *bytes = hf__symbol_msf_take(file, STREAM_INFO, &size);
    hf__symbol_msf_reader info = hf__symbol_msf_reader_of(bytes, size);
    hf__symbol_msf_skip(&info, 12);
    for (size_t i = 0; i < sizeof self->key.guid; i++)
        self->key.guid[i] = hf__symbol_msf_u8(&info);
    if (!info.is_cut)
        read_strings(self, file, named_stream(info, "/names"));
    hf__free(bytes);
    return info.is_cut ? HF_FAIL(err, HF_ERROR_FORMAT, "it does not say which build it belongs to") : HF_OK;
}

static int by_address(const void *a, const void *b)
{
    const hf__symbol_binary_function *one = a, *other = b;
    if (one->low != other->low)
        return one->low < other->low ? -1 : 1;
    if (one->high != other->high)
        return one->high > other->high ? -1 : 1; /* a procedure before a public symbol */
    return strcmp(one->name, other->name);
}

static int by_line(const void *a, const void *b)
{
    const line_range *one = a, *other = b;
    return one->low != other->low ? (one->low < other->low ? -1 : 1) : (one->high > other->high) - (one->high < other->high);
}

static uint64_t end_of_section(const hf__symbol_pdb *self, uint64_t low)
{
    for (size_t i = 0; i < self->section_count; i++)
        if (low >= self->sections[i].address && low - self->sections[i].address < self->sections[i].size)
            return (uint64_t)self->sections[i].address + self->sections[i].size;
    return low;
}

/* One name per address: a linker that finds equal functions keeps one of them, under all their names. */
static void settle(hf__symbol_pdb *self)
{
    size_t kept = 0;
    if (self->count > 0)
        qsort(self->functions, self->count, sizeof *self->functions, by_address);
    for (size_t i = 0; i < self->count; i++)
        if (kept == 0 || self->functions[kept - 1].low != self->functions[i].low)
            self->functions[kept++] = self->functions[i];
    self->count = kept;
    uint64_t next = UINT64_MAX;
    for (size_t i = self->count; i-- > 0;) {
        hf__symbol_binary_function *one = &self->functions[i];
        uint64_t end = one->high != 0 ? one->high : end_of_section(self, one->low);
        one->high = next < end ? next : end;
        next = one->low;
    }

    if (self->line_count > 0)
        qsort(self->lines, self->line_count, sizeof *self->lines, by_line);
}

hf_status hf__symbol_pdb_read(hf_text bytes, hf__symbol_pdb **out, hf_error *err)
{
    hf__msf *file = NULL;
    *out = NULL;
    hf_status status = hf__symbol_msf_open(bytes, &file, err);
    if (status != HF_OK)
        return status;

    hf__symbol_pdb *self = hf__allocate(1, sizeof *self);
    status = read_info(self, file, err);
    if (status == HF_OK) {
        size_t size = 0;
        char *dbi = hf__symbol_msf_take(file, STREAM_DBI, &size);
        status = read_dbi(self, file, hf__symbol_msf_reader_of(dbi, size), err);
        hf__free(dbi);
    }
    hf__symbol_msf_close(file);

    settle(self);
    if (status == HF_OK)
        *out = self;
    else
        hf__symbol_pdb_destroy(self);
    return status;
}

void hf__symbol_pdb_destroy(hf__symbol_pdb *pdb)
{
    if (pdb == NULL)
        return;
    for (size_t i = 0; i < pdb->name_count; i++)
        hf__free(pdb->names[i]);
    hf__free(pdb->names);
    hf__free(pdb->functions);
    hf__free(pdb->lines);
    hf__free(pdb->sections);
    hf__free(pdb->strings);
    hf__free(pdb);
}

hf__symbol_pdb_key hf__symbol_pdb_key_of(const hf__symbol_pdb *pdb)
{
    return pdb->key;
}

bool hf__symbol_pdb_has_procedures(const hf__symbol_pdb *pdb)
{
    return pdb->has_procedures;
}

const hf__symbol_binary_function *hf__symbol_pdb_functions(const hf__symbol_pdb *pdb, size_t *count)
{
    *count = pdb->count;
    return pdb->functions;
}

/* The last range that begins at or before the offset, if it reaches that far. */
const char *hf__symbol_pdb_line(const hf__symbol_pdb *pdb, uint64_t offset, uint32_t *line)
{
    size_t first = 0;
    for (size_t end = pdb->line_count; first < end;) {
        size_t middle = first + (end - first) / 2;
        if (pdb->lines[middle].low <= offset)
            first = middle + 1;
        else
            end = middle;
    }
    *line = 0;
    const line_range *range = first > 0 ? &pdb->lines[first - 1] : NULL;
    if (range == NULL || offset >= range->high || range->file == NULL || range->line == 0)
        return NULL;
    *line = range->line;
    return range->file;
}
