/* SPDX-License-Identifier: MIT
 * The example's program: makes the host, puts the shim round it (one line), and lets the log use it. With --contract the host itself is put through
 * the documented contract instead, as the log would see it.
 *
 * Nothing else here knows of hostfault. Without a session hf_wrap gives the host back as it is, so the line can stay in the product.
 */
#include "budget_host.h"
#include "log.h"

#include <hostfault/hostfault.h>
#include <stdio.h>
#include <string.h>

#define BUDGET ((size_t)16 << 20)
#define RECORDS 10000u

static void report(const char *clause, int passed, const char *got, void *user)
{
    (void)user;
    if (!passed)
        printf("not kept: %s: %s\n", clause, got);
}

static int check_contract(IHostMemoryManager *manager)
{
    unsigned failed = hf_contract_run(manager, report, NULL);
    printf("contract: %u clauses not kept\n", failed);
    return failed > 0;
}

static int write_log(IHostMemoryManager *manager)
{
    unsigned written = 0;
    HRESULT hr = log_run(manager, RECORDS, &written);
    char text[64];
    int length = snprintf(text, sizeof text, "%u records", written);
    hf_result(text, (size_t)length);
    if (hr == S_OK)
        return printf("%s\n", text) < 0;
    fprintf(stderr, "out of memory after %s (0x%08X)\n", text, (unsigned)hr);
    return 1;
}

int main(int argc, char **argv)
{
    IHostMemoryManager *system = NULL, *host = NULL, *manager = NULL;
    HRESULT hr = hf_host_create(&system); /* stands for the system's memory: VirtualAlloc on Windows, the same by mmap on Linux */
    if (SUCCEEDED(hr))
        hr = budget_host_create(system, BUDGET, &host);
    if (SUCCEEDED(hr))
        hr = hf_wrap(host, &manager); /* the line: from here on the log asks the shim, and the shim asks the host */
    if (FAILED(hr)) {
        fprintf(stderr, "no host (0x%08X)\n", (unsigned)hr);
        return 2;
    }
    int status = argc > 1 && strcmp(argv[1], "--contract") == 0 ? check_contract(manager) : write_log(manager);
    manager->lpVtbl->Release(manager);
    host->lpVtbl->Release(host);
    system->lpVtbl->Release(system);
    return status;
}
