/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/findings.h"

#include "schemas/run/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 200, SENTENCE_MAX = 1200 };

static const struct {
    const char *id;
    enum edition_stage stage;
    int level;
    enum edition_severity severity;
} builtins[BUILTIN_COUNT] = {
    [RULE_BODY] = {"S11", EDITION_DOCUMENT, 0, EDITION_FATAL},
    [RULE_ROOT] = {"S06", EDITION_DOCUMENT, 0, EDITION_FATAL},
    [RULE_UNIT] = {"I01", EDITION_IDENTITY, 3, EDITION_FATAL},
    [RULE_CAMPAIGN] = {"I02", EDITION_IDENTITY, 1, EDITION_FATAL},
    [RULE_SEQUENCE] = {"I03", EDITION_IDENTITY, 2, EDITION_INFORMATION},
    [RULE_AHEAD] = {"I04", EDITION_IDENTITY, 2, EDITION_WARNING},
    [RULE_CROSSED] = {"I05", EDITION_IDENTITY, 2, EDITION_WARNING},
    [RULE_FALL] = {"I06", EDITION_IDENTITY, 2, EDITION_WARNING},
    [RULE_CONVERTED] = {"N01", EDITION_NORMALISE, 1, EDITION_INFORMATION},
    [RULE_MAPPED] = {"N02", EDITION_NORMALISE, 1, EDITION_INFORMATION},
    [RULE_NO_ANSWER] = {"N03", EDITION_NORMALISE, 1, EDITION_INFORMATION},
    [RULE_UNREADABLE] = {"N04", EDITION_NORMALISE, 1, EDITION_ERROR},
    [RULE_UNMAPPED] = {"N05", EDITION_NORMALISE, 1, EDITION_ERROR},
    [RULE_TWICE] = {"N06", EDITION_NORMALISE, 1, EDITION_ERROR},
    [RULE_CUT] = {"N07", EDITION_DOCUMENT, 0, EDITION_INFORMATION},
    [RULE_SHIFT] = {"X01", EDITION_CAMPAIGN, 2, EDITION_WARNING},
    [RULE_DECISION] = {EDITION_RULE_DECISION, EDITION_NORMALISE, 1, EDITION_INFORMATION},
};

const char *builtin_id(enum builtin rule)
{
    return builtins[rule].id;
}

enum edition_severity builtin_severity(const struct edition *ed, enum builtin rule)
{
    const struct edition_rule *r = edition_rule(ed, builtins[rule].id);
    return r ? r->severity : builtins[rule].severity;
}

const char *finding_outcome_name(enum finding_outcome o)
{
    static const char *const names[] = {"failed", "not-evaluable", "normalised"};
    return names[o];
}

void findings_init(struct findings *f, const struct edition *ed, struct arena *arena)
{
    *f = (struct findings){.arena = arena, .edition = ed};
    f->max = ed->limits.findings > 0 ? (uint32_t)ed->limits.findings : 1000;
    f->last = &f->first;
}

static struct finding *add(struct findings *f, const struct finding *model)
{
    struct finding *x = arena_get(f->arena, sizeof *x);
    if (!x)
        return NULL;
    *x = *model;
    x->variable = x->category = EDITION_NONE;
    x->path = x->value = x->expected = x->message[LANG_FR] = x->message[LANG_EN] = x->original = "";
    if (x->outcome == FINDING_NOT_EVALUABLE)
        f->not_evaluable++;
    else
        f->count[x->severity]++;
    if (f->kept < f->max) {
        *f->last = x;
        f->last = &x->next;
        f->kept++;
    } else {
        f->dropped++;
    }
    return x;
}

struct finding *findings_builtin(struct findings *f, enum builtin rule, enum finding_outcome o)
{
    const struct edition_rule *r = edition_rule(f->edition, builtins[rule].id);
    struct finding model = {.rule = builtins[rule].id,
                            .stage = r ? r->stage : builtins[rule].stage,
                            .level = r ? r->level : builtins[rule].level,
                            .severity = r ? r->severity : builtins[rule].severity,
                            .outcome = o};
    return add(f, &model);
}

static const struct {
    enum edition_stage stage;
    int level;
    enum edition_severity severity;
} by_kind[XML_KINDS] = {
    [XML_NOT_XML] = {EDITION_DOCUMENT, 0, EDITION_FATAL},   [XML_BROKEN] = {EDITION_DOCUMENT, 0, EDITION_FATAL},
    [XML_ENCODING] = {EDITION_DOCUMENT, 0, EDITION_FATAL},  [XML_DOCTYPE] = {EDITION_DOCUMENT, 0, EDITION_FATAL},
    [XML_LIMIT] = {EDITION_DOCUMENT, 0, EDITION_FATAL},     [XML_NAMESPACE] = {EDITION_DOCUMENT, 0, EDITION_FATAL},
    [XML_SCHEMA] = {EDITION_XSD, 1, EDITION_FATAL},         [XML_BOM] = {EDITION_DOCUMENT, 0, EDITION_WARNING},
    [XML_CONTROL] = {EDITION_DOCUMENT, 0, EDITION_WARNING}, [XML_HINT] = {EDITION_DOCUMENT, 0, EDITION_INFORMATION},
};

