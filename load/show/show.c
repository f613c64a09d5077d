/* SPDX-License-Identifier: Apache-2.0 */
#include "load/show/show.h"

#include "load/show/spool.h"
#include "load/words.h"

#include "schemas/run/text.h"

#include <stdio.h>
#include <string.h>

/* Options that a verb listens to; any other would be passed over in silence. */
enum {
    TAKES_VINTAGE = 1 << 0,
    TAKES_DOMAIN = 1 << 1,  /* kind, with or without a code */
    TAKES_AREA = 1 << 2,    /* only with a code, but for the nation */
    TAKES_FILTERS = 1 << 3, /* of findings */
    TAKES_FIGURE = 1 << 4,
    TAKES_CONTACTS = 1 << 5
};

/* The verbs of --show, in the order of the manual page. */
static const struct verb {
    const char *name;
    show_verb *run;
    size_t operands;
    const char *operand; /* what it takes, in words */
    unsigned takes;
    enum areas_of areas;
    const char *kinds; /* of domains, a blank between */
} verbs[] = {
    {"figures", show_figures, 0, "no operand", TAKES_VINTAGE | TAKES_DOMAIN | TAKES_FIGURE, AREAS_OF_FIGURES,
     "nation region size carrier departement"},
    {"response", show_response, 0, "no operand", TAKES_VINTAGE | TAKES_DOMAIN, AREAS_OF_REGISTER,
     "nation region departement"},
    {"findings", show_findings, 0, "no operand", TAKES_VINTAGE | TAKES_FILTERS, 0, ""},
    {"unit", show_unit, 1, "a UNIT", TAKES_VINTAGE, 0, ""},
    {"trace", show_trace, 1, "a FIGURE", TAKES_VINTAGE | TAKES_AREA, AREAS_OF_FIGURES,
     "nation region size carrier departement"},
    {"followup", show_followup, 0, "no operand", TAKES_VINTAGE | TAKES_AREA | TAKES_FIGURE | TAKES_CONTACTS,
     AREAS_OF_REGISTER, "nation region departement carrier"},
    {"revisions", show_revisions, 2, "two numbers of vintages, the earlier first", 0, 0, ""},
    {"series", show_series, 0, "no operand", TAKES_FIGURE, 0, ""},
    {"vintages", show_vintages, 0, "no operand", 0, 0, ""},
    {"method", show_method, 0, "no operand", TAKES_VINTAGE, 0, ""},
    {"quality", show_quality, 0, "no operand", TAKES_VINTAGE | TAKES_FIGURE, 0, ""},
    {"variance", show_variance, 0, "no operand", TAKES_VINTAGE, 0, ""},
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

void show_heading(struct question *q)
{
    const struct vintage *v = &q->vintage;
    const char *as_of = *v->as_of != '\0' ? v->as_of : "-";
    if (report_lang(q->report) == REPORT_FR) {
        report_note(q->report, "campagne %s, version %lld (%s), état au %s, édition %s révision %lld", v->campaign,
                    (long long)v->number, words_of_answer(v->status, 1), as_of, v->edition_id,
                    (long long)v->edition_revision);
    } else {
        report_note(q->report, "campaign %s, vintage %lld (%s), as of %s, edition %s revision %lld", v->campaign,
                    (long long)v->number, v->status, as_of, v->edition_id, (long long)v->edition_revision);
    }
    if (*q->asked != '\0') {
        report_note(q->report, "%s %s: %s %s", q->kind, q->asked, report_words(q->report, "dans", "part of"), q->code);
    }
}

static enum flow check_operands(const struct verb *v, const struct question *q, struct err *e)
{
    if (q->operands == v->operands) {
        return FLOW_OK;
    }
    return err_set(e, STATUS_USAGE, "--show %s takes %s", v->name, v->operand);
}

static enum flow check_options(const struct verb *v, const struct question *q, struct err *e)
{
    const struct {
        const char *option;
        int given;
        unsigned taken;
    } options[] = {
        {"vintage", q->number != 0, TAKES_VINTAGE},        {"domain", q->domain != NULL, TAKES_DOMAIN | TAKES_AREA},
        {"unit", q->unit != NULL, TAKES_FILTERS},          {"rule", q->rule != NULL, TAKES_FILTERS},
        {"severity", q->severity != NULL, TAKES_FILTERS},  {"stage", q->stage != NULL, TAKES_FILTERS},
        {"outcome", q->outcome != NULL, TAKES_FILTERS},    {"variable", q->variable != NULL, TAKES_FILTERS},
        {"contacts", q->contacts != NULL, TAKES_CONTACTS}, {"figure", q->figure != NULL, TAKES_FIGURE},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (options[i].given && (v->takes & options[i].taken) == 0) {
            return err_set(e, STATUS_USAGE, "--show %s takes no --%s", v->name, options[i].option);
        }
    }
    return FLOW_OK;
}

/* "region=11" cut into kind and code. */
static enum flow cut_domain(const struct verb *v, struct question *q, struct err *e)
{
    *q->kind = *q->code = *q->asked = '\0';
    if (q->domain == NULL) {
        return FLOW_OK;
    }
    const char *equal = strchr(q->domain, '=');
    STORE_KEEP(q->kind, q->domain);
    if (equal != NULL && (size_t)(equal - q->domain) < sizeof q->kind) {
        q->kind[equal - q->domain] = '\0';
        STORE_KEEP(q->code, equal + 1);
    }
    int nation = strcmp(q->kind, "nation") == 0;
    if (!text_in_list(v->kinds, ' ', q->kind, strlen(q->kind))) {
        return err_set(e, STATUS_USAGE, "--domain %.100s: --show %s takes one of %s, with =CODE for one of them",
                       q->domain, v->name, v->kinds);
    }
    if (equal != NULL && (nation || *q->code == '\0')) {
        return err_set(e, STATUS_USAGE, "--domain %.100s: %s", q->domain,
                       nation ? "the nation has no code" : "a code is due behind the =");
    }
    if (!nation && *q->code == '\0' && (v->takes & TAKES_AREA)) {
        return err_set(e, STATUS_USAGE, "--domain %.100s: --show %s is about one of them: %s=CODE", q->domain, v->name,
                       q->kind);
    }
    return FLOW_OK;
}

/* Campaign, vintage, area: whatever the verb. */
static enum flow find_vintage(const struct verb *v, struct question *q, struct err *e)
{
    char campaign[STORE_TEXT];
    enum flow f = store_campaign(q->db, q->campaign, campaign, e);
    f = f == FLOW_OK ? store_vintage(q->db, campaign, q->number, &q->vintage, e) : f;
    q->areas = v->areas;
    return f == FLOW_OK && *q->code != '\0' ? show_check_area(q, e) : f;
}

enum flow show_run(int verb, struct question *q, enum report_format format, enum report_lang lang, struct sink out,
                   struct err *e)
{
    const struct verb *v = &verbs[verb];
    if (check_operands(v, q, e) != FLOW_OK || check_options(v, q, e) != FLOW_OK || cut_domain(v, q, e) != FLOW_OK ||
        find_vintage(v, q, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    struct spool kept = SPOOL_EMPTY;
    q->report = report_open(v->name, format, lang, spool_sink(&kept), e);
    if (q->report == NULL) {
        return FLOW_FATAL;
    }
    enum flow f = v->run(q, e);
    if (f != FLOW_OK) {
        report_abort(q->report);
    } else {
        f = report_close(q->report, e);
    }
    if (f == FLOW_OK) {
        f = spool_send(&kept, out, e);
    }
    spool_close(&kept);
    return f;
}
