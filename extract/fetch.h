/* SPDX-License-Identifier: Apache-2.0 */
/* Transport: asks one address, says what came back or what went wrong, in the room's own words. The only file that
 * includes libcurl. Nothing is followed, decoded, retried or believed here. */
#ifndef EXTRACT_FETCH_H
#define EXTRACT_FETCH_H

#include "extract/certificate.h"
#include "extract/hosts.h"

enum fetch_fault {
    FETCH_OK = 0,
    FETCH_NAME,    /* the host name is unknown */
    FETCH_CONNECT, /* refused, unreachable */
    FETCH_PRIVATE, /* a private address, not allowed for this host: no connection was made */
    FETCH_CONNECT_TIMEOUT,
    FETCH_STALL,     /* nothing moved for the stall limit */
    FETCH_TIMEOUT,   /* longer than the total limit */
    FETCH_RESET,     /* the connection broke */
    FETCH_NO_ANSWER, /* closed without a byte */
    FETCH_SHORT,     /* ended before the length announced, or inside a chunk */
    FETCH_NOT_HTTP,
    FETCH_TOO_LARGE, /* over body_max: cut there */
    FETCH_LONG_HEAD, /* of more bytes than are kept of a head */
    FETCH_TLS_EXPIRED,
    FETCH_TLS_NOT_YET,
    FETCH_TLS_HOST,
    FETCH_TLS_ISSUER,
    FETCH_TLS,        /* any other failure of the handshake */
    FETCH_TLS_CLIENT, /* our certificate or key, or the CA file, cannot be used */
    FETCH_HOST_KEY,   /* the SSH host key is not the known one */
    FETCH_LOGIN,      /* user, key or password refused */
    FETCH_MISSING,    /* no such file (sftp, ftps) */
    FETCH_DENIED,     /* the file may not be read */
    FETCH_PROXY,
    FETCH_STOPPED, /* given up by us */
    FETCH_OTHER
};

struct fetch_limits {
    long connect_ms, stall_s, total_s;
    size_t body_max;
};

struct fetch_request {
    const struct url *url;
    const struct host_rule *rule;                  /* or NULL */
    const char *if_none_match, *if_modified_since; /* "" for none */
    int no_cache;
    int fresh;     /* on a new connection: libcurl asks again by itself when a kept one turns out dead */
    int stat;      /* sftp, ftps: size and time only */
    int parameter; /* the rule's secret parameter belongs in the query */
    void *task;    /* the caller's, given back */
};

struct fetch_answer {
    void *task;
    enum fetch_fault fault;
    char message[512];
    int status;                          /* HTTP, or 0 */
    const struct buf *head;              /* last header block as received, empty line included */
    const struct buf *body;              /* as received: transfer and content codings still on */
    char address[64];                    /* numeric address asked, or "" */
    int64_t size, modified;              /* sftp, ftps: -1 unknown; µs, INSTANT_NONE unknown */
    int64_t took;                        /* µs */
    struct certificate_seen certificate; /* unseen when an earlier connection was used again */
    size_t slot;                         /* of the fetcher */
};

struct fetcher;
/* Up to `parallel` requests run at once, and as many answers may be held while others run in their place. */
struct fetcher *fetcher_open(size_t parallel, const struct fetch_limits *limits, struct err *e);
void fetcher_close(struct fetcher *f);              /* accepts NULL; stops what runs */
size_t fetcher_free_slots(const struct fetcher *f); /* requests that may be started */
size_t fetcher_answers(const struct fetcher *f);    /* that may be held at once */
size_t fetcher_running(const struct fetcher *f);
/* Needs a free slot. The request is copied; rule and task are borrowed until the answer is released. */
enum flow fetcher_start(struct fetcher *f, const struct fetch_request *r, struct err *e) MUST_USE;
/* Moves bytes, waiting up to wait_ms for something to happen. */
enum flow fetcher_turn(struct fetcher *f, int wait_ms, struct err *e) MUST_USE;
/* Sends what was started, without waiting and without finishing anything. */
enum flow fetcher_push(struct fetcher *f, struct err *e) MUST_USE;
/* The next finished request, or NULL. Its slot is taken until fetcher_release. */
const struct fetch_answer *fetcher_next(struct fetcher *f);
void fetcher_release(struct fetcher *f, const struct fetch_answer *a);

#endif
