/* SPDX-License-Identifier: Apache-2.0 */
/* A package into the store. The four tables are sorted by unit, so they stream side by side and only one unit's rows
 * are in memory. Those rows are digested as they stand; a unit whose digest the store has is pointed at, not written
 * again. */
#include "load/store/ingest.h"

#include "load/store/ingest_rows.h"
#include "load/store/store.h"
#include "schemas/run/stop.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 64 << 20 };

/* ---- edition and package ---- */

static enum flow insert_edition_file(struct db *db, const struct package *p, const char *path, int64_t edition,
                                     struct err *e)
{
    struct buf text;
    buf_init(&text, FILE_MAX);
    enum flow f = package_read_file(p, path, &text, e);
    if (f == FLOW_OK && memchr(buf_str(&text), '\0', text.len) != NULL) {
        f = err_set(e, STATUS_DATA, "%s: holds a NUL byte", path);
    }
    if (f == FLOW_OK) {
        f = db_exec(db, "INSERT INTO edition_file (edition, path, content) VALUES ($1, $2, $3)",
                    DB_ARGS(DB_INT(edition), DB_TEXT(path), DB_TEXT(buf_str(&text))), e);
    }
    buf_fini(&text);
    return f;
}

enum flow ingest_edition(struct db *db, const struct package *p, int64_t *edition, struct err *e)
{
    const struct package_facts *facts = package_facts(p);
    if (db_number(db, "SELECT edition FROM edition WHERE digest = $1", DB_ARGS(DB_TEXT(facts->edition_digest)), 0,
                  edition, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    if (*edition != 0) {
        return FLOW_OK;
    }
    if (store_next(db, "edition", edition, e) != FLOW_OK ||
        db_exec(db, "INSERT INTO edition (edition, digest, id, revision, campaign) VALUES ($1, $2, $3, $4, $5)",
                DB_ARGS(DB_INT(*edition), DB_TEXT(facts->edition_digest), DB_TEXT(facts->edition_id),
                        DB_INT(facts->edition_revision), DB_TEXT(facts->campaign)),
                e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    for (size_t i = 0; i < package_file_count(p); i++) {
        const char *path = package_file(p, i);
        if (strncmp(path, "edition/", 8) == 0 && insert_edition_file(db, p, path, *edition, e) != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    return FLOW_OK;
}

static enum flow list_archives(const struct package_facts *facts, struct buf *out, struct err *e)
{
    for (size_t i = 0; i < facts->archive_count; i++) {
        if (buf_printf(out, e, "%s  %s\n", facts->archives[i].sha256, facts->archives[i].name) != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    return FLOW_OK;
}

static enum flow list_controls(const struct package *p, struct buf *out, struct err *e)
{
    static const enum dataset_table tables[] = {TABLE_UNITS, TABLE_DOCUMENTS, TABLE_OBSERVATIONS, TABLE_FINDINGS};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (buf_printf(out, e, "%s=%llu\n", table_spec(tables[i])->name,
                       (unsigned long long)package_rows_count(p, tables[i])) != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    return FLOW_OK;
}

enum flow ingest_package(struct db *db, const struct package *p, int64_t edition, int64_t *package, struct err *e)
{
    const struct package_facts *facts = package_facts(p);
    struct buf archives, controls;
    buf_init(&archives, FILE_MAX);
    buf_init(&controls, FILE_MAX);
    enum flow f = db_number(db, "SELECT package FROM package WHERE campaign = $1 AND content_digest = $2",
                            DB_ARGS(DB_TEXT(facts->campaign), DB_TEXT(package_content_digest(p))), 0, package, e);
    if (f == FLOW_OK && *package == 0) {
        f = store_next(db, "package", package, e);
        if (f == FLOW_OK) {
            f = list_archives(facts, &archives, e);
        }
        if (f == FLOW_OK) {
            f = list_controls(p, &controls, e);
        }
        if (f == FLOW_OK) {
            f = db_exec(db,
                        "INSERT INTO package (package, campaign, name, content_digest, as_of, edition, "
                        "register_digest, decisions_digest, archives, controls) "
                        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                        DB_ARGS(DB_INT(*package), DB_TEXT(facts->campaign), DB_TEXT(package_name(p)),
                                DB_TEXT(package_content_digest(p)), DB_TEXT(facts->as_of), DB_INT(edition),
                                DB_TEXT(facts->register_digest), DB_TEXT(facts->decisions_digest),
                                DB_TEXT(buf_str(&archives)), DB_TEXT(buf_str(&controls))),
                        e);
        }
    }
    buf_fini(&archives);
    buf_fini(&controls);
    return f;
}

/* ---- four streams, one unit at a time ---- */

enum { STREAMS = 4 };
static const enum dataset_table stream_table[STREAMS] = {TABLE_UNITS, TABLE_DOCUMENTS, TABLE_OBSERVATIONS,
                                                         TABLE_FINDINGS};
enum { UNITS, DOCUMENTS, OBSERVATIONS, FINDINGS };

struct stream {
    struct package_rows *rows;
    const struct csv_row *row; /* NULL once ended */
};

struct ingest {
    struct db *db;
    struct package *package;
    const struct edition *ed;
    struct row_writers *writers;
    struct fill_stream *fill;
    struct digest *digest;
    struct stream stream[STREAMS];
    struct kept_rows kept[STREAMS]; /* of the unit at hand; UNITS: from outcome on */
    struct buf frame;               /* scope and register values of the unit at hand, NUL after each */
    const char **values;            /* register values, into frame */
    struct db_query *before;        /* units of the previous vintage, in order */
    int before_ready, fresh;
    int64_t vintage, next_judgement, next_frame;
    struct ingest_counts *counts;
};

static enum flow advance(struct stream *s, struct err *e)
{
    enum flow f = package_rows_next(s->rows, &s->row, e);
    if (f == FLOW_END) {
        s->row = NULL;
        return FLOW_OK;
    }
    return f;
}

static const char *stream_unit(const struct stream *s)
{
    return s->row->field[0].text;
}

/* Takes the rows of `unit`; the stream then stands on a later one. */
static enum flow gather(struct ingest *in, int which, const char *unit, struct err *e)
{
    struct stream *s = &in->stream[which];
    kept_reset(&in->kept[which]);
    while (s->row != NULL && strcmp(stream_unit(s), unit) == 0) {
        if (kept_add(&in->kept[which], s->row, 1, e) != FLOW_OK || advance(s, e) != FLOW_OK) {
            return err_prefix(e, "%s", unit);
        }
    }
    if (s->row != NULL && strcmp(stream_unit(s), unit) < 0) {
        return err_set(e, STATUS_DATA, "%s: %s speaks of unit %.60s, which the units do not have",
                       package_path(in->package), table_spec(stream_table[which])->name, stream_unit(s));
    }
    return FLOW_OK;
}

static enum flow digest_frame(struct ingest *in, char *hex, struct err *e)
{
    if (digest_reset(in->digest, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    for (size_t k = 0; k < package_extra_count(in->package); k++) {
        const char *name = package_extra(in->package, k);
        if (digest_put(in->digest, name, strlen(name) + 1, e) != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    return digest_put(in->digest, in->frame.data, in->frame.len, e) == FLOW_OK ? digest_hex(in->digest, hex, e)
                                                                               : FLOW_FATAL;
}

static enum flow digest_judgement(struct ingest *in, char *hex, struct err *e)
{
    if (digest_reset(in->digest, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    for (int k = 0; k < STREAMS; k++) {
        const struct kept_rows *rows = &in->kept[k];
        const char *name = table_spec(stream_table[k])->name;
        if (digest_put(in->digest, name, strlen(name) + 1, e) != FLOW_OK ||
            digest_put(in->digest, buf_str(&rows->text), rows->text.len, e) != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    return digest_hex(in->digest, hex, e);
}

/* ---- what the store has already ---- */

/* Stands the earlier vintage on `unit`; 1 in *there when it has it. */
static enum flow match_before(struct ingest *in, const char *unit, int *there, struct err *e)
{
    *there = 0;
    while (in->before != NULL) {
        if (!in->before_ready) {
            enum flow f = db_next(in->before, e);
            if (f == FLOW_END) {
                db_query_close(in->before);
                in->before = NULL;
                return FLOW_OK;
            }
            if (f != FLOW_OK) {
                return f;
            }
            in->before_ready = 1;
        }
        int order = strcmp(db_text(in->before, 0), unit);
        if (order >= 0) {
            *there = order == 0;
            return FLOW_OK;
        }
        in->before_ready = 0;
    }
    return FLOW_OK;
}

/* The key of this digest: in the previous vintage (columns id, digest), or anywhere in the campaign; 0 when new. */
static enum flow known_key(struct ingest *in, const char *table, const char *unit, const char *digest, int there,
                           int column, int64_t *key, struct err *e)
{
    *key = 0;
    if (there && db_text(in->before, column + 1) != NULL && strcmp(db_text(in->before, column + 1), digest) == 0) {
        *key = db_int(in->before, column);
        return FLOW_OK;
    }
    if (in->fresh) {
        return FLOW_OK; /* the first load of a campaign: nothing to look for */
    }
    const char *sql = strcmp(table, "frame") == 0
                          ? "SELECT frame FROM frame WHERE campaign = $1 AND unit = $2 AND digest = $3"
                          : "SELECT judgement FROM judgement WHERE campaign = $1 AND unit = $2 AND digest = $3";
    return db_number(in->db, sql,
                     DB_ARGS(DB_TEXT(package_facts(in->package)->campaign), DB_TEXT(unit), DB_TEXT(digest)), 0, key, e);
}

/* ---- one unit ---- */

static enum flow keep_frame(struct ingest *in, const struct csv_row *row, struct err *e)
{
    size_t extras = package_extra_count(in->package), scope = package_units_position(in->package, UNITS_SCOPE);
    buf_reset(&in->frame);
    if (buf_put(&in->frame, row->field[scope].text, row->field[scope].len + 1, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    for (size_t k = 0; k < extras; k++) {
        if (buf_put(&in->frame, row->field[1 + k].text, row->field[1 + k].len + 1, e) != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    const char *at = in->frame.data + strlen(in->frame.data) + 1;
    for (size_t k = 0; k < extras; k++) {
        in->values[k] = at;
        at += strlen(at) + 1;
    }
    return FLOW_OK;
}

static enum flow store_frame(struct ingest *in, const char *unit, int there, int64_t *frame, struct err *e)
{
    char hex[DIGEST_HEX_MAX];
    if (digest_frame(in, hex, e) != FLOW_OK || known_key(in, "frame", unit, hex, there, 1, frame, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    if (*frame != 0) {
        return FLOW_OK;
    }
    *frame = in->next_frame++;
    in->counts->new_frames++;
    return write_frame(in->writers, *frame, package_facts(in->package)->campaign, unit, hex, in->frame.data,
                       in->package, in->values, e);
}

static enum flow store_judgement(struct ingest *in, const char *unit, int there, int64_t *judgement, struct err *e)
{
    char hex[DIGEST_HEX_MAX];
    if (digest_judgement(in, hex, e) != FLOW_OK ||
        known_key(in, "judgement", unit, hex, there, 3, judgement, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    if (*judgement != 0) {
        return FLOW_OK;
    }
    *judgement = in->next_judgement++;
    in->counts->new_judgements++;
    if (write_judgement(in->writers, *judgement, package_facts(in->package)->campaign, unit, hex, &in->kept[UNITS],
                        e) != FLOW_OK ||
        write_documents(in->writers, *judgement, &in->kept[DOCUMENTS], e) != FLOW_OK ||
        write_observations(in->writers, *judgement, &in->kept[OBSERVATIONS], e) != FLOW_OK ||
        write_findings(in->writers, *judgement, &in->kept[FINDINGS], e) != FLOW_OK) {
        return err_prefix(e, "%s", *unit != '\0' ? unit : "documents without unit");
    }
    return FLOW_OK;
}

/* What the estimator needs of the unit at hand. */
static enum flow fill_unit(struct ingest *in, const char *unit, struct err *e)
{
    const struct edition_register *r = &in->ed->frame;
    const struct kept_rows *rows = &in->kept[OBSERVATIONS];
    const char *outcome = in->kept[UNITS].text.data, *late = outcome;
    for (int k = UNITS_OUTCOME; k < UNITS_LATE; k++) {
        late += strlen(late) + 1;
    }
    const struct fill_unit facts = {.unit = unit,
                                    .scope = in->frame.data,
                                    .size = frame_role(in->package, in->values, r->size),
                                    .region = frame_role(in->package, in->values, r->region),
                                    .departement = frame_role(in->package, in->values, r->departement),
                                    .carrier = frame_role(in->package, in->values, r->carrier),
                                    .outcome = outcome,
                                    .late = late,
                                    .begins = frame_role(in->package, in->values, r->valid_from),
                                    .successor = frame_role(in->package, in->values, r->successor),
                                    .ends = frame_role(in->package, in->values, r->valid_to)};
    enum flow f = fill_stream_unit(in->fill, &facts, e);
    const char *at = buf_str(&rows->text);
    for (size_t i = 0; i < rows->rows && f == FLOW_OK; i++) {
        const char *field[OBSERVATIONS_COLUMNS] = {""};
        for (int c = OBSERVATIONS_VARIABLE; c < OBSERVATIONS_COLUMNS; c++) {
            field[c] = at;
            at += strlen(at) + 1;
        }
        f = fill_stream_cell(in->fill, field[OBSERVATIONS_VARIABLE], field[OBSERVATIONS_CATEGORY],
                             field[OBSERVATIONS_VALUE], field[OBSERVATIONS_PREVIOUS], field[OBSERVATIONS_SILENCE],
                             field[OBSERVATIONS_ORIGIN], e);
    }
    return f;
}

static enum flow store_unit(struct ingest *in, const char *unit, int framed, struct err *e)
{
    int there;
    int64_t frame = 0, judgement;
    for (int k = DOCUMENTS; k < STREAMS; k++) {
        if (gather(in, k, unit, e) != FLOW_OK) {
            return FLOW_FATAL;
        }
        *(int64_t *[]){NULL, &in->counts->documents, &in->counts->observations, &in->counts->findings}[k] +=
            (int64_t)in->kept[k].rows;
    }
    if (!framed && in->kept[DOCUMENTS].rows + in->kept[FINDINGS].rows == 0) {
        return FLOW_OK;
    }
    if (match_before(in, unit, &there, e) != FLOW_OK ||
        (framed && store_frame(in, unit, there, &frame, e) != FLOW_OK) ||
        store_judgement(in, unit, there, &judgement, e) != FLOW_OK || (framed && fill_unit(in, unit, e) != FLOW_OK)) {
        return FLOW_FATAL;
    }
    return write_vintage_unit(in->writers, in->vintage, unit, frame, judgement, e);
}

static enum flow next_unit(struct ingest *in, struct err *e)
{
    char unit[STORE_TEXT];
    struct stream *s = &in->stream[UNITS];
    size_t outcome = package_units_position(in->package, UNITS_OUTCOME);
    if (s->row->field[0].len >= sizeof unit) {
        return err_set(e, STATUS_DATA, "units: the name of unit %.60s is longer than %zu bytes", stream_unit(s),
                       sizeof unit - 1);
    }
    STORE_KEEP(unit, stream_unit(s));
    kept_reset(&in->kept[UNITS]);
    if (keep_frame(in, s->row, e) != FLOW_OK || kept_add(&in->kept[UNITS], s->row, outcome, e) != FLOW_OK ||
        advance(s, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    in->counts->units++;
    in->counts->in_scope += strcmp(in->frame.data, "in") == 0;
    if (stop_asked() != 0) {
        return err_set(e, STATUS_RETRY, "stopped by a signal: nothing was loaded");
    }
    return store_unit(in, unit, 1, e);
}

/* After the last unit nothing may be left in the other tables. */
static enum flow check_leftovers(const struct ingest *in, struct err *e)
{
    for (int k = DOCUMENTS; k < STREAMS; k++) {
        if (in->stream[k].row != NULL) {
            return err_set(e, STATUS_DATA, "%s: %s speaks of unit %.60s, which the units do not have",
                           package_path(in->package), table_spec(stream_table[k])->name, stream_unit(&in->stream[k]));
        }
    }
    return FLOW_OK;
}

static enum flow open_all(struct ingest *in, int64_t previous, struct err *e)
{
    in->values = calloc(package_extra_count(in->package) + 1, sizeof *in->values);
    in->digest = digest_new(e);
    in->fill = in->digest != NULL ? fill_stream_open(in->ed, package_control(in->package, TABLE_UNITS, "in"), e) : NULL;
    in->writers = in->fill != NULL ? writers_open(in->db, in->ed, e) : NULL;
    if (in->values == NULL || in->writers == NULL) {
        return in->values == NULL ? err_set(e, STATUS_SYSTEM, "no memory for a register row") : FLOW_FATAL;
    }
    if (store_next(in->db, "judgement", &in->next_judgement, e) != FLOW_OK ||
        store_next(in->db, "frame", &in->next_frame, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    in->fresh = previous == 0;
    if (!in->fresh) {
        in->before = db_select(in->db,
                               "SELECT v.unit, f.frame, f.digest, j.judgement, j.digest FROM vintage_unit v LEFT JOIN "
                               "frame f ON f.frame = v.frame "
                               "JOIN judgement j ON j.judgement = v.judgement WHERE v.vintage = $1 ORDER BY v.unit",
                               DB_ARGS(DB_INT(previous)), e);
        if (in->before == NULL) {
            return FLOW_FATAL;
        }
    }
    for (int k = 0; k < STREAMS; k++) {
        in->stream[k].rows = package_rows_open(in->package, stream_table[k], e);
        if (in->stream[k].rows == NULL || advance(&in->stream[k], e) != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    return FLOW_OK;
}

static enum flow stream_all(struct ingest *in, struct err *e)
{
    kept_reset(&in->kept[UNITS]);
    enum flow f = store_unit(in, "", 0, e);
    while (f == FLOW_OK && in->stream[UNITS].row != NULL) {
        f = next_unit(in, e);
    }
    if (f == FLOW_OK) {
        f = check_leftovers(in, e);
    }
    return f == FLOW_OK ? writers_finish(in->writers, e) : f;
}

static void close_all(struct ingest *in)
{
    for (int k = 0; k < STREAMS; k++) {
        package_rows_close(in->stream[k].rows);
        kept_fini(&in->kept[k]);
    }
    db_query_close(in->before);
    writers_close(in->writers);
    fill_stream_close(in->fill);
    digest_free(in->digest);
    buf_fini(&in->frame);
    free(in->values);
}

enum flow ingest_units(struct db *db, struct package *p, const struct edition *ed, int64_t previous, int64_t vintage,
                       struct ingest_counts *counts, struct population **population, struct err *e)
{
    struct ingest in = {.db = db, .package = p, .ed = ed, .vintage = vintage, .counts = counts};
    *counts = (struct ingest_counts){0};
    *population = NULL;
    for (int k = 0; k < STREAMS; k++) {
        kept_init(&in.kept[k]);
    }
    buf_init(&in.frame, FILE_MAX);
    enum flow f = open_all(&in, previous, e);
    if (f == FLOW_OK) {
        f = stream_all(&in, e);
    }
    if (f == FLOW_OK) {
        *population = fill_stream_take(in.fill, e);
        f = *population != NULL ? FLOW_OK : FLOW_FATAL;
    }
    close_all(&in);
    if (f == FLOW_OK) {
        f = package_verify(p, e);
    }
    if (f != FLOW_OK) {
        population_free(*population);
        *population = NULL;
    }
    return f;
}

/* ---- fetches ---- */

static enum flow digest_fetches(struct package *p, char *hex, struct err *e)
{
    struct digest *d = digest_new(e);
    struct package_rows *rows = package_rows_open(p, TABLE_FETCHES, e);
    const struct csv_row *row;
    enum flow f = d != NULL && rows != NULL ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = package_rows_next(rows, &row, e)) == FLOW_OK) {
        for (size_t i = 0; i < row->count && f == FLOW_OK; i++) {
            f = digest_put(d, row->field[i].text, row->field[i].len + 1, e);
        }
    }
    if (f == FLOW_END) {
        f = digest_hex(d, hex, e);
    }
    package_rows_close(rows);
    digest_free(d);
    return f;
}

static enum flow write_fetches(struct db *db, struct package *p, struct err *e)
{
    struct db_insert *i = db_insert_open(
        db, "fetched", "campaign, position, unit, source, outcome, class, attempts, status, at, record, message", e);
    struct package_rows *rows = i != NULL ? package_rows_open(p, TABLE_FETCHES, e) : NULL;
    const struct csv_row *row;
    enum flow f = rows != NULL ? FLOW_OK : FLOW_FATAL;
    int64_t position = 0;
    while (f == FLOW_OK && (f = package_rows_next(rows, &row, e)) == FLOW_OK) {
        db_put_text(i, package_facts(p)->campaign);
        db_put_int(i, ++position);
        for (int k = 0; k < FETCHES_COLUMNS; k++) {
            const char *s = row->field[k].text;
            struct decimal d;
            if (k != FETCHES_ATTEMPTS) {
                db_put_text(i, s);
            } else if (decimal_parse(s, row->field[k].len, &d) == DECIMAL_OK && d.scale == 0) {
                db_put_int(i, d.unscaled);
            } else {
                db_put_null(i);
            }
        }
        f = db_end_row(i, e);
    }
    if (f == FLOW_END) {
        f = db_insert_finish(i, e);
    }
    package_rows_close(rows);
    db_insert_close(i);
    return f;
}

enum flow ingest_fetches(struct db *db, struct package *p, int *changed, struct err *e)
{
    char hex[DIGEST_HEX_MAX], item[STORE_TEXT + 16] = "fetched ";
    store_keep(item + strlen(item), STORE_TEXT, package_facts(p)->campaign);
    int64_t same;
    *changed = 0;
    if (digest_fetches(p, hex, e) != FLOW_OK ||
        db_number(db, "SELECT count(*) FROM store WHERE item = $1 AND value = $2", DB_ARGS(DB_TEXT(item), DB_TEXT(hex)),
                  0, &same, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    if (same != 0) {
        return FLOW_OK;
    }
    *changed = 1;
    if (db_exec(db, "DELETE FROM fetched WHERE campaign = $1", DB_ARGS(DB_TEXT(package_facts(p)->campaign)), e) !=
            FLOW_OK ||
        db_exec(db, "DELETE FROM store WHERE item = $1", DB_ARGS(DB_TEXT(item)), e) != FLOW_OK ||
        db_exec(db, "INSERT INTO store (item, value) VALUES ($1, $2)", DB_ARGS(DB_TEXT(item), DB_TEXT(hex)), e) !=
            FLOW_OK) {
        return FLOW_FATAL;
    }
    return write_fetches(db, p, e);
}
