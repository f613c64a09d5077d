/* SPDX-License-Identifier: Apache-2.0 */
/* See set.h. An element is made only along plain routes (child steps and attributes): where a select asks for more, the
 * finding says that the rules do not see the value. */
#include "transform/set.h"

#include "transform/content.h"
#include "transform/number.h"

#include <stdlib.h>
#include <string.h>

#define XSI "http://www.w3.org/2001/XMLSchema-instance"

struct setting {
    const struct plan *plan;
    struct variables *variables;
    struct xml_reader *reader;
    xmlDocPtr doc;
    struct document *d;
    unsigned char *fixed; /* by variable: a decision stands */
    struct nodes rows, found;
    struct err *e;
};

static enum flow no_memory(struct err *e)
{
    return err_set(e, STATUS_SYSTEM, "out of memory");
}

/* ---- making what was left out ---- */
static int is_step(const xmlNode *n, const struct route_step *s)
{
    if (n->type != XML_ELEMENT_NODE || strcmp((const char *)n->name, s->local) != 0)
        return 0;
    return n->ns ? s->uri && strcmp((const char *)n->ns->href, s->uri) == 0 : !s->uri;
}

/* The last child that is this step, or NULL. */
static xmlNodePtr last_child(xmlNodePtr parent, const struct route_step *s)
{
    xmlNodePtr n = parent->last;
    while (n && !is_step(n, s))
        n = n->prev;
    return n;
}

/* A new child, after its likes where there are some. Never the root: a document has one. */
static xmlNodePtr make_child(xmlNodePtr parent, const struct route_step *s)
{
    if (parent->type != XML_ELEMENT_NODE)
        return NULL;
    xmlNsPtr ns = s->uri ? xmlSearchNsByHref(parent->doc, parent, BAD_CAST s->uri) : NULL;
    xmlNodePtr made = s->uri && !ns ? NULL : xmlNewDocNode(parent->doc, ns, BAD_CAST s->local, NULL);
    if (!made)
        return NULL;
    xmlNodePtr like = last_child(parent, s);
    if (!(like ? xmlAddNextSibling(like, made) : xmlAddChild(parent, made))) {
        xmlFreeNode(made);
        return NULL;
    }
    return made;
}

/* The node at the end of the first `steps` steps and the attribute, found or made; NULL when it cannot be. */
static xmlNodePtr reach(const struct route *r, size_t steps, xmlNodePtr from)
{
    xmlNodePtr n = r->absolute ? (xmlNodePtr)from->doc : from;
    for (size_t i = 0; n && i < steps; i++) {
        xmlNodePtr child = last_child(n, &r->steps[i]);
        n = child ? child : make_child(n, &r->steps[i]);
    }
    if (!n || steps < r->count || !r->attribute)
        return n;
    xmlAttrPtr a = xmlHasNsProp(n, BAD_CAST r->attribute, NULL);
    return (xmlNodePtr)(a ? a : xmlNewProp(n, BAD_CAST r->attribute, BAD_CAST ""));
}

static int is_row_of(struct setting *k, const struct variable_routes *r, xmlNodePtr row, const char *code)
{
    xmlChar *owned;
    if (route_select(r->key, row, r->xpath, &k->found, k->e) != FLOW_OK || !k->found.count)
        return 0;
    const char *s = content_text(k->found.items[0], &owned);
    s += strspn(s, " \t\r\n");
    size_t n = strlen(code);
    int same = strncmp(s, code, n) == 0 && s[n + strspn(s + n, " \t\r\n")] == '\0';
    xmlFree(owned);
    return same;
}

static xmlNodePtr make_row(const struct variable_routes *r, xmlNodePtr root, const char *code)
{
    const struct route *c = r->context;
    if (!c->plain || !c->count || c->attribute || !r->key->plain || (!r->key->count && !r->key->attribute) ||
        r->key->absolute)
        return NULL;
    xmlNodePtr parent = reach(c, c->count - 1, root);
    xmlNodePtr row = parent ? make_child(parent, &c->steps[c->count - 1]) : NULL;
    xmlNodePtr key = row ? reach(r->key, r->key->count, row) : NULL;
    return key && content_put(key, code) ? row : NULL;
}

