/* SPDX-License-Identifier: Apache-2.0 */
/* The only file that knows LAPACKE: dpstrf (info 1 only says that the rank is deficient) and dpotrs on its leading
 * block. */
#include "load/estimate/linalg.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double RANK_TOLERANCE = 1e-12;

static enum flow reserve(struct linalg_factor *f, size_t k, struct err *e)
{
    f->k = k;
    if (k <= f->room)
        return FLOW_OK;
    if (k > LINALG_MAX)
        return err_set(e, STATUS_CONFIG, "%zu margins, at most %d", k, LINALG_MAX);
    linalg_fini(f);
    f->pivot = calloc(k, sizeof *f->pivot);
    f->upper = calloc(k * k, sizeof *f->upper);
    f->scale = calloc(k, sizeof *f->scale);
    f->work = calloc(k, sizeof *f->work);
    if (!f->pivot || !f->upper || !f->scale || !f->work)
        return err_set(e, STATUS_SYSTEM, "out of memory for %zu margins", k);
    f->k = f->room = k;
    return FLOW_OK;
}

enum flow linalg_factor(struct linalg_factor *f, const double *m, size_t k, struct err *e)
{
    enum flow r = reserve(f, k, e);
    if (r != FLOW_OK || k == 0) {
        f->rank = 0;
        return r;
    }
    for (size_t j = 0; j < k; j++)
        f->scale[j] = m[j * k + j] > 0.0 ? 1.0 / sqrt(m[j * k + j]) : 0.0;
    for (size_t j = 0; j < k; j++)
        for (size_t i = 0; i <= j; i++) {
            double v = m[j * k + i] * f->scale[i] * f->scale[j];
            if (!isfinite(v))
                return err_set(e, STATUS_BUG, "a matrix of margins holds no number");
            f->upper[j * k + i] = v;
        }
    lapack_int rank = 0, n = (lapack_int)k;
    lapack_int info = LAPACKE_dpstrf(LAPACK_COL_MAJOR, 'U', n, f->upper, n, f->pivot, &rank, RANK_TOLERANCE);
    if (info < 0)
        return err_set(e, STATUS_BUG, "dpstrf refused argument %d", -(int)info);
    f->rank = info == 0 ? (int)k : (int)rank;
    return FLOW_OK;
}

enum flow linalg_solve(struct linalg_factor *f, const double *b, double *x, struct err *e)
{
    size_t k = f->k;
    for (size_t i = 0; i < k; i++) {
        size_t j = (size_t)f->pivot[i] - 1;
        f->work[i] = b[j] * f->scale[j];
    }
    if (f->rank > 0) {
        lapack_int info =
            LAPACKE_dpotrs(LAPACK_COL_MAJOR, 'U', f->rank, 1, f->upper, (lapack_int)k, f->work, (lapack_int)k);
        if (info != 0)
            return err_set(e, STATUS_BUG, "dpotrs refused argument %d", -(int)info);
    }
    for (size_t i = 0; i < k; i++) {
        size_t j = (size_t)f->pivot[i] - 1;
        x[j] = (int)i < f->rank ? f->work[i] * f->scale[j] : 0.0;
    }
    return FLOW_OK;
}

void linalg_fini(struct linalg_factor *f)
{
    free(f->pivot);
    free(f->upper);
    free(f->scale);
    free(f->work);
    memset(f, 0, sizeof *f);
}
