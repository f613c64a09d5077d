/* SPDX-License-Identifier: Apache-2.0 */
/* Units first, in the order of their identifiers; then observations in whatever order the database gives them, since
 * each has its place. */
#include "load/store/fill.h"

#include "load/estimate/figures.h"
#include "load/store/mergers.h"
#include "schemas/run/decimal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which unit a judgement belongs to. */
struct owner {
    int64_t judgement;
    uint32_t unit;
};

struct fill {
    struct db *db;
    int64_t vintage;
    struct population *p;
    struct owner *owner; /* sorted by judgement */
    uint32_t *item;      /* by cell */
    size_t cells;
    uint8_t *status; /* by mark */
    size_t marks;
    int64_t rows;
};

static int compare_owners(const void *a, const void *b)
{
    const struct owner *x = a, *y = b;
    return (x->judgement > y->judgement) - (x->judgement < y->judgement);
}

static uint32_t find_owner(const struct fill *f, int64_t judgement)
{
    const struct owner key = {judgement, 0};
    const struct owner *o = bsearch(&key, f->owner, f->p->units, sizeof *f->owner, compare_owners);
    return o != NULL ? o->unit : POPULATION_NONE;
}

static double number_at(const struct db_query *q, int column)
{
    return decimal_double((struct decimal){db_int(q, column), (int)db_int(q, column + 1)});
}

int fill_recent(const struct edition *ed, const char *begins)
{
    char first_day[24];
    snprintf(first_day, sizeof first_day, "%04d-01-01", ed->reference_year - 1);
    return strcmp(begins, first_day) > 0;
}

static enum flow take_unit(struct fill *f, const struct db_query *q, size_t i, const struct edition *ed, struct err *e)
{
    struct unit_facts facts = {.id = db_text(q, 0),
                               .size = number_at(q, 1),
                               .region = db_text(q, 3),
                               .departement = db_text(q, 4),
                               .carrier = db_text(q, 5),
                               .late = (int)db_int(q, 7),
                               .recent = !db_null(q, 9) && fill_recent(ed, db_text(q, 9))};
    if (!outcome_of(db_text(q, 6), &facts.outcome)) {
        return err_set(e, STATUS_DATA, "%s: outcome \"%.40s\" is not known", facts.id, db_text(q, 6));
    }
    f->owner[i] = (struct owner){db_int(q, 8), (uint32_t)i};
    return population_unit(f->p, i, &facts, e);
}

static enum flow fill_units(struct fill *f, const struct edition *ed, struct err *e)
{
    struct db_query *q =
        db_select(f->db,
                  "SELECT v.unit, r.size_unscaled, r.size_scale, r.region, r.departement, r.carrier, j.outcome, "
                  "j.late, j.judgement, x.value "
                  "FROM vintage_unit v JOIN frame r ON r.frame = v.frame JOIN judgement j ON j.judgement = v.judgement "
                  "LEFT JOIN frame_value x ON x.frame = r.frame AND x.attribute = $1 "
                  "WHERE v.vintage = $2 AND r.scope = 'in' ORDER BY v.unit",
                  DB_ARGS(DB_TEXT(ed->frame.valid_from), DB_INT(f->vintage)), e);
    if (q == NULL) {
        return FLOW_FATAL;
    }
    enum flow flow = FLOW_OK;
    size_t i = 0;
    while (flow == FLOW_OK && (flow = db_next(q, e)) == FLOW_OK) {
        flow = i < f->p->units ? take_unit(f, q, i++, ed, e) : err_set(e, STATUS_BUG, "more units than were counted");
    }
    db_query_close(q);
    if (flow == FLOW_END) {
        qsort(f->owner, f->p->units, sizeof *f->owner, compare_owners);
        return FLOW_OK;
    }
    return flow;
}

static enum flow take_outsiders(struct fill *f, const struct edition *ed, struct mergers *m, struct err *e)
{
    struct db_query *q =
        db_select(f->db,
                  "SELECT r.size_unscaled, r.size_scale, r.scope, v.unit, r.successor, x.value "
                  "FROM vintage_unit v JOIN frame r ON r.frame = v.frame LEFT JOIN frame_value x ON "
                  "x.frame = r.frame AND x.attribute = $1 WHERE v.vintage = $2 AND r.scope <> 'in' ORDER BY v.unit",
                  DB_ARGS(DB_TEXT(ed->frame.valid_to), DB_INT(f->vintage)), e);
    if (q == NULL) {
        return FLOW_FATAL;
    }
    enum flow flow;
    while ((flow = db_next(q, e)) == FLOW_OK &&
           (flow = mergers_add(m, db_text(q, 3), db_text(q, 2), db_text(q, 4), db_null(q, 5) ? "" : db_text(q, 5),
                               db_null(q, 0) ? 0.0 : number_at(q, 0), e)) == FLOW_OK) {
    }
    db_query_close(q);
    return flow == FLOW_END ? FLOW_OK : flow;
}

static enum flow fill_out_of_scope(struct fill *f, const struct edition *ed, struct err *e)
{
    struct mergers *m = mergers_new(ed->reference_year, e);
    enum flow flow = m != NULL ? take_outsiders(f, ed, m, e) : FLOW_FATAL;
    if (flow == FLOW_OK) {
        flow = mergers_settle(m, f->p, e);
    }
    mergers_free(m);
    return flow;
}

