/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/archive/http.h"

#include <string.h>
#include <strings.h>

/* Length of the line at p without its end; *next is where the following line begins, NULL when the line has no end. */
static size_t line_at(const char *p, size_t n, const char **next)
{
    const char *lf = memchr(p, '\n', n);
    *next = lf ? lf + 1 : NULL;
    if (!lf)
        return n;
    size_t len = (size_t)(lf - p);
    return len && p[len - 1] == '\r' ? len - 1 : len;
}

size_t http_head_length(const char *p, size_t n)
{
    const char *at = p, *next;
    if (n < 5 || memcmp(p, "HTTP/", 5) != 0)
        return 0;
    for (;;) {
        size_t len = line_at(at, n - (size_t)(at - p), &next);
        if (!next)
            return 0;
        at = next;
        if (len == 0)
            return (size_t)(at - p);
    }
}

static int blank(char c)
{
    return c == ' ' || c == '\t';
}

static int named(const char *line, size_t len, const char *name, struct http_value *v)
{
    size_t n = strlen(name);
    if (len <= n || line[n] != ':' || strncasecmp(line, name, n) != 0)
        return 0;
    const char *from = line + n + 1, *to = line + len;
    while (from < to && blank(*from))
        from++;
    while (to > from && blank(to[-1]))
        to--;
    *v = (struct http_value){from, (size_t)(to - from)};
    return 1;
}

struct http_value http_field(const char *p, size_t head, const char *name)
{
    struct http_value v = {NULL, 0};
    const char *at = p, *next;
    while (at && at < p + head) {
        size_t len = line_at(at, head - (size_t)(at - p), &next);
        (void)named(at, len, name, &v);
        at = next;
    }
    return v;
}

int http_field_agrees(const char *p, size_t head, const char *name)
{
    struct http_value last = http_field(p, head, name), v;
    const char *at = p, *next;
    while (at && at < p + head) {
        size_t len = line_at(at, head - (size_t)(at - p), &next);
        if (named(at, len, name, &v) && (v.len != last.len || memcmp(v.text, last.text, v.len) != 0))
            return 0;
        at = next;
    }
    return 1;
}

/* Length of the name of a field whose value is a secret, or 0. */
static size_t secret(const char *line, size_t len)
{
    static const char *const names[] = {"Set-Cookie",       "Set-Cookie2",         "Cookie", "Authorization",
                                        "WWW-Authenticate", "Authentication-Info", NULL};
    struct http_value v;
    for (size_t i = 0; names[i]; i++)
        if (named(line, len, names[i], &v))
            return strlen(names[i]);
    if (len > 6 && strncasecmp(line, "Proxy-", 6) == 0) {
        const char *colon = memchr(line, ':', len);
        return colon ? (size_t)(colon - line) : 0;
    }
    return 0;
}

enum flow http_head_copy(const char *p, size_t head, struct buf *out, struct err *e)
{
    const char *at = p, *next;
    int folded_secret = 0;
    while (at && at < p + head) {
        size_t len = line_at(at, head - (size_t)(at - p), &next);
        size_t name = secret(at, len);
        enum flow f = FLOW_OK;
        int skip = len && blank(*at) && folded_secret;
        if (name)
            f = buf_put(out, at, name, e) == FLOW_OK ? buf_puts(out, ": redacted\r\n", e) : FLOW_FATAL;
        else if (!skip)
            f = buf_put(out, at, len, e) == FLOW_OK ? buf_puts(out, "\r\n", e) : FLOW_FATAL;
        if (f != FLOW_OK)
            return f;
        folded_secret = name || skip;
        at = next;
    }
    return FLOW_OK;
}

int http_is_chunked(const char *p, size_t head)
{
    struct http_value v = http_field(p, head, "Transfer-Encoding");
    return v.text && v.len >= 7 && strncasecmp(v.text + v.len - 7, "chunked", 7) == 0;
}

/* Size of the chunk whose line begins at p; *line is the length of that line. 0 when it is no chunk line. */
static int chunk_size(const char *p, size_t n, size_t *size, size_t *line)
{
    const char *next;
    size_t len = line_at(p, n, &next), digits = 0;
    *size = 0;
    while (digits < len && digits < 15) {
        char c = p[digits];
        int v = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
        if (v < 0)
            break;
        *size = *size * 16 + (size_t)v;
        digits++;
    }
    *line = next ? (size_t)(next - p) : 0;
    return next && digits && (digits == len || p[digits] == ';' || blank(p[digits]));
}

enum flow http_dechunk(const char *p, size_t n, struct buf *out, int *whole, struct err *e)
{
    size_t at = 0, size, line;
    *whole = 0;
    while (at < n && chunk_size(p + at, n - at, &size, &line)) {
        at += line;
        if (size == 0) {
            *whole = 1;
            return FLOW_OK;
        }
        size_t have = n - at < size ? n - at : size;
        enum flow f = buf_put(out, p + at, have, e);
        if (f != FLOW_OK || have < size)
            return f;
        at += size;
        at += at < n && p[at] == '\r';
        at += at < n && p[at] == '\n';
    }
    return FLOW_OK;
}

int http_chunks_broken(const char *p, size_t n)
{
    size_t at = 0, size, line;
    while (at < n && chunk_size(p + at, n - at, &size, &line)) {
        at += line;
        if (size == 0 || n - at < size)
            return 0;
        at += size;
        at += at < n && p[at] == '\r';
        at += at < n && p[at] == '\n';
    }
    return at < n && memchr(p + at, '\n', n - at);
}
