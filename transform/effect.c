/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/effect.h"

#include "schemas/run/log.h"
#include "transform/withhold.h"

#include <string.h>

/* Why a decision has no effect; document: where that is told, NULL: the unit has sent nothing. */
struct idle {
    const char *fr, *en;
    struct document *document;
};

static struct document *document_of(struct unit_judgement *u, const char *record)
{
    for (size_t i = 0; i < u->count; i++)
        if (strcmp(u->documents[i].record, record) == 0)
            return &u->documents[i];
    return NULL;
}

/* The one meant: by its record, else the return in force, else the last received. */
static struct document *meant(struct unit_judgement *u, const struct decision *k)
{
    if (*k->record)
        return document_of(u, k->record);
    return u->in_force ? u->in_force : u->count ? &u->documents[u->count - 1] : NULL;
}

static int is_later(const struct decision *a, const struct decision *b)
{
    return a->when > b->when || (a->when == b->when && a->line > b->line);
}

static int withdraws(const struct unit_judgement *u, const struct decision *k)
{
    for (size_t i = 0; i < u->count; i++) {
        const struct document *d = &u->documents[i];
        if (d->state == DOCUMENT_WITHDRAWN && strcmp(d->reason, "decision") == 0 &&
            (*k->record ? strcmp(k->record, d->record) == 0 : d->received_at <= k->when))
            return 1;
    }
    return 0;
}

static int is_suspect(const struct plan *p, const struct document *d, const struct decision *k)
{
    const struct edition_variable *v = k->variable != EDITION_NONE ? &p->edition->variables[k->variable] : NULL;
    for (uint32_t i = 0; v && i < v->cells; i++)
        if ((k->category == EDITION_NONE || k->category == i) && d->cells[v->first_cell + i].suspect)
            return 1;
    return !v;
}

static int confirms(const struct plan *p, const struct document *d, const struct decision *k)
{
    for (const struct finding *x = d->findings.first; x; x = x->next)
        if (x->outcome == FINDING_FAILED && withhold_rule_speaks(k->rule, x->rule))
            return is_suspect(p, d, k);
    return 0;
}

/* 1 when it changes nothing. Of several use-record the last one counts, and the others are no more than history. */
static int is_idle(const struct plan *p, struct unit_judgement *u, const struct decision *k, const struct decision *use,
                   struct idle *out)
{
    out->document = meant(u, k);
    int in_force = u->in_force && out->document == u->in_force;
    switch (k->action) {
    case DECISION_USE_RECORD:
        out->fr = "ce document ne peut être le retour en vigueur";
        out->en = "this document cannot be the return in force";
        return k == use && !in_force;
    case DECISION_WITHDRAW:
        out->fr = use && is_later(use, k) ? "une décision plus récente remet un retour en vigueur"
                                          : "rien de ce qui a été reçu alors ne comptait";
        out->en = use && is_later(use, k) ? "a later decision puts a return back in force"
                                          : "nothing received by then counted";
        return !withdraws(u, k);
    case DECISION_REFUSAL:
        out->fr = "un retour est en vigueur, et il compte";
        out->en = "a return is in force, and it counts";
        return u->in_force != NULL;
    case DECISION_CONFIRM:
        out->fr = in_force ? "cette règle ne retient rien dans le retour en vigueur" : "aucun retour en vigueur";
        out->en = in_force ? "this rule withholds nothing in the return in force" : "no return in force";
        return !in_force || !confirms(p, u->in_force, k);
    case DECISION_SET:
        out->fr = "elle ne porte pas sur un retour en vigueur";
        out->en = "it is not about a return in force";
        return !in_force;
    }
    return 0;
}

static enum flow tell(const struct subject *s, const struct unit_judgement *u, const struct decision *k,
                      const struct idle *why, struct err *e)
{
    const char *action = decision_action_name(k->action);
    if (!why->document) {
        log_event(LOG_WARNING, "decision-without-effect", LOG_TEXT("unit", s->unit), LOG_TEXT("action", action),
                  LOG_NUM("line", k->line), LOG_TEXT("why", "nothing received"));
        return FLOW_OK;
    }
    struct findings *f = &why->document->findings;
    int use = k->action == DECISION_USE_RECORD;
    struct finding *x = findings_builtin(f, use ? RULE_SEQUENCE : RULE_DECISION, FINDING_FAILED);
    if (!x)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    x->variable = k->variable;
    x->category = k->category;
    x->value = use ? finding_text(f, why->document->identity.number, strlen(why->document->identity.number)) : k->rule;
    x->expected = use && u->in_force ? u->in_force->record : k->new_value;
    enum flow flow = finding_say(f, x, LANG_FR, "décision %s sans effet : %s", action, why->fr);
    if (flow == FLOW_OK)
        flow = finding_say(f, x, LANG_EN, "decision %s without effect: %s", action, why->en);
    return flow == FLOW_OK ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory");
}

enum flow effect_tell(const struct plan *p, const struct subject *s, struct unit_judgement *u, struct err *e)
{
    const struct decision *use = NULL;
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < s->decision_count; i++)
        if (s->decisions[i]->action == DECISION_USE_RECORD)
            use = s->decisions[i];
    for (size_t i = 0; i < s->decision_count && f == FLOW_OK; i++) {
        struct idle why;
        if (is_idle(p, u, s->decisions[i], use, &why))
            f = tell(s, u, s->decisions[i], &why, e);
    }
    return f;
}
