/* SPDX-License-Identifier: Apache-2.0 */
/* Running a compiled schema over one document; see schematron.h. Node-sets of contexts are made once per document,
 * values of variables when they are first used. A crash never counts as success: a test that stops is reported, and a
 * context that stops takes with it every test of its pattern from there on, because first match can no longer be told.
 */
#include "transform/rules/schematron_model.h"
#include "transform/xml/xml.h"

#include <libxml/xpathInternals.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUES_BYTES_MAX = 64 << 20, STEP_LIMIT = 20000000 };

/* ---- variables ---- */
static void place(struct schematron *s, xmlNodePtr node)
{
    s->xpath->node = node;
    s->xpath->contextSize = 1;
    s->xpath->proximityPosition = 1;
}

static const char *quick_text(enum quick_fault f)
{
    static const char *const texts[] = {[QUICK_OK] = "",
                                        [QUICK_TYPE] = "a value of another type was expected",
                                        [QUICK_VARIABLE] = "a variable has no value",
                                        [QUICK_STEPS] = "stopped after too many steps",
                                        [QUICK_MEMORY] = "out of memory"};
    return texts[f];
}

/* What stopped the quick engine: the variable's own fault when it was one. */
static const char *machine_fault(const struct schematron *s)
{
    if (s->machine.fault == QUICK_MEMORY)
        xml_starve();
    return s->machine.fault == QUICK_VARIABLE && s->let_fault ? s->let_fault : quick_text(s->machine.fault);
}

/* An object of libxml2 as a value, texts and nodes kept. 0 without memory. */
static int to_value(struct schematron *s, xmlXPathObjectPtr o, struct quick_value *v)
{
    const xmlNodeSet *set = o->type == XPATH_NODESET ? o->nodesetval : NULL;
    *v = (struct quick_value){0};
    switch (o->type) {
    case XPATH_NODESET:
        v->type = QUICK_NODES;
        v->count = set && set->nodeNr > 0 ? (size_t)set->nodeNr : 0;
        v->nodes = arena_get(&s->values, (v->count + 1) * sizeof *v->nodes);
        if (set)
            xmlXPathNodeSetSort(o->nodesetval);
        if (v->nodes && v->count)
            memcpy(v->nodes, set->nodeTab, v->count * sizeof *v->nodes);
        return v->nodes != NULL;
    case XPATH_BOOLEAN:
        v->type = QUICK_BOOLEAN;
        v->boolean = o->boolval;
        return 1;
    case XPATH_NUMBER:
        v->type = QUICK_NUMBER;
        v->number = o->floatval;
        return 1;
    default:
        v->type = QUICK_STRING;
        v->string = arena_strdup(&s->values, o->stringval ? (const char *)o->stringval : "");
        return v->string != NULL;
    }
}

static xmlXPathObjectPtr to_object(const struct quick_value *v)
{
    xmlNodeSetPtr set;
    switch (v->type) {
    case QUICK_NUMBER:
        return xmlXPathNewFloat(v->number);
    case QUICK_BOOLEAN:
        return xmlXPathNewBoolean(v->boolean);
    case QUICK_STRING:
        return xmlXPathNewString((const xmlChar *)v->string);
    case QUICK_NODES:
        break;
    }
    set = xmlXPathNodeSetCreate(NULL);
    for (size_t i = 0; set && i < v->count; i++)
        if (xmlXPathNodeSetAddUnique(set, v->nodes[i]) < 0)
            break;
    return set ? xmlXPathWrapNodeSet(set) : NULL;
}

/* Evaluates by libxml2 from a node, whatever evaluation is under way. NULL fault: *v is the value. */
static const char *evaluate_slowly(struct schematron *s, xmlXPathCompExprPtr expr, xmlNodePtr node,
                                   struct quick_value *v)
{
    xmlXPathContextPtr x = s->xpath;
    xmlNodePtr held = x->node;
    int size = x->contextSize, position = x->proximityPosition;
    place(s, node);
    xmlXPathObjectPtr o = xmlXPathCompiledEval(expr, x);
    const char *fault = o ? NULL : *xpath_fault(x) ? xpath_fault(x) : "invalid expression";
    if (o && !to_value(s, o, v))
        fault = quick_text(QUICK_MEMORY);
    xmlXPathFreeObject(o);
    x->node = held;
    x->contextSize = size;
    x->proximityPosition = position;
    return fault;
}

