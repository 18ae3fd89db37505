/* SPDX-License-Identifier: MIT
 * For code that is swept in strict mode (`hostfault sweep --strict`, or `expect: { after-fault: no-request }` in a scenario): there a thread that was
 * refused memory must not ask for more until the failure has surfaced, that is until it has been given back to whoever called the code or the
 * process has ended. A request in between is the violation "request after a failure". These two functions say where such a request is meant.
 *
 * On ELF systems this header needs no library: without hostfault in the process a call is a test of a null pointer. Build position-independent code
 * (the default of most compilers), so that the preload library can be found at run time. On Windows the functions are the shim's: link it.
 *
 * Threads: thread-safe. Both are about the calling thread alone.
 */
#ifndef HF_EXPECT_H
#define HF_EXPECT_H

#ifdef __cplusplus
extern "C" {
#endif

/* Not for direct use: what the two functions below call where the shim or the preload library is there. */
#if defined(__ELF__)
__attribute__((weak, visibility("default"))) void hf_expect_note(unsigned what, const char *why);
#define HF_EXPECT_IS_THERE (hf_expect_note != 0)
#else
void hf_expect_note(unsigned what, const char *why);
#define HF_EXPECT_IS_THERE 1
#endif
#define HF_EXPECT_ABSORB 1u
#define HF_EXPECT_SURFACED 2u

/* This thread goes on without what it was refused last, and means to: `why` says why that is right ("the cache is optional"). Call it between the
 * failure and the next request. It excuses that one failure, not later ones; where the last request was granted it does nothing. NULL: no reason
 * given. */
static inline void hf_expect_absorb(const char *why)
{
    if (HF_EXPECT_IS_THERE)
        hf_expect_note(HF_EXPECT_ABSORB, why);
}

/* Every failure that this thread has met so far has surfaced: it stands where the code was called, for example in a test between two cases. Requests
 * from here on are in order. hf_result() and hf_check() say the same. */
static inline void hf_expect_surfaced(void)
{
    if (HF_EXPECT_IS_THERE)
        hf_expect_note(HF_EXPECT_SURFACED, 0);
}

#ifdef __cplusplus
}
#endif
#endif
