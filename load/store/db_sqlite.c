/* SPDX-License-Identifier: Apache-2.0 */
/* The store in one SQLite file: STRICT tables, foreign keys, one transaction, a batch an INSERT. The only file that
 * includes sqlite3.h. A lock file beside the store says who loads since when; SQLite's own locks are the guard. A store
 * on a network file system is refused, because those locks are not to be trusted there. A reader opens read-write but
 * writes nothing, so that it can roll back after a crash. */
#include "load/store/db_driver.h"
#include "load/store/db_place.h"
#include "schemas/run/buf.h"
#include "schemas/run/crash.h"
#include "schemas/run/lock.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_MAX_TEXT = 4096, STATEMENT_MAX = 1 << 16, KEPT_MAX = 8 };
#define ROWS "pre_rows" /* a batch as a table */

struct sqlite {
    sqlite3 *db;
    struct lock *lock;
    char path[PATH_MAX_TEXT];
    const struct db_batch *batch; /* being inserted */
    /* Of queries that are closed, the last one first: most are asked again, unit by unit. */
    sqlite3_stmt *kept[KEPT_MAX];
};

struct sqlite_query {
    struct sqlite *owner;
    sqlite3_stmt *stmt;
};

/* What an error of the library means here and what to do about it. */
struct meaning {
    enum status status;
    const char *remedy;
};

static struct meaning meaning_of(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return (struct meaning){STATUS_RETRY, "another program holds the file: run again when it has ended"};
    case SQLITE_FULL:
        return (struct meaning){STATUS_IO, "make room, then run again"};
    case SQLITE_IOERR:
        return (struct meaning){STATUS_IO, "a store is a file on a disk that can be read and written"};
    case SQLITE_CANTOPEN:
        return (struct meaning){STATUS_CANTCREAT, "a store is a file in a folder that exists"};
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
        return (struct meaning){STATUS_PERM, "to load needs the right to write the file and its folder"};
    case SQLITE_CORRUPT:
        return (struct meaning){STATUS_DATA, "restore the store"};
    case SQLITE_NOTADB:
        return (struct meaning){STATUS_DATA, "give another file, or restore the store"};
    case SQLITE_NOMEM:
        return (struct meaning){STATUS_SYSTEM, "give the program more memory"};
    default:
        return (struct meaning){STATUS_BUG, NULL};
    }
}

/* A defect is told with its statement, everything else with what to do. */
static enum flow fail(struct sqlite *s, int rc, const char *statement, struct err *e)
{
    struct meaning m = meaning_of(rc);
    return err_set(e, m.status, "%s: %s: %.200s", s->path, s->db != NULL ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc),
                   m.remedy != NULL ? m.remedy : statement);
}

static enum flow run(struct sqlite *s, const char *sql, struct err *e)
{
    crash_point(sql);
    int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? FLOW_OK : fail(s, rc, sql, e);
}

/* ---- a batch as a table that SQLite reads in one INSERT ---- */

struct rows_table {
    sqlite3_vtab base; /* first: SQLite knows no more */
    const struct sqlite *owner;
};

struct rows_cursor {
    sqlite3_vtab_cursor base; /* first, too */
    size_t row;
};

static const struct db_batch *batch_of(sqlite3_vtab_cursor *cursor)
{
    return ((const struct rows_table *)cursor->pVtab)->owner->batch;
}

static int rows_connect(sqlite3 *db, void *owner, int argc, const char *const *argv, sqlite3_vtab **table, char **error)
{
    (void)argc, (void)argv, (void)error;
    struct rows_table *t = calloc(1, sizeof *t);
    if (t == NULL) {
        return SQLITE_NOMEM;
    }
    t->owner = owner;
    *table = &t->base;
    return sqlite3_declare_vtab(db, "CREATE TABLE x (c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, "
                                    "c15, c16, c17, c18, c19, c20, c21, c22, c23)");
}

static int rows_disconnect(sqlite3_vtab *table)
{
    free(table);
    return SQLITE_OK;
}

static int rows_plan(sqlite3_vtab *table, sqlite3_index_info *info)
{
    (void)table;
    info->estimatedCost = 1; /* there is but one way: from the first row to the last */
    return SQLITE_OK;
}

static int rows_open(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor)
{
    (void)table;
    struct rows_cursor *c = calloc(1, sizeof *c);
    *cursor = c != NULL ? &c->base : NULL;
    return c != NULL ? SQLITE_OK : SQLITE_NOMEM;
}