/* What a second row of the category says is not counted: rules must not add it. */
static enum flow empty_value(struct setting *k, const struct variable_routes *r, xmlNodePtr row)
{
    if (route_select(r->value, row, r->xpath, &k->found, k->e) != FLOW_OK)
        return FLOW_FATAL;
    for (size_t i = 0; i < k->found.count; i++)
        if (!content_put(k->found.items[i], ""))
            return no_memory(k->e);
    return FLOW_OK;
}

/* The row of a category: the first of its key, the others emptied; NULL when there is none. */
static enum flow find_row(struct setting *k, const struct variable_routes *r, const char *code, xmlNodePtr *row)
{
    enum flow f = route_select(r->context, (xmlNodePtr)k->doc, r->xpath, &k->rows, k->e);
    *row = NULL;
    for (size_t i = 0; i < k->rows.count && f == FLOW_OK; i++) {
        if (!is_row_of(k, r, k->rows.items[i], code))
            continue;
        if (*row)
            f = empty_value(k, r, k->rows.items[i]);
        else
            *row = k->rows.items[i];
    }
    return f;
}

/* The node of a cell, found or made; *node NULL when the routes are not plain enough. */
static enum flow find_node(struct setting *k, const struct edition_variable *v, uint32_t category, xmlNodePtr *node)
{
    struct variable_routes r = variables_routes(k->variables, v->index);
    xmlNodePtr from = (xmlNodePtr)k->doc;
    if (v->shape == EDITION_COMPUTED)
        return FLOW_OK;
    if (v->shape == EDITION_KEYED) {
        const char *code = v->list->categories[category].code;
        if (find_row(k, &r, code, &from) != FLOW_OK)
            return FLOW_FATAL;
        if (!from && !*node)
            from = make_row(&r, (xmlNodePtr)k->doc, code);
    }
    if (!*node && from && r.value->plain)
        *node = reach(r.value, r.value->count, from);
    return FLOW_OK;
}

/* A value stands: the marks of silence on its element go. */
static void unmark(const struct edition *ed, xmlNodePtr n)
{
    if (n->type != XML_ELEMENT_NODE)
        return;
    (void)xmlUnsetNsProp(n, xmlSearchNsByHref(n->doc, n, BAD_CAST XSI), BAD_CAST "nil");
    if (*ed->identity.nil_reason)
        (void)xmlUnsetProp(n, BAD_CAST ed->identity.nil_reason);
}

/* ---- findings ---- */
struct told {
    const char *before, *after, *fr, *en;
    int refused; /* nothing was changed */
};

static enum flow note(struct setting *k, const struct decision *decision, const struct edition_variable *v,
                      uint32_t category, const struct told *t)
{
    struct findings *f = &k->d->findings;
    struct finding *x = findings_builtin(f, RULE_DECISION, t->refused ? FINDING_FAILED : FINDING_NORMALISED);
    if (!x)
        return no_memory(k->e);
    x->variable = v->index;
    x->category = category;
    x->value = finding_text(f, t->before, strlen(t->before));
    x->expected = finding_text(f, t->after, strlen(t->after));
    const struct cell *c = &k->d->cells[v->first_cell + (category == EDITION_NONE ? 0 : category)];
    enum flow flow = finding_place(f, x, k->reader, c->node);
    x->line = c->line; /* none where the sender wrote nothing */
    x->column = c->line ? x->column : 0;
    if (flow == FLOW_OK)
        flow = finding_say(f, x, LANG_FR, "%s : %s (%s : %s)", v->label.fr, t->fr, decision->who, decision->reason);
    if (flow == FLOW_OK)
        flow = finding_say(f, x, LANG_EN, "%s: %s (%s: %s)", v->label.en, t->en, decision->who, decision->reason);
    return flow == FLOW_OK ? FLOW_OK : no_memory(k->e);
}

/* ---- one decision ---- */
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

static int is_of_type(const struct edition_variable *v, const char *value, struct number *number)
{
    *number = (struct number){0};
    if (v->type == EDITION_CODE || v->type == EDITION_FLAG)
        return edition_category(v->list, value, strlen(value)) != EDITION_NONE;
    if (v->type == EDITION_COUNT || v->type == EDITION_DECIMAL)
        return number_read(value, strlen(value), v->type == EDITION_COUNT, 0, number) == NUMBER_OK;
    return 1;
}

