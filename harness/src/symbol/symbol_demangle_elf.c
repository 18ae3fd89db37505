/* SPDX-License-Identifier: MIT
 * C++ names in readable form, by the C++ library's own function (Itanium C++ ABI, 3.4). It is looked up at the first name, so the tool needs no C++
 * library, neither to build nor to run.
 */
#include "heap_alloc.h"
#include "symbol_function.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

typedef char *demangle_name(const char *name, char *buffer, size_t *length, int *status);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static demangle_name *demangle;

static void find_demangle(void)
{
    static const char *const libraries[] = {"libstdc++.so.6", "libc++abi.so.1"};
    for (size_t i = 0; demangle == NULL && i < sizeof libraries / sizeof libraries[0]; i++) {
        void *library = dlopen(libraries[i], RTLD_NOW | RTLD_LOCAL);
        void *found = library != NULL ? dlsym(library, "__cxa_demangle") : NULL;
        memcpy(&demangle, &found, sizeof demangle); /* ISO C has no cast from void * to a function */
    }
}

char *hf__symbol_demangle(const char *symbol)
{
    (void)pthread_once(&once, find_demangle);
    int status = 0;
    char *told = demangle != NULL ? demangle(symbol, NULL, NULL, &status) : NULL;
    char *copy = told != NULL ? hf__copy_string(told) : NULL;
    free(told);
    return copy;
}