static int rows_close(sqlite3_vtab_cursor *cursor)
{
    free(cursor);
    return SQLITE_OK;
}

static int rows_filter(sqlite3_vtab_cursor *cursor, int plan, const char *name, int argc, sqlite3_value **argv)
{
    (void)plan, (void)name, (void)argc, (void)argv;
    ((struct rows_cursor *)cursor)->row = 0;
    return SQLITE_OK;
}

static int rows_next(sqlite3_vtab_cursor *cursor)
{
    ((struct rows_cursor *)cursor)->row++;
    return SQLITE_OK;
}

static int rows_end(sqlite3_vtab_cursor *cursor)
{
    return ((struct rows_cursor *)cursor)->row >= batch_of(cursor)->rows;
}

static int rows_column(sqlite3_vtab_cursor *cursor, sqlite3_context *to, int column)
{
    const struct db_batch *b = batch_of(cursor);
    const struct db_cell *c = &b->cells[((struct rows_cursor *)cursor)->row * b->width + (size_t)column];
    if (c->kind == DB_CELL_INT) {
        sqlite3_result_int64(to, c->number);
    } else if (c->kind == DB_CELL_TEXT) {
        sqlite3_result_text(to, b->text + c->number, (int)c->length, SQLITE_STATIC);
    }
    return SQLITE_OK;
}

static int rows_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *id)
{
    *id = (sqlite3_int64)((struct rows_cursor *)cursor)->row;
    return SQLITE_OK;
}

/* No xCreate: it is there, under the name of the module, and in no schema. */
static const sqlite3_module rows_module = {
    .xConnect = rows_connect,
    .xDisconnect = rows_disconnect,
    .xBestIndex = rows_plan,
    .xOpen = rows_open,
    .xClose = rows_close,
    .xFilter = rows_filter,
    .xNext = rows_next,
    .xEof = rows_end,
    .xColumn = rows_column,
    .xRowid = rows_rowid,
};

/* ---- life ---- */

static enum flow take_lock(struct sqlite *s, struct err *e)
{
    char path[PATH_MAX_TEXT + 8];
    snprintf(path, sizeof path, "%s.lock", s->path);
    s->lock = lock_take(path, "pre-load", e);
    return s->lock != NULL ? FLOW_OK : FLOW_FATAL;
}

static enum flow check_present(struct sqlite *s, struct err *e)
{
    struct stat st;
    if (stat(s->path, &st) != 0) {
        return err_sys(e, STATUS_NOINPUT, "%s", s->path);
    }
    return FLOW_OK;
}

