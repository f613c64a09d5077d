/* SPDX-License-Identifier: Apache-2.0 */
/* A cache kept as lines: the last one, "!end HEAD,"lines":"DIGEST"}", says what it is a cache of and gives the digest
 * of the lines before. Whatever is not so - cut, altered, of something else - is no cache. */
#ifndef SCHEMAS_ARCHIVE_LINES_H
#define SCHEMAS_ARCHIVE_LINES_H

#include "schemas/run/buf.h"
#include "schemas/run/digest.h"
#include "schemas/run/output.h"

#include <sys/types.h>

enum { LINES_ONE_MAX = 8192 }; /* bytes of a line */

/* Opens for reading: the descriptor, how far its lines go, and HEAD; -1 when the lines are not what was closed. d is a
 * computation to use. */
int lines_open(const char *path, struct digest *d, char head[LINES_ONE_MAX], off_t *end);
/* Every line up to end, without its LF, which stands behind it; what take() returns but FLOW_OK ends the walk. */
typedef enum flow lines_take(void *ctx, const char *line, size_t n, struct err *e);
enum flow lines_each(int fd, off_t end, lines_take *take, void *ctx, struct err *e) MUST_USE;

/* Writing is never worth an error: what fails is given up, and no cache is made. */
struct lines {
    struct output *out; /* NULL: given up, or never begun */
    struct digest *digest;
};
/* Begins a new one, unless somebody else is at it. */
void lines_begin(struct lines *l, const char *path);
void lines_put(struct lines *l, const char *p, size_t n);
void lines_finish(struct lines *l, const char *head);
void lines_give_up(struct lines *l);

#endif
