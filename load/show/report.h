/* SPDX-License-Identifier: Apache-2.0 */
/* Answers on stdout: tables as text that fits a terminal, as CSV, as JSON. Everything shown is internal and says so on
 * its first line. A report holds one table or several; rows are given cell by cell in the order of the columns. Text is
 * never wider than report_width (how: layout.h); CSV and JSON carry numbers unrounded. */
#ifndef LOAD_SHOW_REPORT_H
#define LOAD_SHOW_REPORT_H

#include "schemas/run/sink.h"

#include <stdint.h>

enum report_format { REPORT_TEXT, REPORT_CSV, REPORT_JSON };
enum report_lang { REPORT_FR, REPORT_EN };
enum { REPORT_COLUMNS_MAX = 32 };

enum report_align { REPORT_LEFT, REPORT_RIGHT };
/* In which formats a column appears. */
enum report_where { REPORT_ALWAYS, REPORT_ON_TEXT, REPORT_ON_DATA };

struct report_column {
    const char *key;     /* name in CSV and JSON */
    const char *fr, *en; /* heading in text */
    enum report_align align;
    int flexible; /* may be narrowed and wrapped */
    enum report_where where;
};

struct report; /* opaque */

struct report *report_open(const char *name, enum report_format format, enum report_lang lang, struct sink out,
                           struct err *e);
/* Ends the report; the first failure of any call is told here. Frees r. */
enum flow report_close(struct report *r, struct err *e) MUST_USE;

/* Ends a report that cannot be finished: what has not yet been written never is. Frees r. */
void report_abort(struct report *r);

enum report_lang report_lang(const struct report *r);
int report_is_text(const struct report *r);
/* The text for the language of the report. */
const char *report_words(const struct report *r, const char *fr, const char *en);

/* A line of words; in JSON a member of "notes", in CSV a comment line. */
void report_note(struct report *r, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* columns end with key == NULL and are borrowed until report_end. title may be NULL; name is the member of JSON. */
void report_begin(struct report *r, const char *name, const char *title, const struct report_column *columns);
void report_text(struct report *r, const char *s); /* NULL or "": nothing */
/* A code of a table: in text its word in the language of the report, in data the code itself. */
void report_code(struct report *r, const char *code);
void report_int(struct report *r, int64_t v); /* a quantity: digits grouped in text */
void report_id(struct report *r, int64_t v);  /* a name made of digits: a line, a vintage; never grouped */
/* A number: in text rounded half away from zero to `decimals` (a negative count: to tens, hundreds), in data as it is.
 */
void report_number(struct report *r, double v, int decimals);
/* The same in per cent in text (v = 0.123 is 12.3 %), as it is in data. */
void report_percent(struct report *r, double v, int decimals);
/* Both of a difference: in text with its sign. */
void report_difference(struct report *r, double v, int decimals);
void report_difference_percent(struct report *r, double v, int decimals);
/* Characters of a line of text: COLUMNS when it is at least 40, else the terminal's, else 80. */
size_t report_width(void);
void report_none(struct report *r); /* "–" in text, empty in CSV, null in JSON */
void report_row(struct report *r);  /* ends the row */
void report_end(struct report *r);

/* "85 000", "58,2" (fr) or "58.2" (en); decimals < 0 rounds to tens... out has 64 bytes. */
void report_format_number(double v, int decimals, enum report_lang lang, char *out);

#endif
