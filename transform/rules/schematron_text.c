/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of a schema say: the text of an assert or report, and the diagnostics that say it in another language.
 */
#include "transform/rules/schematron_reader.h"

static const char *language_of(struct reader *r, const xmlNode *n)
{
    xmlChar *v = xmlNodeGetLang(n);
    const char *kept = arena_strdup(&r->s->arena, v ? (const char *)v : "");
    xmlFree(v);
    return kept;
}

/* ---- texts ---- */
static size_t count_parts(const xmlNode *n)
{
    size_t count = 0;
    for (const xmlNode *c = n->children; c; c = c->next) {
        if (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE || is(c, "value-of") || is(c, "name"))
            count++;
        else if (c->type == XML_ELEMENT_NODE)
            count += count_parts(c);
    }
    return count;
}

static enum flow read_expression_part(struct reader *r, const xmlNode *c, struct part *p)
{
    int value = is(c, "value-of");
    const char *text = reader_attribute(r, c, value ? "select" : "path");
    p->kind = value ? PART_VALUE : PART_NAME;
    if (!text)
        return reader_no_memory(r);
    p->source = text;
    return !value && !*text ? FLOW_OK : reader_compile(r, c, text, &p->expr);
}

/* emph, dir, span and foreign inline elements count for their text. */
static enum flow read_parts(struct reader *r, const xmlNode *n, struct message *m)
{
    static const char *const inline_elements[] = {"value-of", "name", "emph", "dir", "span", NULL};
    enum flow f = reader_only(r, n, inline_elements);
    for (const xmlNode *c = n->children; c && f == FLOW_OK; c = c->next) {
        if (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE) {
            struct part *p = &m->parts[m->count++];
            p->kind = PART_TEXT;
            p->text = arena_strdup(&r->s->arena, (const char *)c->content);
            f = p->text ? FLOW_OK : reader_no_memory(r);
        } else if (is(c, "value-of") || is(c, "name")) {
            f = read_expression_part(r, c, &m->parts[m->count++]);
        } else if (c->type == XML_ELEMENT_NODE) {
            f = read_parts(r, c, m);
        }
    }
    return f;
}

static enum flow read_message(struct reader *r, const xmlNode *n, struct message *m)
{
    m->language = language_of(r, n);
    m->parts = arena_get(&r->s->arena, (count_parts(n) + 1) * sizeof *m->parts);
    return m->language && m->parts ? read_parts(r, n, m) : reader_no_memory(r);
}

/* ---- what a test says ---- */
static const struct diagnostic *find_diagnostic(const struct schematron *s, const char *id, size_t n)
{
    for (size_t i = 0; i < s->diagnostics_count; i++)
        if (same(s->diagnostics[i].id, id, n))
            return &s->diagnostics[i];
    return NULL;
}

static enum flow link_diagnostics(struct reader *r, const xmlNode *n, struct test *t)
{
    const char *ids = reader_attribute(r, n, "diagnostics");
    if (!ids)
        return reader_no_memory(r);
    t->diagnostics = arena_get(&r->s->arena, (strlen(ids) / 2 + 2) * sizeof *t->diagnostics);
    if (!t->diagnostics)
        return reader_no_memory(r);
    for (ids += strspn(ids, " \t\r\n"); *ids; ids += strspn(ids, " \t\r\n")) {
        size_t len = strcspn(ids, " \t\r\n");
        const struct diagnostic *d = find_diagnostic(r->s, ids, len);
        if (!d)
            return reader_refuse(r, n, "names a diagnostic that the schema does not have");
        t->diagnostics[t->diagnostics_count++] = d;
        ids += len;
    }
    return FLOW_OK;
}

/* "fr" speaks for "fr" and "fr-FR". */
static int speaks(const char *has, const char *wanted)
{
    size_t n = strlen(wanted);
    return strncmp(has, wanted, n) == 0 && (has[n] == '\0' || has[n] == '-');
}

static const struct message *message_in(const struct test *t, const char *language)
{
    if (t->message.count && speaks(t->message.language, language))
        return &t->message;
    for (size_t i = 0; i < t->diagnostics_count; i++)
        if (speaks(t->diagnostics[i]->message.language, language))
            return &t->diagnostics[i]->message;
    return &t->message;
}

/* A diagnostic may serve several rules, so its expressions are compiled for each: variables are those of the rule. */
static enum flow choose_messages(struct reader *r, struct test *t)
{
    for (size_t l = 0; l < r->s->languages_count; l++) {
        const struct message *m = message_in(t, r->s->languages[l]);
        const struct quick **quick = arena_get(&r->s->arena, (m->count + 1) * sizeof *quick);
        if (!quick)
            return reader_no_memory(r);
        for (size_t i = 0; i < m->count; i++)
            quick[i] = m->parts[i].kind == PART_VALUE ? reader_quick(r, m->parts[i].source) : NULL;
        t->spoken[l] = (struct spoken){m, quick};
    }
    return FLOW_OK;
}

enum flow reader_says(struct reader *r, const xmlNode *n, struct test *t)
{
    enum flow f = read_message(r, n, &t->message);
    if (f == FLOW_OK)
        f = link_diagnostics(r, n, t);
    return f == FLOW_OK ? choose_messages(r, t) : f;
}

/* ---- the diagnostics of the schema ---- */
static enum flow read_diagnostics(struct reader *r, const xmlNode *root)
{
    struct schematron *s = r->s;
    size_t n = 0;
    for (const xmlNode *g = root->children; g; g = g->next)
        n += is(g, "diagnostics") ? reader_count(g, "diagnostic") : 0;
    s->diagnostics = arena_get(&s->arena, (n + 1) * sizeof *s->diagnostics);
    if (!s->diagnostics)
        return reader_no_memory(r);
    for (const xmlNode *g = root->children; g; g = g->next)
        for (const xmlNode *c = is(g, "diagnostics") ? g->children : NULL; c; c = c->next)
            if (is(c, "diagnostic")) {
                s->diagnostics[s->diagnostics_count].id = reader_attribute(r, c, "id");
                if (!s->diagnostics[s->diagnostics_count].id)
                    return reader_no_memory(r);
                s->diagnostics_count++;
            }
    return FLOW_OK;
}

/* The text of a diagnostic is evaluated where its test stands, so it may use the variables of that rule; which rule is
 * not known yet. */
static enum flow compile_diagnostics(struct reader *r, const xmlNode *root)
{
    size_t i = 0;
    r->anywhere = root;
    for (const xmlNode *g = root->children; g; g = g->next)
        for (const xmlNode *c = is(g, "diagnostics") ? g->children : NULL; c; c = c->next)
            if (is(c, "diagnostic")) {
                enum flow f = read_message(r, c, &r->s->diagnostics[i++].message);
                if (f != FLOW_OK)
                    return f;
            }
    r->anywhere = NULL;
    return FLOW_OK;
}

enum flow reader_diagnostics(struct reader *r, const xmlNode *root)
{
    enum flow f = read_diagnostics(r, root);
    return f == FLOW_OK ? compile_diagnostics(r, root) : f;
}
