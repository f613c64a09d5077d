/* SPDX-License-Identifier: Apache-2.0 */
/* --show followup: whom to phone first for a figure: each unit whose value is not known, what is expected of it, and by
 * how much the half-width of the interval shrinks when it answers. Beside it what is known of its source and, with
 * --contacts, who was called last. */
#include "load/estimation.h"
#include "load/show/show.h"
#include "schemas/dataset/csv.h"
#include "schemas/run/clock.h"
#include "schemas/run/fs.h"
#include "schemas/run/map.h"

#include <stdlib.h>
#include <string.h>

enum { CONTACTS_MAX = 64 << 20, RULES_MAX = 1 << 20 };

static const struct report_column columns[] = {
    {"order", "n°", "no", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"unit", "unité", "unit", REPORT_LEFT, 0, REPORT_ALWAYS},
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

static enum flow keep_contact(struct contacts *c, const char *path, const struct csv_table *t, struct err *e)
{
    const char *unit = csv_table_get(t, 0), *date = csv_table_get(t, 1);
    uint32_t i;
    int added;
    int64_t when;
    if (*date && !clock_parse(date, strlen(date), 1, &when)) {
        return err_set(e, STATUS_DATA, "%s:%llu: date \"%s\": not a date: write YYYY-MM-DD", path,
                       (unsigned long long)csv_table_line(t), date);
    }
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
        f = keep_contact(c, path, t, e);
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

static enum flow add_rule(void *ctx, const struct db_query *row, struct err *e)
{
    struct buf *rules = ctx;
    enum flow f = rules->len > 0 ? buf_putc(rules, ' ', e) : FLOW_OK;
    return f == FLOW_OK ? buf_puts(rules, db_text(row, 0), e) : f;
}

/* The rules in the way: of a return that does not serve, or of a value taken from one that does. Silence has none. */
static enum flow put_rules(struct question *q, const char *unit, struct err *e)
{
    static const char sql[] =
        "SELECT DISTINCT f.rule FROM vintage_unit u JOIN finding f ON f.judgement = u.judgement "
        "WHERE u.vintage = $1 AND u.unit = $2 AND f.severity IN ('fatal', 'error') ORDER BY f.rule";
    struct buf rules;
    buf_init(&rules, RULES_MAX);
    enum flow f = db_each(q->db, sql, DB_ARGS(DB_INT(q->vintage.id), DB_TEXT(unit)), add_rule, &rules, e);
    report_text(q->report, buf_str(&rules));
    buf_fini(&rules);
    return f;
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
    report_code(r, state_of(r, unit, row));
    report_number(r, row->expected, 0);
    report_percent(r, row->share, 2);
    report_number(r, row->gain, 1);
    report_text(r, contact->date);
    report_text(r, contact->channel);
    report_text(r, contact->result);
    report_int(r, contact->count);
    report_text(r, db_text(unit, 4));
    db_query_close(unit);
    f = put_rules(q, name, e);
    report_row(r);
    return f;
}

/* Is the unit in the domain asked for. */
static int in_domain(const struct question *q, const struct population *p, uint32_t unit)
{
    if (*q->code == '\0') {
        return 1;
    }
    enum dimension d = strcmp(q->kind, "region") == 0        ? DIM_REGION
                       : strcmp(q->kind, "departement") == 0 ? DIM_DEPARTEMENT
                                                             : DIM_CARRIER;
    return strcmp(p->codes[d].code[p->dim[d][unit]], q->code) == 0;
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
        if (f == FLOW_OK && order == 0) {
            report_note(q->report, "%s",
                        report_words(q->report, "personne à appeler : chaque valeur est connue",
                                     "nobody to phone: every value is known"));
        }
    }
    free(rows);
    return f;
}

/* Contacts of units that the vintage does not have: a slip in the file, told and passed over. */
static void note_strangers(struct question *q, const struct population *p, const struct contacts *c)
{
    for (uint32_t i = 0; i < map_count(c->units); i++) {
        if (population_find_unit(p, map_key(c->units, i)) == POPULATION_NONE) {
            report_note(q->report, "%s: %s", map_key(c->units, i),
                        report_words(q->report, "dans les contacts, mais pas dans le champ",
                                     "among the contacts, but not in scope"));
        }
    }
}

static enum flow find_figure(struct question *q, const struct estimation *x, const struct figure **figure,
                             struct err *e)
{
    if (q->figure != NULL && show_check_figure(q, x->edition, q->figure, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    *figure = show_main_figure(x->edition, x->figures, q->figure);
    return *figure != NULL && *(*figure)->part.variable != '\0'
               ? FLOW_OK
               : err_set(e, STATUS_USAGE, "--figure: give a total of the edition; %s is none",
                         q->figure != NULL ? q->figure : "the default");
}

static enum flow answer(struct question *q, const struct contacts *c, struct err *e)
{
    struct estimation x;
    const struct figure *figure = NULL;
    enum flow f =
        estimation_run(&x, q->db, q->vintage.id, q->vintage.edition, (struct estimate_asking){.figure = ""}, e);
    f = f == FLOW_OK ? find_figure(q, &x, &figure, e) : f;
    if (f == FLOW_OK) {
        show_heading(q);
        note_strangers(q, x.population, c);
        f = put_rows(q, &x, figure, c, e);
    }
    estimation_fini(&x);
    return f;
}

enum flow show_followup(struct question *q, struct err *e)
{
    struct contacts c;
    enum flow f = open_contacts(&c, q->contacts, e);
    f = f == FLOW_OK ? answer(q, &c, e) : f;
    close_contacts(&c);
    return f;
}
