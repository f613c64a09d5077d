/* SPDX-License-Identifier: Apache-2.0 */
/* Coding of rows. A number becomes an unscaled integer and a scale when the edition says the variable is a number, and
 * nothing else does: a code "01" stays text. raw is kept only where it differs from the value. */
#include "load/store/ingest_rows.h"

#include "schemas/run/map.h"

#include <stdlib.h>
#include <string.h>

enum { KEPT_MAX = 256 << 20, KEY_MAX = 1024 };

void kept_init(struct kept_rows *k)
{
    *k = (struct kept_rows){0};
    buf_init(&k->text, KEPT_MAX);
}

void kept_fini(struct kept_rows *k)
{
    buf_fini(&k->text);
}

void kept_reset(struct kept_rows *k)
{
    buf_reset(&k->text);
    k->rows = 0;
}

enum flow kept_add(struct kept_rows *k, const struct csv_row *row, size_t first, struct err *e)
{
    size_t total = 0;
    char *to;
    for (size_t i = first; i < row->count; i++) {
        total += row->field[i].len + 1;
    }
    if (buf_room(&k->text, total, &to, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    for (size_t i = first; i < row->count; i++) {
        memcpy(to, row->field[i].text, row->field[i].len + 1);
        to += row->field[i].len + 1;
    }
    k->text.len += total;
    k->fields = row->count - first;
    k->rows++;
    return FLOW_OK;
}

/* ---- writers ---- */

struct row_writers {
    struct db *db;
    const struct edition *ed;
    struct db_insert *judgement, *document, *observation, *finding, *frame, *frame_value, *vintage_unit, *cell, *mark;
    struct map *cells, *marks;
    uint32_t last_cell, last_mark; /* the next cell is mostly the one after the last, the next mark the same */
    unsigned char *numeric;        /* by cell: does it hold numbers */
    size_t numeric_room;
    struct buf key;
};

static enum flow open_inserts(struct row_writers *w, struct err *e)
{
    const struct {
        struct db_insert **to;
        const char *table, *columns;
    } tables[] = {
        /* These two refer to nothing that the database checks, and fill first: they need not send the others' rows. */
        {&w->observation, "observation",
         "judgement, cell, mark, unscaled, scale, text, previous_unscaled, previous_scale, previous_text, raw, line"},
        {&w->frame_value, "frame_value", "frame, position, attribute, value"},
        {&w->cell, "cell", "cell, variable, category, harmonised"},
        {&w->mark, "mark", "mark, obs_status, silence, origin"},
        {&w->frame, "frame",
         "frame, campaign, unit, digest, scope, size_unscaled, size_scale, region, departement, carrier, successor"},
        {&w->judgement, "judgement",
         "judgement, campaign, unit, digest, outcome, record, received_at, late, verdict, fatal, error, warning, "
         "information, not_evaluable, core_answered, core_asked, "
         "items_answered, items_asked"},
        {&w->document, "document",
         "judgement, position, received_at, record, archive, source, raw_digest, content_digest, bytes, campaign, "
         "number, nature, stamp, software, state, verdict, reason, "
         "related, fatal, error, warning, information"},
        {&w->finding, "finding",
         "judgement, position, record, seq, stage, level, rule, severity, outcome, variable, category, path, line, "
         "col, value, expected, message_fr, message_en"},
        {&w->vintage_unit, "vintage_unit", "vintage, unit, frame, judgement"},
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        *tables[i].to = db_insert_open(w->db, tables[i].table, tables[i].columns, e);
        if (*tables[i].to == NULL) {
            return FLOW_FATAL;
        }
    }
    return FLOW_OK;
}

static enum flow learn_numeric(struct row_writers *w, uint32_t cell, const char *variable, struct err *e)
{
    if (cell >= w->numeric_room) {
        size_t room = w->numeric_room == 0 ? 256 : w->numeric_room * 2;
        unsigned char *p = realloc(w->numeric, room);
        if (p == NULL) {
            return err_set(e, STATUS_SYSTEM, "no memory for %zu cells", room);
        }
        w->numeric = p;
        w->numeric_room = room;
    }
    const struct edition_variable *v = edition_variable(w->ed, variable);
    w->numeric[cell] = v != NULL && (v->type == EDITION_COUNT || v->type == EDITION_DECIMAL);
    return FLOW_OK;
}

/* Three texts as one key. */
static enum flow make_key(struct row_writers *w, const char *a, const char *b, const char *c, struct err *e)
{
    buf_reset(&w->key);
    if (buf_put(&w->key, a, strlen(a) + 1, e) != FLOW_OK || buf_put(&w->key, b, strlen(b) + 1, e) != FLOW_OK ||
        buf_put(&w->key, c, strlen(c), e) != FLOW_OK) {
        return err_prefix(e, "%.100s", a);
    }
    return FLOW_OK;
}

/* Dictionary rows are numbered from 1 in order of first use, without a gap. */
static enum flow load_dictionary(struct row_writers *w, const char *sql, struct map *m, int cells, struct err *e)
{
    struct db_query *q = db_select(w->db, sql, DB_NO_ARGS, e);
    if (q == NULL) {
        return FLOW_FATAL;
    }
    enum flow f;
    while ((f = db_next(q, e)) == FLOW_OK) {
        uint32_t index;
        int added;
        f = make_key(w, db_text(q, 1), db_text(q, 2), db_text(q, 3), e);
        if (f == FLOW_OK) {
            f = map_put(m, w->key.data, w->key.len, &index, &added, e);
        }
        if (f == FLOW_OK && index + 1 != (uint32_t)db_int(q, 0)) {
            f = err_set(e, STATUS_DATA, "the store's dictionary has a gap before %lld: restore it",
                        (long long)db_int(q, 0));
        }
        if (f == FLOW_OK && cells) {
            f = learn_numeric(w, index, db_text(q, 1), e);
        }
        if (f != FLOW_OK) {
            break;
        }
    }
    db_query_close(q);
    return f == FLOW_END ? FLOW_OK : f;
}

struct row_writers *writers_open(struct db *db, const struct edition *ed, struct err *e)
{
    struct row_writers *w = calloc(1, sizeof *w);
    if (w == NULL) {
        err_set(e, STATUS_SYSTEM, "no memory for the writers");
        return NULL;
    }
    w->db = db;
    w->ed = ed;
    buf_init(&w->key, KEY_MAX);
    w->cells = map_new();
    w->marks = map_new();
    if (w->cells == NULL || w->marks == NULL) {
        err_set(e, STATUS_SYSTEM, "no memory for the dictionaries");
    } else if (load_dictionary(w, "SELECT cell, variable, category, harmonised FROM cell ORDER BY cell", w->cells, 1,
                               e) == FLOW_OK &&
               load_dictionary(w, "SELECT mark, obs_status, silence, origin FROM mark ORDER BY mark", w->marks, 0, e) ==
                   FLOW_OK &&
               open_inserts(w, e) == FLOW_OK) {
        return w;
    }
    writers_close(w);
    return NULL;
}

enum flow writers_finish(struct row_writers *w, struct err *e)
{
    struct db_insert *all[] = {w->observation, w->frame_value, w->cell,    w->mark,        w->frame,
                               w->judgement,   w->document,    w->finding, w->vintage_unit};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (db_insert_finish(all[i], e) != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    return FLOW_OK;
}

void writers_close(struct row_writers *w)
{
    if (w == NULL) {
        return;
    }
    struct db_insert *all[] = {w->observation, w->frame_value, w->cell,    w->mark,        w->frame,
                               w->judgement,   w->document,    w->finding, w->vintage_unit};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        db_insert_close(all[i]);
    }
    map_free(w->cells);
    map_free(w->marks);
    free(w->numeric);
    buf_fini(&w->key);
    free(w);
}

/* ---- fields ---- */

/* Walks the fields of a kept row. */
struct walk {
    const char *at;
};

static const char *next_field(struct walk *w)
{
    const char *s = w->at;
    w->at += strlen(s) + 1;
    return s;
}

/* Whole numbers without sign trouble: the package reader has checked their form. Empty is NULL. */
static enum flow put_integer(struct db_insert *i, const char *s, const char *what, struct err *e)
{
    struct decimal d;
    if (*s == '\0') {
        db_put_null(i);
        return FLOW_OK;
    }
    if (decimal_parse(s, strlen(s), &d) != DECIMAL_OK || d.scale != 0) {
        return err_set(e, STATUS_DATA, "%s: \"%.40s\" is no whole number", what, s);
    }
    db_put_int(i, d.unscaled);
    return FLOW_OK;
}

/* Counts of what did not happen are left empty in a package (no return in force, nothing read): zero. */
static enum flow put_counts(struct db_insert *i, struct walk *w, int n, const char *what, struct err *e)
{
    for (int k = 0; k < n; k++) {
        const char *s = next_field(w);
        if (put_integer(i, *s == '\0' ? "0" : s, what, e) != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    return FLOW_OK;
}

static enum flow put_integers(struct db_insert *i, struct walk *w, int n, const char *what, struct err *e)
{
    for (int k = 0; k < n; k++) {
        if (put_integer(i, next_field(w), what, e) != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    return FLOW_OK;
}

static void put_texts(struct db_insert *i, struct walk *w, int n)
{
    for (int k = 0; k < n; k++) {
        db_put_text(i, next_field(w));
    }
}

/* ---- tables ---- */

enum flow write_judgement(struct row_writers *w, int64_t judgement, const char *campaign, const char *unit,
                          const char *digest, const struct kept_rows *unit_row, struct err *e)
{
    struct db_insert *i = w->judgement;
    db_put_int(i, judgement);
    db_put_text(i, campaign);
    db_put_text(i, unit);
    db_put_text(i, digest);
    if (unit_row->rows == 0) { /* documents of nobody */
        for (int k = 0; k < 3; k++) {
            db_put_text(i, "");
        }
        db_put_int(i, 0);
        db_put_null(i);
        for (int k = 0; k < 9; k++) {
            db_put_int(i, 0);
        }
        return db_end_row(i, e);
    }
    struct walk f = {unit_row->text.data};
    put_texts(i, &f, 3); /* outcome, record, received_at */
    if (put_counts(i, &f, 1, unit, e) != FLOW_OK /* late */ ||
        put_integers(i, &f, 1, unit, e) != FLOW_OK /* verdict */ || put_counts(i, &f, 9, unit, e) != FLOW_OK) {
        return err_prefix(e, "units");
    }
    return db_end_row(i, e);
}

enum flow write_documents(struct row_writers *w, int64_t judgement, const struct kept_rows *rows, struct err *e)
{
    struct db_insert *i = w->document;
    struct walk f = {buf_str(&rows->text)};
    for (size_t r = 0; r < rows->rows; r++) {
        db_put_int(i, judgement);
        db_put_int(i, (int64_t)r + 1);
        put_texts(i, &f, 6); /* received_at record archive source raw_digest content_digest */
        if (put_integers(i, &f, 1, "documents: bytes", e) != FLOW_OK) {
            return FLOW_FATAL;
        }
        put_texts(i, &f, 6); /* campaign number nature stamp software state */
        if (put_integers(i, &f, 1, "documents: verdict", e) != FLOW_OK) {
            return FLOW_FATAL;
        }
        put_texts(i, &f, 2); /* reason related */
        if (put_counts(i, &f, 4, "documents: counts", e) != FLOW_OK || db_end_row(i, e) != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    return FLOW_OK;
}

/* Is a key of a dictionary made of these three texts. */
static int key_is(const char *key, const char *a, const char *b, const char *c)
{
    if (key == NULL || strcmp(key, a) != 0) {
        return 0;
    }
    key += strlen(key) + 1;
    return strcmp(key, b) == 0 && strcmp(key + strlen(key) + 1, c) == 0;
}

static enum flow find_cell(struct row_writers *w, const char *variable, const char *category, const char *harmonised,
                           uint32_t *cell, struct err *e)
{
    int added;
    if (key_is(map_key(w->cells, w->last_cell + 1), variable, category, harmonised)) {
        *cell = ++w->last_cell;
        return FLOW_OK;
    }
    if (make_key(w, variable, category, harmonised, e) != FLOW_OK ||
        map_put(w->cells, w->key.data, w->key.len, cell, &added, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    w->last_cell = *cell;
    if (!added) {
        return FLOW_OK;
    }
    if (edition_variable(w->ed, variable) == NULL) {
        return err_set(e, STATUS_DATA, "observations: the edition of the package has no variable %.60s", variable);
    }
    db_put_int(w->cell, (int64_t)*cell + 1);
    db_put_text(w->cell, variable);
    db_put_text(w->cell, category);
    db_put_text(w->cell, harmonised);
    return db_end_row(w->cell, e) == FLOW_OK ? learn_numeric(w, *cell, variable, e) : FLOW_FATAL;
}

static enum flow find_mark(struct row_writers *w, const char *status, const char *silence, const char *origin,
                           uint32_t *mark, struct err *e)
{
    int added;
    if (key_is(map_key(w->marks, w->last_mark), status, silence, origin)) {
        *mark = w->last_mark;
        return FLOW_OK;
    }
    if (make_key(w, status, silence, origin, e) != FLOW_OK ||
        map_put(w->marks, w->key.data, w->key.len, mark, &added, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    w->last_mark = *mark;
    if (!added) {
        return FLOW_OK;
    }
    db_put_int(w->mark, (int64_t)*mark + 1);
    db_put_text(w->mark, status);
    db_put_text(w->mark, silence);
    db_put_text(w->mark, origin);
    return db_end_row(w->mark, e);
}

/* Three columns: unscaled, scale, text. */
static enum flow put_value(struct db_insert *i, const char *value, int numeric, const char *variable, struct err *e)
{
    if (*value == '\0' || !numeric) {
        db_put_null(i);
        db_put_null(i);
        db_put_text(i, *value == '\0' ? NULL : value);
        return FLOW_OK;
    }
    struct decimal d;
    if (decimal_parse(value, strlen(value), &d) != DECIMAL_OK) {
        return err_set(e, STATUS_DATA, "observations: %s: \"%.40s\" is no number", variable, value);
    }
    db_put_int(i, d.unscaled);
    db_put_int(i, d.scale);
    db_put_null(i);
    return FLOW_OK;
}

enum flow write_observations(struct row_writers *w, int64_t judgement, const struct kept_rows *rows, struct err *e)
{
    struct db_insert *i = w->observation;
    struct walk f = {buf_str(&rows->text)};
    for (size_t r = 0; r < rows->rows; r++) {
        const char *variable = next_field(&f), *category = next_field(&f), *value = next_field(&f),
                   *harmonised = next_field(&f), *previous = next_field(&f), *status = next_field(&f),
                   *silence = next_field(&f), *origin = next_field(&f), *raw = next_field(&f), *line = next_field(&f);
        uint32_t cell, mark;
        if (find_cell(w, variable, category, harmonised, &cell, e) != FLOW_OK ||
            find_mark(w, status, silence, origin, &mark, e) != FLOW_OK) {
            return FLOW_FATAL;
        }
        if ((*value == '\0') != (*silence != '\0')) {
            return err_set(e, STATUS_DATA,
                           "observations: %s %s: a value and a silence exclude each other, one must stand", variable,
                           category);
        }
        db_put_int(i, judgement);
        db_put_int(i, (int64_t)cell + 1);
        db_put_int(i, (int64_t)mark + 1);
        if (put_value(i, value, w->numeric[cell], variable, e) != FLOW_OK ||
            put_value(i, previous, w->numeric[cell], variable, e) != FLOW_OK) {
            return FLOW_FATAL;
        }
        db_put_text(i, strcmp(raw, value) == 0 ? NULL : raw);
        if (put_integer(i, line, "observations: line", e) != FLOW_OK || db_end_row(i, e) != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    return FLOW_OK;
}

enum flow write_findings(struct row_writers *w, int64_t judgement, const struct kept_rows *rows, struct err *e)
{
    struct db_insert *i = w->finding;
    struct walk f = {buf_str(&rows->text)};
    for (size_t r = 0; r < rows->rows; r++) {
        db_put_int(i, judgement);
        db_put_int(i, (int64_t)r + 1);
        put_texts(i, &f, 1); /* record */
        if (put_integers(i, &f, 1, "findings: seq", e) != FLOW_OK) {
            return FLOW_FATAL;
        }
        put_texts(i, &f, 1); /* stage */
        if (put_integers(i, &f, 1, "findings: level", e) != FLOW_OK) {
            return FLOW_FATAL;
        }
        put_texts(i, &f, 6); /* rule severity outcome variable category path */
        if (put_integers(i, &f, 2, "findings: line", e) != FLOW_OK) {
            return FLOW_FATAL;
        }
        put_texts(i, &f, 4); /* value expected message_fr message_en */
        if (db_end_row(i, e) != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    return FLOW_OK;
}

const char *frame_role(const struct package *p, const char *const *values, const char *column)
{
    for (size_t k = 0; *column != '\0' && k < package_extra_count(p); k++) {
        if (strcmp(package_extra(p, k), column) == 0) {
            return values[k];
        }
    }
    return "";
}

static enum flow put_size(struct row_writers *w, const char *size, const char *unit, struct err *e)
{
    struct decimal d;
    if (*size == '\0') {
        db_put_null(w->frame);
        db_put_null(w->frame);
        return FLOW_OK;
    }
    if (decimal_parse(size, strlen(size), &d) != DECIMAL_OK) {
        return err_set(e, STATUS_DATA, "units: %s: %s \"%.40s\" is no number", unit, w->ed->frame.size, size);
    }
    db_put_int(w->frame, d.unscaled);
    db_put_int(w->frame, d.scale);
    return FLOW_OK;
}

enum flow write_frame(struct row_writers *w, int64_t frame, const char *campaign, const char *unit, const char *digest,
                      const char *scope, const struct package *p, const char *const *values, struct err *e)
{
    const struct edition_register *r = &w->ed->frame;
    db_put_int(w->frame, frame);
    db_put_text(w->frame, campaign);
    db_put_text(w->frame, unit);
    db_put_text(w->frame, digest);
    db_put_text(w->frame, scope);
    if (put_size(w, frame_role(p, values, r->size), unit, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    db_put_text(w->frame, frame_role(p, values, r->region));
    db_put_text(w->frame, frame_role(p, values, r->departement));
    db_put_text(w->frame, frame_role(p, values, r->carrier));
    db_put_text(w->frame, frame_role(p, values, r->successor));
    if (db_end_row(w->frame, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    for (size_t k = 0; k < package_extra_count(p); k++) {
        db_put_int(w->frame_value, frame);
        db_put_int(w->frame_value, (int64_t)k + 1);
        db_put_text(w->frame_value, package_extra(p, k));
        db_put_text(w->frame_value, values[k]);
        if (db_end_row(w->frame_value, e) != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    return FLOW_OK;
}

enum flow write_vintage_unit(struct row_writers *w, int64_t vintage, const char *unit, int64_t frame, int64_t judgement,
                             struct err *e)
{
    db_put_int(w->vintage_unit, vintage);
    db_put_text(w->vintage_unit, unit);
    if (frame == 0) {
        db_put_null(w->vintage_unit);
    } else {
        db_put_int(w->vintage_unit, frame);
    }
    db_put_int(w->vintage_unit, judgement);
    return db_end_row(w->vintage_unit, e);
}
