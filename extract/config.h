/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of pre-extract, read and checked. */
#ifndef EXTRACT_CONFIG_H
#define EXTRACT_CONFIG_H

#include "schemas/run/options.h"

struct config {
    const char *edition, *table, *archive, *inbox, *hosts, *file_root, *decisions, *summary, *only, *shard_text;
    long parallel, per_host, deadline_s, connect_ms, stall_s, total_s, tries, retry_ms, retry_most_s, quiet_s,
        settle_ms, level;
    int shard, shards;
    int dry_run, reopen, seal, print_table, verbose;
};

enum options_result config_read(struct config *c, int argc, char **argv) MUST_USE;

#endif
