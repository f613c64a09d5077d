/* SPDX-License-Identifier: Apache-2.0 */
#include "load/estimate/pieces.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Totals have donors by last edition, size and count, before and after the influential values are known. */
enum { TOTAL_RULES = 3, TOTAL_SETS = 2 * TOTAL_RULES };

static enum flow no_memory(struct err *e)
{
    return err_set(e, STATUS_SYSTEM, "out of memory for the jackknife");
}

static const struct variable *variable_of(const struct pieces *p, uint32_t item)
{
    return &p->x->population->variable[p->variable[item]];
}

int pieces_grow(void *array, size_t count, size_t *room, size_t size)
{
    void **at = array;
    if (count < *room)
        return 1;
    size_t more = *room ? 2 * *room : 64;
    void *bigger = realloc(*at, more * size);
    if (!bigger)
        return 0;
    *at = bigger;
    *room = more;
    return 1;
}

int pieces_is_total(const struct pieces *p, uint32_t item)
{
    return variable_of(p, item)->base == POPULATION_NONE && variable_of(p, item)->weight == POPULATION_NONE;
}

static size_t group_at(const struct pieces *p, size_t i)
{
    return p->x->group[p->x->work->unit[i]];
}

/* ---- one value of one unit ---- */
/* Known by itself, whatever the rest of its table. */
static int cell_seen(const struct pieces *p, uint32_t item, size_t i)
{
    enum cell_status s = cells_status(&p->x->population->item[item].answer, p->x->work->unit[i]);
    return cell_known(s) && !(variable_of(p, item)->weight != POPULATION_NONE && s == CELL_NA);
}

int pieces_known(const struct pieces *p, uint32_t item, size_t i, uint32_t hidden)
{
    uint32_t v = p->variable[item];
    return v != hidden && cell_seen(p, item, i) && (!p->table[v] || p->table[v][i]);
}

double pieces_number(const struct pieces *p, uint32_t item, size_t i)
{
    return cells_value(&p->x->population->item[item].answer, p->x->work->unit[i]);
}

/* The item that weights a mean, POPULATION_NONE when there is none. */
static uint32_t beside_of(const struct pieces *p, uint32_t item)
{
    const struct population *all = p->x->population;
    const struct variable *w = &all->variable[variable_of(p, item)->weight];
    return w->count == 1 ? w->first : population_find_item(all, w->id, all->item[item].category);
}

/* ---- pieces ---- */
static size_t ratio_at(const struct pieces *p, size_t set, size_t place)
{
    return set * donors_places(p->x) + place;
}

static void lean(struct piece *t, size_t ratio)
{
    if (t->ratios < PIECE_RATIOS)
        t->ratio[t->ratios] = (uint32_t)ratio;
    t->ratios++;
}

/* Multiplies t by the ratio that a unit at i finds in the set; 0 when there is none. */
static int lean_on_set(const struct pieces *p, size_t set, size_t i, struct piece *t)
{
    size_t place[DONORS_LOOKS];
    donors_look(p->x, group_at(p, i), p->x->work->region[i], place);
    for (int k = 0; k < DONORS_LOOKS; k++)
        if (p->stand[ratio_at(p, set, place[k])]) {
            lean(t, ratio_at(p, set, place[k]));
            return 1;
        }
    return 0;
}

/* What is expected of a total; 0 when nothing can be said. */
int piece_expected(const struct pieces *p, uint32_t item, size_t i, int early, struct piece *t)
{
    size_t set = p->set_of[item] + (early ? TOTAL_RULES : 0);
    double before, size = p->x->work->size[i];
    (void)item_previous(&p->x->population->item[item], p->x->work->unit[i], &before);
    if (before > 0.0 && p->stand[ratio_at(p, set, group_at(p, i))]) {
        lean(t, ratio_at(p, set, group_at(p, i)));
        t->data *= before;
        return 1;
    }
    if (size > 0.0 && lean_on_set(p, set + 1, i, t)) {
        t->data *= size;
        return 1;
    }
    return lean_on_set(p, set + 2, i, t);
}

/* Multiplies t by the value of an item as it is used. */
void piece_item(const struct pieces *p, uint32_t item, size_t i, uint32_t hidden, struct piece *t)
{
    const struct variable *v = variable_of(p, item);
    int found;
    for (; !pieces_known(p, item, i, hidden); item = v->base, v = variable_of(p, item)) {
        found = pieces_is_total(p, item) ? piece_expected(p, item, i, 0, t) : lean_on_set(p, p->set_of[item], i, t);
        if (!found) /* what it said itself, without the rest of its table */
            t->data *= p->variable[item] != hidden && cell_seen(p, item, i) ? pieces_number(p, item, i) : 0.0;
        if (!found || v->weight != POPULATION_NONE || v->base == POPULATION_NONE)
            return;
    }
    t->data *= pieces_number(p, item, i);
}

