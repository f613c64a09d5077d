/* SPDX-License-Identifier: Apache-2.0 */
/* See edition.h. Cheapest proofs first, so that the message names the cause and not its consequence. */
#include "transform/check/edition_parts.h"

#include "schemas/run/fs.h"
#include "transform/content.h"
#include "transform/falls.h"

#include <libxml/xpathInternals.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { EXAMPLE_MAX = 16 << 20 };

/* The days of a state that is not the latest, as a reader of the message needs them. */
static void print_days(const struct edition_state *s, char *out, size_t size)
{
    char from[INSTANT_TEXT_MAX] = "", to[INSTANT_TEXT_MAX] = "";
    if (s->from != INT64_MIN)
        (void)clock_print(s->from * 86400 * 1000000, from);
    if (s->to != INT64_MAX)
        (void)clock_print(s->to * 86400 * 1000000, to);
    (void)snprintf(out, size, " (rows in force%s%.10s%s%.10s)", *from ? " from " : "", from, *to ? " until " : "", to);
}

enum flow proof_fault(const struct proof *p, const char *file, uint64_t line, const char *name, const char *fmt, ...)
{
    char what[ERR_TEXT_MAX / 2], place[32] = "", days[64] = "";
    va_list ap;
    if (!proof_is_latest(p))
        print_days(p->state, days, sizeof days);
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    if (line)
        (void)snprintf(place, sizeof place, ":%llu", (unsigned long long)line);
    return err_set(p->err, STATUS_CONFIG, "%s/%s%s: %s: %s%s", p->edition->folder, file, place, name, what, days);
}

/* ---- selects on the example ---- */
struct evaluation {
    xmlXPathContextPtr xpath;
    const struct proof *proof;
};

static xmlXPathObjectPtr evaluate(const struct evaluation *v, const char *text, xmlNodePtr from)
{
    xpath_forget(v->xpath);
    v->xpath->doc = v->proof->example;
    v->xpath->node = from ? from : (xmlNodePtr)v->proof->example;
    return xmlXPathEvalExpression(BAD_CAST text, v->xpath);
}

/* Does the expression find something: a node, or a text that is not empty, or a number? */
static int finds(const struct evaluation *v, const char *text, xmlNodePtr from)
{
    xmlXPathObjectPtr o = evaluate(v, text, from);
    int found = 0;
    if (o && o->type == XPATH_NODESET)
        found = o->nodesetval && o->nodesetval->nodeNr > 0;
    else if (o && o->type == XPATH_NUMBER)
        found = !isnan(o->floatval);
    else if (o && o->type == XPATH_STRING)
        found = o->stringval && *o->stringval;
    else
        found = o != NULL;
    xmlXPathFreeObject(o);
    return found;
}

static int has_key(const struct evaluation *v, const struct edition_variable *var, xmlNodePtr row, const char *code)
{
    xmlXPathObjectPtr o = evaluate(v, var->key, row);
    xmlChar *s = o ? xmlXPathCastToString(o) : NULL;
    int same = s && strcmp((const char *)s, code) == 0;
    xmlFree(s);
    xmlXPathFreeObject(o);
    return same;
}

static enum flow keyed(const struct evaluation *v, const struct edition_variable *var)
{
    const struct proof *p = v->proof;
    xmlXPathObjectPtr rows = evaluate(v, var->context, NULL);
    const xmlNodeSet *set = rows && rows->type == XPATH_NODESET ? rows->nodesetval : NULL;
    int count = set ? set->nodeNr : 0;
    enum flow f = FLOW_OK;
    if (!count)
        f = proof_fault(p, "variables.csv", var->line, var->id, "context %s finds no node in example.xml",
                        var->context);
    for (size_t c = 0; f == FLOW_OK && c < var->list->count; c++) {
        const char *code = var->list->categories[c].code;
        int i = 0;
        while (i < count && !has_key(v, var, set->nodeTab[i], code))
            i++;
        if (i == count)
            f = proof_fault(p, "variables.csv", var->line, var->id, "no row of example.xml has key \"%s\" (%s, key %s)",
                            code, var->context, var->key);
        else if (!finds(v, var->select, set->nodeTab[i]))
            f = proof_fault(p, "variables.csv", var->line, var->id,
                            "select %s finds nothing in the row \"%s\" of example.xml", var->select, code);
    }
    xmlXPathFreeObject(rows);
    return f;
}

