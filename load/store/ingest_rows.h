/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of one unit between the package and the store: kept as they were written until it is known whether the store has
 * them already, then coded (dictionaries, exact numbers) and sent. */
#ifndef LOAD_STORE_INGEST_ROWS_H
#define LOAD_STORE_INGEST_ROWS_H

#include "load/store/db.h"
#include "schemas/dataset/package.h"
#include "schemas/edition/edition.h"

/* Rows of one table for one unit: fields one after another, each ended by a NUL. */
struct kept_rows {
    struct buf text;
    size_t rows, fields; /* fields a row */
};

void kept_init(struct kept_rows *k);
void kept_fini(struct kept_rows *k);
void kept_reset(struct kept_rows *k);
/* Adds fields first..count-1 of a row. */
enum flow kept_add(struct kept_rows *k, const struct csv_row *row, size_t first, struct err *e) MUST_USE;

/* Writers of the tables, and the dictionaries they number. */
struct row_writers;
struct row_writers *writers_open(struct db *db, const struct edition *ed, struct err *e);
enum flow writers_finish(struct row_writers *w, struct err *e) MUST_USE;
void writers_close(struct row_writers *w); /* accepts NULL */

/* `unit_row` holds the fixed columns of units from outcome on. */
enum flow write_judgement(struct row_writers *w, int64_t judgement, const char *campaign, const char *unit,
                          const char *digest, const struct kept_rows *unit_row, struct err *e) MUST_USE;
enum flow write_documents(struct row_writers *w, int64_t judgement, const struct kept_rows *rows,
                          struct err *e) MUST_USE;
enum flow write_observations(struct row_writers *w, int64_t judgement, const struct kept_rows *rows,
                             struct err *e) MUST_USE;
enum flow write_findings(struct row_writers *w, int64_t judgement, const struct kept_rows *rows,
                         struct err *e) MUST_USE;
/* The value of a register column of a unit; "" when the register has no such column. */
const char *frame_role(const struct package *p, const char *const *values, const char *column);
/* One unit of the register: names of its columns, values; roles come from the edition. */
enum flow write_frame(struct row_writers *w, int64_t frame, const char *campaign, const char *unit, const char *digest,
                      const char *scope, const struct package *p, const char *const *values, struct err *e) MUST_USE;
enum flow write_vintage_unit(struct row_writers *w, int64_t vintage, const char *unit, int64_t frame, int64_t judgement,
                             struct err *e) MUST_USE;

#endif
