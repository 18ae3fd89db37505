/* SPDX-License-Identifier: MIT
 * Names, numbers and texts of a line (trace_line_parts.h).
 */
#include "trace_line_parts.h"

#include "base_poison.h"

void hf__trace_put_string(const hf__trace_line *self, const char *string)
{
    hf__builder_append(self->out, hf__text(string));
}

void hf__trace_put_name(const hf__trace_line *self, const char *key, hf__trace_named which)
{
    hf__trace_put_string(self, key);
    hf__trace_names_print(self->names, self->index, which, self->out);
}

void hf__trace_put_hex(const hf__trace_line *self, const char *key, uint64_t value)
{
    static const char digits[] = "0123456789ABCDEF";
    char text[18];
    size_t at = sizeof text;
    do {
        text[--at] = digits[value & 15];
        value >>= 4;
    } while (value != 0);
    hf__trace_put_string(self, key);
    hf__trace_put_string(self, "0x");
    hf__builder_append(self->out, (hf_text){text + at, sizeof text - at});
}

void hf__trace_put_flags(const hf__trace_line *self, const char *key, hf_field field, uint32_t value)
{
    char text[160];
    size_t length = hf__model_print_flags(text, sizeof text, field, value);
    hf__trace_put_string(self, key);
    hf__builder_append(self->out, (hf_text){text, length});
}

void hf__trace_put_hresult(const hf__trace_line *self, const char *key, HRESULT hr)
{
    char text[64];
    hf__trace_put_string(self, key);
    size_t length = hf__model_print_hresult(text, sizeof text, hr);
    hf__builder_append(self->out, (hf_text){text, length});
}

void hf__trace_line_escape(hf_text text, hf__builder *out)
{
    for (size_t i = 0; i < text.size_bytes; i++) {
        unsigned char c = (unsigned char)text.pointer[i];
        if (c == '\n')
            hf__builder_append(out, hf__text("\\n"));
        else if (c == '"' || c == '\\')
            hf__builder_print(out, "\\%c", c);
        else if (c < ' ' || c > '~')
            hf__builder_print(out, "\\x%02X", c);
        else
            hf__builder_append(out, (hf_text){text.pointer + i, 1});
    }
}

void hf__trace_put_quoted(const hf__trace_line *self, const char *key, hf_text text)
{
    hf__trace_put_string(self, key);
    hf__trace_put_string(self, "\"");
    hf__trace_line_escape(text, self->out);
    hf__trace_put_string(self, "\"");
}
