/* SPDX-License-Identifier: Apache-2.0 */
/* Proving an edition before any return is read (--check-edition): tables, schema, expressions, examples (page
 * pre-edition.5). An analyst changes a rule or a list safely because of this: the first fault stops with STATUS_CONFIG,
 * file, line and name. */
#ifndef TRANSFORM_CHECK_EDITION_H
#define TRANSFORM_CHECK_EDITION_H

#include "schemas/run/err.h"

#include <stddef.h>

struct edition_proof {
    char id[64];
    int revision;
    size_t variables, cells, lists, rules, assertions, figures, elements, counter_examples;
    size_t states; /* dated states of rules.csv and parameters.csv, each proved */
};

/* xml_setup must have been called. proof is filled when all holds; it may be NULL. */
enum flow check_edition(const char *folder, struct edition_proof *proof, struct err *e) MUST_USE;

#endif