/* ---- donors ---- */
/* What the unit at i gives to a set; 0: nothing. */
static int gives(const struct pieces *p, const struct donor_set *s, size_t i, uint32_t hidden, double *y, double *on)
{
    const struct variable *v = variable_of(p, s->item);
    if (!pieces_known(p, s->item, i, hidden))
        return 0;
    *y = pieces_number(p, s->item, i);
    *on = 1.0;
    if (s->rule == IMPUTE_PREVIOUS)
        return item_previous(&p->x->population->item[s->item], p->x->work->unit[i], on);
    if (s->rule == IMPUTE_SIZE)
        *on = p->x->work->size[i];
    if (s->rule == IMPUTE_SHARE || v->weight != POPULATION_NONE) {
        uint32_t other = v->weight != POPULATION_NONE ? beside_of(p, s->item) : v->base;
        if (other == POPULATION_NONE || !pieces_known(p, other, i, hidden))
            return 0;
        *on = pieces_number(p, other, i);
    }
    if (v->weight != POPULATION_NONE)
        *y *= *on;
    if (s->rule == IMPUTE_SHARE && v->sums) {
        *on = 0.0;
        for (uint32_t k = 0; k < v->count; k++)
            *on += pieces_number(p, v->first + k, i);
    }
    return 1;
}

static enum flow set_fill(struct pieces *p, struct donor_set *s, struct err *e)
{
    struct estimate_work *w = p->x->work;
    double *y = w->buffer[0], *on = w->buffer[1];
    uint8_t *donor = w->flag[0];
    for (size_t i = 0; i < w->n; i++)
        donor[i] = (uint8_t)gives(p, s, i, POPULATION_NONE, &y[i], &on[i]);
    if (s->excluded)
        memcpy(w->excluded, s->excluded, w->n);
    else
        memset(w->excluded, 0, w->n);
    return donors_make(p->x, y, on, donor, &s->donors, e);
}

static enum flow set_add(struct pieces *p, uint32_t item, enum impute_rule rule, const uint8_t *excluded, int early,
                         struct err *e)
{
    if (!pieces_grow(&p->set, p->sets, &p->sets_room, sizeof *p->set))
        return no_memory(e);
    struct donor_set *s = &p->set[p->sets++];
    *s = (struct donor_set){.item = item, .rule = rule, .excluded = excluded, .early = early};
    return set_fill(p, s, e);
}

/* The sets an item leans on, and those its base or its weights do. */
enum flow pieces_want(struct pieces *p, uint32_t item, struct err *e)
{
    static const enum impute_rule rules[TOTAL_RULES] = {IMPUTE_PREVIOUS, IMPUTE_SIZE, IMPUTE_MEAN};
    enum flow f = FLOW_OK;
    for (const struct variable *v; f == FLOW_OK && p->set_of[item] == POPULATION_NONE; item = v->base) {
        v = variable_of(p, item);
        p->set_of[item] = (uint32_t)p->sets;
        if (v->weight != POPULATION_NONE)
            return set_add(p, item, IMPUTE_MEAN, NULL, 0, e);
        if (pieces_is_total(p, item)) {
            for (int k = 0; f == FLOW_OK && k < TOTAL_SETS; k++)
                f = set_add(p, item, rules[k % TOTAL_RULES], k < TOTAL_RULES ? p->excluded[item] : NULL,
                            k >= TOTAL_RULES, e);
            return f;
        }
        f = set_add(p, item, IMPUTE_SHARE, p->excluded[v->base], 0, e);
    }
    return f;
}

/* ---- making ---- */
static enum flow tables_make(struct pieces *p, struct err *e)
{
    const struct population *all = p->x->population;
    const struct estimate_work *w = p->x->work;
    for (uint32_t v = 0; v < all->variables; v++) {
        const struct variable *one = &all->variable[v];
        for (uint32_t k = 0; k < one->count; k++)
            p->variable[one->first + k] = v;
        if (!one->sums)
            continue;
        if (!(p->table[v] = malloc(w->n + 1)))
            return no_memory(e);
        memset(p->table[v], 1, w->n);
        for (uint32_t k = 0; k < one->count; k++)
            for (size_t i = 0; i < w->n; i++)
                p->table[v][i] &= (uint8_t)cell_known(cells_status(&all->item[one->first + k].answer, w->unit[i]));
    }
    return FLOW_OK;
}

