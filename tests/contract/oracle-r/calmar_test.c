/* SPDX-License-Identifier: Apache-2.0 */
/* Calibrated weights against those of SAS Calmar, on a sample of a thousand units and on a small file of fifteen. */
#include "load/estimate/calibrate.h"
#include "tests/contract/oracle-r/peers.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 9, COLUMNS = NUMBERS + 5 + 3 };

struct sample {
    size_t n;
    double *d, *q, *x[NUMBERS];
    uint32_t *y2, *y3;
    double total[COLUMNS];
};

static const char *const number_names[NUMBERS] = {"Y1", "Y11", "Y12", "Y13", "Y4", "Y41", "Y42", "Y43", "X"};

/* Categories are written 1, 2, ... */
static uint32_t *numbered(const struct peer_table *t, const char *column)
{
    double *v = peer_numbers(t, column);
    uint32_t *u = calloc(t->rows, sizeof *u);
    for (size_t i = 0; i < t->rows; i++)
        u[i] = (uint32_t)v[i] - 1;
    free(v);
    return u;
}

static void margins_read(struct sample *s, const char *file)
{
    struct peer_table *m = peer_open(file);
    assert_non_null(m);
    for (size_t r = 0; r < m->rows; r++) {
        int categories = atoi(m->text[r][1]);
        for (int k = 0; k < (categories ? categories : 1); k++) {
            double v = strtod(m->text[r][2 + k], NULL);
            size_t at = r < NUMBERS ? r : r == NUMBERS ? NUMBERS + (size_t)k : NUMBERS + 5 + (size_t)k;
            if (r < NUMBERS)
                assert_string_equal(m->text[r][0], number_names[r]);
            s->total[at] = categories && v < 1.0 ? v * 50000.0 : v;
        }
    }
    peer_close(m);
}

static int sample_open(struct sample *s, const char *margins, int respondents_only)
{
    struct peer_table *t = peer_open("calmar_sample1000.csv");
    memset(s, 0, sizeof *s);
    if (!t)
        return 0;
    s->n = t->rows;
    s->d = peer_numbers(t, "weight");
    s->q = peer_numbers(t, "qTest");
    for (int j = 0; j < NUMBERS; j++)
        s->x[j] = peer_numbers(t, number_names[j]);
    s->y2 = numbered(t, "Y2");
    s->y3 = numbered(t, "Y3");
    if (respondents_only) {
        double *responding = peer_numbers(t, "responding");
        size_t n = 0;
        for (size_t i = 0; i < s->n; i++) {
            if (responding[i] != 1.0)
                continue;
            s->d[n] = s->d[i];
            s->q[n] = s->q[i];
            s->y2[n] = s->y2[i];
            s->y3[n] = s->y3[i];
            for (int j = 0; j < NUMBERS; j++)
                s->x[j][n] = s->x[j][i];
            n++;
        }
        s->n = n;
        free(responding);
    }
    peer_close(t);
    margins_read(s, margins);
    return 1;
}

static void sample_close(struct sample *s)
{
    free(s->d);
    free(s->q);
    for (int j = 0; j < NUMBERS; j++)
        free(s->x[j]);
    free(s->y2);
    free(s->y3);
}

/* Largest relative distance between our weights and a column of theirs; -1 when ours do not exist. */
static double distance_to(struct sample *s, const char *file, const char *column, struct calibration *c, struct err *e)
{
    struct term term[NUMBERS + 2];
    for (int j = 0; j < NUMBERS; j++)
        term[j] = (struct term){.levels = 1, .x = s->x[j]};
    term[NUMBERS] = (struct term){.level = s->y2, .levels = 5};
    term[NUMBERS + 1] = (struct term){.level = s->y3, .levels = 3};
    c->n = s->n;
    c->d = s->d;
    c->term = term;
    c->terms = NUMBERS + 2;
    c->total = s->total;
    struct peer_table *t = peer_open(file);
    assert_non_null(t);
    assert_int_equal(t->rows, s->n);
    double *theirs = peer_numbers(t, column), *factor = calloc(s->n, sizeof *factor), worst = 0.0;
    struct calibration_report r;
    if (calibrate(c, factor, &r, e) != FLOW_OK)
        worst = -1.0;
    else
        for (size_t i = 0; i < s->n; i++)
            worst = fmax(worst, fabs(s->d[i] * factor[i] - theirs[i]) / fabs(theirs[i]));
    print_message("%s %s: %zu units, %d steps, rank %d of %zu, largest relative difference %.2e\n", file, column, s->n,
                  r.steps, r.rank, r.columns, worst);
    free(theirs);
    free(factor);
    peer_close(t);
    return worst;
}

