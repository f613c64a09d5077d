/* SPDX-License-Identifier: Apache-2.0 */
/* --show trace FIGURE [--domain KIND=CODE]: the units behind one number, each with its value, weight, contribution, and
 * the record, digest and line where the value can be seen in the archive. Largest contribution first; the contributions
 * add up to the estimate. */
#include "load/show/show.h"

#include "load/estimation.h"

#include <stdlib.h>
#include <string.h>

static const struct report_column columns[] = {
    {"unit", "unité", "unit", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"value", "valeur", "value", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"denominator", "dénominateur", "denominator", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"status", "statut", "status", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"weight", "poids", "weight", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"contribution", "apport", "adds", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"share", "part", "share", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"record", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"record_start", "enreg.", "record", REPORT_LEFT, 0, REPORT_ON_TEXT},
    {"archive", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"digest", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"digest_start", "empr.", "digest", REPORT_LEFT, 0, REPORT_ON_TEXT},
    {"line", "ligne", "line", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

static const char *status_word(const struct report *r, enum cell_status s)
{
    static const char *const codes[] = {"unit",    "reported", "deduced",  "not-applicable",
                                        "missing", "refused",  "withheld", "imputed"};
    static const char *const french[] = {"silence", "déclaré", "déduit",     "sans objet",
                                         "absent",  "refusé",  "mis à part", "supposé"};
    return s > CELL_IMPUTED ? "" : report_is_text(r) && report_lang(r) == REPORT_FR ? french[s] : codes[s];
}

/* The first characters of a name made by a machine, behind what all such names begin with: enough to find it. */
static void put_start(struct report *r, const char *name, const char *prefix)
{
    char start[9];
    const char *own = name != NULL ? name : "";
    own += strncmp(own, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 0;
    store_keep(start, sizeof start, own);
    report_text(r, start);
}

/* Where a value of a unit was read. */
static struct db_query *find_place(struct question *q, const char *unit, const char *variable, const char *category,
                                   struct err *e)
{
    return db_select(q->db,
                     "SELECT j.record, d.archive, d.raw_digest, "
                     "(SELECT max(o.line) FROM observation o JOIN cell c ON c.cell = o.cell WHERE o.judgement = "
                     "j.judgement AND c.variable = $3 AND c.category = $4) "
                     "FROM vintage_unit u JOIN judgement j ON j.judgement = u.judgement LEFT JOIN document d ON "
                     "d.judgement = j.judgement AND d.record = j.record "
                     "WHERE u.vintage = $1 AND u.unit = $2",
                     DB_ARGS(DB_INT(q->vintage.id), DB_TEXT(unit), DB_TEXT(variable), DB_TEXT(category)), e);
}

static enum flow put_contribution(struct question *q, const struct estimate *x, const struct contribution *c,
                                  struct err *e)
{
    struct report *r = q->report;
    const char *variable = show_variable(x->population, c->item), *unit = x->population->id[c->unit];
    const char *category = x->population->item[c->item].category;
    struct db_query *place = find_place(q, unit, variable, category, e);
    enum flow f = place != NULL ? db_next(place, e) : FLOW_FATAL;
    if (f != FLOW_OK) {
        db_query_close(place);
        return f == FLOW_END ? err_set(e, STATUS_BUG, "%s: not in the vintage", unit) : f;
    }
    report_text(r, unit);
    report_number(r, c->value, c->status == CELL_IMPUTED ? 2 : 0);
    report_number(r, c->denominator, 0);
    report_text(r, status_word(r, c->status));
    report_number(r, c->weight, 3);
    report_number(r, c->contribution, 1);
    report_percent(r, c->share, 2);
    report_text(r, db_text(place, 0));
    put_start(r, db_text(place, 0), "urn:uuid:");
    report_text(r, db_text(place, 1));
    report_text(r, db_text(place, 2));
    put_start(r, db_text(place, 2), "sha256:");
    if (db_null(place, 3)) {
        report_none(r);
    } else {
        report_id(r, db_int(place, 3));
    }
    report_row(r);
    db_query_close(place);
    return FLOW_OK;
}

static enum flow put_all(struct question *q, const struct estimate *x, const struct figure_row *row, struct err *e)
{
    size_t n = estimate_contributions(x, row, NULL, 0);
    struct contribution *c = calloc(n + 1, sizeof *c);
    if (c == NULL) {
        return err_set(e, STATUS_SYSTEM, "no memory for %zu contributions", n);
    }
    enum flow f = FLOW_OK;
    estimate_contributions(x, row, c, n);
    if (report_is_text(q->report)) {
        report_note(q->report, "%s",
                    report_words(q->report, "enregistrement et empreinte : leur début, entiers en CSV et en JSON",
                                 "record and digest: where they begin, whole in CSV and JSON"));
    }
    report_begin(q->report, "trace", NULL, columns);
    for (size_t i = 0; i < n && f == FLOW_OK; i++) {
        f = put_contribution(q, x, &c[i], e);
    }
    report_end(q->report);
    free(c);
    return f;
}

static enum flow find_row(struct question *q, const struct estimation *x, const struct figure_row **row, struct err *e)
{
    const char *figure = q->operand[0], *kind = *q->kind != '\0' ? q->kind : "nation";
    if (show_check_figure(q, x->edition, figure, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    *row = estimate_row(x->estimate, figure, show_domain_kind(kind), q->code);
    return *row != NULL ? FLOW_OK
                        : err_set(e, STATUS_NOINPUT, "figure %s is not made by %s: the edition says for which domains",
                                  figure, kind);
}

/* Why nothing stands behind a figure. */
static const char *why_none(const struct report *r, const struct estimate *x, const struct figure_row *row)
{
    switch (x->figures->figure[row->figure].kind) {
    case FIGURE_COUNT:
    case FIGURE_RATE:
        return report_words(r, "ce chiffre compte des unités, voir --show response : aucune réponse n'y contribue",
                            "this figure counts units, see --show response: no answer adds to it");
    case FIGURE_REGISTER_TOTAL:
        return report_words(r, "ce chiffre est celui du répertoire : aucune réponse n'y contribue",
                            "this figure is the register's: no answer adds to it");
    case FIGURE_MINIMUM:
    case FIGURE_MAXIMUM:
        return report_words(r, "ce chiffre est le plus petit ou le plus grand d'autres : demander ceux-là",
                            "this figure is the least or the largest of others: ask for those");
    default:
        return x->estimable
                   ? report_words(r, "aucune réponse ne contribue à ce chiffre", "no answer adds to this figure")
                   : report_words(r, "pas encore d'estimation", "not yet estimable");
    }
}

enum flow show_trace(struct question *q, struct err *e)
{
    struct estimation x;
    const struct figure_row *row = NULL;
    enum flow f = estimation_run(&x, q->db, q->vintage.id, q->vintage.edition,
                                 (struct estimate_asking){.figure = q->operand[0]}, e);
    if (f == FLOW_OK) {
        f = find_row(q, &x, &row, e);
    }
    if (f == FLOW_OK) {
        show_heading(q);
        if (estimate_contributions(x.estimate, row, NULL, 0) == 0) {
            report_note(q->report, "%s", why_none(q->report, x.estimate, row));
        }
        f = put_all(q, x.estimate, row, e);
    }
    estimation_fini(&x);
    return f;
}
