/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/specimen/calc.h"

#include <float.h>

_Static_assert(FLT_EVAL_METHOD == 0, "doubles must be computed as doubles");

enum { SHARE_MAX = 64 };

static const double LN2 = 0.693147180559945309417232121458;

double calc_exp(double x)
{
    int k = (int)(x / LN2 + (x < 0 ? -0.5 : 0.5));
    double r = x - k * LN2, term = 1, sum = 1;
    for (int i = 1; i < 20; i++) {
        term = term * r / i;
        sum += term;
    }
    for (; k > 0; k--)
        sum *= 2;
    for (; k < 0; k++)
        sum *= 0.5;
    return sum;
}

double calc_log(double x)
{
    int k = 0;
    for (; x > 1.5; k++)
        x *= 0.5;
    for (; x < 0.75; k--)
        x *= 2;
    double y = (x - 1) / (x + 1), y2 = y * y, term = y, sum = 0; /* ln x = 2 atanh y, |y| <= 0.2 */
    for (int i = 1; i < 40; i += 2) {
        sum += term / i;
        term *= y2;
    }
    return 2 * sum + k * LN2;
}

double calc_sqrt(double x)
{
    if (x <= 0)
        return 0;
    double y = calc_exp(0.5 * calc_log(x));
    return 0.5 * (y + x / y);
}

int64_t calc_div_round(int64_t a, int64_t b)
{
    return a >= 0 ? (a + b / 2) / b : -((-a + b / 2) / b);
}

void calc_share(int64_t total, const double *weight, size_t n, int64_t *part)
{
    double sum = 0, left[SHARE_MAX];
    int64_t given = 0;
    for (size_t i = 0; i < n; i++)
        sum += weight[i];
    for (size_t i = 0; i < n; i++) {
        double exact = sum > 0 ? (double)total * (weight[i] / sum) : 0;
        part[i] = (int64_t)exact;
        left[i] = exact - (double)part[i];
        given += part[i];
    }
    while (given < total) {
        size_t best = 0;
        for (size_t i = 1; i < n; i++)
            if (left[i] > left[best])
                best = i;
        part[best]++;
        left[best] -= 1;
        given++;
    }
    for (size_t i = 0; given > total; i = (i + 1) % n)
        if (part[i] > 0) {
            part[i]--;
            given--;
        }
}

int calc_spread(int64_t total, const double *weight, size_t n, int32_t least, int32_t *part)
{
    int64_t rest = total - (int64_t)n * least, given = 0;
    double sum = 0, run = 0;
    if (rest < 0)
        return 0;
    for (size_t i = 0; i < n; i++)
        sum += weight[i];
    for (size_t i = 0; i < n; i++) {
        run += weight[i];
        int64_t upto = i + 1 == n ? rest : (int64_t)((double)rest * (run / sum) + 0.5);
        if (upto > rest)
            upto = rest;
        part[i] = least + (int32_t)(upto - given);
        given = upto;
    }
    return 1;
}

/* Proportional fitting: a fixed number of passes, so the result depends on nothing but the input. */
static void fit(size_t rows, size_t cols, double *w, const int64_t *row, const int64_t *col)
{
    for (int pass = 0; pass < 24; pass++) {
        for (size_t c = 0; c < cols; c++) {
            double sum = 0;
            for (size_t r = 0; r < rows; r++)
                sum += w[r * cols + c];
            double f = sum > 0 ? (double)col[c] / sum : 0;
            for (size_t r = 0; r < rows; r++)
                w[r * cols + c] *= f;
        }
        for (size_t r = 0; r < rows; r++) {
            double sum = 0;
            for (size_t c = 0; c < cols; c++)
                sum += w[r * cols + c];
            double f = sum > 0 ? (double)row[r] / sum : 0;
            for (size_t c = 0; c < cols; c++)
                w[r * cols + c] *= f;
        }
    }
}

/* Moves single counts between columns, row by row from the fullest place, until every column total is met. */
static int settle(size_t rows, size_t cols, int32_t *cell, int64_t *gap)
{
    for (;;) {
        size_t high = 0, low = 0, best = rows;
        for (size_t c = 1; c < cols; c++) {
            if (gap[c] > gap[high])
                high = c;
            if (gap[c] < gap[low])
                low = c;
        }
        if (gap[high] == 0)
            return 1;
        int32_t most = 1;
        for (size_t r = 0; r < rows; r++)
            if (cell[r * cols + low] > most) {
                most = cell[r * cols + low];
                best = r;
            }
        if (best == rows)
            return 0;
        cell[best * cols + low]--;
        cell[best * cols + high]++;
        gap[low]++;
        gap[high]--;
    }
}

int calc_table(size_t rows, size_t cols, double *weight, const int64_t *row, const int64_t *col, int32_t *cell)
{
    double due[SHARE_MAX] = {0};
    int64_t gap[SHARE_MAX];
    if (cols > SHARE_MAX)
        return 0;
    fit(rows, cols, weight, row, col);
    for (size_t c = 0; c < cols; c++)
        gap[c] = col[c];
    for (size_t r = 0; r < rows; r++) {
        double want[SHARE_MAX];
        int64_t part[SHARE_MAX];
        /* What is still due to each column pulls the rounding of this row, so column errors never pile up. */
        for (size_t c = 0; c < cols; c++) {
            due[c] += weight[r * cols + c];
            want[c] = due[c] > 0 ? due[c] : 0;
        }
        calc_share(row[r], want, cols, part);
        for (size_t c = 0; c < cols; c++) {
            cell[r * cols + c] = (int32_t)part[c];
            due[c] -= (double)part[c];
            gap[c] -= part[c];
        }
    }
    return settle(rows, cols, cell, gap);
}
