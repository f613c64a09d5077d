/* SPDX-License-Identifier: Apache-2.0 */
/* --show findings: without a filter how often each rule spoke, most frequent first; with one, the findings themselves.
 */
#include "load/show/show.h"

#include "schemas/dataset/expected.h"

#include <string.h>

static const struct report_column summary_columns[] = {
    {"rule", "règle", "rule", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"severity", "gravité", "severity", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"outcome", "issue", "outcome", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"stage", "étape", "stage", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"findings", "constats", "findings", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"units", "unités", "units", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"label", "règle en clair", "what it says", REPORT_LEFT, 1, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

static const struct report_column list_columns[] = {
    {"unit", "unité", "unit", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"record", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"seq", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"stage", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"level", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"rule", "règle", "rule", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"severity", "gravité", "severity", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"outcome", "issue", "outcome", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"variable", "variable", "variable", REPORT_LEFT, 1, REPORT_ALWAYS},
    {"category", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"path", "", "", REPORT_LEFT, 1, REPORT_ON_DATA},
    {"line", "ligne", "line", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"column", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"value", "valeur", "value", REPORT_LEFT, 1, REPORT_ALWAYS},
    {"expected", "", "", REPORT_LEFT, 1, REPORT_ON_DATA},
    {"message", "constat", "finding", REPORT_LEFT, 1, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

static const char *filter(const char *s)
{
    return s != NULL ? s : "";
}

static int filtered(const struct question *q)
{
    return q->unit != NULL || q->rule != NULL || q->severity != NULL || q->stage != NULL || q->outcome != NULL ||
           q->variable != NULL;
}

/* "A05.2" is a part of A05: both names find it. */
#define WHERE_FILTERED                                                                                                 \
    "WHERE v.vintage = $1 AND ($2 = '' OR v.unit = $2) AND ($3 = '' OR f.rule = $3 OR substr(f.rule, 1, length($3) + " \
    "1) = $3 || '.') "                                                                                                 \
    "AND ($4 = '' OR f.severity = $4) AND ($5 = '' OR f.stage = $5) AND ($6 = '' OR f.outcome = $6) AND ($7 = '' OR "  \
    "f.variable = $7) "

static void put_whole(struct report *r, const struct db_query *q, int column)
{
    if (db_null(q, column)) {
        report_none(r);
    } else {
        report_id(r, db_int(q, column));
    }
}

static const char *french_of(const char *expected, const char *message, char out[EXPECTED_TEXT_MAX])
{
    return expected != NULL && message != NULL ? expected_french(expected, message, out) : expected;
}

static enum flow put_finding(void *ctx, const struct db_query *row, struct err *e)
{
    struct answering *asked = ctx;
    struct report *r = asked->report;
    char french[EXPECTED_TEXT_MAX];
    (void)e;
    for (int c = 0; c < 15; c++) {
        if (c == 14 && report_lang(r) == REPORT_FR) {
            report_text(r, french_of(db_text(row, 14), db_text(row, 15), french));
        } else if (c == 2 || c == 4 || c == 11 || c == 12) {
            put_whole(r, row, c);
        } else if (c == 3 || c == 6 || c == 7) {
            report_code(r, db_text(row, c));
        } else {
            report_text(r, db_text(row, c));
        }
    }
    report_text(r, db_text(row, report_lang(r) == REPORT_FR ? 15 : 16));
    report_row(r);
    asked->rows++;
    return FLOW_OK;
}

static enum flow show_list(struct question *q, struct answering *asked, struct err *e)
{
    static const char sql[] =
        "SELECT v.unit, f.record, f.seq, f.stage, f.level, f.rule, f.severity, f.outcome, f.variable, "
        "f.category, f.path, f.line, f.col, "
        "f.value, f.expected, f.message_fr, f.message_en FROM vintage_unit v JOIN finding f ON "
        "f.judgement = v.judgement " WHERE_FILTERED "ORDER BY v.unit, f.position";
    report_begin(q->report, "findings", NULL, list_columns);
    enum flow f = db_each(q->db, sql,
                          DB_ARGS(DB_INT(q->vintage.id), DB_TEXT(filter(q->unit)), DB_TEXT(filter(q->rule)),
                                  DB_TEXT(filter(q->severity)), DB_TEXT(filter(q->stage)), DB_TEXT(filter(q->outcome)),
                                  DB_TEXT(filter(q->variable))),
                          put_finding, asked, e);
    report_end(q->report);
    return f;
}

static enum flow put_rule(void *ctx, const struct db_query *row, struct err *e)
{
    struct answering *asked = ctx;
    struct report *r = asked->report;
    const struct edition_rule *rule = edition_rule(asked->edition, db_text(row, 0));
    (void)e;
    report_text(r, db_text(row, 0));
    for (int c = 1; c < 4; c++) {
        report_code(r, db_text(row, c));
    }
    report_int(r, db_int(row, 4));
    report_int(r, db_int(row, 5));
    report_text(r, rule != NULL ? report_words(r, rule->label.fr, rule->label.en) : "");
    report_row(r);
    asked->rows++;
    return FLOW_OK;
}

static enum flow show_summary(struct question *q, struct answering *asked, struct err *e)
{
    static const char sql[] =
        "SELECT f.rule, f.severity, f.outcome, f.stage, count(*) AS n, count(DISTINCT v.unit) FROM vintage_unit v "
        "JOIN finding f ON f.judgement = v.judgement WHERE v.vintage = $1 "
        "GROUP BY f.rule, f.severity, f.outcome, f.stage ORDER BY n DESC, f.rule, f.severity, f.outcome, f.stage";
    report_begin(q->report, "findings", NULL, summary_columns);
    enum flow f = db_each(q->db, sql, DB_ARGS(DB_INT(q->vintage.id)), put_rule, asked, e);
    report_end(q->report);
    return f;
}

/* A word that no finding can have would answer "none" to a slip. */
static enum flow check_word(const char *option, const char *word, const char *const *words, struct err *e)
{
    for (size_t i = 0; word != NULL && words[i] != NULL; i++) {
        if (strcmp(words[i], word) == 0) {
            return FLOW_OK;
        }
    }
    return word == NULL ? FLOW_OK : err_set(e, STATUS_USAGE, "--%s: no finding has '%s'", option, word);
}

static enum flow check_filters(const struct question *q, struct err *e)
{
    static const char *const severities[] = {"fatal", "error", "warning", "information", NULL};
    static const char *const stages[] = {"document", "xsd", "identity", "normalise", "rule", "campaign", NULL};
    static const char *const outcomes[] = {"failed", "not-evaluable", "normalised", NULL};
    if (check_word("severity", q->severity, severities, e) != FLOW_OK ||
        check_word("stage", q->stage, stages, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    return check_word("outcome", q->outcome, outcomes, e);
}

static enum flow check_names(struct question *q, const struct edition *ed, struct err *e)
{
    enum flow f = check_filters(q, e);
    f = f == FLOW_OK && q->unit != NULL ? show_check_unit(q, q->unit, e) : f;
    f = f == FLOW_OK && q->rule != NULL ? show_check_rule(q, ed, q->rule, e) : f;
    return f == FLOW_OK && q->variable != NULL ? show_check_variable(q, ed, q->variable, e) : f;
}

enum flow show_findings(struct question *q, struct err *e)
{
    struct edition *ed = store_edition(q->db, q->vintage.edition, e);
    struct answering asked = {q->report, ed, 0};
    enum flow f = ed != NULL ? check_names(q, ed, e) : FLOW_FATAL;
    if (f == FLOW_OK) {
        show_heading(q);
        f = filtered(q) ? show_list(q, &asked, e) : show_summary(q, &asked, e);
    }
    if (f == FLOW_OK && asked.rows == 0) {
        report_note(q->report, "%s",
                    filtered(q) ? report_words(q->report, "aucun constat de ce genre", "no such finding")
                                : report_words(q->report, "aucun constat", "no finding"));
    }
    edition_close(ed);
    return f;
}
