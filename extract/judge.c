/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/judge.h"

#include "extract/proxy.h"
#include "extract/retry.h"
#include "extract/sniff.h"
#include "extract/ssh_key.h"
#include "schemas/archive/http.h"
#include "schemas/run/digest.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static void fail(struct verdict *v, enum failure f, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void fail(struct verdict *v, enum failure f, const char *fmt, ...)
{
    va_list ap;
    v->outcome = OUTCOME_FAILED;
    v->failure = f;
    va_start(ap, fmt);
    (void)vsnprintf(v->message, sizeof v->message, fmt, ap);
    va_end(ap);
}

/* ---- bodies ---- */

static int gzip_coding(struct http_value v)
{
    return (v.len == 4 && strncasecmp(v.text, "gzip", 4) == 0) || (v.len == 6 && strncasecmp(v.text, "x-gzip", 6) == 0);
}

/* Takes the content coding off; what has none is looked at where it stands. 1 when it can be looked at. */
static int decode(struct run *r, struct http_value coding, const char *p, size_t n, struct warc_part *text,
                  struct verdict *v)
{
    struct err why = {0};
    int magic = n >= 2 && (unsigned char)p[0] == 0x1f && (unsigned char)p[1] == 0x8b;
    int announced = coding.text && coding.len && !(coding.len == 8 && strncasecmp(coding.text, "identity", 8) == 0);
    if (announced && !gzip_coding(coding)) {
        fail(v, FAILURE_ENCODING_UNKNOWN, "content coding '%.*s' was not asked for and is not known",
             (int)(coding.len < 40 ? coding.len : 40), coding.text);
        return 0;
    }
    if (announced && !magic && n)
        v->failure = FAILURE_ENCODING_ABSENT; /* what it is worth is seen in look() */
    *text = (struct warc_part){p, n};
    if (!magic && n <= r->decoded.max)
        return 1;
    enum gzip_fault fault = archive_decode(p, n, (unsigned)r->edition->limits.gzip_ratio, &r->decoded, &why);
    if (fault == GZIP_TOO_LARGE || fault == GZIP_RATIO)
        fail(v, FAILURE_TOO_LARGE, "%s", why.text);
    else if (fault == GZIP_MEMORY)
        fail(v, FAILURE_OTHER, "%s", why.text);
    else if (fault != GZIP_OK)
        fail(v, FAILURE_ENCODING_CUT, "%s", why.text);
    *text = (struct warc_part){buf_str(&r->decoded), r->decoded.len};
    return fault == GZIP_OK;
}

/* A server that says gzip and sends something else. The text itself, whole by its length and by its end, is taken: the
 * word is wrong, not the return. Anything less is evidence only. */
static void look_uncoded(int whole, struct verdict *v)
{
    if (!whole) {
        fail(v, FAILURE_ENCODING_ABSENT, "gzip announced, the body is plain and not proven whole");
        return;
    }
    v->outcome = OUTCOME_FETCHED;
    (void)snprintf(v->message, sizeof v->message, "warning: gzip announced, the body is plain: taken as it is");
}

static void look(struct warc_part text, int proven, struct verdict *v)
{
    struct sniff s = sniff_body(text.data, text.len);
    if (s.empty)
        fail(v, FAILURE_EMPTY, "the body is empty");
    else if (s.html)
        fail(v, FAILURE_LOGIN_PAGE, "an HTML page in place of the return");
    else if (s.html_appended)
        fail(v, FAILURE_HTML_APPENDED, "an HTML page follows the return");
    else if (!proven && !s.closed)
        fail(v, FAILURE_UNVERIFIED, "no length was announced and the end of the document is not there");
    else if (v->failure == FAILURE_ENCODING_ABSENT)
        look_uncoded(proven && s.closed, v);
    else
        v->outcome = OUTCOME_FETCHED;
}

static enum flow take_payload(struct verdict *v, const char *p, size_t n, struct err *e)
{
    v->payload = p;
    v->payload_len = n;
    return digest_of(p, n, v->digest, e);
}

