/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the register. Fields are kept one after the other in one block not larger than the file, because a register
 * of the last twenty years must not cost more than its text. */
#include "schemas/register/frame.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/run/fs.h"
#include "schemas/run/map.h"
#include "schemas/run/text.h"

enum flow register_fault(const struct register_table *t, uint64_t line, const char *column, const char *value,
                         struct err *e, const char *fmt, ...)
{
    char what[ERR_TEXT_MAX / 2];
    struct err ignored;
    struct buf shown; /* a no-break space at the end is a fault that nobody sees */
    buf_init(&shown, 4096);
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    int whole = text_visible(value, text_cut(value, strlen(value), 100), &shown, &ignored) == FLOW_OK;
    enum flow f = err_set(e, STATUS_DATA, "%s:%llu: %s \"%s\": %s", t->name, (unsigned long long)line, column,
                          whole ? buf_str(&shown) : "?", what);
    buf_fini(&shown);
    return f;
}

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
    buf_fini(&due);
    buf_fini(&key);
    if (like)
        return err_set(e, STATUS_DATA, "%s:1: column \"%s\" is missing: the header line writes it \"%s\"", t->name,
                       name, like);
    return err_set(e, STATUS_DATA, "%s:1: column \"%s\" is missing: the header line must name it%s", t->name, name,
                   t->column_count == 1 ? ", and a comma or a semicolon must stand between columns" : "");
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

static enum flow keep_row(struct register_table *t, const struct csv_table *csv, uint32_t unit_column,
                          const char **values, struct err *e)
{
    if (t->count == t->capacity) {
        size_t capacity = t->capacity ? t->capacity * 2 : 64;
        struct register_unit *more = realloc(t->units, capacity * sizeof *more);
        if (!more)
            return no_memory(t, e);
        t->units = more;
        t->capacity = capacity;
    }
    struct register_unit *u = &t->units[t->count];
    *u = (struct register_unit){.values = t->values + t->values_used,
                                .line = (uint32_t)csv_table_line(csv),
                                .successor = REGISTER_NONE,
                                .first_predecessor = REGISTER_NONE,
                                .next_predecessor = REGISTER_NONE};
    for (size_t i = 0; i < t->column_count; i++) {
        const struct csv_field *f = csv_table_at(csv, i);
        char *to = t->values + t->values_used;
        memcpy(to, f->text, f->len);
        to[f->len] = '\0';
        values[i] = to;
        t->values_used += f->len + 1;
    }
    u->id = values[unit_column];
    if (!u->id || !*u->id)
        return register_fault(t, u->line, t->columns[unit_column], "", e, "an identifier is due");
    t->count++;
    return FLOW_OK;
}

static int by_id(const void *a, const void *b)
{
    const struct register_unit *x = a, *y = b;
    int c = strcmp(x->id, y->id);
    return c ? c : x->line < y->line ? -1 : x->line > y->line;
}

static enum flow sort(const struct edition *ed, struct register_table *t, struct err *e)
{
    qsort(t->units, t->count, sizeof *t->units, by_id);
    for (size_t i = 1; i < t->count; i++)
        if (strcmp(t->units[i - 1].id, t->units[i].id) == 0)
            return register_fault(t, t->units[i].line, ed->frame.unit, t->units[i].id, e,
                                  "stands twice, already on line %u: keep one of the two rows",
                                  (unsigned)t->units[i - 1].line);
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
        f = loose_key(t->units[i].id, TEXT_FOLD_CASE | TEXT_FOLD_SPACES | TEXT_FOLD_QUOTES, &key, e);
        if (f == FLOW_OK)
            f = map_put(seen, buf_str(&key), key.len, &first, &added, e);
        if (f == FLOW_OK && !added)
            f = register_fault(t, t->units[i].line, ed->frame.unit, t->units[i].id, e,
                               "reads like \"%s\" on line %u: keep one of the two rows", t->units[first].id,
                               (unsigned)t->units[first].line);
    }
    buf_fini(&key);
    map_free(seen);
    return f;
}

static enum flow read_rows(const struct edition *ed, struct register_table *t, struct csv_table *csv, int checked,
                           struct err *e)
{
    const char *values[CSV_FIELDS_MAX] = {0};
    uint32_t unit_column = register_column_index(t, ed->frame.unit);
    if (unit_column >= t->column_count)
        return err_set(e, STATUS_DATA, "%s:1: column \"%s\" is missing", t->name, ed->frame.unit);
    struct schema *s = checked ? schema_open(ed, t, e) : NULL;
    enum flow f = s || !checked ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = csv_table_next(csv, e)) == FLOW_OK) {
        if (checked && csv_table_blank(csv))
            continue;
        f = keep_row(t, csv, unit_column, values, e);
        if (f == FLOW_OK && checked)
            f = schema_check(s, t, values, csv_table_line(csv), e);
    }
    schema_close(s);
    return f == FLOW_END ? FLOW_OK : f;
}

