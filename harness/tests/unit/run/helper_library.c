/* SPDX-License-Identifier: MIT
 * Functions that test_run_symbol.c looks up by name: it compares the results with their real addresses, which the program prints.
 */
int helper_add(int a, int b);
int helper_add_twice(int a, int b);
int helper_weigh(int a);

__attribute__((noinline)) int helper_add(int a, int b)
{
    return a + b;
}

__attribute__((noinline)) int helper_add_twice(int a, int b)
{
    return helper_add(a, b) + helper_add(b, a);
}

/* As the compiler names a part that it split off. */
__asm__(".text\n.type helper_weigh.part.0, @function\nhelper_weigh.part.0:\n nop\n ret\n.size helper_weigh.part.0, . - helper_weigh.part.0\n");

__attribute__((noinline)) int helper_weigh(int a)
{
    return a * 3;
}
