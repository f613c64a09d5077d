/* SPDX-License-Identifier: Apache-2.0 */
/* Small file-system helpers with our errors. */
#ifndef SCHEMAS_RUN_FS_H
#define SCHEMAS_RUN_FS_H

#include "schemas/run/buf.h"

#include <sys/types.h>

/* Whole file into b (up to b->max bytes; larger is STATUS_DATA "larger than N bytes"). Missing file: STATUS_NOINPUT.
 * "-" is not special. */
enum flow fs_read(const char *path, struct buf *b, struct err *e) MUST_USE;
/* The same file to be read piece by piece: a descriptor, or -1. */
int fs_open(const char *path, struct err *e);
/* What stands at an offset: n bytes, fewer when the file ends before; -1 with errno. */
ssize_t fs_read_at(int fd, void *to, size_t n, uint64_t offset);
/* Up to n bytes; FLOW_END with *got 0 at the end. */
enum flow fs_read_some(int fd, const char *path, char *to, size_t n, size_t *got, struct err *e) MUST_USE;
/* mkdir -p with mode 0700; an existing folder is fine. */
enum flow fs_mkdirs(const char *path, struct err *e) MUST_USE;
/* Removes a file or a folder tree that we made ourselves; missing is fine. Links are removed, never followed. */
enum flow fs_remove(const char *path, struct err *e) MUST_USE;
/* "dir/name" into out; 0 when it does not fit. */
int fs_join(char *out, size_t size, const char *dir, const char *name) MUST_USE;
/* Where temporary files go: TMPDIR when that is an absolute path, else /tmp. */
const char *fs_temporary(void);
int fs_is_dir(const char *path);
int fs_is_file(const char *path);
/* Names of the entries of a folder (without . and ..), sorted bytewise; each and the array are freed by fs_names_free.
 */
enum flow fs_names(const char *dir, char ***names, size_t *count, struct err *e) MUST_USE;
void fs_names_free(char **names, size_t count);
/* Free bytes for us on the file system of path; -1 when unknown. */
long long fs_free_bytes(const char *path);
/* fsync of a folder. */
enum flow fs_sync_dir(const char *path, struct err *e) MUST_USE;

#endif
