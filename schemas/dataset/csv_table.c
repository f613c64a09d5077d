/* SPDX-License-Identifier: Apache-2.0 */
/* A CSV file with a header: columns by name, whatever their order; every row as wide as the header. */
#include "schemas/dataset/csv.h"

#include <stdlib.h>
#include <string.h>

struct csv_table {
    struct csv *csv;
    char *name;
    char **columns; /* header, copied */
    size_t column_count;
    size_t *required; /* column of the i-th required name */
    size_t required_count;
    struct csv_row row;
};

static size_t find_column(const struct csv_table *t, const char *name)
{
    size_t i = 0;
    while (i < t->column_count && strcmp(t->columns[i], name) != 0)
        i++;
    return i;
}

static enum flow read_header(struct csv_table *t, struct err *e)
{
    enum flow f = csv_next(t->csv, &t->row, e);
    if (f == FLOW_END)
        return err_set(e, STATUS_DATA, "%s: empty file: a header line is expected", t->name);
    if (f != FLOW_OK)
        return f;
    t->columns = calloc(t->row.count, sizeof *t->columns);
    if (!t->columns)
        return err_set(e, STATUS_SYSTEM, "%s: out of memory", t->name);
    for (size_t i = 0; i < t->row.count; i++) {
        const char *column = t->row.field[i].text;
        if (find_column(t, column) < t->column_count)
            return err_set(e, STATUS_DATA, "%s: line %llu: column \"%s\" stands twice in the header", t->name,
                           (unsigned long long)t->row.line, column);
        t->columns[i] = strdup(column);
        if (!t->columns[i])
            return err_set(e, STATUS_SYSTEM, "%s: out of memory", t->name);
        t->column_count = i + 1;
    }
    return FLOW_OK;
}

static enum flow find_required(struct csv_table *t, const char *const *names, struct err *e)
{
    size_t count = 0;
    while (names && names[count])
        count++;
    t->required = calloc(count + 1, sizeof *t->required);
    if (!t->required)
        return err_set(e, STATUS_SYSTEM, "%s: out of memory", t->name);
    t->required_count = count;
    for (size_t i = 0; i < count; i++) {
        t->required[i] = find_column(t, names[i]);
        if (t->required[i] == t->column_count)
            return err_set(e, STATUS_DATA, "%s: line %llu: column \"%s\" is missing from the header", t->name,
                           (unsigned long long)t->row.line, names[i]);
    }
    return FLOW_OK;
}

struct csv_table *csv_table_open(const char *text, size_t n, const char *name, char delimiter, const char *const *names,
                                 struct err *e)
{
    struct csv_table *t = calloc(1, sizeof *t);
    if (!t || !(t->name = strdup(name))) {
        (void)err_set(e, STATUS_SYSTEM, "%s: out of memory", name);
        goto fail;
    }
    t->csv = csv_open(text, n, name, delimiter, e);
    if (!t->csv || read_header(t, e) != FLOW_OK || find_required(t, names, e) != FLOW_OK)
        goto fail;
    return t;
fail:
    csv_table_close(t);
    return NULL;
}

void csv_table_close(struct csv_table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->column_count; i++)
        free(t->columns[i]);
    free(t->columns);
    free(t->required);
    csv_close(t->csv);
    free(t->name);
    free(t);
}

enum flow csv_table_next(struct csv_table *t, struct err *e)
{
    enum flow f = csv_next(t->csv, &t->row, e);
    if (f == FLOW_OK && t->row.count != t->column_count)
        return err_set(e, STATUS_DATA, "%s: line %llu: %zu fields where the header has %zu", t->name,
                       (unsigned long long)t->row.line, t->row.count, t->column_count);
    return f;
}

void csv_table_continue(struct csv_table *t, const char *text, size_t n)
{
    csv_continue(t->csv, text, n);
}

const struct csv_field *csv_table_field(const struct csv_table *t, size_t i)
{
    return &t->row.field[t->required[i]];
}

const char *csv_table_get(const struct csv_table *t, size_t i)
{
    return csv_table_field(t, i)->text;
}

const char *csv_table_named(const struct csv_table *t, const char *column)
{
    size_t i = find_column(t, column);
    return i < t->column_count ? t->row.field[i].text : NULL;
}

uint64_t csv_table_line(const struct csv_table *t)
{
    return t->row.line;
}

size_t csv_table_columns(const struct csv_table *t)
{
    return t->column_count;
}

const char *csv_table_column(const struct csv_table *t, size_t i)
{
    return t->columns[i];
}

const struct csv_field *csv_table_at(const struct csv_table *t, size_t i)
{
    return &t->row.field[i];
}

int csv_table_blank(const struct csv_table *t)
{
    size_t n = csv_table_columns(t), i = 0;
    while (i < n && t->row.field[i].len == 0)
        i++;
    return i == n;
}
