/* SPDX-License-Identifier: MIT
 * One call on virtual memory, or one touch of it: drawn at random from any source of numbers, run by the host and by its flat model, and
 * written as a line of a script. Shared by the random test, the fuzz target and the differential test.
 *
 * Addresses are offsets into the model's window. The window's first part is one range of address space. After it, at HOST_SLOTS, are
 * slots: regions at addresses that the system chose, each identified by its base.
 */
#ifndef HOST_MOVE_H
#define HOST_MOVE_H

#include "host_model.h"

#define HOST_SLOTS ((size_t)0x100000)
#define HOST_SLOT_BYTES ((size_t)0x20000)
#define HOST_SLOT_COUNT 6u

typedef enum host_move_kind { MOVE_ALLOC, MOVE_FREE, MOVE_PROTECT, MOVE_PROTECT_NULL, MOVE_READ, MOVE_WRITE, MOVE_CALL } host_move_kind;

/* What a page must begin with to be called: a return. */
#define HOST_RETURN 0xC3u

typedef struct host_move {
    host_move_kind kind;
    bool is_absolute; /* the offset is an address, which is none that anything can be at */
    bool is_new;      /* no address is given; the region goes to the slot at the offset */
    uint64_t offset, size;
    DWORD type, protect; /* for a write, what is written */
} host_move;

/* Where moves come from. */
typedef struct host_source {
    uint64_t (*draw)(void *user, uint64_t below);
    void *user;
    size_t pages;    /* of the window that are used */
    bool has_places; /* slots and absolute addresses too */
} host_source;
host_move host_move_draw(const host_source *source, const model *m);

typedef struct host_answer {
    DWORD error;
    bool faulted;
    uint64_t result; /* the address as an offset, the old protection, the byte that was read, or the fault's kind (0 read, 1 write, 8 execute) */
} host_answer;

/* Where the window and the slots are. */
typedef struct host_place {
    uintptr_t window;
    uintptr_t slots[HOST_SLOT_COUNT];
} host_place;
uintptr_t host_place_address(const host_place *place, const host_move *move);
/* An address as an offset; UINT64_MAX if it is in no place. */
uint64_t host_place_offset(const host_place *place, uintptr_t address);

host_answer host_move_run(host_place *place, const host_move *move);
host_answer host_move_predict(model *m, const host_move *move);

/* `alloc B+1000 2000 reserve|commit readwrite`: B the window, S2 a slot, `S2=alloc null ...` a new one. False: not a line of a script. */
void host_move_print(const host_move *move, char *out, size_t capacity);
bool host_move_parse(const char *line, host_move *out);
/* "B+1000", "S2", "NULL", or "PTR" for what is nowhere. */
void host_place_print(const host_place *place, uintptr_t address, char *out, size_t capacity);

#endif
