/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/rules/bind.h"

#include "schemas/run/output.h"
#include "transform/rules/bound.h"
#include "transform/rules/names.h"
#include "transform/content.h"
#include "transform/withhold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REGISTER, PREVIOUS, PARAMETER, BOUND };
enum { NAME_BYTES_MAX = 64 << 10 };
static const char *const variables[] = {"register", "previous", "parameter", NULL};
static const char *const languages[] = {"fr", "en", NULL};

struct rules {
    const struct plan *plan;
    struct schematron *schema; /* NULL: the edition has no rules */
    struct bound *row[BOUND];
    int given[BOUND];              /* the row has a value: it is bound, and written beside a normalised return */
    uint32_t *columns;             /* number of each column of the register in its row */
    struct register_reader *frame; /* NULL: no register */
    char size[DECIMAL_TEXT_MAX];
    struct buf name; /* VARIABLE.CATEGORY being composed */
};

static enum flow no_memory(struct err *e)
{
    return err_set(e, STATUS_SYSTEM, "out of memory");
}

static enum flow bind(struct rules *r, int which, int given, struct err *e)
{
    r->given[which] = given;
    return r->schema ? schematron_bind(r->schema, variables[which], given ? r->row[which] : NULL, e) : FLOW_OK;
}

static enum flow put(struct bound *row, const char *name, size_t n, const char *value, struct err *e)
{
    uint32_t i = bound_name(row, name, n);
    if (i == BOUND_NONE)
        return no_memory(e);
    bound_put(row, i, value);
    return FLOW_OK;
}

static enum flow bind_parameters(struct rules *r, struct err *e)
{
    const struct edition *ed = r->plan->edition;
    enum flow f = FLOW_OK;
    for (size_t i = 0; f == FLOW_OK && i < ed->parameter_count; i++)
        if (*ed->parameters[i].value)
            f = put(r->row[PARAMETER], ed->parameters[i].id, strlen(ed->parameters[i].id), ed->parameters[i].value, e);
    return f == FLOW_OK ? bind(r, PARAMETER, 1, e) : f;
}

static enum flow name_columns(struct rules *r, struct err *e)
{
    const struct register_table *t = r->plan->frame;
    uint32_t n = t ? register_columns(t) : 0;
    r->columns = calloc(n + 1, sizeof *r->columns);
    if (!r->columns)
        return no_memory(e);
    if (t && !(r->frame = register_reader_new(t, e)))
        return FLOW_FATAL;
    for (uint32_t c = 0; c < n; c++) {
        r->columns[c] = bound_name(r->row[REGISTER], register_column(t, c), strlen(register_column(t, c)));
        if (r->columns[c] == BOUND_NONE)
            return no_memory(e);
    }
    return FLOW_OK;
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
    struct schematron_options o = {.name = name, .externals = variables, .languages = languages};
    enum flow f = FLOW_OK;
    buf_init(&r->name, NAME_BYTES_MAX);
    for (int i = 0; i < BOUND && f == FLOW_OK; i++)
        f = (r->row[i] = bound_new()) ? FLOW_OK : no_memory(e);
    if (f == FLOW_OK && p->rules_text.len) {
        r->schema = schematron_open(p->rules_text.data, p->rules_text.len, &o, e);
        f = r->schema ? FLOW_OK : FLOW_FATAL;
    }
    if (f == FLOW_OK)
        f = names_check(p, r->schema, e);
    if (f == FLOW_OK)
        f = name_columns(r, e);
    if (f == FLOW_OK)
        f = bind_parameters(r, e);
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
        bound_free(r->row[i]);
    free(r->columns);
    register_reader_free(r->frame);
    buf_fini(&r->name);
    free(r);
}

/* ---- what belongs to a unit ---- */
static void register_row(struct rules *r, uint32_t unit)
{
    const struct register_table *t = r->plan->frame;
    uint32_t size = register_column_index(t, r->plan->edition->frame.size);
    for (uint32_t c = 0; c < register_columns(t); c++) {
        const char *value = register_value(r->frame, unit, c);
        if (c == size && *value) { /* with what was merged into the unit */
            (void)decimal_print(register_size(r->frame, unit), r->size);
            value = r->size;
        }
        if (*value)
            bound_put(r->row[REGISTER], r->columns[c], value);
    }
}

static enum flow previous_row(struct rules *r, const struct previous_value *v, struct err *e)
{
    enum flow f = FLOW_OK;
    for (; v && f == FLOW_OK; v = v->next) {
        buf_reset(&r->name);
        f = buf_puts(&r->name, v->variable, e);
        if (f == FLOW_OK && *v->category)
            f = buf_putc(&r->name, '.', e);
        if (f == FLOW_OK && *v->category)
            f = buf_puts(&r->name, v->category, e);
        if (f == FLOW_OK)
            f = put(r->row[PREVIOUS], buf_str(&r->name), r->name.len, v->value, e);
    }
    return f;
}

enum flow rules_subject(struct rules *r, const struct subject *s, struct err *e)
{
    int known = r->plan->frame && s->row != REGISTER_NONE;
    bound_clear(r->row[REGISTER]);
    bound_clear(r->row[PREVIOUS]);
    if (known)
        register_row(r, s->row);
    if (bind(r, REGISTER, known, e) != FLOW_OK || previous_row(r, s->previous, e) != FLOW_OK)
        return FLOW_FATAL;
    return bind(r, PREVIOUS, s->previous != NULL, e);
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
        if (r->given[i])
            xmlDocDumpMemoryEnc(bound_document(r->row[i]), &text, &n, "UTF-8");
        (void)snprintf(path, sizeof path, "%s.%s.xml", prefix, variables[i]);
        enum flow f = text ? output_file(path, text, (size_t)n, e) : FLOW_OK;
        xmlFree(text);
        if (f != FLOW_OK)
            return f;
    }
    return FLOW_OK;
}