enum flow judge_bytes(struct run *r, const char *p, size_t n, int complete, struct verdict *v, struct err *e)
{
    struct http_value none = {NULL, 0};
    struct warc_part text;
    *v = (struct verdict){.until = INSTANT_NONE, .keep = 1};
    if (decode(r, none, p, n, &text, v))
        look(text, complete, v);
    return take_payload(v, p, n, e);
}

/* ---- HTTP ---- */

static void too_large(const struct run *r, struct verdict *v)
{
    fail(v, FAILURE_TOO_LARGE, "the body is larger than the edition's limit of %" PRId64 " bytes",
         r->edition->limits.body_bytes);
}

/* The payload of the answer: chunks taken off when there are any. */
static enum flow find_payload(struct run *r, const struct fetch_answer *a, struct verdict *v, struct err *e)
{
    const char *p = buf_str(a->body);
    size_t n = a->body->len;
    int whole = 0;
    if (n && http_is_chunked(buf_str(a->head), a->head->len)) {
        buf_reset(&r->plain);
        enum flow f = http_dechunk(p, n, &r->plain, &whole, e);
        if (f != FLOW_OK)
            return f;
        if (whole || r->plain.len) {
            p = buf_str(&r->plain);
            n = r->plain.len;
        }
    }
    return take_payload(v, p, n, e);
}

static int same_tag(struct http_value a, const char *b)
{
    const char *p = a.text;
    size_t n = a.len;
    if (n > 2 && strncmp(p, "W/", 2) == 0)
        p += 2, n -= 2;
    if (strncmp(b, "W/", 2) == 0)
        b += 2;
    return strlen(b) == n && memcmp(p, b, n) == 0;
}

static void judge_304(struct run *r, struct task *t, const struct fetch_answer *a, struct verdict *v)
{
    struct ask *ask = run_ask(r, t);
    struct http_value tag = http_field(buf_str(a->head), a->head->len, "ETag");
    int other = tag.text && *ask->memory.etag && !same_tag(tag, ask->memory.etag);
    if (ask->conditions && !other) {
        v->outcome = OUTCOME_UNCHANGED;
        v->not_modified = 1;
        return;
    }
    if (!ask->plain) {
        ask->plain = 1;
        v->kind = VERDICT_AGAIN;
        return;
    }
    fail(v, FAILURE_BAD_304, "not modified (304) in answer to a request without conditions");
}

/* Appends the hop just made to the trail. */
static void note_hop(struct ask *a, int status)
{
    char masked[URL_MAX];
    struct err ignored;
    hosts_mask_url(a->hosts, &a->url, masked, sizeof masked);
    (void)!buf_printf(&a->hops, &ignored, "%s%d %s", a->hops.len ? " -> " : "", status, masked);
}

static int host_known(const struct run *r, const struct url *u)
{
    return hosts_find(r->hosts, u) || map_get(r->hosts_seen, u->host, strlen(u->host)) != MAP_NONE;
}

static void judge_redirect(struct run *r, struct task *t, const struct fetch_answer *a, struct verdict *v)
{
    struct ask *ask = run_ask(r, t);
    struct url to;
    struct http_value location = http_field(buf_str(a->head), a->head->len, "Location");
    const char *why =
        location.text ? url_join(&ask->url, location.text, location.len, &to) : "the redirect has no Location";
    v->keep = 0;
    if (why)
        fail(v, FAILURE_REDIRECT_BAD, "status %d: %s", a->status, why);
    else if (!url_is_http(&to))
        fail(v, FAILURE_REDIRECT_BAD, "redirected to an address of scheme %s", url_scheme_name(to.scheme));
    else if (ask->url.scheme == URL_HTTPS && to.scheme == URL_HTTP)
        fail(v, FAILURE_REDIRECT_DOWNGRADE, "redirected from https to http, host %s: not followed", to.host);
    else if (!url_same_host(&to, &ask->first) && !host_known(r, &to))
        fail(v, FAILURE_REDIRECT_HOST,
             "redirected to host %s, which neither the register nor the hosts table names: not followed", to.host);
    else if (ask->redirects >= ASK_REDIRECTS)
        fail(v, FAILURE_REDIRECT_LOOP, "more than %d redirects", ASK_REDIRECTS);
    if (v->failure != FAILURE_NONE)
        return;
    note_hop(ask, a->status);
    ask->redirects++;
    ask->url = to;
    ask->rule = hosts_find(r->hosts, &to);
    v->kind = VERDICT_REDIRECT;
}

