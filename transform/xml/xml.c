/* SPDX-License-Identifier: Apache-2.0 */
/* The parser: libxml2's SAX2 tree builder behind a few guards of ours. Guards count what the builder builds and stop
 * it; where elements stand is kept in their psvi as the byte offset (plus one) of the end of the start tag, because
 * libxml2 keeps no column and no line above 65535. */
#include "transform/xml/reader.h"

#include "schemas/run/text.h"

#include <libxml/SAX2.h>
#include <libxml/parserInternals.h>
#include <libxml/uri.h>
#include <libxml/xmlIO.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RENEW_AFTER = 1000, ARENA_MAX = 64 << 20, VALUE_MAX = 200 };

/* ---- once ---- */

static _Thread_local const char *allowed_folder; /* while a schema is compiled */
static _Thread_local char refused_load[256];

void xml_allow_folder(const char *folder)
{
    allowed_folder = folder;
    refused_load[0] = '\0';
}

const char *xml_refused_load(void)
{
    return refused_load;
}

static int beneath(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    return strncmp(path, folder, n) == 0 && (path[n] == '/' || (n > 0 && folder[n - 1] == '/'));
}

/* Everything libxml2 wants to open passes here: nothing but files beneath the folder of the schema being compiled. */
static xmlParserInputPtr load(const char *url, const char *id, xmlParserCtxtPtr parser)
{
    char real[PATH_MAX];
    (void)id;
    const char *path = url && strncmp(url, "file://", 7) == 0 ? url + 7 : url;
    char *plain = path ? xmlURIUnescapeString(path, 0, NULL) : NULL;
    int inside = allowed_folder && path &&
                 ((realpath(path, real) && beneath(real, allowed_folder)) ||
                  (plain && realpath(plain, real) && beneath(real, allowed_folder)));
    xmlFree(plain);
    if (inside)
        return xmlNewInputFromFile(parser, real);
    (void)snprintf(refused_load, sizeof refused_load, "%s", url ? url : "");
    return NULL;
}

static void silent(void *ctx, const char *message, ...)
{
    (void)ctx;
    (void)message;
}

enum flow xml_setup(struct err *e)
{
    if (xml_memory() != 0)
        return err_set(e, STATUS_SYSTEM, "libxml2 does not take our memory functions");
    LIBXML_TEST_VERSION
    xmlInitParser();
    if (xmlHasFeature(XML_WITH_SCHEMAS) == 0 || xmlHasFeature(XML_WITH_XPATH) == 0)
        return err_set(e, STATUS_SYSTEM, "this libxml2 was built without XML Schema or XPath");
    xmlSetExternalEntityLoader(load);
    xmlSetGenericErrorFunc(NULL, silent);
    return FLOW_OK;
}

const char *xml_rule(enum xml_kind k)
{
    static const char *const ids[XML_KINDS] = {"S01", "S02", "S03", "S04", "S05", "S06", "S07", "S08", "S09", "S10"};
    return k < XML_KINDS ? ids[k] : "S00";
}

struct xml_limits xml_default_limits(void)
{
    return (struct xml_limits){.bytes = 10485760, .depth = 64, .elements = 100000, .text = 1048576, .faults = 1000};
}

/* ---- faults ---- */

void xml_where(const struct xml_reader *r, uint64_t offset, uint64_t *line, uint32_t *column)
{
    const char *text = r->text ? r->text : ""; /* a file refused for its size was not looked at */
    uint64_t length = r->text ? r->length : 0;
    const char *end = text + (offset < length ? offset : length), *next;
    struct line_mark *mark = r->mark;
    if (!mark->begin || mark->text != text || mark->begin > end)
        *mark = (struct line_mark){text, text, 1};
    /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): the mark was set just above */
    while ((next = memchr(mark->begin, '\n', (size_t)(end - mark->begin))) != NULL) {
        mark->line++;
        mark->begin = next + 1;
    }
    const char *p = mark->begin;
    *line = mark->line;
    *column = 1;
    for (; p < end; p++)
        *column += ((unsigned char)*p & 0xC0) != 0x80;
}

