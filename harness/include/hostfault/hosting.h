/* SPDX-License-Identifier: MIT
 * The memory interfaces of CLR hosting: IHostMemoryManager, IHostMalloc, IHostControl and ICLRMemoryNotificationCallback, with their IIDs, enums,
 * flags and HRESULTs.
 *
 * Binary compatible with the SDK's mscoree.h: same slots, same argument order, same calling convention; every slot offset is
 * asserted below. This header only restates documented facts; it defines the IIDs and no function.
 *
 * In C, and in C++ on Linux, an interface is a structure with an lpVtbl. In C++ on Windows it is what MIDL makes of it: an abstract
 * class, or, with CINTERFACE defined before the first header of the SDK, a structure as in C. HF_HOSTING_CLASSES is 1 where it is a
 * class, 0 elsewhere.
 *
 * It can be included before or after the SDK's mscoree.h, in C11 and later and in C++11 and later (GCC, Clang, MSVC 2017 15.3 and
 * later). What mscoree.h declares is used as it stands there; what it lacks (MinGW's has no memory interface) is declared here. The
 * enums of mscoree.h stand under no guard, so this header cannot come first: where <mscoree.h> can be found, it includes it. Where
 * it cannot be found, this header defines mscoree.h's own guard, __mscoree_h__, and an mscoree.h that comes later by another path
 * is empty: include such a one before this header.
 *
 * Source of slots, IIDs and values: MSCOREE.IDL and corerror.xml of the CLR (dotnet/coreclr, release/1.0.0). Source of what the methods promise:
 * their pages in the unmanaged hosting reference of the .NET Framework, and for flags and protections those of the Win32 functions with the same
 * names.
 *
 * Errors of every method below unless its comment says otherwise: HOST_E_CLRNOTAVAILABLE (the CLR is not loaded, or can no longer run managed code),
 * HOST_E_TIMEOUT (the call timed out), HOST_E_NOT_OWNER (the caller does not own the lock), HOST_E_ABANDONED (an event was cancelled while a thread
 * waited on it), E_FAIL (an unknown catastrophic failure: from then on the CLR is not usable in this process, and later calls return
 * HOST_E_CLRNOTAVAILABLE).
 *
 * Threads: every interface here may be called from any thread, except an IHostMalloc made without MALLOC_THREADSAFE, whose
 * calls the caller must serialise.
 */
#ifndef HF_HOSTING_H
#define HF_HOSTING_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32) && defined(__cplusplus) && !defined(CINTERFACE)
#define HF_HOSTING_CLASSES 1
#else
#define HF_HOSTING_CLASSES 0
#endif

#ifdef _WIN32
#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <windows.h>
#ifdef __cplusplus
#include <unknwn.h>
#endif
#ifndef __mscoree_h__
#ifdef __has_include
#if __has_include(<mscoree.h>)
#include <ole2.h>                /* which mscoree.h begins with, and which sets the macro */
#pragma push_macro("CONST_VTBL") /* lpVtbl points to const, as below: constant tables can be assigned, and others too */
#undef CONST_VTBL
#define CONST_VTBL const
#include <mscoree.h>
#pragma pop_macro("CONST_VTBL")
#endif
#endif
#ifndef __mscoree_h__
#define __mscoree_h__
#endif
#endif
#ifndef STDMETHODCALLTYPE
#define STDMETHODCALLTYPE __stdcall
#endif
#endif

