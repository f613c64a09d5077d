/* SPDX-License-Identifier: Apache-2.0 */
/* The nine steps over one document. One judge a thread: parser, compiled selects and rules are its own. */
#ifndef TRANSFORM_JUDGE_H
#define TRANSFORM_JUDGE_H

#include "transform/document.h"
#include "transform/rules/bind.h"

struct judge; /* opaque */

/* schema and plan are shared and outlive it. */
struct judge *judge_new(const struct plan *p, const struct xml_schema *schema, struct err *e);
void judge_free(struct judge *j); /* accepts NULL */

/* Writes each normalised document, with the elements its rules saw, into this folder; NULL: does not. Borrowed. */
void judge_write_normalised(struct judge *j, const char *folder);

/* The unit whose documents follow. */
enum flow judge_subject(struct judge *j, const struct subject *s, struct err *e) MUST_USE;
/* Judges text[0..n). d->record ... d->bytes are set by the caller; findings, cells and texts live in the arena.
 * undecodable: not NULL says why the content could not be decoded (text is not read then). */
enum flow judge_document(struct judge *j, const char *text, size_t n, const char *undecodable, struct document *d,
                         struct arena *arena, struct err *e) MUST_USE;
/* Only the identity, for a document received without a unit. FLOW_ITEM when there is none to read. */
enum flow judge_identity(struct judge *j, const char *text, size_t n, struct identity *out, struct arena *arena,
                         struct err *e) MUST_USE;

#endif
