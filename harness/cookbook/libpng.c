/* SPDX-License-Identifier: MIT */
/* libpng: an image written into memory and read again. It leaves its functions by longjmp, and takes zlib's memory from the same hook. */
#include "cookbook.h"

#include <png.h>
#include <setjmp.h>

#define SIDE 32

static struct {
    png_byte bytes[8192];
    size_t size, at;
} file;

static png_voidp take(png_structp png, png_alloc_size_t size)
{
    (void)png;
    return hf_adapt_malloc(size);
}
static void give(png_structp png, png_voidp block)
{
    (void)png;
    hf_adapt_free(block);
}
static void be_quiet(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}
static void fail(png_structp png, png_const_charp message)
{
    (void)message;
    png_longjmp(png, 1);
}
static void put(png_structp png, png_bytep bytes, size_t size)
{
    if (size > sizeof file.bytes - file.size)
        png_error(png, "full");
    memcpy(file.bytes + file.size, bytes, size);
    file.size += size;
}
static void flush(png_structp png)
{
    (void)png;
}
static void get(png_structp png, png_bytep bytes, size_t size)
{
    if (size > file.size - file.at)
        png_error(png, "short");
    memcpy(bytes, file.bytes + file.at, size);
    file.at += size;
}

static int write_image(void)
{
    png_byte row[SIDE * 3];
    png_structp png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, NULL, fail, be_quiet, NULL, take, give);
    png_infop info = png != NULL ? png_create_info_struct(png) : NULL;
    if (info == NULL || setjmp(png_jmpbuf(png)) != 0) {
        png_destroy_write_struct(png != NULL ? &png : NULL, info != NULL ? &info : NULL);
        return 0;
    }
    png_set_write_fn(png, NULL, put, flush);
    png_set_IHDR(png, info, SIDE, SIDE, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE * 3; x++)
            row[x] = (png_byte)(x * y);
        png_write_row(png, row);
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return 1;
}

static int read_image(void)
{
    volatile int sum = 0;
    png_byte row[SIDE * 3];
    png_structp png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, NULL, fail, be_quiet, NULL, take, give);
    png_infop info = png != NULL ? png_create_info_struct(png) : NULL;
    if (info == NULL || setjmp(png_jmpbuf(png)) != 0) {
        png_destroy_read_struct(png != NULL ? &png : NULL, info != NULL ? &info : NULL, NULL);
        return -1;
    }
    png_set_read_fn(png, NULL, get);
    png_read_info(png, info);
    for (int y = 0; y < SIDE; y++) {
        png_read_row(png, row, NULL);
        sum += row[4] == (png_byte)(4 * y);
    }
    png_read_end(png, NULL);
    png_destroy_read_struct(&png, &info, NULL);
    return sum;
}

int main(void)
{
    int is_right = write_image() && read_image() == SIDE;
    return cookbook_end(is_right, is_right ? "32 rows" : "no memory");
}
