/* SPDX-License-Identifier: MIT
 * How the harness says that it is doing well or badly: hf_status, hf_error, hf_text.
 *
 * An hf_status is never an HRESULT: an HRESULT is data under test, what a host answered or was made to answer. A function
 * returns one or the other. No function here allocates; an hf_error is storage of the caller's, so an error can always be
 * told, out of memory too.
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
    HF_ERROR_ARGUMENT = 1,  /* a function was called wrongly */
    HF_ERROR_INPUT = 2,     /* a file or text that somebody wrote is wrong; the error has its position */
    HF_ERROR_MEMORY = 3,    /* the harness itself got no memory; what the function had allocated is given back, and it may be called again */
    HF_ERROR_SYSTEM = 4,    /* the operating system refused; os_code says how */
    HF_ERROR_FORMAT = 5,    /* a file of ours is damaged or cut short */
    HF_ERROR_VERSION = 6,   /* a file or session of another version of ours */
    HF_ERROR_NOT_FOUND = 7, /* no such file, caller, rule, module, finding */
    HF_ERROR_LIMIT = 8,     /* more than we take */
    HF_ERROR_STATE = 9      /* not now: already attached, not attached */
} hf_status;

/* Text that need not end with NUL. Borrowed, always. */
typedef struct hf_text {
    const char *pointer;
    size_t size_bytes;
} hf_text;

/* Takes text that a function prints, in pieces, in order; not NUL-terminated, borrowed for the time of the call. user: as given to that function. */
typedef void hf_write(const char *text, size_t size_bytes, void *user);

/* One error, whole, in storage of the caller's. */
typedef struct hf_error {
    hf_status status;
    int32_t os_code;         /* errno or GetLastError, 0 if the system had no part in it */
    const char *origin_file; /* where in our source it was found; static text, never to be freed */
    uint32_t origin_line;
    uint32_t input_line;   /* 1-based position in what the user wrote; 0: no position */
    uint32_t input_column; /* 1-based, in bytes */
    uint32_t input_length; /* bytes that the caret underlines, at least 1 where there is a position */
    char input_name[128];  /* file name; cut at the front with "..." if longer */
    char message[384];     /* what is wrong and what to write instead; no newline, always NUL-terminated */
} hf_error;

/* Errors of one input, in the order of their position: as many as were found, up to the array's end. */
#define HF_ERRORS_MAX 20
typedef struct hf_errors {
    uint32_t count; /* entries of items in use */
    uint32_t more;  /* 1: there were more than fit */
    hf_error items[HF_ERRORS_MAX];
} hf_errors;

/* The name of a status ("HF_ERROR_INPUT"). Static text; "HF_ERROR_?" for a value that is none. */
HF_API const char *hf_status_name(hf_status status);

#ifdef __cplusplus
}
#endif
#endif
