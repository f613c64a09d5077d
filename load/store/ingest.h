/* SPDX-License-Identifier: Apache-2.0 */
/* One dataset package into the store: edition, package, frames, judgements, the units of a new vintage. */
#ifndef LOAD_STORE_INGEST_H
#define LOAD_STORE_INGEST_H

#include "load/store/db.h"
#include "load/store/fill.h"
#include "schemas/dataset/package.h"
#include "schemas/edition/edition.h"

struct ingest_counts {
    int64_t units, in_scope, documents, observations, findings; /* rows of the package */
    int64_t new_judgements, new_frames;                         /* that the store did not have */
};

/* The edition of a package, kept once per digest. */
enum flow ingest_edition(struct db *db, const struct package *p, int64_t *edition, struct err *e) MUST_USE;
/* The package's own row. */
enum flow ingest_package(struct db *db, const struct package *p, int64_t edition, int64_t *package,
                         struct err *e) MUST_USE;
/* Streams the four tables side by side, unit by unit, and writes what is new; `previous` is the vintage to compare with
 * (0: none), `vintage` the one whose units are written. Every byte of the package is checked on the way: STATUS_DATA
 * naming what disagrees. *population receives what the estimator needs; the caller frees it. */
enum flow ingest_units(struct db *db, struct package *p, const struct edition *ed, int64_t previous, int64_t vintage,
                       struct ingest_counts *counts, struct population **population, struct err *e) MUST_USE;
/* The last word of each source, outside any vintage; *changed says whether the store had others. */
enum flow ingest_fetches(struct db *db, struct package *p, int *changed, struct err *e) MUST_USE;

#endif
