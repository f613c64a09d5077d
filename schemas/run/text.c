/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/run/text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* One character at s, or -1 with *step = 1 when the bytes are not UTF-8. */
static utf8proc_int32_t next_char(const char *s, size_t n, size_t *step)
{
    utf8proc_int32_t c;
    utf8proc_ssize_t k = utf8proc_iterate((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)(n > 4 ? 4 : n), &c);
    *step = k > 0 ? (size_t)k : 1;
    return k > 0 ? c : -1;
}

/* Bytes below 0x80 at the front, eight at a time: every document goes through here. */
static size_t ascii_run(const char *s, size_t n)
{
    size_t i = 0;
    for (uint64_t word; n - i >= sizeof word; i += sizeof word) {
        memcpy(&word, s + i, sizeof word);
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    while (i < n && (unsigned char)s[i] < 0x80)
        i++;
    return i;
}

size_t text_invalid(const char *s, size_t n)
{
    size_t step;
    for (size_t i = ascii_run(s, n); i < n; i += ascii_run(s + i, n - i)) {
        if (next_char(s + i, n - i, &step) < 0)
            return i;
        i += step;
    }
    return n;
}

static enum flow refused(utf8proc_ssize_t code, struct err *e)
{
    enum status s = code == UTF8PROC_ERROR_NOMEM ? STATUS_SYSTEM : STATUS_DATA;
    return err_set(e, s, "text: %s", utf8proc_errmsg(code));
}

enum flow text_nfc(const char *s, size_t n, struct buf *out, struct err *e)
{
    if (ascii_run(s, n) == n)
        return buf_put(out, s, n, e);
    utf8proc_uint8_t *composed = NULL;
    utf8proc_ssize_t k =
        utf8proc_map((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)n, &composed, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    if (k < 0)
        return refused(k, e);
    enum flow f = buf_put(out, composed, (size_t)k, e);
    free(composed);
    return f;
}

static int is_space(utf8proc_int32_t c)
{
    if ((c >= 9 && c <= 13) || c == 0x85)
        return 1;
    utf8proc_category_t k = utf8proc_category(c);
    return k == UTF8PROC_CATEGORY_ZS || k == UTF8PROC_CATEGORY_ZL || k == UTF8PROC_CATEGORY_ZP;
}

static utf8proc_int32_t plain_quote(utf8proc_int32_t c)
{
    switch (c) {
    case 0x60:
    case 0xB4:
    case 0x2BC:
    case 0x2018:
    case 0x2019:
    case 0x201B:
    case 0x2032:
    case 0xFF07:
        return '\'';
    case 0xAB:
    case 0xBB:
    case 0x201C:
    case 0x201D:
    case 0x201E:
    case 0x2033:
        return '"';
    case 0x2212:
        return '-';
    default:
        return utf8proc_category(c) == UTF8PROC_CATEGORY_PD ? '-' : c;
    }
}

/* Letters that no decomposition opens. */
static const char *ligature(utf8proc_int32_t c)
{
    switch (c) {
    case 0x153:
        return "oe";
    case 0x152:
        return "OE";
    case 0xE6:
        return "ae";
    case 0xC6:
        return "AE";
    default:
        return NULL;
    }
}

struct folding {
    unsigned fold;
    int gap; /* spaces were seen since the last character */
    struct buf *out;
};

static enum flow put_char(struct folding *k, utf8proc_int32_t c, struct err *e)
{
    utf8proc_uint8_t bytes[4];
    if (k->fold & TEXT_FOLD_SPACES) {
        if (is_space(c)) {
            k->gap = 1;
            return FLOW_OK;
        }
        if (k->gap && k->out->len && buf_putc(k->out, ' ', e) != FLOW_OK)
            return FLOW_FATAL;
        k->gap = 0;
    }
    if (k->fold & TEXT_FOLD_QUOTES)
        c = plain_quote(c);
    const char *letters = k->fold & TEXT_FOLD_ACCENTS ? ligature(c) : NULL;
    if (letters)
        return buf_puts(k->out, letters, e);
    return buf_put(k->out, bytes, (size_t)utf8proc_encode_char(c, bytes), e);
}

/* Decomposed characters of s, folded; *wide is freed by the caller. */
static utf8proc_ssize_t decompose(const char *s, size_t n, unsigned fold, utf8proc_int32_t **wide)
{
    utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE;
    if (fold & TEXT_FOLD_CASE)
        options |= UTF8PROC_CASEFOLD;
    if (fold & TEXT_FOLD_ACCENTS)
        options |= UTF8PROC_STRIPMARK;
    if (fold & TEXT_FOLD_SPACES)
        options |= UTF8PROC_IGNORE; /* soft hyphens, zero width spaces, byte order marks */
    *wide = malloc((n + 1) * 4 * sizeof **wide);
    if (!*wide)
        return UTF8PROC_ERROR_NOMEM;
    utf8proc_ssize_t room = (utf8proc_ssize_t)((n + 1) * 4);
    utf8proc_ssize_t k = utf8proc_decompose((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)n, *wide, room, options);
    if (k <= room)
        return k;
    utf8proc_int32_t *more = realloc(*wide, (size_t)k * sizeof *more);
    if (!more)
        return UTF8PROC_ERROR_NOMEM;
    *wide = more;
    return utf8proc_decompose((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)n, more, k, options);
}

enum flow text_key(const char *s, size_t n, unsigned fold, struct buf *out, struct err *e)
{
    enum flow f = FLOW_OK;
    struct buf folded;
    utf8proc_int32_t *wide = NULL;
    buf_init(&folded, SIZE_MAX / 2);
    struct folding k = {.fold = fold, .out = &folded};
    utf8proc_ssize_t count = decompose(s, n, fold, &wide);
    if (count < 0)
        f = refused(count, e);
    for (utf8proc_ssize_t i = 0; i < count && f == FLOW_OK; i++)
        f = put_char(&k, wide[i], e);
    if (f == FLOW_OK)
        f = text_nfc(buf_str(&folded), folded.len, out, e);
    free(wide);
    buf_fini(&folded);
    return f;
}

size_t text_width(const char *s, size_t n)
{
    size_t width = 0, step;
    for (size_t i = 0; i < n; i += step) {
        utf8proc_int32_t c = next_char(s + i, n - i, &step);
        int w = c < 0 ? 1 : utf8proc_charwidth(c);
        width += w > 0 ? (size_t)w : 0;
    }
    return width;
}

static int is_visible(utf8proc_int32_t c)
{
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return 0;
    case UTF8PROC_CATEGORY_ZS:
        return c == ' ';
    default:
        return 1;
    }
}

enum flow text_visible(const char *s, size_t n, struct buf *out, struct err *e)
{
    enum flow f = FLOW_OK;
    size_t step;
    for (size_t i = 0; i < n && f == FLOW_OK; i += step) {
        utf8proc_int32_t c = next_char(s + i, n - i, &step);
        if (c < 0)
            f = buf_printf(out, e, "<\\x%02X>", (unsigned)(unsigned char)s[i]);
        else if (is_visible(c))
            f = buf_put(out, s + i, step, e);
        else
            f = buf_printf(out, e, "<U+%04X>", (unsigned)c);
    }
    return f;
}

size_t text_cut(const char *s, size_t n, size_t max)
{
    if (n <= max)
        return n;
    while (max > 0 && ((unsigned char)s[max] & 0xC0) == 0x80)
        max--;
    return max;
}

int text_in_list(const char *list, char separator, const char *s, size_t n)
{
    for (const char *p = list; p && n > 0; p = strchr(p, separator), p += p != NULL)
        if (strncmp(p, s, n) == 0 && (p[n] == separator || p[n] == '\0'))
            return 1;
    return 0;
}

const char *text_library(void)
{
    return utf8proc_version();
}
