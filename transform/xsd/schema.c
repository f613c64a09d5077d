/* SPDX-License-Identifier: Apache-2.0 */
/* XML Schema 1.0 through libxml2; the only file that includes it. Compiled once, all of it from the folder of the
 * schema; what libxml2 merely warns about would leave a weaker schema in force, so a warning is as fatal as an error.
 */
#include "schemas/run/text.h"
#include "transform/xml/reader.h"
#include "transform/xsd/accept.h"

#include <libxml/schemasInternals.h>
#include <libxml/xmlschemas.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Repeats of one fault that are listed before the rest is only counted. */
enum { REPEATS = 20 };

struct xml_schema {
    xmlSchemaPtr schema;
    struct xsd_accept *accept; /* NULL when libxml2 judges alone */
    char digest[DIGEST_HEX_MAX];
};

/* ---- compiling ---- */

struct compile {
    unsigned errors;
    int starved;     /* memory was refused */
    char first[800]; /* "file:line: text" of the first */
};

static void compile_error(void *ctx, xmlErrorPtr x)
{
    struct compile *c = ctx;
    c->starved |= x->code == XML_ERR_NO_MEMORY;
    if (x->level == XML_ERR_WARNING && x->domain != XML_FROM_SCHEMASP && x->domain != XML_FROM_IO)
        return; /* a relative namespace name, an XML version: says nothing about the schema */
    if (c->errors++ > 0)
        return;
    const char *text = x->message ? x->message : "unknown error";
    const char *slash = x->file ? strrchr(x->file, '/') : NULL;
    (void)snprintf(c->first, sizeof c->first, "%s:%d: %s%.*s", x->file ? (slash ? slash + 1 : x->file) : "schema",
                   x->line, x->level == XML_ERR_WARNING ? "warning: " : "", (int)strcspn(text, "\n"), text);
}

static xmlSchemaPtr compile(const char *path, struct compile *c)
{
    xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt(path);
    c->starved = !parser;
    if (!parser)
        return NULL;
    xmlSetStructuredErrorFunc(c, compile_error);
    xmlSchemaSetParserStructuredErrors(parser, compile_error, c);
    xmlSchemaPtr schema = xmlSchemaParse(parser);
    xmlSetStructuredErrorFunc(NULL, NULL);
    xmlSchemaFreeParserCtxt(parser);
    return schema;
}

static enum flow compile_failed(const char *path, const struct compile *c, struct err *e)
{
    if (c->starved)
        return err_set(e, STATUS_SYSTEM, "%s: out of memory for the schema", path);
    if (xml_refused_load()[0])
        return err_set(e, STATUS_CONFIG,
                       "%s: the schema asks for %s, which is not in its folder: put a copy there and name it", path,
                       xml_refused_load());
    if (c->errors == 0)
        return err_set(e, STATUS_CONFIG, "%s: the schema does not compile", path);
    if (c->errors == 1)
        return err_set(e, STATUS_CONFIG, "%s: the schema does not compile: %s", path, c->first);
    return err_set(e, STATUS_CONFIG, "%s: the schema does not compile: %s (and %u more)", path, c->first,
                   c->errors - 1);
}

struct xml_schema *xml_schema_open(const char *path, struct err *e)
{
    char real[PATH_MAX], folder[PATH_MAX];
    struct compile c = {0};
    struct xml_schema *s = calloc(1, sizeof *s);
    if (!s) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory");
        return NULL;
    }
    if (!realpath(path, real)) {
        (void)err_sys(e, STATUS_CONFIG, "%s", path);
        free(s);
        return NULL;
    }
    (void)snprintf(folder, sizeof folder, "%s", real);
    char *slash = strrchr(folder, '/');
    slash[slash == folder] = '\0';
    xml_allow_folder(folder);
    s->schema = digest_file(real, s->digest, e) == FLOW_OK ? compile(real, &c) : NULL;
    int read = s->digest[0] != '\0';
    if (!s->schema || c.errors > 0 || xml_refused_load()[0]) {
        if (read)
            (void)compile_failed(path, &c, e);
        else if (e->status != STATUS_SYSTEM)
            e->status = STATUS_CONFIG;
        xml_schema_close(s);
        s = NULL;
    }
    xml_allow_folder(NULL);
    if (s && s->schema->doc)
        s->accept = xsd_accept_open(s->schema->doc);
    return s;
}