static void take_retry_after(const struct fetch_answer *a, struct verdict *v)
{
    struct http_value after = http_field(buf_str(a->head), a->head->len, "Retry-After");
    if (after.text)
        v->until = retry_after(after.text, after.len, clock_now(), RETRY_REMEMBERED_S * INT64_C(1000000));
}

static void judge_status(struct run *r, struct task *t, const struct fetch_answer *a, struct verdict *v)
{
    int s = a->status;
    if (s == 304) {
        judge_304(r, t, a, v);
    } else if (s == 301 || s == 302 || s == 303 || s == 307 || s == 308) {
        judge_redirect(r, t, a, v);
    } else if (s == 403 || s == 404 || s == 410) {
        v->outcome = OUTCOME_NOT_PUBLISHED;
        v->keep = 0;
        (void)snprintf(v->message, sizeof v->message, "status %d", s);
    } else if (s == 429 || s == 408 || s == 425 || s / 100 == 5) {
        take_retry_after(a, v);
        fail(v, s == 511 ? FAILURE_PORTAL : s == 429 ? FAILURE_THROTTLED : FAILURE_SERVER, "status %d", s);
    } else if (s == 407 && *proxy_for(&run_ask(r, t)->url)) {
        fail(v, FAILURE_PROXY, "status 407: the proxy asks for credentials, or refuses those of the environment");
    } else if (s == 401 || s == 407) {
        fail(v, FAILURE_UNAUTHORIZED,
             "status %d: the source asks for credentials the hosts table does not give, or refuses them", s);
    } else {
        fail(v, FAILURE_STATUS, "unexpected status %d", s);
    }
}

/* Is the end of the body proven by the protocol? Two lengths that contradict each other prove nothing. */
static int length_proven(const struct fetch_answer *a)
{
    const char *head = buf_str(a->head);
    size_t n = a->head->len;
    return http_is_chunked(head, n) ||
           (http_field(head, n, "Content-Length").text && http_field_agrees(head, n, "Content-Length"));
}

static void judge_fault(const struct fetch_answer *a, struct verdict *v)
{
    int chunked = a->fault == FETCH_RESET && http_is_chunked(buf_str(a->head), a->head->len);
    if (chunked && http_chunks_broken(buf_str(a->body), a->body->len))
        fail(v, FAILURE_NOT_HTTP, "what stands where a chunk must begin is none");
    else
        fail(v, failure_of_fault(a->fault), "%s", a->message);
}

static enum flow judge_http(struct run *r, struct task *t, const struct fetch_answer *a, struct verdict *v,
                            struct err *e)
{
    struct warc_part text;
    enum flow f = find_payload(r, a, v, e);
    v->keep = http_head_length(buf_str(a->head), a->head->len) > 0;
    if (f != FLOW_OK)
        return f;
    if (a->fault == FETCH_TOO_LARGE || (a->status == 200 && v->payload_len > (size_t)r->edition->limits.body_bytes))
        too_large(r, v);
    else if (a->fault != FETCH_OK)
        judge_fault(a, v);
    else if (!v->keep)
        fail(v, FAILURE_NOT_HTTP, "the answer does not begin with a head of HTTP");
    else if (a->status != 200)
        judge_status(r, t, a, v);
    else if (decode(r, http_field(buf_str(a->head), a->head->len, "Content-Encoding"), v->payload, v->payload_len,
                    &text, v))
        look(text, length_proven(a), v);
    return FLOW_OK;
}

/* ---- sftp, ftps ---- */

