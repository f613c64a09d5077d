/* SPDX-License-Identifier: Apache-2.0 */
/* A run from archive to dataset, told in order. The rules in force are those of the last document believed: a later run
 * that is told --as-of T believes the same documents as a run made at T, so it finds the same rules, the same
 * judgements and the same bytes. */
#include "transform/run.h"

#include "schemas/run/clock.h"
#include "schemas/run/fs.h"
#include "schemas/run/lock.h"
#include "schemas/run/log.h"
#include "transform/memo.h"
#include "transform/merge.h"
#include "transform/pipeline.h"
#include "transform/summary.h"
#include "transform/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEPT_BYTES_MAX = 256 << 20, SCHEMA_BYTES_MAX = 16 << 20, SPOOLS = 2 };

/* Everything a run opens, closed in one place. */
struct run {
    const struct settings *s;
    struct err *e;
    int64_t as_of; /* asked, or INSTANT_NONE */
    struct lock *lock;
    struct edition *edition;
    struct archive *archive;
    struct register_table *frame;
    struct decisions *decisions;
    char decisions_digest[DIGEST_HEX_MAX], edition_digest[DIGEST_HEX_MAX];
    struct plan plan;
    struct xml_schema *schema;
    struct previous *previous;
    struct memo *memo;
    struct spool *spool[SPOOLS]; /* units in order; those that came after all others */
    struct package *parts[SOURCES_MAX];
    struct source sources[SOURCES_MAX];
    size_t source_count;
    const char **extras;
    size_t extra_count;
    struct package_archive *archives;
    size_t archive_count;
    const char **sums;
    int shard, shards;
    uint64_t crashed;
    struct observed *observed;
    struct merge merge;
};

static enum flow no_memory(struct run *r)
{
    return err_set(r->e, STATUS_SYSTEM, "out of memory");
}

/* ---- output ---- */
static enum flow open_output(struct run *r)
{
    char path[4096], name[64] = ".lock";
    if (fs_mkdirs(r->s->output, r->e) != FLOW_OK)
        return FLOW_FATAL;
    if (r->shards) /* shards of one campaign run side by side */
        (void)snprintf(name, sizeof name, ".lock-%d-of-%d", r->shard, r->shards);
    if (!fs_join(path, sizeof path, r->s->output, name))
        return err_set(r->e, STATUS_USAGE, "%s: path too long", r->s->output);
    r->lock = lock_take(path, "pre-transform", r->e);
    return r->lock ? FLOW_OK : FLOW_FATAL;
}

/* ---- inputs ---- */
static enum flow open_archive(struct run *r)
{
    const struct edition *ed = r->edition;
    struct archive_options o = {.campaign = ed->campaign,
                                .as_of = r->as_of,
                                .use_index = ARCHIVE_INDEX_KEEP,
                                .documents_only = 1,
                                .body_max = (size_t)ed->limits.body_bytes,
                                .ratio = (unsigned)ed->limits.gzip_ratio};
    r->archive = archive_open(r->s->archive, &o, r->e);
    if (!r->archive)
        return FLOW_FATAL;
    if (!archive_files(r->archive) && archive_has_others(r->archive))
        return err_set(r->e, STATUS_NOINPUT,
                       "%s: archives of other campaigns, none of %s: name its folder, or its edition", r->s->archive,
                       r->edition->campaign);
    int64_t last = INSTANT_NONE;
    for (size_t i = 0; i < archive_documents(r->archive); i++)
        if (archive_document_at(r->archive, i).received_at > last)
            last = archive_document_at(r->archive, i).received_at;
    return edition_resolve(r->edition, last, r->e);
}

static enum flow open_register(struct run *r)
{
    struct buf kept;
    enum flow f = FLOW_OK;
    if (r->s->frame) {
        r->frame = register_open(r->edition, r->s->frame, r->e);
        return r->frame ? FLOW_OK : FLOW_FATAL;
    }
    buf_init(&kept, KEPT_BYTES_MAX);
    f = archive_kept(r->archive, "register", &kept, r->e);
    if (f == FLOW_END)
        f = err_set(r->e, STATUS_NOINPUT, "%s: keeps no register: give --register", r->s->archive);
    else if (f == FLOW_OK)
        f = (r->frame = register_read(r->edition, buf_str(&kept), kept.len, "register kept in the archive", r->e))
                ? FLOW_OK
                : FLOW_FATAL;
    buf_fini(&kept);
    return f;
}

