/* SPDX-License-Identifier: MIT
 * Turns your own caller or host into a fuzz target, with one function, one macro and one library (hostfault::fuzz).
 *
 *     static hf_caller_end work(hf_caller_run *run) { ... run->manager ... run->data, run->data_bytes ... }
 *     HF_FUZZ_FUNCTION(work)
 *
 * The macros define the functions that libFuzzer, AFL++, honggfuzz and similar engines call (LLVMFuzzerTestOneInput, LLVMFuzzerInitialize,
 * LLVMFuzzerCustomMutator, LLVMFuzzerCustomCrossOver). An input is your data, followed by a fault schedule if the input ends in a mark
 * (harness/src/codec/README.md). Your function gets only its data, so a FuzzedDataProvider works as usual, and an existing corpus is a corpus of runs
 * without faults.
 *
 * Each execution runs your function with a wrapped host. It is judged by the rules of `hostfault run`, against a run of the same data without faults:
 * broken contract, leaked memory, failed check, success with a different result, a storm of retries. A finding prints the injected faults and ends
 * the process by abort(); so does a finding of a sanitizer. Faults that no correct host causes (false success, undocumented results, out-parameters
 * that are not null) are injected only with HF_FUZZ_FAULTS=all.
 *
 * The function must keep no state between calls: what it does may depend only on its data and the host's answers, otherwise the outcome is
 * `unstable`. Under `hostfault run -- TARGET INPUT` the target joins the session, runs the input's data once under the session's plan, and exits with
 * the value that the function returned: a finding is replayed from a script in this way.
 *
 * HF_FUZZ_HOST(create) makes a target of your own host, whose answers are checked for consistency.
 *
 * Threads: call everything here from the engine's one thread. Your function may start threads, and must join them.
 */
#ifndef HF_FUZZ_H
#define HF_FUZZ_H

#include <hostfault/caller.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Something that does not count as a finding. State the reason in a comment beside each. An engine cannot continue after a crash: if a fault of some
 * method always leads to a known crash, "fault of VirtualFree" skips the inputs that can fail that method. */
typedef struct hf_fuzz_accepted {
    const char *caller; /* the caller that it is for; NULL: every caller */
    const char *what;   /* an outcome ("leaked"), a clause ("request after E_FAIL"), or "fault of METHOD" */
} hf_fuzz_accepted;

/* A target with several callers, or with accepted findings. The last bytes of an input select the caller, modulo their number. Everything is borrowed
 * for the life of the process. */
typedef struct hf_fuzz_target {
    uint32_t struct_size;  /* sizeof(hf_fuzz_target) */
    uint32_t caller_count; /* of callers, at least 1 */
    const hf_caller *const *callers;
    const hf_fuzz_accepted *accepted;
    uint32_t accepted_count;     /* of accepted, which may be NULL if it is 0 */
    uint32_t data_are_arguments; /* 1: the data are command-line arguments (argc, argv), each ended by a NUL; they are mutated rarely */
} hf_fuzz_target;

/* For code under test that calls _exit: ends the current execution as if the process had ended by _exit(status), and does not return. Returns, and
 * does nothing, if no execution is running, or on another thread than the engine's. Call it instead of _exit, or from your own definition of _exit.
 */
HF_API void hf_fuzz_exit(int status);

/* The functions below are what the macros define the engine's functions by. */

/* LLVMFuzzerInitialize: reads the variables HF_FUZZ_FAULTS and HF_FUZZ_CALLER. Returns 0. */
HF_API int hf_fuzz_initialize(int *argc, char ***argv);
/* LLVMFuzzerTestOneInput: runs and judges one input. Returns 0, or -1 if the input is not for the corpus. A finding ends the process by abort(); an
 * execution that hostfault cannot run or judge does too, with a message on stderr. */
HF_API int hf_fuzz_input(const hf_fuzz_target *target, const uint8_t *data, size_t size_bytes);
/* LLVMFuzzerCustomMutator: changes the schedule of an input in place, or its data by `mutate` (the engine's mutator; NULL: a simple built-in one).
 * Data that are arguments are changed rarely. Returns the new size, at most size_max. */
HF_API size_t hf_fuzz_mutate(uint8_t *data, size_t size_bytes, size_t size_max, unsigned seed, int data_are_arguments,
                             size_t (*mutate)(uint8_t *, size_t, size_t));
