/* SPDX-License-Identifier: Apache-2.0 */
/* Real communes, départements and regions of the reference geography: where the invented PRE stand. */
#ifndef TESTS_SPECIMEN_PLACE_H
#define TESTS_SPECIMEN_PLACE_H

#include "schemas/run/err.h"

#include <stddef.h>
#include <stdint.h>

struct place {
    char commune[6];
    char departement[4];
    char region[4];
    char *name;
    int32_t population;
    int32_t neighbours; /* communes of the list in the same département, this one included */
};

struct places {
    struct place *items; /* by decreasing population, then code */
    size_t count;
};

/* Reads DIR/communes.csv: communes of metropolitan and overseas regions, municipal districts in place of their city. */
enum flow places_read(struct places *p, const char *dir, struct err *e) MUST_USE;
void places_fini(struct places *p);

#endif
