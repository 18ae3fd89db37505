/* SPDX-License-Identifier: MIT
 * The kinds of events in a trace: methods, functions and other events, with their names. hf_event in trace.h holds one event.
 *
 * The numbers are part of the trace format: a later version adds numbers at the end, and changes none.
 *
 * Threads: thread-safe; everything is constant.
 */
#ifndef HF_EVENT_H
#define HF_EVENT_H

#include <hostfault/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The methods of the hosting interfaces (hosting.h), hf_event.kind of a call. A heap or mapping function that an unmodified program called is
 * recorded as the method that it stands for, with hf_event.function beside it. */
typedef enum hf_method {
    HF_METHOD_CREATE_MALLOC,
    HF_METHOD_VIRTUAL_ALLOC,
    HF_METHOD_VIRTUAL_FREE,
    HF_METHOD_VIRTUAL_QUERY,
    HF_METHOD_VIRTUAL_PROTECT,
    HF_METHOD_GET_MEMORY_LOAD,
    HF_METHOD_REGISTER_NOTIFICATION,
    HF_METHOD_NEEDS_ADDRESS_SPACE,
    HF_METHOD_ACQUIRED_ADDRESS_SPACE,
    HF_METHOD_RELEASED_ADDRESS_SPACE,
    HF_METHOD_MALLOC_ALLOC,
    HF_METHOD_MALLOC_DEBUG_ALLOC,
    HF_METHOD_MALLOC_FREE,
    HF_METHOD_GET_HOST_MANAGER,
    HF_METHOD_SET_APP_DOMAIN_MANAGER,
    HF_METHOD_ON_MEMORY_NOTIFICATION,
    HF_METHOD_COUNT
} hf_method;

/* The functions by which an unmodified program makes a call, hf_event.function. */
typedef enum hf_function {
    HF_FUNCTION_NONE, /* a call of a hosting interface */
    HF_FUNCTION_MALLOC,
    HF_FUNCTION_CALLOC,
    HF_FUNCTION_REALLOC,
    HF_FUNCTION_REALLOCARRAY,
    HF_FUNCTION_ALIGNED_ALLOC,
    HF_FUNCTION_POSIX_MEMALIGN,
    HF_FUNCTION_MEMALIGN,
    HF_FUNCTION_VALLOC,
    HF_FUNCTION_PVALLOC,
    HF_FUNCTION_FREE,
    HF_FUNCTION_MMAP,
    HF_FUNCTION_MMAP64,
    HF_FUNCTION_MREMAP,
    HF_FUNCTION_BRK,
    HF_FUNCTION_SBRK,
    HF_FUNCTION_MUNMAP,
    HF_FUNCTION_MPROTECT,
    HF_FUNCTION_MADVISE,
    HF_FUNCTION_REALLOC_FREE,
    HF_FUNCTION_MREMAP_UNMAP,
    HF_FUNCTION_COUNT
} hf_function;

/* hf_event.kind of an event that is not a call, and the members of hf_event that it uses. Other members are 0 or empty. */
typedef enum hf_event_kind {
    HF_EVENT_CALL_MAX = 63, /* kinds up to this one are calls */
    HF_EVENT_ATTACH = 64,   /* first event of the process; address: its process id */
    HF_EVENT_DETACH = 65,   /* orderly end of recording. protect: references to IHostMalloc objects that were not released. By exit() after a fault:
                               type has bits HF_LEFT_, address a signal, size the address of an access, frames the stack */
    HF_EVENT_MODULE = 66,   /* a file was loaded; address: its base, size: its end, note: its path, note2: its build-id in hex */
    HF_EVENT_PHASE = 67,    /* note: the name given to hf_phase */
    HF_EVENT_THREAD = 68,   /* note: the thread's label from now on */
    HF_EVENT_RESULT = 69,   /* note: the text given to hf_result */
    HF_EVENT_CHECK = 70,    /* hf_check; address: 1 passed, 0 failed; note: why */
    HF_EVENT_FORK = 71,     /* the process forked; address: the child's process id where it is known */
    HF_EVENT_REFUSED = 72,  /* a hosting call from a signal handler that interrupted the host was refused; type: the method */
    HF_EVENT_DAMAGE = 73,   /* a canary of the built-in host's heap was overwritten; address: the block, size: the offset after its end, or in a freed
                               block; type:   HF_DAMAGED_ */
    HF_EVENT_EXPECT = 74,   /* hf_expect_absorb or hf_expect_surfaced; address: HF_EXPECT_; note: why */
    HF_EVENT_HOST = 75, /* the hook found a host's answer to its caller wrong; type: HF_HOST_; protect: the method; address and size: of the memory
                           that the answer is about; frames: the stack of the call */
    HF_EVENT_DESCRIPTOR = 76, /* still open at exit; address: its number; size: HF_DESCRIPTOR_; note: what the system says it is */
    HF_EVENT_HANDLER = 77, /* after an injected fault: a signal handler of the program is called for a processor exception, or has returned; address:
                              the signal; size: the address of the access; type: HF_HANDLER_ bits; frames: the stack */
    /* Appended by the tool, never by the program. */
    HF_EVENT_END_EXIT = 96,   /* address: exit status */
    HF_EVENT_END_SIGNAL = 97, /* address: signal number; type: 1 if size is the address of the access; frames: the stack if it is known; note: on
                                 Windows the exception */
    HF_EVENT_END_TIMEOUT =
        98, /* the tool ended the process; address: the limit in milliseconds; frames: the stack of the first thread if it is known */
    HF_EVENT_END_STORM = 99,    /* the shim ended the process for a storm of retries; address: the limit */
    HF_EVENT_END_HARNESS = 100, /* hostfault itself failed; note: how */
    HF_EVENT_END_OUTPUT = 101,  /* address: hash of standard output, size: its bytes; the result of a program that gave none */
    HF_EVENT_END_STACK = 102,   /* frames: the stack of another thread than the one in the record of the end; address: its number in the system */
    HF_EVENT_END_REPORT = 103,  /* a sanitizer or valgrind reported; type: HF_REPORT_ bits; size: the address that it names, with HF_REPORT_ADDRESS;
                                   note: its text */
    HF_EVENT_END_WAIT = 104     /* a thread of a process that did not end waits for another; address: its number in the system, size: the other's;
                                   type: HF_WAIT_; note: the mutex */
} hf_event_kind;

