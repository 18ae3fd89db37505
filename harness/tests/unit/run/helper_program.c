/* SPDX-License-Identifier: MIT
 * Prints the addresses of its own functions and the library's, as offsets from the load base, for test_run_symbol.c.
 */
#include <dlfcn.h>
#include <stdio.h>

int helper_add(int a, int b);
int helper_add_twice(int a, int b);
int program_only(int a);

__attribute__((noinline)) int program_only(int a)
{
    return a + 7;
}

static void print(const char *name, const void *address)
{
    Dl_info facts;
    if (dladdr(address, &facts) != 0)
        printf("%s %lx\n", name, (unsigned long)((const char *)address - (const char *)facts.dli_fbase));
}

int main(void)
{
    print("helper_add", (const void *)&helper_add);
    print("helper_add_twice", (const void *)&helper_add_twice);
    print("program_only", (const void *)&program_only);
    return helper_add_twice(program_only(1), 1) == 18 ? 0 : 1;
}
