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

int http_status(const char *p, size_t n)
{
    const char *space = n > 5 && memcmp(p, "HTTP/", 5) == 0 ? memchr(p, ' ', n < 16 ? n : 16) : NULL;
    int status = 0;
    if (!space || n - (size_t)(space - p) < 4)
        return 0;
    for (int i = 1; i <= 3; i++) {
        if (space[i] < '0' || space[i] > '9')
            return 0;
        status = status * 10 + (space[i] - '0');
    }
    return status;
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

/* Length of the name of a field whose value is a secret, or 0. */
static size_t secret(const char *line, size_t len)
{
    static const char *const names[] = {"Set-Cookie", "Set-Cookie2", "Cookie", "Authorization", "WWW-Authenticate", "Authentication-Info", NULL};
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

enum flow http_head_copy(const char *p, size_t head, int drop_transfer, struct buf *out, struct err *e)
{
    const char *at = p, *next;
    struct http_value v;
    int folded_secret = 0;
    while (at && at < p + head) {
        size_t len = line_at(at, head - (size_t)(at - p), &next);
        size_t name = secret(at, len);
        enum flow f = FLOW_OK;
        int skip = (drop_transfer && named(at, len, "Transfer-Encoding", &v)) || (len && blank(*at) && folded_secret);
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