void xml_schema_close(struct xml_schema *s)
{
    if (!s)
        return;
    xsd_accept_close(s->accept);
    if (s->schema)
        xmlSchemaFree(s->schema);
    free(s);
}

const char *xml_schema_namespace(const struct xml_schema *s)
{
    return s->schema->targetNamespace ? (const char *)s->schema->targetNamespace : "";
}

const char *xml_schema_digest(const struct xml_schema *s)
{
    return s->digest;
}

/* ---- validating ---- */

/* One line of a documentation element: runs of white space are one space. */
static void copy_line(const xmlNode *documentation, char *out, size_t size)
{
    xmlChar *text = xmlNodeGetContent((xmlNode *)(uintptr_t)documentation);
    size_t n = 0;
    for (const char *p = text ? (const char *)text : ""; *p && n + 1 < size; p++) {
        int space = strchr(" \t\r\n", *p) != NULL;
        if (!space)
            out[n++] = *p;
        else if (n > 0 && out[n - 1] != ' ')
            out[n++] = ' ';
    }
    while (n > 0 && out[n - 1] == ' ')
        n--;
    n = text_cut(out, n, n);
    out[n] = '\0';
    xmlFree(text);
}

static void documentation_of(const struct _xmlSchemaType *t, struct xsd_type *out)
{
    const xmlNode *c = t->annot && t->annot->content ? t->annot->content->children : NULL;
    for (; c; c = c->next) {
        if (c->type != XML_ELEMENT_NODE || !xmlStrEqual(c->name, BAD_CAST "documentation"))
            continue;
        xmlChar *lang = xmlNodeGetLang((xmlNode *)(uintptr_t)c);
        if (xmlStrEqual(lang, BAD_CAST "fr"))
            copy_line(c, out->fr, sizeof out->fr);
        else if (xmlStrEqual(lang, BAD_CAST "en"))
            copy_line(c, out->en, sizeof out->en);
        xmlFree(lang);
    }
}

/* The type named in a message in libxml2's {namespace}local form. */
static void describe_type(const struct xml_schema *s, const char *name, size_t n, struct xsd_type *out)
{
    char local[128];
    const char *brace = name[0] == '{' ? memchr(name, '}', n) : NULL;
    const char *begin = brace ? brace + 1 : name;
    size_t len = n - (size_t)(begin - name);
    if (len == 0 || len >= sizeof local)
        return;
    memcpy(local, begin, len);
    local[len] = '\0';
    const struct _xmlSchemaType *t = brace ? xmlHashLookup(s->schema->typeDecl, BAD_CAST local) : NULL;
    if (t)
        documentation_of(t, out);
    while (t && t->type != XML_SCHEMA_TYPE_BASIC && t->baseType != t)
        t = t->baseType;
    if (t && t->type == XML_SCHEMA_TYPE_BASIC)
        (void)snprintf(out->builtin, sizeof out->builtin, "%s", (const char *)t->name);
}

struct pattern_owner {
    const char *pattern;
    size_t n;
    struct xsd_type *out;
};

static void match_pattern(void *payload, void *data, const xmlChar *name)
{
    const struct _xmlSchemaType *t = payload;
    struct pattern_owner *w = data;
    (void)name;
    for (const struct _xmlSchemaFacet *x = t->facets; x && !w->out->fr[0]; x = x->next)
        if (x->type == XML_SCHEMA_FACET_PATTERN && x->value && strlen((const char *)x->value) == w->n &&
            memcmp(x->value, w->pattern, w->n) == 0)
            documentation_of(t, w->out);
}

/* libxml2 names no type beside a pattern: the documented one that has it. */
static void type_of_pattern(const struct xml_schema *s, const char *message, struct xsd_type *out)
{
    static const char mark[] = "by the pattern '";
    const char *begin = strstr(message, mark), *end = strrchr(message, '\'');
    if (!begin || !end || end < begin + sizeof mark - 1)
        return;
    begin += sizeof mark - 1;
    struct pattern_owner w = {begin, (size_t)(end - begin), out};
    xmlHashScan(s->schema->typeDecl, match_pattern, &w);
}

