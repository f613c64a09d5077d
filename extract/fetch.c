/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's multi interface driven by events, one handle a slot: a turn costs what happened in it, not what is waited
 * for. Redirects, decoding and retries stay off: the rest of the room decides. */
#include "extract/fetch.h"

#include "extract/address.h"
#include "extract/proxy.h"
#include "extract/ssh_key.h"
#include "extract/watch.h"
#include "schemas/run/clock.h"

#include <curl/curl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEAD_BYTES_MAX = 64 * 1024,
    KEEP_BYTES = 128 * 1024,
    HAPPY_EYEBALLS_MS = 200,
    READ_BYTES = 64 * 1024, /* a return is read at once */
    POLL_MS = 20
};

struct slot {
    CURL *easy;
    struct curl_slist *headers;
    struct fetch_request request;
    struct url url;
    struct fetch_answer answer;
    struct buf head, body;
    int64_t started, moved; /* monotonic: begun; last byte */
    int stalled;
    int running, finished, too_large, long_head, refused_private, host_key;
    char refused[64]; /* the private address */
    char curl_text[CURL_ERROR_SIZE];
};

struct fetcher {
    CURLM *multi;
    /* For ftps: of its two connections libcurl 7.88 does not say that it waits for both. NULL: none yet. */
    CURLM *polled;
    size_t polling;   /* at work there */
    int watch, blind; /* descriptor; one could not be watched */
    int64_t due;      /* when libcurl wants to be called, whatever happens; INT64_MAX: not before something does */
    struct fetch_limits limits;
    struct slot *slot; /* twice `parallel`: an answer keeps its slot while its connection works for another */
    size_t slots, parallel;
    size_t running, taken; /* at work; at work or answered */
    size_t *done;          /* queue of finished slots */
    size_t done_from, done_to;
};

/* ---- what libcurl calls ---- */

static size_t on_head(char *p, size_t size, size_t n, void *ctx)
{
    struct slot *s = ctx;
    struct err e;
    s->moved = clock_monotonic();
    if (size * n >= 5 && memcmp(p, "HTTP/", 5) == 0)
        buf_reset(&s->head);
    s->long_head = s->head.len + size * n > s->head.max;
    return buf_put(&s->head, p, size * n, &e) == FLOW_OK ? size * n : 0;
}

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
    struct slot *s = ctx;
    struct err e;
    size_t room = s->body.max - s->body.len, take = size * n < room ? size * n : room;
    s->moved = clock_monotonic();
    if (s->request.stat)
        return size * n;
    s->too_large = take < size * n;
    if (buf_put(&s->body, p, take, &e) != FLOW_OK)
        return 0;
    return take;
}

