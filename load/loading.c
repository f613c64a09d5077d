/* SPDX-License-Identifier: Apache-2.0 */
/* One transaction per load: either the whole vintage with its figures and its line in the ledger, or nothing. A package
 * that the store has already judged by the same method makes no vintage; it is read to its end all the same, so that an
 * altered one is never welcomed. */
#include "load/loading.h"

#include "load/estimation.h"
#include "schemas/run/clock.h"
#include "schemas/run/fs.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_TEXT = 4096, METHOD_MAX = 64 << 10 };

const char *vintage_status_name(enum vintage_status s)
{
    static const char *const names[] = {"provisional", "semi-final", "final"};
    return s >= 0 && s <= VINTAGE_FINAL ? names[s] : "";
}

/* To the second: nobody signs by the microsecond. */
static void print_now(char *out)
{
    int64_t now = clock_now();
    clock_print(now - now % 1000000, out);
}

/* What stays open during a load. */
struct work {
    const struct loading *l;
    struct loading_result *r;
    struct package *package;
    struct edition *edition;
    struct db *db;
    struct buf method;
    char method_digest[DIGEST_HEX_MAX];
    int64_t started;
    char started_at[INSTANT_TEXT_MAX];
};

/* ---- before the transaction ---- */

static enum flow open_inputs(struct work *w, const char *dataset, struct err *e)
{
    char folder[PATH_TEXT];
    w->package = package_open(dataset, e);
    if (w->package == NULL) {
        return FLOW_FATAL;
    }
    const struct package_facts *facts = package_facts(w->package);
    if (facts->shards != 0) {
        return err_set(e, STATUS_DATA, "%s: part %d of %d of a dataset: merge the parts first (pre-transform --merge)",
                       dataset, facts->shard, facts->shards);
    }
    if (!fs_join(folder, sizeof folder, package_path(w->package), "edition")) {
        return err_set(e, STATUS_USAGE, "%s: the path is too long", dataset);
    }
    w->edition = edition_open(folder, e);
    if (w->edition == NULL) {
        return FLOW_FATAL;
    }
    STORE_KEEP(w->r->campaign, facts->campaign);
    STORE_KEEP(w->r->package, package_name(w->package));
    STORE_KEEP(w->r->content_digest, package_content_digest(w->package));
    STORE_KEEP(w->r->as_of, facts->as_of);
    return estimation_method(w->edition, &w->method, w->method_digest, e);
}

/* ---- the ledger ---- */

static enum flow write_run(struct work *w, int64_t run, const char *changed, struct err *e)
{
    char now[INSTANT_TEXT_MAX], host[STORE_TEXT] = "";
    print_now(now);
    if (gethostname(host, sizeof host - 1) != 0) {
        host[0] = '\0';
    }
    return db_exec(w->db,
                   "INSERT INTO run (run, started_at, ended_at, program, engine, host, who, changed) VALUES ($1, $2, "
                   "$3, $4, $5, $6, $7, $8)",
                   DB_ARGS(DB_INT(run), DB_TEXT(w->started_at), DB_TEXT(now), DB_TEXT("pre-load " PRE_VERSION),
                           DB_TEXT(db_engine(w->db)), DB_TEXT(host), DB_TEXT(w->l->who), DB_TEXT(changed)),
                   e);
}

/* The ledger's line is opened first and closed last, since vintages refer to it. */
static enum flow end_run(struct work *w, int64_t run, struct err *e)
{
    char now[INSTANT_TEXT_MAX];
    print_now(now);
    return db_exec(w->db, "UPDATE run SET ended_at = $1 WHERE run = $2", DB_ARGS(DB_TEXT(now), DB_INT(run)), e);
}

