/* SPDX-License-Identifier: MIT */
/* libcurl: a URL taken apart and put together, a list of headers, a handle; no connection. */
#include "cookbook.h"

#include <curl/curl.h>

static int take_apart(char *out, size_t room)
{
    char *host = NULL, *query = NULL;
    CURLU *url = curl_url();
    int is_right = url != NULL && curl_url_set(url, CURLUPART_URL, "https://user@example.org:8443/a/../b?x=1#f", 0) == CURLUE_OK &&
                   curl_url_set(url, CURLUPART_QUERY, "y=2", CURLU_APPENDQUERY) == CURLUE_OK &&
                   curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK && curl_url_get(url, CURLUPART_QUERY, &query, 0) == CURLUE_OK;
    if (is_right)
        snprintf(out, room, "%s?%s", host, query);
    curl_free(host);
    curl_free(query);
    curl_url_cleanup(url);
    return is_right;
}

static int set_up(void)
{
    CURL *handle = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Accept: text/plain");
    struct curl_slist *more = headers != NULL ? curl_slist_append(headers, "X-Test: 1") : NULL;
    int is_right = handle != NULL && more != NULL && curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
                   curl_easy_setopt(handle, CURLOPT_URL, "https://example.org/") == CURLE_OK &&
                   curl_easy_setopt(handle, CURLOPT_USERAGENT, "cookbook") == CURLE_OK;
    char *escaped = is_right ? curl_easy_escape(handle, "a b&c", 0) : NULL;
    is_right = is_right && escaped != NULL && strcmp(escaped, "a%20b%26c") == 0;
    curl_free(escaped);
    curl_slist_free_all(headers);
    curl_easy_cleanup(handle);
    return is_right;
}

int main(void)
{
    char text[64] = "no memory";
    if (curl_global_init_mem(CURL_GLOBAL_NOTHING, hf_adapt_malloc, hf_adapt_free, hf_adapt_realloc, hf_adapt_strdup, hf_adapt_calloc) != CURLE_OK)
        return cookbook_end(0, "no libcurl");
    int is_right = take_apart(text, sizeof text) && set_up();
    curl_global_cleanup();
    return cookbook_end(is_right && strcmp(text, "example.org?x=1&y=2") == 0, text);
}
