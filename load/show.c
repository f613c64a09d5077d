/* SPDX-License-Identifier: Apache-2.0 */
#include "load/show.h"

#include <stdio.h>
#include <string.h>

/* The verbs of --show, in the order of the manual page. */
static const struct verb {
    const char *name;
    show_verb *run;
    size_t operands;
    const char *operand; /* what it takes, in words */
} verbs[] = {
    {"figures", show_figures, 0, "no operand"},
    {"response", show_response, 0, "no operand"},
    {"findings", show_findings, 0, "no operand"},
    {"unit", show_unit, 1, "a UNIT"},
    {"trace", show_trace, 1, "a FIGURE"},
    {"followup", show_followup, 0, "no operand"},
    {"revisions", show_revisions, 2, "two numbers of vintages, the earlier first"},
    {"series", show_series, 0, "no operand"},
    {"vintages", show_vintages, 0, "no operand"},
    {"method", show_method, 0, "no operand"},
    {"quality", show_quality, 0, "no operand"},
    {"variance", show_variance, 0, "no operand"},
};
enum { VERBS = sizeof verbs / sizeof *verbs };

const char *show_choices(void)
{
    static char text[VERBS * 16];
    size_t n = 0;
    for (size_t i = 0; i < VERBS; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i > 0 ? "|" : "", verbs[i].name);
    }
    return text;
}

int show_domain(const char *domain, char kind[STORE_TEXT], char code[STORE_TEXT])
{
    static const char *const kinds[] = {"nation", "region", "size", "carrier", "departement"};
    const char *equal = strchr(domain, '=');
    size_t n = equal != NULL ? (size_t)(equal - domain) : strlen(domain);
    code[0] = '\0';
    if (equal != NULL) {
        store_keep(code, STORE_TEXT, equal + 1);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strlen(kinds[i]) == n && memcmp(kinds[i], domain, n) == 0) {
            store_keep(kind, STORE_TEXT, kinds[i]);
            return 1;
        }
    }
    return 0;
}

void show_heading(struct question *q)
{
    const struct vintage *v = &q->vintage;
    const char *as_of = *v->as_of != '\0' ? v->as_of : "-";
    if (report_lang(q->report) == REPORT_FR) {
        report_note(q->report, "campagne %s, version %lld (%s), état au %s, édition %s révision %lld", v->campaign,
                    (long long)v->number, v->status, as_of, v->edition_id, (long long)v->edition_revision);
    } else {
        report_note(q->report, "campaign %s, vintage %lld (%s), as of %s, edition %s revision %lld", v->campaign,
                    (long long)v->number, v->status, as_of, v->edition_id, (long long)v->edition_revision);
    }
}

static enum flow check_operands(int verb, const struct question *q, struct err *e)
{
    if (q->operands == verbs[verb].operands) {
        return FLOW_OK;
    }
    return err_set(e, STATUS_USAGE, "--show %s takes %s", verbs[verb].name, verbs[verb].operand);
}

enum flow show_run(int verb, struct question *q, enum report_format format, enum report_lang lang, struct sink out,
                   struct err *e)
{
    char campaign[STORE_TEXT], kind[STORE_TEXT], code[STORE_TEXT];
    if (check_operands(verb, q, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    if (q->domain != NULL && !show_domain(q->domain, kind, code)) {
        return err_set(e, STATUS_USAGE,
                       "--domain: give nation, region, size, carrier or departement, with =CODE for one of them");
    }
    if (store_campaign(q->db, q->campaign, campaign, e) != FLOW_OK ||
        store_vintage(q->db, campaign, q->number, &q->vintage, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    q->report = report_open(verbs[verb].name, format, lang, out, e);
    if (q->report == NULL) {
        return FLOW_FATAL;
    }
    struct err ignored;
    enum flow f = verbs[verb].run(q, e);
    enum flow g = report_close(q->report, f == FLOW_OK ? e : &ignored);
    return f == FLOW_OK ? g : f;
}
