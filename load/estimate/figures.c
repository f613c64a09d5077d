/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of an edition, the variables they need, and how a missing value of each is set: a part of a total takes a
 * share of it, a mean length takes the mean of the group, all else is a total. */
#include "load/estimate/figures.h"
#include "schemas/edition/edition.h"

#include <stdlib.h>
#include <string.h>

static const char *const kind_names[FIGURE_KINDS] = {"count", "register_total", "total", "share",   "mean",
                                                     "ratio", "rank",           "rate",  "minimum", "maximum"};
static const char *const domain_names[DOMAIN_KINDS] = {"nation", "region", "size", "carrier", "departement"};

int figure_in_percent(enum figure_kind k)
{
    return k == FIGURE_SHARE || k == FIGURE_RATE;
}

const char *figure_kind_name(enum figure_kind k)
{
    return (unsigned)k < FIGURE_KINDS ? kind_names[k] : "unknown";
}

const char *domain_kind_name(enum domain_kind d)
{
    return (unsigned)d < DOMAIN_KINDS ? domain_names[d] : "unknown";
}

struct figures *figures_new(struct err *e)
{
    struct figures *f = calloc(1, sizeof *f);
    if (!f) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory for the figures");
        return NULL;
    }
    arena_init(&f->arena, 1 << 24);
    return f;
}

void figures_free(struct figures *f)
{
    if (!f)
        return;
    free(f->figure);
    arena_fini(&f->arena);
    free(f);
}

/* A copy of a text, "" for NULL; *ok falls to 0 without memory. */
static const char *keep(struct figures *f, const char *s, int *ok)
{
    const char *copy = arena_strdup(&f->arena, s ? s : "");
    *ok = *ok && copy;
    return copy;
}

static struct figure_part keep_part(struct figures *f, const struct figure_part *p, int *ok)
{
    struct figure_part k = {.variable = keep(f, p->variable, ok), .count = p->count};
    const char **codes = arena_get(&f->arena, (p->count + 1) * sizeof *codes);
    *ok = *ok && codes;
    for (size_t i = 0; *ok && i < p->count; i++)
        codes[i] = keep(f, p->category[i], ok);
    k.category = codes;
    return k;
}

enum flow figures_add(struct figures *f, const struct figure *one, struct err *e)
{
    if (f->count == f->room) {
        size_t room = f->room ? 2 * f->room : 64;
        struct figure *more = realloc(f->figure, room * sizeof *more);
        if (!more)
            return err_set(e, STATUS_SYSTEM, "out of memory for %zu figures", room);
        f->figure = more;
        f->room = room;
    }
    int ok = 1;
    struct figure *to = &f->figure[f->count];
    *to = *one;
    to->id = keep(f, one->id, &ok);
    to->label_fr = keep(f, one->label_fr, &ok);
    to->label_en = keep(f, one->label_en, &ok);
    to->unit = keep(f, one->unit, &ok);
    to->column = keep(f, one->column, &ok);
    to->part = keep_part(f, &one->part, &ok);
    to->denominator = keep_part(f, &one->denominator, &ok);
    to->weight = keep(f, one->weight, &ok);
    to->partition = keep(f, one->partition, &ok);
    to->published = keep(f, one->published, &ok);
    to->domains = one->domains ? one->domains : 1U << DOMAIN_NATION;
    if (!ok)
        return err_set(e, STATUS_SYSTEM, "out of memory for figure %s", one->id);
    f->count++;
    return FLOW_OK;
}

const struct figure *figures_find(const struct figures *f, const char *id)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->figure[i].id, id) == 0)
            return &f->figure[i];
    return NULL;
}

