/* SPDX-License-Identifier: Apache-2.0 */
/* Published shares of ENQUIRY §2 are met exactly over the field; a share of one PRE is the national one tilted by its
 * size, its region and its own chance. Whatever is not published is a plausible guess of ours (the enquiry gives no
 * more). */
#include "tests/specimen/answers.h"

#include "tests/specimen/calc.h"
#include "tests/specimen/kinds.h"
#include "tests/specimen/rng.h"

#include <stdlib.h>
#include <string.h>

enum { CHILDREN_LEAST = 8, CATEGORIES_MAX = 10 };

/* A breakdown of the children: national shares in thousandths, slope of ln share on size, spread between regions,
 * spread between PRE. */
struct breakdown {
    enum cell first;
    size_t count;
    double share[CATEGORIES_MAX];
    double slope[CATEGORIES_MAX];
    double region, own;
};

static const struct breakdown SEXE = {C_SEXE, 2, {582, 418}, {0.04, -0.06}, 0.03, 0.10};
static const struct breakdown AGE = {C_AGE, 4, {146, 524, 315, 15}, {-0.38, 0.20, -0.06, 0.20}, 0.10, 0.25};
static const struct breakdown PROFIL = {C_PROFIL, 4, {130, 460, 310, 100}, {-0.40, 0.06, 0.20, -0.35}, 0.12, 0.30};
static const struct breakdown ORIENTEUR = {
    C_ORIENTEUR, 8,   {560, 205, 75, 60, 35, 30, 15, 20}, {0.30, 0.02, -0.55, -0.40, -0.40, -0.30, -0.60, -0.30},
    0.12,        0.30};

/* Who a total is met over: the whole field, or respondents and the others apart. */
enum pool { POOL_FIELD, POOL_RESPONDENTS, POOL_OTHERS };

static int in_pool(const struct pre *u, enum pool pool)
{
    return u->scope == SCOPE_IN && (pool == POOL_FIELD || u->respondent == (pool == POOL_RESPONDENTS));
}

static size_t pool_size(const struct people *p, enum pool pool)
{
    size_t n = 0;
    for (size_t i = 0; i < p->count; i++)
        n += (size_t)in_pool(&p->items[i], pool);
    return n;
}

/* A published total in the pool: the others get as much for their credits as respondents do. */
static int64_t pool_total(const struct people *p, enum pool pool, int64_t published)
{
    int64_t total = people_scaled(published, p->field), credits[2] = {0};
    if (pool != POOL_OTHERS)
        return total;
    for (size_t i = 0; i < p->count; i++)
        if (p->items[i].scope == SCOPE_IN)
            credits[p->items[i].respondent] += p->items[i].credits + p->items[i].absorbed;
    return (int64_t)((double)total * ((double)credits[0] / (double)credits[1]));
}

size_t answers_giants(size_t field)
{
    return field < 100 ? 0 : field * 3 / 530;
}

/* The effect of a region on a purpose: the same for all its PRE. */
static double regional(uint64_t seed, const char *purpose, const struct pre *u, uint64_t which)
{
    struct rng r;
    uint64_t code = 0;
    for (const char *p = u->place->region; *p; p++)
        code = code * 64 + (unsigned char)*p;
    rng_seed(&r, seed, purpose, code * 1024 + which);
    return rng_normal(&r);
}

/* How many children for its credits: log-normal around the national ratio, standard deviation 0.48 within a region,
 * 0.15 between. */
