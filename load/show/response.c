/* SPDX-License-Identifier: Apache-2.0 */
/* --show response: the follow-up of the collection, for the nation, each region and each département. "Received" counts
 * units that sent anything; "accepted" those whose return serves (complete or partial); silent units whose source
 * failed last time are "unreachable". */
#include "load/show/show.h"

#include "schemas/run/decimal.h"

#include <stdlib.h>
#include <string.h>

enum tally_column {
    EXPECTED,
    RECEIVED,
    ACCEPTED,
    COMPLETE,
    PARTIAL,
    REFUSED,
    DECLINED,
    UNDECIDED,
    WITHDRAWN,
    LATE,
    SILENT,
    UNREACHABLE,
    TALLIES
};

struct area {
    char region[STORE_TEXT], departement[STORE_TEXT]; /* empty: all of them */
    int64_t n[TALLIES];
    double size, size_accepted;
};

struct areas {
    struct area *area;
    size_t count, room;
};

static const struct report_column columns[] = {
    {"level", "niveau", "level", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"region", "région", "region", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"departement", "dép.", "dép.", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"expected", "attendus", "expected", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"received", "reçus", "received", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"accepted", "retenus", "accepted", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"complete", "complets", "complete", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"partial", "partiels", "partial", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"refused", "refusés", "refused", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"declined", "refus", "declined", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"undecided", "indécis", "undecided", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"withdrawn", "annulés", "withdrawn", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"other", "autres", "other", REPORT_RIGHT, 0, REPORT_ON_TEXT},
    {"late", "tardifs", "late", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"silent", "silence", "silent", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"unreachable", "injoign.", "unreach.", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"rate", "taux", "rate", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"rate_complete", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"rate_size", "pondéré", "weighted", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

/* The same for a terminal too narrow for the words; the first row is the nation. */
static const struct report_column narrow[] = {
    {"level", "niveau", "level", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"region", "région", "region", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"departement", "dép.", "dép.", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"expected", "att.", "exp.", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"received", "reç.", "rec.", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"accepted", "ret.", "acc.", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"complete", "complets", "complete", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"partial", "partiels", "partial", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"refused", "ref.", "ref.", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"declined", "refus", "declined", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"undecided", "indécis", "undecided", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"withdrawn", "annulés", "withdrawn", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"other", "aut.", "oth.", REPORT_RIGHT, 0, REPORT_ON_TEXT},
    {"late", "tard.", "late", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"silent", "sil.", "sil.", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"unreachable", "inj.", "unr.", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"rate", "taux", "rate", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"rate_complete", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"rate_size", "pond.", "wtd.", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};
enum { WIDE = 112 };

static struct area *add_area(struct areas *a, const char *region, const char *departement, struct err *e)
{
    if (a->count == a->room) {
        size_t room = a->room == 0 ? 128 : a->room * 2;
        struct area *p = realloc(a->area, room * sizeof *p);
        if (p == NULL) {
            err_set(e, STATUS_SYSTEM, "no memory for %zu areas", room);
            return NULL;
        }
        a->area = p;
        a->room = room;
    }
    struct area *new = &a->area[a->count++];
    *new = (struct area){0};
    STORE_KEEP(new->region, region);
    STORE_KEEP(new->departement, departement);
    return new;
}

/* Rows come by region, then département: an area is the last one of its level or a new one. */
static struct area *current(struct areas *a, size_t *at, const char *region, const char *departement, struct err *e)
{
    if (*at < a->count && strcmp(a->area[*at].region, region) == 0 &&
        strcmp(a->area[*at].departement, departement) == 0) {
        return &a->area[*at];
    }
    *at = a->count;
    return add_area(a, region, departement, e);
}

enum { U_REGION, U_DEPARTEMENT, U_OUTCOME, U_LATE, U_RECEIVED, U_FAILED, U_SIZE };

static enum tally_column tally_of(const char *outcome, int failed)
{
    static const struct {
        const char *outcome;
        enum tally_column column;
    } table[] = {{"complete", COMPLETE}, {"partial", PARTIAL},     {"unusable", REFUSED},
                 {"refusal", DECLINED},  {"undecided", UNDECIDED}, {"withdrawn", WITHDRAWN}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].outcome, outcome) == 0) {
            return table[i].column;
        }
    }
    return failed ? UNREACHABLE : SILENT;
}

static void count(struct area *a, const struct db_query *q)
{
    enum tally_column c = tally_of(db_text(q, U_OUTCOME), db_int(q, U_FAILED) > 0);
    double size = decimal_double((struct decimal){db_int(q, U_SIZE), (int)db_int(q, U_SIZE + 1)});
    a->n[EXPECTED]++;
    a->n[c]++;
    a->n[RECEIVED] += db_int(q, U_RECEIVED) > 0;
    a->n[LATE] += db_int(q, U_LATE);
    a->size += size;
    if (c == COMPLETE || c == PARTIAL) {
        a->n[ACCEPTED]++;
        a->size_accepted += size;
    }
}

struct counting {
    struct areas *areas;
    size_t region, departement; /* areas at hand */
};

