/* SPDX-License-Identifier: Apache-2.0 */
/* See judge.h. Identity is read before the schema speaks, because a document of another unit must not tell this one
 * anything but that. */
#include "transform/judge.h"

#include "schemas/run/output.h"
#include "transform/content.h"
#include "transform/deduce.h"
#include "transform/set.h"
#include "transform/variables.h"
#include "transform/withhold.h"
#include "transform/xml/xml.h"

#include <libxml/xpathInternals.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTENT_VALUES_MIN = 10, CONTENT_BYTES_MAX = 16 << 20 };

struct judge {
    const struct plan *plan;
    struct xml_reader *reader;
    xmlXPathContextPtr xpath;
    struct identifier *identifier;
    struct variables *variables;
    struct rules *rules;
    struct buf content;
    const char *normalised; /* folder, or NULL */
    const struct subject *subject;
};

static struct xml_limits limits_of(const struct edition *ed)
{
    struct xml_limits l = xml_default_limits();
    const struct edition_limits *x = &ed->limits;
    if (x->body_bytes > 0)
        l.bytes = (uint64_t)x->body_bytes;
    if (x->depth > 0)
        l.depth = (uint64_t)x->depth;
    if (x->elements > 0)
        l.elements = (uint64_t)x->elements;
    if (x->text_bytes > 0)
        l.text = (uint64_t)x->text_bytes;
    if (x->findings > 0)
        l.faults = (uint64_t)x->findings;
    return l;
}

static int register_prefixes(struct judge *j)
{
    const struct edition *ed = j->plan->edition;
    for (size_t i = 0; i < ed->prefix_count; i++)
        if (xmlXPathRegisterNs(j->xpath, BAD_CAST ed->prefixes[i].prefix, BAD_CAST ed->prefixes[i].uri) != 0)
            return 0;
    return 1;
}

struct judge *judge_new(const struct plan *p, const struct xml_schema *schema, struct err *e)
{
    struct xml_limits limits = limits_of(p->edition);
    struct judge *j = calloc(1, sizeof *j);
    if (!j) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory");
        return NULL;
    }
    j->plan = p;
    buf_init(&j->content, CONTENT_BYTES_MAX);
    j->reader = xml_reader_new(schema, &limits, e);
    if (j->reader)
        xml_reader_readings(j->reader, p->edition->readings, p->edition->reading_count);
    j->xpath = j->reader ? xpath_context() : NULL;
    if (j->reader && (!j->xpath || !register_prefixes(j)))
        (void)err_set(e, STATUS_SYSTEM, "out of memory");
    else if (j->reader)
        j->identifier = identifier_new(p, j->xpath, e);
    if (j->identifier)
        j->variables = variables_new(p, j->xpath, e);
    if (j->variables)
        j->rules = rules_new(p, e);
    if (!j->rules) {
        judge_free(j);
        return NULL;
    }
    return j;
}

void judge_free(struct judge *j)
{
    if (!j)
        return;
    rules_free(j->rules);
    variables_free(j->variables);
    identifier_free(j->identifier);
    xpath_context_free(j->xpath);
    xml_reader_free(j->reader);
    buf_fini(&j->content);
    free(j);
}

void judge_write_normalised(struct judge *j, const char *folder)
{
    j->normalised = folder;
}

enum flow judge_subject(struct judge *j, const struct subject *s, struct err *e)
{
    j->subject = s;
    return rules_subject(j->rules, s, e);
}

static enum flow no_memory(struct err *e)
{
    return err_set(e, STATUS_SYSTEM, "out of memory");
}

static enum flow say(struct findings *f, struct finding *x, const char *fr, const char *en, struct err *e)
{
    if (!x || finding_say(f, x, LANG_FR, "%s", fr) != FLOW_OK || finding_say(f, x, LANG_EN, "%s", en) != FLOW_OK)
        return no_memory(e);
    return FLOW_OK;
}

/* ---- steps 1 to 4: decoded, parsed, of this edition, valid ---- */

