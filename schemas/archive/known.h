/* SPDX-License-Identifier: Apache-2.0 */
/* What the archives of a folder say, held small since there may be many units: what the files of the archive reader
 * share; nobody else includes it. Digests are kept as bytes. */
#ifndef SCHEMAS_ARCHIVE_KNOWN_H
#define SCHEMAS_ARCHIVE_KNOWN_H

#include "schemas/archive/archive.h"
#include "schemas/archive/index.h"
#include "schemas/run/map.h"

#include <stdatomic.h>

/* A place in the archives: there are one to three a unit. */
struct spot {
    uint32_t low, length;
    uint32_t file : 24; /* NO_FILE: nowhere */
    uint32_t high : 8;
};
enum { NO_FILE = (1 << 24) - 1 };
#define SPOT_OFFSET_MAX ((UINT64_C(1) << 40) - 1)
#define NOWHERE ((struct spot){.file = NO_FILE})

static inline uint64_t spot_offset(struct spot s)
{
    return (uint64_t)s.high << 32 | s.low;
}

enum { STAMP_MAX = 160 };

struct file {
    char *name;
    char hex[DIGEST_HEX_MAX];
    _Atomic int open;      /* descriptor + 1, kept for loading bodies; 0: none yet */
    char stamp[STAMP_MAX]; /* by which it is known again without reading it; "" when it cannot be (merged.c) */
};

/* Of a unit, what transformation asks: the last commit mark of its source. */
struct unit_mark {
    int64_t at;
    struct spot spot;
    uint32_t outcome; /* index in words; MAP_NONE: its source was never asked */
};

/* What extraction asks. */
enum { NEVER_ASKED, ANY_TIME, NOT_BEFORE };
struct unit_source {
    struct spot data; /* last believed data record of its source */
    uint32_t again;   /* may it be asked? From NOT_BEFORE on, until[again - NOT_BEFORE] says when */
};

struct document {
    int64_t at;
    struct spot spot;
    uint32_t unit, body; /* unit: index in `units`, then in `name` */
};

struct fetch {
    struct spot mark;
    int64_t at;
    uint32_t unit; /* in `name` */
    uint32_t outcome;
};

/* A kept file that stands in full: few, since a register changes rarely. */
struct kept {
    uint32_t body;
    size_t name; /* in kept_names */
    int64_t at;
    char record[INDEX_ID_MAX];
};
extern const char *const kept_names[2];

#define NO_LINE UINT32_MAX
struct live_last {
    uint32_t mark, data;
};

/* Which lines of the indexes still matter, counted in the order they are taken (merged.c). */
struct live {
    int wanted;
    size_t lines, room;
    unsigned char *bit;     /* lines that will always matter */
    struct live_last *last; /* those of a unit that matter until the next, by index of `units` */
    uint32_t kept[2];       /* the same of the kept files */
    int64_t latest;         /* instant of the latest line */
    int merged;             /* descriptor of the merged index that was taken, or -1 */
    off_t merged_end;       /* of its lines */
};

struct archive {
    char *dir;
    struct archive_options options;
    struct file *file;
    size_t files;
    int other; /* an archive of another campaign stands beside them */
    struct map *units, *inbox, *words;
    struct map *bodies; /* their digests; NULL with documents_only once all is read: a record says its own */
    /* By unit; the first and the last, once the caller has numbered them, by his numbers. */
    uint32_t *last;             /* last believed payload of its source, index in `bodies`; MAP_NONE */
    struct unit_mark *mark;     /* not with last_only */
    struct unit_source *source; /* not with documents_only */
    size_t unit_cap;
    int64_t *until; /* of the few sources that asked not to be asked before */
    size_t untils, until_cap;
    struct spot *body; /* where the payload of a digest stands in full, by index of `bodies` */
    size_t body_cap;
    const char **name; /* units sorted, once all is read */
    struct document *document;
    size_t documents, document_cap;
    struct fetch *fetch;
    size_t fetches;
    struct spot kept[2]; /* register, decisions */
    uint32_t kept_body[2];
    struct kept *whole;
    size_t wholes, whole_cap;
    struct live live;
    uint32_t current; /* file being read */
};

/* ---- known.c ---- */
/* An index_take of one entry of the archive's current file. */
enum flow known_take(void *ctx, const struct index_entry *x, struct err *e);
/* Once all entries are taken: documents and fetches in order. */
enum flow known_sort(struct archive *a, struct err *e) MUST_USE;
/* The body with that digest, or MAP_NONE. */
uint32_t known_body(const struct archive *a, const char *digest);

/* ---- merged.c ---- */
/* Takes from the cache of the whole folder what it says of the first *covered archives, unless it cannot be believed;
 * *stale: it should be written again. */
enum flow merged_read(struct archive *a, size_t *covered, int *stale, struct err *e) MUST_USE;
/* Notes by what a file will be known again, before it is read. */
void merged_stamp(const struct archive *a, struct file *f);
/* Writes it for all archives; it holds the lines that still matter of the old one and of archives from `covered`. */
void merged_write(const struct archive *a, size_t covered);

#endif
