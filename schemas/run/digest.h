/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4) through libcrypto; the only file that includes it. */
#ifndef SCHEMAS_RUN_DIGEST_H
#define SCHEMAS_RUN_DIGEST_H

#include "schemas/run/err.h"

#include <stddef.h>

enum { DIGEST_BYTES = 32, DIGEST_HEX_MAX = 65 };

struct digest; /* opaque: a running computation */

struct digest *digest_new(struct err *e); /* NULL on failure */
void digest_free(struct digest *d);       /* accepts NULL */
/* Starts again, so that one object serves many inputs. */
enum flow digest_reset(struct digest *d, struct err *e) MUST_USE;
enum flow digest_put(struct digest *d, const void *p, size_t n, struct err *e) MUST_USE;
/* Lower-case hex and a NUL into hex[DIGEST_HEX_MAX]; d must be reset before further use. */
enum flow digest_hex(struct digest *d, char *hex, struct err *e) MUST_USE;
/* n bytes as 2 n lower-case digits and a NUL; returns where the NUL stands. */
char *digest_print(const unsigned char *bytes, size_t n, char *hex);
/* One shot. */
enum flow digest_of(const void *p, size_t n, char *hex, struct err *e) MUST_USE;
/* Of a whole file, streamed. */
enum flow digest_file(const char *path, char *hex, struct err *e) MUST_USE;

#endif