static enum flow children(struct people *p, enum pool pool, struct err *e)
{
    size_t n = pool_size(p, pool), k = 0, giants = pool == POOL_OTHERS ? 0 : answers_giants(p->field), given = 0;
    double *weight = calloc(n + 1, sizeof *weight);
    int32_t *total = calloc(n + 1, sizeof *total);
    enum flow flow = FLOW_OK;
    if (!weight || !total) {
        flow = err_set(e, STATUS_SYSTEM, "no memory for %zu PRE", p->field);
        goto out;
    }
    double mean = 0;
    for (size_t i = 0; i < p->count; i++) {
        struct pre *u = &p->items[i];
        struct rng r;
        if (!in_pool(u, pool))
            continue;
        rng_seed(&r, p->seed, "children", i);
        double z = rng_normal(&r), large = u->credits + u->absorbed;
        if (z < -2.4 || z > 2.4)
            z *= 0.5; /* beyond eleven times fewer children for the same money nobody would believe the number */
        weight[k] = large * calc_exp(0.48 * z + 0.15 * regional(p->seed, "children", u, 0));
        mean += weight[k++] / (double)p->field;
    }
    /* 530 times the mean of the field is what 85 000 children weigh here. */
    k = 0;
    for (size_t i = 0; i < p->count && given < giants; i++) {
        if (!in_pool(&p->items[i], pool))
            continue;
        if (p->items[i].credits + p->items[i].absorbed > 8 * (66000000 / 530) && weight[k] < 0.0215 * 530 * mean) {
            weight[k] = (0.0225 + 0.003 * (double)(given % 3)) * 530 * mean;
            given++;
        } else if (weight[k] >= 0.0215 * 530 * mean) {
            given++;
        }
        k++;
    }
    if (!calc_spread(pool_total(p, pool, 85000), weight, n, CHILDREN_LEAST, total)) {
        flow = err_set(e, STATUS_BUG, "too few children");
        goto out;
    }
    k = 0;
    for (size_t i = 0; i < p->count; i++)
        if (in_pool(&p->items[i], pool))
            p->items[i].truth[C_ENF_TOTAL] = total[k++];
out:
    free(weight);
    free(total);
    return flow;
}

static enum flow break_down(struct people *p, enum pool pool, const struct breakdown *b, struct err *e)
{
    size_t n = pool_size(p, pool), k = 0;
    double *weight = calloc(n * b->count + 1, sizeof *weight);
    int64_t *row = calloc(n + 1, sizeof *row), col[CATEGORIES_MAX];
    int32_t *cell = calloc(n * b->count + 1, sizeof *cell);
    enum flow flow = FLOW_OK;
    if (!weight || !row || !cell) {
        flow = err_set(e, STATUS_SYSTEM, "no memory for %zu PRE", p->field);
        goto out;
    }
    for (size_t i = 0; i < p->count; i++) {
        const struct pre *u = &p->items[i];
        struct rng r;
        if (!in_pool(u, pool))
            continue;
        rng_seed(&r, p->seed, question_of(b->first)->id, i);
        for (size_t c = 0; c < b->count; c++)
            weight[k * b->count + c] = b->share[c] * calc_exp(b->slope[c] * u->size + b->own * rng_normal(&r) +
                                                              b->region * regional(p->seed, "tilt", u, b->first + c));
        row[k++] = u->truth[C_ENF_TOTAL];
    }
    calc_share(pool_total(p, pool, 85000), b->share, b->count, col);
    if (!calc_table(n, b->count, weight, row, col, cell)) {
        flow = err_set(e, STATUS_BUG, "the national total of a category cannot be met");
        goto out;
    }
    k = 0;
    for (size_t i = 0; i < p->count; i++) {
        if (!in_pool(&p->items[i], pool))
            continue;
        memcpy(&p->items[i].truth[b->first], &cell[k * b->count], b->count * sizeof *cell);
        k++;
    }
out:
    free(weight);
    free(row);
    free(cell);
    return flow;
}

/* part * share of the whole, at most the whole, with a spread of its own. */
static int32_t some(struct rng *r, int32_t whole, double share, double spread)
{
    double x = whole * share * calc_exp(spread * rng_normal(r));
    int32_t n = (int32_t)(x + 0.5);
    return n > whole ? whole : n;
}

static void split(struct rng *r, int32_t total, const double *share, size_t n, double spread, int32_t *out)
{
    double weight[CATEGORIES_MAX];
    int64_t part[CATEGORIES_MAX];
    for (size_t i = 0; i < n; i++)
        weight[i] = share[i] * calc_exp(spread * rng_normal(r));
    calc_share(total, weight, n, part);
    for (size_t i = 0; i < n; i++)
        out[i] = (int32_t)part[i];
}

