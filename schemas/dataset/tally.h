/* SPDX-License-Identifier: Apache-2.0 */
/* What passes through a table of a package: rows, key order, closed lists, control totals. One judge for writer and
 * reader. */
#ifndef SCHEMAS_DATASET_TALLY_H
#define SCHEMAS_DATASET_TALLY_H

#include "schemas/dataset/csv.h"
#include "schemas/dataset/tables.h"
#include "schemas/run/decimal.h"
#include "schemas/run/map.h"

enum { TALLY_VALUES_MAX = 96, TALLY_TEXT_MAX = 32, TALLY_KEYS_MAX = 3 };

struct tally_count {
    size_t column;
    size_t len;
    char value[TALLY_TEXT_MAX];
    uint64_t n;
};

struct tally {
    const struct table_spec *spec;
    size_t extra; /* register columns after the unit */
    uint64_t rows;
    size_t key_column[TALLY_KEYS_MAX], keys;
    struct buf key;                 /* key fields of the last row, each followed by a NUL */
    size_t key_len[TALLY_KEYS_MAX]; /* their lengths */
    struct tally_count count[TALLY_VALUES_MAX];
    size_t counts;
    size_t last[UNITS_COLUMNS + DOCUMENTS_COLUMNS]; /* by column: the count its last value had */
    const struct map *sums;                         /* variables summed (observations only), or NULL */
    struct decimal *sum;
    uint32_t last_sum; /* the one added to last */
};

/* sums is borrowed; NULL for tables that sum nothing. */
enum flow tally_init(struct tally *y, enum dataset_table t, size_t extra, const struct map *sums,
                     struct err *e) MUST_USE;
void tally_fini(struct tally *y);
/* Judges and counts one row of spec->count + extra fields. FLOW_ITEM with a sentence in e (status not set) when it is
 * refused. */
enum flow tally_row(struct tally *y, const struct csv_field *field, struct err *e) MUST_USE;
/* Forgets the last key: what follows was not handed out after it. */
void tally_restart(struct tally *y);
/* Forgets all that was counted. */
void tally_clear(struct tally *y);
/* Rows of one first key were judged by another tally: the key must stand above the last one, as in tally_row. */
enum flow tally_pass(struct tally *y, const char *key, struct err *e) MUST_USE;
/* Adds what x counted over the same table, or with sign -1 takes it away again. */
enum flow tally_add(struct tally *y, const struct tally *x, int sign, struct err *e) MUST_USE;
/* Counts of open lists in the order of their text, without those that came to nothing, after those of closed lists in
 * the order of the list. */
void tally_sort(struct tally *y);

#endif
