/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/previous.h"

#include "schemas/dataset/package.h"
#include "transform/digests.h"
#include "transform/previous_rows.h"

#include <stdlib.h>
#include <string.h>

enum { MERGED_BYTES_MAX = 64 << 20, ID_MAX = 1 << 20 };

struct previous {
    const struct plan *plan;
    struct package *package;
    struct previous_rows *rows;
    const char *const *row; /* read, not yet given; NULL at the end */
    struct digests contents;
    struct arena arena; /* values of units merged into another */
    struct map *merged; /* unit id -> index, of units merged and of those they were merged into */
    struct previous_value **merged_values;
    struct buf unit; /* id of the unit whose rows are passing */
};

static enum flow no_memory(struct err *e)
{
    return err_set(e, STATUS_SYSTEM, "out of memory");
}

/* ---- contents ---- */
static enum flow read_contents(struct previous *p, struct err *e)
{
    struct package_rows *r = package_rows_open(p->package, TABLE_DOCUMENTS, e);
    const struct csv_row *row;
    enum flow f = r ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = package_rows_next(r, &row, e)) == FLOW_OK) {
        const char *digest = row->field[DOCUMENTS_CONTENT_DIGEST].text;
        if (*digest && strcmp(row->field[DOCUMENTS_STATE].text, "current") == 0)
            f = digests_put(&p->contents, digest, e);
    }
    package_rows_close(r);
    digests_settle(&p->contents);
    return f == FLOW_END ? FLOW_OK : f;
}

int previous_has_content(const struct previous *p, const char *content_digest)
{
    return p && digests_have(&p->contents, content_digest);
}

const char *previous_digest(const struct previous *p)
{
    return package_digest(p->package);
}

/* ---- values ---- */
static int numeric(const struct edition *ed, const char *variable)
{
    const struct edition_variable *v = edition_variable(ed, variable);
    return v && (v->type == EDITION_COUNT || v->type == EDITION_DECIMAL);
}

static int add_text(const char *a, const char *b, struct arena *arena, const char **sum)
{
    struct decimal x, y, s;
    char text[DECIMAL_TEXT_MAX];
    if (decimal_parse(a, strlen(a), &x) != DECIMAL_OK || decimal_parse(b, strlen(b), &y) != DECIMAL_OK ||
        !decimal_add(x, y, &s))
        return 0;
    *sum = arena_copy(arena, text, decimal_print(decimal_canonical(s), text));
    return *sum != NULL;
}

static struct previous_value *find(struct previous_value *v, const char *variable, const char *category)
{
    while (v && (strcmp(v->variable, variable) != 0 || strcmp(v->category, category) != 0))
        v = v->next;
    return v;
}

/* The values of one unit while its rows are read. */
struct list {
    struct previous_value **last;     /* where the next one goes */
    struct previous_value **variable; /* the first one of the variable being read */
};

/* Adds one observation: old codes that became one code of the series are added up. Rows come sorted by variable, so
 * only the values of the same variable are looked through: through all of the unit it was 3 % of a run. */
static enum flow keep(struct previous *p, const char *const *row, struct arena *arena, struct list *l, struct err *e)
{
    const char *variable = row[PREVIOUS_VARIABLE], *category = row[PREVIOUS_HARMONISED], *value = row[PREVIOUS_VALUE];
    struct previous_value *begun = *l->variable;
    if (begun && strcmp(begun->variable, variable) != 0) {
        l->variable = l->last;
        begun = NULL;
    }
    struct previous_value *same = find(begun, variable, category);
    if (same)
        return numeric(p->plan->edition, variable) && !add_text(same->value, value, arena, &same->value) ? no_memory(e)
                                                                                                         : FLOW_OK;
    struct previous_value *v = arena_get(arena, sizeof *v);
    if (!v || !(v->variable = begun ? begun->variable : arena_strdup(arena, variable)) ||
        !(v->category = arena_strdup(arena, category)) || !(v->value = arena_strdup(arena, value)))
        return no_memory(e);
    *l->last = v;
    l->last = &v->next;
    return FLOW_OK;
}

/* ---- rows of one unit after the other ---- */
static enum flow advance(struct previous *p, struct err *e)
{
    enum flow f = previous_rows_next(p->rows, &p->row, e);
    if (f == FLOW_END)
        p->row = NULL;
    return f == FLOW_END ? FLOW_OK : f;
}

/* Passes all rows of the unit that stands at the head of the stream; keeps them in *values unless that is NULL. */
static enum flow pass_unit(struct previous *p, struct arena *arena, struct previous_value **values, struct err *e)
{
    struct list list = {values, values};
    buf_reset(&p->unit);
    enum flow f = buf_puts(&p->unit, p->row[PREVIOUS_UNIT], e);
    while (f == FLOW_OK && p->row && strcmp(p->row[PREVIOUS_UNIT], buf_str(&p->unit)) == 0) {
        if (values)
            f = keep(p, p->row, arena, &list, e);
        if (f == FLOW_OK)
            f = advance(p, e);
    }
    return f;
}

/* Where the values of the unit at the head are kept for the one that it was merged into, or that it takes over; NULL:
 * nobody will ask for them again. */
