/* SPDX-License-Identifier: Apache-2.0 */
#include "load/show/layout.h"

#include "schemas/run/text.h"

#include <string.h>

enum { LINE_MAX_BYTES = 1 << 20, NARROWEST = 8, WORD_MAX = 16 };

/* How much gives way: what wraps between words; the second blank; words of flexible columns; other columns of text. */
enum squeeze { SQUEEZE_WRAP, SQUEEZE_GAP, SQUEEZE_WORDS, SQUEEZE_TEXT, SQUEEZE_RECORDS };

void layout_init(struct layout *l, size_t limit)
{
    *l = (struct layout){.limit = limit};
    buf_init(&l->line, LINE_MAX_BYTES);
}

void layout_fini(struct layout *l)
{
    buf_fini(&l->line);
}

static size_t width_of(const char *s)
{
    return text_width(s, strlen(s));
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t longest_word(const char *s)
{
    size_t longest = 0;
    while (*s != '\0') {
        size_t n = strcspn(s, " ");
        longest = larger(longest, text_width(s, n));
        s += n + (s[n] == ' ');
    }
    return longest;
}

size_t layout_wrap(const char *s, size_t width)
{
    size_t n = strlen(s);
    if (text_width(s, n) <= width) {
        return n;
    }
    size_t fits = 0, space = 0;
    for (size_t i = 0; i < n;) {
        size_t next = i + 1;
        while (next < n && ((unsigned char)s[next] & 0xc0) == 0x80) {
            next++;
        }
        if (text_width(s, next) > width) {
            /* a blank at the very edge ends a line too */
            space = s[i] == ' ' ? next : space;
            break;
        }
        fits = next;
        if (s[i] == ' ') {
            space = next;
        }
        i = next;
    }
    return space > 0 ? space : fits > 0 ? fits : n;
}

/* ---- widths ---- */

/* Takes in the cells; 1 when a column needs more than it did. */
static int measure(struct layout *l, const char *cells, size_t rows)
{
    int grown = 0;
    for (size_t i = 0; i < rows * l->columns; i++) {
        struct layout_column *c = &l->column[i % l->columns];
        size_t w = width_of(cells);
        if (w > c->cell) {
            c->cell = w;
            c->word = larger(c->word, longest_word(cells));
            grown = 1;
        }
        cells += strlen(cells) + 1;
    }
    return grown;
}

/* What a column cannot do without. */
static size_t floor_of(const struct layout_column *c, enum squeeze s)
{
    size_t words = longest_word(c->heading), whole = larger(c->cell, words);
    int gives = c->flexible || (s >= SQUEEZE_TEXT && !c->right);
    words = s < SQUEEZE_WORDS ? larger(words, smaller(c->word, WORD_MAX)) : words;
    return gives ? smaller(whole, larger(NARROWEST, words)) : whole;
}

static size_t total(const struct layout *l)
{
    size_t sum = l->columns > 0 ? (l->columns - 1) * l->gap : 0;
    for (size_t c = 0; c < l->columns; c++) {
        sum += l->column[c].width;
    }
    return sum;
}

/* The widest column that can give a character: first headings that may wrap, a line once, then cells, lines each row.
 */
static struct layout_column *give(struct layout *l, enum squeeze s)
{
    struct layout_column *heading = NULL, *cell = NULL;
    for (size_t c = 0; c < l->columns; c++) {
        struct layout_column *one = &l->column[c];
        if (one->width <= floor_of(one, s)) {
            continue;
        }
        struct layout_column **widest = one->width > one->cell ? &heading : &cell;
        if (*widest == NULL || one->width > (*widest)->width) {
            *widest = one;
        }
    }
    return heading != NULL ? heading : cell;
}

/* 0 when no column can give any more and the table is still too wide. */
static int squeeze(struct layout *l, enum squeeze s)
{
    while (total(l) > l->limit) {
        struct layout_column *one = give(l, s);
        if (one == NULL) {
            return 0;
        }
        one->width--;
    }
    return 1;
}

static void fit(struct layout *l)
{
    for (int s = SQUEEZE_WRAP; s < SQUEEZE_RECORDS; s++) {
        l->gap = s >= SQUEEZE_GAP ? 1 : 2;
        for (size_t c = 0; c < l->columns; c++) {
            l->column[c].width = larger(l->column[c].cell, width_of(l->column[c].heading));
        }
        if (squeeze(l, (enum squeeze)s)) {
            return;
        }
    }
    l->records = 1;
}

/* ---- lines ---- */

static enum flow fill(struct layout *l, char c, size_t n, struct err *e)
{
    enum flow f = FLOW_OK;
    while (n-- > 0 && f == FLOW_OK) {
        f = buf_putc(&l->line, c, e);
    }
    return f;
}

static enum flow end_line(struct layout *l, struct sink out, struct err *e)
{
    while (l->line.len > 0 && l->line.data[l->line.len - 1] == ' ') {
        l->line.len--;
    }
    enum flow f = buf_putc(&l->line, '\n', e);
    f = f == FLOW_OK ? sink_write(out, l->line.data, l->line.len, e) : f;
    buf_reset(&l->line);
    return f;
}

/* n bytes of s at the foot of the line, in `width` characters. */
static enum flow put(struct layout *l, const char *s, size_t n, size_t width, int right, struct err *e)
{
    while (n > 0 && s[n - 1] == ' ') {
        n--;
    }
    size_t w = text_width(s, n), blank = width > w ? width - w : 0;
    enum flow f = right ? fill(l, ' ', blank, e) : FLOW_OK;
    f = f == FLOW_OK ? buf_put(&l->line, s, n, e) : f;
    return f == FLOW_OK && !right ? fill(l, ' ', blank, e) : f;
}

/* One row, on as many lines as its cells need. */
static enum flow put_row(struct layout *l, const char *const *cells, struct sink out, struct err *e)
{
    const char *rest[LAYOUT_COLUMNS_MAX];
    memcpy(rest, cells, l->columns * sizeof *rest);
    enum flow f = FLOW_OK;
    for (int more = 1; more && f == FLOW_OK;) {
        more = 0;
        for (size_t c = 0; c < l->columns && f == FLOW_OK; c++) {
            const struct layout_column *one = &l->column[c];
            size_t n = layout_wrap(rest[c], one->width);
            f = c > 0 ? fill(l, ' ', l->gap, e) : FLOW_OK;
            f = f == FLOW_OK ? put(l, rest[c], n, one->width, one->right, e) : f;
            rest[c] += n;
            more |= *rest[c] != '\0';
        }
        f = f == FLOW_OK ? end_line(l, out, e) : f;
    }
    return f;
}

static enum flow put_head(struct layout *l, struct sink out, struct err *e)
{
    const char *headings[LAYOUT_COLUMNS_MAX];
    for (size_t c = 0; c < l->columns; c++) {
        headings[c] = l->column[c].heading;
    }
    enum flow f = l->headed ? end_line(l, out, e) : FLOW_OK;
    f = f == FLOW_OK ? put_row(l, headings, out, e) : f;
    for (size_t c = 0; c < l->columns && f == FLOW_OK; c++) {
        f = c > 0 ? fill(l, ' ', l->gap, e) : FLOW_OK;
        f = f == FLOW_OK ? fill(l, '-', l->column[c].width, e) : f;
    }
    l->headed = 1;
    return f == FLOW_OK ? end_line(l, out, e) : f;
}

/* A row as a record: a field a line, those that say nothing left out, an empty line behind. */
static enum flow put_record(struct layout *l, const char *const *cells, struct sink out, struct err *e)
{
    const size_t columns = l->columns;
    size_t names = 0;
    enum flow f = FLOW_OK;
    for (size_t c = 0; c < columns; c++) {
        names = larger(names, width_of(l->column[c].heading));
    }
    names = smaller(names, l->limit / 3);
    for (size_t c = 0; c < columns && f == FLOW_OK; c++) {
        const char *name = l->column[c].heading, *value = cells[c];
        while ((*name != '\0' || *value != '\0') && *cells[c] != '\0' && f == FLOW_OK) {
            size_t n = layout_wrap(name, names), v = layout_wrap(value, l->limit - names - 2);
            f = put(l, name, n, names + 2, 0, e);
            f = f == FLOW_OK ? put(l, value, v, 0, 0, e) : f;
            f = f == FLOW_OK ? end_line(l, out, e) : f;
            name += n;
            value += v;
        }
    }
    return f == FLOW_OK ? end_line(l, out, e) : f;
}

enum flow layout_rows(struct layout *l, const char *cells, size_t rows, struct sink out, struct err *e)
{
    int grown = measure(l, cells, rows);
    enum flow f = FLOW_OK;
    if (!l->records && (grown || !l->headed)) {
        fit(l);
        f = l->records ? (l->headed ? end_line(l, out, e) : FLOW_OK) : put_head(l, out, e);
    }
    for (size_t i = 0; i < rows && f == FLOW_OK; i++) {
        const char *row[LAYOUT_COLUMNS_MAX];
        for (size_t c = 0; c < l->columns; c++) {
            row[c] = cells;
            cells += strlen(cells) + 1;
        }
        f = l->records ? put_record(l, row, out, e) : put_row(l, row, out, e);
    }
    return f;
}
