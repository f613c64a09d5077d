/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/falls.h"

#include <stdio.h>
#include <string.h>

#define PARAMETER "sequence.grows"

/* The next variable that the parameter names; NULL at the end, or when the word is none: then it stands in word. */
static const struct edition_variable *next(const struct edition *ed, const char **cursor, char *word, size_t size)
{
    size_t skip = strspn(*cursor, " "), n = strcspn(*cursor + skip, " ");
    (void)snprintf(word, size, "%.*s", (int)n, *cursor + skip);
    *cursor += skip + n;
    return n ? edition_variable(ed, word) : NULL;
}

enum flow falls_check(const struct edition *ed, struct err *e)
{
    const char *cursor = edition_parameter(ed, PARAMETER);
    char word[128];
    while (cursor && *cursor) {
        const struct edition_variable *v = next(ed, &cursor, word, sizeof word);
        if (*word && (!v || v->type > EDITION_DECIMAL))
            return err_set(e, STATUS_CONFIG,
                           "%s/parameters.csv: parameter \"%s\": \"%s\" is no variable that is a number", ed->folder,
                           PARAMETER, word);
    }
    return FLOW_OK;
}

static enum flow tell(struct document *d, const struct document *before, const struct edition_variable *v, uint32_t i,
                      struct err *e)
{
    struct findings *f = &d->findings;
    struct finding *x = findings_builtin(f, RULE_FALL, FINDING_FAILED);
    if (!x)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    const struct edition_category *c = v->shape == EDITION_KEYED ? &v->list->categories[i] : NULL;
    const char *number = finding_text(f, before->identity.number, strlen(before->identity.number));
    x->variable = v->index;
    x->category = c ? i : EDITION_NONE;
    x->value = d->cells[v->first_cell + i].value;
    x->expected = before->cells[v->first_cell + i].value;
    x->line = d->cells[v->first_cell + i].line;
    enum flow k = finding_say(f, x, LANG_FR, "%s%s%s : %s, après %s dans l'envoi n° %s : un cumul ne diminue pas",
                              v->label.fr, c ? ", " : "", c ? c->label.fr : "", x->value, x->expected, number);
    if (k == FLOW_OK)
        k = finding_say(f, x, LANG_EN, "%s%s%s: %s, after %s in sending no %s: a cumulative number does not fall",
                        v->label.en, c ? ", " : "", c ? c->label.en : "", x->value, x->expected, number);
    if (d->verdict == 0 && x->severity > EDITION_INFORMATION)
        d->verdict = 1;
    return k == FLOW_OK ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory");
}

enum flow falls_tell(const struct plan *p, const struct document *before, struct document *d, struct err *e)
{
    const char *cursor = edition_parameter(p->edition, PARAMETER);
    char word[128];
    enum flow f = FLOW_OK;
    while (cursor && *cursor && before->cells && d->cells && f == FLOW_OK) {
        const struct edition_variable *v = next(p->edition, &cursor, word, sizeof word);
        for (uint32_t i = 0; v && v->type <= EDITION_DECIMAL && i < v->cells && f == FLOW_OK; i++) {
            const struct cell *was = &before->cells[v->first_cell + i], *is = &d->cells[v->first_cell + i];
            if (was->value && is->value && decimal_compare(is->number, was->number) < 0)
                f = tell(d, before, v, i, e);
        }
    }
    return f;
}
