/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the store. An edition is read through a short-lived folder, because its reader reads folders and nothing
 * else. */
#include "load/store/store.h"

#include "schemas/run/fs.h"
#include "schemas/run/output.h"
#include "schemas/run/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void store_keep(char *out, size_t size, const char *text)
{
    size_t n = text == NULL ? 0 : strlen(text);
    if (n >= size) {
        n = text_cut(text, n, size - 1);
    }
    if (n > 0) {
        memcpy(out, text, n);
    }
    out[n] = '\0';
}

enum flow store_campaign(struct db *db, const char *wanted, char out[STORE_TEXT], struct err *e)
{
    struct db_query *q =
        wanted != NULL
            ? db_select(db, "SELECT campaign FROM vintage WHERE campaign = $1 LIMIT 1", DB_ARGS(DB_TEXT(wanted)), e)
            : db_select(db, "SELECT campaign FROM vintage ORDER BY campaign DESC LIMIT 1", DB_NO_ARGS, e);
    if (q == NULL) {
        return FLOW_FATAL;
    }
    enum flow f = db_next(q, e);
    if (f == FLOW_OK) {
        store_keep(out, STORE_TEXT, db_text(q, 0));
    } else if (f == FLOW_END) {
        f = err_set(e, STATUS_NOINPUT,
                    wanted != NULL ? "the store holds no campaign %s"
                                   : "the store holds no campaign yet: load a dataset first",
                    wanted);
    }
    db_query_close(q);
    return f;
}

static const char vintage_columns[] =
    "SELECT v.vintage, v.number, v.package, p.edition, v.estimable, v.campaign, p.name, p.content_digest, p.as_of, "
    "d.id, d.revision, d.digest, "
    "p.register_digest, p.decisions_digest, v.method, v.method_digest, v.program, v.libraries, v.note, e.status, e.at, "
    "e.who "
    "FROM vintage v JOIN package p ON p.package = v.package JOIN edition d ON d.edition = p.edition "
    "JOIN event e ON e.event = (SELECT max(x.event) FROM event x WHERE x.vintage = v.vintage) ";

static void take_vintage(const struct db_query *q, struct vintage *v)
{
    *v = (struct vintage){.id = db_int(q, 0),
                          .number = db_int(q, 1),
                          .package = db_int(q, 2),
                          .edition = db_int(q, 3),
                          .estimable = (int)db_int(q, 4)};
    STORE_KEEP(v->campaign, db_text(q, 5));
    STORE_KEEP(v->package_name, db_text(q, 6));
    STORE_KEEP(v->content_digest, db_text(q, 7));
    STORE_KEEP(v->as_of, db_text(q, 8));
    STORE_KEEP(v->edition_id, db_text(q, 9));
    v->edition_revision = db_int(q, 10);
    STORE_KEEP(v->edition_digest, db_text(q, 11));
    STORE_KEEP(v->register_digest, db_text(q, 12));
    STORE_KEEP(v->decisions_digest, db_text(q, 13));
    STORE_KEEP(v->method, db_text(q, 14));
    STORE_KEEP(v->method_digest, db_text(q, 15));
    STORE_KEEP(v->program, db_text(q, 16));
    STORE_KEEP(v->libraries, db_text(q, 17));
    STORE_KEEP(v->note, db_text(q, 18));
    STORE_KEEP(v->status, db_text(q, 19));
    STORE_KEEP(v->signed_at, db_text(q, 20));
    STORE_KEEP(v->signed_by, db_text(q, 21));
}

enum flow store_find_vintage(struct db *db, const char *campaign, int64_t number, struct vintage *v, int *found,
                             struct err *e)
{
    char sql[sizeof vintage_columns + 128];
    snprintf(sql, sizeof sql, "%s%s", vintage_columns,
             number == 0 ? "WHERE v.campaign = $1 ORDER BY v.number DESC LIMIT 1"
                         : "WHERE v.campaign = $1 AND v.number = $2");
    struct db_arg args[] = {DB_TEXT(campaign), DB_INT(number)};
    struct db_query *q = db_select(db, sql, args, number == 0 ? 1 : 2, e);
    if (q == NULL) {
        return FLOW_FATAL;
    }
    enum flow f = db_next(q, e);
    *found = f == FLOW_OK;
    if (*found) {
        take_vintage(q, v);
    }
    db_query_close(q);
    return f == FLOW_END ? FLOW_OK : f;
}

enum flow store_vintage(struct db *db, const char *campaign, int64_t number, struct vintage *v, struct err *e)
{
    int found;
    if (store_find_vintage(db, campaign, number, v, &found, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    if (found) {
        return FLOW_OK;
    }
    int64_t last;
    if (db_number(db, "SELECT max(number) FROM vintage WHERE campaign = $1", DB_ARGS(DB_TEXT(campaign)), 0, &last, e) !=
        FLOW_OK) {
        return FLOW_FATAL;
    }
    return err_set(e, STATUS_NOINPUT, "campaign %s has no vintage %lld: its vintages go from 1 to %lld", campaign,
                   (long long)number, (long long)last);
}

enum flow store_next(struct db *db, const char *table, int64_t *next, struct err *e)
{
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT max(%s) FROM %s", table, table);
    enum flow f = db_number(db, sql, DB_NO_ARGS, 0, next, e);
    *next += 1;
    return f;
}

static enum flow write_files(struct db *db, int64_t edition, const char *folder, struct err *e)
{
    struct db_query *q = db_select(db, "SELECT path, content FROM edition_file WHERE edition = $1 ORDER BY path",
                                   DB_ARGS(DB_INT(edition)), e);
    if (q == NULL) {
        return FLOW_FATAL;
    }
    enum flow f;
    while ((f = db_next(q, e)) == FLOW_OK) {
        char path[1024];
        const char *name = strrchr(db_text(q, 0), '/');
        const char *content = db_text(q, 1);
        name = name != NULL ? name + 1 : db_text(q, 0);
        if (!fs_join(path, sizeof path, folder, name)) {
            f = err_set(e, STATUS_BUG, "%s/%s: name too long", folder, name);
        } else {
            f = output_file(path, content, strlen(content), e);
        }
        if (f != FLOW_OK) {
            break;
        }
    }
    db_query_close(q);
    return f == FLOW_END ? FLOW_OK : f;
}

struct edition *store_edition(struct db *db, int64_t edition, struct err *e)
{
    char folder[512];
    const char *tmp = fs_temporary();
    struct edition *ed = NULL;
    struct err ignored;
    if (!fs_join(folder, sizeof folder, tmp, "pre-edition-XXXXXX")) {
        err_set(e, STATUS_CANTCREAT, "%s: name too long; set TMPDIR to a shorter one", tmp);
        return NULL;
    }
    if (mkdtemp(folder) == NULL) {
        err_sys(e, STATUS_CANTCREAT, "%s: no folder can be made there; set TMPDIR to one that can be written to", tmp);
        return NULL;
    }
    if (write_files(db, edition, folder, e) == FLOW_OK) {
        ed = edition_open(folder, e);
        if (ed == NULL) {
            err_prefix(e, "the edition kept in the store");
        }
    }
    if (fs_remove(folder, &ignored) != FLOW_OK && ed != NULL) {
        *e = ignored;
        edition_close(ed);
        ed = NULL;
    }
    return ed;
}
