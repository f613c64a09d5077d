/* SPDX-License-Identifier: Apache-2.0 */
/* Exact decimal: an unscaled 64-bit integer and a scale; value = unscaled / 10^scale. Locale never matters. */
#ifndef SCHEMAS_RUN_DECIMAL_H
#define SCHEMAS_RUN_DECIMAL_H

#include "schemas/run/flow.h"

#include <stddef.h>
#include <stdint.h>

enum { DECIMAL_SCALE_MAX = 12, DECIMAL_TEXT_MAX = 24 };

struct decimal {
    int64_t unscaled;
    int scale; /* 0..DECIMAL_SCALE_MAX */
};

enum decimal_fault { DECIMAL_OK = 0, DECIMAL_EMPTY, DECIMAL_SYNTAX, DECIMAL_RANGE };

/* Parses exactly n bytes: optional '-', digits, optional '.' and digits (xs:decimal lexical form with optional '+',
 * ".5" and "5."). No space, no exponent, no leftover. Trailing zeros of the fraction are kept in the scale ("1.50" has
 * scale 2). */
enum decimal_fault decimal_parse(const char *s, size_t n, struct decimal *d) MUST_USE;
/* Canonical text: no trailing zero in the fraction, no trailing point, "-0" is "0". Returns the length. out has
 * DECIMAL_TEXT_MAX bytes. */
size_t decimal_print(struct decimal d, char *out);
/* Text with exactly d.scale fraction digits. */
size_t decimal_print_scaled(struct decimal d, char *out);
/* Smallest scale that holds the same value. */
struct decimal decimal_canonical(struct decimal d);
/* -1, 0, 1; exact whatever the scales. */
int decimal_compare(struct decimal a, struct decimal b);
/* *r = a + b, a - b; 0 on overflow, else 1. */
int decimal_add(struct decimal a, struct decimal b, struct decimal *r) MUST_USE;
int decimal_sub(struct decimal a, struct decimal b, struct decimal *r) MUST_USE;
/* The nearest double, correctly rounded for |unscaled| < 2^53. For estimation only. */
double decimal_double(struct decimal d);
/* Shortest text that reads back as the same double ("%.17g" tightened), point decimal whatever the locale; out has 32
 * bytes. The caller never passes NaN or infinity. */
size_t double_print(double v, char *out);
/* v rounded to n significant digits (1..17), printed as shortest text. */
size_t double_print_digits(double v, int n, char *out);
/* Strict, locale-free; 0 when s is not exactly one finite number. */
int double_parse(const char *s, size_t n, double *v) MUST_USE;

#endif
