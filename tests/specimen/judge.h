/* SPDX-License-Identifier: Apache-2.0 */
/* What must come out of a letter: written from ENQUIRY §5 and METHOD §1 and §3, on the specimen's own cells; it shares
 * nothing with the product's rules. */
#ifndef TESTS_SPECIMEN_JUDGE_H
#define TESTS_SPECIMEN_JUDGE_H

#include "tests/specimen/letter.h"

enum silence {
    SILENCE_NONE,
    SILENCE_ABSENT,
    SILENCE_BLANK,
    SILENCE_NIL,
    SILENCE_ND,
    SILENCE_NC,
    SILENCE_SO,
    SILENCE_REFUS,
    SILENCE_WITHHELD,
    SILENCE_UNIT
};
const char *silence_name(enum silence s);

enum outcome {
    OUTCOME_COMPLETE,
    OUTCOME_PARTIAL,
    OUTCOME_UNUSABLE,
    OUTCOME_REFUSAL,
    OUTCOME_WITHDRAWN,
    OUTCOME_UNDECIDED,
    OUTCOME_SILENT,
    OUTCOME_NONE
};
const char *outcome_name(enum outcome o);

enum { RULES_TEXT_MAX = 200 };

struct judged {
    int32_t value[CELLS];
    uint8_t silence[CELLS];
    uint8_t deduced[CELLS];
    int verdict;                  /* 0 nothing, 1 warnings, 2 something withheld, 3 refused */
    char rules[RULES_TEXT_MAX];   /* rules that failed above information, in order, separated by spaces */
    int converted, mapped, named; /* numbers read by a conversion, codes by a synonym, words for "no answer" */
    int core;                     /* core variables answered, of eight */
    enum outcome outcome;
};

/* confirm: id of a rule whose values are kept by decision, or NULL. */
void judge(const struct letter *l, const char *confirm, struct judged *j);

#endif