static int is_notice(enum xml_kind k)
{
    return k == XML_BOM || k == XML_CONTROL || k == XML_HINT;
}

struct xml_fault *xml_add(struct xml_reader *r, enum xml_kind kind, int code, uint64_t offset)
{
    struct fault_list *l = is_notice(kind) ? &r->notices : &r->faults;
    if (!is_notice(kind))
        r->document->total++;
    if (l->count >= r->limits.faults)
        return NULL;
    if (l->count == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 16;
        struct xml_fault *grown = realloc(l->item, cap * sizeof *grown);
        if (!grown)
            return NULL;
        l->item = grown;
        l->cap = cap;
    }
    struct xml_fault *f = &l->item[l->count++];
    *f = (struct xml_fault){.kind = kind, .code = code, .offset = offset};
    f->path = f->value = f->expected = f->fr = f->en = f->original = "";
    xml_where(r, offset, &f->line, &f->column);
    return f;
}

const char *xml_keep(struct xml_reader *r, const char *s)
{
    const char *copy = arena_strdup(&r->arena, s);
    return copy ? copy : "";
}

const char *xml_keep_visible(struct xml_reader *r, const char *s, size_t n)
{
    struct err ignored;
    struct buf b;
    buf_init(&b, 16 * VALUE_MAX);
    size_t cut = text_cut(s, n, VALUE_MAX);
    enum flow f = text_visible(s, cut, &b, &ignored);
    if (f == FLOW_OK && cut < n)
        f = buf_puts(&b, "\xE2\x80\xA6", &ignored);
    const char *kept = f == FLOW_OK ? xml_keep(r, buf_str(&b)) : "";
    buf_fini(&b);
    return kept;
}

static PRINTF_LIKE(2, 0) const char *format(struct xml_reader *r, const char *fmt, va_list ap)
{
    char text[1024];
    (void)vsnprintf(text, sizeof text, fmt, ap);
    text[text_cut(text, strlen(text), sizeof text - 1)] = '\0';
    return xml_keep(r, text);
}

void xml_say(struct xml_reader *r, struct xml_fault *f, const char *fr, const char *en, ...)
{
    va_list ap;
    va_start(ap, en);
    f->fr = format(r, fr, ap);
    va_end(ap);
    va_start(ap, en);
    f->en = format(r, en, ap);
    va_end(ap);
}

void xml_sentence(struct xml_reader *r, struct xml_fault *f, const char *fr, const char *en)
{
    f->fr = xml_keep(r, fr);
    f->en = xml_keep(r, en);
}

/* ---- places and paths ---- */

static const xmlNode *element_of(const xmlNode *node)
{
    while (node && node->type != XML_ELEMENT_NODE && node->parent)
        node = node->parent;
    return node && node->type == XML_ELEMENT_NODE ? node : NULL;
}

/* Offset of the '<' of the start tag, or the length of the text when unknown. */
static uint64_t begin_of(const struct xml_reader *r, const xmlNode *element)
{
    uint64_t at = (uint64_t)(uintptr_t)element->psvi;
    if (at == 0 || at > r->length)
        return r->length;
    at--;
    while (at > 0 && r->text[at] != '<')
        at--;
    return at;
}

void xml_place(const struct xml_reader *r, const xmlNode *node, uint64_t *line, uint32_t *column)
{
    const xmlNode *element = element_of(node);
    uint64_t end = element ? (uint64_t)(uintptr_t)element->psvi : 0, begin_line;
    uint32_t end_column;
    *line = 0;
    *column = 0;
    if (end == 0 || end > r->length) {
        long known = element ? xmlGetLineNo(element) : 0;
        *line = known > 0 ? (uint64_t)known : 0;
        return;
    }
    xml_where(r, end - 1, line, &end_column);
    xml_where(r, begin_of(r, element), &begin_line, column);
    if (begin_line != *line)
        *column = 1; /* the tag ends on a later line than it begins */
}

