/* SPDX-License-Identifier: MIT
 * The flat model. It must share no code with the host.
 */
#include "host_model.h"

#include <string.h>

static bool is_copying(DWORD protect)
{
    return protect == PAGE_WRITECOPY || protect == PAGE_EXECUTE_WRITECOPY;
}

static bool is_protection(DWORD protect)
{
    DWORD kind = protect & 0xFF, more = protect & ~0xFFu;
    bool known = kind == PAGE_NOACCESS || kind == PAGE_READONLY || kind == PAGE_READWRITE || kind == PAGE_EXECUTE || kind == PAGE_EXECUTE_READ ||
                 kind == PAGE_EXECUTE_READWRITE;
    if (more == 0)
        return known;
    return known && kind != PAGE_NOACCESS && (more == PAGE_GUARD || more == PAGE_NOCACHE || more == PAGE_WRITECOMBINE);
}

static size_t first_page(size_t offset)
{
    return offset / MODEL_PAGE;
}

/* One page beyond the window for all that ends outside. */
static size_t end_page(size_t offset, size_t size)
{
    return size > MODEL_BYTES - offset ? MODEL_PAGES + 1 : (offset + size + MODEL_PAGE - 1) / MODEL_PAGE;
}

/* Wherever the window is, an address space of 2^47 bytes ends before that. */
static bool is_beyond_all(size_t size)
{
    return size >= (size_t)1 << 47;
}

/* Do all pages belong to one reservation? */
static bool is_one_region(const model *m, size_t first, size_t end)
{
    if (end > MODEL_PAGES)
        return false;
    for (size_t i = first; i < end; i++) {
        if (m->pages[i].region == 0 || m->pages[i].region != m->pages[first].region)
            return false;
    }
    return true;
}

static uint32_t count_uncommitted(const model *m, size_t first, size_t end)
{
    uint32_t count = 0;
    for (size_t i = first; i < end; i++)
        count += m->pages[i].protect == 0;
    return count;
}

static DWORD reserve(model *m, size_t offset, size_t size, DWORD type, DWORD protect, size_t *out)
{
    size_t first = offset / 0x10000 * 0x10000 / MODEL_PAGE, end = end_page(offset, size);
    uint32_t fresh = (type & MEM_COMMIT) != 0 ? (uint32_t)(end - first) : 0;
    if (m->committed + fresh > m->limit)
        return ERROR_COMMITMENT_LIMIT;
    for (size_t i = first; i < end; i++) {
        if (m->pages[i].region != 0)
            return ERROR_INVALID_ADDRESS;
    }
    m->regions++;
    for (size_t i = first; i < end; i++)
        m->pages[i] = (model_page){.region = m->regions,
                                   .base = (uint32_t)first,
                                   .reserved_with = protect,
                                   .protect = (type & MEM_COMMIT) != 0 ? protect : 0,
                                   .is_physical = (type & MEM_PHYSICAL) != 0};
    m->committed += fresh;
    *out = first * MODEL_PAGE;
    return 0;
}

static DWORD commit(model *m, size_t offset, size_t size, DWORD protect, size_t *out)
{
    size_t first = first_page(offset), end = end_page(offset, size);
    if (!is_one_region(m, first, end) || m->pages[first].is_physical)
        return ERROR_INVALID_ADDRESS;
    if (is_copying(protect))
        return ERROR_INVALID_PARAMETER;
    uint32_t fresh = count_uncommitted(m, first, end);
    if (m->committed + fresh > m->limit)
        return ERROR_COMMITMENT_LIMIT;
    for (size_t i = first; i < end; i++)
        m->pages[i].protect = protect;
    m->committed += fresh;
    *out = first * MODEL_PAGE;
    return 0;
}

/* Contents that are not needed stay, but for a page that has none. */
static DWORD reset(model *m, size_t offset, size_t size, DWORD type, DWORD protect, size_t *out)
{
    size_t first = first_page(offset), end = end_page(offset, size);
    if (!is_one_region(m, first, end) || m->pages[first].is_physical)
        return ERROR_INVALID_ADDRESS;
    if (is_copying(protect))
        return ERROR_INVALID_PARAMETER;
    for (size_t i = first; i < end && type == MEM_RESET; i++)
        m->pages[i].is_reset = m->pages[i].protect != 0;
    *out = first * MODEL_PAGE;
    return 0;
}

