/* SPDX-License-Identifier: MIT
 * How the runtime takes its managers from the host, and the callback it leaves there. CLR: src/vm/corhost.cpp:4350-4560 and 3912-3982.
 *
 * The one thing to know: the heap object goes straight into the live pointer, while the memory manager is installed only at the end. In
 * between, and after a CreateMalloc that fails but writes its out-parameter, the runtime is hosted by half.
 */
#include "clr.h"
#include <string.h>
#include "base_poison.h"

/* The managers in the order in which they are asked for (corhost.cpp:4376-4545). */
static const IID managers[] = {
    {0x7BC698D1, 0xF9E3, 0x4460, {0x9C, 0xDE, 0xD0, 0x42, 0x48, 0xE9, 0xFA, 0x25}}, /* IHostMemoryManager */
    {0x997FF24C, 0x43B7, 0x4352, {0x86, 0x67, 0x0D, 0xC0, 0x4F, 0xAF, 0xD3, 0x54}}, /* IHostTaskManager */
    {0x983D50E2, 0xCB15, 0x466B, {0x80, 0xFC, 0x84, 0x5D, 0xC6, 0xE8, 0xC5, 0xFD}}, /* IHostThreadpoolManager */
    {0x8BDE9D80, 0xEC06, 0x41D6, {0x83, 0xE6, 0x22, 0x58, 0x0E, 0xFF, 0xCC, 0x20}}, /* IHostIoCompletionManager */
    {0x234330C7, 0x5F10, 0x4F20, {0x96, 0x15, 0x51, 0x22, 0xDA, 0xB7, 0xA0, 0xAC}}, /* IHostSyncManager */
    {0x613DABD7, 0x62B2, 0x493E, {0x9E, 0x65, 0xC1, 0xE3, 0x2A, 0x1E, 0x0C, 0x5E}}, /* IHostAssemblyManager */
    {0x5D4EC34E, 0xF248, 0x457B, {0xB6, 0x03, 0x25, 0x5F, 0xAA, 0xBA, 0x0D, 0x21}}, /* IHostGCManager */
    {0x75AD2468, 0xA349, 0x4D02, {0xA7, 0x64, 0x76, 0xA6, 0x8A, 0xEE, 0x0C, 0x4F}}, /* IHostSecurityManager */
    {0x7AE49844, 0xB1E3, 0x4683, {0xBA, 0x7C, 0x1E, 0x82, 0x12, 0xEA, 0x3B, 0x79}}, /* IHostPolicyManager */
};

static clr_notification *notification_of(ICLRMemoryNotificationCallback *self)
{
    return (clr_notification *)(void *)self;
}

static HRESULT STDMETHODCALLTYPE notification_query_interface(ICLRMemoryNotificationCallback *self, REFIID riid, void **out)
{
    if (out == NULL)
        return E_POINTER;
    bool known = memcmp(riid, &HF_IID_IUnknown, sizeof(IID)) == 0 || memcmp(riid, &HF_IID_ICLRMemoryNotificationCallback, sizeof(IID)) == 0;
    *out = known ? self : NULL;
    return known ? S_OK : E_NOINTERFACE;
}

/* Both constant (corhost.cpp:3962-3982): a host that releases too often does no harm here. */
static ULONG STDMETHODCALLTYPE notification_count(ICLRMemoryNotificationCallback *self)
{
    (void)self;
    return 1;
}

/* corhost.cpp:3912-3963. Only counts, and wakes the finalizer thread at most once in 0x2000 ms; that thread does the rest in its own time. Never
 * fails, and does nothing before the start. The documentation's collection within the call does not happen. */
static HRESULT STDMETHODCALLTYPE notification_on_memory(ICLRMemoryNotificationCallback *self, EMemoryAvailable available)
{
    clr_runtime *clr = notification_of(self)->clr;
    if (!clr->started)
        return S_OK;
    if (available != eMemoryAvailableLow) {
        clr->low_memory = 0;
        clr->low_memory_answered = 0;
        return S_OK;
    }
    clr->low_memory++;
    if (clr->clock_ms >= clr->low_memory_again_ms) {
        clr->low_memory_event = true;
        clr->low_memory_again_ms = clr->clock_ms + 0x2000;
    }
    return S_OK;
}

static const ICLRMemoryNotificationCallbackVtbl notification_vtable = {
    .QueryInterface = notification_query_interface,
    .AddRef = notification_count,
    .Release = notification_count,
    .OnMemoryNotification = notification_on_memory,
};

/* corhost.cpp:4422-4442. CreateMalloc's out-parameter is the live pointer itself (4430), so what a failing host writes there stays. The result of
 * the registration is ignored (4433). On failure the manager is released, and the host hears E_UNEXPECTED whatever it said (4436-4438). */
static HRESULT take_memory_manager(clr_runtime *clr, IHostMemoryManager *manager)
{
    HRESULT hr = clr->malloc == NULL ? manager->lpVtbl->CreateMalloc(manager, MALLOC_THREADSAFE, &clr->malloc) : S_OK;
    if (hr != S_OK) {
        manager->lpVtbl->Release(manager);
        return E_UNEXPECTED;
    }
    manager->lpVtbl->RegisterMemoryNotificationCallback(manager, &clr->notification.object);
    clr->manager = manager;
    clr->host_config |= CLR_MEMORY_HOSTED;
    return S_OK;
}

/* A manager counts only with exactly S_OK and a pointer. The model has no use for the others; like the original it never gives them back. */
static void *ask(IHostControl *control, const IID *iid)
{
    void *manager = NULL;
    HRESULT hr = control->lpVtbl->GetHostManager(control, iid, &manager);
    return hr == S_OK ? manager : NULL;
}

HRESULT clr_set_host_control(clr_runtime *clr, IHostControl *control)
{
    if (control == NULL)
        return E_INVALIDARG;
    if (clr->start_tried)
        return E_ACCESSDENIED; /* 4368; the documentation names a code that does not exist */
    for (size_t i = 0; i < sizeof managers / sizeof managers[0]; i++) {
        void *manager = ask(control, &managers[i]);
        if (i == 0 && manager != NULL && FAILED(take_memory_manager(clr, manager)))
            return E_UNEXPECTED;
    }
    clr->control = control;
    return S_OK;
}

void clr_runtime_init(clr_runtime *clr)
{
    memset(clr, 0, sizeof *clr);
    clr->notification.object.lpVtbl = &notification_vtable;
    clr->notification.clr = clr;
    clr->start_status = S_OK;
    clr->action[0] = clr->action[1] = CLR_ACTION_THROW; /* eepolicy.cpp:59-81 */
    clr->main.clr = clr;
    clr_os_mutex_init(&clr->system_crst.mutex);
    clr_os_mutex_init(&clr->cache_lines.crst.mutex);
    clr_code_init(&clr->code);
}
