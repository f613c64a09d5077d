/* SPDX-License-Identifier: Apache-2.0 */
/* Change between two campaigns on the constant field: the units that answered both times, weighted as in the later one.
 * What changes is then what they say, not who answers. */
#ifndef LOAD_CONSTANT_H
#define LOAD_CONSTANT_H

#include "load/estimate.h"

struct constant_change {
    int has_value;
    uint32_t units; /* answered both times, with every value of the figure known both times */
    double change;  /* relative for totals (0.05 is 5 %), difference for shares, means and ratios */
    double se;      /* of the change; 0 when has_se is 0 */
    int has_se;
};

/* The same figure (same id) in two finished estimates; figures other than totals, ranks, shares, means and ratios have
 * none. */
enum flow constant_change(const struct estimate *before, const struct estimate *after, const char *figure,
                          struct constant_change *out, struct err *e) MUST_USE;

#endif
