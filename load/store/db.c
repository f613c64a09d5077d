/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the store that does not depend on the database: which driver a URL names, batches of rows, the template
 * of the schema, migrations. A batch bounds memory and lets each driver use its fastest way in (one INSERT, COPY).
 */
#include "load/store/db.h"

#include "load/store/db_driver.h"
#include "load/store/db_sender.h"
#include "schemas/run/buf.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BATCH_TEXT_FULL = 1 << 20, STATEMENT_MAX = 1 << 16, INSERTS_MAX = 16 };

struct db {
    const struct db_driver *driver;
    void *ctx;
    char engine[64];
    struct db_insert *insert[INSERTS_MAX]; /* open ones, in the order of opening: parents before children */
    size_t inserts, queries;               /* open ones */
    struct db_sender *sender;              /* NULL until there are rows to send */
};

struct db_query {
    struct db *db;
    const struct db_driver *driver;
    void *ctx;
};

struct db_insert {
    struct db *db;
    struct db_batch batch;
    struct db_cell *cells;
    void *prepared;      /* the driver's */
    size_t column, most; /* most: rows of a full batch */
    int failed;          /* memory ran out inside a row; said at its end */
    struct buf text;
    struct err err;
};

static const struct db_driver *const drivers[] = {
    &db_sqlite,
#ifdef PRE_HAVE_POSTGRES
    &db_postgres,
#endif
};

static const struct db_driver *find_driver(const char *url)
{
    if (strncmp(url, "postgres:", 9) == 0 || strncmp(url, "postgresql:", 11) == 0) {
        url = "postgresql:";
    }
    for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++) {
        if (strncmp(url, drivers[i]->scheme, strlen(drivers[i]->scheme)) == 0) {
            return drivers[i];
        }
    }
    return NULL;
}

/* ---- schema ---- */

/* One statement with the macro replaced, comments dropped except the marks that drivers read. */
static enum flow expand(const char *sql, size_t n, const char *int64, struct buf *out, struct err *e)
{
    static const char macro[] = "@INT64@";
    for (size_t i = 0; i < n;) {
        enum flow f;
        if (n - i >= sizeof macro - 1 && memcmp(sql + i, macro, sizeof macro - 1) == 0) {
            f = buf_puts(out, int64, e);
            i += sizeof macro - 1;
        } else if (n - i >= 2 && sql[i] == '-' && sql[i + 1] == '-') {
            while (i < n && sql[i] != '\n') {
                i++;
            }
            f = FLOW_OK;
        } else {
            f = buf_putc(out, sql[i++], e);
        }
        if (f != FLOW_OK) {
            return f;
        }
    }
    return FLOW_OK;
}

static int blank(const char *s)
{
    return s[strspn(s, " \t\r\n")] == '\0';
}

/* Where the statement that begins at s ends: its ';' or the end of the text. Comments may hold one; literals of the
 * template do not. */
static size_t statement_length(const char *s)
{
    size_t i = 0;
    while (s[i] != '\0' && s[i] != ';') {
        if (s[i] == '-' && s[i + 1] == '-') {
            i += strcspn(s + i, "\n");
        } else {
            i++;
        }
    }
    return i;
}

static enum flow run_script(struct db *db, const char *sql, struct err *e)
{
    struct buf statement;
    buf_init(&statement, STATEMENT_MAX);
    enum flow f = FLOW_OK;
    while (f == FLOW_OK && *sql != '\0') {
        size_t n = statement_length(sql);
        buf_reset(&statement);
        f = expand(sql, n, db->driver->int64, &statement, e);
        if (f == FLOW_OK && !blank(buf_str(&statement))) {
            f = db->driver->ddl(db->ctx, statement.data + strspn(statement.data, " \t\r\n"), e);
        }
        sql += n + (sql[n] == ';');
    }
    buf_fini(&statement);
    return f;
}

