/* SPDX-License-Identifier: Apache-2.0 */
/* Reading local files without leaving a folder. */
#ifndef EXTRACT_BENEATH_H
#define EXTRACT_BENEATH_H

#include "schemas/run/buf.h"

enum beneath {
    BENEATH_OK,
    BENEATH_MISSING,
    BENEATH_OUTSIDE, /* leads out of the folder */
    BENEATH_DENIED,
    BENEATH_NOT_FILE,
    BENEATH_LARGE,
    BENEATH_CHANGED, /* while it was read */
    BENEATH_ERROR
};

struct beneath_stat {
    int64_t size, modified; /* µs */
};

/* Reads root/path into out. links: symbolic links that stay beneath the root are followed; else none is. */
enum beneath beneath_read(const char *root, const char *path, int links, struct buf *out, struct beneath_stat *st);

#endif
