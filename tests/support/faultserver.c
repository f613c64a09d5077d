/* SPDX-License-Identifier: Apache-2.0 */
/* pre-faultserver: an HTTP/1.1 server on loopback that can be made to lie. Raw sockets, one thread a connection, so
 * that every byte on the wire is ours: cut, dripped, wrong lengths, false encodings. Serves files with ETag,
 * Last-Modified, 304, keep-alive; a script (tests/support/script.h) says otherwise per path; the request log is the
 * witness of what was asked. */
#include "schemas/run/fs.h"
#include "schemas/run/map.h"
#include "tests/support/member.h"
#include "tests/support/script.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_MAX = 64 * 1024, BODY_MAX = 256 << 20, HEAD_MAX = 64 * 1024, ADDRESSES_MAX = 4 };

static struct server {
    const char *root;
    const char *log;
    int log_fd;
    long latency_ms;
    int port;
    struct script script;
    pthread_mutex_t mutex;
    struct map *seen; /* paths */
    long *counts;     /* requests per path, by index of `seen` */
    size_t counts_cap;
    long requests, connections;
} server = {.log_fd = -1, .mutex = PTHREAD_MUTEX_INITIALIZER};

struct request {
    char method[8];
    char target[4096]; /* as sent */
    char path[4096];   /* without query */
    char host[256];
    char if_none_match[256];
    char if_modified_since[64];
    char accept_encoding[128];
    int authorization;
    int keep_alive;
};

struct answer {
    int fd;
    long connection, seq;
    const struct request *rq;
    const struct script_row *row;
    int status;
    struct buf head, body;
    size_t sent; /* body bytes */
    int close;
};

static void wait_ms(long ms)
{
    struct timespec t = {ms / 1000, (ms % 1000) * 1000000L};
    while (nanosleep(&t, &t) != 0 && errno == EINTR)
        continue;
}

/* An answer leaves that long after its request came: what it takes to make it is no latency of its own. */
static struct timespec after_latency(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += server.latency_ms / 1000;
    t.tv_nsec += server.latency_ms % 1000 * 1000000L;
    t.tv_sec += t.tv_nsec / 1000000000L;
    t.tv_nsec %= 1000000000L;
    return t;
}

static void wait_until(const struct timespec *t)
{
    while (server.latency_ms && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, t, NULL) == EINTR)
        continue;
}

static int send_all(int fd, const void *p, size_t n)
{
    const char *at = p;
    while (n > 0) {
        ssize_t k = send(fd, at, n, MSG_NOSIGNAL);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return 0;
        at += k;
        n -= (size_t)k;
    }
    return 1;
}

