/* SPDX-License-Identifier: Apache-2.0 */
/* One new archive file per extraction: written as NAME.part, every commit whole on its own, fsynced, renamed, never
 * changed after. Page: pre-archive(5). */
#ifndef SCHEMAS_ARCHIVE_DEPOSIT_H
#define SCHEMAS_ARCHIVE_DEPOSIT_H

#include "schemas/archive/memory.h"

struct deposit; /* opaque */

struct deposit_options {
    const char *dir;
    const char *campaign;
    int shard, shards;             /* 0, 0: no shard */
    int64_t now;                   /* names the file, to the second, unless the folder holds that or a later one */
    int level;                     /* of deflate */
    int threads;                   /* that compress beside the caller; 0: none */
    const struct warc_field *info; /* lines of the warcinfo record after those every archive has */
    size_t infos;
};

/* Creates the part and writes warcinfo. STATUS_CANTCREAT, STATUS_IO, STATUS_PERM. */
struct deposit *deposit_open(const struct deposit_options *o, struct err *e);
const char *deposit_name(const struct deposit *d); /* final file name */
int64_t deposit_ahead(const struct deposit *d);    /* µs the name is ahead of `now`: the clock was set back */
uint64_t deposit_bytes(const struct deposit *d);   /* written so far */

/* Keeps an input of the run ("register", "decisions") as a resource record... */
enum flow deposit_keep(struct deposit *d, const char *what, const char *type, struct warc_part bytes,
                       struct err *e) MUST_USE;
/* The same of the file with that digest, by pieces: it may be large, and nobody else needs it in memory. STATUS_RETRY
 * when it is another by now. */
enum flow deposit_keep_file(struct deposit *d, const char *what, const char *type, const char *path, const char *digest,
                            struct err *e) MUST_USE;
/* ...or as a revisit, when an earlier run kept it with the same digest; FLOW_END when none did. The bytes are not read:
 * a register may be large. */
enum flow deposit_keep_again(struct deposit *d, const char *what, const char *digest, const struct archive *earlier,
                             struct err *e) MUST_USE;

struct deposit_data {
    enum warc_type type;            /* response, resource, revisit */
    const char *uri;                /* as kept: no userinfo, secrets masked */
    const char *content_type;       /* of a resource */
    struct warc_part head, payload; /* revisit: head only */
    const char *digest;             /* sha256 of the payload; of the body meant, for a revisit */
    const char *address;            /* numeric address asked, or NULL */
    int truncated;                  /* the payload is only its beginning: over the limit */
    int cut;                        /* the connection ended before the payload did */
    /* revisit only */
    int not_modified; /* 304, else identical payload */
    const char *refers_id, *refers_uri, *refers_date;
};

/* A commit: the data record, when there is one, then its mark. All of it, or nothing of it, will be seen by a reader.
 * `mark` are the lines of the metadata record. unit is "" for an inbox file without unit. The digest given must be that
 * of the payload. */
enum flow deposit_commit(struct deposit *d, const char *unit, const struct deposit_data *data, const char *uri,
                         const struct warc_field *mark, size_t marks, int64_t at, struct err *e) MUST_USE;

/* Everything committed is handed to the disk, which goes on writing while the caller tidies up. */
enum flow deposit_flush(struct deposit *d, struct err *e) MUST_USE;
/* fsync, rename, fsync of the folder; frees d in every case. */
enum flow deposit_close(struct deposit *d, struct err *e) MUST_USE;
/* After a failed write: what was committed whole is kept when the disk lets it (*kept = 1), else the part is removed;
 * frees d. */
void deposit_rescue(struct deposit *d, int *kept);
/* Removes the part; frees d; accepts NULL. */
void deposit_abort(struct deposit *d);

/* Parts of dead runs of this shard (the caller holds its lock): cut after their last mark, renamed; removed when they
 * hold none. *salvaged counts those kept. */
enum flow deposit_salvage(const struct deposit_options *o, size_t *salvaged, struct err *e) MUST_USE;

/* Sealing: SHA256SUMS of the archives in dir. */
int archive_sealed(const char *dir);
enum flow archive_seal(const char *dir, struct err *e) MUST_USE;
enum flow archive_reopen(const char *dir, struct err *e) MUST_USE;

#endif
