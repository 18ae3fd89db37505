/* SPDX-License-Identifier: MIT
 * Running, predicting, printing and reading moves.
 */
#include "host_move.h"
#include "host.h"
#include "host_flags.h"
#include "host_touch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned slot_of(uint64_t offset)
{
    return offset >= HOST_SLOTS && offset < HOST_SLOTS + HOST_SLOT_COUNT * HOST_SLOT_BYTES ? (unsigned)((offset - HOST_SLOTS) / HOST_SLOT_BYTES)
                                                                                           : HOST_SLOT_COUNT;
}

uintptr_t host_place_address(const host_place *place, const host_move *move)
{
    unsigned slot = slot_of(move->offset);
    if (move->is_new)
        return 0;
    if (move->is_absolute)
        return (uintptr_t)move->offset;
    /* Without slots the window goes on where they would be. */
    if (slot == HOST_SLOT_COUNT || place->slots[slot] == 0)
        return place->window + (uintptr_t)move->offset;
    return place->slots[slot] + (uintptr_t)(move->offset - HOST_SLOTS) % HOST_SLOT_BYTES;
}

uint64_t host_place_offset(const host_place *place, uintptr_t address)
{
    uint64_t best = UINT64_MAX;
    uintptr_t nearest = HOST_SLOT_BYTES;
    for (unsigned i = 0; i < HOST_SLOT_COUNT; i++) {
        uintptr_t beyond = address - place->slots[i];
        if (place->slots[i] == 0 || beyond >= nearest)
            continue;
        nearest = beyond;
        best = HOST_SLOTS + i * HOST_SLOT_BYTES + beyond;
    }
    return best == UINT64_MAX && address - place->window < MODEL_BYTES ? address - place->window : best;
}

static host_answer run_alloc(host_place *place, const host_move *move)
{
    void *got = NULL;
    host_answer answer = {.error = hf__host_alloc((void *)host_place_address(place, move), (size_t)move->size, move->type, move->protect, &got)};
    if (got != NULL && move->is_new)
        place->slots[slot_of(move->offset)] = (uintptr_t)got;
    answer.result = got != NULL ? host_place_offset(place, (uintptr_t)got) : 0;
    return answer;
}

static host_answer run_free(host_place *place, const host_move *move)
{
    unsigned slot = slot_of(move->offset);
    host_answer answer = {.error = hf__host_free((void *)host_place_address(place, move), (size_t)move->size, move->type)};
    if (answer.error == 0 && move->type == MEM_RELEASE && slot < HOST_SLOT_COUNT && !move->is_absolute)
        place->slots[slot] = 0;
    return answer;
}

static host_answer run_protect(host_place *place, const host_move *move)
{
    DWORD old = 0, *told = move->kind == MOVE_PROTECT_NULL ? NULL : &old;
    host_answer answer = {.error = hf__host_protect((void *)host_place_address(place, move), (size_t)move->size, move->protect, told)};
    answer.result = old;
    return answer;
}

host_answer host_move_run(host_place *place, const host_move *move)
{
    host_touch touched;
    switch (move->kind) {
    case MOVE_ALLOC: return run_alloc(place, move);
    case MOVE_FREE: return run_free(place, move);
    case MOVE_PROTECT:
    case MOVE_PROTECT_NULL: return run_protect(place, move);
    case MOVE_READ: touched = host_touch_read(host_place_address(place, move)); break;
    case MOVE_WRITE: touched = host_touch_write(host_place_address(place, move), (uint8_t)move->protect); break;
    case MOVE_CALL: touched = host_touch_call(host_place_address(place, move)); break;
    default: return (host_answer){.error = UINT16_MAX};
    }
    uint8_t value = move->kind == MOVE_READ ? touched.value : 0;
    return (host_answer){.faulted = touched.faulted, .result = touched.faulted ? touched.kind : value};
}

static host_answer predict_alloc(model *m, const host_move *move)
{
    size_t at = 0;
    DWORD type = move->type;
    if (move->is_new && (type & (MEM_RESET | MEM_RESET_UNDO)) == 0 && (type & MEM_COMMIT) != 0 && (type & MEM_WRITE_WATCH) == 0 &&
        (type & MEM_LARGE_PAGES) == 0)
        type |= MEM_RESERVE;
    host_answer answer = {.error = model_alloc(m, (size_t)move->offset, (size_t)move->size, type, move->protect, &at)};
    answer.result = answer.error == 0 ? at : 0;
    return answer;
}

static host_answer predict_touch(model *m, const host_move *move)
{
    static const struct {
        model_access access;
        uint8_t fault;
    } kinds[] = {[MOVE_READ] = {MODEL_READ, 0}, [MOVE_WRITE] = {MODEL_WRITE, 1}, [MOVE_CALL] = {MODEL_EXECUTE, 8}};
    size_t page = (size_t)move->offset / MODEL_PAGE;
    if (model_touch(m, page, kinds[move->kind].access))
        return (host_answer){.faulted = true, .result = kinds[move->kind].fault};
    if (move->kind == MOVE_WRITE) {
        m->pages[page].stamp = (uint8_t)move->protect;
        m->pages[page].is_reset = false;
    }
    return (host_answer){.result = move->kind == MOVE_READ ? m->pages[page].stamp : 0};
}