static void http_date(time_t t, char *out, size_t size)
{
    static const char day[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char month[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm tm;
    (void)gmtime_r(&t, &tm);
    (void)snprintf(out, size, "%s, %02d %s %04d %02d:%02d:%02d GMT", day[tm.tm_wday], tm.tm_mday, month[tm.tm_mon],
                   tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* ---- request ---- */

static void copy_value(char *out, size_t size, const char *p, size_t n)
{
    size_t k = n < size - 1 ? n : size - 1;
    memcpy(out, p, k);
    out[k] = '\0';
}

static void take_header(struct request *rq, const char *line, size_t n)
{
    static const struct {
        const char *name;
        size_t at, size;
    } known[] = {
        {"host", offsetof(struct request, host), sizeof rq->host},
        {"if-none-match", offsetof(struct request, if_none_match), sizeof rq->if_none_match},
        {"if-modified-since", offsetof(struct request, if_modified_since), sizeof rq->if_modified_since},
        {"accept-encoding", offsetof(struct request, accept_encoding), sizeof rq->accept_encoding},
    };
    const char *colon = memchr(line, ':', n);
    if (!colon)
        return;
    size_t name = (size_t)(colon - line);
    const char *v = colon + 1;
    while (v < line + n && *v == ' ')
        v++;
    size_t len = (size_t)(line + n - v);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i].name) == name && strncasecmp(line, known[i].name, name) == 0)
            copy_value((char *)rq + known[i].at, known[i].size, v, len);
    if (name == 13 && strncasecmp(line, "authorization", 13) == 0)
        rq->authorization = 1;
    if (name == 10 && strncasecmp(line, "connection", 10) == 0 && len >= 5 && strncasecmp(v, "close", 5) == 0)
        rq->keep_alive = 0;
}

static int parse_request(const char *p, size_t n, struct request *rq)
{
    char version[16];
    *rq = (struct request){.keep_alive = 1};
    char line[REQUEST_MAX / 8];
    const char *end = memchr(p, '\n', n);
    if (!end || (size_t)(end - p) >= sizeof line)
        return 0;
    copy_value(line, sizeof line, p, (size_t)(end - p));
    if (sscanf(line, "%7s %4095s %15s", rq->method, rq->target, version) != 3)
        return 0;
    copy_value(rq->path, sizeof rq->path, rq->target, strcspn(rq->target, "?#"));
    rq->keep_alive = strcmp(version, "HTTP/1.0") != 0;
    for (const char *at = end + 1; at < p + n;) {
        const char *stop = memchr(at, '\n', (size_t)(p + n - at));
        if (!stop)
            break;
        size_t len = (size_t)(stop - at);
        if (len && at[len - 1] == '\r')
            len--;
        take_header(rq, at, len);
        at = stop + 1;
    }
    return 1;
}

/* Reads until an empty line; what follows stays in in[]. Returns the length of the request head, 0 at the end of the
 * connection. */
static size_t read_request(int fd, char *in, size_t *have)
{
    for (;;) {
        in[*have] = '\0';
        char *end = memmem(in, *have, "\r\n\r\n", 4);
        if (end)
            return (size_t)(end - in) + 4;
        if (*have >= REQUEST_MAX - 1)
            return 0;
        ssize_t k = recv(fd, in + *have, REQUEST_MAX - 1 - *have, 0);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return 0;
        *have += (size_t)k;
    }
}

static long count_request(const char *path, long *seq)
{
    struct err e;
    uint32_t i;
    long n = 0;
    (void)pthread_mutex_lock(&server.mutex);
    *seq = ++server.requests;
    if (map_put(server.seen, path, strlen(path), &i, NULL, &e) == FLOW_OK) {
        if (i >= server.counts_cap) {
            size_t cap = server.counts_cap ? server.counts_cap * 2 : 1024;
            long *c = realloc(server.counts, cap * sizeof *c);
            if (c) {
                memset(c + server.counts_cap, 0, (cap - server.counts_cap) * sizeof *c);
                server.counts = c;
                server.counts_cap = cap;
            }
        }
        if (i < server.counts_cap)
            n = ++server.counts[i];
    }
    (void)pthread_mutex_unlock(&server.mutex);
    return n;
}

/* ---- answer ---- */

static int unhex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static int local_path(const char *path, char *out, size_t size)
{
    size_t n = (size_t)snprintf(out, size, "%s", server.root);
    for (const char *p = path; *p && n + 1 < size; p++) {
        int hi = p[0] == '%' ? unhex(p[1]) : -1, lo = hi >= 0 ? unhex(p[2]) : -1;
        out[n++] = lo >= 0 ? (char)(hi * 16 + lo) : *p;
        p += lo >= 0 ? 2 : 0;
    }
    out[n] = '\0';
    return !strstr(out + strlen(server.root), "/..");
}

static int load_file(const char *path, struct buf *body, time_t *mtime)
{
    char file[8192];
    struct stat st;
    struct err e;
    if (!local_path(path, file, sizeof file) || stat(file, &st) != 0 || !S_ISREG(st.st_mode) ||
        fs_read(file, body, &e) != FLOW_OK)
        return 0;
    *mtime = st.st_mtime;
    return 1;
}

static void etag_of(const struct buf *b, char *out, size_t size)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < b->len; i++)
        h = (h ^ (unsigned char)b->data[i]) * 1099511628211u;
    (void)snprintf(out, size, "\"%016llx\"", (unsigned long long)h);
}

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *text;
    } table[] = {{200, "OK"},
                 {301, "Moved Permanently"},
                 {302, "Found"},
                 {303, "See Other"},
                 {304, "Not Modified"},
                 {307, "Temporary Redirect"},
                 {308, "Permanent Redirect"},
                 {400, "Bad Request"},
                 {401, "Unauthorized"},
                 {403, "Forbidden"},
                 {404, "Not Found"},
                 {410, "Gone"},
                 {429, "Too Many Requests"},
                 {500, "Internal Server Error"},
                 {503, "Service Unavailable"}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].status == status)
            return table[i].text;
    return "Answer";
}