#ifdef __cplusplus
extern "C" {
#define HF_STATIC_ASSERT static_assert
#else
#define HF_STATIC_ASSERT _Static_assert
#endif

#ifndef _WIN32
/* The Win32 types that the interfaces use, with their Windows widths: a ULONG is 32 bits wide there, unlike `unsigned long`. */
typedef int32_t HRESULT;
typedef int32_t LONG;
typedef int32_t BOOL;
typedef uint32_t ULONG;
typedef uint32_t DWORD;
typedef size_t SIZE_T;
typedef void *LPVOID;
typedef void *PVOID;
typedef DWORD *PDWORD;

typedef struct GUID {
    uint32_t Data1;
    uint16_t Data2;
    uint16_t Data3;
    uint8_t Data4[8];
} GUID;
typedef GUID IID;
#ifdef __cplusplus
typedef const IID &REFIID;
#else
typedef const IID *REFIID;
#endif

#define STDMETHODCALLTYPE
#define SUCCEEDED(hr) (((HRESULT)(hr)) >= 0)
#define FAILED(hr) (((HRESULT)(hr)) < 0)
#ifndef TRUE
#define TRUE 1
#define FALSE 0
#endif

#define S_OK ((HRESULT)0)
#define S_FALSE ((HRESULT)1)
#define E_NOTIMPL ((HRESULT)0x80004001)
#define E_NOINTERFACE ((HRESULT)0x80004002)
#define E_POINTER ((HRESULT)0x80004003)
#define E_FAIL ((HRESULT)0x80004005)
#define E_UNEXPECTED ((HRESULT)0x8000FFFF)
#define E_ACCESSDENIED ((HRESULT)0x80070005)
#define E_OUTOFMEMORY ((HRESULT)0x8007000E)
#define E_INVALIDARG ((HRESULT)0x80070057)

#define MEM_COMMIT 0x00001000u
#define MEM_RESERVE 0x00002000u
#define MEM_DECOMMIT 0x00004000u
#define MEM_RELEASE 0x00008000u
#define MEM_FREE 0x00010000u
#define MEM_PRIVATE 0x00020000u
#define MEM_MAPPED 0x00040000u
#define MEM_RESET 0x00080000u
#define MEM_TOP_DOWN 0x00100000u
#define MEM_WRITE_WATCH 0x00200000u
#define MEM_PHYSICAL 0x00400000u
#define MEM_RESET_UNDO 0x01000000u
#define MEM_IMAGE 0x01000000u
#define MEM_LARGE_PAGES 0x20000000u

#define PAGE_NOACCESS 0x01u
#define PAGE_READONLY 0x02u
#define PAGE_READWRITE 0x04u
#define PAGE_WRITECOPY 0x08u
#define PAGE_EXECUTE 0x10u
#define PAGE_EXECUTE_READ 0x20u
#define PAGE_EXECUTE_READWRITE 0x40u
#define PAGE_EXECUTE_WRITECOPY 0x80u
#define PAGE_GUARD 0x100u
#define PAGE_NOCACHE 0x200u
#define PAGE_WRITECOMBINE 0x400u
#define PAGE_TARGETS_NO_UPDATE 0x40000000u

/* The last errors that the host gives (GetLastError values). */
#define ERROR_SUCCESS 0u
#define ERROR_ACCESS_DENIED 5u
#define ERROR_NOT_ENOUGH_MEMORY 8u
#define ERROR_OUTOFMEMORY 14u
#define ERROR_NOT_READY 21u
#define ERROR_BAD_LENGTH 24u
#define ERROR_GEN_FAILURE 31u
#define ERROR_NOT_SUPPORTED 50u
#define ERROR_INVALID_PARAMETER 87u
#define ERROR_CALL_NOT_IMPLEMENTED 120u
#define ERROR_NOT_LOCKED 158u
#define ERROR_NOT_OWNER 288u
#define ERROR_INVALID_ADDRESS 487u
#define ERROR_ABANDONED_WAIT_0 735u
#define ERROR_NOACCESS 998u
#define ERROR_POSSIBLE_DEADLOCK 1131u
#define ERROR_PRIVILEGE_NOT_HELD 1314u
#define ERROR_NO_SYSTEM_RESOURCES 1450u
#define ERROR_COMMITMENT_LIMIT 1455u
#define ERROR_TIMEOUT 1460u
#define ERROR_INVALID_OPERATION 4317u

/* What VirtualQuery fills in (documentation: MEMORY_BASIC_INFORMATION). 48 bytes on 64-bit systems. */
typedef struct MEMORY_BASIC_INFORMATION {
    PVOID BaseAddress;
    PVOID AllocationBase;
    DWORD AllocationProtect;
    DWORD PartitionId;
    SIZE_T RegionSize;
    DWORD State;
    DWORD Protect;
    DWORD Type;
} MEMORY_BASIC_INFORMATION;
#endif /* !_WIN32 */

/* FACILITY_URT codes of the hosting interfaces. */
#ifndef HOST_E_DEADLOCK
#define HOST_E_DEADLOCK ((HRESULT)0x80131020)
#define HOST_E_INTERRUPTED ((HRESULT)0x80131021)
#define HOST_E_INVALIDOPERATION ((HRESULT)0x80131022)
#define HOST_E_CLRNOTAVAILABLE ((HRESULT)0x80131023)
#define HOST_E_TIMEOUT ((HRESULT)0x80131024)
#define HOST_E_NOT_OWNER ((HRESULT)0x80131025)
#define HOST_E_ABANDONED ((HRESULT)0x80131026)
#define HOST_E_EXITPROCESS_THREADABORT ((HRESULT)0x80131027)
#define HOST_E_EXITPROCESS_ADUNLOAD ((HRESULT)0x80131028)
#define HOST_E_EXITPROCESS_TIMEOUT ((HRESULT)0x80131029)
#define HOST_E_EXITPROCESS_OUTOFMEMORY ((HRESULT)0x8013102A)
#define HOST_E_EXITPROCESS_STACKOVERFLOW ((HRESULT)0x8013102B)
#endif

#ifndef __IUnknown_INTERFACE_DEFINED__
#define __IUnknown_INTERFACE_DEFINED__
typedef struct IUnknown IUnknown;
typedef struct IUnknownVtbl {
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(IUnknown *This, REFIID riid, void **ppvObject);
    ULONG(STDMETHODCALLTYPE *AddRef)(IUnknown *This);
    ULONG(STDMETHODCALLTYPE *Release)(IUnknown *This);
} IUnknownVtbl;
struct IUnknown {
    const IUnknownVtbl *lpVtbl;
};
typedef IUnknown *LPUNKNOWN; /* by which other headers of the SDK know it */
#endif

// clang-format off
/* An interface stands below once, as its methods in the order of their slots, after the three of IUnknown. HF_METHOD(IHostMalloc, Free, void *pMem)
 * is the member
 *     HRESULT (STDMETHODCALLTYPE *Free)(IHostMalloc *This, void *pMem)    of IHostMallocVtbl, to which lpVtbl of IHostMalloc points, or
 *     virtual HRESULT STDMETHODCALLTYPE Free(void *pMem) = 0              of the class IHostMalloc. */
#if HF_HOSTING_CLASSES
#ifdef MIDL_INTERFACE
#define HF_INTERFACE(name, iid) MIDL_INTERFACE(iid) name : public IUnknown
#else
#define HF_INTERFACE(name, iid) struct name : public IUnknown
#endif
#define HF_METHOD(name, method, ...) virtual HRESULT STDMETHODCALLTYPE method(__VA_ARGS__) = 0
#define HF_METHODS_OF_IUNKNOWN(name)
#ifdef __CRT_UUID_DECL /* MinGW's __uuidof */
#define HF_UUID(...) __CRT_UUID_DECL(__VA_ARGS__)
#else
#define HF_UUID(...)
#endif
#if defined(__GNUC__) || defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor" /* Release is what destroys an object */
#endif
#else
#define HF_INTERFACE(name, iid)                                                                                                                      \
    typedef struct name name;                                                                                                                        \
    typedef struct name##Vtbl name##Vtbl;                                                                                                            \
    struct name {                                                                                                                                    \
        const name##Vtbl *lpVtbl;                                                                                                                    \
    };                                                                                                                                               \
    struct name##Vtbl
#define HF_METHOD(name, method, ...) HRESULT(STDMETHODCALLTYPE *method)(name *This, __VA_ARGS__)
#define HF_METHODS_OF_IUNKNOWN(name)                                                                                                                 \
    HF_METHOD(name, QueryInterface, REFIID riid, void **ppvObject);                                                                                  \
    ULONG(STDMETHODCALLTYPE *AddRef)(name *This);                                                                                                   \
    ULONG(STDMETHODCALLTYPE *Release)(name *This);
#define HF_UUID(...)
#endif

#ifndef __ICLRMemoryNotificationCallback_INTERFACE_DEFINED__
#define __ICLRMemoryNotificationCallback_INTERFACE_DEFINED__
/* How much memory is left, as the host reports it to the CLR. */
typedef enum { eMemoryAvailableLow = 1, eMemoryAvailableNeutral = 2, eMemoryAvailableHigh = 3 } EMemoryAvailable;

/* Passed to RegisterMemoryNotificationCallback. The host calls OnMemoryNotification when memory becomes scarce or plentiful; the call never blocks. */
HF_INTERFACE(ICLRMemoryNotificationCallback, "47EB8E57-0846-4546-AF76-6F42FCFC2649")
{
    HF_METHODS_OF_IUNKNOWN(ICLRMemoryNotificationCallback)
    HF_METHOD(ICLRMemoryNotificationCallback, OnMemoryNotification, EMemoryAvailable eMemoryAvailable);
};
HF_UUID(ICLRMemoryNotificationCallback, 0x47EB8E57, 0x0846, 0x4546, 0xAF, 0x76, 0x6F, 0x42, 0xFC, 0xFC, 0x26, 0x49)
#endif

#ifndef __IHostMalloc_INTERFACE_DEFINED__
#define __IHostMalloc_INTERFACE_DEFINED__
/* What must end if the request fails: the task, the application domain, or the process. */
typedef enum { eTaskCritical = 0, eAppDomainCritical = 1, eProcessCritical = 2 } EMemoryCriticalLevel;
/* Bits. THREADSAFE: several threads may call at once; without it the caller serialises its calls. EXECUTABLE: code in blocks can be executed. */
typedef enum { MALLOC_THREADSAFE = 0x1, MALLOC_EXECUTABLE = 0x2 } MALLOC_TYPE;

/* A heap of the host. A block belongs to the caller until Free on the same IHostMalloc.
 * Alloc: *ppMem is a block of cbSize bytes, whose contents are undefined; cbSize 0 gives a pointer too. Null on failure. E_OUTOFMEMORY as well.
 * DebugAlloc: the same; the file name and line are those of the request, borrowed during the call.
 * Free: HOST_E_INVALIDOPERATION as well: the memory was not allocated by the host. */
HF_INTERFACE(IHostMalloc, "1831991C-CC53-4A31-B218-04E910446479")
{
    HF_METHODS_OF_IUNKNOWN(IHostMalloc)
    HF_METHOD(IHostMalloc, Alloc, SIZE_T cbSize, EMemoryCriticalLevel eCriticalLevel, void **ppMem);
    HF_METHOD(IHostMalloc, DebugAlloc, SIZE_T cbSize, EMemoryCriticalLevel eCriticalLevel, char *pszFileName, int iLineNo, void **ppMem);
    HF_METHOD(IHostMalloc, Free, void *pMem);
};
HF_UUID(IHostMalloc, 0x1831991C, 0xCC53, 0x4A31, 0xB2, 0x18, 0x04, 0xE9, 0x10, 0x44, 0x64, 0x79)
#endif

#ifndef __IHostMemoryManager_INTERFACE_DEFINED__
#define __IHostMemoryManager_INTERFACE_DEFINED__
/* The host's replacement for the Win32 virtual-memory functions and the process heap. Sizes are in bytes.
 * CreateMalloc: *ppMalloc is a new heap with MALLOC_TYPE bits, which the caller releases. E_OUTOFMEMORY as well.
 * VirtualAlloc: as Win32's; *ppMem is the region's or pages' address, null on failure. E_OUTOFMEMORY as well.
 * VirtualFree: as Win32's; MEM_RELEASE takes the region's base and size 0. HOST_E_INVALIDOPERATION as well: the host did not allocate the memory.
 * VirtualQuery: fills a MEMORY_BASIC_INFORMATION, for any address; *pResult is the number of bytes written.
 * VirtualProtect: as Win32's; *pflOldProtect is the old protection of the first page. Also for memory that the host did not allocate.
 * GetMemoryLoad: *pMemoryLoad is the percentage of physical memory in use, *pAvailableBytes what is available.
 * RegisterMemoryNotificationCallback: sets the callback by which the host reports the memory load; a host keeps it by a reference of its own.
 * NeedsVirtualAddressSpace: tells the host that the CLR is about to map memory without it. S_OK, or E_OUTOFMEMORY to refuse; no other error.
 * AcquiredVirtualAddressSpace, ReleasedVirtualAddressSpace: tell the host that the CLR has mapped, or released, such memory. No documented errors. */
HF_INTERFACE(IHostMemoryManager, "7BC698D1-F9E3-4460-9CDE-D04248E9FA25")
{
    HF_METHODS_OF_IUNKNOWN(IHostMemoryManager)
    HF_METHOD(IHostMemoryManager, CreateMalloc, DWORD dwMallocType, IHostMalloc **ppMalloc);
    HF_METHOD(IHostMemoryManager, VirtualAlloc, void *pAddress, SIZE_T dwSize, DWORD flAllocationType, DWORD flProtect,
              EMemoryCriticalLevel eCriticalLevel, void **ppMem);
    HF_METHOD(IHostMemoryManager, VirtualFree, LPVOID lpAddress, SIZE_T dwSize, DWORD dwFreeType);
    HF_METHOD(IHostMemoryManager, VirtualQuery, void *lpAddress, void *lpBuffer, SIZE_T dwLength, SIZE_T *pResult);
    HF_METHOD(IHostMemoryManager, VirtualProtect, void *lpAddress, SIZE_T dwSize, DWORD flNewProtect, DWORD *pflOldProtect);
    HF_METHOD(IHostMemoryManager, GetMemoryLoad, DWORD *pMemoryLoad, SIZE_T *pAvailableBytes);
    HF_METHOD(IHostMemoryManager, RegisterMemoryNotificationCallback, ICLRMemoryNotificationCallback *pCallback);
    HF_METHOD(IHostMemoryManager, NeedsVirtualAddressSpace, LPVOID startAddress, SIZE_T size);
    HF_METHOD(IHostMemoryManager, AcquiredVirtualAddressSpace, LPVOID startAddress, SIZE_T size);
    HF_METHOD(IHostMemoryManager, ReleasedVirtualAddressSpace, LPVOID startAddress);
};
HF_UUID(IHostMemoryManager, 0x7BC698D1, 0xF9E3, 0x4460, 0x9C, 0xDE, 0xD0, 0x42, 0x48, 0xE9, 0xFA, 0x25)
#endif

#ifndef __IHostControl_INTERFACE_DEFINED__
#define __IHostControl_INTERFACE_DEFINED__
/* The CLR asks it for the host's managers before it starts.
 * GetHostManager: *ppObject is a new reference to the manager with this IID, null on failure. E_INVALIDARG, and E_NOINTERFACE (the host has no such
 * manager), as well.
 * SetAppDomainManager: tells the host the manager of a new application domain, borrowed. */
HF_INTERFACE(IHostControl, "02CA073C-7079-4860-880A-C2F7A449C991")
{
    HF_METHODS_OF_IUNKNOWN(IHostControl)
    HF_METHOD(IHostControl, GetHostManager, REFIID riid, void **ppObject);
    HF_METHOD(IHostControl, SetAppDomainManager, DWORD dwAppDomainID, IUnknown *pUnkAppDomainManager);
};
HF_UUID(IHostControl, 0x02CA073C, 0x7079, 0x4860, 0x88, 0x0A, 0xC2, 0xF7, 0xA4, 0x49, 0xC9, 0x91)
#endif

#if HF_HOSTING_CLASSES && (defined(__GNUC__) || defined(__clang__))
#pragma GCC diagnostic pop
#endif
#undef HF_INTERFACE
#undef HF_METHODS_OF_IUNKNOWN
#undef HF_METHOD
#undef HF_UUID
// clang-format on

/* The IIDs, named so that they can stand beside the SDK's IID_ symbols. */
static const IID HF_IID_IUnknown = {0x00000000, 0x0000, 0x0000, {0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}};
static const IID HF_IID_IHostMemoryManager = {0x7BC698D1, 0xF9E3, 0x4460, {0x9C, 0xDE, 0xD0, 0x42, 0x48, 0xE9, 0xFA, 0x25}};
static const IID HF_IID_IHostMalloc = {0x1831991C, 0xCC53, 0x4A31, {0xB2, 0x18, 0x04, 0xE9, 0x10, 0x44, 0x64, 0x79}};
static const IID HF_IID_IHostControl = {0x02CA073C, 0x7079, 0x4860, {0x88, 0x0A, 0xC2, 0xF7, 0xA4, 0x49, 0xC9, 0x91}};
static const IID HF_IID_ICLRMemoryNotificationCallback = {0x47EB8E57, 0x0846, 0x4546, {0xAF, 0x76, 0x6F, 0x42, 0xFC, 0xFC, 0x26, 0x49}};

/* The layout is the contract: a slot that moves breaks every binary host. C++ tells no offsets of a class: there a slot is its place in the list. */
#if !HF_HOSTING_CLASSES
#define HF_ASSERT_SLOT(interface, method, slot)                                                                                                      \
    HF_STATIC_ASSERT(offsetof(interface##Vtbl, method) == (slot) * sizeof(void *), #interface "::" #method " is slot " #slot)
HF_ASSERT_SLOT(IHostMemoryManager, QueryInterface, 0);
HF_ASSERT_SLOT(IHostMemoryManager, AddRef, 1);
HF_ASSERT_SLOT(IHostMemoryManager, Release, 2);
HF_ASSERT_SLOT(IHostMemoryManager, CreateMalloc, 3);
HF_ASSERT_SLOT(IHostMemoryManager, VirtualAlloc, 4);
HF_ASSERT_SLOT(IHostMemoryManager, VirtualFree, 5);
HF_ASSERT_SLOT(IHostMemoryManager, VirtualQuery, 6);
HF_ASSERT_SLOT(IHostMemoryManager, VirtualProtect, 7);
HF_ASSERT_SLOT(IHostMemoryManager, GetMemoryLoad, 8);
HF_ASSERT_SLOT(IHostMemoryManager, RegisterMemoryNotificationCallback, 9);
HF_ASSERT_SLOT(IHostMemoryManager, NeedsVirtualAddressSpace, 10);
HF_ASSERT_SLOT(IHostMemoryManager, AcquiredVirtualAddressSpace, 11);
HF_ASSERT_SLOT(IHostMemoryManager, ReleasedVirtualAddressSpace, 12);
HF_ASSERT_SLOT(IHostMalloc, QueryInterface, 0);
HF_ASSERT_SLOT(IHostMalloc, AddRef, 1);
HF_ASSERT_SLOT(IHostMalloc, Release, 2);
HF_ASSERT_SLOT(IHostMalloc, Alloc, 3);
HF_ASSERT_SLOT(IHostMalloc, DebugAlloc, 4);
HF_ASSERT_SLOT(IHostMalloc, Free, 5);
HF_ASSERT_SLOT(IHostControl, GetHostManager, 3);
HF_ASSERT_SLOT(IHostControl, SetAppDomainManager, 4);
HF_ASSERT_SLOT(ICLRMemoryNotificationCallback, OnMemoryNotification, 3);
#endif
HF_STATIC_ASSERT(sizeof(GUID) == 16, "a GUID has 16 bytes");
HF_STATIC_ASSERT(sizeof(HRESULT) == 4 && sizeof(DWORD) == 4, "HRESULT and DWORD have 32 bits");
HF_STATIC_ASSERT(sizeof(void *) != 8 || sizeof(MEMORY_BASIC_INFORMATION) == 48, "VirtualQuery fills 48 bytes");
HF_STATIC_ASSERT(sizeof(IHostMemoryManager) == sizeof(void *) && sizeof(IHostMalloc) == sizeof(void *), "an interface is a pointer to its table");

#ifdef __cplusplus
}
#endif
#endif