static enum flow read_bare_sizes(const struct edition *ed, struct register_table *t)
{
    uint32_t column = register_column_index(t, ed->frame.size);
    if (t->count)
        qsort(t->units, t->count, sizeof *t->units, by_id);
    for (size_t i = 0; i < t->count; i++) {
        const char *size = register_value(t, i, column);
        if (decimal_parse(size, strlen(size), &t->units[i].size) != DECIMAL_OK)
            t->units[i].size = (struct decimal){0, 0};
    }
    t->in_scope = t->count;
    return FLOW_OK;
}

static enum flow read_all(const struct edition *ed, struct register_table *t, const char *text, size_t n, int checked,
                          struct err *e)
{
    t->values = malloc(n + 2); /* a field's NUL takes the place of its delimiter or line end */
    if (!t->values)
        return no_memory(t, e);
    if (digest_of(text, n, t->digest, e) != FLOW_OK)
        return FLOW_FATAL;
    struct csv_table *csv = csv_table_open(text, n, t->name, 0, NULL, e);
    enum flow f = csv ? read_columns(ed, t, csv, checked, e) : FLOW_FATAL;
    if (f == FLOW_OK)
        f = read_rows(ed, t, csv, checked, e);
    csv_table_close(csv);
    if (f != FLOW_OK || !checked)
        return f == FLOW_OK ? read_bare_sizes(ed, t) : f;
    if (!t->count)
        return err_set(e, STATUS_DATA, "%s: no unit: the register holds a header line only", t->name);
    f = sort(ed, t, e);
    if (f == FLOW_OK)
        f = check_alike(ed, t, e);
    return f == FLOW_OK ? register_scope_all(ed, t, e) : f;
}

static struct register_table *make(const struct edition *ed, const char *text, size_t n, const char *name, int checked,
                                   struct err *e)
{
    struct register_table *t = calloc(1, sizeof *t);
    if (t)
        t->name = strdup(name);
    if (!t || !t->name) {
        (void)err_set(e, STATUS_SYSTEM, "%s: out of memory", name);
        register_close(t);
        return NULL;
    }
    if (read_all(ed, t, text, n, checked, e) == FLOW_OK)
        return t;
    register_close(t);
    return NULL;
}

struct register_table *register_read(const struct edition *ed, const char *text, size_t n, const char *name,
                                     struct err *e)
{
    return make(ed, text, n, name, 1, e);
}

struct register_table *register_bare(const struct edition *ed, const char *text, size_t n, const char *name,
                                     struct err *e)
{
    return make(ed, text, n, name, 0, e);
}

struct register_table *register_open(const struct edition *ed, const char *path, struct err *e)
{
    struct buf b;
    struct register_table *t = NULL;
    buf_init(&b, REGISTER_BYTES_MAX);
    if (fs_read(path, &b, e) == FLOW_OK)
        t = register_read(ed, buf_str(&b), b.len, path, e);
    buf_fini(&b);
    return t;
}

void register_close(struct register_table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->column_count; i++)
        free(t->columns[i]);
    free(t->columns);
    free(t->values);
    free(t->units);
    free(t->name);
    free(t);
}

size_t register_count(const struct register_table *t)
{
    return t->count;
}

const struct register_unit *register_unit(const struct register_table *t, size_t i)
{
    return &t->units[i];
}

uint32_t register_find(const struct register_table *t, const char *id, size_t len)
{
    size_t low = 0, high = t->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = strncmp(t->units[middle].id, id, len);
        if (c == 0 && t->units[middle].id[len] != '\0')
            c = 1;
        if (c == 0)
            return (uint32_t)middle;
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return REGISTER_NONE;
}

size_t register_columns(const struct register_table *t)
{
    return t->column_count;
}

const char *register_column(const struct register_table *t, size_t column)
{
    return t->columns[column];
}

uint32_t register_column_index(const struct register_table *t, const char *name)
{
    for (size_t i = 0; *name && i < t->column_count; i++)
        if (strcmp(t->columns[i], name) == 0)
            return (uint32_t)i;
    return REGISTER_NONE;
}

const char *register_value(const struct register_table *t, size_t unit, uint32_t column)
{
    if (column >= t->column_count)
        return "";
    const char *s = t->units[unit].values;
    while (column-- > 0)
        s += strlen(s) + 1;
    return s;
}

enum flow register_mask_source(const char *source, struct buf *out, struct err *e)
{
    size_t n = strcspn(source, "?");
    enum flow f = buf_put(out, source, n, e);
    for (const char *p = source + n; *p && f == FLOW_OK;) { /* at '?' or '&' */
        size_t len = 1 + strcspn(p + 1, "&");
        const char *equals = memchr(p, '=', len);
        f = buf_put(out, p, equals ? (size_t)(equals - p) + 1 : 1, e);
        if (f == FLOW_OK && len > 1)
            f = buf_puts(out, "masked", e);
        p += len;
    }
    return f;
}

size_t register_in_scope(const struct register_table *t)
{
    return t->in_scope;
}

const char *register_digest(const struct register_table *t)
{
    return t->digest;
}
