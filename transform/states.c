/* SPDX-License-Identifier: Apache-2.0 */
/* See states.h. A candidate is a document that could be the return: accepted, no test, unit in scope, not withdrawn by
 * decision. */
#include "transform/states.h"

#include "transform/effect.h"
#include "transform/falls.h"
#include "transform/stamps.h"

#include <stdlib.h>
#include <string.h>

const char *document_state_name(enum document_state s)
{
    static const char *const names[DOCUMENT_STATES] = {
        "current", "superseded", "repeat", "withdrawn", "withdrawal", "undecided", "refused", "out-of-scope", "test"};
    return names[s];
}

const char *unit_outcome_name(enum unit_outcome o)
{
    static const char *const names[UNIT_OUTCOMES] = {"complete",  "partial",   "unusable", "refusal",
                                                     "withdrawn", "undecided", "silent"};
    return names[o];
}

struct candidate {
    struct document *d;
    int64_t order;
};

struct deciding {
    const struct plan *plan;
    const struct subject *subject;
    struct unit_judgement *u;
    struct candidate *items; /* by declared order, then arrival */
    size_t count;
    const struct decision *use; /* the record to use, or NULL */
    int withdrawn, refusal;
    struct err *e;
};

static void put(struct document *d, enum document_state s, const char *reason, const struct document *related)
{
    d->state = s;
    d->reason = reason;
    d->related = related ? related->record : "";
}

static enum flow tell_with(struct deciding *k, struct document *d, const char *fr, const char *en, const char *expected)
{
    struct finding *x = findings_builtin(&d->findings, RULE_SEQUENCE, FINDING_FAILED);
    if (!x)
        return err_set(k->e, STATUS_SYSTEM, "out of memory");
    x->value = finding_text(&d->findings, d->identity.number, strlen(d->identity.number));
    x->expected = expected;
    if (finding_say(&d->findings, x, LANG_FR, "%s", fr) != FLOW_OK ||
        finding_say(&d->findings, x, LANG_EN, "%s", en) != FLOW_OK)
        return err_set(k->e, STATUS_SYSTEM, "out of memory");
    return FLOW_OK;
}

static enum flow tell(struct deciding *k, struct document *d, const char *fr, const char *en,
                      const struct document *other)
{
    return tell_with(k, d, fr, en, other ? other->record : "");
}

/* ---- decisions ---- */
static void read_decisions(struct deciding *k)
{
    for (size_t i = 0; i < k->subject->decision_count; i++) {
        const struct decision *d = k->subject->decisions[i];
        if (d->action == DECISION_USE_RECORD)
            k->use = d;
        else if (d->action == DECISION_REFUSAL)
            k->refusal = 1;
    }
}

static struct document *received(const struct deciding *k, const char *record)
{
    for (size_t i = 0; i < k->u->count; i++)
        if (strcmp(k->u->documents[i].record, record) == 0)
            return &k->u->documents[i];
    return NULL;
}

/* A record copied with a slip would leave in the figures what somebody took out of them. */
static enum flow check_records(const struct deciding *k)
{
    for (size_t i = 0; i < k->subject->decision_count; i++) {
        const struct decision *d = k->subject->decisions[i];
        if ((d->action == DECISION_USE_RECORD || d->action == DECISION_WITHDRAW) && *d->record &&
            !received(k, d->record))
            return err_set(k->e, STATUS_DATA,
                           "decisions, line %u: record \"%s\": %s has received no such record: copy it from the table "
                           "of documents",
                           (unsigned)d->line, d->record, k->subject->unit);
    }
    return FLOW_OK;
}

/* By the latest decision about it: they stand in that order. */
static int withdrawn_by_decision(const struct deciding *k, const struct document *d)
{
    int withdrawn = 0;
    for (size_t i = 0; i < k->subject->decision_count; i++) {
        const struct decision *w = k->subject->decisions[i];
        int named = strcmp(w->record, d->record) == 0;
        if (w->action == DECISION_WITHDRAW && (*w->record ? named : d->received_at <= w->when))
            withdrawn = 1;
        else if (w->action == DECISION_USE_RECORD && named)
            withdrawn = 0;
    }
    return withdrawn;
}

/* ---- the state a document has whatever stands beside it ---- */
static const char *first_fatal(const struct document *d)
{
    for (const struct finding *x = d->findings.first; x; x = x->next)
        if (x->severity == EDITION_FATAL && x->outcome == FINDING_FAILED)
            return x->rule;
    return "refused";
}

