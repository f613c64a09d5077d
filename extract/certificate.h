/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the dates of the certificates a server shows while they are verified; never changes the verdict. The only file
 * that includes libssl. */
#ifndef EXTRACT_CERTIFICATE_H
#define EXTRACT_CERTIFICATE_H

#include <stdint.h>

enum certificate_verdict {
    CERTIFICATE_UNSEEN,
    CERTIFICATE_GOOD,
    CERTIFICATE_EXPIRED,
    CERTIFICATE_NOT_YET,
    CERTIFICATE_ISSUER,
    CERTIFICATE_BAD
};

struct certificate_seen {
    enum certificate_verdict verdict; /* of the chain; the host name is checked elsewhere */
    int64_t not_before,
        not_after; /* of the certificate that decided: the refused one, else the server's; µs, INSTANT_NONE unseen */
};

/* ssl_ctx is a SSL_CTX about to be used; seen outlives the handshake. 0 when it cannot be watched. */
int certificate_watch(void *ssl_ctx, struct certificate_seen *seen);

#endif
