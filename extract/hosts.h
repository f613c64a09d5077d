/* SPDX-License-Identifier: Apache-2.0 */
/* hosts.csv: what is particular to a host, secrets included, so nobody else may read it. Columns: host (name, or
 * name:port), parallel, ca, certificate, key, bearer_file, secret_parameter (name, or name=value to be added), user,
 * password_file, ssh_key, known_hosts, allow_private (yes/no). */
#ifndef EXTRACT_HOSTS_H
#define EXTRACT_HOSTS_H

#include "extract/url.h"

struct host_rule {
    char *host;
    int port;      /* 0: any */
    long parallel; /* 0: the run's */
    char *ca, *certificate, *key;
    char *bearer;          /* content of bearer_file */
    char *secret;          /* secret_parameter as written */
    char *user, *password; /* password: content of password_file */
    char *ssh_key, *known_hosts;
    int allow_private;
};

struct hosts;
/* path NULL: an empty table. STATUS_PERM when the table, or a file it names that holds a secret, can be read by others;
 * STATUS_CONFIG for a fault in it. */
struct hosts *hosts_open(const char *path, struct err *e);
void hosts_close(struct hosts *h); /* accepts NULL */
/* The rule of an address: host:port first, then host; NULL when the table has none. */
const struct host_rule *hosts_find(const struct hosts *h, const struct url *u);

/* Does any row name a secret parameter? When none does, a text needs no masking. */
int hosts_have_secrets(const struct hosts *h);
/* Appends a text with the values of every secret parameter of the table masked, wherever they stand in a query, and
 * whichever row names them: a redirect takes an address from one host to another. */
enum hosts_text { HOSTS_URL, HOSTS_TABLE /* CSV */, HOSTS_HEAD /* of an HTTP answer */ };
enum flow hosts_mask(const struct hosts *h, enum hosts_text kind, const char *p, size_t n, struct buf *out,
                     struct err *e) MUST_USE;
/* An address with its secrets masked; nothing of it when there is no memory. */
void hosts_mask_url(const struct hosts *h, const struct url *u, char *out, size_t size);

#endif
