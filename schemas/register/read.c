/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the register. The file passes by pieces and is packed row by row, because a register of the last twenty years
 * must cost less than its text. */
#include "schemas/register/frame.h"

#include <stdlib.h>
#include <string.h>

#include "schemas/run/map.h"
#include "schemas/run/text.h"

enum { PIECE = 65535 };

/* Comparison key of a column's name, or of an identifier: there, a number is the same with and without leading zeros.
 */
static enum flow loose_key(const char *s, unsigned fold, struct buf *key, struct err *e)
{
    struct buf b;
    buf_init(&b, 1 << 16);
    enum flow f = text_key(s, strlen(s), fold, &b, e);
    const char *p = buf_str(&b);
    buf_reset(key);
    for (size_t i = 0; f == FLOW_OK && i < b.len; i++) {
        int digit_before =
            i > 0 && p[i - 1] >= '0' && p[i - 1] <= '9' && key->len && key->data[key->len - 1] == p[i - 1];
        int digit_after = p[i + 1] >= '0' && p[i + 1] <= '9';
        if (p[i] != '0' || digit_before || !digit_after || fold & TEXT_FOLD_ACCENTS)
            f = buf_putc(key, p[i], e);
    }
    buf_fini(&b);
    return f;
}

enum flow register_missing_column(const struct register_table *t, const char *name, struct err *e)
{
    const char *like = NULL;
    struct buf due, key;
    buf_init(&due, 1 << 16);
    buf_init(&key, 1 << 16);
    if (loose_key(name, TEXT_FOLD_ALL, &due, e) == FLOW_OK)
        for (size_t i = 0; i < t->column_count && !like; i++)
            if (loose_key(t->columns[i], TEXT_FOLD_ALL, &key, e) == FLOW_OK &&
                strcmp(buf_str(&due), buf_str(&key)) == 0)
                like = t->columns[i];
    enum flow f = FLOW_OK;
    buf_reset(&key);
    if (like && text_visible(like, strlen(like), &key, e) == FLOW_OK)
        f = err_set(e, STATUS_DATA, "%s:1: column \"%s\" is missing: the header line writes it \"%s\"", t->name, name,
                    buf_str(&key));
    buf_fini(&due);
    buf_fini(&key);
    return f != FLOW_OK
               ? f
               : err_set(e, STATUS_DATA, "%s:1: column \"%s\" is missing: the header line must name it%s", t->name,
                         name, t->column_count == 1 ? ", and a comma or a semicolon must stand between columns" : "");
}

static enum flow no_memory(const struct register_table *t, struct err *e)
{
    return err_set(e, STATUS_SYSTEM, "%s: out of memory", t->name);
}

static enum flow read_columns(const struct edition *ed, struct register_table *t, const struct csv_table *csv,
                              int checked, struct err *e)
{
    size_t n = csv_table_columns(csv);
    t->columns = calloc(n, sizeof *t->columns);
    if (!t->columns)
        return no_memory(t, e);
    for (size_t i = 0; i < n; i++) {
        t->columns[i] = strdup(csv_table_column(csv, i));
        if (!t->columns[i])
            return no_memory(t, e);
        t->column_count = i + 1;
    }
    const struct edition_register *r = &ed->frame;
    const char *due[] = {r->unit,   r->size,       r->region,   r->departement, r->carrier,
                         r->source, r->valid_from, r->valid_to, r->successor};
    for (size_t i = 0; i < (checked ? sizeof due / sizeof due[0] : 1); i++)
        if (*due[i] && register_column_index(t, due[i]) == REGISTER_NONE)
            return register_missing_column(t, due[i], e);
    return FLOW_OK;
}

/* The file as it passes. */
struct reading {
    const struct edition *ed;
    struct register_table *t;
    struct csv_pieces pieces;
    struct csv_table *csv;
    struct schema *schema; /* NULL: rows are not checked */
    const char *value[CSV_FIELDS_MAX];
    int unordered;
};