/* "... type '{urn:t}T'." -> T. */
static void type_in(const struct xml_schema *s, const char *message, struct xsd_type *out)
{
    static const char mark[] = " type '";
    const char *p = NULL;
    *out = (struct xsd_type){0};
    for (const char *q = message; (q = strstr(q, mark)) != NULL; q++)
        p = q + sizeof mark - 1;
    const char *end = p ? strchr(p, '\'') : NULL;
    if (!end)
        return;
    size_t n = (size_t)(end - p);
    if (n > 3 && strncmp(p, "xs:", 3) == 0)
        (void)snprintf(out->builtin, sizeof out->builtin, "%.*s", (int)(n - 3), p + 3);
    else
        describe_type(s, p, n, out);
}

static int is_value_fault(int code)
{
    return code >= XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_1 && code <= XML_SCHEMAV_CVC_ENUMERATION_VALID;
}

static int has_attribute_value(const xmlNode *node, const char *value, size_t n)
{
    for (const xmlAttr *a = node->properties; a; a = a->next)
        if (a->children && a->children->content && strlen((const char *)a->children->content) == n &&
            memcmp(a->children->content, value, n) == 0)
            return 1;
    return 0;
}

/* An element that libxml2 names without giving the node (keyref): on that line, of that name, with the key as an
 * attribute. */
struct sought {
    const char *name, *key;
    size_t name_length, key_length;
    int line;
    const xmlNode *first; /* of that name on that line, whatever its attributes */
};

static const xmlNode *node_on_line(const xmlNode *node, struct sought *s)
{
    for (; node; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        if (node->line == s->line && strlen((const char *)node->name) == s->name_length &&
            memcmp(node->name, s->name, s->name_length) == 0) {
            if (!s->first)
                s->first = node;
            if (has_attribute_value(node, s->key, s->key_length))
                return node;
        }
        const xmlNode *found = node_on_line(node->children, s);
        if (found)
            return found;
    }
    return NULL;
}

static const xmlNode *named_node(const struct xml_reader *r, const char *message, int line)
{
    static const char mark[] = "Element '";
    if (strncmp(message, mark, sizeof mark - 1) != 0)
        return NULL;
    const char *begin = message + sizeof mark - 1, *end = strchr(begin, '\'');
    const char *brace = *begin == '{' ? strchr(begin, '}') : NULL;
    const char *key = strstr(message, "['"), *key_end = key ? strchr(key + 2, '\'') : NULL;
    if (!end)
        return NULL;
    if (brace && brace < end)
        begin = brace + 1;
    struct sought s = {.name = begin, .name_length = (size_t)(end - begin), .line = line, .key = ""};
    if (key_end) {
        s.key = key + 2;
        s.key_length = (size_t)(key_end - key - 2);
    }
    const xmlNode *found = node_on_line(xmlDocGetRootElement(r->doc), &s);
    return found ? found : s.first;
}

/* "Element 'e', attribute 'k': ..." is reported on the element: the attribute is meant. */
static const xmlNode *named_attribute(const xmlNode *node, const char *message)
{
    static const char mark[] = "', attribute '";
    const char *begin = strchr(message, '\''), *end = begin ? strchr(begin + 1, '\'') : NULL;
    if (!node || node->type != XML_ELEMENT_NODE || !end || strncmp(end, mark, sizeof mark - 1) != 0)
        return node;
    begin = end + sizeof mark - 1;
    end = strchr(begin, '\'');
    const char *brace = *begin == '{' ? strchr(begin, '}') : NULL;
    if (brace && end && brace < end)
        begin = brace + 1;
    size_t n = end ? (size_t)(end - begin) : 0;
    for (const xmlAttr *a = node->properties; a && n; a = a->next)
        if (strlen((const char *)a->name) == n && memcmp(a->name, begin, n) == 0)
            return (const xmlNode *)a;
    return node;
}

/* The element a fault is about is marked for what follows from it: libxml2 then misses the value, and a part of the
 * element's key. */
static void mark(const xmlNode *node)
{
    xmlNode *element = (xmlNode *)(uintptr_t)(node && node->type == XML_ATTRIBUTE_NODE ? node->parent : node);
    if (element)
        element->_private = element;
}

static int is_consequence(const xmlError *x)
{
    const xmlNode *node = x->node;
    return x->code == XML_SCHEMAV_CVC_IDC && node && node->type == XML_ELEMENT_NODE && node->_private &&
           (strstr(x->message, "Not all fields") || strstr(x->message, "No precomputed value"));
}

