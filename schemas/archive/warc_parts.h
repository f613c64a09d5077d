/* SPDX-License-Identifier: Apache-2.0 */
/* Between warc.c and warc_read.c only. */
#ifndef SCHEMAS_ARCHIVE_WARC_PARTS_H
#define SCHEMAS_ARCHIVE_WARC_PARTS_H

#include "schemas/archive/warc.h"

void warc_record_reset(struct warc_record *r);
/* Tokenizes r->head in place: version, fields, type; *length is Content-Length. */
enum flow warc_head_parse(struct warc_record *r, uint64_t *length, struct err *e) MUST_USE;
/* "name: value" lines between p and end, changed in place. */
enum flow warc_fields_parse(char *p, char *end, struct warc_field *field, size_t max, size_t *count,
                            struct err *e) MUST_USE;
/* Finds the payload and checks the digests of a complete record. */
enum flow warc_record_check(struct warc_record *r, struct err *e) MUST_USE;

#endif
