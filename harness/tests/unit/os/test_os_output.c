/* SPDX-License-Identifier: MIT
 * Unexpected kinds of files in places where the tool reads and writes.
 */
#include "heap_alloc.h"
#include "hf_rows.h"
#include "os_file.h"
#include "system_file.h"
#include "system_guard.h"
#include "system_output.h"
#include "system_machine.h"
#include "os_test_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

TestSuite(os_output, .timeout = 120, .init = make_folder, .fini = remove_folder);

static unsigned count_entries(void)
{
    unsigned count = 0;
    DIR *entries = opendir(".");
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries))
        count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
    closedir(entries);
    return count;
}

static mode_t kind_of(const char *path)
{
    struct stat facts;
    cr_assert_eq(lstat(path, &facts), 0);
    return facts.st_mode & S_IFMT;
}

static char *text_of(const char *path)
{
    char *text = NULL;
    size_t size_bytes = 0;
    cr_assert_eq(hf__system_file_read(path, 100, &text, &size_bytes, NULL), HF_OK);
    return text;
}

Test(os_output, a_regular_file_is_replaced_whole)
{
    cr_assert(eq(int, hf__system_output_write("report", "longer than the next", 20, NULL), HF_OK));
    cr_assert(eq(int, hf__system_output_write("report", "short", 5, NULL), HF_OK));
    char *text = text_of("report");
    cr_assert(eq(str, text, (char *)(uintptr_t) "short"));
    cr_assert(eq(u32, count_entries(), 1), "nothing stays beside it");
    hf__free(text);
}

Test(os_output, a_link_is_written_through_and_stays_a_link)
{
    cr_assert_eq(symlink("target", "link"), 0);
    cr_assert(eq(int, hf__system_output_write("link", "text", 4, NULL), HF_OK));
    char *text = text_of("target");
    cr_assert(eq(str, text, (char *)(uintptr_t) "text"));
    cr_assert_eq(kind_of("link"), S_IFLNK);
    hf__free(text);
}

Test(os_output, a_fifo_is_written_to_and_stays_a_fifo)
{
    char text[8] = "";
    cr_assert_eq(mkfifo("fifo", 0644), 0);
    int reader = open("fifo", O_RDONLY | O_NONBLOCK);
    cr_assert(eq(int, hf__system_output_write("fifo", "text", 4, NULL), HF_OK));
    cr_assert_eq(read(reader, text, sizeof text), 4);
    cr_assert_eq(kind_of("fifo"), S_IFIFO);
    close(reader);
}

/* Skipped where only root may make devices and the test does not run as root: the link above is the same road. */
Test(os_output, a_device_is_written_to_and_stays_a_device)
{
    bool made = mknod("null", S_IFCHR | 0666, makedev(1, 3)) == 0;
    mode_t kind = made ? S_IFCHR : S_IFLNK;
    cr_assert_eq(made || symlink("/dev/null", "null") == 0, true);
    hf_error err = {.status = HF_OK};
    hf_status status = hf__system_output_write("null", "text", 4, &err);
    cr_assert(eq(int, status == HF_OK || err.os_code == EACCES, 1), "a file system may be mounted without devices");
    cr_assert_eq(kind_of("null"), kind);
}

Test(os_output, a_file_beyond_its_limit_leaves_nothing_behind)
{
    static const char text[8192] = {1};
    hf_error err = {.status = HF_OK};
    const struct rlimit limit = {4096, RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN); /* as hf__system_tool_begin does */
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_assert(eq(int, hf__system_output_write("report", text, sizeof text, &err), HF_ERROR_SYSTEM));
    cr_assert_not_null(strstr(err.message, "ulimit -f"));
    cr_assert(eq(u32, count_entries(), 0));
}

/* A file of ours, on the other hand, is never written to through what somebody put in its place. */
Test(os_output, our_own_file_replaces_a_link)
{
    cr_assert_eq(symlink("victim", "trace"), 0);
    cr_assert(eq(int, hf__system_file_write("trace", "ours", 4, NULL), HF_OK));
    cr_assert_eq(kind_of("trace"), S_IFREG);
    cr_assert(eq(int, hf__os_file_exists("victim"), 0));
}

