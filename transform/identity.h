/* SPDX-License-Identifier: Apache-2.0 */
/* Who a return is from and where it stands in the order of sendings: the selects of edition.json. One object a thread.
 */
#ifndef TRANSFORM_IDENTITY_H
#define TRANSFORM_IDENTITY_H

#include "transform/plan.h"
#include "transform/route.h"

struct identity {
    const char *unit, *campaign, *number, *stamp, *software; /* as declared, trimmed; "" when not carried */
    uint64_t sequence;                                       /* of number; 0 when it is none */
    enum edition_nature nature;
    int nature_known;
    int test;
};

struct identifier; /* opaque */
struct identifier *identifier_new(const struct plan *p, xmlXPathContextPtr x, struct err *e);
void identifier_free(struct identifier *i); /* accepts NULL */
/* Texts are kept in the arena. */
enum flow identifier_read(struct identifier *i, xmlDocPtr doc, struct identity *out, struct arena *arena,
                          struct err *e) MUST_USE;

#endif