/* Without --as-of everything decided counts, so a date to come is a slip. A day of grace: midnight UTC of today may be
 * ahead, and clocks differ. */
static enum flow check_dates(struct run *r, const char *name)
{
    const int64_t day = INT64_C(86400000000);
    if (!r->decisions)
        return FLOW_FATAL;
    return r->as_of != INSTANT_NONE ? FLOW_OK : decisions_not_after(r->decisions, clock_now() + day, name, r->e);
}

static enum flow open_decisions(struct run *r)
{
    static const char name_kept[] = "decisions kept in the archive";
    struct buf kept;
    if (r->s->decisions) {
        r->decisions = decisions_open(r->edition, r->frame, r->s->decisions, r->e);
        return check_dates(r, r->s->decisions);
    }
    buf_init(&kept, KEPT_BYTES_MAX);
    enum flow f = archive_kept(r->archive, "decisions", &kept, r->e);
    if (f == FLOW_OK) {
        r->decisions = decisions_read(r->edition, r->frame, buf_str(&kept), kept.len, name_kept, r->e);
        f = check_dates(r, name_kept);
    }
    buf_fini(&kept);
    return f == FLOW_END ? FLOW_OK : f;
}

/* Of the decisions that count, so that one taken after the as-of changes nothing. */
static enum flow digest_decisions(struct run *r)
{
    struct digest *d = digest_new(r->e);
    enum flow f = d ? FLOW_OK : FLOW_FATAL;
    size_t used = 0;
    for (size_t i = 0; i < decisions_count(r->decisions) && f == FLOW_OK; i++) {
        const struct decision *k = decisions_get(r->decisions, i);
        const char *variable = k->variable == EDITION_NONE ? "" : r->edition->variables[k->variable].id;
        const char *category =
            k->category == EDITION_NONE ? "" : r->edition->variables[k->variable].list->categories[k->category].code;
        char when[INSTANT_TEXT_MAX];
        if (r->as_of != INSTANT_NONE && k->when > r->as_of)
            continue;
        (void)clock_print(k->when, when);
        const char *texts[] = {register_id(r->frame, k->unit),
                               decision_action_name(k->action),
                               k->record,
                               k->rule,
                               variable,
                               category,
                               k->old_value,
                               k->new_value,
                               k->who,
                               when,
                               k->reason};
        for (size_t t = 0; t < sizeof texts / sizeof *texts && f == FLOW_OK; t++)
            f = digest_put(d, texts[t], strlen(texts[t]) + 1, r->e);
        used++;
    }
    if (f == FLOW_OK && used)
        f = digest_hex(d, r->decisions_digest, r->e);
    digest_free(d);
    return f;
}

/* A place for a cache in the output folder; NULL when its name is too long. */
static const char *cache_path(const struct run *r, const char *kind, int by_shard, char *path, size_t size)
{
    char name[128];
    int n = snprintf(name, sizeof name, ".%s-%s", kind, r->edition->campaign);
    if (n > 0 && (size_t)n < sizeof name && by_shard && r->shards)
        n += snprintf(name + n, sizeof name - (size_t)n, "-%d-of-%d", r->shard, r->shards);
    return n > 0 && (size_t)n < sizeof name && fs_join(path, size, r->s->output, name) ? path : NULL;
}

static enum flow open_previous(struct run *r)
{
    char path[4096];
    const char *cache = cache_path(r, "previous", 0, path, sizeof path);
    r->previous = previous_open(r->s->previous, &r->plan, cache, !r->s->afresh, r->e);
    return r->previous ? FLOW_OK : FLOW_FATAL;
}

