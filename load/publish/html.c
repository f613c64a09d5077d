/* SPDX-License-Identifier: Apache-2.0 */
#include "load/publish/html.h"

#include "schemas/run/digest.h"
#include "schemas/run/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PAGE_MAX = 256 << 20 };

static void check(struct html *h, enum flow f)
{
    h->failed = h->failed || f != FLOW_OK;
}

void html_raw(struct html *h, const char *markup)
{
    if (!h->failed)
        check(h, buf_puts(&h->page, markup, h->err));
}

/* Markup characters as entities; everything else was made visible before. */
static enum flow put_escaped(struct html *h, const char *s, size_t n)
{
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < n && f == FLOW_OK; i++) {
        const char *entity = s[i] == '&'    ? "&amp;"
                             : s[i] == '<'  ? "&lt;"
                             : s[i] == '>'  ? "&gt;"
                             : s[i] == '"'  ? "&quot;"
                             : s[i] == '\'' ? "&#39;"
                                            : NULL;
        f = entity ? buf_puts(&h->page, entity, h->err) : buf_putc(&h->page, s[i], h->err);
    }
    return f;
}

/* Controls, invisible and bidirectional characters are shown, but for the spaces that French numbers and quotes need.
 */
static enum flow put_text(struct html *h, const char *s)
{
    struct buf visible;
    buf_init(&visible, PAGE_MAX);
    enum flow f = FLOW_OK;
    while (*s && f == FLOW_OK) {
        const char *space = strstr(s, "\xC2\xA0"), *narrow = strstr(s, "\xE2\x80\xAF");
        const char *stop = !space || (narrow && narrow < space) ? narrow : space;
        size_t n = stop ? (size_t)(stop - s) : strlen(s), k = !stop ? 0 : stop == space ? 2 : 3;
        buf_reset(&visible);
        f = text_visible(s, n, &visible, h->err);
        if (f == FLOW_OK)
            f = put_escaped(h, buf_str(&visible), visible.len);
        if (f == FLOW_OK && k)
            f = buf_put(&h->page, stop, k, h->err);
        s += n + k;
    }
    buf_fini(&visible);
    return f;
}

static int letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* French typography: a space before ; : ! ? % and inside quotes never breaks the line, an apostrophe is a curved one.
 */
static enum flow put_french(struct html *h, const char *s, struct buf *out)
{
    enum flow f = FLOW_OK;
    for (size_t i = 0; s[i] && f == FLOW_OK; i++) {
        int opened = i >= 2 && memcmp(s + i - 2, "\xC2\xAB", 2) == 0;
        int closes = s[i] == ' ' && s[i + 1] && (strchr(";:!?%", s[i + 1]) || strncmp(s + i + 1, "\xC2\xBB", 2) == 0);
        if (s[i] == ' ' && (opened || closes))
            f = buf_puts(out, "\xC2\xA0", h->err);
        else if (s[i] == '\'' && i > 0 && letter(s[i - 1]) && letter(s[i + 1]))
            f = buf_puts(out, "\xE2\x80\x99", h->err);
        else
            f = buf_putc(out, s[i], h->err);
    }
    return f == FLOW_OK ? put_text(h, buf_str(out)) : f;
}

/* English typography: no space before a per cent sign. */
static enum flow put_english(struct html *h, const char *s, struct buf *out)
{
    enum flow f = FLOW_OK;
    for (; *s && f == FLOW_OK; s++)
        if (s[0] != ' ' || s[1] != '%')
            f = buf_putc(out, *s, h->err);
    return f == FLOW_OK ? put_text(h, buf_str(out)) : f;
}

void html_text(struct html *h, const char *s)
{
    struct buf b;
    if (h->failed || !s)
        return;
    buf_init(&b, PAGE_MAX);
    check(h, h->french ? put_french(h, s, &b) : put_english(h, s, &b));
    buf_fini(&b);
}

void html_verbatim(struct html *h, const char *s)
{
    if (!h->failed && s)
        check(h, put_text(h, s));
}

void html_printf(struct html *h, const char *fmt, ...)
{
    char text[2048];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof text)
        check(h, err_set(h->err, STATUS_BUG, "a piece of markup is too long"));
    else
        html_raw(h, text);
}

void html_element(struct html *h, const char *tag, const char *text)
{
    html_printf(h, "<%s>", tag);
    html_text(h, text);
    html_printf(h, "</%.*s>", (int)strcspn(tag, " "), tag);
}

/* ---- base64 of a digest ---- */

static int nibble(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

enum flow html_integrity(const char *text, char *out, struct err *e)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char hex[DIGEST_HEX_MAX];
    unsigned char bytes[DIGEST_BYTES + 1] = {0};
    enum flow f = digest_of(text, strlen(text), hex, e);
    if (f != FLOW_OK)
        return f;
    for (int i = 0; i < DIGEST_BYTES; i++)
        bytes[i] = (unsigned char)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
    size_t n = (size_t)snprintf(out, 64, "sha256-");
    for (int i = 0; i < DIGEST_BYTES; i += 3) {
        unsigned group = (unsigned)bytes[i] << 16 | (unsigned)(i + 1 < DIGEST_BYTES ? bytes[i + 1] : 0) << 8 |
                         (i + 2 < DIGEST_BYTES ? bytes[i + 2] : 0);
        for (int k = 0; k < 4; k++)
            out[n++] = i + k > DIGEST_BYTES ? '=' : alphabet[group >> (18 - 6 * k) & 63];
    }
    out[n] = '\0';
    return FLOW_OK;
}

/* ---- pages ---- */

void html_open(struct html *h, const char *language, const char *title, const char *style, const char *script,
               struct err *e)
{
    char style_digest[64] = "", script_digest[64] = "";
    *h = (struct html){.err = e, .french = strcmp(language, "fr") == 0};
    buf_init(&h->page, PAGE_MAX);
    if (style)
        check(h, html_integrity(style, style_digest, e));
    if (script && !h->failed)
        check(h, html_integrity(script, script_digest, e));
    html_printf(h, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n", language);
    html_raw(h, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; "
                "form-action 'none'");
    if (style)
        html_printf(h, "; style-src '%s'", style_digest);
    if (script)
        html_printf(h, "; script-src '%s'", script_digest);
    html_raw(h, "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"robots\" content=\"noindex\">\n");
    html_element(h, "title", title);
    if (style) {
        html_raw(h, "\n<style>");
        html_raw(h, style);
        html_raw(h, "</style>");
    }
    html_raw(h, "\n</head>\n<body>\n");
}

enum flow html_close(struct html *h, const char *script)
{
    if (script) {
        html_raw(h, "<script>");
        html_raw(h, script);
        html_raw(h, "</script>\n");
    }
    html_raw(h, "</body>\n</html>\n");
    return h->failed ? FLOW_FATAL : FLOW_OK;
}

void html_fini(struct html *h)
{
    buf_fini(&h->page);
}
