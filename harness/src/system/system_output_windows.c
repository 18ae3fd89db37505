/* SPDX-License-Identifier: MIT
 * Output files on Windows: NUL, CON, a printer or a named pipe is written to directly; any other file is replaced completely.
 */
#include "system_output.h"
#include "base_error.h"
#include "system_file.h"
#include "os_text_windows.h"

#include <stdbool.h>

#include "base_poison.h"

static HANDLE open_there(const char *path)
{
    hf_wide wide;
    if (!hf__os_wide_path(path, &wide))
        return INVALID_HANDLE_VALUE;
    return CreateFileW(wide.text, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
}

hf_status hf__system_output_write(const char *path, const void *bytes, size_t size_bytes, hf_error *err)
{
    HANDLE file = open_there(path);
    bool is_special = file != INVALID_HANDLE_VALUE && GetFileType(file) != FILE_TYPE_DISK;
    DWORD written = 0;
    bool done = is_special && WriteFile(file, bytes, (DWORD)size_bytes, &written, NULL) && written == size_bytes;
    int code = hf__os_code_of(GetLastError());
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    if (!is_special)
        return hf__system_file_write(path, bytes, size_bytes, err);
    return done ? HF_OK : HF_FAIL_SYSTEM(err, code, "%s cannot be written", path);
}
