/* SPDX-License-Identifier: Apache-2.0 */
/* Response groups: national classes of size, merged upwards until each answers enough; regions merged along a
 * declared list. */
#include "load/estimate/estimate_work.h"
#include "load/estimate/sums.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct size_class {
    double from;
    uint32_t units, respondents, classes;
};

static int compare_double(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Cut points of classes of equal count: the size of the unit that opens each class. */
static enum flow equal_cuts(const struct population *p, int classes, double *cut, size_t *cuts, struct err *e)
{
    double *sorted = calloc(p->units + 1, sizeof *sorted);
    *cuts = 0;
    if (!sorted)
        return err_set(e, STATUS_SYSTEM, "out of memory for size classes");
    memcpy(sorted, p->size, p->units * sizeof *sorted);
    qsort(sorted, p->units, sizeof *sorted, compare_double);
    for (int k = 1; k < classes && p->units > 0; k++) {
        double c = sorted[(size_t)k * p->units / (size_t)classes];
        if (c > sorted[0] && (*cuts == 0 || c > cut[*cuts - 1]))
            cut[(*cuts)++] = c;
    }
    free(sorted);
    return FLOW_OK;
}

static uint16_t class_of(double size, const double *cut, size_t cuts)
{
    uint16_t k = 0;
    while (k < cuts && size >= cut[k])
        k++;
    return k;
}

static int too_few(const struct method *m, uint32_t n, uint32_t units)
{
    return (n > 0 && n < (uint32_t)m->group_minimum && n < units) || (double)n < m->group_rate * (double)units ||
           n == 0;
}

static enum flow log_merge(struct estimate *x, const struct size_class *a, const struct size_class *b, struct err *e)
{
    char fr[256], en[256];
    (void)snprintf(fr, sizeof fr,
                   "groupe à partir de %.0f (%u répondants sur %u) réuni à celui à partir de %.0f (%u sur %u)", a->from,
                   a->respondents, a->units, b->from, b->respondents, b->units);
    (void)snprintf(en, sizeof en, "group from %.0f (%u respondents of %u) merged with the one from %.0f (%u of %u)",
                   a->from, a->respondents, a->units, b->from, b->respondents, b->units);
    return step_add(x, "group-merge", fr, en, e);
}

/* Merges class k into to; the merged one stands at the lower place. */
static void merge(struct size_class *c, size_t *count, size_t low, uint16_t *map, size_t classes)
{
    c[low].units += c[low + 1].units;
    c[low].respondents += c[low + 1].respondents;
    c[low].classes += c[low + 1].classes;
    memmove(&c[low + 1], &c[low + 2], (*count - low - 2) * sizeof *c);
    (*count)--;
    for (size_t k = 0; k < classes; k++)
        if (map[k] > low)
            map[k]--;
}

static enum flow merge_classes(struct estimate *x, struct size_class *c, size_t *count, uint16_t *map, size_t classes,
                               struct err *e)
{
    enum flow f = FLOW_OK;
    size_t k = 0;
    while (f == FLOW_OK && k<*count && * count> 1) {
        if (!too_few(x->method, c[k].respondents, c[k].units)) {
            k++;
            continue;
        }
        size_t low = k + 1 < *count ? k : k - 1;
        f = log_merge(x, &c[k], k + 1 < *count ? &c[k + 1] : &c[k - 1], e);
        merge(c, count, low, map, classes);
        k = low;
    }
    return f;
}

/* The groups of another run on the same units, with the respondents of this one. */
static enum flow groups_like(struct estimate *x, struct err *e)
{
    const struct estimate *like = x->work->options.like;
    x->groups = like->groups;
    x->response_group = calloc(x->groups + 1, sizeof *x->response_group);
    if (!x->response_group)
        return err_set(e, STATUS_SYSTEM, "out of memory for response groups");
    memcpy(x->response_group, like->response_group, x->groups * sizeof *x->response_group);
    memcpy(x->group, like->group, x->population->units * sizeof *x->group);
    memcpy(x->size_class, like->size_class, x->population->units * sizeof *x->size_class);
    for (size_t h = 0; h < x->groups; h++)
        x->response_group[h].respondents = 0;
    for (size_t i = 0; i < x->population->units; i++)
        x->response_group[x->group[i]].respondents += (uint32_t)responds(x, i);
    for (size_t h = 0; h < x->groups; h++) {
        struct response_group *g = &x->response_group[h];
        g->weight = g->respondents ? (double)g->units / (double)g->respondents : 0.0;
    }
    return FLOW_OK;
}

static enum flow regions_like(struct estimate *x, struct err *e)
{
    const struct estimate *like = x->work->options.like;
    x->regions = like->regions;
    x->region_name = calloc(x->regions + 1, sizeof *x->region_name);
    if (!x->region_name)
        return err_set(e, STATUS_SYSTEM, "out of memory for regions");
    memcpy(x->region_name, like->region_name, x->regions * sizeof *x->region_name);
    memcpy(x->region, like->region, x->population->units * sizeof *x->region);
    return FLOW_OK;
}

enum flow groups_make(struct estimate *x, struct err *e)
{
    if (x->work->options.like)
        return groups_like(x, e);
    const struct population *p = x->population;
    struct size_class c[METHOD_CUTS_MAX + 1] = {{0}};
    uint16_t map[METHOD_CUTS_MAX + 1] = {0};
    double cut[METHOD_CUTS_MAX];
    size_t cuts = x->method->cuts;
    enum flow f = FLOW_OK;
    memcpy(cut, x->method->cut, cuts * sizeof *cut);
    if (cuts == 0)
        f = equal_cuts(p, x->method->size_classes, cut, &cuts, e);
    if (f != FLOW_OK)
        return f;
    size_t classes = cuts + 1, count = classes;
    for (size_t k = 0; k < classes; k++) {
        c[k] = (struct size_class){.from = k ? cut[k - 1] : 0.0, .classes = 1};
        map[k] = (uint16_t)k;
    }
    for (size_t i = 0; i < p->units; i++) {
        uint16_t k = x->size_class[i] = class_of(p->size[i], cut, cuts);
        c[k].units++;
        c[k].respondents += (uint32_t)responds(x, i);
    }
    f = merge_classes(x, c, &count, map, classes, e);
    if (f != FLOW_OK)
        return f;
    x->response_group = calloc(count + 1, sizeof *x->response_group);
    if (!x->response_group)
        return err_set(e, STATUS_SYSTEM, "out of memory for response groups");
    x->groups = count;
    for (size_t k = 0; k < count; k++)
        x->response_group[k] =
            (struct response_group){.units = c[k].units,
                                    .respondents = c[k].respondents,
                                    .from = c[k].from,
                                    .classes = c[k].classes,
                                    .to = k + 1 < count ? c[k + 1].from : 0.0,
                                    .has_to = k + 1 < count,
                                    .weight = c[k].respondents ? (double)c[k].units / (double)c[k].respondents : 0.0};
    for (size_t i = 0; i < p->units; i++)
        x->group[i] = map[x->size_class[i]];
    return FLOW_OK;
}

/* ---- regions ---- */
struct region_set {
    uint32_t *root; /* [codes] */
    uint32_t *units, *respondents;
};

static uint32_t root_of(const struct region_set *r, uint32_t k)
{
    while (r->root[k] != k)
        k = r->root[k];
    return k;
}

static enum flow unite(struct estimate *x, struct region_set *r, uint32_t a, uint32_t b, int declared, struct err *e)
{
    const struct codes *c = &x->population->codes[DIM_REGION];
    char fr[256], en[256];
    (void)snprintf(fr, sizeof fr, "région %s (%u répondants sur %u) réunie à la région %s%s", c->code[a],
                   r->respondents[a], r->units[a], c->code[b], declared ? "" : " (aucune réunion n'était déclarée)");
    (void)snprintf(en, sizeof en, "region %s (%u respondents of %u) merged with region %s%s", c->code[a],
                   r->respondents[a], r->units[a], c->code[b], declared ? "" : " (no merge was declared)");
    r->root[a] = b;
    r->units[b] += r->units[a];
    r->respondents[b] += r->respondents[a];
    return step_add(x, "region-merge", fr, en, e);
}

static int region_poor(const struct estimate *x, const struct region_set *r, uint32_t k)
{
    return r->respondents[k] < (uint32_t)x->method->group_minimum ||
           (double)r->respondents[k] < x->method->group_rate * (double)r->units[k];
}

static uint32_t region_find(const struct codes *c, const char *code)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->code[i], code) == 0)
            return (uint32_t)i;
    return POPULATION_NONE;
}

