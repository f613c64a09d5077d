/* SPDX-License-Identifier: Apache-2.0 */
/* To the arrays of the estimator: the units in scope of a vintage and the cells that its figures use, from the store
 * for a vintage that is kept, or row by row from a package while it passes. */
#ifndef LOAD_STORE_FILL_H
#define LOAD_STORE_FILL_H

#include "load/store/db.h"
#include "load/estimate/population.h"
#include "schemas/edition/edition.h"

/* The population of a vintage of the store; *observations (may be NULL) counts the rows read. The caller frees it. */
struct population *fill_population(struct db *db, int64_t vintage, const struct edition *ed, int64_t *observations,
                                   struct err *e);

/* 1 when a unit that begins on this day ("YYYY-MM-DD", or "") was too young for the edition before: its reference year
 * is one less, and it had to exist on the first day of that. */
int fill_recent(const struct edition *ed, const char *begins);

/* ---- while a package passes: units in order, each with its observations in order ---- */
struct fill_stream; /* opaque */

/* Texts of a unit as the package gives them. */
struct fill_unit {
    const char *unit, *scope, *size, *region, *departement, *carrier, *outcome, *late;
    const char *begins;           /* its first day */
    const char *successor, *ends; /* of a unit out of scope: its heir, its last day; "" when none */
};

/* Room for exactly `units` units in scope. */
struct fill_stream *fill_stream_open(const struct edition *ed, size_t units, struct err *e);
enum flow fill_stream_unit(struct fill_stream *f, const struct fill_unit *u, struct err *e) MUST_USE;
/* An observation of the unit given last. */
enum flow fill_stream_cell(struct fill_stream *f, const char *variable, const char *category, const char *value,
                           const char *previous, const char *silence, const char *origin, struct err *e) MUST_USE;
/* The population, yours now; NULL with e set when there were fewer units than announced. */
struct population *fill_stream_take(struct fill_stream *f, struct err *e);
void fill_stream_close(struct fill_stream *f); /* accepts NULL */

#endif
