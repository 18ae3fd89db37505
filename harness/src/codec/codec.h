/* SPDX-License-Identifier: MIT
 * Fuzz inputs: bytes to a schedule of faults and operations, and back.
 *
 *     input = operations, schedule, tail        tail = caller (1 byte), bytes of the schedule (2, low first), F5 48 66
 *
 * The operations belong to the caller: they are its arguments, or whatever a user's own target makes of them. An input without a tail has no schedule
 * and consists of operations alone. So any existing corpus is one of runs without faults, and a consumer that takes from both ends of its data finds
 * them where it did before. The schedule is a list of items: a key's byte (modulo the number of keys) and its value, see codec_key.def and README.md.
 * `fault` begins a rule, and the items after it change that rule.
 *
 * Every input decodes: what is missing at the end reads as 0, and what makes no sense is repaired or dropped, so a schedule is always one that a
 * scenario script could express. A rule takes at least five bytes: small inputs have few faults, and an empty one has none.
 *
 * Threads: pure except for the schedule that is passed in.
 */
#ifndef HF_CODEC_H
#define HF_CODEC_H

#include "model_rule.h"

#define HF_CODEC_TAIL_BYTES 6u
#define HF_CODEC_SCHEDULE_BYTES_MAX 65535u
#define HF_CODEC_TEXT_MAX 47u
#define HF_CODEC_ARGUMENTS_MAX 32u

typedef enum hf_codec_key {
#define HF_CODEC_KEY(id, name, bytes) HF_CODEC_KEY_##id,
#define HF_CODEC_VALUE(id, name, bytes, key) HF_CODEC_KEY_##id,
#include "codec_key.def"
#undef HF_CODEC_KEY
#undef HF_CODEC_VALUE
    HF_CODEC_KEY_COUNT
} hf_codec_key;

/* What an input says, but for the operations. Rules have no ranges of code; thread and phase are 1-based indices into the labels. */
typedef struct hf_schedule {
    uint8_t caller;
    uint64_t seed;
    uint64_t commit_limit;
    uint32_t storm_limit, stack_depth;
    uint32_t rule_count, thread_count, phase_count;
    char threads[HF_LABELS_MAX][HF_CODEC_TEXT_MAX + 1];
    char phases[HF_LABELS_MAX][HF_CODEC_TEXT_MAX + 1];
    char names[HF_RULES_MAX][HF_CODEC_TEXT_MAX + 1]; /* "": fault-N */
    hf_rule rules[HF_RULES_MAX];
} hf_schedule;

/* Splits an input. Returns how many bytes of it are operations. */
size_t hf__codec_decode(const uint8_t *data, size_t size_bytes, hf_schedule *out);
/* The same, looking for the tail alone: the operations' bytes, the schedule's (NULL: none) and the caller's number. */
size_t hf__codec_split(const uint8_t *data, size_t size_bytes, const uint8_t **schedule, size_t *schedule_bytes, uint8_t *caller);
/* Decodes a schedule by itself. */
void hf__codec_decode_schedule(const uint8_t *bytes, size_t size_bytes, hf_schedule *out);

/* Writes a schedule with its tail. Returns its bytes; 0 if they are more than capacity, or than a schedule can have. What decodes is the same
 * schedule if that was in order (hf__codec_repair). */
size_t hf__codec_encode(const hf_schedule *schedule, uint8_t *buffer, size_t capacity);

/* Puts everything right that the scenario language would refuse: rules become ones that it has words for, or go. */
void hf__codec_repair(hf_schedule *schedule);
/* Takes out the rules that no host may follow by its documentation: false success, undocumented answers, out-parameters that are not null. */
void hf__codec_keep_lawful(hf_schedule *schedule);
/* Takes a rule out; gates on it are open from then on. */
void hf__codec_remove_rule(hf_schedule *schedule, uint32_t rule);
/* The index of a label, added if it is new; 0 if there is no room. */
uint8_t hf__codec_thread(hf_schedule *schedule, const char *label);
uint8_t hf__codec_phase(hf_schedule *schedule, const char *label);
/* The name of a rule, given or "fault-N", in buffer if it was not given. */
const char *hf__codec_rule_name(const hf_schedule *schedule, uint32_t rule, char *buffer, size_t capacity);

/* The usual faults of a method, by number: its documented failures, then its lies. Sets them in a rule that has none. */
unsigned hf__codec_fault_count(hf_method method);
void hf__codec_set_fault(hf_rule *rule, hf_method method, unsigned number);

/* Operations as a caller's arguments: each is ended by a NUL (the last need not be), and what is no printable ASCII is '?'. Fills buffer with
 * their text and arguments with pointers into it, at most HF_CODEC_ARGUMENTS_MAX; returns how many there are. */
int hf__codec_arguments(const uint8_t *operations, size_t size_bytes, char *buffer, size_t capacity, char **arguments);

/* The compiled plan of a schedule, for an execution in this process: nothing is waited for. HF_PLAN_BYTES_MAX is always enough.
 */
HF_CHECK_RESULT hf_status hf__codec_compile(const hf_schedule *schedule, void *buffer, size_t capacity, size_t *size_bytes, hf_error *err);

/* The callers that the number in the tail means, modulo their number, in the shipped target; a scenario names them. */
unsigned hf__codec_caller_count(void);
const char *hf__codec_caller_name(unsigned number);
/* -1: none of that name. */
int hf__codec_caller_by_name(const char *name);

#endif
