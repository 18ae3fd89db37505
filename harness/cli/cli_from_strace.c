/* SPDX-License-Identifier: MIT
 * Rules from system calls. The kernel sees mmap and brk; the program mostly called malloc. glibc's malloc does the following when the kernel refuses
 * (malloc/malloc.c, sysmalloc and arena_get_retry, 2.36). A large request is an mmap of its size and a header, rounded to pages. Then come brk, or an
 * mprotect that grows an arena; then an mmap again, and another arena of PROT_NONE. If one of these succeeds, malloc has its memory and the program
 * notices nothing. So consecutive calls of one thread that have this form are one request, which failed if all of them did. If there is a stack
 * (strace -k), the function is read from it.
 *
 * A rule names a request by its size and its number among the requests of the process that are at least as large, because the log does not show the
 * calls of malloc that were served from memory it had already.
 */
#include "cli_from_strace.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "cli_strace.h"
#include "cli_strace_call.h"
#include "cli_strace_command.h"
#include "model_rule.h"
#include "os_file.h"
#include "report_case.h"

#include <hostfault/plan.h>
#include <stdio.h>
#include <string.h>

#include "base_poison.h"

#define CHUNK_BYTES 24u /* the most that a chunk's header and alignment add to a page */
#define WORDS_MAX 40u   /* lines about refused calls */

/* A request that the log shows, failed or not. */
typedef struct request {
    char name[12]; /* of the system call */
    bool is_heap;
    uint64_t size;
} request;

typedef struct process {
    uint64_t id; /* of the first thread in the log */
    hf_strace_command command;
    size_t threads;
    request *requests;
    size_t count, capacity;
} process;

/* Failed calls of a thread that may be one request. */
typedef struct chain {
    bool is_open, is_heap;
    uint64_t line, size; /* size 0: the first was brk, so the size is unknown */
    uint64_t larger;     /* earlier requests of malloc, of that size or larger */
    uint64_t same;       /* earlier ones of this call and size */
    char name[12], error[16];
    char function[24];        /* that made the request, from a stack; or "" */
    bool has_stack, asks;     /* asks: the stack names a function of the malloc family */
    bool has_grown, is_spent; /* brk was refused; and then a mapping: malloc has only another arena left to try */
} chain;

typedef struct thread {
    uint64_t id;
    size_t process;
    chain chain;
} thread;

typedef struct rule {
    char call[64], size[32], error[16];
    uint64_t first, last;
} rule;

typedef struct log_reader {
    const char *path;
    process *processes;
    size_t process_count, process_capacity;
    thread *threads;
    size_t thread_count, thread_capacity;
    size_t subject; /* the process that the scenario is for; SIZE_MAX: none yet */
    thread *last;   /* that made the last call */
    uint64_t line, recovered, elsewhere;
    rule rules[HF_RULES_MAX];
    size_t rule_count;
    bool is_full;
    hf__heap_buffer words;
    size_t word_count;
} log_reader;

static void put(log_reader *self, char *text_take)
{
    const hf_report_sink sink = {.write = hf__heap_buffer_write, .user = &self->words};
    hf__report_print(&sink, "# %s\n", text_take);
    hf__free(text_take);
}

static void say(log_reader *self, char *text_take)
{
    if (self->word_count++ < WORDS_MAX)
        put(self, text_take);
    else
        hf__free(text_take);
}

/* Threads and processes */

static thread *thread_of(log_reader *self, uint64_t id)
{
    for (size_t i = 0; i < self->thread_count; i++)
        if (self->threads[i].id == id)
            return &self->threads[i];
    HF_GROW(self->processes, self->process_count, self->process_capacity);
    self->processes[self->process_count] = (process){.id = id, .threads = 1};
    HF_GROW(self->threads, self->thread_count, self->thread_capacity);
    self->threads[self->thread_count] = (thread){.id = id, .process = self->process_count++};
    return &self->threads[self->thread_count++];
}

static void take_clone(log_reader *self, const hf_strace_line *line, const thread *parent)
{
    uint64_t id = 0;
    size_t owner = parent->process;
    bool is_thread = false;
    for (size_t i = 0; i < HF_STRACE_ARGUMENTS_MAX; i++) {
        char *argument = hf__copy_text(line->arguments[i]);
        is_thread = is_thread || strstr(argument, "CLONE_THREAD") != NULL;
        hf__free(argument);
    }
    if (!is_thread || !hf__parse_u64(line->result, &id))
        return;
    thread *child = thread_of(self, id);
    child->process = owner;
    self->processes[owner].threads++;
}