/* Levels follow ages: nursery school before six, collège from eleven, a few out of school. */
static void levels(struct rng *r, int32_t *t)
{
    double a = t[C_AGE], b = t[C_AGE + 1], c = t[C_AGE + 2], d = t[C_AGE + 3];
    double share[5] = {0.93 * a + 0.02 * b, 0.07 * a + 0.94 * b + 0.05 * c, 0.04 * b + 0.86 * c + 0.03 * d,
                       0.07 * c + 0.70 * d, 0.02 * c + 0.27 * d + 0.01};
    split(r, t[C_ENF_TOTAL], share, 5, 0.03, &t[C_NIVEAU]);
}

static void motives(struct rng *r, const struct people *p, const struct pre *u, int32_t *t)
{
    static const double SHARE[10] = {0.49, 0.31, 0.24, 0.09, 0.21, 0.12, 0.18, 0.14, 0.08, 0.06};
    static const double SLOPE[10] = {0.03, -0.05, 0, 0.06, 0.03, -0.08, 0, -0.05, -0.12, 0};
    int32_t sum = 0;
    for (size_t i = 0; i < 10; i++) {
        double tilt = SLOPE[i] * u->size + 0.12 * regional(p->seed, "motif", u, i);
        t[C_MOTIF + i] = some(r, t[C_ENF_TOTAL], SHARE[i] * calc_exp(tilt), 0.2);
        sum += t[C_MOTIF + i];
    }
    t[C_ENF_MOTIF] = some(r, t[C_ENF_TOTAL], 0.94, 0.03);
    while (sum < t[C_ENF_MOTIF]) {
        for (size_t i = 0; i < 10 && sum < t[C_ENF_MOTIF]; i++)
            if (t[C_MOTIF + i] < t[C_ENF_TOTAL]) {
                t[C_MOTIF + i]++;
                sum++;
            }
    }
}

static void counts(struct rng *r, int32_t *t)
{
    static const double EXIT[6] = {0.40, 0.17, 0.16, 0.13, 0.06, 0.08};
    int32_t n = t[C_ENF_TOTAL];
    t[C_ENF_PARCOURS] = some(r, n, 0.80, 0.15);
    t[C_ENF_QPV] = some(r, n, 0.74, 0.18);
    t[C_ENF_ENTREES] = some(r, n, 0.41, 0.20);
    t[C_ENF_SORTIES] = some(r, n, 0.37, 0.22);
    t[C_ENF_ASE] = some(r, n, 0.09, 0.40);
    split(r, t[C_ENF_SORTIES], EXIT, 6, 0.3, &t[C_SORTIE]);
    t[C_TRANSITION] = some(r, n, 0.08, 0.3);
    t[C_TRANSITION + 1] = some(r, n, 0.11, 0.3);
}

/* Programme 147 is what the register knows within 1 %; 28 % get no municipal cash; the State gives nearly three
 * quarters in all. */
static void money(struct rng *r, const struct pre *u, int32_t *t)
{
    static const double SHARE[8] = {0, 0.40, 0.08, 0.06, 0.02, 0.15, 0.10, 0.04};
    double base = u->credits + u->absorbed;
    int64_t total = 0;
    t[C_FIN] = (int32_t)(base * (1 + 0.012 * (rng_unit(r) - 0.5)) + 0.5);
    for (size_t i = 1; i < 8; i++) {
        int none = i == 1 ? rng_chance(r, 0.28) : rng_chance(r, 0.55);
        double x = base * SHARE[i] * calc_exp(0.5 * rng_normal(r) - 0.1);
        t[C_FIN + i] = none ? 0 : (int32_t)x / 100 * 100;
    }
    for (size_t i = 0; i < 8; i++)
        total += t[C_FIN + i];
    t[C_FIN_TOTAL] = (int32_t)total;
    for (size_t i = 0; i < 8; i++) {
        double x = base * (i == 1 ? 0.12 : 0.02) * calc_exp(0.6 * rng_normal(r));
        t[C_NAT + i] = i != 0 && rng_chance(r, i == 1 ? 0.75 : 0.25) ? (int32_t)x / 100 * 100 : 0;
    }
}

