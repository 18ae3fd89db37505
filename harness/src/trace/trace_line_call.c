/* SPDX-License-Identifier: MIT
 * A call as text. It contains only what repeats: addresses appear as names, free extents and memory load do not appear, and an out-parameter that
 * nobody wrote is "untouched". Each argument has its own printer in a table.
 */
#include "trace_line_parts.h"
#include "base_check.h"

#include "base_poison.h"

/* Arguments, by hf_field */

static void put_address(const hf__trace_line *self)
{
    if (self->event->kind == HF_METHOD_REGISTER_NOTIFICATION)
        hf__trace_put_string(self, self->event->address != 0 ? " address=callback" : " address=null");
    else
        hf__trace_put_name(self, " address=", HF_NAMED_ADDRESS);
}

static void put_size(const hf__trace_line *self)
{
    if (self->event->kind == HF_METHOD_VIRTUAL_QUERY)
        hf__builder_print(self->out, " length=%llu", (unsigned long long)self->event->size);
    else
        hf__trace_put_hex(self, " size=", self->event->size);
}

static void put_type(const hf__trace_line *self)
{
    hf__trace_put_flags(self, " type=", HF_FIELD_TYPE, self->event->type);
}

static void put_protect(const hf__trace_line *self)
{
    hf__trace_put_flags(self, " protect=", HF_FIELD_PROTECT, self->event->protect);
}

static void put_level(const hf__trace_line *self)
{
    hf__trace_put_flags(self, " level=", HF_FIELD_LEVEL, self->event->level);
}

static void put_free(const hf__trace_line *self)
{
    hf__trace_put_flags(self, " free=", HF_FIELD_FREE, self->event->type);
}

static void put_malloc(const hf__trace_line *self)
{
    hf__trace_put_flags(self, " malloc=", HF_FIELD_MALLOC, self->event->type);
}

static void (*const field_printers[HF_FIELD_COUNT])(const hf__trace_line *self) = {
    [HF_FIELD_ADDRESS] = put_address, [HF_FIELD_SIZE] = put_size, [HF_FIELD_TYPE] = put_type,     [HF_FIELD_PROTECT] = put_protect,
    [HF_FIELD_LEVEL] = put_level,     [HF_FIELD_FREE] = put_free, [HF_FIELD_MALLOC] = put_malloc,
};

static const char *available_word(uint32_t value)
{
    static const char *const words[] = {"0", "low", "neutral", "high"};
    return value < HF_COUNT_OF(words) ? words[value] : "?";
}

static void put_arguments(const hf__trace_line *self)
{
    uint32_t fields = hf__model_method((hf_method)self->event->kind)->fields;
    for (unsigned field = 0; field < HF_FIELD_COUNT; field++) {
        if ((fields >> field & 1) != 0)
            field_printers[field](self);
    }
    if (self->event->kind == HF_METHOD_GET_HOST_MANAGER)
        hf__trace_put_hex(self, " iid=", self->event->type);
    if (self->event->kind == HF_METHOD_SET_APP_DOMAIN_MANAGER)
        hf__builder_print(self->out, " domain=%u", self->event->protect);
    if (self->event->kind == HF_METHOD_ON_MEMORY_NOTIFICATION) {
        hf__trace_put_string(self, " available=");
        hf__trace_put_string(self, available_word(self->event->protect != 0 ? self->event->protect : self->event->level));
    }
}

/* Answers */

static bool is_object(uint32_t kind)
{
    return kind == HF_METHOD_CREATE_MALLOC || kind == HF_METHOD_GET_HOST_MANAGER;
}

/* Did the fault leave the out-parameter as the caller had it? Then it holds whatever lay there. */
static bool is_untouched(const hf__trace_line *self)
{
    if (self->rule == NULL)
        return false;
    return FAILED(self->event->hr) ? self->rule->returns && self->rule->out == HF_OUT_UNTOUCHED : self->rule->lie == HF_LIE_UNTOUCHED;
}

static bool is_poisoned(const hf__trace_line *self)
{
    return self->rule != NULL && self->rule->returns && FAILED(self->event->hr) && self->rule->out == HF_OUT_POISON;
}

static void put_pointer_out(const hf__trace_line *self)
{
    const hf_event *event = self->event;
    if (event->out == 0)
        hf__trace_put_string(self, " out=null");
    else if (is_poisoned(self))
        hf__trace_put_string(self, " out=poison");
    else if (FAILED(event->hr))
        hf__trace_put_string(self, " out=not-null");
    else if (is_object(event->kind))
        hf__trace_put_string(self, " out=object");
    else
        hf__trace_put_name(self, " out=", HF_NAMED_OUT);
}