static enum flow make_room(struct register_table *t)
{
    size_t capacity = t->capacity ? t->capacity * 2 : 64;
    struct register_place *place = realloc(t->place, capacity * sizeof *place);
    t->place = place ? place : t->place;
    unsigned char *scope = place ? realloc(t->scope, capacity) : NULL;
    t->scope = scope ? scope : t->scope;
    if (!scope)
        return FLOW_FATAL;
    t->capacity = capacity;
    return FLOW_OK;
}

/* The fields of the row at hand are in g->value. */
static enum flow keep_row(struct reading *g, uint32_t line, struct err *e)
{
    struct register_table *t = g->t;
    const char *id = g->value[t->unit_column];
    if (t->count == t->capacity && make_room(t) != FLOW_OK)
        return no_memory(t, e);
    t->place[t->count] = (struct register_place){(uint32_t)t->ids.len, line};
    t->scope[t->count] = REGISTER_IN;
    g->unordered = g->unordered || (t->count && strcmp(register_id(t, t->count - 1), id) > 0);
    g->value[t->unit_column] = "";
    enum flow f = buf_put(&t->ids, id, strlen(id) + 1, e);
    if (f == FLOW_OK)
        f = packed_put(&t->rows, g->value, e);
    t->count += f == FLOW_OK;
    return f == FLOW_OK ? f : err_prefix(e, "%s", t->name);
}

static enum flow read_row(struct reading *g, struct err *e)
{
    uint32_t line = (uint32_t)csv_table_line(g->csv), unit = g->t->unit_column;
    if (g->schema && csv_table_blank(g->csv))
        return FLOW_OK;
    for (size_t i = 0; i < g->t->column_count; i++)
        g->value[i] = csv_table_at(g->csv, i)->text;
    if (!*g->value[unit])
        return register_fault(g->t, line, g->t->columns[unit], "", e, "an identifier is due");
    enum flow f = g->schema ? schema_check(g->schema, g->t, g->value, line, e) : FLOW_OK;
    return f == FLOW_OK ? keep_row(g, line, e) : f;
}

static enum flow next_row(struct reading *g, struct err *e)
{
    enum flow f;
    while ((f = csv_table_next(g->csv, e)) == FLOW_END) {
        f = csv_pieces_next(&g->pieces, e);
        if (f != FLOW_OK)
            return f;
        csv_table_continue(g->csv, g->pieces.text.data, g->pieces.piece);
    }
    return f;
}

static enum flow read_header(struct reading *g, int checked, struct err *e)
{
    struct register_table *t = g->t;
    enum flow f = csv_pieces_next(&g->pieces, e);
    g->csv = f != FLOW_FATAL ? csv_table_open(buf_str(&g->pieces.text), g->pieces.piece, t->name, 0, NULL, e) : NULL;
    f = g->csv ? read_columns(g->ed, t, g->csv, checked, e) : FLOW_FATAL;
    if (f != FLOW_OK)
        return f;
    t->unit_column = register_column_index(t, g->ed->frame.unit);
    t->size_column = register_column_index(t, g->ed->frame.size);
    if (t->unit_column >= t->column_count)
        return err_set(e, STATUS_DATA, "%s:1: column \"%s\" is missing", t->name, g->ed->frame.unit);
    packed_init(&t->rows, t->column_count);
    g->schema = checked ? schema_open(g->ed, t, e) : NULL;
    return g->schema || !checked ? FLOW_OK : FLOW_FATAL;
}

/* ---- order ---- */

struct ranked {
    const char *id;
    uint32_t row;
};

static int by_id(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    int c = strcmp(x->id, y->id);
    return c ? c : x->row < y->row ? -1 : x->row > y->row;
}

/* The rows once more, in the order of `ranked`. */
static enum flow pack_again(struct register_table *t, const struct ranked *ranked, struct packed *rows, struct err *e)
{
    struct packed_reader reader;
    const char *value[CSV_FIELDS_MAX];
    enum flow f = packed_reader_init(&reader, &t->rows, e);
    for (size_t i = 0; i < t->count && f == FLOW_OK; i++) {
        const char *field = packed_row(&reader, ranked[i].row);
        for (size_t c = 0; c < t->column_count; c++, field += strlen(field) + 1)
            value[c] = field;
        f = packed_put(rows, value, e);
    }
    packed_reader_fini(&reader);
    return f;
}

