/* SPDX-License-Identifier: Apache-2.0 */
/* --show vintages: every vintage of every campaign (or of one), with what it rests on and who signed it. */
#include "load/show/show.h"

static const struct report_column columns[] = {
    {"campaign", "campagne", "campaign", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"vintage", "n°", "no", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"as_of", "état au", "as of", REPORT_LEFT, 1, REPORT_ALWAYS},
    {"status", "statut", "status", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"signed_at", "signé le", "signed at", REPORT_LEFT, 1, REPORT_ALWAYS},
    {"signed_by", "par", "by", REPORT_LEFT, 1, REPORT_ALWAYS},
    {"respondents", "ayant répondu", "answered", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"package", "jeu de données", "package", REPORT_LEFT, 1, REPORT_ALWAYS},
    {"note", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"edition_revision", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"method", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"content_digest", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"edition_digest", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"register_digest", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"decisions_digest", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"method_digest", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"program", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"libraries", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

static enum flow put_row(void *ctx, const struct db_query *row, struct err *e)
{
    struct report *r = ctx;
    (void)e;
    for (int c = 0; c < 18; c++) {
        if (c == 1 || c == 9) {
            report_id(r, db_int(row, c));
        } else if (c == 2 || c == 4) {
            show_instant(r, db_text(row, c));
        } else if (c == 6) {
            report_int(r, db_int(row, c));
        } else if (c == 3) {
            report_code(r, db_text(row, c));
        } else {
            report_text(r, db_text(row, c));
        }
    }
    report_row(r);
    return FLOW_OK;
}

enum flow show_vintages(struct question *q, struct err *e)
{
    static const char sql[] =
        "SELECT v.campaign, v.number, p.as_of, e.status, e.at, e.who, "
        "(SELECT count(*) FROM vintage_unit u JOIN judgement j ON j.judgement = u.judgement WHERE u.vintage = "
        "v.vintage AND j.outcome IN ('complete', 'partial')), "
        "p.name, e.note, d.revision, v.method, p.content_digest, d.digest, p.register_digest, p.decisions_digest, "
        "v.method_digest, v.program, v.libraries "
        "FROM vintage v JOIN package p ON p.package = v.package JOIN edition d ON d.edition = p.edition "
        "JOIN event e ON e.event = (SELECT max(x.event) FROM event x WHERE x.vintage = v.vintage) "
        "WHERE ($1 = '' OR v.campaign = $1) ORDER BY v.campaign, v.number";
    report_begin(q->report, "vintages", NULL, columns);
    enum flow f = db_each(q->db, sql, DB_ARGS(DB_TEXT(q->campaign != NULL ? q->campaign : "")), put_row, q->report, e);
    report_end(q->report);
    return f;
}