/* One pass over the list; *changed says whether another may find more. */
static enum flow merge_declared(struct estimate *x, struct region_set *r, int *changed, struct err *e)
{
    const struct codes *c = &x->population->codes[DIM_REGION];
    const struct method *m = x->method;
    *changed = 0;
    for (size_t i = 0; i < m->merges; i++) {
        uint32_t from = region_find(c, m->merge[i].region), into = region_find(c, m->merge[i].into);
        if (from == POPULATION_NONE || into == POPULATION_NONE)
            continue;
        uint32_t a = root_of(r, from), b = root_of(r, into);
        if (a != b && region_poor(x, r, a)) {
            enum flow f = unite(x, r, a, b, 1, e);
            if (f != FLOW_OK)
                return f;
            *changed = 1;
        }
    }
    return FLOW_OK;
}

/* A region without any respondent cannot be a margin: it joins the largest. */
static enum flow merge_empty(struct estimate *x, struct region_set *r, struct err *e)
{
    size_t n = x->population->codes[DIM_REGION].count;
    for (uint32_t k = 0; k < n; k++) {
        if (r->root[k] != k || r->respondents[k] > 0)
            continue;
        uint32_t best = POPULATION_NONE;
        for (uint32_t j = 0; j < n; j++)
            if (j != k && r->root[j] == j && (best == POPULATION_NONE || r->respondents[j] > r->respondents[best]))
                best = j;
        if (best == POPULATION_NONE || r->respondents[best] == 0)
            return FLOW_OK;
        enum flow f = unite(x, r, k, best, 0, e);
        if (f != FLOW_OK)
            return f;
    }
    return FLOW_OK;
}

