/* SPDX-License-Identifier: MIT
 * What `hostfault doctor` checks on one system only: implemented in doctor_posix.c and doctor_windows.c.
 *
 * Threads: one.
 */
#ifndef HF_CLI_DOCTOR_H
#define HF_CLI_DOCTOR_H

#include "report_table.h"

#include <hostfault/error.h>
#include <stdbool.h>

typedef enum hf__fact_state { HF_FACT_OK, HF_FACT_NOTE, HF_FACT_FAIL } hf__fact_state;

typedef struct hf__doctor {
    const char *results, *callers; /* as given; NULL: not */
    hf_report_table table;
    bool has_failed;
    char *work; /* a folder of its own for trials */
} hf__doctor;

/* One row. */
void hf__cli_doctor_say(hf__doctor *self, hf__fact_state state, const char *what, const char *format, ...) HF_PRINTF(4, 5);
/* The rows of this system: starting and watching processes, memory, symbols. */
void hf__cli_doctor_check_system(hf__doctor *self);

#endif
