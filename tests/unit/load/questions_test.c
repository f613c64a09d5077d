/* SPDX-License-Identifier: Apache-2.0 */
/* Questions put to an estimate of the golden population: contributions, bias table, sensitivity, follow-up, editing,
 * jackknife; and revisions, whose parts must add up whatever the causes. */
#include "load/estimate/estimate.h"
#include "load/estimate/revision.h"
#include "tests/contract/oracle-r/golden.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct whole {
    struct world *world;
    struct figures *figures;
    struct method method;
    struct estimate *x;
};

static void whole_open(struct whole *g)
{
    struct err e = {0};
    *g = (struct whole){.world = golden_world(), .figures = golden_figures(), .method = golden_method()};
    g->x = estimate_run(g->world->population, g->figures, &g->method, &e);
    if (!g->x)
        fail_msg("%s", e.text);
}

static void whole_close(struct whole *g)
{
    estimate_free(g->x);
    figures_free(g->figures);
    method_fini(&g->method);
    world_free(g->world);
}

static void near(double got, double want)
{
    if (!(fabs(got - want) <= 1e-9 * fmax(1.0, fabs(want))))
        fail_msg("got %.15g, want %.15g", got, want);
}

static void contributions_add_up_and_come_largest_first(void **state)
{
    (void)state;
    struct whole g;
    whole_open(&g);
    const struct figure_row *row = estimate_row(g.x, "total Y", DOMAIN_NATION, "");
    size_t n = estimate_contributions(g.x, row, NULL, 0);
    assert_int_equal(n, g.x->rates.complete + g.x->rates.partial);
    struct contribution *all = calloc(n, sizeof *all), top[20];
    assert_int_equal(estimate_contributions(g.x, row, all, n), n);
    assert_int_equal(estimate_contributions(g.x, row, top, 20), n);
    double sum = 0.0, share = 0.0;
    int imputed = 0;
    for (size_t i = 0; i < n; i++) {
        sum += all[i].contribution;
        share += all[i].share;
        imputed += all[i].status == CELL_IMPUTED;
        assert_true(i == 0 || all[i].contribution <= all[i - 1].contribution);
        near(all[i].contribution, all[i].weight * all[i].value);
        if (i < 20)
            assert_int_equal(top[i].unit, all[i].unit);
    }
    near(sum, row->estimated);
    near(share, 1.0);
    assert_int_equal(imputed, (int)(n - row->base));
    row = estimate_row(g.x, "share A2", DOMAIN_CARRIER, "7361");
    n = estimate_contributions(g.x, row, all, n);
    double top_sum = 0.0, below = 0.0;
    for (size_t i = 0; i < n; i++) {
        top_sum += all[i].contribution;
        below += all[i].weight * all[i].denominator;
    }
    near(top_sum / below, row->estimated);
    free(all);
    whole_close(&g);
}

static void the_bias_table_is_that_of_a_plain_count(void **state)
{
    (void)state;
    struct whole g;
    struct err e = {0};
    struct bias_row *rows;
    size_t n;
    whole_open(&g);
    const struct population *p = g.world->population;
    assert_int_equal(estimate_bias(g.x, &rows, &n, &e), FLOW_OK);
    double in = 0, out = 0, all = 0, weighted = 0, count = 0, weights = 0;
    for (size_t i = 0; i < p->units; i++) {
        int r = unit_responds(p, i);
        in += r ? p->size[i] : 0;
        out += r ? 0 : p->size[i];
        all += p->size[i];
        count += r;
        weighted += g.x->weight[i] * p->size[i];
        weights += g.x->weight[i];
    }
    assert_string_equal(rows[0].what, "size_mean");
    near(rows[0].respondents, in / count);
    near(rows[0].nonrespondents, out / ((double)p->units - count));
    near(rows[0].population, all / (double)p->units);
    near(rows[0].weighted, weighted / weights);
    near(rows[0].weighted, rows[0].population); /* calibrated */
    assert_true(rows[0].standardised > 0.1);    /* large ones answer more */
    double regions = 0;
    for (size_t i = 0; i < n; i++)
        if (strcmp(rows[i].what, "region") == 0) {
            regions += rows[i].respondents;
            near(rows[i].weighted, rows[i].population);
        }
    near(regions, 1.0);
    free(rows);
    whole_close(&g);
}

