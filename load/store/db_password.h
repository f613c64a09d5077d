/* SPDX-License-Identifier: Apache-2.0 */
/* Where a password for a database server may stand: in a password file or a service file that nobody else can read. */
#ifndef LOAD_STORE_DB_PASSWORD_H
#define LOAD_STORE_DB_PASSWORD_H

#include "schemas/run/err.h"

/* passfile and service are what the URL says, NULL or "" when nothing: then PGPASSFILE, else ~/.pgpass; PGSERVICE.
 * STATUS_CONFIG: PGPASSWORD is set. STATUS_PERM: others can read the password file, or a service file that holds a
 * password. */
enum flow db_password_check(const char *passfile, const char *service, struct err *e) MUST_USE;

#endif
