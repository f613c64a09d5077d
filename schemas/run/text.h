/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 text through libutf8proc: validity, NFC, comparison keys, display width, visible form. The only file that
 * includes it. */
#ifndef SCHEMAS_RUN_TEXT_H
#define SCHEMAS_RUN_TEXT_H

#include "schemas/run/buf.h"

/* Offset of the first byte that is not valid UTF-8 (overlong, surrogate, > U+10FFFF included), or n when all is. */
size_t text_invalid(const char *s, size_t n);
/* Appends the NFC form. */
enum flow text_nfc(const char *s, size_t n, struct buf *out, struct err *e) MUST_USE;

enum text_fold {
    TEXT_FOLD_CASE = 1,    /* Unicode case folding, never the locale's */
    TEXT_FOLD_ACCENTS = 2, /* marks removed, oe and ae ligatures opened */
    TEXT_FOLD_SPACES = 4,  /* every kind of space is ' ', runs collapsed, ends trimmed, invisible characters dropped */
    TEXT_FOLD_QUOTES = 8,  /* every kind of apostrophe, quotation mark and dash is ', " and - */
    TEXT_FOLD_ALL = 15
};
/* Appends the comparison key: NFC, with the foldings asked for. */
enum flow text_key(const char *s, size_t n, unsigned fold, struct buf *out, struct err *e) MUST_USE;
/* Is s[0..n) one of the words of a list "a|b|c", whatever the separator. Never for n == 0. */
int text_in_list(const char *list, char separator, const char *s, size_t n);
/* Columns on a terminal; combining marks 0, wide characters 2, controls 0. */
size_t text_width(const char *s, size_t n);
/* Appends a form safe and legible on a terminal or in a log: controls, invisible and bidirectional characters as
 * <U+202F>, invalid bytes as <\x92>. */
enum flow text_visible(const char *s, size_t n, struct buf *out, struct err *e) MUST_USE;
/* Largest k <= max such that s[0..k) ends at a character boundary. */
size_t text_cut(const char *s, size_t n, size_t max);
/* The library and its version: what composes and folds. */
const char *text_library(void);

#endif
