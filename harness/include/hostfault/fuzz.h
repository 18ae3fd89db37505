/* SPDX-License-Identifier: MIT
 * A caller of yours, or a host, as a fuzz target: one function of yours, one line, one library (hostfault::fuzz).
 *
 *     static hf_caller_end work(hf_caller_run *run) { ... run->manager ... run->data, run->data_bytes ... }
 *     HF_FUZZ_FUNCTION(work)
 *
 * The macros define what libFuzzer, AFL++, honggfuzz and the like call (LLVMFuzzerTestOneInput, LLVMFuzzerInitialize, LLVMFuzzerCustomMutator,
 * LLVMFuzzerCustomCrossOver); nothing here needs one engine more than another. An input is your data, and behind it, if it ends in a mark, a schedule
 * of faults (harness/src/fuzz/README.md): your function sees its data alone, and a FuzzedDataProvider over it finds both ends where it did before. A
 * corpus that you have already is one of runs without faults.
 *
 * Each execution runs your function with a wrapped host and is judged by the same verdict as `hostfault run`, against a run of the same data without
 * faults: contract broken, memory left, its own check failed, success claimed with another result, a storm of retries. A bad verdict ends the process
 * by abort() with the faults that were injected; so does what a sanitizer finds. Rules that no host should follow (false success, undocumented
 * answers, an out-parameter that is not null) are left out unless HF_FUZZ_FAULTS=all.
 *
 * The function must leave no state: it is called very many times, and what it does may depend on its data and the host's answers only. That is
 * checked (unstable). Under `hostfault run -- TARGET INPUT` the target joins the session instead, runs the input's data once under the session's
 * plan, and exits with what the function returned: that is how a finding is replayed from a script.
 *
 * HF_FUZZ_HOST(create) makes a target of a host of yours: its answers are held against one another.
 *
 * Threads: the engine calls from one thread; your function may start threads if it joins them.
 */
#ifndef HF_FUZZ_H
#define HF_FUZZ_H

#include <hostfault/caller.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Something that is no finding: an outcome ("leaked") or a broken clause ("request after E_FAIL"), of one caller, or of any (NULL). Say why beside
 * it. An engine cannot go on after a crash; if a failure of some method always leads to a known one, "fault of VirtualFree" leaves out the inputs
 * that may fail that method. */
typedef struct hf_fuzz_accepted {
    const char *caller, *what;
} hf_fuzz_accepted;

/* A target that has more than one caller, or something to accept. An input's tail says which of the callers it is for, modulo their number. */
typedef struct hf_fuzz_target {
    uint32_t struct_size; /* sizeof(hf_fuzz_target) */
    uint32_t caller_count;
    const hf_caller *const *callers;
    const hf_fuzz_accepted *accepted;
    uint32_t accepted_count;
    uint32_t data_are_arguments; /* 1: the data are command-line arguments (argc, argv), each ended by a NUL, and rarely worth changing */
} hf_fuzz_target;

/* For a caller that ends its process: the execution under way ends here, as if the process had by _exit(status); does not return then. Without one it
 * does nothing. Call it from your own _exit or _Exit, or instead of them. */
HF_API void hf_fuzz_exit(int status);

/* What the macros put under the engine's names. */
HF_API int hf_fuzz_initialize(int *argc, char ***argv);
HF_API int hf_fuzz_input(const hf_fuzz_target *target, const uint8_t *data, size_t size_bytes);
/* Changes an input's schedule as a schedule, or its data by `mutate` (the engine's own; NULL: byte changes of ours), those rarely if they are
 * arguments. Returns the new size. */
HF_API size_t hf_fuzz_mutate(uint8_t *data, size_t size_bytes, size_t size_max, unsigned seed, int data_are_arguments,
                             size_t (*mutate)(uint8_t *, size_t, size_t));
/* A host under operations drawn from the data, each answer held against those before: what it gave out is there, zero at first, apart from all else,
 * keeps what is written, and is told by VirtualQuery as it is; a failure leaves null. create makes a host, which is released in the end. */
HF_API int hf_fuzz_host_input(HRESULT (*create)(IHostMemoryManager **out), const uint8_t *data, size_t size_bytes);
/* The data of the one, with rules of both. */
HF_API size_t hf_fuzz_cross(const uint8_t *a, size_t a_bytes, const uint8_t *b, size_t b_bytes, uint8_t *out, size_t size_max, unsigned seed);

/* One call of libFuzzer's, which other engines do not have. */
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

/* The two mutators alone, for a target whose inputs have a schedule and whose oracle is its own. */
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

/* A whole target, of an hf_fuzz_target. */
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

/* A whole target: one caller, which may have a check of its own. */
#define HF_FUZZ_CALLER(caller)                                                                                                                       \
    static const hf_caller *const hf_fuzz_callers[] = {&(caller)};                                                                                   \
    static const hf_fuzz_target hf_fuzz_the_target = {sizeof(hf_fuzz_target), 1, hf_fuzz_callers, 0, 0, 0};                                          \
    HF_FUZZ_TARGET(hf_fuzz_the_target)

/* A whole target: one function that does the work, hf_caller_end (hf_caller_run *run). */
#define HF_FUZZ_FUNCTION(function)                                                                                                                   \
    static const hf_caller hf_fuzz_the_caller = {sizeof(hf_caller), HF_SEES_HRESULT, "fuzz-" #function, #function, function, 0, 0};                  \
    HF_FUZZ_CALLER(hf_fuzz_the_caller)

/* A whole target: one function that makes a host of yours, HRESULT (IHostMemoryManager **out). */
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
