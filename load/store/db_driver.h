/* SPDX-License-Identifier: Apache-2.0 */
/* What a database must be able to do to be a store: one table of functions a database, one file a database. Only db*.c
 * include this. Rows are inserted from another thread than the rest, never both at once. */
#ifndef LOAD_STORE_DB_DRIVER_H
#define LOAD_STORE_DB_DRIVER_H

#include "load/store/db.h"

/* A value of a batch: number, text (bytes in the batch's text), or NULL. */
enum db_cell_kind { DB_CELL_NULL, DB_CELL_INT, DB_CELL_TEXT };
struct db_cell {
    int64_t number; /* the number, or the offset of the text */
    uint32_t length;
    enum db_cell_kind kind;
};

enum { DB_BATCH_TEXT_MAX = 64 << 20 }; /* bytes of a batch's text */
struct db_batch {
    const char *table, *columns; /* borrowed */
    size_t width, rows;
    const struct db_cell *cells; /* rows x width */
    const char *text;
    void **prepared; /* where the driver keeps its statements of this table; freed by unprepare */
};

struct db_driver {
    const char *scheme; /* of the URL, with its ':' */
    void *(*open)(const char *url, enum db_mode mode, char *engine, size_t n,
                  struct err *e); /* lock (write) and transaction taken */
    void (*close)(void *ctx);
    enum flow (*commit)(void *ctx, struct err *e);
    enum flow (*ddl)(void *ctx, char *statement,
                     struct err *e); /* one statement of the template; may be changed in place */
    const char *int64;               /* what @INT64@ stands for */
    const char *exists;              /* SELECT of 1 when there is a table store with our columns, else 0 */
    const char *foreign; /* SELECT of how many tables there are where no store is; NULL: may stand beside it */
    enum flow (*exec)(void *ctx, const char *sql, const struct db_arg *args, size_t n, struct err *e);
    void *(*select)(void *ctx, const char *sql, const struct db_arg *args, size_t n, struct err *e);
    enum flow (*next)(void *query, struct err *e);
    int64_t (*number)(const void *query, int column);
    const char *(*text)(const void *query, int column);
    int (*null)(const void *query, int column);
    void (*query_close)(void *query);
    enum flow (*insert)(void *ctx, struct db_batch *b, struct err *e);
    void (*unprepare)(struct db_batch *b);
    size_t batch; /* values in a batch, at most */
};

extern const struct db_driver db_sqlite;
#ifdef PRE_HAVE_POSTGRES
extern const struct db_driver db_postgres;
#endif

/* schemas/database/schema.sql and the migrations, made part of the program; newest version first reached by creation.
 */
struct db_migration {
    int to; /* version reached */
    const char *sql;
};
extern const char db_schema_sql[];
extern const struct db_migration db_migrations[]; /* ends with to == 0 */
enum { DB_SCHEMA_VERSION = 3 };                   /* the last migration */

#endif
