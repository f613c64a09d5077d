/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/commit.h"

#include "schemas/archive/http.h"
#include "schemas/archive/index.h"
#include "schemas/run/crash.h"
#include "schemas/run/digest.h"
#include "schemas/run/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES = 24, NUMBER = 24, EVIDENCE_MAX = 1 << 20 };

/* The lines of a mark, with storage for the numbers among them. */
struct mark {
    struct warc_field line[LINES];
    char number[LINES][INSTANT_TEXT_MAX];
    size_t n;
};

static void put_text(struct mark *m, const char *name, const char *value)
{
    if (value && *value && m->n < LINES)
        m->line[m->n++] = (struct warc_field){name, value};
}

static void put_number(struct mark *m, const char *name, int64_t v)
{
    if (m->n < LINES) {
        (void)snprintf(m->number[m->n], sizeof m->number[0], "%" PRId64, v);
        put_text(m, name, m->number[m->n]);
    }
}

static void put_instant(struct mark *m, const char *name, int64_t t)
{
    if (t != INSTANT_NONE && m->n < LINES) {
        (void)clock_print(t, m->number[m->n]);
        put_text(m, name, m->number[m->n]);
    }
}

/* An earlier record with the same payload, for a revisit; r->record holds it. */
static enum flow find_earlier(struct run *r, const char *digest, struct deposit_data *d, struct err *e)
{
    struct err why;
    enum flow f = r->archive ? archive_find_body(r->archive, digest, &r->record, &why) : FLOW_END;
    if (f == FLOW_FATAL && why.status == STATUS_SYSTEM)
        return err_set(e, why.status, "%s", why.text);
    if (f != FLOW_OK || r->record.payload_digest != WARC_DIGEST_GOOD)
        return FLOW_OK; /* none, or damaged: kept whole again */
    d->refers_id = warc_get(&r->record, "WARC-Record-ID");
    d->refers_uri = warc_get(&r->record, "WARC-Target-URI");
    d->refers_date = warc_get(&r->record, "WARC-Date");
    if (d->refers_id && d->refers_uri && d->refers_date) {
        d->type = WARC_REVISIT;
        d->content_type = NULL;
    }
    return FLOW_OK;
}

static void refer_to_memory(const struct ask_memory *m, struct deposit_data *d)
{
    d->type = WARC_REVISIT;
    d->not_modified = 1;
    d->digest = m->digest;
    d->refers_id = m->id;
    d->refers_uri = m->uri;
    d->refers_date = m->date;
}

/* Only the beginning of what is over the limit is kept. */
static enum flow shorten(const struct fetch_answer *a, struct deposit_data *d, char hex[DIGEST_HEX_MAX], struct err *e)
{
    if (a->body->len <= EVIDENCE_MAX)
        return FLOW_OK;
    d->payload = (struct warc_part){a->body->data, EVIDENCE_MAX};
    d->truncated = 1;
    struct buf plain;
    int whole;
    buf_init(&plain, EVIDENCE_MAX);
    enum flow f = FLOW_OK;
    if (http_is_chunked(buf_str(a->head), a->head->len))
        f = http_dechunk(a->body->data, EVIDENCE_MAX, &plain, &whole, e);
    if (f == FLOW_OK)
        f = plain.len ? digest_of(plain.data, plain.len, hex, e) : digest_of(a->body->data, EVIDENCE_MAX, hex, e);
    buf_fini(&plain);
    return f;
}

/* The head into r->text, without what must not be kept: servers repeat our address in Location and the like. */
static enum flow copy_head(struct run *r, const char *p, size_t n, struct err *e)
{
    struct buf whole;
    buf_reset(&r->text);
    if (!hosts_have_secrets(r->hosts))
        return http_head_copy(p, n, &r->text, e);
    buf_init(&whole, r->text.max);
    enum flow f = http_head_copy(p, n, &whole, e);
    if (f == FLOW_OK)
        f = hosts_mask(r->hosts, HOSTS_HEAD, buf_str(&whole), whole.len, &r->text, e);
    buf_fini(&whole);
    return f;
}

