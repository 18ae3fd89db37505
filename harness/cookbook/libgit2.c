/* SPDX-License-Identifier: MIT */
/* libgit2: the difference of two texts as a patch. Its table of functions has no context, and wants file and line, which it gives for its own log. */
#include "cookbook.h"

#include <git2.h>
#include <git2/sys/alloc.h>

static void *take(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return hf_adapt_malloc(size);
}
static void *take_zeroed(size_t count, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return hf_adapt_calloc(count, size);
}
static void *resize(void *block, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return hf_adapt_realloc(block, size);
}
static void *resize_array(void *block, size_t count, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return hf_adapt_reallocarray(block, count, size);
}
static void *take_array(size_t count, size_t size, const char *file, int line)
{
    return resize_array(NULL, count, size, file, line);
}
static char *copy(const char *text, const char *file, int line)
{
    (void)file;
    (void)line;
    return hf_adapt_strdup(text);
}
static char *copy_part(const char *text, size_t size, const char *file, int line)
{
    char *made = take(size + 1, file, line);
    if (made != NULL) {
        memcpy(made, text, size);
        made[size] = '\0';
    }
    return made;
}
static char *copy_at_most(const char *text, size_t size, const char *file, int line)
{
    return copy_part(text, strnlen(text, size), file, line);
}

static int has_patch(void)
{
    static const char before[] = "one\ntwo\nthree\n", after[] = "one\n2\nthree\nfour\n";
    git_patch *patch = NULL;
    git_buf text = {NULL, 0, 0};
    int status = git_patch_from_buffers(&patch, before, sizeof before - 1, "a.txt", after, sizeof after - 1, "a.txt", NULL);
    if (status == 0)
        status = git_patch_to_buf(&text, patch);
    int is_right = status == 0 && strstr(text.ptr, "-two\n+2\n three\n+four\n") != NULL;
    git_buf_dispose(&text);
    git_patch_free(patch);
    return is_right;
}

int main(void)
{
    static git_allocator table = {.gmalloc = take,
                                  .gcalloc = take_zeroed,
                                  .gstrdup = copy,
                                  .gstrndup = copy_at_most,
                                  .gsubstrdup = copy_part,
                                  .grealloc = resize,
                                  .greallocarray = resize_array,
                                  .gmallocarray = take_array,
                                  .gfree = hf_adapt_free};
    git_libgit2_opts(GIT_OPT_SET_ALLOCATOR, &table);
    if (git_libgit2_init() < 0)
        return cookbook_end(0, "no libgit2");
    int is_right = has_patch();
    git_libgit2_shutdown();
    return cookbook_end(is_right, is_right ? "a patch" : "no memory");
}
