/* SPDX-License-Identifier: Apache-2.0 */
/* The register: one row per unit known to the enquiry's owner, the list against which silence is measured (page
 * pre-register.5). Columns are the edition's (register.schema.json); extra columns are kept. Rows are sorted by unit
 * and held small (packed.h): some 75 bytes a unit where the file has 107. Scope and mergers follow the dates of
 * validity: see register_scope. */
#ifndef SCHEMAS_REGISTER_REGISTER_H
#define SCHEMAS_REGISTER_REGISTER_H

#include "schemas/edition/edition.h"

enum { REGISTER_NONE = UINT32_MAX };

enum register_scope {
    REGISTER_IN, /* alive from 1 January to 31 December of the reference year, or successor of a merger in that year */
    REGISTER_CLOSED,  /* ended before 31 December, nobody took over */
    REGISTER_CREATED, /* began after 1 January */
    REGISTER_MERGED   /* ended before 31 December, a successor took over */
};
const char *register_scope_name(enum register_scope s);

struct register_unit {
    const char *id;             /* borrowed from the register */
    uint32_t line;              /* in the register */
    uint32_t successor;         /* index, or REGISTER_NONE */
    uint32_t first_predecessor; /* merged into this one during the reference year: index, or REGISTER_NONE */
    uint32_t next_predecessor;  /* of the same successor */
    enum register_scope scope;
};

struct register_table; /* opaque */

/* Reads, checks and sorts. Missing file: STATUS_NOINPUT; any fault: STATUS_DATA "file:line: column: value: what:
 * remedy". Checked: UTF-8, required columns, duplicate units, patterns and dates, foreign keys into the reference
 * lists, size > 0 in scope, source protocols, no userinfo in a source, successors known and without cycle. */
struct register_table *register_open(const struct edition *ed, const char *path, struct err *e);
/* The same from memory (a resource record of an archive); text is copied. */
struct register_table *register_read(const struct edition *ed, const char *text, size_t n, const char *name,
                                     struct err *e);
/* A table whose rows are not checked, for proofs on an edition: rows of one unit may differ. The unit column must be
 * there. */
struct register_table *register_bare(const struct edition *ed, const char *text, size_t n, const char *name,
                                     struct err *e);
void register_close(struct register_table *t); /* accepts NULL */
/* The edition's register.schema.json by itself: types, patterns, reference tables, the columns that edition.json names.
 * STATUS_CONFIG. */
enum flow register_check_schema(const struct edition *ed, struct err *e) MUST_USE;
/* Is there a field of that name in register.schema.json? (1, 0; 1 when the edition has no schema.) */
int register_has_field(const struct edition *ed, const char *name);

size_t register_count(const struct register_table *t);
struct register_unit register_unit(const struct register_table *t, size_t i);       /* sorted by id, bytewise */
const char *register_id(const struct register_table *t, size_t i);                  /* of that unit, borrowed */
uint32_t register_find(const struct register_table *t, const char *id, size_t len); /* index, or REGISTER_NONE */
/* Columns in the order of the file; index by name, or REGISTER_NONE (an empty name gives REGISTER_NONE). */
size_t register_columns(const struct register_table *t);
const char *register_column(const struct register_table *t, size_t column);
uint32_t register_column_index(const struct register_table *t, const char *name);
/* What reads values again; one for each thread, as long as the register. Units in order cost least. */
struct register_reader; /* opaque */
struct register_reader *register_reader_new(const struct register_table *t, struct err *e);
void register_reader_free(struct register_reader *r); /* accepts NULL */
/* Borrowed until a value of another unit is asked; "" for an empty field or column REGISTER_NONE. */
const char *register_value(struct register_reader *r, size_t unit, uint32_t column);
/* The size column, plus that of units merged into this one during the reference year; scale 0 and 0 when empty. */
struct decimal register_size(struct register_reader *r, size_t unit);
/* Appends the address of a source as it may leave the house: every query value reads "masked", since a register cannot
 * say which of them are secrets. */
enum flow register_mask_source(const char *source, struct buf *out, struct err *e) MUST_USE;
/* Units in scope. */
size_t register_in_scope(const struct register_table *t);
/* SHA-256 of the file's bytes, hex. */
const char *register_digest(const struct register_table *t);

#endif
