/* SPDX-License-Identifier: MIT
 * Makes error-prone functions unusable, and names what to use instead. Every source of the harness includes it last. A header must never include it.
 */
#if defined(__GNUC__) && !defined(HF_NO_POISON)
#pragma GCC poison sprintf vsprintf                  /* hf__text_format, snprintf */
#pragma GCC poison strcpy strcat strncpy strncat     /* hf__text_append, memcpy */
#pragma GCC poison atoi atol atoll atof              /* hf__parse_u64 */
#pragma GCC poison rand srand random srandom drand48 /* hf__random */
#pragma GCC poison gets strtok
#endif
