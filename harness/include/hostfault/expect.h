/* SPDX-License-Identifier: MIT
 * For code that is swept in strict mode (`hostfault sweep --strict`, or `expect: { after-fault: no-request }` in a scenario). In strict mode a thread
 * that was refused memory must not request more before the failure has surfaced: before it was returned to whoever called the code, or the process
 * has ended. An earlier request is the violation "request after a failure". These two functions mark the places where such a request is intended.
 *
 * On ELF systems this header needs no library: if hostfault is not in the process, a call only tests a null pointer. Build position-independent code
 * (the default of most compilers), so that the symbol of the preload library is found at run time. On Windows, link the shim.
 *
 * Errors: none. Without a session both functions do nothing; outside strict mode they are recorded, and nothing depends on them.
 * Threads: thread-safe. Both functions concern the calling thread only.
 */
#ifndef HF_EXPECT_H
#define HF_EXPECT_H

#ifdef __cplusplus
extern "C" {
#endif

/* Not for direct use. The two functions below call it if the shim or the preload library is in the process. */
#if defined(__ELF__)
__attribute__((weak, visibility("default"))) void hf_expect_note(unsigned what, const char *why);
#define HF_EXPECT_IS_THERE (hf_expect_note != 0)
#else
void hf_expect_note(unsigned what, const char *why);
#define HF_EXPECT_IS_THERE 1
#endif
#define HF_EXPECT_ABSORB 1u
#define HF_EXPECT_SURFACED 2u

/* Declares that this thread continues on purpose without the memory that it was refused last. Call it after the failure and before the next request.
 * It excuses that one failure and no later one; if the last request was granted, it has no effect. why: the reason ("the cache is optional"), shown
 * in traces, copied, cut at 200 bytes; NULL: none. */
static inline void hf_expect_absorb(const char *why)
{
    if (HF_EXPECT_IS_THERE)
        hf_expect_note(HF_EXPECT_ABSORB, why);
}

/* Declares that every failure of this thread so far has surfaced, because the thread is back where the code was called: for example in a test,
 * between two cases. Requests from here on are no violation. hf_result() and hf_check() declare the same. */
static inline void hf_expect_surfaced(void)
{
    if (HF_EXPECT_IS_THERE)
        hf_expect_note(HF_EXPECT_SURFACED, 0);
}

#ifdef __cplusplus
}
#endif
#endif
