/* SPDX-License-Identifier: Apache-2.0 */
#include "load/estimate/donors.h"

#include <stdlib.h>

static void give(struct ratio *r, double y, double x)
{
    sum_add(&r->y, y);
    sum_add(&r->x, x);
    r->donors++;
}

enum flow donors_make(const struct estimate *x, const double *y, const double *on, const uint8_t *donor,
                      struct donors *d, struct err *e)
{
    const struct estimate_work *w = x->work;
    d->at = calloc(donors_places(x), sizeof *d->at);
    if (!d->at)
        return err_set(e, STATUS_SYSTEM, "out of memory for imputation");
    for (size_t h = 0; h < x->groups; h++)
        for (size_t i = w->start[h]; i < w->start[h + 1]; i++) {
            size_t place[DONORS_LOOKS];
            donors_look(x, h, w->region[i], place);
            for (int k = 0; donor[i] && k < DONORS_LOOKS; k++)
                if (!w->excluded[i] || k == DONORS_LOOKS - 1)
                    give(&d->at[place[k]], y[i], on[i]);
        }
    return FLOW_OK;
}

void donors_free(struct donors *d)
{
    free(d->at);
    d->at = NULL;
}

int donors_ratio(const struct estimate *x, const struct donors *d, size_t place, double *ratio)
{
    const struct ratio *r = &d->at[place];
    double on = sum_value(&r->x);
    if (r->donors < donors_due(x, place) || !(on > 0.0))
        return 0;
    *ratio = sum_value(&r->y) / on;
    return 1;
}

int donors_find(const struct estimate *x, const struct donors *d, size_t group, size_t i, double *ratio,
                enum impute_level *level)
{
    static const enum impute_level levels[DONORS_LOOKS] = {LEVEL_GROUP, LEVEL_REGION, LEVEL_NATION, LEVEL_NATION};
    size_t place[DONORS_LOOKS];
    donors_look(x, group, x->work->region[i], place);
    for (int k = 0; k < DONORS_LOOKS; k++) {
        *level = levels[k];
        if (donors_ratio(x, d, place[k], ratio))
            return 1;
    }
    return 0;
}