/* An area of a level that the register knows. */
static enum flow count_in(struct areas *a, size_t *at, const char *region, const char *departement,
                          const struct db_query *q, struct err *e)
{
    struct area *area = current(a, at, region, departement, e);
    if (area == NULL) {
        return FLOW_FATAL;
    }
    count(area, q);
    return FLOW_OK;
}

static enum flow count_unit(void *ctx, const struct db_query *q, struct err *e)
{
    struct counting *c = ctx;
    const char *region = db_text(q, U_REGION), *departement = db_text(q, U_DEPARTEMENT);
    enum flow f = FLOW_OK;
    count(&c->areas->area[0], q); /* the nation */
    if (*region != '\0') {
        f = count_in(c->areas, &c->region, region, "", q, e);
    }
    if (f == FLOW_OK && *departement != '\0') {
        f = count_in(c->areas, &c->departement, region, departement, q, e);
    }
    return f;
}

static const char *level_of(const struct area *a, const struct area *nation)
{
    return a == nation ? "nation" : *a->departement != '\0' ? "departement" : "region";
}

static void put_ratio(struct report *r, double part, double whole)
{
    if (whole > 0.0) {
        report_percent(r, part / whole, 1);
    } else {
        report_none(r);
    }
}

static void put_area(struct report *r, const struct area *a, const char *level)
{
    report_text(r, level);
    report_text(r, a->region);
    report_text(r, a->departement);
    for (int c = EXPECTED; c <= WITHDRAWN; c++) {
        report_int(r, a->n[c]);
    }
    report_int(r, a->n[DECLINED] + a->n[UNDECIDED] + a->n[WITHDRAWN]);
    for (int c = LATE; c <= UNREACHABLE; c++) {
        report_int(r, a->n[c]);
    }
    put_ratio(r, (double)a->n[ACCEPTED], (double)a->n[EXPECTED]);
    put_ratio(r, (double)a->n[COMPLETE], (double)a->n[EXPECTED]);
    put_ratio(r, a->size_accepted, a->size);
    report_row(r);
}

static void put_areas(struct question *q, const struct areas *a)
{
    int whole = !report_is_text(q->report) || report_width() >= WIDE;
    if (!whole) {
        report_note(q->report, "%s",
                    report_words(q->report,
                                 "attendus, reçus, retenus, refusés, autres, tardifs, silence, injoignables ; taux en "
                                 "nombre et pondérés par la taille",
                                 "expected, received, accepted, refused, other, late, silent, unreachable; rates by "
                                 "number and weighted by size"));
    }
    report_begin(q->report, "response", NULL, whole ? columns : narrow);
    for (size_t i = 0; i < a->count; i++) {
        const char *level = level_of(&a->area[i], a->area);
        const char *own = strcmp(level, "region") == 0 ? a->area[i].region : a->area[i].departement;
        if ((*q->kind == '\0' || strcmp(q->kind, level) == 0) && (*q->code == '\0' || strcmp(q->code, own) == 0)) {
            put_area(q->report, &a->area[i], level);
        }
    }
    report_end(q->report);
}

static enum flow note_scope(void *ctx, const struct db_query *row, struct err *e)
{
    struct report *r = ctx;
    (void)e;
    report_note(r, "%s (%s) : %lld",
                report_words(r, "hors champ, ni attendus ni silencieux", "out of scope, neither expected nor silent"),
                db_text(row, 0), (long long)db_int(row, 1));
    return FLOW_OK;
}

static enum flow note_out_of_scope(struct question *q, struct err *e)
{
    static const char sql[] = "SELECT r.scope, count(*) FROM vintage_unit v JOIN frame r ON r.frame = v.frame WHERE "
                              "v.vintage = $1 AND r.scope <> 'in' GROUP BY r.scope ORDER BY r.scope";
    return db_each(q->db, sql, DB_ARGS(DB_INT(q->vintage.id)), note_scope, q->report, e);
}

enum flow show_response(struct question *q, struct err *e)
{
    static const char sql[] =
        "SELECT r.region, r.departement, j.outcome, j.late, "
        "(SELECT count(*) FROM document d WHERE d.judgement = j.judgement), "
        "(SELECT count(*) FROM fetched x WHERE x.campaign = j.campaign AND x.unit = v.unit AND x.outcome "
        "IN " STORE_UNHEARD "), "
        "r.size_unscaled, r.size_scale "
        "FROM vintage_unit v JOIN frame r ON r.frame = v.frame JOIN judgement j ON j.judgement = v.judgement "
        "WHERE v.vintage = $1 AND r.scope = 'in' ORDER BY r.region, r.departement, v.unit";
    struct areas a = {0};
    struct counting c = {&a, SIZE_MAX, SIZE_MAX};
    enum flow f = add_area(&a, "", "", e) != NULL ? FLOW_OK : FLOW_FATAL;
    f = f == FLOW_OK ? db_each(q->db, sql, DB_ARGS(DB_INT(q->vintage.id)), count_unit, &c, e) : f;
    if (f == FLOW_OK) {
        show_heading(q);
        put_areas(q, &a);
        f = note_out_of_scope(q, e);
    }
    if (f == FLOW_OK) {
        f = show_eligibility(q, e);
    }
    free(a.area);
    return f;
}
