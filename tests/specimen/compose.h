/* SPDX-License-Identifier: Apache-2.0 */
/* The letter an honest PRE would write: its true answers, with some questions left open. */
#ifndef TESTS_SPECIMEN_COMPOSE_H
#define TESTS_SPECIMEN_COMPOSE_H

#include "tests/specimen/letter.h"

enum compose { COMPOSE_FULL, COMPOSE_WITH_SILENCE };

/* Fills l. COMPOSE_WITH_SILENCE leaves about a tenth of the questions unanswered, more in small PRE, never so much that
 * the return falls below half of the core. numero 1, initial, sent in May or June. */
void compose(const struct people *p, const struct pre *u, enum compose how, struct letter *l);
/* A full letter with the answers of last edition. */
void compose_before(const struct people *p, const struct pre *u, struct letter *l);
/* Stamp of the n-th sending of a unit; late: after the closing. */
void compose_stamp(const struct people *p, const struct pre *u, int numero, int late, char *out, size_t size);

#endif
