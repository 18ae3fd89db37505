/* SPDX-License-Identifier: MIT
 * Callers by name: which are found, the order of the folders, and the messages for callers that do not answer correctly.
 */
#include "run_test.h"
#include "run_callers.h"

TestSuite(run_callers, .timeout = 120);

static void write_caller(const char *folder, const char *name, const char *script)
{
    char *path = hf__format("%s/hf-caller-%s", folder, name);
    char *text = hf__format("#!/bin/sh\n%s\n", script);
    write_file(path, text, 0755);
    hf__free(text);
    hf__free(path);
}

static const struct {
    const char *label, *name, *script;
    const char *about, *library;
    int sees;
    const char *problem; /* NULL: none */
} answers[] = {
    {"all it has", "full", "echo 'name: full'; echo 'about: It does things: many.'; echo 'sees: null'; echo 'library: x 1.2'",
     "It does things: many.", "x 1.2", HF_SEES_NULL, NULL},
    {"only its name", "bare", "echo 'name: bare'", "", "", HF_SEES_HRESULT, NULL},
    {"nothing", "mute", "exit 0", "", "", HF_SEES_HRESULT, "does not answer --hf-about"},
    {"another name", "liar", "echo 'name: other'", "", "", HF_SEES_HRESULT, "it says its name is other"},
    {"a crash", "dead", "kill -SEGV $$", "", "", HF_SEES_HRESULT, "ended by signal 11"},
    {"too much", "loud", "yes", "", "", HF_SEES_HRESULT, "wrote more than"},
};
HF_ROWS(run_callers, answer_is_taken_as_it_is, answers)
{
    char *folder = make_folder();
    write_caller(folder, answers[*number].name, answers[*number].script);
    hf__run_caller_list list;
    cr_assert(eq(int, hf__run_callers_list(folder, true, &list, NULL), HF_OK));
    size_t at = 0;
    while (at + 1 < list.count && strcmp(list.items[at].name, answers[*number].name) != 0)
        at++;
    const hf__run_caller_info *got = &list.items[at];
    const char *problem = got->problem != NULL ? got->problem : "";
    const char *wanted = answers[*number].problem != NULL ? answers[*number].problem : "";
    cr_assert(eq(str, got->name, text_of(answers[*number].name)), "%s", answers[*number].label);
    cr_assert(eq(str, got->about, text_of(answers[*number].about)), "%s", answers[*number].label);
    cr_assert(eq(str, got->library, text_of(answers[*number].library)), "%s", answers[*number].label);
    cr_assert(eq(int, got->sees, answers[*number].sees), "%s", answers[*number].label);
    cr_assert(ne(ptr, strstr(problem, wanted), NULL), "%s: %s", answers[*number].label, problem);
    cr_assert(eq(int, problem[0] == '\0', answers[*number].problem == NULL), "%s", answers[*number].label);
    hf__run_callers_clear(&list);
    remove_folder(folder);
}

Test(run_callers, first_folder_wins_and_specimens_are_apart)
{
    char *one = make_folder(), *two = make_folder();
    write_caller(one, "twice", "echo 'name: twice'; echo 'about: first'");
    write_caller(two, "twice", "echo 'name: twice'; echo 'about: second'");
    write_caller(two, "specimen-x", "echo 'name: specimen-x'");
    char *path = hf__format("%s::%s:/no/such/folder", one, two);
    hf__run_caller_list some, all;
    cr_assert(eq(int, hf__run_callers_list(path, false, &some, NULL), HF_OK));
    cr_assert(eq(int, hf__run_callers_list(path, true, &all, NULL), HF_OK));
    size_t at = some.count - 1;
    while (at > 0 && strcmp(some.items[at].name, "twice") != 0)
        at--;
    cr_assert(eq(str, some.items[at].about, text_of("first")));
    cr_assert(ge(sz, all.count, some.count + 1));
    hf__run_callers_clear(&some);
    hf__run_callers_clear(&all);
    hf__free(path);
    remove_folder(one);
    remove_folder(two);
}

static const struct {
    const char *label, *name, *says; /* NULL: found */
} searches[] = {
    {"there", "lantern", NULL},
    {"a letter off", "lanten", "no caller 'lanten'; did you mean 'lantern'?"},
    {"two letters swapped", "latnern", "did you mean 'lantern'?"},
    {"nothing like it", "zebra", "no executable hf-caller-zebra in "},
    {"a path is no name", "../lantern", "'../lantern' is a path, but --caller takes a name"},
    {"empty", "", "no caller ''"},
};
HF_ROWS(run_callers, name_is_found_or_the_nearest_is_named, searches)
{
    char *folder = make_folder();
    write_caller(folder, "lantern", "echo 'name: lantern'");
    char *found = NULL;
    hf_error err = {0};
    hf_status status = hf__run_caller_find(folder, searches[*number].name, &found, &err);
    const char *says = searches[*number].says != NULL ? searches[*number].says : "";
    cr_assert(eq(int, status, searches[*number].says != NULL ? HF_ERROR_NOT_FOUND : HF_OK), "%s", searches[*number].label);
    cr_assert(ne(ptr, strstr(err.message, says), NULL), "%s: %s", searches[*number].label, err.message);
    cr_assert(eq(int, found != NULL, status == HF_OK), "%s", searches[*number].label);
    hf__free(found);
    remove_folder(folder);
}
