/* SPDX-License-Identifier: Apache-2.0 */
/* The estimator on populations small enough to compute by hand. */
#include "load/estimate/estimate.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void near(double got, double want)
{
    if (!(fabs(got - want) <= 1e-9 * fmax(1.0, fabs(want))))
        fail_msg("got %.15g, want %.15g", got, want);
}

/* Twelve units in two size classes of six and two regions; Y is the total asked, G and F its parts. -1: silent; -2:
 * item missing. */
static const struct {
    double size, y, g;
    const char *region;
} units[12] = {{100, 10, 6, "R1"},  {110, 12, 7, "R1"},  {120, -1, 0, "R1"},  {130, 14, -2, "R2"},
               {140, 13, 5, "R2"},  {150, 16, 9, "R2"},  {400, 41, 20, "R1"}, {420, -1, 0, "R1"},
               {440, 45, 25, "R1"}, {460, -2, -2, "R2"}, {480, -1, 0, "R2"},  {500, 52, 26, "R2"}};

static struct population *twelve(void)
{
    static const char *const parts[] = {"G", "F"};
    struct err e = {0};
    struct population *p = population_new(12, &e);
    assert_non_null(p);
    struct variable_role total = {.previous = 1}, part = {.base = "Y", .sums = 1};
    for (size_t i = 0; i < 12; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "U%02zu", i);
        struct unit_facts f = {.id = id,
                               .size = units[i].size,
                               .region = units[i].region,
                               .departement = units[i].region,
                               .carrier = "C",
                               .outcome = units[i].y == -1 ? OUTCOME_SILENT : OUTCOME_COMPLETE};
        assert_int_equal(population_unit(p, i, &f, &e), FLOW_OK);
    }
    assert_int_equal(population_variable(p, "Y", NULL, 0, &total, &e), FLOW_OK);
    assert_int_equal(population_variable(p, "SEX", parts, 2, &part, &e), FLOW_OK);
    for (uint32_t i = 0; i < 12; i++) {
        enum cell_status silent = units[i].y == -1 ? CELL_UNIT : CELL_MISSING;
        population_put(p, 0, i, units[i].y >= 0 ? CELL_REPORTED : silent, units[i].y);
        population_put(p, 1, i, units[i].y >= 0 && units[i].g >= 0 ? CELL_REPORTED : silent, units[i].g);
        population_put(p, 2, i, units[i].y >= 0 && units[i].g >= 0 ? CELL_REPORTED : silent, units[i].y - units[i].g);
    }
    return p;
}

