/* SPDX-License-Identifier: Apache-2.0 */
/* The values of last edition's dataset, row by row in its order. Reading a package means to inflate, to split and to
 * prove every row, each night the same ones: what it came to is kept beside the datasets, under the digest of the
 * package. A night reads that instead, when the package's file and the cache are what they were by their digests. Page:
 * pre-transform(1), FILES. */
#ifndef TRANSFORM_PREVIOUS_ROWS_H
#define TRANSFORM_PREVIOUS_ROWS_H

#include "schemas/dataset/package.h"

enum previous_column { PREVIOUS_UNIT, PREVIOUS_VARIABLE, PREVIOUS_HARMONISED, PREVIOUS_VALUE, PREVIOUS_COLUMNS };

struct previous_rows; /* opaque */

/* cache: the file, or NULL for none; read: what it holds may be used, else it is only written. */
struct previous_rows *previous_rows_open(struct package *p, const char *cache, int read, struct err *e);
void previous_rows_close(struct previous_rows *r); /* accepts NULL */
/* Observations that have a value; borrowed until the next call. FLOW_END after the last, when all of the table is
 * proved. */
enum flow previous_rows_next(struct previous_rows *r, const char *const **values, struct err *e) MUST_USE;

#endif
