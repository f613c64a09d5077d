/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the register reader share; nobody else includes it. */
#ifndef SCHEMAS_REGISTER_FRAME_H
#define SCHEMAS_REGISTER_FRAME_H

#include "schemas/dataset/csv.h"
#include "schemas/register/register.h"

enum { REGISTER_BYTES_MAX = 256 << 20, REGISTER_KEY_MAX = 8 };

struct register_table {
    struct register_unit *units;
    size_t count, capacity;
    char *values; /* every field of every row, NUL-terminated */
    size_t values_used;
    char **columns;
    size_t column_count;
    size_t in_scope;
    char *name;
    char digest[DIGEST_HEX_MAX];
};

/* ---- register.schema.json ---- */
struct schema; /* opaque: fields and foreign keys bound to the columns of one register */
/* NULL with the error set. A field of the schema that is required and has no column is STATUS_DATA. */
struct schema *schema_open(const struct edition *ed, const struct register_table *t, struct err *e);
void schema_close(struct schema *s);
/* Checks one row: values of the columns in order. */
enum flow schema_check(const struct schema *s, const struct register_table *t, const char *const *values, uint64_t line,
                       struct err *e) MUST_USE;

/* "name:line: column \"value\": what", STATUS_DATA. */
enum flow register_fault(const struct register_table *t, uint64_t line, const char *column, const char *value,
                         struct err *e, const char *fmt, ...) PRINTF_LIKE(6, 7);
/* A column that is due and not there: what the header has in its place, when it is the same word written otherwise. */
enum flow register_missing_column(const struct register_table *t, const char *name, struct err *e);

/* Scope, mergers and sizes, once all rows are there and sorted. */
enum flow register_scope_all(const struct edition *ed, struct register_table *t, struct err *e) MUST_USE;

#endif