/* ---- of an edition ---- */
static enum figure_kind kind_of(enum edition_figure_kind k)
{
    static const enum figure_kind kinds[] = {
        [EDITION_FIGURE_COUNT] = FIGURE_COUNT,     [EDITION_FIGURE_REGISTER_TOTAL] = FIGURE_REGISTER_TOTAL,
        [EDITION_FIGURE_TOTAL] = FIGURE_TOTAL,     [EDITION_FIGURE_SHARE] = FIGURE_SHARE,
        [EDITION_FIGURE_MEAN] = FIGURE_MEAN,       [EDITION_FIGURE_RATIO] = FIGURE_RATIO,
        [EDITION_FIGURE_RANK] = FIGURE_RANK,       [EDITION_FIGURE_RATE] = FIGURE_RATE,
        [EDITION_FIGURE_MINIMUM] = FIGURE_MINIMUM, [EDITION_FIGURE_MAXIMUM] = FIGURE_MAXIMUM};
    return kinds[k];
}

static unsigned domains_of(unsigned d)
{
    return (d & EDITION_NATION ? 1U << DOMAIN_NATION : 0U) | (d & EDITION_REGION ? 1U << DOMAIN_REGION : 0U) |
           (d & EDITION_SIZE ? 1U << DOMAIN_SIZE : 0U) | (d & EDITION_CARRIER ? 1U << DOMAIN_CARRIER : 0U) |
           (d & EDITION_DEPARTEMENT ? 1U << DOMAIN_DEPARTEMENT : 0U);
}

enum { CODES_MAX = 256 };

static struct figure_part part_of(const struct edition *ed, uint32_t variable, const uint32_t *positions, size_t n,
                                  const char **codes)
{
    struct figure_part p = {.variable = "", .category = codes};
    if (variable == EDITION_NONE)
        return p;
    const struct edition_variable *v = &ed->variables[variable];
    p.variable = v->id;
    if (v->shape != EDITION_KEYED || !v->list)
        return p;
    for (size_t i = 0; i < n && p.count < CODES_MAX; i++)
        codes[p.count++] = v->list->categories[positions[i]].code;
    return p;
}

static enum flow add_of(struct figures *f, const struct edition *ed, const struct edition_figure *g, struct err *e)
{
    const char *codes[CODES_MAX], *denominator_codes[CODES_MAX];
    struct figure one = {.id = g->id,
                         .kind = kind_of(g->kind),
                         .label_fr = g->label.fr,
                         .label_en = g->label.en,
                         .unit = g->unit,
                         .column = g->column,
                         .part = part_of(ed, g->variable, g->categories, g->category_count, codes),
                         .denominator = part_of(ed, g->denominator, g->denominator_categories,
                                                g->denominator_category_count, denominator_codes),
                         .weight = g->weight == EDITION_NONE ? "" : ed->variables[g->weight].id,
                         .partition = g->partition,
                         .domains = domains_of(g->domains),
                         .decimals = g->decimals,
                         .published = g->published};
    return figures_add(f, &one, e);
}

struct figures *figures_of(const struct edition *ed, struct err *e)
{
    struct figures *f = figures_new(e);
    for (size_t i = 0; f && i < ed->figure_count; i++)
        if (add_of(f, ed, &ed->figures[i], e) != FLOW_OK) {
            figures_free(f);
            return NULL;
        }
    return f;
}

/* ---- the variables they need ---- */
static int share_of_other(const struct edition_figure *g, uint32_t v)
{
    return (g->kind == EDITION_FIGURE_SHARE || g->kind == EDITION_FIGURE_RANK) && g->variable == v &&
           g->denominator != EDITION_NONE && g->denominator != v;
}

/* Variables on which v leans: its total, the total it is a share of, the weights of its mean. */
static void roles_of(const struct edition *ed, uint32_t v, uint32_t *base, uint32_t *weight, int *sums)
{
    const struct edition_variable *var = &ed->variables[v];
    *base = var->sum_to;
    *weight = EDITION_NONE;
    *sums = var->sum_to != EDITION_NONE;
    for (size_t i = 0; i < ed->figure_count; i++) {
        const struct edition_figure *g = &ed->figures[i];
        if (*base == EDITION_NONE && share_of_other(g, v) && ed->variables[g->denominator].cells == 1)
            *base = g->denominator;
        if (g->kind == EDITION_FIGURE_MEAN && g->variable == v)
            *weight = g->weight;
    }
}

