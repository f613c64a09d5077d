/* SPDX-License-Identifier: Apache-2.0 */
/* One document, through the nine steps of the design; what it becomes beside the other documents of its unit is decided
 * in unit.h. */
#ifndef TRANSFORM_DOCUMENT_H
#define TRANSFORM_DOCUMENT_H

#include "schemas/run/clock.h"
#include "transform/cell.h"
#include "transform/findings.h"
#include "transform/identity.h"
#include "transform/previous.h"

enum document_state {
    DOCUMENT_CURRENT,
    DOCUMENT_SUPERSEDED,
    DOCUMENT_REPEAT,
    DOCUMENT_WITHDRAWN,
    DOCUMENT_WITHDRAWAL,
    DOCUMENT_UNDECIDED,
    DOCUMENT_REFUSED,
    DOCUMENT_OUT_OF_SCOPE,
    DOCUMENT_TEST,
    DOCUMENT_STATES
};
const char *document_state_name(enum document_state s);

/* Whose document it is supposed to be. */
struct subject {
    const char *unit;                        /* it was fetched for; "" when unknown */
    uint32_t row;                            /* in the register, or REGISTER_NONE */
    struct register_reader *rows;            /* of this thread: of the unit's row; NULL when nobody asks */
    const struct previous_value *previous;   /* NULL: none */
    const struct previous *last;             /* last edition's dataset, for contents already sent; NULL: none */
    const struct decision *const *decisions; /* of the unit, in force */
    size_t decision_count;
};

struct document {
    /* where it comes from: set by the caller */
    const char *record, *archive, *source;
    int64_t received_at;
    const char *raw_digest;
    uint64_t bytes;
    /* the judgement */
    const char *bom, *declared, *used; /* encodings: mark, declaration, what was read; "" when unknown */
    struct identity identity;
    struct findings findings;
    struct cell *cells;                  /* NULL: refused, or a withdrawal */
    char content_digest[DIGEST_HEX_MAX]; /* "" when the content says too little */
    int verdict;                         /* 0..3 */
    int open_errors;                     /* failed rules of severity error that no decision confirms */
    int named_wrong;                     /* its unit is not the one it was fetched for */
    /* decided beside the others */
    enum document_state state;
    const char *reason, *related;
};

#endif
