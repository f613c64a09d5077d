/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/run.h"

#include "extract/descriptors.h"
#include "extract/finish.h"
#include "extract/recall.h"
#include "schemas/run/beside.h"
#include "schemas/run/digest.h"
#include "schemas/run/fs.h"
#include "schemas/run/log.h"
#include "schemas/run/output.h"
#include "schemas/run/stop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    INPUT_MAX = 64 << 20,
    PATH_SIZE = 4096,
    FREE_FLOOR = 1 << 20,
    FREE_PER_UNIT = 2048,
    THREADS_MAX = 4,
    AHEAD_S = 600
};

static enum flow take_lock(struct run *r, struct err *e)
{
    char path[PATH_SIZE], name[32] = ".lock";
    if (r->config->shards)
        (void)snprintf(name, sizeof name, ".lock-s%02dof%02d", r->config->shard, r->config->shards);
    enum flow f = fs_mkdirs(r->config->archive, e);
    if (f != FLOW_OK)
        return f;
    if (!fs_join(path, sizeof path, r->config->archive, name))
        return err_set(e, STATUS_CANTCREAT, "%s: the path is too long", r->config->archive);
    r->lock = lock_take(path, "pre-extract", e);
    return r->lock ? FLOW_OK : err_prefix(e, "%s", r->config->archive);
}

/* A folder that is not mounted must not look like one whose files are not there yet. */
static enum flow check_folders(const struct config *c, struct err *e)
{
    const char *const folder[][2] = {{"--inbox", c->inbox}, {"--file-root", c->file_root}};
    for (size_t i = 0; i < 2; i++)
        if (folder[i][1] && !fs_is_dir(folder[i][1]))
            return err_set(e, STATUS_NOINPUT, "%s: %s: no such folder", folder[i][0], folder[i][1]);
    return FLOW_OK;
}

