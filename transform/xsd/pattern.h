/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of XML Schema as automata: what they accept, libxml2 accepts. Part of the acceptor (accept.h). */
#ifndef TRANSFORM_XSD_PATTERN_H
#define TRANSFORM_XSD_PATTERN_H

#include "schemas/run/arena.h"

#include <stddef.h>

/* Longer values are not asked of a pattern: libxml2 searches with a bound of its own. */
enum { XSD_PATTERN_MAX = 1000 };

struct xsd_pattern;
/* Adds to the list *all. NULL when the pattern uses what is not compiled here (classes by escape, subtraction, repeated
 * parts that may be empty, letters beyond ASCII...), is too large, or without memory. */
const struct xsd_pattern *xsd_pattern_compile(struct arena *a, struct xsd_pattern **all, const char *pattern);
void xsd_patterns_free(struct xsd_pattern *all); /* before the arena goes; accepts NULL */
/* Whether the whole of s[0..n), UTF-8 and ended by a NUL, certainly matches. */
int xsd_pattern_matches(const struct xsd_pattern *p, const char *s, size_t n);

#endif
