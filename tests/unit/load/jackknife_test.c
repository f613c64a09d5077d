/* SPDX-License-Identifier: Apache-2.0 */
/* The jackknife updates sums where it can. Held against the plain one, which computes every replicate anew, whatever
 * the calibration and whichever way missing values are filled. */
#include "load/estimate/estimate_work.h"
#include "tests/contract/oracle-r/golden.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

static const struct variant {
    const char *name;
    size_t units;
    enum calibration_form form;
    enum distance distance;
    int classes;      /* of size: the fewer, the more units share a group and region */
    int donors;       /* asked for: many send the missing values to the region or the nation */
    double influence; /* little makes many values influential */
    int scale, by_region, by_size;
    double refits; /* at most this part of the replicates */
} variants[] = {
    {"silent part, raking", 220, FORM_SILENT, DISTANCE_RAKING, 1, 5, 0.05, 0, 1, 1, 0.1},
    {"silent part, linear", 140, FORM_SILENT, DISTANCE_LINEAR, 2, 5, 0.05, 0, 1, 1, 0.2},
    {"silent part, logit", 220, FORM_SILENT, DISTANCE_LOGIT, 1, 5, 0.05, 0, 1, 1, 0.1},
    {"standard, raking", 140, FORM_STANDARD, DISTANCE_RAKING, 2, 5, 0.05, 0, 1, 1, 0.2},
    {"standard, linear", 220, FORM_STANDARD, DISTANCE_LINEAR, 1, 5, 0.05, 0, 1, 1, 0.1},
    {"standard, logit", 140, FORM_STANDARD, DISTANCE_LOGIT, 2, 5, 0.05, 0, 1, 1, 0.2},
    {"standard, scaled", 140, FORM_STANDARD, DISTANCE_RAKING, 2, 5, 0.05, 1, 1, 1, 0.2},
    {"no calibration", 140, FORM_NONE, DISTANCE_RAKING, 2, 5, 0.05, 0, 1, 1, 0.2},
    {"regions alone", 140, FORM_SILENT, DISTANCE_RAKING, 2, 5, 0.05, 0, 1, 0, 0.2},
    {"size alone", 140, FORM_SILENT, DISTANCE_RAKING, 2, 5, 0.05, 0, 0, 1, 0.2},
    {"small groups", 140, FORM_SILENT, DISTANCE_RAKING, 6, 5, 0.05, 0, 1, 1, 0.5},
    {"donors of the region", 140, FORM_SILENT, DISTANCE_RAKING, 6, 13, 0.05, 0, 1, 1, 0.5},
    {"donors of the nation", 140, FORM_SILENT, DISTANCE_RAKING, 4, 40, 0.05, 0, 1, 1, 0.5},
    {"donors at the last resort", 140, FORM_SILENT, DISTANCE_RAKING, 2, 500, 0.05, 0, 1, 1, 0.2},
    {"influential values", 140, FORM_SILENT, DISTANCE_RAKING, 2, 5, 0.015, 0, 1, 1, 0.9},
};

static struct world *small_world(size_t units)
{
    const struct world_shape shape = {"small", units, 0.60, 0.40, 0.10, 0.72, 0.5, 0.12, 77};
    struct world *w = world_new(&shape);
    struct random r = {78};
    struct population *p = w->population;
    uint32_t y = population_find_item(p, "Y", ""), length = population_find_item(p, "LENGTH", "P3"),
             age = population_find_item(p, "AGE", "A1");
    for (uint32_t i = 0; i < p->units; i++)
        if (random_uniform(&r) < 0.85)
            population_put_previous(p, y, i, floor(world_value(w, y, i) * exp(0.15 * random_normal(&r)) + 0.5));
    world_draw(w, &r, 0.0);
    for (uint32_t i = 0; i < p->units; i++) {
        if (random_uniform(&r) < 0.1)
            population_put(p, age, i, CELL_WITHHELD, 0.0); /* a table with a hole */
        if (random_uniform(&r) < 0.1)
            population_put(p, length, i, CELL_NA, 0.0);
    }
    return w;
}

static size_t respondents(const struct estimate *x)
{
    return x->rates.complete + x->rates.partial;
}

struct jackknife {
    struct jackknife_row *row;
    size_t rows, refits;
};

static struct jackknife jackknife_of(const struct estimate *x, int anew, const char *name)
{
    struct err e = {0};
    struct jackknife o = {0};
    if (jackknife_make(x, anew, &o.row, &o.rows, &o.refits, &e) != FLOW_OK)
        fail_msg("%s: %s", name, e.text);
    assert_non_null(o.row);
    assert_int_equal(o.rows, x->figures->count);
    return o;
}

static void held_against_the_plain_one(struct world *w, struct method *m, const struct variant *v)
{
    struct err e = {0};
    struct figures *figures = golden_figures();
    struct estimate *x = estimate_run(w->population, figures, m, &e);
    if (!x) {
        fail_msg("%s: %s", v->name, e.text);
        return;
    }
    struct jackknife fast = jackknife_of(x, 0, v->name), plain = jackknife_of(x, 1, v->name);
    double worst = 0.0;
    for (size_t k = 0; k < fast.rows; k++) {
        double got = fast.row[k].jackknife_se, want = plain.row[k].jackknife_se;
        assert_int_equal(fast.row[k].row, plain.row[k].row);
        if (!(fabs(got - want) <= 1e-7 * want))
            fail_msg("%s, %s: %.12g, plainly %.12g", v->name, figures->figure[x->row[fast.row[k].row].figure].id, got,
                     want);
        worst = fmax(worst, fabs(got - want) / want);
    }
    print_message("%-26s %zu respondents, %zu values imputed, %zu influential: %zu of %zu anew, off by %.1e\n", v->name,
                  respondents(x), x->imputed.count, x->influentials, fast.refits, plain.refits, worst);
    assert_true(plain.refits > respondents(x));
    assert_true((double)fast.refits <= v->refits * (double)plain.refits);
    free(fast.row);
    free(plain.row);
    estimate_free(x);
    figures_free(figures);
}

static void the_jackknife_is_the_plain_one(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof variants / sizeof variants[0]; k++) {
        const struct variant *v = &variants[k];
        struct method m = golden_method();
        m.form = v->form;
        m.distance = v->distance;
        m.size_classes = v->classes;
        m.donors_minimum = v->donors;
        m.influential = v->influence;
        m.scale = v->scale;
        m.by_region = v->by_region;
        m.by_size = v->by_size;
        m.lower = v->form == FORM_STANDARD ? 0.2 : 0.0;
        m.upper = 6.0;
        struct world *w = small_world(v->units);
        held_against_the_plain_one(w, &m, v);
        world_free(w);
        method_fini(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_jackknife_is_the_plain_one)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
