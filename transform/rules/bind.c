/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/rules/bind.h"

#include "schemas/run/output.h"
#include "transform/content.h"
#include "transform/withhold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REGISTER, PREVIOUS, PARAMETER, BOUND };
static const char *const bound_names[] = {"register", "previous", "parameter", NULL};
static const char *const languages[] = {"fr", "en", NULL};

struct rules {
    const struct plan *plan;
    struct schematron *schema; /* NULL: the edition has no rules */
    xmlDocPtr bound[BOUND];
};

static enum flow no_memory(struct err *e)
{
    return err_set(e, STATUS_SYSTEM, "out of memory");
}

static xmlDocPtr new_row(void)
{
    xmlDocPtr d = xmlNewDoc(BAD_CAST "1.0");
    xmlNodePtr row = d ? xmlNewNode(NULL, BAD_CAST "row") : NULL;
    if (row)
        (void)xmlDocSetRootElement(d, row);
    return d;
}

static xmlNodePtr row_of(xmlDocPtr d)
{
    return d ? xmlDocGetRootElement(d) : NULL;
}

/* Appends without looking for an attribute of that name: the caller's names differ. */
static int set(xmlNodePtr row, xmlAttrPtr *last, const char *name, const char *value)
{
    xmlAttrPtr a = NULL;
    if (!*last) {
        *last = xmlNewProp(row, BAD_CAST name, BAD_CAST value);
        return *last != NULL;
    }
    a = xmlNewDocProp(row->doc, BAD_CAST name, NULL);
    if (!a)
        return 0;
    a->parent = row;
    a->prev = *last;
    (*last)->next = a;
    *last = a;
    return content_put((xmlNodePtr)a, value);
}

static enum flow bind(struct rules *r, int which, xmlDocPtr d, struct err *e)
{
    if (r->schema && schematron_bind(r->schema, bound_names[which], row_of(d), e) != FLOW_OK)
        return FLOW_FATAL;
    xmlFreeDoc(r->bound[which]);
    r->bound[which] = d;
    return FLOW_OK;
}

static xmlDocPtr parameters(const struct edition *ed)
{
    xmlDocPtr d = new_row();
    xmlAttrPtr last = NULL;
    int good = d && row_of(d);
    for (size_t i = 0; good && i < ed->parameter_count; i++)
        if (*ed->parameters[i].value)
            good = set(row_of(d), &last, ed->parameters[i].id, ed->parameters[i].value);
    if (good)
        return d;
    xmlFreeDoc(d);
    return NULL;
}

struct rules *rules_new(const struct plan *p, struct err *e)
{
    struct rules *r = calloc(1, sizeof *r);
    char name[4096];
    if (!r) {
        (void)no_memory(e);
        return NULL;
    }
    r->plan = p;
    (void)snprintf(name, sizeof name, "%s/rules.sch", p->edition->folder);
    struct schematron_options o = {.name = name, .externals = bound_names, .languages = languages};
    xmlDocPtr d = parameters(p->edition);
    enum flow f = d ? FLOW_OK : no_memory(e);
    if (f == FLOW_OK && p->rules_text.len) {
        r->schema = schematron_open(p->rules_text.data, p->rules_text.len, &o, e);
        f = r->schema ? FLOW_OK : FLOW_FATAL;
    }
    if (f == FLOW_OK)
        f = bind(r, PARAMETER, d, e);
    else
        xmlFreeDoc(d);
    if (f != FLOW_OK) {
        rules_free(r);
        return NULL;
    }
    return r;
}

void rules_free(struct rules *r)
{
    if (!r)
        return;
    schematron_close(r->schema);
    for (int i = 0; i < BOUND; i++)
        xmlFreeDoc(r->bound[i]);
    free(r);
}

/* ---- what belongs to a unit ---- */
static int is_name(const char *s)
{
    if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || *s == '_'))
        return 0;
    for (; *s; s++)
        if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') || strchr("_-.", *s)))
            return 0;
    return 1;
}

static xmlDocPtr register_row(const struct plan *p, uint32_t unit)
{
    const struct register_table *t = p->frame;
    const struct register_unit *u = register_unit(t, unit);
    uint32_t size = register_column_index(t, p->edition->frame.size);
    char text[DECIMAL_TEXT_MAX];
    xmlDocPtr d = new_row();
    xmlAttrPtr last = NULL;
    int good = d && row_of(d);
    for (uint32_t c = 0; good && c < register_columns(t); c++) {
        const char *value = register_value(t, unit, c);
        if (c == size && *value) { /* with what was merged into the unit */
            (void)decimal_print(u->size, text);
            value = text;
        }
        if (*value && is_name(register_column(t, c)))
            good = set(row_of(d), &last, register_column(t, c), value);
    }
    if (good)
        return d;
    xmlFreeDoc(d);
    return NULL;
}

static xmlDocPtr previous_row(const struct previous_value *v)
{
    char name[256];
    xmlDocPtr d = new_row();
    xmlAttrPtr last = NULL;
    int good = d && row_of(d);
    for (; good && v; v = v->next) {
        (void)snprintf(name, sizeof name, "%s%s%s", v->variable, *v->category ? "." : "", v->category);
        if (is_name(name))
            good = set(row_of(d), &last, name, v->value);
    }
    if (good)
        return d;
    xmlFreeDoc(d);
    return NULL;
}

