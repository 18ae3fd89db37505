/*
 * Stacks and modules of this process, taken without the heap and without a lock.
 *
 * On Linux the stack comes from libgcc's unwinder, which finds its tables through _dl_find_object (lock-free since glibc 2.35), and
 * so is exact for code without frame pointers.
 *
 * Threads: thread-safe; signal-safe once hf__os_stack_prepare has been called.
 */
#ifndef HF_OS_STACK_H
#define HF_OS_STACK_H

#include <stddef.h>
#include <stdint.h>

#define HF_MODULE_PATH_MAX 256u

/* Makes the first stack as cheap and safe as the others. */
void hf__os_stack_prepare(void);
/* Up to `capacity` return addresses, innermost first, beginning with the one that `first` equals (frames of ours before it are dropped); from the
 * very innermost if `first` is 0 or not found. Returns how many. */
uint32_t hf__os_stack_take(uintptr_t first, uint64_t *frames, uint32_t capacity);

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