static int used(const struct edition *ed, uint32_t v, uint32_t category)
{
    for (size_t i = 0; i < ed->figure_count; i++) {
        const struct edition_figure *g = &ed->figures[i];
        if (g->variable == v && g->category_count == 0)
            return 1;
        for (size_t k = 0; g->variable == v && k < g->category_count; k++)
            if (g->categories[k] == category)
                return 1;
        if (g->denominator == v || g->weight == v)
            return 1;
    }
    return 0;
}

static enum flow declare(struct population *p, const struct edition *ed, uint32_t v, int depth, struct err *e)
{
    const struct edition_variable *var = &ed->variables[v];
    uint32_t base, weight;
    int sums;
    if (population_find_variable(p, var->id) != POPULATION_NONE)
        return FLOW_OK;
    if (depth > 8)
        return err_set(e, STATUS_CONFIG, "variable %s: its totals run in a circle", var->id);
    roles_of(ed, v, &base, &weight, &sums);
    enum flow f = base == EDITION_NONE ? FLOW_OK : declare(p, ed, base, depth + 1, e);
    if (f == FLOW_OK && weight != EDITION_NONE)
        f = declare(p, ed, weight, depth + 1, e);
    if (f != FLOW_OK)
        return f;
    const char *codes[CODES_MAX];
    size_t n = 0;
    if (var->shape == EDITION_KEYED && var->list)
        for (size_t i = 0; i < var->list->count && n < CODES_MAX; i++)
            if (sums || used(ed, v, (uint32_t)i))
                codes[n++] = var->list->categories[i].code;
    struct variable_role role = {.base = base == EDITION_NONE ? NULL : ed->variables[base].id,
                                 .sums = sums,
                                 .weight = weight == EDITION_NONE ? NULL : ed->variables[weight].id,
                                 .previous = base == EDITION_NONE && weight == EDITION_NONE};
    return population_variable(p, var->id, codes, n, &role, e);
}

enum flow figures_declare(struct population *p, const struct edition *ed, struct err *e)
{
    enum flow f = FLOW_OK;
    for (size_t i = 0; f == FLOW_OK && i < ed->figure_count; i++) {
        const struct edition_figure *g = &ed->figures[i];
        const uint32_t needed[] = {g->denominator, g->weight, g->variable};
        for (size_t k = 0; f == FLOW_OK && k < 3; k++)
            if (needed[k] != EDITION_NONE)
                f = declare(p, ed, needed[k], 0, e);
    }
    return f;
}

/* ---- method parameters ---- */
/* An edition has these two kinds of margin alone. */
static void auxiliaries_of(struct method *m, const struct edition *ed)
{
    m->by_region = m->by_size = 0;
    for (size_t i = 0; i < ed->auxiliary_count; i++)
        *(*ed->auxiliaries[i].column ? &m->by_size : &m->by_region) = 1;
}

enum flow method_of(struct method *m, const struct edition *ed, struct err *e)
{
    const struct edition_strata *s = &ed->strata;
    if (s->size_classes < 1 || s->size_classes > METHOD_CUTS_MAX || s->cut_count >= METHOD_CUTS_MAX)
        return err_set(e, STATUS_CONFIG, "edition.json: strata: from 1 to %d size classes", METHOD_CUTS_MAX);
    if (ed->region_merge_count > METHOD_MERGES_MAX)
        return err_set(e, STATUS_CONFIG, "edition.json: regions_merge: at most %d", METHOD_MERGES_MAX);
    m->size_classes = s->size_classes;
    m->cuts = s->cut_count;
    for (size_t i = 0; i < s->cut_count; i++)
        m->cut[i] = decimal_double(s->cuts[i]);
    m->group_minimum = s->minimum;
    m->group_rate = s->rate;
    m->merges = ed->region_merge_count;
    for (size_t i = 0; i < m->merges; i++) {
        m->merge[i].region = arena_strdup(&m->arena, ed->region_merges[i].from);
        m->merge[i].into = arena_strdup(&m->arena, ed->region_merges[i].into);
        if (!m->merge[i].region || !m->merge[i].into)
            return err_set(e, STATUS_SYSTEM, "out of memory for the region merges");
    }
    auxiliaries_of(m, ed);
    return method_read(m, ed->json ? json_at(ed->json, "method") : NULL, e);
}
