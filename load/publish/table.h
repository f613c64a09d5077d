/* SPDX-License-Identifier: Apache-2.0 */
/* A table to be published, once, whatever the format: typed columns, cells that carry their exact text. The formats
 * (CSV for machines, CSV for a French Excel, workbook, Table Schema) are written from it and from nothing else, so they
 * cannot disagree. */
#ifndef LOAD_PUBLISH_TABLE_H
#define LOAD_PUBLISH_TABLE_H

#include "schemas/run/arena.h"
#include "schemas/run/sink.h"

#include <stddef.h>
#include <stdint.h>

enum publish_kind {
    PUBLISH_TEXT,    /* words */
    PUBLISH_CODE,    /* an identifier, even when it looks like a number: 01, 2A, PRE-59-01 */
    PUBLISH_WORD,    /* a code of ours, in words where people read: "withheld", "trop incertain" */
    PUBLISH_MEASURE, /* a unit of measure of the edition, in its words where people read */
    PUBLISH_INTEGER, /* a count */
    PUBLISH_NUMBER,  /* exact or binary number */
    PUBLISH_SHARE,   /* 0..1, shown in per cent where people read */
    PUBLISH_CHANGE   /* a difference, shown with its sign */
};

struct publish_column {
    const char *key;     /* name in machine files */
    const char *fr, *en; /* heading */
    enum publish_kind kind;
    int decimals; /* shown in a workbook; more than three: as many as there are */
};

struct publish_cell {
    const char *text;            /* exact, point decimal; NULL: nothing */
    signed char share, decimals; /* how a workbook shows this one; -1: as its column */
};

struct edition;
struct publish_table {
    const char *name;                /* of its files: letters and '-' */
    const char *sheet_fr, *sheet_en; /* of its sheet, 31 characters at most */
    const char *fr, *en;             /* title */
    const char *note_fr, *note_en;   /* what a reader must know; "" for nothing */
    const struct publish_column *column;
    size_t columns;
    struct publish_cell *cell; /* rows x columns */
    size_t rows, room;
    size_t next;                   /* cell being filled in the last row */
    const struct edition *edition; /* whose measures cells name; NULL: none */
    struct arena *arena;
    int failed;
};

/* Columns end with key == NULL and are borrowed, as all texts; the arena keeps the cells. */
void publish_table_init(struct publish_table *t, const char *name, const struct publish_column *columns,
                        struct arena *arena);
void publish_table_fini(struct publish_table *t);
/* Cells of the current row, in the order of the columns. Lack of memory is told by publish_table_row. */
void publish_text(struct publish_table *t, const char *s); /* copied; NULL or "": nothing */
void publish_int(struct publish_table *t, int64_t v);
void publish_double(struct publish_table *t, double v);
void publish_none(struct publish_table *t);
/* A number already in exact text, shown in per cent or with so many decimals, whatever its column says. */
void publish_number(struct publish_table *t, const char *exact, int share, int decimals);
enum flow publish_table_row(struct publish_table *t, struct err *e) MUST_USE;
const char *publish_at(const struct publish_table *t, size_t row, size_t column); /* "" when nothing */

/* ---- formats ---- */

enum publish_language { PUBLISH_FR, PUBLISH_EN };

/* A code of status, outcome, severity... in words; the code itself when it has none. */
const char *publish_word(const char *code, enum publish_language l);
/* A unit of measure in the words of the edition; the code itself when it declares none. */
const char *publish_measure(const struct edition *ed, const char *code, enum publish_language l);
/* The text of a cell that is no number as people read it. */
const char *publish_shown(const struct publish_table *t, size_t column, const char *text, enum publish_language l);

/* RFC 4180, comma, point, LF, no mark; the first column says that the file is internal. */
enum flow publish_csv(const struct publish_table *t, struct sink out, struct err *e) MUST_USE;
/* For a French Excel: semicolon, comma decimal, byte-order mark, CRLF; codes that begin with a digit as ="01"; text
 * that a spreadsheet would run gets an apostrophe; numbers are never touched. */
enum flow publish_csv_french(const struct publish_table *t, struct sink out, struct err *e) MUST_USE;

struct publish_fact {
    const char *fr, *en, *value; /* "Millésime", "Vintage", "3" */
};
/* One workbook, a sheet a table, after a first sheet that says what this is. `created` is the instant written into it
 * (seconds since 1970). Above this many cells it is written row by row, in the memory of one row. Without
 * libxlsxwriter: FLOW_END and nothing written. */
enum { PUBLISH_XLSX_CELLS = 500000 };
enum flow publish_xlsx(const char *path, const struct publish_table *const *tables, size_t count, const char *title,
                       const struct publish_fact *facts, size_t fact_count, int64_t created, enum publish_language l,
                       struct err *e) MUST_USE;
/* datapackage.json over the machine files (tables/NAME.csv), with Table Schema, bytes and digest of each. */
enum flow publish_package(const char *folder, const struct publish_table *const *tables, size_t count, const char *name,
                          const char *title, struct err *e) MUST_USE;

#endif
