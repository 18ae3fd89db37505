/* SPDX-License-Identifier: MIT
 * A reservation that is committed page by page as the stack grows, and released at the end.
 *
 * It has a bug: when the second page is refused, it reports that correctly, but leaks the reservation. No run without faults shows it.
 */
#include "stack_machine.h"

#define PAGE 4096u
#define SLOTS_PER_PAGE (PAGE / sizeof(unsigned))
#define PAGES 16u

typedef struct machine {
    IHostMemoryManager *host;
    unsigned *slots;
    size_t used, pages;
} machine;

static int grow(machine *self)
{
    void *page = NULL;
    if (self->pages == PAGES)
        return 0;
    char *at = (char *)self->slots + self->pages * PAGE;
    HRESULT hr = self->host->lpVtbl->VirtualAlloc(self->host, at, PAGE, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &page);
    if (FAILED(hr))
        return 0;
    self->pages++;
    return 1;
}

static int push(machine *self, unsigned value)
{
    if (self->used == self->pages * SLOTS_PER_PAGE && !grow(self))
        return 0;
    self->slots[self->used++] = value;
    return 1;
}

static unsigned pop(machine *self)
{
    return self->used > 0 ? self->slots[--self->used] : 0;
}

static int step(machine *self, uint8_t code)
{
    if (code < 128)
        return push(self, code);
    unsigned a = pop(self), b = pop(self);
    return push(self, code < 192 ? a + b : a * b);
}

int stack_machine_run(IHostMemoryManager *host, const uint8_t *program, size_t size, unsigned *result)
{
    machine self = {host, NULL, 0, 0};
    void *base = NULL;
    int good = 1;
    if (FAILED(host->lpVtbl->VirtualAlloc(host, NULL, PAGES * PAGE, MEM_RESERVE, PAGE_READWRITE, eTaskCritical, &base)))
        return 0;
    self.slots = base;
    for (size_t i = 0; i < size && good; i++)
        good = step(&self, program[i]);
    *result = good ? pop(&self) : 0;
    if (!good && self.pages == 1)
        return 0; /* the bug */
    (void)host->lpVtbl->VirtualFree(host, base, 0, MEM_RELEASE);
    return good;
}
