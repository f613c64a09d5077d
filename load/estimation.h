/* SPDX-License-Identifier: Apache-2.0 */
/* A vintage of the store estimated: population, figures and method brought together from what is kept, and the result
 * kept again. */
#ifndef LOAD_ESTIMATION_H
#define LOAD_ESTIMATION_H

#include "load/store/db.h"
#include "load/estimate/estimate.h"
#include "schemas/edition/edition.h"

/* Everything an estimate borrows, owned together. */
struct estimation {
    struct edition *edition; /* NULL when borrowed */
    struct population *population;
    struct figures *figures;
    struct method method;
    int has_method;
    struct estimate *estimate;
};

/* Method of an edition: its text ("key=value" lines, the id first) and the digest that is part of a vintage's key. */
enum flow estimation_method(const struct edition *ed, struct buf *text, char digest[DIGEST_HEX_MAX],
                            struct err *e) MUST_USE;
/* Population, figures, method and estimate of a vintage, with the rows that are asked for. */
enum flow estimation_run(struct estimation *x, struct db *db, int64_t vintage, int64_t edition,
                         struct estimate_asking asking, struct err *e) MUST_USE;
/* As far as the population, figures and method; no estimate. borrowed NULL: the edition of the vintage, from the
 * store. */
enum flow estimation_prepare(struct estimation *x, struct db *db, int64_t vintage, int64_t edition,
                             struct edition *borrowed, struct err *e) MUST_USE;
/* The same of a population already there; it belongs to the estimation from now on, whatever comes of it. */
enum flow estimation_of(struct estimation *x, struct population *p, const struct edition *ed, struct err *e) MUST_USE;
void estimation_fini(struct estimation *x);
/* Weights, groups, steps, imputations and figures of the estimate, as rows of the vintage. */
enum flow estimation_keep(const struct estimation *x, struct db *db, int64_t vintage, struct err *e) MUST_USE;

#endif
