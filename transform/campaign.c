/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/campaign.h"

#include "transform/digests.h"

#include <stdlib.h>
#include <string.h>

static enum flow no_memory(struct err *e)
{
    return err_set(e, STATUS_SYSTEM, "out of memory");
}

/* ---- twins ---- */
static int is_candidate(const char *const *v)
{
    return *v[DOCUMENTS_CONTENT_DIGEST] && strcmp(v[DOCUMENTS_STATE], "current") == 0 &&
           strcmp(v[DOCUMENTS_REASON], "decision") != 0;
}

static enum flow read_contents(struct digests *c, const struct source *sources, size_t count, struct err *e)
{
    struct stream *s = stream_open(sources, count, TABLE_DOCUMENTS, e);
    const char *const *v;
    enum flow f = s ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = stream_next(s, &v, e)) == FLOW_OK)
        if (is_candidate(v))
            f = digests_put(c, v[DOCUMENTS_CONTENT_DIGEST], e);
    stream_close(s);
    digests_keep_doubles(c);
    return f == FLOW_END ? FLOW_OK : f;
}

struct found { /* a twin before its partner is known */
    struct digest_bits content;
    struct twin twin;
};

static enum flow put_twin(struct found **items, size_t *count, const char *const *v, struct err *e)
{
    struct found *grown = realloc(*items, (*count + 1) * sizeof *grown);
    if (!grown)
        return no_memory(e);
    *items = grown;
    struct found *x = &grown[(*count)++];
    *x = (struct found){digest_bits_of(v[DOCUMENTS_CONTENT_DIGEST]), {0}};
    x->twin.unit = strdup(v[DOCUMENTS_UNIT]);
    x->twin.record = strdup(v[DOCUMENTS_RECORD]);
    return x->twin.unit && x->twin.record ? FLOW_OK : no_memory(e);
}

static enum flow pair(struct found *items, size_t count, struct err *e)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count && !items[i].twin.other; k++)
            if (k != i && digest_bits_compare(&items[k].content, &items[i].content) == 0 &&
                !(items[i].twin.other = strdup(items[k].twin.record)))
                return no_memory(e);
    return FLOW_OK;
}

static int by_key(const void *a, const void *b)
{
    const struct twin *x = a, *y = b;
    int order = strcmp(x->unit, y->unit);
    return order ? order : strcmp(x->record, y->record);
}

enum flow twins_find(struct twins *t, const struct source *sources, size_t count, struct err *e)
{
    struct digests doubles = {0};
    struct found *items = NULL;
    size_t n = 0;
    const char *const *v;
    *t = (struct twins){0};
    enum flow f = read_contents(&doubles, sources, count, e);
    struct stream *s = f == FLOW_OK && doubles.count ? stream_open(sources, count, TABLE_DOCUMENTS, e) : NULL;
    while (s && f == FLOW_OK && (f = stream_next(s, &v, e)) == FLOW_OK) {
        if (is_candidate(v) && digests_have(&doubles, v[DOCUMENTS_CONTENT_DIGEST]))
            f = put_twin(&items, &n, v, e);
    }
    stream_close(s);
    if (f == FLOW_END)
        f = FLOW_OK;
    if (f == FLOW_OK)
        f = pair(items, n, e);
    t->items = calloc(n + 1, sizeof *t->items);
    if (!t->items && f == FLOW_OK)
        f = no_memory(e);
    for (size_t i = 0; t->items && i < n; i++)
        t->items[t->count++] = items[i].twin;
    if (t->items && t->count)
        qsort(t->items, t->count, sizeof *t->items, by_key);
    free(items);
    digests_free(&doubles);
    return f;
}

void twins_fini(struct twins *t)
{
    for (size_t i = 0; i < t->count; i++) {
        free(t->items[i].unit);
        free(t->items[i].record);
        free(t->items[i].other);
    }
    free(t->items);
    *t = (struct twins){0};
}

/* The first twin at or above (unit, record); the count when there is none. The campaign asks for each row that it
 * writes, and the number of twins grows with the campaign too. */
