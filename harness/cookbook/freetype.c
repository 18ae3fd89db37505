/* SPDX-License-Identifier: MIT */
/* FreeType: a library over an FT_Memory of ours, with its modules, and the stroke of an outline drawn into a bitmap. No font file is needed. */
#include "cookbook.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_MODULE_H
#include FT_OUTLINE_H
#include FT_STROKER_H

static void *take(FT_Memory memory, long size)
{
    (void)memory;
    return hf_adapt_malloc((size_t)size);
}

static void give(FT_Memory memory, void *block)
{
    (void)memory;
    hf_adapt_free(block);
}

static void *resize(FT_Memory memory, long old_size, long size, void *block)
{
    (void)memory;
    (void)old_size;
    return hf_adapt_realloc(block, (size_t)size);
}

static int draw(FT_Library library, FT_Outline *outline)
{
    static unsigned char pixels[64 * 64];
    FT_Bitmap bitmap = {.rows = 64, .width = 64, .pitch = 64, .buffer = pixels, .num_grays = 256, .pixel_mode = FT_PIXEL_MODE_GRAY};
    int inked = 0;
    if (FT_Outline_Get_Bitmap(library, outline, &bitmap) != 0)
        return 0;
    for (size_t i = 0; i < sizeof pixels; i++)
        inked += pixels[i] != 0;
    return inked;
}

static int stroke(FT_Library library)
{
    FT_Vector corners[3] = {{10 * 64, 10 * 64}, {50 * 64, 10 * 64}, {30 * 64, 50 * 64}};
    char tags[3] = {FT_CURVE_TAG_ON, FT_CURVE_TAG_ON, FT_CURVE_TAG_ON};
    short ends[1] = {2};
    FT_Outline triangle = {.n_contours = 1, .n_points = 3, .points = corners, .tags = tags, .contours = ends}, outer;
    FT_Stroker stroker = NULL;
    FT_UInt points = 0, contours = 0;
    int inked = 0;
    if (FT_Stroker_New(library, &stroker) != 0)
        return 0;
    FT_Stroker_Set(stroker, 2 * 64, FT_STROKER_LINECAP_ROUND, FT_STROKER_LINEJOIN_ROUND, 0);
    if (FT_Stroker_ParseOutline(stroker, &triangle, 0) == 0 && FT_Stroker_GetCounts(stroker, &points, &contours) == 0 &&
        FT_Outline_New(library, points, (FT_Int)contours, &outer) == 0) {
        outer.n_points = outer.n_contours = 0;
        FT_Stroker_Export(stroker, &outer);
        inked = draw(library, &outer);
        FT_Outline_Done(library, &outer);
    }
    FT_Stroker_Done(stroker);
    return inked;
}

int main(void)
{
    struct FT_MemoryRec_ memory = {NULL, take, give, resize};
    FT_Library library = NULL;
    if (FT_New_Library(&memory, &library) != 0)
        return cookbook_end(0, "no library");
    FT_Add_Default_Modules(library);
    int inked = stroke(library);
    FT_Done_Library(library);
    return cookbook_end(inked > 300, inked > 300 ? "a triangle" : "nothing drawn");
}