static void sensitivity_moves_the_silent_part_only(void **state)
{
    (void)state;
    struct whole g;
    struct err e = {0};
    struct sensitivity_row s[SENSITIVITY_ROWS];
    whole_open(&g);
    double estimated = estimate_row(g.x, "total Y", DOMAIN_NATION, "")->estimated;
    assert_int_equal(estimate_sensitivity(g.x, "Y", "", s, &e), FLOW_OK);
    near(s[1].value + s[2].value, 2 * estimated); /* -10 % and +10 % */
    near(s[0].value + s[3].value, 2 * estimated);
    near(s[3].value - estimated, 2 * (s[2].value - estimated));
    assert_string_equal(s[4].supposition, "previous");
    assert_true(fabs(s[4].value / estimated - 1.0) < 0.05);
    assert_true(fabs(s[5].value / estimated - 1.0) < 0.05);
    assert_int_not_equal(estimate_sensitivity(g.x, "NONE", "", s, &e), FLOW_OK);
    whole_close(&g);
}

static void followup_names_everyone_whose_value_is_missing(void **state)
{
    (void)state;
    struct whole g;
    struct err e = {0};
    struct followup_row *rows;
    size_t n;
    whole_open(&g);
    const struct figure_row *y = estimate_row(g.x, "total Y", DOMAIN_NATION, "");
    assert_int_equal(estimate_followup(g.x, "Y", "", &rows, &n, &e), FLOW_OK);
    assert_int_equal(n, y->units - y->base);
    double gain = 0.0;
    size_t silent = 0;
    for (size_t i = 0; i < n; i++) {
        assert_true(i == 0 || rows[i].gain <= rows[i - 1].gain);
        assert_true(rows[i].gain >= 0.0 && rows[i].expected > 0.0);
        gain += rows[i].gain;
        silent += (size_t)rows[i].silent;
    }
    assert_int_equal(silent, y->units - g.x->rates.complete - g.x->rates.partial);
    /* One after the other they would close the interval. */
    double half = y->upper - y->estimated;
    assert_true(gain > 0.3 * half && gain < 1.5 * half);
    free(rows);
    whole_close(&g);
}

static void editing_puts_back_what_a_rule_took(void **state)
{
    (void)state;
    struct whole g;
    struct err e = {0};
    whole_open(&g);
    struct population *p = g.world->population;
    uint32_t item = population_find_item(p, "Y", ""), unit = 0;
    while (!unit_responds(p, unit) || cells_status(&p->item[item].answer, unit) != CELL_REPORTED)
        unit++;
    double was = cells_value(&p->item[item].answer, unit);
    population_put(p, item, unit, CELL_WITHHELD, 0.0);
    struct estimate *x = estimate_run(p, g.figures, &g.method, &e);
    struct withheld_cell cell = {"H01", item, unit, 100 * was};
    struct editing_row *rows;
    size_t n;
    assert_int_equal(estimate_editing(x, &cell, 1, &rows, &n, &e), FLOW_OK);
    assert_true(n > 0);
    assert_string_equal(rows[0].rule, "H01");
    assert_int_equal(rows[0].cells, 1);
    near(rows[0].with, estimate_row(x, "total Y", DOMAIN_NATION, "")->estimated);
    assert_true(rows[0].without > rows[0].with + 90 * was);
    assert_int_equal(cells_status(&p->item[item].answer, unit), CELL_WITHHELD);
    free(rows);
    estimate_free(x);
    whole_close(&g);
}

