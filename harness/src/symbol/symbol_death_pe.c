/* SPDX-License-Identifier: MIT
 * Unwinds another process on Windows. The system walks the stack (StackWalk64 of dbghelp), with the tables that every 64-bit module has, read here
 * from the process's own memory. So no symbols are loaded or searched for.
 *
 * dbghelp is for one thread at a time.
 */
#include "symbol_death.h"
#include "os_lock.h"

#include <dbghelp.h>
#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

#define HEADER_MAX 4096u

static uint32_t walking;

static bool read_memory(HANDLE process, uint64_t address, void *out, size_t size)
{
    SIZE_T got = 0;
    return ReadProcessMemory(process, (LPCVOID)(uintptr_t)address, out, size, &got) && got == size;
}

/* The load base of the module that an address is in; 0: in none. */
static DWORD64 CALLBACK module_base(HANDLE process, DWORD64 address)
{
    MEMORY_BASIC_INFORMATION told;
    bool is_image = VirtualQueryEx(process, (LPCVOID)(uintptr_t)address, &told, sizeof told) == sizeof told && told.Type == MEM_IMAGE;
    return is_image ? (uintptr_t)told.AllocationBase : 0;
}

static bool find_table(HANDLE process, uint64_t base, IMAGE_DATA_DIRECTORY *out)
{
    IMAGE_DOS_HEADER dos;
    IMAGE_NT_HEADERS64 headers;
    if (!read_memory(process, base, &dos, sizeof dos) || dos.e_magic != IMAGE_DOS_SIGNATURE || dos.e_lfanew < 0 || dos.e_lfanew > (LONG)HEADER_MAX)
        return false;
    if (!read_memory(process, base + (uint64_t)dos.e_lfanew, &headers, sizeof headers) || headers.Signature != IMAGE_NT_SIGNATURE)
        return false;
    *out = headers.OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_EXCEPTION];
    return true;
}

/* The function's row in its module's table, which is sorted; NULL: it has none, as leaf functions and code of no module. */
static PVOID CALLBACK function_entry(HANDLE process, DWORD64 address)
{
    static RUNTIME_FUNCTION entry;
    IMAGE_DATA_DIRECTORY table;
    uint64_t base = module_base(process, address);
    if (base == 0 || !find_table(process, base, &table))
        return NULL;
    uint64_t low = 0, high = table.Size / sizeof entry;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (!read_memory(process, base + table.VirtualAddress + middle * sizeof entry, &entry, sizeof entry))
            return NULL;
        if (address - base < entry.BeginAddress)
            high = middle;
        else if (address - base >= entry.EndAddress)
            low = middle + 1;
        else
            return &entry;
    }

    return NULL;
}

/* Keeps the frames that could be unwound, whatever stopped it. */
static void walk(HANDLE process, HANDLE thread, CONTEXT *context, hf__symbol_death_stack *stack)
{
    STACKFRAME64 frame;
    memset(&frame, 0, sizeof frame);
    frame.AddrPC = (ADDRESS64){.Offset = context->Rip, .Mode = AddrModeFlat};
    frame.AddrFrame = (ADDRESS64){.Offset = context->Rbp, .Mode = AddrModeFlat};
    frame.AddrStack = (ADDRESS64){.Offset = context->Rsp, .Mode = AddrModeFlat};
    while (stack->count < HF_STACK_MAX &&
           StackWalk64(IMAGE_FILE_MACHINE_AMD64, process, thread, &frame, context, NULL, function_entry, module_base, NULL)) {
        bool is_where_it_was = stack->count == 0;
        if (frame.AddrPC.Offset == 0 && !is_where_it_was)
            return;
        stack->frames[stack->count++] = is_where_it_was ? frame.AddrPC.Offset + 1 : frame.AddrPC.Offset;
    }
}

/* After a call through a wild pointer there is no function to unwind; the top of the stack has the return address of the call. */
static void step_back(HANDLE process, CONTEXT *context, hf__symbol_death_stack *stack)
{
    uint64_t from = 0;
    if (module_base(process, context->Rip) != 0 || !read_memory(process, context->Rsp, &from, sizeof from) || module_base(process, from) == 0)
        return;
    stack->frames[stack->count++] = context->Rip + 1;
    context->Rip = from;
    context->Rsp += sizeof from;
}

void hf__symbol_death_unwind(const hf_stall *at, hf__symbol_death_stack *stack)
{
    _Alignas(16) CONTEXT context;
    memset(&context, 0, sizeof context);
    context.ContextFlags = CONTEXT_FULL;
    HANDLE process = OpenProcess(PROCESS_VM_READ | PROCESS_QUERY_INFORMATION, FALSE, (DWORD)at->process);
    HANDLE thread = OpenThread(THREAD_GET_CONTEXT | THREAD_QUERY_INFORMATION, FALSE, (DWORD)at->thread);
    if (process != NULL && thread != NULL && GetThreadContext(thread, &context)) {
        hf__os_lock(&walking);
        step_back(process, &context, stack);
        walk(process, thread, &context, stack);
        hf__os_unlock(&walking);
    }
    if (thread != NULL)
        CloseHandle(thread);
    if (process != NULL)
        CloseHandle(process);
}
