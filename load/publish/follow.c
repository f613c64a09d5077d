/* SPDX-License-Identifier: Apache-2.0 */
/* Tables about the collection: who answered, unit by unit and place by place; which rules found what; which items were
 * answered. */
#include "load/publish/tables.h"

#include "schemas/run/decimal.h"

#include <stdlib.h>
#include <string.h>

/* ---- response by place ---- */

static const struct publish_column response_columns[] = {
    {"level", "niveau", "level", PUBLISH_WORD, 0},
    {"area", "zone", "area", PUBLISH_CODE, 0},
    {"area_label", "nom", "name", PUBLISH_TEXT, 0},
    {"expected", "attendus", "expected", PUBLISH_INTEGER, 0},
    {"accepted", "retenus", "accepted", PUBLISH_INTEGER, 0},
    {"complete", "complets", "complete", PUBLISH_INTEGER, 0},
    {"partial", "partiels", "partial", PUBLISH_INTEGER, 0},
    {"unusable", "inexploitables", "unusable", PUBLISH_INTEGER, 0},
    {"refusal", "refus de répondre", "refusals", PUBLISH_INTEGER, 0},
    {"undecided", "indécis", "undecided", PUBLISH_INTEGER, 0},
    {"withdrawn", "annulés", "withdrawn", PUBLISH_INTEGER, 0},
    {"silent", "silencieux", "silent", PUBLISH_INTEGER, 0},
    {"unreachable", "dont injoignables", "of which unreachable", PUBLISH_INTEGER, 0},
    {"late", "dont tardifs", "of which late", PUBLISH_INTEGER, 0},
    {"rate", "taux de réponse", "response rate", PUBLISH_SHARE, 1},
    {"rate_size", "taux pondéré ({size})", "rate weighted ({size})", PUBLISH_SHARE, 1},
    {NULL, NULL, NULL, PUBLISH_TEXT, 0},
};

static const char *const outcomes[] = {"complete",  "partial",   "unusable", "refusal",
                                       "undecided", "withdrawn", "silent"};
enum { OUTCOMES = sizeof outcomes / sizeof outcomes[0] };

struct tally {
    const char *area;
    int64_t expected, outcome[OUTCOMES], unreachable, late;
    double size, accepted_size;
};

static void count_unit(struct tally *t, const struct published_unit *u)
{
    double size = 0;
    if (*u->size && !double_parse(u->size, strlen(u->size), &size))
        size = 0;
    t->expected++;
    t->unreachable += u->unreachable;
    t->late += u->late;
    t->size += size;
    for (int i = 0; i < OUTCOMES; i++)
        if (strcmp(u->outcome, outcomes[i]) == 0) {
            t->outcome[i]++;
            t->accepted_size += i < 2 ? size : 0;
        }
}

static enum flow response_row(struct publication *p, struct publish_table *t, const char *level, const struct tally *y,
                              struct err *e)
{
    int64_t accepted = y->outcome[0] + y->outcome[1];
    publish_text(t, level);
    publish_text(t, y->area);
    publish_text(t, publication_area(p, level, y->area));
    publish_int(t, y->expected);
    publish_int(t, accepted);
    for (int i = 0; i < OUTCOMES; i++)
        publish_int(t, y->outcome[i]);
    publish_int(t, y->unreachable);
    publish_int(t, y->late);
    publish_double(t, (double)accepted / (double)y->expected);
    if (y->size > 0)
        publish_double(t, y->accepted_size / y->size);
    else
        publish_none(t);
    return publish_table_row(t, e);
}

static const char *area_of(const struct published_unit *u, int level)
{
    return level == 0 ? "" : level == 1 ? u->region : u->departement;
}

static int by_area(const void *a, const void *b)
{
    return strcmp(((const struct tally *)a)->area, ((const struct tally *)b)->area);
}

/* Units of the scope counted by area of a level. */
static size_t tally_level(const struct publication *p, int level, struct tally *y)
{
    size_t n = 0;
    for (size_t i = 0; i < p->units; i++) {
        const struct published_unit *u = &p->unit[i];
        size_t k = 0;
        if (strcmp(u->scope, "in") != 0 || (level > 0 && !*area_of(u, level))) /* no such column in the register */
            continue;
        while (k < n && strcmp(y[k].area, area_of(u, level)) != 0)
            k++;
        if (k == n)
            y[n++] = (struct tally){.area = area_of(u, level)};
        count_unit(&y[k], u);
    }
    qsort(y, n, sizeof *y, by_area);
    return n;
}