struct calmar_case {
    const char *column, *margins;
    int respondents, scale, q;
    enum distance distance;
    double lower, upper;
};

static void thousand_units_have_the_weights_of_calmar(void **state)
{
    (void)state;
    static const struct calmar_case cases[] = {
        {"weight_cal_lin", "calmar_margins_1.csv", 0, 0, 0, DISTANCE_LINEAR, 0, 0},
        {"weight_cal_raking", "calmar_margins_1.csv", 0, 0, 0, DISTANCE_RAKING, 0, 0},
        {"weight_cal_logit", "calmar_margins_1.csv", 0, 0, 0, DISTANCE_LOGIT, 0.2, 1.3},
        {"weight_cal_lin_2", "calmar_margins_2.csv", 0, 0, 0, DISTANCE_LINEAR, 0, 0},
        {"weight_cal_raking_2", "calmar_margins_2.csv", 0, 0, 0, DISTANCE_RAKING, 0, 0},
        {"weight_cal_logit_2", "calmar_margins_2.csv", 0, 0, 0, DISTANCE_LOGIT, 0.2, 1.3},
        {"weight_cal_lin_qtest", "calmar_margins_1.csv", 0, 0, 1, DISTANCE_LINEAR, 0, 0},
        {"weight_cal_lin", "calmar_margins_1.csv", 1, 0, 0, DISTANCE_LINEAR, 0, 0},
        {"weight_cal_raking", "calmar_margins_1.csv", 1, 0, 0, DISTANCE_RAKING, 0, 0},
        {"weight_cal_logit", "calmar_margins_1.csv", 1, 1, 0, DISTANCE_LOGIT, 0.1, 2.0},
        {"weight_cal_lin_2", "calmar_margins_2.csv", 1, 0, 0, DISTANCE_LINEAR, 0, 0},
        {"weight_cal_raking_2", "calmar_margins_2.csv", 1, 0, 0, DISTANCE_RAKING, 0, 0},
        {"weight_cal_logit_2", "calmar_margins_2.csv", 1, 1, 0, DISTANCE_LOGIT, 0.1, 2.0},
        {"weight_cal_raking_2_qtest", "calmar_margins_2.csv", 1, 1, 1, DISTANCE_RAKING, 0, 0},
    };
    double all = 0.0;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        struct sample s;
        struct err e = {0};
        if (!sample_open(&s, cases[k].margins, cases[k].respondents))
            skip();
        if (cases[k].scale) {
            double sum = 0.0;
            for (size_t i = 0; i < s.n; i++)
                sum += s.d[i];
            for (size_t i = 0; i < s.n; i++)
                s.d[i] *= 50000.0 / sum;
        }
        struct calibration c = {.q = cases[k].q ? s.q : NULL,
                                .distance = cases[k].distance,
                                .lower = cases[k].lower,
                                .upper = cases[k].upper};
        double worst =
            distance_to(&s, cases[k].respondents ? "calmar_weights_sas_nonresponse.csv" : "calmar_weights_sas.csv",
                        cases[k].column, &c, &e);
        if (worst < 0)
            fail_msg("%s: %s", cases[k].column, e.text);
        all = fmax(all, worst);
        assert_true(worst < 1e-6);
        sample_close(&s);
    }
    print_message("largest of all: %.2e\n", all);
}

static void an_unscaled_logit_on_the_respondents_is_impossible(void **state)
{
    (void)state;
    struct sample s;
    struct err e = {0};
    if (!sample_open(&s, "calmar_margins_1.csv", 1))
        skip();
    struct calibration c = {.distance = DISTANCE_LOGIT, .lower = 0.2, .upper = 1.3};
    double worst = distance_to(&s, "calmar_weights_sas_nonresponse.csv", "weight_cal_logit", &c, &e);
    print_message("%s\n", e.text);
    assert_true(worst < 0);
#ifdef HAVE_CLP
    assert_int_equal(e.status, STATUS_DATA);
    assert_non_null(strstr(e.text, "impossible"));
#endif
    sample_close(&s);
}

/* ---- the file of fifteen ---- */
struct small {
    struct peer_table *t;
    double *d, *pay;
    uint32_t *category, *sex, *service;
    double total[3 + 2 + 2 + 1];
    struct term term[4];
};

