/* SPDX-License-Identifier: Apache-2.0 */
/* Small and odd populations by the thousand: whatever the silence, the estimator gives figures or one clear reason,
 * never a number that is none, never a crash; and what it gives keeps its promises (weights of one or more, margins
 * met, tables that add up). */
#include "load/estimate/calibrate.h"
#include "load/estimate/estimate.h"
#include "tests/bench/coverage/world.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int populations = 3000;

static int chance(struct random *r, double p)
{
    return random_uniform(r) < p;
}

static uint32_t below(struct random *r, uint32_t n)
{
    return (uint32_t)(random_uniform(r) * n);
}

static struct population *odd_population(struct random *r)
{
    static const char *const parts[] = {"A", "B", "C"};
    struct err e = {0};
    size_t n = 1 + below(r, chance(r, 0.5) ? 12 : 150);
    uint32_t regions = 1 + below(r, 5);
    double answers = random_uniform(r), known = random_uniform(r), same = random_uniform(r);
    struct population *p = population_new(n, &e);
    for (size_t i = 0; i < n; i++) {
        char id[16], region[8], carrier[8];
        (void)snprintf(id, sizeof id, "U%04zu", i);
        (void)snprintf(region, sizeof region, "R%u", below(r, regions));
        (void)snprintf(carrier, sizeof carrier, "C%u", below(r, 2));
        struct unit_facts f = {.id = id,
                               .region = region,
                               .departement = region,
                               .carrier = carrier,
                               .size = same < 0.1 ? 1000.0 : floor(1000.0 * exp(3.0 * random_normal(r))) + 1.0,
                               .outcome =
                                   chance(r, answers) ? OUTCOME_COMPLETE : (enum outcome)below(r, OUTCOME_COUNT)};
        assert_int_equal(population_unit(p, i, &f, &e), FLOW_OK);
    }
    struct variable_role total = {.previous = 1}, part = {.base = "Y", .sums = 1}, many = {.base = "Y"},
                         mean = {.weight = "T"};
    assert_int_equal(population_variable(p, "Y", NULL, 0, &total, &e), FLOW_OK);
    assert_int_equal(population_variable(p, "T", parts, 3, &part, &e), FLOW_OK);
    assert_int_equal(population_variable(p, "M", parts, 3, &many, &e), FLOW_OK);
    assert_int_equal(population_variable(p, "L", parts, 3, &mean, &e), FLOW_OK);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < p->items; k++) {
            enum cell_status s = chance(r, known) ? CELL_REPORTED : (enum cell_status)below(r, CELL_IMPUTED);
            population_put(p, k, i, s, chance(r, 0.3) ? 0.0 : floor(random_uniform(r) * 100.0));
            if (k == 0 && chance(r, 0.5))
                population_put_previous(p, k, i, floor(random_uniform(r) * 100.0));
        }
    return p;
}

static struct figures *all_kinds(void)
{
    static const char *const a[] = {"A"}, *const b[] = {"B"}, *const c[] = {"C"};
    const struct figure list[] = {
        {.id = "n", .kind = FIGURE_COUNT, .domains = 31},
        {.id = "y", .kind = FIGURE_TOTAL, .part = {.variable = "Y"}, .domains = 31},
        {.id = "t.a", .kind = FIGURE_TOTAL, .part = {.variable = "T", .category = a, .count = 1}, .domains = 31},
        {.id = "t.b", .kind = FIGURE_TOTAL, .part = {.variable = "T", .category = b, .count = 1}, .domains = 31},
        {.id = "t.c", .kind = FIGURE_TOTAL, .part = {.variable = "T", .category = c, .count = 1}, .domains = 31},
        {.id = "s.a", .kind = FIGURE_SHARE, .part = {.variable = "T", .category = a, .count = 1}, .domains = 31},
        {.id = "m.a",
         .kind = FIGURE_RANK,
         .part = {.variable = "M", .category = a, .count = 1},
         .denominator = {.variable = "Y"},
         .domains = 31},
        {.id = "m.b",
         .kind = FIGURE_RANK,
         .part = {.variable = "M", .category = b, .count = 1},
         .denominator = {.variable = "Y"},
         .domains = 31},
        {.id = "m.c",
         .kind = FIGURE_RANK,
         .part = {.variable = "M", .category = c, .count = 1},
         .denominator = {.variable = "Y"},
         .domains = 31},
        {.id = "l.a",
         .kind = FIGURE_MEAN,
         .part = {.variable = "L", .category = a, .count = 1},
         .weight = "T",
         .domains = 31},
        {.id = "l.max", .kind = FIGURE_MAXIMUM, .part = {.variable = "L"}, .domains = 31},
        {.id = "r",
         .kind = FIGURE_RATIO,
         .part = {.variable = "Y"},
         .denominator = {.variable = "M", .category = b, .count = 1},
         .domains = 31},
        {.id = "rr", .kind = FIGURE_RATE, .column = "RR2W", .domains = 31},
    };
    struct err e = {0};
    struct figures *f = figures_new(&e);
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        assert_int_equal(figures_add(f, &list[i], &e), FLOW_OK);
    return f;
}

