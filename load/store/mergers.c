/* SPDX-License-Identifier: Apache-2.0 */
/* A merger before the reference year is history: the successor's own size holds it already. A chain of mergers is
 * followed to its end; the register has been proved to have no cycle, and the walk is bounded all the same. */
#include "load/store/mergers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct outsider {
    const char *unit, *successor; /* successor NULL: not merged in the year */
    double size;
};

struct mergers {
    char first_day[16];
    struct arena texts;
    struct outsider *outsider;
    size_t count, room;
};

enum { TEXTS_MAX = 64 << 20 };

struct mergers *mergers_new(int reference_year, struct err *e)
{
    struct mergers *m = calloc(1, sizeof *m);
    if (m == NULL) {
        err_set(e, STATUS_SYSTEM, "no memory for the mergers");
        return NULL;
    }
    snprintf(m->first_day, sizeof m->first_day, "%04d-01-01", reference_year);
    arena_init(&m->texts, TEXTS_MAX);
    return m;
}

void mergers_free(struct mergers *m)
{
    if (m != NULL) {
        arena_fini(&m->texts);
        free(m->outsider);
        free(m);
    }
}

static struct outsider *next_outsider(struct mergers *m)
{
    if (m->count == m->room) {
        size_t room = m->room == 0 ? 64 : m->room * 2;
        struct outsider *grown = realloc(m->outsider, room * sizeof *grown);
        if (grown == NULL) {
            return NULL;
        }
        m->outsider = grown;
        m->room = room;
    }
    return &m->outsider[m->count];
}

enum flow mergers_add(struct mergers *m, const char *unit, const char *scope, const char *successor, const char *ends,
                      double size, struct err *e)
{
    struct outsider *o = next_outsider(m);
    int heir = strcmp(scope, "merged") == 0 && *successor != '\0' && *ends != '\0' && strcmp(ends, m->first_day) >= 0;
    if (o != NULL) {
        *o = (struct outsider){arena_strdup(&m->texts, unit), heir ? arena_strdup(&m->texts, successor) : NULL, size};
    }
    if (o == NULL || o->unit == NULL || (heir && o->successor == NULL)) {
        return err_set(e, STATUS_SYSTEM, "no memory for the mergers");
    }
    m->count++;
    return FLOW_OK;
}

static const struct outsider *find(const struct mergers *m, const char *unit)
{
    for (size_t i = 0; i < m->count; i++) {
        if (strcmp(m->outsider[i].unit, unit) == 0) {
            return &m->outsider[i];
        }
    }
    return NULL;
}

static uint32_t heir_of(const struct mergers *m, const struct population *p, const struct outsider *o)
{
    const char *unit = o->successor;
    for (size_t steps = 0; unit != NULL && steps <= m->count; steps++) {
        uint32_t row = population_find_unit(p, unit);
        if (row != POPULATION_NONE) {
            return row;
        }
        o = find(m, unit);
        unit = o != NULL ? o->successor : NULL;
    }
    return POPULATION_NONE;
}

enum flow mergers_settle(const struct mergers *m, struct population *p, struct err *e)
{
    p->takeover = calloc(m->count + 1, sizeof *p->takeover);
    if (p->takeover == NULL) {
        return err_set(e, STATUS_SYSTEM, "no memory for the mergers");
    }
    for (size_t i = 0; i < m->count; i++) {
        const struct outsider *o = &m->outsider[i];
        uint32_t row = heir_of(m, p, o);
        if (row == POPULATION_NONE) {
            p->size_out += o->size;
            continue;
        }
        struct takeover *t = &p->takeover[p->takeovers++];
        *t = (struct takeover){arena_strdup(&p->arena, o->unit), row};
        if (t->unit == NULL) {
            return err_set(e, STATUS_SYSTEM, "no memory for the mergers");
        }
        p->size[row] += o->size;
    }
    p->units_out = m->count;
    return FLOW_OK;
}
