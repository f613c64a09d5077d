/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as people write them: strict by default (xs:decimal), lenient only by the conversions that the edition's
 * numbers.csv switches on for a variable. Never a guess: what two readings would explain is refused. */
#ifndef TRANSFORM_NUMBER_H
#define TRANSFORM_NUMBER_H

#include "schemas/edition/edition.h"

enum number_fault {
    NUMBER_OK = 0,
    NUMBER_EMPTY,
    NUMBER_SYNTAX,   /* no number */
    NUMBER_NEGATIVE, /* below zero where that cannot be */
    NUMBER_FRACTION, /* not whole where a count is due */
    NUMBER_UNCLEAR,  /* more than two decimals where cents are due: perhaps thousands */
    NUMBER_RANGE     /* too large or too precise to be held exactly */
};

struct number {
    struct decimal value; /* canonical */
    unsigned used;        /* enum edition_conversion applied; 0: the text was a plain number */
};

/* Reads n bytes of UTF-8 text, white space around it ignored. whole: a count is due. allowed: conversions switched on.
 */
enum number_fault number_read(const char *s, size_t n, int whole, unsigned allowed, struct number *out) MUST_USE;

#endif