static int in_scope(const struct deciding *k)
{
    const struct plan *p = k->plan;
    return !p->frame ||
           (k->subject->row != REGISTER_NONE && register_unit(p->frame, k->subject->row).scope == REGISTER_IN);
}

/* 1 when it is a candidate. */
static int stand_alone(struct deciding *k, struct document *d)
{
    if (d->verdict == 3)
        put(d, DOCUMENT_REFUSED, first_fatal(d), NULL);
    else if (d->identity.test)
        put(d, DOCUMENT_TEST, "test", NULL);
    else if (!in_scope(k))
        put(d, DOCUMENT_OUT_OF_SCOPE, "scope", NULL);
    else if (withdrawn_by_decision(k, d)) {
        put(d, DOCUMENT_WITHDRAWN, "decision", NULL);
        k->withdrawn = 1;
    } else
        return 1;
    return 0;
}

static int64_t declared_order(const struct deciding *k, const struct document *d)
{
    int64_t t;
    if (*k->plan->edition->identity.sequence)
        return d->identity.sequence > INT64_MAX ? INT64_MAX : (int64_t)d->identity.sequence;
    return clock_parse(d->identity.stamp, strlen(d->identity.stamp), 1, &t) ? t : 0;
}

static int by_order(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return x->d < y->d ? -1 : x->d > y->d; /* documents stand in order of arrival */
}

/* Whoever sent for a unit that is not asked this year is told why it does not count, and who answers in its place. */
static enum flow tell_out_of_scope(struct deciding *k, struct document *d)
{
    const struct register_table *frame = k->plan->frame;
    const struct register_unit u = register_unit(frame, k->subject->row);
    switch (u.scope) {
    case REGISTER_MERGED:
        return tell_with(k, d, "unité fusionnée : son successeur répond pour elle, classé sans effet",
                         "merged unit: its successor answers for it, filed, no effect",
                         u.successor != REGISTER_NONE ? register_id(frame, u.successor) : "");
    case REGISTER_CREATED:
        return tell_with(k, d, "unité créée trop tard pour cette année : classé sans effet",
                         "unit created too late for this year: filed, no effect", "");
    case REGISTER_CLOSED:
        return tell_with(k, d, "unité fermée avant la fin de l'année de référence : classé sans effet",
                         "unit closed before the end of the reference year: filed, no effect", "");
    case REGISTER_IN:
        break;
    }
    return FLOW_OK;
}

static enum flow collect(struct deciding *k)
{
    k->items = calloc(k->u->count + 1, sizeof *k->items);
    if (!k->items)
        return err_set(k->e, STATUS_SYSTEM, "out of memory");
    for (size_t i = 0; i < k->u->count; i++) {
        struct document *d = &k->u->documents[i];
        if (stand_alone(k, d))
            k->items[k->count++] = (struct candidate){d, declared_order(k, d)};
        else if (d->state == DOCUMENT_OUT_OF_SCOPE && k->subject->row != REGISTER_NONE &&
                 tell_out_of_scope(k, d) != FLOW_OK)
            return FLOW_FATAL;
    }
    qsort(k->items, k->count, sizeof *k->items, by_order);
    return FLOW_OK;
}

/* ---- repeats ---- */
static int same_content(const struct document *a, const struct document *b)
{
    int withdrawals = (a->identity.nature == EDITION_WITHDRAWAL) + (b->identity.nature == EDITION_WITHDRAWAL);
    if (withdrawals == 2) /* they say nothing but that */
        return a->identity.sequence == b->identity.sequence || strcmp(a->raw_digest, b->raw_digest) == 0;
    if (withdrawals == 1)
        return 0;
    return strcmp(a->raw_digest, b->raw_digest) == 0 ||
           (*a->content_digest && strcmp(a->content_digest, b->content_digest) == 0);
}

/* The earlier candidate that i repeats: any of the same number, or the last one kept before it. */
static struct document *repeated(const struct deciding *k, size_t kept, size_t i)
{
    for (size_t j = kept; j > 0; j--) {
        int near = j == kept || k->items[j - 1].order == k->items[i].order;
        if (near && same_content(k->items[j - 1].d, k->items[i].d))
            return k->items[j - 1].d;
    }
    return NULL;
}

static enum flow drop_repeats(struct deciding *k)
{
    size_t kept = 0;
    for (size_t i = 0; i < k->count; i++) {
        struct document *first = repeated(k, kept, i);
        if (!first || (k->use && strcmp(k->use->record, k->items[i].d->record) == 0)) {
            k->items[kept++] = k->items[i];
            continue;
        }
        put(k->items[i].d, DOCUMENT_REPEAT, "same-content", first);
        if (tell(k, k->items[i].d, "même contenu qu'un retour déjà reçu : classé comme répétition",
                 "same content as a return already received: filed as a repeat", first) != FLOW_OK)
            return FLOW_FATAL;
    }
    k->count = kept;
    return FLOW_OK;
}

