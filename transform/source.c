/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/source.h"

#include <stdlib.h>
#include <string.h>

struct head {
    struct spool_reader *spool;
    struct package_rows *package;
    const char *const *values; /* NULL: at its end */
    const char *copy[ROWS_FIELDS_MAX];
    size_t fields;
};

struct stream {
    enum dataset_table table;
    struct head *heads;
    size_t count;
    size_t last; /* head given last, to be advanced; count: none */
    size_t key[2];
};

size_t stream_units_position(size_t fields, enum units_column c)
{
    return c == UNITS_UNIT ? 0 : fields - UNITS_COLUMNS + (size_t)c;
}

static enum flow advance(struct head *h, struct err *e)
{
    const struct csv_row *row = NULL;
    enum flow f;
    if (h->spool) {
        f = spool_next(h->spool, &h->values, e);
    } else if ((f = package_rows_next(h->package, &row, e)) == FLOW_OK) {
        for (size_t i = 0; i < h->fields; i++)
            h->copy[i] = i < row->count ? row->field[i].text : "";
        h->values = h->copy;
    }
    if (f == FLOW_END)
        h->values = NULL;
    return f == FLOW_END ? FLOW_OK : f;
}

static enum flow open_head(struct head *h, const struct source *s, enum dataset_table t, struct err *e)
{
    h->fields = s->fields[t];
    if (h->fields > ROWS_FIELDS_MAX)
        return err_set(e, STATUS_DATA, "more than %d columns", ROWS_FIELDS_MAX);
    if (s->spool)
        h->spool = spool_read(s->spool, t, h->fields, e);
    else
        h->package = package_rows_open(s->package, t, e);
    return h->spool || h->package ? advance(h, e) : FLOW_FATAL;
}

struct stream *stream_open(const struct source *sources, size_t count, enum dataset_table t, struct err *e)
{
    struct stream *s = calloc(1, sizeof *s);
    if (s)
        s->heads = calloc(count + 1, sizeof *s->heads);
    if (!s || !s->heads) {
        free(s);
        (void)err_set(e, STATUS_SYSTEM, "out of memory");
        return NULL;
    }
    s->table = t;
    s->count = s->last = count;
    const struct table_spec *spec = table_spec(t);
    for (size_t c = 0; c < spec->count; c++)
        if (spec->columns[c].key == 1 || spec->columns[c].key == 2)
            s->key[spec->columns[c].key - 1] = c;
    for (size_t i = 0; i < count; i++)
        if (open_head(&s->heads[i], &sources[i], t, e) != FLOW_OK) {
            stream_close(s);
            return NULL;
        }
    return s;
}

void stream_close(struct stream *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->count; i++) {
        spool_reader_close(s->heads[i].spool);
        package_rows_close(s->heads[i].package);
    }
    free(s->heads);
    free(s);
}

static int below(const struct stream *s, const struct head *a, const struct head *b)
{
    int order = strcmp(a->values[s->key[0]], b->values[s->key[0]]);
    return (order ? order : strcmp(a->values[s->key[1]], b->values[s->key[1]])) < 0;
}

enum flow stream_next(struct stream *s, const char *const **values, struct err *e)
{
    if (s->last < s->count && advance(&s->heads[s->last], e) != FLOW_OK)
        return FLOW_FATAL;
    size_t least = s->count;
    for (size_t i = 0; i < s->count; i++)
        if (s->heads[i].values && (least == s->count || below(s, &s->heads[i], &s->heads[least])))
            least = i;
    s->last = least;
    if (least == s->count)
        return FLOW_END;
    *values = s->heads[least].values;
    return FLOW_OK;
}
