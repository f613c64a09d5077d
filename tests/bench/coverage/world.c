/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/coverage/world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SplitMix64 (Steele, Lea, Flood 2014): a fixed stream for a seed. */
static uint64_t next(struct random *r)
{
    uint64_t z = (r->state += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

double random_uniform(struct random *r)
{
    return ((double)(next(r) >> 11) + 0.5) / 9007199254740992.0;
}

double random_normal(struct random *r)
{
    double u = random_uniform(r), v = random_uniform(r);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

const struct world_shape world_shapes[] = {
    {"530 units, as expected", 530, 0.60, 0.40, 0.10, 0.70, 0.5, 0.15, 101},
    {"530 units, scattered answers", 530, 0.60, 0.60, 0.20, 0.70, 0.5, 0.15, 202},
    {"530 units, response steep in credits", 530, 0.70, 0.40, 0.10, 0.70, 0.8, 0.15, 303},
    {"1 000 units, strong regions", 1000, 0.80, 0.45, 0.30, 0.70, 0.4, 0.20, 404},
    {"800 units, little size", 800, 0.40, 0.50, 0.15, 0.62, 0.5, 0.20, 505},
};
const size_t world_count = sizeof world_shapes / sizeof world_shapes[0];

enum { REGIONS = 10 };
static const char *const regions[REGIONS] = {"11", "24", "27", "28", "32", "44", "52", "75", "76", "84"};
static const char *const sexes[] = {"G", "F"};
static const char *const ages[] = {"A1", "A2", "A3", "A4"};
static const char *const profiles[] = {"P1", "P2", "P3", "P4"};
static const char *const reasons[] = {"M1", "M2", "M3", "AUTRE"};

enum { Y, ETP, SEX, AGE = SEX + 2, PROFILE = AGE + 4, REASON = PROFILE + 4, LENGTH = REASON + 4, ITEMS = LENGTH + 4 };

static int place(const double *p, int n, double u)
{
    int k = 0;
    while (k + 1 < n && u >= p[k])
        u -= p[k++];
    return k;
}

/* Splits a total over shares that scatter from unit to unit; the parts add up. */
static void split(struct random *r, double total, const double *share, int n, double scatter, double *part)
{
    double p[8], sum = 0.0;
    for (int k = 0; k < n; k++)
        sum += p[k] = share[k] * exp(scatter * random_normal(r));
    double left = total;
    for (int k = 0; k < n; k++) {
        part[k] = k + 1 < n ? fmin(left, floor(total * p[k] / sum + random_uniform(r))) : left;
        left -= part[k];
    }
}

static void give(struct world *w, uint32_t item, uint32_t unit, double value)
{
    w->truth[item * w->shape.units + unit] = value;
    population_put(w->population, item, unit, CELL_REPORTED, value);
}

double world_value(const struct world *w, uint32_t item, uint32_t unit)
{
    return w->truth[item * w->shape.units + unit];
}

static void fill_unit(struct world *w, struct random *r, uint32_t i, double regional)
{
    struct population *p = w->population;
    const struct world_shape *s = &w->shape;
    double z = w->log_credits[i], y = floor(p->size[i] / 780.0 * exp(regional + s->noise * random_normal(r)) + 0.5),
           part[8];
    if (y < 5.0)
        y = 5.0;
    give(w, Y, i, y);
    give(w, ETP, i, floor(10.0 * y / 85.0 * exp(0.3 * random_normal(r)) + 0.5) / 10.0);
    const double sex[] = {0.582 + 0.01 * z, 0.418 - 0.01 * z},
                 age[] = {0.146 + 0.02 * z, 0.524, 0.315 - 0.02 * z, 0.015};
    const double profile[] = {0.15, 0.45 + 0.03 * z, 0.32 - 0.03 * z, 0.08};
    const double reason[] = {0.60, 0.35 + 0.02 * z, 0.25, 0.10};
    split(r, y, sex, 2, 0.12, part);
    for (uint32_t k = 0; k < 2; k++)
        give(w, SEX + k, i, part[k]);
    split(r, y, age, 4, 0.25, part);
    for (uint32_t k = 0; k < 4; k++)
        give(w, AGE + k, i, part[k]);
    split(r, y, profile, 4, 0.35, part);
    for (uint32_t k = 0; k < 4; k++) {
        give(w, PROFILE + k, i, part[k]);
        give(w, LENGTH + k, i, floor(10.0 * (12.0 + 2.2 * k) * exp(0.2 * random_normal(r))) / 10.0);
        give(w, REASON + k, i, floor(fmin(1.0, reason[k] * exp(0.3 * random_normal(r))) * y + 0.5));
    }
}

static int declare(struct population *p)
{
    struct err e;
    struct variable_role total = {.previous = 1}, of_y = {.base = "Y", .sums = 1}, reason = {.base = "Y"},
                         mean = {.weight = "PROFILE"};
    return population_variable(p, "Y", NULL, 0, &total, &e) == FLOW_OK &&
           population_variable(p, "ETP", NULL, 0, &total, &e) == FLOW_OK &&
           population_variable(p, "SEX", sexes, 2, &of_y, &e) == FLOW_OK &&
           population_variable(p, "AGE", ages, 4, &of_y, &e) == FLOW_OK &&
           population_variable(p, "PROFILE", profiles, 4, &of_y, &e) == FLOW_OK &&
           population_variable(p, "REASON", reasons, 4, &reason, &e) == FLOW_OK &&
           population_variable(p, "LENGTH", profiles, 4, &mean, &e) == FLOW_OK && p->items == ITEMS;
}

static double logistic(double v)
{
    return 1.0 / (1.0 + exp(-v));
}

/* Intercept for which the mean response is as asked. */
static void set_intercept(struct world *w)
{
    double low = -10.0, high = 10.0;
    for (int k = 0; k < 100; k++) {
        double mean = 0.0;
        w->intercept = 0.5 * (low + high);
        for (size_t i = 0; i < w->population->units; i++)
            mean += logistic(w->intercept + w->shape.slope * w->log_credits[i]) / (double)w->population->units;
        *(mean < w->shape.response ? &low : &high) = w->intercept;
    }
}

struct world *world_new(const struct world_shape *s)
{
    static const double share[REGIONS] = {0.22, 0.05, 0.05, 0.06, 0.15, 0.11, 0.05, 0.09, 0.10, 0.12};
    struct world *w = calloc(1, sizeof *w);
    struct err e;
    struct random r = {s->seed};
    double effect[REGIONS];
    if (!w || !(w->population = population_new(s->units, &e)) || !(w->log_credits = calloc(s->units, sizeof(double))) ||
        !(w->truth = calloc(ITEMS * s->units, sizeof(double))))
        abort();
    w->shape = *s;
    for (int k = 0; k < REGIONS; k++)
        effect[k] = s->region_effect * random_normal(&r);
    if (!declare(w->population))
        abort();
    for (uint32_t i = 0; i < s->units; i++) {
        char id[16];
        int region = place(share, REGIONS, random_uniform(&r));
        (void)snprintf(id, sizeof id, "U%06u", i);
        w->log_credits[i] = random_normal(&r);
        struct unit_facts f = {.id = id,
                               .size = floor(100000.0 * exp(s->credits_spread * w->log_credits[i])),
                               .region = regions[region],
                               .departement = regions[region],
                               .carrier = random_uniform(&r) < 0.3 ? "7361" : "7367",
                               .outcome = OUTCOME_COMPLETE};
        if (population_unit(w->population, i, &f, &e) != FLOW_OK)
            abort();
        fill_unit(w, &r, i, effect[region]);
    }
    set_intercept(w);
    return w;
}

void world_free(struct world *w)
{
    population_free(w->population);
    free(w->log_credits);
    free(w->truth);
    free(w);
}

void world_complete(struct world *w)
{
    struct population *p = w->population;
    memset(p->outcome, OUTCOME_COMPLETE, p->units);
    for (uint32_t k = 0; k < p->items; k++)
        for (uint32_t i = 0; i < p->units; i++)
            population_put(p, k, i, CELL_REPORTED, world_value(w, k, i));
}

static void hide(struct population *p, uint32_t first, uint32_t count, uint32_t unit)
{
    for (uint32_t k = first; k < first + count; k++)
        population_put(p, k, unit, CELL_MISSING, 0.0);
}

void world_draw(struct world *w, struct random *r, double delta)
{
    struct population *p = w->population;
    world_complete(w);
    for (uint32_t i = 0; i < p->units; i++) {
        double answer = log(world_value(w, Y, i) * 780.0 / p->size[i]) / w->shape.noise;
        double q = logistic(w->intercept + w->shape.slope * w->log_credits[i] + delta * answer);
        /* Items are left out more by small units. */
        double item = w->shape.item_silence * exp(-0.2 * w->log_credits[i]);
        p->outcome[i] = random_uniform(r) < q ? OUTCOME_COMPLETE : OUTCOME_SILENT;
        static const struct {
            uint32_t first, count;
        } tables[] = {{ETP, 1}, {SEX, 2}, {AGE, 4}, {PROFILE, 4}, {REASON, 4}, {LENGTH, 4}};
        for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
            if (random_uniform(r) < item)
                hide(p, tables[t].first, tables[t].count, i);
        /* A total is missing with all that hangs on it: a table that stands would have given it by addition. */
        if (random_uniform(r) < 0.4 * item) {
            hide(p, Y, 1, i);
            hide(p, SEX, LENGTH - SEX, i);
        }
    }
}

static const char *const g[] = {"G"}, *const a2[] = {"A2"}, *const a4[] = {"A4"}, *const p23[] = {"P2", "P3"},
                         *const p1[] = {"P1"}, *const p2[] = {"P2"}, *const m1[] = {"M1"};

static const struct figure all_figures[] = {
    {.id = "total Y",
     .kind = FIGURE_TOTAL,
     .part = {.variable = "Y"},
     .domains = 1U << DOMAIN_NATION | 1U << DOMAIN_CARRIER | 1U << DOMAIN_REGION},
    {.id = "total ETP", .kind = FIGURE_TOTAL, .part = {.variable = "ETP"}},
    {.id = "level G", .kind = FIGURE_TOTAL, .part = {.variable = "SEX", .category = g, .count = 1}},
    {.id = "level P2",
     .kind = FIGURE_TOTAL,
     .part = {.variable = "PROFILE", .category = p2, .count = 1},
     .domains = 1U << DOMAIN_NATION | 1U << DOMAIN_CARRIER},
    {.id = "level M1", .kind = FIGURE_TOTAL, .part = {.variable = "REASON", .category = m1, .count = 1}},
    {.id = "share G", .kind = FIGURE_SHARE, .part = {.variable = "SEX", .category = g, .count = 1}},
    {.id = "share A2",
     .kind = FIGURE_SHARE,
     .part = {.variable = "AGE", .category = a2, .count = 1},
     .domains = 1U << DOMAIN_NATION | 1U << DOMAIN_CARRIER},
    {.id = "share A4", .kind = FIGURE_SHARE, .part = {.variable = "AGE", .category = a4, .count = 1}},
    {.id = "share P23", .kind = FIGURE_SHARE, .part = {.variable = "PROFILE", .category = p23, .count = 2}},
    {.id = "share M1",
     .kind = FIGURE_SHARE,
     .part = {.variable = "REASON", .category = m1, .count = 1},
     .denominator = {.variable = "Y"}},
    {.id = "mean P1",
     .kind = FIGURE_MEAN,
     .part = {.variable = "LENGTH", .category = p1, .count = 1},
     .weight = "PROFILE"},
    {.id = "mean all", .kind = FIGURE_MEAN, .part = {.variable = "LENGTH"}, .weight = "PROFILE"},
    {.id = "ratio", .kind = FIGURE_RATIO, .part = {.variable = "Y"}, .denominator = {.variable = "ETP"}},
};

struct figures *world_figures_only(const char *const *ids)
{
    struct err e;
    struct figures *f = figures_new(&e);
    for (size_t i = 0; f && i < sizeof all_figures / sizeof all_figures[0]; i++) {
        int wanted = ids == NULL;
        for (const char *const *id = ids; id && *id; id++)
            wanted |= strcmp(*id, all_figures[i].id) == 0;
        if (wanted && figures_add(f, &all_figures[i], &e) != FLOW_OK)
            abort();
    }
    return f;
}

struct figures *world_figures(void)
{
    return world_figures_only(NULL);
}
