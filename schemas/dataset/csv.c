/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 4180 reader: a row without a quote is copied once and split by memchr; only rows with quotes go byte by byte.
 * Each row is checked for NUL and for UTF-8 before it is split, so that what is handed over is text. */
#include "schemas/dataset/csv.h"

#include <stdlib.h>
#include <string.h>

struct csv {
    const char *text;
    const char *at; /* next byte to read */
    const char *end;
    char *name;
    char delimiter;
    uint64_t offset; /* of `text` in the file */
    uint64_t line;   /* of `at` */
    struct buf row;  /* unquoted text of the current row */
};

/* Length of the UTF-8 sequence at p (RFC 3629, table of well-formed sequences), 0 when it is not one. */
static size_t sequence(const unsigned char *p, size_t n)
{
    unsigned char c = p[0];
    unsigned char low = 0x80, high = 0xBF;
    size_t len;
    if (c < 0x80)
        return 1;
    if (c < 0xC2 || c > 0xF4)
        return 0;
    if (c < 0xE0) {
        len = 2;
    } else if (c < 0xF0) {
        len = 3;
        low = c == 0xE0 ? 0xA0 : low;
        high = c == 0xED ? 0x9F : high;
    } else {
        len = 4;
        low = c == 0xF0 ? 0x90 : low;
        high = c == 0xF4 ? 0x8F : high;
    }
    if (n < len || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return len;
}

/* Offset of the first byte that is NUL or not UTF-8, or n. *ascii: no byte above 0x7F. */
static size_t first_bad(const char *s, size_t n, int *ascii)
{
    const uint64_t ones = 0x0101010101010101U, highs = 0x8080808080808080U;
    size_t i = 0;
    *ascii = 1;
    while (i < n) {
        uint64_t w;
        if (n - i >= sizeof w) {
            memcpy(&w, s + i, sizeof w);
            if ((w & highs) == 0 && ((w - ones) & ~w & highs) == 0) {
                i += sizeof w;
                continue;
            }
        }
        size_t len = s[i] ? sequence((const unsigned char *)s + i, n - i) : 0;
        if (len == 0)
            return i;
        if (len > 1)
            *ascii = 0;
        i += len;
    }
    return n;
}

/* Bytes that begin a character, eight at a time. */
static uint32_t characters(const char *s, size_t n)
{
    uint32_t count = (uint32_t)n;
    size_t i = 0;
    for (uint64_t w; n - i >= sizeof w; i += sizeof w) {
        memcpy(&w, s + i, sizeof w);
        count -= (uint32_t)((((w >> 7) & ~(w >> 6) & 0x0101010101010101U) * 0x0101010101010101U) >> 56);
    }
    for (; i < n; i++)
        count -= ((unsigned char)s[i] & 0xC0) == 0x80;
    return count;
}

static enum flow bad_byte(const struct csv *c, const char *row, size_t at, uint64_t line, struct err *e)
{
    for (size_t i = 0; i < at; i++)
        line += row[i] == '\n';
    unsigned byte = (unsigned char)row[at];
    if (byte == 0)
        return err_set(e, STATUS_DATA, "%s: line %llu: a NUL byte; this is not a CSV text file", c->name,
                       (unsigned long long)line);
    return err_set(
        e, STATUS_DATA,
        "%s: line %llu: byte 0x%02X at offset %llu is not UTF-8; save the file as \"CSV UTF-8\" (a French Excel "
        "writes Windows-1252 by default)",
        c->name, (unsigned long long)line, byte, (unsigned long long)(c->offset + (size_t)(row - c->text) + at));
}

static char guess_delimiter(const char *p, const char *end)
{
    size_t commas = 0, semicolons = 0;
    int quoted = 0;
    for (; p < end && (quoted || *p != '\n'); p++) {
        if (*p == '"')
            quoted = !quoted;
        else if (!quoted && *p == ',')
            commas++;
        else if (!quoted && *p == ';')
            semicolons++;
    }
    return semicolons > commas ? ';' : ',';
}

/* What people save, or are sent, in place of CSV; NULL when it may be CSV. */
static const char *other_format(const char *text, size_t n)
{
    static const struct {
        const char *magic, *what;
    } formats[] = {
        {"PK\003\004", "a workbook or a zip file"},
        {"\xD0\xCF\x11\xE0", "an old workbook"},
        {"\x1F\x8B", "a gzip file"},
        {"\xFF\xFE", "a text in UTF-16"},
        {"\xFE\xFF", "a text in UTF-16"},
        {"<", "HTML or XML"},
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (n >= strlen(formats[i].magic) && memcmp(text, formats[i].magic, strlen(formats[i].magic)) == 0)
            return formats[i].what;
    return NULL;
}

struct csv *csv_open(const char *text, size_t n, const char *name, char delimiter, struct err *e)
{
    const char *other = other_format(text, n);
    if (other) {
        (void)err_set(e, STATUS_DATA, "%s: this is %s: save it as \"CSV UTF-8\"", name, other);
        return NULL;
    }
    struct csv *c = calloc(1, sizeof *c);
    char *copy = strdup(name);
    if (!c || !copy) {
        free(c);
        free(copy);
        (void)err_set(e, STATUS_SYSTEM, "%s: out of memory", name);
        return NULL;
    }
    *c = (struct csv){.text = text, .at = text, .end = text + n, .name = copy, .line = 1};
    if (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        c->at += 3;
    c->delimiter = delimiter ? delimiter : guess_delimiter(c->at, c->end);
    buf_init(&c->row, n + CSV_FIELDS_MAX + 2);
    return c;
}

void csv_continue(struct csv *c, const char *text, size_t n)
{
    c->offset += (uint64_t)(c->end - c->text);
    c->text = c->at = text;
    c->end = text + n;
    if (c->row.max < n + CSV_FIELDS_MAX + 2)
        c->row.max = n + CSV_FIELDS_MAX + 2;
}

void csv_close(struct csv *c)
{
    if (!c)
        return;
    buf_fini(&c->row);
    free(c->name);
    free(c);
}

static enum flow fault(const struct csv *c, uint64_t line, uint32_t column, const char *what, struct err *e)
{
    return err_set(e, STATUS_DATA, "%s: line %llu, column %u: %s", c->name, (unsigned long long)line, column, what);
}

static enum flow add_field(const struct csv *c, struct csv_row *row, struct csv_field field, struct err *e)
{
    if (row->count == CSV_FIELDS_MAX)
        return fault(c, row->line, field.column, "more than 256 fields", e);
    row->field[row->count++] = field;
    return FLOW_OK;
}

/* A row without any quote: s[0..n) without its line end. */
static enum flow split_plain(struct csv *c, const char *s, size_t n, int ascii, struct csv_row *row, struct err *e)
{
    if (memchr(s, '\r', n))
        return fault(c, row->line, characters(s, (size_t)((const char *)memchr(s, '\r', n) - s)) + 1,
                     "a carriage return without line feed", e);
    char *to;
    buf_reset(&c->row);
    enum flow f = buf_room(&c->row, n, &to, e);
    if (f != FLOW_OK)
        return f;
    if (n)
        memcpy(to, s, n);
    to[n] = '\0';
    char *begin = to, *end = to + n;
    uint32_t column = 1;
    for (;;) {
        char *stop = memchr(begin, c->delimiter, (size_t)(end - begin));
        size_t len = stop ? (size_t)(stop - begin) : (size_t)(end - begin);
        begin[len] = '\0';
        f = add_field(c, row, (struct csv_field){begin, len, column, 0}, e);
        if (f != FLOW_OK || !stop)
            return f;
        column += (ascii ? (uint32_t)len : characters(begin, len)) + 1;
        begin = stop + 1;
    }
}

const char *csv_row_end(const char *p, const char *end)
{
    int quoted = 0;
    for (; p < end; p++) {
        if (*p == '"')
            quoted = !quoted;
        else if (*p == '\n' && !quoted)
            return p;
    }
    return end;
}

struct cursor {
    const char *p, *end; /* what is left of the row */
    char *to;            /* where unquoted bytes go */
    uint64_t line;
    const char *line_start;
};

static uint32_t column_of(const struct cursor *k, const char *p)
{
    return characters(k->line_start, (size_t)(p - k->line_start)) + 1;
}

/* One quoted field, the opening quote at k->p. */
static enum flow quoted_field(const struct csv *c, struct cursor *k, struct csv_field *field, struct err *e)
{
    uint64_t line = k->line;
    uint32_t column = column_of(k, k->p);
    char *text = k->to;
    for (k->p++; k->p < k->end; k->p++) {
        if (*k->p == '"') {
            if (k->p + 1 < k->end && k->p[1] == '"')
                k->p++;
            else
                break;
        }
        *k->to++ = *k->p;
        if (*k->p == '\n') {
            k->line++;
            k->line_start = k->p + 1;
        }
    }
    if (k->p == k->end)
        return fault(c, line, column, "a quote opens here and is never closed", e);
    k->p++;
    if (k->p < k->end && *k->p != c->delimiter)
        return fault(c, k->line, column_of(k, k->p), "text after a closing quote", e);
    *field = (struct csv_field){text, (size_t)(k->to - text), column, 1};
    *k->to++ = '\0';
    return FLOW_OK;
}

static enum flow bare_field(const struct csv *c, struct cursor *k, struct csv_field *field, struct err *e)
{
    const char *start = k->p;
    const char *stop = memchr(start, c->delimiter, (size_t)(k->end - start));
    size_t len = (size_t)((stop ? stop : k->end) - start);
    const char *quote = memchr(start, '"', len), *cr = memchr(start, '\r', len);
    if (quote)
        return fault(c, k->line, column_of(k, quote), "a quote inside a field that does not begin with one", e);
    if (cr)
        return fault(c, k->line, column_of(k, cr), "a carriage return without line feed", e);
    memcpy(k->to, start, len);
    *field = (struct csv_field){k->to, len, column_of(k, start), 0};
    k->to += len;
    *k->to++ = '\0';
    k->p = start + len;
    return FLOW_OK;
}

static enum flow split_quoted(struct csv *c, const char *s, size_t n, struct csv_row *row, struct err *e)
{
    char *to;
    buf_reset(&c->row);
    enum flow f = buf_room(&c->row, n + CSV_FIELDS_MAX + 1, &to, e);
    if (f != FLOW_OK)
        return f;
    struct cursor k = {.p = s, .end = s + n, .to = to, .line = row->line, .line_start = s};
    for (;;) {
        struct csv_field field = {0};
        if (row->count == CSV_FIELDS_MAX)
            return fault(c, k.line, column_of(&k, k.p), "more than 256 fields", e);
        f = k.p < k.end && *k.p == '"' ? quoted_field(c, &k, &field, e) : bare_field(c, &k, &field, e);
        if (f == FLOW_OK)
            f = add_field(c, row, field, e);
        if (f != FLOW_OK || k.p == k.end)
            return f;
        k.p++; /* the delimiter */
    }
}

static uint64_t count_lines(const char *s, size_t n)
{
    uint64_t lines = 0;
    for (const char *p = s; (p = memchr(p, '\n', (size_t)(s + n - p))) != NULL; p++)
        lines++;
    return lines;
}

enum flow csv_next(struct csv *c, struct csv_row *row, struct err *e)
{
    row->count = 0;
    for (;;) {
        if (c->at == c->end)
            return FLOW_END;
        const char *start = c->at;
        const char *stop = memchr(start, '\n', (size_t)(c->end - start));
        if (!stop)
            stop = c->end;
        int quotes = memchr(start, '"', (size_t)(stop - start)) != NULL;
        if (quotes)
            stop = csv_row_end(start, c->end);
        row->line = c->line;
        size_t n = (size_t)(stop - start);
        int ascii;
        size_t bad = first_bad(start, n, &ascii);
        if (bad < n)
            return bad_byte(c, start, bad, row->line, e);
        c->line += quotes ? count_lines(start, n) : 0;
        c->line += stop < c->end;
        c->at = stop < c->end ? stop + 1 : stop;
        if (n && start[n - 1] == '\r')
            n--;
        if (n)
            return quotes ? split_quoted(c, start, n, row, e) : split_plain(c, start, n, ascii, row, e);
    }
}
