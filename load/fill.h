/* SPDX-License-Identifier: Apache-2.0 */
/* From the store to the arrays of the estimator: the units in scope of a vintage and the cells that its figures use. */
#ifndef LOAD_FILL_H
#define LOAD_FILL_H

#include "load/db.h"
#include "load/population.h"
#include "schemas/edition/edition.h"

/* The population of a vintage; *observations (may be NULL) counts the rows read. The caller frees it. */
struct population *fill_population(struct db *db, int64_t vintage, const struct edition *ed, int64_t *observations,
                                   struct err *e);

#endif
