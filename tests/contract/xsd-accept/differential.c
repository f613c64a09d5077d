/* SPDX-License-Identifier: Apache-2.0 */
/* The acceptor against libxml2: what it accepts, libxml2 finds valid. Prints how many documents were read, how many are
 * valid and how many of those were accepted.
 * usage: differential [--mutate] [--sample N] [--all] SCHEMA FILE...
 * --mutate: each file also in thousands of variants: every element removed, repeated, moved, renamed, nilled; every
 * text and attribute replaced by values at and beside each bound of the schema, by its codes and by rare ways to write
 * numbers, dates and blanks. --sample N: at each place only one value in N, at the next place the next one, so that
 * each value is tried somewhere. --all: fail unless every valid file (not variant) is accepted. */
#include "schemas/run/fs.h"
#include "transform/xml/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XSI "http://www.w3.org/2001/XMLSchema-instance"

enum { VALUES = 2000, KINDS = 4000, TWICE = 2 };

static struct xml_reader *reader;
static struct {
    unsigned read, valid, accepted, wrong;
} files, variants, *counted = &files;
static char *values[VALUES];
static size_t value_count;
static int every; /* valid file is to be accepted */
static size_t sample = 1, places;

static void stop(const struct err *e)
{
    (void)fprintf(stderr, "differential: %s\n", e->text);
    exit(2);
}

static void judge(const char *text, size_t n, const char *what)
{
    struct xml_document d;
    struct err e;
    if (xml_read(reader, text, n, &d, &e) != FLOW_OK)
        return;
    reader->document = &d; /* the halves of xml_validate, each on its own */
    int accepted = xsd_certain(reader), valid = xsd_judge(reader, &e) == FLOW_OK;
    counted->read++;
    counted->valid += (unsigned)valid;
    counted->accepted += (unsigned)(valid && accepted);
    if (valid && !accepted && every && counted == &files)
        (void)printf("valid, but not accepted: %s\n", what);
    if (accepted && !valid) {
        const struct xml_fault *f = reader->faults.item;
        counted->wrong++;
        (void)printf("ACCEPTED, BUT NOT VALID: %s: %s %s\n", what, reader->faults.count ? f->path : "",
                     reader->faults.count ? f->original : e.text);
    }
}

/* ---- values ---- */

static void add_value(const char *s)
{
    for (size_t i = 0; i < value_count; i++)
        if (strcmp(values[i], s) == 0)
            return;
    if (value_count < VALUES && (values[value_count] = strdup(s)) != NULL)
        value_count++;
}

static void add_beside(const char *bound)
{
    char text[64];
    long long n = 0;
    if (sscanf(bound, "%lld", &n) != 1)
        return;
    for (long long i = n - 1; i <= n + 1; i++) {
        (void)snprintf(text, sizeof text, "%lld", i);
        add_value(text);
        for (int k = 0; k < 4; k++) {
            static const char *const ends[] = {".0", ".01", ".99", ".001"};
            (void)snprintf(text, sizeof text, "%lld%s", i, ends[k]);
            add_value(text);
        }
    }
}

static void add_length(const char *length)
{
    static char text[40000];
    long n = strtol(length, NULL, 10);
    for (long i = n > 0 ? n - 1 : 0; i <= n + 1 && i < 12000; i++) {
        memset(text, 'a', (size_t)i);
        text[i] = '\0';
        add_value(text);
        for (long k = 0; k < i; k++)
            memcpy(text + 2 * k, "\xC3\xA9", 3);
        add_value(text);
    }
}

static void add_from_schema(const xmlNode *node)
{
    for (; node; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        const char *name = (const char *)node->name;
        xmlChar *value = xmlGetProp((xmlNode *)(uintptr_t)node, BAD_CAST "value");
        if (value && (strncmp(name, "min", 3) == 0 || strncmp(name, "max", 3) == 0) && strstr(name, "clusive"))
            add_beside((char *)value);
        else if (value && strstr(name, "ength"))
            add_length((char *)value);
        else if (value && strcmp(name, "enumeration") == 0)
            add_value((char *)value);
        xmlFree(value);
        add_from_schema(node->children);
    }
}

