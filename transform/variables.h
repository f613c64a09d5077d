/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and normalising the variables of one return (steps 6 and 7): raw text kept, then code, number, date or text
 * put in its one form, in the cell and in the tree, so that the rules see what the figures will. One object a thread.
 */
#ifndef TRANSFORM_VARIABLES_H
#define TRANSFORM_VARIABLES_H

#include "transform/cell.h"
#include "transform/findings.h"
#include "transform/plan.h"
#include "transform/route.h"
#include "transform/xml/xml.h"

struct variables; /* opaque */

/* Compiles the selects; x is borrowed and must outlive it. STATUS_CONFIG naming the variable. */
struct variables *variables_new(const struct plan *p, xmlXPathContextPtr x, struct err *e);
void variables_free(struct variables *v); /* accepts NULL */

/* Fills cells[edition.cell_count] (zeroed by the caller) from the document, changing it. Texts are kept in the arena of
 * the findings. */
enum flow variables_read(struct variables *v, struct xml_reader *reader, xmlDocPtr doc, struct cell *cells,
                         struct findings *f, struct err *e) MUST_USE;

/* Computes one computed variable again, from the tree as it now is. */
enum flow variables_compute(struct variables *v, struct xml_reader *reader, xmlDocPtr doc, struct cell *cells,
                            uint32_t variable, struct arena *arena, struct err *e) MUST_USE;

/* Where a variable is read: context and key of a keyed one, value of both; not for a computed one. */
struct variable_routes {
    const struct route *context, *key, *value;
    xmlXPathContextPtr xpath;
};
struct variable_routes variables_routes(const struct variables *v, uint32_t variable);

#endif