static void make_victim(void)
{
    cr_assert(eq(int, hf__system_file_write("victim", "0123456789", 10, NULL), HF_OK));
    cr_assert_eq(symlink("victim", "link"), 0);
    cr_assert_eq(mkfifo("fifo", 0644), 0);
}

Test(os_output, our_own_files_are_not_reached_through_links)
{
    char text[4];
    void *map = NULL;
    hf_error err;
    make_victim();
    cr_assert(eq(int, hf__system_file_put("link", "x", 1, &err), HF_ERROR_SYSTEM));
    cr_assert(eq(int, hf__os_file_extend("link", 0, 100, &err), HF_ERROR_FORMAT));
    cr_assert(eq(int, hf__os_file_truncate("link", 0, &err), HF_ERROR_FORMAT));
    cr_assert(eq(int, hf__os_map_shared("link", 100, NULL, &map, &err), HF_ERROR_FORMAT));
    cr_assert(eq(int, hf__system_file_cut("link", 0), 0));
    cr_assert(eq(sz, hf__os_file_read_at("link", 0, text, sizeof text), 0));
    cr_assert(eq(u64, hf__system_file_size("victim"), 10));
}

Test(os_output, a_fifo_in_place_of_a_file_is_refused_at_once)
{
    char *text = NULL;
    size_t size_bytes = 0;
    const void *map = NULL;
    uint64_t map_bytes = 0;
    hf_error err;
    make_victim();
    cr_assert(eq(int, hf__system_file_read("fifo", 100, &text, &size_bytes, &err), HF_ERROR_INPUT));
    cr_assert_str_eq(err.message, "fifo is a FIFO, not a regular file");
    cr_assert(eq(int, hf__os_map_read("fifo", &map, &map_bytes, &err), HF_ERROR_INPUT));
    cr_assert(eq(int, hf__system_file_put("fifo", "x", 1, &err), HF_ERROR_SYSTEM));
    cr_assert(eq(int, hf__os_file_extend("fifo", 0, 100, &err), HF_ERROR_FORMAT));
    cr_assert(eq(int, hf__system_file_cut("fifo", 0), 0));
}

Test(os_output, a_device_in_place_of_a_file_is_refused)
{
    char *text = NULL;
    size_t size_bytes = 0;
    hf_error err;
    cr_assert(eq(int, hf__system_file_read("/dev/zero", 100, &text, &size_bytes, &err), HF_ERROR_INPUT));
    cr_assert_str_eq(err.message, "/dev/zero is a device, not a regular file");
}

Test(os_output, a_file_that_was_cut_is_not_grown_again)
{
    hf_error err;
    cr_assert(eq(int, hf__system_file_write("trace", "0123456789", 10, NULL), HF_OK));
    cr_assert(eq(int, hf__os_file_extend("trace", 11, 100, &err), HF_ERROR_FORMAT));
    cr_assert_str_eq(err.message, "trace was truncated while in use");
}

Test(os_output, a_mapping_that_is_cut_reads_as_zeros)
{
    void *map = NULL;
    cr_assert(eq(int, hf__os_file_create("trace", NULL), HF_OK));
    cr_assert(eq(int, hf__os_file_extend("trace", 0, 1 << 16, NULL), HF_OK));
    cr_assert(eq(int, hf__os_map_shared("trace", 1 << 16, NULL, &map, NULL), HF_OK));
    hf__system_guard_begin();
    volatile char *bytes = map;
    bytes[40000] = 1;
    cr_assert(eq(u32, hf__system_guard_losses(), 0));
    cr_assert(eq(int, hf__os_file_truncate("trace", 0, NULL), HF_OK));
    cr_assert(eq(chr, bytes[40000], 0));
    cr_assert(eq(u32, hf__system_guard_losses(), 1));
}

Test(os_output, a_bus_error_of_another_kind_is_not_guarded, .signal = SIGBUS)
{
    hf__system_guard_begin();
    raise(SIGBUS);
}
