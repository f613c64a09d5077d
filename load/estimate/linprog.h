/* SPDX-License-Identifier: Apache-2.0 */
/* Linear programs: does a system of equalities with bounds have a solution, and which equality is to blame when not. */
#ifndef LOAD_ESTIMATE_LINPROG_H
#define LOAD_ESTIMATE_LINPROG_H

#include "schemas/run/err.h"

#include <stddef.h>

enum linprog_answer { LINPROG_FEASIBLE, LINPROG_INFEASIBLE, LINPROG_UNKNOWN };

/* Equalities S_j a_rj v_j = b_r for r < rows, lower <= v_j <= upper (+-1e30: none), column-wise sparse: column j has
 * the entries start[j] .. start[j+1]-1 of index and value. Answers by minimising the sum of what each equality misses;
 * missing[r] is filled with the least total miss shared among the equalities (all about 0 when feasible; `tolerance`
 * decides). UNKNOWN when the program was built without the library (text in e). */
struct linprog {
    size_t rows, columns;
    const int *start, *index;
    const double *value, *lower, *upper, *target;
};
enum flow linprog_feasible(const struct linprog *lp, double tolerance, enum linprog_answer *answer, double *missing,
                           struct err *e) MUST_USE;

#endif
