/* SPDX-License-Identifier: Apache-2.0 */
/* Totals, means, ratios and a domain with their standard errors against R survey 4.1-1, on its stratified sample of 200
 * schools: plain, and calibrated on the school types and last year's score (linear and raking). */
#include "load/estimate/calibrate.h"
#include "load/estimate/variance.h"
#include "tests/contract/oracle-r/peers.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct schools {
    size_t n, groups;
    uint32_t start[8], *type;
    double units[8], *d, *w, *fit, *enroll, *api00, *api99, *u;
    struct term term[2];
};

/* Puts a column in the order of the strata, as they first appear in the file: E, M, H. */
static double *by_stratum(const struct peer_table *t, const char *column, const unsigned *type, unsigned levels)
{
    double *v = peer_numbers(t, column), *sorted = calloc(t->rows, sizeof *sorted);
    size_t at = 0;
    for (unsigned k = 0; k < levels; k++)
        for (size_t i = 0; i < t->rows; i++)
            if (type[i] == k)
                sorted[at++] = v[i];
    free(v);
    return sorted;
}

static int schools_open(struct schools *s)
{
    struct peer_table *t = peer_open("apistrat200.csv");
    memset(s, 0, sizeof *s);
    if (!t)
        return 0;
    unsigned levels, *type = peer_levels(t, "stype", &levels);
    double *fpc = by_stratum(t, "fpc", type, levels);
    s->n = t->rows;
    s->enroll = by_stratum(t, "enroll", type, levels);
    s->api00 = by_stratum(t, "api00", type, levels);
    s->api99 = by_stratum(t, "api99", type, levels);
    s->type = calloc(s->n, sizeof *s->type);
    for (size_t k = 0, at = 0; k < levels; k++)
        for (size_t i = 0; i < s->n; i++)
            if (type[i] == k)
                s->type[at++] = (uint32_t)k;
    free(type);
    s->d = calloc(s->n, sizeof(double));
    s->w = calloc(s->n, sizeof(double));
    s->fit = calloc(s->n, sizeof(double));
    s->u = calloc(s->n, sizeof(double));
    for (size_t i = 0; i < s->n; i++)
        if (i == 0 || s->type[i] != s->type[i - 1]) {
            s->start[s->groups] = (uint32_t)i;
            s->units[s->groups++] = fpc[i];
        }
    s->start[s->groups] = (uint32_t)s->n;
    assert_int_equal(s->groups, levels);
    for (size_t h = 0; h < s->groups; h++)
        for (size_t i = s->start[h]; i < s->start[h + 1]; i++)
            s->w[i] = s->d[i] = s->fit[i] = s->units[h] / (double)(s->start[h + 1] - s->start[h]);
    s->term[0] = (struct term){.level = s->type, .levels = 3};
    s->term[1] = (struct term){.levels = 1, .x = s->api99};
    free(fpc);
    peer_close(t);
    return 1;
}

static void schools_close(struct schools *s)
{
    free(s->d);
    free(s->w);
    free(s->fit);
    free(s->u);
    free(s->enroll);
    free(s->api00);
    free(s->api99);
    free(s->type);
}

static double total(const struct schools *s, const double *y)
{
    double t = 0.0;
    for (size_t i = 0; i < s->n; i++)
        t += s->w[i] * (y ? y[i] : 1.0);
    return t;
}

static double se(struct schools *s, size_t terms, const uint32_t *inside, size_t count)
{
    struct variance v;
    struct err e = {0};
    struct variance_answer a;
    struct design d = {.n = s->n,
                       .groups = s->groups,
                       .start = s->start,
                       .units = s->units,
                       .d = s->d,
                       .w = s->w,
                       .fit = s->fit,
                       .term = s->term,
                       .terms = terms};
    assert_int_equal(variance_init(&v, &d, &e), FLOW_OK);
    assert_int_equal(variance_mask(&v, NULL, &e), FLOW_OK);
    assert_int_equal(variance_item(&v, s->u, inside, count, &a, &e), FLOW_OK);
    variance_fini(&v);
    assert_int_equal(a.exhaustive, 0);
    return sqrt(a.variance);
}

static void near(const char *what, double got, double want)
{
    double off = fabs(got - want) / fabs(want);
    print_message("%-28s %.15g, relative difference %.1e\n", what, got, off);
    assert_true(off < 1e-6);
}