static void the_jackknife_agrees_with_the_formula(void **state)
{
    (void)state;
    struct whole g;
    struct err e = {0};
    struct jackknife_row *rows;
    size_t n, apart = 0;
    whole_open(&g);
    if (estimate_jackknife(g.x, &rows, &n, &e) != FLOW_OK)
        fail_msg("%s", e.text);
    for (size_t i = 0; i < n; i++) {
        print_message("%-12s formula %.6g jackknife %.6g ratio %.3f\n",
                      g.figures->figure[g.x->row[rows[i].row].figure].id, rows[i].formula_se, rows[i].jackknife_se,
                      rows[i].jackknife_se / rows[i].formula_se);
        apart += !rows[i].agrees;
    }
    assert_int_equal(n, g.figures->count);
    assert_int_equal(apart, 0);
    free(rows);
    whole_close(&g);
}

static const struct change_row *change_of(const struct change_row *rows, size_t n, const struct estimate *x,
                                          const char *id)
{
    size_t i = 0;
    while (i < n && strcmp(x->figures->figure[x->row[rows[i].row].figure].id, id) != 0)
        i++;
    if (i == n)
        fail_msg("no change of %s", id);
    return &rows[i];
}

static void change_looks_at_units_that_gave_both(void **state)
{
    (void)state;
    struct err e = {0};
    struct whole a, b;
    struct change_row *rows;
    size_t n;
    whole_open(&a);
    whole_open(&b);
    assert_int_equal(estimate_change(b.x, a.x, &rows, &n, &e), FLOW_OK);
    assert_int_equal(n, b.figures->count);
    for (size_t i = 0; i < n; i++)
        assert_true(rows[i].change == 0.0 && rows[i].se < 1e-12 && rows[i].has_interval);
    free(rows);
    estimate_free(b.x);

    /* A quarter more everywhere, some noise, other respondents. */
    struct population *p = b.world->population;
    uint32_t y = population_find_item(p, "Y", ""), panel = 0;
    struct random r = {4};
    for (uint32_t i = 0; i < p->units; i++) {
        double more = world_value(b.world, y, i) * 1.25 * exp(0.05 * random_normal(&r));
        population_put(p, y, i, cells_status(&p->item[y].answer, i), more);
        if (i % 17 == 3)
            p->outcome[i] = unit_responds(p, i) ? OUTCOME_SILENT : OUTCOME_COMPLETE;
    }
    b.x = estimate_run(p, b.figures, &b.method, &e);
    if (!b.x)
        fail_msg("%s", e.text);
    double after = 0.0, before = 0.0;
    for (uint32_t i = 0; i < p->units; i++)
        if (unit_responds(p, i) && unit_responds(a.world->population, i) &&
            cells_status(&p->item[y].answer, i) == CELL_REPORTED) {
            panel++;
            after += b.x->weight[i] * cells_value(&p->item[y].answer, i);
            before += b.x->weight[i] * world_value(a.world, y, i);
        }
    assert_int_equal(estimate_change(b.x, a.x, &rows, &n, &e), FLOW_OK);
    const struct change_row *c = change_of(rows, n, b.x, "total Y");
    assert_int_equal(c->panel, panel);
    assert_int_equal(c->relative, 1);
    near(c->after, after);
    near(c->before, before);
    near(c->change, after / before - 1.0);
    assert_true(fabs(c->change - 0.25) < 0.01);
    assert_true(c->se > 0.0005 && c->se < 0.01); /* far below the uncertainty of either level */
    assert_true(c->lower < 0.2516 && c->upper > 0.2484);
    c = change_of(rows, n, b.x, "share G");
    assert_int_equal(c->relative, 0);
    free(rows);
    whole_close(&a);
    whole_close(&b);
}

/* ---- revisions ---- */
static enum revision_cause owner(void *ctx, const char *unit)
{
    (void)ctx;
    return strcmp(unit, "U000300") < 0 ? CAUSE_CORRECTION : CAUSE_DECISIONS;
}

