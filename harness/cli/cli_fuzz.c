/* SPDX-License-Identifier: MIT
 * Fuzz inputs as files.
 */
#include "cli_fuzz.h"
#include "heap_alloc.h"
#include "base_error.h"
#include "system_file.h"
#include "plan_fuzz.h"

#include <string.h>

#include "base_poison.h"

#define INPUT_BYTES_MAX ((size_t)1 << 20)

hf_cli_exit hf__cli_from_fuzz(const char *path, const char *program, bool lawful, const hf_report_sink *sink)
{
    char *bytes = NULL;
    size_t size_bytes = 0;
    hf_error err;
    if (hf__system_file_read(path, INPUT_BYTES_MAX, &bytes, &size_bytes, &err) != HF_OK)
        return hf__cli_complain_error(&err);
    const char *const command[] = {program, path, NULL};
    hf__plan_print_fuzz(&(hf__plan_fuzz_input){(const uint8_t *)bytes, size_bytes, "from-fuzz", program != NULL ? command : NULL, lawful},
                        sink->write, sink->user);
    hf__free(bytes);
    return HF_CLI_MET;
}

hf_cli_exit hf__cli_to_fuzz(const hf_cli_scenario *scenario, const char *path)
{
    uint8_t *bytes = hf__allocate(INPUT_BYTES_MAX, 1);
    size_t size_bytes = 0;
    hf_error err;
    hf_cli_exit worst = HF_CLI_MET;
    if (hf__plan_encode_fuzz(scenario->scenario, bytes, INPUT_BYTES_MAX, &size_bytes, &err) != HF_OK) {
        hf__cli_complain("%s: %s", scenario->identity, err.message);
        worst = HF_CLI_USAGE;
    } else {
        worst = hf__cli_write(path, bytes, size_bytes);
    }
    hf__free(bytes);
    return worst;
}
