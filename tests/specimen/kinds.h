/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of trouble, how many of each, and who gets them. */
#ifndef TESTS_SPECIMEN_KINDS_H
#define TESTS_SPECIMEN_KINDS_H

#include "tests/specimen/people.h"

/* X(name, per 530 PRE): those who answer, whatever happens on the way. The first takes all that is left. */
#define KINDS_ANSWER(X)                                                                                                \
    X(CLEAN, "clean", 0)                                                                                               \
    X(LATE, "late", 18)                                                                                                \
    X(HAND, "by-hand", 4)                                                                                              \
    X(GZ_BY_HAND, "gzip-file-by-hand", 2)                                                                              \
    X(CORRECTED, "corrected", 10)                                                                                      \
    X(CORRECTED_FEWER, "corrected-with-deletions", 3)                                                                  \
    X(OLDER, "older-after-newer", 4)                                                                                   \
    X(REPEAT, "repeat", 6)                                                                                             \
    X(REPEAT_NEXT, "repeat-with-next-number", 2)                                                                       \
    X(TEST_THEN_REAL, "test-then-real", 4)                                                                             \
    X(AGAIN, "withdrawn-then-sent-again", 3)                                                                           \
    X(REFUSED_AFTER, "refused-after-accepted", 3)                                                                      \
    X(LABELS, "labels-for-codes", 12)                                                                                  \
    X(PREVIOUS, "codes-of-last-year", 8)                                                                               \
    X(COMMA, "decimal-comma", 12)                                                                                      \
    X(THOUSANDS, "thousands-separator", 8)                                                                             \
    X(WORDS, "words-for-no-answer", 10)                                                                                \
    X(SILENCES, "every-silence", 6)                                                                                    \
    X(CDATA, "cdata-and-comments", 4)                                                                                  \
    X(ZEROS, "leading-zeros-and-spaces", 4)                                                                            \
    X(LATIN1, "latin1", 4)                                                                                             \
    X(CP1252, "windows-1252", 3)                                                                                       \
    X(BOM, "utf8-with-bom", 3)                                                                                         \
    X(UTF16, "utf16", 2)                                                                                               \
    X(QUOTES, "windows-quotes-as-latin1", 2)                                                                           \
    X(BOM_LATIN1, "mark-against-declaration", 2)                                                                       \
    X(UNREADABLE, "unreadable-number", 2)                                                                              \
    X(GZIP, "gzip-body", 8)                                                                                            \
    X(GZIP_FALSE, "gzip-announced-but-plain", 2)                                                                       \
    X(HINT, "schema-hint", 2)                                                                                          \
    X(FLAKY, "server-busy-first", 3)                                                                                   \
    X(MOVED, "moved", 3)                                                                                               \
    X(SUM_SEXE, "sum-by-sex", 2)                                                                                       \
    X(SUM_AGE, "sum-by-age", 2)                                                                                        \
    X(SUM_PROFIL, "sum-by-profile", 2)                                                                                 \
    X(SUM_NIVEAU, "sum-by-level", 2)                                                                                   \
    X(SUM_ORIENTEUR, "sum-by-referrer", 2)                                                                             \
    X(SAME_GAP, "two-tables-off-by-the-same", 2)                                                                       \
    X(PART_ABOVE, "part-above-total", 3)                                                                               \
    X(MOTIF_ABOVE, "reason-above-total", 2)                                                                            \
    X(EXITS, "exits-do-not-add", 2)                                                                                    \
    X(MOTIFS_FEW, "fewer-reasons-than-children", 2)                                                                    \
    X(FUNDERS, "funders-do-not-add", 4)                                                                                \
    X(FUNDERS_CONFIRMED, "funders-confirmed", 1)                                                                       \
    X(FUNDERS_SET, "funders-set", 1)                                                                                   \
    X(ETP_ABOVE, "etp-above-posts", 3)                                                                                 \
    X(CREDITS, "programme-147-differs", 4)                                                                             \
    X(RICH, "funding-per-child", 3)                                                                                    \
    X(COORD_ABOVE, "coordinator-above-one", 3)                                                                         \
    X(LOAD, "children-per-referent", 3)                                                                                \
    X(LONG, "mean-length-out-of-bounds", 3)                                                                            \
    X(PERCENT, "percentages-for-counts", 3)                                                                            \
    X(ZERO, "no-child", 1)                                                                                             \
    X(CONFIRMED_SCALE, "scale-confirmed", 1)                                                                           \
    X(TWICE_MAPPED, "category-twice-after-mapping", 2)                                                                 \
    X(UNMAPPED, "unknown-category", 2)                                                                                 \
    X(PRIVATE, "carrier-without-public-accounts", 2)                                                                   \
    X(OTHER_QUARTIER, "quartier-elsewhere", 3)                                                                         \
    X(DOUBLED, "total-doubled", 4)

