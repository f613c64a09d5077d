/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/withhold.h"

#include "transform/variables.h"

#include <string.h>

/* "A05" speaks for "A05.2" too. */
static int rule_speaks(const char *asked, const char *id)
{
    size_t n = strlen(asked);
    return n == 0 || (strncmp(asked, id, n) == 0 && (id[n] == '\0' || id[n] == '.'));
}

static int about_record(const struct decision *d, const struct document *doc)
{
    return !*d->record || strcmp(d->record, doc->record) == 0;
}

static int confirmed(const struct plan *p, const struct subject *s, const struct document *d, const char *rule,
                     uint32_t cell)
{
    const struct plan_cell *c = &p->cells[cell];
    for (size_t i = 0; i < s->decision_count; i++) {
        const struct decision *k = s->decisions[i];
        if (k->action == DECISION_CONFIRM && about_record(k, d) && rule_speaks(k->rule, rule) &&
            (k->variable == EDITION_NONE || k->variable == c->variable) &&
            (k->category == EDITION_NONE || k->category == c->category))
            return 1;
    }
    return 0;
}

void withhold_rule(const struct plan *p, const struct subject *s, struct document *d, const char *id)
{
    const struct edition_rule *r = edition_rule(p->edition, id);
    int open = !r || r->withhold_count == 0;
    for (size_t i = 0; r && i < r->withhold_count; i++) {
        uint32_t cell = r->withholds[i];
        struct cell *c = &d->cells[cell];
        c->suspect = 1;
        if (confirmed(p, s, d, id, cell))
            continue;
        open = 1;
        if (!c->value)
            continue; /* a silence keeps its own name */
        c->value = NULL;
        c->silence = p->withheld;
        c->withheld = 1;
    }
    d->open_errors += open;
}

int withhold_verdict(const struct plan *p, const struct document *d)
{
    if (d->findings.count[EDITION_FATAL])
        return 3;
    int held = d->open_errors > 0;
    for (uint32_t i = 0; d->cells && !held && i < p->edition->cell_count; i++)
        held = d->cells[i].withheld;
    if (held)
        return 2;
    return d->findings.count[EDITION_WARNING] || d->findings.count[EDITION_ERROR] ? 1 : 0;
}

/* ---- set ---- */
static enum flow note(const struct decision *k, struct document *d, const struct edition_variable *v,
                      const char *before, const char *fr, const char *en, struct err *e)
{
    struct findings *f = &d->findings;
    struct finding *x = findings_builtin(f, RULE_DECISION, FINDING_NORMALISED);
    if (!x)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    x->variable = v->index;
    x->category = k->category;
    x->value = finding_text(f, before, strlen(before));
    x->expected = finding_text(f, k->new_value, strlen(k->new_value));
    enum flow flow = finding_say(f, x, LANG_FR, "%s : %s (%s : %s)", v->label.fr, fr, k->who, k->reason);
    if (flow == FLOW_OK)
        flow = finding_say(f, x, LANG_EN, "%s: %s (%s: %s)", v->label.en, en, k->who, k->reason);
    return flow == FLOW_OK ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory");
}

static int same_number(const char *a, const char *b)
{
    struct decimal x, y;
    return decimal_parse(a, strlen(a), &x) == DECIMAL_OK && decimal_parse(b, strlen(b), &y) == DECIMAL_OK &&
           decimal_compare(x, y) == 0;
}

static int is_old(const struct decision *k, const struct cell *c)
{
    const char *has = c->value ? c->value : c->raw;
    return !*k->old_value || strcmp(k->old_value, has) == 0 || same_number(k->old_value, has);
}

static enum flow set_one(const struct plan *p, const struct decision *k, struct document *d, struct err *e)
{
    const struct edition_variable *v = &p->edition->variables[k->variable];
    struct cell *c = &d->cells[v->first_cell + (k->category == EDITION_NONE ? 0 : k->category)];
    const char *before = c->value ? c->value : c->raw;
    struct err why;
    if (!is_old(k, c))
        return note(k, d, v, before, "décision non appliquée, la valeur reçue n'est pas celle qu'elle remplace",
                    "decision not applied, the value received is not the one it replaces", e);
    if (variables_set(c, v, *k->new_value ? k->new_value : NULL, p->blank, d->findings.arena, &why) != FLOW_OK) {
        if (why.status == STATUS_DATA)
            return note(k, d, v, before, "décision non appliquée, la nouvelle valeur n'est pas du bon type",
                        "decision not applied, the new value is of another type", e);
        *e = why;
        return FLOW_FATAL;
    }
    return note(k, d, v, before, "valeur posée par décision", "value set by decision", e);
}

enum flow withhold_set(const struct plan *p, const struct subject *s, struct document *d, struct err *e)
{
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < s->decision_count && f == FLOW_OK; i++) {
        const struct decision *k = s->decisions[i];
        if (k->action == DECISION_SET && k->variable != EDITION_NONE && about_record(k, d))
            f = set_one(p, k, d, e);
    }
    return f;
}
