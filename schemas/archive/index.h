/* SPDX-License-Identifier: Apache-2.0 */
/* The index of one archive: one CDXJ line per commit mark and per kept file, in the archive's order.
 * dir/.index/NAME.cdxj is a cache of it, believed only when its last line names the archive's size and digest and the
 * digest of the lines before; else it is built again. Page: pre-archive(5). */
#ifndef SCHEMAS_ARCHIVE_INDEX_H
#define SCHEMAS_ARCHIVE_INDEX_H

#include "schemas/archive/lines.h"
#include "schemas/archive/warc.h"

enum { INDEX_ID_MAX = 64, INDEX_NAME_MAX = 1024, INDEX_WORD_MAX = 32 };

struct index_entry {
    char unit[INDEX_NAME_MAX]; /* "" for an inbox file without unit; for a kept file "!register" or "!decisions" */
    int64_t at;                /* instant of the mark */
    char outcome[INDEX_WORD_MAX];
    int64_t until; /* not to be asked before; INSTANT_NONE */
    uint64_t mark_offset, mark_length;
    uint64_t data_offset, data_length; /* length 0: no data record */
    enum warc_type type;               /* of the data record */
    char record[INDEX_ID_MAX];         /* its id, without <> */
    char digest[DIGEST_HEX_MAX];       /* of its payload, "" when not sha256 */
    char inbox[INDEX_NAME_MAX];        /* name in the drop folder, percent-encoded; "" for a source of the register */
};

/* Gives every entry of the archive dir/name to take(), in the archive's order: from the cache, or from the archive
 * itself (then the cache is written, with INDEX_KEEP: one that cannot be written costs time, nothing else). Streamed:
 * memory does not grow with the archive. sha256 of the archive into hex. */
enum index_use { INDEX_NONE, INDEX_KEEP, INDEX_READ };
typedef enum flow index_take(void *ctx, const struct index_entry *x, struct err *e);
enum flow index_each(const char *dir, const char *name, enum index_use use, index_take *take, void *ctx, char *hex,
                     struct err *e) MUST_USE;
/* The lines of the cache as they stand, of an archive whose digest is hex; FLOW_END when there is none. */
enum flow index_lines(const char *dir, const char *name, const char *hex, lines_take *take, void *ctx,
                      struct err *e) MUST_USE;
/* One line (without its LF); 0 when it is none. */
int index_parse(const char *line, size_t n, struct index_entry *x) MUST_USE;
enum flow index_print(const struct index_entry *x, struct buf *out, struct err *e) MUST_USE;

/* Percent-encodes what would not stand in a line: controls, space, '"', '\', '%', bytes over 0x7e. */
enum flow index_encode(const char *s, size_t n, struct buf *out, struct err *e) MUST_USE;

/* What an index says of a data record: its id without <>, its payload's digest without "sha256:"; "" when it has none.
 */
void index_record_id(const struct warc_record *r, char *id, size_t size);
void index_payload_digest(const struct warc_record *r, char *digest, size_t size);

/* Target URIs of what is no fetched source. */
#define ARCHIVE_KEPT_URI "urn:pre:kept:"
#define ARCHIVE_INBOX_URI "inbox:"

#endif
