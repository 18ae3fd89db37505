/* SPDX-License-Identifier: MIT
 * A host in C++, as its author writes it with the SDK: classes derived from the interfaces. Every method returns the number of its slot, and the test
 * calls every method through the C layout, as hostfault does. Exit status: 0 if each slot is where C has it.
 *
 * Compiled with HF_ORDER 1 (hosting.h alone), 2 (hosting.h, then mscoree.h), 3 (mscoree.h, then hosting.h).
 */
#if HF_ORDER == 3
#include "mscoree.h"
#endif
#include <hostfault/hostfault.h>
#if HF_ORDER == 2
#include "mscoree.h"
#endif

#if !HF_HOSTING_CLASSES
#error an interface is a class here
#endif

template <class Interface> struct unknown : Interface {
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID, void **) override
    {
        return 0;
    }
    ULONG STDMETHODCALLTYPE AddRef() override
    {
        return 1;
    }
    ULONG STDMETHODCALLTYPE Release() override
    {
        return 2;
    }
};

struct heap final : unknown<IHostMalloc> {
    HRESULT STDMETHODCALLTYPE Alloc(SIZE_T, EMemoryCriticalLevel, void **) override
    {
        return 3;
    }
    HRESULT STDMETHODCALLTYPE DebugAlloc(SIZE_T, EMemoryCriticalLevel, char *, int, void **) override
    {
        return 4;
    }
    HRESULT STDMETHODCALLTYPE Free(void *) override
    {
        return 5;
    }
};

struct manager final : unknown<IHostMemoryManager> {
    HRESULT STDMETHODCALLTYPE CreateMalloc(DWORD, IHostMalloc **) override
    {
        return 3;
    }
    HRESULT STDMETHODCALLTYPE VirtualAlloc(void *, SIZE_T, DWORD, DWORD, EMemoryCriticalLevel, void **) override
    {
        return 4;
    }
    HRESULT STDMETHODCALLTYPE VirtualFree(LPVOID, SIZE_T, DWORD) override
    {
        return 5;
    }
    HRESULT STDMETHODCALLTYPE VirtualQuery(void *, void *, SIZE_T, SIZE_T *) override
    {
        return 6;
    }
    HRESULT STDMETHODCALLTYPE VirtualProtect(void *, SIZE_T, DWORD, DWORD *) override
    {
        return 7;
    }
    HRESULT STDMETHODCALLTYPE GetMemoryLoad(DWORD *, SIZE_T *) override
    {
        return 8;
    }
    HRESULT STDMETHODCALLTYPE RegisterMemoryNotificationCallback(ICLRMemoryNotificationCallback *) override
    {
        return 9;
    }
    HRESULT STDMETHODCALLTYPE NeedsVirtualAddressSpace(LPVOID, SIZE_T) override
    {
        return 10;
    }
    HRESULT STDMETHODCALLTYPE AcquiredVirtualAddressSpace(LPVOID, SIZE_T) override
    {
        return 11;
    }
    HRESULT STDMETHODCALLTYPE ReleasedVirtualAddressSpace(LPVOID) override
    {
        return 12;
    }
};

struct callback final : unknown<ICLRMemoryNotificationCallback> {
    HRESULT STDMETHODCALLTYPE OnMemoryNotification(EMemoryAvailable) override
    {
        return 3;
    }
};

struct control final : unknown<IHostControl> {
    HRESULT STDMETHODCALLTYPE GetHostManager(REFIID, void **) override
    {
        return 3;
    }
    HRESULT STDMETHODCALLTYPE SetAppDomainManager(DWORD, IUnknown *) override
    {
        return 4;
    }
};

/* Every argument of an interface method is passed in a register or eight bytes of stack, and every result is 32 bits. */
static HRESULT call(void *object, unsigned slot)
{
    typedef HRESULT(STDMETHODCALLTYPE * method)(void *, size_t, size_t, size_t, size_t, size_t, size_t);
    return (*static_cast<method **>(object))[slot](object, 0, 0, 0, 0, 0, 0);
}

static int misplaced(void *object, unsigned slots)
{
    int wrong = 0;
    for (unsigned slot = 0; slot < slots; slot++)
        wrong += call(object, slot) != static_cast<HRESULT>(slot);
    return wrong;
}

static_assert(eTaskCritical == 0 && eAppDomainCritical == 1 && eProcessCritical == 2, "the levels are those of mscoree.h");
static_assert(eMemoryAvailableLow == 1 && eMemoryAvailableHigh == 3, "the notices are those of mscoree.h");
static_assert(MALLOC_THREADSAFE == 1 && MALLOC_EXECUTABLE == 2, "the kinds of heap are those of mscoree.h");

#ifndef HF_RUNS /* what a host's author writes; it would need the library */
HRESULT wrap(IHostMemoryManager *host, void **block);
HRESULT wrap(IHostMemoryManager *host, void **block)
{
    IHostMemoryManager *wrapped = nullptr;
    HRESULT hr = hf_wrap(host, &wrapped);
    return FAILED(hr) ? hr : wrapped->VirtualAlloc(nullptr, 4096, 0x3000, 4, eTaskCritical, block);
}
#endif

int main()
{
    heap a;
    manager b;
    callback c;
    control d;
    return misplaced(&a, 6) + misplaced(&b, 13) + misplaced(&c, 4) + misplaced(&d, 5);
}