/* Only a register that is not in the order of its units is packed twice. */
static enum flow sort(struct register_table *t, struct err *e)
{
    struct ranked *ranked = malloc((t->count + 1) * sizeof *ranked);
    struct register_place *place = malloc((t->count + 1) * sizeof *place);
    struct packed rows;
    packed_init(&rows, t->column_count);
    enum flow f = ranked && place ? FLOW_OK : no_memory(t, e);
    for (uint32_t i = 0; f == FLOW_OK && i < t->count; i++)
        ranked[i] = (struct ranked){register_id(t, i), i};
    if (f == FLOW_OK) {
        qsort(ranked, t->count, sizeof *ranked, by_id);
        f = pack_again(t, ranked, &rows, e);
    }
    for (size_t i = 0; f == FLOW_OK && i < t->count; i++)
        place[i] = t->place[ranked[i].row];
    if (f == FLOW_OK) {
        memcpy(t->place, place, t->count * sizeof *place);
        packed_fini(&t->rows);
        t->rows = rows;
    } else {
        packed_fini(&rows);
    }
    free(ranked);
    free(place);
    return f;
}

static enum flow check_twice(const struct edition *ed, const struct register_table *t, struct err *e)
{
    for (size_t i = 1; i < t->count; i++)
        if (strcmp(register_id(t, i - 1), register_id(t, i)) == 0)
            return register_fault(t, t->place[i].line, ed->frame.unit, register_id(t, i), e,
                                  "stands twice, already on line %u: keep one of the two rows",
                                  (unsigned)t->place[i - 1].line);
    return FLOW_OK;
}

/* PRE-59-01 and pre-59-001: one unit written twice would be expected twice, and its size counted twice. */
static enum flow check_alike(const struct edition *ed, struct register_table *t, struct err *e)
{
    struct buf key;
    struct map *seen = map_new();
    enum flow f = seen ? FLOW_OK : no_memory(t, e);
    buf_init(&key, 1 << 16);
    for (size_t i = 0; i < t->count && f == FLOW_OK; i++) {
        uint32_t first;
        int added;
        f = loose_key(register_id(t, i), TEXT_FOLD_CASE | TEXT_FOLD_SPACES | TEXT_FOLD_QUOTES, &key, e);
        if (f == FLOW_OK)
            f = map_put(seen, buf_str(&key), key.len, &first, &added, e);
        if (f == FLOW_OK && !added)
            f = register_fault(t, t->place[i].line, ed->frame.unit, register_id(t, i), e,
                               "reads like \"%s\" on line %u: keep one of the two rows", register_id(t, first),
                               (unsigned)t->place[first].line);
    }
    buf_fini(&key);
    map_free(seen);
    return f;
}

/* Rows there, in order: what must hold of them together. */
static enum flow finish(struct reading *g, int checked, struct err *e)
{
    struct register_table *t = g->t;
    if (!t->count && checked)
        return err_set(e, STATUS_DATA, "%s: no unit: the register holds a header line only", t->name);
    enum flow f = g->unordered ? sort(t, e) : FLOW_OK;
    packed_settle(&t->rows);
    buf_fit(&t->ids);
    t->in_scope = t->count;
    if (f != FLOW_OK || !checked)
        return f;
    f = check_twice(g->ed, t, e);
    if (f == FLOW_OK)
        f = check_alike(g->ed, t, e);
    return f == FLOW_OK ? register_scope_all(g->ed, t, e) : f;
}

enum flow register_read_rows(const struct edition *ed, struct register_table *t, csv_fill *fill, void *ctx, int checked,
                             struct err *e)
{
    struct reading g = {.ed = ed, .t = t};
    csv_pieces_init(&g.pieces, t->name, PIECE, REGISTER_BYTES_MAX, fill, ctx);
    enum flow f = read_header(&g, checked, e);
    while (f == FLOW_OK && (f = next_row(&g, e)) == FLOW_OK)
        f = read_row(&g, e);
    schema_close(g.schema);
    csv_table_close(g.csv);
    csv_pieces_fini(&g.pieces);
    return f == FLOW_END ? finish(&g, checked, e) : f;
}
