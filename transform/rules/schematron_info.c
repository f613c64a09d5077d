/* SPDX-License-Identifier: Apache-2.0 */
/* What a compiled schema contains, for the proofs on an edition; see schematron.h. */
#include "transform/rules/schematron_model.h"

size_t schematron_rules(const struct schematron *s)
{
    return s->rules_count;
}

static const struct pattern *pattern_of(const struct schematron *s, size_t rule)
{
    const struct pattern *p = s->patterns;
    while (rule >= p->first_rule + p->rules)
        p++;
    return p;
}

struct schematron_rule_info schematron_rule(const struct schematron *s, size_t i)
{
    const struct rule *r = &s->rules[i];
    return (struct schematron_rule_info){.pattern = pattern_of(s, i)->id,
                                         .context = s->contexts[r->context].source,
                                         .line = r->line,
                                         .guard = r->guard,
                                         .first = r->first_test,
                                         .tests = r->tests};
}

size_t schematron_tests(const struct schematron *s)
{
    return s->tests_count;
}

struct schematron_test_info schematron_test(const struct schematron *s, size_t i)
{
    const struct test *t = &s->tests[i];
    return (struct schematron_test_info){
        .id = t->id, .role = t->role, .test = t->source, .line = t->line, .report = t->report};
}

static const struct test *unguarded_in(const struct schematron *s, const struct rule *r)
{
    for (const struct test *t = s->tests + r->first_test; t < s->tests + r->first_test + r->tests; t++)
        if (!t->not_evaluable && xpath_numeric(t->source))
            return t;
    return NULL;
}

const char *schematron_unguarded(const struct schematron *s, int *line)
{
    for (const struct pattern *p = s->patterns; p < s->patterns + s->patterns_count; p++) {
        if (p->rules && s->rules[p->first_rule].guard)
            continue;
        for (const struct rule *r = s->rules + p->first_rule; r < s->rules + p->first_rule + p->rules; r++) {
            const struct test *t = unguarded_in(s, r);
            if (t) {
                *line = t->line;
                return t->id;
            }
        }
    }
    return NULL;
}
