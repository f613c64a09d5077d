/* SPDX-License-Identifier: Apache-2.0 */
/* The store in PostgreSQL: one transaction, an advisory lock, COPY for rows, cursors for reading so that several may be
 * open. The only file that includes libpq-fe.h. A password comes from a password file or a service file, never from the
 * URL or the environment. */
#include "load/store/db_driver.h"
#include "load/store/db_password.h"
#include "schemas/run/buf.h"
#include "schemas/run/crash.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FETCH_ROWS = 2000, ARGS_MAX = 16, COPY_MAX = 64 << 20, INT8_TYPE = 20 };
#define LOCK_KEY "8102649925360116068" /* the bytes of "pre-load" */

struct postgres {
    PGconn *conn;
    unsigned cursors; /* opened so far; their names */
};

struct postgres_query {
    struct postgres *owner;
    PGresult *rows;
    char cursor[24];
    int row, count;
};

/* What an error of the server means here and what to do about it; codes by their beginning, the longer first. */
static const struct meaning {
    const char *prefix;
    enum status status;
    const char *remedy;
} meanings[] = {
    {"08", STATUS_IO, "run again when the server answers"},
    {"57014", STATUS_RETRY, "run again, with a longer statement_timeout if one is set"},
    {"57P03", STATUS_RETRY, "run again when the server is ready"},
    {"57P", STATUS_IO, "run again when the server answers"},
    {"53100", STATUS_IO, "make room on the server, then run again"},
    {"53300", STATUS_RETRY, "run again when others have left"},
    {"53", STATUS_SYSTEM, "run again when the server has room"},
    {"58", STATUS_IO, "see the log of the server"},
    {"42501", STATUS_PERM, "to ask needs SELECT, to load INSERT, UPDATE and DELETE, to create or migrate its owner"},
    {"25006", STATUS_PERM, "load as a role that may write, and on the primary server"},
    {"28", STATUS_PERM, "ask who runs the server"},
    {"55P03", STATUS_RETRY, "another session holds the tables: run again when it has ended"},
    {"40", STATUS_RETRY, "run again"},
    {"3D", STATUS_NOINPUT, "create it, or name another"},
    {"3F", STATUS_CONFIG, "give the role a search_path with a schema that exists"},
    {"22P05", STATUS_CONFIG, "the database must be encoded in UTF8"},
    {"42P07", STATUS_CONFIG,
     "tables of another program: give the role a search_path with a schema for the store alone"},
    {"2BP01", STATUS_CONFIG, "drop what depends on the tables of the store, run again, create it anew"},
    {"XX001", STATUS_DATA, "the database is damaged: restore it"},
    {"XX002", STATUS_DATA, "the database is damaged: restore it"},
};

static struct meaning meaning_of(const PGconn *conn, const char *state)
{
    if (state == NULL) { /* the answer itself is missing */
        return PQstatus(conn) != CONNECTION_OK ? meanings[0] : (struct meaning){"", STATUS_BUG, NULL};
    }
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (strncmp(state, meanings[i].prefix, strlen(meanings[i].prefix)) == 0) {
            return meanings[i];
        }
    }
    return (struct meaning){"", STATUS_BUG, NULL};
}

/* Messages of the server on one line. */
static void one_line(char *s)
{
    for (; *s != '\0'; s++) {
        if (*s == '\n' || *s == '\t') {
            *s = *s == '\n' && s[1] == '\0' ? '\0' : ' ';
        }
    }
}

/* Frees r. A defect is told with its statement, what the server refuses with what to do. */
static enum flow fail(struct postgres *p, PGresult *r, const char *statement, struct err *e)
{
    char text[512], rest[200];
    const char *primary = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    struct meaning m = meaning_of(p->conn, PQresultErrorField(r, PG_DIAG_SQLSTATE));
    snprintf(text, sizeof text, "%s", primary != NULL ? primary : PQerrorMessage(p->conn));
    snprintf(rest, sizeof rest, "%s", m.remedy != NULL ? m.remedy : statement);
    one_line(text);
    one_line(rest);
    PQclear(r);
    return err_set(e, m.status, "PostgreSQL: %s: %s", text, rest);
}

static enum flow run(struct postgres *p, const char *sql, struct err *e)
{
    crash_point(sql);
    PGresult *r = PQexec(p->conn, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK) {
        return fail(p, r, sql, e);
    }
    PQclear(r);
    return FLOW_OK;
}