static int is_gz(const struct url *u)
{
    size_t n = strlen(u->text);
    return n > 3 && strcmp(u->text + n - 3, ".gz") == 0;
}

/* What of the answer goes into the data record; d->uri and hex are the caller's storage. */
static enum flow make_data(struct run *r, const struct task *t, const struct fetch_answer *a, const struct verdict *v,
                           struct deposit_data *d, char hex[DIGEST_HEX_MAX], struct err *e)
{
    struct ask *ask = run_ask(r, t);
    int http = url_is_http(&ask->url);
    (void)snprintf(hex, DIGEST_HEX_MAX, "%s", v->digest);
    d->digest = hex;
    d->address = a->address;
    d->type = http ? WARC_RESPONSE : WARC_RESOURCE;
    d->content_type = is_gz(&ask->url) ? "application/gzip" : "application/xml";
    d->payload = (struct warc_part){buf_str(a->body), a->body->len};
    d->cut = a->fault == FETCH_SHORT || a->fault == FETCH_RESET || a->fault == FETCH_STALL || a->fault == FETCH_TIMEOUT;
    enum flow f = FLOW_OK;
    if (http) {
        size_t head = http_head_length(buf_str(a->head), a->head->len);
        f = copy_head(r, buf_str(a->head), head, e);
        d->head = (struct warc_part){buf_str(&r->text), r->text.len};
    }
    if (f == FLOW_OK && v->not_modified)
        refer_to_memory(&ask->memory, d);
    else if (f == FLOW_OK && v->failure == FAILURE_TOO_LARGE)
        f = shorten(a, d, hex, e);
    if (f == FLOW_OK && !v->not_modified)
        f = find_earlier(r, hex, d, e);
    return f;
}

static void put_lengths(struct mark *m, const struct fetch_answer *a, const struct verdict *v)
{
    struct http_value announced = http_field(buf_str(a->head), a->head->len, "Content-Length");
    if (announced.text && announced.len < sizeof m->number[0] && m->n < LINES) {
        memcpy(m->number[m->n], announced.text, announced.len);
        m->number[m->n][announced.len] = '\0';
        put_text(m, "announced", m->number[m->n]);
    } else if (a->size >= 0) {
        put_number(m, "announced", a->size);
    }
    put_number(m, "received", (int64_t)v->payload_len);
    put_instant(m, "modified", a->modified);
}

static void make_mark(const struct run *r, const struct task *t, const struct fetch_answer *a, const struct verdict *v,
                      const char *source, int64_t now, struct mark *m)
{
    const struct ask *ask = run_ask(r, t);
    put_text(m, "outcome", outcome_name((enum outcome)t->outcome));
    put_text(m, "class", failure_name((enum failure)t->failure));
    put_text(m, "source", source);
    put_text(m, "hops", buf_str(&ask->hops));
    put_number(m, "attempts", t->attempts);
    if (t->status)
        put_number(m, "status", t->status);
    put_instant(m, "started", ask->began);
    put_instant(m, "ended", now);
    if (a) {
        put_number(m, "microseconds", a->took);
        put_lengths(m, a, v);
        put_instant(m, "certificate-expires", a->certificate.not_after);
    }
    put_instant(m, "retry-after", v->until);
    put_text(m, "earlier-tries", run_note(r, t));
    put_text(m, "message", v->message);
}

static void log_outcome(const struct run *r, const struct task *t, const struct verdict *v, const char *uri)
{
    enum log_level level = t->failure != FAILURE_NONE ? LOG_WARNING : LOG_INFO; /* a class without failing warns */
    log_event(level, outcome_name((enum outcome)t->outcome), LOG_TEXT("unit", run_unit(r, t)),
              LOG_TEXT("class", failure_name((enum failure)t->failure)), LOG_NUM("attempts", t->attempts),
              LOG_NUM("status", t->status), LOG_NUM("bytes", t->bytes),
              LOG_TEXT("message", *v->message ? v->message : NULL),
              level == LOG_WARNING ? LOG_TEXT("url", uri) : LOG_LAST);
}

