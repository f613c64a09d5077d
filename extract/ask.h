/* SPDX-License-Identifier: Apache-2.0 */
/* The asking of one source: its address, where redirects led, what earlier runs know of it. Lives from the first
 * request of a try to its outcome. */
#ifndef EXTRACT_ASK_H
#define EXTRACT_ASK_H

#include "extract/run.h"
#include "schemas/run/clock.h"

enum { ASK_TEXT = 512, ASK_REDIRECTS = 5 };

enum ask_phase { ASK_GET, ASK_LOOK, ASK_LOOK_AGAIN }; /* sftp and ftps look twice before they get */

/* The body earlier runs keep, found and verified; what a revisit must name. */
struct ask_memory {
    int known;
    char digest[DIGEST_HEX_MAX];
    char id[INSTANT_TEXT_MAX * 2], uri[URL_MAX], date[INSTANT_TEXT_MAX];
    char asked[URL_MAX]; /* the address the validators belong to */
    char etag[ASK_TEXT], modified[64];
};

struct ask {
    struct url first, url; /* as registered; of the current hop */
    const struct hosts *hosts;
    const struct host_rule *rule; /* of the current hop */
    int redirects;
    int plain;      /* no conditions any more: a 304 could not be believed */
    int conditions; /* the running request carries some */
    enum ask_phase phase;
    int64_t size, modified; /* seen by the first look */
    int64_t began;
    struct buf hops; /* masked addresses of the redirects, one a line */
    struct ask_memory memory;
};

/* NULL with e: STATUS_DATA for an address we do not accept (the register should have refused it). */
struct ask *ask_open(struct run *r, const struct task *t, struct err *e);
void ask_close(struct ask *a);
/* What the archives know of a source of http or https, into a memory of zeros; the record is room to read in. */
enum flow ask_recall(const struct run *r, const struct task *t, struct warc_record *record, struct ask_memory *m,
                     struct err *e) MUST_USE;
/* The same into the memory of the asking, from what was recalled ahead when it was. */
enum flow ask_remember(struct run *r, const struct task *t, struct ask *a, struct err *e) MUST_USE;
/* Did the source ask, in an earlier run, not to be asked before some time that is still to come? */
int ask_deferred(const struct run *r, const struct task *t, int64_t *until);
/* Do the validators belong to the current address? */
int ask_may_be_conditional(const struct ask *a);
enum flow ask_send(struct run *r, struct task *t, struct err *e) MUST_USE;

#endif
