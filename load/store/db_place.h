/* SPDX-License-Identifier: Apache-2.0 */
/* Where a store in a file may live: SQLite's locks cannot be trusted on a network file system. */
#ifndef LOAD_STORE_DB_PLACE_H
#define LOAD_STORE_DB_PLACE_H

#include "schemas/run/err.h"

/* Name of a network file system by its statfs magic number, or NULL for any other. */
const char *db_place_network(unsigned long magic);
/* Refuses (78) a file whose folder is on a network file system. A missing folder is left to the opening to report. */
enum flow db_place_check(const char *path, struct err *e) MUST_USE;

#endif