static void judge_look(struct run *r, struct task *t, const struct fetch_answer *a, struct verdict *v)
{
    struct ask *ask = run_ask(r, t);
    int first = ask->phase == ASK_LOOK;
    v->keep = 0;
    if (a->size == 0) {
        fail(v, FAILURE_EMPTY, "the file is empty");
    } else if (!first && (a->size != ask->size || a->modified != ask->modified)) {
        fail(v, FAILURE_GROWING, "the file changed between two looks: %" PRId64 " then %" PRId64 " bytes", ask->size,
             a->size);
    } else {
        ask->size = a->size;
        ask->modified = a->modified;
        ask->phase = first ? ASK_LOOK_AGAIN : ASK_GET;
        v->kind = VERDICT_LOOK;
    }
}

static enum flow judge_file(struct run *r, struct task *t, const struct fetch_answer *a, struct verdict *v,
                            struct err *e)
{
    struct ask *ask = run_ask(r, t);
    size_t n = a->body->len;
    enum flow f = judge_bytes(r, buf_str(a->body), n, ask->size >= 0, v, e);
    if (f != FLOW_OK || v->outcome != OUTCOME_FETCHED)
        return f;
    if (ask->size >= 0 && (int64_t)n != ask->size)
        fail(v, FAILURE_GROWING, "%" PRId64 " bytes were announced and %zu received", ask->size, n);
    return FLOW_OK;
}

/* What could be opened and gave nothing, twice, on connections of their own, is not a broken connection. */
static int nothing_to_read(const struct run *r, const struct task *t, const struct fetch_answer *a)
{
    return a->fault == FETCH_OTHER && run_ask(r, t)->url.scheme == URL_SFTP && run_ask(r, t)->phase == ASK_GET &&
           !a->body->len && t->attempts > 1;
}

static void judge_login(const struct run *r, const struct task *t, struct verdict *v)
{
    const char *why;
    enum failure f = ssh_key_fault(run_ask(r, t)->rule, &why);
    fail(v, f, "%s", why);
}

static enum flow judge_other(struct run *r, struct task *t, const struct fetch_answer *a, struct verdict *v,
                             struct err *e)
{
    if (a->fault == FETCH_MISSING) {
        v->outcome = OUTCOME_NOT_PUBLISHED;
        (void)snprintf(v->message, sizeof v->message, "no such file");
        return FLOW_OK;
    }
    if (a->fault == FETCH_TOO_LARGE)
        too_large(r, v);
    else if (a->fault == FETCH_LOGIN && run_ask(r, t)->url.scheme == URL_SFTP)
        judge_login(r, t, v);
    else if (nothing_to_read(r, t, a))
        fail(v, FAILURE_DENIED, "it can be opened and not read: a folder in place of a file? (%s)", a->message);
    else if (a->fault != FETCH_OK)
        fail(v, failure_of_fault(a->fault), "%s", a->message);
    else if (run_ask(r, t)->phase != ASK_GET)
        judge_look(r, t, a, v);
    else
        return judge_file(r, t, a, v, e);
    if (v->kind == VERDICT_OUTCOME && a->body->len) {
        v->keep = 1;
        return take_payload(v, buf_str(a->body), a->body->len, e);
    }
    return FLOW_OK;
}

enum flow judge(struct run *r, struct task *t, const struct fetch_answer *a, struct verdict *v, struct err *e)
{
    *v = (struct verdict){.until = INSTANT_NONE};
    int http = url_is_http(&run_ask(r, t)->url);
    enum flow f = http ? judge_http(r, t, a, v, e) : judge_other(r, t, a, v, e);
    if (a->certificate.verdict == CERTIFICATE_EXPIRED || a->certificate.verdict == CERTIFICATE_NOT_YET) {
        char date[INSTANT_TEXT_MAX];
        int expired = a->certificate.verdict == CERTIFICATE_EXPIRED;
        (void)clock_print(expired ? a->certificate.not_after : a->certificate.not_before, date);
        if (v->failure == FAILURE_TLS_EXPIRED || v->failure == FAILURE_TLS_NOT_YET)
            fail(v, v->failure, "certificate of %s %s %s", run_ask(r, t)->url.host,
                 expired ? "expired on" : "is valid only from", date);
    }
    return f;
}