/* Ways to write numbers, dates, codes and blanks. */
static const char *const plain[] = {"",
                                    " ",
                                    "  ",
                                    "\t",
                                    "\n",
                                    "0",
                                    "1",
                                    "-1",
                                    "-0",
                                    "+0",
                                    "+5",
                                    "05",
                                    "0005",
                                    "5.",
                                    ".5",
                                    "5.0",
                                    "5.00",
                                    "5.10",
                                    "5.123",
                                    "-.5",
                                    ".",
                                    "-",
                                    "+",
                                    "1e3",
                                    "1E3",
                                    "0x10",
                                    "1 2",
                                    " 5",
                                    "5 ",
                                    " 5 ",
                                    "\t5\n",
                                    "5\xC2\xA0",
                                    "1\u202F234",
                                    "1,5",
                                    "1 234",
                                    "12,50",
                                    "NaN",
                                    "INF",
                                    "-INF",
                                    "99999999999",
                                    "999999999999",
                                    "9999999999999",
                                    "99999999999999999999",
                                    "9999999999999999999999999",
                                    "000000000000000000000000005",
                                    "1.000000",
                                    "1.0000000",
                                    "0.0000001",
                                    "1.00000000000000000000000000",
                                    "0.05",
                                    "00.05",
                                    "true",
                                    "false",
                                    "TRUE",
                                    "oui",
                                    "non",
                                    "Oui",
                                    "oui ",
                                    " oui",
                                    "a",
                                    "A",
                                    "\xC3\xA9",
                                    "sans objet",
                                    "sans  objet",
                                    " sans objet",
                                    "sans objet ",
                                    "sans\tobjet",
                                    "-a",
                                    "a-",
                                    "--",
                                    "1-",
                                    "1.2.3",
                                    "#",
                                    "PRE-59-01",
                                    "PRE-2A-001",
                                    "PRE-2C-01",
                                    "PRE-971-01",
                                    "PRE-99-12345",
                                    "2022",
                                    "2023",
                                    "0000",
                                    "-2022",
                                    "12022",
                                    "2022Z",
                                    "2022-05-12",
                                    "2022-02-29",
                                    "2020-02-29",
                                    "1900-02-29",
                                    "2000-02-29",
                                    "2022-04-31",
                                    "2022-13-01",
                                    "2022-00-10",
                                    "2022-05-00",
                                    "2022-5-12",
                                    "0000-01-01",
                                    "-0001-01-01",
                                    "12022-05-12",
                                    "2022-05-12Z",
                                    "2022-05-12+02:00",
                                    "2022-05-12T10:11:00",
                                    "2022-05-12T10:11:00Z",
                                    "2022-05-12T10:11:00+02:00",
                                    "2022-05-12T10:11:00-13:59",
                                    "2022-05-12T10:11:00+14:00",
                                    "2022-05-12T10:11:00+14:01",
                                    "2022-05-12T10:11:00+02:60",
                                    "2022-05-12T10:11:00+2:00",
                                    "2022-05-12T10:11:00z",
                                    "2022-05-12t10:11:00Z",
                                    "2022-05-12 10:11:00Z",
                                    "2022-05-12T24:00:00Z",
                                    "2022-05-12T24:00:01Z",
                                    "2022-05-12T23:59:59Z",
                                    "2022-05-12T23:59:60Z",
                                    "2022-05-12T23:60:00Z",
                                    "2022-05-12T25:00:00Z",
                                    "2022-05-12T10:11:00.5Z",
                                    "2022-05-12T10:11:00.123456Z",
                                    "2022-05-12T10:11:00.1234567890123Z",
                                    "2022-05-12T10:11:00.Z",
                                    "2022-05-12T10:11Z",
                                    " 2022-05-12T10:11:00Z ",
                                    "2022-02-29T10:11:00Z",
                                    "2020-02-29T10:11:00Z",
                                    "0000-05-12T10:11:00Z",
                                    "10:11:00",
                                    "24:00:00",
                                    "10:11:00Z",
                                    "10:11",
                                    "QP093001",
                                    "QN09300A",
                                    "QP0930011",
                                    "QX093001",
                                    "59350",
                                    "2A004",
                                    "20004",
                                    "2C004",
                                    "5935",
                                    "593500",
                                    "12345678901234",
                                    "1234567890123",
                                    "123456789012345",
                                    "A02_05",
                                    "a02_05",
                                    "F",
                                    "G",
                                    "f",
                                    "ND",
                                    "XX",
                                    "zz\xF0\x9F\x98\x80",
                                    "a b",
                                    "a:b",
                                    "_a",
                                    "1a",
                                    "\xC3\xA9t\xC3\xA9",
                                    "fr",
                                    "fr-FR",
                                    "urn:x",
                                    "&<>"};

static void add_plain(void)
{
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        add_value(plain[i]);
}

/* ---- variants ---- */

static xmlDoc *doc;
static const char *file;

