/* SPDX-License-Identifier: Apache-2.0 */
/* The client library warns of a password file that others can read and goes on without it; of a service file it says
 * nothing. Both are refused before a connection is tried. */
#include "load/store/db_password.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int others_read(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) != 0;
}

static int said(const char *s)
{
    return s != NULL && *s != '\0';
}

/* The file of this name in the home folder; "" without one. */
static const char *at_home(const char *name, char *space, size_t n)
{
    const char *home = getenv("HOME");
    int length = said(home) ? snprintf(space, n, "%s/%s", home, name) : -1;
    if (length < 0 || (size_t)length >= n) {
        space[0] = '\0';
    }
    return space;
}

static int holds_password(const char *path)
{
    char line[1024];
    FILE *f = fopen(path, "re");
    int found = 0;
    while (f != NULL && !found && fgets(line, sizeof line, f) != NULL) {
        found = strncmp(line + strspn(line, " \t"), "password", 8) == 0;
    }
    if (f != NULL) {
        (void)fclose(f);
    }
    return found;
}

static enum flow refuse(const char *path, const char *what, struct err *e)
{
    return err_set(e, STATUS_PERM, "%s: others can read this %s file: chmod 600", path, what);
}

static enum flow check_service(struct err *e)
{
    char home[PATH_MAX], system[PATH_MAX];
    const char *file = getenv("PGSERVICEFILE"), *folder = getenv("PGSYSCONFDIR");
    if (!said(file)) {
        file = at_home(".pg_service.conf", home, sizeof home);
    }
    if (others_read(file) && holds_password(file)) {
        return refuse(file, "service", e);
    }
    int length = said(folder) ? snprintf(system, sizeof system, "%s/pg_service.conf", folder) : -1;
    return length > 0 && (size_t)length < sizeof system && others_read(system) && holds_password(system)
               ? refuse(system, "service", e)
               : FLOW_OK;
}

enum flow db_password_check(const char *passfile, const char *service, struct err *e)
{
    char home[PATH_MAX];
    if (getenv("PGPASSWORD") != NULL) {
        return err_set(
            e, STATUS_CONFIG,
            "PGPASSWORD is set: keep the password in a file of mode 0600 that PGPASSFILE names, and unset it");
    }
    if (!said(passfile)) {
        passfile = getenv("PGPASSFILE");
    }
    if (!said(passfile)) {
        passfile = at_home(".pgpass", home, sizeof home);
    }
    if (others_read(passfile)) {
        return refuse(passfile, "password", e);
    }
    return said(service) || said(getenv("PGSERVICE")) ? check_service(e) : FLOW_OK;
}
