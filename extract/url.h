/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses extraction accepts (RFC 3986, five schemes), strictly: what is not understood here is never handed to a
 * library. */
#ifndef EXTRACT_URL_H
#define EXTRACT_URL_H

#include "schemas/run/buf.h"

enum url_scheme { URL_HTTP, URL_HTTPS, URL_SFTP, URL_FTPS, URL_FILE };
enum { URL_MAX = 4096, URL_HOST_MAX = 256 };

struct url {
    enum url_scheme scheme;
    char host[URL_HOST_MAX]; /* lower case, without brackets; "" for file */
    int port;                /* as given, or the scheme's */
    char text[URL_MAX];      /* canonical: no fragment, bytes outside ASCII percent-encoded */
    size_t path;             /* offset of the path in text */
};

static inline int url_is_http(const struct url *u)
{
    return u->scheme == URL_HTTP || u->scheme == URL_HTTPS;
}
const char *url_scheme_name(enum url_scheme s);
/* NULL when text is an address we accept, else why not, in words. */
const char *url_parse(const char *text, struct url *u) MUST_USE;
/* The address a Location header means (relative references resolved, dot segments removed). NULL, or why not. */
const char *url_join(const struct url *base, const char *location, size_t n, struct url *u) MUST_USE;
/* Appends "name=value" to the query. */
const char *url_add_parameter(struct url *u, const char *pair) MUST_USE;
int url_same_host(const struct url *a, const struct url *b);
/* The path of a file address, percent-decoded; 0 when it does not fit or holds a NUL. */
int url_file_path(const struct url *u, char *out, size_t size) MUST_USE;

#endif