static enum flow connect_file(struct sqlite *s, enum db_mode mode, struct err *e)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (mode == DB_WRITE ? SQLITE_OPEN_CREATE : 0);
    int rc = sqlite3_open_v2(s->path, &s->db, flags, NULL);
    if (rc != SQLITE_OK) {
        return fail(s, rc, "open", e);
    }
    sqlite3_extended_result_codes(s->db, 1);
    sqlite3_busy_timeout(s->db, mode == DB_WRITE ? 2000 : 10000);
    /* A reader sorts on disk. A writer sorts nothing large, but keeps what each INSERT may have to take back, a few
     * pages: in a file that is ten times as many writes as the store itself. Its tables grow at their ends, so that
     * half a reader's cache takes no more writes. */
    const char *cache = mode == DB_READ ? "PRAGMA cache_size = -8192" : "PRAGMA cache_size = -4096";
    const char *temporary = mode == DB_READ ? "PRAGMA temp_store = FILE" : "PRAGMA temp_store = MEMORY";
    if (run(s, "PRAGMA foreign_keys = ON", e) != FLOW_OK || run(s, cache, e) != FLOW_OK ||
        run(s, temporary, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    if (mode == DB_READ) {
        return run(s, "PRAGMA query_only = ON", e) == FLOW_OK ? run(s, "BEGIN", e) : FLOW_FATAL;
    }
    rc = sqlite3_create_module(s->db, ROWS, &rows_module, s);
    if (rc != SQLITE_OK) {
        return fail(s, rc, ROWS, e);
    }
    return run(s, "PRAGMA synchronous = FULL", e) == FLOW_OK ? run(s, "BEGIN IMMEDIATE", e) : FLOW_FATAL;
}

static void close_file(void *ctx)
{
    struct sqlite *s = ctx;
    for (int i = 0; i < KEPT_MAX; i++) {
        sqlite3_finalize(s->kept[i]);
    }
    if (s->db != NULL) {
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
        sqlite3_close_v2(s->db);
    }
    lock_release(s->lock);
    free(s);
}

static void *open_file(const char *url, enum db_mode mode, char *engine, size_t n, struct err *e)
{
    const char *path = url + strlen(db_sqlite.scheme);
    struct sqlite *s = calloc(1, sizeof *s);
    if (s == NULL || *path == '\0' || strlen(path) + 2 >= sizeof s->path) {
        free(s);
        err_set(e, s == NULL ? STATUS_SYSTEM : STATUS_USAGE, "--database: sqlite: needs the path of a file");
        return NULL;
    }
    /* A path and nothing else: ":memory:" and "file:...?mode=memory" would be kept nowhere. */
    snprintf(s->path, sizeof s->path, "%s%s", *path == ':' || strncmp(path, "file:", 5) == 0 ? "./" : "", path);
    snprintf(engine, n, "SQLite %s", sqlite3_libversion());
    if (db_place_check(s->path, e) != FLOW_OK || (mode == DB_READ ? check_present(s, e) : take_lock(s, e)) != FLOW_OK ||
        connect_file(s, mode, e) != FLOW_OK) {
        close_file(s);
        return NULL;
    }
    return s;
}

static enum flow commit(void *ctx, struct err *e)
{
    struct sqlite *s = ctx;
    if (run(s, "COMMIT", e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    crash_point("after COMMIT");
    return FLOW_OK;
}

/* ---- statements ---- */

static void erase_all(char *text, const char *what)
{
    size_t n = strlen(what);
    for (char *p = text; (p = strstr(p, what)) != NULL;) {
        memmove(p, p + n, strlen(p + n) + 1);
    }
}

/* SQLite compares bytes by default, and STRICT is its word for typed columns. */
static enum flow ddl(void *ctx, char *statement, struct err *e)
{
    erase_all(statement, " COLLATE \"C\"");
    int table = strncmp(statement, "CREATE TABLE", 12) == 0;
    int clustered = strstr(statement, "/* clustered */") != NULL;
    struct buf b;
    buf_init(&b, STATEMENT_MAX);
    enum flow f =
        buf_printf(&b, e, "%s%s%s", statement, table ? " STRICT" : "", table && clustered ? ", WITHOUT ROWID" : "");
    if (f == FLOW_OK) {
        f = run(ctx, b.data, e);
    }
    buf_fini(&b);
    return f;
}

/* By name: SQLite numbers $1, $2... as they appear. */
static int bind_args(sqlite3_stmt *stmt, const struct db_arg *args, size_t n)
{
    int rc = SQLITE_OK;
    for (size_t i = 0; i < n && rc == SQLITE_OK; i++) {
        char name[32];
        snprintf(name, sizeof name, "$%zu", i + 1);
        int at = sqlite3_bind_parameter_index(stmt, name);
        if (at == 0) {
            continue;
        }
        rc = args[i].text != NULL ? sqlite3_bind_text(stmt, at, args[i].text, -1, SQLITE_TRANSIENT)
                                  : sqlite3_bind_int64(stmt, at, args[i].number);
    }
    return rc;
}

/* A kept statement, taken out; NULL when there is none. */
static sqlite3_stmt *take_kept(struct sqlite *s, const char *sql)
{
    for (int i = 0; i < KEPT_MAX && s->kept[i] != NULL; i++) {
        sqlite3_stmt *stmt = s->kept[i];
        if (strcmp(sqlite3_sql(stmt), sql) == 0) {
            memmove(&s->kept[i], &s->kept[i + 1], (size_t)(KEPT_MAX - 1 - i) * sizeof s->kept[0]);
            s->kept[KEPT_MAX - 1] = NULL;
            return stmt;
        }
    }
    return NULL;
}

static void keep(struct sqlite *s, sqlite3_stmt *stmt)
{
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
    sqlite3_finalize(s->kept[KEPT_MAX - 1]);
    memmove(&s->kept[1], &s->kept[0], (KEPT_MAX - 1) * sizeof s->kept[0]);
    s->kept[0] = stmt;
}

static void *select_rows(void *ctx, const char *sql, const struct db_arg *args, size_t n, struct err *e)
{
    struct sqlite *s = ctx;
    struct sqlite_query *q = calloc(1, sizeof *q);
    if (q == NULL) {
        err_set(e, STATUS_SYSTEM, "no memory for a query");
        return NULL;
    }
    q->owner = s;
    q->stmt = take_kept(s, sql);
    int rc = q->stmt != NULL ? SQLITE_OK : sqlite3_prepare_v2(s->db, sql, -1, &q->stmt, NULL);
    if (rc == SQLITE_OK) {
        rc = bind_args(q->stmt, args, n);
    }
    if (rc != SQLITE_OK) {
        fail(s, rc, sql, e);
        sqlite3_finalize(q->stmt);
        free(q);
        return NULL;
    }
    return q;
}

static enum flow next(void *query, struct err *e)
{
    struct sqlite_query *q = query;
    int rc = sqlite3_step(q->stmt);
    if (rc == SQLITE_ROW) {
        return FLOW_OK;
    }
    return rc == SQLITE_DONE ? FLOW_END : fail(q->owner, rc, sqlite3_sql(q->stmt), e);
}

static void query_close(void *query)
{
    struct sqlite_query *q = query;
    keep(q->owner, q->stmt);
    free(q);
}

static int64_t number(const void *query, int column)
{
    return sqlite3_column_int64(((const struct sqlite_query *)query)->stmt, column);
}

static const char *text(const void *query, int column)
{
    return (const char *)sqlite3_column_text(((const struct sqlite_query *)query)->stmt, column);
}

static int is_null(const void *query, int column)
{
    return sqlite3_column_type(((const struct sqlite_query *)query)->stmt, column) == SQLITE_NULL;
}

static enum flow exec(void *ctx, const char *sql, const struct db_arg *args, size_t n, struct err *e)
{
    crash_point(sql);
    struct sqlite_query *q = select_rows(ctx, sql, args, n, e);
    if (q == NULL) {
        return FLOW_FATAL;
    }
    enum flow f;
    while ((f = next(q, e)) == FLOW_OK) {
    }
    query_close(q);
    return f == FLOW_END ? FLOW_OK : f;
}

/* ---- rows ---- */

/* OR FAIL: a row that is refused ends the load, which is rolled back whole; SQLite need not note beforehand how to take
 * back the rows of the same statement. */
static sqlite3_stmt *prepare_insert(struct sqlite *s, const struct db_batch *b, struct err *e)
{
    struct buf sql;
    buf_init(&sql, STATEMENT_MAX);
    sqlite3_stmt *stmt = NULL;
    enum flow f = buf_printf(&sql, e, "INSERT OR FAIL INTO %s (%s) SELECT ", b->table, b->columns);
    for (size_t c = 0; c < b->width && f == FLOW_OK; c++) {
        f = buf_printf(&sql, e, c == 0 ? "c%zu" : ", c%zu", c);
    }
    if (f == FLOW_OK) {
        f = buf_puts(&sql, " FROM " ROWS, e);
    }
    if (f == FLOW_OK) {
        int rc = sqlite3_prepare_v3(s->db, sql.data, (int)sql.len, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
        if (rc != SQLITE_OK) {
            fail(s, rc, sql.data, e);
        }
    }
    buf_fini(&sql);
    return stmt;
}

static enum flow insert(void *ctx, struct db_batch *b, struct err *e)
{
    struct sqlite *s = ctx;
    if (*b->prepared == NULL && (*b->prepared = prepare_insert(s, b, e)) == NULL) {
        return FLOW_FATAL;
    }
    crash_point(b->table);
    s->batch = b;
    int rc = sqlite3_step(*b->prepared);
    s->batch = NULL;
    sqlite3_reset(*b->prepared);
    return rc == SQLITE_DONE ? FLOW_OK : fail(s, rc, b->table, e);
}

static void unprepare(struct db_batch *b)
{
    sqlite3_finalize(*b->prepared);
    *b->prepared = NULL;
}

const struct db_driver db_sqlite = {
    .scheme = "sqlite:",
    .open = open_file,
    .close = close_file,
    .commit = commit,
    .ddl = ddl,
    .int64 = "INTEGER",
    .foreign = "SELECT count(*) FROM sqlite_master WHERE type IN ('table', 'view')",
    .exists = "SELECT CASE WHEN count(*) = 2 THEN 1 ELSE 0 END FROM pragma_table_info('store') WHERE name IN ('item', "
              "'value')",
    .exec = exec,
    .select = select_rows,
    .next = next,
    .number = number,
    .text = text,
    .null = is_null,
    .query_close = query_close,
    .insert = insert,
    .unprepare = unprepare,
    .batch = 1 << 12,
};
