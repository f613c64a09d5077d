/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/run/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGE = 1 << 20 };

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max};
}

void buf_fini(struct buf *b)
{
    free(b->data);
    buf_init(b, b->max);
}

void buf_reset(struct buf *b)
{
    if (b->cap > LARGE)
        buf_fini(b);
    b->len = 0;
    if (b->data)
        b->data[0] = '\0';
}

void buf_fit(struct buf *b)
{
    char *p = b->data ? realloc(b->data, b->len + 1) : NULL;
    if (p) {
        b->data = p;
        b->cap = b->len + 1;
    }
}

static enum flow grow(struct buf *b, size_t need, struct err *e)
{
    size_t cap = b->cap ? b->cap : 256;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    char *p = realloc(b->data, cap);
    if (!p)
        return err_set(e, STATUS_SYSTEM, "out of memory for %zu bytes", cap);
    b->data = p;
    b->cap = cap;
    return FLOW_OK;
}

enum flow buf_room(struct buf *b, size_t n, char **p, struct err *e)
{
    if (n > b->max || b->len > b->max - n)
        return err_set(e, STATUS_DATA, "larger than %zu bytes", b->max);
    if (b->len + n + 1 > b->cap) {
        enum flow f = grow(b, b->len + n + 1, e);
        if (f != FLOW_OK)
            return f;
    }
    *p = b->data + b->len;
    return FLOW_OK;
}

enum flow buf_put(struct buf *b, const void *p, size_t n, struct err *e)
{
    char *to = NULL;
    enum flow f = buf_room(b, n, &to, e);
    if (f != FLOW_OK || !to)
        return f;
    if (n)
        memcpy(to, p, n);
    to[n] = '\0';
    b->len += n;
    return FLOW_OK;
}

enum flow buf_puts(struct buf *b, const char *s, struct err *e)
{
    return buf_put(b, s, strlen(s), e);
}

enum flow buf_putc(struct buf *b, char c, struct err *e)
{
    return buf_put(b, &c, 1, e);
}

enum flow buf_printf(struct buf *b, struct err *e, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *to = NULL;
    enum flow f = n < 0 ? err_set(e, STATUS_BUG, "format refused") : buf_room(b, (size_t)n, &to, e);
    if (f == FLOW_OK && to) {
        (void)vsnprintf(to, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
    return f;
}

const char *buf_str(const struct buf *b)
{
    return b->data ? b->data : "";
}
