/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/sniff.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *skip_blank(const char *p, const char *end)
{
    while (p < end && blank(*p))
        p++;
    return p;
}

static const char *find(const char *p, const char *end, const char *what)
{
    size_t n = strlen(what);
    for (; (size_t)(end - p) >= n; p++) {
        p = memchr(p, what[0], (size_t)(end - p));
        if (!p || (size_t)(end - p) < n)
            return NULL;
        if (memcmp(p, what, n) == 0)
            return p;
    }
    return NULL;
}

static int begins(const char *p, const char *end, const char *what)
{
    size_t n = strlen(what);
    return (size_t)(end - p) >= n && strncasecmp(p, what, n) == 0;
}

/* Past one comment or instruction at p; NULL when there is none, or it has no end. */
static const char *past_misc(const char *p, const char *end)
{
    const char *stop = NULL;
    if (begins(p, end, "<!--"))
        stop = find(p + 4, end, "-->");
    else if (begins(p, end, "<?"))
        stop = find(p + 2, end, "?>");
    else
        return NULL;
    return stop ? stop + (p[1] == '?' ? 2 : 3) : NULL;
}

static const char *skip_misc(const char *p, const char *end)
{
    const char *next;
    p = skip_blank(p, end);
    while (p < end && (next = past_misc(p, end)))
        p = skip_blank(next, end);
    return p;
}

static size_t name_length(const char *p, const char *end)
{
    size_t n = 0;
    while (p + n < end && !blank(p[n]) && p[n] != '>' && p[n] != '/')
        n++;
    return n;
}

/* The last "</name" of the body, and the byte after its '>'. */
static const char *past_end_tag(const char *p, const char *end, const char *name, size_t n)
{
    for (const char *q = end - 1; q > p; q--) {
        if (*q != '/' || q[-1] != '<' || (size_t)(end - q - 1) < n || memcmp(q + 1, name, n) != 0 ||
            name_length(q + 1, end) != n)
            continue;
        const char *close = skip_blank(q + 1 + n, end);
        return close < end && *close == '>' ? close + 1 : NULL;
    }
    return NULL;
}

static const char *past_empty_element(const char *p, const char *end)
{
    const char *close = memchr(p, '>', (size_t)(end - p));
    return close && close[-1] == '/' ? close + 1 : NULL;
}

/* html itself under any prefix; what pages and the messages of servers begin with only without a namespace. */
static int html_element(const char *p, const char *end)
{
    static const char *const names[] = {"head", "body", "meta", "script", "br", "frameset", "iframe", NULL};
    size_t n = name_length(p + 1, end);
    const char *colon = n ? memchr(p + 1, ':', n) : NULL, *close = memchr(p, '>', (size_t)(end - p));
    const char *local = colon ? colon + 1 : p + 1;
    size_t k = n - (size_t)(local - p - 1);
    if (k == 4 && strncasecmp(local, "html", 4) == 0)
        return 1;
    for (size_t i = 0; names[i] && !colon; i++)
        if (k == strlen(names[i]) && strncasecmp(local, names[i], k) == 0)
            return close && !find(p, close, "xmlns");
    return 0;
}

static void look_at_element(struct sniff *s, const char *p, const char *end)
{
    size_t n = name_length(p + 1, end);
    s->element = n > 0 && p[1] != '!' && p[1] != '?' && p[1] != '/';
    s->html = s->html || html_element(p, end);
    const char *after = s->element ? past_end_tag(p, end, p + 1, n) : NULL;
    if (!after && s->element)
        after = past_empty_element(p, end);
    if (!after)
        return;
    after = skip_misc(after, end);
    s->closed = after == end;
    s->html_appended =
        begins(after, end, "<!doctype html") || (after < end && *after == '<' && html_element(after, end));
}

static struct sniff look(const char *p, size_t n)
{
    struct sniff s = {0};
    const char *end = p + n;
    if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        p += 3;
    p = skip_misc(p, end);
    s.empty = skip_blank(p, end) == end;
    if (begins(p, end, "<!doctype")) {
        s.html = begins(skip_blank(p + 9, end), end, "html");
        const char *open = memchr(p, '[', (size_t)(end - p)), *close = memchr(p, '>', (size_t)(end - p));
        if (open && close && open < close)
            close = find(open, end, "]>") ? find(open, end, "]>") + 1 : NULL;
        p = close ? skip_misc(close + 1, end) : end;
    }
    if (p < end && *p == '<')
        look_at_element(&s, p, end);
    return s;
}

struct sniff sniff_body(const char *p, size_t n)
{
    int wide = n >= 4 && (((unsigned char)p[0] == 0xff && (unsigned char)p[1] == 0xfe) ||
                          ((unsigned char)p[0] == 0xfe && (unsigned char)p[1] == 0xff) || p[0] == '\0' ||
                          (p[1] == '\0' && p[0] == '<'));
    char *narrow = wide ? malloc(n) : NULL;
    if (!narrow)
        return look(p, n);
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (p[i] != '\0' && (unsigned char)p[i] < 0x80)
            narrow[k++] = p[i];
    struct sniff s = look(narrow, k);
    free(narrow);
    return s;
}
