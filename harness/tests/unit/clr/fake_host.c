/* SPDX-License-Identifier: MIT
 * The scripted host's methods: log the call, look for a rule, otherwise use mmap. Only the parts that the model needs are complete.
 */
#include "fake_host.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE ((size_t)4096)
#define GRANULE ((size_t)65536)

#define HOST_OF(self, member) ((fake_host *)(void *)((char *)(self)-offsetof(fake_host, member)))

/* Rules, log and tables of every scripted host. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* What is allocated hangs in one list: the runtime leaves memory to the end of the process on purpose, and a leak checker shall not take it for
 * the tests' own. */
typedef union block {
    struct {
        union block *next, *previous;
    } link;
    _Alignas(16) char alignment[16];
} block;
static block alive = {{&alive, &alive}};

static void *allocate(size_t size)
{
    block *made = calloc(1, sizeof *made + size);
    made->link.next = alive.link.next;
    made->link.previous = &alive;
    made->link.next->link.previous = made;
    alive.link.next = made;
    return made + 1;
}

static void give_back(void *memory)
{
    block *gone = (block *)memory - 1;
    gone->link.next->link.previous = gone->link.previous;
    gone->link.previous->link.next = gone->link.next;
    free(gone);
}

static fake_rule *rule_for(fake_host *host, const fake_call *call)
{
    for (uint32_t i = 0; i < host->rule_count; i++) {
        fake_rule *rule = &host->rules[i];
        if (rule->method != call->method || (call->type & rule->type) != rule->type)
            continue;
        rule->seen++;
        if (rule->seen >= rule->first && (rule->last == 0 || rule->seen <= rule->last))
            return rule;
    }
    return NULL;
}

static void keep(fake_host *host, fake_call call, HRESULT hr, uint64_t out)
{
    call.hr = hr;
    call.out = out;
    if (host->call_count < FAKE_LOG_MAX)
        host->log[host->call_count++] = call;
}

/* Runs one call: scripted or done. out may be NULL; size is 4 or 8. */
static HRESULT answer(fake_host *host, fake_call call, void *out, size_t out_size, HRESULT (*act)(fake_host *, const fake_call *, uint64_t *))
{
    uint64_t value = 0;
    HRESULT hr = S_OK;
    pthread_mutex_lock(&lock);
    const fake_rule *rule = rule_for(host, &call);
    if (rule == NULL || rule->out == FAKE_DONE)
        hr = act(host, &call, &value);
    if (rule != NULL)
        hr = rule->hr;
    if (rule != NULL && rule->out == FAKE_VALUE)
        value = rule->value;
    if (out != NULL && (rule == NULL || rule->out != FAKE_UNTOUCHED))
        memcpy(out, &value, out_size);
    keep(host, call, hr, value);
    pthread_mutex_unlock(&lock);
    return hr;
}

static fake_region *region_at(fake_host *host, uint64_t address)
{
    for (uint32_t i = 0; i < FAKE_REGIONS_MAX; i++) {
        uint64_t base = (uintptr_t)host->regions[i].base;
        if (base != 0 && address >= base && address < base + host->regions[i].size)
            return &host->regions[i];
    }
    return NULL;
}

static int access_of(uint32_t protect)
{
    if (protect == PAGE_EXECUTE_READWRITE)
        return PROT_READ | PROT_WRITE | PROT_EXEC;
    return protect == PAGE_READONLY ? PROT_READ : protect == PAGE_NOACCESS ? PROT_NONE : PROT_READ | PROT_WRITE;
}

static HRESULT new_region(fake_host *host, const fake_call *call, uint64_t *out)
{
    size_t size = (call->size + PAGE - 1) / PAGE * PAGE;
    char *memory = mmap((void *)call->address, size + GRANULE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED || (call->address != 0 && (uint64_t)(uintptr_t)memory != call->address))
        return E_OUTOFMEMORY;
    size_t skipped = (GRANULE - (uintptr_t)memory % GRANULE) % GRANULE;
    if (skipped > 0)
        munmap(memory, skipped);
    memory += skipped;
    munmap(memory + size, GRANULE - skipped);
    fake_region *free_region = host->regions;
    while (free_region->base != NULL)
        free_region++;
    *free_region = (fake_region){memory, size};
    *out = (uintptr_t)memory;
    return S_OK;
}

