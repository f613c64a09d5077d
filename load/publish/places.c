/* SPDX-License-Identifier: Apache-2.0 */
#include "load/publish/places.h"

#include <string.h>

const char *places_departement(const char *code)
{
    for (const struct place_departement *d = places_departements; d->code; d++)
        if (strcmp(d->code, code) == 0)
            return d->name;
    return code;
}

const char *places_region(const char *code)
{
    for (const struct place_region *r = places_regions; r->code; r++)
        if (strcmp(r->code, code) == 0)
            return r->name;
    return code;
}
