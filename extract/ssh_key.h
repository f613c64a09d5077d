/* SPDX-License-Identifier: Apache-2.0 */
/* Why a login with an SSH key was refused, as far as the key itself tells. */
#ifndef EXTRACT_SSH_KEY_H
#define EXTRACT_SSH_KEY_H

#include "extract/hosts.h"
#include "extract/outcome.h"

/* The class, and a sentence of what to do. rule may be NULL. */
enum failure ssh_key_fault(const struct host_rule *rule, const char **why);

#endif
