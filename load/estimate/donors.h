/* SPDX-License-Identifier: Apache-2.0 */
/* What donors say of one item: S y / S x of those that may give, by response group, region and nation. */
#ifndef LOAD_ESTIMATE_DONORS_H
#define LOAD_ESTIMATE_DONORS_H

#include "load/estimate/estimate_work.h"
#include "load/estimate/sums.h"

struct ratio {
    struct sum y, x;
    uint32_t donors;
};

/* One ratio a place: the groups, then the regions, the nation, and the nation with its influential donors too, which is
 * the last resort. */
struct donors {
    struct ratio *at; /* [donors_places] */
};

static inline size_t donors_nation(const struct estimate *x)
{
    return x->groups + x->regions;
}

static inline size_t donors_places(const struct estimate *x)
{
    return donors_nation(x) + 2;
}

/* How many donors a place asks for. */
static inline uint32_t donors_due(const struct estimate *x, size_t place)
{
    return place > donors_nation(x) ? 1 : (uint32_t)x->method->donors_minimum;
}

/* The places where a unit of this group and region looks, one after the other. */
enum { DONORS_LOOKS = 4 };
static inline void donors_look(const struct estimate *x, size_t group, size_t region, size_t place[DONORS_LOOKS])
{
    place[0] = group;
    place[1] = x->groups + region;
    place[2] = donors_nation(x);
    place[3] = donors_nation(x) + 1;
}

/* y, on, donor: [n], at the positions; the donors that work->excluded marks give to the last resort alone. */
enum flow donors_make(const struct estimate *x, const double *y, const double *on, const uint8_t *donor,
                      struct donors *d, struct err *e) MUST_USE;
void donors_free(struct donors *d);

/* 0 when there are too few at the place, or nothing to divide by. */
int donors_ratio(const struct estimate *x, const struct donors *d, size_t place, double *ratio);
/* The ratio for the unit at position i: its group, else its region, else the nation. */
int donors_find(const struct estimate *x, const struct donors *d, size_t group, size_t i, double *ratio,
                enum impute_level *level);

#endif
