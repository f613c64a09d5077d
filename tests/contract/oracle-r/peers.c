/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/contract/oracle-r/peers.h"
#include "schemas/dataset/csv.h"
#include "schemas/run/decimal.h"
#include "schemas/run/fs.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct peer_table *peer_open(const char *file)
{
    const char *source = getenv("PRE_SOURCE");
    char path[4096];
    if (!source)
        return NULL;
    (void)snprintf(path, sizeof path, "%s/../shared/peers/oracle-r/%s", source, file);
    if (!fs_is_file(path))
        return NULL;
    struct err e;
    struct buf b;
    buf_init(&b, 1 << 24);
    assert_int_equal(fs_read(path, &b, &e), FLOW_OK);
    struct csv *c = csv_open(buf_str(&b), b.len, file, ',', &e);
    struct csv_row *row = malloc(sizeof *row);
    struct peer_table *t = calloc(1, sizeof *t);
    assert_true(c && row && t);
    assert_int_equal(csv_next(c, row, &e), FLOW_OK);
    t->columns = row->count;
    assert_true(row->count <= PEER_COLUMNS);
    for (size_t i = 0; i < row->count; i++)
        t->name[i] = strdup(row->field[i].text);
    enum flow f;
    while ((f = csv_next(c, row, &e)) == FLOW_OK) {
        t->text = realloc(t->text, (t->rows + 1) * sizeof *t->text);
        t->text[t->rows] = calloc(t->columns, sizeof **t->text);
        assert_int_equal(row->count, t->columns);
        for (size_t i = 0; i < row->count; i++)
            t->text[t->rows][i] = strdup(row->field[i].text);
        t->rows++;
    }
    assert_int_equal(f, FLOW_END);
    free(row);
    csv_close(c);
    buf_fini(&b);
    return t;
}

void peer_close(struct peer_table *t)
{
    if (!t)
        return;
    for (size_t r = 0; r < t->rows; r++) {
        for (size_t i = 0; i < t->columns; i++)
            free(t->text[r][i]);
        free(t->text[r]);
    }
    for (size_t i = 0; i < t->columns; i++)
        free(t->name[i]);
    free(t->text);
    free(t);
}

static size_t column_of(const struct peer_table *t, const char *column)
{
    for (size_t i = 0; i < t->columns; i++)
        if (strcmp(t->name[i], column) == 0)
            return i;
    fail_msg("no column %s", column);
    return 0;
}

double *peer_numbers(const struct peer_table *t, const char *column)
{
    size_t c = column_of(t, column);
    double *v = calloc(t->rows + 1, sizeof *v);
    assert_non_null(v);
    for (size_t r = 0; r < t->rows; r++)
        assert_true(double_parse(t->text[r][c], strlen(t->text[r][c]), &v[r]));
    return v;
}

unsigned *peer_levels(const struct peer_table *t, const char *column, unsigned *levels)
{
    size_t c = column_of(t, column);
    unsigned *v = calloc(t->rows + 1, sizeof *v);
    const char *seen[64];
    assert_non_null(v);
    *levels = 0;
    for (size_t r = 0; r < t->rows; r++) {
        unsigned k = 0;
        while (k < *levels && strcmp(seen[k], t->text[r][c]) != 0)
            k++;
        if (k == *levels) {
            assert_true(k < 64);
            seen[(*levels)++] = t->text[r][c];
        }
        v[r] = k;
    }
    return v;
}
