/* SPDX-License-Identifier: Apache-2.0 */
/* 70 % answer, small PRE less often than large ones and some regions less than others. Kinds are dealt to PRE in an
 * order drawn once. */
#include "tests/specimen/kinds.h"

#include "tests/specimen/calc.h"
#include "tests/specimen/rng.h"

#include <stdlib.h>

static const struct {
    const char *name;
    size_t per530;
} KINDS[] = {
#define X(symbol, name, share) {name, share},
    KINDS_ANSWER(X) KINDS_SILENT(X) KINDS_OUT(X)
#undef X
};

const char *kind_name(enum kind k)
{
    return KINDS[k].name;
}

size_t kinds_respondents(size_t field)
{
    return (size_t)calc_div_round((int64_t)field * 7, 10);
}

struct turn {
    double key;
    size_t index;
};

static int by_key(const void *a, const void *b)
{
    const struct turn *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

/* Sampling without replacement, chance growing with size: keys are exponential times. */
static void choose(struct people *p, struct turn *turns)
{
    size_t n = 0, want = kinds_respondents(p->field);
    for (size_t i = 0; i < p->count; i++) {
        const struct pre *u = &p->items[i];
        struct rng r, region;
        uint64_t code = 0;
        if (u->scope != SCOPE_IN)
            continue;
        for (const char *c = u->place->region; *c; c++)
            code = code * 64 + (unsigned char)*c;
        rng_seed(&r, p->seed, "response", i);
        rng_seed(&region, p->seed, "response-region", code);
        double odds = calc_exp(1.1 * u->size + 0.35 * rng_normal(&region));
        turns[n].key = -calc_log(rng_unit(&r) + 0x1p-60) / odds;
        turns[n++].index = i;
    }
    qsort(turns, n, sizeof *turns, by_key);
    for (size_t k = 0; k < n; k++)
        p->items[turns[k].index].respondent = k < want;
}

static size_t quota(enum kind k, size_t field)
{
    size_t n = (KINDS[k].per530 * field + 265) / 530;
    return KINDS[k].per530 == 0 ? 0 : n == 0 ? 1 : n;
}

/* Deals the kinds after `first` up to `last` to the turns, at most four fifths of them; the rest is `first`. */
static void deal(struct people *p, const struct turn *turns, size_t n, enum kind first, enum kind last)
{
    size_t next = 0, most = n * 4 / 5;
    for (enum kind k = first + 1; k <= last; k++)
        for (size_t i = quota(k, p->field); i > 0 && next < most; i--)
            p->items[turns[next++].index].kind = (int)k;
    while (next < n)
        p->items[turns[next++].index].kind = (int)first;
}

/* Who says that it had no child is small, or the nation would miss them. */
static void give_to_smallest(struct people *p, enum kind k)
{
    for (size_t i = 0; i < p->count; i++) {
        struct pre *u = &p->items[i], *least = u;
        if (u->kind != (int)k)
            continue;
        for (size_t n = 0; n < p->count; n++) {
            struct pre *v = &p->items[n];
            if (v->scope == SCOPE_IN && v->respondent && v->kind == KIND_CLEAN && v->size < least->size)
                least = v;
        }
        u->kind = least->kind;
        least->kind = (int)k;
    }
}

static size_t gather(struct people *p, int respondent, struct turn *turns)
{
    size_t n = 0;
    for (size_t i = 0; i < p->count; i++) {
        struct rng r;
        if (p->items[i].scope != SCOPE_IN || p->items[i].respondent != respondent)
            continue;
        rng_seed(&r, p->seed, "deal", i);
        turns[n].key = rng_unit(&r);
        turns[n++].index = i;
    }
    qsort(turns, n, sizeof *turns, by_key);
    return n;
}

enum flow kinds_plan(struct people *p, struct err *e)
{
    struct turn *turns = calloc(p->count, sizeof *turns);
    size_t out = 0;
    if (!turns)
        return err_set(e, STATUS_SYSTEM, "no memory for %zu PRE", p->count);
    choose(p, turns);
    deal(p, turns, gather(p, 1, turns), KIND_CLEAN, KIND_DOUBLED);
    give_to_smallest(p, KIND_ZERO);
    deal(p, turns, gather(p, 0, turns), KIND_NOT_FOUND, KIND_LONG_TEXT);
    for (size_t i = 0; i < p->count; i++)
        if (p->items[i].scope != SCOPE_IN)
            p->items[i].kind = out++ % 4 == 3 ? KIND_OUT_QUIET : KIND_OUT_SENT;
    free(turns);
    return FLOW_OK;
}
