/* SPDX-License-Identifier: MIT
 * The contract suite, from a program or from `hostfault contract`. With HF_CONTRACT set, the first manager that the program passes to hf_wrap is
 * tested and the program ends there. A program that calls hf_contract_run itself needs nothing of this.
 */
#include "contract.h"
#include "os_thread.h"
#include "shim_call.h"

#include "base_poison.h"

unsigned hf_contract_run_announced(IHostMemoryManager *manager, hf_contract_announce *announce, hf_contract_report *report, void *user)
{
    return hf__contract_run(
        &(hf__contract_suite){.manager = manager, .announce = announce, .report = report, .user = user, .is_recorded = hf_attached() != 0});
}

unsigned hf_contract_run(IHostMemoryManager *manager, hf_contract_report *report, void *user)
{
    return hf_contract_run_announced(manager, NULL, report, user);
}

void hf__shim_contract_if_asked(IHostMemoryManager *manager)
{
    if (manager == NULL || hf__contract_report_path() == NULL)
        return;
    (void)hf_contract_run(manager, NULL, NULL);
    hf__os_exit_now(0);
}

void hf__shim_contract_of_control_if_asked(IHostControl *control)
{
    IHostMemoryManager *manager = NULL;
    if (control == NULL || hf__contract_report_path() == NULL)
        return;
    if (SUCCEEDED(control->lpVtbl->GetHostManager(control, &HF_IID_IHostMemoryManager, (void **)&manager)))
        hf__shim_contract_if_asked(manager);
}
