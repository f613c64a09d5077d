/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic that gives the same bits everywhere: only + - * / on IEEE 754 doubles (no libm, no fused multiply-add) and
 * integers; and the sharing of whole numbers so that parts add to their total in both directions. */
#ifndef TESTS_SPECIMEN_CALC_H
#define TESTS_SPECIMEN_CALC_H

#include <stddef.h>
#include <stdint.h>

double calc_exp(double x); /* |x| < 200 */
double calc_log(double x); /* x > 0, normal */
double calc_sqrt(double x);

/* Splits total into n whole parts proportional to weight (all >= 0, one > 0): largest remainder, first index on ties.
 */
void calc_share(int64_t total, const double *weight, size_t n, int64_t *part);

/* Controlled rounding of a table: rows r add to row[r], columns c to col[c] (the two sums agree), each cell close to
 * weight[r * cols + c] after proportional fitting to both margins. cell is rows x cols. weight is changed. Returns 0
 * when the margins cannot be met (a column that no row may fill). */
int calc_table(size_t rows, size_t cols, double *weight, const int64_t *row, const int64_t *col, int32_t *cell);

/* Whole numbers >= least, adding to total, close to proportional to weight: the running sum is rounded, so no error
 * piles up. Returns 0 when total < n * least. */
int calc_spread(int64_t total, const double *weight, size_t n, int32_t least, int32_t *part);

/* a / b rounded half away from zero, b > 0. */
int64_t calc_div_round(int64_t a, int64_t b);

#endif