static void try_as(const char *what, const xmlNode *node)
{
    char text[400];
    xmlChar *dump = NULL;
    int n = 0;
    xmlDocDumpMemory(doc, &dump, &n);
    (void)snprintf(text, sizeof text, "%s, %s of %s on line %ld", file, what, (const char *)node->name,
                   xmlGetLineNo(node));
    if (dump)
        judge((const char *)dump, (size_t)n, text);
    xmlFree(dump);
}

static struct {
    const xmlChar *parent, *name;
    int times;
} seen[KINDS];
static size_t kinds;

/* A kind of place is varied twice: where it comes first and once more. */
static int often(const xmlNode *node)
{
    for (size_t i = 0; i < kinds; i++)
        if (xmlStrEqual(seen[i].parent, node->parent->name) && xmlStrEqual(seen[i].name, node->name))
            return ++seen[i].times > TWICE;
    if (kinds == KINDS)
        return 1;
    seen[kinds].parent = node->parent->name;
    seen[kinds].name = node->name;
    seen[kinds++].times = 1;
    return 0;
}

/* Of an element or an attribute. */
static void set_text(xmlNode *node, const char *text)
{
    xmlNodeSetContent(node, NULL);
    if (*text)
        xmlAddChild(node, xmlNewDocText(doc, BAD_CAST text));
}

static void vary_text(xmlNode *node)
{
    char own[400];
    xmlChar *before = xmlNodeGetContent(node);
    for (size_t i = places++ % sample; i < value_count + 6; i += sample) {
        static const char *const around[][2] = {{" ", ""}, {"", " "}, {"", "\n"}, {"+", ""}, {"0", ""}, {"", ".0"}};
        if (i >= value_count)
            (void)snprintf(own, sizeof own, "%s%s%s", around[i - value_count][0], (const char *)before,
                           around[i - value_count][1]);
        set_text(node, i < value_count ? values[i] : own);
        try_as(i < value_count ? values[i] : own, node);
    }
    set_text(node, (const char *)before);
    xmlFree(before);
}

static void vary_attributes(xmlNode *node)
{
    xmlNs *xsi = xmlSearchNsByHref(doc, node, BAD_CAST XSI);
    xmlNs *own = xsi ? NULL : xmlNewNs(node, BAD_CAST XSI, BAD_CAST "xsi");
    static const struct {
        const char *name, *value;
    } instance[] = {{"nil", "true"}, {"nil", "1"},  {"nil", "false"}, {"nil", " true "},
                    {"nil", "yes"},  {"type", "x"}, {"other", "x"},   {"schemaLocation", "urn:x x.xsd"}};
    for (size_t i = 0; i < sizeof instance / sizeof instance[0]; i++) {
        xmlAttr *a = xmlSetNsProp(node, xsi ? xsi : own, BAD_CAST instance[i].name, BAD_CAST instance[i].value);
        try_as(instance[i].value, node);
        xmlNode *content = node->children;
        if (content && content->type == XML_TEXT_NODE && !content->next) {
            xmlUnlinkNode(content);
            try_as("empty and nil", node);
            xmlAddChild(node, content);
        }
        xmlRemoveProp(a);
    }
    xmlAttr *a = xmlNewProp(node, BAD_CAST "inconnu", BAD_CAST "1");
    try_as("attribute more", node);
    xmlRemoveProp(a);
    for (a = node->properties; a; a = a->next) {
        xmlChar *value = xmlNodeGetContent((xmlNode *)a), *name = xmlStrdup(a->name);
        vary_text((xmlNode *)a);
        xmlNodeSetName((xmlNode *)a, BAD_CAST "autre");
        try_as("attribute renamed", node);
        xmlNodeSetName((xmlNode *)a, name);
        xmlFree(value);
        xmlFree(name);
    }
}

static void vary_place(xmlNode *node)
{
    xmlNode *parent = node->parent, *next = node->next, *copy = xmlDocCopyNode(node, doc, 1);
    xmlAddNextSibling(node, copy);
    try_as("repeated", node);
    xmlUnlinkNode(copy);
    xmlAddChild(parent, copy);
    try_as("repeated at the end", node);
    xmlUnlinkNode(copy);
    xmlUnlinkNode(node);
    try_as("removed", node);
    xmlAddChild(parent, node);
    try_as("moved to the end", node);
    xmlUnlinkNode(node);
    xmlAddChild(copy, node);
    if (next)
        xmlAddPrevSibling(next, copy);
    else
        xmlAddChild(parent, copy);
    try_as("within itself", node);
    xmlUnlinkNode(node);
    xmlAddNextSibling(copy, node);
    xmlUnlinkNode(copy);
    xmlFreeNode(copy);
    for (xmlNode *before = node->prev; before && next;) {
        xmlUnlinkNode(before);
        xmlAddNextSibling(node, before);
        try_as("before its elder", node);
        xmlUnlinkNode(before);
        xmlAddPrevSibling(node, before);
        break;
    }
}

