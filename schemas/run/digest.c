/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/run/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct digest {
    EVP_MD_CTX *ctx;
};

static enum flow refused(struct err *e)
{
    return err_set(e, STATUS_SYSTEM, "SHA-256 is refused by libcrypto");
}

/* Looked up among libcrypto's providers once: for a small record that takes longer than the digest. */
static EVP_MD *algorithm;
static pthread_once_t looked_up = PTHREAD_ONCE_INIT;

static void look_up(void)
{
    algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
}

struct digest *digest_new(struct err *e)
{
    struct digest *d = calloc(1, sizeof *d);
    if (d)
        d->ctx = EVP_MD_CTX_new();
    if (!d || !d->ctx) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory");
    } else if (digest_reset(d, e) == FLOW_OK) {
        return d;
    }
    digest_free(d);
    return NULL;
}

void digest_free(struct digest *d)
{
    if (!d)
        return;
    EVP_MD_CTX_free(d->ctx);
    free(d);
}

enum flow digest_reset(struct digest *d, struct err *e)
{
    (void)pthread_once(&looked_up, look_up);
    return algorithm && EVP_DigestInit_ex(d->ctx, algorithm, NULL) == 1 ? FLOW_OK : refused(e);
}

enum flow digest_put(struct digest *d, const void *p, size_t n, struct err *e)
{
    return EVP_DigestUpdate(d->ctx, p, n) == 1 ? FLOW_OK : refused(e);
}

char *digest_print(const unsigned char *bytes, size_t n, char *hex)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        *hex++ = digits[bytes[i] >> 4];
        *hex++ = digits[bytes[i] & 15];
    }
    *hex = '\0';
    return hex;
}

enum flow digest_hex(struct digest *d, char *hex, struct err *e)
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (EVP_DigestFinal_ex(d->ctx, raw, &n) != 1 || n != DIGEST_BYTES)
        return refused(e);
    (void)digest_print(raw, n, hex);
    return FLOW_OK;
}

enum flow digest_of(const void *p, size_t n, char *hex, struct err *e)
{
    struct digest *d = digest_new(e);
    if (!d)
        return FLOW_FATAL;
    enum flow f = digest_put(d, p, n, e);
    if (f == FLOW_OK)
        f = digest_hex(d, hex, e);
    digest_free(d);
    return f;
}

static enum flow put_all(struct digest *d, int fd, const char *path, struct err *e)
{
    enum { CHUNK = 65536 };
    char *chunk = malloc(CHUNK);
    enum flow f = chunk ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory");
    while (f == FLOW_OK) {
        ssize_t n = read(fd, chunk, CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            f = n < 0 ? err_sys(e, err_status(errno, STATUS_IO), "%s", path) : FLOW_END;
            break;
        }
        f = digest_put(d, chunk, (size_t)n, e);
    }
    free(chunk);
    return f == FLOW_END ? FLOW_OK : f;
}

enum flow digest_file(const char *path, char *hex, struct err *e)
{
    enum flow f = FLOW_FATAL;
    struct digest *d = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(e, err_status(errno, STATUS_IO), "%s", path);
    d = digest_new(e);
    if (!d)
        goto out;
    f = put_all(d, fd, path, e);
    if (f == FLOW_OK)
        f = digest_hex(d, hex, e);
out:
    digest_free(d);
    (void)close(fd);
    return f;
}