static unsigned position(const xmlNode *element, int *alone)
{
    unsigned before = 0;
    *alone = 1;
    for (const xmlNode *s = element->prev; s; s = s->prev)
        before += s->type == XML_ELEMENT_NODE && xmlStrEqual(s->name, element->name);
    for (const xmlNode *s = element->next; s && before == 0 && *alone; s = s->next)
        *alone = !(s->type == XML_ELEMENT_NODE && xmlStrEqual(s->name, element->name));
    if (before)
        *alone = 0;
    return before + 1;
}

static enum flow put_path(const xmlNode *node, struct buf *b, struct err *e)
{
    int alone;
    if (!node || (node->type != XML_ELEMENT_NODE && node->type != XML_ATTRIBUTE_NODE))
        return FLOW_OK;
    enum flow f = put_path(node->parent, b, e);
    if (f != FLOW_OK || node->type == XML_ATTRIBUTE_NODE)
        return f == FLOW_OK ? buf_printf(b, e, "/@%s", (const char *)node->name) : f;
    unsigned at = position(node, &alone);
    f = buf_printf(b, e, "/%s", (const char *)node->name);
    return f == FLOW_OK && !alone ? buf_printf(b, e, "[%u]", at) : f;
}

const char *xml_path(struct xml_reader *r, const xmlNode *node)
{
    struct err ignored;
    struct buf b;
    buf_init(&b, 65536);
    while (node && node->type != XML_ELEMENT_NODE && node->type != XML_ATTRIBUTE_NODE)
        node = node->parent;
    const char *path = put_path(node, &b, &ignored) == FLOW_OK ? xml_keep(r, buf_str(&b)) : "";
    buf_fini(&b);
    return path;
}

/* ---- guards around the tree builder ---- */

static struct xml_reader *reader_of(void *ctx)
{
    return ((xmlParserCtxtPtr)ctx)->_private;
}

static uint64_t offset_of(xmlParserCtxtPtr parser)
{
    const xmlParserInput *in = parser->input;
    return in && in->cur >= in->base ? (uint64_t)in->consumed + (uint64_t)(in->cur - in->base) : 0;
}

/* A bound is passed: nothing more is built. */
static void stop(struct xml_reader *r, enum xml_bound b)
{
    if (!r->refused && xml_over(r, b, offset_of(r->parser)) == FLOW_ITEM)
        r->refused = 1;
    xmlStopParser(r->parser);
}

static void start_element(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int ns_count,
                          const xmlChar **ns, int count, int defaulted, const xmlChar **attributes)
{
    struct xml_reader *r = reader_of(ctx);
    xmlParserCtxtPtr parser = ctx;
    r->run = 0;
    r->elements++;
    r->depth++;
    if (r->elements > r->limits.elements || r->depth > r->limits.depth) {
        stop(r, r->elements > r->limits.elements ? BOUND_ELEMENTS : BOUND_DEPTH);
        return;
    }
    for (int i = 0; i < count; i++)
        if ((uint64_t)(attributes[5 * i + 4] - attributes[5 * i + 3]) > r->limits.text) {
            stop(r, BOUND_TEXT);
            return;
        }
    xmlSAX2StartElementNs(ctx, name, prefix, uri, ns_count, ns, count, defaulted, attributes);
    if (parser->node) {
        /* NOLINTNEXTLINE(performance-no-int-to-ptr): an offset, see the head of the file */
        parser->node->psvi = (void *)(uintptr_t)(offset_of(parser) + 1);
    }
}

static void end_element(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct xml_reader *r = reader_of(ctx);
    r->run = 0;
    r->depth--;
    if (!r->refused)
        r->last = (const char *)name;
    xmlSAX2EndElementNs(ctx, name, prefix, uri);
}

static void characters(void *ctx, const xmlChar *text, int n)
{
    struct xml_reader *r = reader_of(ctx);
    r->run += (uint64_t)n;
    if (r->run > r->limits.text)
        stop(r, BOUND_TEXT);
    else
        xmlSAX2Characters(ctx, text, n);
}

