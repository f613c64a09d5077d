/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/specimen/pack.h"

#include "schemas/archive/deposit.h"
#include "schemas/run/clock.h"
#include "schemas/run/fs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_MAX = 16 * 1024 * 1024, DEFLATE = 6 };

struct pack {
    const char *root;
    struct deposit *door[2]; /* site, inbox */
    int64_t at[2];
    struct buf body;
};

static int64_t instant(const char *s)
{
    int64_t t;
    return clock_parse(s, strlen(s), 0, &t) ? t : 0;
}

struct pack *pack_open(const char *dir, const char *root, struct err *e)
{
    static const char *const START[2] = {"2022-06-25T02:00:00Z", "2022-07-03T02:00:00Z"};
    struct pack *p = calloc(1, sizeof *p);
    if (!p) {
        err_set(e, STATUS_SYSTEM, "no memory");
        return NULL;
    }
    p->root = root;
    buf_init(&p->body, BODY_MAX);
    if (fs_mkdirs(dir, e) != FLOW_OK) {
        pack_abort(p);
        return NULL;
    }
    for (int i = 0; i < 2; i++) {
        struct deposit_options o = {.dir = dir, .campaign = "2022", .now = instant(START[i]), .level = DEFLATE};
        p->at[i] = o.now;
        p->door[i] = deposit_open(&o, e);
        if (!p->door[i]) {
            pack_abort(p);
            return NULL;
        }
    }
    return p;
}

static enum flow put_one(struct pack *p, const struct arrival *a, struct err *e)
{
    char path[4096], uri[128];
    int door = strncmp(a->file, "inbox/", 6) == 0;
    const struct warc_field mark[] = {{"outcome", "fetched"}, {"source", uri}};
    if (!fs_join(path, sizeof path, p->root, a->file))
        return err_set(e, STATUS_CANTCREAT, "%s/%s: path too long", p->root, a->file);
    snprintf(uri, sizeof uri, door ? "inbox:%s" : "file:///%s", door ? a->file + 6 : a->file);
    buf_reset(&p->body);
    if (fs_read(path, &p->body, e) != FLOW_OK)
        return FLOW_FATAL;
    struct deposit_data data = {.type = WARC_RESOURCE,
                                .uri = uri,
                                .content_type = "application/xml",
                                .payload = {buf_str(&p->body), p->body.len},
                                .digest = a->sha256};
    p->at[door] += 1000000;
    return deposit_commit(p->door[door], a->unit, &data, uri, mark, 2, p->at[door], e);
}

enum flow pack_put(struct pack *p, const struct arrival *list, size_t count, struct err *e)
{
    for (size_t i = 0; i < count; i++)
        if (put_one(p, &list[i], e) != FLOW_OK)
            return FLOW_FATAL;
    return FLOW_OK;
}

void pack_abort(struct pack *p)
{
    if (!p)
        return;
    for (int i = 0; i < 2; i++)
        deposit_abort(p->door[i]);
    buf_fini(&p->body);
    free(p);
}

enum flow pack_close(struct pack *p, struct err *e)
{
    enum flow flow = FLOW_OK;
    for (int i = 0; i < 2; i++) {
        if (flow == FLOW_OK)
            flow = deposit_close(p->door[i], e);
        else
            deposit_abort(p->door[i]);
        p->door[i] = NULL;
    }
    pack_abort(p);
    return flow;
}
