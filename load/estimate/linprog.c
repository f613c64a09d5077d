/* SPDX-License-Identifier: Apache-2.0 */
/* The only file that knows CLP, which is optional. Two slack columns per equality carry the cost. */
#include "load/estimate/linprog.h"

#ifdef HAVE_CLP

#include <coin/Clp_C_Interface.h>
#include <stdlib.h>
#include <string.h>

struct columns {
    int *start, *index;
    double *value, *lower, *upper, *cost;
};

static void columns_fini(struct columns *c)
{
    free(c->start);
    free(c->index);
    free(c->value);
    free(c->lower);
    free(c->upper);
    free(c->cost);
}

static int columns_init(struct columns *c, size_t n, size_t entries)
{
    c->start = calloc(n + 1, sizeof *c->start);
    c->index = calloc(entries + 1, sizeof *c->index);
    c->value = calloc(entries + 1, sizeof *c->value);
    c->lower = calloc(n + 1, sizeof *c->lower);
    c->upper = calloc(n + 1, sizeof *c->upper);
    c->cost = calloc(n + 1, sizeof *c->cost);
    return c->start && c->index && c->value && c->lower && c->upper && c->cost;
}

/* The columns of lp, then +1 and -1 slacks of each row. */
static void columns_fill(struct columns *c, const struct linprog *lp)
{
    size_t entries = (size_t)lp->start[lp->columns], n = lp->columns;
    memcpy(c->start, lp->start, (n + 1) * sizeof *c->start);
    if (entries) {
        memcpy(c->index, lp->index, entries * sizeof *c->index);
        memcpy(c->value, lp->value, entries * sizeof *c->value);
    }
    if (n) {
        memcpy(c->lower, lp->lower, n * sizeof *c->lower);
        memcpy(c->upper, lp->upper, n * sizeof *c->upper);
    }
    for (size_t r = 0; r < 2 * lp->rows; r++) {
        c->index[entries] = (int)(r / 2);
        c->value[entries] = r % 2 ? -1.0 : 1.0;
        c->upper[n + r] = 1e30;
        c->cost[n + r] = 1.0;
        c->start[n + r + 1] = (int)++entries;
    }
}

enum flow linprog_feasible(const struct linprog *lp, double tolerance, enum linprog_answer *answer, double *missing,
                           struct err *e)
{
    struct columns c = {0};
    size_t n = lp->columns + 2 * lp->rows;
    enum flow flow = FLOW_OK;
    Clp_Simplex *m = NULL;
    *answer = LINPROG_UNKNOWN;
    if (!columns_init(&c, n, (size_t)lp->start[lp->columns] + 2 * lp->rows) || !(m = Clp_newModel())) {
        flow = err_set(e, STATUS_SYSTEM, "out of memory for a linear program of %zu columns", n);
        goto out;
    }
    columns_fill(&c, lp);
    Clp_setLogLevel(m, 0);
    Clp_loadProblem(m, (int)n, (int)lp->rows, c.start, c.index, c.value, c.lower, c.upper, c.cost, lp->target,
                    lp->target);
    Clp_setOptimizationDirection(m, 1);
    (void)Clp_primal(m, 0);
    if (Clp_status(m) != 0) {
        flow = err_set(e, STATUS_BUG, "linear program: status %d", Clp_status(m));
        goto out;
    }
    const double *solution = Clp_primalColumnSolution(m);
    double total = 0.0;
    for (size_t r = 0; r < lp->rows; r++) {
        missing[r] = solution[lp->columns + 2 * r] - solution[lp->columns + 2 * r + 1];
        total += missing[r] < 0 ? -missing[r] : missing[r];
    }
    *answer = total > tolerance ? LINPROG_INFEASIBLE : LINPROG_FEASIBLE;
out:
    if (m)
        Clp_deleteModel(m);
    columns_fini(&c);
    return flow;
}

#else

enum flow linprog_feasible(const struct linprog *lp, double tolerance, enum linprog_answer *answer, double *missing,
                           struct err *e)
{
    (void)tolerance;
    for (size_t r = 0; r < lp->rows; r++)
        missing[r] = 0.0;
    *answer = LINPROG_UNKNOWN;
    (void)err_set(e, STATUS_OK, "built without CLP: no linear programs");
    return FLOW_OK;
}

#endif
