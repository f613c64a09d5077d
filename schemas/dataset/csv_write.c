/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 4180 writer: a row is composed in memory and handed to the sink whole. Same values, same bytes. */
#include "schemas/dataset/csv.h"

#include <string.h>

enum { ROW_MAX = 64 << 20 };

void csv_writer_init(struct csv_writer *w, struct sink out)
{
    *w = (struct csv_writer){.out = out};
    buf_init(&w->row, ROW_MAX);
}

void csv_writer_fini(struct csv_writer *w)
{
    buf_fini(&w->row);
}

static int needs_quotes(const char *s, size_t n)
{
    if (n == 0)
        return 0;
    if (s[0] == ' ' || s[n - 1] == ' ' ||
        (n >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0)) /* a mark would be dropped on reading */
        return 1;
    static const char special[256] = {[','] = 1, ['"'] = 1, ['\n'] = 1, ['\r'] = 1};
    char any = 0;
    for (size_t i = 0; i < n; i++)
        any |= special[(unsigned char)s[i]];
    return any;
}

/* One field at `to`, which has room for 2 * n + 2 bytes; returns where it ends. */
static char *put_field(char *to, const char *text, size_t n)
{
    if (!needs_quotes(text, n)) {
        if (n)
            memcpy(to, text, n);
        return to + n;
    }
    *to++ = '"';
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '"')
            *to++ = '"';
        *to++ = text[i];
    }
    *to++ = '"';
    return to;
}

enum flow csv_putn(struct csv_writer *w, const char *text, size_t n, struct err *e)
{
    char *to;
    enum flow f = buf_room(&w->row, 2 * n + 3, &to, e);
    if (f != FLOW_OK)
        return f;
    if (w->fields++ > 0)
        *to++ = ',';
    w->row.len = (size_t)(put_field(to, text, n) - w->row.data);
    return FLOW_OK;
}

enum flow csv_put(struct csv_writer *w, const char *text, struct err *e)
{
    return csv_putn(w, text ? text : "", text ? strlen(text) : 0, e);
}

enum flow csv_put_int(struct csv_writer *w, int64_t v, struct err *e)
{
    char digits[24], *p = digits + sizeof digits;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do
        *--p = (char)('0' + u % 10);
    while ((u /= 10) != 0);
    if (v < 0)
        *--p = '-';
    return csv_putn(w, p, (size_t)(digits + sizeof digits - p), e);
}

enum flow csv_end_row(struct csv_writer *w, struct err *e)
{
    /* A lone empty field would be an empty line, which readers skip. */
    enum flow f = w->row.len == 0 ? buf_puts(&w->row, "\"\"", e) : FLOW_OK;
    if (f == FLOW_OK)
        f = buf_putc(&w->row, '\n', e);
    if (f == FLOW_OK)
        f = sink_write(w->out, w->row.data, w->row.len, e);
    buf_reset(&w->row);
    w->fields = 0;
    w->rows++;
    return f;
}

enum flow csv_put_row(struct csv_writer *w, const struct csv_field *field, size_t count, struct err *e)
{
    char *to;
    size_t room = 0;
    for (size_t i = 0; i < count; i++)
        room += 2 * field[i].len + 3;
    enum flow f = buf_room(&w->row, room, &to, e);
    if (f != FLOW_OK)
        return f;
    for (size_t i = 0; i < count; i++) {
        if (w->fields++ > 0)
            *to++ = ',';
        to = put_field(to, field[i].text, field[i].len);
    }
    w->row.len = (size_t)(to - w->row.data);
    return csv_end_row(w, e);
}