/* A new program begins: requests of the previous one do not count. */
static void take_exec(log_reader *self, const hf_strace_line *line, const thread *by)
{
    process *of = &self->processes[by->process];
    hf__cli_strace_command_clear(&of->command);
    of->command.is_cut = false;
    hf__cli_strace_command_take(&of->command, line->arguments[1]);
    hf__cli_strace_command_take_program(&of->command, line->arguments[0]);
    of->count = 0;
}

/* Requests */

static void count_requests(const process *of, chain *one)
{
    for (size_t i = 0; i < of->count; i++) {
        const request *before = &of->requests[i];
        one->larger += before->is_heap && before->size >= one->size ? 1 : 0;
        one->same += before->size == one->size && strcmp(before->name, one->name) == 0 ? 1 : 0;
    }
}

static void note_request(process *of, const hf_strace_line *line, bool is_heap)
{
    if (hf__text_equal_string(line->name, "brk") || (is_heap && hf__text_equal_string(line->arguments[2], "PROT_NONE")) ||
        (is_heap && hf__text_equal_string(line->name, "mprotect")))
        return;
    HF_GROW(of->requests, of->count, of->capacity);
    request *one = &of->requests[of->count++];
    *one = (request){.is_heap = is_heap, .size = hf__cli_strace_size(line)};
    (void)snprintf(one->name, sizeof one->name, "%.*s", (int)line->name.size_bytes, line->name.pointer);
}

/* Rules */

static void add_rule(log_reader *self, const rule *one)
{
    for (size_t i = 0; i < self->rule_count; i++) {
        rule *last = &self->rules[i];
        if (strcmp(last->call, one->call) == 0 && strcmp(last->size, one->size) == 0 && strcmp(last->error, one->error) == 0 &&
            last->last + 1 == one->first) {
            last->last = one->first;
            return;
        }
    }
    self->is_full = self->is_full || self->rule_count == HF_RULES_MAX;
    if (!self->is_full)
        self->rules[self->rule_count++] = *one;
}

static bool is_known_error(const char *error)
{
    static const char *const names[] = {"ENOMEM", "EAGAIN", "EPERM", "EACCES", "ENFILE"};
    for (size_t i = 0; i < HF_COUNT_OF(names); i++)
        if (strcmp(error, names[i]) == 0)
            return true;
    return false;
}

static void add_heap_failure(log_reader *self, const chain *one)
{
    rule added = {.first = one->larger + 1, .last = one->larger + 1, .error = "ENOMEM"};
    (void)snprintf(added.call, sizeof added.call, "%s", one->function[0] != '\0' ? one->function : "[malloc, calloc, realloc]");
    if (one->size == 0) {
        say(self,
            hf__format("line %llu: the heap could not grow (brk), so a request of malloc's failed. Which one is not in the log; 'hostfault sweep' "
                       "fails every request.",
                       (unsigned long long)one->line));
        return;
    }

    uint64_t least = one->size > HF_STRACE_PAGE_BYTES + CHUNK_BYTES ? one->size - HF_STRACE_PAGE_BYTES - CHUNK_BYTES : 1;
    (void)snprintf(added.size, sizeof added.size, "'>=%llu'", (unsigned long long)least);
    say(self, hf__format("line %llu: %s of %llu bytes was refused (%s): %s of about %llu bytes, number %llu of those as large.",
                         (unsigned long long)one->line, one->name, (unsigned long long)one->size, one->error,
                         one->function[0] != '\0' ? one->function : "taken for malloc, calloc or realloc", (unsigned long long)least,
                         (unsigned long long)added.first));
    add_rule(self, &added);
}

static void add_own_failure(log_reader *self, const chain *one)
{
    rule added = {.first = one->same + 1, .last = one->same + 1};
    bool is_map = strncmp(one->name, "mmap", 4) == 0;
    if (!is_known_error(one->error)) {
        say(self, hf__format("line %llu: %s failed with %s, which reports an invalid argument; no rule repeats it.", (unsigned long long)one->line,
                             one->name, one->error));
        return;
    }
    (void)snprintf(added.call, sizeof added.call, "%s", is_map ? "[mmap, mmap64]" : one->name);
    (void)snprintf(added.size, sizeof added.size, "%llu", (unsigned long long)one->size);
    (void)snprintf(added.error, sizeof added.error, "%s", one->error);
    say(self, hf__format("line %llu: %s of %llu bytes was refused (%s): requested by the program itself, number %llu of this size.",
                         (unsigned long long)one->line, one->name, (unsigned long long)one->size, one->error, (unsigned long long)added.first));
    add_rule(self, &added);
}

/* The thread continues with another request: the refused one is final. */
static void close_chain(log_reader *self, thread *of)
{
    chain *one = &of->chain;
    if (!one->is_open)
        return;
    one->is_open = false;
    if (self->subject == SIZE_MAX)
        self->subject = of->process;

    if (self->subject != of->process) {
        self->elsewhere++;
        return;
    }
    if (one->is_heap && one->has_stack && !one->asks)
        one->is_heap = false;
    if (one->is_heap)
        add_heap_failure(self, one);
    else
        add_own_failure(self, one);
}