static struct previous_value **kept(const struct previous *p)
{
    uint32_t i = map_get(p->merged, p->row[PREVIOUS_UNIT], strlen(p->row[PREVIOUS_UNIT]));
    return i == MAP_NONE ? NULL : &p->merged_values[i];
}

static enum flow pass_until(struct previous *p, const char *unit, struct err *e)
{
    enum flow f = FLOW_OK;
    while (f == FLOW_OK && p->row && (!unit || strcmp(p->row[PREVIOUS_UNIT], unit) < 0))
        f = pass_unit(p, &p->arena, kept(p), e);
    return f;
}

/* ---- units that were merged: their values are wanted out of order ---- */
static enum flow want(struct previous *p, uint32_t unit, struct err *e)
{
    const char *id = register_id(p->plan->frame, unit);
    uint32_t index;
    return map_put(p->merged, id, strlen(id), &index, NULL, e);
}

static enum flow want_merged(struct previous *p, struct err *e)
{
    const struct register_table *t = p->plan->frame;
    enum flow f = FLOW_OK;
    for (uint32_t i = 0; i < register_count(t) && f == FLOW_OK; i++) {
        if (!previous_waits(p, i))
            continue;
        f = want(p, i, e);
        for (uint32_t k = register_unit(t, i).first_predecessor; k != REGISTER_NONE && f == FLOW_OK;
             k = register_unit(t, k).next_predecessor)
            f = want(p, k, e);
    }
    p->merged_values = calloc(map_count(p->merged) + 1, sizeof *p->merged_values);
    return p->merged_values || f != FLOW_OK ? f : no_memory(e);
}

static enum flow copy_values(const struct previous_value *from, struct arena *arena, struct previous_value **to,
                             struct err *e)
{
    for (; from; from = from->next, to = &(*to)->next) {
        if (!(*to = arena_get(arena, sizeof **to)))
            return no_memory(e);
        **to = *from;
        (*to)->next = NULL;
    }
    return FLOW_OK;
}

/* Adds what a predecessor gave; a number that one of them lacks is no sum, and goes. */
static void add_merged(const struct plan *plan, struct previous_value **values, struct previous_value *other,
                       struct arena *arena)
{
    struct previous_value **at = values;
    while (*at) {
        struct previous_value *v = *at, *o = find(other, v->variable, v->category);
        int keeps = !numeric(plan->edition, v->variable) || (o && add_text(v->value, o->value, arena, &v->value));
        if (keeps)
            at = &v->next;
        else
            *at = v->next;
    }
}

/* ---- opening ---- */
struct previous *previous_open(const char *path, const struct plan *plan, const char *cache, int recall, struct err *e)
{
    struct previous *p = calloc(1, sizeof *p);
    if (!p) {
        (void)no_memory(e);
        return NULL;
    }
    p->plan = plan;
    arena_init(&p->arena, MERGED_BYTES_MAX);
    buf_init(&p->unit, ID_MAX);
    p->merged = map_new();
    p->package = p->merged ? package_open(path, e) : NULL;
    if (!p->merged)
        (void)no_memory(e);
    if (!p->package || read_contents(p, e) != FLOW_OK || want_merged(p, e) != FLOW_OK ||
        !(p->rows = previous_rows_open(p->package, cache, recall, e)) || advance(p, e) != FLOW_OK) {
        (void)err_prefix(e, "previous edition");
        previous_close(p);
        return NULL;
    }
    return p;
}

void previous_close(struct previous *p)
{
    if (!p)
        return;
    previous_rows_close(p->rows);
    package_close(p->package);
    map_free(p->merged);
    free(p->merged_values);
    digests_free(&p->contents);
    arena_fini(&p->arena);
    buf_fini(&p->unit);
    free(p);
}

enum flow previous_of(struct previous *p, uint32_t unit, struct arena *arena, struct previous_value **values,
                      struct err *e)
{
    const char *id = register_id(p->plan->frame, unit);
    *values = NULL;
    enum flow f = pass_until(p, id, e);
    if (f != FLOW_OK || !p->row || strcmp(p->row[PREVIOUS_UNIT], id) != 0)
        return f;
    struct previous_value **place = kept(p);
    f = pass_unit(p, place ? &p->arena : arena, place ? place : values, e);
    if (place)
        *values = *place;
    return f;
}

int previous_waits(const struct previous *p, uint32_t unit)
{
    return register_unit(p->plan->frame, unit).first_predecessor != REGISTER_NONE;
}

enum flow previous_end(struct previous *p, struct err *e)
{
    return pass_until(p, NULL, e);
}

enum flow previous_merged(const struct previous *p, uint32_t unit, struct arena *arena, struct previous_value **values,
                          struct err *e)
{
    const struct register_table *t = p->plan->frame;
    const char *id = register_id(t, unit);
    *values = NULL;
    uint32_t own = map_get(p->merged, id, strlen(id));
    enum flow f = own == MAP_NONE ? FLOW_OK : copy_values(p->merged_values[own], arena, values, e);
    for (uint32_t k = register_unit(t, unit).first_predecessor; k != REGISTER_NONE && f == FLOW_OK;
         k = register_unit(t, k).next_predecessor) {
        const char *old = register_id(t, k);
        uint32_t i = map_get(p->merged, old, strlen(old));
        if (i != MAP_NONE && p->merged_values[i])
            add_merged(p->plan, values, p->merged_values[i], arena);
    }
    return f;
}