static void promises(const struct estimate *x)
{
    const struct population *p = x->population;
    double units = 0.0;
    for (size_t i = 0; i < p->units; i++) {
        if (x->method->form == FORM_SILENT && x->method->distance != DISTANCE_LINEAR && x->weight[i] != 0.0)
            assert_true(x->weight[i] >= 1.0);
        assert_true(isfinite(x->weight[i]));
        units += x->weight[i];
    }
    if (x->estimable && x->calibrated && x->method->by_region)
        assert_true(fabs(units - (double)p->units) < 1e-6 * (double)p->units);
    for (size_t i = 0; i < x->rows; i++) {
        const struct figure_row *r = &x->row[i];
        assert_true(r->base <= r->units && r->coverage <= 1.0 + 1e-9);
        if (r->has_interval)
            assert_true(r->lower <= r->estimated + 1e-12 * fabs(r->estimated) &&
                        r->upper >= r->estimated - 1e-12 * fabs(r->estimated));
        if (r->base == 0 && x->figures->figure[r->figure].kind != FIGURE_RATE)
            assert_true(!r->has_estimated);
    }
    const struct figure_row *a = estimate_row(x, "t.a", DOMAIN_NATION, ""),
                            *b = estimate_row(x, "t.b", DOMAIN_NATION, ""),
                            *c = estimate_row(x, "t.c", DOMAIN_NATION, ""),
                            *y = estimate_row(x, "y", DOMAIN_NATION, ""),
                            *s = estimate_row(x, "s.a", DOMAIN_NATION, "");
    if (a->has_estimated && b->has_estimated && c->has_estimated && s->has_estimated) {
        double sum = a->estimated + b->estimated + c->estimated;
        assert_true(fabs(s->estimated - a->estimated / sum) < 1e-9);
        (void)y;
    }
}

static void odd_populations_are_estimated_or_refused_with_a_reason(void **state)
{
    (void)state;
    struct figures *f = all_kinds();
    struct random r = {20221125};
    size_t estimated = 0, early = 0, refused = 0;
    for (int k = 0; k < populations; k++) {
        struct population *p = odd_population(&r);
        struct method m;
        struct err e = {0};
        method_defaults(&m);
        m.form = (enum calibration_form)below(&r, 3);
        m.distance = (enum distance)below(&r, 3);
        m.groups_alone_allowed = chance(&r, 0.5);
        m.early_rate = chance(&r, 0.5) ? 0.0 : 0.5;
        m.scale = chance(&r, 0.5);
        struct estimate *x = estimate_run(p, f, &m, &e);
        if (!x) {
            /* Refused because no weights exist, and the margin is named; where some exist they are found. */
            if (e.status != STATUS_DATA)
                fail_msg("population %d: status %d: %s", k, (int)e.status, e.text);
            assert_non_null(strstr(e.text, "margin"));
            refused++;
        } else {
            promises(x);
            estimated += (size_t)(x->estimable != 0);
            early += (size_t)(x->estimable == 0);
        }
        estimate_free(x);
        method_fini(&m);
        population_free(p);
    }
    print_message("%zu estimated, %zu too early, %zu impossible to calibrate\n", estimated, early, refused);
    assert_true(estimated > 500 && refused > 10);
    figures_free(f);
}

static void a_region_that_cannot_be_reached_is_named(void **state)
{
    (void)state;
    struct err e = {0};
    struct population *p = population_new(40, &e);
    struct variable_role total = {0};
    for (size_t i = 0; i < 40; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "U%02zu", i);
        /* The silent ones of the second region are larger than any respondent. */
        struct unit_facts u = {.id = id,
                               .region = i < 20 ? "11" : "84",
                               .departement = "x",
                               .carrier = "x",
                               .size = i % 4 ? 100.0 : 9000.0,
                               .outcome = i % 4 ? OUTCOME_COMPLETE : OUTCOME_SILENT};
        assert_int_equal(population_unit(p, i, &u, &e), FLOW_OK);
    }
    assert_int_equal(population_variable(p, "Y", NULL, 0, &total, &e), FLOW_OK);
    for (uint32_t i = 0; i < 40; i++)
        population_put(p, 0, i, CELL_REPORTED, 10);
    struct figures *f = all_kinds();
    struct method m;
    method_defaults(&m);
    m.early_rate = 0.0;
    assert_null(estimate_run(p, f, &m, &e));
    assert_int_equal(e.status, STATUS_DATA);
    assert_non_null(strstr(e.text, "margin '"));
    assert_non_null(strstr(e.text, "regions_merge"));
    assert_non_null(strstr(e.text, "groups_alone of method allows figures without interval"));
    print_message("%s\n", e.text);
    m.groups_alone_allowed = 1;
    struct estimate *x = estimate_run(p, f, &m, &e);
    assert_non_null(x);
    assert_int_equal(x->groups_alone, 1);
    assert_int_equal(estimate_row(x, "y", DOMAIN_NATION, "")->status, FIGURE_NO_INTERVAL);
    assert_int_equal(estimate_row(x, "y", DOMAIN_NATION, "")->has_interval, 0);
    estimate_free(x);
    figures_free(f);
    method_fini(&m);
    population_free(p);
}

