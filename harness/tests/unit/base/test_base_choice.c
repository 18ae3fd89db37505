/* SPDX-License-Identifier: MIT
 * Choices among names: what matches, and the message for a part that matches nothing.
 */
#include "base_choice.h"
#include "hf_rows.h"

#include <string.h>

static const struct {
    const char *label, *choice, *name;
    int has;
} choices[] = {
    {"no choice has all", NULL, "E_FAIL", 1},
    {"one name", "E_FAIL", "E_FAIL", 1},
    {"another name", "E_FAIL", "E_FAI", 0},
    {"small letters", "e_fail", "E_FAIL", 1},
    {"the second of a list", "E_OUTOFMEMORY,E_FAIL", "E_FAIL", 1},
    {"with a blank behind the comma", "E_OUTOFMEMORY, e_fail", "E_FAIL", 1},
    {"a pattern in a list", "Virtual*,Malloc.*", "Malloc.Alloc", 1},
    {"none of a list", "Virtual*,Malloc.*", "Control.GetHostManager", 0},
    {"a name with a comma", "f(int, int)", "f(int, int)", 1},
    {"an empty part is no name", "E_FAIL,", "E_UNEXPECTED", 0},
};
HF_ROWS(base_choice, a_choice_has_names, choices)
{
    cr_assert(eq(int, hf__choice_has(choices[*number].choice, choices[*number].name), choices[*number].has), "%s", choices[*number].label);
}

static const struct {
    const char *label, *choice, *message;
} checks[] = {
    {"all are there", "alpha,gam*", ""},
    {"one letter is wrong", "alpah", "no letter is called 'alpah'; did you mean 'alpha'?"},
    {"small letters are near", "ALPAH", "no letter is called 'ALPAH'; did you mean 'alpha'?"},
    {"the second part is wrong", "alpha,beat", "no letter is called 'beat'; did you mean 'beta'?"},
    {"near none", "omega-minus", "no letter is called 'omega-minus': see 'list letters'"},
    {"a pattern that matches nothing", "x*y*z*", "no letter is called 'x*y*z*': see 'list letters'"},
    {"an empty part", "alpha,", "no letter is called '': see 'list letters'"},
    {"empty", "", "no letter is called '': see 'list letters'"},
};
HF_ROWS(base_choice, a_part_that_matches_nothing_is_refused, checks)
{
    static const char *const names[] = {"alpha", "beta", "gamma", NULL};
    hf_error err = {.message = ""};
    hf_status status = hf__choice_check(checks[*number].choice, names, "letter", "see 'list letters'", &err);
    cr_assert(eq(int, status == HF_OK, checks[*number].message[0] == '\0'), "%s", checks[*number].label);
    cr_assert(eq(str, err.message, (char *)(uintptr_t)checks[*number].message), "%s", checks[*number].label);
}
