/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that a register, or a redirect, must not lead to unless the hosts table says so. */
#ifndef EXTRACT_ADDRESS_H
#define EXTRACT_ADDRESS_H

#include <sys/socket.h>

/* Loopback, link-local, private, multicast; of another family than IPv4 and IPv6. */
int address_private(const struct sockaddr *sa);

#endif