static enum flow say_more(struct findings *f, struct finding *x, const struct xml_fault *fault)
{
    if (!fault->folded) {
        enum flow k = finding_say(f, x, LANG_FR, "%s", fault->fr);
        return k == FLOW_OK ? finding_say(f, x, LANG_EN, "%s", fault->en) : k;
    }
    unsigned long long n = fault->folded;
    enum flow k = finding_say(f, x, LANG_FR, "%s (et %llu de même nature)", fault->fr, n);
    return k == FLOW_OK ? finding_say(f, x, LANG_EN, "%s (and %llu more of the same kind)", fault->en, n) : k;
}

enum flow findings_xml(struct findings *f, const struct xml_fault *fault, struct err *e)
{
    const char *id = xml_rule(fault->kind);
    const struct edition_rule *r = edition_rule(f->edition, id);
    struct finding model = {.rule = id,
                            .stage = r ? r->stage : by_kind[fault->kind].stage,
                            .level = r ? r->level : by_kind[fault->kind].level,
                            .severity = r ? r->severity : by_kind[fault->kind].severity,
                            .outcome = fault->converted ? FINDING_NORMALISED : FINDING_FAILED};
    struct finding *x = add(f, &model);
    if (!x)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    x->path = arena_strdup(f->arena, fault->path);
    x->value = arena_strdup(f->arena, fault->value);
    x->expected = arena_strdup(f->arena, fault->expected);
    x->line = fault->line > UINT32_MAX ? UINT32_MAX : (uint32_t)fault->line;
    x->column = fault->column;
    x->folded = fault->folded;
    x->original = arena_strdup(f->arena, fault->original);
    if (!x->path || !x->value || !x->expected || !x->original || say_more(f, x, fault) != FLOW_OK)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    return FLOW_OK;
}

enum flow finding_place(struct findings *f, struct finding *x, struct xml_reader *r, const xmlNode *node)
{
    uint64_t line;
    if (!node || node->type == XML_DOCUMENT_NODE)
        return FLOW_OK;
    xml_place(r, node, &line, &x->column);
    x->line = line > UINT32_MAX ? UINT32_MAX : (uint32_t)line;
    x->path = arena_strdup(f->arena, xml_path(r, node));
    return x->path ? FLOW_OK : FLOW_FATAL;
}

struct finding *findings_rule(struct findings *f, const char *id, enum finding_outcome o)
{
    const struct edition_rule *r = edition_rule(f->edition, id);
    struct finding model = {.rule = r ? r->id : arena_strdup(f->arena, id),
                            .stage = r ? r->stage : EDITION_RULE,
                            .level = r ? r->level : 1,
                            .severity = r ? r->severity : EDITION_WARNING,
                            .outcome = o};
    return model.rule ? add(f, &model) : NULL;
}

enum flow findings_end(struct findings *f, struct err *e)
{
    uint32_t dropped = f->dropped;
    f->dropped = 0;
    f->max = UINT32_MAX;
    if (!dropped)
        return FLOW_OK;
    struct finding *x = findings_builtin(f, RULE_CUT, FINDING_FAILED);
    if (!x || finding_say(f, x, LANG_FR, "%u autres constats ne sont pas détaillés", dropped) != FLOW_OK ||
        finding_say(f, x, LANG_EN, "%u more findings are not listed", dropped) != FLOW_OK)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    return FLOW_OK;
}

enum flow finding_say(struct findings *f, struct finding *x, enum language l, const char *fmt, ...)
{
    char text[SENTENCE_MAX];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    size_t len = n < 0 ? 0 : text_cut(text, strlen(text), sizeof text - 1);
    const char *kept = arena_copy(f->arena, text, len);
    x->message[l] = kept ? kept : "";
    return kept ? FLOW_OK : FLOW_FATAL;
}

const char *finding_text(struct findings *f, const char *s, size_t n)
{
    struct buf b;
    struct err e;
    size_t cut = text_cut(s, n, TEXT_MAX);
    buf_init(&b, 16 * TEXT_MAX);
    int good = text_visible(s, cut, &b, &e) == FLOW_OK && (cut == n || buf_puts(&b, "…", &e) == FLOW_OK);
    const char *kept = good ? arena_copy(f->arena, buf_str(&b), b.len) : "";
    buf_fini(&b);
    return kept ? kept : "";
}
