/* SPDX-License-Identifier: Apache-2.0 */
/* Figures, standard errors and intervals against those that R computes by method.R (golden.csv, committed). */
#include "load/estimate/estimate.h"
#include "schemas/dataset/csv.h"
#include "schemas/run/decimal.h"
#include "schemas/run/fs.h"
#include "tests/contract/oracle-r/golden.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double worst[4];
static int failures;

static void compare(const char *figure, const char *domain, const char *area, int k, int has, double got,
                    const char *text)
{
    static const char *const what[] = {"estimate", "standard error", "lower", "upper"};
    double want = 0.0;
    if (*text == '\0') {
        if (has && k > 1)
            failures += (print_message("%s %s %s: %s %.12g, R has none\n", figure, domain, area, what[k], got), 1);
        return;
    }
    assert_true(double_parse(text, strlen(text), &want));
    double off = fabs(got - want) / fmax(fabs(want), 1e-300);
    if (!has || off > 1e-6) {
        print_message("%s %s %s: %s %.12g, R says %.12g (%.1e)\n", figure, domain, area, what[k], got, want, off);
        failures++;
    }
    worst[k] = fmax(worst[k], off);
}

static enum domain_kind domain_named(const char *name)
{
    for (int d = 0; d < DOMAIN_KINDS; d++)
        if (strcmp(name, domain_kind_name((enum domain_kind)d)) == 0)
            return (enum domain_kind)d;
    fail_msg("no domain %s", name);
    return DOMAIN_NATION;
}

static void every_figure_is_that_of_r(void **state)
{
    (void)state;
    struct err e = {0};
    struct world *w = golden_world();
    struct figures *f = golden_figures();
    struct method m = golden_method();
    struct estimate *x = estimate_run(w->population, f, &m, &e);
    if (!x)
        fail_msg("%s", e.text);
    for (size_t i = 0; i < x->steps; i++)
        print_message("%s: %s\n", x->step[i].step, x->step[i].text_en);
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/tests/contract/oracle-r/golden.csv", getenv("PRE_SOURCE"));
    struct buf b;
    buf_init(&b, 1 << 22);
    assert_int_equal(fs_read(path, &b, &e), FLOW_OK);
    static const char *const columns[] = {"figure", "domain", "area", "estimated", "se", "lower", "upper", "df", NULL};
    struct csv_table *t = csv_table_open(buf_str(&b), b.len, "golden.csv", ',', columns, &e);
    assert_non_null(t);
    size_t rows = 0;
    for (; csv_table_next(t, &e) == FLOW_OK; rows++) {
        const char *figure = csv_table_get(t, 0), *domain = csv_table_get(t, 1), *area = csv_table_get(t, 2);
        const struct figure_row *r = estimate_row(x, figure, domain_named(domain), area);
        if (!r)
            fail_msg("no row %s %s %s", figure, domain, area);
        compare(figure, domain, area, 0, r->has_estimated, r->estimated, csv_table_get(t, 3));
        compare(figure, domain, area, 1, r->has_variance, r->se, csv_table_get(t, 4));
        compare(figure, domain, area, 2, r->has_interval, r->lower, csv_table_get(t, 5));
        compare(figure, domain, area, 3, r->has_interval, r->upper, csv_table_get(t, 6));
        if (r->df != atoi(csv_table_get(t, 7)))
            failures +=
                (print_message("%s %s %s: df %d, R says %s\n", figure, domain, area, r->df, csv_table_get(t, 7)), 1);
    }
    size_t ours = 0;
    for (size_t i = 0; i < x->rows; i++)
        ours += x->row[i].has_variance != 0;
    print_message("%zu rows (ours with a variance: %zu); largest relative differences: estimate %.1e, standard error "
                  "%.1e, bounds %.1e %.1e\n",
                  rows, ours, worst[0], worst[1], worst[2], worst[3]);
    assert_int_equal(rows, ours);
    assert_int_equal(failures, 0);
    csv_table_close(t);
    buf_fini(&b);
    estimate_free(x);
    figures_free(f);
    method_fini(&m);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_figure_is_that_of_r)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
