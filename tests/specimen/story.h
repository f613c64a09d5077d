/* SPDX-License-Identifier: Apache-2.0 */
/* What really arrives: who answers, with which trouble, through which door. */
#ifndef TESTS_SPECIMEN_STORY_H
#define TESTS_SPECIMEN_STORY_H

#include "tests/specimen/judge.h"

enum door { DOOR_SITE, DOOR_INBOX };

struct story; /* opaque: the plan, the folders, what was sent so far */

/* One document that arrived and what must become of it. */
struct arrival {
    const char *file;  /* "site/PRE-59-01.xml", below the output folder */
    const char *unit;  /* "" when nobody can tell */
    const char *state; /* current, superseded, ... */
    int verdict;
    const char *rules;
    int converted, mapped, named; /* readings to be logged */
    const char *sha256;           /* of the bytes as stored */
    int numero;
    const char *kind;
    /* before the drop folder was read and the analyst decided; NULL: not there yet */
    const char *state_first;
    int verdict_first;
    const char *rules_first;
};

const char *story_kind_name(int kind);

/* base_url: "" serves file:// names below `dir`. decided: date or instant of the decisions. */
struct story *story_open(struct people *p, const struct places *places, const char *dir, const char *base_url,
                         const char *decided, struct err *e);
/* Writes the documents of unit i; *j is what remains of it at the end (outcome OUTCOME_NONE out of the field), *source
 * its source in the register (borrowed). Called for every unit in order. */
enum flow story_tell(struct story *s, size_t i, struct judged *j, const char **source, struct err *e) MUST_USE;
/* After the last unit: a return by hand from a PRE nobody knows. */
enum flow story_stray(struct story *s, struct err *e) MUST_USE;
/* What the unit told last was before the drop folder was read and the analyst decided. */
const struct judged *story_first(const struct story *s);
/* Arrivals of the unit told last, or of the stray one. */
size_t story_arrivals(const struct story *s, const struct arrival **list);
/* Writes site.csv and decisions.csv; frees in every case. */
enum flow story_close(struct story *s, struct err *e) MUST_USE;
void story_abort(struct story *s);

#endif