static const char *state_word(uint32_t state)
{
    return state == MEM_COMMIT ? "commit" : state == MEM_RESERVE ? "reserve" : state == MEM_FREE ? "free" : "?";
}

static const char *type_word(uint32_t type)
{
    return type == MEM_PRIVATE ? "private" : type == MEM_MAPPED ? "mapped" : type == MEM_IMAGE ? "image" : "?";
}

/* Prints everything about memory of the host, only what repeats about other memory, and nothing about free memory. */
static void put_query(const hf__trace_line *self)
{
    const hf_event *event = self->event;
    if (!event->forwarded || FAILED(event->host_hr) || event->more->query_state == 0)
        return;
    bool is_own = hf__trace_names_is_live(self->names, self->index, HF_NAMED_QUERY_BASE);
    if (event->more->query_state == MEM_FREE) {
        hf__trace_put_string(self, " state=free");
        return;
    }

    if (is_own) {
        hf__trace_put_name(self, " base=", HF_NAMED_QUERY_BASE);
        hf__trace_put_name(self, " allocation=", HF_NAMED_QUERY_ALLOCATION);
        hf__trace_put_flags(self, " allocation-protect=", HF_FIELD_PROTECT, event->more->query_allocation_protect);
        hf__trace_put_hex(self, " region-size=", event->more->query_region_size);
    } else {
        hf__trace_put_string(self, " base=foreign");
    }
    hf__trace_put_string(self, " state=");
    hf__trace_put_string(self, state_word(event->more->query_state));
    if (event->more->query_state == MEM_COMMIT)
        hf__trace_put_flags(self, " protect=", HF_FIELD_PROTECT, event->more->query_protect);
    hf__trace_put_string(self, " type=");
    hf__trace_put_string(self, type_word(event->more->query_type));
}

static void put_number_out(const hf__trace_line *self)
{
    const hf_event *event = self->event;
    if (FAILED(event->hr))
        hf__trace_put_string(self, event->out == 0 ? " out=0" : " out=not-0");
    else if (event->kind == HF_METHOD_VIRTUAL_PROTECT)
        hf__trace_put_flags(self, " out=", HF_FIELD_PROTECT, (uint32_t)event->out);
    else if (event->kind == HF_METHOD_GET_MEMORY_LOAD)
        hf__trace_put_string(self, " out=*");
    else
        hf__builder_print(self->out, " out=%llu", (unsigned long long)event->out);
    if (event->kind == HF_METHOD_VIRTUAL_QUERY && SUCCEEDED(event->hr))
        put_query(self);
}

static void put_out(const hf__trace_line *self)
{
    hf_out_kind kind = hf__model_method((hf_method)self->event->kind)->out;
    if (kind == HF_OUT_KIND_NONE)
        return;
    if (is_untouched(self))
        hf__trace_put_string(self, " out=untouched");
    else if (kind == HF_OUT_KIND_POINTER)
        put_pointer_out(self);
    else
        put_number_out(self);
}

/* What the host really did, where that is not what the caller was told. */
static void put_host(const hf__trace_line *self)
{
    const hf_event *event = self->event;
    if (event->forwarded && event->host_hr != event->hr)
        hf__trace_put_hresult(self, " host=", event->host_hr);
    else if (!event->forwarded && event->injected && SUCCEEDED(event->hr))
        hf__trace_put_string(self, " host=none");
    bool gave =
        event->forwarded && event->injected && SUCCEEDED(event->host_hr) && hf_event_host_out(event) != 0 && hf_event_host_out(event) != event->out;
    if (gave && hf__model_method((hf_method)event->kind)->out == HF_OUT_KIND_POINTER && !is_object(event->kind))
        hf__trace_put_name(self, " host-out=", HF_NAMED_HOST_OUT);
}

static void put_rule(const hf__trace_line *self)
{
    const hf_event *event = self->event;
    if (event->rule < 0)
        return;
    hf__trace_put_string(self, " rule=");
    hf__trace_line_escape(hf__text(hf_trace_rule_name(self->trace, event->rule)), self->out);
    for (uint32_t i = 0; i < event->ticket_count; i++) {
        if (event->tickets[i].rule == event->rule)
            hf__builder_print(self->out, "#%llu", (unsigned long long)event->tickets[i].ordinal);
    }
}