static int small_open(struct small *s)
{
    memset(s, 0, sizeof *s);
    s->t = peer_open("employees15_calmar.csv");
    if (!s->t)
        return 0;
    s->d = peer_numbers(s->t, "weight");
    s->pay = peer_numbers(s->t, "salaire");
    s->category = numbered(s->t, "categ");
    s->sex = numbered(s->t, "sexe");
    s->service = numbered(s->t, "service");
    const double total[] = {80, 90, 60, 140, 90, 100, 130, 470000};
    memcpy(s->total, total, sizeof total);
    s->term[0] = (struct term){.level = s->category, .levels = 3};
    s->term[1] = (struct term){.level = s->sex, .levels = 2};
    s->term[2] = (struct term){.level = s->service, .levels = 2};
    s->term[3] = (struct term){.levels = 1, .x = s->pay};
    return 1;
}

static void small_close(struct small *s)
{
    free(s->d);
    free(s->pay);
    free(s->category);
    free(s->sex);
    free(s->service);
    peer_close(s->t);
}

static enum flow small_weights(struct small *s, enum distance d, double lower, double upper, double *w, struct err *e)
{
    static const char *const names[] = {"categ 1", "categ 2",   "categ 3",   "sexe 1",
                                        "sexe 2",  "service 1", "service 2", "salaire"};
    struct calibration c = {.n = s->t->rows,
                            .d = s->d,
                            .term = s->term,
                            .terms = 4,
                            .total = s->total,
                            .name = names,
                            .distance = d,
                            .lower = lower,
                            .upper = upper};
    struct calibration_report r;
    enum flow f = calibrate(&c, w, &r, e);
    for (size_t i = 0; f == FLOW_OK && i < s->t->rows; i++)
        w[i] *= s->d[i];
    return f;
}

static void fifteen_units_have_the_weights_of_calmar(void **state)
{
    (void)state;
    static const struct {
        const char *column;
        enum distance distance;
    } cases[] = {{"wLinear", DISTANCE_LINEAR}, {"wRaking", DISTANCE_RAKING}, {"wLogit", DISTANCE_LOGIT}};
    struct small s;
    if (!small_open(&s))
        skip();
    for (size_t k = 0; k < 3; k++) {
        double w[15], worst = 0.0, *theirs = peer_numbers(s.t, cases[k].column);
        struct err e = {0};
        int negative = 0;
        if (small_weights(&s, cases[k].distance, 0.4, 2.2, w, &e) != FLOW_OK)
            fail_msg("%s: %s", cases[k].column, e.text);
        for (size_t i = 0; i < 15; i++) {
            worst = fmax(worst, fabs(w[i] - theirs[i]));
            negative += w[i] < 0.0;
        }
        print_message("%s: largest difference %.2e, %d negative\n", cases[k].column, worst, negative);
        assert_true(worst <= 5.0001e-5);
        assert_int_equal(negative, cases[k].distance == DISTANCE_LINEAR);
        free(theirs);
    }
    small_close(&s);
}

static void fifteen_units_cannot_stay_between_0_6_and_2(void **state)
{
    (void)state;
    struct small s;
    double w[15];
    struct err e = {0};
    if (!small_open(&s))
        skip();
    assert_int_not_equal(small_weights(&s, DISTANCE_LOGIT, 0.6, 2.0, w, &e), FLOW_OK);
    print_message("%s\n", e.text);
#ifdef HAVE_CLP
    assert_int_equal(e.status, STATUS_DATA);
    assert_non_null(strstr(e.text, "impossible"));
    assert_non_null(strstr(e.text, "margin '"));
#else
    assert_int_equal(e.status, STATUS_BUG);
#endif
    small_close(&s);
}

static void factors_that_disagree_are_refused(void **state)
{
    (void)state;
    struct small s;
    double w[15];
    struct err e = {0};
    if (!small_open(&s))
        skip();
    s.total[0] = 81;
    assert_int_not_equal(small_weights(&s, DISTANCE_RAKING, 0, 0, w, &e), FLOW_OK);
    assert_int_equal(e.status, STATUS_DATA);
    assert_non_null(strstr(e.text, "must agree"));
    small_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thousand_units_have_the_weights_of_calmar),
        cmocka_unit_test(an_unscaled_logit_on_the_respondents_is_impossible),
        cmocka_unit_test(fifteen_units_have_the_weights_of_calmar),
        cmocka_unit_test(fifteen_units_cannot_stay_between_0_6_and_2),
        cmocka_unit_test(factors_that_disagree_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