static enum flow computed(const struct evaluation *v, const struct edition_variable *var)
{
    xmlXPathObjectPtr o = evaluate(v, var->select, NULL);
    double n = o ? xmlXPathCastToNumber(o) : (double)NAN;
    int number = o && o->type == XPATH_NUMBER;
    xmlXPathFreeObject(o);
    if (!number || isnan(n))
        return proof_fault(v->proof, "variables.csv", var->line, var->id, "select %s gives no number on example.xml",
                           var->select);
    if (n == 0)
        return proof_fault(v->proof, "variables.csv", var->line, var->id, "select %s counts nothing in example.xml",
                           var->select);
    return FLOW_OK;
}

static enum flow select_one(const struct evaluation *v, const struct edition_variable *var)
{
    if (var->shape == EDITION_KEYED)
        return keyed(v, var);
    if (var->shape == EDITION_COMPUTED)
        return computed(v, var);
    if (finds(v, var->select, NULL))
        return FLOW_OK;
    return proof_fault(v->proof, "variables.csv", var->line, var->id, "select %s finds nothing in example.xml",
                       var->select);
}

static enum flow identity(const struct evaluation *v)
{
    const struct edition_identity *d = &v->proof->edition->identity;
    const struct {
        const char *name, *text;
    } rows[] = {{"unit", d->unit},   {"campaign", d->campaign}, {"sequence", d->sequence}, {"nature", d->nature},
                {"stamp", d->stamp}, {"software", d->software}, {"test", d->test}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (*rows[i].text && !finds(v, rows[i].text, NULL))
            return proof_fault(v->proof, "edition.json", 0, "identity", "%s: %s finds nothing in example.xml",
                               rows[i].name, rows[i].text);
    return FLOW_OK;
}

enum flow proof_selects(struct proof *p)
{
    struct evaluation v = {xpath_context(), p};
    const struct edition *ed = p->edition;
    if (!v.xpath)
        return err_set(p->err, STATUS_SYSTEM, "out of memory");
    for (size_t i = 0; i < ed->prefix_count; i++)
        (void)xmlXPathRegisterNs(v.xpath, BAD_CAST ed->prefixes[i].prefix, BAD_CAST ed->prefixes[i].uri);
    enum flow f = identity(&v);
    for (size_t i = 0; f == FLOW_OK && i < ed->variable_count; i++)
        f = select_one(&v, &ed->variables[i]);
    xpath_context_free(v.xpath);
    return f;
}

/* ---- in order ---- */
static enum flow open_schema(struct proof *p)
{
    char path[4096];
    if (!fs_join(path, sizeof path, p->edition->folder, "return.xsd"))
        return err_set(p->err, STATUS_CONFIG, "%s: path too long", p->edition->folder);
    p->schema = xml_schema_open(path, p->err);
    if (!p->schema) {
        if (p->err && p->err->status == STATUS_NOINPUT)
            p->err->status = STATUS_CONFIG;
        return FLOW_FATAL;
    }
    if (strcmp(xml_schema_namespace(p->schema), p->edition->namespace_uri) != 0)
        return proof_fault(p, "return.xsd", 0, "targetNamespace", "\"%s\" is not the namespace of edition.json, \"%s\"",
                           xml_schema_namespace(p->schema), p->edition->namespace_uri);
    return FLOW_OK;
}

static enum flow bad_example(struct proof *p, const struct xml_document *d)
{
    const struct xml_fault *x = d->fault;
    return proof_fault(p, "example.xml", x->line, *x->path ? x->path : "document", "%s", x->en);
}

static enum flow open_example(struct proof *p)
{
    char path[4096];
    struct xml_document d = {0};
    if (!fs_join(path, sizeof path, p->edition->folder, "example.xml"))
        return err_set(p->err, STATUS_CONFIG, "%s: path too long", p->edition->folder);
    if (fs_read(path, &p->text, p->err) != FLOW_OK) {
        if (p->err && p->err->status != STATUS_SYSTEM)
            p->err->status = STATUS_CONFIG;
        return FLOW_FATAL;
    }
    struct xml_limits limits = xml_default_limits();
    p->reader = xml_reader_new(p->schema, &limits, p->err);
    enum flow f = p->reader ? xml_read(p->reader, buf_str(&p->text), p->text.len, &d, p->err) : FLOW_FATAL;
    if (f == FLOW_OK)
        f = xml_validate(p->reader, &d, p->err);
    p->example = d.doc;
    return f == FLOW_ITEM ? bad_example(p, &d) : f;
}

/* Compiles everything that a worker compiles. */
static enum flow compile_all(struct proof *p)
{
    struct judge *j = judge_new(&p->plan, p->schema, p->err);
    judge_free(j);
    return j ? FLOW_OK : FLOW_FATAL;
}

static enum flow check_tables(struct proof *p)
{
    if (!p->edition->measure_count)
        return err_set(p->err, STATUS_CONFIG,
                       "%s/measures.csv: missing file of the edition: a row for each unit of measure of variables.csv "
                       "and figures.csv",
                       p->edition->folder);
    return falls_check(p->edition, p->err) == FLOW_OK ? register_check_schema(p->edition, p->err) : FLOW_FATAL;
}

/* The latest rows first: rules.sch is written for them, and a fault there is told without dates. */
static enum flow run(struct proof *p)
{
    enum flow (*const parts[])(struct proof *) = {check_tables,  open_schema,    compile_all, open_example,
                                                  proof_selects, proof_elements, proof_rules, proof_examples};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i](p) != FLOW_OK)
            return FLOW_FATAL;
    return FLOW_OK;
}

