/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the edition reader share; nobody else includes it. */
#ifndef SCHEMAS_EDITION_READ_H
#define SCHEMAS_EDITION_READ_H

#include "schemas/dataset/csv.h"
#include "schemas/edition/edition.h"

enum { EDITION_FILES_MAX = 16, EDITION_FILE_BYTES_MAX = 16 << 20 };

struct edition_bytes {
    const char *name;
    struct buf text;     /* as read */
    struct buf resolved; /* rows in force, for dated tables */
    int present;
};

/* A dated row before a choice is made. */
struct rule_row {
    struct edition_rule rule;
    int64_t from, to; /* days; INT64_MIN and INT64_MAX when open */
};
struct parameter_row {
    struct edition_parameter parameter;
    int64_t from, to;
    uint64_t line;
};

struct edition_data {
    struct arena arena; /* life of the edition */
    struct arena dated; /* life of one resolution */
    struct edition_bytes files[EDITION_FILES_MAX];
    size_t file_count;
    struct json *json;
    struct map *variables, *groups, *lists, *silences, *synonym_keys, *figures;
    struct edition_list *list_rows;
    struct edition_variable *variable_rows;
    struct edition_synonym *synonyms;
    struct rule_row *rules;
    size_t rule_rows;
    struct parameter_row *parameters;
    size_t parameter_rows;
    struct buf key; /* scratch */
    char schema_digest[DIGEST_HEX_MAX],
        rules_digest[DIGEST_HEX_MAX]; /* of return.xsd and rules.sch; empty when absent */
};

/* ---- files ---- */
enum flow edition_files_read(struct edition *ed, struct err *e) MUST_USE;
void edition_files_free(struct edition_data *d);
struct edition_bytes *edition_bytes(const struct edition *ed, const char *name); /* NULL when absent */
/* Rewrites rules.csv and parameters.csv with the rows in force on a day. */
enum flow edition_files_resolve(struct edition *ed, int64_t day, struct err *e) MUST_USE;

/* ---- reading a table ---- */
struct table {
    struct edition *ed;
    struct csv_table *csv;
    const char *file;
    const char *const *names;
    size_t capacity; /* at least the number of rows */
    struct err *err;
};
/* FLOW_END when the file is absent and may be. */
enum flow table_open(struct table *t, struct edition *ed, const char *file, const char *const *names, int required,
                     struct err *e) MUST_USE;
void table_close(struct table *t);
enum flow table_next(struct table *t) MUST_USE;
/* "file:line: column \"value\": what", STATUS_CONFIG. */
enum flow table_fault(const struct table *t, size_t column, const char *fmt, ...) PRINTF_LIKE(3, 4);
const char *table_get(const struct table *t, size_t column);
/* Copies of the current row in the edition's arena; NULL with the error set. */
const char *table_copy(struct table *t, size_t column);
enum flow table_label(struct table *t, size_t fr, struct edition_label *l) MUST_USE; /* columns fr and fr + 1 */
/* Position of the value among words (NULL-terminated). */
enum flow table_choice(const struct table *t, size_t column, const char *const *words, int *value) MUST_USE;
enum flow table_flag(const struct table *t, size_t column, int *value) MUST_USE; /* 0 or 1, empty is 0 */
enum flow table_integer(const struct table *t, size_t column, int64_t low, int64_t high, int64_t *value) MUST_USE;
enum flow table_dates(const struct table *t, size_t from_column, int64_t *from,
                      int64_t *to) MUST_USE; /* columns from and from + 1 */
/* A unit of measure that measures.csv declares, where the edition has one. */
enum flow table_measure(struct table *t, size_t column, const char **code) MUST_USE;
/* Names: letters, digits, '_', '-', '.', first a letter or '_' (an XML name without colon). */
int edition_is_name(const char *s);
/* Next word of a space separated list; 0 at the end. */
int edition_word(const char **cursor, const char **word, size_t *n);
void *edition_alloc(struct edition *ed, size_t n, size_t size, struct err *e);

/* ---- parts ---- */
enum flow edition_read_head(struct edition *ed, struct err *e) MUST_USE;
enum flow edition_check_size_measure(const struct edition *ed, struct err *e) MUST_USE;
enum flow edition_read_categories(struct edition *ed, struct err *e) MUST_USE;
enum flow edition_read_silences(struct edition *ed, struct err *e) MUST_USE;
enum flow edition_read_measures(struct edition *ed, struct err *e) MUST_USE;
enum flow edition_read_variables(struct edition *ed, struct err *e) MUST_USE;
enum flow edition_read_synonyms(struct edition *ed, struct err *e) MUST_USE;
enum flow edition_read_numbers(struct edition *ed, struct err *e) MUST_USE;
enum flow edition_read_no_answers(struct edition *ed, struct err *e) MUST_USE;
enum flow edition_read_rules(struct edition *ed, struct err *e) MUST_USE;
enum flow edition_read_parameters(struct edition *ed, struct err *e) MUST_USE;
enum flow edition_read_figures(struct edition *ed, struct err *e) MUST_USE;
enum flow edition_read_published(struct edition *ed, struct err *e) MUST_USE;

#endif
