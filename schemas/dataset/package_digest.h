/* SPDX-License-Identifier: Apache-2.0 */
/* What writer and reader of a package must compute alike: the content digest and the seal of datapackage.json. */
#ifndef SCHEMAS_DATASET_PACKAGE_DIGEST_H
#define SCHEMAS_DATASET_PACKAGE_DIGEST_H

#include "schemas/dataset/package.h"

#define PACKAGE_FORMAT "pre-dataset 1"
#define PACKAGE_FILE "datapackage.json"
#define PACKAGE_UNSEALED "0000000000000000000000000000000000000000000000000000000000000000"

/* SHA-256 over the text digests of the tables that are content, the edition and the decisions, in a fixed wording. */
enum flow package_content(const char text_digest[TABLE_COUNT][DIGEST_HEX_MAX], const char *edition_digest,
                          const char *decisions_digest, char *hex, struct err *e) MUST_USE;
/* Where the 64 digits of the seal stand in datapackage.json, or NULL. */
char *package_seal_place(char *json, size_t n);
/* The name of a table's file, "units.csv.gz". */
void package_table_path(enum dataset_table t, char *out, size_t size);
/* The first key of a table's control totals: "received", "register", "rows". */
const char *package_rows_key(enum dataset_table t);

#endif
