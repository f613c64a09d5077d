/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a table on their way into a package: their text as the file will hold it, and what they add to the control
 * totals. The package has one of its own for each table; a thread that makes rows may have another, and hand over text
 * in the order of the key (package_text) and in the end the tally (package_tally). */
#ifndef SCHEMAS_DATASET_PORTION_H
#define SCHEMAS_DATASET_PORTION_H

#include "schemas/dataset/tally.h"

struct portion {
    struct csv_writer csv; /* its sink may be changed between rows */
    struct tally tally;
    size_t columns;
};

/* sums is borrowed, as in tally_init. */
enum flow portion_init(struct portion *p, enum dataset_table t, size_t extra, const struct map *sums, struct sink out,
                       struct err *e) MUST_USE;
void portion_fini(struct portion *p); /* accepts one that is all zero */
/* Judges and counts one row, all values in the order of the file, NULL being empty, and writes it. */
enum flow portion_row(struct portion *p, const char *const *values, struct err *e) MUST_USE;

#endif