/* Appends one scripted header line with its placeholders replaced. */
static enum flow put_scripted(struct answer *a, const char *p, size_t n, struct err *e)
{
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < n && f == FLOW_OK;) {
        long add;
        int used = 0;
        char date[64];
        if (strncmp(p + i, "{port}", 6) == 0) {
            f = buf_printf(&a->head, e, "%d", server.port);
            i += 6;
        } else if (strncmp(p + i, "{host}", 6) == 0) {
            f = buf_puts(&a->head, a->rq->host, e);
            i += 6;
        } else if (sscanf(p + i, "{date%ld}%n", &add, &used) == 1 && used > 0) {
            http_date(time(NULL) + add, date, sizeof date);
            f = buf_puts(&a->head, date, e);
            i += (size_t)used;
        } else {
            f = buf_putc(&a->head, p[i++], e);
        }
    }
    return f == FLOW_OK ? buf_puts(&a->head, "\r\n", e) : f;
}

static int scripted(const struct script_row *row, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = row ? row->headers : ""; *p;) {
        size_t len = strcspn(p, "|");
        if (len > n && strncasecmp(p, name, n) == 0 && p[n] == ':')
            return 1;
        p += len + (p[len] == '|');
    }
    return 0;
}

static enum flow put_headers(struct answer *a, time_t mtime, const char *etag, long length, struct err *e)
{
    char date[64];
    http_date(time(NULL), date, sizeof date);
    enum flow f = buf_printf(&a->head, e, "HTTP/1.1 %d %s\r\nServer: faultserver\r\nDate: %s\r\n", a->status,
                             reason(a->status), date);
    if (f == FLOW_OK && *etag && !scripted(a->row, "ETag"))
        f = buf_printf(&a->head, e, "ETag: %s\r\n", etag);
    if (f == FLOW_OK && mtime && !scripted(a->row, "Last-Modified")) {
        http_date(mtime, date, sizeof date);
        f = buf_printf(&a->head, e, "Last-Modified: %s\r\n", date);
    }
    if (f == FLOW_OK && a->status != 304 && !scripted(a->row, "Content-Type"))
        f = buf_printf(&a->head, e, "Content-Type: application/xml\r\n");
    if (f == FLOW_OK && length >= 0 && a->status != 304)
        f = buf_printf(&a->head, e, "Content-Length: %ld\r\n", length);
    enum fault fault = a->row ? a->row->fault : FAULT_NONE;
    if (f == FLOW_OK && (fault == FAULT_CHUNKED || fault == FAULT_CHUNK_CUT))
        f = buf_puts(&a->head, "Transfer-Encoding: chunked\r\n", e);
    if (f == FLOW_OK && fault >= FAULT_GZIP && fault <= FAULT_GZIP_MEMBERS && !scripted(a->row, "Content-Encoding"))
        f = buf_puts(&a->head, "Content-Encoding: gzip\r\n", e);
    for (const char *p = a->row ? a->row->headers : ""; *p && f == FLOW_OK;) {
        size_t len = strcspn(p, "|");
        if (len && p[len - 1] != ':')
            f = put_scripted(a, p, len, e);
        p += len + (p[len] == '|');
    }
    if (f == FLOW_OK)
        f = buf_printf(&a->head, e, "Connection: %s\r\n\r\n", a->close ? "close" : "keep-alive");
    return f;
}

/* Replaces the body by its gzip form, in one or two members. */
static enum flow compress_body(struct answer *a, int members, struct err *e)
{
    struct buf out;
    buf_init(&out, BODY_MAX);
    size_t half = members > 1 ? a->body.len / 2 : a->body.len;
    enum flow f = member_put(buf_str(&a->body), half, &out, e);
    if (f == FLOW_OK && members > 1)
        f = member_put(a->body.data + half, a->body.len - half, &out, e);
    buf_fini(&a->body);
    a->body = out;
    return f;
}

static void send_body(struct answer *a, size_t n)
{
    n = n < a->body.len ? n : a->body.len;
    if (strcmp(a->rq->method, "HEAD") != 0 && n && send_all(a->fd, a->body.data, n))
        a->sent = n;
}

static void send_drip(struct answer *a)
{
    size_t step = a->row->at > 0 ? (size_t)a->row->at : 1;
    for (size_t at = 0; at < a->body.len; at += step) {
        size_t n = a->body.len - at < step ? a->body.len - at : step;
        if (!send_all(a->fd, a->body.data + at, n))
            return;
        a->sent += n;
        wait_ms(a->row->delay_ms > 0 ? a->row->delay_ms : 1000);
    }
}

