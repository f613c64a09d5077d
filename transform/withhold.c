/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/withhold.h"

#include <string.h>

int withhold_rule_speaks(const char *asked, const char *id)
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
        if (k->action == DECISION_CONFIRM && about_record(k, d) && withhold_rule_speaks(k->rule, rule) &&
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