static void means(struct rng *r, const struct people *p, const struct pre *u, int32_t *t)
{
    static const double ACTION[5] = {0.34, 0.24, 0.16, 0.14, 0.12};
    static const double SCHOOL[4] = {0.9, 1.6, 0.6, 0.15};
    int32_t n = t[C_ENF_TOTAL];
    t[C_EQ_NOMBRE] = n / 90 + 1 + (rng_chance(r, 0.3) ? 1 : 0);
    t[C_EQ_REUNIONS] = t[C_EQ_NOMBRE] * rng_between(r, 6, 14);
    t[C_EQ_DELAI] = rng_between(r, 8, 32);
    split(r, n / 6 + 4, ACTION, 5, 0.4, &t[C_ACTIONS]);
    for (size_t i = 0; i < 4; i++)
        t[C_ETAB + i] = (int32_t)(SCHOOL[i] * calc_sqrt(n) * 0.7 * calc_exp(0.25 * rng_normal(r)) + 0.5);
    t[C_POSTES + 2] = n / 14 + rng_between(r, 0, 3);
    t[C_ETP + 2] = t[C_POSTES + 2] * rng_between(r, 8, 25);
    t[C_POSTES + 3] = n > 60 ? rng_between(r, 0, 2) : 0;
    t[C_ETP + 3] = t[C_POSTES + 3] * rng_between(r, 3, 9) * 10;
    t[C_PORTEUR] = u->carrier;
    t[C_COMMUNES] = u->carrier == 1 || u->carrier >= 7 ? rng_between(r, 8, 60) : rng_between(r, 1, 24);
    if (t[C_COMMUNES] > u->place->neighbours)
        t[C_COMMUNES] = u->place->neighbours;
    t[C_QUARTIERS] = 3 + n / 12 + (int32_t)rng_below(r, 12);
    if (t[C_QUARTIERS] > 60)
        t[C_QUARTIERS] = 60;
    t[C_EDUC_PRIO] = rng_chance(r, 0.86) ? 0 : 1;
    t[C_CITE_EDUC] = rng_chance(r, 0.35 + 0.05 * regional(p->seed, "cite", u, 0)) ? 0 : 1;
    t[C_CONTRAT_VILLE] = rng_chance(r, 0.7) ? 0 : rng_chance(r, 0.8) ? 1 : 2;
    t[C_ART_CV] = rng_chance(r, 0.9) ? 0 : 1;
    t[C_ART_CE] = t[C_CITE_EDUC] == 0 && rng_chance(r, 0.8) ? 0 : 1;
}

/* Takes the coordinator of somebody drawn by chance. */
static void share_one(struct people *p, struct rng *r)
{
    for (size_t tries = 0; tries < 1000; tries++) {
        struct pre *b = &p->items[rng_below(r, (uint32_t)p->count)];
        if (b->truth[C_POSTES] == 1 && b->kind != KIND_COORD_ABOVE) {
            b->truth[C_POSTES] = 0;
            return;
        }
    }
}

/* One coordinator each, a few with two and as many sharing a neighbour's. */
static void coordinators(struct people *p)
{
    struct rng r;
    size_t pairs = p->field / 33, last = 0;
    rng_seed(&r, p->seed, "coordinators", 0);
    for (size_t i = 0; i < p->count; i++)
        p->items[i].truth[C_POSTES] = p->items[i].scope == SCOPE_IN;
    for (size_t i = 0; i < p->count; i++)
        if (p->items[i].kind == KIND_COORD_ABOVE) {
            p->items[i].truth[C_POSTES] = 2;
            share_one(p, &r);
        }
    for (size_t k = 0; k < pairs; k++) {
        size_t i = rng_below(&r, (uint32_t)p->count), j = rng_below(&r, (uint32_t)p->count);
        struct pre *a = &p->items[i], *b = &p->items[j];
        if (i == j || a->truth[C_POSTES] != 1 || b->truth[C_POSTES] != 1 || a->size < b->size)
            continue;
        a->truth[C_POSTES] = 2;
        b->truth[C_POSTES] = 0;
        last++;
    }
    for (size_t i = 0; i < p->count; i++) {
        int32_t n = p->items[i].truth[C_POSTES];
        rng_seed(&r, p->seed, "coordinator", i);
        p->items[i].truth[C_ETP] = n == 0                                 ? 0
                                   : p->items[i].kind == KIND_COORD_ABOVE ? 150
                                   : n == 2                               ? 100
                                                                          : 50 + 10 * (int32_t)rng_below(&r, 6);
    }
}

