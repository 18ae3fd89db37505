/* SPDX-License-Identifier: MIT
 * The part of the Windows SDK's windows.h that the public headers use, with the SDK's widths and calling conventions. It serves syntax checks by a
 * compiler in its Microsoft mode on machines without the SDK. No program that runs is compiled against it.
 */
#ifndef WINDOWS_H
#define WINDOWS_H

#include <stddef.h>

typedef long HRESULT, LONG;
typedef int BOOL;
typedef unsigned long ULONG, DWORD, *PDWORD;
typedef size_t SIZE_T;
typedef void *LPVOID, *PVOID;

typedef struct GUID {
    unsigned long Data1;
    unsigned short Data2, Data3;
    unsigned char Data4[8];
} GUID, IID;
#ifdef __cplusplus
typedef const IID &REFIID;
#define EXTERN_C extern "C"
#else
typedef const IID *REFIID;
#define EXTERN_C extern
#endif

typedef struct MEMORY_BASIC_INFORMATION {
    PVOID BaseAddress, AllocationBase;
    DWORD AllocationProtect;
    unsigned short PartitionId;
    SIZE_T RegionSize;
    DWORD State, Protect, Type;
} MEMORY_BASIC_INFORMATION;

#define STDMETHODCALLTYPE __stdcall
#define S_OK ((HRESULT)0)
#define SUCCEEDED(hr) ((HRESULT)(hr) >= 0)
#define FAILED(hr) ((HRESULT)(hr) < 0)
#define interface struct
#define MIDL_INTERFACE(iid) struct __declspec(uuid(iid)) __declspec(novtable)
#define CONST_VTBL

#endif