enum flow rules_subject(struct rules *r, const struct subject *s, struct err *e)
{
    xmlDocPtr d = NULL;
    if (r->plan->frame && s->row != REGISTER_NONE && !(d = register_row(r->plan, s->row)))
        return no_memory(e);
    if (bind(r, REGISTER, d, e) != FLOW_OK)
        return FLOW_FATAL;
    d = NULL;
    if (s->previous && !(d = previous_row(s->previous)))
        return no_memory(e);
    return bind(r, PREVIOUS, d, e);
}

/* ---- running ---- */
struct run {
    struct rules *rules;
    struct xml_reader *reader;
    const struct subject *subject;
    struct document *document;
};

/* The variable a finding is about: the one whose value is the node; else the only one the rule withholds. */
static void name_variable(const struct run *run, struct finding *x, const xmlNode *node, const char *id)
{
    const struct plan *p = run->rules->plan;
    for (uint32_t c = 0; node && c < p->edition->cell_count; c++)
        if (run->document->cells[c].node == node) {
            x->variable = p->cells[c].variable;
            x->category = p->cells[c].category;
            return;
        }
    const struct edition_rule *rule = edition_rule(p->edition, id);
    if (rule && rule->withhold_count)
        x->variable = p->cells[rule->withholds[0]].variable;
}

static enum flow say(struct findings *f, struct finding *x, const struct schematron_result *r,
                     const struct edition_rule *rule)
{
    for (enum language l = 0; l < LANGUAGES; l++) {
        const char *label = rule ? l == LANG_FR ? rule->label.fr : rule->label.en : r->id;
        const char *text = *r->message[l] ? r->message[l] : label;
        enum flow k;
        if (r->outcome == SCHEMATRON_CRASHED)
            k = finding_say(f, x, l,
                            l == LANG_FR ? "%s : la règle s'est arrêtée sur une erreur (%s)"
                                         : "%s: the rule stopped with an error (%s)",
                            label, r->fault);
        else
            k = finding_say(f, x, l, "%s", text);
        if (k != FLOW_OK)
            return k;
    }
    return FLOW_OK;
}

static int is_leaf(const xmlNode *n)
{
    for (const xmlNode *c = n->children; c; c = c->next)
        if (c->type == XML_ELEMENT_NODE)
            return 0;
    return n->type == XML_ELEMENT_NODE || n->type == XML_ATTRIBUTE_NODE;
}

/* A rule that could not be evaluated is said once, however many nodes it was asked of. */
static int was_told(const struct findings *f, const char *id, const struct edition *ed)
{
    const struct edition_rule *r = edition_rule(ed, id);
    for (const struct finding *x = f->first; r && x; x = x->next)
        if (x->outcome == FINDING_NOT_EVALUABLE && strcmp(x->rule, r->id) == 0)
            return 1;
    return 0;
}

static enum flow keep(void *ctx, const struct schematron_result *r, struct err *e)
{
    const struct run *run = ctx;
    struct findings *f = &run->document->findings;
    enum finding_outcome o = r->outcome == SCHEMATRON_FAILED ? FINDING_FAILED : FINDING_NOT_EVALUABLE;
    if (!edition_rule(run->rules->plan->edition, r->id))
        return FLOW_OK; /* no row of rules.csv in force: the rule is not yet, or no longer, one */
    if (r->outcome == SCHEMATRON_NOT_EVALUABLE && was_told(f, r->id, run->rules->plan->edition))
        return FLOW_OK;
    struct finding *x = findings_rule(f, r->id, o);
    if (!x)
        return no_memory(e);
    f->crashed += r->outcome == SCHEMATRON_CRASHED;
    if (r->outcome == SCHEMATRON_FAILED && x->severity >= EDITION_ERROR)
        withhold_rule(run->rules->plan, run->subject, run->document, r->id);
    name_variable(run, x, r->node, r->id);
    if (finding_place(f, x, run->reader, r->node) != FLOW_OK)
        return no_memory(e);
    if (is_leaf(r->node)) {
        xmlChar *owned;
        const char *text = content_text(r->node, &owned);
        x->value = finding_text(f, text, strlen(text));
        xmlFree(owned);
    }
    return say(f, x, r, edition_rule(run->rules->plan->edition, r->id)) == FLOW_OK ? FLOW_OK : no_memory(e);
}

enum flow rules_run(struct rules *r, struct xml_reader *reader, xmlDocPtr doc, const struct subject *s,
                    struct document *d, struct err *e)
{
    struct run run = {r, reader, s, d};
    return r->schema ? schematron_run(r->schema, doc, keep, &run, NULL, e) : FLOW_OK;
}

enum flow rules_write_bound(const struct rules *r, const char *prefix, struct err *e)
{
    for (int i = 0; i < BOUND; i++) {
        char path[4200];
        xmlChar *text = NULL;
        int n = 0;
        if (r->bound[i])
            xmlDocDumpMemoryEnc(r->bound[i], &text, &n, "UTF-8");
        (void)snprintf(path, sizeof path, "%s.%s.xml", prefix, bound_names[i]);
        enum flow f = text ? output_file(path, text, (size_t)n, e) : FLOW_OK;
        xmlFree(text);
        if (f != FLOW_OK)
            return f;
    }
    return FLOW_OK;
}
