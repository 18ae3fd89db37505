/* SPDX-License-Identifier: MIT
 * Names that differ between systems. String literals, so that they can be part of a format.
 */
#ifndef HF_OS_NAMES_H
#define HF_OS_NAMES_H

/* What separates the folders of a search path, what a program's file name ends with, and the file that is always empty. */
#ifdef _WIN32
#define HF_OS_LIST_SEPARATOR ";"
#define HF_OS_PROGRAM_ENDING ".exe"
#define HF_OS_NULL_FILE "NUL"
#else
#define HF_OS_LIST_SEPARATOR ":"
#define HF_OS_PROGRAM_ENDING ""
#define HF_OS_NULL_FILE "/dev/null"
#endif

#endif
