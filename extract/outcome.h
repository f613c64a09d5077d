/* SPDX-License-Identifier: Apache-2.0 */
/* What can become of a source: the outcome table of pre-extract(1), one row a class, in one place. */
#ifndef EXTRACT_OUTCOME_H
#define EXTRACT_OUTCOME_H

#include "extract/fetch.h"

enum outcome {
    OUTCOME_NOT_ASKED,
    OUTCOME_FETCHED,
    OUTCOME_UNCHANGED,
    OUTCOME_NOT_PUBLISHED,
    OUTCOME_FAILED,
    OUTCOME_NO_SOURCE,
    OUTCOMES
};
const char *outcome_name(enum outcome o);

/* Why a source failed. */
enum failure {
    FAILURE_NONE,
    FAILURE_NAME,
    FAILURE_UNREACHABLE,
    FAILURE_PRIVATE,
    FAILURE_CONNECT_TIMEOUT,
    FAILURE_STALLED,
    FAILURE_TOO_SLOW,
    FAILURE_RESET,
    FAILURE_NO_ANSWER,
    FAILURE_TRUNCATED,
    FAILURE_UNVERIFIED,
    FAILURE_NOT_HTTP,
    FAILURE_TOO_LARGE,
    FAILURE_EMPTY,
    FAILURE_LOGIN_PAGE,
    FAILURE_PORTAL,
    FAILURE_HTML_APPENDED,
    FAILURE_ENCODING_CUT,
    FAILURE_ENCODING_ABSENT, /* also of a body taken all the same: see pre-extract(1) */
    FAILURE_ENCODING_UNKNOWN,
    FAILURE_BAD_304,
    FAILURE_UNAUTHORIZED,
    FAILURE_THROTTLED,
    FAILURE_SERVER,
    FAILURE_STATUS,
    FAILURE_REDIRECT_HOST,
    FAILURE_REDIRECT_DOWNGRADE,
    FAILURE_REDIRECT_LOOP,
    FAILURE_REDIRECT_BAD,
    FAILURE_TLS_EXPIRED,
    FAILURE_TLS_NOT_YET,
    FAILURE_TLS_HOST,
    FAILURE_TLS_ISSUER,
    FAILURE_TLS,
    FAILURE_TLS_CLIENT,
    FAILURE_HOST_KEY,
    FAILURE_LOGIN,
    FAILURE_KEY_RSA,
    FAILURE_DENIED,
    FAILURE_OUTSIDE,
    FAILURE_GROWING,
    FAILURE_PROXY,
    FAILURE_DEFERRED,
    FAILURE_DEADLINE,
    FAILURE_OTHER,
    FAILURES
};
/* "tls-expired"; "" for FAILURE_NONE. */
const char *failure_name(enum failure f);
/* May the same request succeed when asked again a little later, and how many times at most is it worth asking? 1: no
 * retry. */
int failure_tries(enum failure f, int most);
enum failure failure_of_fault(enum fetch_fault f);

#endif
