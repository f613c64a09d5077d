/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/observed.h"

#include <stdlib.h>
#include <string.h>

const char **observed_sums(const struct edition *ed)
{
    size_t n = 0;
    const char **ids = calloc(ed->variable_count + 1, sizeof *ids);
    for (size_t i = 0; ids && i < ed->variable_count; i++)
        if (ed->variables[i].type == EDITION_COUNT || ed->variables[i].type == EDITION_DECIMAL)
            ids[n++] = ed->variables[i].id;
    return ids;
}

static enum flow map_sums(struct observed *o, const struct edition *ed, struct err *e)
{
    const char **ids = observed_sums(ed);
    o->sums = map_new();
    enum flow f = ids && o->sums ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory");
    for (size_t i = 0; f == FLOW_OK && ids[i]; i++) {
        uint32_t index;
        f = map_put(o->sums, ids[i], strlen(ids[i]), &index, NULL, e);
    }
    free(ids);
    return f;
}

struct observed *observed_new(const struct edition *ed, int shares, struct err *e)
{
    struct observed *o = calloc(1, sizeof *o);
    if (!o) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory");
        return NULL;
    }
    if (map_sums(o, ed, e) == FLOW_OK &&
        portion_init(&o->rows, TABLE_OBSERVATIONS, 0, o->sums, (struct sink){0}, e) == FLOW_OK &&
        (!shares || (o->shift = shift_new(ed, e)) != NULL))
        return o;
    observed_free(o);
    return NULL;
}

void observed_free(struct observed *o)
{
    if (!o)
        return;
    portion_fini(&o->rows);
    shift_free(o->shift);
    map_free(o->sums);
    free(o);
}

void observed_begin(struct observed *o, int respondent, struct buf *out)
{
    tally_restart(&o->rows.tally);
    o->rows.csv.out = sink_buf(out);
    o->respondent = respondent;
}

enum flow observed_row(struct observed *o, const char *const *values, struct err *e)
{
    enum flow f = portion_row(&o->rows, values, e);
    return f == FLOW_OK && o->shift && o->respondent ? shift_row(o->shift, values, e) : f;
}

enum flow observed_add(struct observed *o, const struct observed *other, struct err *e)
{
    enum flow f = tally_add(&o->rows.tally, &other->rows.tally, 1, e);
    return f == FLOW_OK && o->shift && other->shift ? shift_add(o->shift, other->shift, 1, e) : f;
}

void observed_clear(struct observed *o)
{
    tally_clear(&o->rows.tally);
    if (o->shift)
        shift_clear(o->shift);
}

/* What a tally holds: rows, counts above nothing, sums, then the shares. */
struct counted {
    uint64_t rows, counts;
};

enum flow observed_save(struct observed *o, struct buf *out, struct err *e)
{
    const struct tally *y = &o->rows.tally;
    struct counted head = {y->rows, 0};
    for (size_t i = 0; i < y->counts; i++)
        head.counts += y->count[i].n > 0;
    enum flow f = buf_put(out, &head, sizeof head, e);
    for (size_t i = 0; i < y->counts && f == FLOW_OK; i++)
        if (y->count[i].n)
            f = buf_put(out, &y->count[i], sizeof y->count[i], e);
    for (uint32_t i = 0; i < map_count(y->sums) && f == FLOW_OK; i++) {
        const struct exact x = exact_of(y->sum[i]);
        f = buf_put(out, &x, sizeof x, e);
    }
    return f == FLOW_OK && o->shift ? shift_save(o->shift, out, e) : f;
}

enum flow observed_restore(struct observed *o, const char *p, size_t n)
{
    struct tally *y = &o->rows.tally;
    struct counted head;
    struct exact x;
    const size_t sums = map_count(y->sums);
    if (n < sizeof head)
        return FLOW_ITEM;
    memcpy(&head, p, sizeof head);
    const char *at = p + sizeof head, *end = p + n;
    const size_t counts = head.counts > TALLY_VALUES_MAX ? n : head.counts * sizeof y->count[0];
    if ((size_t)(end - at) < counts || (size_t)(end - at) - counts < sums * sizeof x)
        return FLOW_ITEM;
    y->rows = head.rows;
    y->counts = head.counts;
    memcpy(y->count, at, counts);
    at += counts;
    for (uint32_t i = 0; i < sums; i++, at += sizeof x) {
        memcpy(&x, at, sizeof x);
        y->sum[i] = exact_decimal(x);
    }
    return o->shift ? shift_restore(o->shift, at, (size_t)(end - at)) : at < end ? FLOW_ITEM : FLOW_OK;
}
