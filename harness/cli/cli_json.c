/* SPDX-License-Identifier: MIT
 * JSON on stdout. Everything printed here comes from our own tables; other text is made valid UTF-8 before it gets here.
 */
#include "cli_json.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "cli.h"
#include "report_json.h"

#include <ctype.h>

#include "base_poison.h"

void hf__cli_print_json(json_t *document_take)
{
    hf__report_put_json(hf__cli_out(), document_take);
}

static json_t *cell_value(const char *cell)
{
    uint64_t number = 0;
    if (isdigit((unsigned char)cell[0]) && cell[1] != 'x' && hf__parse_u64(hf__text(cell), &number) && number < INT64_MAX)
        return json_integer((json_int_t)number);
    return json_string(cell);
}

static char *key_of(const char *title)
{
    char *key = hf__copy_string(title);
    for (char *c = key; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    return key;
}

void hf__cli_print_table_json(const char *schema, const char *name, const hf_report_table *table)
{
    json_t *rows = json_array();
    for (size_t row = 1; row < table->rows; row++) {
        json_t *object = json_object();
        for (size_t i = 0; i < table->columns; i++) {
            char *key = key_of(table->cells[0][i]);
            (void)json_object_set_new(object, key, cell_value(table->cells[row][i]));
            hf__free(key);
        }
        (void)json_array_append_new(rows, object);
    }
    json_t *document = json_object();
    (void)json_object_set_new(document, "schema", json_string(schema));
    (void)json_object_set_new(document, name, rows);
    hf__cli_print_json(document);
}