static void cdata(void *ctx, const xmlChar *text, int n)
{
    struct xml_reader *r = reader_of(ctx);
    r->run += (uint64_t)n;
    if (r->run > r->limits.text)
        stop(r, BOUND_TEXT);
    else
        xmlSAX2CDataBlock(ctx, text, n);
}

static void doctype(void *ctx, const xmlChar *name, const xmlChar *id, const xmlChar *system)
{
    (void)name;
    (void)id;
    (void)system;
    struct xml_reader *r = reader_of(ctx);
    if (!r->refused && xml_no_doctype(r, offset_of(r->parser)) == FLOW_ITEM)
        r->refused = 1;
    xmlStopParser(r->parser);
}

static void parser_error(void *ctx, xmlErrorPtr x)
{
    struct xml_reader *r = reader_of(ctx);
    if (x->level == XML_ERR_WARNING || x->code == XML_ERR_USER_STOP)
        return;
    if (r->refused) { /* a consequence of the first */
        if (r->faults.count > 0)
            r->faults.item[r->faults.count - 1].folded++;
        r->document->total++;
        return;
    }
    r->refused = 1;
    xml_parser_fault(r, x, offset_of(r->parser));
}

/* ---- the reader ---- */

static enum flow new_parser(struct xml_reader *r, struct err *e)
{
    xmlFreeParserCtxt(r->parser);
    r->documents = 0;
    r->parser = xmlNewParserCtxt();
    if (!r->parser)
        return err_set(e, STATUS_SYSTEM, "out of memory for an XML parser");
    xmlSAXHandler *sax = r->parser->sax;
    sax->startElementNs = start_element;
    sax->endElementNs = end_element;
    sax->characters = characters;
    sax->cdataBlock = cdata;
    sax->internalSubset = doctype;
    sax->serror = parser_error;
    r->parser->_private = r;
    return FLOW_OK;
}

struct xml_reader *xml_reader_new(const struct xml_schema *schema, const struct xml_limits *limits, struct err *e)
{
    struct xml_reader *r = calloc(1, sizeof *r);
    if (!r) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory");
        return NULL;
    }
    r->schema = schema;
    r->limits = *limits;
    arena_init(&r->arena, ARENA_MAX);
    buf_init(&r->converted, 0);
    r->mark = calloc(1, sizeof *r->mark);
    if (!r->mark)
        (void)err_set(e, STATUS_SYSTEM, "out of memory");
    else if (new_parser(r, e) == FLOW_OK)
        return r;
    xml_reader_free(r);
    return NULL;
}

static void forget_document(struct xml_reader *r)
{
    if (r->doc)
        xmlFreeDoc(r->doc);
    r->doc = NULL;
    r->document = NULL;
    r->faults.count = r->notices.count = 0;
    arena_reset(&r->arena);
}

void xml_reader_readings(struct xml_reader *r, const struct edition_reading *readings, size_t count)
{
    r->readings = readings;
    r->reading_count = count;
}

void xml_reader_free(struct xml_reader *r)
{
    if (!r)
        return;
    forget_document(r);
    xsd_validator_free(r->validator);
    xmlFreeParserCtxt(r->parser);
    arena_fini(&r->arena);
    buf_fini(&r->converted);
    free(r->faults.item);
    free(r->notices.item);
    free(r->mark);
    free(r);
}

static void note_hint(struct xml_reader *r)
{
    static const xmlChar xsi[] = "http://www.w3.org/2001/XMLSchema-instance";
    xmlNodePtr root = xmlDocGetRootElement(r->doc);
    for (xmlAttrPtr a = root ? root->properties : NULL; a; a = a->next) {
        if (!a->ns || !xmlStrEqual(a->ns->href, xsi) ||
            (!xmlStrEqual(a->name, BAD_CAST "schemaLocation") &&
             !xmlStrEqual(a->name, BAD_CAST "noNamespaceSchemaLocation")))
            continue;
        struct xml_fault *f = xml_add(r, XML_HINT, 0, begin_of(r, root));
        if (!f)
            continue;
        f->path = xml_path(r, (xmlNodePtr)a);
        if (a->children && a->children->content)
            f->value =
                xml_keep_visible(r, (const char *)a->children->content, strlen((const char *)a->children->content));
        f->fr = "Le schéma indiqué par le fichier est ignoré : seul celui de l'édition juge.";
        f->en = "The schema named by the file is ignored: only the edition's judges.";
    }
}

