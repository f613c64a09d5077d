/* SPDX-License-Identifier: Apache-2.0 */
/* pre-deposit DIR CAMPAIGN INSTANT < list: an archive made of files, without any network. Each line of the list is
 * "unit<TAB>instant<TAB>file"; INSTANT names the archive. For tests that need documents received at given times. */
#include "schemas/archive/deposit.h"
#include "schemas/run/clock.h"
#include "schemas/run/digest.h"
#include "schemas/run/fs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES_MAX = 8192, FILE_BYTES_MAX = 256 << 20 };

static enum flow put(struct deposit *d, const char *unit, int64_t at, const char *file, struct buf *body, struct err *e)
{
    static const struct warc_field mark[] = {{"outcome", "fetched"}};
    char uri[LINE_BYTES_MAX + 8], digest[DIGEST_HEX_MAX];
    buf_reset(body);
    if (fs_read(file, body, e) != FLOW_OK || digest_of(buf_str(body), body->len, digest, e) != FLOW_OK)
        return FLOW_FATAL;
    (void)snprintf(uri, sizeof uri, "file://%s", file);
    struct deposit_data data = {.type = WARC_RESOURCE,
                                .uri = uri,
                                .content_type = "application/xml",
                                .payload = {buf_str(body), body->len},
                                .digest = digest};
    return deposit_commit(d, unit, &data, uri, mark, 1, at, e);
}

static enum flow put_line(struct deposit *d, char *line, struct buf *body, struct err *e)
{
    char *at = strchr(line, '\t'), *file = at ? strchr(at + 1, '\t') : NULL;
    int64_t instant;
    line[strcspn(line, "\n")] = '\0';
    if (!file)
        return err_set(e, STATUS_DATA, "\"%s\": unit, instant and file are due", line);
    *at++ = '\0';
    *file++ = '\0';
    if (!clock_parse(at, strlen(at), 0, &instant))
        return err_set(e, STATUS_DATA, "\"%s\" is no instant", at);
    return put(d, line, instant, file, body, e);
}

int main(int argc, char **argv)
{
    struct err e = {0};
    struct buf body;
    char line[LINE_BYTES_MAX];
    struct deposit_options o = {.level = 6};
    if (argc != 4 || !clock_parse(argv[3], strlen(argv[3]), 0, &o.now)) {
        (void)fprintf(stderr, "usage: pre-deposit DIR CAMPAIGN INSTANT < list\n");
        return STATUS_USAGE;
    }
    o.dir = argv[1];
    o.campaign = argv[2];
    buf_init(&body, FILE_BYTES_MAX);
    enum flow f = fs_mkdirs(o.dir, &e);
    struct deposit *d = f == FLOW_OK ? deposit_open(&o, &e) : NULL;
    f = d ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && fgets(line, sizeof line, stdin))
        f = put_line(d, line, &body, &e);
    if (f == FLOW_OK)
        f = deposit_close(d, &e);
    else
        deposit_abort(d);
    buf_fini(&body);
    if (f != FLOW_OK)
        (void)fprintf(stderr, "pre-deposit: %s\n", e.text);
    return f == FLOW_OK ? STATUS_OK : (int)e.status;
}
