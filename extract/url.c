/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/url.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    int port;
} schemes[] = {[URL_HTTP] = {"http", 80},
               [URL_HTTPS] = {"https", 443},
               [URL_SFTP] = {"sftp", 22},
               [URL_FTPS] = {"ftps", 990},
               [URL_FILE] = {"file", 0}};

enum { SCHEMES = sizeof schemes / sizeof schemes[0] };

static const char too_long[] = "the address is too long";

const char *url_scheme_name(enum url_scheme s)
{
    return schemes[s].name;
}

static const char *take_scheme(const char *text, size_t n, struct url *u, size_t *used)
{
    for (size_t i = 0; i < SCHEMES; i++) {
        size_t k = strlen(schemes[i].name);
        if (n > k + 2 && strncasecmp(text, schemes[i].name, k) == 0 && strncmp(text + k, "://", 3) == 0) {
            u->scheme = (enum url_scheme)i;
            u->port = schemes[i].port;
            *used = k + 3;
            return NULL;
        }
    }
    return "the address must begin with https://, http://, sftp://, ftps:// or file://";
}

static const char *take_port(const char *p, size_t n, struct url *u)
{
    int port = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9' || i > 4)
            return "the port is not a number";
        port = port * 10 + (p[i] - '0');
    }
    if (n && (port < 1 || port > 65535))
        return "the port is out of range";
    if (n)
        u->port = port;
    return NULL;
}

static int host_byte(char c, int literal)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           (literal && c == ':');
}

static const char *take_authority(const char *p, size_t n, struct url *u)
{
    int literal = n > 0 && p[0] == '[';
    const char *close = literal ? memchr(p, ']', n) : NULL;
    if (memchr(p, '@', n))
        return "an address must not carry a user name or password: put them in the hosts table";
    if (literal && !close)
        return "the address has an unclosed bracket";
    const char *host = literal ? p + 1 : p, *rest = literal ? close + 1 : memchr(p, ':', n);
    size_t len = literal ? (size_t)(close - host) : rest ? (size_t)(rest - p) : n;
    if (len == 0 || len >= sizeof u->host)
        return len ? too_long : "the address names no host";
    for (size_t i = 0; i < len; i++) {
        u->host[i] = host[i] >= 'A' && host[i] <= 'Z' ? (char)(host[i] + 32) : host[i];
        if ((unsigned char)host[i] >= 0x80)
            return "a host name with accents is written in its ASCII form, which begins with xn--";
        if (!host_byte(u->host[i], literal))
            return "the host name holds a character that host names do not have";
    }
    u->host[len] = '\0';
    if (!rest || rest == p + n)
        return NULL;
    return *rest == ':' ? take_port(rest + 1, (size_t)(p + n - rest - 1), u)
                        : "the address is malformed after the host";
}

