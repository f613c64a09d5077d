/* SPDX-License-Identifier: Apache-2.0 */
/* Where the last step reads rows: the spool of this run, or the packages of its shards. Both give each table in key
 * order. */
#ifndef TRANSFORM_SOURCE_H
#define TRANSFORM_SOURCE_H

#include "schemas/dataset/package.h"
#include "transform/spool.h"

enum { SOURCES_MAX = 999 };

struct source {
    struct spool *spool; /* one of the two */
    struct package *package;
    size_t fields[TABLE_COUNT]; /* columns of a row */
};

/* The rows of one table over all sources, merged by key; the units of two sources differ. */
struct stream; /* opaque */
struct stream *stream_open(const struct source *sources, size_t count, enum dataset_table t, struct err *e);
/* Borrowed until the next call; FLOW_END after the last. */
enum flow stream_next(struct stream *s, const char *const **values, struct err *e) MUST_USE;
void stream_close(struct stream *s); /* accepts NULL */
/* Position of a fixed column of the units table in a row of this many fields. */
size_t stream_units_position(size_t fields, enum units_column c);

#endif