static enum flow open_inputs(struct run *r)
{
    char path[4096];
    if (!(r->edition = edition_open(r->s->edition, r->e)) || open_archive(r) != FLOW_OK ||
        open_register(r) != FLOW_OK || open_decisions(r) != FLOW_OK || digest_decisions(r) != FLOW_OK ||
        edition_digest(r->edition, r->edition_digest, r->e) != FLOW_OK)
        return FLOW_FATAL;
    if (plan_init(&r->plan, r->edition, r->frame, r->decisions, r->as_of, r->e) != FLOW_OK)
        return FLOW_FATAL;
    if (!fs_join(path, sizeof path, r->s->edition, "return.xsd"))
        return err_set(r->e, STATUS_CONFIG, "%s: path too long", r->s->edition);
    r->schema = xml_schema_open(path, r->e);
    if (!r->schema)
        return FLOW_FATAL;
    if (r->s->previous && open_previous(r) != FLOW_OK)
        return FLOW_FATAL;
    return r->s->normalised ? fs_mkdirs(r->s->normalised, r->e) : FLOW_OK;
}

/* ---- a part of our own ---- */
static enum flow list_register(struct run *r)
{
    size_t columns = register_columns(r->frame);
    uint32_t unit = register_column_index(r->frame, r->edition->frame.unit);
    r->extras = calloc(columns + 1, sizeof *r->extras);
    if (!r->extras)
        return no_memory(r);
    for (uint32_t c = 0; c < columns; c++)
        if (c != unit)
            r->extras[r->extra_count++] = register_column(r->frame, c);
    return FLOW_OK;
}

static enum flow list_archives(struct run *r)
{
    r->archives = calloc(archive_files(r->archive) + 1, sizeof *r->archives);
    if (!r->archives)
        return no_memory(r);
    for (; r->archive_count < archive_files(r->archive); r->archive_count++)
        r->archives[r->archive_count] = (struct package_archive){archive_file_name(r->archive, r->archive_count),
                                                                 archive_file_digest(r->archive, r->archive_count)};
    return FLOW_OK;
}

static long threads(long asked)
{
    long n = asked > 0 ? asked : sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > 64 ? 64 : n;
}

/* 1 when return.xsd may name other files (or is in an encoding in which that cannot be seen): the edition's digest does
 * not cover them. */
static int may_include(const struct run *r)
{
    char path[4096];
    struct err ignored;
    struct buf b;
    buf_init(&b, SCHEMA_BYTES_MAX);
    int whole = fs_join(path, sizeof path, r->s->edition, "return.xsd") && fs_read(path, &b, &ignored) == FLOW_OK;
    int found = !whole || strlen(buf_str(&b)) < b.len || strstr(buf_str(&b), "schemaLocation");
    buf_fini(&b);
    return found;
}

/* What the last run made of each unit. Looking back (--as-of) leaves it as it is: the next night needs it. */
static enum flow open_memo(struct run *r)
{
    char path[4096];
    const struct memo_basis b = {.plan = &r->plan,
                                 .edition_digest = r->edition_digest,
                                 .previous_digest = r->previous ? previous_digest(r->previous) : "",
                                 .shares = r->previous && !r->shards};
    if (r->s->normalised || may_include(r) || !cache_path(r, "judgements", 1, path, sizeof path))
        return FLOW_OK;
    r->memo = memo_open(path, &b, !r->s->afresh, r->as_of == INSTANT_NONE, r->e);
    return r->memo ? FLOW_OK : FLOW_FATAL;
}

static enum flow make_rows(struct run *r)
{
    if (open_memo(r) != FLOW_OK)
        return FLOW_FATAL;
    struct pipeline p = {.plan = &r->plan,
                         .schema = r->schema,
                         .archive = r->archive,
                         .previous = r->previous,
                         .memo = r->memo,
                         .normalised = r->s->normalised,
                         .jobs = threads(r->s->jobs),
                         .shard = r->shard,
                         .shards = r->shards};
    for (size_t i = 0; i < SPOOLS; i++)
        if (!(r->spool[i] = spool_open(r->s->output, r->e)))
            return FLOW_FATAL;
    p.spool = r->spool[0];
    p.late = r->spool[1];
    enum flow f = pipeline_run(&p, r->e);
    r->crashed = p.crashed;
    r->observed = p.observed;
    for (size_t i = 0; i < SPOOLS && f == FLOW_OK; i++) {
        struct source *s = &r->sources[r->source_count++];
        s->spool = r->spool[i];
        for (int t = 0; t < TABLE_COUNT && f == FLOW_OK; t++) {
            s->fields[t] = unit_row_fields_of(r->frame, (enum dataset_table)t);
            if (i > 0 || t == TABLE_FETCHES)
                f = spool_sort(r->spool[i], (enum dataset_table)t, s->fields[t], r->e);
        }
    }
    if (f != FLOW_OK)
        return f;
    if (list_register(r) != FLOW_OK)
        return FLOW_FATAL;
    return list_archives(r);
}