/* Same fault at the same kind of place: path without positions. */
static int same_kind(const struct xml_fault *a, int code, const xmlNode *node, const xmlNode *other)
{
    if (a->code != code)
        return 0;
    for (; node && other; node = node->parent, other = other->parent)
        if (node->type != other->type || (node->type != XML_DOCUMENT_NODE && !xmlStrEqual(node->name, other->name)))
            return 0;
    return node == other;
}

struct validation {
    struct xml_reader *reader;
    const xmlNode *last_node; /* of the last listed value fault */
    const xmlNode *first_of_kind[64];
    size_t fault_of_kind[64];
    unsigned repeats[64];
    size_t kinds;
};

/* The place where a repeated fault is counted: the index of its kind, or 64 when there are too many kinds. */
static size_t kind_of(struct validation *v, int code, const xmlNode *node)
{
    for (size_t i = 0; i < v->kinds; i++)
        if (same_kind(&v->reader->faults.item[v->fault_of_kind[i]], code, v->first_of_kind[i], node))
            return i;
    return v->kinds < 64 ? v->kinds : 64;
}

static void place(struct xml_reader *r, struct xml_fault *f, const xmlNode *node, int line)
{
    if (node) {
        xml_place(r, node, &f->line, &f->column);
        f->path = xml_path(r, node);
    } else {
        f->line = line > 0 ? (uint64_t)line : 0;
        f->column = 0;
    }
}

static void fold(struct xml_reader *r, size_t index)
{
    r->document->total++;
    r->faults.item[index].folded++;
}

static void validity_error(void *ctx, xmlErrorPtr x)
{
    struct validation *v = ctx;
    struct xml_reader *r = v->reader;
    const char *message = x->message ? x->message : "";
    struct xsd_type type;
    const xmlNode *node = named_attribute(x->node, message);
    if (x->message && is_consequence(x))
        return;
    if (is_value_fault(x->code) || x->code == XML_SCHEMAV_CVC_COMPLEX_TYPE_4)
        mark(node);
    if (r->faults.count > 0 && node && node == v->last_node && is_value_fault(x->code) &&
        is_value_fault(r->faults.item[r->faults.count - 1].code)) {
        fold(r, r->faults.count - 1);
        return;
    }
    size_t kind = kind_of(v, x->code, node);
    if (kind < v->kinds && v->repeats[kind]++ >= REPEATS) {
        fold(r, v->fault_of_kind[kind]);
        return;
    }
    struct xml_fault *f = xml_add(r, XML_SCHEMA, x->code, 0);
    if (!f)
        return;
    if (kind == v->kinds && kind < 64) {
        v->first_of_kind[kind] = node;
        v->fault_of_kind[kind] = r->faults.count - 1;
        v->repeats[kind] = 1;
        v->kinds++;
    }
    if (!node) /* searched only for what is listed: the search walks the tree */
        node = named_attribute(named_node(r, message, x->line), message);
    v->last_node = node;
    place(r, f, node, x->line);
    f->original = xml_keep_visible(r, message, strcspn(message, "\n"));
    type_in(r->schema, message, &type);
    if (x->code == XML_SCHEMAV_CVC_PATTERN_VALID)
        type_of_pattern(r->schema, message, &type);
    xsd_words(r, f, node, message, &type);
}

void xsd_validator_free(void *validator)
{
    if (validator)
        xmlSchemaFreeValidCtxt(validator);
}

int xsd_certain(struct xml_reader *r)
{
    return r->schema->accept && xsd_accepts(r->schema->accept, r->doc, &r->arena);
}

enum flow xsd_validate(struct xml_reader *r, struct err *e)
{
    return xsd_certain(r) ? FLOW_OK : xsd_judge(r, e);
}

enum flow xsd_judge(struct xml_reader *r, struct err *e)
{
    struct validation v = {.reader = r};
    if (!r->validator)
        r->validator = xmlSchemaNewValidCtxt(r->schema->schema);
    if (!r->validator)
        return err_set(e, STATUS_SYSTEM, "out of memory for a validator");
    xmlSchemaSetValidStructuredErrors(r->validator, validity_error, &v);
    int rc = xmlSchemaValidateDoc(r->validator, r->doc);
    if (rc < 0)
        return err_set(e, STATUS_BUG, "libxml2 failed inside a validation (error %d)", rc);
    if (rc > 0 && r->faults.count == 0)
        return err_set(e, STATUS_BUG, "libxml2 refused a document without saying why (error %d)", rc);
    return rc > 0 ? FLOW_ITEM : FLOW_OK;
}
