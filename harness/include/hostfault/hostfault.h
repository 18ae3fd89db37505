/* SPDX-License-Identifier: MIT
 * What a program under test calls: attach, wrap a host, announce phases and results.
 *
 * A program joins a run by hf_attach(); every wrap function calls it. Without a session (the environment variable HF_SESSION is unset) every call
 * here does nothing, and hf_wrap returns the object that it was given: the program then behaves as if it did not use hostfault. With a session and an
 * empty plan, calls are recorded and nothing else changes.
 *
 * After attach the shim allocates nothing from the heap and takes no lock. A forked child is detached automatically. A program that runs with another
 * user's rights (AT_SECURE, getauxval(3)) ignores HF_SESSION and says so on stderr.
 *
 * Threads: every function is thread-safe, except hf_attach_plan and hf_detach: call those while no other thread is inside a hosting call.
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

/* Attaches without the tool, for tests and fuzz targets: with a compiled plan (hf_scenario_compile in plan.h; NULL: an empty plan), which is copied,
 * and a trace of at most trace_bytes in private memory. err may be NULL. Errors: HF_ERROR_STATE (attached already), HF_ERROR_ARGUMENT (plan is not a
 * compiled plan of this version), HF_ERROR_MEMORY. Not thread-safe. */
HF_API HF_CHECK_RESULT hf_status hf_attach_plan(const void *plan, size_t plan_bytes, size_t trace_bytes, hf_error *err);

/* Leaves the session: from now on wrapped objects only forward, and nothing is recorded. After hf_attach_plan, *trace is the trace, which the caller
 * frees by hf_trace_discard, and *trace_bytes its length; otherwise they are NULL and 0. Both pointers may be NULL; the trace is then freed. Does
 * nothing if the process is not attached. Not thread-safe. */
HF_API void hf_detach(const void **trace, size_t *trace_bytes);
/* Frees a trace of hf_detach. Does nothing for NULL. */
HF_API void hf_trace_discard(const void *trace, size_t trace_bytes);

/* 1 while this process is attached; 0 before, after, and in a forked child. */
HF_API int hf_attached(void);

/* The built-in host, which has the semantics of Win32 memory on every system. *out is a new reference to the one such host of this process, not
 * wrapped. S_OK, or E_POINTER if out is NULL. */
HF_API HRESULT hf_host_create(IHostMemoryManager **out);

/* Attaches (hf_attach) and wraps a host. *out is a new reference, which the caller releases; the wrapper holds a reference to inner. Without a
 * session *out is inner itself. The IHostMalloc objects that inner creates are wrapped too. Errors: E_POINTER (an argument is NULL), E_OUTOFMEMORY
 * (64 wrappers of this process are alive already). */
HF_API HRESULT hf_wrap(IHostMemoryManager *inner, IHostMemoryManager **out);

/* Wraps an IHostControl: the IHostMemoryManager that it returns is wrapped, other managers are not. References and errors as for hf_wrap. */
HF_API HRESULT hf_wrap_control(IHostControl *inner, IHostControl **out);

/* The built-in host as an IHostControl that has one manager, IHostMemoryManager, for callers that attach as the CLR does. *out need not be released.
 * S_OK, or E_POINTER if out is NULL. */
HF_API HRESULT hf_host_control_create(IHostControl **out);

/* Announces the phase that the process is in from now on: "startup", "running", ... Rules can name it (`phase:`). Copied, and cut at 48 bytes. */
HF_API void hf_phase(const char *name);

/* Names the calling thread in traces and for rules (`thread:`). Copied, and cut at 48 bytes. A thread without a name is called main, t2, t3, ... in
 * the order of the threads' first calls. */
HF_API void hf_thread(const char *label);

/* Between hf_pause and hf_resume, calls of this thread are recorded as paused, are not counted by rules, and never fail by a fault. Pairs may nest.
 */
HF_API void hf_pause(void);
/* Ends the innermost pause of this thread; does nothing without one. */
HF_API void hf_resume(void);

/* The number of faults injected into this process so far; 0 if it is not attached. */
HF_API uint32_t hf_fired(void);

/* Sets the program's result, which is compared with that of the run without faults: size_bytes of text, copied; the first 4096 bytes are kept. The
 * last call counts. */
HF_API void hf_result(const char *text, size_t size_bytes);

/* Reports a check that the program makes of its own work. passed: 0 failed, anything else passed. A failed check makes the outcome `corrupted`. why:
 * what is wrong, copied, cut at 200 bytes; NULL: no text. */
HF_API void hf_check(int passed, const char *why);

/* The last error of the calling thread. On Windows it is GetLastError(); on Linux the built-in host and the shim keep one per thread, apart from
 * errno. */
HF_API DWORD hf_last_error(void);
/* Sets it. */
HF_API void hf_set_last_error(DWORD code);

/* Functions to set a breakpoint on: empty, and never inlined. The shim calls hf_on_fault on the failing thread at each injected fault, before the
 * fault takes effect. rule: the name of the rule that fired, valid during the call. */
HF_API void hf_on_fault(const char *rule);
/* The same for the first fault of the process; called before hf_on_fault. */
HF_API void hf_on_first_fault(const char *rule);

/* Receives one result of the contract suite. passed: 1 or 0. got: what was observed if the clause failed, otherwise "". Texts are valid during the
 * call. */
typedef void hf_contract_report(const char *clause, int passed, const char *got, void *user);
/* The contract suite: tests a manager, wrapped or not, against every clause that the documentation of IHostMemoryManager and IHostMalloc states, and
 * calls `report` for each (NULL: no reports). Returns the number of clauses that failed. It frees the memory that it allocates, and uses the manager
 * from the calling thread only.
 *
 * A clause that crashes has failed ("crashed (SIGSEGV)", "crashed (0xC0000005)"), and the suite continues. On Linux each clause runs in a child
 * process, so that it finds the host as it was before the suite; in an attached process it then runs in this process too, to be recorded. On Windows
 * the exception is caught and the clause is abandoned where it was. Clauses that real hosts crash at come last. Under Wine, four clauses that Wine's
 * own functions do not keep are reported as failed, with a note, and are not counted.
 *
 * `hostfault contract -- PROGRAM` runs the suite in a program that calls one of these functions, or passes its host to hf_wrap, and prints the
 * results. */
HF_API unsigned hf_contract_run(IHostMemoryManager *manager, hf_contract_report *report, void *user);
/* Receives the name of a clause before it runs. */
typedef void hf_contract_announce(const char *clause, void *user);
/* The same, and calls `announce` (NULL: no announcements) before each clause. */
HF_API unsigned hf_contract_run_announced(IHostMemoryManager *manager, hf_contract_announce *announce, hf_contract_report *report, void *user);

#ifdef __cplusplus
}
#endif
#endif
