/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the package reader, shared by package_read.c (datapackage.json) and package_rows.c (streams, verification).
 */
#ifndef SCHEMAS_DATASET_PACKAGE_READ_H
#define SCHEMAS_DATASET_PACKAGE_READ_H

#include "schemas/dataset/package_digest.h"
#include "schemas/dataset/tally.h"
#include "schemas/run/json.h"

struct table_in {
    enum dataset_table table;
    size_t extra_count;
    size_t columns;
    const char *column[CSV_FIELDS_MAX];
    uint64_t rows;
    char file_hex[DIGEST_HEX_MAX];
    int verified; /* streamed to its end without a fault */
};

struct file_in {
    const char *path;
    int64_t bytes;
    char hex[DIGEST_HEX_MAX];
};

struct package {
    char *path;
    struct json *json;
    char json_hex[DIGEST_HEX_MAX];
    struct package_facts facts;
    struct package_archive *archive;
    struct table_in table[TABLE_COUNT];
    char text_hex[TABLE_COUNT][DIGEST_HEX_MAX];
    struct file_in *file;
    size_t file_count;
    struct map *sums; /* variables with an announced sum */
    struct decimal *sum;
    const char **sum_names;
};

#endif