/* The schema says of the campaign what I02 has refused the return for: its form is wrong, or it is missing. */
static int repeats_campaign(const struct document *d, const struct xml_fault *x)
{
    const char *select = d->findings.edition->identity.campaign, *step = strrchr(select, '/'),
               *path = strrchr(x->path, '/');
    const struct finding *i02 = d->findings.first;
    while (i02 && strcmp(i02->rule, builtin_id(RULE_CAMPAIGN)) != 0)
        i02 = i02->next;
    if (x->kind != XML_SCHEMA || !step || !path || !i02 || i02->severity != EDITION_FATAL)
        return 0;
    size_t n = strcspn(step, ")"); /* string(/r:retour/@campagne) */
    return (strlen(path) == n && memcmp(path, step, n) == 0) ||
           (!*i02->value && step[1] == '@' && strlen(x->expected) == n - 2 &&
            memcmp(x->expected, step + 2, n - 2) == 0);
}

static enum flow tell_xml(struct document *d, const struct xml_document *x, size_t *faults, size_t *notices,
                          struct err *e)
{
    enum flow f = FLOW_OK;
    for (; *notices < x->notices && f == FLOW_OK; (*notices)++)
        f = findings_xml(&d->findings, &x->notice[*notices], e);
    for (; *faults < x->faults && f == FLOW_OK; (*faults)++)
        if (!d->findings.first || !repeats_campaign(d, &x->fault[*faults]))
            f = findings_xml(&d->findings, &x->fault[*faults], e);
    return f;
}

/* Faults that the reader counted but did not list. */
static void count_unlisted(struct document *d, const struct xml_document *x)
{
    uint64_t told = 0;
    for (size_t i = 0; i < x->faults; i++)
        told += 1 + x->fault[i].folded;
    if (x->total > told)
        d->findings.dropped += x->total - told > UINT32_MAX ? UINT32_MAX : (uint32_t)(x->total - told);
}

static int is_ours(const struct edition *ed, const xmlNode *root)
{
    return strcmp(root->ns ? (const char *)root->ns->href : "", ed->namespace_uri) == 0 &&
           strcmp((const char *)root->name, ed->root) == 0;
}

/* How many returns stand inside something else: an envelope, a bundle. */
static unsigned returns_in(const struct edition *ed, const xmlNode *node)
{
    unsigned n = 0;
    for (const xmlNode *c = node->children; c; c = c->next)
        if (c->type == XML_ELEMENT_NODE)
            n += is_ours(ed, c) ? 1 : returns_in(ed, c);
    return n;
}

/* What office programs write, by the namespace of its root. */
static const struct known_file {
    const char *uri, *fr, *en;
} known_files[] = {
    {"", "", ""},
    {"urn:schemas-microsoft-com:office:spreadsheet", " : c'est un classeur enregistré en XML",
     ": this is a workbook saved as XML"},
    {"urn:oasis:names:tc:opendocument:xmlns:office:1.0", " : c'est un document de bureautique",
     ": this is an office document"},
    {"http://schemas.microsoft.com/office/word/2003/wordml", " : c'est un document de bureautique",
     ": this is an office document"},
    {"http://www.w3.org/1999/xhtml", " : c'est une page HTML", ": this is an HTML page"},
};

static const struct known_file *known_file(const char *uri)
{
    for (size_t i = 1; i < sizeof known_files / sizeof known_files[0]; i++)
        if (strcmp(known_files[i].uri, uri) == 0)
            return &known_files[i];
    return &known_files[0];
}

