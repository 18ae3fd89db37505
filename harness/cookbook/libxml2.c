/* SPDX-License-Identifier: MIT */
/* libxml2: reads a document into a tree, asks it by XPath. */
#include "cookbook.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <time.h>

/* libxml2 seeds the hash of its dictionary by the time, and the seed decides how many requests it makes: held still, or no two runs are alike. */
time_t time(time_t *out)
{
    if (out != NULL)
        *out = 1;
    return 1;
}

static void be_quiet(void *user, const char *format, ...)
{
    (void)user;
    (void)format;
}

static int count_nodes(xmlDocPtr document)
{
    xmlXPathContextPtr context = xmlXPathNewContext(document);
    xmlXPathObjectPtr found = context != NULL ? xmlXPathEvalExpression((const xmlChar *)"//item[@n > 1]", context) : NULL;
    int count = found != NULL && found->nodesetval != NULL ? found->nodesetval->nodeNr : -1;
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    return count;
}

int main(void)
{
    static const char text[] = "<list><item n='1'>a</item><item n='2'>b</item><item n='3'>c</item></list>";
    xmlMemSetup(hf_adapt_free, hf_adapt_malloc, hf_adapt_realloc, hf_adapt_strdup);
    xmlSetGenericErrorFunc(NULL, be_quiet);
    xmlInitParser();
    xmlDocPtr document = xmlReadMemory(text, sizeof text - 1, "list.xml", NULL, XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    int count = document != NULL ? count_nodes(document) : -1;
    xmlFreeDoc(document);
    xmlCleanupParser();
    return cookbook_end(count == 2, count == 2 ? "2 items" : "no items");
}
