/* SPDX-License-Identifier: Apache-2.0 */
/* Running a compiled schema over one document; see schematron.h. Node-sets of contexts are made once per document,
 * values of variables when they are first used. A crash never counts as success: a test that stops is reported, and a
 * context that stops takes with it every test of its pattern from there on, because first match can no longer be told.
 */
#include "transform/schematron_model.h"

#include <libxml/xpathInternals.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- variables ---- */
static void place(struct schematron *s, xmlNodePtr node)
{
    s->xpath->node = node;
    s->xpath->contextSize = 1;
    s->xpath->proximityPosition = 1;
}

static xmlXPathObjectPtr value_of(struct schematron *s, struct lets *scope, struct let *l, xmlNodePtr node)
{
    if (l->stamp == scope->stamp)
        return l->value ? xmlXPathObjectCopy(l->value) : NULL;
    xmlXPathContextPtr x = s->xpath;
    xmlNodePtr held = x->node;
    int size = x->contextSize, position = x->proximityPosition;
    xmlXPathFreeObject(l->value);
    place(s, node);
    l->value = xmlXPathCompiledEval(l->expr, x);
    l->stamp = scope->stamp;
    x->node = held;
    x->contextSize = size;
    x->proximityPosition = position;
    return l->value ? xmlXPathObjectCopy(l->value) : NULL;
}

static struct let *find_let(struct lets *l, const xmlChar *name)
{
    for (size_t i = 0; l && i < l->count; i++)
        if (strcmp(l->items[i].name, (const char *)name) == 0)
            return &l->items[i];
    return NULL;
}

static xmlXPathObjectPtr look_up(void *ctx, const xmlChar *name, const xmlChar *uri)
{
    struct schematron *s = ctx;
    struct lets *scopes[] = {s->rule ? &s->rule->lets : NULL, s->pattern ? &s->pattern->lets : NULL, &s->lets};
    for (size_t i = 0; i < 3 && !uri; i++) {
        struct let *l = find_let(scopes[i], name);
        if (l)
            return value_of(s, scopes[i], l, i == 0 ? s->node : (xmlNodePtr)s->xpath->doc);
    }
    for (size_t i = 0; i < s->externals_count && !uri; i++)
        if (strcmp(s->externals[i].name, (const char *)name) == 0)
            return xmlXPathObjectCopy(s->externals[i].value);
    return NULL;
}

enum flow schematron_bind(struct schematron *s, const char *name, xmlNodePtr element, struct err *e)
{
    for (size_t i = 0; i < s->externals_count; i++) {
        struct external *x = &s->externals[i];
        if (strcmp(x->name, name) != 0)
            continue;
        xmlXPathFreeObject(x->value);
        x->value = xmlXPathNewNodeSet(element);
        return x->value ? FLOW_OK : err_set(e, STATUS_SYSTEM, "%s: out of memory", s->name);
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

static enum flow speak(struct schematron *s, const struct message *m, struct buf *out, struct err *e)
{
    enum flow f = FLOW_OK;
    buf_reset(out);
    for (size_t i = 0; i < m->count && f == FLOW_OK; i++) {
        const struct part *p = &m->parts[i];
        f = p->kind == PART_TEXT ? buf_puts(out, p->text, e) : put_value(s, p, out, e);
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
        if (outcome != SCHEMATRON_CRASHED && speak(s, t->spoken[l], &s->text[l], run->e) != FLOW_OK)
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

static enum flow test(struct run *run, const struct test *t)
{
    struct schematron *s = run->s;
    place(s, s->node);
    int truth = xmlXPathCompiledEvalToBoolean(t->expr, s->xpath);
    const char *fault = xpath_fault(s->xpath);
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
static const xmlNodeSet *nodes_of(struct schematron *s, struct context *c)
{
    if (c->stamp != s->stamp) {
        xmlXPathFreeObject(c->nodes);
        place(s, (xmlNodePtr)s->xpath->doc);
        c->nodes = xmlXPathCompiledEval(c->expr, s->xpath);
        c->stamp = s->stamp;
        c->crashed = !c->nodes || c->nodes->type != XPATH_NODESET || *xpath_fault(s->xpath);
        if (!c->crashed && c->nodes->nodesetval)
            xmlXPathNodeSetSort(c->nodes->nodesetval);
    }
    return c->crashed ? NULL : c->nodes->nodesetval;
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

static enum flow crash_rest(struct run *run, const struct pattern *p, size_t from)
{
    struct schematron *s = run->s;
    const char *fault = xpath_fault(s->xpath);
    char kept[64] = "the context selects no nodes";
    if (*fault)
        (void)snprintf(kept, sizeof kept, "%s", fault);
    s->node = (xmlNodePtr)s->xpath->doc;
    enum flow f = FLOW_OK;
    for (size_t i = from; i < p->rules; i++) {
        const struct rule *r = &s->rules[p->first_rule + i];
        for (size_t t = 0; t < r->tests && f == FLOW_OK; t++)
            f = crash(run, &s->tests[r->first_test + t], kept);
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
        const xmlNodeSet *set = nodes_of(s, c);
        if (c->crashed)
            return crash_rest(run, p, i);
        for (int k = 0; set && k < set->nodeNr && f == FLOW_OK; k++)
            f = set->nodeTab[k]->type == XML_NAMESPACE_DECL ? FLOW_OK : fire(run, r, set->nodeTab[k]);
    }
    return f;
}

static void free_lets(struct lets *l)
{
    for (size_t i = 0; i < l->count; i++) {
        xmlXPathFreeObject(l->items[i].value);
        l->items[i].value = NULL;
        l->items[i].stamp = 0;
    }
}

/* Nothing may point into a document after its run: freeing a node-set reads its nodes. */
static void let_go(struct schematron *s)
{
    free_lets(&s->lets);
    for (size_t i = 0; i < s->patterns_count; i++)
        free_lets(&s->patterns[i].lets);
    for (size_t i = 0; i < s->rules_count; i++)
        free_lets(&s->rules[i].lets);
    for (size_t i = 0; i < s->contexts_count; i++) {
        xmlXPathFreeObject(s->contexts[i].nodes);
        s->contexts[i].nodes = NULL;
        s->contexts[i].stamp = 0;
    }
    s->xpath->doc = NULL;
    s->xpath->node = NULL;
    s->pattern = NULL;
    s->rule = NULL;
}

static void begin(struct schematron *s, xmlDocPtr doc)
{
    s->stamp++;
    s->lets.stamp = s->stamp;
    s->xpath->doc = doc;
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
    const xmlNodeSet *set = nodes_of(s, c);
    int n = c->crashed ? -1 : set ? set->nodeNr : 0;
    let_go(s);
    return n;
}

void schematron_close(struct schematron *s)
{
    if (!s)
        return;
    if (s->xpath)
        let_go(s);
    for (size_t i = 0; i < s->externals_count; i++)
        xmlXPathFreeObject(s->externals[i].value);
    for (size_t i = 0; i < s->compiled_count; i++)
        xmlXPathFreeCompExpr(s->compiled[i]);
    for (size_t l = 0; l < SCHEMATRON_LANGUAGES; l++)
        buf_fini(&s->text[l]);
    free(s->compiled);
    free(s->taken.slots);
    xpath_context_free(s->xpath);
    arena_fini(&s->arena);
    free(s);
}