static void plain_totals_and_means_are_those_of_survey(void **state)
{
    (void)state;
    struct schools s;
    if (!schools_open(&s))
        skip();
    struct peer_table *x = peer_open("apistrat200_expected.csv");
    assert_non_null(x);
    double *estimate = peer_numbers(x, "estimate"), *error = peer_numbers(x, "se");
    memcpy(s.u, s.enroll, s.n * sizeof *s.u);
    near("total enroll", total(&s, s.enroll), estimate[0]);
    near("its standard error", se(&s, 0, NULL, 0), error[0]);
    double units = total(&s, NULL), mean = total(&s, s.api00) / units;
    for (size_t i = 0; i < s.n; i++)
        s.u[i] = (s.api00[i] - mean) / units;
    near("mean api00", mean, estimate[1]);
    near("its standard error", se(&s, 0, NULL, 0), error[1]);
    free(estimate);
    free(error);
    peer_close(x);
    schools_close(&s);
}

/* Printed by R: calibrate(d, ~stype + api99, c(6194, 755, 1018, 3914069), calfun =, epsilon = 1e-12). */
struct calibrated {
    enum distance distance;
    double total, total_se, mean, mean_se, ratio, ratio_se, domain, domain_se;
};

static void check_calibrated(const struct calibrated *want)
{
    struct schools s;
    if (!schools_open(&s))
        skip();
    const double margin[] = {4421, 1018, 755, 3914069}; /* E, M, H as they stand in the file */
    struct calibration c = {
        .n = s.n, .d = s.d, .term = s.term, .terms = 2, .total = margin, .distance = want->distance};
    struct calibration_report r;
    struct err e = {0};
    assert_int_equal(s.units[1] == 1018 && s.units[2] == 755, 1);
    if (calibrate(&c, s.w, &r, &e) != FLOW_OK)
        fail_msg("%s", e.text);
    for (size_t i = 0; i < s.n; i++)
        s.w[i] *= s.d[i];
    memcpy(s.u, s.enroll, s.n * sizeof *s.u);
    near("calibrated total enroll", total(&s, s.enroll), want->total);
    near("its standard error", se(&s, 2, NULL, 0), want->total_se);
    double units = total(&s, NULL), mean = total(&s, s.api00) / units;
    for (size_t i = 0; i < s.n; i++)
        s.u[i] = (s.api00[i] - mean) / units;
    near("calibrated mean api00", mean, want->mean);
    near("its standard error", se(&s, 2, NULL, 0), want->mean_se);
    double beside = total(&s, s.api00), ratio = total(&s, s.enroll) / beside;
    for (size_t i = 0; i < s.n; i++)
        s.u[i] = (s.enroll[i] - ratio * s.api00[i]) / beside;
    near("calibrated ratio", ratio, want->ratio);
    near("its standard error", se(&s, 2, NULL, 0), want->ratio_se);
    uint32_t inside[200];
    size_t count = 0;
    for (size_t i = 0; i < s.n; i++) {
        s.u[i] = s.api00[i] > 700 ? s.enroll[i] : 0.0;
        if (s.api00[i] > 700)
            inside[count++] = (uint32_t)i;
    }
    near("calibrated domain total", total(&s, s.u), want->domain);
    near("its standard error", se(&s, 2, inside, count), want->domain_se);
    schools_close(&s);
}

static void linear_calibration_has_the_errors_of_survey(void **state)
{
    (void)state;
    static const struct calibrated want = {DISTANCE_LINEAR,      3680331.7299543414, 110678.65591757918,
                                           664.63020026088475,   1.8999185951998365, 0.89399624272247857,
                                           0.027164905597346484, 1248364.6793277785, 94494.870935365558};
    check_calibrated(&want);
}

static void raking_has_the_errors_of_survey(void **state)
{
    (void)state;
    static const struct calibrated want = {DISTANCE_RAKING,      3680363.4443436344, 110680.50576305758,
                                           664.62917004723397,   1.8998644093509853, 0.89400533228173451,
                                           0.027165396876864815, 1248414.4443464254, 94495.488185058144};
    check_calibrated(&want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_totals_and_means_are_those_of_survey),
        cmocka_unit_test(linear_calibration_has_the_errors_of_survey),
        cmocka_unit_test(raking_has_the_errors_of_survey),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