static void send_chunks(struct answer *a, size_t n, int whole)
{
    size_t at = 0;
    n = n < a->body.len ? n : a->body.len;
    while (at < n) {
        size_t k = n - at < 4096 ? n - at : 4096;
        char line[32];
        int len = snprintf(line, sizeof line, "%zx\r\n", k);
        if (!send_all(a->fd, line, (size_t)len) || !send_all(a->fd, a->body.data + at, k) ||
            !send_all(a->fd, "\r\n", 2))
            return;
        at += k;
    }
    a->sent = n;
    if (whole)
        (void)send_all(a->fd, "0\r\n\r\n", 5);
}

static void send_endless(struct answer *a)
{
    char block[16384];
    memset(block, 'x', sizeof block);
    (void)send_all(a->fd, "<retour>", 8);
    while (send_all(a->fd, block, sizeof block))
        a->sent += sizeof block;
}

static enum flow prepare_fault(struct answer *a, enum fault fault, struct err *e)
{
    enum flow f = FLOW_OK;
    if (fault == FAULT_GZIP || fault == FAULT_GZIP_CUT)
        f = compress_body(a, 1, e);
    else if (fault == FAULT_GZIP_MEMBERS)
        f = compress_body(a, 2, e);
    else if (fault == FAULT_GZIP_DOUBLE)
        f = compress_body(a, 1, e) == FLOW_OK ? compress_body(a, 1, e) : FLOW_FATAL;
    if (fault == FAULT_GZIP_CUT && a->row->at > 0 && (size_t)a->row->at < a->body.len)
        a->body.len = (size_t)a->row->at;
    else if (fault == FAULT_GZIP_CUT)
        a->body.len /= 2;
    return f;
}

static long announced(const struct answer *a, enum fault fault)
{
    switch (fault) {
    case FAULT_CHUNKED:
    case FAULT_CHUNK_CUT:
    case FAULT_NO_LENGTH:
    case FAULT_NO_LENGTH_CUT:
    case FAULT_ENDLESS:
        return -1;
    case FAULT_LENGTH:
        return a->row->at;
    default:
        return (long)a->body.len;
    }
}

static int ends_connection(enum fault fault)
{
    return fault == FAULT_CUT || fault == FAULT_CHUNK_CUT || fault == FAULT_LENGTH || fault == FAULT_NO_LENGTH ||
           fault == FAULT_NO_LENGTH_CUT || fault == FAULT_ENDLESS;
}

static void transmit(struct answer *a, enum fault fault)
{
    size_t at = a->row && a->row->at > 0 ? (size_t)a->row->at : 0;
    if (!send_all(a->fd, a->head.data, a->head.len) || a->status == 304)
        return;
    switch (fault) {
    case FAULT_DRIP:
        send_drip(a);
        break;
    case FAULT_CUT:
    case FAULT_NO_LENGTH_CUT:
    case FAULT_STALL_BODY:
        send_body(a, at);
        break;
    case FAULT_CHUNKED:
        send_chunks(a, a->body.len, 1);
        break;
    case FAULT_CHUNK_CUT:
        send_chunks(a, at, 0);
        break;

    case FAULT_ENDLESS:
        send_endless(a);
        break;
    default:
        send_body(a, a->body.len);
    }
}

static enum flow answer_body(struct answer *a, time_t *mtime, char *etag, size_t size, struct err *e)
{
    const char *body = a->row ? a->row->body : "";
    if (strncmp(body, "text:", 5) == 0)
        return buf_puts(&a->body, body + 5, e);
    if (a->row && !*body && a->row->status >= 300)
        return FLOW_OK;
    char path[4096];
    (void)snprintf(path, sizeof path, "/%s", body);
    if (!load_file(*body ? path : a->rq->path, &a->body, mtime)) {
        a->status = 404;
        return buf_puts(&a->body, "<html><body>not found</body></html>\n", e);
    }
    etag_of(&a->body, etag, size);
    return FLOW_OK;
}