/* ---- the parts of others ---- */
static enum flow disagree(struct run *r, const struct package *p, const char *what)
{
    return err_set(r->e, STATUS_DATA, "%s: another %s than the other parts: all shards need the same inputs",
                   package_path(p), what);
}

static enum flow check_part(struct run *r, const struct package *p, unsigned char *seen)
{
    const struct package_facts *a = package_facts(r->parts[0]), *b = package_facts(p);
    if (!b->shards)
        return err_set(r->e, STATUS_DATA, "%s: no part of a dataset, but a whole one", package_path(p));
    if (a->shards != b->shards || strcmp(a->campaign, b->campaign) != 0)
        return disagree(r, p, "campaign or number of shards");
    if (strcmp(a->edition_digest, b->edition_digest) != 0)
        return disagree(r, p, "edition");
    if (strcmp(a->register_digest, b->register_digest) != 0 ||
        package_extra_count(r->parts[0]) != package_extra_count(p))
        return disagree(r, p, "register");
    if (strcmp(a->decisions_digest, b->decisions_digest) != 0)
        return disagree(r, p, "decisions file");
    if (b->shard < 1 || b->shard > b->shards || seen[b->shard])
        return err_set(r->e, STATUS_DATA, "%s: part %d of %d is given twice", package_path(p), b->shard, b->shards);
    seen[b->shard] = 1;
    return FLOW_OK;
}

static enum flow open_parts(struct run *r)
{
    unsigned char seen[SOURCES_MAX + 1] = {0};
    if (!r->s->operand_count || r->s->operand_count > SOURCES_MAX)
        return err_set(r->e, STATUS_USAGE, "--merge: 1 to %d parts are due", SOURCES_MAX);
    for (size_t i = 0; i < r->s->operand_count; i++) {
        r->parts[i] = package_open(r->s->operands[i], r->e);
        if (!r->parts[i] || check_part(r, r->parts[i], seen) != FLOW_OK)
            return FLOW_FATAL;
        r->sources[i].package = r->parts[i];
        for (int t = 0; t < TABLE_COUNT; t++)
            r->sources[i].fields[t] =
                table_spec((enum dataset_table)t)->count + (t == TABLE_UNITS ? package_extra_count(r->parts[i]) : 0);
        r->source_count++;
    }
    const struct package_facts *a = package_facts(r->parts[0]);
    for (int i = 1; i <= a->shards; i++)
        if (!seen[i])
            return err_set(r->e, STATUS_DATA, "part %d of %d is missing", i, a->shards);
    return FLOW_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct package_archive *)a)->name, ((const struct package_archive *)b)->name);
}

static enum flow gather_parts(struct run *r)
{
    size_t n = 0, kept = 0;
    char folder[4096];
    for (size_t i = 0; i < r->source_count; i++)
        n += package_facts(r->parts[i])->archive_count;
    r->archives = calloc(n + 1, sizeof *r->archives);
    r->extras = calloc(package_extra_count(r->parts[0]) + 1, sizeof *r->extras);
    if (!r->archives || !r->extras)
        return no_memory(r);
    for (size_t i = 0; i < r->source_count; i++)
        for (size_t k = 0; k < package_facts(r->parts[i])->archive_count; k++)
            r->archives[r->archive_count++] = package_facts(r->parts[i])->archives[k];
    qsort(r->archives, r->archive_count, sizeof *r->archives, by_name);
    for (size_t i = 0; i < r->archive_count; i++)
        if (!kept || strcmp(r->archives[kept - 1].name, r->archives[i].name) != 0)
            r->archives[kept++] = r->archives[i];
    r->archive_count = kept;
    for (; r->extra_count < package_extra_count(r->parts[0]); r->extra_count++)
        r->extras[r->extra_count] = package_extra(r->parts[0], r->extra_count);
    if (!fs_join(folder, sizeof folder, package_path(r->parts[0]), "edition"))
        return err_set(r->e, STATUS_USAGE, "%s: path too long", package_path(r->parts[0]));
    r->edition = edition_open(folder, r->e);
    return r->edition ? FLOW_OK : FLOW_FATAL;
}