/* 1 000 full-time equivalents of référents, more children each in large PRE. */
static enum flow referents(struct people *p, enum pool pool, struct err *e)
{
    size_t n = pool_size(p, pool), k = 0;
    double *weight = calloc(n + 1, sizeof *weight);
    int32_t *etp = calloc(n + 1, sizeof *etp);
    enum flow flow = FLOW_OK;
    if (!weight || !etp) {
        flow = err_set(e, STATUS_SYSTEM, "no memory for %zu PRE", p->field);
        goto out;
    }
    for (size_t i = 0; i < p->count; i++) {
        struct pre *u = &p->items[i];
        struct rng r;
        if (!in_pool(u, pool))
            continue;
        rng_seed(&r, p->seed, "referents", i);
        weight[k++] = u->truth[C_ENF_TOTAL] *
                      calc_exp(0.28 * rng_normal(&r) - 0.10 * u->size + 0.1 * regional(p->seed, "etp", u, 0));
        if (u->kind == KIND_LOAD)
            weight[k - 1] *= 0.2;
    }
    if (!calc_spread(pool_total(p, pool, 100000), weight, n, 5, etp))
        flow = err_set(e, STATUS_BUG, "too few référents");
    k = 0;
    for (size_t i = 0; flow == FLOW_OK && i < p->count; i++) {
        struct pre *u = &p->items[i];
        struct rng r;
        if (!in_pool(u, pool))
            continue;
        rng_seed(&r, p->seed, "posts", i);
        u->truth[C_ETP + 1] = etp[k++];
        u->truth[C_POSTES + 1] = (u->truth[C_ETP + 1] + 99) / 100 + (int32_t)rng_below(&r, 2);
    }
out:
    free(weight);
    free(etp);
    return flow;
}

/* Months in tenths: national mean by profile 12.0, 14.3, 17.2 and 19.0 months, weighted by the children of the profile.
 */
static void durations(struct people *p, enum pool pool)
{
    static const int64_t MONTHS[4] = {120, 143, 172, 190};
    for (size_t k = 0; k < 4; k++) {
        int64_t weight = 0, sum = 0;
        for (size_t i = 0; i < p->count; i++) {
            struct pre *u = &p->items[i];
            struct rng r;
            rng_seed(&r, p->seed, "months", i * 4 + k);
            if (u->scope == SCOPE_IN && !in_pool(u, pool))
                continue;
            u->truth[C_DUREE + k] =
                (int32_t)((double)MONTHS[k] * calc_exp(0.13 * rng_normal(&r) + 0.05 * u->size) + 0.5);
            if (u->scope != SCOPE_IN)
                continue;
            weight += u->truth[C_PROFIL + k];
            sum += (int64_t)u->truth[C_PROFIL + k] * u->truth[C_DUREE + k];
        }
        /* Tenth by tenth towards the national mean. */
        int64_t gap = MONTHS[k] * weight - sum;
        for (int moved = 1; gap != 0 && moved;) {
            moved = 0;
            for (size_t i = 0; i < p->count && gap != 0; i++) {
                struct pre *u = &p->items[i];
                int32_t n = u->truth[C_PROFIL + k];
                if (!in_pool(u, pool) || n == 0 || n > (gap < 0 ? -gap : gap))
                    continue;
                u->truth[C_DUREE + k] += gap > 0 ? 1 : -1;
                gap -= gap > 0 ? n : -n;
                moved = 1;
            }
        }
    }
    for (size_t i = 0; i < p->count; i++) {
        int32_t *t = p->items[i].truth;
        int64_t sum = 0;
        for (size_t k = 0; k < 4; k++)
            sum += (int64_t)t[C_DUREE + k] * t[C_PROFIL + k];
        t[C_DUREE_TOTAL] = t[C_ENF_TOTAL] ? (int32_t)calc_div_round(sum, t[C_ENF_TOTAL]) : 0;
    }
}

