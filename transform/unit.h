/* SPDX-License-Identifier: Apache-2.0 */
/* A unit whole: its documents judged and set beside each other, then the rows that say so. */
#ifndef TRANSFORM_UNIT_H
#define TRANSFORM_UNIT_H

#include "transform/observed.h"
#include "transform/rows.h"
#include "transform/states.h"

/* Rows made, by table; each buf grows, nothing is written. */
struct unit_rows {
    struct buf table[TABLE_COUNT];
    uint64_t crashed; /* tests that stopped, counted over all documents */
};
void unit_rows_init(struct unit_rows *r);
void unit_rows_reset(struct unit_rows *r);
void unit_rows_fini(struct unit_rows *r);

/* Observations are kept as one row a unit: its id and the text of all its rows as the package will hold them. */
enum unit_text { UNIT_TEXT_UNIT, UNIT_TEXT_ROWS, UNIT_TEXT_FIELDS };
/* Number of fields of a row of table t: the fixed ones and, in units, the register's own columns without the unit. */
size_t unit_row_fields_of(const struct register_table *frame, enum dataset_table t);

/* Appends the rows of a judged unit; its observations are counted by o. previous may be NULL. */
enum flow unit_write(const struct plan *p, const struct subject *s, const struct unit_judgement *u, struct unit_rows *r,
                     struct observed *o, struct arena *arena, struct err *e) MUST_USE;

#endif
