/* SPDX-License-Identifier: Apache-2.0 */
/* A value as it is used, taken apart: a number of the unit's own times ratios of donors. Nothing when it is known; the
 * ratio of its total, that of its part and so on when they are missing. And what each unit gives to these ratios, so
 * that they can be had without it.
 *
 * Two decisions may fall otherwise without a unit, or without one of its values: which ratio a missing value takes (too
 * few donors may be left), and which values are influential and give nothing. `doubt` says that one does, or could. */
#ifndef LOAD_ESTIMATE_PIECES_H
#define LOAD_ESTIMATE_PIECES_H

#include "load/estimate/donors.h"

/* Ratios one upon the other: a part of a part of a total, times a mean. */
enum { PIECE_RATIOS = 6 };

struct piece {
    double data;
    uint32_t ratio[PIECE_RATIOS];
    unsigned ratios; /* more than PIECE_RATIOS: there was no room for them */
};

/* What one item takes its missing values from. */
struct donor_set {
    uint32_t item;
    enum impute_rule rule;
    const uint8_t *excluded; /* [n] influential: no donors; NULL: nobody is */
    int early;               /* before the influential values of the item are known */
    struct donors donors;
};

struct pieces {
    const struct estimate *x;
    uint32_t *variable; /* [items] */
    uint8_t **table;    /* [variables] [n] 1 where a whole table is known; NULL for other variables */
    uint8_t **excluded; /* [items] [n] influential values of a total, NULL for none */
    uint32_t *set_of;   /* [items] first set, or POPULATION_NONE */
    struct donor_set *set;
    size_t sets, sets_room;
    double *ratio;  /* [sets x places] as they stand */
    uint8_t *stand; /* [sets x places] there is a ratio */
    uint8_t *used;  /* [sets x places] by a value of somebody: set by the caller */
    struct change {
        uint32_t at;
        double ratio;
        uint8_t stand;
    } * change; /* [sets x looks] to take back */
    size_t changes;
    int doubt;
};

/* By how much a ratio that influential values are held against may be off before there is doubt: of itself. */
#define RATIO_OFF 0.1

enum flow pieces_init(struct pieces *p, const struct estimate *x, struct err *e) MUST_USE;
void pieces_fini(struct pieces *p);
/* The item will be asked for. */
enum flow pieces_want(struct pieces *p, uint32_t item, struct err *e) MUST_USE;
/* Everything has been wanted: the ratios are made. */
enum flow pieces_ready(struct pieces *p, struct err *e) MUST_USE;

/* Of the unit at position i, its values of the variable `hidden` counting as missing (POPULATION_NONE: none). */
int pieces_known(const struct pieces *p, uint32_t item, size_t i, uint32_t hidden);
double pieces_number(const struct pieces *p, uint32_t item, size_t i);
/* Multiplies t by the value of an item as it is used. */
void piece_item(const struct pieces *p, uint32_t item, size_t i, uint32_t hidden, struct piece *t);
/* Multiplies t by what is expected of a total; early: before its influential values are known. 0: nothing can be said.
 */
int piece_expected(const struct pieces *p, uint32_t item, size_t i, int early, struct piece *t);
/* Is the item a total, whose values may be influential? */
int pieces_is_total(const struct pieces *p, uint32_t item);

/* The unit gives no more: nothing at all, or nothing that takes the variable `hidden`. */
void pieces_without(struct pieces *p, size_t i, uint32_t hidden);
/* Everybody gives again. */
void pieces_restore(struct pieces *p);

/* Room for one more in an array of `count`; 0 without memory. */
int pieces_grow(void *array, size_t count, size_t *room, size_t size) MUST_USE;

/* The product of ratios as they stand. */
static inline double pieces_product(const struct pieces *p, const uint32_t *ratio, unsigned ratios)
{
    double v = 1.0;
    for (unsigned k = 0; k < ratios; k++)
        v *= p->ratio[ratio[k]];
    return v;
}

static inline double piece_value(const struct pieces *p, const struct piece *t)
{
    return t->data * pieces_product(p, t->ratio, t->ratios);
}

#endif