static void open_chain(log_reader *self, thread *of, const hf_strace_line *line, bool is_heap)
{
    chain *one = &of->chain;
    *one = (chain){.is_open = true, .is_heap = is_heap, .line = self->line, .size = hf__cli_strace_size(line)};
    (void)snprintf(one->name, sizeof one->name, "%.*s", (int)line->name.size_bytes, line->name.pointer);
    (void)snprintf(one->error, sizeof one->error, "%.*s", (int)line->error.size_bytes, line->error.pointer);
    count_requests(&self->processes[of->process], one);
}

/* Does this call belong to another request than the chain, although no other call is between them? It does if the stack says that the chain is not
 * malloc's: CPython maps its arenas itself (Objects/obmalloc.c, new_arena, 3.11) and calls malloc if that fails. It also does if malloc has tried all
 * but another arena, which begins with a mapping of the same size again. */
static bool begins_request(const chain *one, const hf_strace_line *line)
{
    bool is_next = hf__text_equal_string(line->name, "brk") || (hf__cli_strace_is_plain_map(line) && hf__cli_strace_size(line) != one->size);
    return (one->has_stack && !one->asks) || (one->is_spent && is_next);
}

static void take_request(log_reader *self, thread *of, const hf_strace_line *line)
{
    bool is_heap = hf__cli_strace_is_heap_like(line);
    bool failed = hf__cli_strace_has_failed(line);
    bool continues = of->chain.is_open && of->chain.is_heap && is_heap && !begins_request(&of->chain, line);
    if (continues && !failed) {
        of->chain.is_open = false;
        self->recovered++;
    } else if (!continues) {
        close_chain(self, of);
        if (failed && !hf__cli_strace_has_flag(line->arguments[3], "MAP_STACK"))
            open_chain(self, of, line, is_heap);
        else if (failed)
            say(self, hf__format("line %llu: the C library could not map the stack of a thread; no rule can fail that request.",
                                 (unsigned long long)self->line));
        note_request(&self->processes[of->process], line, is_heap);
    }
    of->chain.is_spent = of->chain.is_spent || (of->chain.has_grown && hf__cli_strace_is_plain_map(line));
    of->chain.has_grown = of->chain.has_grown || hf__text_equal_string(line->name, "brk");
}

static void take_frame(log_reader *self, const hf_strace_line *line)
{
    static const char *const functions[] = {"malloc",         "calloc",   "realloc", "reallocarray", "aligned_alloc",
                                            "posix_memalign", "memalign", "valloc",  "pvalloc"};
    chain *one = self->last != NULL ? &self->last->chain : NULL;
    if (one == NULL || !one->is_open)
        return;
    one->has_stack = true;
    for (size_t i = 0; i < HF_COUNT_OF(functions) && !one->asks; i++) {
        if (!hf__text_equal_string(line->name, functions[i]))
            continue;
        one->asks = true;
        (void)snprintf(one->function, sizeof one->function, "%s", functions[i]);
    }
}

static void take_line(log_reader *self, const hf_strace_line *line)
{
    if (line->kind == HF_STRACE_FRAME)
        take_frame(self, line);
    if (line->kind != HF_STRACE_CALL)
        return;
    thread *of = thread_of(self, line->thread);
    self->last = of;
    if (hf__cli_strace_is_request(line)) {
        take_request(self, of, line);
        return;
    }
    close_chain(self, of);
    if (hf__text_equal_string(line->name, "execve") && hf__text_equal_string(line->result, "0"))
        take_exec(self, line, of);
    else if (hf__text_starts_with(line->name, "clone"))
        take_clone(self, line, of);
}

static void read_log(log_reader *self, hf_text text)
{
    hf_strace *reader = hf__cli_strace_begin();
    while (text.size_bytes > 0) {
        const char *end = memchr(text.pointer, '\n', text.size_bytes);
        size_t length = end != NULL ? (size_t)(end - text.pointer) : text.size_bytes;
        hf_strace_line line;
        self->line++;
        hf__cli_strace_read(reader, (hf_text){text.pointer, length}, &line);
        take_line(self, &line);
        length += end != NULL ? 1 : 0;
        text = (hf_text){text.pointer + length, text.size_bytes - length};
    }
    for (size_t i = 0; i < self->thread_count; i++)
        close_chain(self, &self->threads[i]);
    hf__cli_strace_end(reader);
}

/* The scenario */