static enum flow set_version(struct db *db, int version, struct err *e)
{
    char text[16];
    int n = 0;
    for (int v = version; v > 0; v /= 10) {
        memmove(text + 1, text, (size_t)n++);
        text[0] = (char)('0' + v % 10);
    }
    text[n] = '\0';
    return db_exec(db, "UPDATE store SET value = $1 WHERE item = 'schema'", DB_ARGS(DB_TEXT(text)), e);
}

static enum flow create(struct db *db, struct err *e)
{
    enum flow f = run_script(db, db_schema_sql, e);
    if (f == FLOW_OK) {
        f = db_exec(db, "INSERT INTO store (item, value) VALUES ('schema', '1')", DB_NO_ARGS, e);
    }
    return f == FLOW_OK ? FLOW_OK : err_prefix(e, "creating the store");
}

static enum flow migrate(struct db *db, int64_t version, struct err *e)
{
    for (const struct db_migration *m = db_migrations; m->to != 0; m++) {
        if (m->to <= version) {
            continue;
        }
        if (run_script(db, m->sql, e) != FLOW_OK || set_version(db, m->to, e) != FLOW_OK) {
            return err_prefix(e, "migrating the store from version %lld to %d", (long long)version, m->to);
        }
        version = m->to;
    }
    return FLOW_OK;
}

