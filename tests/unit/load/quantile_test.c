/* SPDX-License-Identifier: Apache-2.0 */
/* Quantiles against printed tables: CRC Standard Probability tables (Student, to 3-4 decimals) and values of R 4.2.2 to
 * 15 digits. */
#include "load/estimate/quantile.h"
#include "load/estimate/sums.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static void near(double got, double want, double relative)
{
    double off = fabs(got - want) / (fabs(want) > 0 ? fabs(want) : 1.0);
    if (!(off <= relative))
        fail_msg("got %.17g, want %.17g", got, want);
}

static void normal_quantiles_are_the_tabulated_ones(void **state)
{
    (void)state;
    static const double table[][2] = {{0.5, 0.0},
                                      {0.75, 0.674489750196081743},
                                      {0.9, 1.28155156554460047},
                                      {0.95, 1.64485362695147272},
                                      {0.975, 1.95996398454005424},
                                      {0.995, 2.57582930354890076},
                                      {0.9999, 3.71901648545567993},
                                      {1e-10, -6.36134090240405556},
                                      {1e-20, -9.26234008979840874}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        near(normal_quantile(table[i][0]), table[i][1], 1e-14);
    for (double p = 0.001; p < 1.0; p += 0.001)
        near(normal_cdf(normal_quantile(p)), p, 1e-14);
}

static void student_quantiles_are_the_tabulated_ones(void **state)
{
    (void)state;
    static const double printed[][3] = {{1, 0.975, 12.706}, {2, 0.975, 4.303},  {3, 0.975, 3.182},  {4, 0.975, 2.776},
                                        {5, 0.975, 2.571},  {7, 0.975, 2.365},  {10, 0.975, 2.228}, {15, 0.975, 2.131},
                                        {20, 0.975, 2.086}, {30, 0.975, 2.042}, {60, 0.975, 2.000}, {120, 0.975, 1.980},
                                        {1, 0.95, 6.314},   {10, 0.95, 1.812},  {30, 0.995, 2.750}, {5, 0.9995, 6.869}};
    for (size_t i = 0; i < sizeof printed / sizeof printed[0]; i++)
        near(student_quantile(printed[i][1], printed[i][0]), printed[i][2], 3e-4);
    /* Closed forms: df 1 is tan(pi (p - 1/2)), df 2 is (2p - 1) sqrt(2 / (4 p (1 - p))). */
    for (double p = 0.51; p < 1.0; p += 0.03) {
        near(student_quantile(p, 1), tan(3.14159265358979323846 * (p - 0.5)), 1e-12);
        near(student_quantile(p, 2), (2 * p - 1) * sqrt(2 / (4 * p * (1 - p))), 1e-12);
    }
    near(student_quantile(0.975, 361), 1.96655, 1e-5);
    near(student_quantile(0.025, 5), -student_quantile(0.975, 5), 1e-15);
    near(student_quantile(0.975, 1e8), 1.95996398454005424, 1e-15);
    near(student_quantile(0.975, 1e6), 1.95996635682140, 1e-9);
    for (double df = 1; df < 5000; df *= 1.7)
        for (double p = 0.005; p < 1.0; p += 0.09)
            near(student_cdf(student_quantile(p, df), df), p, 1e-12);
}

static void a_compensated_sum_loses_nothing(void **state)
{
    (void)state;
    struct sum s = {0};
    sum_add(&s, 1e16);
    for (int i = 0; i < 1000; i++)
        sum_add(&s, 1.0);
    sum_add(&s, -1e16);
    near(sum_value(&s), 1000.0, 0.0);
    struct sum tenths = {0};
    for (int i = 0; i < 1000000; i++)
        sum_add(&tenths, 0.1);
    near(sum_value(&tenths), 100000.0, 1e-16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal_quantiles_are_the_tabulated_ones),
        cmocka_unit_test(student_quantiles_are_the_tabulated_ones),
        cmocka_unit_test(a_compensated_sum_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
