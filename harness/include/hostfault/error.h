/* SPDX-License-Identifier: MIT
 * How the functions of hostfault report success and failure: hf_status, hf_error, hf_text.
 *
 * An hf_status is never an HRESULT. An HRESULT is data under test: what a host returned, or was made to return. A function returns one or the other.
 * The caller provides the storage of an hf_error, and nothing here allocates, so an error can be reported even when memory has run out.
 *
 * Threads: distinct objects may be used in parallel.
 */
#ifndef HF_ERROR_H
#define HF_ERROR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define HF_CHECK_RESULT __attribute__((warn_unused_result))
#ifdef __MINGW32__ /* its own printf would be that of the oldest C library of Windows */
#define HF_PRINTF(format_index, first_index) __attribute__((format(gnu_printf, format_index, first_index)))
#else
#define HF_PRINTF(format_index, first_index) __attribute__((format(printf, format_index, first_index)))
#endif
#define HF_API __attribute__((visibility("default")))
#else
#define HF_CHECK_RESULT
#define HF_PRINTF(format_index, first_index)
#define HF_API
#endif

typedef enum hf_status {
    HF_OK = 0,
    HF_ERROR_ARGUMENT = 1,  /* an argument that the function does not accept: a mistake in the calling program */
    HF_ERROR_INPUT = 2,     /* a file or text written by a person has a mistake; the error has its position */
    HF_ERROR_MEMORY = 3,    /* hostfault itself got no memory; the function freed what it had allocated, and may be called again */
    HF_ERROR_SYSTEM = 4,    /* the operating system refused; os_code holds its error number */
    HF_ERROR_FORMAT = 5,    /* a file that hostfault wrote is damaged or truncated */
    HF_ERROR_VERSION = 6,   /* a file or session of another version of hostfault */
    HF_ERROR_NOT_FOUND = 7, /* no such file, caller, rule, module, finding */
    HF_ERROR_LIMIT = 8,     /* a documented limit is exceeded */
    HF_ERROR_STATE = 9      /* not possible in the present state: already attached, not attached */
} hf_status;

/* Text of size_bytes bytes, which need not end with a NUL. It is always borrowed: whoever receives an hf_text frees nothing. */
typedef struct hf_text {
    const char *pointer;
    size_t size_bytes;
} hf_text;

/* Receives text that a function prints: in pieces, in order, not NUL-terminated, valid only during the call. user: the pointer given to that
 * function. */
typedef void hf_write(const char *text, size_t size_bytes, void *user);

/* One error. It owns no memory: it can be copied, and needs no clean-up. After HF_OK its contents are unspecified. */
typedef struct hf_error {
    hf_status status;
    int32_t os_code;         /* errno, or on Windows GetLastError(); 0 if no system call failed */
    const char *origin_file; /* the line of hostfault's source that reported it; static text */
    uint32_t origin_line;
    uint32_t input_line;   /* 1-based position in the input; 0: no position */
    uint32_t input_column; /* 1-based, in bytes */
    uint32_t input_length; /* bytes to underline; at least 1 if there is a position */
    char input_name[128];  /* file name, NUL-terminated; if it is longer, "..." and its end */
    char message[384];     /* what is wrong, and what to do instead; one line, NUL-terminated, cut if longer */
} hf_error;

/* The errors of one input, in the order of their positions. */
#define HF_ERRORS_MAX 20
typedef struct hf_errors {
    uint32_t count; /* items in use, 0 to HF_ERRORS_MAX */
    uint32_t more;  /* 1: more errors were found than fit; 0: these are all */
    hf_error items[HF_ERRORS_MAX];
} hf_errors;

/* The name of a status ("HF_ERROR_INPUT"), or "HF_ERROR_?" for any other value. Static text. Thread-safe. */
HF_API const char *hf_status_name(hf_status status);

#ifdef __cplusplus
}
#endif
#endif
