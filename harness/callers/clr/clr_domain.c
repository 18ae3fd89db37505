/* SPDX-License-Identifier: MIT
 * Application domains: what owns loader heaps, code heaps and assemblies, and gives them back when it is unloaded. CLR:
 * src/vm/loaderallocator.cpp:966, src/vm/virtualcallstub.cpp:650, src/vm/appdomainnative.cpp:1029-1035.
 *
 * A domain begins with one reservation that its heaps share, and one more for its stubs; both throw if they cannot be had. What was built until then
 * is torn down again.
 */
#include "clr.h"
#include <string.h>
#include "base_poison.h"

#define INITIAL_BYTES (4 * CLR_GRANULE)
#define STUB_BYTES (2 * CLR_GRANULE)

static bool reserve_heaps(clr_thread *thread, clr_domain *domain)
{
    domain->initial = clr_alloc_executable(thread, INITIAL_BYTES);
    if (domain->initial == NULL)
        return clr_throw_out_of_memory(thread);
    clr_loader_heap_init(&domain->low, false, domain->initial, CLR_GRANULE);
    clr_loader_heap_init(&domain->high, false, domain->initial + CLR_GRANULE, 3 * CLR_GRANULE);
    return true;
}

static bool reserve_stubs(clr_thread *thread, clr_domain *domain)
{
    domain->stubs = clr_virtual_alloc(thread, NULL, STUB_BYTES, MEM_RESERVE, PAGE_EXECUTE_READWRITE);
    if (domain->stubs == NULL)
        return clr_throw_out_of_memory(thread);
    clr_loader_heap_init(&domain->stub, true, domain->stubs, STUB_BYTES);
    return clr_loader_heap_alloc(thread, &domain->stub, 512) != NULL;
}

static ULONG STDMETHODCALLTYPE unknown_count(IUnknown *self)
{
    (void)self;
    return 1;
}

static HRESULT STDMETHODCALLTYPE unknown_query_interface(IUnknown *self, REFIID riid, void **out)
{
    bool known = memcmp(riid, &HF_IID_IUnknown, sizeof(IID)) == 0;
    *out = known ? self : NULL;
    return known ? S_OK : E_NOINTERFACE;
}

/* The host hears of every domain if it named a domain manager; a failure becomes an exception in managed code. Any success will do (FAILED is the
 * test). */
static bool tell_host(clr_thread *thread, const clr_domain *domain)
{
    /* Not const: lpVtbl of the SDK's IUnknown is not (unknwn.h, without CONST_VTABLE). */
    static IUnknownVtbl vtable = {unknown_query_interface, unknown_count, unknown_count};
    static IUnknown manager = {&vtable};
    clr_runtime *clr = thread->clr;
    if (clr->control == NULL || !clr->domain_manager)
        return true;
    HRESULT hr = clr->control->lpVtbl->SetAppDomainManager(clr->control, domain->id, &manager);
    return FAILED(hr) ? clr_throw_hr(thread, hr) : true;
}

static void destroy(clr_thread *thread, clr_domain *domain)
{
    clr_jit_collect_dynamic(thread, domain);
    clr_code_heaps_destroy(thread, domain->code_heaps);
    clr_assemblies_destroy(thread, domain->assemblies);
    clr_loader_heap_destroy(thread, &domain->stub);
    clr_loader_heap_destroy(thread, &domain->high);
    clr_loader_heap_destroy(thread, &domain->low);
    if (domain->stubs != NULL)
        clr_virtual_free(thread, domain->stubs, 0, MEM_RELEASE);
    if (domain->initial != NULL)
        clr_virtual_free(thread, domain->initial, 0, MEM_RELEASE);
    clr_delete(thread, domain);
}

static void publish(clr_runtime *clr, clr_domain *domain)
{
    clr->domains[clr->domain_count++] = domain;
    if (domain->is_default)
        clr->default_domain = domain;
}

clr_domain *clr_domain_create(clr_thread *thread, bool is_default)
{
    clr_runtime *clr = thread->clr;
    if (clr->domain_count == CLR_DOMAINS_MAX) {
        clr_throw_hr(thread, E_FAIL);
        return NULL;
    }

    clr_crst_enter(thread, &clr->system_crst);
    clr_domain *domain = clr_new(thread, sizeof *domain);
    if (domain != NULL) {
        memset(domain, 0, sizeof *domain);
        clr_os_mutex_init(&domain->crst.mutex);
        domain->id = ++clr->next_domain;
        domain->is_default = is_default;
        if (!reserve_heaps(thread, domain) || !reserve_stubs(thread, domain)) {
            destroy(thread, domain);
            domain = NULL;
        }
    }

    if (domain != NULL)
        publish(clr, domain);
    clr_crst_leave(thread, &clr->system_crst);
    if (domain != NULL && !tell_host(thread, domain)) {
        clr_domain_unload(thread, domain);
        domain = NULL;
    }
    return domain;
}

void clr_domain_unload(clr_thread *thread, clr_domain *domain)
{
    clr_runtime *clr = thread->clr;
    clr_crst_enter(thread, &clr->system_crst);
    for (uint32_t i = 0; i < clr->domain_count; i++) {
        if (clr->domains[i] != domain)
            continue;
        clr->domains[i] = clr->domains[--clr->domain_count];
        break;
    }
    destroy(thread, domain);
    clr_crst_leave(thread, &clr->system_crst);
}
