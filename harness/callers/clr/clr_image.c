/* SPDX-License-Identifier: MIT
 * Assemblies: mapped images and their metadata. CLR: src/vm/util.cpp:2559-2707 (the mapping), src/vm/peimagelayout.cpp:175-257 (relocation),
 * src/md/enc/stgio.cpp:925, 1092 (metadata).
 *
 * A mapping is the system's, not the host's, but the host is told of it: NeedsVirtualAddressSpace only after a mapping has failed (it is a plea for
 * room and no advance notice, whatever the documentation says), Acquired and Released around the mapping's life with their results ignored.
 * Relocating an image calls VirtualProtect on memory the host never gave out.
 */
#include "clr.h"
#include <string.h>
#include "base_poison.h"

#define VIEW_BYTES (3 * CLR_GRANULE)
#define TEXT_OFFSET CLR_PAGE
#define TEXT_BYTES (2 * CLR_PAGE)
#define METADATA_BYTES (5 * CLR_PAGE)
#define JUMP_RESERVE_BYTES ((size_t)64 << 10)

static uint64_t contents_of(uint32_t image)
{
    return (image + 1) * 0x9E3779B97F4A7C15u;
}

/* One retry, if the host says anything that is no failure: S_FALSE, by which a real host means no, is heard as yes. The size of a whole-file
 * mapping is 0 and its base may be null, so that the host learns nothing. A failure ends with a last error that is never 0. */
void *clr_map_view(clr_thread *thread, uint32_t image, void *base)
{
    IHostMemoryManager *host = thread->clr->manager;
    void *view = clr_os_map_image(base, VIEW_BYTES, contents_of(image));
    if (view == NULL && host != NULL && SUCCEEDED(host->lpVtbl->NeedsVirtualAddressSpace(host, base, 0)))
        view = clr_os_map_image(base, VIEW_BYTES, contents_of(image));
    if (view == NULL && hf_last_error() == 0)
        hf_set_last_error(ERROR_OUTOFMEMORY);
    if (view != NULL && host != NULL)
        (void)host->lpVtbl->AcquiredVirtualAddressSpace(host, view, VIEW_BYTES);
    return view;
}

static void unmap_view(clr_thread *thread, void *view)
{
    IHostMemoryManager *host = thread->clr->manager;
    clr_os_unmap_image(view, VIEW_BYTES);
    if (host != NULL)
        (void)host->lpVtbl->ReleasedVirtualAddressSpace(host, view);
}

/* At the base it was linked for, else anywhere. The first place an image ever had stands for that base. */
static void *map_image(clr_thread *thread, clr_assembly *assembly)
{
    clr_image *image = &thread->clr->images[assembly->image];
    void *view = image->preferred != NULL ? clr_map_view(thread, assembly->image, image->preferred) : NULL;
    assembly->relocated = image->preferred != NULL && view == NULL;
    if (view == NULL)
        view = clr_map_view(thread, assembly->image, NULL);
    if (view != NULL && image->preferred == NULL)
        image->preferred = view;
    return view;
}

/* Writable for as long as it is patched; the protection is put back with the result ignored. What VirtualProtect gives as the old protection is a
 * local that nobody wrote. */
static bool relocate(clr_thread *thread, clr_assembly *assembly)
{
    char *text = assembly->view + TEXT_OFFSET;
    DWORD old_protect = (DWORD)CLR_GARBAGE;
    if (!clr_virtual_protect(thread, text, TEXT_BYTES, PAGE_READWRITE, &old_protect))
        return clr_throw_last_error(thread);
    memset(text, 0x5A, TEXT_BYTES);
    (void)clr_virtual_protect(thread, text, TEXT_BYTES, old_protect, &old_protect);
    return true;
}

/* Reserved, then committed; a failure is an HRESULT at first and an exception later. The destructor releases the reservation. */
static bool open_metadata(clr_thread *thread, clr_assembly *assembly)
{
    void *memory = clr_virtual_alloc(thread, NULL, METADATA_BYTES, MEM_RESERVE, PAGE_NOACCESS);
    if (memory == NULL)
        return clr_throw_hr(thread, E_OUTOFMEMORY);
    if (clr_virtual_alloc(thread, memory, METADATA_BYTES, MEM_COMMIT, PAGE_READWRITE) == NULL) {
        clr_virtual_free(thread, memory, 0, MEM_RELEASE);
        return clr_throw_hr(thread, E_OUTOFMEMORY);
    }
    uint64_t contents = contents_of(assembly->image);
    memcpy(memory, &contents, sizeof contents);
    assembly->metadata = memory;
    assembly->metadata_size = METADATA_BYTES;
    return true;
}

static bool open_image(clr_thread *thread, clr_domain *domain, clr_assembly *assembly)
{
    assembly->view = map_image(thread, assembly);
    if (assembly->view == NULL)
        return clr_throw_last_error(thread);
    assembly->view_size = VIEW_BYTES;
    thread->clr->images[assembly->image].mapped++;
    if (!relocate(thread, assembly) || !open_metadata(thread, assembly))
        return false;
    clr_crst_enter(thread, &domain->crst);
    assembly->module = clr_loader_heap_alloc(thread, &domain->low, 1500);
    clr_crst_leave(thread, &domain->crst);
    return assembly->module != NULL;
}

static void destroy(clr_thread *thread, clr_assembly *assembly)
{
    if (assembly->metadata != NULL)
        clr_virtual_free(thread, assembly->metadata, 0, MEM_RELEASE);
    if (assembly->view != NULL) {
        unmap_view(thread, assembly->view);
        thread->clr->images[assembly->image].mapped--;
    }
    clr_delete(thread, assembly);
}

clr_assembly *clr_assembly_load(clr_thread *thread, clr_domain *domain, uint32_t image)
{
    clr_assembly *assembly = clr_new(thread, sizeof *assembly);
    if (assembly == NULL)
        return NULL;
    memset(assembly, 0, sizeof *assembly);
    assembly->image = image % CLR_IMAGES;
    if (!open_image(thread, domain, assembly)) {
        destroy(thread, assembly);
        return NULL;
    }

    clr_code_ensure_jump_reserve(thread, assembly->view, VIEW_BYTES, JUMP_RESERVE_BYTES);
    if (thread->exception != CLR_NO_EXCEPTION) {
        destroy(thread, assembly);
        return NULL;
    }
    assembly->next = domain->assemblies;
    domain->assemblies = assembly;
    return assembly;
}

void clr_assemblies_destroy(clr_thread *thread, clr_assembly *assemblies)
{
    clr_assembly *next = NULL;
    for (clr_assembly *assembly = assemblies; assembly != NULL; assembly = next) {
        next = assembly->next;
        destroy(thread, assembly);
    }
}

void clr_assemblies_unmap(clr_assembly *assemblies)
{
    for (clr_assembly *assembly = assemblies; assembly != NULL; assembly = assembly->next)
        clr_os_unmap_image(assembly->view, VIEW_BYTES);
}

/* What managed code can see of an assembly: its contents, wherever they lie. */
uint64_t clr_assembly_sum(const clr_assembly *assembly)
{
    uint64_t words[3];
    memcpy(&words[0], assembly->view, sizeof words[0]);
    memcpy(&words[1], assembly->view + TEXT_OFFSET, sizeof words[1]);
    memcpy(&words[2], assembly->metadata, sizeof words[2]);
    return words[0] + 3 * words[1] + 5 * words[2];
}
