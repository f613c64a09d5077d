/* SPDX-License-Identifier: Apache-2.0 */
/* Compensated sums (Neumaier 1974): what was lost to rounding is carried along, so that a sum over 53 000 units in one
 * fixed order is right to the last digit and does not change when a unit is split off or added back. */
#ifndef LOAD_ESTIMATE_SUMS_H
#define LOAD_ESTIMATE_SUMS_H

#include <math.h>

struct sum {
    double total, lost;
};

static inline void sum_add(struct sum *s, double v)
{
    double t = s->total + v;
    s->lost += fabs(s->total) >= fabs(v) ? (s->total - t) + v : (v - t) + s->total;
    s->total = t;
}

static inline double sum_value(const struct sum *s)
{
    return s->total + s->lost;
}

#endif