static enum flow put_value(struct setting *k, struct cell *c, const struct edition_variable *v, uint32_t category,
                           const char *value)
{
    struct number number = {0};
    if (*value && !is_of_type(v, value, &number))
        return FLOW_ITEM;
    if (*value && find_node(k, v, category, &c->node) != FLOW_OK)
        return FLOW_FATAL;
    c->value = *value ? arena_strdup(k->d->findings.arena, value) : NULL;
    c->number = number.value;
    c->silence = k->plan->blank;
    c->bad = c->withheld = 0;
    k->fixed[v->index] = 1;
    if ((*value && !c->value) || (c->node && !content_put(c->node, value)))
        return no_memory(k->e);
    if (*value && c->node)
        unmark(k->plan->edition, c->node);
    return FLOW_OK;
}

static enum flow set_one(struct setting *k, const struct decision *decision)
{
    const struct edition_variable *v = &k->plan->edition->variables[decision->variable];
    struct cell *c = &k->d->cells[v->first_cell + (decision->category == EDITION_NONE ? 0 : decision->category)];
    struct told t = {.before = c->value ? c->value : c->raw, .after = decision->new_value};
    enum flow f = is_old(decision, c) ? put_value(k, c, v, decision->category, decision->new_value) : FLOW_END;
    if (f == FLOW_FATAL)
        return f;
    t.refused = f != FLOW_OK;
    if (f == FLOW_END) {
        t.fr = "décision non appliquée, la valeur reçue n'est pas celle qu'elle remplace";
        t.en = "decision not applied, the value received is not the one it replaces";
    } else if (f == FLOW_ITEM) {
        t.fr = "décision non appliquée, la nouvelle valeur n'est pas du bon type";
        t.en = "decision not applied, the new value is of another type";
    } else if (c->value && !c->node) {
        t.fr = "valeur posée par décision, que les règles ne voient pas : elle ne se lit pas à un seul endroit";
        t.en = "value set by decision, not seen by the rules: it is not read in one place";
    } else {
        t.fr = "valeur posée par décision";
        t.en = "value set by decision";
    }
    return note(k, decision, v, decision->category, &t);
}

/* ---- computed variables ---- */
static int differs(const struct cell *a, const struct cell *b)
{
    return !a->value || !b->value ? a->value != b->value : strcmp(a->value, b->value) != 0;
}

static enum flow compute_again(struct setting *k, const struct decision *last)
{
    enum flow f = FLOW_OK;
    for (uint32_t i = 0; i < k->plan->edition->variable_count && f == FLOW_OK; i++) {
        const struct edition_variable *v = &k->plan->edition->variables[i];
        if (v->shape != EDITION_COMPUTED || k->fixed[i])
            continue;
        struct cell *c = &k->d->cells[v->first_cell], was = *c;
        f = variables_compute(k->variables, k->reader, k->doc, k->d->cells, i, k->d->findings.arena, k->e);
        c->raw = was.raw; /* what the return as received gave */
        if (f != FLOW_OK || !differs(c, &was))
            continue;
        struct told t = {.before = was.value ? was.value : "",
                         .after = c->value ? c->value : "",
                         .fr = "calculée de nouveau après une décision",
                         .en = "computed again after a decision"};
        f = note(k, last, v, EDITION_NONE, &t);
    }
    return f;
}

static int about(const struct decision *k, const struct document *d)
{
    return k->action == DECISION_SET && k->variable != EDITION_NONE &&
           (!*k->record || strcmp(k->record, d->record) == 0);
}

enum flow set_apply(const struct plan *p, const struct subject *s, struct variables *v, struct xml_reader *reader,
                    xmlDocPtr doc, struct document *d, struct err *e)
{
    struct setting k = {.plan = p, .variables = v, .reader = reader, .doc = doc, .d = d, .e = e};
    const struct decision *last = NULL;
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < s->decision_count && f == FLOW_OK; i++) {
        if (!about(s->decisions[i], d))
            continue;
        if (!k.fixed)
            k.fixed = arena_get(d->findings.arena, p->edition->variable_count + 1);
        last = s->decisions[i];
        f = k.fixed ? set_one(&k, last) : no_memory(e);
    }
    if (f == FLOW_OK && last)
        f = compute_again(&k, last);
    nodes_fini(&k.rows);
    nodes_fini(&k.found);
    return f;
}
