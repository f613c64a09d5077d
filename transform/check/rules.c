/* SPDX-License-Identifier: Apache-2.0 */
/* Proofs on rules.sch and its tables. A context or an attribute name with a misprint fires on nothing, for ever and in
 * silence; these proofs are what makes a rule safe to change. */
#include "transform/check/edition_parts.h"
#include "transform/rules/names.h"

#include <stdio.h>
#include <string.h>

#define NOT_EVALUABLE "not-evaluable"

/* ---- assertions and rows ---- */
static enum flow check_test(const struct proof *p, const struct schematron_test_info *t)
{
    const struct edition_rule *r = edition_rule(p->edition, t->id);
    uint64_t line = (uint64_t)t->line;
    if (!*t->id)
        return proof_fault(p, "rules.sch", line, "(no id)", "every assert and report has an id");
    if (!r && !proof_is_latest(p))
        return FLOW_OK; /* not yet in force */
    if (!r)
        return proof_fault(p, "rules.sch", line, t->id, "no row of rules.csv is in force for this rule");
    if (r->stage != EDITION_RULE)
        return proof_fault(p, "rules.csv", r->line, r->id, "stage \"%s\", but rules.sch asserts it",
                           edition_stage_name(r->stage));
    if (!proof_is_latest(p) || strcmp(t->role, NOT_EVALUABLE) == 0 ||
        strcmp(t->role, edition_severity_name(r->severity)) == 0)
        return FLOW_OK; /* one role cannot say two severities: it says the latest */
    return proof_fault(p, "rules.sch", line, t->id, "role \"%s\", but its severity in rules.csv, line %llu, is %s",
                       t->role, (unsigned long long)r->line, edition_severity_name(r->severity));
}

/* What is told of a return beside the others comes too late to refuse it. */
static enum flow check_late_ones(const struct proof *p)
{
    static const enum builtin late[] = {RULE_SEQUENCE, RULE_CROSSED, RULE_FALL};
    for (size_t i = 0; i < sizeof late / sizeof late[0]; i++) {
        const struct edition_rule *r = edition_rule(p->edition, builtin_id(late[i]));
        if (r && r->severity == EDITION_FATAL)
            return proof_fault(p, "rules.csv", r->line, r->id, "cannot be fatal: it is told after a return is judged");
    }
    return FLOW_OK;
}

static enum flow check_tests(struct proof *p, const struct schematron *s)
{
    const struct edition *ed = p->edition;
    size_t n = schematron_tests(s);
    for (size_t i = 0; i < n; i++) {
        struct schematron_test_info t = schematron_test(s, i);
        if (check_test(p, &t) != FLOW_OK)
            return FLOW_FATAL;
        p->counts.assertions += strcmp(t.role, NOT_EVALUABLE) != 0;
        for (size_t k = 0; k < i; k++)
            if (strcmp(schematron_test(s, k).id, t.id) == 0)
                return proof_fault(p, "rules.sch", (uint64_t)t.line, t.id, "stands already on line %d",
                                   schematron_test(s, k).line);
    }
    for (size_t i = 0; i < ed->rule_count; i++)
        if (ed->rules[i].stage == EDITION_RULE && !names_asserted(s, ed->rules[i].id))
            return proof_fault(p, "rules.csv", ed->rules[i].line, ed->rules[i].id,
                               "no assertion of rules.sch has this id");
    return FLOW_OK;
}

/* ---- contexts ---- */

/* The example without its content: what a guard must catch. */
static xmlDocPtr emptied(const struct proof *p)
{
    xmlDocPtr d = xmlCopyDoc(p->example, 1);
    xmlNodePtr root = d ? xmlDocGetRootElement(d) : NULL;
    while (root && root->children) {
        xmlNodePtr child = root->children;
        xmlUnlinkNode(child);
        xmlFreeNode(child);
    }
    return d;
}

