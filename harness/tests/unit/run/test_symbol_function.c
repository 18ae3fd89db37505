/* SPDX-License-Identifier: MIT
 * Function names: compiler suffixes are removed, and C++ names are printed as people write them.
 */
#include "heap_alloc.h"
#include "hf_rows.h"
#include "symbol_function.h"

TestSuite(symbol_function, .timeout = 120);

static const struct {
    const char *symbol, *name;
} names[] = {
    {"luaH_resize", "luaH_resize"},
    {"grow.constprop.0", "grow"},
    {"grow.isra.3.part.0.cold", "grow"},
    {"grow.part.0", "grow"},
    {"table.lto_priv.7", "table"},
    {"memcpy@@GLIBC_2.14", "memcpy"},
    {"go.text.main", "go.text.main"},
    {".hidden", ".hidden"},
    {"", ""},
    {"_ZN3net6Buffer4growEm", "net::Buffer::grow"},
    {"_ZN3net6Buffer4growEm.constprop.0", "net::Buffer::grow"},
    {"_ZNK12_GLOBAL__N_14tree4findERKSs", "(anonymous namespace)::tree::find"},
    {"_ZN3boxclEi", "box::operator()"},
    {"_Z4makeIiEPT_m", "make<int>"},
    {"_ZnwmRKSt9nothrow_t", "operator new"},
    {"_ZN4core3ptr13drop_in_place17h0123456789abcdefE", "core::ptr::drop_in_place"},
    {"_Zbroken", "_Zbroken"},
};
HF_ROWS(symbol_function, is_told_as_people_write_it, names)
{
    char *got = hf__symbol_function_name(names[*number].symbol);
    cr_assert(eq(str, got, (char *)(uintptr_t)names[*number].name), "%s", names[*number].symbol);
    hf__free(got);
}
