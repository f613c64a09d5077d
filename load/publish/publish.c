/* SPDX-License-Identifier: Apache-2.0 */
/* The story of one publication: which vintage, is its folder whole already, else all publishers one after the other,
 * then SHA256SUMS. */
#include "load/publish/publish.h"

#include "load/publish/model.h"
#include "schemas/run/fs.h"
#include "schemas/run/json.h"
#include "schemas/run/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUMS "SHA256SUMS"
#define IDENTITY "publication.json"
enum { SUMS_MAX = 64 << 20 };

static enum flow (*const publishers[])(struct publication *, struct err *) = {
    publish_tables,
    publish_report,
    publish_feedback,
    publish_kit,
};
enum { PUBLISHERS = sizeof publishers / sizeof publishers[0] };

/* ---- SHA256SUMS ---- */

static enum flow sum_file(const char *folder, const char *name, struct buf *out, struct err *e)
{
    char path[4096], hex[DIGEST_HEX_MAX];
    if (!fs_join(path, sizeof path, folder, name))
        return err_set(e, STATUS_CANTCREAT, "%s/%s: name too long", folder, name);
    enum flow f = digest_file(path, hex, e);
    return f == FLOW_OK ? buf_printf(out, e, "%s  %s\n", hex, name) : f;
}

/* Every file below folder/prefix, in the order of their paths. */
static enum flow sum_tree(const char *folder, const char *prefix, struct buf *out, int64_t *files, struct err *e)
{
    char path[4096], below[4096], **names = NULL;
    size_t count = 0;
    if (!fs_join(path, sizeof path, folder, prefix))
        return err_set(e, STATUS_CANTCREAT, "%s/%s: name too long", folder, prefix);
    enum flow f = fs_names(*prefix ? path : folder, &names, &count, e);
    for (size_t i = 0; i < count && f == FLOW_OK; i++) {
        int n = snprintf(below, sizeof below, "%s%s%s", prefix, *prefix ? "/" : "", names[i]);
        if (n < 0 || (size_t)n >= sizeof below || !fs_join(path, sizeof path, folder, below)) {
            f = err_set(e, STATUS_CANTCREAT, "%s/%s: name too long", folder, prefix);
        } else if (fs_is_dir(path)) {
            f = sum_tree(folder, below, out, files, e);
        } else if (strcmp(below, SUMS) != 0) {
            f = sum_file(folder, below, out, e);
            ++*files;
        }
    }
    fs_names_free(names, count);
    return f;
}

/* Is a file there with just these bytes? */
static int holds(const char *folder, const char *name, const struct buf *expected)
{
    struct err ignored;
    struct buf b;
    char path[4096];
    buf_init(&b, SUMS_MAX);
    int same = fs_join(path, sizeof path, folder, name) && fs_is_file(path) && fs_read(path, &b, &ignored) == FLOW_OK &&
               b.len == expected->len && b.len > 0 && memcmp(b.data, expected->data, b.len) == 0;
    buf_fini(&b);
    return same;
}

/* What the folder was made from: a change of status, program or method makes it another one. */
static enum flow identity_of(const struct vintage *v, int english, struct buf *out, struct err *e)
{
    struct jsonw w;
    jsonw_init(&w, sink_buf(out), 0, e);
    jsonw_object(&w, NULL);
    jsonw_text(&w, "audience", "internal");
    jsonw_text(&w, "campaign", v->campaign);
    jsonw_int(&w, "vintage", v->number);
    jsonw_text(&w, "status", v->status);
    jsonw_text(&w, "as_of", v->as_of);
    jsonw_text(&w, "dataset", v->package_name);
    jsonw_text(&w, "content_digest", v->content_digest);
    jsonw_text(&w, "edition_digest", v->edition_digest);
    jsonw_text(&w, "method", v->method);
    jsonw_text(&w, "method_digest", v->method_digest);
    jsonw_text(&w, "loaded_by", v->program);
    jsonw_text(&w, "published_by", "pre-load " PRE_VERSION);
    jsonw_text(&w, "language", english ? "en" : "fr");
    jsonw_end(&w);
    return jsonw_finish(&w);
}

/* Is the folder there, made from the same, with the sums it announces? */
static int whole(const char *folder, const struct buf *identity, int64_t *files)
{
    struct err ignored;
    struct buf said, found;
    char path[4096];
    buf_init(&said, SUMS_MAX);
    buf_init(&found, SUMS_MAX);
    *files = 0;
    int same = holds(folder, IDENTITY, identity) && fs_join(path, sizeof path, folder, SUMS) && fs_is_file(path) &&
               fs_read(path, &said, &ignored) == FLOW_OK && sum_tree(folder, "", &found, files, &ignored) == FLOW_OK &&
               said.len == found.len && said.len > 0 && memcmp(said.data, found.data, said.len) == 0;
    buf_fini(&said);
    buf_fini(&found);
    return same;
}

static enum flow write_sums(const char *folder, int64_t *files, struct err *e)
{
    struct buf b;
    char path[4096];
    buf_init(&b, SUMS_MAX);
    *files = 0;
    enum flow f = sum_tree(folder, "", &b, files, e);
    if (f == FLOW_OK && !fs_join(path, sizeof path, folder, SUMS))
        f = err_set(e, STATUS_CANTCREAT, "%s: name too long", folder);
    if (f == FLOW_OK)
        f = output_member(path, b.data, b.len, e);
    buf_fini(&b);
    return f;
}

