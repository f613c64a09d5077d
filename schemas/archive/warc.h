/* SPDX-License-Identifier: Apache-2.0 */
/* WARC records (ISO 28500): 1.0 and 1.1 are read, plain or gzip, whatever the members; 1.1 is written, one gzip member
 * a record. Page: pre-archive(5). */
#ifndef SCHEMAS_ARCHIVE_WARC_H
#define SCHEMAS_ARCHIVE_WARC_H

#include "schemas/run/sink.h"

#include <stdint.h>

enum warc_type {
    WARC_OTHER = 0, /* a type this reader does not know; kept, never an error */
    WARC_WARCINFO,
    WARC_RESPONSE,
    WARC_RESOURCE,
    WARC_REQUEST,
    WARC_METADATA,
    WARC_REVISIT,
    WARC_CONVERSION,
    WARC_CONTINUATION
};
const char *warc_type_name(enum warc_type t);

enum warc_digest {
    WARC_DIGEST_ABSENT = 0,
    WARC_DIGEST_GOOD,
    WARC_DIGEST_BAD,
    WARC_DIGEST_UNCHECKED /* an algorithm other than sha256, or a payload that is not in this record (revisit) */
};

#define WARC_RECORD_END "\r\n\r\n"
enum { WARC_FIELDS_MAX = 64, WARC_HEAD_MAX = 64 * 1024 };

struct warc_field {
    const char *name;
    const char *value; /* continuation lines joined by one space */
};

/* One record, reused from call to call. */
struct warc_record {
    int minor; /* version 1.minor */
    enum warc_type type;
    struct warc_field field[WARC_FIELDS_MAX]; /* in file order, borrowed from head */
    size_t fields;
    struct buf head;  /* storage of the fields */
    struct buf block; /* its max is the largest block accepted */
    size_t payload;   /* where the payload begins in the block: after the HTTP head of a response, else 0 */
    int chunked;      /* the payload was sent in chunks: warc_payload takes them off */
    struct buf plain; /* then it stands here */
    uint64_t offset;  /* where the record begins in the file (its member when compressed) */
    uint64_t length;  /* bytes it takes in the file; 0 when several records share a member */
    enum warc_digest block_digest, payload_digest;
};

void warc_record_init(struct warc_record *r, size_t block_max);
void warc_record_fini(struct warc_record *r);
/* Value of the first field of that name (case ignored), or NULL. */
const char *warc_get(const struct warc_record *r, const char *name);

/* The payload: after transfer decoding, before content decoding. Borrowed. */
const char *warc_payload(const struct warc_record *r, size_t *n);

/* ---- reading ---- */
struct warc_reader;
struct warc_reader *warc_reader_open(const char *path, struct err *e);
/* Next record. FLOW_END after the last, when every check passed. FLOW_FATAL with STATUS_DATA, naming file and offset:
 * cut, damaged, not a WARC file. */
enum flow warc_next(struct warc_reader *w, struct warc_record *r, struct err *e) MUST_USE;
/* File offset up to which every record returned was whole. */
uint64_t warc_reader_good(const struct warc_reader *w);
void warc_reader_close(struct warc_reader *w); /* accepts NULL */
/* One record from memory (a member already inflated). */
enum flow warc_parse(const char *p, size_t n, struct warc_record *r, struct err *e) MUST_USE;
/* One record at a known place of a compressed archive (offset and length from an index). FLOW_ITEM when it is larger
 * than r holds: then only its fields are there. Safe from several threads. */
enum flow warc_read_at(const char *path, uint64_t offset, uint64_t length, struct warc_record *r,
                       struct err *e) MUST_USE;
/* The same from an open descriptor, which stays where it is; path is for errors. */
enum flow warc_read_fd(int fd, const char *path, uint64_t offset, uint64_t length, struct warc_record *r,
                       struct err *e) MUST_USE;
/* "name: value" lines of an application/warc-fields block into field[]; r->block is changed in place. */
enum flow warc_block_fields(struct warc_record *r, struct warc_field *field, size_t max, size_t *count,
                            struct err *e) MUST_USE;

/* ---- writing ---- */
struct digest;
struct warc_part {
    const void *data;
    size_t len;
};
/* Appends the text of one record: WARC/1.1, WARC-Type, the given fields in their order (empty ones left out), digests
 * (sha256) and Content-Length computed here, so that no caller can forget them. The block is head followed by payload;
 * WARC-Payload-Digest is written unless payload_digest is ""; given (64 hex), it is taken as it is. A payload without
 * data comes later: its digest is given, there is no head, and the caller puts its len bytes and WARC_RECORD_END behind
 * the text. d is a computation to use. The text becomes one gzip member of an archive. */
enum flow warc_print(struct digest *d, enum warc_type type, const struct warc_field *field, size_t fields,
                     struct warc_part head, struct warc_part payload, const char *payload_digest, struct buf *out,
                     struct err *e) MUST_USE;

#endif
