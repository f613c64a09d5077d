/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/rules/names.h"

#include "schemas/run/decimal.h"

#include <string.h>

/* *at, or the end of a comment that begins between it and `found`: what is commented out asks for nothing. */
static const char *behind_comment(const char *at, const char *found)
{
    const char *begin = strstr(at, "<!--"), *end = begin && begin < found ? strstr(begin, "-->") : NULL;
    return end ? end : at;
}

const char *names_next(const char **at, const char *prefix, char name[BOUND_NAME_MAX])
{
    for (const char *found; (found = strstr(*at, prefix)) != NULL;) {
        const char *behind = behind_comment(*at, found);
        if (behind != *at) {
            *at = behind;
            continue;
        }
        *at = found + strlen(prefix);
        size_t n = strspn(*at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");
        if (!n || n >= BOUND_NAME_MAX)
            continue; /* @* and the like */
        memcpy(name, *at, n);
        name[n] = '\0';
        return name;
    }
    return NULL;
}

uint64_t names_line(const char *text, const char *at)
{
    uint64_t line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

int names_asserted(const struct schematron *s, const char *rule)
{
    size_t n = strlen(rule);
    for (size_t k = 0; s && k < schematron_tests(s); k++) {
        const char *id = schematron_test(s, k).id;
        if (strncmp(rule, id, n) == 0 && (id[n] == '\0' || id[n] == '.'))
            return 1;
    }
    return 0;
}

static int is_number(const char *value)
{
    struct decimal d;
    return decimal_parse(value, strlen(value), &d) == DECIMAL_OK;
}

static enum flow check_parameters(const struct plan *p, struct err *e)
{
    static const char prefix[] = "$parameter/@", taken[] = "number($parameter/@";
    const char *text = buf_str(&p->rules_text), *folder = p->edition->folder;
    char name[BOUND_NAME_MAX];
    for (const char *at = text; names_next(&at, prefix, name);) {
        const char *value = edition_parameter(p->edition, name);
        size_t back = sizeof taken - 1;
        if (!value)
            return err_set(e, STATUS_CONFIG, "%s/rules.sch:%llu: $parameter/@%s: no such name in parameters.csv",
                           folder, (unsigned long long)names_line(text, at), name);
        if ((size_t)(at - text) >= back && memcmp(at - back, taken, back) == 0 && !is_number(value))
            return err_set(e, STATUS_CONFIG,
                           "%s/parameters.csv: parameter \"%s\": \"%s\" is no number, and rules.sch, line %llu, takes "
                           "it for one: figures, a point before decimals",
                           folder, name, value, (unsigned long long)names_line(text, at));
    }
    return FLOW_OK;
}

enum flow names_check(const struct plan *p, const struct schematron *s, struct err *e)
{
    const struct edition *ed = p->edition;
    for (size_t i = 0; i < ed->rule_count; i++)
        if (ed->rules[i].stage == EDITION_RULE && !names_asserted(s, ed->rules[i].id))
            return err_set(e, STATUS_CONFIG, "%s/rules.csv:%llu: rule \"%s\": no assertion of rules.sch has this id",
                           ed->folder, (unsigned long long)ed->rules[i].line, ed->rules[i].id);
    if (s && *ed->namespace_uri && strstr(buf_str(&p->rules_text), "uri=") &&
        !strstr(buf_str(&p->rules_text), ed->namespace_uri))
        return err_set(e, STATUS_CONFIG,
                       "%s/rules.sch: no <ns> names \"%s\", the namespace of edition.json: no rule would meet a return",
                       ed->folder, ed->namespace_uri);
    return check_parameters(p, e);
}
