/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: what was found about one document, once each, in the order found. Kept in the arena of the unit. At most
 * the edition's limit of them is kept; the rest is counted and the list says so. Severity, level and dates come from
 * rules.csv; the ids below are the ones that the program itself raises, whatever the enquiry, besides those of reading
 * and schema (transform/xml/xml.h: S01 to S10); an edition may give each its row in rules.csv. */
#ifndef TRANSFORM_FINDINGS_H
#define TRANSFORM_FINDINGS_H

#include "schemas/edition/edition.h"
#include "transform/xml/xml.h"

enum builtin {
    RULE_BODY,       /* S11 the content cannot be decoded: gzip damaged, cut or beyond the limits */
    RULE_ROOT,       /* S06 another edition, another enquiry, no namespace */
    RULE_UNIT,       /* I01 unknown unit, or not the one it was fetched for */
    RULE_CAMPAIGN,   /* I02 another campaign */
    RULE_SEQUENCE,   /* I03 what became of it: repeat, tie, same content elsewhere (information) */
    RULE_AHEAD,      /* I04 stamped after it was received (warning) */
    RULE_CROSSED,    /* I05 a higher number with an earlier stamp (warning) */
    RULE_FALL,       /* I06 what only grows is lower than in the return it replaces (warning) */
    RULE_CONVERTED,  /* N01 a number was read by a reviewed conversion (information) */
    RULE_MAPPED,     /* N02 a code was read by the reviewed synonyms (information) */
    RULE_NO_ANSWER,  /* N03 a text stands for "no answer" (information) */
    RULE_UNREADABLE, /* N04 neither a number nor a known text (error, withholds that value) */
    RULE_UNMAPPED,   /* N05 a code that is in no table (error, withholds that value) */
    RULE_TWICE,      /* N06 two rows of one category (error, withholds that value) */
    RULE_CUT,        /* N07 more findings than the edition keeps (information) */
    RULE_DECISION,   /* D01 a decision was applied, or could not be (information) */
    RULE_SHIFT,      /* X01 a category's national share moved since the last edition (campaign, warning) */
    BUILTIN_COUNT
};

enum finding_outcome { FINDING_FAILED, FINDING_NOT_EVALUABLE, FINDING_NORMALISED };
const char *finding_outcome_name(enum finding_outcome o);

enum language { LANG_FR, LANG_EN, LANGUAGES };

struct finding {
    const char *rule;
    enum edition_stage stage;
    int level;
    enum edition_severity severity;
    enum finding_outcome outcome;
    uint32_t variable, category; /* index, position; EDITION_NONE */
    const char *path;            /* "" when nowhere */
    uint32_t line, column;       /* 0 when unknown */
    const char *value, *expected;
    const char *message[LANGUAGES];
    const char *original; /* the library's own words, "" when the judgement is ours */
    uint64_t folded;      /* further ones of the same kind, not listed */
    struct finding *next;
};

struct findings {
    struct finding *first, **last;
    struct arena *arena;
    const struct edition *edition;
    uint32_t kept, max;
    uint32_t count[EDITION_FATAL + 1]; /* by severity; not evaluable ones are counted apart */
    uint32_t not_evaluable, crashed, dropped;
};

void findings_init(struct findings *f, const struct edition *ed, struct arena *arena);

/* A finding to fill: rule, stage, level and severity are set, everything else is empty. Counted now, so the severity of
 * the rule stands. NULL only without memory. One beyond the limit is counted and given as a place to write into, but
 * not kept. */
struct finding *findings_builtin(struct findings *f, enum builtin rule, enum finding_outcome o);
/* What reading or validating found, with its place. */
enum flow findings_xml(struct findings *f, const struct xml_fault *x, struct err *e) MUST_USE;
/* By assertion id of the edition ("A05.2"); a rule without a row in rules.csv is a warning. */
struct finding *findings_rule(struct findings *f, const char *id, enum finding_outcome o);
/* Ends the list: says in one finding how many were not kept. What is told later, of the document beside others, is kept
 * whatever the limit. */
enum flow findings_end(struct findings *f, struct err *e) MUST_USE;
/* Path, line and column of a node. FLOW_FATAL without memory, as the next one. */
enum flow finding_place(struct findings *f, struct finding *x, struct xml_reader *r, const xmlNode *node);
/* One sentence. */
enum flow finding_say(struct findings *f, struct finding *x, enum language l, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* x->value or x->expected from n bytes, made visible and cut at 200 characters. */
const char *finding_text(struct findings *f, const char *s, size_t n);

const char *builtin_id(enum builtin rule);
/* Severity of a built-in rule as the edition has it in force. */
enum edition_severity builtin_severity(const struct edition *ed, enum builtin rule);

#endif
