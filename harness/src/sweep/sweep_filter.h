/* SPDX-License-Identifier: MIT
 * Do the names in a sweep's filters exist? Methods and results are checked before anything is run, sites as soon as they are known. A filter that
 * matches nothing would give an empty sweep, which looks like a clean one.
 *
 * Threads: thread-safe.
 */
#ifndef HF_SWEEP_FILTER_H
#define HF_SWEEP_FILTER_H

#include "sweep_point.h"

#include <hostfault/sweep.h>

/* Every part of methods and failures. HF_ERROR_INPUT, with the nearest word; also if no method chosen documents a failure that is named. */
HF_CHECK_RESULT hf_status hf__sweep_filter_check(const hf_sweep_options *options, hf_error *err);
/* Is the method among those that are failed? */
bool hf__sweep_filter_has_method(const hf_sweep_options *options, hf_method method);
/* Does --methods (NULL: not given) name this call, by its method or by its function? */
bool hf__sweep_filter_has_call(const char *choice, hf_method method, hf_function function);
/* Every part of the choice of sites. HF_ERROR_INPUT. */
HF_CHECK_RESULT hf_status hf__sweep_filter_check_sites(const hf__sweep_sites *sites, const char *choice, hf_error *err);
/* Does a site belong to the choice, by its fingerprint or its place? */
bool hf__sweep_filter_has_site(const char *choice, const hf__sweep_site *site);

#endif
