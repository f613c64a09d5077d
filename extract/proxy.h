/* SPDX-License-Identifier: Apache-2.0 */
/* The proxy an address goes through, from the usual variables: http_proxy, https_proxy, all_proxy and no_proxy (names
 * in capitals too, but HTTP_PROXY). */
#ifndef EXTRACT_PROXY_H
#define EXTRACT_PROXY_H

#include "extract/url.h"

/* Borrowed from the environment; "" for none. */
const char *proxy_for(const struct url *u);
/* Does a text repeat the user and password of that proxy's address? */
int proxy_password_in(const struct url *u, const char *text);

#endif