/* Copies path and query, encoding what is not printable ASCII. */
static const char *put_path(const char *p, size_t n, char *out, size_t size)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c < ' ' || c == 0x7f)
            return "the address holds a control character";
        if (k + 4 >= size)
            return too_long;
        if (c <= ' ' || c > '~' || c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' || c == '`' || c == '{' ||
            c == '}' || c == '|')
            k += (size_t)snprintf(out + k, size - k, "%%%02X", c);
        else
            out[k++] = (char)c;
    }
    out[k] = '\0';
    return NULL;
}

static const char *compose(struct url *u, const char *path, size_t n)
{
    char port[8] = "";
    if (u->port != schemes[u->scheme].port)
        (void)snprintf(port, sizeof port, ":%d", u->port);
    int literal = strchr(u->host, ':') != NULL;
    int k = snprintf(u->text, sizeof u->text, "%s://%s%s%s%s", schemes[u->scheme].name, literal ? "[" : "", u->host,
                     literal ? "]" : "", port);
    if (k < 0 || (size_t)k + 8 >= sizeof u->text)
        return too_long;
    u->path = (size_t)k;
    if (n == 0 || path[0] != '/')
        u->text[k++] = '/';
    return put_path(path, n, u->text + k, sizeof u->text - (size_t)k);
}

const char *url_parse(const char *text, struct url *u)
{
    size_t n = strcspn(text, "#"), used = 0;
    *u = (struct url){0};
    if (n >= URL_MAX)
        return too_long;
    const char *why = take_scheme(text, n, u, &used);
    if (why)
        return why;
    const char *p = text + used;
    size_t authority = strcspn(p, "/?#");
    if (u->scheme == URL_FILE) {
        if (authority && !(authority == 9 && strncasecmp(p, "localhost", 9) == 0))
            return "a file address names no host: file:///path";
    } else if ((why = take_authority(p, authority, u))) {
        return why;
    }
    why = compose(u, p + authority, n - used - authority);
    int lists = u->scheme == URL_SFTP || u->scheme == URL_FTPS;
    return !why && lists && u->text[strlen(u->text) - 1] == '/'
               ? "an sftp or ftps address names a file: it does not end in /"
               : why;
}

/* ---- references ---- */

/* RFC 3986 §5.2.4, on a path that begins with '/'. */
static void remove_dots(char *path)
{
    char *query = strchr(path, '?'), *in = path, *out = path;
    char *end = query ? query : path + strlen(path);
    while (in < end) {
        char *next = memchr(in + 1, '/', (size_t)(end - in - 1));
        size_t len = next ? (size_t)(next - in) : (size_t)(end - in);
        int dot = len == 2 && in[1] == '.', two = len == 3 && in[1] == '.' && in[2] == '.';
        if (two)
            while (out > path && *--out != '/')
                continue;
        if (!dot && !two) {
            memmove(out, in, len);
            out += len;
        } else if (!next) {
            *out++ = '/';
        }
        in += len;
    }
    if (out == path)
        *out++ = '/';
    memmove(out, end, strlen(end) + 1);
}

const char *url_join(const struct url *base, const char *location, size_t n, struct url *u)
{
    char text[URL_MAX * 2], path[URL_MAX];
    while (n && (*location == ' ' || *location == '\t'))
        location++, n--;
    if (n == 0 || n >= URL_MAX)
        return n ? too_long : "the redirect says nowhere to go";
    int len = (int)n;
    const char *colon = memchr(location, ':', strcspn(location, "/?#") < n ? strcspn(location, "/?#") : n);
    if (colon)
        (void)snprintf(text, sizeof text, "%.*s", len, location);
    else if (n > 1 && location[0] == '/' && location[1] == '/')
        (void)snprintf(text, sizeof text, "%s:%.*s", schemes[base->scheme].name, len, location);
    else {
        int prefix = (int)base->path;
        const char *from = base->text + base->path, *query = strchr(from, '?');
        const char *stop = query ? query : from + strlen(from);
        if (location[0] == '#')
            stop = from + strlen(from);
        else if (location[0] != '/' && location[0] != '?')
            while (stop > from && stop[-1] != '/')
                stop--;
        int keep = location[0] == '/' ? 0 : (int)(stop - from);
        (void)snprintf(path, sizeof path, "%.*s%.*s", keep, from, len, location);
        path[strcspn(path, "#")] = '\0';
        remove_dots(path);
        (void)snprintf(text, sizeof text, "%.*s%s", prefix, base->text, path);
    }
    return url_parse(text, u);
}

/* ---- adding ---- */

const char *url_add_parameter(struct url *u, const char *pair)
{
    size_t n = strlen(u->text);
    int k = snprintf(u->text + n, sizeof u->text - n, "%c%s", strchr(u->text, '?') ? '&' : '?', pair);
    return k < 0 || (size_t)k >= sizeof u->text - n ? too_long : NULL;
}

int url_same_host(const struct url *a, const struct url *b)
{
    return strcmp(a->host, b->host) == 0;
}

static int unhex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

int url_file_path(const struct url *u, char *out, size_t size)
{
    size_t k = 0;
    for (const char *p = u->text + u->path; *p; p++) {
        int hi = p[0] == '%' ? unhex(p[1]) : -1, lo = hi >= 0 ? unhex(p[2]) : -1;
        char c = lo >= 0 ? (char)(hi * 16 + lo) : *p;
        if (c == '\0' || k + 1 >= size)
            return 0;
        out[k++] = c;
        p += lo >= 0 ? 2 : 0;
    }
    out[k] = '\0';
    return 1;
}
