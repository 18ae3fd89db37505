/* SPDX-License-Identifier: MIT
 * Stacks and modules of this process, taken without the heap and without a lock.
 *
 * On Linux the stack comes from libgcc's unwinder, which finds its tables through os_image_posix.h (lock-free since glibc 2.35), and
 * so is exact for code without frame pointers. Each thread keeps its last few stacks, and one that is still the same is not unwound again.
 *
 * Threads: thread-safe; signal-safe once hf__os_stack_prepare has been called.
 */
#ifndef HF_OS_STACK_H
#define HF_OS_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HF_MODULE_PATH_MAX 256u
#define HF_LEAVING_FRAMES 32u

/* Makes the first stack as cheap and safe as the others. */
void hf__os_stack_prepare(void);
/* Up to `capacity` return addresses, innermost first, beginning with the one that `first` equals (frames of ours before it are dropped); from the
 * very innermost if `first` is 0 or not found. Returns how many. */
uint32_t hf__os_stack_take(uintptr_t first, uint64_t *frames, uint32_t capacity);

/* How a process leaves by exit(): from where, and whether a handler of SIGSEGV, SIGBUS (told as SIGSEGV) or SIGILL, raised by the
 * processor, does it. */
typedef struct hf_os_leaving {
    bool is_inside;   /* from inside a call: neither by a return from main nor by main itself */
    int signal;       /* whose handler is on the stack; 0: none */
    bool has_address; /* of an access, where the processor gave one */
    uint64_t address;
    uint32_t count;
    uint64_t frames[HF_LEAVING_FRAMES]; /* the caller of exit() first; of a signal, where the processor was, one byte on */
} hf_os_leaving;
/* To be called once before, from the program's own code: what lies below main is learnt from that stack. */
void hf__os_stack_learn_base(void);
/* In a handler of atexit, with its own return address. */
void hf__os_stack_leaving(uintptr_t first, hf_os_leaving *out);

/* In a signal handler: up to `capacity` frames of what it interrupted, the place itself first, one byte on. How many; 0: not known. */
uint32_t hf__os_stack_interrupted(uint64_t *frames, uint32_t capacity);

/* The loaded file that holds an address. */
typedef struct hf_os_module {
    uintptr_t base;  /* load base: address minus base is what symbols are given by */
    uintptr_t start; /* first mapped byte */
    uintptr_t end;
    char path[HF_MODULE_PATH_MAX]; /* whole path; cut at the front */
    char build_id[41];             /* hex, "" if it has none */
} hf_os_module;
/* 1 found, 0 not. */
int hf__os_module_at(uintptr_t address, hf_os_module *out);
/* Calls `each` for every module loaded now, the program first. Takes the loader's lock: only at attach. */
void hf__os_modules(void (*each)(const hf_os_module *module, void *user), void *user);

#endif
