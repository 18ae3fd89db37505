/* SPDX-License-Identifier: MIT
 * A test author's program: reads a scenario and counts its rules.
 */
#include <hostfault/plan.h>
#include <hostfault/run.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    static const char script[] = "name: one\ncaller: lua\nfaults:\n  - call: VirtualAlloc\n    when: 2\n    return: E_OUTOFMEMORY\n";
    hf_scenario_file *file = NULL;
    static hf_errors errors;
    if (hf_scenario_parse("driver", (hf_text){script, strlen(script)}, &file, &errors) != HF_OK)
        return 1;
    int good = hf_scenario_count(file) == 1 && hf_scenario_at(file, 0)->rule_count == 1;
    hf_scenario_destroy(file);
    return good && puts("driver: good") >= 0 ? 0 : 2;
}
