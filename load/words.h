/* SPDX-License-Identifier: Apache-2.0 */
/* Codes of tables in words, for people: answers in text and publications. Data keep the codes. A code that has no words
 * is given back. */
#ifndef LOAD_WORDS_H
#define LOAD_WORDS_H

const char *words_of(const char *code, int french); /* what publications print */
/* What answers print too: states of documents, of vintages, of contributions. */
const char *words_of_answer(const char *code, int french);
const char *words_of_characteristic(const char *what, int french); /* struct bias_row */
const char *words_of_supposition(const char *supposition, int french);

#endif
