/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/ask.h"

#include "extract/recall.h"
#include "extract/retry.h"
#include "schemas/archive/http.h"
#include "schemas/archive/index.h"
#include "schemas/run/clock.h"
#include "schemas/run/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ask *ask_open(struct run *r, const struct task *t, struct err *e)
{
    struct ask *a = calloc(1, sizeof *a);
    if (!a) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory for a request");
        return NULL;
    }
    const char *why = url_parse(run_source(r, t), &a->first);
    if (why) {
        (void)err_set(e, STATUS_DATA, "%s: source: %s", run_unit(r, t), why);
        free(a);
        return NULL;
    }
    a->url = a->first;
    a->hosts = r->hosts;
    a->rule = hosts_find(r->hosts, &a->url);
    a->phase = a->url.scheme == URL_SFTP || a->url.scheme == URL_FTPS ? ASK_LOOK : ASK_GET;
    a->size = -1;
    a->modified = INSTANT_NONE;
    a->began = clock_now();
    buf_init(&a->hops, (size_t)URL_MAX * (ASK_REDIRECTS + 1) * 2);
    return a;
}

void ask_close(struct ask *a)
{
    if (!a)
        return;
    buf_fini(&a->hops);
    free(a);
}

static void copy_field(char *out, size_t size, const struct warc_record *r, const char *name)
{
    struct http_value v = http_field(buf_str(&r->block), r->payload, name);
    size_t n = v.text && v.len < size ? v.len : 0;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)v.text[i] < ' ' || v.text[i] == 0x7f)
            n = 0; /* sent back, it would be no header field */
    if (n)
        memcpy(out, v.text, n);
    out[n] = '\0';
}

static int copy_text(char *out, size_t size, const char *s)
{
    int n = s ? snprintf(out, size, "%s", s) : -1;
    return n > 0 && (size_t)n < size;
}

/* A date ahead of the answer it came with (or none at all) would have the server say for ever that nothing changed. */
static void drop_future(struct ask_memory *m, const char *answered)
{
    int64_t modified = http_date(m->modified), at;
    if (modified == INSTANT_NONE || !answered || !clock_parse(answered, strlen(answered), 0, &at) || modified > at)
        m->modified[0] = '\0';
}

/* What the last believed record of the source says; FLOW_END when there is none. */
static enum flow read_validators(const struct run *r, const struct task *t, struct warc_record *record,
                                 struct ask_memory *m, struct err *e)
{
    enum flow f = archive_last_data(r->archive, t->unit, record, e);
    if (f != FLOW_OK)
        return f;
    if (!copy_text(m->asked, sizeof m->asked, warc_get(record, "WARC-Target-URI")) || !record->payload)
        return FLOW_END;
    index_payload_digest(record, m->digest, sizeof m->digest);
    copy_field(m->etag, sizeof m->etag, record, "ETag");
    copy_field(m->modified, sizeof m->modified, record, "Last-Modified");
    drop_future(m, warc_get(record, "WARC-Date"));
    return FLOW_OK;
}

/* The record itself, digest checked by the reader. */
static enum flow read_body(const struct run *r, struct warc_record *record, struct ask_memory *m, struct err *e)
{
    enum flow f = archive_find_body(r->archive, m->digest, record, e);
    if (f != FLOW_OK)
        return f;
    m->known = record->payload_digest == WARC_DIGEST_GOOD &&
               copy_text(m->id, sizeof m->id, warc_get(record, "WARC-Record-ID")) &&
               copy_text(m->uri, sizeof m->uri, warc_get(record, "WARC-Target-URI")) &&
               copy_text(m->date, sizeof m->date, warc_get(record, "WARC-Date"));
    return FLOW_OK;
}

enum flow ask_recall(const struct run *r, const struct task *t, struct warc_record *record, struct ask_memory *m,
                     struct err *e)
{
    struct err why;
    if (!r->archive)
        return FLOW_OK;
    enum flow f = read_validators(r, t, record, m, &why);
    if (f == FLOW_OK)
        f = read_body(r, record, m, &why);
    if (f == FLOW_FATAL && why.status == STATUS_SYSTEM)
        return err_set(e, why.status, "%s", why.text);
    if (f == FLOW_FATAL) {
        m->known = 0;
        log_event(LOG_WARNING, "archived-body-unreadable", LOG_TEXT("unit", run_unit(r, t)),
                  LOG_TEXT("message", why.text));
    }
    return FLOW_OK;
}

enum flow ask_remember(struct run *r, const struct task *t, struct ask *a, struct err *e)
{
    enum flow f = FLOW_OK;
    if (!url_is_http(&a->url))
        return FLOW_OK;
    if (r->recall && recall_take(r->recall, (size_t)(t - r->task), &a->memory, &f, e))
        return f;
    return ask_recall(r, t, &r->record, &a->memory, e);
}

int ask_deferred(const struct run *r, const struct task *t, int64_t *until)
{
    const int64_t now = clock_now();
    return !t->attempts && r->archive && archive_last(r->archive, t->unit, until) && *until != INSTANT_NONE &&
           *until > now && *until <= now + RETRY_REMEMBERED_S * INT64_C(1000000); /* else a clock was ahead then */
}

int ask_may_be_conditional(const struct ask *a)
{
    char masked[URL_MAX];
    if (a->plain || !a->memory.known || (!*a->memory.etag && !*a->memory.modified))
        return 0;
    hosts_mask_url(a->hosts, &a->url, masked, sizeof masked);
    return strcmp(masked, a->memory.asked) == 0;
}

enum flow ask_send(struct run *r, struct task *t, struct err *e)
{
    struct ask *a = run_ask(r, t);
    a->conditions = ask_may_be_conditional(a);
    struct fetch_request q = {.url = &a->url,
                              .rule = a->rule,
                              .no_cache = a->plain,
                              .fresh = t->attempts > 1,
                              .stat = a->phase != ASK_GET,
                              .task = t,
                              .parameter = url_same_host(&a->url, &a->first)};
    if (a->conditions) {
        q.if_none_match = a->memory.etag;
        q.if_modified_since = *a->memory.etag ? "" : a->memory.modified;
    }
    r->requests++;
    if (r->config->verbose) {
        char masked[URL_MAX];
        hosts_mask_url(a->hosts, &a->url, masked, sizeof masked);
        log_event(LOG_DEBUG, "ask", LOG_TEXT("unit", run_unit(r, t)), LOG_TEXT("url", masked),
                  LOG_NUM("conditional", a->conditions));
    }
    return fetcher_start(r->fetcher, &q, e);
}
