/* SPDX-License-Identifier: MIT
 * The places where Windows debuggers look, in their order, without servers. _NT_SYMBOL_PATH is a list of FOLDER and srv*FOLDER*...*URL, separated by
 * semicolons. In a folder that a symbol server filled, a file is FOLDER/NAME/KEY/NAME (learn.microsoft.com, "Using symbol servers and symbol
 * stores").
 */
#include "symbol_pdb_find.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "os_file.h"
#include "system_machine.h"

#include <string.h>

#include "base_poison.h"

#define SYMBOL_PATH "_NT_SYMBOL_PATH="

typedef struct search {
    const hf__symbol_pdb_key *key;
    const char *name; /* the PDB's, without folder */
    hf__symbol_pdb *found;
    char *why; /* a file that is not the one: what is wrong with it */
} search;

static const char *last_component(const char *path)
{
    const char *name = path;
    for (const char *c = path; *c != '\0'; c++)
        if (*c == '/' || *c == '\\')
            name = c + 1;
    return name;
}

static bool is_same(hf__symbol_pdb_key a, const hf__symbol_pdb_key *b)
{
    return memcmp(a.guid, b->guid, sizeof a.guid) == 0 && a.age == b->age;
}

static void try_file(search *self, const char *path)
{
    const void *bytes = NULL;
    uint64_t size = 0;
    if (self->found != NULL || !hf__os_file_exists(path) || hf__os_map_read(path, &bytes, &size, NULL) != HF_OK)
        return;
    hf_error err = {0};
    hf__symbol_pdb *pdb = NULL;
    hf_status status = hf__symbol_pdb_read((hf_text){bytes, (size_t)size}, &pdb, &err);
    hf__os_unmap(bytes, size);

    if (status == HF_OK && is_same(hf__symbol_pdb_key_of(pdb), self->key)) {
        self->found = pdb;
        return;
    }

    hf__symbol_pdb_destroy(pdb);
    if (self->why == NULL)
        self->why = status == HF_OK ? hf__format("the %s that was found belongs to another build", self->name)
                                    : hf__format("%s cannot be read: %s", self->name, err.message);
}

/* The key of a symbol store: the GUID as Windows prints it, its first three numbers as such, and the age; all in hexadecimal. */
static char *store_key(const hf__symbol_pdb_key *key)
{
    const uint8_t *g = key->guid;
    return hf__format("%02X%02X%02X%02X%02X%02X%02X%02X%02X%02X%02X%02X%02X%02X%02X%02X%lX", g[3], g[2], g[1], g[0], g[5], g[4], g[7], g[6], g[8],
                      g[9], g[10], g[11], g[12], g[13], g[14], g[15], (unsigned long)key->age);
}

static void try_folder(search *self, hf_text folder)
{
    if (folder.size_bytes == 0)
        return;
    char *key = store_key(self->key);
    char *plain = hf__format("%.*s/%s", (int)folder.size_bytes, folder.pointer, self->name);
    char *stored = hf__format("%.*s/%s/%s/%s", (int)folder.size_bytes, folder.pointer, self->name, key, self->name);
    try_file(self, stored);
    try_file(self, plain);
    hf__free(stored);
    hf__free(plain);
    hf__free(key);
}

/* Cuts the text at the first mark, and moves it on behind it. */
static hf_text next_part(hf_text *text, char mark)
{
    const char *end = text->size_bytes > 0 ? memchr(text->pointer, mark, text->size_bytes) : NULL;
    hf_text part = {text->pointer, end != NULL ? (size_t)(end - text->pointer) : text->size_bytes};
    size_t passed = part.size_bytes + (end != NULL);
    *text = (hf_text){text->pointer + passed, text->size_bytes - passed};
    return part;
}

/* srv*, symsrv*DLL* and cache* are words of it that name no folder; neither does what has a scheme, as https://... */
static bool is_folder(hf_text part)
{
    static const char *const words[] = {"srv", "SRV", "symsrv", "cache", "symsrv.dll"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (hf__text_equal_string(part, words[i]))
            return false;
    return !hf__text_starts_with(part, "http://") && !hf__text_starts_with(part, "https://");
}

static void try_symbol_path(search *self)
{
    hf_text path = {NULL, 0};
    for (const char *const *entry = hf__system_environment_all(); *entry != NULL; entry++)
        if (strncmp(*entry, SYMBOL_PATH, strlen(SYMBOL_PATH)) == 0)
            path = hf__text(*entry + strlen(SYMBOL_PATH));
    while (path.size_bytes > 0) {
        hf_text element = next_part(&path, ';');
        while (element.size_bytes > 0) {
            hf_text part = next_part(&element, '*');
            if (is_folder(part))
                try_folder(self, part);
        }
    }
}

hf__symbol_pdb *hf__symbol_pdb_find(const char *program, const char *named, const hf__symbol_pdb_key *key, char **why)
{
    search self = {.key = key, .name = last_component(named)};
    char *beside = hf__format("%.*s%s", (int)(last_component(program) - program), program, self.name);
    bool is_remote = (named[0] == '\\' || named[0] == '/') && (named[1] == '\\' || named[1] == '/');
    try_file(&self, beside);
    try_symbol_path(&self);
    if (!is_remote && self.name != named) /* a program from elsewhere must not make this machine log in to a server of its choice */
        try_file(&self, named);

    *why = NULL;
    if (self.found == NULL && self.why == NULL)
        self.why = hf__format("%s is neither beside it nor in a folder of _NT_SYMBOL_PATH", self.name);
    if (self.found == NULL)
        *why = self.why;
    else
        hf__free(self.why);
    hf__free(beside);
    return self.found;
}
