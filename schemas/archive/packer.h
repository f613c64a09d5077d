/* SPDX-License-Identifier: Apache-2.0 */
/* Compresses records on other threads and puts them out in the order they came: fetching and compressing cost about the
 * same, so one must not wait for the other. A job is what must be seen whole or not at all; it goes out in one write.
 */
#ifndef SCHEMAS_ARCHIVE_PACKER_H
#define SCHEMAS_ARCHIVE_PACKER_H

#include "schemas/run/sink.h"

struct packer;
/* threads 0: everything happens in packer_go. out is called by the caller's thread only. */
struct packer *packer_open(int threads, int level, struct sink out, struct err *e);
/* An empty buffer for the text of the next job, of about so many bytes; waits while many jobs, or many bytes, are under
 * way. */
enum flow packer_room(struct packer *p, size_t bytes, struct buf **text, struct err *e) MUST_USE;
/* Hands that job over: [0, split) is one member, the rest another when there is any. Puts out what is done. */
enum flow packer_go(struct packer *p, size_t split, struct err *e) MUST_USE;
/* Waits for all jobs and puts them out. */
enum flow packer_flush(struct packer *p, struct err *e) MUST_USE;
/* Drops what was not put out; accepts NULL. */
void packer_close(struct packer *p);

#endif
