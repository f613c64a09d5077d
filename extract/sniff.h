/* SPDX-License-Identifier: Apache-2.0 */
/* What a body looks like, without parsing it: first element, and whether its end is there. Judging is transform's; this
 * only keeps a login page from being taken for a return, and half a body for a whole one. */
#ifndef EXTRACT_SNIFF_H
#define EXTRACT_SNIFF_H

#include <stddef.h>

struct sniff {
    int empty;         /* nothing, or white space only */
    int html;          /* the first element is one of HTML, or a doctype says so */
    int html_appended; /* an HTML page follows the document */
    int element;       /* has a first element */
    int closed;        /* the first element is closed and nothing but white space, comments and instructions follows */
};

/* ASCII compatible encodings, and UTF-16 by its byte-order mark or zero bytes. */
struct sniff sniff_body(const char *p, size_t n);

#endif