static bool is_type(DWORD type, DWORD protect)
{
    DWORD main_types = type & (MEM_COMMIT | MEM_RESERVE | MEM_RESET | MEM_RESET_UNDO);
    DWORD known = main_types | MEM_TOP_DOWN | MEM_WRITE_WATCH | MEM_PHYSICAL | MEM_LARGE_PAGES;
    if ((type & ~known) != 0 || main_types == 0)
        return false;
    if ((type & (MEM_RESET | MEM_RESET_UNDO)) != 0)
        return type == MEM_RESET || type == MEM_RESET_UNDO;
    if ((type & MEM_PHYSICAL) != 0)
        return type == (MEM_PHYSICAL | MEM_RESERVE) && protect == PAGE_READWRITE;
    if ((type & MEM_LARGE_PAGES) != 0 && main_types != (MEM_COMMIT | MEM_RESERVE))
        return false;
    return (type & MEM_WRITE_WATCH) == 0 || (type & MEM_RESERVE) != 0;
}

DWORD model_alloc(model *m, size_t offset, size_t size, DWORD type, DWORD protect, size_t *out)
{
    bool may_copy = is_copying(protect) && (type & MEM_RESERVE) == 0; /* refused only once the memory is known to be private */
    if (!is_type(type, protect) || size == 0 || !(is_protection(protect) || may_copy) || is_beyond_all(size))
        return ERROR_INVALID_PARAMETER;
    if ((type & MEM_LARGE_PAGES) != 0)
        return ERROR_PRIVILEGE_NOT_HELD;
    if ((type & (MEM_RESET | MEM_RESET_UNDO)) != 0)
        return reset(m, offset, size, type, protect, out);
    return (type & MEM_RESERVE) != 0 ? reserve(m, offset, size, type, protect, out) : commit(m, offset, size, protect, out);
}

static size_t region_end(const model *m, size_t page)
{
    size_t end = page;
    while (end < MODEL_PAGES && m->pages[end].region == m->pages[page].region)
        end++;
    return end;
}

DWORD model_free(model *m, size_t offset, size_t size, DWORD type)
{
    size_t first = first_page(offset), end = end_page(offset, size);
    if ((type != MEM_RELEASE && type != MEM_DECOMMIT) || (type == MEM_RELEASE && size != 0) || is_beyond_all(size))
        return ERROR_INVALID_PARAMETER;
    const model_page *page = &m->pages[first];
    if (page->region == 0 || (size == 0 && page->base != first))
        return ERROR_INVALID_ADDRESS;
    if (size == 0)
        end = region_end(m, first);
    if (end > region_end(m, first))
        return ERROR_INVALID_PARAMETER;
    m->committed -= (uint32_t)(end - first) - count_uncommitted(m, first, end);
    for (size_t i = first; i < end; i++) {
        m->pages[i].protect = 0;
        m->pages[i].stamp = 0;
        m->pages[i].is_reset = false;
        if (type == MEM_RELEASE)
            m->pages[i] = (model_page){0};
    }
    return 0;
}

DWORD model_protect(model *m, size_t offset, size_t size, DWORD protect, DWORD *old)
{
    size_t first = first_page(offset), end = end_page(offset, size);
    bool copies = is_copying(protect);
    if ((!is_protection(protect) && !copies) || size == 0 || is_beyond_all(size))
        return ERROR_INVALID_PARAMETER;
    if (copies && is_one_region(m, first, end))
        return ERROR_INVALID_PARAMETER;
    if (!is_one_region(m, first, end) || count_uncommitted(m, first, end) != 0)
        return ERROR_INVALID_ADDRESS;
    *old = m->pages[first].protect;
    for (size_t i = first; i < end; i++)
        m->pages[i].protect = protect;
    return 0;
}

model_answer model_query(const model *m, size_t offset)
{
    size_t first = first_page(offset), end = first;
    const model_page *page = &m->pages[first];
    while (end < MODEL_PAGES && m->pages[end].region == page->region && m->pages[end].protect == page->protect)
        end++;
    model_answer told = {.base = first * MODEL_PAGE, .size = (end - first) * MODEL_PAGE};
    told.state = page->region == 0 ? MEM_FREE : page->protect == 0 ? MEM_RESERVE : MEM_COMMIT;
    told.protect = page->region == 0 ? PAGE_NOACCESS : page->protect;
    told.allocation = (size_t)page->base * MODEL_PAGE;
    told.reserved_with = page->reserved_with;
    return told;
}

bool model_touch(model *m, size_t page, model_access access)
{
    model_page *at = &m->pages[page];
    bool can = access == MODEL_READ ? model_can_read(at) : access == MODEL_WRITE ? model_can_write(at) : model_can_execute(at);
    at->protect &= ~(DWORD)PAGE_GUARD;
    return !can;
}

bool model_can_read(const model_page *page)
{
    return page->protect != 0 && (page->protect & (PAGE_GUARD | PAGE_NOACCESS)) == 0;
}

bool model_can_write(const model_page *page)
{
    return model_can_read(page) && (page->protect & (PAGE_READWRITE | PAGE_EXECUTE_READWRITE)) != 0;
}

bool model_can_execute(const model_page *page)
{
    return model_can_read(page) && (page->protect & (PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE)) != 0;
}
