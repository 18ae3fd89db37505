/* SPDX-License-Identifier: MIT
 * Writes seeds for the fuzz target `trace`: the records of the caller "planted" under one fault after another, in that target's input format.
 * usage: fuzz_seed_trace FOLDER
 */
#include "caller_planted.h"
#include "fuzz_run.h"

#include <stdio.h>
#include <string.h>

#define SEEDS 24u

static void write_seed(const char *folder, unsigned number)
{
    const hf_session *session = &hf__shim.session;
    char path[4096];
    snprintf(path, sizeof path, "%s/planted-%02u", folder, number);
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return;
    fwrite("\0\0", 1, 3, file);
    for (uint32_t i = 0; i < session->control->chunks_taken; i++) {
        const hf_slot_main *slots = (const hf_slot_main *)(const void *)(session->chunks + (size_t)i * HF_CHUNK_BYTES);
        uint32_t thread = ((const hf_slot_head *)(const void *)slots)->thread;
        unsigned count = 0;
        while (count < 255 && (slots[1 + count].state & HF_SLOT_STATE_MASK) != HF_SLOT_EMPTY)
            count++;
        const uint8_t head[] = {(uint8_t)(thread == HF_THREAD_TOOL ? 5 : thread % 3), (uint8_t)count};
        fwrite(head, 1, sizeof head, file);
        fwrite(slots + 1, HF_SLOT_BYTES, count, file);
    }
    const size_t plan = session->plan->rule_count; /* the plan is the schedule's, so that rules and tickets mean something */
    const uint8_t schedule[] = {0, HF_METHOD_VIRTUAL_ALLOC, (uint8_t)number, (uint8_t)(number % 4), 0, 0, plan > 0 ? 5 : 0, 0, 0xF5, 'H', 'f'};
    fwrite(schedule, 1, sizeof schedule, file);
    fclose(file);
}

int main(int argc, char **argv)
{
    static hf_schedule schedule;
    static uint64_t plan[8192];
    hf_error err;
    const hf_fuzz_work work = {.caller = &hf_caller_planted, .operations = (const uint8_t *)""};
    for (unsigned i = 0; argc > 1 && i < SEEDS; i++) {
        const uint8_t bytes[] = {0, HF_METHOD_VIRTUAL_ALLOC, (uint8_t)i, (uint8_t)(i % 4), 0};
        size_t plan_bytes = 0;
        hf_caller_end end;
        hf_trace *trace = NULL;
        hf__codec_decode_schedule(bytes, sizeof bytes, &schedule);
        bool made = hf__codec_compile(&schedule, plan, sizeof plan, &plan_bytes, &err) == HF_OK &&
                    hf__fuzz_run(&work, plan, plan_bytes, NULL, &end, &err) == HF_OK && hf__fuzz_read_trace(end, &trace, &err) == HF_OK;
        if (!made) {
            fprintf(stderr, "fuzz_seed_trace: %s\n", err.message);
            return 1;
        }
        write_seed(argv[1], i);
        (void)hf__fuzz_give_back();
        hf_trace_destroy(trace);
    }
    return argc > 1 ? 0 : 2;
}