host_answer host_move_predict(model *m, const host_move *move)
{
    DWORD old = 0;
    host_answer answer = {0};
    if (move->is_absolute) /* nothing is there, so nothing changes */
        return (host_answer){.error = UINT16_MAX};
    switch (move->kind) {
    case MOVE_ALLOC: return predict_alloc(m, move);
    case MOVE_FREE: answer.error = model_free(m, (size_t)move->offset, (size_t)move->size, move->type); break;
    case MOVE_PROTECT: answer.error = model_protect(m, (size_t)move->offset, (size_t)move->size, move->protect, &old); break;
    case MOVE_PROTECT_NULL: answer.error = ERROR_NOACCESS; break;
    case MOVE_READ:
    case MOVE_WRITE:
    case MOVE_CALL: return predict_touch(m, move);
    }
    answer.result = old;
    return answer;
}

/* Text */

static const char *const names[] = {"alloc", "free", "protect", "protect-null", "read", "write", "exec"};

static void print_offset(uint64_t offset, char *out, size_t capacity)
{
    unsigned slot = slot_of(offset);
    char name[8] = "B";
    if (slot < HOST_SLOT_COUNT) {
        snprintf(name, sizeof name, "S%u", slot);
        offset = (offset - HOST_SLOTS) % HOST_SLOT_BYTES;
    }
    if (offset == 0)
        snprintf(out, capacity, "%s", name);
    else
        snprintf(out, capacity, "%s+%llx", name, (unsigned long long)offset);
}

void host_place_print(const host_place *place, uintptr_t address, char *out, size_t capacity)
{
    uint64_t offset = host_place_offset(place, address);
    if (address == 0)
        snprintf(out, capacity, "NULL");
    else if (offset == UINT64_MAX)
        snprintf(out, capacity, "PTR");
    else
        print_offset(offset, out, capacity);
}

void host_move_print(const host_move *move, char *out, size_t capacity)
{
    char at[32], type[96], protect[96], before[8] = "";
    unsigned long long size = move->size;
    host_flags_print(move->type, type, sizeof type);
    host_flags_print(move->protect, protect, sizeof protect);
    print_offset(move->offset, at, sizeof at);
    if (move->is_new) {
        snprintf(before, sizeof before, "S%u=", slot_of(move->offset));
        snprintf(at, sizeof at, "null");
    }
    if (move->is_absolute)
        snprintf(at, sizeof at, "%llx", (unsigned long long)move->offset);
    const char *name = names[move->kind];
    switch (move->kind) {
    case MOVE_ALLOC: snprintf(out, capacity, "%s%s %s %llx %s %s", before, name, at, size, type, protect); break;
    case MOVE_FREE: snprintf(out, capacity, "%s %s %llx %s", name, at, size, type); break;
    case MOVE_PROTECT:
    case MOVE_PROTECT_NULL: snprintf(out, capacity, "%s %s %llx %s", name, at, size, protect); break;
    case MOVE_READ:
    case MOVE_CALL: snprintf(out, capacity, "%s %s", name, at); break;
    case MOVE_WRITE: snprintf(out, capacity, "%s %s %x", name, at, (unsigned)move->protect); break;
    }
}

static void parse_offset(const char *word, host_move *out)
{
    const char *plus = strchr(word, '+');
    uint64_t offset = plus != NULL ? strtoull(plus + 1, NULL, 16) : 0;
    if (word[0] == 'S')
        out->offset = HOST_SLOTS + strtoul(word + 1, NULL, 10) % HOST_SLOT_COUNT * HOST_SLOT_BYTES + offset;
    else if (word[0] == 'B')
        out->offset = offset;
    else {
        out->is_absolute = true;
        out->offset = strtoull(word, NULL, 16);
    }
}

bool host_move_parse(const char *line, host_move *out)
{
    char words[5][100] = {{0}};
    *out = (host_move){0};
    int count = sscanf(line, "%99s %99s %99s %99s %99s", words[0], words[1], words[2], words[3], words[4]);
    const char *equals = strchr(words[0], '='), *name = equals != NULL ? equals + 1 : words[0];
    unsigned kind = 0;
    while (kind < sizeof names / sizeof *names && strcmp(names[kind], name) != 0)
        kind++;
    static const int wanted[] = {5, 4, 4, 4, 2, 3, 2};
    if (kind == sizeof names / sizeof *names || count != wanted[kind])
        return false;
    out->kind = (host_move_kind)kind;
    out->is_new = equals != NULL;
    parse_offset(equals != NULL ? words[0] : words[1], out);
    out->size = out->kind <= MOVE_PROTECT_NULL ? strtoull(words[2], NULL, 16) : 0;
    out->type = out->kind <= MOVE_FREE ? host_flags_parse(words[3]) : 0;
    if (out->kind == MOVE_ALLOC)
        out->protect = host_flags_parse(words[4]);
    else if (out->kind == MOVE_PROTECT || out->kind == MOVE_PROTECT_NULL)
        out->protect = host_flags_parse(words[3]);
    else if (out->kind == MOVE_WRITE)
        out->protect = (DWORD)strtoul(words[2], NULL, 16);
    return true;
}
