/* SPDX-License-Identifier: Apache-2.0 */
/* Rows on their way from the workers to the package: fields one after the other, each NUL-terminated (an empty one is
 * an empty field), a fixed number of fields a table. */
#ifndef TRANSFORM_ROWS_H
#define TRANSFORM_ROWS_H

#include "schemas/dataset/tables.h"
#include "schemas/run/buf.h"

enum { ROWS_FIELDS_MAX = 256 };

/* Appends one row; NULL is empty. */
enum flow rows_put(struct buf *b, const char *const *values, size_t count, struct err *e) MUST_USE;
/* Points values[count] at the row at *at and moves *at past it; 0 at the end or when the row is not whole within `end`.
 */
int rows_split(const char **at, const char *end, const char **values, size_t count);

#endif
