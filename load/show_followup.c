/* SPDX-License-Identifier: Apache-2.0 */
/* --show followup: whom to phone first for a figure: each unit whose value is not known, what is expected of it, and by
 * how much the half-width of the interval shrinks when it answers. Beside it what is known of its source and, with
 * --contacts, who was called last. */
#include "load/estimation.h"
#include "load/show.h"
#include "schemas/dataset/csv.h"
#include "schemas/run/fs.h"
#include "schemas/run/map.h"

#include <stdlib.h>
#include <string.h>

enum { CONTACTS_MAX = 64 << 20 };

static const struct report_column columns[] = {
    {"order", "n°", "no", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"unit", "PRE", "unit", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"label", "nom", "name", REPORT_LEFT, 1, REPORT_ALWAYS},
    {"region", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"departement", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"state", "état", "state", REPORT_LEFT, 1, REPORT_ALWAYS},
    {"expected", "attendu", "expected", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"share", "part", "share", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"gain", "gain ±", "gain ±", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"last_contact", "contact", "contact", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"channel", "par", "by", REPORT_LEFT, 1, REPORT_ALWAYS},
    {"result", "résultat", "result", REPORT_LEFT, 1, REPORT_ALWAYS},
    {"contacts", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"fetch", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"findings", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};
enum { FIRST_OF_CONTACT = 9, LAST_OF_CONTACT = 11 };

/* ---- contacts.csv: the last contact of each unit ---- */

struct contact {
    const char *date, *channel, *result;
    int64_t count;
};

struct contacts {
    struct map *units;
    struct contact *contact;
    size_t room;
    struct arena texts;
};

static enum flow keep_contact(struct contacts *c, const struct csv_table *t, struct err *e)
{
    const char *unit = csv_table_get(t, 0), *date = csv_table_get(t, 1);
    uint32_t i;
    int added;
    if (map_put(c->units, unit, strlen(unit), &i, &added, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    if (i >= c->room) {
        size_t room = c->room == 0 ? 256 : 2 * c->room;
        struct contact *more = realloc(c->contact, room * sizeof *more);
        if (more == NULL) {
            return err_set(e, STATUS_SYSTEM, "no memory for %zu contacts", room);
        }
        c->contact = more;
        c->room = room;
    }
    struct contact *one = &c->contact[i];
    if (added) {
        *one = (struct contact){"", "", "", 0};
    }
    one->count++;
    if (strcmp(date, one->date) < 0) {
        return FLOW_OK;
    }
    one->date = arena_strdup(&c->texts, date);
    one->channel = arena_strdup(&c->texts, csv_table_get(t, 2));
    one->result = arena_strdup(&c->texts, csv_table_get(t, 3));
    return one->date != NULL && one->channel != NULL && one->result != NULL
               ? FLOW_OK
               : err_set(e, STATUS_SYSTEM, "no memory for the contacts");
}

static enum flow read_contacts(struct contacts *c, const char *path, struct err *e)
{
    static const char *const names[] = {"unit", "date", "channel", "result", NULL};
    struct buf text;
    struct csv_table *t = NULL;
    buf_init(&text, CONTACTS_MAX);
    enum flow f = fs_read(path, &text, e);
    if (f == FLOW_OK) {
        t = csv_table_open(buf_str(&text), text.len, path, 0, names, e);
        f = t != NULL ? FLOW_OK : FLOW_FATAL;
    }
    while (f == FLOW_OK && (f = csv_table_next(t, e)) == FLOW_OK) {
        f = keep_contact(c, t, e);
    }
    csv_table_close(t);
    buf_fini(&text);
    return f == FLOW_END ? FLOW_OK : f;
}

static enum flow open_contacts(struct contacts *c, const char *path, struct err *e)
{
    *c = (struct contacts){.units = map_new()};
    arena_init(&c->texts, CONTACTS_MAX);
    if (c->units == NULL) {
        return err_set(e, STATUS_SYSTEM, "no memory for the contacts");
    }
    return path != NULL ? read_contacts(c, path, e) : FLOW_OK;
}

static void close_contacts(struct contacts *c)
{
    map_free(c->units);
    free(c->contact);
    arena_fini(&c->texts);
}

/* ---- rows ---- */

static struct db_query *find_unit(struct question *q, const char *unit, struct err *e)
{
    return db_select(
        q->db,
        "SELECT r.region, r.departement, j.outcome, "
        "(SELECT max(a.value) FROM frame_value a WHERE a.frame = r.frame AND a.attribute = 'label'), "
        "(SELECT max(x.outcome || CASE WHEN x.class <> '' THEN ' ' || x.class ELSE '' END) FROM fetched x "
        "WHERE x.campaign = j.campaign AND x.unit = u.unit), "
        "(SELECT count(*) FROM fetched x WHERE x.campaign = j.campaign AND x.unit = u.unit "
        "AND x.outcome IN " STORE_UNHEARD ") "
        "FROM vintage_unit u JOIN frame r ON r.frame = u.frame JOIN judgement j ON j.judgement = u.judgement "
        "WHERE u.vintage = $1 AND u.unit = $2",
        DB_ARGS(DB_INT(q->vintage.id), DB_TEXT(unit)), e);
}

/* "silent", "unreachable", the outcome of a return that does not serve, or "no value" of one that does. */
static const char *state_of(const struct report *r, const struct db_query *unit, const struct followup_row *row)
{
    const char *outcome = db_text(unit, 2);
    if (!row->silent) {
        return report_words(r, "valeur manquante", "no value");
    }
    if (strcmp(outcome, "silent") == 0 && db_int(unit, 5) > 0) {
        return report_words(r, "injoignable", "unreachable");
    }
    return outcome;
}

static void put_rules(struct question *q, const char *unit, const struct followup_row *row, struct err *e)
{
    char rules[STORE_LONG] = "";
    size_t n = 0;
    struct db_query *found =
        row->silent
            ? NULL
            : db_select(q->db,
                        "SELECT DISTINCT f.rule FROM vintage_unit u JOIN finding f ON f.judgement = u.judgement "
                        "WHERE u.vintage = $1 AND u.unit = $2 AND f.severity = 'error' ORDER BY f.rule",
                        DB_ARGS(DB_INT(q->vintage.id), DB_TEXT(unit)), e);
    while (found != NULL && db_next(found, e) == FLOW_OK && n + 32 < sizeof rules) {
        if (n > 0) {
            rules[n++] = ' ';
        }
        store_keep(rules + n, sizeof rules - n, db_text(found, 0));
        n += strlen(rules + n);
    }
    db_query_close(found);
    report_text(q->report, rules);
}

static enum flow put_row(struct question *q, const struct contacts *c, const struct estimate *x,
                         const struct followup_row *row, int64_t order, struct err *e)
{
    struct report *r = q->report;
    const char *name = x->population->id[row->unit];
    uint32_t at = map_get(c->units, name, strlen(name));
    const struct contact none = {"", "", "", 0}, *contact = at != MAP_NONE ? &c->contact[at] : &none;
    struct db_query *unit = find_unit(q, name, e);
    enum flow f = unit != NULL ? db_next(unit, e) : FLOW_FATAL;
    if (f != FLOW_OK) {
        db_query_close(unit);
        return f == FLOW_END ? err_set(e, STATUS_BUG, "%s: not in the vintage", name) : f;
    }
    report_id(r, order);
    report_text(r, name);
    report_text(r, db_text(unit, 3));
    report_text(r, db_text(unit, 0));
    report_text(r, db_text(unit, 1));
    report_text(r, state_of(r, unit, row));
    report_number(r, row->expected, 0);
    report_percent(r, row->share, 2);
    report_number(r, row->gain, 1);
    report_text(r, contact->date);
    report_text(r, contact->channel);
    report_text(r, contact->result);
    report_int(r, contact->count);
    report_text(r, db_text(unit, 4));
    put_rules(q, name, row, e);
    report_row(r);
    db_query_close(unit);
    return FLOW_OK;
}

/* Is the unit in the domain asked for. */
static int in_domain(const struct question *q, const struct population *p, uint32_t unit)
{
    char kind[STORE_TEXT], code[STORE_TEXT];
    if (q->domain == NULL || !show_domain(q->domain, kind, code) || *code == '\0') {
        return 1;
    }
    enum dimension d = strcmp(kind, "region") == 0        ? DIM_REGION
                       : strcmp(kind, "departement") == 0 ? DIM_DEPARTEMENT
                                                          : DIM_CARRIER;
    return strcmp(p->codes[d].code[p->dim[d][unit]], code) == 0;
}

static enum flow put_rows(struct question *q, const struct estimation *x, const struct figure *figure,
                          const struct contacts *c, struct err *e)
{
    const char *category = figure->part.count > 0 ? figure->part.category[0] : "";
    struct report_column shown[sizeof columns / sizeof *columns];
    struct followup_row *rows = NULL;
    size_t n = 0;
    int64_t order = 0;
    memcpy(shown, columns, sizeof columns);
    for (int k = FIRST_OF_CONTACT; k <= LAST_OF_CONTACT && q->contacts == NULL; k++) {
        shown[k].where = REPORT_ON_DATA; /* nothing to say in text */
    }
    enum flow f = estimate_followup(x->estimate, figure->part.variable, category, &rows, &n, e);
    if (f == FLOW_OK) {
        report_note(q->report, "%s %s %s", report_words(q->report, "pour le chiffre", "for figure"), figure->id,
                    report_words(q->report, figure->label_fr, figure->label_en));
        report_begin(q->report, "followup", NULL, shown);
        for (size_t i = 0; i < n && f == FLOW_OK; i++) {
            if (in_domain(q, x->population, rows[i].unit)) {
                f = put_row(q, c, x->estimate, &rows[i], ++order, e);
            }
        }
        report_end(q->report);
    }
    free(rows);
    return f;
}

enum flow show_followup(struct question *q, struct err *e)
{
    struct estimation x;
    struct contacts c;
    const struct figure *figure = NULL;
    enum flow g = open_contacts(&c, q->contacts, e);
    enum flow f = g == FLOW_OK ? estimation_run(&x, q->db, q->vintage.id, q->vintage.edition, NULL, e) : g;
    if (f == FLOW_OK) {
        figure = show_main_figure(x.edition, x.figures, q->figure);
        if (figure == NULL || *figure->part.variable == '\0') {
            f = err_set(e, STATUS_USAGE, "--figure: give a total of the edition; %s is none",
                        q->figure != NULL ? q->figure : "the default");
        }
    }
    if (f == FLOW_OK) {
        show_heading(q);
        f = put_rows(q, &x, figure, &c, e);
    }
    if (g == FLOW_OK) {
        estimation_fini(&x);
    }
    close_contacts(&c);
    return f;
}
