/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/previous.h"

#include "schemas/dataset/package.h"
#include "transform/digests.h"

#include <stdlib.h>
#include <string.h>

enum { MERGED_BYTES_MAX = 64 << 20 };

struct previous {
    const struct plan *plan;
    struct package *package;
    struct package_rows *rows;
    const struct csv_row *row; /* read, not yet given; NULL at the end */
    struct digests contents;
    struct arena arena; /* values of units merged into another */
    struct map *merged; /* unit id -> index */
    struct previous_value **merged_values;
    size_t merged_max;
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
static enum flow keep(struct previous *p, const struct csv_row *row, struct arena *arena, struct list *l, struct err *e)
{
    const char *variable = row->field[OBSERVATIONS_VARIABLE].text, *category = row->field[OBSERVATIONS_HARMONISED].text;
    const char *value = row->field[OBSERVATIONS_VALUE].text;
    if (!*value)
        return FLOW_OK;
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

static enum flow advance(struct previous *p, struct err *e)
{
    enum flow f = package_rows_next(p->rows, &p->row, e);
    if (f == FLOW_END)
        p->row = NULL;
    return f == FLOW_END ? FLOW_OK : f;
}

static enum flow open_rows(struct previous *p, struct err *e)
{
    package_rows_close(p->rows);
    p->rows = package_rows_open(p->package, TABLE_OBSERVATIONS, e);
    return p->rows ? advance(p, e) : FLOW_FATAL;
}

/* ---- units that were merged: their values are wanted out of order ---- */
static enum flow want_merged(struct previous *p, struct err *e)
{
    const struct register_table *t = p->plan->frame;
    for (size_t i = 0; i < register_count(t); i++) {
        if (register_unit(t, i)->first_predecessor == REGISTER_NONE)
            continue;
        for (uint32_t k = register_unit(t, i)->first_predecessor; k != REGISTER_NONE;
             k = register_unit(t, k)->next_predecessor) {
            const char *id = register_unit(t, k)->id;
            uint32_t index;
            if (map_put(p->merged, id, strlen(id), &index, NULL, e) != FLOW_OK)
                return FLOW_FATAL;
        }
    }
    p->merged_max = map_count(p->merged);
    p->merged_values = calloc(p->merged_max + 1, sizeof *p->merged_values);
    return p->merged_values ? FLOW_OK : no_memory(e);
}

static enum flow read_merged(struct previous *p, struct err *e)
{
    struct list list = {0};
    uint32_t unit = MAP_NONE; /* whose rows are being read */
    enum flow f = want_merged(p, e);
    if (f == FLOW_OK)
        f = open_rows(p, e);
    while (f == FLOW_OK && p->merged_max && p->row) {
        const struct csv_field *id = &p->row->field[OBSERVATIONS_UNIT];
        uint32_t i = map_get(p->merged, id->text, id->len);
        if (i != unit && i != MAP_NONE)
            list.last = list.variable = &p->merged_values[i];
        unit = i;
        if (i != MAP_NONE)
            f = keep(p, p->row, &p->arena, &list, e);
        if (f == FLOW_OK)
            f = advance(p, e);
    }
    return f == FLOW_OK && p->merged_max ? open_rows(p, e) : f;
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
struct previous *previous_open(const char *path, const struct plan *plan, struct err *e)
{
    struct previous *p = calloc(1, sizeof *p);
    if (!p) {
        (void)no_memory(e);
        return NULL;
    }
    p->plan = plan;
    arena_init(&p->arena, MERGED_BYTES_MAX);
    p->merged = map_new();
    p->package = p->merged ? package_open(path, e) : NULL;
    if (!p->merged)
        (void)no_memory(e);
    if (!p->package || read_contents(p, e) != FLOW_OK || read_merged(p, e) != FLOW_OK) {
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
    package_rows_close(p->rows);
    package_close(p->package);
    map_free(p->merged);
    free(p->merged_values);
    digests_free(&p->contents);
    arena_fini(&p->arena);
    free(p);
}

enum flow previous_of(struct previous *p, uint32_t unit, struct arena *arena, struct previous_value **values,
                      struct err *e)
{
    const struct register_table *t = p->plan->frame;
    const char *id = register_unit(t, unit)->id;
    struct list list = {values, values};
    enum flow f = FLOW_OK;
    *values = NULL;
    while (f == FLOW_OK && p->row && strcmp(p->row->field[OBSERVATIONS_UNIT].text, id) < 0)
        f = advance(p, e);
    while (f == FLOW_OK && p->row && strcmp(p->row->field[OBSERVATIONS_UNIT].text, id) == 0) {
        f = keep(p, p->row, arena, &list, e);
        if (f == FLOW_OK)
            f = advance(p, e);
    }
    for (uint32_t k = register_unit(t, unit)->first_predecessor; k != REGISTER_NONE && f == FLOW_OK;
         k = register_unit(t, k)->next_predecessor) {
        const char *old = register_unit(t, k)->id;
        uint32_t i = map_get(p->merged, old, strlen(old));
        if (i != MAP_NONE && p->merged_values[i])
            add_merged(p->plan, values, p->merged_values[i], arena);
    }
    return f;
}