static enum flow other_root(struct judge *j, struct document *d, const xmlNode *root, struct err *e)
{
    const struct edition *ed = j->plan->edition;
    const char *uri = root->ns ? (const char *)root->ns->href : "";
    const char *belongs = plan_edition_of(j->plan, uri);
    struct findings *f = &d->findings;
    struct finding *x = findings_builtin(f, RULE_ROOT, FINDING_FAILED);
    enum flow k;
    if (!x || finding_place(f, x, j->reader, root) != FLOW_OK)
        return no_memory(e);
    const char *shown = finding_text(f, uri, strlen(uri));
    const char *name = finding_text(f, (const char *)root->name, strlen((const char *)root->name));
    x->value = *uri ? shown : name;
    x->expected = ed->namespace_uri;
    if (belongs) {
        k = finding_say(f, x, LANG_FR, "ce retour appartient à l'édition %s ; l'édition %s est attendue", belongs,
                        ed->id);
        return k == FLOW_OK ? finding_say(f, x, LANG_EN, "this return belongs to edition %s; edition %s is expected",
                                          belongs, ed->id)
                            : k;
    }
    unsigned inside = returns_in(ed, root);
    if (inside) {
        k = finding_say(f, x, LANG_FR, "« %s » enveloppe %u retour(s) : envoyez chaque retour seul, dans son fichier",
                        name, inside);
        return k == FLOW_OK
                   ? finding_say(f, x, LANG_EN, "\"%s\" wraps %u return(s): send each return alone, in its own file",
                                 name, inside)
                   : k;
    }
    if (strcmp(uri, ed->namespace_uri) == 0) {
        x->expected = ed->root;
        k = finding_say(f, x, LANG_FR, "élément racine « %s » trouvé, « %s » attendu", name, ed->root);
        return k == FLOW_OK ? finding_say(f, x, LANG_EN, "root element \"%s\" found, \"%s\" expected", name, ed->root)
                            : k;
    }
    const struct known_file *known = known_file(uri);
    k = finding_say(f, x, LANG_FR, "espace de noms « %s » attendu, %s%s%s trouvé%s", ed->namespace_uri,
                    *uri ? "« " : "aucun", shown, *uri ? " »" : "", known->fr);
    return k == FLOW_OK ? finding_say(f, x, LANG_EN, "namespace \"%s\" expected, %s%s%s found%s", ed->namespace_uri,
                                      *uri ? "\"" : "none", shown, *uri ? "\"" : "", known->en)
                        : k;
}

/* ---- step 5 ---- */
static enum flow wrong_unit(struct judge *j, const xmlNode *root, struct document *d, struct err *e)
{
    const struct subject *s = j->subject;
    const char *declared = d->identity.unit;
    struct findings *f = &d->findings;
    struct arena *arena = f->arena;
    findings_init(f, j->plan->edition, arena); /* this finding only */
    d->named_wrong = 1;
    struct finding *x = findings_builtin(f, RULE_UNIT, FINDING_FAILED);
    if (!x || finding_place(f, x, j->reader, root) != FLOW_OK)
        return no_memory(e);
    x->value = finding_text(f, declared, strlen(declared));
    x->expected = s->unit;
    int unknown = register_find(j->plan->frame, declared, strlen(declared)) == REGISTER_NONE;
    enum flow k = unknown ? finding_say(f, x, LANG_FR, "« %s » n'est pas au registre", x->value)
                          : finding_say(f, x, LANG_FR, "retour de « %s », reçu pour « %s »", x->value, s->unit);
    if (k == FLOW_OK)
        k = unknown ? finding_say(f, x, LANG_EN, "\"%s\" is not in the register", x->value)
                    : finding_say(f, x, LANG_EN, "return of \"%s\", received for \"%s\"", x->value, s->unit);
    return k == FLOW_OK ? FLOW_OK : no_memory(e);
}

/* FLOW_ITEM: not of this unit, nothing else may be said. */
static enum flow check_unit(struct judge *j, const xmlNode *root, struct document *d, struct err *e)
{
    const struct subject *s = j->subject;
    if (!*j->plan->edition->identity.unit)
        return FLOW_OK;
    if (!j->plan->frame)
        return say(&d->findings, findings_builtin(&d->findings, RULE_UNIT, FINDING_NOT_EVALUABLE),
                   "non vérifié : pas de registre", "not checked: no register", e);
    if (s->row != REGISTER_NONE && strcmp(d->identity.unit, s->unit) == 0)
        return FLOW_OK;
    enum flow f = wrong_unit(j, root, d, e);
    return f == FLOW_OK ? FLOW_ITEM : f;
}

