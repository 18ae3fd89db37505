/* SPDX-License-Identifier: MIT
 * A place and a stack put together.
 */
#include "report_location.h"
#include "base_alloc.h"
#include "base_text.h"
#include "run_folder.h"

#include "base_poison.h"

hf_report_frame hf__report_location_of(const hf_report_finding *finding)
{
    hf_report_frame found = {.line = 0};
    char *function = hf__report_place_function(finding->place);
    hf_text rest = hf__text(finding->stack != NULL ? finding->stack : "");
    hf_text line;
    while (found.function.size_bytes == 0 && hf__report_next_line(&rest, &line)) {
        hf_report_frame frame = hf__report_frame_parse(line);
        if (hf__text_equal_string(frame.function, function))
            found = frame;
    }
    hf__free(function);
    return found;
}

char *hf__report_location_path(hf_text file)
{
    char *path = hf__copy_text(file);
    char *shown = hf__copy_string(hf__run_folder_shown(path));
    hf__free(path);
    return shown;
}
