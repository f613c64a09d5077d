/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/config.h"

enum { YEAR_S = 366 * 86400 };

enum options_result config_read(struct config *c, int argc, char **argv)
{
    *c = (struct config){.parallel = 32,
                         .per_host = 6,
                         .connect_ms = 20000,
                         .stall_s = 60,
                         .total_s = 300,
                         .tries = 4,
                         .retry_ms = 1000,
                         .retry_most_s = 300,
                         .quiet_s = 60,
                         .settle_ms = 1000,
                         .level = 1};
    const struct option_row rows[] = {
        {"edition", OPTION_TEXT, &c->edition, "DIR", "the edition's folder", 0, 0, 0},
        {"register", OPTION_TEXT, &c->table, "FILE", "the register: one row a unit, with its source", 0, 0, 0},
        {"archive", OPTION_TEXT, &c->archive, "DIR", "where archives are kept, one new file a run", 0, 0, 1},
        {"inbox", OPTION_TEXT, &c->inbox, "DIR", "drop folder of returns received by hand", 0, 0, 0},
        {"hosts", OPTION_TEXT, &c->hosts, "FILE", "table of hosts: limits, certificates, secrets (mode 0600)", 0, 0, 0},
        {"file-root", OPTION_TEXT, &c->file_root, "DIR", "file:// sources are read beneath this folder only", 0, 0, 0},
        {"decisions", OPTION_TEXT, &c->decisions, "FILE", "decisions file to keep in the archive beside the register",
         0, 0, 0},
        {"only", OPTION_TEXT, &c->only, "U,...", "ask these units only", 0, 0, 0},
        {"shard", OPTION_TEXT, &c->shard_text, "I/N", "ask the I-th of N parts of the register", 0, 0, 0},
        {"parallel", OPTION_NUMBER, &c->parallel, "N", "requests at once (32)", 1, 1000, 0},
        {"per-host", OPTION_NUMBER, &c->per_host, "N", "requests at once to one host (6)", 1, 1000, 0},
        {"deadline", OPTION_NUMBER, &c->deadline_s, "S", "stop asking after S seconds (none)", 1, YEAR_S, 0},
        {"connect-timeout", OPTION_NUMBER, &c->connect_ms, "MS", "to connect, milliseconds (20000)", 1, 600000, 0},
        {"stall", OPTION_NUMBER, &c->stall_s, "S", "without a byte, seconds (60)", 1, 86400, 0},
        {"timeout", OPTION_NUMBER, &c->total_s, "S", "for one request, seconds (300)", 1, 86400, 0},
        {"tries", OPTION_NUMBER, &c->tries, "N", "times a source is asked when it may heal (4)", 1, 20, 0},
        {"retry-base", OPTION_NUMBER, &c->retry_ms, "MS", "first wait before asking again, doubled each time (1000)", 1,
         600000, 0},
        {"retry-most", OPTION_NUMBER, &c->retry_most_s, "S",
         "longest wait within the run; a longer Retry-After is kept for the next (300)", 0, 86400, 0},
        {"quiet", OPTION_NUMBER, &c->quiet_s, "S", "an inbox file must not have changed for S seconds (60)", 0, 86400,
         0},
        {"settle", OPTION_NUMBER, &c->settle_ms, "MS", "between two looks at size and time, sftp and ftps (1000)", 0,
         600000, 0},
        {"level", OPTION_NUMBER, &c->level, "1-9", "compression of the archive (1)", 1, 9, 0},
        {"dry-run", OPTION_FLAG, &c->dry_run, NULL,
         "say on stdout what would be asked, with which conditions; ask nothing", 0, 0, 0},
        {"table", OPTION_FLAG, &c->print_table, NULL, "the outcome of every unit on stdout, CSV", 0, 0, 0},
        {"summary", OPTION_TEXT, &c->summary, "FILE", "summary of the run, JSON", 0, 0, 0},
        {"seal", OPTION_FLAG, &c->seal, NULL, "close the campaign: write SHA256SUMS beside the archives, ask nothing",
         0, 0, 0},
        {"reopen", OPTION_FLAG, &c->reopen, NULL, "run although the campaign was sealed: the seal is removed", 0, 0, 0},
        {"verbose", OPTION_FLAG, &c->verbose, NULL, "log every request", 0, 0, 0},
        {NULL, OPTION_FLAG, NULL, NULL, NULL, 0, 0, 0},
    };
    const struct option_spec spec = {
        "pre-extract", "Collects the returns of one campaign and keeps every byte as evidence.", NULL, rows};
    int first = 0;
    enum options_result r = options_parse(&spec, argc, argv, &first);
    if (r != OPTIONS_GO)
        return r;
    if (c->shard_text && !options_shard(c->shard_text, &c->shard, &c->shards)) {
        options_misuse(&spec, "--shard: '%s' is not I/N with 1 <= I <= N", c->shard_text);
        return OPTIONS_MISUSE;
    }
    if (!c->seal && (!c->edition || !c->table)) {
        options_misuse(&spec, "--%s is required", c->edition ? "register" : "edition");
        return OPTIONS_MISUSE;
    }
    if (c->per_host > c->parallel)
        c->per_host = c->parallel;
    return OPTIONS_GO;
}