static enum flow run_earlier(struct proof *p, struct edition *ed, const struct edition_state *states, size_t count)
{
    struct edition_proof latest = p->counts;
    enum flow f = FLOW_OK;
    for (size_t i = count - 1; i-- > 0 && f == FLOW_OK;) {
        p->state = &states[i];
        f = edition_resolve(ed, p->state->as_of, p->err);
        if (f == FLOW_OK)
            f = proof_rules(p);
        if (f == FLOW_OK)
            f = proof_examples(p);
    }
    p->counts = latest;
    return f == FLOW_OK ? edition_resolve(ed, INSTANT_NONE, p->err) : f;
}

static enum flow run_states(struct proof *p, struct edition *ed)
{
    const struct edition_state *states;
    size_t count;
    if (edition_states(ed, &states, &count, p->err) != FLOW_OK)
        return FLOW_FATAL;
    p->state = &states[count - 1];
    if (run(p) != FLOW_OK || run_earlier(p, ed, states, count) != FLOW_OK)
        return FLOW_FATAL;
    p->counts.states = count;
    return FLOW_OK;
}

static void count(struct proof *p, struct edition_proof *out)
{
    const struct edition *ed = p->edition;
    *out = p->counts;
    (void)snprintf(out->id, sizeof out->id, "%s", ed->id);
    out->revision = ed->revision;
    out->variables = ed->variable_count;
    out->cells = ed->cell_count;
    out->lists = ed->list_count;
    out->rules = ed->rule_count;
    out->figures = ed->figure_count;
}

enum flow check_edition(const char *folder, struct edition_proof *proof, struct err *e)
{
    struct proof p = {.err = e};
    struct edition *ed = edition_open(folder, e);
    if (!ed)
        return FLOW_FATAL;
    p.edition = ed;
    buf_init(&p.text, EXAMPLE_MAX);
    enum flow f = plan_init(&p.plan, ed, NULL, NULL, INSTANT_NONE, e);
    if (f == FLOW_OK)
        f = run_states(&p, ed);
    if (f == FLOW_OK && proof)
        count(&p, proof);
    xml_reader_free(p.reader);
    xml_schema_close(p.schema);
    plan_fini(&p.plan);
    buf_fini(&p.text);
    edition_close(ed);
    return f;
}
