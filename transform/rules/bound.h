/* SPDX-License-Identifier: Apache-2.0 */
/* One element "row", in no namespace, whose attributes are set anew for each subject: what a caller binds to a variable
 * of the rules. Names are kept and numbered, so that who asks for one by name looks for it once; values are borrowed,
 * and setting one asks for no memory. */
#ifndef TRANSFORM_RULES_BOUND_H
#define TRANSFORM_RULES_BOUND_H

#include "schemas/run/err.h"

#include <libxml/tree.h>
#include <stddef.h>
#include <stdint.h>

#define BOUND_NONE UINT32_MAX

struct bound;                     /* opaque */
struct bound *bound_new(void);    /* NULL without memory */
void bound_free(struct bound *b); /* accepts NULL */

/* The number of a name, given one when it is new; BOUND_NONE without memory. A text that is no XML name of ASCII
 * letters has a number too, and never a value. */
uint32_t bound_name(struct bound *b, const char *name, size_t n);
/* The number of a name already known, else BOUND_NONE. */
uint32_t bound_find(const struct bound *b, const char *name, size_t n);
/* How many names there are: a name not found may be known once this has grown. */
size_t bound_names(const struct bound *b);

/* Takes every value away. */
void bound_clear(struct bound *b);
/* Gives attribute i a value, borrowed until bound_clear or bound_free; the first one stays. Attributes stand in the
 * order of these calls. */
void bound_put(struct bound *b, uint32_t i, const char *value);

xmlDocPtr bound_document(const struct bound *b);
xmlNodePtr bound_row(const struct bound *b);
/* Attribute i, NULL while it has no value. */
xmlNodePtr bound_attribute(const struct bound *b, uint32_t i);

#endif
