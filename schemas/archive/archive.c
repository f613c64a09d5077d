/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/archive/known.h"

#include "schemas/run/clock.h"
#include "schemas/run/fs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- opening ---- */

static int ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n > m && strcmp(name + n - m, end) == 0;
}

static int is_archive(const char *name, const char *campaign)
{
    size_t m = campaign ? strlen(campaign) : 0;
    if (name[0] == '.' || !ends_with(name, ".warc.gz"))
        return 0;
    return !campaign || (strncmp(name, campaign, m) == 0 && name[m] == '-');
}

/* CAMPAIGN-UTC.warc.gz or CAMPAIGN-UTC-s03of08.warc.gz, whichever the campaign. */
static int is_named(const char *name)
{
    static const char utc[] = "-ddddddddTddddddZ";
    for (const char *at = name; (at = strchr(at + 1, '-')) != NULL;) {
        size_t i = 0;
        while (utc[i] && (utc[i] == 'd' ? at[i] >= '0' && at[i] <= '9' : at[i] == utc[i]))
            i++;
        if (!utc[i])
            return 1;
    }
    return 0;
}

/* A file that is no archive of this campaign: one of another, or one that lost its name or its compression, whose
 * returns would be missed by nobody. */
static enum flow check_other(struct archive *a, const char *name, struct err *e)
{
    char path[4096], whole[4096];
    int packed = ends_with(name, ".warc.gz");
    if (name[0] == '.' || (!packed && !ends_with(name, ".warc")))
        return FLOW_OK;
    if (packed && is_named(name)) {
        a->other = 1;
        return FLOW_OK;
    }
    int n = snprintf(whole, sizeof whole, "%s/%s.gz", a->dir, name);
    if (!fs_join(path, sizeof path, a->dir, name) || !fs_is_file(path) ||
        (!packed && n > 0 && (size_t)n < sizeof whole && fs_is_file(whole)))
        return FLOW_OK;
    return err_set(e, STATUS_DATA,
                   "%s: not the name of an archive, CAMPAIGN-UTC.warc.gz: put the file back as it was made, or take it "
                   "out of the folder",
                   path);
}

static enum flow list_files(struct archive *a, struct err *e)
{
    char **names = NULL;
    size_t count = 0;
    if (!fs_is_dir(a->dir))
        return err_set(e, STATUS_NOINPUT, "%s: no such archive folder", a->dir);
    enum flow f = fs_names(a->dir, &names, &count, e);
    a->file = f == FLOW_OK ? calloc(count + 1, sizeof *a->file) : NULL;
    if (f == FLOW_OK && !a->file)
        f = err_set(e, STATUS_SYSTEM, "out of memory for %zu archives", count);
    for (size_t i = 0; i < count && f == FLOW_OK; i++) {
        if (!is_archive(names[i], a->options.campaign)) {
            f = check_other(a, names[i], e);
            continue;
        }
        a->file[a->files].name = strdup(names[i]);
        if (!a->file[a->files++].name)
            f = err_set(e, STATUS_SYSTEM, "out of memory for %zu archives", count);
    }
    fs_names_free(names, count);
    return f == FLOW_OK && a->files >= NO_FILE
               ? err_set(e, STATUS_DATA, "%s: more than %d archives", a->dir, NO_FILE - 1)
               : f;
}

/* What is known of each unit is in the lists now, and each record says its own digest. */
static void forget_units(struct archive *a)
{
    map_free(a->bodies);
    a->bodies = NULL;
    free(a->last);
    free(a->mark);
    a->last = NULL;
    a->mark = NULL;
    map_free(a->inbox);
    a->inbox = NULL;
    map_forget(a->units);
}

static void forget_lines(struct archive *a)
{
    free(a->live.bit);
    free(a->live.last);
    if (a->live.merged >= 0)
        (void)close(a->live.merged);
    a->live = (struct live){.merged = -1};
}

static enum flow read_files(struct archive *a, struct err *e)
{
    size_t covered = 0;
    int stale = 1;
    enum flow f = merged_read(a, &covered, &stale, e);
    for (size_t i = covered; i < a->files && f == FLOW_OK; i++) {
        a->current = (uint32_t)i;
        merged_stamp(a, &a->file[i]);
        f = index_each(a->dir, a->file[i].name, (enum index_use)a->options.use_index, known_take, a, a->file[i].hex, e);
    }
    if (f == FLOW_OK && a->live.wanted && (stale || covered < a->files))
        merged_write(a, covered);
    forget_lines(a);
    return f;
}

static enum flow read_all(struct archive *a, struct err *e)
{
    enum flow f = list_files(a, e);
    if (f == FLOW_OK)
        f = read_files(a, e);
    if (f == FLOW_OK && !a->options.last_only)
        f = known_sort(a, e);
    if (f == FLOW_OK && a->options.documents_only)
        forget_units(a);
    return f;
}

struct archive *archive_open(const char *dir, const struct archive_options *o, struct err *e)
{
    struct archive *a = calloc(1, sizeof *a);
    if (!a) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory for an archive");
        return NULL;
    }
    a->options = *o;
    a->dir = strdup(dir);
    a->units = map_new();
    a->bodies = map_new_of(DIGEST_BYTES);
    a->inbox = map_new();
    a->words = map_new();
    a->kept[0] = a->kept[1] = NOWHERE;
    a->live = (struct live){.wanted = o->use_index == ARCHIVE_INDEX_KEEP && o->campaign && o->as_of == INSTANT_NONE,
                            .kept = {NO_LINE, NO_LINE},
                            .latest = INSTANT_NONE,
                            .merged = -1};
    enum flow f = a->dir && a->units && a->bodies && a->inbox && a->words
                      ? FLOW_OK
                      : err_set(e, STATUS_SYSTEM, "out of memory for an archive");
    if (f == FLOW_OK)
        f = read_all(a, e);
    if (f != FLOW_OK) {
        archive_close(a);
        return NULL;
    }
    return a;
}

void archive_close(struct archive *a)
{
    if (!a)
        return;
    for (size_t i = 0; a->file && i < a->files; i++) {
        free(a->file[i].name);
        if (a->file[i].open)
            (void)close(a->file[i].open - 1);
    }
    free(a->file);
    free(a->last);
    free(a->mark);
    free(a->source);
    free(a->until);
    free(a->body);
    free(a->name);
    free(a->document);
    free(a->fetch);
    free(a->whole);
    forget_lines(a);
    map_free(a->units);
    map_free(a->bodies);
    map_free(a->inbox);
    map_free(a->words);
    free(a->dir);
    free(a);
}

/* ---- lists ---- */

int archive_has_others(const struct archive *a)
{
    return a->other;
}

size_t archive_files(const struct archive *a)
{
    return a->files;
}

const char *archive_file_name(const struct archive *a, size_t i)
{
    return a->file[i].name;
}

const char *archive_file_digest(const struct archive *a, size_t i)
{
    return a->file[i].hex;
}

size_t archive_documents(const struct archive *a)
{
    return a->documents;
}

struct archive_document archive_document_at(const struct archive *a, size_t i)
{
    const struct document *d = &a->document[i];
    return (struct archive_document){a->name[d->unit], d->at, a->file[d->spot.file].name, spot_offset(d->spot), i};
}

size_t archive_fetches(const struct archive *a)
{
    return a->fetches;
}

struct archive_fetch archive_fetch_at(const struct archive *a, size_t i)
{
    const struct fetch *f = &a->fetch[i];
    return (struct archive_fetch){a->name[f->unit], map_key(a->words, f->outcome), f->at, i};
}