/* ---- credentials ---- */

static const char *value_of(const PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword != NULL; options++) {
        if (strcmp(options->keyword, keyword) == 0) {
            return options->val != NULL && *options->val != '\0' ? options->val : NULL;
        }
    }
    return NULL;
}

static enum flow check_url(const char *url, struct err *e)
{
    char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(url, &message);
    if (options == NULL) {
        enum flow f = err_set(e, STATUS_USAGE, "--database: %s", message != NULL ? message : "not understood");
        one_line(e->text);
        PQfreemem(message);
        return f;
    }
    enum flow f = value_of(options, "password") != NULL || value_of(options, "sslpassword") != NULL
                      ? err_set(e, STATUS_USAGE,
                                "--database: no password in the URL, others can read it: use a password file "
                                "(PGPASSFILE) or a service")
                      : db_password_check(value_of(options, "passfile"), value_of(options, "service"), e);
    PQconninfoFree(options);
    return f;
}

/* ---- life ---- */

static void ignore_notice(void *arg, const char *message)
{
    (void)arg;
    (void)message;
}

/* What libpq itself refuses comes without a code; its words are English, since no program here sets a locale. */
static enum status connecting_status(const PGconn *conn, const char *text)
{
    static const struct {
        const char *words;
        enum status status;
    } table[] = {{"service", STATUS_CONFIG},
                 {"invalid ", STATUS_CONFIG},
                 {"could not translate host name", STATUS_CONFIG},
                 {"authentication", STATUS_PERM}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strstr(text, table[i].words) != NULL) {
            return table[i].status;
        }
    }
    return PQconnectionNeedsPassword(conn) || PQconnectionUsedPassword(conn) ? STATUS_PERM : STATUS_IO;
}

/* Asks once more a server that refused: libpq tells the code of a refusal in its longest message alone, after the
 * severity in the server's own language, "FATAL:  53300: ...". Empty when no server spoke. */
static void ask_refusal(PGconn *conn, char code[6])
{
    enum { CODE = 5 };
    code[0] = '\0';
    if (strstr(PQerrorMessage(conn), ":  ") == NULL) {
        return;
    }
    PQsetErrorVerbosity(conn, PQERRORS_VERBOSE);
    PQreset(conn);
    PQsetErrorVerbosity(conn, PQERRORS_DEFAULT);
    for (const char *s = PQerrorMessage(conn); code[0] == '\0' && (s = strstr(s, ":  ")) != NULL; s += 3) {
        if (strspn(s + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == CODE && s[3 + CODE] == ':') {
            memcpy(code, s + 3, CODE);
            code[CODE] = '\0';
        }
    }
}

static enum flow connect_server(struct postgres *p, const char *url, struct err *e)
{
    static const char *const keys[] = {"dbname", "fallback_application_name", "client_encoding", NULL};
    const char *const values[] = {url, "pre-load", "UTF8", NULL};
    p->conn = PQconnectdbParams(keys, values, 1);
    if (p->conn == NULL) {
        return err_set(e, STATUS_SYSTEM, "no memory for a connection");
    }
    PQsetNoticeProcessor(p->conn, ignore_notice, NULL);
    if (PQstatus(p->conn) == CONNECTION_OK) {
        return FLOW_OK;
    }
    char text[512], code[6];
    snprintf(text, sizeof text, "%s", PQerrorMessage(p->conn));
    one_line(text);
    ask_refusal(p->conn, code);
    if (PQstatus(p->conn) == CONNECTION_OK) {
        return FLOW_OK; /* there was room again */
    }
    struct meaning m = meaning_of(p->conn, code);
    return m.remedy != NULL ? err_set(e, m.status, "PostgreSQL: %s: %s", text, m.remedy)
                            : err_set(e, connecting_status(p->conn, text), "PostgreSQL: %s", text);
}

static enum flow say_who_locks(struct postgres *p, struct err *e)
{
    PGresult *r = PQexec(
        p->conn,
        "SELECT a.usename || ' from ' || coalesce(host(a.client_addr), 'this host') || ', server process ' || a.pid, "
        "to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') "
        "FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
        "WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = "
        "current_database()) "
        "AND (l.classid::bigint << 32 | l.objid::bigint) = " LOCK_KEY);
    int known = PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) > 0 && !PQgetisnull(r, 0, 0);
    enum flow f = err_set(e, STATUS_RETRY, "another load holds the store%s%s%s%s", known ? ": user " : "",
                          known ? PQgetvalue(r, 0, 0) : "", known && !PQgetisnull(r, 0, 1) ? ", since " : "",
                          known ? PQgetvalue(r, 0, 1) : "");
    PQclear(r);
    return f;
}

