/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions `set`: a value put in the place of what a return says or leaves out. It goes into the cell and into the
 * tree, where the rules read it; an element that the sender left out is made, so that rules judge what will be counted.
 */
#ifndef TRANSFORM_SET_H
#define TRANSFORM_SET_H

#include "transform/document.h"
#include "transform/variables.h"

/* After reading, before the rules. Each decision about d is a finding D01: what was there, what stands now, who and
 * why, and whether rules can see it. Computed variables that it changes are computed again, each with a finding. */
enum flow set_apply(const struct plan *p, const struct subject *s, struct variables *v, struct xml_reader *reader,
                    xmlDocPtr doc, struct document *d, struct err *e) MUST_USE;

#endif