/* What the archive keeps is read, and read again to be kept. */
static enum flow check_kept(const struct config *c, struct err *e)
{
    const char *const file[] = {c->table, c->decisions};
    struct stat st;
    for (size_t i = 0; i < 2 && !c->dry_run; i++)
        if (file[i] && stat(file[i], &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
            return err_set(e, STATUS_NOINPUT,
                           "%s: a pipe or a device where a file is expected: the archive keeps a copy", file[i]);
    return FLOW_OK;
}

/* An archive in the drop folder would be taken for returns, each night all nights before. */
static enum flow check_inbox(const struct config *c, struct err *e)
{
    char *archive = realpath(c->archive, NULL), *inbox = c->inbox ? realpath(c->inbox, NULL) : NULL;
    size_t n = inbox ? strlen(inbox) : 0;
    int inside = n && archive && strncmp(archive, inbox, n) == 0 &&
                 (archive[n] == '\0' || archive[n] == '/' || inbox[n - 1] == '/');
    free(archive);
    free(inbox);
    return inside ? err_set(e, STATUS_USAGE, "--archive %s stands in the drop folder %s: give each a folder of its own",
                            c->archive, c->inbox)
                  : FLOW_OK;
}

static enum flow check_seal(const struct run *r, struct err *e)
{
    const char *dir = r->config->archive;
    if (!archive_sealed(dir))
        return FLOW_OK;
    if (r->config->reopen)
        return archive_reopen(dir, e);
    return err_set(e, STATUS_CONFIG, "%s: the campaign is sealed (SHA256SUMS): run with --reopen to collect again",
                   dir);
}

static struct deposit_options deposit_of(const struct run *r)
{
    const struct config *c = r->config;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return (struct deposit_options){.dir = c->archive,
                                    .campaign = r->edition->campaign,
                                    .shard = c->shard,
                                    .shards = c->shards,
                                    .now = r->started_clock,
                                    .level = (int)c->level,
                                    .threads = cores > 1 ? (cores < THREADS_MAX ? (int)cores : THREADS_MAX) : 0};
}

static enum flow check_space(const struct run *r, struct err *e)
{
    long long space = fs_free_bytes(r->config->archive), need = FREE_FLOOR + (long long)r->tasks * FREE_PER_UNIT;
    if (space >= 0 && space < need)
        return err_set(e, STATUS_IO, "%s: %lld bytes free, at least %lld needed for %zu sources: make room first",
                       r->config->archive, space, need, r->tasks);
    return FLOW_OK;
}

static enum flow read_register(struct run *r, struct err *e)
{
    r->table = register_open(r->edition, r->config->table, e);
    r->rows = r->table ? register_reader_new(r->table, e) : NULL;
    r->hosts = r->rows ? hosts_open(r->config->hosts, e) : NULL;
    if (!r->hosts)
        return FLOW_FATAL;
    size_t body_max = (size_t)r->edition->limits.body_bytes + (2u << 20);
    warc_record_init(&r->record, body_max);
    buf_init(&r->text, WARC_HEAD_MAX * 2);
    buf_init(&r->decoded, (size_t)r->edition->limits.body_bytes);
    buf_init(&r->plain, body_max);
    return tasks_open(r, e);
}

static enum flow read_archive(struct run *r, struct err *e)
{
    const struct archive_options o = {.campaign = r->edition->campaign,
                                      .as_of = INSTANT_NONE,
                                      .use_index = r->config->dry_run ? ARCHIVE_INDEX_READ : ARCHIVE_INDEX_KEEP,
                                      .last_only = 1,
                                      .body_max = (size_t)r->edition->limits.body_bytes,
                                      .ratio = (unsigned)r->edition->limits.gzip_ratio};
    if (!fs_is_dir(r->config->archive))
        return FLOW_OK;
    r->archive = archive_open(r->config->archive, &o, e);
    return r->archive ? FLOW_OK : FLOW_FATAL;
}

static const char *unit_name(void *table, size_t i)
{
    return register_id(table, i);
}

/* Once both are read. */
static enum flow number_units(struct run *r, struct err *e)
{
    return r->archive ? archive_number(r->archive, register_count(r->table), unit_name, r->table, e) : FLOW_OK;
}

/* What a dead run left is saved first: it counts as read then. */
static enum flow read_earlier(void *run, struct err *e)
{
    struct run *r = run;
    struct deposit_options o = deposit_of(r);
    enum flow f = deposit_salvage(&o, &r->salvaged, e);
    if (f == FLOW_OK && r->salvaged)
        log_event(LOG_WARNING, "salvaged", LOG_NUM("archives", r->salvaged));
    return f == FLOW_OK ? read_archive(r, e) : f;
}

/* The register and what earlier nights left, side by side: neither asks for the other. */
static enum flow read_both(struct run *r, struct err *e)
{
    struct beside earlier;
    beside_begin(&earlier, read_earlier, r);
    enum flow f = beside_join(&earlier, read_register(r, e), e);
    return f == FLOW_OK ? number_units(r, e) : f;
}

/* What is kept is what the run goes by (read: its digest, or NULL). */
static enum flow same_as_read(const char *path, const char *now, const char *read, struct err *e)
{
    return !read || strcmp(now, read) == 0
               ? FLOW_OK
               : err_set(e, STATUS_RETRY, "%s: it was changed while it was read: run again", path);
}

/* The file but for secrets: only then is it read whole. */
static enum flow keep_masked(struct run *r, const char *what, const char *path, const char *read, struct err *e)
{
    struct buf raw, masked;
    char hex[DIGEST_HEX_MAX];
    buf_init(&raw, INPUT_MAX);
    buf_init(&masked, INPUT_MAX);
    enum flow f = fs_read(path, &raw, e);
    if (f == FLOW_OK)
        f = digest_of(buf_str(&raw), raw.len, hex, e);
    if (f == FLOW_OK)
        f = same_as_read(path, hex, read, e);
    if (f == FLOW_OK)
        f = hosts_mask(r->hosts, HOSTS_TABLE, buf_str(&raw), raw.len, &masked, e);
    if (f == FLOW_OK)
        f = digest_of(buf_str(&masked), masked.len, hex, e);
    if (f == FLOW_OK)
        f = deposit_keep_again(r->deposit, what, hex, r->archive, e);
    if (f == FLOW_END)
        f = deposit_keep(r->deposit, what, "text/csv", (struct warc_part){buf_str(&masked), masked.len}, e);
    buf_fini(&raw);
    buf_fini(&masked);
    return f;
}

/* Referred to when an earlier run kept the same. */
static enum flow keep(struct run *r, const char *what, const char *path, const char *read, struct err *e)
{
    char hex[DIGEST_HEX_MAX];
    if (!path)
        return FLOW_OK;
    if (hosts_have_secrets(r->hosts))
        return keep_masked(r, what, path, read, e);
    enum flow f = digest_file(path, hex, e);
    if (f == FLOW_OK)
        f = same_as_read(path, hex, read, e);
    if (f == FLOW_OK)
        f = deposit_keep_again(r->deposit, what, hex, r->archive, e);
    return f == FLOW_END ? deposit_keep_file(r->deposit, what, "text/csv", path, hex, e) : f;
}

static enum flow open_deposit(struct run *r, struct err *e)
{
    char edition[DIGEST_HEX_MAX], revision[16];
    enum flow f = edition_digest(r->edition, edition, e);
    if (f != FLOW_OK)
        return f;
    (void)snprintf(revision, sizeof revision, "%d", r->edition->revision);
    const struct warc_field info[] = {{"edition", r->edition->id},
                                      {"edition-revision", revision},
                                      {"edition-digest", edition},
                                      {"register-digest", register_digest(r->table)}};
    struct deposit_options o = deposit_of(r);
    o.info = info;
    o.infos = sizeof info / sizeof info[0];
    r->deposit = deposit_open(&o, e);
    if (r->deposit && deposit_ahead(r->deposit) > (int64_t)AHEAD_S * 1000000)
        log_event(LOG_WARNING, "clock-behind-archive", LOG_TEXT("archive", deposit_name(r->deposit)),
                  LOG_NUM("seconds", deposit_ahead(r->deposit) / 1000000),
                  LOG_TEXT("message", "the last archive is of a later time: was the clock set back?"));
    f = r->deposit ? keep(r, "register", r->config->table, register_digest(r->table), e) : FLOW_FATAL;
    return f == FLOW_OK ? keep(r, "decisions", r->config->decisions, NULL, e) : f;
}

static enum flow do_collect(struct run *r, enum status *s, struct err *e)
{
    enum flow f = check_space(r, e);
    if (f == FLOW_OK)
        r->recall = recall_open(r);
    if (f == FLOW_OK)
        f = open_deposit(r, e);
    if (f != FLOW_OK)
        return f;
    f = inbox_take(r, e);
    if (f == FLOW_OK && !stop_asked())
        f = collect(r, e);
    r->stopped = stop_asked();
    return f == FLOW_OK ? run_finish(r, s, e) : run_rescue(r);
}

/* No folder is made for a register that cannot be read; one that is there is locked before it is looked into. */
static enum flow enter(struct run *r, struct err *e)
{
    int fresh = !fs_is_dir(r->config->archive);
    enum flow f = fresh ? read_register(r, e) : FLOW_OK;
    if (f == FLOW_OK)
        f = take_lock(r, e);
    if (f == FLOW_OK)
        f = check_inbox(r->config, e);
    if (f == FLOW_OK)
        f = check_seal(r, e);
    if (f != FLOW_OK || !fresh)
        return f == FLOW_OK ? read_both(r, e) : f;
    f = read_earlier(r, e); /* of a run that made the folder and was done before this one had the lock */
    return f == FLOW_OK ? number_units(r, e) : f;
}

static enum flow do_plan(struct run *r, enum status *s, struct err *e)
{
    enum flow f = read_register(r, e);
    if (f == FLOW_OK)
        f = read_archive(r, e);
    if (f == FLOW_OK)
        f = number_units(r, e);
    *s = STATUS_OK;
    return f == FLOW_OK ? summary_plan(r, e) : f;
}

static enum flow do_seal(struct run *r, enum status *s, struct err *e)
{
    *s = STATUS_OK;
    enum flow f = fs_is_dir(r->config->archive)
                      ? take_lock(r, e)
                      : err_set(e, STATUS_NOINPUT, "%s: no such archive folder", r->config->archive);
    return f == FLOW_OK ? archive_seal(r->config->archive, e) : f;
}

enum flow run_extract(struct run *r, const struct config *c, enum status *s, struct err *e)
{
    *r = (struct run){.config = c, .started = clock_monotonic(), .started_clock = clock_now()};
    r->random = (uint64_t)r->started ^ ((uint64_t)getpid() << 32) ^ 0x9e3779b97f4a7c15u;
    if (c->seal)
        return do_seal(r, s, e);
    r->parallel = c->parallel;
    enum flow f = output_spares(c->summary, SUMMARY_BEGINS, e);
    if (f == FLOW_OK && !c->dry_run)
        f = descriptors_fit(&r->parallel, e);
    if (f == FLOW_OK)
        f = check_folders(c, e);
    if (f == FLOW_OK)
        f = check_kept(c, e);
    if (f == FLOW_OK)
        r->edition = edition_open(c->edition, e);
    if (!r->edition)
        return FLOW_FATAL;
    if (c->dry_run)
        return do_plan(r, s, e);
    r->deadline = c->deadline_s ? r->started + (int64_t)c->deadline_s * 1000000 : 0;
    f = enter(r, e);
    return f == FLOW_OK ? do_collect(r, s, e) : f;
}

void run_fini(struct run *r)
{
    recall_close(r->recall);
    fetcher_close(r->fetcher);
    deposit_abort(r->deposit);
    asides_free(r);
    for (size_t i = 0; i < r->expiries; i++)
        free(r->expiry[i].host);
    free(r->expiry);
    free(r->backlog);
    free(r->task);
    queue_close(r->queue);
    map_free(r->hosts_seen);
    archive_close(r->archive);
    hosts_close(r->hosts);
    register_reader_free(r->rows);
    register_close(r->table);
    edition_close(r->edition);
    warc_record_fini(&r->record);
    buf_fini(&r->text);
    buf_fini(&r->decoded);
    buf_fini(&r->plain);
    lock_release(r->lock);
}