static enum flow write_event(struct work *w, int64_t vintage, const char *status, struct err *e)
{
    int64_t event;
    char now[INSTANT_TEXT_MAX];
    print_now(now);
    if (store_next(w->db, "event", &event, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    STORE_KEEP(w->r->status, status);
    return db_exec(
        w->db, "INSERT INTO event (event, vintage, status, at, who, note) VALUES ($1, $2, $3, $4, $5, $6)",
        DB_ARGS(DB_INT(event), DB_INT(vintage), DB_TEXT(status), DB_TEXT(now), DB_TEXT(w->l->who), DB_TEXT(w->l->note)),
        e);
}

/* A status only moves forward: what was signed off as final is not called provisional again, an error when signing. */
static enum flow change_status(struct work *w, const struct vintage *v, int signing, int *changed, struct err *e)
{
    const char *wanted = vintage_status_name(w->l->status);
    int now = VINTAGE_PROVISIONAL;
    *changed = 0;
    STORE_KEEP(w->r->status, v->status);
    if (w->l->status == STATUS_UNSAID || strcmp(v->status, wanted) == 0) {
        return FLOW_OK;
    }
    while (now < VINTAGE_FINAL && strcmp(vintage_status_name((enum vintage_status)now), v->status) != 0) {
        now++;
    }
    if ((int)w->l->status < now && !signing) {
        return FLOW_OK; /* a nightly load says provisional whatever was signed since */
    }
    if ((int)w->l->status < now) {
        return err_set(e, STATUS_USAGE,
                       "vintage %lld of campaign %s is %s since %s, signed by %s: it cannot become %s again",
                       (long long)v->number, v->campaign, v->status, v->signed_at, v->signed_by, wanted);
    }
    *changed = 1;
    return write_event(w, v->id, wanted, e);
}

static enum flow end_unchanged(struct work *w, enum loading_change change, struct err *e)
{
    static const char *const said[] = {"", "fetches", "status", "vintage"};
    int64_t run;
    w->r->change = change;
    if (change == LOADING_SAME) {
        return FLOW_OK; /* closing rolls back a transaction that wrote nothing */
    }
    if (store_next(w->db, "run", &run, e) != FLOW_OK || write_run(w, run, said[change], e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    return db_commit(w->db, e);
}

/* ---- a package the store knows ---- */

static enum flow find_same(struct work *w, int64_t *number, struct err *e)
{
    return db_number(w->db,
                     "SELECT v.number FROM vintage v JOIN package p ON p.package = v.package "
                     "WHERE p.campaign = $1 AND p.content_digest = $2 AND v.method_digest = $3",
                     DB_ARGS(DB_TEXT(w->r->campaign), DB_TEXT(w->r->content_digest), DB_TEXT(w->method_digest)), 0,
                     number, e);
}

static enum flow count_base(struct work *w, int64_t vintage, struct err *e)
{
    if (db_number(w->db, "SELECT count(*) FROM figure WHERE vintage = $1", DB_ARGS(DB_INT(vintage)), 0, &w->r->figures,
                  e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    return db_number(w->db,
                     "SELECT count(*) FROM vintage_unit v JOIN judgement j ON j.judgement = v.judgement WHERE "
                     "v.vintage = $1 AND j.outcome IN ('complete', 'partial')",
                     DB_ARGS(DB_INT(vintage)), 0, &w->r->respondents, e);
}

static enum flow load_same(struct work *w, int64_t number, struct err *e)
{
    struct vintage v, latest;
    int fetches = 0, status;
    if (package_verify(w->package, e) != FLOW_OK || store_vintage(w->db, w->r->campaign, number, &v, e) != FLOW_OK ||
        store_vintage(w->db, w->r->campaign, 0, &latest, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    w->r->vintage = number;
    w->r->estimable = v.estimable;
    w->r->counts = (struct ingest_counts){.units = (int64_t)package_rows_count(w->package, TABLE_UNITS),
                                          .in_scope = (int64_t)package_control(w->package, TABLE_UNITS, "in"),
                                          .documents = (int64_t)package_rows_count(w->package, TABLE_DOCUMENTS),
                                          .observations = (int64_t)package_rows_count(w->package, TABLE_OBSERVATIONS),
                                          .findings = (int64_t)package_rows_count(w->package, TABLE_FINDINGS)};
    if (v.id == latest.id && ingest_fetches(w->db, w->package, &fetches, e) != FLOW_OK) {
        return FLOW_FATAL; /* of an earlier vintage, made again, the sources have spoken since */
    }
    if (count_base(w, v.id, e) != FLOW_OK || change_status(w, &v, 0, &status, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    return end_unchanged(w, status ? LOADING_STATUS : fetches ? LOADING_FETCHES : LOADING_SAME, e);
}

/* ---- a package that makes a vintage ---- */

static enum flow insert_vintage(struct work *w, int64_t id, int64_t package, int64_t run, struct err *e)
{
    return db_exec(w->db,
                   "INSERT INTO vintage (vintage, campaign, number, package, method, method_digest, parameters, "
                   "program, libraries, run, estimable, note) "
                   "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                   DB_ARGS(DB_INT(id), DB_TEXT(w->r->campaign), DB_INT(w->r->vintage), DB_INT(package),
                           DB_TEXT(METHOD_ID), DB_TEXT(w->method_digest), DB_TEXT(buf_str(&w->method)),
                           DB_TEXT("pre-load " PRE_VERSION), DB_TEXT(PRE_LIBRARIES), DB_INT(run), DB_INT(0),
                           DB_TEXT("")),
                   e);
}

static enum flow estimate_vintage(struct work *w, int64_t id, struct population *population, struct err *e)
{
    struct estimation x;
    enum flow f = estimation_of(&x, population, w->edition, e);
    if (f == FLOW_OK) {
        w->r->estimable = x.estimate->estimable;
        w->r->figures = (int64_t)x.estimate->rows;
        w->r->respondents = (int64_t)x.estimate->rates.complete + x.estimate->rates.partial;
        f = estimation_keep(&x, w->db, id, e);
    }
    estimation_fini(&x);
    return f;
}

static enum flow load_new(struct work *w, struct err *e)
{
    struct vintage before;
    int found, fetches;
    int64_t run, edition, package, id;
    struct population *population = NULL;
    if (store_find_vintage(w->db, w->r->campaign, 0, &before, &found, e) != FLOW_OK ||
        store_next(w->db, "run", &run, e) != FLOW_OK || store_next(w->db, "vintage", &id, e) != FLOW_OK ||
        ingest_edition(w->db, w->package, &edition, e) != FLOW_OK ||
        ingest_package(w->db, w->package, edition, &package, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    w->r->vintage = found ? before.number + 1 : 1;
    const char *status = vintage_status_name(w->l->status == STATUS_UNSAID ? VINTAGE_PROVISIONAL : w->l->status);
    if (write_run(w, run, "vintage", e) != FLOW_OK || insert_vintage(w, id, package, run, e) != FLOW_OK ||
        write_event(w, id, status, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    if (ingest_units(w->db, w->package, w->edition, found ? before.id : 0, id, &w->r->counts, &population, e) !=
            FLOW_OK ||
        estimate_vintage(w, id, population, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    if (db_exec(w->db, "UPDATE vintage SET estimable = $1 WHERE vintage = $2",
                DB_ARGS(DB_INT(w->r->estimable), DB_INT(id)), e) != FLOW_OK ||
        ingest_fetches(w->db, w->package, &fetches, e) != FLOW_OK || end_run(w, run, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    w->r->change = LOADING_VINTAGE;
    return db_commit(w->db, e);
}

/* ---- the story ---- */

static void begin(struct work *w, const struct loading *l, struct loading_result *r)
{
    *w = (struct work){.l = l, .r = r, .started = clock_monotonic()};
    *r = (struct loading_result){.change = LOADING_SAME};
    print_now(w->started_at);
    buf_init(&w->method, METHOD_MAX);
}

static void end(struct work *w)
{
    w->r->micros = clock_monotonic() - w->started;
    db_close(w->db);
    edition_close(w->edition);
    package_close(w->package);
    buf_fini(&w->method);
}

static enum flow open_store(struct work *w, struct err *e)
{
    w->db = db_open(w->l->database, DB_WRITE, e);
    if (w->db != NULL) {
        STORE_KEEP(w->r->engine, db_engine(w->db));
    }
    return w->db != NULL ? FLOW_OK : FLOW_FATAL;
}

enum flow loading_run(const struct loading *l, const char *dataset, struct loading_result *r, struct err *e)
{
    struct work w;
    int64_t number = 0;
    begin(&w, l, r);
    enum flow f = open_inputs(&w, dataset, e);
    if (f == FLOW_OK) {
        f = open_store(&w, e);
    }
    if (f == FLOW_OK) {
        f = find_same(&w, &number, e);
    }
    if (f == FLOW_OK) {
        f = number != 0 ? load_same(&w, number, e) : load_new(&w, e);
    }
    f = db_settle(w.db, f, e);
    end(&w);
    return f;
}

enum flow loading_sign(const struct loading *l, const char *campaign, struct loading_result *r, struct err *e)
{
    struct work w;
    struct vintage v;
    int changed = 0;
    begin(&w, l, r);
    enum flow f = open_store(&w, e);
    if (f == FLOW_OK) {
        f = store_campaign(w.db, campaign, r->campaign, e);
    }
    if (f == FLOW_OK) {
        f = store_vintage(w.db, r->campaign, 0, &v, e);
    }
    if (f == FLOW_OK) {
        r->vintage = v.number;
        STORE_KEEP(r->package, v.package_name);
        STORE_KEEP(r->content_digest, v.content_digest);
        STORE_KEEP(r->as_of, v.as_of);
        r->estimable = v.estimable;
        f = change_status(&w, &v, 1, &changed, e);
    }
    if (f == FLOW_OK) {
        f = end_unchanged(&w, changed ? LOADING_STATUS : LOADING_SAME, e);
    }
    end(&w);
    return f;
}