/* HF_EVENT_DETACH, type, bits: how a process ended by exit(). */
#define HF_LEFT_INSIDE 1u  /* exit() was called inside another function than main */
#define HF_LEFT_HANDLER 2u /* in a handler of a processor exception; address: the signal */
#define HF_LEFT_ADDRESS 4u /* size is the address of the access that faulted */

/* HF_EVENT_DESCRIPTOR, size: what is open. */
#define HF_DESCRIPTOR_FILE 0u
#define HF_DESCRIPTOR_PIPE 1u
#define HF_DESCRIPTOR_SOCKET 2u
#define HF_DESCRIPTOR_OTHER 3u

/* HF_EVENT_HANDLER, type, bits. */
#define HF_HANDLER_ADDRESS 1u  /* size is known */
#define HF_HANDLER_RETURNED 2u /* the handler returned */

/* HF_EVENT_DAMAGE, type. */
#define HF_DAMAGED_BEHIND 1u         /* a write after the end of a block */
#define HF_DAMAGED_FREED 2u          /* a write to a freed block */
#define HF_DAMAGED_TOUCHED_BEHIND 3u /* an access to the guard page after a block: the process will die, unless its own handler ends it */
#define HF_DAMAGED_TOUCHED_FREED 4u  /* an access to the guard pages of a freed block */

/* HF_EVENT_HOST, type. */
#define HF_HOST_NULL 1u     /* it returned success and a null pointer */
#define HF_HOST_ABSENT 2u   /* it returned success, but the memory is not reserved, or not committed */
#define HF_HOST_ACCEPTED 3u /* it returned success for a call that the system refuses, and did nothing */
#define HF_HOST_KEPT 4u     /* it returned success for a release, but at the end of the process the region still exists */
#define HF_HOST_LEAKED 5u   /* it returned failure, but memory that it allocated for the call still exists at the end of the process */

/* HF_EVENT_END_WAIT, type: what the thread waits for. */
#define HF_WAIT_NONE 0u   /* nothing that another thread holds, or unknown */
#define HF_WAIT_MUTEX 1u  /* a mutex that the other thread holds */
#define HF_WAIT_THREAD 2u /* the end of the other thread */
#define HF_WAIT_LOST 3u   /* a mutex that the other thread held when it ended */

/* HF_EVENT_END_REPORT, type, bits. */
#define HF_REPORT_ERROR 1u   /* an error, such as a use after free */
#define HF_REPORT_LEAK 2u    /* a leak */
#define HF_REPORT_ADDRESS 4u /* size is an address that the report names */

/* The name of a method, "VirtualAlloc" or "Malloc.Alloc"; "?" for any other value. Static text. */
HF_API const char *hf_method_name(hf_method method);
/* The name of a function, "malloc" or "mmap"; "" for HF_FUNCTION_NONE, "?" for any other value. Static text. */
HF_API const char *hf_function_name(hf_function function);
/* The name of a kind, "attach" or "end-signal"; "?" for any other value. Static text. */
HF_API const char *hf_event_kind_name(hf_event_kind kind);

#ifdef __cplusplus
}
#endif
#endif
