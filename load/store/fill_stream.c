/* SPDX-License-Identifier: Apache-2.0 */
/* The population of a package while it passes, so that the store need not be read back. Every unit has the same cells
 * in the same order: which item a cell is, is remembered by its place. */
#include "load/estimate/figures.h"
#include "load/store/fill.h"
#include "load/store/mergers.h"
#include "schemas/run/decimal.h"

#include <stdlib.h>
#include <string.h>

enum { PLACES_MAX = 4096, NAME_MAX_BYTES = 64 };

struct place {
    char variable[NAME_MAX_BYTES], category[NAME_MAX_BYTES];
    uint32_t item;
};

struct fill_stream {
    const struct edition *ed;
    struct population *p;
    struct mergers *mergers;
    size_t units, given; /* announced, given so far */
    size_t place;        /* of the next cell within the unit */
    int in_scope;        /* the unit given last */
    struct place *places;
    size_t known; /* places filled */
};

struct fill_stream *fill_stream_open(const struct edition *ed, size_t units, struct err *e)
{
    struct fill_stream *f = calloc(1, sizeof *f);
    if (f == NULL) {
        err_set(e, STATUS_SYSTEM, "no memory for the population");
        return NULL;
    }
    f->ed = ed;
    f->units = units;
    f->places = calloc(PLACES_MAX, sizeof *f->places);
    f->p = population_new(units, e);
    f->mergers = f->p != NULL ? mergers_new(ed->reference_year, e) : NULL;
    if (f->places == NULL || f->mergers == NULL || figures_declare(f->p, ed, e) != FLOW_OK) {
        if (f->places == NULL) {
            err_set(e, STATUS_SYSTEM, "no memory for the cells of a unit");
        }
        fill_stream_close(f);
        return NULL;
    }
    return f;
}

void fill_stream_close(struct fill_stream *f)
{
    if (f != NULL) {
        population_free(f->p);
        mergers_free(f->mergers);
        free(f->places);
        free(f);
    }
}

static double number_of(const char *s)
{
    struct decimal d;
    return decimal_parse(s, strlen(s), &d) == DECIMAL_OK ? decimal_double(d) : 0.0;
}

enum flow fill_stream_unit(struct fill_stream *f, const struct fill_unit *u, struct err *e)
{
    f->place = 0;
    f->in_scope = strcmp(u->scope, "in") == 0;
    if (!f->in_scope) {
        return mergers_add(f->mergers, u->unit, u->scope, u->successor, u->ends, number_of(u->size), e);
    }
    if (f->given == f->units) {
        return err_set(e, STATUS_DATA, "units: more are in scope than the %zu announced", f->units);
    }
    struct unit_facts facts = {.id = u->unit,
                               .size = number_of(u->size),
                               .region = u->region,
                               .departement = u->departement,
                               .carrier = u->carrier,
                               .late = strcmp(u->late, "1") == 0,
                               .recent = fill_recent(f->ed, u->begins)};
    if (!outcome_of(u->outcome, &facts.outcome)) {
        return err_set(e, STATUS_DATA, "units: %s: outcome \"%.40s\" is not known", u->unit, u->outcome);
    }
    return population_unit(f->p, f->given++, &facts, e);
}

/* The item of a cell; the place is learnt on the way. */
static uint32_t item_at(struct fill_stream *f, const char *variable, const char *category)
{
    size_t at = f->place++;
    struct place *p = at < PLACES_MAX ? &f->places[at] : NULL;
    if (p != NULL && at < f->known && strcmp(p->variable, variable) == 0 && strcmp(p->category, category) == 0) {
        return p->item;
    }
    uint32_t item = population_find_item(f->p, variable, category);
    size_t v = strlen(variable), c = strlen(category);
    if (p != NULL && at <= f->known && v < NAME_MAX_BYTES && c < NAME_MAX_BYTES) {
        memcpy(p->variable, variable, v + 1);
        memcpy(p->category, category, c + 1);
        p->item = item;
        f->known += at == f->known;
    }
    return item;
}

enum flow fill_stream_cell(struct fill_stream *f, const char *variable, const char *category, const char *value,
                           const char *previous, const char *silence, const char *origin, struct err *e)
{
    if (!f->in_scope) {
        return FLOW_OK;
    }
    uint32_t item = item_at(f, variable, category), unit = (uint32_t)f->given - 1;
    if (item == POPULATION_NONE) {
        return FLOW_OK;
    }
    enum cell_status s = cell_status_of(silence, origin);
    population_put(f->p, item, unit, s, *value != '\0' ? number_of(value) : 0.0);
    if (*previous != '\0') {
        population_put_previous(f->p, item, unit, number_of(previous));
    }
    return population_check(f->p, e);
}

struct population *fill_stream_take(struct fill_stream *f, struct err *e)
{
    struct population *p = f->p;
    if (f->given != f->units) {
        err_set(e, STATUS_DATA, "units: %zu are in scope, %zu were announced", f->given, f->units);
        return NULL;
    }
    if (mergers_settle(f->mergers, p, e) != FLOW_OK) {
        return NULL;
    }
    f->p = NULL;
    return p;
}
