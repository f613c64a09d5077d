/* SPDX-License-Identifier: Apache-2.0 */
/* Rows between the workers and the package: one unlinked file a table, written once in unit order, read once. Memory
 * stays bounded whatever the number of units. */
#ifndef TRANSFORM_SPOOL_H
#define TRANSFORM_SPOOL_H

#include "transform/rows.h"

struct spool; /* opaque */

/* In a folder that we may write (the output). */
struct spool *spool_open(const char *folder, struct err *e);
void spool_close(struct spool *s); /* accepts NULL; nothing is left behind */
enum flow spool_put(struct spool *s, enum dataset_table t, const void *p, size_t n, struct err *e) MUST_USE;
/* Rewrites a table, small enough for memory, in the order of its key columns; fields: columns of a row. */
enum flow spool_sort(struct spool *s, enum dataset_table t, size_t fields, struct err *e) MUST_USE;

/* Reading from the start: any number of readers. */
struct spool_reader; /* opaque */
struct spool_reader *spool_read(struct spool *s, enum dataset_table t, size_t fields, struct err *e);
/* Values are borrowed until the next call. FLOW_END after the last row. */
enum flow spool_next(struct spool_reader *r, const char *const **values, struct err *e) MUST_USE;
void spool_reader_close(struct spool_reader *r); /* accepts NULL */

#endif
