/* SPDX-License-Identifier: Apache-2.0 */
/* --show unit ID: the story of one unit: what the register says, what came, what was decided and why, what it weighs,
 * how it changed. */
#include "load/show/show.h"

#include "schemas/run/decimal.h"

#include <stdio.h>
#include <string.h>

static const struct report_column facts_columns[] = {
    {"fact", "fait", "fact", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"value", "valeur", "value", REPORT_LEFT, 1, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

static const struct report_column history_columns[] = {
    {"vintage", "version", "vintage", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"as_of", "état au", "as of", REPORT_LEFT, 1, REPORT_ALWAYS},
    {"scope", "champ", "scope", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"outcome", "issue", "outcome", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"weight", "poids", "weight", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"verdict", "verdict", "verdict", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"record", "enregistrement retenu", "record used", REPORT_LEFT, 1, REPORT_ALWAYS},
    {"judgement", "jugement", "judgement", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

/* In text the documents are numbered in the order they came, and named by that. */
static const struct report_column document_columns[] = {
    {"place", "#", "#", REPORT_RIGHT, 0, REPORT_ON_TEXT},
    {"received_at", "reçu le", "received at", REPORT_LEFT, 1, REPORT_ALWAYS},
    {"number", "n°", "no", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"nature", "nature", "nature", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"state", "état", "state", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"verdict", "verdict", "verdict", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"reason", "motif", "reason", REPORT_LEFT, 1, REPORT_ALWAYS},
    {"see", "voir", "see", REPORT_RIGHT, 0, REPORT_ON_TEXT},
    {"record", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"archive", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"raw_digest", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"content_digest", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"related", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"software", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"bytes", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

/* Whole, to be copied into a decision. */
static const struct report_column record_columns[] = {
    {"place", "#", "#", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"record", "enregistrement", "record", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"archive", "archive", "archive", REPORT_LEFT, 1, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

static const struct report_column value_columns[] = {
    {"variable", "variable", "variable", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"category", "modalité", "category", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"value", "valeur", "value", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"previous", "précédente", "previous", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"obs_status", "SDMX", "SDMX", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"silence", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"origin", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"remark", "silence", "silence", REPORT_LEFT, 0, REPORT_ON_TEXT}, /* or that it was deduced */
    {"raw", "reçu", "raw", REPORT_LEFT, 1, REPORT_ALWAYS},
    {"line", "ligne", "line", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"harmonised", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

static const struct report_column finding_columns[] = {
    {"place", "#", "#", REPORT_RIGHT, 0, REPORT_ON_TEXT},
    {"rule", "règle", "rule", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"severity", "gravité", "severity", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"outcome", "issue", "outcome", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"line", "ligne", "line", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"variable", "variable", "variable", REPORT_LEFT, 1, REPORT_ALWAYS},
    {"change", "valeur", "value", REPORT_LEFT, 1, REPORT_ON_TEXT}, /* before and after, where it was changed */
    {"value", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"message", "constat", "finding", REPORT_LEFT, 1, REPORT_ALWAYS},
    {"record", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

static const struct report_column supposed_columns[] = {
    {"variable", "variable", "variable", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"category", "modalité", "category", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"value", "valeur supposée", "supposed value", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"rule", "règle", "rule", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"level", "donneurs", "donors", REPORT_LEFT, 0, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

static void put_decimal(struct report *r, const struct db_query *q, int unscaled, int text)
{
    char s[DECIMAL_TEXT_MAX];
    if (!db_null(q, unscaled)) {
        decimal_print((struct decimal){db_int(q, unscaled), (int)db_int(q, unscaled + 1)}, s);
        report_text(r, s);
    } else {
        report_text(r, db_text(q, text));
    }
}

/* A line, a number of a sending: in JSON a number when it is one. */
static void put_digits(struct report *r, const struct db_query *q, int column)
{
    const char *s = db_text(q, column);
    if (s != NULL && *s != '\0' && s[strspn(s, "0123456789")] == '\0' && strlen(s) < 18) {
        report_id(r, db_int(q, column));
    } else if (s == NULL) {
        report_none(r);
    } else {
        report_text(r, s);
    }
}

static void fact(struct report *r, const char *name, const char *value)
{
    report_text(r, name);
    report_text(r, value);
    report_row(r);
}

typedef void put_one(struct report *r, const struct db_query *q);

struct putting {
    struct report *report;
    put_one *put;
};

static enum flow put_next(void *ctx, const struct db_query *row, struct err *e)
{
    const struct putting *p = ctx;
    (void)e;
    p->put(p->report, row);
    return FLOW_OK;
}

/* One table from one query. */
static enum flow section(struct question *q, const char *name, const char *title, const struct report_column *columns,
                         const char *sql, const struct db_arg *args, size_t n, put_one *put, struct err *e)
{
    struct putting p = {q->report, put};
    report_begin(q->report, name, title, columns);
    enum flow f = db_each(q->db, sql, args, n, put_next, &p, e);
    report_end(q->report);
    return f;
}

static void put_fact(struct report *r, const struct db_query *q)
{
    fact(r, db_text(q, 0), db_text(q, 1));
}

static void put_history(struct report *r, const struct db_query *q)
{
    double w;
    report_id(r, db_int(q, 0));
    show_instant(r, db_text(q, 1));
    for (int c = 2; c < 4; c++) {
        report_code(r, db_text(q, c));
    }
    if (db_text(q, 4) != NULL && double_parse(db_text(q, 4), strlen(db_text(q, 4)), &w)) {
        report_number(r, w, 3);
    } else {
        report_none(r);
    }
    put_digits(r, q, 5);
    report_text(r, db_text(q, 6));
    put_digits(r, q, 7);
    report_row(r);
}

static void put_document(struct report *r, const struct db_query *q)
{
    put_digits(r, q, 0);
    show_instant(r, db_text(q, 1));
    for (int c = 2; c < 15; c++) {
        if (c == 7 && db_null(q, c)) {
            report_text(r, "");
        } else if (c == 5 || c == 7 || c == 14) {
            put_digits(r, q, c);
        } else if (c == 3 || c == 4) {
            report_code(r, db_text(q, c));
        } else {
            report_text(r, db_text(q, c));
        }
    }
    report_row(r);
}

static void put_value(struct report *r, const struct db_query *q)
{
    report_text(r, db_text(q, 0));
    report_text(r, db_text(q, 1));
    put_decimal(r, q, 2, 4);
    put_decimal(r, q, 5, 7);
    for (int c = 8; c < 11; c++) {
        report_text(r, db_text(q, c));
    }
    report_text(r, strcmp(db_text(q, 10), "deduced") == 0 ? report_words(r, "déduit", "deduced") : db_text(q, 9));
    report_text(r, db_text(q, 11));
    put_digits(r, q, 12);
    report_text(r, db_text(q, 13));
    report_row(r);
}

static void put_finding(struct report *r, const struct db_query *q)
{
    char text[STORE_LONG];
    int changed = strcmp(db_text(q, 3), "normalised") == 0;
    put_digits(r, q, 0);
    report_text(r, db_text(q, 1));
    report_code(r, db_text(q, 2));
    report_code(r, db_text(q, 3));
    put_digits(r, q, 4);
    snprintf(text, sizeof text, "%s%s%s", db_text(q, 5), *db_text(q, 6) != '\0' ? " " : "", db_text(q, 6));
    report_text(r, text);
    snprintf(text, sizeof text, "%s%s%s", db_text(q, 7), changed ? " → " : "", changed ? db_text(q, 8) : "");
    report_text(r, text);
    report_text(r, db_text(q, 7));
    report_text(r, db_text(q, report_lang(r) == REPORT_FR ? 9 : 10));
    report_text(r, db_text(q, 11));
    report_row(r);
}

static void put_record(struct report *r, const struct db_query *q)
{
    put_digits(r, q, 0);
    report_text(r, db_text(q, 1));
    report_text(r, db_text(q, 2));
    report_row(r);
}

static void put_supposed(struct report *r, const struct db_query *q)
{
    double v;
    report_text(r, db_text(q, 0));
    report_text(r, db_text(q, 1));
    if (double_parse(db_text(q, 2), strlen(db_text(q, 2)), &v)) {
        report_number(r, v, 2);
    } else {
        report_none(r);
    }
    report_text(r, db_text(q, 3));
    report_text(r, db_text(q, 4));
    report_row(r);
}

static void put_fetch(struct report *r, const struct db_query *q)
{
    fact(r, db_text(q, 0), db_text(q, 1));
}

/* What came, what was found in it, and the names by which decisions speak of it. */
static enum flow show_documents(struct question *q, const struct db_arg *args, struct err *e)
{
    const struct report *r = q->report;
    if (section(q, "documents", report_words(r, "Documents reçus", "Documents received"), document_columns,
                "SELECT d.position, d.received_at, d.number, d.nature, d.state, d.verdict, d.reason, "
                "(SELECT x.position FROM document x WHERE x.judgement = d.judgement AND x.record = d.related), "
                "d.record, d.archive, d.raw_digest, d.content_digest, d.related, d.software, d.bytes "
                "FROM vintage_unit u JOIN document d ON d.judgement = u.judgement WHERE u.vintage = $1 AND u.unit = $2 "
                "ORDER BY d.position",
                args, 2, put_document, e) != FLOW_OK ||
        section(q, "findings", report_words(r, "Constats", "Findings"), finding_columns,
                "SELECT d.position, f.rule, f.severity, f.outcome, f.line, f.variable, f.category, f.value, "
                "f.expected, f.message_fr, f.message_en, f.record "
                "FROM vintage_unit u JOIN finding f ON f.judgement = u.judgement "
                "LEFT JOIN document d ON d.judgement = f.judgement AND d.record = f.record "
                "WHERE u.vintage = $1 AND u.unit = $2 ORDER BY d.position, f.position",
                args, 2, put_finding, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    return !report_is_text(r) ? FLOW_OK
                              : section(q, "records", report_words(r, "Enregistrements", "Records"), record_columns,
                                        "SELECT d.position, d.record, d.archive FROM vintage_unit u JOIN document d "
                                        "ON d.judgement = u.judgement WHERE u.vintage = $1 AND u.unit = $2 "
                                        "ORDER BY d.position",
                                        args, 2, put_record, e);
}

enum flow show_unit(struct question *q, struct err *e)
{
    const char *unit = q->operand[0];
    const struct report *r = q->report;
    const struct db_arg args[] = {DB_INT(q->vintage.id), DB_TEXT(unit)};
    const struct db_arg campaign[] = {DB_TEXT(q->vintage.campaign), DB_TEXT(unit)};
    if (show_check_unit(q, unit, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    show_heading(q);
    if (section(q, "history", report_words(r, "Au fil des versions", "Through the vintages"), history_columns,
                "SELECT v.number, p.as_of, f.scope, j.outcome, w.weight, j.verdict, j.record, j.judgement FROM vintage "
                "v JOIN package p ON p.package = v.package "
                "JOIN vintage_unit u ON u.vintage = v.vintage LEFT JOIN frame f ON f.frame = u.frame JOIN judgement j "
                "ON j.judgement = u.judgement "
                "LEFT JOIN weight w ON w.vintage = v.vintage AND w.unit = u.unit WHERE v.campaign = $1 AND u.unit = $2 "
                "ORDER BY v.number",
                campaign, 2, put_history, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    if (section(q, "register", report_words(r, "Répertoire", "Register"), facts_columns,
                "SELECT a.attribute, a.value FROM vintage_unit u JOIN frame_value a ON a.frame = u.frame WHERE "
                "u.vintage = $1 AND u.unit = $2 ORDER BY a.position",
                args, 2, put_fact, e) != FLOW_OK ||
        section(q, "source", report_words(r, "Dernière collecte", "Last fetch"), facts_columns,
                "SELECT x.outcome, x.at || ' ' || x.source || ' ' || x.message FROM fetched x WHERE x.campaign = $1 "
                "AND x.unit = $2 ORDER BY x.position",
                campaign, 2, put_fetch, e) != FLOW_OK ||
        show_documents(q, args, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    if (section(q, "values", report_words(r, "Valeurs", "Values"), value_columns,
                "SELECT c.variable, c.category, o.unscaled, o.scale, o.text, o.previous_unscaled, o.previous_scale, "
                "o.previous_text, m.obs_status, m.silence, m.origin, "
                "o.raw, o.line, c.harmonised FROM vintage_unit u JOIN observation o ON o.judgement = u.judgement JOIN "
                "cell c ON c.cell = o.cell "
                "JOIN mark m ON m.mark = o.mark WHERE u.vintage = $1 AND u.unit = $2 ORDER BY c.variable, c.category",
                args, 2, put_value, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    return section(q, "supposed",
                   report_words(r, "Valeurs supposées par l'estimation", "Values supposed by the estimation"),
                   supposed_columns,
                   "SELECT variable, category, value, rule, level FROM imputation WHERE vintage = $1 AND unit = $2 "
                   "ORDER BY variable, category",
                   args, 2, put_supposed, e);
}