/* Those who do not answer, or whose answer cannot be used. The first takes all that is left. */
#define KINDS_SILENT(X)                                                                                                \
    X(NOT_FOUND, "not-found", 0)                                                                                       \
    X(NO_SOURCE, "no-source", 20)                                                                                      \
    X(DEAD, "dead-server", 10)                                                                                         \
    X(BROKEN_SERVER, "server-error", 3)                                                                                \
    X(LOGIN, "login-page", 4)                                                                                          \
    X(LOST, "cut-transfer", 2)                                                                                         \
    X(APPENDED, "page-after-the-return", 2)                                                                            \
    X(REFUSAL, "refusal", 8)                                                                                           \
    X(WITHDRAWN, "withdrawn", 4)                                                                                       \
    X(WITHDRAWN_BY_US, "withdrawn-by-decision", 1)                                                                     \
    X(TIE, "number-tie", 4)                                                                                            \
    X(TWIN_A, "twin", 2)                                                                                               \
    X(TWIN_B, "twin-of-another", 2)                                                                                    \
    X(COPY, "copy-of-last-year", 2)                                                                                    \
    X(TEST_ONLY, "test-only", 3)                                                                                       \
    X(EMPTY_RETURN, "returned-empty", 4)                                                                               \
    X(TOTAL_WRONG, "total-mistyped", 3)                                                                                \
    X(SCALE, "wrong-scale", 5)                                                                                         \
    X(CUT, "cut-document", 3)                                                                                          \
    X(BYTES, "bytes-not-utf8", 2)                                                                                      \
    X(HTML_BY_HAND, "html-by-hand", 1)                                                                                 \
    X(NO_BYTE, "empty-file", 1)                                                                                        \
    X(DOCTYPE, "doctype", 1)                                                                                           \
    X(EXTERNAL, "external-entity", 1)                                                                                  \
    X(ENTITIES, "nested-entities", 1)                                                                                  \
    X(EDITION_2021, "edition-2021", 3)                                                                                 \
    X(EDITION_2023, "edition-2023", 2)                                                                                 \
    X(NO_NAMESPACE, "no-namespace", 2)                                                                                 \
    X(CAMPAIGN, "wrong-campaign", 2)                                                                                   \
    X(WRONG_PRE, "return-of-another", 3)                                                                               \
    X(UNKNOWN_ELEMENT, "unknown-element", 2)                                                                           \
    X(ORDER, "blocks-out-of-order", 1)                                                                                 \
    X(NEGATIVE, "negative-count", 1)                                                                                   \
    X(FRACTION, "fraction-of-child", 1)                                                                                \
    X(TWICE, "category-twice", 1)                                                                                      \
    X(WORD, "word-for-a-count", 1)                                                                                     \
    X(MANY, "too-many-elements", 1)                                                                                    \
    X(DEEP, "too-deep", 1)                                                                                             \
    X(LONG_TEXT, "text-too-long", 1)

/* Out of the field. */
#define KINDS_OUT(X)                                                                                                   \
    X(STRAY, "unknown-pre", 0)                                                                                         \
    X(OUT_SENT, "out-of-scope", 0)                                                                                     \
    X(OUT_QUIET, "out-of-scope-silent", 0)

enum kind {
#define X(symbol, name, share) KIND_##symbol,
    KINDS_ANSWER(X) KINDS_SILENT(X) KINDS_OUT(X)
#undef X
        KINDS_COUNT
};

const char *kind_name(enum kind k);
/* Chooses who answers and gives every PRE its kind. */
enum flow kinds_plan(struct people *p, struct err *e) MUST_USE;
/* PRE that answer, of a field of this size. */
size_t kinds_respondents(size_t field);

#endif