static int not_modified(const struct answer *a, const char *etag, time_t mtime)
{
    char date[64];
    if (a->status != 200 || scripted(a->row, "ETag"))
        return 0;
    if (*a->rq->if_none_match)
        return strstr(a->rq->if_none_match, etag) != NULL && *etag;
    http_date(mtime, date, sizeof date);
    return mtime && strcmp(date, a->rq->if_modified_since) == 0;
}

static void log_answer(const struct answer *a, const char *fault)
{
    char line[16384];
    struct timespec now;
    if (server.log_fd < 0)
        return;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    const char *quote = strchr(a->rq->target, ',') ? "\"" : "";
    int n = snprintf(line, sizeof line, "%ld,%ld.%03ld,%ld,%s,%s%s%s,%s,\"%s%s%s\",\"%s\",%d,%d,%s,%zu\n", a->seq,
                     (long)now.tv_sec, now.tv_nsec / 1000000L, a->connection, a->rq->method, quote, a->rq->target,
                     quote, a->rq->host, *a->rq->if_none_match ? "inm" : "",
                     *a->rq->if_none_match && *a->rq->if_modified_since ? " " : "",
                     *a->rq->if_modified_since ? "ims" : "", *a->rq->accept_encoding ? a->rq->accept_encoding : "",
                     a->rq->authorization, a->status, fault, a->sent);
    if (n > 0 && (size_t)n < sizeof line && write(server.log_fd, line, (size_t)n) < 0)
        server.log_fd = -1;
}

/* Nothing is sent that could be called an answer. */
static int is_silent(enum fault fault)
{
    return fault == FAULT_RESET || fault == FAULT_GARBAGE || fault == FAULT_CLOSE || fault == FAULT_STALL;
}

static void refuse_to_answer(struct answer *a, enum fault fault)
{
    struct linger hard = {1, 0};
    if (fault == FAULT_RESET)
        (void)setsockopt(a->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    else if (fault == FAULT_GARBAGE)
        (void)send_all(a->fd, "\x16\x03garbage that is no HTTP\n\n", 27);
    a->status = 0;
    a->close = 1;
}

/* Silent until the other side gives up. */
static void wait_until_left(int fd)
{
    char c;
    struct timeval for_ever = {0, 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &for_ever, sizeof for_ever);
    while (recv(fd, &c, 1, 0) > 0)
        continue;
}

static void respond(struct answer *a)
{
    struct err e;
    time_t mtime = 0;
    char etag[40] = "";
    enum fault fault = a->row ? a->row->fault : FAULT_NONE;
    if (a->row && a->row->delay_ms && fault != FAULT_DRIP)
        wait_ms(a->row->delay_ms);
    struct timespec due = after_latency();
    a->status = a->row ? a->row->status : 200;
    if (is_silent(fault)) {
        wait_until(&due);
        refuse_to_answer(a, fault);
    } else {
        a->close = a->close || ends_connection(fault);
        if (answer_body(a, &mtime, etag, sizeof etag, &e) != FLOW_OK)
            return;
        if (not_modified(a, etag, mtime))
            a->status = 304;
        if (a->status != 304 && prepare_fault(a, fault, &e) != FLOW_OK)
            return;
        enum flow f = put_headers(a, mtime, etag, announced(a, fault), &e);
        wait_until(&due);
        if (f == FLOW_OK)
            transmit(a, fault);
    }
    log_answer(a, fault_name(fault));
    if (fault == FAULT_STALL || fault == FAULT_STALL_BODY)
        wait_until_left(a->fd);
}

struct connection {
    int fd;
    long number;
};

static void *serve(void *p)
{
    struct connection c = *(struct connection *)p;
    free(p);
    char *in = malloc(REQUEST_MAX);
    size_t have = 0, used;
    int more = in != NULL;
    struct timeval idle = {60, 0};
    int one = 1;
    (void)setsockopt(c.fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
    (void)setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    while (more && (used = read_request(c.fd, in, &have)) > 0) {
        struct request rq;
        if (!parse_request(in, used, &rq))
            break;
        struct answer a = {.fd = c.fd, .connection = c.number, .rq = &rq};
        a.close = !rq.keep_alive;
        buf_init(&a.head, HEAD_MAX);
        buf_init(&a.body, BODY_MAX);
        a.row = script_find(&server.script, rq.path, count_request(rq.path, &a.seq));
        respond(&a);
        more = !a.close;
        buf_fini(&a.head);
        buf_fini(&a.body);
        memmove(in, in + used, have - used);
        have -= used;
    }
    free(in);
    (void)close(c.fd);
    return NULL;
}

/* ---- start ---- */

static int listen_on(const char *address, int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || inet_pton(AF_INET, address, &at.sin_addr) != 1 || (ntohl(at.sin_addr.s_addr) >> 24) != 127)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 1024) != 0)
        return -1;
    return fd;
}