/* ---- the common last step ---- */
static enum flow finish(struct run *r)
{
    const struct package_facts *of_parts = r->s->merge ? package_facts(r->parts[0]) : NULL;
    if (!(r->sums = observed_sums(r->edition)))
        return no_memory(r);
    r->merge = (struct merge){.edition = r->edition,
                              .sources = r->sources,
                              .source_count = r->source_count,
                              .observed = r->observed,
                              .extras = r->extras,
                              .extra_count = r->extra_count,
                              .archives = r->archives,
                              .archive_count = r->archive_count,
                              .output = r->s->output,
                              .accept_refusals = r->s->accept_refusals,
                              .jobs = threads(r->s->jobs)};
    r->merge.facts =
        (struct package_facts){.title = r->edition->title.fr,
                               .enquiry = r->edition->enquiry,
                               .campaign = r->edition->campaign,
                               .edition_id = r->edition->id,
                               .edition_revision = r->edition->revision,
                               .edition_digest = of_parts ? of_parts->edition_digest : r->edition_digest,
                               .register_digest = of_parts ? of_parts->register_digest : register_digest(r->frame),
                               .decisions_digest = of_parts ? of_parts->decisions_digest : r->decisions_digest,
                               .sums = r->sums,
                               .shard = r->shard,
                               .shards = r->shards};
    return merge_run(&r->merge, r->e);
}

static void close_all(struct run *r)
{
    for (size_t i = 0; i < SPOOLS; i++)
        spool_close(r->spool[i]);
    observed_free(r->observed);
    memo_close(r->memo);
    previous_close(r->previous);
    xml_schema_close(r->schema);
    plan_fini(&r->plan);
    decisions_close(r->decisions);
    register_close(r->frame);
    archive_close(r->archive);
    edition_close(r->edition);
    for (size_t i = 0; i < SOURCES_MAX && r->parts[i]; i++)
        package_close(r->parts[i]);
    free(r->extras);
    free(r->archives);
    free(r->sums);
    lock_release(r->lock);
    free(r);
}

static enum flow read_settings(struct run *r)
{
    const struct settings *s = r->s;
    r->as_of = INSTANT_NONE;
    if (s->as_of && !clock_parse(s->as_of, strlen(s->as_of), 1, &r->as_of))
        return err_set(r->e, STATUS_USAGE, "--as-of %s: an instant is due, as 2022-07-01T00:00:00Z", s->as_of);
    if (s->shard && !options_shard(s->shard, &r->shard, &r->shards))
        return err_set(r->e, STATUS_USAGE, "--shard %s: i/n is due, as 1/4", s->shard);
    return FLOW_OK;
}

enum flow run_dataset(const struct settings *s, enum status *status, struct err *e)
{
    struct run *r = calloc(1, sizeof *r);
    int64_t begun = clock_monotonic();
    if (!r)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    r->s = s;
    r->e = e;
    enum flow f = read_settings(r);
    if (f == FLOW_OK)
        f = open_output(r);
    if (f == FLOW_OK && s->merge)
        f = open_parts(r) == FLOW_OK ? gather_parts(r) : FLOW_FATAL;
    else if (f == FLOW_OK)
        f = open_inputs(r) == FLOW_OK ? make_rows(r) : FLOW_FATAL;
    if (f == FLOW_OK)
        f = finish(r);
    if (f == FLOW_OK && r->memo)
        memo_commit(r->memo);
    if (f == FLOW_OK)
        f = summary_tell(&r->merge, r->crashed, clock_monotonic() - begun, s->summary, e);
    if (f == FLOW_OK)
        *status = summary_status(&r->merge);
    close_all(r);
    return f;
}