static enum flow take_lock(struct postgres *p, struct err *e)
{
    PGresult *r = PQexec(p->conn, "SELECT pg_try_advisory_xact_lock(" LOCK_KEY ")");
    if (PQresultStatus(r) != PGRES_TUPLES_OK) {
        return fail(p, r, "lock", e);
    }
    int got = PQgetvalue(r, 0, 0)[0] == 't';
    PQclear(r);
    return got ? FLOW_OK : say_who_locks(p, e);
}

/* Every text of the store must find its bytes; SQL_ASCII keeps them as they come. */
static enum flow check_encoding(const struct postgres *p, struct err *e)
{
    const char *encoding = PQparameterStatus(p->conn, "server_encoding");
    return encoding == NULL || strcmp(encoding, "UTF8") == 0 || strcmp(encoding, "SQL_ASCII") == 0
               ? FLOW_OK
               : err_set(
                     e, STATUS_CONFIG,
                     "PostgreSQL: the database %s is encoded in %s: create one with ENCODING 'UTF8' TEMPLATE template0",
                     PQdb(p->conn), encoding);
}

/* Settings of the role or the server that would change an answer; nobody waits for ever for a table that a forgotten
 * session holds, unless the role says how long. */
static enum flow begin(struct postgres *p, enum db_mode mode, struct err *e)
{
    static const char *const settings[] = {
        "SET TIME ZONE 'UTC'", "SET standard_conforming_strings = on",
        "SELECT set_config('lock_timeout', '30s', false) WHERE current_setting('lock_timeout') = '0'"};
    if (check_encoding(p, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        if (run(p, settings[i], e) != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    if (mode == DB_READ) {
        return run(p, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", e);
    }
    return run(p, "BEGIN", e) == FLOW_OK ? take_lock(p, e) : FLOW_FATAL;
}

static void close_connection(void *ctx)
{
    struct postgres *p = ctx;
    /* The server would roll back by itself, but later: whoever opens the store next would still find it locked. */
    if (PQstatus(p->conn) == CONNECTION_OK && PQtransactionStatus(p->conn) != PQTRANS_IDLE) {
        PQclear(PQexec(p->conn, "ROLLBACK"));
    }
    PQfinish(p->conn);
    free(p);
}

static void *open_connection(const char *url, enum db_mode mode, char *engine, size_t n, struct err *e)
{
    if (check_url(url, e) != FLOW_OK) {
        return NULL;
    }
    struct postgres *p = calloc(1, sizeof *p);
    if (p == NULL) {
        err_set(e, STATUS_SYSTEM, "no memory for a connection");
        return NULL;
    }
    if (connect_server(p, url, e) != FLOW_OK || begin(p, mode, e) != FLOW_OK) {
        close_connection(p);
        return NULL;
    }
    int version = PQserverVersion(p->conn);
    snprintf(engine, n, "PostgreSQL %d.%d", version / 10000, version % 10000);
    return p;
}

static enum flow commit(void *ctx, struct err *e)
{
    struct postgres *p = ctx;
    crash_point("COMMIT");
    PGresult *r = PQexec(p->conn, "COMMIT");
    if (PQresultStatus(r) != PGRES_COMMAND_OK) {
        return fail(p, r, "COMMIT", e);
    }
    int done = strcmp(PQcmdStatus(r), "COMMIT") == 0;
    PQclear(r);
    crash_point("after COMMIT");
    return done ? FLOW_OK : err_set(e, STATUS_BUG, "PostgreSQL: the transaction was rolled back at its commit");
}

/* ---- statements ---- */

static enum flow ddl(void *ctx, char *statement, struct err *e)
{
    return run(ctx, statement, e);
}

struct params {
    const char *value[ARGS_MAX];
    Oid type[ARGS_MAX];
    char digits[ARGS_MAX][24];
};

static enum flow make_params(struct params *p, const struct db_arg *args, size_t n, struct err *e)
{
    if (n > ARGS_MAX) {
        return err_set(e, STATUS_BUG, "%zu arguments for one statement", n);
    }
    for (size_t i = 0; i < n; i++) {
        p->type[i] = args[i].text != NULL ? 0 : INT8_TYPE;
        p->value[i] = args[i].text;
        if (args[i].text == NULL) {
            snprintf(p->digits[i], sizeof p->digits[i], "%lld", (long long)args[i].number);
            p->value[i] = p->digits[i];
        }
    }
    return FLOW_OK;
}

static enum flow exec(void *ctx, const char *sql, const struct db_arg *args, size_t n, struct err *e)
{
    struct postgres *p = ctx;
    struct params a;
    if (make_params(&a, args, n, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    crash_point(sql);
    PGresult *r = PQexecParams(p->conn, sql, (int)n, a.type, a.value, NULL, NULL, 0);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK) {
        return fail(p, r, sql, e);
    }
    PQclear(r);
    return FLOW_OK;
}

static enum flow declare(struct postgres *p, struct postgres_query *q, const char *sql, const struct db_arg *args,
                         size_t n, struct err *e)
{
    struct params a;
    struct buf b;
    buf_init(&b, 1 << 16);
    snprintf(q->cursor, sizeof q->cursor, "c%u", p->cursors++);
    enum flow f = make_params(&a, args, n, e);
    if (f == FLOW_OK) {
        f = buf_printf(&b, e, "DECLARE %s NO SCROLL CURSOR FOR %s", q->cursor, sql);
    }
    if (f == FLOW_OK) {
        PGresult *r = PQexecParams(p->conn, b.data, (int)n, a.type, a.value, NULL, NULL, 0);
        if (PQresultStatus(r) != PGRES_COMMAND_OK) {
            f = fail(p, r, sql, e);
        } else {
            PQclear(r);
        }
    }
    buf_fini(&b);
    return f;
}

static void *select_rows(void *ctx, const char *sql, const struct db_arg *args, size_t n, struct err *e)
{
    struct postgres_query *q = calloc(1, sizeof *q);
    if (q == NULL) {
        err_set(e, STATUS_SYSTEM, "no memory for a query");
        return NULL;
    }
    q->owner = ctx;
    q->row = -1;
    if (declare(ctx, q, sql, args, n, e) != FLOW_OK) {
        free(q);
        return NULL;
    }
    return q;
}

static enum flow fetch(struct postgres_query *q, struct err *e)
{
    char sql[64];
    PQclear(q->rows);
    snprintf(sql, sizeof sql, "FETCH %d FROM %s", FETCH_ROWS, q->cursor);
    q->rows = PQexec(q->owner->conn, sql);
    q->row = 0;
    q->count = PQntuples(q->rows);
    if (PQresultStatus(q->rows) != PGRES_TUPLES_OK) {
        PGresult *r = q->rows;
        q->rows = NULL;
        q->count = 0;
        return fail(q->owner, r, sql, e);
    }
    return q->count > 0 ? FLOW_OK : FLOW_END;
}

static enum flow next(void *query, struct err *e)
{
    struct postgres_query *q = query;
    if (q->row >= 0 && ++q->row < q->count) {
        return FLOW_OK;
    }
    if (q->row >= 0 && q->count < FETCH_ROWS) {
        return FLOW_END;
    }
    return fetch(q, e);
}

static int64_t number(const void *query, int column)
{
    const struct postgres_query *q = query;
    return strtoll(PQgetvalue(q->rows, q->row, column), NULL, 10);
}

static const char *text(const void *query, int column)
{
    const struct postgres_query *q = query;
    return PQgetisnull(q->rows, q->row, column) ? NULL : PQgetvalue(q->rows, q->row, column);
}

static int is_null(const void *query, int column)
{
    const struct postgres_query *q = query;
    return PQgetisnull(q->rows, q->row, column);
}

static void query_close(void *query)
{
    struct postgres_query *q = query;
    char sql[40];
    PQclear(q->rows);
    snprintf(sql, sizeof sql, "CLOSE %s", q->cursor);
    PQclear(PQexec(q->owner->conn, sql));
    free(q);
}

/* ---- rows: COPY in text format, a batch at a time, since nothing else can use the connection meanwhile ---- */

enum { NUMBER_ROOM = 24 };

static char *put_escaped(char *to, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        char letter = c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\\' ? '\\' : '\0';
        if (letter != '\0') {
            *to++ = '\\';
            c = letter;
        }
        *to++ = c;
    }
    return to;
}

static char *put_number(char *to, int64_t v)
{
    char digits[NUMBER_ROOM];
    size_t n = 0;
    uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do {
        digits[n++] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (v < 0) {
        *to++ = '-';
    }
    while (n > 0) {
        *to++ = digits[--n];
    }
    return to;
}

static char *put_cell(char *to, const struct db_cell *c, const char *bytes)
{
    switch (c->kind) {
    case DB_CELL_INT:
        return put_number(to, c->number);
    case DB_CELL_TEXT:
        return put_escaped(to, bytes + c->number, c->length);
    default:
        *to++ = '\\';
        *to++ = 'N';
        return to;
    }
}

static enum flow put_row(struct buf *b, const struct db_batch *batch, const struct db_cell *c, struct err *e)
{
    size_t most = 0;
    char *start, *to;
    for (size_t i = 0; i < batch->width; i++) {
        most += c[i].kind == DB_CELL_TEXT ? 2 * (size_t)c[i].length + 1 : NUMBER_ROOM;
    }
    if (buf_room(b, most, &start, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    to = start;
    for (size_t i = 0; i < batch->width; i++) {
        to = put_cell(to, &c[i], batch->text);
        *to++ = i + 1 == batch->width ? '\n' : '\t';
    }
    b->len += (size_t)(to - start);
    return FLOW_OK;
}

static enum flow put_rows(struct buf *b, const struct db_batch *batch, struct err *e)
{
    enum flow f = FLOW_OK;
    for (size_t r = 0; r < batch->rows && f == FLOW_OK; r++) {
        f = put_row(b, batch, batch->cells + r * batch->width, e);
    }
    return f;
}

/* A refused row shows only when the COPY ends, and the result must be read to its end. */
static enum flow end_copy(struct postgres *p, const char *table, struct err *e)
{
    enum flow f = FLOW_OK;
    for (PGresult *r; (r = PQgetResult(p->conn)) != NULL;) {
        if (PQresultStatus(r) != PGRES_COMMAND_OK && f == FLOW_OK) {
            f = fail(p, r, table, e);
        } else {
            PQclear(r);
        }
    }
    return f;
}

static enum flow copy(struct postgres *p, const struct db_batch *batch, const struct buf *rows, struct err *e)
{
    char sql[1024];
    snprintf(sql, sizeof sql, "COPY %s (%s) FROM STDIN", batch->table, batch->columns);
    crash_point(sql);
    PGresult *r = PQexec(p->conn, sql);
    if (PQresultStatus(r) != PGRES_COPY_IN) {
        return fail(p, r, sql, e);
    }
    PQclear(r);
    if (PQputCopyData(p->conn, rows->data, (int)rows->len) != 1 || PQputCopyEnd(p->conn, NULL) != 1) {
        err_set(e, STATUS_IO, "PostgreSQL: %s: %s", batch->table, PQerrorMessage(p->conn));
        one_line(e->text);
        return FLOW_FATAL;
    }
    return end_copy(p, batch->table, e);
}

static enum flow insert(void *ctx, struct db_batch *batch, struct err *e)
{
    struct buf rows;
    buf_init(&rows, COPY_MAX);
    enum flow f = put_rows(&rows, batch, e);
    if (f == FLOW_OK) {
        f = copy(ctx, batch, &rows, e);
    }
    buf_fini(&rows);
    return f;
}

static void unprepare(struct db_batch *b)
{
    (void)b;
}

const struct db_driver db_postgres = {
    .scheme = "postgresql:",
    .open = open_connection,
    .close = close_connection,
    .commit = commit,
    .ddl = ddl,
    .int64 = "bigint",
    .exists = "SELECT CASE WHEN count(*) = 2 THEN 1 ELSE 0 END FROM pg_attribute WHERE attrelid = to_regclass('store') "
              "AND attname IN ('item', 'value')",
    .exec = exec,
    .select = select_rows,
    .next = next,
    .number = number,
    .text = text,
    .null = is_null,
    .query_close = query_close,
    .insert = insert,
    .unprepare = unprepare,
    .batch = 1 << 16, /* each one is a COPY */
};
