/* SPDX-License-Identifier: MIT
 * One sentence of advice for each outcome.
 */
#include "report_advice.h"

#include "base_poison.h"

const char *hf__report_advice(hf_outcome outcome)
{
    switch (outcome) {
    case HF_OUTCOME_CRASHED: return "Check the result of the request before it is used, and let the code after it work without the memory.";
    case HF_OUTCOME_ABORTED: return "Return the failure to the caller instead of ending the process.";
    case HF_OUTCOME_HUNG: return "On the failing path, undo what was begun: release the lock, clear the flag, wake the waiter.";
    case HF_OUTCOME_UNSTABLE: return "First make two fault-free runs agree: fix the random seed, or run on an idle machine.";
    case HF_OUTCOME_STORM: return "Give up after a bounded number of tries.";
    case HF_OUTCOME_VIOLATED:
        return "On the failing path, keep the contract: release each resource once, with its own function, and make no further call where the "
               "interface forbids it.";
    case HF_OUTCOME_CORRUPTED: return "Leave the stored data as it was when a step of a change fails.";
    case HF_OUTCOME_SWALLOWED: return "Report the failure: the program claims success with another result.";
    case HF_OUTCOME_EXITED: return "Return an error instead of ending the process from inside a call.";
    case HF_OUTCOME_LEAKED: return "On the failing path, free what was allocated before the failure.";
    case HF_OUTCOME_UNFIRED: return "Check that the rule matches a call that the program still makes.";
    case HF_OUTCOME_REPORTED:
    case HF_OUTCOME_OK:
    case HF_OUTCOME_COUNT: break;
    }

    return "";
}
