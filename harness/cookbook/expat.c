/* SPDX-License-Identifier: MIT */
/* Expat: a document with attributes, entities and a few levels. The parser itself comes from the hook too. */
#include "cookbook.h"

#include <expat.h>

static void on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    int *count = user;
    (void)name;
    for (; attributes[0] != NULL; attributes += 2)
        ++*count;
    ++*count;
}

int main(void)
{
    static const char document[] = "<!DOCTYPE d [<!ENTITY e 'an entity'>]><d a='1' b='2'><x>&e; &amp; text</x><y><z c='3'/></y></d>";
    const XML_Memory_Handling_Suite suite = {hf_adapt_malloc, hf_adapt_realloc, hf_adapt_free};
    int count = 0;
    XML_Parser parser = XML_ParserCreate_MM(NULL, &suite, NULL);
    if (parser == NULL)
        return cookbook_end(0, "no parser");
    XML_SetHashSalt(parser, 1); /* or it asks the system for a number, and no two runs are alike */
    XML_SetUserData(parser, &count);
    XML_SetStartElementHandler(parser, on_start);
    int is_right = XML_Parse(parser, document, sizeof document - 1, 1) == XML_STATUS_OK;
    const char *why = XML_ErrorString(XML_GetErrorCode(parser));
    XML_ParserFree(parser);
    return cookbook_end(is_right && count == 7, is_right ? "7 elements and attributes" : why);
}