static enum flow check_campaign(struct judge *j, const xmlNode *root, struct document *d, struct err *e)
{
    const struct edition *ed = j->plan->edition;
    if (!*ed->identity.campaign || strcmp(d->identity.campaign, ed->campaign) == 0)
        return FLOW_OK;
    struct findings *f = &d->findings;
    struct finding *x = findings_builtin(f, RULE_CAMPAIGN, FINDING_FAILED);
    if (!x || finding_place(f, x, j->reader, root) != FLOW_OK)
        return no_memory(e);
    x->value = finding_text(f, d->identity.campaign, strlen(d->identity.campaign));
    x->expected = ed->campaign;
    int named = *x->value != '\0';
    enum flow k = finding_say(f, x, LANG_FR, "%s%s%s déclarée, « %s » attendue",
                              named ? "campagne « " : "aucune campagne", x->value, named ? " »" : "", ed->campaign);
    if (k == FLOW_OK)
        k = finding_say(f, x, LANG_EN, "%s%s%s declared, \"%s\" expected", named ? "campaign \"" : "no campaign",
                        x->value, named ? "\"" : "", ed->campaign);
    return k == FLOW_OK ? FLOW_OK : no_memory(e);
}

/* ---- content digest ---- */
static enum flow digest_content(struct judge *j, struct document *d, struct err *e)
{
    const struct plan *p = j->plan;
    unsigned values = 0;
    buf_reset(&j->content);
    for (uint32_t i = 0; i < p->edition->cell_count; i++) {
        uint32_t cell = p->content_order[i];
        const struct edition_variable *v = &p->edition->variables[p->cells[cell].variable];
        const struct cell *c = &d->cells[cell];
        if (!v->content || !c->value)
            continue;
        values += c->number.unscaled != 0;
        if (buf_puts(&j->content, v->id, e) != FLOW_OK || buf_putc(&j->content, '\t', e) != FLOW_OK ||
            buf_puts(&j->content, plan_harmonised(p, cell), e) != FLOW_OK ||
            buf_putc(&j->content, '\t', e) != FLOW_OK || buf_puts(&j->content, c->value, e) != FLOW_OK ||
            buf_putc(&j->content, '\n', e) != FLOW_OK)
            return FLOW_FATAL;
    }
    return values < CONTENT_VALUES_MIN ? FLOW_OK
                                       : digest_of(buf_str(&j->content), j->content.len, d->content_digest, e);
}

/* ---- steps 6 to 9 ---- */
static enum flow write_normalised(struct judge *j, xmlDocPtr doc, const struct document *d, struct err *e)
{
    char prefix[4096], path[4200];
    const char *record = strrchr(d->record, ':');
    xmlChar *text = NULL;
    int n = 0;
    (void)snprintf(prefix, sizeof prefix, "%s/%s.%s", j->normalised, *j->subject->unit ? j->subject->unit : "document",
                   record ? record + 1 : d->record);
    (void)snprintf(path, sizeof path, "%s.xml", prefix);
    xmlDocDumpMemoryEnc(doc, &text, &n, "UTF-8");
    enum flow f = text ? output_file(path, text, (size_t)n, e) : no_memory(e);
    xmlFree(text);
    return f == FLOW_OK ? rules_write_bound(j->rules, prefix, e) : f;
}

static enum flow judge_content(struct judge *j, xmlDocPtr doc, struct document *d, struct err *e)
{
    unsigned made;
    d->cells = arena_get(d->findings.arena, (j->plan->edition->cell_count + 1) * sizeof *d->cells);
    if (!d->cells)
        return no_memory(e);
    enum flow f = variables_read(j->variables, j->reader, doc, d->cells, &d->findings, e);
    if (f == FLOW_OK)
        f = digest_content(j, d, e);
    if (f == FLOW_OK)
        f = set_apply(j->plan, j->subject, j->variables, j->reader, doc, d, e);
    if (f == FLOW_OK && j->normalised)
        f = write_normalised(j, doc, d, e);
    if (f == FLOW_OK)
        f = rules_run(j->rules, j->reader, doc, j->subject, d, e);
    return f == FLOW_OK ? deduce(j->plan, d, &made, e) : f;
}