/* Credits that hardly differ are nearly the column of ones: multipliers of 1e10, whose factors are some ten thousand.
 * F = 1 + 30000 (credits - 500001), so S F = 3 and S F credits = 3 x 500001 + 60000. */
static void margins_that_are_nearly_alike_are_met(void **state)
{
    (void)state;
    const double credits[] = {500000, 500001, 500002}, d[] = {1, 1, 1}, total[] = {3, 1560003};
    const double expected[] = {-29999, 1, 30001};
    const struct term term[] = {{.levels = 1}, {.levels = 1, .x = credits}};
    struct calibration c = {.n = 3, .d = d, .term = term, .terms = 2, .total = total, .distance = DISTANCE_LINEAR};
    struct calibration_report report;
    struct err e = {0};
    double factor[3];
    if (calibrate(&c, factor, &report, &e) != FLOW_OK)
        fail_msg("%s", e.text);
    assert_true(fabs(factor[0] + factor[1] + factor[2] - 3.0) < 3e-9);
    for (int i = 0; i < 3; i++) /* as near as a gap of 1e-9 in the credits lets them be */
        assert_true(fabs(factor[i] - expected[i]) < 0.01);
}

/* How many odd populations: 3000, or as many as the command line says. */
/* Margins of factors between the bounds, so that a solution exists; many factors stand near a bound, where the slopes
 * that lead a search nearly vanish. */
static void a_logit_that_has_a_solution_finds_it(void **state)
{
    enum { UNITS = 200, LEVELS = 4, TERMS = 3 };
    struct random r = {.state = 20221};
    (void)state;
    for (int k = 0; k < 3000; k++) {
        double d[UNITS], x[UNITS], f[UNITS], margin[TERMS * LEVELS] = {0.0};
        uint32_t a[UNITS], b[UNITS], la = 1 + below(&r, LEVELS), lb = 1 + below(&r, LEVELS);
        size_t n = 20 + below(&r, UNITS - 20), at = 0;
        double low = random_uniform(&r) * 0.9, high = 1.05 + random_uniform(&r) * 5.0;
        struct term term[TERMS] = {{a, la, NULL}, {a, la, x}, {b, lb, x}};
        for (size_t i = 0; i < n; i++) {
            double share = chance(&r, 0.5) ? random_uniform(&r) : chance(&r, 0.5) ? 0.0 : 1.0;
            d[i] = chance(&r, 0.1) ? 0.0 : 3.0 * random_uniform(&r);
            x[i] = floor(1000.0 * exp(2.0 * random_uniform(&r))) + 1.0;
            a[i] = below(&r, la);
            b[i] = below(&r, lb);
            f[i] = low + (high - low) * (0.02 + 0.96 * share);
        }
        for (size_t t = 0; t < TERMS; at += term[t++].levels)
            for (size_t i = 0; i < n; i++)
                margin[at + term_column(&term[t], i)] += d[i] * f[i] * term_value(&term[t], i);
        const struct calibration c = {.n = n,
                                      .d = d,
                                      .term = term,
                                      .terms = TERMS,
                                      .total = margin,
                                      .distance = DISTANCE_LOGIT,
                                      .lower = low,
                                      .upper = high};
        struct calibration_report report;
        struct err e = {0};
        if (calibrate(&c, f, &report, &e) != FLOW_OK)
            fail_msg("%d: %s", k, e.text);
        for (size_t i = 0; i < n; i++)
            assert_true(d[i] == 0.0 || (f[i] >= low && f[i] <= high));
        at = 0;
        for (size_t t = 0; t < TERMS; at += term[t++].levels)
            for (size_t j = 0; j < term[t].levels; j++) {
                double met = 0.0;
                for (size_t i = 0; i < n; i++)
                    met += term_column(&term[t], i) == j ? d[i] * f[i] * term_value(&term[t], i) : 0.0;
                assert_true(fabs(met - margin[at + j]) <= 1e-8 * fabs(margin[at + j]));
            }
    }
}

int main(int argc, char **argv)
{
    if (argc > 1)
        populations = (int)strtol(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_populations_are_estimated_or_refused_with_a_reason),
        cmocka_unit_test(a_region_that_cannot_be_reached_is_named),
        cmocka_unit_test(margins_that_are_nearly_alike_are_met),
        cmocka_unit_test(a_logit_that_has_a_solution_finds_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
