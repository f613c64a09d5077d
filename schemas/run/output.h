/* SPDX-License-Identifier: Apache-2.0 */
/* Atomic output: a file or a folder is written beside its place, fsynced, then renamed; until commit nothing is
 * visible, after commit nothing is missing. Modes 0600 / 0700 (umask 077). */
#ifndef SCHEMAS_RUN_OUTPUT_H
#define SCHEMAS_RUN_OUTPUT_H

#include "schemas/run/sink.h"

struct output; /* opaque: one file being written as PATH.part */

#define SUMMARY_BEGINS "{\n  \"program\": \"pre-"
/* Before anything is done: a file named by a user (NULL: none) is new, empty, or begins as an earlier run would have
 * written it; else STATUS_USAGE, since by a slip an input would be lost. */
enum flow output_spares(const char *path, const char *beginning, struct err *e) MUST_USE;

/* Creates PATH.part (truncating a left-over). NULL with e set (73, 74, 77). */
struct output *output_open(const char *path, struct err *e);
/* The same for a cache, whose reader checks it and can do without: never synced, and NULL while another process writes
 * the same one. */
struct output *output_cache_open(const char *path, struct err *e);
struct sink output_sink(struct output *o);
/* Makes what was written so far durable, so that a commit at once after it only names it. */
enum flow output_sync(struct output *o, struct err *e) MUST_USE;
/* Flush, fsync, close, rename, fsync of the folder. Frees o in every case; on failure PATH is as before and PATH.part
 * is gone. */
enum flow output_commit(struct output *o, struct err *e) MUST_USE;
/* Drops the part and frees o; accepts NULL. */
void output_abort(struct output *o);
/* A whole small file at once. */
enum flow output_file(const char *path, const void *p, size_t n, struct err *e) MUST_USE;

/* A folder: outdir_open creates PATH.part/ (removing a left-over), files are then written inside it with outdir_path();
 * commit fsyncs every file and the folder and renames. If PATH exists already the commit fails with STATUS_CANTCREAT
 * unless `replace`, which swaps the two atomically (renameat2 RENAME_EXCHANGE) and removes the old one. */
struct outdir;
struct outdir *outdir_open(const char *path, int replace, struct err *e);
const char *outdir_path(const struct outdir *d); /* the temporary folder, borrowed */
/* Another final name in the same folder, when it is known only at the end. */
enum flow outdir_rename(struct outdir *d, const char *path, int replace, struct err *e) MUST_USE;
enum flow outdir_commit(struct outdir *d, struct err *e) MUST_USE;
void outdir_abort(struct outdir *d); /* accepts NULL */

/* A file inside the temporary folder of an outdir: same calls as above, but its commit only flushes and closes, since
 * the folder's commit makes every file durable at once. */
struct output *output_member_open(const char *path, struct err *e);
enum flow output_member(const char *path, const void *p, size_t n, struct err *e) MUST_USE;

/* Points the symbolic link `path` at `target` by rename, fsyncing the folder. */
enum flow output_link(const char *target, const char *path, struct err *e) MUST_USE;

#endif
