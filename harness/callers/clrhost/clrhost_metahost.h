/* SPDX-License-Identifier: MIT
 * The two interfaces by which a program finds a CLR and loads it, in plain C: ICLRMetaHost and ICLRRuntimeInfo of the SDK's metahost.h, which MinGW
 * does not have. Slots, IIDs and calling convention are the documented ones; methods that nobody here calls stand as plain pointers, for their place.
 */
#ifndef CLRHOST_METAHOST_H
#define CLRHOST_METAHOST_H

#include <hostfault/hosting.h>

typedef HRESULT(STDMETHODCALLTYPE *clrhost_create_instance)(const CLSID *clsid, REFIID riid, void **out); /* mscoree.dll: CLRCreateInstance */

#ifndef __ICLRRuntimeInfo_INTERFACE_DEFINED__
#define __ICLRRuntimeInfo_INTERFACE_DEFINED__
/* A CLR that is installed. */
typedef struct ICLRRuntimeInfo ICLRRuntimeInfo;
typedef struct ICLRRuntimeInfoVtbl {
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(ICLRRuntimeInfo *This, REFIID riid, void **ppvObject);
    ULONG(STDMETHODCALLTYPE *AddRef)(ICLRRuntimeInfo *This);
    ULONG(STDMETHODCALLTYPE *Release)(ICLRRuntimeInfo *This);
    void *GetVersionString, *GetRuntimeDirectory, *IsLoaded, *LoadErrorString, *LoadLibrary_, *GetProcAddress_;
    HRESULT(STDMETHODCALLTYPE *GetInterface)(ICLRRuntimeInfo *This, const CLSID *rclsid, REFIID riid, void **ppUnk);
    void *IsLoadable, *SetDefaultStartupFlags, *GetDefaultStartupFlags, *BindAsLegacyV2Runtime, *IsStarted;
} ICLRRuntimeInfoVtbl;
struct ICLRRuntimeInfo {
    const ICLRRuntimeInfoVtbl *lpVtbl;
};
#endif

#ifndef __ICLRMetaHost_INTERFACE_DEFINED__
#define __ICLRMetaHost_INTERFACE_DEFINED__
/* All that are installed. */
typedef struct ICLRMetaHost ICLRMetaHost;
typedef struct ICLRMetaHostVtbl {
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(ICLRMetaHost *This, REFIID riid, void **ppvObject);
    ULONG(STDMETHODCALLTYPE *AddRef)(ICLRMetaHost *This);
    ULONG(STDMETHODCALLTYPE *Release)(ICLRMetaHost *This);
    HRESULT(STDMETHODCALLTYPE *GetRuntime)(ICLRMetaHost *This, LPCWSTR pwzVersion, REFIID riid, void **ppRuntime);
    void *GetVersionFromFile, *EnumerateInstalledRuntimes, *EnumerateLoadedRuntimes, *RequestRuntimeLoadedNotification, *QueryLegacyV2RuntimeBinding,
        *ExitProcess_;
} ICLRMetaHostVtbl;
struct ICLRMetaHost {
    const ICLRMetaHostVtbl *lpVtbl;
};
#endif

_Static_assert(offsetof(ICLRMetaHostVtbl, GetRuntime) == 3 * sizeof(void *), "ICLRMetaHost::GetRuntime is slot 3");
_Static_assert(offsetof(ICLRRuntimeInfoVtbl, GetInterface) == 9 * sizeof(void *), "ICLRRuntimeInfo::GetInterface is slot 9");

static const CLSID CLRHOST_CLSID_CLRMetaHost = {0x9280188D, 0x0E8E, 0x4867, {0xB3, 0x0C, 0x7F, 0xA8, 0x38, 0x84, 0xE8, 0xDE}};
static const CLSID CLRHOST_CLSID_CLRRuntimeHost = {0x90F1A06E, 0x7712, 0x4762, {0x86, 0xB5, 0x7A, 0x5E, 0xBA, 0x6B, 0xDB, 0x02}};
static const IID CLRHOST_IID_ICLRMetaHost = {0xD332DB9E, 0xB9B3, 0x4125, {0x82, 0x07, 0xA1, 0x48, 0x84, 0xF5, 0x32, 0x16}};
static const IID CLRHOST_IID_ICLRRuntimeInfo = {0xBD39D1D2, 0xBA2F, 0x486A, {0x89, 0xB0, 0xB4, 0xB0, 0xCB, 0x46, 0x68, 0x91}};
static const IID CLRHOST_IID_ICLRRuntimeHost = {0x90F1A06C, 0x7712, 0x4762, {0x86, 0xB5, 0x7A, 0x5E, 0xBA, 0x6B, 0xDB, 0x02}};

#endif
