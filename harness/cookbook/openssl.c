/* SPDX-License-Identifier: MIT */
/* OpenSSL: a digest, and a certificate's name. No configuration file is read, and nothing asks for random numbers: both would make runs differ. */
#include "cookbook.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

static void *take(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return size != 0 ? hf_adapt_malloc(size) : NULL;
}

static void *resize(void *block, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return hf_adapt_realloc(block, size);
}

static void give(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    hf_adapt_free(block);
}

static int digest(char *text, size_t room)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (EVP_Digest("abc", 3, bytes, &length, EVP_sha256(), NULL) != 1)
        return 0;
    snprintf(text, room, "%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2], bytes[3]);
    return 1;
}

static int name_has_entries(void)
{
    X509_NAME *name = X509_NAME_new();
    int is_made = name != NULL && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0) == 1 &&
                  X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"nobody", -1, -1, 0) == 1;
    int count = is_made ? X509_NAME_entry_count(name) : 0;
    X509_NAME_free(name);
    return count == 2;
}

int main(void)
{
    char text[32] = "no memory";
    CRYPTO_set_mem_functions(take, resize, give);
    int is_right = OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1 && digest(text, sizeof text) && name_has_entries();
    OPENSSL_cleanup();
    return cookbook_end(is_right && strcmp(text, "ba7816bf") == 0, text);
}