/* ---- dictionaries ---- */

static enum flow map_cells(struct fill *f, struct err *e)
{
    int64_t last;
    if (db_number(f->db, "SELECT max(cell) FROM cell", DB_NO_ARGS, 0, &last, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    f->cells = (size_t)last + 1;
    f->item = malloc(f->cells * sizeof *f->item);
    struct db_query *q =
        f->item != NULL ? db_select(f->db, "SELECT cell, variable, category FROM cell", DB_NO_ARGS, e) : NULL;
    if (q == NULL) {
        return f->item == NULL ? err_set(e, STATUS_SYSTEM, "no memory for %zu cells", f->cells) : FLOW_FATAL;
    }
    enum flow flow;
    memset(f->item, 0xff, f->cells * sizeof *f->item); /* POPULATION_NONE */
    while ((flow = db_next(q, e)) == FLOW_OK) {
        f->item[db_int(q, 0)] = population_find_item(f->p, db_text(q, 1), db_text(q, 2));
    }
    db_query_close(q);
    return flow == FLOW_END ? FLOW_OK : flow;
}

static enum flow map_marks(struct fill *f, struct err *e)
{
    int64_t last;
    if (db_number(f->db, "SELECT max(mark) FROM mark", DB_NO_ARGS, 0, &last, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    f->marks = (size_t)last + 1;
    f->status = calloc(f->marks, sizeof *f->status);
    struct db_query *q =
        f->status != NULL ? db_select(f->db, "SELECT mark, silence, origin FROM mark", DB_NO_ARGS, e) : NULL;
    if (q == NULL) {
        return f->status == NULL ? err_set(e, STATUS_SYSTEM, "no memory for %zu marks", f->marks) : FLOW_FATAL;
    }
    enum flow flow;
    while ((flow = db_next(q, e)) == FLOW_OK) {
        f->status[db_int(q, 0)] = (uint8_t)cell_status_of(db_text(q, 1), db_text(q, 2));
    }
    db_query_close(q);
    return flow == FLOW_END ? FLOW_OK : flow;
}

/* ---- observations ---- */

static void take_observation(struct fill *f, const struct db_query *q)
{
    uint32_t unit = find_owner(f, db_int(q, 0)), item = f->item[db_int(q, 1)];
    if (unit == POPULATION_NONE || item == POPULATION_NONE) {
        return;
    }
    enum cell_status s = f->status[db_int(q, 2)];
    if (!db_null(q, 3)) {
        population_put(f->p, item, unit, s, number_at(q, 3));
    } else if (s != CELL_REPORTED && s != CELL_DEDUCED) {
        population_put(f->p, item, unit, s, 0.0);
    }
    if (!db_null(q, 5)) {
        population_put_previous(f->p, item, unit, number_at(q, 5));
    }
}

static enum flow fill_observations(struct fill *f, struct err *e)
{
    struct db_query *q =
        db_select(f->db,
                  "SELECT o.judgement, o.cell, o.mark, o.unscaled, o.scale, o.previous_unscaled, o.previous_scale "
                  "FROM vintage_unit v JOIN observation o ON o.judgement = v.judgement WHERE v.vintage = $1",
                  DB_ARGS(DB_INT(f->vintage)), e);
    if (q == NULL) {
        return FLOW_FATAL;
    }
    enum flow flow;
    while ((flow = db_next(q, e)) == FLOW_OK) {
        take_observation(f, q);
        f->rows++;
    }
    db_query_close(q);
    return flow == FLOW_END ? population_check(f->p, e) : flow;
}

static enum flow fill_all(struct fill *f, const struct edition *ed, struct err *e)
{
    if (fill_units(f, ed, e) != FLOW_OK || fill_out_of_scope(f, ed, e) != FLOW_OK ||
        figures_declare(f->p, ed, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    if (map_cells(f, e) != FLOW_OK || map_marks(f, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    return fill_observations(f, e);
}

struct population *fill_population(struct db *db, int64_t vintage, const struct edition *ed, int64_t *observations,
                                   struct err *e)
{
    int64_t units;
    if (db_number(db,
                  "SELECT count(*) FROM vintage_unit v JOIN frame r ON r.frame = v.frame WHERE v.vintage = $1 AND "
                  "r.scope = 'in'",
                  DB_ARGS(DB_INT(vintage)), 0, &units, e) != FLOW_OK) {
        return NULL;
    }
    struct fill f = {.db = db, .vintage = vintage, .p = population_new((size_t)units, e)};
    f.owner = f.p != NULL ? calloc((size_t)units + 1, sizeof *f.owner) : NULL;
    enum flow flow = f.owner != NULL ? fill_all(&f, ed, e)
                     : f.p != NULL   ? err_set(e, STATUS_SYSTEM, "no memory for %lld units", (long long)units)
                                     : FLOW_FATAL;
    free(f.owner);
    free(f.item);
    free(f.status);
    if (observations != NULL) {
        *observations = f.rows;
    }
    if (flow != FLOW_OK) {
        population_free(f.p);
        return NULL;
    }
    return f.p;
}
