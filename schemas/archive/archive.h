/* SPDX-License-Identifier: Apache-2.0 */
/* An archive folder read as one thing: every archive in name order, what is believed of each unit, where each body is.
 * Believed: the data record of a commit mark (metadata record) whose outcome is `fetched` or `unchanged`. An
 * `unchanged` body that is the one the same source gave last is the same document, not a new one; A, B, A are three.
 * Page: pre-archive(5). */
#ifndef SCHEMAS_ARCHIVE_ARCHIVE_H
#define SCHEMAS_ARCHIVE_ARCHIVE_H

#include "schemas/archive/gzip.h"
#include "schemas/archive/warc.h"
#include "schemas/run/digest.h"

struct archive; /* opaque */

enum { ARCHIVE_RECORD_MAX = 64 }; /* "urn:uuid:..." */

struct archive_document {
    const char *unit;    /* register unit it was received for; "" for an inbox file without one */
    int64_t received_at; /* instant (schemas/run/clock.h) */
    const char *archive; /* file name of the archive */
    uint64_t offset;     /* in it */
    size_t index;        /* for archive_load */
};

/* The last outcome of each source of the register. */
struct archive_fetch {
    const char *unit;
    const char *outcome; /* a name of the outcome table of pre-extract(1) */
    int64_t at;
    size_t index; /* for archive_fetch_read */
};

/* What to do with dir/.index: nothing; read it, and write what was missing; read it only. */
enum archive_index { ARCHIVE_INDEX_NONE, ARCHIVE_INDEX_KEEP, ARCHIVE_INDEX_READ };

struct archive_options {
    const char *campaign; /* only archives named "<campaign>-..."; NULL: all */
    int64_t as_of;        /* nothing received after; INSTANT_NONE: no limit */
    enum archive_index use_index;
    int last_only;      /* documents and fetches are not listed: schemas/archive/memory.h is all that is asked */
    int documents_only; /* only documents, fetches and bodies are asked: what schemas/archive/memory.h needs is dropped
                         */
    size_t body_max;    /* largest body as received and inflated, bytes */
    unsigned ratio;     /* largest inflated/compressed ratio of a body, 0 none */
};

/* Reads the folder; a damaged archive is STATUS_DATA naming file and offset; a missing folder STATUS_NOINPUT. `.part`
 * files are not read. */
struct archive *archive_open(const char *dir, const struct archive_options *o, struct err *e);
void archive_close(struct archive *a); /* accepts NULL */

/* Archives read, in name order: file name and sha256 of the file. */
size_t archive_files(const struct archive *a);
int archive_has_others(const struct archive *a); /* the folder holds archives of another campaign */
const char *archive_file_name(const struct archive *a, size_t i);
const char *archive_file_digest(const struct archive *a, size_t i);

/* Believed documents, sorted by unit (bytewise), received_at, archive, offset. */
size_t archive_documents(const struct archive *a);
struct archive_document archive_document_at(const struct archive *a, size_t i);
/* Last outcome per unit with a source, sorted by unit. */
size_t archive_fetches(const struct archive *a);
struct archive_fetch archive_fetch_at(const struct archive *a, size_t i);

/* The register and decisions files kept by the last run (record type `resource` or revisit of it): bytes, or FLOW_END
 * when there is none. what: "register" or "decisions". */
enum flow archive_kept(const struct archive *a, const char *what, struct buf *out, struct err *e) MUST_USE;

struct archive_body {
    char id[ARCHIVE_RECORD_MAX]; /* of the data record, "urn:uuid:..." */
    char digest[DIGEST_HEX_MAX]; /* sha256 (hex) of the payload as received */
    struct buf bytes;            /* content decoded: Content-Encoding gzip undone, and a gzip file unpacked */
    uint64_t received;           /* bytes of the payload as received */
    enum gzip_fault fault;       /* GZIP_OK, or why the content could not be decoded: bytes then hold nothing */
    struct buf source; /* target URI, as kept (no userinfo, secrets masked); "inbox:NAME" for a file received by hand */
    struct buf type;   /* media type announced, or "" */
    /* internal: reused between calls */
    struct warc_record record;
};
void archive_body_init(struct archive_body *b, size_t body_max);
void archive_body_fini(struct archive_body *b);
/* Loads a document: seeks, checks digests, resolves a revisit, decodes. FLOW_ITEM when the content cannot be decoded
 * within the limits (b->fault says why: a finding about the document, not an error). FLOW_FATAL when the archive does
 * not hold what its index says or a digest is wrong (STATUS_DATA). Safe from several threads, each with its own body.
 */
enum flow archive_load(const struct archive *a, size_t document, struct archive_body *b, struct err *e) MUST_USE;
/* About how many bytes archive_load will read of a document, by what its record announces; 0 when that cannot be told.
 */
size_t archive_size(const struct archive *a, size_t document);
/* The commit mark behind a fetch, as a metadata record whose block is "name: value" lines (warc_block_fields): outcome,
 * class, status, attempts, source, message... Safe from several threads, each with its own record. */
enum flow archive_fetch_read(const struct archive *a, size_t fetch, struct warc_record *r, struct err *e) MUST_USE;

#endif
