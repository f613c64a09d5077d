/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of keys of SSH: ours, as far as the key itself tells, and the host's. */
#ifndef EXTRACT_SSH_KEY_H
#define EXTRACT_SSH_KEY_H

#include "extract/hosts.h"
#include "extract/outcome.h"

/* Why a login was refused: the class, and a sentence of what to do. rule may be NULL, here and below. */
enum failure ssh_key_fault(const struct host_rule *rule, const char **why);
/* Why the host is not trusted, into out. */
void ssh_host_text(const struct host_rule *rule, const struct url *u, int changed, char *out, size_t size);

#endif
