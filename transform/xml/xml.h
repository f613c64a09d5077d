/* SPDX-License-Identifier: Apache-2.0 */
/* Documents from the network, through libxml2: sniffed, bounded, parsed with nothing switched on that reaches out, and
 * judged by one schema of ours. What is wrong with a document is data (struct xml_fault, French and English);
 * FLOW_FATAL is our own failure.
 *
 * Order: xml_setup once in main -> xml_schema_open once (before any document) -> one xml_reader a thread -> xml_read ->
 * xml_validate. DESIGN: NONET NOBLANKS COMPACT BIG_LINES; never NOENT DTDLOAD XINCLUDE HUGE RECOVER; any DOCTYPE
 * refuses; schemaLocation is ignored. */
#ifndef TRANSFORM_XML_XML_H
#define TRANSFORM_XML_XML_H

#include "schemas/edition/edition.h"
#include "schemas/run/err.h"

#include <libxml/tree.h>
#include <stddef.h>
#include <stdint.h>

/* What is wrong, or worth saying. Each has a rule id of its own for the edition's rules.csv (xml_rule). */
enum xml_kind {
    XML_NOT_XML,   /* S01 empty, HTML, PDF, spreadsheet, text before the XML declaration... */
    XML_BROKEN,    /* S02 not well-formed: cut, bad nesting, text after the end */
    XML_ENCODING,  /* S03 bytes that are not what the document says, an unknown encoding */
    XML_DOCTYPE,   /* S04 a document type declaration */
    XML_LIMIT,     /* S05 beyond a limit of the edition: bytes, depth, elements, text */
    XML_NAMESPACE, /* S06 the root is not the one asked: namespace, edition, name */
    XML_SCHEMA,    /* S07 the schema is not respected */
    XML_BOM,       /* S08 notice: byte-order mark and declared encoding disagree, read as the mark says; or the bytes
                     are UTF-8 and the declaration says otherwise, read as declared */
    XML_CONTROL,   /* S09 notice: characters U+0080-U+009F (without U+0085): Windows-1252 taken for Latin-1 */
    XML_HINT,      /* S10 notice: the document names a schema (xsi:schemaLocation); ignored */
    XML_KINDS
};
const char *xml_rule(enum xml_kind k);

struct xml_limits {
    uint64_t bytes;    /* of the document */
    uint64_t depth;    /* of elements */
    uint64_t elements; /* in all */
    uint64_t text;     /* bytes of one text or attribute value */
    uint64_t faults;   /* kept; the others are counted */
};
/* DESIGN §3: 10 MB, 64, 100 000, 1 MB, 1 000. */
struct xml_limits xml_default_limits(void);

struct xml_fault {
    enum xml_kind kind;
    int code;         /* of libxml2, 0 when the judgement is ours */
    uint64_t line;    /* 1-based, exact beyond 65535; 0 when unknown */
    uint32_t column;  /* 1-based character column; 0 when unknown */
    uint64_t offset;  /* byte offset in the document as read in UTF-8 */
    const char *path; /* /retour/enfants/sexe/effectif[2]/@code: local names, positions where needed; "" when unknown */
    const char *value;    /* as received, controls made visible, cut at 200 bytes */
    const char *expected; /* "decimal", "one of: G, F", "at most 12 characters"...; "" when unknown */
    const char *fr, *en;  /* one sentence each */
    const char *original; /* libxml2's own text, "" when the judgement is ours */
    int converted;        /* no fault any more: read as `expected`, by a reviewed table */
    uint64_t folded;      /* further faults that follow from this one or repeat it, not listed */
};

struct xml_document {
    xmlDocPtr doc; /* NULL when refused while reading. psvi of its elements says where they stand (xml_place): leave it
                      alone */
    const char *bom, *declared, *used; /* encodings: "UTF-16LE" or "", "ISO-8859-1" or "", what was used */
    const struct xml_fault *fault;
    size_t faults;
    uint64_t total; /* faults found, folded and unlisted ones included */
    const struct xml_fault *notice;
    size_t notices;
};

/* Once, before any other call to libxml2: entity loader that refuses everything but a schema being compiled,
 * thread-local memory pools (off in sanitizer builds). */
enum flow xml_setup(struct err *e) MUST_USE;
/* 1 once memory was refused to libxml2, or to an evaluation of ours, in this thread: nothing that is said from then on
 * can be believed. */
int xml_starved(void);
void xml_starve(void); /* says that it was */

/* ---- the schema ---- */
struct xml_schema; /* immutable once open; shared by readers of all threads */
/* Compiles PATH; includes and imports only beneath the folder of PATH; any warning is fatal. NULL with STATUS_CONFIG,
 * file and line. */
struct xml_schema *xml_schema_open(const char *path, struct err *e);
void xml_schema_close(struct xml_schema *s);                  /* accepts NULL */
const char *xml_schema_namespace(const struct xml_schema *s); /* target namespace, "" when none */
const char *xml_schema_digest(const struct xml_schema *s);    /* SHA-256 of the file */

/* ---- documents: one at a time a reader, one reader a thread ---- */
struct xml_reader;
/* schema may be NULL: then nothing can be validated. */
struct xml_reader *xml_reader_new(const struct xml_schema *schema, const struct xml_limits *limits, struct err *e);
/* Documents that declare `declared` and hold bytes 80 to 9F, which it has not, are read as `real` (S09 shows both).
 * Borrowed. */
void xml_reader_readings(struct xml_reader *r, const struct edition_reading *readings, size_t count);
void xml_reader_free(struct xml_reader *r); /* accepts NULL */
/* Sniffs, bounds and parses text[0..n). FLOW_OK: *d has a tree. FLOW_ITEM: refused, d->fault says why. What d points to
 * is freed by the next xml_read or by xml_reader_free; the tree may be changed in place. */
enum flow xml_read(struct xml_reader *r, const char *text, size_t n, struct xml_document *d, struct err *e) MUST_USE;
/* Adds the faults against the schema to *d. FLOW_OK: none. FLOW_ITEM: some. FLOW_FATAL with STATUS_BUG when libxml2
 * itself failed. */
enum flow xml_validate(struct xml_reader *r, struct xml_document *d, struct err *e) MUST_USE;

/* Where an element or attribute of the tree stands; 0 when unknown. */
void xml_place(const struct xml_reader *r, const xmlNode *node, uint64_t *line, uint32_t *column);
/* Path as in xml_fault, borrowed until the next xml_read; "" without memory. */
const char *xml_path(struct xml_reader *r, const xmlNode *node);

#endif