static curl_socket_t on_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
    struct slot *s = ctx;
    int allowed = s->request.rule && s->request.rule->allow_private;
    if (purpose == CURLSOCKTYPE_IPCXN && !allowed && !*proxy_for(&s->url) && address_private(&a->addr)) {
        s->refused_private = 1;
        (void)getnameinfo(&a->addr, (socklen_t)a->addrlen, s->refused, sizeof s->refused, NULL, 0, NI_NUMERICHOST);
        return CURL_SOCKET_BAD;
    }
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static CURLcode on_tls(CURL *easy, void *ssl_ctx, void *ctx)
{
    struct slot *s = ctx;
    (void)easy;
    return certificate_watch(ssl_ctx, &s->answer.certificate) ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

static int on_host_key(CURL *easy, const struct curl_khkey *known, const struct curl_khkey *found,
                       enum curl_khmatch match, void *ctx)
{
    struct slot *s = ctx;
    (void)easy;
    (void)known;
    (void)found;
    s->host_key = match == CURLKHMATCH_OK ? 1 : match == CURLKHMATCH_MISMATCH ? -2 : -1;
    return match == CURLKHMATCH_OK ? CURLKHSTAT_FINE : CURLKHSTAT_REJECT;
}

/* libcurl says what it waits for. */
static int on_watch(CURL *easy, curl_socket_t fd, int what, void *ctx, void *known)
{
    struct fetcher *f = ctx;
    int wanted = what == CURL_POLL_IN      ? WATCH_IN
                 : what == CURL_POLL_OUT   ? WATCH_OUT
                 : what == CURL_POLL_INOUT ? WATCH_IN | WATCH_OUT
                                           : 0;
    (void)easy;
    (void)known;
    if (!watch_set(f->watch, fd, wanted))
        f->blind = 1;
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *ctx)
{
    struct fetcher *f = ctx;
    (void)multi;
    f->due = ms < 0 ? INT64_MAX : clock_monotonic() + (int64_t)ms * 1000;
    return 0;
}

/* ---- opening ---- */

static void slot_init(struct slot *s, size_t body_max, size_t i)
{
    buf_init(&s->head, HEAD_BYTES_MAX);
    buf_init(&s->body, body_max);
    s->answer.slot = i;
}

static CURLM *multi_of(const struct fetcher *f, const struct slot *s)
{
    return s->url.scheme == URL_FTPS ? f->polled : f->multi;
}

static int multi_open(struct fetcher *f)
{
    f->multi = curl_multi_init();
    return f->multi && curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, (long)f->parallel * 2) == CURLM_OK &&
           curl_multi_setopt(f->multi, CURLMOPT_SOCKETFUNCTION, on_watch) == CURLM_OK &&
           curl_multi_setopt(f->multi, CURLMOPT_SOCKETDATA, f) == CURLM_OK &&
           curl_multi_setopt(f->multi, CURLMOPT_TIMERFUNCTION, on_timer) == CURLM_OK &&
           curl_multi_setopt(f->multi, CURLMOPT_TIMERDATA, f) == CURLM_OK;
}

struct fetcher *fetcher_open(size_t parallel, const struct fetch_limits *limits, struct err *e)
{
    struct fetcher *f = calloc(1, sizeof *f);
    if (f)
        f->watch = -1;
    int ok = f && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    if (ok) {
        f->limits = *limits;
        f->parallel = parallel;
        f->due = INT64_MAX;
        f->watch = watch_open(e);
        f->slot = calloc(2 * parallel, sizeof *f->slot);
        f->done = calloc(2 * parallel + 1, sizeof *f->done);
        ok = f->watch >= 0;
    }
    for (; ok && f->slot && f->slots < 2 * parallel; f->slots++)
        slot_init(&f->slot[f->slots], limits->body_max, f->slots);
    if (ok && !(f->slot && f->done && multi_open(f))) {
        (void)err_set(e, STATUS_SYSTEM, "libcurl cannot be started");
        ok = 0;
    } else if (!f) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory for %zu requests", parallel);
    }
    if (ok)
        return f;
    fetcher_close(f);
    return NULL;
}

void fetcher_close(struct fetcher *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->slots; i++) {
        struct slot *s = &f->slot[i];
        if (s->running)
            (void)curl_multi_remove_handle(multi_of(f, s), s->easy);
        curl_easy_cleanup(s->easy);
        curl_slist_free_all(s->headers);
        buf_fini(&s->head);
        buf_fini(&s->body);
    }
    if (f->multi)
        (void)curl_multi_cleanup(f->multi);
    if (f->polled)
        (void)curl_multi_cleanup(f->polled);
    if (f->watch >= 0)
        (void)close(f->watch);
    free(f->slot);
    free(f->done);
    free(f);
    curl_global_cleanup();
}

size_t fetcher_free_slots(const struct fetcher *f)
{
    size_t room = f->parallel - f->running, slots = f->slots - f->taken;
    return room < slots ? room : slots;
}

size_t fetcher_answers(const struct fetcher *f)
{
    return f->slots;
}

size_t fetcher_running(const struct fetcher *f)
{
    return f->running;
}

/* ---- starting ---- */

/* Remembers the first refusal, so that a list of options reads as a list. */
struct setting {
    CURL *easy;
    CURLcode rc;
};

static void set_long(struct setting *o, CURLoption option, long v)
{
    if (o->rc == CURLE_OK)
        o->rc = curl_easy_setopt(o->easy, option, v);
}