static void say_rest(log_reader *self, const process *subject)
{
    if (self->word_count > WORDS_MAX)
        put(self, hf__format("%zu more lines like these.", self->word_count - WORDS_MAX));
    if (subject->command.words.count == 0)
        put(self,
            hf__copy_string(
                "The log does not have the start of the program: put its command in place of PROGRAM. Numbers count from where the log begins."));
    if (subject->command.is_cut)
        put(self, hf__copy_string("Arguments of the command are cut off in the log (strace -s 9999 -v has all): complete them."));

    if (subject->threads > 1)
        put(self, hf__format("The process has %zu threads: the order of their requests may differ in each run.", subject->threads));
    if (self->recovered > 0)
        put(self,
            hf__format("Also refused, but malloc found memory elsewhere, so the program did not see it: %llu.", (unsigned long long)self->recovered));
    if (self->elsewhere > 0)
        put(self,
            hf__format("Also refused in other processes, which a scenario for this one does not reach: %llu.", (unsigned long long)self->elsewhere));
    put(self, hf__copy_string("Not in the log: the environment, the working directory, and requests that malloc served from memory it already had."));
    put(self, hf__copy_string("A rule that does not fire is reported ('unfired'): change its number then. strace -k distinguishes malloc's calls "
                              "from the program's own."));
}

static hf_cli_exit print_scenario(log_reader *self, const hf_report_sink *sink)
{
    static const char *const unknown[] = {"PROGRAM", NULL};
    process *subject = &self->processes[self->subject];
    char *faults[HF_RULES_MAX] = {NULL};
    for (size_t i = 0; i < self->rule_count; i++) {
        const rule *one = &self->rules[i];
        char when[48];
        (void)snprintf(when, sizeof when, one->first == one->last ? "%llu" : "%llu..%llu", (unsigned long long)one->first,
                       (unsigned long long)one->last);
        faults[i] = hf__format("call: %s, where: { size: %s }, when: %s, return: %s", one->call, one->size, when, one->error);
    }

    hf_scenario_file *file = NULL;
    static hf_errors errors;
    const char *const *command = subject->command.words.count > 0 ? subject->command.words.items : unknown;
    hf_cli_exit worst = HF_CLI_MET;
    if (hf_scenario_from_faults(NULL, command, (const char *const *)faults, self->rule_count, &file, &errors) == HF_OK) {
        hf_scenario scenario = *hf_scenario_at(file, 0);
        scenario.name = "from-strace";
        hf__report_put(sink, self->words.text);
        hf_scenario_print(&scenario, sink->write, sink->user);
    } else {
        worst = hf__cli_complain_error(&errors.items[0]);
    }

    hf_scenario_destroy(file);
    for (size_t i = 0; i < self->rule_count; i++)
        hf__free(faults[i]);
    return worst;
}

static hf_cli_exit convert(log_reader *self, const hf_report_sink *sink)
{
    if (self->subject == SIZE_MAX) {
        hf__cli_complain("%s: %s", self->path,
                         self->thread_count == 0 ? "it contains no system call, so it is not an strace log"
                         : self->recovered > 0   ? "the program saw no refused request for memory: malloc found memory elsewhere each time"
                                                 : "no request for memory was refused (mmap, mremap, mprotect, munmap, brk)");
        return self->thread_count == 0 ? HF_CLI_USAGE : HF_CLI_UNMET;
    }

    if (self->is_full) {
        hf__cli_complain("%s: its failures need more than %u rules", self->path, HF_RULES_MAX);
        return HF_CLI_USAGE;
    }
    if (self->rule_count == 0) {
        hf__cli_complain("%s: no rule can repeat what was refused", self->path);
        hf__report_put(hf__cli_err(), self->words.text != NULL ? self->words.text : "");
        return HF_CLI_UNMET;
    }
    say_rest(self, &self->processes[self->subject]);
    return print_scenario(self, sink);
}

hf_cli_exit hf__cli_from_strace(const char *path, const hf_report_sink *sink)
{
    const void *bytes = NULL;
    uint64_t size_bytes = 0;
    hf_error err;
    if (hf__os_map_read(path, &bytes, &size_bytes, &err) != HF_OK)
        return hf__cli_complain_results(&err);
    log_reader *self = hf__allocate(1, sizeof *self);
    *self = (log_reader){.path = path, .subject = SIZE_MAX};
    read_log(self, (hf_text){bytes, (size_t)size_bytes});
    hf_cli_exit worst = convert(self, sink);
    for (size_t i = 0; i < self->process_count; i++) {
        hf__cli_strace_command_clear(&self->processes[i].command);
        hf__free(self->processes[i].requests);
    }

    hf__free(self->processes);
    hf__free(self->threads);
    hf__free(self->words.text);
    hf__free(self);
    if (bytes != NULL)
        hf__os_unmap(bytes, size_bytes);
    return worst;
}
