/* SPDX-License-Identifier: Apache-2.0 */
/* The edition's rules over one return: $register, $previous and $parameter are one element each, one attribute per
 * column or name. */
#ifndef TRANSFORM_RULES_BIND_H
#define TRANSFORM_RULES_BIND_H

#include "transform/document.h"
#include "transform/rules/schematron.h"

struct rules; /* opaque, one a thread */

struct rules *rules_new(const struct plan *p, struct err *e);
void rules_free(struct rules *r); /* accepts NULL */
/* Binds what belongs to a unit; before its documents. */
enum flow rules_subject(struct rules *r, const struct subject *s, struct err *e) MUST_USE;
/* Runs the rules over the normalised tree of d; findings are added to d, what they
 * withhold is withheld in its cells. */
enum flow rules_run(struct rules *r, struct xml_reader *reader, xmlDocPtr doc, const struct subject *s,
                    struct document *d, struct err *e) MUST_USE;
/* Writes the three bound elements beside a normalised document: PREFIX.register.xml and so on. */
enum flow rules_write_bound(const struct rules *r, const char *prefix, struct err *e) MUST_USE;

#endif