static int compare_text(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

/* "02+03": the codes of a merged region in increasing order. */
static const char *region_label(struct estimate *x, const struct region_set *r, uint32_t k)
{
    const struct codes *c = &x->population->codes[DIM_REGION];
    const char **member = calloc(c->count + 1, sizeof *member);
    size_t n = 0, length = 1;
    for (uint32_t j = 0; member && j < c->count; j++)
        if (root_of(r, j) == k) {
            member[n++] = c->code[j];
            length += strlen(c->code[j]) + 1;
        }
    char *text = member ? arena_get(&x->work->arena, length + 1) : NULL;
    if (text) {
        qsort(member, n, sizeof *member, compare_text);
        for (size_t j = 0, at = 0; j < n; j++) {
            if (j)
                text[at++] = '+';
            memcpy(text + at, member[j], strlen(member[j]));
            at += strlen(member[j]);
        }
    }
    free(member);
    return text;
}

static int compare_region(const void *a, const void *b)
{
    const struct {
        const char *name;
        uint32_t root;
    } *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static enum flow regions_number(struct estimate *x, const struct region_set *r, struct err *e)
{
    struct named {
        const char *name;
        uint32_t root;
    } * named;
    size_t n = x->population->codes[DIM_REGION].count;
    uint16_t *number = calloc(n + 1, sizeof *number);
    enum flow f = FLOW_OK;
    named = calloc(n + 1, sizeof *named);
    x->region_name = calloc(n + 1, sizeof *x->region_name);
    x->regions = 0;
    if (!number || !named || !x->region_name) {
        f = err_set(e, STATUS_SYSTEM, "out of memory for regions");
        goto out;
    }
    for (uint32_t k = 0; k < n; k++)
        if (r->root[k] == k) {
            named[x->regions] = (struct named){region_label(x, r, k), k};
            if (!named[x->regions++].name) {
                f = err_set(e, STATUS_SYSTEM, "out of memory for regions");
                goto out;
            }
        }
    qsort(named, x->regions, sizeof *named, compare_region);
    for (size_t k = 0; k < x->regions; k++) {
        x->region_name[k] = named[k].name;
        number[named[k].root] = (uint16_t)k;
    }
    for (size_t i = 0; i < x->population->units; i++)
        x->region[i] = number[root_of(r, x->population->dim[DIM_REGION][i])];
out:
    free(number);
    free(named);
    return f;
}

enum flow regions_make(struct estimate *x, struct err *e)
{
    if (x->work->options.like)
        return regions_like(x, e);
    const struct population *p = x->population;
    size_t n = p->codes[DIM_REGION].count;
    struct region_set r = {calloc(n + 1, sizeof(uint32_t)), calloc(n + 1, sizeof(uint32_t)),
                           calloc(n + 1, sizeof(uint32_t))};
    enum flow f = FLOW_OK;
    if (!r.root || !r.units || !r.respondents) {
        f = err_set(e, STATUS_SYSTEM, "out of memory for regions");
        goto out;
    }
    for (uint32_t k = 0; k < n; k++)
        r.root[k] = k;
    for (size_t i = 0; i < p->units; i++) {
        r.units[p->dim[DIM_REGION][i]]++;
        r.respondents[p->dim[DIM_REGION][i]] += (uint32_t)responds(x, i);
    }
    for (int changed = 1; f == FLOW_OK && changed;)
        f = merge_declared(x, &r, &changed, e);
    if (f == FLOW_OK)
        f = merge_empty(x, &r, e);
    if (f == FLOW_OK)
        f = regions_number(x, &r, e);
out:
    free(r.root);
    free(r.units);
    free(r.respondents);
    return f;
}

/* ---- domains ---- */
struct area_order {
    const char *code;
    uint32_t index;
};

static int compare_area(const void *a, const void *b)
{
    const struct area_order *x = a, *y = b;
    return strcmp(x->code, y->code);
}

/* Areas of a register dimension, in increasing order of code. */
static enum flow areas_of_codes(struct estimate *x, struct domain *d, enum dimension dim, struct err *e)
{
    const struct codes *c = &x->population->codes[dim];
    struct area_order *order = calloc(c->count + 1, sizeof *order);
    uint16_t *place = arena_get(&x->work->arena, (c->count + 1) * sizeof *place);
    d->areas = c->count;
    d->name = arena_get(&x->work->arena, (c->count + 1) * sizeof *d->name);
    if (!order || !place || !d->name) {
        free(order);
        return err_set(e, STATUS_SYSTEM, "out of memory for domains");
    }
    for (uint32_t k = 0; k < c->count; k++)
        order[k] = (struct area_order){c->code[k], k};
    qsort(order, c->count, sizeof *order, compare_area);
    for (uint32_t k = 0; k < c->count; k++) {
        d->name[k] = order[k].code;
        place[order[k].index] = (uint16_t)k;
    }
    free(order);
    d->code = x->population->dim[dim];
    d->place = place;
    return FLOW_OK;
}

static enum flow areas_of_sizes(struct estimate *x, struct domain *d, struct err *e)
{
    size_t classes = 0;
    for (size_t i = 0; i < x->population->units; i++)
        if (x->size_class[i] >= classes)
            classes = x->size_class[i] + (size_t)1;
    d->areas = classes;
    d->name = arena_get(&x->work->arena, (classes + 1) * sizeof *d->name);
    for (size_t k = 0; d->name && k < classes; k++) {
        char text[24];
        (void)snprintf(text, sizeof text, classes < 10 ? "%zu" : "%02zu", k + 1);
        if (!(d->name[k] = arena_strdup(&x->work->arena, text)))
            d->name = NULL;
    }
    if (!d->name)
        return err_set(e, STATUS_SYSTEM, "out of memory for domains");
    d->code = x->size_class;
    return FLOW_OK;
}

/* Lists of positions by area, counts and size. */
static enum flow domain_count(struct estimate *x, struct domain *d, struct err *e)
{
    struct arena *a = &x->work->arena;
    d->start = arena_get(a, (d->areas + 2) * sizeof *d->start);
    d->list = arena_get(a, (x->work->n + 1) * sizeof *d->list);
    d->units = arena_get(a, (d->areas + 1) * sizeof *d->units);
    d->size = arena_get(a, (d->areas + 1) * sizeof *d->size);
    if (!d->start || !d->list || !d->units || !d->size)
        return err_set(e, STATUS_SYSTEM, "out of memory for domains");
    for (size_t i = 0; i < x->population->units; i++) {
        uint32_t area = domain_area(d, i);
        d->units[area]++;
        d->size[area] += x->population->size[i];
    }
    for (size_t i = 0; i < x->work->n; i++)
        d->start[domain_area(d, x->work->unit[i]) + 1]++;
    for (size_t k = 0; k < d->areas; k++)
        d->start[k + 1] += d->start[k];
    uint32_t *at = calloc(d->areas + 1, sizeof *at);
    if (!at)
        return err_set(e, STATUS_SYSTEM, "out of memory for domains");
    memcpy(at, d->start, d->areas * sizeof *at);
    for (size_t i = 0; i < x->work->n; i++)
        d->list[at[domain_area(d, x->work->unit[i])]++] = (uint32_t)i;
    free(at);
    return FLOW_OK;
}

enum flow domains_make(struct estimate *x, struct err *e)
{
    static const char *const nation[] = {""};
    enum flow f = FLOW_OK;
    for (int k = 0; f == FLOW_OK && k < DOMAIN_KINDS; k++) {
        struct domain *d = &x->work->domain[k];
        d->kind = (enum domain_kind)k;
        switch (d->kind) {
        case DOMAIN_REGION:
            d->areas = x->regions;
            d->name = x->region_name;
            d->code = x->region;
            break;
        case DOMAIN_SIZE:
            f = areas_of_sizes(x, d, e);
            break;
        case DOMAIN_CARRIER:
            f = areas_of_codes(x, d, DIM_CARRIER, e);
            break;
        case DOMAIN_DEPARTEMENT:
            f = areas_of_codes(x, d, DIM_DEPARTEMENT, e);
            break;
        default:
            d->areas = 1;
            d->name = (const char **)(uintptr_t)nation;
            break;
        }
        if (f == FLOW_OK)
            f = domain_count(x, d, e);
    }
    return f;
}
