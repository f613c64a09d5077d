/* SPDX-License-Identifier: Apache-2.0 */
/* The drop folder: returns received by hand. Matched to a unit by sub-folder or file name, else archived without one;
 * each content once; what is still being written waits; nothing is moved, no link followed. */
#include "extract/beneath.h"
#include "extract/commit.h"
#include "schemas/archive/index.h"
#include "schemas/run/digest.h"
#include "schemas/run/fs.h"
#include "schemas/run/log.h"
#include "schemas/run/stop.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

enum { DEPTH_MAX = 4, PATH_SIZE = 4096 };

static int partial(const char *name)
{
    static const char *const suffixes[] = {".part",     ".filepart", ".partial", ".tmp",  ".temp", ".crdownload",
                                           ".download", ".swp",      "~",        ".lock", NULL};
    size_t n = strlen(name);
    for (size_t i = 0; suffixes[i]; i++) {
        size_t k = strlen(suffixes[i]);
        if (n >= k && strcasecmp(name + n - k, suffixes[i]) == 0)
            return 1;
    }
    return name[0] == '.' || (name[0] == '~' && name[1] == '$');
}

static int word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* The longest beginning of a name that is a unit of the register and ends at the end of a word; "" when there is none.
 */
static const char *unit_in(const struct run *r, const char *name)
{
    char upper[256];
    size_t n = strlen(name) < sizeof upper ? strlen(name) : sizeof upper - 1;
    for (size_t i = 0; i < n; i++)
        upper[i] = name[i] >= 'a' && name[i] <= 'z' ? (char)(name[i] - 32) : name[i];
    for (size_t k = n; k > 0; k--) {
        if (k < strlen(name) && word(name[k]))
            continue;
        uint32_t i = register_find(r->table, name, k);
        if (i == REGISTER_NONE)
            i = register_find(r->table, upper, k);
        if (i != REGISTER_NONE)
            return register_id(r->table, i);
    }
    return "";
}

static void ignored(struct run *r, const char *path, const char *why)
{
    r->inbox.ignored++;
    log_event(LOG_INFO, "inbox-ignored", LOG_TEXT("name", path), LOG_TEXT("why", why));
}

static const char *match(const struct run *r, const char *path)
{
    const char *slash = strchr(path, '/'), *last = strrchr(path, '/');
    char folder[256];
    if (slash && (size_t)(slash - path) < sizeof folder) {
        (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
        const char *unit = unit_in(r, folder);
        if (*unit)
            return unit;
    }
    return unit_in(r, last ? last + 1 : path);
}

static enum flow take_bytes(struct run *r, const char *path, int large, struct err *e)
{
    struct verdict v;
    struct buf name;
    const char *unit = match(r, path);
    buf_init(&name, INDEX_NAME_MAX - 1);
    if (index_encode(path, strlen(path), &name, e) != FLOW_OK) {
        buf_fini(&name);
        ignored(r, path, "the name is too long");
        return FLOW_OK;
    }
    size_t n = large ? (size_t)(1 << 20) : r->plain.len;
    enum flow f = judge_bytes(r, buf_str(&r->plain), n, 0, &v, e);
    if (large) {
        v.outcome = OUTCOME_FAILED;
        v.failure = FAILURE_TOO_LARGE;
        (void)snprintf(v.message, sizeof v.message, "the file is larger than the edition's limit");
    }
    r->inbox.known += f == FLOW_OK && r->archive && archive_has_inbox(r->archive, buf_str(&name), v.digest);
    if (f == FLOW_OK && !(r->archive && archive_has_inbox(r->archive, buf_str(&name), v.digest))) {
        r->inbox.taken += v.outcome != OUTCOME_FAILED;
        r->inbox.refused += v.outcome == OUTCOME_FAILED;
        r->inbox.without_unit += !*unit;
        f = commit_inbox(r, unit, buf_str(&name), &v, e);
    }
    buf_fini(&name);
    return f;
}

/* Quiet by the time of change, which the machine itself sets: a modification time comes from the sender, and may lie in
 * the future. */
static enum flow take_file(struct run *r, const char *path, const struct stat *st, struct err *e)
{
    struct beneath_stat seen;
    r->inbox.files++;
    if (!task_chosen(r, match(r, path)))
        return FLOW_OK;
    if (time(NULL) - st->st_ctim.tv_sec < r->config->quiet_s) {
        r->inbox.growing++;
        ignored(r, path, "changed too recently: may still be growing");
        return FLOW_OK;
    }
    switch (beneath_read(r->config->inbox, path, 0, &r->plain, &seen)) {
    case BENEATH_OK:
        return take_bytes(r, path, r->plain.len > (size_t)r->edition->limits.body_bytes, e);
    case BENEATH_LARGE:
        return take_bytes(r, path, 1, e);
    case BENEATH_CHANGED:
        r->inbox.growing++;
        ignored(r, path, "changed while it was read");
        return FLOW_OK;
    case BENEATH_DENIED:
        ignored(r, path, "may not be read");
        return FLOW_OK;
    default:
        ignored(r, path, "vanished or unreadable");
        return FLOW_OK;
    }
}

static enum flow take_folder(struct run *r, const char *folder, int depth, struct err *e);

static enum flow take_name(struct run *r, const char *folder, const char *name, int depth, struct err *e)
{
    char path[PATH_SIZE], full[PATH_SIZE];
    struct stat st;
    int n = snprintf(path, sizeof path, "%s%s%s", folder, *folder ? "/" : "", name);
    if (n < 0 || (size_t)n >= sizeof path || !fs_join(full, sizeof full, r->config->inbox, path))
        ignored(r, name, "the path is too long");
    else if (partial(name))
        ignored(r, path, "hidden, or the name of an unfinished transfer");
    else if (lstat(full, &st) != 0)
        ignored(r, path, "vanished");
    else if (S_ISLNK(st.st_mode))
        ignored(r, path, "a link");
    else if (S_ISDIR(st.st_mode))
        return depth < DEPTH_MAX ? take_folder(r, path, depth + 1, e) : (ignored(r, path, "too deep"), FLOW_OK);
    else if (!S_ISREG(st.st_mode))
        ignored(r, path, "no regular file");
    else
        return take_file(r, path, &st, e);
    return FLOW_OK;
}

static enum flow take_folder(struct run *r, const char *folder, int depth, struct err *e)
{
    char full[PATH_SIZE], **names = NULL;
    size_t count = 0;
    if (!*folder)
        (void)snprintf(full, sizeof full, "%s", r->config->inbox);
    else if (!fs_join(full, sizeof full, r->config->inbox, folder))
        return FLOW_OK;
    enum flow f = fs_names(full, &names, &count, e);
    for (size_t i = 0; i < count && f == FLOW_OK && !stop_asked(); i++)
        f = take_name(r, folder, names[i], depth, e);
    fs_names_free(names, count);
    return f;
}

enum flow inbox_take(struct run *r, struct err *e)
{
    return r->config->inbox ? take_folder(r, "", 0, e) : FLOW_OK;
}