static HRESULT act_alloc(fake_host *host, const fake_call *call, uint64_t *out)
{
    HRESULT hr = S_OK;
    *out = call->address;
    if ((call->type & MEM_RESERVE) != 0 || call->address == 0)
        hr = new_region(host, call, out);
    else if (region_at(host, call->address) == NULL)
        hr = (HRESULT)0x800701E7;
    if (SUCCEEDED(hr) && (call->type & MEM_COMMIT) != 0)
        mprotect((void *)(*out / PAGE * PAGE), call->size, access_of(call->protect));
    return hr;
}

static HRESULT act_free(fake_host *host, const fake_call *call, uint64_t *out)
{
    fake_region *region = region_at(host, call->address);
    *out = 0;
    if (region == NULL)
        return HOST_E_INVALIDOPERATION;
    if (call->type == MEM_RELEASE) {
        munmap(region->base, region->size);
        region->base = NULL;
        return S_OK;
    }
    return mmap((void *)call->address, call->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED ? S_OK
                                                                                                                                            : E_FAIL;
}

static HRESULT act_nothing(fake_host *host, const fake_call *call, uint64_t *out)
{
    (void)host;
    (void)call;
    *out = 0;
    return S_OK;
}

/* The buffer was filled already: pages of ours are committed, all else is free. */
static HRESULT act_query(fake_host *host, const fake_call *call, uint64_t *out)
{
    (void)host;
    (void)call;
    *out = sizeof(MEMORY_BASIC_INFORMATION);
    return S_OK;
}

static HRESULT act_protect(fake_host *host, const fake_call *call, uint64_t *out)
{
    (void)host;
    uint64_t first = call->address / PAGE * PAGE;
    uint64_t last = (call->address + call->size + PAGE - 1) / PAGE * PAGE;
    *out = PAGE_READWRITE;
    return mprotect((void *)first, last - first, access_of(call->protect & 0xFFu)) == 0 ? S_OK : E_FAIL;
}

static HRESULT act_load(fake_host *host, const fake_call *call, uint64_t *out)
{
    (void)call;
    *out = host->memory_load;
    return S_OK;
}

static HRESULT act_heap_alloc(fake_host *host, const fake_call *call, uint64_t *out)
{
    *out = (uintptr_t)allocate(call->size);
    memset((void *)*out, 0xA7, call->size);
    host->blocks++;
    return S_OK;
}

static HRESULT act_heap_free(fake_host *host, const fake_call *call, uint64_t *out)
{
    *out = 0;
    if (call->address == 0)
        return HOST_E_INVALIDOPERATION;
    give_back((void *)call->address);
    host->blocks--;
    return S_OK;
}

static HRESULT act_malloc(fake_host *host, const fake_call *call, uint64_t *out)
{
    (void)call;
    *out = (uintptr_t)&host->heap;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE no_interface(IHostMemoryManager *self, REFIID riid, void **out)
{
    (void)self;
    (void)riid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE manager_add_ref(IHostMemoryManager *self)
{
    HOST_OF(self, manager)->manager_releases--;
    return 1;
}

static ULONG STDMETHODCALLTYPE manager_release(IHostMemoryManager *self)
{
    HOST_OF(self, manager)->manager_releases++;
    return 1;
}

static HRESULT STDMETHODCALLTYPE create_malloc(IHostMemoryManager *self, DWORD type, IHostMalloc **out)
{
    fake_call call = {.method = HF_METHOD_CREATE_MALLOC, .type = type};
    return answer(HOST_OF(self, manager), call, out, sizeof *out, act_malloc);
}

static HRESULT STDMETHODCALLTYPE virtual_alloc(IHostMemoryManager *self, void *address, SIZE_T size, DWORD type, DWORD protect,
                                               EMemoryCriticalLevel level, void **out)
{
    fake_call call = {HF_METHOD_VIRTUAL_ALLOC, (uintptr_t)address, size, 0, type, protect, (uint32_t)level, S_OK};
    return answer(HOST_OF(self, manager), call, out, sizeof *out, act_alloc);
}

static HRESULT STDMETHODCALLTYPE virtual_free(IHostMemoryManager *self, LPVOID address, SIZE_T size, DWORD type)
{
    fake_call call = {.method = HF_METHOD_VIRTUAL_FREE, .address = (uintptr_t)address, .size = size, .type = type};
    return answer(HOST_OF(self, manager), call, NULL, 0, act_free);
}

static HRESULT STDMETHODCALLTYPE virtual_query(IHostMemoryManager *self, void *address, void *buffer, SIZE_T length, SIZE_T *out)
{
    fake_host *host = HOST_OF(self, manager);
    fake_call call = {.method = HF_METHOD_VIRTUAL_QUERY, .address = (uintptr_t)address, .size = length};
    MEMORY_BASIC_INFORMATION info = {.BaseAddress = address, .RegionSize = (SIZE_T)1 << 40, .State = MEM_FREE};
    pthread_mutex_lock(&lock);
    const fake_region *region = region_at(host, call.address);
    if (region != NULL)
        info = (MEMORY_BASIC_INFORMATION){.BaseAddress = address, .AllocationBase = region->base, .RegionSize = PAGE, .State = MEM_COMMIT};
    pthread_mutex_unlock(&lock);
    memcpy(buffer, &info, sizeof info);
    return answer(host, call, out, sizeof *out, act_query);
}

static HRESULT STDMETHODCALLTYPE virtual_protect(IHostMemoryManager *self, void *address, SIZE_T size, DWORD protect, DWORD *out)
{
    fake_call call = {.method = HF_METHOD_VIRTUAL_PROTECT, .address = (uintptr_t)address, .size = size, .protect = protect};
    return answer(HOST_OF(self, manager), call, out, sizeof *out, act_protect);
}

static HRESULT STDMETHODCALLTYPE get_memory_load(IHostMemoryManager *self, DWORD *load, SIZE_T *available)
{
    fake_call call = {.method = HF_METHOD_GET_MEMORY_LOAD};
    *available = (SIZE_T)1 << 30;
    return answer(HOST_OF(self, manager), call, load, sizeof *load, act_load);
}

static HRESULT STDMETHODCALLTYPE register_callback(IHostMemoryManager *self, ICLRMemoryNotificationCallback *callback)
{
    fake_host *host = HOST_OF(self, manager);
    host->callback = callback;
    if (host->on_register != NULL)
        host->on_register(host->user);
    return answer(host, (fake_call){.method = HF_METHOD_REGISTER_NOTIFICATION}, NULL, 0, act_nothing);
}

static HRESULT STDMETHODCALLTYPE needs_address_space(IHostMemoryManager *self, LPVOID address, SIZE_T size)
{
    fake_host *host = HOST_OF(self, manager);
    if (host->on_needs != NULL)
        host->on_needs(host->user);
    fake_call call = {.method = HF_METHOD_NEEDS_ADDRESS_SPACE, .address = (uintptr_t)address, .size = size};
    return answer(host, call, NULL, 0, act_nothing);
}

static HRESULT STDMETHODCALLTYPE acquired(IHostMemoryManager *self, LPVOID address, SIZE_T size)
{
    fake_call call = {.method = HF_METHOD_ACQUIRED_ADDRESS_SPACE, .address = (uintptr_t)address, .size = size};
    return answer(HOST_OF(self, manager), call, NULL, 0, act_nothing);
}

static HRESULT STDMETHODCALLTYPE released(IHostMemoryManager *self, LPVOID address)
{
    fake_call call = {.method = HF_METHOD_RELEASED_ADDRESS_SPACE, .address = (uintptr_t)address};
    return answer(HOST_OF(self, manager), call, NULL, 0, act_nothing);
}

static HRESULT STDMETHODCALLTYPE heap_no_interface(IHostMalloc *self, REFIID riid, void **out)
{
    (void)self;
    (void)riid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE heap_count(IHostMalloc *self)
{
    (void)self;
    return 1;
}

static HRESULT STDMETHODCALLTYPE heap_alloc(IHostMalloc *self, SIZE_T size, EMemoryCriticalLevel level, void **out)
{
    fake_call call = {.method = HF_METHOD_MALLOC_ALLOC, .size = size, .level = (uint32_t)level};
    return answer(HOST_OF(self, heap), call, out, sizeof *out, act_heap_alloc);
}

static HRESULT STDMETHODCALLTYPE heap_debug_alloc(IHostMalloc *self, SIZE_T size, EMemoryCriticalLevel level, char *file, int line, void **out)
{
    (void)file;
    (void)line;
    fake_call call = {.method = HF_METHOD_MALLOC_DEBUG_ALLOC, .size = size, .level = (uint32_t)level};
    return answer(HOST_OF(self, heap), call, out, sizeof *out, act_heap_alloc);
}

static HRESULT STDMETHODCALLTYPE heap_free(IHostMalloc *self, void *memory)
{
    fake_call call = {.method = HF_METHOD_MALLOC_FREE, .address = (uintptr_t)memory};
    return answer(HOST_OF(self, heap), call, NULL, 0, act_heap_free);
}

static HRESULT act_manager(fake_host *host, const fake_call *call, uint64_t *out)
{
    *out = call->size == 0 ? (uintptr_t)&host->manager : 0;
    return *out != 0 ? S_OK : E_NOINTERFACE;
}

static HRESULT STDMETHODCALLTYPE get_host_manager(IHostControl *self, REFIID riid, void **out)
{
    fake_host *host = HOST_OF(self, control);
    if (host->asked_count < 16)
        host->asked[host->asked_count++] = *riid;
    fake_call call = {.method = HF_METHOD_GET_HOST_MANAGER, .size = memcmp(riid, &HF_IID_IHostMemoryManager, sizeof *riid) != 0};
    return answer(host, call, out, sizeof *out, act_manager);
}

static HRESULT STDMETHODCALLTYPE set_app_domain_manager(IHostControl *self, DWORD id, IUnknown *manager)
{
    (void)manager;
    fake_call call = {.method = HF_METHOD_SET_APP_DOMAIN_MANAGER, .protect = id};
    return answer(HOST_OF(self, control), call, NULL, 0, act_nothing);
}

static HRESULT STDMETHODCALLTYPE control_no_interface(IHostControl *self, REFIID riid, void **out)
{
    (void)self;
    (void)riid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE control_count(IHostControl *self)
{
    (void)self;
    return 1;
}

static const IHostMemoryManagerVtbl manager_vtable = {no_interface,        manager_add_ref, manager_release, create_malloc,   virtual_alloc,
                                                      virtual_free,        virtual_query,   virtual_protect, get_memory_load, register_callback,
                                                      needs_address_space, acquired,        released};
static const IHostMallocVtbl heap_vtable = {heap_no_interface, heap_count, heap_count, heap_alloc, heap_debug_alloc, heap_free};
static const IHostControlVtbl control_vtable = {control_no_interface, control_count, control_count, get_host_manager, set_app_domain_manager};

void fake_host_init(fake_host *host)
{
    memset(host, 0, sizeof *host);
    host->manager.lpVtbl = &manager_vtable;
    host->heap.lpVtbl = &heap_vtable;
    host->control.lpVtbl = &control_vtable;
    host->memory_load = 40;
    host->log = allocate(FAKE_LOG_MAX * sizeof *host->log);
}

void fake_host_end(fake_host *host)
{
    for (uint32_t i = 0; i < FAKE_REGIONS_MAX; i++)
        if (host->regions[i].base != NULL)
            munmap(host->regions[i].base, host->regions[i].size);
    give_back(host->log);
}

void fake_host_script(fake_host *host, fake_rule rule)
{
    rule.first = rule.first == 0 ? 1 : rule.first;
    host->rules[host->rule_count++] = rule;
}

static bool passes(const fake_call *call, hf_method method, uint32_t type)
{
    return call->method == method && (call->type & type) == type;
}

uint32_t fake_host_count(const fake_host *host, uint32_t since, hf_method method, uint32_t type)
{
    uint32_t count = 0;
    for (uint32_t i = since; i < host->call_count; i++)
        count += passes(&host->log[i], method, type) ? 1 : 0;
    return count;
}

fake_call fake_host_last(const fake_host *host, hf_method method, uint32_t type)
{
    for (uint32_t i = host->call_count; i-- > 0;)
        if (passes(&host->log[i], method, type))
            return host->log[i];
    return (fake_call){.method = HF_METHOD_COUNT};
}

uint32_t fake_host_regions(const fake_host *host)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < FAKE_REGIONS_MAX; i++)
        count += host->regions[i].base != NULL ? 1 : 0;
    return count;
}
