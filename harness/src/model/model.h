/* SPDX-License-Identifier: MIT
 * The vocabulary as data: methods, HRESULTs, which method documents which, names of flags. Tables only; nothing here decides
 * anything. The rows are in the .def files beside this header; an HRESULT that has no row is still an HRESULT and prints as hex.
 *
 * Threads: thread-safe, everything is constant.
 */
#ifndef HF_MODEL_H
#define HF_MODEL_H

#include <hostfault/event.h>
#include <hostfault/hosting.h>
#include <stdbool.h>

#undef interface /* <windows.h> makes it another word for struct */

/* Bits of hf_rule.methods. */
#define HF_METHODS_ALL ((1u << HF_METHOD_COUNT) - 1)

/* Calls by name: of a function, or else of a method. A number for each. */
#define HF_CALL_NAMES ((unsigned)HF_METHOD_COUNT + (unsigned)HF_FUNCTION_COUNT)
static inline unsigned hf__model_call_name_index(uint32_t method, uint32_t function)
{
    return function != HF_FUNCTION_NONE ? (unsigned)HF_METHOD_COUNT + function : method;
}

/* Results that are error numbers: an HRESULT with the customer bit. */
#define HF_RESULT_OF_ERRNO(number) ((HRESULT)(0xA0E00000u | (unsigned)(number)))
static inline bool hf__model_is_errno_result(HRESULT hr)
{
    return ((uint32_t)hr & 0xFFFFFF00u) == 0xA0E00000u;
}

typedef enum hf_class { HF_CLASS_ACQUIRE, HF_CLASS_RELEASE, HF_CLASS_PROTECT, HF_CLASS_QUERY, HF_CLASS_INFORM, HF_CLASS_MANAGER } hf_class;

/* Arguments that a rule's `where` can look at. TYPE, FREE and MALLOC are three names for one word of the call (flAllocationType,
 * dwFreeType, dwMallocType); a method has at most one of them. */
typedef enum hf_field {
    HF_FIELD_ADDRESS,
    HF_FIELD_SIZE,
    HF_FIELD_TYPE,
    HF_FIELD_PROTECT,
    HF_FIELD_LEVEL,
    HF_FIELD_FREE,
    HF_FIELD_MALLOC,
    HF_FIELD_COUNT
} hf_field;

typedef enum hf_out_kind { HF_OUT_KIND_NONE, HF_OUT_KIND_POINTER, HF_OUT_KIND_NUMBER } hf_out_kind;

/* False successes. */
typedef enum hf_lie {
    HF_LIE_NONE,
    HF_LIE_NULL,        /* S_OK, and null or 0 in the out-parameter; nothing was done */
    HF_LIE_UNTOUCHED,   /* S_OK, the out-parameter not written; nothing was done, except that VirtualProtect and GetMemoryLoad did their work */
    HF_LIE_UNCOMMITTED, /* S_OK and a plausible address: reserved, without access */
    HF_LIE_DIRTY,       /* done, but the memory is filled with 0xDB where it is writable */
    HF_LIE_SHORT,       /* done for half the size (at least one page or one byte less) */
    HF_LIE_OLD_PROTECT, /* done, but the old protection is given as 0 */
    HF_LIE_NOT_DONE,    /* S_OK, nothing was done */
    HF_LIE_S_FALSE,     /* done, S_FALSE */
    HF_LIE_COUNT
} hf_lie;

typedef struct hf_method_row {
    const char *name;      /* "VirtualAlloc", "Malloc.Alloc" */
    const char *interface; /* "IHostMemoryManager" */
    uint32_t slot;
    hf_class class_;
    uint32_t fields; /* bit per hf_field */
    hf_out_kind out;
    uint32_t lies; /* bit per hf_lie */
} hf_method_row;

typedef struct hf_function_row {
    const char *name; /* "malloc" */
    hf_method method;
    const char *arguments; /* a letter each, model_function.def */
    const char *fails;     /* what the program sees beside errno: "NULL"; "" the code itself; NULL it cannot fail */
} hf_function_row;

typedef struct hf_hresult_row {
    const char *name;
    HRESULT value;
    int errno_code;
    DWORD win32;
    const char *meaning;
} hf_hresult_row;

typedef struct hf_flag_row {
    hf_field field;
    const char *word;
    uint32_t value;
} hf_flag_row;

/* The row of a method. */
const hf_method_row *hf__model_method(hf_method method);
/* The method of that name; false if there is none. */
bool hf__model_method_by_name(hf_text name, hf_method *out);
/* The class's word: "acquire", ... */
const char *hf__model_class_name(hf_class class_);

/* The row of a function; not of HF_FUNCTION_NONE. */
const hf_function_row *hf__model_function(hf_function function);
/* May a rule name it? Not what is recorded of a realloc or mremap beside the call itself. */
bool hf__model_function_is_named(hf_function function);
/* Bits of the functions that are calls of this method. */
uint32_t hf__model_functions_of(hf_method method);
/* What a call is called: its function's name, or its method's. */
const char *hf__model_call_name(uint32_t method, uint32_t function);
/* What a call may fail with: by its function's manual page, or by its method's documentation. */
bool hf__model_may_fail_with(uint32_t method, uint32_t function, HRESULT hr);

/* The row of an HRESULT, by value or by name; NULL if there is none. */
const hf_hresult_row *hf__model_hresult(HRESULT hr);
const hf_hresult_row *hf__model_hresult_by_name(hf_text name);
/* All rows, for listing. */
const hf_hresult_row *hf__model_hresults(size_t *count);
const hf_flag_row *hf__model_flags(size_t *count);

/* May this method return that, by its documentation? False for every success. */
bool hf__model_is_documented(hf_method method, HRESULT hr);
/* Does the system's function of that name fail with the last error of this result? */
bool hf__model_is_native(hf_method method, HRESULT hr);

/* The word of a field ("address"), of a lie ("not-done"). */
const char *hf__model_field_name(hf_field field);
bool hf__model_field_by_name(hf_text name, hf_field *out);
const char *hf__model_lie_name(hf_lie lie);

/* What goes with an HRESULT: last error and errno. HRESULT_FROM_WIN32 values give their low 16 bits; an unknown failure 31 and EIO. */
DWORD hf__model_win32_of(HRESULT hr);
int hf__model_errno_of(HRESULT hr);
/* What a function fails with where a rule says hr: the error number that goes with it. And what a method fails with: ENOMEM is E_OUTOFMEMORY. */
HRESULT hf__model_result_for(uint32_t function, HRESULT hr);
/* The HRESULT by which our own host reports a Win32 error: 8 and 1455 E_OUTOFMEMORY, 4317 HOST_E_INVALIDOPERATION, 0 E_FAIL (a failure
 * without a code is never S_OK), else HRESULT_FROM_WIN32. */
HRESULT hf__model_hresult_of_win32(DWORD code);

/* Prints into a buffer, always NUL-terminated; returns the length. "E_FAIL 0x80004005", "S_OK", "ENOMEM", "0x8007054F". 64 bytes are enough. */
size_t hf__model_print_hresult(char *buffer, size_t capacity, HRESULT hr);
/* "reserve|commit", "readwrite|guard", "task", "0x3" for what has no name, "0" for none. 160 bytes are enough. */
size_t hf__model_print_flags(char *buffer, size_t capacity, hf_field field, uint32_t value);

#endif
