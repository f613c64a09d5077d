/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the document reader, shared by xml.c (parser), sniff.c (bytes before parsing), xsd/schema.c
 * (validation) and words.c, xsd/words.c (sentences). */
#ifndef TRANSFORM_XML_READER_H
#define TRANSFORM_XML_READER_H

#include "schemas/run/arena.h"
#include "schemas/run/buf.h"
#include "schemas/run/digest.h"
#include "transform/xml/xml.h"

#include <libxml/parser.h>

struct fault_list {
    struct xml_fault *item;
    size_t count, cap;
};

/* The last line counted to: places are mostly asked for in the order of the document. */
struct line_mark {
    const char *text;  /* the text it belongs to */
    const char *begin; /* of the line */
    uint64_t line;
};

struct xml_reader {
    const struct xml_schema *schema;
    struct xml_limits limits;
    const struct edition_reading *readings;
    size_t reading_count;
    xmlParserCtxtPtr parser;
    void *validator;    /* xmlSchemaValidCtxtPtr, known to xsd/schema.c alone */
    unsigned documents; /* read by this parser context; its dictionary never shrinks */
    struct arena arena; /* texts of the current document */
    struct fault_list faults, notices;
    struct xml_document *document; /* the caller's, valid during a call only */
    xmlDocPtr doc;
    struct buf converted; /* the document in UTF-8, when it came in another encoding */
    const char *text;     /* what the parser reads: UTF-8 without byte-order mark */
    size_t length;
    struct line_mark *mark;
    uint64_t elements, depth, run; /* while parsing: elements begun, open, bytes of text since the last tag */
    int refused;                   /* a fault was added while parsing: what follows is a consequence */
    const char *last;              /* name of the element that ended last, of the parser's dictionary; NULL: none */
};

/* Adds a fault or notice: line and column from the offset; texts copied. Beyond the limit it is only counted. Returns
 * NULL then. */
struct xml_fault *xml_add(struct xml_reader *r, enum xml_kind kind, int code, uint64_t offset);
/* The sentences of a fault, from the same arguments; or as they are. */
void xml_say(struct xml_reader *r, struct xml_fault *f, const char *fr, const char *en, ...) PRINTF_LIKE(3, 5)
    PRINTF_LIKE(4, 5);
void xml_sentence(struct xml_reader *r, struct xml_fault *f, const char *fr, const char *en);
/* A copy in the arena, made visible and cut at 200 bytes; "" without memory. */
const char *xml_keep_visible(struct xml_reader *r, const char *s, size_t n);
const char *xml_keep(struct xml_reader *r, const char *s);
/* Line of a byte offset, and its column in characters. */
void xml_where(const struct xml_reader *r, uint64_t offset, uint64_t *line, uint32_t *column);

/* sniff.c: decides the encoding, fills r->text; adds faults and notices. FLOW_ITEM when refused. */
/* One fault that ends the reading: FLOW_ITEM. */
enum flow xml_refuse(struct xml_reader *r, enum xml_kind kind, uint64_t offset, const char *fr, const char *en);
enum flow xml_sniff(struct xml_reader *r, const char *text, size_t n, struct err *e) MUST_USE;
/* The fault of going beyond a limit; FLOW_ITEM. */
enum xml_bound { BOUND_ELEMENTS, BOUND_DEPTH, BOUND_TEXT, BOUND_ATTRIBUTES, BOUND_ALL_ATTRIBUTES };
enum flow xml_over(struct xml_reader *r, enum xml_bound b, uint64_t offset);
enum flow xml_no_doctype(struct xml_reader *r, uint64_t offset);
/* Limits that must hold before the parser sees the text, and DOCTYPE. */
enum flow xml_scan(struct xml_reader *r) MUST_USE;

/* words.c: what a parser error means. */
void xml_parser_fault(struct xml_reader *r, const xmlError *x, uint64_t offset);

/* xsd/schema.c */
void xsd_validator_free(void *validator);
enum flow xsd_validate(struct xml_reader *r, struct err *e) MUST_USE;
/* The two halves of it: whether the document read is accepted without libxml2 (xsd/accept.h), and libxml2's judgement.
 */
int xsd_certain(struct xml_reader *r);
enum flow xsd_judge(struct xml_reader *r, struct err *e) MUST_USE;
/* The type a value should have: the built-in one it restricts, and what the schema's documentation says of it in each
 * language; "" when nothing is known. */
struct xsd_type {
    char builtin[64];
    char fr[300], en[300];
};
/* xsd/words.c: what a validity error means, in two languages. */
void xsd_words(struct xml_reader *r, struct xml_fault *f, const xmlNode *node, const char *message,
               const struct xsd_type *type);

/* memory.c: before any other call to libxml2; 0 when done. */
int xml_memory(void);

/* xml.c: the refusal of everything that a document or a schema asks to load; xsd/schema.c opens one folder while it
 * compiles. */
void xml_allow_folder(const char *folder);
const char *xml_refused_load(void);

#endif