/* Same structure a year earlier: the total drifts by a few percent, tables keep their shape and add up. */
void answers_before(const struct people *p, struct pre *u)
{
    static const struct {
        enum cell total, first;
        size_t count;
    } TABLES[] = {{C_ENF_TOTAL, C_SEXE, 2},   {C_ENF_TOTAL, C_AGE, 4},       {C_ENF_TOTAL, C_PROFIL, 4},
                  {C_ENF_TOTAL, C_NIVEAU, 5}, {C_ENF_TOTAL, C_ORIENTEUR, 8}, {C_ENF_SORTIES, C_SORTIE, 6},
                  {C_FIN_TOTAL, C_FIN, 8}};
    struct rng r;
    rng_seed(&r, p->seed, "before", u->index);
    double drift = calc_exp(0.12 * rng_normal(&r) - 0.01);
    memcpy(u->before, u->truth, sizeof u->before);
    for (size_t c = 0; c < CELLS; c++) {
        const struct question *q = question_of(c);
        if (q->kind == QUESTION_NUMBER && c >= C_ENF_TOTAL && c < C_DUREE_TOTAL)
            u->before[c] = (int32_t)(u->truth[c] * drift + 0.5);
    }
    u->before[C_FIN_TOTAL] = (int32_t)(u->truth[C_FIN_TOTAL] * calc_exp(0.03 * rng_normal(&r)));
    for (size_t k = 0; k < sizeof TABLES / sizeof *TABLES; k++) {
        double weight[CATEGORIES_MAX];
        int64_t part[CATEGORIES_MAX];
        for (size_t i = 0; i < TABLES[k].count; i++)
            weight[i] = u->truth[TABLES[k].first + i] * calc_exp(0.03 * rng_normal(&r));
        calc_share(u->before[TABLES[k].total], weight, TABLES[k].count, part);
        for (size_t i = 0; i < TABLES[k].count; i++)
            u->before[TABLES[k].first + i] = (int32_t)part[i];
    }
}

static enum flow totals(struct people *p, enum pool pool, struct err *e)
{
    static const struct breakdown *const ALL[] = {&SEXE, &AGE, &PROFIL, &ORIENTEUR};
    if (children(p, pool, e) != FLOW_OK)
        return FLOW_FATAL;
    for (size_t k = 0; k < sizeof ALL / sizeof *ALL; k++)
        if (break_down(p, pool, ALL[k], e) != FLOW_OK)
            return FLOW_FATAL;
    return referents(p, pool, e);
}

/* Out of the field: a plausible size, in no total. */
static void outside(struct people *p)
{
    static const struct breakdown *const ALL[] = {&SEXE, &AGE, &PROFIL, &ORIENTEUR};
    for (size_t i = 0; i < p->count; i++) {
        struct pre *u = &p->items[i];
        struct rng r;
        if (u->scope == SCOPE_IN)
            continue;
        u->truth[C_ENF_TOTAL] = CHILDREN_LEAST + u->credits / 800;
        u->truth[C_ETP + 1] = u->truth[C_ENF_TOTAL];
        u->truth[C_POSTES + 1] = u->truth[C_ETP + 1] / 100 + 1;
        rng_seed(&r, p->seed, "outside", i);
        for (size_t k = 0; k < sizeof ALL / sizeof *ALL; k++)
            split(&r, u->truth[C_ENF_TOTAL], ALL[k]->share, ALL[k]->count, 0.2, &u->truth[ALL[k]->first]);
    }
}

enum flow answers_make(struct people *p, enum mode mode, struct err *e)
{
    if (totals(p, mode == MODE_ESTIMATE ? POOL_FIELD : POOL_RESPONDENTS, e) != FLOW_OK ||
        (mode == MODE_OBSERVED && totals(p, POOL_OTHERS, e) != FLOW_OK))
        return FLOW_FATAL;
    outside(p);
    coordinators(p);
    for (size_t i = 0; i < p->count; i++) {
        struct pre *u = &p->items[i];
        struct rng r;
        rng_seed(&r, p->seed, "answers", i);
        counts(&r, u->truth);
        levels(&r, u->truth);
        motives(&r, p, u, u->truth);
        money(&r, u, u->truth);
        means(&r, p, u, u->truth);
    }
    durations(p, mode == MODE_ESTIMATE ? POOL_FIELD : POOL_RESPONDENTS);
    if (mode == MODE_OBSERVED)
        durations(p, POOL_OTHERS);
    for (size_t i = 0; i < p->count; i++)
        answers_before(p, &p->items[i]);
    return FLOW_OK;
}
