/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/proxy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *variable(const char *lower, const char *upper)
{
    const char *v = getenv(lower);
    if ((!v || !*v) && upper)
        v = getenv(upper);
    return v && *v ? v : NULL;
}

/* "example.org" and ".example.org" stand for the host and everything beneath it. */
static int excepted(const char *host, const char *list)
{
    size_t n = strlen(host);
    for (const char *p = list; *p;) {
        size_t len = strcspn(p, ", ");
        const char *name = p + (len && *p == '.');
        size_t k = len - (size_t)(name - p);
        if (len == 1 && *p == '*')
            return 1;
        if (k && n >= k && strncasecmp(host + n - k, name, k) == 0 && (n == k || host[n - k - 1] == '.'))
            return 1;
        p += len + (p[len] != '\0');
    }
    return 0;
}

const char *proxy_for(const struct url *u)
{
    const char *not = variable("no_proxy", "NO_PROXY"), *proxy = NULL;
    if (u->scheme == URL_FILE || u->scheme == URL_SFTP || (not &&excepted(u->host, not )))
        return "";
    if (u->scheme == URL_HTTP)
        proxy = variable("http_proxy", NULL);
    else if (u->scheme == URL_HTTPS)
        proxy = variable("https_proxy", "HTTPS_PROXY");
    if (!proxy)
        proxy = variable("all_proxy", "ALL_PROXY");
    return proxy ? proxy : "";
}

int proxy_password_in(const struct url *u, const char *text)
{
    const char *proxy = proxy_for(u), *at = strrchr(proxy, '@'), *from = strstr(proxy, "://");
    from = from && at && from < at ? from + 3 : proxy;
    size_t n = at ? (size_t)(at - from) : 0;
    for (const char *p = text; n && (p = strchr(p, *from)); p++)
        if (strncmp(p, from, n) == 0)
            return 1;
    return 0;
}
