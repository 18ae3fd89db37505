/* SPDX-License-Identifier: MIT
 * A library that test_shim_attach.c loads after it has attached, and that makes one call.
 */
#include <hostfault/hosting.h>

HRESULT late_call(IHostMemoryManager *manager);

HRESULT late_call(IHostMemoryManager *manager)
{
    DWORD load = 0;
    SIZE_T available = 0;
    HRESULT hr = manager->lpVtbl->GetMemoryLoad(manager, &load, &available);
    return hr + (HRESULT)(load & 0); /* so that the call is not the function's last instruction, and returns into the library */
}