/* The version of the store; 0 when there is none. */
static enum flow read_version(struct db *db, int64_t *version, struct err *e)
{
    *version = 0;
    int64_t tables;
    if (db_number(db, db->driver->exists, DB_NO_ARGS, 0, &tables, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    if (tables == 0) {
        return FLOW_OK;
    }
    return db_number(db, "SELECT CAST(value AS INTEGER) FROM store WHERE item = 'schema'", DB_NO_ARGS, 0, version, e);
}

static enum flow prepare_schema(struct db *db, enum db_mode mode, struct err *e)
{
    int64_t version;
    if (read_version(db, &version, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    if (version > DB_SCHEMA_VERSION) {
        return err_set(e, STATUS_CONFIG,
                       "the store has version %lld, this program knows versions up to %d: use the newer program",
                       (long long)version, DB_SCHEMA_VERSION);
    }
    int64_t others = 0;
    if (version == 0 && db->driver->foreign != NULL &&
        db_number(db, db->driver->foreign, DB_NO_ARGS, 0, &others, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    if (others > 0) {
        return err_set(e, STATUS_DATA, "--database: this file is the database of another program: give another file");
    }
    if (mode == DB_WRITE) {
        if (version == 0 && create(db, e) != FLOW_OK) {
            return FLOW_FATAL;
        }
        return migrate(db, version == 0 ? 1 : version, e);
    }
    if (version == 0) {
        return err_set(e, STATUS_NOINPUT, "there is no store here: load a dataset first");
    }
    if (version < DB_SCHEMA_VERSION) {
        return err_set(
            e, STATUS_CONFIG,
            "the store has version %lld, this program reads version %d: load any dataset once, which migrates it",
            (long long)version, DB_SCHEMA_VERSION);
    }
    return FLOW_OK;
}

/* ---- life ---- */

struct db *db_open(const char *url, enum db_mode mode, struct err *e)
{
    const struct db_driver *driver = find_driver(url);
    if (driver == NULL) {
        const char *known = sizeof drivers / sizeof *drivers > 1 ? "sqlite:FILE or postgresql://..."
                                                                 : "sqlite:FILE (PostgreSQL is not built in)";
        err_set(e, STATUS_USAGE, "--database: give %s", known);
        return NULL;
    }
    struct db *db = calloc(1, sizeof *db);
    if (db == NULL) {
        err_set(e, STATUS_SYSTEM, "no memory for the database handle");
        return NULL;
    }
    db->driver = driver;
    db->ctx = driver->open(url, mode, db->engine, sizeof db->engine, e);
    if (db->ctx == NULL || prepare_schema(db, mode, e) != FLOW_OK) {
        db_close(db);
        return NULL;
    }
    return db;
}

void db_close(struct db *db)
{
    if (db == NULL) {
        return;
    }
    db_sender_free(db->sender);
    if (db->ctx != NULL) {
        db->driver->close(db->ctx);
    }
    free(db);
}

enum flow db_commit(struct db *db, struct err *e)
{
    if (db->inserts != 0) {
        return err_set(e, STATUS_BUG, "commit with %zu tables still being written", db->inserts);
    }
    return db_sender_wait(db->sender, e) == FLOW_OK ? db->driver->commit(db->ctx, e) : FLOW_FATAL;
}

const char *db_engine(const struct db *db)
{
    return db->engine;
}

enum flow db_exec(struct db *db, const char *sql, const struct db_arg *args, size_t n, struct err *e)
{
    return db_sender_wait(db->sender, e) == FLOW_OK ? db->driver->exec(db->ctx, sql, args, n, e) : FLOW_FATAL;
}

/* ---- reading ---- */

struct db_query *db_select(struct db *db, const char *sql, const struct db_arg *args, size_t n, struct err *e)
{
    struct db_query *q = calloc(1, sizeof *q);
    if (q == NULL) {
        err_set(e, STATUS_SYSTEM, "no memory for a query");
        return NULL;
    }
    q->db = db;
    q->driver = db->driver;
    q->ctx = db_sender_wait(db->sender, e) == FLOW_OK ? db->driver->select(db->ctx, sql, args, n, e) : NULL;
    if (q->ctx == NULL) {
        free(q);
        return NULL;
    }
    db->queries++;
    return q;
}

enum flow db_next(struct db_query *q, struct err *e)
{
    return q->driver->next(q->ctx, e);
}

int64_t db_int(const struct db_query *q, int column)
{
    return q->driver->number(q->ctx, column);
}

const char *db_text(const struct db_query *q, int column)
{
    return q->driver->text(q->ctx, column);
}

int db_null(const struct db_query *q, int column)
{
    return q->driver->null(q->ctx, column);
}

void db_query_close(struct db_query *q)
{
    if (q != NULL) {
        q->driver->query_close(q->ctx);
        q->db->queries--;
        free(q);
    }
}

enum flow db_each(struct db *db, const char *sql, const struct db_arg *args, size_t n, db_visit *visit, void *ctx,
                  struct err *e)
{
    struct db_query *rows = db_select(db, sql, args, n, e);
    enum flow f = rows != NULL ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = db_next(rows, e)) == FLOW_OK) {
        f = visit(ctx, rows, e);
    }
    db_query_close(rows);
    return f == FLOW_END ? FLOW_OK : f;
}

enum flow db_number(struct db *db, const char *sql, const struct db_arg *args, size_t n, int64_t none, int64_t *value,
                    struct err *e)
{
    *value = none;
    struct db_query *q = db_select(db, sql, args, n, e);
    if (q == NULL) {
        return FLOW_FATAL;
    }
    enum flow f = db_next(q, e);
    if (f == FLOW_OK && !db_null(q, 0)) {
        *value = db_int(q, 0);
    }
    db_query_close(q);
    return f == FLOW_END ? FLOW_OK : f;
}

/* ---- writing ---- */

static size_t count_columns(const char *columns)
{
    size_t n = 1;
    for (; *columns != '\0'; columns++) {
        n += *columns == ',';
    }
    return n;
}

struct db_insert *db_insert_open(struct db *db, const char *table, const char *columns, struct err *e)
{
    struct db_insert *i = db->inserts < INSERTS_MAX ? calloc(1, sizeof *i) : NULL;
    size_t width = count_columns(columns);
    struct db_cell *cells = i != NULL ? calloc(db->driver->batch, sizeof *cells) : NULL;
    if (cells == NULL) {
        free(i);
        err_set(e, STATUS_SYSTEM, "no memory for rows of %s", table);
        return NULL;
    }
    i->db = db;
    i->cells = cells;
    i->batch = (struct db_batch){.table = table, .columns = columns, .width = width, .prepared = &i->prepared};
    i->most = db->driver->batch / width;
    buf_init(&i->text, DB_BATCH_TEXT_MAX);
    db->insert[db->inserts++] = i;
    return i;
}

static void put(struct db_insert *i, struct db_cell c)
{
    if (i->column < i->batch.width) {
        i->cells[i->batch.rows * i->batch.width + i->column] = c;
    }
    i->column++;
}

void db_put_int(struct db_insert *i, int64_t v)
{
    put(i, (struct db_cell){.number = v, .kind = DB_CELL_INT});
}

void db_put_text(struct db_insert *i, const char *s)
{
    if (s == NULL) {
        db_put_null(i);
        return;
    }
    size_t n = strlen(s);
    struct db_cell c = {.number = (int64_t)i->text.len, .length = (uint32_t)n, .kind = DB_CELL_TEXT};
    if (!i->failed && buf_put(&i->text, s, n, &i->err) != FLOW_OK) {
        i->failed = 1;
    }
    put(i, c);
}

void db_put_null(struct db_insert *i)
{
    put(i, (struct db_cell){.kind = DB_CELL_NULL});
}

/* Rows go behind the caller's back; while a query is open the connection is the caller's, who then waits for them. */
static enum flow flush_one(struct db_insert *i, struct err *e)
{
    struct db *db = i->db;
    if (i->batch.rows == 0) {
        return FLOW_OK;
    }
    if (db->sender == NULL && (db->sender = db_sender_new(db->driver, db->ctx, e)) == NULL) {
        return FLOW_FATAL;
    }
    enum flow f = db_sender_put(db->sender, &i->batch, &i->cells, &i->text, e);
    if (f == FLOW_OK && db->queries > 0) {
        f = db_sender_wait(db->sender, e);
    }
    i->batch.rows = 0;
    return f;
}

/* Tables opened before go first, so that a row never arrives before the one it refers to. */
static enum flow flush(struct db_insert *i, struct err *e)
{
    for (size_t k = 0; k < i->db->inserts; k++) {
        struct db_insert *each = i->db->insert[k];
        if (flush_one(each, e) != FLOW_OK) {
            return FLOW_FATAL;
        }
        if (each == i) {
            break;
        }
    }
    return FLOW_OK;
}

enum flow db_end_row(struct db_insert *i, struct err *e)
{
    if (i->failed) {
        *e = i->err;
        return FLOW_FATAL;
    }
    if (i->column != i->batch.width) {
        return err_set(e, STATUS_BUG, "a row of %s has %zu values for %zu columns", i->batch.table, i->column,
                       i->batch.width);
    }
    i->column = 0;
    i->batch.rows++;
    return i->batch.rows == i->most || i->text.len >= BATCH_TEXT_FULL ? flush(i, e) : FLOW_OK;
}

enum flow db_insert_finish(struct db_insert *i, struct err *e)
{
    return flush(i, e);
}

enum flow db_settle(struct db *db, enum flow f, struct err *e)
{
    return db == NULL || f == FLOW_OK || db_sender_wait(db->sender, e) == FLOW_OK ? f : FLOW_FATAL;
}

void db_insert_close(struct db_insert *i)
{
    if (i == NULL) {
        return;
    }
    struct db *db = i->db;
    struct err told; /* by the commit */
    (void)!db_sender_wait(db->sender, &told);
    size_t k = 0;
    while (k < db->inserts && db->insert[k] != i) {
        k++;
    }
    for (db->inserts--; k < db->inserts; k++) {
        db->insert[k] = db->insert[k + 1];
    }
    db->driver->unprepare(&i->batch);
    buf_fini(&i->text);
    free(i->cells);
    free(i);
}
