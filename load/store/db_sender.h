/* SPDX-License-Identifier: Apache-2.0 */
/* One thread that sends batches to the database while the caller makes the next ones: reading a package and writing it
 * take about as long. A few batches wait at most, so that memory stays bounded; they are sent in the order in which
 * they were put. The connection belongs to the thread from db_sender_put to db_sender_wait, to the caller otherwise.
 * Only db.c includes this. */
#ifndef LOAD_STORE_DB_SENDER_H
#define LOAD_STORE_DB_SENDER_H

#include "load/store/db_driver.h"
#include "schemas/run/buf.h"

struct db_sender; /* opaque */

/* NULL with e set (71) when there is no memory or no thread to be had. */
struct db_sender *db_sender_new(const struct db_driver *driver, void *ctx, struct err *e);
/* Takes the rows of b, whose values are *cells and *text: these two are exchanged for empty ones. Waits while too many
 * batches do. After a batch that failed nothing is sent any more, and every call tells that failure. */
enum flow db_sender_put(struct db_sender *s, const struct db_batch *b, struct db_cell **cells, struct buf *text,
                        struct err *e) MUST_USE;
/* Waits until all is sent; accepts NULL. */
enum flow db_sender_wait(struct db_sender *s, struct err *e) MUST_USE;
/* Waits, too; accepts NULL. */
void db_sender_free(struct db_sender *s);

#endif