static void vary_name(xmlNode *node)
{
    xmlChar *name = xmlStrdup(node->name);
    xmlNs *ns = node->ns;
    xmlNodeSetName(node, BAD_CAST "inconnu");
    try_as("renamed", node);
    xmlNodeSetName(node, name);
    node->ns = NULL;
    try_as("without namespace", node);
    node->ns = ns;
    xmlFree(name);
}

static void add_and_remove(xmlNode *node, xmlNode *more, const char *what)
{
    xmlNode *first = node->children;
    if (first)
        xmlAddPrevSibling(first, more);
    else
        xmlAddChild(node, more);
    try_as(what, node);
    xmlUnlinkNode(more);
    xmlFreeNode(more);
}

static void vary_content(xmlNode *node)
{
    add_and_remove(node, xmlNewDocComment(doc, BAD_CAST "x"), "a comment");
    add_and_remove(node, xmlNewDocPI(doc, BAD_CAST "x", BAD_CAST "y"), "an instruction");
    add_and_remove(node, xmlNewCDataBlock(doc, BAD_CAST " ", 1), "a section of data");
    add_and_remove(node, xmlNewDocNode(doc, node->ns, BAD_CAST "inconnu", NULL), "an element");
    if (node->children && node->children->type == XML_ELEMENT_NODE) {
        add_and_remove(node, xmlNewDocText(doc, BAD_CAST " \n"), "blanks");
        add_and_remove(node, xmlNewDocText(doc, BAD_CAST "x"), "a text");
    }
}

static void vary(xmlNode *node)
{
    for (xmlNode *next; node; node = next) {
        next = node->next;
        if (node->type != XML_ELEMENT_NODE || often(node))
            continue;
        vary_name(node);
        vary_attributes(node);
        vary_content(node);
        if (node->parent->type == XML_ELEMENT_NODE)
            vary_place(node);
        if (!node->children || (node->children->type == XML_TEXT_NODE && !node->children->next))
            vary_text(node);
        else
            vary(node->children);
    }
}

static void judge_file(const char *path, int mutate)
{
    struct err e;
    struct buf b;
    buf_init(&b, 64 << 20);
    if (fs_read(path, &b, &e) != FLOW_OK)
        stop(&e);
    file = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    counted = &files;
    judge(buf_str(&b), b.len, file);
    counted = &variants;
    doc = mutate ? xmlReadMemory(buf_str(&b), (int)b.len, NULL, NULL, XML_PARSE_NOBLANKS | XML_PARSE_NONET) : NULL;
    kinds = 0;
    if (doc)
        vary(xmlDocGetRootElement(doc));
    xmlFreeDoc(doc);
    buf_fini(&b);
}

int main(int argc, char **argv)
{
    struct err e;
    struct xml_limits limits = xml_default_limits();
    int mutate = 0, at = 1;
    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
        mutate |= strcmp(argv[at], "--mutate") == 0;
        every |= strcmp(argv[at], "--all") == 0;
        if (strcmp(argv[at], "--sample") == 0 && at + 1 < argc)
            sample = (size_t)strtoul(argv[++at], NULL, 10);
    }
    if (argc - at < 2 || sample == 0 || xml_setup(&e) != FLOW_OK)
        return 2;
    struct xml_schema *schema = xml_schema_open(argv[at], &e);
    if (!schema) {
        (void)printf("%s: does not compile\n", argv[at]);
        return 0;
    }
    reader = xml_reader_new(schema, &limits, &e);
    if (!reader)
        stop(&e);
    if (mutate) {
        xmlDoc *tree = xmlReadFile(argv[at], NULL, XML_PARSE_NONET);
        add_plain();
        add_from_schema(xmlDocGetRootElement(tree));
        xmlFreeDoc(tree);
    }
    for (int i = at + 1; i < argc; i++)
        judge_file(argv[i], mutate);
    (void)printf("%u files, %u valid, %u of them accepted; %u variants, %u valid, %u of them accepted; %u wrong\n",
                 files.read, files.valid, files.accepted, variants.read, variants.valid, variants.accepted,
                 files.wrong + variants.wrong);
    xml_reader_free(reader);
    xml_schema_close(schema);
    for (size_t i = 0; i < value_count; i++)
        free(values[i]);
    return files.wrong + variants.wrong > 0 || (every && files.accepted < files.valid);
}
