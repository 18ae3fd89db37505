/* SPDX-License-Identifier: MIT
 * A host with a quota, for the example.
 */
#ifndef QUOTA_HOST_H
#define QUOTA_HOST_H

#include <hostfault/hosting.h>

HRESULT quota_host_create(IHostMemoryManager **out);

#endif
