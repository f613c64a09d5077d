/* SPDX-License-Identifier: Apache-2.0 */
/* The canonical dump: what the store holds, the same bytes whichever database holds it (page pre-database.5). */
#ifndef LOAD_STORE_DUMP_H
#define LOAD_STORE_DUMP_H

#include "load/store/db.h"
#include "schemas/run/sink.h"

#define DUMP_BEGINS "pre-database dump "

enum flow dump_store(struct db *db, struct sink out, struct err *e) MUST_USE;

#endif