/* A higher number sent before a lower one, by their own clocks: told beside the latest of those it contradicts. */
static enum flow find_crossed(const struct deciding *k)
{
    const struct document *latest = NULL; /* among those of a lower number */
    int64_t latest_at = 0, t;
    enum flow f = FLOW_OK;
    for (size_t i = 0, end; i < k->count && f == FLOW_OK; i = end) {
        for (end = i; end < k->count && k->items[end].order == k->items[i].order && f == FLOW_OK; end++)
            if (latest && stamps_read(k->items[end].d, &t) && t < latest_at)
                f = stamps_cross(k->items[end].d, latest, k->e);
        for (size_t j = i; j < end; j++)
            if (stamps_read(k->items[j].d, &t) && (!latest || t > latest_at)) {
                latest = k->items[j].d;
                latest_at = t;
            }
    }
    return f;
}

/* ---- the top of the order ---- */
static struct document *chosen(const struct deciding *k)
{
    for (size_t i = 0; k->use && i < k->count; i++)
        if (strcmp(k->use->record, k->items[i].d->record) == 0)
            return k->items[i].d;
    return NULL;
}

static enum flow use_chosen(struct deciding *k, struct document *top)
{
    for (size_t i = 0; i < k->count; i++)
        if (k->items[i].d != top)
            put(k->items[i].d, DOCUMENT_SUPERSEDED, "decision", top);
    put(top, DOCUMENT_CURRENT, "decision", NULL);
    k->u->in_force = top;
    return FLOW_OK;
}

static enum flow leave_undecided(struct deciding *k, size_t first)
{
    for (size_t i = first; i < k->count; i++) {
        struct document *d = k->items[i].d, *other = k->items[i == first ? first + 1 : first].d;
        put(d, DOCUMENT_UNDECIDED, "number-tie", other);
        if (tell(k, d, "même numéro qu'un autre retour de contenu différent : une décision est nécessaire",
                 "same number as another return of different content: a decision is needed", other) != FLOW_OK)
            return FLOW_FATAL;
    }
    for (size_t i = 0; i < first; i++)
        put(k->items[i].d, DOCUMENT_SUPERSEDED, "replaced", k->items[first].d);
    return FLOW_OK;
}

/* Below the top: withdrawn when a withdrawal stands above, else superseded. */
static enum flow file_below(struct deciding *k)
{
    const struct document *top = k->items[k->count - 1].d, *withdrawal = NULL;
    enum flow f = FLOW_OK;
    for (size_t i = k->count; i-- > 0 && f == FLOW_OK;) {
        struct document *d = k->items[i].d;
        int late = d->received_at > top->received_at;
        if (d->identity.nature == EDITION_WITHDRAWAL) {
            put(d, DOCUMENT_WITHDRAWAL, late ? "older-number" : "withdrawal", late ? top : NULL);
            withdrawal = d;
        } else if (withdrawal) {
            put(d, DOCUMENT_WITHDRAWN, "withdrawal", withdrawal);
        } else if (d != top) {
            put(d, DOCUMENT_SUPERSEDED, late ? "older-number" : "replaced", top);
        }
        if (late && d->state != DOCUMENT_WITHDRAWN)
            f = tell(k, d, "numéro plus ancien qu'un retour déjà reçu : classé sans effet",
                     "number older than that of a return already received: filed, no effect", top);
    }
    return f;
}

static enum flow order_candidates(struct deciding *k)
{
    if (!k->count)
        return FLOW_OK;
    struct document *top = chosen(k);
    if (top && top->identity.nature != EDITION_WITHDRAWAL)
        return use_chosen(k, top);
    if (*k->plan->edition->identity.sequence && find_crossed(k) != FLOW_OK)
        return FLOW_FATAL;
    size_t first = k->count - 1;
    while (first > 0 && k->items[first - 1].order == k->items[k->count - 1].order)
        first--;
    if (first < k->count - 1)
        return leave_undecided(k, first);
    enum flow f = file_below(k);
    top = k->items[k->count - 1].d;
    if (top->identity.nature == EDITION_WITHDRAWAL) {
        k->withdrawn = 1;
    } else if (*top->content_digest && previous_has_content(k->subject->last, top->content_digest)) {
        put(top, DOCUMENT_UNDECIDED, "same-content-last-edition", NULL);
        if (f == FLOW_OK)
            f = tell(k, top, "même contenu qu'un retour de l'édition précédente : une décision est nécessaire",
                     "same content as a return of the last edition: a decision is needed", NULL);
    } else {
        put(top, DOCUMENT_CURRENT, "", NULL);
        k->u->in_force = top;
        const struct document *below = k->count > 1 ? k->items[k->count - 2].d : NULL;
        if (f == FLOW_OK && below && below->state == DOCUMENT_SUPERSEDED)
            f = falls_tell(k->plan, below, top, k->e);
    }
    return f;
}