/* LLVMFuzzerTestOneInput for a host: creates one by `create`, makes calls that the data select, and releases it. Checks that memory that the host
 * returned exists, is zero at first, overlaps no other, keeps its contents and is described correctly by VirtualQuery, and that a failed call returns
 * a null pointer. Returns 0; a violation ends the process by abort(). */
HF_API int hf_fuzz_host_input(HRESULT (*create)(IHostMemoryManager **out), const uint8_t *data, size_t size_bytes);
/* LLVMFuzzerCustomCrossOver: writes the data of a, with rules of both, to out. Returns the size, at most size_max; 0 if the data do not fit. */
HF_API size_t hf_fuzz_cross(const uint8_t *a, size_t a_bytes, const uint8_t *b, size_t b_bytes, uint8_t *out, size_t size_max, unsigned seed);

/* libFuzzer's own mutator; other engines do not have it. */
#if defined(__GNUC__)
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size) __attribute__((weak));
#define HF_FUZZ_ENGINE_MUTATE LLVMFuzzerMutate
#else
#define HF_FUZZ_ENGINE_MUTATE ((size_t(*)(uint8_t *, size_t, size_t))0)
#endif

#ifdef __cplusplus
#define HF_FUZZ_EXTERN extern "C"
#else
#define HF_FUZZ_EXTERN extern
#endif

/* Defines only the two mutators, for a target whose inputs have a schedule and which has its own oracle. */
#define HF_FUZZ_MUTATORS(data_are_arguments)                                                                                                         \
    HF_FUZZ_EXTERN size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);                                       \
    HF_FUZZ_EXTERN size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out, size_t max_size, \
                                                    unsigned seed);                                                                                  \
    size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)                                                       \
    {                                                                                                                                                \
        return hf_fuzz_mutate(data, size, max_size, seed, data_are_arguments, HF_FUZZ_ENGINE_MUTATE);                                                \
    }                                                                                                                                                \
    size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out, size_t max_size, unsigned seed) \
    {                                                                                                                                                \
        return hf_fuzz_cross(a, a_size, b, b_size, out, max_size, seed);                                                                             \
    }

/* Defines a whole target, from an hf_fuzz_target. */
#define HF_FUZZ_TARGET(target)                                                                                                                       \
    HF_FUZZ_EXTERN int LLVMFuzzerInitialize(int *argc, char ***argv);                                                                                \
    HF_FUZZ_EXTERN int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);                                                                     \
    int LLVMFuzzerInitialize(int *argc, char ***argv)                                                                                                \
    {                                                                                                                                                \
        return hf_fuzz_initialize(argc, argv);                                                                                                       \
    }                                                                                                                                                \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)                                                                                     \
    {                                                                                                                                                \
        return hf_fuzz_input(&(target), data, size);                                                                                                 \
    }                                                                                                                                                \
    HF_FUZZ_MUTATORS((target).data_are_arguments != 0)

/* Defines a whole target with one hf_caller, which may have a check. */
#define HF_FUZZ_CALLER(caller)                                                                                                                       \
    static const hf_caller *const hf_fuzz_callers[] = {&(caller)};                                                                                   \
    static const hf_fuzz_target hf_fuzz_the_target = {sizeof(hf_fuzz_target), 1, hf_fuzz_callers, 0, 0, 0};                                          \
    HF_FUZZ_TARGET(hf_fuzz_the_target)

/* Defines a whole target with one function: hf_caller_end function(hf_caller_run *run). */
#define HF_FUZZ_FUNCTION(function)                                                                                                                   \
    static const hf_caller hf_fuzz_the_caller = {sizeof(hf_caller), HF_SEES_HRESULT, "fuzz-" #function, #function, function, 0, 0};                  \
    HF_FUZZ_CALLER(hf_fuzz_the_caller)

/* Defines a whole target for a host, from the function that creates it: HRESULT create(IHostMemoryManager **out). */
#define HF_FUZZ_HOST(create)                                                                                                                         \
    HF_FUZZ_EXTERN int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);                                                                     \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)                                                                                     \
    {                                                                                                                                                \
        return hf_fuzz_host_input(create, data, size);                                                                                               \
    }

#ifdef __cplusplus
}
#endif
#endif