/* ---- writing ---- */

/* The file that a person opens first. */
static enum flow read_me(const struct publication *p, struct err *e)
{
    struct buf b;
    buf_init(&b, 65536);
    enum flow f = buf_printf(
        &b, e, "%s\n\n%s\n%s %lld, %s, %s %s\n\n%s",
        publication_words(p, "INTERNE : avant contrôle du secret statistique, ne pas diffuser.",
                          "INTERNAL: before disclosure control, not for release."),
        p->title, publication_words(p, "Version", "Vintage"), (long long)p->vintage.number, publication_status(p),
        publication_words(p, "arrêtée au", "as of"), p->vintage.as_of,
        publication_words(
            p,
            "rapport.html       le rapport : à ouvrir dans un navigateur, à imprimer\n"
            "tables.xlsx        toutes les tables dans un classeur\n"
            "tables/*.excel.csv les mêmes, pour un tableur français (point-virgule, virgule décimale)\n"
            "tables/*.csv       les mêmes, pour un programme (virgule, point décimal), décrites par datapackage.json\n"
            "retours/           un compte rendu par unité, page et texte ; index.csv et index.excel.csv pour un "
            "publipostage.\n"
            "                   Chaque compte rendu n'est destiné qu'à son unité.\n"
            "kit/               pour les éditeurs de logiciels : schéma, listes, règles, exemple et contre-exemples\n"
            "publication.json   d'où vient ce dossier\n"
            "SHA256SUMS         empreinte de chaque fichier : sha256sum -c SHA256SUMS\n",
            "report.html        the report: open it in a browser, print it\n"
            "tables.xlsx        every table in one workbook\n"
            "tables/*.excel.csv the same, for a French spreadsheet (semicolon, decimal comma)\n"
            "tables/*.csv       the same, for a program (comma, decimal point), described by datapackage.json\n"
            "retours/           feedback for each unit, page and text; index.csv and index.excel.csv for a mail "
            "merge.\n"
            "                   Each one is for its unit alone.\n"
            "kit/               for software vendors: schema, lists, rules, example and counter-examples\n"
            "publication.json   where this folder comes from\n"
            "SHA256SUMS         digest of each file: sha256sum -c SHA256SUMS\n"));
    if (f == FLOW_OK)
        f = publication_file(p, publication_words(p, "LISEZ-MOI.txt", "README.txt"), b.data, b.len, e);
    buf_fini(&b);
    return f;
}

static enum flow write_all(struct publication *p, struct publish_result *r, struct err *e)
{
    enum flow f = read_me(p, e);
    for (size_t i = 0; i < PUBLISHERS && f == FLOW_OK; i++)
        f = publishers[i](p, e);
    return f == FLOW_OK ? write_sums(p->folder, &r->files, e) : f;
}

static enum flow publish_vintage(struct db *db, const struct vintage *v, const char *name, int english,
                                 const struct buf *identity, struct publish_result *r, struct err *e)
{
    struct publication p;
    struct outdir *out = outdir_open(r->folder, 1, e);
    if (!out)
        return FLOW_FATAL;
    enum flow f = publication_read(&p, db, v, english ? PUBLISH_EN : PUBLISH_FR, e);
    if (f == FLOW_OK) {
        p.folder = outdir_path(out);
        STORE_KEEP(p.name, name);
        STORE_KEEP(p.title, publication_label(&p, &p.edition->title));
        r->units = (int64_t)p.units;
        f = publication_file(&p, IDENTITY, identity->data, identity->len, e);
    }
    if (f == FLOW_OK) {
        f = write_all(&p, r, e);
    }
    publication_fini(&p);
    if (f != FLOW_OK) {
        outdir_abort(out);
        return f;
    }
    return outdir_commit(out, e);
}

enum flow publish_run(struct db *db, const char *campaign, const char *dir, int english, struct publish_result *r,
                      struct err *e)
{
    char found[STORE_TEXT], name[160];
    struct vintage v;
    *r = (struct publish_result){.change = PUBLISH_KEPT};
    enum flow f = store_campaign(db, campaign, found, e);
    if (f == FLOW_OK)
        f = store_vintage(db, found, 0, &v, e);
    if (f != FLOW_OK)
        return f;
    r->vintage = v.number;
    (void)snprintf(name, sizeof name, "%s-v%lld-internal%s", found, (long long)v.number, english ? "-en" : "");
    if (!fs_join(r->folder, sizeof r->folder, dir, name))
        return err_set(e, STATUS_CANTCREAT, "%s/%s: name too long", dir, name);
    struct buf identity;
    buf_init(&identity, 65536);
    f = identity_of(&v, english, &identity, e);
    if (f == FLOW_OK && !whole(r->folder, &identity, &r->files)) {
        r->change = PUBLISH_WRITTEN;
        f = fs_mkdirs(dir, e);
        if (f == FLOW_OK)
            f = publish_vintage(db, &v, name, english, &identity, r, e);
    }
    buf_fini(&identity);
    return f;
}
