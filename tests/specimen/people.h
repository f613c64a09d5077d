/* SPDX-License-Identifier: Apache-2.0 */
/* The whole population: every PRE of the field with all its true answers, whether it will send them or not. National
 * totals are met exactly (ENQUIRY §2, scaled by N / 530); shares, means and children for the same credits vary with
 * size and region, so that those who answer are no fair picture of all. */
#ifndef TESTS_SPECIMEN_PEOPLE_H
#define TESTS_SPECIMEN_PEOPLE_H

#include "tests/specimen/place.h"
#include "tests/specimen/questionnaire.h"

enum scope { SCOPE_IN, SCOPE_CLOSED, SCOPE_CREATED, SCOPE_MERGED };

/* What the published totals are: those of the whole field, or of the PRE that answer. */
enum mode { MODE_ESTIMATE, MODE_OBSERVED };

struct pre {
    char id[16];
    const struct place *place;
    uint32_t sequence; /* number inside the département */
    uint32_t index;    /* number in the population, names the random streams of the unit */
    enum scope scope;
    int32_t credits;   /* as the register says, euros */
    int32_t successor; /* SCOPE_MERGED: index of the PRE that took over, else -1 */
    int32_t absorbed;  /* credits of predecessors merged into this one */
    int32_t inherited; /* children last edition of predecessors merged into this one */
    double size;       /* ln(credits / mean credits) */
    int32_t carrier;   /* index in PORTEUR_CODES */
    int known_before;  /* in last edition's dataset */
    int32_t truth[CELLS];
    int32_t before[CELLS]; /* last edition's values */
    /* what happens to it, filled by kinds.c */
    int respondent;
    int kind;
};

struct people {
    struct pre *items; /* sorted by id, in the field and out of it */
    size_t count;
    size_t field; /* PRE in the field */
    uint64_t seed;
};

/* field: PRE in the field (N); out-of-scope units come on top. */
enum flow people_make(struct people *p, uint64_t seed, size_t field, enum mode mode, const struct places *places,
                      struct err *e) MUST_USE;
/* A published total brought to the size of the field: published * field / 530, rounded. */
int64_t people_scaled(int64_t published, size_t field);
/* Last edition understood the list of exits the other way round: first and last categories change places. */
void people_shift(struct people *p);
void people_fini(struct people *p);

#endif
