/* SPDX-License-Identifier: Apache-2.0 */
/* What extraction asks of earlier runs. The archives are its only state: there is no other file to lose or to disagree
 * with. */
#ifndef SCHEMAS_ARCHIVE_MEMORY_H
#define SCHEMAS_ARCHIVE_MEMORY_H

#include "schemas/archive/archive.h"

/* The units that will be asked about, from 0 on: from now on a unit is a number, since names would be held twice.
 * Called once; not with documents_only. */
typedef const char *archive_unit_name(void *ctx, size_t i);
enum flow archive_number(struct archive *a, size_t units, archive_unit_name *name, void *ctx, struct err *e) MUST_USE;

/* 1 when the unit's source was asked before; *until: asked not to be asked before, or INSTANT_NONE. */
int archive_last(const struct archive *a, size_t unit, int64_t *until);
/* Is that the digest of its last believed payload? */
int archive_last_is(const struct archive *a, size_t unit, const char *digest);
/* Its last believed data record (its head carries the validators and the digest); FLOW_END when there is none. */
enum flow archive_last_data(const struct archive *a, size_t unit, struct warc_record *r, struct err *e) MUST_USE;
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
