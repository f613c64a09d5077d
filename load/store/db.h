/* SPDX-License-Identifier: Apache-2.0 */
/* The store, whatever holds it: SQLite or PostgreSQL. Parameters in SQL are $1, $2..., each of them used, and
 * SQL stays in the part common to both. A read handle is one consistent snapshot; a write handle holds the load lock
 * and one transaction. */
#ifndef LOAD_STORE_DB_H
#define LOAD_STORE_DB_H

#include "schemas/run/err.h"

#include <stddef.h>
#include <stdint.h>

struct db;        /* opaque */
struct db_insert; /* opaque: rows on their way into one table */
struct db_query;  /* opaque: a running SELECT */

enum db_mode { DB_READ, DB_WRITE };

/* "sqlite:FILE", "postgresql://..." (or postgres://). DB_WRITE creates the store or migrates it forward, inside the
 * transaction. NULL with e set: 64 unknown kind or a password in the URL, 66 no such store, 75 locked by another load
 * (who, since when), 77 permission, 78 network file system, store of a newer program, or (DB_READ) of an older one. */
struct db *db_open(const char *url, enum db_mode mode, struct err *e);
/* Rolls back what was not committed; accepts NULL. */
void db_close(struct db *db);
enum flow db_commit(struct db *db, struct err *e) MUST_USE;
/* "SQLite 3.40.1", "PostgreSQL 15.20". */
const char *db_engine(const struct db *db);

/* ---- arguments of a statement ---- */
struct db_arg {
    const char *text; /* NULL: the number */
    int64_t number;
};
#define DB_TEXT(s) ((struct db_arg){(s), 0})
#define DB_INT(n) ((struct db_arg){NULL, (int64_t)(n)})
#define DB_ARGS(...)                                                                                                   \
    (const struct db_arg[]){__VA_ARGS__}, sizeof((const struct db_arg[]){__VA_ARGS__}) / sizeof(struct db_arg)
#define DB_NO_ARGS NULL, (size_t)0

enum flow db_exec(struct db *db, const char *sql, const struct db_arg *args, size_t n, struct err *e) MUST_USE;

/* ---- reading; several queries may be open at once ---- */
struct db_query *db_select(struct db *db, const char *sql, const struct db_arg *args, size_t n, struct err *e);
/* FLOW_OK: a row stands ready; FLOW_END: no more. */
enum flow db_next(struct db_query *q, struct err *e) MUST_USE;
int64_t db_int(const struct db_query *q, int column);      /* 0 when NULL */
const char *db_text(const struct db_query *q, int column); /* NULL when NULL; valid until the next db_next */
int db_null(const struct db_query *q, int column);
void db_query_close(struct db_query *q); /* accepts NULL */
/* Runs a SELECT and hands its rows to `visit`, one after the other, until it gives something else than FLOW_OK, which
 * is then the result. */
typedef enum flow db_visit(void *ctx, const struct db_query *row, struct err *e);
enum flow db_each(struct db *db, const char *sql, const struct db_arg *args, size_t n, db_visit *visit, void *ctx,
                  struct err *e) MUST_USE;
/* The single number of a SELECT; *found (may be NULL) is 0 when there is no row or it is NULL, and *value then `none`.
 */
enum flow db_number(struct db *db, const char *sql, const struct db_arg *args, size_t n, int64_t none, int64_t *value,
                    struct err *e) MUST_USE;

/* ---- writing in batches: put every column of a row in order, then end the row. A batch is sent after those of the
 * tables opened before, so open parents before children. It is sent while the caller goes on: what the database says
 * against a row comes with a later call of this file, db_commit at the latest. ---- */
struct db_insert *db_insert_open(struct db *db, const char *table, const char *columns, struct err *e);
void db_put_int(struct db_insert *i, int64_t v);
void db_put_text(struct db_insert *i, const char *s); /* NULL puts NULL; copied */
void db_put_null(struct db_insert *i);
enum flow db_end_row(struct db_insert *i, struct err *e) MUST_USE;
/* Begins to send what is left. Inserts still open at db_commit are an error of the program. */
enum flow db_insert_finish(struct db_insert *i, struct err *e) MUST_USE;
void db_insert_close(struct db_insert *i); /* waits for its rows; accepts NULL */
/* Before a failure is told: when rows put earlier failed, too, that came first, whatever the threads met first, and is
 * told instead. Gives f, *e is that of f; accepts NULL. */
enum flow db_settle(struct db *db, enum flow f, struct err *e) MUST_USE;

#endif
