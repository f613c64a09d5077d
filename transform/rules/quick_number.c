/* SPDX-License-Identifier: Apache-2.0 */
/* Texts as numbers. libxml2 decides what a text is worth; for a short plain number its steps are done here, in its
 * order (whole part, fraction, their sum), so that the double is the same bit for bit. */
#include "transform/rules/quick_model.h"

#include <libxml/xpath.h>

enum { DIGITS_MAX = 15 }; /* below 2^53: exact, whole part and fraction alike */

static const char *digits(const char *s, uint64_t *n)
{
    for (*n = 0; *s >= '0' && *s <= '9'; s++)
        *n = *n * 10 + (uint64_t)(*s - '0');
    return s;
}

double quick_number_of(const char *s)
{
    static const double tens[DIGITS_MAX + 1] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    uint64_t whole, part = 0;
    const char *begin = s + (*s == '-'), *at = digits(begin, &whole);
    if (at == begin || at - begin > DIGITS_MAX)
        return xmlXPathCastStringToNumber((const xmlChar *)s);
    double d = (double)whole;
    if (*at == '.') {
        const char *point = at + 1;
        at = digits(point, &part);
        if (at - point > DIGITS_MAX)
            return xmlXPathCastStringToNumber((const xmlChar *)s);
        d += (double)part / tens[at - point];
    }
    if (*at)
        return xmlXPathCastStringToNumber((const xmlChar *)s);
    return begin > s ? -d : d;
}
