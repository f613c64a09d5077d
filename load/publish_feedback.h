/* SPDX-License-Identifier: Apache-2.0 */
/* One unit's feedback: its matter, and the two ways of writing it. */
#ifndef LOAD_PUBLISH_FEEDBACK_H
#define LOAD_PUBLISH_FEEDBACK_H

#include "load/publish_model.h"

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
    const char *variable, *category, *silence, *raw;
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

/* publish_feedback_page.c */
enum flow feedback_page(const struct feedback *b, struct err *e) MUST_USE; /* writes retours/UNIT.html */
enum flow feedback_text(const struct feedback *b, struct buf *out, struct err *e) MUST_USE;

#endif
