/* SPDX-License-Identifier: Apache-2.0 */
/* gzip (RFC 1952) members through zlib and libdeflate, the only file that includes them. One checked reader for the
 * whole product: header, every member's CRC and length, trailing bytes, inflated size. Bytes never depend on the
 * machine: header time 0, OS 3 (Unix), level fixed by the caller. */
#ifndef SCHEMAS_ARCHIVE_GZIP_H
#define SCHEMAS_ARCHIVE_GZIP_H

#include "schemas/run/sink.h"

#include <stdint.h>

enum gzip_fault {
    GZIP_OK = 0,
    GZIP_NOT,       /* no gzip magic: not a gzip file */
    GZIP_CUT,       /* ends inside a member */
    GZIP_CORRUPT,   /* bad deflate data, CRC or length */
    GZIP_TRAILING,  /* bytes after the last member that are no member */
    GZIP_TOO_LARGE, /* inflates beyond the limit */
    GZIP_RATIO,     /* inflates beyond limit_ratio times the compressed size (above 1 MiB) */
    GZIP_MEMORY     /* nothing is said of the data: the system refused memory (STATUS_SYSTEM) */
};
const char *gzip_fault_text(enum gzip_fault f);

/* Whole memory, all members one after the other, into out (its max is the limit). ratio 0 = no ratio limit. */
enum gzip_fault gzip_inflate(const void *p, size_t n, unsigned ratio, struct buf *out, struct err *e) MUST_USE;
/* One member only; *used = compressed bytes it took. */
enum gzip_fault gzip_inflate_member(const void *p, size_t n, unsigned ratio, struct buf *out, size_t *used,
                                    struct err *e) MUST_USE;
/* Whole blocks as members, one after the other, at a fraction of the cost: libdeflate, level 1 to 12. */
struct gzip_packer;
struct gzip_packer *gzip_packer_new(int level, struct err *e);
/* One member appended to out. */
enum flow gzip_pack(struct gzip_packer *k, const void *p, size_t n, struct buf *out, struct err *e) MUST_USE;
void gzip_packer_free(struct gzip_packer *k); /* accepts NULL */

/* Streaming writer: what is put comes out compressed in `out` as one member. */
struct gzip_writer;
struct gzip_writer *gzip_writer_new(struct sink out, int level, struct err *e);
struct sink gzip_writer_sink(struct gzip_writer *w);
/* Ends the member; the writer may start another with the next write, or be freed. */
enum flow gzip_writer_finish(struct gzip_writer *w, struct err *e) MUST_USE;
void gzip_writer_free(struct gzip_writer *w); /* accepts NULL */

/* Streaming reader of a whole file (any number of members). */
struct gzip_reader;
struct gzip_reader *gzip_reader_open(const char *path, struct err *e);
/* Up to n inflated bytes into p; *got == 0 only together with FLOW_END, after every check passed. Faults: FLOW_FATAL,
 * STATUS_DATA. */
enum flow gzip_reader_read(struct gzip_reader *r, void *p, size_t n, size_t *got, struct err *e) MUST_USE;
/* 1 when the next byte begins a member (or the file ends there), with its file offset; else 0 and the offset where the
 * current member began. */
int gzip_reader_between(struct gzip_reader *r, uint64_t *offset, struct err *e);
void gzip_reader_close(struct gzip_reader *r); /* accepts NULL */

#endif
