/* SPDX-License-Identifier: MIT
 * Strips names. Compilers add words after a dot (GCC: symtab clones, cgraphclones.cc; LLVM: .llvm.NUMBER); the linker adds a version after an @; Rust
 * adds a hash of the build.
 */
#include "symbol_function.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base_poison.h"

static const char *const additions[] = {"constprop", "isra",     "part", "cold",    "lto_priv", "llvm", "localalias", "ipa",
                                        "clone",     "resolver", "warm", "default", "avx2",     "sse2", "ctor",       "dtor"};

/* Does one of the words stand here, whole? */
static bool is_addition(const char *text)
{
    for (size_t i = 0; i < HF_COUNT_OF(additions); i++) {
        size_t length = strlen(additions[i]);
        if (strncmp(text, additions[i], length) == 0 && (text[length] == '\0' || text[length] == '.' || text[length] == '@'))
            return true;
    }
    return false;
}

static size_t plain_length(const char *symbol)
{
    size_t at = 1; /* a name may begin with either */
    while (symbol[0] != '\0' && symbol[at] != '\0' && symbol[at] != '@' && !(symbol[at] == '.' && is_addition(symbol + at + 1)))
        at++;
    return symbol[0] == '\0' ? 0 : at;
}

/* The parenthesis that begins the parameters: not in <>, and neither of "operator()" nor "(anonymous namespace)". */
static const char *parameters_of(const char *name)
{
    unsigned angles = 0;
    for (const char *c = name; *c != '\0'; c++) {
        bool is_operator = hf__text_starts_with(hf__text(c), "operator");
        if (is_operator) {
            c += strlen("operator");
            while (*c != '\0' && strchr("()<>=-+*/%!&|^~[], ", *c) != NULL && !(*c == '(' && c[1] != ')'))
                c += *c == '(' ? 2 : 1;
        }
        if (*c == '\0')
            break;
        angles += *c == '<';
        angles -= *c == '>' && angles > 0;
        if (*c != '(' || angles > 0)
            continue;
        if (!hf__text_starts_with(hf__text(c), "(anonymous namespace)"))
            return c;
        c += strlen("(anonymous namespace)") - 1;
    }

    return name + strlen(name);
}

/* Instances of templates are told with what they return, before the name. */
static const char *name_start(const char *name, const char *end)
{
    unsigned depth = 0;
    const char *start = name;
    for (const char *c = name; c < end; c++) {
        if (hf__text_starts_with(hf__text(c), "operator"))
            break;
        depth += *c == '<' || *c == '(';
        depth -= (*c == '>' || *c == ')') && depth > 0;
        if (*c == ' ' && depth == 0)
            start = c + 1;
    }
    return start;
}

/* "::h0123456789abcdef" at the end. */
static size_t without_hash(const char *name, size_t length)
{
    if (length < 19 || strncmp(name + length - 19, "::h", 3) != 0)
        return length;
    for (size_t i = length - 16; i < length; i++)
        if (!isxdigit((unsigned char)name[i]))
            return length;
    return length - 19;
}

char *hf__symbol_function_name(const char *symbol)
{
    if (symbol[0] == '?') { /* of Microsoft's compiler; it has an @ where a version would be */
        char *name = hf__symbol_demangle(symbol);
        return name != NULL ? name : hf__copy_string(symbol);
    }
    char *plain = hf__copy_text((hf_text){symbol, plain_length(symbol)});
    char *told = hf__text_starts_with(hf__text(plain), "_Z") || hf__text_starts_with(hf__text(plain), "_R") ? hf__symbol_demangle(plain) : NULL;
    if (told == NULL)
        return plain;
    const char *end = parameters_of(told);
    const char *start = name_start(told, end);
    char *name = hf__copy_text((hf_text){start, without_hash(start, (size_t)(end - start))});
    hf__free(told);
    hf__free(plain);
    return name;
}
