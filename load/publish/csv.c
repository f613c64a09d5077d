/* SPDX-License-Identifier: Apache-2.0 */
/* Tables as CSV: one profile for machines, one for a French Excel. */
#include "load/publish/table.h"

#include "schemas/dataset/csv.h"

#include <string.h>

enum flow publish_csv(const struct publish_table *t, struct sink out, struct err *e)
{
    struct csv_writer w;
    csv_writer_init(&w, out);
    enum flow f = csv_put(&w, "audience", e);
    for (size_t c = 0; c < t->columns && f == FLOW_OK; c++)
        f = csv_put(&w, t->column[c].key, e);
    if (f == FLOW_OK)
        f = csv_end_row(&w, e);
    for (size_t r = 0; r < t->rows && f == FLOW_OK; r++) {
        f = csv_put(&w, "internal", e);
        for (size_t c = 0; c < t->columns && f == FLOW_OK; c++)
            f = csv_put(&w, publish_at(t, r, c), e);
        if (f == FLOW_OK)
            f = csv_end_row(&w, e);
    }
    csv_writer_fini(&w);
    return f;
}

/* ---- the French profile ---- */

static enum flow put_quoted(struct buf *b, const char *s, struct err *e)
{
    enum flow f = buf_putc(b, '"', e);
    for (; *s && f == FLOW_OK; s++)
        f = *s == '"' ? buf_puts(b, "\"\"", e) : buf_putc(b, *s, e);
    return f == FLOW_OK ? buf_putc(b, '"', e) : f;
}

/* What a spreadsheet would run, or a tab or carriage return that hides such a thing. */
static int would_run(const char *s)
{
    return *s && strchr("=+-@\t\r", *s) != NULL;
}

static int begins_like_a_number(const char *s)
{
    return *s >= '0' && *s <= '9';
}

static enum flow put_words(struct buf *b, const char *s, struct err *e)
{
    if (!would_run(s))
        return *s && strpbrk(s, ";\"\r\n") ? put_quoted(b, s, e) : buf_puts(b, s, e);
    enum flow f = buf_puts(b, "\"'", e);
    for (; *s && f == FLOW_OK; s++)
        f = *s == '"' ? buf_puts(b, "\"\"", e) : buf_putc(b, *s, e);
    return f == FLOW_OK ? buf_putc(b, '"', e) : f;
}

static enum flow put_code(struct buf *b, const char *s, struct err *e)
{
    if (!begins_like_a_number(s) || strchr(s, '"'))
        return put_words(b, s, e);
    return buf_printf(b, e, "\"=\"\"%s\"\"\"", s);
}

static enum flow put_number(struct buf *b, const char *s, struct err *e)
{
    enum flow f = FLOW_OK;
    for (; *s && f == FLOW_OK; s++)
        f = buf_putc(b, *s == '.' ? ',' : *s, e);
    return f;
}

static enum flow put_cell(struct buf *b, const struct publish_table *t, size_t column, const char *s, struct err *e)
{
    enum publish_kind kind = t->column[column].kind;
    return kind == PUBLISH_CODE      ? put_code(b, s, e)
           : kind >= PUBLISH_INTEGER ? put_number(b, s, e)
                                     : put_words(b, publish_shown(t, column, s, PUBLISH_FR), e);
}

enum flow publish_csv_french(const struct publish_table *t, struct sink out, struct err *e)
{
    struct buf b;
    buf_init(&b, 16 << 20);
    enum flow f = buf_puts(&b,
                           "\xEF\xBB\xBF"
                           "diffusion",
                           e);
    for (size_t c = 0; c < t->columns && f == FLOW_OK; c++) {
        f = buf_putc(&b, ';', e);
        if (f == FLOW_OK)
            f = put_words(&b, t->column[c].fr, e);
    }
    if (f == FLOW_OK)
        f = buf_puts(&b, "\r\n", e);
    for (size_t r = 0; r < t->rows && f == FLOW_OK; r++) {
        f = buf_puts(&b, "interne", e);
        for (size_t c = 0; c < t->columns && f == FLOW_OK; c++) {
            f = buf_putc(&b, ';', e);
            if (f == FLOW_OK)
                f = put_cell(&b, t, c, publish_at(t, r, c), e);
        }
        if (f == FLOW_OK)
            f = buf_puts(&b, "\r\n", e);
        if (f == FLOW_OK && b.len > 65536) {
            f = sink_write(out, b.data, b.len, e);
            buf_reset(&b);
        }
    }
    if (f == FLOW_OK)
        f = sink_write(out, b.data, b.len, e);
    buf_fini(&b);
    return f;
}
