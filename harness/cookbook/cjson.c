/* SPDX-License-Identifier: MIT */
/* cJSON: parses, adds, prints. */
#include "cookbook.h"

#include <cjson/cJSON.h>

int main(void)
{
    char text[200] = "no memory";
    cJSON_Hooks hooks = {hf_adapt_malloc, hf_adapt_free};
    cJSON_InitHooks(&hooks);
    cJSON *root = cJSON_Parse("{\"name\": \"spam\", \"sizes\": [1, 2, 3], \"deep\": {\"a\": {\"b\": null}}}");
    int is_right = root != NULL && cJSON_AddStringToObject(root, "more", "eggs") != NULL;
    char *printed = is_right ? cJSON_PrintUnformatted(root) : NULL;
    if (printed != NULL)
        snprintf(text, sizeof text, "%s", printed);
    cJSON_free(printed);
    cJSON_Delete(root);
    return cookbook_end(printed != NULL, text);
}
