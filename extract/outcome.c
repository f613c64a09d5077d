/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/outcome.h"

static const char *const outcomes[OUTCOMES] = {"not-asked",     "fetched", "unchanged",
                                               "not-published", "failed",  "no-source"};

enum { NO, TWICE, YES }; /* worth asking again: never, once more, as often as allowed */

static const struct {
    const char *name;
    int again;
} failures[FAILURES] = {
    [FAILURE_NONE] = {"", NO},
    [FAILURE_NAME] = {"name-unknown", TWICE},
    [FAILURE_UNREACHABLE] = {"unreachable", YES},
    [FAILURE_PRIVATE] = {"address-private", NO},
    [FAILURE_CONNECT_TIMEOUT] = {"connect-timeout", YES},
    [FAILURE_STALLED] = {"stalled", TWICE},
    [FAILURE_TOO_SLOW] = {"too-slow", TWICE},
    [FAILURE_RESET] = {"reset", YES},
    [FAILURE_NO_ANSWER] = {"no-answer", YES},
    [FAILURE_TRUNCATED] = {"truncated", YES},
    [FAILURE_UNVERIFIED] = {"unverified", YES},
    [FAILURE_NOT_HTTP] = {"not-http", TWICE},
    [FAILURE_TOO_LARGE] = {"too-large", NO},
    [FAILURE_EMPTY] = {"empty", NO},
    [FAILURE_LOGIN_PAGE] = {"login-page", NO},
    [FAILURE_PORTAL] = {"portal", NO},
    [FAILURE_HTML_APPENDED] = {"html-appended", NO},
    [FAILURE_ENCODING_CUT] = {"encoding-cut", YES},
    [FAILURE_ENCODING_ABSENT] = {"encoding-absent", TWICE},
    [FAILURE_ENCODING_UNKNOWN] = {"encoding-unknown", NO},
    [FAILURE_BAD_304] = {"bad-304", NO},
    [FAILURE_UNAUTHORIZED] = {"unauthorized", NO},
    [FAILURE_THROTTLED] = {"throttled", YES},
    [FAILURE_SERVER] = {"server-error", YES},
    [FAILURE_STATUS] = {"status", NO},
    [FAILURE_REDIRECT_HOST] = {"redirect-host", NO},
    [FAILURE_REDIRECT_DOWNGRADE] = {"redirect-downgrade", NO},
    [FAILURE_REDIRECT_LOOP] = {"redirect-loop", NO},
    [FAILURE_REDIRECT_BAD] = {"redirect-bad", NO},
    [FAILURE_TLS_EXPIRED] = {"tls-expired", NO},
    [FAILURE_TLS_NOT_YET] = {"tls-not-yet-valid", NO},
    [FAILURE_TLS_HOST] = {"tls-host", NO},
    [FAILURE_TLS_ISSUER] = {"tls-issuer", NO},
    [FAILURE_TLS] = {"tls-failed", TWICE},
    [FAILURE_TLS_CLIENT] = {"tls-client", NO},
    [FAILURE_HOST_KEY] = {"host-key", NO},
    [FAILURE_LOGIN] = {"login-refused", NO},
    [FAILURE_KEY_RSA] = {"key-rsa", NO},
    [FAILURE_DENIED] = {"file-denied", NO},
    [FAILURE_OUTSIDE] = {"file-outside", NO},
    [FAILURE_GROWING] = {"growing", YES},
    [FAILURE_PROXY] = {"proxy", TWICE},
    [FAILURE_DEFERRED] = {"deferred", NO},
    [FAILURE_DEADLINE] = {"deadline", NO},
    [FAILURE_OTHER] = {"other", TWICE},
};

const char *outcome_name(enum outcome o)
{
    return outcomes[o];
}

const char *failure_name(enum failure f)
{
    return failures[f].name;
}

int failure_tries(enum failure f, int most)
{
    return failures[f].again == YES                 ? most
           : failures[f].again == TWICE && most > 2 ? 2
           : failures[f].again == TWICE             ? most
                                                    : 1;
}

enum failure failure_of_fault(enum fetch_fault f)
{
    static const enum failure of[] = {
        [FETCH_OK] = FAILURE_NONE,
        [FETCH_NAME] = FAILURE_NAME,
        [FETCH_CONNECT] = FAILURE_UNREACHABLE,
        [FETCH_PRIVATE] = FAILURE_PRIVATE,
        [FETCH_CONNECT_TIMEOUT] = FAILURE_CONNECT_TIMEOUT,
        [FETCH_STALL] = FAILURE_STALLED,
        [FETCH_TIMEOUT] = FAILURE_TOO_SLOW,
        [FETCH_RESET] = FAILURE_RESET,
        [FETCH_NO_ANSWER] = FAILURE_NO_ANSWER,
        [FETCH_SHORT] = FAILURE_TRUNCATED,
        [FETCH_NOT_HTTP] = FAILURE_NOT_HTTP,
        [FETCH_TOO_LARGE] = FAILURE_TOO_LARGE,
        [FETCH_LONG_HEAD] = FAILURE_TOO_LARGE,
        [FETCH_TLS_EXPIRED] = FAILURE_TLS_EXPIRED,
        [FETCH_TLS_NOT_YET] = FAILURE_TLS_NOT_YET,
        [FETCH_TLS_HOST] = FAILURE_TLS_HOST,
        [FETCH_TLS_ISSUER] = FAILURE_TLS_ISSUER,
        [FETCH_TLS] = FAILURE_TLS,
        [FETCH_TLS_CLIENT] = FAILURE_TLS_CLIENT,
        [FETCH_HOST_KEY] = FAILURE_HOST_KEY,
        [FETCH_LOGIN] = FAILURE_LOGIN,
        [FETCH_MISSING] = FAILURE_NONE,
        [FETCH_DENIED] = FAILURE_DENIED,
        [FETCH_PROXY] = FAILURE_PROXY,
        [FETCH_STOPPED] = FAILURE_DEADLINE,
        [FETCH_OTHER] = FAILURE_OTHER,
    };
    return of[f];
}