/* A refused document after the return in force changes nothing, and says so. */
static enum flow tell_refused(struct deciding *k)
{
    const struct document *in_force = k->u->in_force;
    enum flow f = FLOW_OK;
    for (size_t i = 0; in_force && i < k->u->count && f == FLOW_OK; i++) {
        struct document *d = &k->u->documents[i];
        if (d->state != DOCUMENT_REFUSED || d->received_at < in_force->received_at || d->named_wrong)
            continue;
        d->related = in_force->record;
        f = tell(k, d, "refusé : le retour précédent reste en vigueur", "refused: the earlier return stays in force",
                 in_force);
    }
    return f;
}

/* ---- outcome ---- */
static int answered(const struct plan *p, const struct cell *c)
{
    return c->value || p->edition->silences[c->silence].answered;
}

static int core_answered(const struct plan *p, const struct document *d, const struct edition_variable *v)
{
    if (v->core_category != EDITION_NONE)
        return answered(p, &d->cells[v->first_cell + v->core_category]);
    for (uint32_t i = 0; i < v->cells; i++)
        if (!answered(p, &d->cells[v->first_cell + i]))
            return 0;
    return 1;
}

static int is_sum(const struct plan *p, const struct edition_variable *v)
{
    for (size_t i = 0; i < p->edition->variable_count; i++)
        if (p->edition->variables[i].sum_to == v->index)
            return 1;
    return 0;
}

static enum unit_outcome weigh(const struct plan *p, struct unit_judgement *u)
{
    const struct document *d = u->in_force;
    int base = 0; /* a total or one breakdown */
    for (size_t i = 0; i < p->edition->variable_count; i++) {
        const struct edition_variable *v = &p->edition->variables[i];
        for (uint32_t c = 0; v->missing == EDITION_ASK && c < v->cells; c++) {
            u->items_asked++;
            u->items_answered += (unsigned)answered(p, &d->cells[v->first_cell + c]);
        }
        if (!v->core)
            continue;
        int yes = core_answered(p, d, v);
        u->core_asked++;
        u->core_answered += (unsigned)yes;
        base |= yes && (is_sum(p, v) || (v->shape == EDITION_KEYED && v->core_category == EDITION_NONE));
    }
    double share = u->core_asked ? (double)u->core_answered / u->core_asked : 1;
    if (share >= p->edition->core_complete)
        return UNIT_COMPLETE;
    return share >= p->edition->core_partial && base ? UNIT_PARTIAL : UNIT_UNUSABLE;
}

static enum unit_outcome without_return(const struct deciding *k)
{
    int refused = 0, undecided = 0;
    for (size_t i = 0; i < k->u->count; i++) {
        refused |= k->u->documents[i].state == DOCUMENT_REFUSED;
        undecided |= k->u->documents[i].state == DOCUMENT_UNDECIDED;
    }
    if (undecided)
        return UNIT_UNDECIDED;
    if (k->refusal)
        return UNIT_REFUSAL;
    if (k->withdrawn)
        return UNIT_WITHDRAWN;
    return refused ? UNIT_UNUSABLE : UNIT_SILENT;
}

enum flow states_decide(const struct plan *p, const struct subject *s, struct unit_judgement *u, struct err *e)
{
    struct deciding k = {.plan = p, .subject = s, .u = u, .e = e};
    u->in_force = NULL;
    u->core_asked = u->core_answered = u->items_asked = u->items_answered = 0;
    read_decisions(&k);
    enum flow f = check_records(&k);
    if (f == FLOW_OK)
        f = stamps_ahead(p, u, e);
    if (f == FLOW_OK)
        f = collect(&k);
    if (f == FLOW_OK)
        f = drop_repeats(&k);
    if (f == FLOW_OK)
        f = order_candidates(&k);
    if (f == FLOW_OK)
        f = tell_refused(&k);
    if (f == FLOW_OK)
        u->outcome = u->in_force ? weigh(p, u) : without_return(&k);
    if (f == FLOW_OK)
        f = effect_tell(p, s, u, e);
    free(k.items);
    return f;
}