static int port_of(int fd)
{
    struct sockaddr_in at;
    socklen_t n = sizeof at;
    return getsockname(fd, (struct sockaddr *)&at, &n) == 0 ? ntohs(at.sin_port) : -1;
}

static int write_port(const char *path)
{
    char part[4096];
    (void)snprintf(part, sizeof part, "%s.tmp", path);
    FILE *f = fopen(part, "w");
    if (!f || fprintf(f, "%d\n", server.port) < 0 || fclose(f) != 0)
        return 0;
    return rename(part, path) == 0;
}

static void *accept_loop(void *p)
{
    int listener = *(int *)p;
    pthread_attr_t attr;
    (void)pthread_attr_init(&attr);
    (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    (void)pthread_attr_setstacksize(&attr, 512 * 1024);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        struct connection *c = fd >= 0 ? malloc(sizeof *c) : NULL;
        pthread_t thread;
        if (!c) {
            if (fd >= 0)
                (void)close(fd);
            continue;
        }
        (void)pthread_mutex_lock(&server.mutex);
        *c = (struct connection){fd, ++server.connections};
        (void)pthread_mutex_unlock(&server.mutex);
        if (pthread_create(&thread, &attr, serve, c) != 0) {
            (void)close(fd);
            free(c);
        }
    }
    return NULL;
}

static void ended(int sig)
{
    (void)sig;
    _exit(0);
}

static int usage(void)
{
    (void)fprintf(
        stderr,
        "usage: pre-faultserver --root DIR [--port 0] [--port-file FILE] [--script CSV] [--log FILE] [--latency MS]\n"
        "       [--address 127.0.0.1[,127.0.0.2]]\n");
    return 64;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"root", 1, NULL, 'r'}, {"port", 1, NULL, 'p'},    {"port-file", 1, NULL, 'f'}, {"script", 1, NULL, 's'},
        {"log", 1, NULL, 'l'},  {"latency", 1, NULL, 'd'}, {"address", 1, NULL, 'a'},   {NULL, 0, NULL, 0}};
    char addresses[256] = "127.0.0.1";
    const char *port_file = NULL, *script = NULL;
    struct err e;
    int c;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'r':
            server.root = optarg;
            break;
        case 'p':
            server.port = (int)strtol(optarg, NULL, 10);
            break;
        case 'f':
            port_file = optarg;
            break;
        case 's':
            script = optarg;
            break;
        case 'l':
            server.log = optarg;
            break;
        case 'd':
            server.latency_ms = strtol(optarg, NULL, 10);
            break;
        case 'a':
            (void)snprintf(addresses, sizeof addresses, "%s", optarg);
            break;
        default:
            return usage();
        }
    }
    if (!server.root || optind != argc)
        return usage();
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGTERM, ended);
    (void)signal(SIGINT, ended);
    server.seen = map_new();
    if (script && script_read(script, &server.script, &e) != FLOW_OK) {
        (void)fprintf(stderr, "pre-faultserver: %s\n", e.text);
        return 78;
    }
    if (server.log && (server.log_fd = open(server.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) < 0) {
        perror(server.log);
        return 73;
    }
    static int listeners[ADDRESSES_MAX];
    size_t n = 0;
    char *save = NULL;
    for (char *a = strtok_r(addresses, ",", &save); a && n < ADDRESSES_MAX; a = strtok_r(NULL, ",", &save)) {
        listeners[n] = listen_on(a, server.port);
        if (listeners[n] < 0) {
            (void)fprintf(stderr, "pre-faultserver: cannot listen on %s port %d: %s\n", a, server.port,
                          strerror(errno));
            return 71;
        }
        server.port = port_of(listeners[n++]);
    }
    if (port_file && !write_port(port_file)) {
        perror(port_file);
        return 73;
    }
    pthread_t thread;
    for (size_t i = 1; i < n; i++)
        if (pthread_create(&thread, NULL, accept_loop, &listeners[i]) != 0)
            return 71;
    (void)accept_loop(&listeners[0]);
    return 0;
}
