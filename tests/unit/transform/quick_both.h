/* SPDX-License-Identifier: Apache-2.0 */
/* An expression evaluated by both engines, which must agree: same type, same value bit for bit, same truth and text. */
#ifndef TESTS_QUICK_BOTH_H
#define TESTS_QUICK_BOTH_H

#include "transform/rules/quick.h"
#include "transform/rules/xpath.h"

/* Texts of numbers and of what looks like one. */
enum { BOTH_NUMBERS = 42 };
extern const char *const both_numbers[BOTH_NUMBERS];

struct both {
    xmlXPathContextPtr x;
    struct arena arena; /* of the expressions */
    struct arena values;
    struct quick_pool pool;
    struct bound *bound;
    struct quick_machine machine;
    xmlDocPtr doc;
    xmlNodePtr row;
    xmlNodePtr bound_row;
    struct quick_value row_value, number_value, text_value, bound_value;
    uint64_t stamp;
};

void both_begin(struct both *b);
void both_end(struct both *b);
/* Takes over a document: the root is $row. */
void both_document(struct both *b, xmlDocPtr doc);
/* Gives the attributes of $bound other values. */
void both_bind(struct both *b, size_t first);
/* 1 when the quick engine knows the expression; fails the test when the two differ. */
int both_compare(struct both *b, const char *text, xmlNodePtr context);
/* Alone: NULL when it is not known. */
const struct quick *both_compile(struct both *b, const char *text);

#endif