static const char *evaluate_quickly(struct schematron *s, const struct quick *q, xmlNodePtr node, struct quick_value *v)
{
    enum quick_fault held = s->machine.fault;
    s->machine.fault = QUICK_OK;
    quick_evaluate(&s->machine, q, node, &s->values, v);
    const char *fault = s->machine.fault ? machine_fault(s) : NULL;
    s->machine.fault = held;
    return fault;
}

static const struct quick_value *value_of(struct schematron *s, struct let *l)
{
    const struct lets *scope = l->scope;
    if (l->stamp != scope->stamp) {
        xmlNodePtr node = scope->of_rule ? s->node : (xmlNodePtr)s->xpath->doc;
        l->fault =
            l->quick ? evaluate_quickly(s, l->quick, node, &l->value) : evaluate_slowly(s, l->expr, node, &l->value);
        l->stamp = scope->stamp;
    }
    s->let_fault = l->fault;
    return l->fault ? NULL : &l->value;
}

/* The quick engine asks with the variable found when the schema was read. */
static const struct quick_value *value_of_variable(void *ctx, struct quick_variable *v)
{
    struct schematron *s = ctx;
    if (!v->stamp)
        return value_of(s, (struct let *)v);
    s->let_fault = NULL;
    return &((const struct external *)v)->value;
}

/* libxml2 asks by name. */
static const struct quick_value *find_value(struct schematron *s, const char *name)
{
    const struct lets *scopes[] = {s->rule ? &s->rule->lets : NULL, s->pattern ? &s->pattern->lets : NULL, &s->lets};
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; scopes[k] && i < scopes[k]->count; i++)
            if (strcmp(scopes[k]->items[i].is.name, name) == 0)
                return value_of(s, &scopes[k]->items[i]);
    s->let_fault = NULL;
    for (size_t i = 0; i < s->externals_count; i++)
        if (strcmp(s->externals[i].is.name, name) == 0)
            return &s->externals[i].value;
    return NULL;
}

static xmlXPathObjectPtr look_up(void *ctx, const xmlChar *name, const xmlChar *uri)
{
    const struct quick_value *v = uri ? NULL : find_value(ctx, (const char *)name);
    return v ? to_object(v) : NULL;
}

void schematron_prepare(struct schematron *s)
{
    arena_init(&s->values, VALUES_BYTES_MAX);
    arena_init(&s->machine.scratch, VALUES_BYTES_MAX);
    s->machine.variable = value_of_variable;
    s->machine.ctx = s;
    s->machine.step_limit = STEP_LIMIT;
}

enum flow schematron_bind(struct schematron *s, const char *name, const struct bound *row, struct err *e)
{
    for (size_t i = 0; i < s->externals_count; i++) {
        struct external *x = &s->externals[i];
        if (strcmp(x->is.name, name) != 0)
            continue;
        x->is.stamp = ++s->stamp;
        x->is.row = row;
        x->element = row ? bound_row(row) : NULL;
        x->value.count = row != NULL;
        return FLOW_OK;
    }
    return err_set(e, STATUS_BUG, "%s: no external variable \"%s\" was declared", s->name, name);
}

