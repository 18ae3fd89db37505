/* SPDX-License-Identifier: MIT */
/* Mono: descriptions of methods, read. No runtime is started, which would read files and make threads; what it asks for comes from the same functions
 * (eglib).
 *
 * Debian builds Mono without ENABLE_OVERRIDABLE_ALLOCATORS: mono_set_allocator_vtable() says TRUE there, and nothing ever calls the functions. Such a
 * Mono is swept as it is, without adapt.h: `hostfault sweep -- mono program.exe`. */
#include "cookbook.h"

#include <mono/metadata/debug-helpers.h>
#include <mono/utils/mono-publib.h>

static int read_description(const char *text)
{
    MonoMethodDesc *description = mono_method_desc_new(text, 1);
    if (description == NULL)
        return 0;
    mono_method_desc_free(description);
    return 1;
}

int main(void)
{
    static const char *const texts[] = {"System.String:Concat(string,string)", "System.Console:WriteLine(int)", ":Main()",
                                        "System.IO.File:Open(string)", "List`1:Add(System.Object)"};
    MonoAllocatorVTable table = {MONO_ALLOCATOR_VTABLE_VERSION, hf_adapt_malloc, hf_adapt_realloc, hf_adapt_free, hf_adapt_calloc};
    int count = 0;
    (void)hf_attach(NULL); /* adapt.h would do it, if it were asked */
    if (!mono_set_allocator_vtable(&table))
        return cookbook_end(0, "another version of the table");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        count += read_description(texts[i]);
    return cookbook_end(count == 5, count == 5 ? "5 descriptions" : "no descriptions");
}