static size_t at_or_above(const struct twins *t, const char *unit, const char *record)
{
    size_t low = 0, high = t->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(t->items[middle].unit, unit);
        if ((order ? order : strcmp(t->items[middle].record, record)) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct twin *twins_of_record(const struct twins *t, const char *unit, const char *record)
{
    size_t i = at_or_above(t, unit, record);
    struct twin *x = i < t->count ? &t->items[i] : NULL;
    return x && strcmp(x->unit, unit) == 0 && strcmp(x->record, record) == 0 ? x : NULL;
}

struct twin *twins_of_unit(const struct twins *t, const char *unit)
{
    size_t i = at_or_above(t, unit, "");
    struct twin *x = i < t->count ? &t->items[i] : NULL;
    return x && strcmp(x->unit, unit) == 0 ? x : NULL;
}

/* ---- shares ---- */
struct cell_sum {
    struct decimal now, before;
};

struct shift {
    const struct edition *ed;
    struct cell_sum *sums; /* by cell */
    unsigned *units;       /* by variable */
    struct cell_sum *row;  /* of the table being read, by category */
    char unit[256];
    uint32_t variable; /* being read, EDITION_NONE: none */
    uint32_t seen;     /* its categories answered in both editions */
};

struct shift *shift_new(const struct edition *ed, struct err *e)
{
    struct shift *s = calloc(1, sizeof *s);
    if (s) {
        s->ed = ed;
        s->variable = EDITION_NONE;
        s->sums = calloc(ed->cell_count + 1, sizeof *s->sums);
        s->row = calloc(ed->cell_count + 1, sizeof *s->row);
        s->units = calloc(ed->variable_count + 1, sizeof *s->units);
    }
    if (s && s->sums && s->row && s->units)
        return s;
    shift_free(s);
    (void)no_memory(e);
    return NULL;
}

void shift_free(struct shift *s)
{
    if (!s)
        return;
    free(s->sums);
    free(s->row);
    free(s->units);
    free(s);
}

static int counts(const struct edition_variable *v)
{
    return v->shape == EDITION_KEYED && (v->type == EDITION_COUNT || v->type == EDITION_DECIMAL);
}

/* Adds the parts of one table, or with sign -1 takes them away. */
static enum flow add_table(struct shift *s, const struct edition_variable *v, const struct cell_sum *parts, int sign,
                           struct err *e)
{
    int (*add)(struct decimal, struct decimal, struct decimal *) = sign < 0 ? decimal_sub : decimal_add;
    for (uint32_t i = 0; i < v->cells; i++) {
        struct cell_sum *t = &s->sums[v->first_cell + i];
        if (!add(t->now, parts[i].now, &t->now) || !add(t->before, parts[i].before, &t->before))
            return err_set(e, STATUS_DATA, "the sum of %s is too large", v->id);
    }
    return FLOW_OK;
}

/* Adds the table just read when the unit answered all of it in both editions. */
static enum flow close_table(struct shift *s, struct err *e)
{
    if (s->variable == EDITION_NONE)
        return FLOW_OK;
    const struct edition_variable *v = &s->ed->variables[s->variable];
    s->variable = EDITION_NONE;
    if (s->seen != v->cells)
        return FLOW_OK;
    s->units[v->index]++;
    return add_table(s, v, s->row, 1, e);
}

enum flow shift_row(struct shift *s, const char *const *values, struct err *e)
{
    const char *unit = values[OBSERVATIONS_UNIT], *id = values[OBSERVATIONS_VARIABLE],
               *category = values[OBSERVATIONS_CATEGORY];
    const char *now = values[OBSERVATIONS_VALUE], *before = values[OBSERVATIONS_PREVIOUS];
    if (!category || !*category || !now || !*now || !before || !*before)
        return FLOW_OK; /* its table is not answered whole */
    int same =
        s->variable != EDITION_NONE && strcmp(s->ed->variables[s->variable].id, id) == 0 && strcmp(s->unit, unit) == 0;
    if (!same) {
        if (close_table(s, e) != FLOW_OK)
            return FLOW_FATAL;
        const struct edition_variable *v = edition_variable(s->ed, id);
        size_t n = strlen(unit);
        if (!v || !counts(v) || n >= sizeof s->unit)
            return FLOW_OK;
        memcpy(s->unit, unit, n + 1);
        s->variable = v->index;
        s->seen = 0;
    }
    const struct edition_variable *v = &s->ed->variables[s->variable];
    uint32_t k = edition_category(v->list, category, strlen(category));
    if (k == EDITION_NONE)
        return FLOW_OK;
    struct cell_sum *r = &s->row[k];
    s->seen += decimal_parse(now, strlen(now), &r->now) == DECIMAL_OK &&
               decimal_parse(before, strlen(before), &r->before) == DECIMAL_OK;
    return FLOW_OK;
}

enum flow shift_add(struct shift *s, struct shift *other, int sign, struct err *e)
{
    enum flow f = close_table(s, e);
    if (f == FLOW_OK)
        f = close_table(other, e);
    for (uint32_t i = 0; i < s->ed->variable_count && f == FLOW_OK; i++) {
        const struct edition_variable *v = &s->ed->variables[i];
        s->units[i] += sign < 0 ? 0 - other->units[i] : other->units[i];
        if (other->units[i])
            f = add_table(s, v, other->sums + v->first_cell, sign, e);
    }
    return f;
}

void shift_clear(struct shift *s)
{
    s->variable = EDITION_NONE;
    memset(s->sums, 0, s->ed->cell_count * sizeof *s->sums);
    memset(s->units, 0, s->ed->variable_count * sizeof *s->units);
}

/* Of each variable that some unit answered whole: its index, their number, the sums of its cells. */
enum flow shift_save(struct shift *s, struct buf *out, struct err *e)
{
    enum flow f = close_table(s, e);
    for (uint32_t i = 0; i < s->ed->variable_count && f == FLOW_OK; i++) {
        const struct edition_variable *v = &s->ed->variables[i];
        const uint32_t head[2] = {i, s->units[i]};
        if (!s->units[i])
            continue;
        f = buf_put(out, head, sizeof head, e);
        for (uint32_t k = 0; k < v->cells && f == FLOW_OK; k++) {
            const struct cell_sum *c = &s->sums[v->first_cell + k];
            const struct exact pair[2] = {exact_of(c->now), exact_of(c->before)};
            f = buf_put(out, pair, sizeof pair, e);
        }
    }
    return f;
}

enum flow shift_restore(struct shift *s, const char *p, size_t n)
{
    uint32_t head[2];
    struct exact pair[2];
    for (const char *end = p + n; p < end;) {
        if ((size_t)(end - p) < sizeof head)
            return FLOW_ITEM;
        memcpy(head, p, sizeof head);
        p += sizeof head;
        if (head[0] >= s->ed->variable_count)
            return FLOW_ITEM;
        const struct edition_variable *v = &s->ed->variables[head[0]];
        if ((size_t)(end - p) < v->cells * sizeof pair)
            return FLOW_ITEM;
        s->units[head[0]] = head[1];
        for (uint32_t k = 0; k < v->cells; k++, p += sizeof pair) {
            memcpy(pair, p, sizeof pair);
            s->sums[v->first_cell + k] = (struct cell_sum){exact_decimal(pair[0]), exact_decimal(pair[1])};
        }
    }
    return FLOW_OK;
}

enum flow shift_end(struct shift *s, enum flow (*found)(void *ctx, const struct shift_alarm *a, struct err *e),
                    void *ctx, struct err *e)
{
    double points;
    enum flow f = close_table(s, e);
    if (!edition_parameter_number(s->ed, "campaign.points", &points))
        return f; /* the edition has no such rule */
    for (uint32_t i = 0; i < s->ed->variable_count && f == FLOW_OK; i++) {
        const struct edition_variable *v = &s->ed->variables[i];
        double now = 0, before = 0;
        for (uint32_t k = 0; s->units[i] && k < v->cells; k++) {
            now += decimal_double(s->sums[v->first_cell + k].now);
            before += decimal_double(s->sums[v->first_cell + k].before);
        }
        for (uint32_t k = 0; now > 0 && before > 0 && k < v->cells && f == FLOW_OK; k++) {
            struct shift_alarm a = {.variable = i, .category = k, .units = s->units[i]};
            a.after = 100 * decimal_double(s->sums[v->first_cell + k].now) / now;
            a.before = 100 * decimal_double(s->sums[v->first_cell + k].before) / before;
            a.nil = a.before > 0 && s->sums[v->first_cell + k].now.unscaled == 0;
            double moved = a.after > a.before ? a.after - a.before : a.before - a.after;
            if (a.nil || moved > points)
                f = found(ctx, &a, e);
        }
    }
    return f;
}