/* ---- nodes taken by an earlier rule ---- */
static size_t hash(const xmlNode *n, size_t size)
{
    return (size_t)(((uintptr_t)n >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (size - 1);
}

static void put(struct taken *t, xmlNodePtr node)
{
    size_t i = hash(node, t->size);
    while (t->slots[i].stamp == t->stamp)
        i = (i + 1) & (t->size - 1);
    t->slots[i] = (struct slot){node, t->stamp};
    t->used++;
}

static int grow(struct taken *t)
{
    struct taken bigger = {.size = t->size ? 2 * t->size : 64, .stamp = t->stamp};
    bigger.slots = calloc(bigger.size, sizeof *bigger.slots);
    if (!bigger.slots)
        return 0;
    for (size_t i = 0; i < t->size; i++)
        if (t->slots[i].stamp == t->stamp)
            put(&bigger, t->slots[i].node);
    free(t->slots);
    *t = bigger;
    return 1;
}

/* 1: taken now, 0: was taken before, -1: no memory. */
static int take(struct taken *t, xmlNodePtr node)
{
    if (2 * (t->used + 1) > t->size && !grow(t))
        return -1;
    for (size_t i = hash(node, t->size); t->slots[i].stamp == t->stamp; i = (i + 1) & (t->size - 1))
        if (t->slots[i].node == node)
            return 0;
    put(t, node);
    return 1;
}

static void take_none(struct taken *t, uint64_t stamp)
{
    t->stamp = stamp;
    t->used = 0;
}

/* ---- messages ---- */
static enum flow put_quickly(struct schematron *s, const struct quick *q, struct buf *out, struct err *e)
{
    arena_reset(&s->machine.scratch);
    s->machine.fault = QUICK_OK;
    const char *text = quick_string(&s->machine, q, s->node);
    return buf_puts(out, *machine_fault(s) ? "?" : text, e);
}

static enum flow put_value(struct schematron *s, const struct part *p, struct buf *out, struct err *e)
{
    xmlXPathObjectPtr o = NULL;
    xmlChar *text = NULL;
    enum flow f = FLOW_OK;
    place(s, s->node);
    if (p->kind == PART_NAME && !p->expr) {
        f = buf_puts(out, s->node->name ? (const char *)s->node->name : "", e);
        goto out;
    }
    o = xmlXPathCompiledEval(p->expr, s->xpath);
    if (p->kind == PART_NAME && o && o->type == XPATH_NODESET) {
        const xmlNodeSet *set = o->nodesetval;
        f = buf_puts(out, set && set->nodeNr ? (const char *)set->nodeTab[0]->name : "", e);
        goto out;
    }
    text = o ? xmlXPathCastToString(o) : NULL;
    f = buf_puts(out, text ? (const char *)text : "?", e);
out:
    xmlFree(text);
    xmlXPathFreeObject(o);
    return f;
}

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void collapse(struct buf *b)
{
    size_t n = 0;
    int gap = 0;
    for (size_t i = 0; i < b->len; i++) {
        if (is_space(b->data[i])) {
            gap = n > 0;
            continue;
        }
        if (gap)
            b->data[n++] = ' ';
        gap = 0;
        b->data[n++] = b->data[i];
    }
    b->len = n;
    if (b->data)
        b->data[n] = '\0';
}

static enum flow speak(struct schematron *s, const struct spoken *spoken, struct buf *out, struct err *e)
{
    const struct message *m = spoken->message;
    enum flow f = FLOW_OK;
    buf_reset(out);
    for (size_t i = 0; i < m->count && f == FLOW_OK; i++) {
        const struct part *p = &m->parts[i];
        f = p->kind == PART_TEXT ? buf_puts(out, p->text, e)
            : spoken->quick[i]   ? put_quickly(s, spoken->quick[i], out, e)
                                 : put_value(s, p, out, e);
    }
    if (f != FLOW_OK && e->status == STATUS_DATA)
        f = FLOW_OK; /* longer than the buffer: cut where it stands */
    collapse(out);
    return f;
}

/* ---- tests ---- */
struct run {
    struct schematron *s;
    enum flow (*found)(void *ctx, const struct schematron_result *r, struct err *e);
    void *ctx;
    struct schematron_counts counts;
    int ended; /* a report of the running rule said that it cannot be evaluated */
    struct err *e;
};

static enum flow report(struct run *run, const struct test *t, enum schematron_outcome outcome, const char *fault)
{
    struct schematron *s = run->s;
    struct schematron_result r = {.outcome = outcome,
                                  .id = t->id,
                                  .pattern = s->pattern->id,
                                  .role = t->role,
                                  .flag = t->flag,
                                  .report = t->report,
                                  .line = t->line,
                                  .node = s->node,
                                  .fault = fault};
    for (size_t l = 0; l < s->languages_count; l++) {
        if (outcome != SCHEMATRON_CRASHED && speak(s, &t->spoken[l], &s->text[l], run->e) != FLOW_OK)
            return FLOW_FATAL;
        r.message[l] = outcome == SCHEMATRON_CRASHED ? "" : buf_str(&s->text[l]);
    }
    xpath_forget(s->xpath);
    return run->found(run->ctx, &r, run->e);
}

static enum flow crash(struct run *run, const struct test *t, const char *fault)
{
    run->counts.crashed++;
    return report(run, t, SCHEMATRON_CRASHED, *fault ? fault : "invalid expression");
}

/* Truth of a test; *fault is "" unless it stopped. */
static int ask(struct schematron *s, const struct test *t, const char **fault)
{
    if (t->quick) {
        arena_reset(&s->machine.scratch);
        s->machine.fault = QUICK_OK;
        int truth = quick_boolean(&s->machine, t->quick, s->node);
        *fault = s->machine.fault ? machine_fault(s) : "";
        return truth;
    }
    place(s, s->node);
    s->let_fault = NULL;
    int truth = xmlXPathCompiledEvalToBoolean(t->expr, s->xpath);
    *fault = xpath_fault(s->xpath);
    if (**fault && s->let_fault)
        *fault = s->let_fault;
    return truth;
}

static enum flow test(struct run *run, const struct test *t)
{
    struct schematron *s = run->s;
    const char *fault;
    int truth = ask(s, t, &fault);
    if (truth < 0 || *fault)
        return crash(run, t, fault);
    if (truth != t->report) {
        run->counts.passed++;
        return FLOW_OK;
    }
    if (t->not_evaluable) {
        run->ended = 1;
        run->counts.not_evaluable++;
        return report(run, t, SCHEMATRON_NOT_EVALUABLE, "");
    }
    run->counts.failed++;
    return report(run, t, SCHEMATRON_FAILED, "");
}

/* ---- rules ---- */
static const struct quick_value *nodes_of(struct schematron *s, struct context *c)
{
    if (c->stamp != s->stamp) {
        xmlNodePtr doc = (xmlNodePtr)s->xpath->doc;
        arena_reset(&s->machine.scratch);
        c->fault =
            c->quick ? evaluate_quickly(s, c->quick, doc, &c->nodes) : evaluate_slowly(s, c->expr, doc, &c->nodes);
        if (!c->fault && c->nodes.type != QUICK_NODES)
            c->fault = "the context selects no nodes";
        c->stamp = s->stamp;
        xpath_forget_fault(s->xpath);
    }
    return c->fault ? NULL : &c->nodes;
}

static enum flow fire(struct run *run, struct rule *r, xmlNodePtr node)
{
    struct schematron *s = run->s;
    int first = take(&s->taken, node);
    if (first < 0)
        return err_set(run->e, STATUS_SYSTEM, "%s: out of memory", s->name);
    if (!first)
        return FLOW_OK;
    s->node = node;
    s->rule = r;
    r->lets.stamp++;
    run->counts.fired++;
    /* A context holds no variable in other engines, so a guard on what the caller binds is a report of the rule itself:
     * what stands after it is neither passed nor failed. */
    enum flow f = FLOW_OK;
    run->ended = 0;
    for (size_t i = 0; i < r->tests && f == FLOW_OK && !run->ended; i++)
        f = test(run, &s->tests[r->first_test + i]);
    s->rule = NULL;
    return f;
}

static enum flow crash_rest(struct run *run, const struct pattern *p, size_t from, const char *fault)
{
    struct schematron *s = run->s;
    s->node = (xmlNodePtr)s->xpath->doc;
    enum flow f = FLOW_OK;
    for (size_t i = from; i < p->rules; i++) {
        const struct rule *r = &s->rules[p->first_rule + i];
        for (size_t t = 0; t < r->tests && f == FLOW_OK; t++)
            f = crash(run, &s->tests[r->first_test + t], fault);
    }
    return f;
}

static enum flow run_pattern(struct run *run, struct pattern *p)
{
    struct schematron *s = run->s;
    enum flow f = FLOW_OK;
    s->pattern = p;
    p->lets.stamp = s->stamp;
    take_none(&s->taken, s->taken.stamp + 1);
    for (size_t i = 0; i < p->rules && f == FLOW_OK; i++) {
        struct rule *r = &s->rules[p->first_rule + i];
        struct context *c = &s->contexts[r->context];
        const struct quick_value *set = nodes_of(s, c);
        if (!set)
            return crash_rest(run, p, i, c->fault);
        for (size_t k = 0; k < set->count && f == FLOW_OK; k++)
            f = set->nodes[k]->type == XML_NAMESPACE_DECL ? FLOW_OK : fire(run, r, set->nodes[k]);
    }
    return f;
}

static void forget(struct lets *l)
{
    for (size_t i = 0; i < l->count; i++)
        l->items[i].stamp = 0;
}

/* Nothing may point into a document after its run. */
static void let_go(struct schematron *s)
{
    forget(&s->lets);
    for (size_t i = 0; i < s->patterns_count; i++)
        forget(&s->patterns[i].lets);
    for (size_t i = 0; i < s->rules_count; i++)
        forget(&s->rules[i].lets);
    for (size_t i = 0; i < s->contexts_count; i++)
        s->contexts[i].stamp = 0;
    arena_reset(&s->values);
    arena_reset(&s->machine.scratch);
    s->xpath->doc = NULL;
    s->xpath->node = NULL;
    s->pattern = NULL;
    s->rule = NULL;
}

static void begin(struct schematron *s, xmlDocPtr doc)
{
    s->stamp++;
    s->machine.stamp = s->stamp;
    s->lets.stamp = s->stamp;
    s->xpath->doc = doc;
    s->machine.steps = 0;
    xpath_forget(s->xpath);
    xmlXPathRegisterVariableLookup(s->xpath, look_up, s);
}

enum flow schematron_run(struct schematron *s, xmlDocPtr doc,
                         enum flow (*found)(void *ctx, const struct schematron_result *r, struct err *e), void *ctx,
                         struct schematron_counts *counts, struct err *e)
{
    struct run run = {.s = s, .found = found, .ctx = ctx, .e = e};
    enum flow f = FLOW_OK;
    begin(s, doc);
    for (size_t i = 0; i < s->patterns_count && f == FLOW_OK; i++)
        if (s->patterns[i].active)
            f = run_pattern(&run, &s->patterns[i]);
    let_go(s);
    if (counts) {
        counts->fired += run.counts.fired;
        counts->passed += run.counts.passed;
        counts->failed += run.counts.failed;
        counts->not_evaluable += run.counts.not_evaluable;
        counts->crashed += run.counts.crashed;
    }
    return f;
}

int schematron_matches(struct schematron *s, size_t i, xmlDocPtr doc)
{
    begin(s, doc);
    for (struct pattern *p = s->patterns; p < s->patterns + s->patterns_count; p++)
        if (i >= p->first_rule && i < p->first_rule + p->rules) {
            s->pattern = p;
            p->lets.stamp = s->stamp;
        }
    struct context *c = &s->contexts[s->rules[i].context];
    const struct quick_value *set = nodes_of(s, c);
    int n = set ? (int)set->count : -1;
    let_go(s);
    return n;
}

void schematron_close(struct schematron *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->compiled_count; i++)
        xmlXPathFreeCompExpr(s->compiled[i]);
    for (size_t l = 0; l < SCHEMATRON_LANGUAGES; l++)
        buf_fini(&s->text[l]);
    free(s->compiled);
    free(s->taken.slots);
    xpath_context_free(s->xpath);
    arena_fini(&s->values);
    arena_fini(&s->machine.scratch);
    arena_fini(&s->arena);
    free(s);
}