/* The golden population with one change of each kind. */
static void change(struct world *w, int everything)
{
    struct population *p = w->population;
    uint32_t y = population_find_item(p, "Y", ""), seen = 0;
    for (uint32_t i = 0; i < p->units; i++) {
        int responds = unit_responds(p, i);
        const struct cells *answer = &p->item[y].answer;
        if (!responds && seen++ % 40 == 0) {
            p->outcome[i] = OUTCOME_COMPLETE; /* new returns */
            population_put(p, y, i, CELL_REPORTED, world_value(w, y, i));
        } else if (everything && responds && i % 97 == 5) {
            p->outcome[i] = OUTCOME_WITHDRAWN;
        } else if (everything && responds && i % 53 == 7 && cells_status(answer, i) == CELL_REPORTED) {
            population_put(p, y, i, CELL_REPORTED, cells_value(answer, i) + 20); /* correction or decision */
        } else if (everything && i % 111 == 3) {
            p->size[i] += 5000;
        }
    }
}

static void check_sums(const struct revision *r)
{
    assert_true(r->rows > 0);
    for (size_t i = 0; i < r->rows; i++) {
        double sum = 0.0;
        for (int c = 0; c < CAUSE_COUNT; c++) {
            sum += r->row[i].part[c];
            if (!(r->present >> c & 1U))
                assert_true(r->row[i].part[c] == 0.0);
        }
        assert_true(fabs(sum - (r->row[i].after - r->row[i].before)) <=
                    4e-16 * fmax(fabs(r->row[i].after), fabs(r->row[i].before)));
    }
}

static void a_revision_adds_up_over_its_causes(void **state)
{
    (void)state;
    struct err e = {0};
    struct whole a, b;
    whole_open(&a);
    whole_open(&b);
    change(b.world, 1);
    b.method.donors_minimum = 6;
    struct revision_side sa = {a.world->population, a.figures, &a.method},
                         sb = {b.world->population, b.figures, &b.method};
    struct revision *r = revision_run(&sa, &sb, owner, NULL, 1, &e);
    if (!r)
        fail_msg("%s", e.text);
    assert_int_equal(r->present, 1U << CAUSE_REGISTER | 1U << CAUSE_NEW | 1U << CAUSE_CORRECTION |
                                     1U << CAUSE_WITHDRAWAL | 1U << CAUSE_DECISIONS | 1U << CAUSE_METHOD);
    check_sums(r);
    assert_string_equal(r->row[0].figure, "total Y");
    near(r->row[0].before, estimate_row(a.x, "total Y", DOMAIN_NATION, "")->estimated);
    assert_true(r->row[0].has_half_width);
    assert_true(r->row[0].part[CAUSE_CORRECTION] > 0.0);
    revision_free(r);
    whole_close(&a);
    whole_close(&b);
}

static void a_lone_cause_takes_the_whole_difference(void **state)
{
    (void)state;
    struct err e = {0};
    struct whole a, b;
    whole_open(&a);
    whole_open(&b);
    change(b.world, 0);
    struct revision_side sa = {a.world->population, a.figures, &a.method},
                         sb = {b.world->population, b.figures, &b.method};
    struct revision *r = revision_run(&sa, &sb, owner, NULL, 0, &e);
    if (!r)
        fail_msg("%s", e.text);
    assert_int_equal(r->present, 1U << CAUSE_NEW);
    assert_int_equal(r->units[CAUSE_NEW], 6);
    for (size_t i = 0; i < r->rows; i++)
        assert_true(r->row[i].part[CAUSE_NEW] == r->row[i].after - r->row[i].before);
    revision_free(r);
    r = revision_run(&sa, &sa, owner, NULL, 0, &e);
    assert_non_null(r);
    assert_int_equal(r->present, 0);
    revision_free(r);
    whole_close(&a);
    whole_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contributions_add_up_and_come_largest_first),
        cmocka_unit_test(the_bias_table_is_that_of_a_plain_count),
        cmocka_unit_test(sensitivity_moves_the_silent_part_only),
        cmocka_unit_test(followup_names_everyone_whose_value_is_missing),
        cmocka_unit_test(editing_puts_back_what_a_rule_took),
        cmocka_unit_test(the_jackknife_agrees_with_the_formula),
        cmocka_unit_test(change_looks_at_units_that_gave_both),
        cmocka_unit_test(a_revision_adds_up_over_its_causes),
        cmocka_unit_test(a_lone_cause_takes_the_whole_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