static enum flow check_context(const struct proof *p, struct schematron *s, size_t i, xmlDocPtr empty)
{
    struct schematron_rule_info r = schematron_rule(s, i);
    int n = schematron_matches(s, i, r.guard ? empty : p->example);
    const char *name = *r.pattern ? r.pattern : "rule";
    if (n < 0)
        return proof_fault(p, "rules.sch", (uint64_t)r.line, name, "context %s stops with an error", r.context);
    if (n > 0)
        return FLOW_OK;
    return proof_fault(p, "rules.sch", (uint64_t)r.line, name, "context %s matches no node of %s", r.context,
                       r.guard ? "a return without content, which a guard must catch" : "example.xml");
}

static enum flow check_contexts(const struct proof *p, struct schematron *s)
{
    int line;
    const char *id = schematron_unguarded(s, &line);
    xmlDocPtr empty = NULL;
    enum flow f = FLOW_OK;
    if (id)
        return proof_fault(
            p, "rules.sch", (uint64_t)line, id,
            "tests a number, but the first rule of its pattern is no guard: say what makes it not evaluable");
    empty = emptied(p);
    if (!empty)
        return err_set(p->err, STATUS_SYSTEM, "out of memory");
    for (size_t i = 0; f == FLOW_OK && i < schematron_rules(s); i++)
        f = check_context(p, s, i, empty);
    xmlFreeDoc(empty);
    return f;
}

/* ---- names of bound attributes ---- */
static int is_parameter(const struct proof *p, const char *name)
{
    return edition_parameter(p->edition, name) != NULL;
}

static int is_column(const struct proof *p, const char *name)
{
    return register_has_field(p->edition, name);
}

/* VARIABLE or VARIABLE.CATEGORY, the category harmonised. */
static int is_cell(const struct proof *p, const char *name)
{
    char variable[128];
    const char *dot = strchr(name, '.');
    size_t n = dot ? (size_t)(dot - name) : strlen(name);
    if (n >= sizeof variable)
        return 0;
    memcpy(variable, name, n);
    variable[n] = '\0';
    const struct edition_variable *v = edition_variable(p->edition, variable);
    if (!v || (dot != NULL) != (v->shape == EDITION_KEYED))
        return 0;
    return !dot || edition_harmonised(v->list, dot + 1) != EDITION_NONE;
}

static enum flow check_names(const struct proof *p, const char *prefix,
                             int (*known)(const struct proof *, const char *), const char *where)
{
    const char *text = buf_str(&p->plan.rules_text);
    char name[BOUND_NAME_MAX];
    for (const char *at = text; names_next(&at, prefix, name);)
        if (!known(p, name))
            return proof_fault(p, "rules.sch", names_line(text, at), name, "%s%s: no such name in %s", prefix, name,
                               where);
    return FLOW_OK;
}

enum flow proof_rules(struct proof *p)
{
    static const char *const externals[] = {"register", "previous", "parameter", NULL};
    static const char *const languages[] = {"fr", "en", NULL};
    if (check_late_ones(p) != FLOW_OK)
        return FLOW_FATAL;
    if (!p->plan.rules_text.len)
        return FLOW_OK;
    char name[4096];
    (void)snprintf(name, sizeof name, "%s/rules.sch", p->edition->folder);
    struct schematron_options o = {.name = name, .externals = externals, .languages = languages};
    struct schematron *s = schematron_open(buf_str(&p->plan.rules_text), p->plan.rules_text.len, &o, p->err);
    enum flow f = s ? check_tests(p, s) : FLOW_FATAL;
    if (f == FLOW_OK)
        f = check_contexts(p, s);
    schematron_close(s);
    if (f == FLOW_OK)
        f = check_names(p, "$parameter/@", is_parameter, "parameters.csv");
    if (f == FLOW_OK)
        f = check_names(p, "$register/@", is_column, "register.schema.json");
    return f == FLOW_OK ? check_names(p, "$previous/@", is_cell, "variables.csv and categories.csv") : f;
}
