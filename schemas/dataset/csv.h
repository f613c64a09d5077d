/* SPDX-License-Identifier: Apache-2.0 */
/* CSV (RFC 4180, UTF-8) with line and column: a pull reader on memory, a writer into a sink. Our own because no C
 * library says where. */
#ifndef SCHEMAS_DATASET_CSV_H
#define SCHEMAS_DATASET_CSV_H

#include "schemas/run/sink.h"

#include <stdint.h>

enum { CSV_FIELDS_MAX = 256 };

struct csv_field {
    const char *text; /* NUL-terminated, unquoted; borrowed until the next csv_next */
    size_t len;
    uint32_t column; /* 1-based character column where the field begins */
    int quoted;      /* was it quoted: "" and an empty field are told apart */
};

struct csv_row {
    struct csv_field field[CSV_FIELDS_MAX];
    size_t count;
    uint64_t line; /* 1-based line where the row begins */
};

struct csv; /* opaque reader */

/* Reads text[0..n), borrowed. `name` is used in errors. delimiter ',' or ';', or 0: decided on the header line. A BOM
 * is skipped. Bytes that are not UTF-8 are refused with line, byte and remedy (STATUS_DATA) at the row where they
 * stand. CRLF, LF and a missing final newline accepted. */
struct csv *csv_open(const char *text, size_t n, const char *name, char delimiter, struct err *e);
void csv_close(struct csv *c); /* accepts NULL */
/* Goes on in the next piece of the same file, borrowed; the piece begins at a row and lines keep counting. */
void csv_continue(struct csv *c, const char *text, size_t n);
/* Next row (empty lines skipped); FLOW_END after the last; FLOW_FATAL with line on a syntax fault (quote inside a bare
 * field, text after a closing quote, unclosed quote, NUL byte, too many fields). The first row is the header. */
enum flow csv_next(struct csv *c, struct csv_row *row, struct err *e) MUST_USE;
/* Where the row that begins at p ends: at the first line feed outside quotes, or at `end`. */
const char *csv_row_end(const char *p, const char *end);

/* A table with a header: columns found by name, in any order; row width checked against the header. */
struct csv_table; /* opaque */
/* names: NULL-terminated list of required columns; a missing one is STATUS_DATA naming the file and the column; a
 * column given twice likewise. */
struct csv_table *csv_table_open(const char *text, size_t n, const char *name, char delimiter, const char *const *names,
                                 struct err *e);
void csv_table_close(struct csv_table *t);
enum flow csv_table_next(struct csv_table *t, struct err *e) MUST_USE;
void csv_table_continue(struct csv_table *t, const char *text, size_t n); /* as csv_continue */
/* Value of the i-th required name in the current row, borrowed until the next row. */
const char *csv_table_get(const struct csv_table *t, size_t i);
const struct csv_field *csv_table_field(const struct csv_table *t, size_t i);
/* Value by any column name, NULL when there is no such column. */
const char *csv_table_named(const struct csv_table *t, const char *column);
uint64_t csv_table_line(const struct csv_table *t);
/* The header as read: count and i-th column name. */
size_t csv_table_columns(const struct csv_table *t);
const char *csv_table_column(const struct csv_table *t, size_t i);
/* Value of the i-th column of the file in the current row. */
const struct csv_field *csv_table_at(const struct csv_table *t, size_t i);
/* 1: every field is empty, as in the rows that a spreadsheet leaves below its last one. */
int csv_table_blank(const struct csv_table *t);

/* ---- writing: comma, LF, quotes only when needed (delimiter, quote, CR, LF, leading or trailing space); NULL writes
 * an empty field ---- */
struct csv_writer {
    struct sink out;
    struct buf row;
    int fields;
    uint64_t rows; /* rows ended, the header included */
};
void csv_writer_init(struct csv_writer *w, struct sink out);
void csv_writer_fini(struct csv_writer *w);
enum flow csv_put(struct csv_writer *w, const char *text, struct err *e) MUST_USE;
enum flow csv_putn(struct csv_writer *w, const char *text, size_t n, struct err *e) MUST_USE;
enum flow csv_put_int(struct csv_writer *w, int64_t v, struct err *e) MUST_USE;
enum flow csv_end_row(struct csv_writer *w, struct err *e) MUST_USE;
/* A whole row at once; of a field, text and len count. */
enum flow csv_put_row(struct csv_writer *w, const struct csv_field *field, size_t count, struct err *e) MUST_USE;

#endif
