/* SPDX-License-Identifier: Apache-2.0 */
/* The story of one load: a package in, one transaction, a new vintage or a sentence that nothing changed. */
#ifndef LOAD_LOADING_H
#define LOAD_LOADING_H

#include "load/store/ingest.h"
#include "load/store/store.h"

/* Where a campaign stands; words as in the store. */
enum vintage_status { STATUS_UNSAID = -1, VINTAGE_PROVISIONAL, VINTAGE_SEMI_FINAL, VINTAGE_FINAL };
const char *vintage_status_name(enum vintage_status s);

struct loading {
    const char *database;       /* URL */
    enum vintage_status status; /* to be given to the vintage, or STATUS_UNSAID */
    const char *who;            /* signs a status; never NULL */
    const char *note;           /* remark beside the signature; never NULL */
};

enum loading_change { LOADING_SAME, LOADING_FETCHES, LOADING_STATUS, LOADING_VINTAGE };

/* What a load did. */
struct loading_result {
    enum loading_change change;
    char campaign[STORE_TEXT];
    int64_t vintage; /* number: the new one, or the one the package is identical to */
    char status[STORE_TEXT];
    char package[STORE_TEXT], content_digest[DIGEST_HEX_MAX], as_of[STORE_TEXT];
    char engine[STORE_TEXT];
    int estimable;
    struct ingest_counts counts;
    int64_t respondents, figures;
    int64_t micros; /* how long it took */
};

enum flow loading_run(const struct loading *l, const char *dataset, struct loading_result *r, struct err *e) MUST_USE;
/* The status of the latest vintage of a campaign (NULL: the latest campaign), signed off: an event, no content. */
enum flow loading_sign(const struct loading *l, const char *campaign, struct loading_result *r, struct err *e) MUST_USE;

#endif
