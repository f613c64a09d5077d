/* SPDX-License-Identifier: Apache-2.0 */
/* The seal of a finished campaign: SHA256SUMS beside the archives, in the format of sha256sum(1). */
#include "schemas/archive/deposit.h"
#include "schemas/run/digest.h"
#include "schemas/run/fs.h"
#include "schemas/run/output.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, SUMS_MAX = 64 << 20 };

static const char seal_name[] = "SHA256SUMS";

int archive_sealed(const char *dir)
{
    char path[PATH_SIZE];
    return fs_join(path, sizeof path, dir, seal_name) && fs_is_file(path);
}

static enum flow sum_one(const char *dir, const char *name, struct buf *out, struct err *e)
{
    char path[PATH_SIZE], hex[DIGEST_HEX_MAX];
    if (!fs_join(path, sizeof path, dir, name))
        return err_set(e, STATUS_NOINPUT, "%s/%s: the path is too long", dir, name);
    enum flow f = digest_file(path, hex, e);
    return f == FLOW_OK ? buf_printf(out, e, "%s  %s\n", hex, name) : f;
}

/* A seal that stands is kept: another one would bless whatever became of the archives since. */
static enum flow keep_seal(const char *dir, const char *path, const struct buf *now, struct err *e)
{
    struct buf then;
    buf_init(&then, SUMS_MAX);
    enum flow f = fs_read(path, &then, e);
    if (f == FLOW_OK && (then.len != now->len || memcmp(buf_str(&then), buf_str(now), now->len) != 0))
        f = err_set(e, STATUS_DATA,
                    "%s: sealed already, and the archives are no longer those of the seal: run sha256sum -c SHA256SUMS "
                    "there; put back what changed, or take the seal off with --reopen",
                    dir);
    buf_fini(&then);
    return f;
}

enum flow archive_seal(const char *dir, struct err *e)
{
    static const char end[] = ".warc.gz";
    char path[PATH_SIZE], **names = NULL;
    size_t count = 0, sealed = 0;
    struct buf out;
    buf_init(&out, SUMS_MAX);
    enum flow f = fs_is_dir(dir) ? fs_names(dir, &names, &count, e)
                                 : err_set(e, STATUS_NOINPUT, "%s: no such archive folder", dir);
    for (size_t i = 0; i < count && f == FLOW_OK; i++) {
        size_t n = strlen(names[i]);
        if (n <= strlen(end) || names[i][0] == '.' || strcmp(names[i] + n - strlen(end), end) != 0)
            continue;
        f = sum_one(dir, names[i], &out, e);
        sealed++;
    }
    if (f == FLOW_OK && !sealed)
        f = err_set(e, STATUS_NOINPUT, "%s: no archive to seal", dir);
    if (f == FLOW_OK && !fs_join(path, sizeof path, dir, seal_name))
        f = err_set(e, STATUS_CANTCREAT, "%s: the path is too long", dir);
    if (f == FLOW_OK)
        f = archive_sealed(dir) ? keep_seal(dir, path, &out, e) : output_file(path, out.data, out.len, e);
    fs_names_free(names, count);
    buf_fini(&out);
    return f;
}

enum flow archive_reopen(const char *dir, struct err *e)
{
    char path[PATH_SIZE];
    if (!fs_join(path, sizeof path, dir, seal_name))
        return err_set(e, STATUS_CANTCREAT, "%s: the path is too long", dir);
    if (unlink(path) != 0 && errno != ENOENT)
        return err_sys(e, err_status(errno, STATUS_IO), "%s", path);
    return fs_sync_dir(dir, e);
}