/* Functions of an unmodified program, as C writes them: "calloc(4, 16) = H1", "mmap(NULL, 4096, PROT_READ) = MAP_FAILED, ENOMEM". */

static void put_pointer(const hf__trace_line *self)
{
    if (self->event->address == 0)
        hf__trace_put_string(self, "NULL");
    else
        hf__trace_put_name(self, "", HF_NAMED_ADDRESS);
}

static void put_count_and_size(const hf__trace_line *self)
{
    uint64_t count = self->event->type;
    hf__builder_print(self->out, "%llu, %llu", (unsigned long long)count, (unsigned long long)(count != 0 ? self->event->size / count : 0));
}

static void put_prot(const hf__trace_line *self)
{
    static const struct {
        uint32_t protect;
        const char *words;
    } rows[] = {{PAGE_NOACCESS, "PROT_NONE"},
                {PAGE_READONLY, "PROT_READ"},
                {PAGE_READWRITE, "PROT_READ|PROT_WRITE"},
                {PAGE_EXECUTE, "PROT_EXEC"},
                {PAGE_EXECUTE_READ, "PROT_READ|PROT_EXEC"},
                {PAGE_EXECUTE_READWRITE, "PROT_READ|PROT_WRITE|PROT_EXEC"}};
    for (size_t i = 0; i < HF_COUNT_OF(rows); i++) {
        if (rows[i].protect == self->event->protect)
            hf__trace_put_string(self, rows[i].words);
    }
}

static void put_letter(const hf__trace_line *self, char letter)
{
    const hf_event *event = self->event;
    switch (letter) {
    case 'a': put_pointer(self); break;
    case 's': hf__builder_print(self->out, "%llu", (unsigned long long)event->size); break;
    case 'c': put_count_and_size(self); break;
    case 'm': hf__builder_print(self->out, "%u", event->type); break;
    case 'p': put_prot(self); break;
    case 'o': hf__builder_print(self->out, "%llu", (unsigned long long)event->protect * 4096); break;
    case 'd': hf__builder_print(self->out, "%u", event->protect); break;
    default: break;
    }
}

/* Watched from outside, where the answer is not seen. */
static bool is_unseen(const hf__trace_line *self)
{
    size_t size_bytes = 0;
    const hf_plan_image *plan = hf_trace_plan(self->trace, &size_bytes);
    return (plan->flags & HF_PLAN_TRAPPED) != 0 && self->event->forwarded;
}

static void put_function_answer(const hf__trace_line *self, const hf_function_row *row)
{
    const hf_event *event = self->event;
    char result[64];
    (void)hf__model_print_hresult(result, sizeof result, event->hr);
    bool has_pointer = hf__model_method(row->method)->out == HF_OUT_KIND_POINTER;
    if (row->fails == NULL)
        return;

    hf__trace_put_string(self, " = ");
    if (FAILED(event->hr))
        hf__builder_print(self->out, "%s%s%s", row->fails, row->fails[0] != '\0' ? ", " : "", result);
    else if (is_unseen(self))
        hf__trace_put_string(self, "?");
    else if (has_pointer && event->out == 0)
        hf__trace_put_string(self, "NULL");
    else if (has_pointer)
        hf__trace_put_name(self, row->fails[0] != '\0' ? "" : "0, ", HF_NAMED_OUT);
    else
        hf__trace_put_string(self, "0");
}

static void print_function(const hf__trace_line *self)
{
    const hf_function_row *row = hf__model_function((hf_function)self->event->function);
    hf__trace_put_string(self, row->name);
    hf__trace_put_string(self, "(");
    for (const char *letter = row->arguments; *letter != '\0'; letter++) {
        hf__trace_put_string(self, letter > row->arguments ? ", " : "");
        put_letter(self, *letter);
    }
    hf__trace_put_string(self, ")");
    if (self->event->complete) {
        put_function_answer(self, row);
        put_host(self);
    }
    put_rule(self);
    if (self->event->in_signal)
        hf__trace_put_string(self, " in-signal");
}

void hf__trace_put_call(const hf__trace_line *self)
{
    if (self->event->function != HF_FUNCTION_NONE) {
        print_function(self);
        return;
    }
    hf__trace_put_string(self, hf__model_call_name(self->event->kind, self->event->function));
    put_arguments(self);
    if (self->event->complete) {
        hf__trace_put_hresult(self, " -> ", self->event->hr);
        put_out(self);
        put_host(self);
    }
    put_rule(self);
    if (self->event->in_signal)
        hf__trace_put_string(self, " in-signal");
}
