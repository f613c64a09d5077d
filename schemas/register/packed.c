/* SPDX-License-Identifier: Apache-2.0 */
/* A field begins with a byte: in its upper half how many bytes are those of the row before (13 at most; 14: a number
 * follows), in its lower half how many bytes come after them (14 at most; 15: a number follows). 15 above: this field
 * and as many behind it as the lower half says are all as in the row before. A number has 7 bits a byte, the lowest
 * first; the high bit says that more follow. */
#include "schemas/register/packed.h"

#include <stdlib.h>
#include <string.h>

enum { SHARED_MORE = 14, ALIKE = 15, REST_MORE = 15, ALIKE_MAX = 16, NUMBER_BYTES = 10 };

void packed_init(struct packed *p, size_t fields)
{
    *p = (struct packed){.fields = fields};
    buf_init(&p->bytes, UINT32_MAX);
    buf_init(&p->starts, UINT32_MAX);
    buf_init(&p->last, UINT32_MAX);
}

void packed_fini(struct packed *p)
{
    buf_fini(&p->bytes);
    buf_fini(&p->starts);
    buf_fini(&p->last);
}

void packed_settle(struct packed *p)
{
    buf_fini(&p->last);
    buf_fit(&p->bytes);
    buf_fit(&p->starts);
}

/* ---- putting ---- */

static size_t put_number(unsigned char *to, size_t n)
{
    size_t k = 0;
    for (; n > 0x7f; n >>= 7)
        to[k++] = (unsigned char)(n | 0x80);
    to[k++] = (unsigned char)n;
    return k;
}

static enum flow put_field(struct packed *p, size_t shared, const char *rest, struct err *e)
{
    unsigned char head[1 + 2 * NUMBER_BYTES];
    size_t n = strlen(rest), k = 1;
    head[0] = (unsigned char)((shared < SHARED_MORE ? shared : SHARED_MORE) << 4 | (n < REST_MORE ? n : REST_MORE));
    if (shared >= SHARED_MORE)
        k += put_number(head + k, shared - SHARED_MORE);
    if (n >= REST_MORE)
        k += put_number(head + k, n - REST_MORE);
    enum flow f = buf_put(&p->bytes, head, k, e);
    return f == FLOW_OK ? buf_put(&p->bytes, rest, n, e) : f;
}

static enum flow put_alike(struct packed *p, size_t count, struct err *e)
{
    return count ? buf_putc(&p->bytes, (char)(ALIKE << 4 | (count - 1)), e) : FLOW_OK;
}

static enum flow put_fields(struct packed *p, const char *const *value, struct err *e)
{
    const char *before = p->rows % PACKED_BLOCK ? buf_str(&p->last) : NULL;
    size_t alike = 0;
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < p->fields && f == FLOW_OK; i++) {
        const char *v = value[i], *b = before ? before : "";
        size_t shared = 0;
        while (b[shared] && b[shared] == v[shared])
            shared++;
        if (before)
            before += shared + strlen(b + shared) + 1;
        int same = b[shared] == v[shared]; /* both end here */
        if (!same || alike == ALIKE_MAX) {
            f = put_alike(p, alike, e);
            alike = 0;
        }
        if (same)
            alike++;
        else if (f == FLOW_OK)
            f = put_field(p, shared, v + shared, e);
    }
    return f == FLOW_OK ? put_alike(p, alike, e) : f;
}

enum flow packed_put(struct packed *p, const char *const *value, struct err *e)
{
    uint32_t start = (uint32_t)p->bytes.len;
    enum flow f = p->rows % PACKED_BLOCK ? FLOW_OK : buf_put(&p->starts, &start, sizeof start, e);
    if (f == FLOW_OK)
        f = put_fields(p, value, e);
    buf_reset(&p->last);
    for (size_t i = 0; i < p->fields && f == FLOW_OK; i++)
        f = buf_put(&p->last, value[i], strlen(value[i]) + 1, e);
    p->longest = p->last.len > p->longest ? p->last.len : p->longest;
    p->rows += f == FLOW_OK;
    return f;
}

/* ---- reading ---- */

enum flow packed_reader_init(struct packed_reader *r, const struct packed *of, struct err *e)
{
    *r = (struct packed_reader){.of = of, .row = SIZE_MAX};
    r->text = malloc(of->longest + 1);
    r->before = malloc(of->longest + 1);
    return r->text && r->before ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory");
}

void packed_reader_fini(struct packed_reader *r)
{
    free(r->text);
    free(r->before);
    *r = (struct packed_reader){.row = SIZE_MAX};
}

static size_t number(const unsigned char **at)
{
    size_t n = 0;
    for (unsigned shift = 0;; shift += 7) {
        unsigned char c = *(*at)++;
        n |= (size_t)(c & 0x7f) << shift;
        if (c < 0x80)
            return n;
    }
}

/* The row at r->at into r->text; `before`: the fields of the one before, NULL when a block begins. */
static void read_row(struct packed_reader *r, const char *before)
{
    char *to = r->text;
    for (size_t i = 0, alike = 0; i < r->of->fields; i++) {
        size_t length = before ? strlen(before) : 0, shared = length, rest = 0;
        if (alike) {
            alike--;
        } else {
            unsigned char head = *r->at++;
            shared = head >> 4;
            rest = head & 15;
            if (shared == ALIKE) {
                alike = rest;
                shared = length;
                rest = 0;
            } else {
                shared += shared == SHARED_MORE ? number(&r->at) : 0;
                rest += rest == REST_MORE ? number(&r->at) : 0;
            }
        }
        if (shared && before)
            memcpy(to, before, shared);
        memcpy(to + shared, r->at, rest);
        r->at += rest;
        to += shared + rest;
        *to++ = '\0';
        before = before ? before + length + 1 : NULL;
    }
}

const char *packed_row(struct packed_reader *r, size_t row)
{
    size_t first = row / PACKED_BLOCK * PACKED_BLOCK;
    uint32_t start;
    if (r->row == row)
        return r->text;
    if (r->row == SIZE_MAX || r->row > row || r->row < first) {
        memcpy(&start, r->of->starts.data + row / PACKED_BLOCK * sizeof start, sizeof start);
        r->at = (const unsigned char *)r->of->bytes.data + start;
        r->row = first;
        read_row(r, NULL);
    }
    for (; r->row < row; r->row++) {
        char *text = r->text;
        r->text = r->before;
        r->before = text;
        read_row(r, text);
    }
    return r->text;
}