/* The same content as last time is "unchanged", whatever the server says of it. */
static enum outcome settle(const struct run *r, const struct task *t, const struct verdict *v)
{
    if (v->outcome == OUTCOME_FETCHED && r->archive && archive_last_is(r->archive, t->unit, v->digest))
        return OUTCOME_UNCHANGED;
    return v->outcome;
}

static void set_outcome(struct run *r, struct task *t, const struct fetch_answer *a, const struct verdict *v)
{
    t->outcome = settle(r, t, v);
    t->failure = v->failure;
    t->status = a ? (uint16_t)a->status : 0;
    t->bytes = v->payload_len > UINT32_MAX ? UINT32_MAX : (uint32_t)v->payload_len;
    r->done++;
    r->bytes += t->bytes;
    r->answered += t->outcome != OUTCOME_FAILED || t->status != 0;
}

/* For the summary; what was noted of earlier tries is in the archive now. */
static enum flow keep_message(struct run *r, struct task *t, const struct verdict *v, struct err *e)
{
    struct aside *a;
    if (task_aside(r, t, &a, e) != FLOW_OK)
        return FLOW_FATAL;
    free(a->note);
    a->note = *v->message ? strdup(v->message) : NULL;
    return *v->message && !a->note ? err_set(e, STATUS_SYSTEM, "out of memory for a message") : FLOW_OK;
}

enum flow commit_task(struct run *r, struct task *t, const struct fetch_answer *a, const struct verdict *v,
                      struct err *e)
{
    char uri[URL_MAX], source[URL_MAX], hex[DIGEST_HEX_MAX];
    struct deposit_data data = {.uri = uri};
    struct mark m = {.n = 0};
    enum flow f = FLOW_OK;
    set_outcome(r, t, a, v);
    int keep = a && (v->keep || v->not_modified || v->outcome == OUTCOME_FETCHED);
    int64_t now = clock_now();
    hosts_mask_url(run_ask(r, t)->hosts, &run_ask(r, t)->url, uri, sizeof uri);
    hosts_mask_url(run_ask(r, t)->hosts, &run_ask(r, t)->first, source, sizeof source);
    if (keep)
        f = make_data(r, t, a, v, &data, hex, e);
    make_mark(r, t, a, v, source, now, &m);
    if (f == FLOW_OK)
        f = deposit_commit(r->deposit, run_unit(r, t), keep ? &data : NULL, uri, m.line, m.n, now, e);
    if (f == FLOW_OK) {
        r->commits++;
        log_outcome(r, t, v, uri);
        crash_point("unit committed");
        f = keep_message(r, t, v, e);
    }
    return f;
}

enum flow commit_inbox(struct run *r, const char *unit, const char *name, const struct verdict *v, struct err *e)
{
    char uri[INDEX_NAME_MAX + 16];
    struct mark m = {.n = 0};
    (void)snprintf(uri, sizeof uri, ARCHIVE_INBOX_URI "%s", name);
    struct deposit_data d = {.type = WARC_RESOURCE,
                             .uri = uri,
                             .content_type = "application/xml",
                             .payload = {v->payload, v->payload_len},
                             .digest = v->digest,
                             .truncated = v->failure == FAILURE_TOO_LARGE};
    int64_t now = clock_now();
    enum flow f = find_earlier(r, v->digest, &d, e);
    put_text(&m, "outcome", outcome_name(v->outcome));
    put_text(&m, "class", failure_name(v->failure));
    put_text(&m, "source", uri);
    put_number(&m, "received", (int64_t)v->payload_len);
    put_text(&m, "message", v->message);
    if (f == FLOW_OK)
        f = deposit_commit(r->deposit, unit, &d, uri, m.line, m.n, now, e);
    if (f == FLOW_OK) {
        r->commits++;
        log_event(v->outcome == OUTCOME_FAILED ? LOG_WARNING : LOG_INFO, "inbox", LOG_TEXT("unit", unit),
                  LOG_TEXT("name", name), LOG_TEXT("outcome", outcome_name(v->outcome)),
                  LOG_TEXT("class", failure_name(v->failure)), LOG_NUM("bytes", v->payload_len));
        crash_point("inbox committed");
    }
    return f;
}