static void set_text(struct setting *o, CURLoption option, const char *v)
{
    if (o->rc == CURLE_OK && v)
        o->rc = curl_easy_setopt(o->easy, option, v);
}

static void set_pointer(struct setting *o, CURLoption option, void *v)
{
    if (o->rc == CURLE_OK)
        o->rc = curl_easy_setopt(o->easy, option, v);
}

static int add_header(struct slot *s, const char *name, const char *value)
{
    char line[URL_MAX];
    int n = snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *more = n > 0 && (size_t)n < sizeof line ? curl_slist_append(s->headers, line) : NULL;
    if (more)
        s->headers = more;
    explicit_bzero(line, sizeof line);
    return more != NULL;
}

static int make_headers(struct slot *s)
{
    const struct fetch_request *r = &s->request;
    char bearer[URL_MAX];
    int ok = add_header(s, "Accept", "application/xml, text/xml;q=0.9, */*;q=0.1");
    if (ok && r->if_none_match && *r->if_none_match)
        ok = add_header(s, "If-None-Match", r->if_none_match);
    if (ok && r->if_modified_since && *r->if_modified_since)
        ok = add_header(s, "If-Modified-Since", r->if_modified_since);
    if (ok && r->no_cache)
        ok = add_header(s, "Cache-Control", "no-cache");
    if (ok && r->rule && r->rule->bearer) {
        (void)snprintf(bearer, sizeof bearer, "Bearer %s", r->rule->bearer);
        ok = add_header(s, "Authorization", bearer);
        explicit_bzero(bearer, sizeof bearer);
    }
    return ok;
}

