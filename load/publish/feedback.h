/* SPDX-License-Identifier: Apache-2.0 */
/* One unit's feedback: its matter, and the two ways of writing it. */
#ifndef LOAD_PUBLISH_FEEDBACK_H
#define LOAD_PUBLISH_FEEDBACK_H

#include "load/publish/model.h"

struct feedback_document {
    const char *received_at, *record, *digest, *number, *nature, *state, *reason;
    int64_t bytes;
    int verdict; /* -1: none */
};
struct feedback_finding {
    const char *rule, *severity, *outcome, *variable, *category, *path, *value, *expected, *message, *record;
    int64_t line, column;            /* 0: unknown */
    const struct edition_rule *spec; /* NULL: not in the edition's table */
};
struct feedback_silence {
    const struct edition_variable *variable; /* NULL: not in the edition's table */
    uint32_t position;                       /* of the category in the list of the variable */
    const char *name, *category, *silence;
};

struct feedback {
    struct publication *p;
    const struct published_unit *unit;
    struct feedback_document *document;
    size_t documents;
    struct feedback_finding *finding;
    size_t findings;
    struct feedback_silence *silence;
    size_t silences;
    struct arena arena; /* texts of this unit */
};

/* "Enfants par âge – 6-10 ans" */
const char *feedback_item(const struct feedback *b, const char *variable, const char *category, char *out, size_t size);
const char *feedback_silence_words(const struct feedback *b, const char *silence);
/* Is it something the sender can act on? */
int feedback_shown(const struct feedback_finding *f);
int feedback_missing(const struct feedback_silence *s);
const char *feedback_verdict(const struct feedback *b);
const char *feedback_state(const struct feedback *b, const char *state);
const char *feedback_reason(const struct feedback *b, const char *reason);
const char *feedback_outcome(const struct feedback *b);

/* feedback_words.c; texts live as long as the unit is written. */
enum { FEEDBACK_STEPS = 8 };
/* What the sender is asked to do, sentence by sentence; how many. */
size_t feedback_steps(struct feedback *b, const char **step);
/* Is nothing asked any more about this finding, its document being replaced? */
int feedback_settled(const struct feedback *b, const struct feedback_finding *f);
const struct feedback_document *feedback_document_of(const struct feedback *b, const struct feedback_finding *f);
const char *feedback_message(struct feedback *b, const struct feedback_finding *f);
const char *feedback_expected(struct feedback *b, const struct feedback_finding *f); /* "" */
const char *feedback_question(struct feedback *b, const struct feedback_finding *f); /* by its item or its place; "" */
const char *feedback_consequence(struct feedback *b, const struct feedback_finding *f); /* answers set aside; "" */

/* feedback_page.c */
enum flow feedback_page(struct feedback *b, struct err *e) MUST_USE; /* writes retours/UNIT.html */
enum flow feedback_text(struct feedback *b, struct buf *out, struct err *e) MUST_USE;

#endif
