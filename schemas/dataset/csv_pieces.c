/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/dataset/csv_pieces.h"

#include <string.h>

void csv_pieces_init(struct csv_pieces *p, const char *name, size_t step, size_t row_max, csv_fill *fill, void *ctx)
{
    *p = (struct csv_pieces){.fill = fill, .ctx = ctx, .name = name, .step = step};
    buf_init(&p->text, row_max + step);
}

void csv_pieces_fini(struct csv_pieces *p)
{
    buf_fini(&p->text);
}

/* One more block of text at the end of the window. */
static enum flow more(struct csv_pieces *p, struct err *e)
{
    char *to;
    size_t got = 0;
    enum flow f = buf_room(&p->text, p->step, &to, e);
    if (f != FLOW_OK && e->status != STATUS_DATA)
        return err_prefix(e, "%s", p->name);
    if (f != FLOW_OK)
        return err_set(e, STATUS_DATA, "%s: a row of more than %zu bytes", p->name, p->text.max - p->step);
    f = p->fill(p->ctx, to, p->step, &got, e);
    p->ended = f == FLOW_END;
    p->text.len += got;
    return f == FLOW_FATAL ? f : FLOW_OK;
}

/* Bytes up to and with the last line feed that stands outside quotes. */
static size_t complete(const char *s, size_t n)
{
    const char *from = s, *end = s, *stop = s + n;
    while (from) {
        const char *quote = memchr(from, '"', (size_t)(stop - from)), *last = quote ? quote : stop;
        while (last > from && last[-1] != '\n')
            last--;
        if (last > from)
            end = last;
        const char *close = quote ? memchr(quote + 1, '"', (size_t)(stop - quote - 1)) : NULL;
        from = close ? close + 1 : NULL;
    }
    return (size_t)(end - s);
}

enum flow csv_pieces_next(struct csv_pieces *p, struct err *e)
{
    size_t left = p->text.len - p->piece;
    if (left && p->piece)
        memmove(p->text.data, p->text.data + p->piece, left);
    p->text.len = left;
    p->piece = 0;
    while (p->piece == 0) {
        if (p->ended) {
            p->piece = p->text.len;
            break;
        }
        enum flow f = more(p, e);
        if (f != FLOW_OK)
            return f;
        if (p->text.len)
            p->piece = complete(p->text.data, p->text.len);
    }
    return p->piece ? FLOW_OK : FLOW_END;
}
