/* SPDX-License-Identifier: MIT
 * What a program under test calls: attach, wrap a host, say where it is.
 *
 * A program joins a run by hf_attach(), which every wrap function does by itself. Where no session is given (environment
 * variable HF_SESSION unset), every call here does nothing and hf_wrap gives back the very object it was given: such a program
 * cannot be told from one that never heard of us. With a session and an empty plan, calls are recorded and nothing else.
 *
 * After attach the shim allocates nothing from the heap and takes no lock. A forked child is detached by itself. HF_SESSION is
 * ignored, in words on stderr, in a privileged program (AT_SECURE).
 *
 * Threads: thread-safe, all of it, but hf_attach_plan and hf_detach: call those while no other thread is inside a hosting call.
 */
#ifndef HF_HOSTFAULT_H
#define HF_HOSTFAULT_H

#include <hostfault/error.h>
#include <hostfault/hosting.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Joins the session that HF_SESSION names; the first process that asks gets it. A process joins once: every later call gives the same answer, HF_OK
 * or the same error, also after hf_detach. HF_OK with no session too. A thread that asks while another joins waits until that is done, at most 2 s.
 * Errors: HF_ERROR_NOT_FOUND (no such file), HF_ERROR_VERSION (a session of another version), HF_ERROR_FORMAT (not a session), HF_ERROR_STATE
 * (another process has it; the thread that was joining has ended; another thread or an interrupted one is still joining), HF_ERROR_MEMORY,
 * HF_ERROR_SYSTEM. err may be NULL. Thread-safe; holds no lock. */
HF_API hf_status hf_attach(hf_error *err);

/* Attaches without a tool: a compiled plan (hf_scenario_compile in plan.h; NULL: an empty plan) and a trace in private memory of
 * at most trace_bytes, for tests and fuzz targets. The plan is copied. Errors: HF_ERROR_STATE (attached already),
 * HF_ERROR_ARGUMENT (no plan of ours), HF_ERROR_MEMORY. */
HF_API HF_CHECK_RESULT hf_status hf_attach_plan(const void *plan, size_t plan_bytes, size_t trace_bytes, hf_error *err);

/* Leaves the session: every wrapped object forwards from now on and nothing is recorded. With a private trace, *trace points at
 * it and *trace_bytes is its length; the caller gives it back with hf_trace_discard(). Both may be NULL. */
HF_API void hf_detach(const void **trace, size_t *trace_bytes);
HF_API void hf_trace_discard(const void *trace, size_t trace_bytes);

/* 1 while this process is attached, 0 otherwise (before, after, in a forked child). */
HF_API int hf_attached(void);

/* Our own host: Win32 memory semantics on every system. *out is a new reference to the one host of this process, bare. Never fails
 * but for out == NULL (E_POINTER). */
HF_API HRESULT hf_host_create(IHostMemoryManager **out);

/* Wraps a host of the user's. *out is a new reference; the wrapper holds one on inner. With no session *out is inner itself.
 * Errors: E_POINTER, E_OUTOFMEMORY (more than 64 wrappers alive). The IHostMalloc objects that inner creates come wrapped. */
HF_API HRESULT hf_wrap(IHostMemoryManager *inner, IHostMemoryManager **out);

/* Wraps a user's IHostControl: the IHostMemoryManager it hands out comes wrapped, other managers untouched. As hf_wrap otherwise. */
HF_API HRESULT hf_wrap_control(IHostControl *inner, IHostControl **out);

/* Our host as an IHostControl that hands out one manager, IHostMemoryManager; for callers that attach as the CLR does. */
HF_API HRESULT hf_host_control_create(IHostControl **out);

/* Says what the program is at: "startup", "running", ... Names are cut at 48 bytes. For the whole process, from now on. */
HF_API void hf_phase(const char *name);

/* Names the calling thread in traces and for the plan's `thread:`. Unnamed threads are main, t2, t3, ... in order of first call. */
HF_API void hf_thread(const char *label);

/* Between them, calls of this thread are recorded as paused, not counted and never faulted. They nest. */
HF_API void hf_pause(void);
HF_API void hf_resume(void);

/* How many faults were injected into this process so far. */
HF_API uint32_t hf_fired(void);

/* What the program computed, for comparison with the run without faults: text, at most 4096 bytes are kept. The last one counts. */
HF_API void hf_result(const char *text, size_t size_bytes);

/* The program's own check after the run: 1 passed, 0 failed, and why (cut at 200 bytes; NULL: nothing to say). */
HF_API void hf_check(int passed, const char *why);

/* The last error of the calling thread, as GetLastError: kept beside errno on Linux, the real one on Windows. */
HF_API DWORD hf_last_error(void);
HF_API void hf_set_last_error(DWORD code);

/* Empty, never inlined; for a breakpoint. hf_on_fault is called at each injected fault, before it takes effect, with the name of
 * its rule; hf_on_first_fault at the first of the process, ahead of hf_on_fault. */
HF_API void hf_on_fault(const char *rule);
HF_API void hf_on_first_fault(const char *rule);

/* The contract suite: puts any manager, ours or the user's, bare or wrapped, through every clause that the documentation states. Each clause
 * is reported through `report` (passed: 1 or 0; got: what was seen when it failed, else ""). Returns the number of failed clauses.
 * Memory it takes it gives back. Uses the manager from the calling thread only.
 *
 * A clause that crashes is one that fails ("crashed (SIGSEGV)", "crashed (0xC0000005)"), and the suite goes on. On Linux each clause runs in a child
 * of its own, so that it finds the host as it was before the suite; in a program that is attached it then runs here too, to be recorded. On Windows
 * the exception is caught and the clause left where it stands. Clauses that real hosts die of come last. Under Wine, four clauses that Wine's own
 * functions do not keep are reported as failed, marked so, and not counted.
 *
 * `hostfault contract -- PROGRAM` runs the suite in a program that calls one of these, or that hands its host to hf_wrap, and prints a report. */
typedef void hf_contract_report(const char *clause, int passed, const char *got, void *user);
HF_API unsigned hf_contract_run(IHostMemoryManager *manager, hf_contract_report *report, void *user);
/* The same, and `announce` says each clause before it runs. Either may be NULL. */
typedef void hf_contract_announce(const char *clause, void *user);
HF_API unsigned hf_contract_run_announced(IHostMemoryManager *manager, hf_contract_announce *announce, hf_contract_report *report, void *user);

#ifdef __cplusplus
}
#endif
#endif
