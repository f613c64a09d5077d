/* SPDX-License-Identifier: Apache-2.0 */
/* Who there is: places, names, scope, credits. What they do is in answers.c. */
#include "tests/specimen/people.h"

#include "tests/specimen/answers.h"
#include "tests/specimen/calc.h"
#include "tests/specimen/kinds.h"
#include "tests/specimen/rng.h"
#include "tests/specimen/trouble.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CREDITS_LEAST = 12000 };

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct pre *)a)->id, ((const struct pre *)b)->id);
}

/* Systematic sampling along the list of places with a chance that grows with population: big cities get several PRE. */
static enum flow locate(struct people *p, const struct places *places, struct err *e)
{
    double sum = 0, run = 0;
    double *weight = calloc(places->count, sizeof *weight);
    struct rng r;
    size_t next = 0;
    if (!weight)
        return err_set(e, STATUS_SYSTEM, "no memory for %zu places", places->count);
    for (size_t i = 0; i < places->count; i++) {
        weight[i] = calc_exp(0.8 * calc_log(places->items[i].population));
        sum += weight[i];
    }
    rng_seed(&r, p->seed, "locate", 0);
    double step = sum / (double)p->count, mark = rng_unit(&r) * step;
    for (size_t i = 0; i < places->count; i++) {
        run += weight[i];
        while (next < p->count && (mark < run || i + 1 == places->count)) {
            p->items[next++].place = &places->items[i];
            mark += step;
        }
    }
    free(weight);
    return FLOW_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct place *x = ((const struct pre *)a)->place, *y = ((const struct pre *)b)->place;
    int c = strcmp(x->departement, y->departement);
    return c ? c : strcmp(x->commune, y->commune);
}

static void name_all(struct people *p)
{
    qsort(p->items, p->count, sizeof *p->items, by_place);
    for (size_t i = 0; i < p->count; i++) {
        struct pre *u = &p->items[i];
        int same = i > 0 && strcmp(p->items[i - 1].place->departement, u->place->departement) == 0;
        u->sequence = same ? p->items[i - 1].sequence + 1 : 1;
        snprintf(u->id, sizeof u->id, "PRE-%s-%02u", u->place->departement, u->sequence);
    }
    qsort(p->items, p->count, sizeof *p->items, by_id);
    for (size_t i = 0; i < p->count; i++)
        p->items[i].index = (uint32_t)i;
}

/* A PRE of the field to take over a merged one: the next of its département, else the next of all. */
static int32_t neighbour(const struct people *p, size_t i)
{
    const char *department = p->items[i].place->departement;
    for (int anywhere = 0; anywhere < 2; anywhere++)
        for (size_t k = 1; k < p->count; k++) {
            size_t j = (i + k) % p->count;
            if (p->items[j].scope == SCOPE_IN && (anywhere || strcmp(p->items[j].place->departement, department) == 0))
                return (int32_t)j;
        }
    return -1;
}

static void put_out_of_scope(struct people *p)
{
    struct rng r;
    rng_seed(&r, p->seed, "scope", 0);
    size_t out = p->count - p->field;
    for (size_t k = 0; k < out;) {
        struct pre *u = &p->items[rng_below(&r, (uint32_t)p->count)];
        if (u->scope != SCOPE_IN)
            continue;
        u->scope = k % 3 == 0 ? SCOPE_CLOSED : k % 3 == 1 ? SCOPE_CREATED : SCOPE_MERGED;
        k++;
    }
    for (size_t i = 0; i < p->count; i++)
        p->items[i].successor = p->items[i].scope == SCOPE_MERGED ? neighbour(p, i) : -1;
}

