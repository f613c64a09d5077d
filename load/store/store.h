/* SPDX-License-Identifier: Apache-2.0 */
/* What the store knows: campaigns, vintages, editions. Small questions that several verbs ask of it. */
#ifndef LOAD_STORE_STORE_H
#define LOAD_STORE_STORE_H

#include "load/store/db.h"
#include "schemas/edition/edition.h"

/* Outcomes of a source (pre-extract.1) that leave a silent unit unreachable: nobody could be heard. Not published (404)
 * and no source are silence. */
#define STORE_UNHEARD "('failed', 'not-asked')"

enum { STORE_TEXT = 128, STORE_LONG = 512 };

struct vintage {
    int64_t id;     /* key in the store */
    int64_t number; /* within the campaign, from 1 */
    int64_t package, edition;
    int estimable;
    char campaign[STORE_TEXT];
    char package_name[STORE_TEXT];
    char content_digest[DIGEST_HEX_MAX];
    char as_of[STORE_TEXT];
    char edition_id[STORE_TEXT];
    int64_t edition_revision;
    char edition_digest[DIGEST_HEX_MAX];
    char register_digest[DIGEST_HEX_MAX], decisions_digest[DIGEST_HEX_MAX];
    char method[STORE_TEXT];
    char method_digest[DIGEST_HEX_MAX];
    char program[STORE_TEXT];
    char libraries[STORE_LONG];
    char note[STORE_LONG];
    char status[STORE_TEXT]; /* of the last event */
    char signed_at[STORE_TEXT], signed_by[STORE_TEXT];
};

/* The campaign named, or (NULL) the only or latest one: the greatest by bytes. STATUS_NOINPUT when there is none. */
enum flow store_campaign(struct db *db, const char *wanted, char out[STORE_TEXT], struct err *e) MUST_USE;
/* A vintage of a campaign by number; 0: the latest. STATUS_NOINPUT, naming what there is, when there is none. */
enum flow store_vintage(struct db *db, const char *campaign, int64_t number, struct vintage *v, struct err *e) MUST_USE;
/* As above, but *found = 0 instead of an error. */
enum flow store_find_vintage(struct db *db, const char *campaign, int64_t number, struct vintage *v, int *found,
                             struct err *e) MUST_USE;
/* The largest key of a table's first column, plus one (1 when empty). */
enum flow store_next(struct db *db, const char *table, int64_t *next, struct err *e) MUST_USE;
/* The edition a package was made with, from the files kept in the store. The caller closes it. */
struct edition *store_edition(struct db *db, int64_t edition, struct err *e);
/* Keeps `n` bytes of text in a fixed field, cut at a character boundary. */
void store_keep(char *out, size_t size, const char *text);
#define STORE_KEEP(field, text) store_keep((field), sizeof(field), (text))

#endif
