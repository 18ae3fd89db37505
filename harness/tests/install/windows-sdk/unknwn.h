/* Of the Windows SDK's unknwn.h, as C++ sees it: an interface is a class there. */
#ifndef UNKNWN_H
#define UNKNWN_H

#include <windows.h>

#define __IUnknown_INTERFACE_DEFINED__
struct IUnknown {
    virtual HRESULT __stdcall QueryInterface(REFIID riid, void **object) = 0;
    virtual ULONG __stdcall AddRef() = 0;
    virtual ULONG __stdcall Release() = 0;
};

#endif
