/* SPDX-License-Identifier: Apache-2.0 */
/* A table as text no wider than asked, whatever stands in it. What gives way, in this order: flexible columns and
 * headings, between words where there are words; the second blank between columns; words; the other columns of text.
 * Numbers are never cut: where they leave no room, each row is written as a record, one field a line. */
#ifndef LOAD_SHOW_LAYOUT_H
#define LOAD_SHOW_LAYOUT_H

#include "schemas/run/sink.h"

enum { LAYOUT_COLUMNS_MAX = 32 };

struct layout_column {
    const char *heading;
    int right;    /* a number: right-aligned, never wrapped */
    int flexible; /* first to be narrowed and wrapped */
    /* kept by the layout, in characters */
    size_t cell;  /* widest cell so far */
    size_t word;  /* longest word of such cells */
    size_t width; /* as printed */
};

struct layout {
    struct layout_column column[LAYOUT_COLUMNS_MAX]; /* heading, right, flexible: filled by the caller */
    size_t columns;
    size_t limit; /* characters of a line, at least 40 */
    /* kept by the layout */
    size_t gap;
    int headed, records;
    struct buf line;
};

/* Empty, for lines of `limit` characters; the caller then fills the columns. */
void layout_init(struct layout *l, size_t limit);
void layout_fini(struct layout *l);
/* Writes rows: their cells one after the other, NUL after each. The first call writes the head; a later one writes it
 * again when its cells need other widths. */
enum flow layout_rows(struct layout *l, const char *cells, size_t rows, struct sink out, struct err *e) MUST_USE;

/* Bytes of s that fit in `width` characters, cut behind a blank when there is one. */
size_t layout_wrap(const char *s, size_t width);

#endif