enum flow tables_response(struct publication *p, struct err *e)
{
    static const char *const levels[] = {"nation", "region", "departement"};
    struct publish_table *t = publication_table(p, "response", response_columns);
    t->sheet_fr = "Collecte";
    t->sheet_en = "Response";
    struct tally *y = calloc(p->units + 1, sizeof *y);
    enum flow f = FLOW_OK;
    if (!y)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    t->fr = "Suivi de la collecte par territoire";
    t->en = "Follow-up of the collection by place";
    t->note_fr = "Retenus : complets et partiels. Le taux de réponse rapporte les retenus aux unités attendues.";
    t->note_en = "Accepted: complete and partial. The response rate is accepted over expected units.";
    for (int level = 0; level < 3 && f == FLOW_OK; level++) {
        size_t n = tally_level(p, level, y);
        for (size_t i = 0; i < n && f == FLOW_OK; i++)
            f = response_row(p, t, levels[level], &y[i], e);
    }
    free(y);
    return f;
}

/* ---- unit by unit ---- */

static const struct publish_column unit_columns[] = {
    {"unit", "identifiant", "unit", PUBLISH_CODE, 0},
    {"label", "nom", "label", PUBLISH_TEXT, 0},
    {"region", "région", "region", PUBLISH_CODE, 0},
    {"departement", "département", "département", PUBLISH_CODE, 0},
    {"carrier", "structure porteuse", "carrier", PUBLISH_CODE, 0},
    {"size", "{size}", "{size}", PUBLISH_NUMBER, 0},
    {"scope", "champ", "scope", PUBLISH_WORD, 0},
    {"outcome", "issue", "outcome", PUBLISH_WORD, 0},
    {"unreachable", "source injoignable", "source unreachable", PUBLISH_INTEGER, 0},
    {"received_at", "reçu le (UTC)", "received at (UTC)", PUBLISH_TEXT, 0},
    {"late", "tardif", "late", PUBLISH_INTEGER, 0},
    {"verdict", "verdict", "verdict", PUBLISH_INTEGER, 0},
    {"fatal", "constats fatals", "fatal findings", PUBLISH_INTEGER, 0},
    {"error", "erreurs", "errors", PUBLISH_INTEGER, 0},
    {"warning", "avertissements", "warnings", PUBLISH_INTEGER, 0},
    {"not_evaluable", "non évaluables", "not evaluable", PUBLISH_INTEGER, 0},
    {"core_answered", "cœur : réponses", "core: answered", PUBLISH_INTEGER, 0},
    {"core_asked", "cœur : questions", "core: asked", PUBLISH_INTEGER, 0},
    {"items_answered", "réponses", "items answered", PUBLISH_INTEGER, 0},
    {"items_asked", "questions", "items asked", PUBLISH_INTEGER, 0},
    {"weight", "poids", "weight", PUBLISH_NUMBER, 3},
    {NULL, NULL, NULL, PUBLISH_TEXT, 0},
};

enum flow tables_units(struct publication *p, struct err *e)
{
    struct publish_table *t = publication_table(p, "units", unit_columns);
    t->sheet_fr = "Unités";
    t->sheet_en = "Units";
    enum flow f = FLOW_OK;
    t->fr = "Unités : ce que chacune a envoyé et ce qu'il en est advenu";
    t->en = "Units: what each one sent and what came of it";
    for (size_t i = 0; i < p->units && f == FLOW_OK; i++) {
        const struct published_unit *u = &p->unit[i];
        const char *const texts[] = {u->id,      u->label, u->region, u->departement,
                                     u->carrier, u->size,  u->scope,  u->outcome};
        const int64_t counts[] = {u->fatal,         u->error,      u->warning,        u->not_evaluable,
                                  u->core_answered, u->core_asked, u->items_answered, u->items_asked};
        for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++)
            publish_text(t, texts[k]);
        publish_int(t, u->unreachable);
        publish_text(t, u->received_at);
        publish_int(t, u->late);
        if (u->verdict < 0)
            publish_none(t);
        else
            publish_int(t, u->verdict);
        for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++)
            publish_int(t, counts[k]);
        publish_text(t, u->weight);
        f = publish_table_row(t, e);
    }
    return f;
}

/* ---- findings by rule ---- */

static const struct publish_column finding_columns[] = {
    {"rule", "règle", "rule", PUBLISH_CODE, 0},
    {"label", "libellé", "label", PUBLISH_TEXT, 0},
    {"stage", "étape", "stage", PUBLISH_WORD, 0},
    {"level", "niveau", "level", PUBLISH_INTEGER, 0},
    {"severity", "gravité", "severity", PUBLISH_WORD, 0},
    {"outcome", "issue", "outcome", PUBLISH_WORD, 0},
    {"units", "unités", "units", PUBLISH_INTEGER, 0},
    {"findings", "constats", "findings", PUBLISH_INTEGER, 0},
    {NULL, NULL, NULL, PUBLISH_TEXT, 0},
};

