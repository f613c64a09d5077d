/* SPDX-License-Identifier: Apache-2.0 */
/* The dataset package (Data Package v1 with Table Schema v1; page pre-dataset.5): what transform and the specimen write
 * and load reads. Immutable folder, written beside its place and renamed. Control totals are counted while rows pass,
 * by writer and by reader alike. */
#ifndef SCHEMAS_DATASET_PACKAGE_H
#define SCHEMAS_DATASET_PACKAGE_H

#include "schemas/dataset/csv.h"
#include "schemas/dataset/tables.h"
#include "schemas/run/decimal.h"
#include "schemas/run/digest.h"

struct package_archive {
    const char *name;   /* file name inside the archive folder */
    const char *sha256; /* of the file */
};

/* What the package was made from. Texts are borrowed from the caller (writing) or from the package (reading). */
struct package_facts {
    const char *title;
    const char *enquiry; /* "pre" */
    const char *campaign;
    const char *as_of; /* RFC 3339 UTC instant of the last used record; "" when none was used */
    const char *edition_id;
    int64_t edition_revision;
    const char *edition_digest;  /* of the edition as resolved at as_of */
    const char *register_digest; /* sha256 hex of the register file; "" when unknown */
    const char *decisions_digest;
    const struct package_archive *archives; /* that gave a used record, in name order */
    size_t archive_count;
    const char *const *sums; /* ids of the variables whose values are summed as control totals; NULL-terminated */
    int shard, shards;       /* 0, 0: whole; else this is part shard of shards */
};

/* ---- writing ---- */
struct package_writer; /* opaque: a package under way */

/* Creates DIR (with its parents) and a part folder inside it. The sums of facts are fixed here; the other facts may be
 * given at commit. NULL with e set. */
struct package_writer *package_create(const char *dir, const char *const *sums, struct err *e);
/* The same for part shard of shards: several parts may be under way in one folder at once. */
struct package_writer *package_create_part(const char *dir, int shard, int shards, const char *const *sums,
                                           struct err *e);
/* Compresses with this many threads (default: the caller's alone); before the first table. The bytes are the same. */
void package_threads(struct package_writer *w, long threads);
/* Opens a table and writes its header; all tables may be open at once. `extra` are the register's own columns, in
 * order, without the unit (units only, else NULL, 0); one that has the name of a fixed column is refused (STATUS_DATA).
 * A table never opened is written empty. */
enum flow package_table(struct package_writer *w, enum dataset_table t, const char *const *extra, size_t count,
                        struct err *e) MUST_USE;
/* One row: all values in the order of the file (units: unit, extras, scope...); NULL is empty. Refused as STATUS_BUG: a
 * key not above the one before (strcmp by key column, integers by value), a required value missing, a value outside its
 * closed list, a value that is no integer. */
enum flow package_row(struct package_writer *w, enum dataset_table t, const char *const *values,
                      struct err *e) MUST_USE;
/* Rows that a portion elsewhere has judged and written: all those of one first key, which must stand above the one
 * before; and what that portion counted, once for all its text (with sign -1: what it counted of rows that were left
 * out after all). */
enum flow package_text(struct package_writer *w, enum dataset_table t, const char *key, const char *text, size_t n,
                       struct err *e) MUST_USE;
struct tally;
enum flow package_tally(struct package_writer *w, enum dataset_table t, const struct tally *counted, int sign,
                        struct err *e) MUST_USE;
/* A plain file beside the tables, "edition/variables.csv". Names are ours: letters, digits, '.', '-', '_' and at most
 * three '/'.
 */
enum flow package_add_file(struct package_writer *w, const char *path, const void *p, size_t n, struct err *e) MUST_USE;

enum package_change {
    PACKAGE_NEW,      /* no package of this name was there */
    PACKAGE_SAME,     /* it was there, byte for byte: left alone */
    PACKAGE_REFRESHED /* same content, other fetches: the folder was swapped */
};

struct package_result {
    char name[128];                      /* of the folder */
    char content_digest[DIGEST_HEX_MAX]; /* 64 hex digits */
    enum package_change change;
};

/* Ends tables, computes the content digest, writes datapackage.json, fsyncs and renames to
 * <campaign>-<as-of compact>-<12 hex> (or part-i-of-n). Frees w in every case. `result` may be NULL. */
enum flow package_commit(struct package_writer *w, const struct package_facts *facts, struct package_result *result,
                         struct err *e) MUST_USE;
void package_abort(struct package_writer *w); /* drops everything; accepts NULL */
/* Points DIR/current at the folder `name`. */
enum flow package_point(const char *dir, const char *name, struct err *e) MUST_USE;

/* ---- reading: every byte is checked by whoever reads it ---- */
struct package; /* opaque */

/* Reads datapackage.json of a folder (or of a link to one) and checks that it is one of ours, that every file is there
 * with its size, that no column is missing. STATUS_NOINPUT when there is none, else STATUS_DATA. */
struct package *package_open(const char *path, struct err *e);
void package_close(struct package *p); /* accepts NULL */
const char *package_path(const struct package *p);
const char *package_name(const struct package *p);
const char *package_content_digest(const struct package *p);
const struct package_facts *package_facts(const struct package *p);
/* SHA-256 of datapackage.json itself. */
const char *package_digest(const struct package *p);

/* The register's own columns in units (without the unit). */
size_t package_extra_count(const struct package *p);
const char *package_extra(const struct package *p, size_t i);
/* Position in a units row of a fixed column, and of a register column by name (MAP_NONE-like SIZE_MAX when absent). */
size_t package_units_position(const struct package *p, enum units_column c);
size_t package_extra_position(const struct package *p, const char *name);

/* Rows as a stream in bounded memory. The digests of the file and of its text, its rows, key order and control totals
 * are checked on the way: FLOW_END comes only when all agree, else FLOW_FATAL, STATUS_DATA, naming which. One stream a
 * table may be open at a time. */
struct package_rows;
struct package_rows *package_rows_open(struct package *p, enum dataset_table t, struct err *e);
enum flow package_rows_next(struct package_rows *r, const struct csv_row **row, struct err *e) MUST_USE;
void package_rows_close(struct package_rows *r); /* accepts NULL */
/* Checks whatever was not streamed to its end yet, the plain files, the content digest. */
enum flow package_verify(struct package *p, struct err *e) MUST_USE;

/* Plain files: number, i-th path, bytes (digest checked; STATUS_NOINPUT when there is no such file). */
size_t package_file_count(const struct package *p);
const char *package_file(const struct package *p, size_t i);
enum flow package_read_file(const struct package *p, const char *path, struct buf *out, struct err *e) MUST_USE;

/* Rows announced for a table; a control total by table and counted value ("documents", "current"), 0 when none; the
 * announced sum of a variable. */
uint64_t package_rows_count(const struct package *p, enum dataset_table t);
uint64_t package_control(const struct package *p, enum dataset_table t, const char *value);
int package_sum(const struct package *p, const char *variable, struct decimal *sum) MUST_USE;

#endif
