/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/certificate.h"

#include "schemas/run/clock.h"

#include <openssl/ssl.h>
#include <time.h>

static int slot = -1;

static int64_t instant(const ASN1_TIME *t)
{
    struct tm tm;
    if (!t || ASN1_TIME_to_tm(t, &tm) != 1)
        return INSTANT_NONE;
    return (int64_t)timegm(&tm) * 1000000;
}

static enum certificate_verdict verdict_of(int error)
{
    switch (error) {
    case X509_V_OK:
        return CERTIFICATE_GOOD;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return CERTIFICATE_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return CERTIFICATE_NOT_YET;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
        return CERTIFICATE_ISSUER;
    default:
        return CERTIFICATE_BAD;
    }
}

/* Called for each certificate of the chain, the server's last; preverify is handed back as it came. */
static int look(int preverify, X509_STORE_CTX *store)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct certificate_seen *seen = ssl ? SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), slot) : NULL;
    X509 *certificate = X509_STORE_CTX_get_current_cert(store);
    int decides = !preverify || X509_STORE_CTX_get_error_depth(store) == 0;
    if (seen && certificate && decides && seen->verdict <= CERTIFICATE_GOOD) {
        seen->verdict = preverify ? CERTIFICATE_GOOD : verdict_of(X509_STORE_CTX_get_error(store));
        seen->not_before = instant(X509_get0_notBefore(certificate));
        seen->not_after = instant(X509_get0_notAfter(certificate));
    }
    return preverify;
}

int certificate_watch(void *ssl_ctx, struct certificate_seen *seen)
{
    SSL_CTX *ctx = ssl_ctx;
    if (slot < 0)
        slot = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    if (slot < 0 || SSL_CTX_set_ex_data(ctx, slot, seen) != 1)
        return 0;
    SSL_CTX_set_verify(ctx, SSL_CTX_get_verify_mode(ctx), look);
    return 1;
}