/* The element begun last before an offset. */
static const xmlNode *element_at(const xmlNode *node, uint64_t offset, const xmlNode *best)
{
    for (; node; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        uint64_t at = (uint64_t)(uintptr_t)node->psvi;
        if (at == 0 || at > offset + 1)
            break;
        best = element_at(node->children, offset, node);
    }
    return best;
}

static void place_notices(struct xml_reader *r)
{
    for (size_t i = 0; i < r->notices.count; i++) {
        struct xml_fault *f = &r->notices.item[i];
        if (f->kind == XML_CONTROL)
            f->path = xml_path(r, element_at(xmlDocGetRootElement(r->doc), f->offset, NULL));
    }
}

static enum flow parse(struct xml_reader *r, struct err *e)
{
    const int options =
        XML_PARSE_NONET | XML_PARSE_NOBLANKS | XML_PARSE_COMPACT | XML_PARSE_BIG_LINES | XML_PARSE_IGNORE_ENC;
    if (r->documents++ >= RENEW_AFTER && new_parser(r, e) != FLOW_OK)
        return FLOW_FATAL;
    r->elements = r->depth = r->run = 0;
    r->refused = 0;
    r->last = NULL;
    xmlDocPtr doc = xmlCtxtReadMemory(r->parser, r->text, (int)r->length, NULL, NULL, options);
    if (!r->refused && (!doc || !r->parser->wellFormed || !r->parser->nsWellFormed)) {
        xmlFreeDoc(doc);
        return err_set(e, r->parser->errNo == XML_ERR_NO_MEMORY ? STATUS_SYSTEM : STATUS_BUG,
                       "libxml2 refused a document without saying why (error %d)", r->parser->errNo);
    }
    if (r->refused) {
        xmlFreeDoc(doc);
        return FLOW_ITEM;
    }
    r->doc = r->document->doc = doc;
    return FLOW_OK;
}

static void publish(struct xml_reader *r)
{
    r->document->fault = r->faults.item;
    r->document->faults = r->faults.count;
    r->document->notice = r->notices.item;
    r->document->notices = r->notices.count;
}

enum flow xml_read(struct xml_reader *r, const char *text, size_t n, struct xml_document *d, struct err *e)
{
    forget_document(r);
    *d = (struct xml_document){.bom = "", .declared = "", .used = ""};
    r->document = d;
    r->text = text;
    r->length = n;
    r->mark->text = NULL;
    enum flow f = FLOW_OK;
    if (n > r->limits.bytes || n > INT_MAX) {
        struct xml_fault *fault = xml_add(r, XML_LIMIT, 0, 0);
        if (fault)
            xml_say(r, fault, "Limite dépassée : %llu octets, au plus %llu sont acceptés.",
                    "Over a limit: %llu bytes, at most %llu are accepted.", (unsigned long long)n,
                    (unsigned long long)r->limits.bytes);
        f = FLOW_ITEM;
    }
    if (f == FLOW_OK)
        f = xml_sniff(r, text, n, e);
    if (f == FLOW_OK)
        f = xml_scan(r);
    if (f == FLOW_OK)
        f = parse(r, e);
    if (f == FLOW_OK) {
        note_hint(r);
        place_notices(r);
    }
    publish(r);
    return f;
}

enum flow xml_validate(struct xml_reader *r, struct xml_document *d, struct err *e)
{
    if (!r->schema || !d->doc || d->doc != r->doc)
        return err_set(e, STATUS_BUG, "nothing to validate");
    r->document = d;
    enum flow f = xsd_validate(r, e);
    publish(r);
    return f;
}
