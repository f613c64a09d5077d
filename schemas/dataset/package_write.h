/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the package writer, shared by package_write.c (streams, folder) and package_describe.c (datapackage.json).
 */
#ifndef SCHEMAS_DATASET_PACKAGE_WRITE_H
#define SCHEMAS_DATASET_PACKAGE_WRITE_H

#include "schemas/dataset/press.h"
#include "schemas/dataset/package_digest.h"
#include "schemas/dataset/portion.h"
#include "schemas/run/output.h"

struct table_out {
    int opened;
    struct output *file;
    struct digest *file_digest, *text_digest;
    struct press *press; /* the writer's */
    struct portion rows;
    struct buf block; /* text on its way to the compressor */
    char **extra;     /* the register's own columns, NULL-terminated */
    size_t extra_count;
    uint64_t bytes, text_bytes;
    char file_hex[DIGEST_HEX_MAX], text_hex[DIGEST_HEX_MAX];
};

struct plain_file {
    char *path;
    size_t bytes;
    char hex[DIGEST_HEX_MAX];
};

struct package_writer {
    char *parent;
    struct outdir *dir;
    struct press *press; /* made with the first table */
    long threads;
    struct map *sums;
    struct table_out table[TABLE_COUNT];
    struct plain_file *file; /* in the order of their paths */
    size_t file_count;
};

/* The i-th column of a table as written. */
const char *package_column(const struct table_out *o, enum dataset_table t, size_t i);
/* datapackage.json with its seal still open. */
enum flow package_describe(const struct package_writer *w, const struct package_facts *facts,
                           const struct package_result *r, struct buf *out, struct err *e) MUST_USE;

#endif
