/* SPDX-License-Identifier: Apache-2.0 */
/* The column `expected` of findings, in the reader's language. It is stored once: what has words is in English, and the
 * French is found again from the phrases below or from the French sentence beside it (page pre-dataset.5). The writer
 * takes its English from the same table, so the two cannot part. */
#ifndef SCHEMAS_DATASET_EXPECTED_H
#define SCHEMAS_DATASET_EXPECTED_H

#include <stddef.h>

enum { EXPECTED_TEXT_MAX = 1400 };

/* The English of what is no type of XML Schema. */
#define EXPECTED_NUMBER "a number or words for no answer"        /* or what the edition reads as none */
#define EXPECTED_DECLARED_NAME "a name whose prefix is declared" /* an XML name that no declaration explains */
#define EXPECTED_DAY "YYYY-MM-DD"

struct expected_phrase {
    const char *type; /* of XML Schema, without prefix; "" for the others */
    const char *fr, *en;
};
/* What a value of that built-in type looks like; NULL when there are no words for it. */
const struct expected_phrase *expected_of_type(const char *type);
/* The phrase whose English this is; NULL when it is none. */
const struct expected_phrase *expected_of_words(const char *en);

/* The French of `expected`; message_fr is the sentence of the same finding. The result is `expected` itself where it
 * has no words (a number, codes, names), else a text in out. */
const char *expected_french(const char *expected, const char *message_fr, char out[EXPECTED_TEXT_MAX]);

#endif