static enum flow judge_tree(struct judge *j, struct xml_document *x, struct document *d, struct err *e)
{
    size_t faults = 0, notices = 0;
    enum flow f = tell_xml(d, x, &faults, &notices, e);
    const xmlNode *root = xmlDocGetRootElement(x->doc);
    if (f != FLOW_OK)
        return f;
    if (!is_ours(j->plan->edition, root))
        return other_root(j, d, root, e) == FLOW_OK ? FLOW_OK : no_memory(e);
    f = identifier_read(j->identifier, x->doc, &d->identity, d->findings.arena, e);
    if (f == FLOW_OK)
        f = check_unit(j, root, d, e);
    if (f != FLOW_OK)
        return f == FLOW_ITEM ? FLOW_OK : f;
    f = check_campaign(j, root, d, e);
    if (f == FLOW_OK)
        f = xml_validate(j->reader, x, e);
    if (f == FLOW_ITEM) {
        f = tell_xml(d, x, &faults, &notices, e);
        count_unlisted(d, x);
    }
    if (f == FLOW_OK && !d->findings.count[EDITION_FATAL] && d->identity.nature != EDITION_WITHDRAWAL)
        f = judge_content(j, x->doc, d, e);
    return f;
}

static enum flow keep_encodings(struct document *d, const struct xml_document *x)
{
    d->bom = arena_strdup(d->findings.arena, x->bom ? x->bom : "");
    d->declared = arena_strdup(d->findings.arena, x->declared ? x->declared : "");
    d->used = arena_strdup(d->findings.arena, x->used ? x->used : "");
    return d->bom && d->declared && d->used ? FLOW_OK : FLOW_FATAL;
}

enum flow judge_document(struct judge *j, const char *text, size_t n, const char *undecodable, struct document *d,
                         struct arena *arena, struct err *e)
{
    static const struct identity none = {.unit = "", .campaign = "", .number = "", .stamp = "", .software = ""};
    struct xml_document x = {0};
    size_t faults = 0, notices = 0;
    enum flow f;
    findings_init(&d->findings, j->plan->edition, arena);
    d->identity = none;
    d->cells = NULL;
    d->content_digest[0] = '\0';
    d->reason = d->related = d->bom = d->declared = d->used = "";
    if (undecodable) {
        f = say(&d->findings, findings_builtin(&d->findings, RULE_BODY, FINDING_FAILED), "contenu compressé illisible",
                undecodable, e);
    } else {
        f = xml_read(j->reader, text, n, &x, e);
        if ((f == FLOW_OK || f == FLOW_ITEM) && keep_encodings(d, &x) != FLOW_OK)
            f = no_memory(e);
        if (f == FLOW_OK)
            f = judge_tree(j, &x, d, e);
        else if (f == FLOW_ITEM)
            f = tell_xml(d, &x, &faults, &notices, e);
    }
    if (f == FLOW_OK)
        f = findings_end(&d->findings, e);
    if (f == FLOW_OK) {
        d->verdict = withhold_verdict(j->plan, d);
        if (d->verdict == 3)
            d->cells = NULL;
    }
    if (xml_starved())
        f = no_memory(e); /* whatever was found: part of the tree may be missing */
    for (uint32_t i = 0; f == FLOW_OK && d->cells && i < j->plan->edition->cell_count; i++)
        d->cells[i].node = NULL; /* the tree is the reader's, and goes with the next document */
    return f;
}

enum flow judge_identity(struct judge *j, const char *text, size_t n, struct identity *out, struct arena *arena,
                         struct err *e)
{
    struct xml_document x;
    enum flow f = xml_read(j->reader, text, n, &x, e);
    if (f != FLOW_OK)
        return f;
    if (!is_ours(j->plan->edition, xmlDocGetRootElement(x.doc)))
        return FLOW_ITEM;
    return identifier_read(j->identifier, x.doc, out, arena, e);
}
