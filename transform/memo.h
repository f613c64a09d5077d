/* SPDX-License-Identifier: Apache-2.0 */
/* Judgements kept from the last run. What becomes of a unit follows from the program, the edition, the last edition's
 * dataset, its row in the register, the decisions about it and the documents it sent, nothing else: one digest over all
 * of that is the key of its entry. A unit whose key is the same takes its rows from the entry; bodies are still read
 * from the archive and their digests checked. The file is a cache in the output folder: one that is missing, cut,
 * damaged or of another program or edition costs time and nothing else. It holds the units of this run alone, in their
 * order, so that it is read and written as a stream. Page: pre-transform(1), FILES. */
#ifndef TRANSFORM_MEMO_H
#define TRANSFORM_MEMO_H

#include "schemas/archive/archive.h"
#include "transform/document.h"
#include "transform/unit.h"

struct memo; /* opaque */

/* What all judgements of a run depend on. */
struct memo_basis {
    const struct plan *plan;
    const char *edition_digest;
    const char *previous_digest; /* of the last edition's dataset, "" without */
    int shares;                  /* national shares are counted */
};

/* The file `path`: with `recall` what it holds is believed where its basis is this one, with `keep` it is written anew.
 * Whatever is wrong with it leaves nothing to recall. NULL, with e set, only without memory. */
struct memo *memo_open(const char *path, const struct memo_basis *b, int recall, int keep, struct err *e);
/* Puts what was kept in place of the old file; a failure leaves none, or the old one. */
void memo_commit(struct memo *m);
void memo_close(struct memo *m); /* accepts NULL */

/* ---- by the thread that hands out units ---- */
struct memo_place {
    uint64_t offset, size; /* size 0: nothing is known of the unit */
};
/* Units in increasing order. */
struct memo_place memo_find(struct memo *m, const char *unit);
/* Entries made by memo_write, in the order of their units. */
void memo_put(struct memo *m, const struct buf *entries);

/* ---- by any thread ---- */
struct memo_desk; /* what one thread needs: a key being computed, an entry being packed */
struct memo_desk *memo_desk_new(const struct memo *m, struct err *e);
void memo_desk_free(struct memo_desk *k); /* accepts NULL */
enum flow memo_key_begin(struct memo_desk *k, const struct subject *s, struct err *e) MUST_USE;
/* A document as loaded, in the order of arrival. */
enum flow memo_key_document(struct memo_desk *k, const struct archive_document *a, const struct archive_body *b,
                            struct err *e) MUST_USE;
enum flow memo_key_end(struct memo_desk *k, char hex[DIGEST_HEX_MAX], struct err *e) MUST_USE;

/* The rows of a unit and what was counted of them. */
struct memo_entry {
    struct {
        const char *text;
        size_t len;
    } rows[TABLE_COUNT], counted;
    uint64_t crashed;
};
/* The entry of a unit when it is whole and has this key, borrowed from b, which holds it unpacked; FLOW_ITEM when not.
 */
enum flow memo_recall(struct memo_desk *k, struct memo_place at, const char *key, struct buf *b,
                      struct memo_entry *entry, struct err *e) MUST_USE;
/* Appends the entry recalled last, as it stood in the file. */
enum flow memo_keep(const struct memo_desk *k, struct buf *out, struct err *e) MUST_USE;
/* Appends a new entry. */
enum flow memo_write(struct memo_desk *k, const char *unit, const char *key, const struct memo_entry *entry,
                     struct buf *out, struct err *e) MUST_USE;
/* Whether entries are wanted. */
int memo_keeps(const struct memo *m);

#endif