static struct figures *asked(void)
{
    struct err e = {0};
    static const char *const g[] = {"G"};
    struct figures *f = figures_new(&e);
    assert_non_null(f);
    const struct figure list[] = {
        {.id = "N", .kind = FIGURE_COUNT, .domains = 3},
        {.id = "CREDITS", .kind = FIGURE_REGISTER_TOTAL},
        {.id = "Y", .kind = FIGURE_TOTAL, .part = {.variable = "Y"}, .domains = 31},
        {.id = "G", .kind = FIGURE_TOTAL, .part = {.variable = "SEX", .category = g, .count = 1}},
        {.id = "SHARE", .kind = FIGURE_SHARE, .part = {.variable = "SEX", .category = g, .count = 1}, .domains = 3},
        {.id = "RR2", .kind = FIGURE_RATE, .column = "RR2", .domains = 3},
        {.id = "Z", .kind = FIGURE_TOTAL, .part = {.variable = "UNKNOWN"}},
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        assert_int_equal(figures_add(f, &list[i], &e), FLOW_OK);
    return f;
}

static struct method method_for_twelve(void)
{
    struct method m;
    method_defaults(&m);
    m.size_classes = 2;
    m.group_minimum = 3;
    m.donors_minimum = 2;
    m.influential = 1.0;
    m.form = FORM_NONE;
    return m;
}

static double spread(const double *v, size_t n)
{
    double mean = 0, s = 0;
    for (size_t i = 0; i < n; i++)
        mean += v[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        s += (v[i] - mean) * (v[i] - mean);
    return s / (double)(n - 1);
}

static void groups_and_item_silence_by_hand(void **state)
{
    (void)state;
    struct err e = {0};
    struct population *p = twelve();
    struct figures *f = asked();
    struct method m = method_for_twelve();
    struct estimate *x = estimate_run(p, f, &m, &e);
    if (!x)
        fail_msg("%s", e.text);
    assert_int_equal(x->groups, 2);
    assert_int_equal(x->response_group[0].units, 6);
    assert_int_equal(x->response_group[0].respondents, 5);
    near(x->response_group[0].weight, 1.2);
    near(x->response_group[1].weight, 1.5);
    near(x->response_group[1].from, 400);
    near(estimate_row(x, "N", DOMAIN_NATION, "")->estimated, 12);
    near(estimate_row(x, "N", DOMAIN_REGION, "R2")->estimated, 6);
    near(estimate_row(x, "CREDITS", DOMAIN_NATION, "")->estimated, 3450);
    near(estimate_row(x, "RR2", DOMAIN_NATION, "")->estimated, 9.0 / 12.0);

    /* The missing total of U09: donors of its group 41, 45, 52 on size 400, 440, 500. */
    double ratio = (41.0 + 45 + 52) / (400.0 + 440 + 500), imputed = ratio * 460;
    const struct figure_row *y = estimate_row(x, "Y", DOMAIN_NATION, "");
    near(y->observed, 10 + 12 + 14 + 13 + 16 + 41 + 45 + 52);
    near(y->estimated, 1.2 * (10 + 12 + 14 + 13 + 16) + 1.5 * (41 + 45 + imputed + 52));
    assert_int_equal(y->base, 8);
    assert_int_equal(y->units, 12);
    near(y->coverage, (100.0 + 110 + 130 + 140 + 150 + 400 + 440 + 500) / 3450);
    const double low[] = {10, 12, 14, 13, 16}, high[] = {41, 45, 52};
    double v = 36 * (1 - 5.0 / 6) * spread(low, 5) / 5 + 36 * (1 - 3.0 / 6) * spread(high, 3) / 3;
    near(y->variance, v);
    assert_int_equal(y->df, 4 + 2);
    near(y->imputed, 1.5 * imputed / y->estimated);
    near(y->upper - y->estimated, 2.44691185114497 * sqrt(v)); /* t(6, 0.975) */

    /* The breakdown missing for U03 and U09: shares of the group. */
    double share_low = (6.0 + 7 + 5 + 9) / (10.0 + 12 + 13 + 16), share_high = (20.0 + 25 + 26) / (41.0 + 45 + 52);
    double g = 1.2 * (6 + 7 + 14 * share_low + 5 + 9) + 1.5 * (20 + 25 + imputed * share_high + 26);
    const struct figure_row *part = estimate_row(x, "G", DOMAIN_NATION, "");
    near(part->estimated, g);
    const double gl[] = {6, 7, 5, 9}, gh[] = {20, 25, 26};
    double rl[4], rh[3];
    const double yl[] = {10, 12, 13, 16};
    for (int i = 0; i < 4; i++)
        rl[i] = gl[i] - share_low * yl[i];
    for (int i = 0; i < 3; i++)
        rh[i] = gh[i] - share_high * high[i];
    double first = 36 * (1 - 5.0 / 6) * spread(gl, 4) / 5 + 36 * (1 - 3.0 / 6) * spread(gh, 3) / 3;
    double second = 36 * (1 - 4.0 / 5) * spread(rl, 4) / 4; /* the other group: parts known wherever the total is */
    near(part->variance, first + second);
    (void)rh;
    const struct figure_row *s = estimate_row(x, "SHARE", DOMAIN_NATION, "");
    near(s->estimated, g / y->estimated);
    near(s->observed, (6.0 + 7 + 5 + 9 + 20 + 25 + 26) / (10.0 + 12 + 13 + 16 + 41 + 45 + 52));
    assert_int_equal(s->base, 7);
    double ul[4], uh[3];
    for (int i = 0; i < 4; i++)
        ul[i] = (gl[i] - s->estimated * yl[i]) / y->estimated;
    for (int i = 0; i < 3; i++)
        uh[i] = (gh[i] - s->estimated * high[i]) / y->estimated;
    near(s->variance * 1e6, 1e6 * (36 * (1 - 4.0 / 6) * spread(ul, 4) / 4 + 36 * (1 - 3.0 / 6) * spread(uh, 3) / 3));

    /* A region is a domain of the whole groups: zeros outside. */
    const struct figure_row *r = estimate_row(x, "Y", DOMAIN_REGION, "R1");
    near(r->estimated, 1.2 * (10 + 12) + 1.5 * (41 + 45));
    const double dl[] = {10, 12, 0, 0, 0}, dh[] = {41, 45, 0};
    near(r->variance, 36 * (1 - 5.0 / 6) * spread(dl, 5) / 5 + 36 * (1 - 3.0 / 6) * spread(dh, 3) / 3);
    assert_int_equal(estimate_row(x, "Y", DOMAIN_DEPARTEMENT, "R1")->has_estimated, 0);
    near(estimate_row(x, "Y", DOMAIN_DEPARTEMENT, "R1")->observed, 10 + 12 + 41 + 45);
    assert_int_equal(estimate_row(x, "Z", DOMAIN_NATION, "")->status, FIGURE_NOT_ASKED);
    estimate_free(x);
    figures_free(f);
    population_free(p);
    method_fini(&m);
}

static void calibration_of_the_silent_part_meets_its_margins(void **state)
{
    (void)state;
    struct err e = {0};
    struct population *p = twelve();
    struct figures *f = asked();
    struct method m = method_for_twelve();
    m.form = FORM_SILENT;
    struct estimate *x = estimate_run(p, f, &m, &e);
    if (!x)
        fail_msg("%s", e.text);
    double units1 = 0, units2 = 0, size = 0;
    for (size_t i = 0; i < 12; i++) {
        if (x->weight[i] > 0)
            assert_true(x->weight[i] >= 1.0);
        *(strcmp(units[i].region, "R1") == 0 ? &units1 : &units2) += x->weight[i];
        size += x->weight[i] * units[i].size;
    }
    near(units1, 6);
    near(units2, 6);
    assert_true(fabs(size - 3450) < 1e-6);
    assert_true(estimate_row(x, "Y", DOMAIN_NATION, "")->estimated >=
                estimate_row(x, "Y", DOMAIN_NATION, "")->observed);
    assert_int_equal(x->calibrated, 1);
    estimate_free(x);
    figures_free(f);
    population_free(p);
    method_fini(&m);
}

static void everybody_answering_is_exact(void **state)
{
    (void)state;
    struct err e = {0};
    struct population *p = twelve();
    for (uint32_t i = 0; i < 12; i++) {
        p->outcome[i] = OUTCOME_COMPLETE;
        population_put(p, 0, i, CELL_REPORTED, 10);
        population_put(p, 1, i, CELL_REPORTED, 10);
        population_put(p, 2, i, CELL_REPORTED, 0);
    }
    struct figures *f = asked();
    struct method m = method_for_twelve();
    m.form = FORM_SILENT;
    struct estimate *x = estimate_run(p, f, &m, &e);
    if (!x)
        fail_msg("%s", e.text);
    const struct figure_row *y = estimate_row(x, "Y", DOMAIN_NATION, "");
    assert_int_equal(y->status, FIGURE_EXACT);
    near(y->estimated, 120);
    near(y->variance, 0);
    assert_int_equal(estimate_row(x, "SHARE", DOMAIN_REGION, "R1")->status, FIGURE_EXACT);
    estimate_free(x);
    figures_free(f);
    population_free(p);
    method_fini(&m);
}

static void early_in_the_campaign_nothing_is_estimated(void **state)
{
    (void)state;
    struct err e = {0};
    struct population *p = twelve();
    for (uint32_t i = 4; i < 12; i++)
        p->outcome[i] = OUTCOME_SILENT;
    struct figures *f = asked();
    struct method m = method_for_twelve();
    struct estimate *x = estimate_run(p, f, &m, &e);
    if (!x)
        fail_msg("%s", e.text);
    assert_int_equal(x->estimable, 0);
    const struct figure_row *y = estimate_row(x, "Y", DOMAIN_NATION, "");
    assert_int_equal(y->status, FIGURE_EARLY);
    assert_int_equal(y->has_estimated, 0);
    near(y->observed, 36);
    assert_int_equal(estimate_row(x, "Y", DOMAIN_DEPARTEMENT, "R2")->base, 1);
    assert_string_equal(x->step[0].step, "eligibility");
    assert_string_equal(x->step[1].step, "early");
    estimate_free(x);
    figures_free(f);
    population_free(p);
    method_fini(&m);
}

/* Eight of twelve do not respond. Two of these gave something in the last edition; of the other six, one is too young
 * to have been asked then, and one declines now, which is an answer to whether it exists. */
static void silence_in_two_editions_running_is_counted(void **state)
{
    (void)state;
    struct err e = {0};
    struct figures *f = asked();
    struct method m = method_for_twelve();
    for (int last = 0; last < 2; last++) {
        struct population *p = twelve();
        for (uint32_t i = 4; i < 12; i++)
            p->outcome[i] = i == 11 ? OUTCOME_REFUSAL : OUTCOME_SILENT;
        for (uint32_t i = 0; last && i < 6; i++)
            population_put_previous(p, 0, i, 0.0);
        p->recent[7] = 1;
        struct estimate *x = estimate_run(p, f, &m, &e);
        if (!x)
            fail_msg("%s", e.text);
        assert_int_equal(x->rates.silent_twice, last ? 4 : 0);
        assert_string_equal(x->step[0].text_en,
                            last ? "unknown eligibility is assumed nil: 4 units silent two editions running"
                                 : "unknown eligibility is assumed nil; nothing is known of the last edition");
        estimate_free(x);
        population_free(p);
    }
    figures_free(f);
    method_fini(&m);
}

static void a_domain_without_return_is_never_zero(void **state)
{
    (void)state;
    struct err e = {0};
    struct population *p = twelve();
    struct figures *f = asked();
    struct method m = method_for_twelve();
    uint32_t c = population_code(p, DIM_CARRIER, "D");
    p->dim[DIM_CARRIER][2] = (uint16_t)c; /* a silent one */
    struct estimate *x = estimate_run(p, f, &m, &e);
    if (!x)
        fail_msg("%s", e.text);
    const struct figure_row *y = estimate_row(x, "Y", DOMAIN_CARRIER, "D");
    assert_int_equal(y->status, FIGURE_NO_RETURN);
    assert_int_equal(y->has_observed, 0);
    assert_int_equal(y->has_estimated, 0);
    estimate_free(x);
    figures_free(f);
    population_free(p);
    method_fini(&m);
}

static void nobody_at_all_is_said(void **state)
{
    (void)state;
    struct err e = {0};
    struct population *p = population_new(0, &e);
    struct figures *f = asked();
    struct method m = method_for_twelve();
    struct estimate *x = estimate_run(p, f, &m, &e);
    if (!x)
        fail_msg("%s", e.text);
    assert_int_equal(x->estimable, 0);
    estimate_free(x);
    figures_free(f);
    population_free(p);
    method_fini(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_and_item_silence_by_hand),
        cmocka_unit_test(calibration_of_the_silent_part_meets_its_margins),
        cmocka_unit_test(everybody_answering_is_exact),
        cmocka_unit_test(early_in_the_campaign_nothing_is_estimated),
        cmocka_unit_test(silence_in_two_editions_running_is_counted),
        cmocka_unit_test(a_domain_without_return_is_never_zero),
        cmocka_unit_test(nobody_at_all_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