static void set_http(struct setting *o, struct slot *s)
{
    set_pointer(o, CURLOPT_HTTPHEADER, s->headers);
    set_text(o, CURLOPT_ACCEPT_ENCODING, NULL);
    set_long(o, CURLOPT_HTTP_CONTENT_DECODING, 0);
    set_long(o, CURLOPT_HTTP_TRANSFER_DECODING, 0);
    set_long(o, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    set_long(o, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
    set_text(o, CURLOPT_USERAGENT, "pre-extract/" PRE_VERSION);
}

static void set_tls(struct setting *o, struct slot *s)
{
    const struct host_rule *r = s->request.rule;
    set_long(o, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    set_long(o, CURLOPT_SSL_VERIFYPEER, 1);
    set_long(o, CURLOPT_SSL_VERIFYHOST, 2);
    set_pointer(o, CURLOPT_SSL_CTX_DATA, s);
    if (o->rc == CURLE_OK)
        o->rc = curl_easy_setopt(o->easy, CURLOPT_SSL_CTX_FUNCTION, on_tls);
    if (r) {
        set_text(o, CURLOPT_CAINFO, r->ca);
        set_text(o, CURLOPT_SSLCERT, r->certificate);
        set_text(o, CURLOPT_SSLKEY, r->key);
    }
}

static void set_login(struct setting *o, const struct host_rule *r)
{
    if (!r)
        return;
    set_text(o, CURLOPT_USERNAME, r->user);
    set_text(o, CURLOPT_PASSWORD, r->password);
}

/* known_hosts is compulsory: without a file libcurl would accept any host. */
static void set_ssh(struct setting *o, struct slot *s)
{
    const struct host_rule *r = s->request.rule;
    set_text(o, CURLOPT_SSH_KNOWNHOSTS, r && r->known_hosts ? r->known_hosts : "/dev/null");
    set_pointer(o, CURLOPT_SSH_KEYDATA, s);
    if (o->rc == CURLE_OK)
        o->rc = curl_easy_setopt(o->easy, CURLOPT_SSH_KEYFUNCTION, on_host_key);
    set_long(o, CURLOPT_SSH_AUTH_TYPES,
             r && r->password  ? CURLSSH_AUTH_PASSWORD
             : r && r->ssh_key ? CURLSSH_AUTH_PUBLICKEY
                               : CURLSSH_AUTH_AGENT);
    if (r && r->ssh_key)
        set_text(o, CURLOPT_SSH_PRIVATE_KEYFILE, r->ssh_key);
    set_login(o, r);
}

static void set_limits(struct setting *o, const struct fetch_limits *l)
{
    set_long(o, CURLOPT_NOSIGNAL, 1);
    set_long(o, CURLOPT_CONNECTTIMEOUT_MS, l->connect_ms);
    set_long(o, CURLOPT_TIMEOUT, l->total_s);
    set_long(o, CURLOPT_HAPPY_EYEBALLS_TIMEOUT_MS, HAPPY_EYEBALLS_MS);
}

static CURLcode configure(struct fetcher *f, struct slot *s, const char *address)
{
    struct setting o = {s->easy, CURLE_OK};
    set_text(&o, CURLOPT_URL, address);
    set_text(&o, CURLOPT_PROTOCOLS_STR, url_scheme_name(s->url.scheme));
    set_text(&o, CURLOPT_REDIR_PROTOCOLS_STR, "https");
    set_long(&o, CURLOPT_BUFFERSIZE, READ_BYTES);
    set_long(&o, CURLOPT_FOLLOWLOCATION, 0);
    set_long(&o, CURLOPT_FRESH_CONNECT, s->request.fresh);
    set_long(&o, CURLOPT_NETRC, CURL_NETRC_IGNORED);
    set_text(&o, CURLOPT_PROXY, proxy_for(&s->url));
    set_pointer(&o, CURLOPT_PRIVATE, s);
    set_pointer(&o, CURLOPT_ERRORBUFFER, s->curl_text);
    set_pointer(&o, CURLOPT_HEADERDATA, s);
    set_pointer(&o, CURLOPT_WRITEDATA, s);
    set_pointer(&o, CURLOPT_OPENSOCKETDATA, s);
    set_limits(&o, &f->limits);
    if (o.rc == CURLE_OK)
        o.rc = curl_easy_setopt(s->easy, CURLOPT_HEADERFUNCTION, on_head);
    if (o.rc == CURLE_OK)
        o.rc = curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, on_body);
    if (o.rc == CURLE_OK)
        o.rc = curl_easy_setopt(s->easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    if (url_is_http(&s->url))
        set_http(&o, s);
    if (s->url.scheme == URL_HTTPS || s->url.scheme == URL_FTPS)
        set_tls(&o, s);
    if (s->url.scheme == URL_SFTP)
        set_ssh(&o, s);
    if (s->url.scheme == URL_FTPS) {
        set_long(&o, CURLOPT_USE_SSL, CURLUSESSL_ALL);
        /* servers want the TLS session of the first connection again on that of the file: libcurl keeps it with the
         * handle */
        set_long(&o, CURLOPT_FORBID_REUSE, 1);
        set_login(&o, s->request.rule);
    }
    if (s->url.scheme == URL_FTPS || s->url.scheme == URL_SFTP) {
        set_long(&o, CURLOPT_FILETIME, 1);
        set_long(&o, CURLOPT_NOBODY, s->request.stat);
    }
    return o.rc;
}

static struct slot *free_slot(struct fetcher *f)
{
    for (size_t i = 0; i < f->slots; i++)
        if (!f->slot[i].running && !f->slot[i].finished)
            return &f->slot[i];
    return NULL;
}

static void prepare(struct slot *s, const struct fetch_request *r)
{
    size_t i = s->answer.slot;
    s->request = *r;
    s->url = *r->url;
    s->request.url = &s->url;
    s->answer = (struct fetch_answer){
        .task = r->task, .head = &s->head, .body = &s->body, .size = -1, .modified = INSTANT_NONE, .slot = i};
    s->answer.certificate = (struct certificate_seen){CERTIFICATE_UNSEEN, INSTANT_NONE, INSTANT_NONE};
    s->too_large = s->long_head = s->refused_private = s->host_key = s->stalled = 0;
    s->curl_text[0] = '\0';
    buf_reset(&s->head);
    buf_reset(&s->body);
    curl_slist_free_all(s->headers);
    s->headers = NULL;
}

enum flow fetcher_start(struct fetcher *f, const struct fetch_request *r, struct err *e)
{
    struct slot *s = free_slot(f);
    struct url address;
    if (!s)
        return err_set(e, STATUS_BUG, "no free slot");
    if (!s->easy && !(s->easy = curl_easy_init()))
        return err_set(e, STATUS_SYSTEM, "out of memory for a request");
    prepare(s, r);
    address = s->url;
    if (r->parameter && r->rule && r->rule->secret && strchr(r->rule->secret, '=')) {
        const char *why = url_add_parameter(&address, r->rule->secret);
        if (why)
            return err_set(e, STATUS_DATA, "%s", why);
    }
    if (!make_headers(s))
        return err_set(e, STATUS_SYSTEM, "no memory, or a header too long");
    CURLcode rc = configure(f, s, address.text);
    explicit_bzero(&address, sizeof address);
    if (rc != CURLE_OK)
        return err_set(e, STATUS_BUG, "libcurl refused an option: %s", curl_easy_strerror(rc));
    if (s->url.scheme == URL_FTPS && !f->polled && !(f->polled = curl_multi_init()))
        return err_set(e, STATUS_SYSTEM, "out of memory for a request");
    if (curl_multi_add_handle(multi_of(f, s), s->easy) != CURLM_OK)
        return err_set(e, STATUS_SYSTEM, "libcurl refused a request");
    f->polling += s->url.scheme == URL_FTPS;
    s->started = s->moved = clock_monotonic();
    s->running = 1;
    f->running++;
    f->taken++;
    return FLOW_OK;
}

/* ---- finishing ---- */

static enum fetch_fault timeout_kind(const struct slot *s)
{
    curl_off_t sent = 0;
    (void)curl_easy_getinfo(s->easy, CURLINFO_PRETRANSFER_TIME_T, &sent);
    if (s->stalled)
        return FETCH_STALL;
    return sent > 0 ? FETCH_TIMEOUT : FETCH_CONNECT_TIMEOUT;
}

static enum fetch_fault verification_kind(const struct slot *s)
{
    if (s->url.scheme == URL_SFTP)
        return FETCH_HOST_KEY;
    switch (s->answer.certificate.verdict) {
    case CERTIFICATE_EXPIRED:
        return FETCH_TLS_EXPIRED;
    case CERTIFICATE_NOT_YET:
        return FETCH_TLS_NOT_YET;
    case CERTIFICATE_ISSUER:
        return FETCH_TLS_ISSUER;
    case CERTIFICATE_GOOD:
        return FETCH_TLS_HOST;
    default:
        return FETCH_TLS;
    }
}

/* A new connection that broke before the proxy said yes to CONNECT is the proxy's fault. */
static int proxy_said_no(const struct slot *s)
{
    long said = 0, made = 0;
    int tunnel = s->url.scheme != URL_HTTP && *proxy_for(&s->url);
    (void)curl_easy_getinfo(s->easy, CURLINFO_HTTP_CONNECTCODE, &said);
    (void)curl_easy_getinfo(s->easy, CURLINFO_NUM_CONNECTS, &made);
    return tunnel && made > 0 && said / 100 != 2;
}

static enum fetch_fault fault_of(const struct slot *s, CURLcode rc)
{
    if (s->too_large)
        return FETCH_TOO_LARGE;
    if (s->long_head)
        return FETCH_LONG_HEAD;
    if (s->refused_private)
        return FETCH_PRIVATE;
    switch (rc) {
    case CURLE_OK:
        return FETCH_OK;
    case CURLE_COULDNT_RESOLVE_HOST:
        return FETCH_NAME;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
        return FETCH_PROXY;
    case CURLE_COULDNT_CONNECT:
        return *proxy_for(&s->url) ? FETCH_PROXY : FETCH_CONNECT;
    case CURLE_OPERATION_TIMEDOUT:
        return timeout_kind(s);
    case CURLE_GOT_NOTHING:
        return FETCH_NO_ANSWER;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        if (strstr(s->curl_text, "alert certificate required")) /* in TLS 1.3 said after the handshake */
            return FETCH_TLS_CLIENT;
        return proxy_said_no(s) ? FETCH_PROXY : FETCH_RESET;
    case CURLE_PARTIAL_FILE:
        return FETCH_SHORT;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_FUNCTION_ARGUMENT:
        return FETCH_NOT_HTTP;
    case CURLE_PEER_FAILED_VERIFICATION:
        return verification_kind(s);
    case CURLE_SSL_CONNECT_ERROR:
        return FETCH_TLS;
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_SSL_CACERT_BADFILE:
        return FETCH_TLS_CLIENT;
    case CURLE_SSH:
        return s->body.len ? FETCH_RESET : FETCH_OTHER;
    case CURLE_LOGIN_DENIED:
        return FETCH_LOGIN;
    case CURLE_REMOTE_FILE_NOT_FOUND:
        return FETCH_MISSING;
    case CURLE_REMOTE_ACCESS_DENIED:
        return FETCH_DENIED;
    default:
        return FETCH_OTHER;
    }
}

static void take_info(struct slot *s)
{
    struct fetch_answer *a = &s->answer;
    long status = 0;
    char *ip = NULL;
    curl_off_t size = -1, modified = -1;
    (void)curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(s->easy, CURLINFO_PRIMARY_IP, &ip);
    a->status = url_is_http(&s->url) ? (int)status : 0;
    if (ip)
        (void)snprintf(a->address, sizeof a->address, "%s", ip);
    if (s->url.scheme == URL_SFTP || s->url.scheme == URL_FTPS) {
        (void)curl_easy_getinfo(s->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &size);
        (void)curl_easy_getinfo(s->easy, CURLINFO_FILETIME_T, &modified);
        a->size = size;
        a->modified = modified >= 0 ? (int64_t)modified * 1000000 : INSTANT_NONE;
    }
}

/* In our words where the library's lead astray. */
static void fault_text(struct slot *s, CURLcode rc, char *out, size_t size)
{
    if (s->answer.fault == FETCH_OK)
        return;
    if (s->answer.fault == FETCH_HOST_KEY)
        ssh_host_text(s->request.rule, &s->url, s->host_key == -2, out, size);
    else if (s->answer.fault == FETCH_PRIVATE)
        (void)snprintf(out, size,
                       "%s leads to the loopback, link-local or private address %s: no connection was made; "
                       "allow_private in the hosts table says when that is meant",
                       s->url.host, s->refused);
    else if (s->answer.fault == FETCH_LONG_HEAD)
        (void)snprintf(out, size, "the head of the answer is longer than %d bytes", HEAD_BYTES_MAX);
    else if (rc == CURLE_BAD_FUNCTION_ARGUMENT)
        (void)snprintf(out, size, "the head of the answer begins with a folded line");
    else if (rc == CURLE_OUT_OF_MEMORY)
        (void)snprintf(out, size, "no memory, or a line of the answer's head that is longer than libcurl takes");
    else
        (void)snprintf(out, size, "%s",
                       *s->curl_text && !proxy_password_in(&s->url, s->curl_text) ? s->curl_text
                                                                                  : curl_easy_strerror(rc));
}

static void complete(struct fetcher *f, struct slot *s, CURLcode rc)
{
    struct fetch_answer *a = &s->answer;
    take_info(s);
    a->fault = fault_of(s, rc);
    a->took = clock_monotonic() - s->started;
    fault_text(s, rc, a->message, sizeof a->message);
    (void)curl_multi_remove_handle(multi_of(f, s), s->easy);
    f->polling -= s->url.scheme == URL_FTPS;
    /* no second request: up to 8.0 libcurl adds a head that begins with a folded line to a field it freed with the
     * first */
    curl_easy_cleanup(s->easy);
    s->easy = NULL;
    s->running = 0;
    s->finished = 1;
    f->running--;
    f->done[f->done_to] = a->slot;
    f->done_to = (f->done_to + 1) % (f->slots + 1);
}

/* libcurl averages speed over several seconds; a limit on silence has to be exact. */
static void stop_the_silent(struct fetcher *f)
{
    int64_t now = clock_monotonic(), most = (int64_t)f->limits.stall_s * 1000000;
    for (size_t i = 0; i < f->slots; i++) {
        struct slot *s = &f->slot[i];
        if (!s->running || now - s->moved <= most)
            continue;
        s->stalled = 1;
        (void)snprintf(s->curl_text, sizeof s->curl_text, "no byte for %ld seconds, %zu received", f->limits.stall_s,
                       s->body.len);
        complete(f, s, CURLE_OPERATION_TIMEDOUT);
    }
}

static CURLMcode act(struct fetcher *f, curl_socket_t fd, int what)
{
    int running = 0, mask = (what & (WATCH_IN | WATCH_ERROR) ? CURL_CSELECT_IN : 0) |
                            (what & WATCH_OUT ? CURL_CSELECT_OUT : 0) | (what & WATCH_ERROR ? CURL_CSELECT_ERR : 0);
    return curl_multi_socket_action(f->multi, fd, mask, &running);
}

/* What libcurl wanted to do by now: begin what was started, see time limits. */
static CURLMcode act_on_time(struct fetcher *f)
{
    if (f->due > clock_monotonic())
        return CURLM_OK;
    f->due = INT64_MAX; /* until it says otherwise */
    return act(f, CURL_SOCKET_TIMEOUT, 0);
}

static enum flow checked(const struct fetcher *f, CURLMcode rc, struct err *e)
{
    if (rc != CURLM_OK)
        return err_set(e, STATUS_SYSTEM, "libcurl: %s", curl_multi_strerror(rc));
    return f->blind ? err_set(e, STATUS_SYSTEM, "a connection cannot be watched") : FLOW_OK;
}

static void take_finished_of(struct fetcher *f, CURLM *multi)
{
    int left = 0;
    CURLMsg *m;
    while (multi && (m = curl_multi_info_read(multi, &left))) {
        char *private = NULL;
        CURLcode result = m->data.result;
        if (m->msg == CURLMSG_DONE && curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &private) == CURLE_OK &&
            private)
            complete(f, (struct slot *)(void *)private, result);
    }
}

static void take_finished(struct fetcher *f)
{
    take_finished_of(f, f->multi);
    take_finished_of(f, f->polled);
}

static int wait_until_due(const struct fetcher *f, int wait_ms)
{
    if (f->polling && wait_ms > POLL_MS)
        wait_ms = POLL_MS;
    int64_t left = f->due == INT64_MAX ? INT64_MAX : f->due - clock_monotonic();
    return left <= 0 ? 0 : left / 1000 < wait_ms ? (int)((left + 999) / 1000) : wait_ms;
}

enum flow fetcher_turn(struct fetcher *f, int wait_ms, struct err *e)
{
    struct watch_event event[WATCH_AT_ONCE];
    int polled;
    CURLMcode rc = act_on_time(f);
    take_finished(f); /* a request may have been answered while it was being sent */
    int n = watch_wait(f->watch, f->done_from == f->done_to ? wait_until_due(f, wait_ms) : 0, event, e);
    for (int i = 0; i < n && rc == CURLM_OK; i++)
        rc = act(f, event[i].fd, event[i].what);
    if (rc == CURLM_OK)
        rc = act_on_time(f);
    if (rc == CURLM_OK && f->polling)
        rc = curl_multi_perform(f->polled, &polled);
    if (n < 0)
        return FLOW_FATAL;
    take_finished(f);
    stop_the_silent(f);
    return checked(f, rc, e);
}

enum flow fetcher_push(struct fetcher *f, struct err *e)
{
    return checked(f, act_on_time(f), e);
}

const struct fetch_answer *fetcher_next(struct fetcher *f)
{
    if (f->done_from == f->done_to)
        return NULL;
    struct slot *s = &f->slot[f->done[f->done_from]];
    f->done_from = (f->done_from + 1) % (f->slots + 1);
    return &s->answer;
}

void fetcher_release(struct fetcher *f, const struct fetch_answer *a)
{
    struct slot *s = &f->slot[a->slot];
    if (s->body.cap > KEEP_BYTES)
        buf_fini(&s->body);
    s->finished = 0;
    f->taken--;
}
