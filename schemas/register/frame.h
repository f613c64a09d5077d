/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the register reader share; nobody else includes it. */
#ifndef SCHEMAS_REGISTER_FRAME_H
#define SCHEMAS_REGISTER_FRAME_H

#include "schemas/dataset/csv.h"
#include "schemas/dataset/csv_pieces.h"
#include "schemas/register/packed.h"
#include "schemas/register/register.h"

enum { REGISTER_BYTES_MAX = 256 << 20, REGISTER_KEY_MAX = 8 };

struct register_place {
    uint32_t id; /* where it begins in `ids` */
    uint32_t line;
};

/* Of a unit that has a successor, or is one. */
struct register_link {
    uint32_t unit, successor, first_predecessor, next_predecessor; /* as in struct register_unit */
    struct decimal size;                                           /* as register_size */
};

struct register_table {
    struct packed rows;           /* in order of the units; the field of the unit itself is empty there */
    struct buf ids;               /* each with its NUL */
    struct register_place *place; /* by unit */
    unsigned char *scope;         /* by unit: enum register_scope */
    size_t count, capacity;
    struct register_link *link; /* sorted by unit */
    size_t links;
    char **columns;
    size_t column_count;
    uint32_t unit_column, size_column;
    size_t in_scope;
    char *name;
    char digest[DIGEST_HEX_MAX];
};

/* NULL when it has none. */
struct register_link *register_link_of(const struct register_table *t, size_t unit);

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
/* Rows of a table whose name and columns are to be found; the text comes by pieces. `checked`: as register_read. */
enum flow register_read_rows(const struct edition *ed, struct register_table *t, csv_fill *fill, void *ctx, int checked,
                             struct err *e) MUST_USE;
/* A column that is due and not there: what the header has in its place, when it is the same word written otherwise. */
enum flow register_missing_column(const struct register_table *t, const char *name, struct err *e);

/* Scope, mergers and sizes, once all rows are there and sorted. */
enum flow register_scope_all(const struct edition *ed, struct register_table *t, struct err *e) MUST_USE;

#endif
