/* SPDX-License-Identifier: Apache-2.0 */
/* What extraction asks of earlier runs. The archives are its only state: there is no other file to lose or to disagree
 * with. */
#ifndef SCHEMAS_ARCHIVE_MEMORY_H
#define SCHEMAS_ARCHIVE_MEMORY_H

#include "schemas/archive/archive.h"

struct archive_last {
    int64_t until;               /* asked not to be asked before, or INSTANT_NONE */
    char digest[DIGEST_HEX_MAX]; /* of the last believed payload, or "" */
    uint32_t index;
};

/* 1 when the unit's source was asked before. */
int archive_last(const struct archive *a, const char *unit, struct archive_last *l);
/* Its last believed data record (its head carries the validators); FLOW_END when there is none. */
enum flow archive_last_data(const struct archive *a, const struct archive_last *l, struct warc_record *r,
                            struct err *e) MUST_USE;
/* A record holding the payload of that digest in full, digests checked; FLOW_END when no archive has one. */
enum flow archive_find_body(const struct archive *a, const char *digest, struct warc_record *r, struct err *e) MUST_USE;
/* A register or decisions file kept before with that content, in full. */
struct archive_kept_record {
    const char *record; /* its id, without <> */
    const char *what;   /* "register", "decisions" */
    int64_t at;
};
int archive_kept_before(const struct archive *a, const char *digest, struct archive_kept_record *k);
/* Was this file of the drop folder (name percent-encoded) archived with that content? */
int archive_has_inbox(const struct archive *a, const char *name, const char *digest);
/* Content decoding of a payload as archive_load does it; out is replaced. */
enum gzip_fault archive_decode(const char *p, size_t n, unsigned ratio, struct buf *out, struct err *e) MUST_USE;

#endif