static enum flow excluded_make(struct pieces *p, struct err *e)
{
    const struct estimate *x = p->x;
    uint32_t *at = calloc(x->population->units + 1, sizeof *at); /* position of a unit */
    enum flow f = at ? FLOW_OK : no_memory(e);
    for (size_t i = 0; at && i < x->work->n; i++)
        at[x->work->unit[i]] = (uint32_t)i;
    for (size_t k = 0; f == FLOW_OK && k < x->influentials; k++) {
        uint8_t **to = &p->excluded[x->influential[k].item];
        if (!*to && !(*to = calloc(x->work->n + 1, 1)))
            f = no_memory(e);
        else
            (*to)[at[x->influential[k].unit]] = 1;
    }
    free(at);
    return f;
}

enum flow pieces_ready(struct pieces *p, struct err *e)
{
    size_t places = donors_places(p->x);
    p->ratio = calloc(p->sets * places + 1, sizeof *p->ratio);
    p->stand = calloc(p->sets * places + 1, 1);
    p->used = calloc(p->sets * places + 1, 1);
    p->change = calloc(p->sets * DONORS_LOOKS + 1, sizeof *p->change);
    if (!p->ratio || !p->stand || !p->used || !p->change)
        return no_memory(e);
    for (size_t s = 0; s < p->sets; s++)
        for (size_t k = 0; k < places; k++)
            p->stand[ratio_at(p, s, k)] =
                (uint8_t)donors_ratio(p->x, &p->set[s].donors, k, &p->ratio[ratio_at(p, s, k)]);
    return FLOW_OK;
}

enum flow pieces_init(struct pieces *p, const struct estimate *x, struct err *e)
{
    size_t items = x->population->items + 1, variables = x->population->variables + 1;
    *p = (struct pieces){.x = x,
                         .variable = calloc(items, sizeof *p->variable),
                         .table = calloc(variables, sizeof *p->table),
                         .excluded = calloc(items, sizeof *p->excluded),
                         .set_of = malloc(items * sizeof *p->set_of)};
    if (!p->variable || !p->table || !p->excluded || !p->set_of)
        return no_memory(e);
    memset(p->set_of, 0xff, items * sizeof *p->set_of);
    enum flow f = tables_make(p, e);
    return f == FLOW_OK ? excluded_make(p, e) : f;
}

void pieces_fini(struct pieces *p)
{
    for (size_t v = 0; p->table && v < p->x->population->variables; v++)
        free(p->table[v]);
    for (size_t k = 0; p->excluded && k < p->x->population->items; k++)
        free(p->excluded[k]);
    for (size_t s = 0; s < p->sets; s++)
        donors_free(&p->set[s].donors);
    free(p->variable);
    free(p->table);
    free(p->excluded);
    free(p->set_of);
    free(p->set);
    free(p->ratio);
    free(p->stand);
    free(p->used);
    free(p->change);
}

/* ---- without a unit, or one of its variables ---- */
static void donors_change(struct pieces *p, const struct donor_set *s, size_t place, double y, double on)
{
    const struct ratio *r = &s->donors.at[place];
    size_t at = ratio_at(p, (size_t)(s - p->set), place);
    double left = sum_value(&r->x) - on, before = p->ratio[at];
    p->change[p->changes++] = (struct change){(uint32_t)at, before, p->stand[at]};
    p->stand[at] = r->donors - 1 >= donors_due(p->x, place) && left > 0.0;
    p->ratio[at] = p->stand[at] ? (sum_value(&r->y) - y) / left : 0.0;
    if (p->change[p->changes - 1].stand && !p->stand[at])
        p->doubt |= p->used[at] || s->early;
    else if (s->early)
        p->doubt |= fabs(p->ratio[at] - before) > RATIO_OFF * fabs(before);
}

static int leans_on_variable(const struct pieces *p, const struct donor_set *s, uint32_t variable)
{
    const struct variable *v = variable_of(p, s->item);
    return p->variable[s->item] == variable || v->weight == variable ||
           (v->base != POPULATION_NONE && p->variable[v->base] == variable);
}

/* The unit at i gives no more: nothing at all, or nothing that takes its variable. */
void pieces_without(struct pieces *p, size_t i, uint32_t hidden)
{
    size_t place[DONORS_LOOKS];
    p->doubt = 0;
    donors_look(p->x, group_at(p, i), p->x->work->region[i], place);
    for (size_t k = 0; k < p->sets; k++) {
        const struct donor_set *s = &p->set[k];
        double y, on;
        if ((hidden != POPULATION_NONE && !leans_on_variable(p, s, hidden)) ||
            !gives(p, s, i, POPULATION_NONE, &y, &on))
            continue;
        for (int j = 0; j < DONORS_LOOKS; j++)
            if (!s->excluded || !s->excluded[i] || j == DONORS_LOOKS - 1)
                donors_change(p, s, place[j], y, on);
    }
}

void pieces_restore(struct pieces *p)
{
    for (; p->changes > 0; p->changes--) {
        const struct change *c = &p->change[p->changes - 1];
        p->ratio[c->at] = c->ratio;
        p->stand[c->at] = c->stand;
    }
}
