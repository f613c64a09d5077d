/* SPDX-License-Identifier: Apache-2.0 */
/* The acceptor: says of a document that it is certainly valid against a schema, or that it doubts.
 *
 * Most returns are valid, and libxml2 takes several times as long to say so as a walk of the tree needs. The acceptor
 * is compiled from the schema that libxml2 compiled, and accepts only what libxml2 would: it understands sequences,
 * choices and xs:all, attributes, simple types and their facets, xs:unique, xs:key and xs:keyref of plain paths, and
 * xsi:nil; a fault, and any part of a schema or of a document beyond that (xsi:type, substitution groups, wildcards,
 * included schemas, lists, number and date forms that are rare, blanks to be folded), is a doubt, and what is doubted
 * goes to libxml2 as if there were no acceptor. So it changes no verdict, no message and no line. */
#ifndef TRANSFORM_XSD_ACCEPT_H
#define TRANSFORM_XSD_ACCEPT_H

#include "schemas/run/arena.h"

#include <libxml/tree.h>

struct xsd_accept; /* immutable once open; shared by threads */
/* schema: the tree of a schema that libxml2 compiled without a word; not needed afterwards. NULL when the schema as a
 * whole is beyond the acceptor, or without memory: then libxml2 judges alone. */
struct xsd_accept *xsd_accept_open(const xmlDoc *schema);
void xsd_accept_close(struct xsd_accept *a); /* accepts NULL */
/* 1: libxml2 would find no fault. 0: a doubt. */
int xsd_accepts(const struct xsd_accept *a, const xmlDoc *doc, struct arena *scratch);

#endif