static int by_weight(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* Credits of the field add to 66 M€ (scaled). Those of a merged PRE count within its successor. */
static enum flow endow(struct people *p, struct err *e)
{
    enum flow flow = FLOW_FATAL;
    double *weight = calloc(p->field, sizeof *weight), *sorted = calloc(p->field, sizeof *sorted);
    int32_t *credits = calloc(p->field, sizeof *credits);
    size_t giants = answers_giants(p->field), k = 0;
    int64_t total = people_scaled(66000000, p->field);
    if (!weight || !sorted || !credits) {
        err_set(e, STATUS_SYSTEM, "no memory for %zu PRE", p->field);
        goto out;
    }
    for (size_t i = 0; i < p->count; i++) {
        struct rng r;
        struct pre *u = &p->items[i];
        rng_seed(&r, p->seed, "credits", i);
        u->size = 0.8 * rng_normal(&r) + 0.3 * calc_log(u->place->population / 30000.0);
        if (u->scope == SCOPE_IN)
            weight[k++] = calc_exp(u->size);
        else
            u->credits = CREDITS_LEAST + (int32_t)(60000 * calc_exp(0.5 * rng_normal(&r)));
    }
    /* The largest are made larger still, so that a few returns weigh on national totals. */
    memcpy(sorted, weight, p->field * sizeof *sorted);
    qsort(sorted, p->field, sizeof *sorted, by_weight);
    double mean = 0;
    for (size_t i = 0; i < p->field; i++)
        mean += weight[i] / (double)p->field;
    for (size_t i = 0; giants && i < p->field; i++)
        if (weight[i] >= sorted[giants - 1] && weight[i] < 11 * mean)
            weight[i] = 11 * mean;
    if (!calc_spread(total, weight, p->field, CREDITS_LEAST, credits)) {
        err_set(e, STATUS_BUG, "credits do not suffice");
        goto out;
    }
    k = 0;
    for (size_t i = 0; i < p->count; i++)
        if (p->items[i].scope == SCOPE_IN)
            p->items[i].credits = credits[k++];
    for (size_t i = 0; i < p->count; i++) {
        struct pre *u = &p->items[i];
        if (u->scope != SCOPE_MERGED || u->successor < 0)
            continue;
        struct pre *s = &p->items[u->successor];
        u->credits = s->credits / 4 > 1000 ? s->credits / 4 : 1000;
        s->credits -= u->credits;
        s->absorbed += u->credits;
    }
    for (size_t i = 0; i < p->count; i++)
        p->items[i].size = calc_log((p->items[i].credits + p->items[i].absorbed) / ((double)total / (double)p->field));
    flow = FLOW_OK;
out:
    free(weight);
    free(sorted);
    free(credits);
    return flow;
}

/* CCAS, caisses des écoles, GIP and communes carry nearly all of them. */
static void carry(struct people *p)
{
    static const double SHARE[] = {45, 12, 14, 12, 3, 2, 5, 1, 2, 2, 1, 0.5, 0.5};
    for (size_t i = 0; i < p->count; i++) {
        struct rng r;
        double x = 0, run = 0;
        rng_seed(&r, p->seed, "carrier", i);
        x = rng_unit(&r) * 100;
        for (size_t k = 0; k < sizeof SHARE / sizeof *SHARE; k++) {
            run += SHARE[k];
            p->items[i].carrier = (int32_t)k;
            if (x < run)
                break;
        }
        p->items[i].known_before = p->items[i].scope != SCOPE_CREATED && rng_chance(&r, 0.85);
    }
}

/* Both sides of a merger were known last time: what they said adds up. */
static void bequeath(struct people *p)
{
    for (size_t i = 0; i < p->count; i++) {
        struct pre *u = &p->items[i];
        if (u->scope != SCOPE_MERGED || u->successor < 0)
            continue;
        u->known_before = 1;
        p->items[u->successor].known_before = 1;
        p->items[u->successor].inherited += u->before[C_ENF_TOTAL];
    }
}

int64_t people_scaled(int64_t published, size_t field)
{
    return calc_div_round(published * (int64_t)field, 530);
}

enum flow people_make(struct people *p, uint64_t seed, size_t field, enum mode mode, const struct places *places,
                      struct err *e)
{
    size_t out = field < 20 ? 0 : field < 500 ? 3 : 6 + field / 1000;
    p->seed = seed;
    p->field = field;
    p->count = field + out;
    p->items = calloc(p->count, sizeof *p->items);
    if (!p->items)
        return err_set(e, STATUS_SYSTEM, "no memory for %zu PRE", p->count);
    if (locate(p, places, e) != FLOW_OK)
        return FLOW_FATAL;
    name_all(p);
    put_out_of_scope(p);
    if (endow(p, e) != FLOW_OK)
        return FLOW_FATAL;
    carry(p);
    if (kinds_plan(p, e) != FLOW_OK || answers_make(p, mode, e) != FLOW_OK)
        return FLOW_FATAL;
    for (size_t i = 0; i < p->count; i++)
        trouble_before((enum kind)p->items[i].kind, &p->items[i]);
    bequeath(p);
    return FLOW_OK;
}

void people_shift(struct people *p)
{
    for (size_t i = 0; i < p->count; i++) {
        int32_t *b = p->items[i].before, first = b[C_SORTIE];
        b[C_SORTIE] = b[C_SORTIE + 5];
        b[C_SORTIE + 5] = first;
    }
}

void people_fini(struct people *p)
{
    free(p->items);
    p->items = NULL;
    p->count = 0;
}