static const char findings_sql[] =
    "SELECT d.rule, d.stage, d.level, d.severity, d.outcome, count(DISTINCT v.unit), count(*) FROM vintage_unit v JOIN "
    "finding d ON d.judgement = v.judgement WHERE v.vintage = $1 GROUP BY d.rule, d.stage, d.level, d.severity, "
    "d.outcome "
    "ORDER BY d.rule, d.stage, d.level, d.severity, d.outcome";

enum flow tables_findings(struct publication *p, struct err *e)
{
    struct publish_table *t = publication_table(p, "findings", finding_columns);
    t->sheet_fr = "Constats";
    t->sheet_en = "Findings";
    t->fr = "Constats par règle";
    t->en = "Findings by rule";
    t->note_fr = "Non respectée : la règle a trouvé un défaut ; non évaluable : une donnée manque pour en juger ; "
                 "normalisé : valeur lue par une table relue.";
    t->note_en =
        "Broken: the rule found a fault; not evaluable: something is missing to tell; normalised: a value read by a "
        "reviewed table.";
    struct db_query *q = db_select(p->db, findings_sql, DB_ARGS(DB_INT(p->vintage.id)), e);
    enum flow f = q ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = db_next(q, e)) == FLOW_OK) {
        const struct edition_rule *r = edition_rule(p->edition, db_text(q, 0));
        publish_text(t, db_text(q, 0));
        publish_text(t, r ? publication_label(p, &r->label) : "");
        publish_text(t, db_text(q, 1));
        publish_int(t, db_int(q, 2));
        publish_text(t, db_text(q, 3));
        publish_text(t, db_text(q, 4));
        publish_int(t, db_int(q, 5));
        publish_int(t, db_int(q, 6));
        f = publish_table_row(t, e);
    }
    db_query_close(q);
    return f == FLOW_END ? FLOW_OK : f;
}

/* ---- answers by item ---- */

static const struct publish_column item_columns[] = {
    {"variable", "variable", "variable", PUBLISH_CODE, 0},
    {"category", "modalité", "category", PUBLISH_CODE, 0},
    {"label", "libellé", "label", PUBLISH_TEXT, 0},
    {"obs_status", "statut SDMX", "SDMX status", PUBLISH_CODE, 0},
    {"silence", "silence", "silence", PUBLISH_CODE, 0},
    {"silence_label", "libellé du silence", "label of the silence", PUBLISH_TEXT, 0},
    {"origin", "origine", "origin", PUBLISH_WORD, 0},
    {"units", "unités", "units", PUBLISH_INTEGER, 0},
    {NULL, NULL, NULL, PUBLISH_TEXT, 0},
};

static const char items_sql[] = "SELECT c.variable, c.category, m.obs_status, m.silence, m.origin, count(*) FROM "
                                "vintage_unit v JOIN observation o ON "
                                "o.judgement = v.judgement JOIN cell c ON c.cell = o.cell JOIN mark m ON m.mark = "
                                "o.mark WHERE v.vintage = $1 GROUP BY "
                                "c.variable, c.category, m.obs_status, m.silence, m.origin ORDER BY c.variable, "
                                "c.category, m.obs_status, m.silence, "
                                "m.origin";

enum flow tables_items(struct publication *p, struct err *e)
{
    struct publish_table *t = publication_table(p, "items", item_columns);
    t->sheet_fr = "Réponses";
    t->sheet_en = "Answers";
    t->fr = "Réponses et silences par question";
    t->en = "Answers and silences by item";
    struct db_query *q = db_select(p->db, items_sql, DB_ARGS(DB_INT(p->vintage.id)), e);
    enum flow f = q ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = db_next(q, e)) == FLOW_OK) {
        const struct edition_variable *v = edition_variable(p->edition, db_text(q, 0));
        publish_text(t, db_text(q, 0));
        publish_text(t, db_text(q, 1));
        publish_text(t, v ? publication_label(p, &v->label) : "");
        const char *silence = db_text(q, 3);
        uint32_t at = edition_silence(p->edition, silence, strlen(silence));
        publish_text(t, db_text(q, 2));
        publish_text(t, silence);
        publish_text(t, *silence && at != EDITION_NONE ? publication_label(p, &p->edition->silences[at].label) : "");
        publish_text(t, db_text(q, 4));
        publish_int(t, db_int(q, 5));
        f = publish_table_row(t, e);
    }
    db_query_close(q);
    return f == FLOW_END ? FLOW_OK : f;
}
