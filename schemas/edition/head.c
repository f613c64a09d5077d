/* SPDX-License-Identifier: Apache-2.0 */
/* edition.json: identity of the edition, of a return, of a register row; strata, limits, dates. Every text is borrowed
 * from the JSON document, which lives as long as the edition. */
#include "schemas/edition/read.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "schemas/run/clock.h"

/* The line where the last key of a path first stands: JSON values do not carry their line. */
static unsigned line_of(const struct edition *ed, const char *path)
{
    const struct edition_bytes *b = edition_bytes(ed, "edition.json");
    const char *last = strrchr(path, '.');
    char key[128];
    (void)snprintf(key, sizeof key, "\"%s\"", last ? last + 1 : path);
    const char *text = b ? buf_str(&b->text) : "";
    const char *at = strstr(text, key);
    unsigned line = 1;
    for (const char *s = text; at && s < at; s++)
        line += *s == '\n';
    return line;
}

static enum flow PRINTF_LIKE(4, 5)
    fault(const struct edition *ed, struct err *e, const char *path, const char *fmt, ...)
{
    char what[512];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return err_set(e, STATUS_CONFIG, "%s/edition.json:%u: \"%s\": %s", ed->folder, line_of(ed, path), path, what);
}

static enum flow text(struct edition *ed, const char *path, int required, const char **out, struct err *e)
{
    const char *found = json_text(ed->data->json, path);
    *out = found ? found : "";
    if (!found && json_at(ed->data->json, path))
        return fault(ed, e, path, "a text is expected");
    return required && !**out ? fault(ed, e, path, "missing") : FLOW_OK;
}

static enum flow integer(struct edition *ed, const char *path, int64_t low, int64_t high, int64_t *out, struct err *e)
{
    int64_t v = *out;
    if (json_at(ed->data->json, path) && !json_int(ed->data->json, path, &v))
        return fault(ed, e, path, "a whole number is expected");
    if (v < low || v > high)
        return fault(ed, e, path, "not from %lld to %lld", (long long)low, (long long)high);
    *out = v;
    return FLOW_OK;
}

static enum flow share(struct edition *ed, const char *path, double *out, struct err *e)
{
    double v = *out;
    if (json_at(ed->data->json, path) && !json_number(ed->data->json, path, &v))
        return fault(ed, e, path, "a number is expected");
    if (!(v >= 0 && v <= 1))
        return fault(ed, e, path, "not from 0 to 1");
    *out = v;
    return FLOW_OK;
}

static enum flow instant(struct edition *ed, const char *path, int end_of_day, int64_t *out, struct err *e)
{
    const char *s;
    if (text(ed, path, 0, &s, e) != FLOW_OK)
        return FLOW_FATAL;
    *out = INSTANT_NONE;
    if (!*s)
        return FLOW_OK;
    int64_t days;
    if (!clock_parse_date(s, strlen(s), &days))
        return clock_parse(s, strlen(s), 0, out)
                   ? FLOW_OK
                   : fault(ed, e, path, "\"%s\" is neither a date nor an instant with zone", s);
    /* A day is the day in legal time of Paris: it opens at 00:00 and closes with its last microsecond there. */
    int64_t utc = (days + end_of_day) * INT64_C(86400000000);
    *out = utc - (int64_t)clock_paris_offset(utc) * 1000000 - end_of_day;
    return FLOW_OK;
}

static void name_if_unnamed(struct edition_label *l, const char *fr, const char *en)
{
    l->fr = *l->fr ? l->fr : fr;
    l->en = *l->en ? l->en : en;
}

static enum flow texts(struct edition *ed, struct err *e)
{
    struct edition_register *r = &ed->frame;
    struct edition_identity *n = &ed->identity;
    const struct {
        const char *path;
        int required;
        const char **out;
    } rows[] = {
        {"id", 1, &ed->id},
        {"enquiry", 1, &ed->enquiry},
        {"campaign", 1, &ed->campaign},
        {"namespace", 0, &ed->namespace_uri},
        {"root", 1, &ed->root},
        {"labels.title_fr", 1, &ed->title.fr},
        {"labels.title_en", 1, &ed->title.en},
        {"labels.nation_fr", 0, &ed->nation.fr},
        {"labels.nation_en", 0, &ed->nation.en},
        {"labels.size_fr", 0, &ed->size.fr},
        {"labels.size_en", 0, &ed->size.en},
        {"register.schema", 0, &r->schema},
        {"register.unit", 1, &r->unit},
        {"register.size", 0, &r->size},
        {"register.measure", 0, &r->measure},
        {"register.region", 0, &r->region},
        {"register.departement", 0, &r->departement},
        {"register.carrier", 0, &r->carrier},
        {"register.source", 0, &r->source},
        {"register.valid_from", 0, &r->valid_from},
        {"register.valid_to", 0, &r->valid_to},
        {"register.successor", 0, &r->successor},
        {"identity.unit", 1, &n->unit},
        {"identity.campaign", 0, &n->campaign},
        {"identity.sequence", 0, &n->sequence},
        {"identity.nature.select", 0, &n->nature},
        {"identity.stamp", 0, &n->stamp},
        {"identity.software", 0, &n->software},
        {"identity.test.select", 0, &n->test},
        {"identity.test.true", 0, &n->test_true},
        {"identity.nil_reason", 0, &n->nil_reason},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (text(ed, rows[i].path, rows[i].required, rows[i].out, e) != FLOW_OK)
            return FLOW_FATAL;
    name_if_unnamed(&ed->nation, "ensemble", "whole");
    name_if_unnamed(&ed->size, "taille", "size");
    if (!edition_is_name(ed->enquiry))
        return fault(ed, e, "enquiry", "\"%s\" is not a name", ed->enquiry);
    for (const char *s = ed->campaign; *s; s++)
        if (strchr("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-", *s) == NULL)
            return fault(ed, e, "campaign", "\"%s\" would make a bad file name: letters, digits, - and _ only",
                         ed->campaign);
    return FLOW_OK;
}

static enum flow natures(struct edition *ed, struct err *e)
{
    static const char *const words[] = {"initial", "correction", "withdrawal"};
    const struct json *codes = json_at(ed->data->json, "identity.nature.codes");
    size_t count = json_count(codes);
    struct edition_nature_code *rows = edition_alloc(ed, count, sizeof *rows, e);
    if (!rows)
        return FLOW_FATAL;
    for (size_t i = 0; i < count; i++) {
        const char *word = json_text(json_member(codes, i), "");
        int k = 0;
        while (k < 3 && (!word || strcmp(word, words[k]) != 0))
            k++;
        if (k == 3)
            return fault(ed, e, "identity.nature.codes", "code \"%s\": not initial, correction or withdrawal",
                         json_key(codes, i));
        rows[i].code = json_key(codes, i);
        rows[i].nature = (enum edition_nature)k;
    }
    ed->identity.natures = rows;
    ed->identity.nature_count = count;
    return FLOW_OK;
}

static enum flow prefixes(struct edition *ed, struct err *e)
{
    const struct json *p = json_at(ed->data->json, "prefixes");
    size_t count = json_count(p);
    struct edition_prefix *rows = edition_alloc(ed, count, sizeof *rows, e);
    if (!rows)
        return FLOW_FATAL;
    for (size_t i = 0; i < count; i++) {
        rows[i].prefix = json_key(p, i);
        rows[i].uri = json_text(json_member(p, i), "");
        if (!edition_is_name(rows[i].prefix) || !rows[i].uri || !*rows[i].uri)
            return fault(ed, e, "prefixes", "\"%s\": a prefix and a namespace are expected", rows[i].prefix);
    }
    ed->prefixes = rows;
    ed->prefix_count = count;
    return FLOW_OK;
}

/* Of the ISO 8859 family into the Windows one: they differ in the bytes 80 to 9F alone, which is how it shows. */
static enum flow readings(struct edition *ed, struct err *e)
{
    const struct json *p = json_at(ed->data->json, "encodings");
    size_t count = json_count(p);
    struct edition_reading *rows = edition_alloc(ed, count, sizeof *rows, e);
    if (!rows)
        return FLOW_FATAL;
    for (size_t i = 0; i < count; i++) {
        rows[i].declared = json_key(p, i);
        rows[i].real = json_text(json_member(p, i), "");
        if (strncmp(rows[i].declared, "ISO-8859-", 9) != 0 || !rows[i].real ||
            strncmp(rows[i].real, "windows-125", 11) != 0)
            return fault(ed, e, "encodings",
                         "\"%s\": an ISO-8859 encoding and the windows-125x one that it is read as "
                         "are expected",
                         rows[i].declared);
    }
    ed->readings = rows;
    ed->reading_count = count;
    return FLOW_OK;
}

static enum flow member(struct edition *ed, const struct json *item, const char *block, const char *key, int required,
                        const char **out, struct err *e)
{
    *out = json_text(item, key);
    if (!*out && required)
        return fault(ed, e, block, "an entry has no \"%s\"", key);
    if (!*out)
        *out = "";
    return FLOW_OK;
}

static enum flow groups(struct edition *ed, struct err *e)
{
    const struct json *g = json_at(ed->data->json, "groups");
    size_t count = json_count(g);
    struct edition_group *rows = edition_alloc(ed, count, sizeof *rows, e);
    if (!rows)
        return FLOW_FATAL;
    for (size_t i = 0; i < count; i++) {
        const struct json *item = json_item(g, i);
        if (member(ed, item, "groups", "id", 1, &rows[i].id, e) != FLOW_OK ||
            member(ed, item, "groups", "label_fr", 1, &rows[i].label.fr, e) != FLOW_OK ||
            member(ed, item, "groups", "label_en", 1, &rows[i].label.en, e) != FLOW_OK)
            return FLOW_FATAL;
        int added;
        uint32_t index;
        if (map_put(ed->data->groups, rows[i].id, strlen(rows[i].id), &index, &added, e) != FLOW_OK)
            return FLOW_FATAL;
        if (!added)
            return fault(ed, e, "groups", "group \"%s\" stands twice", rows[i].id);
    }
    if (!count)
        return fault(ed, e, "groups", "at least one group is expected");
    ed->groups = rows;
    ed->group_count = count;
    return FLOW_OK;
}

static enum flow strata(struct edition *ed, struct err *e)
{
    const struct json *cuts = json_at(ed->data->json, "strata.cuts");
    size_t count = json_count(cuts);
    int64_t classes = 8, minimum = 5;
    struct decimal *rows = edition_alloc(ed, count, sizeof *rows, e);
    if (!rows)
        return FLOW_FATAL;
    for (size_t i = 0; i < count; i++) {
        double v;
        char number[32];
        if (!json_number(json_item(cuts, i), "", &v))
            return fault(ed, e, "strata.cuts", "a number is expected");
        size_t n = double_print(v, number);
        if (decimal_parse(number, n, &rows[i]) != DECIMAL_OK || (i && decimal_compare(rows[i - 1], rows[i]) >= 0))
            return fault(ed, e, "strata.cuts", "cut points must increase");
    }
    ed->strata.cuts = rows;
    ed->strata.cut_count = count;
    ed->strata.rate = 1.0 / 3;
    if (integer(ed, "strata.size_classes", 1, 100, &classes, e) != FLOW_OK ||
        integer(ed, "strata.minimum", 1, 1000, &minimum, e) != FLOW_OK ||
        share(ed, "strata.rate", &ed->strata.rate, e) != FLOW_OK)
        return FLOW_FATAL;
    ed->strata.size_classes = (int)classes;
    ed->strata.minimum = (int)minimum;
    return FLOW_OK;
}

/* What units are weighted to: their number by region, or the total of their sizes. */
static enum flow check_auxiliary(struct edition *ed, const struct edition_auxiliary *a, struct err *e)
{
    const struct edition_register *r = &ed->frame;
    int by_region = !*a->column && *a->by && strcmp(a->by, r->region) == 0;
    int by_size = *a->column && strcmp(a->column, r->size) == 0 && !*a->by;
    if (by_region || by_size)
        return FLOW_OK;
    return fault(ed, e, "auxiliaries",
                 "\"%s\" is neither units by the register's region column (\"%s\") nor the total of its size column "
                 "(\"%s\")",
                 a->id, r->region, r->size);
}

static enum flow auxiliaries(struct edition *ed, struct err *e)
{
    const struct json *a = json_at(ed->data->json, "auxiliaries");
    const struct json *m = json_at(ed->data->json, "regions_merge");
    struct edition_auxiliary *rows = edition_alloc(ed, json_count(a), sizeof *rows, e);
    struct edition_merge *merges = edition_alloc(ed, json_count(m), sizeof *merges, e);
    if (!rows || !merges)
        return FLOW_FATAL;
    for (size_t i = 0; i < json_count(a); i++) {
        const struct json *item = json_item(a, i);
        if (member(ed, item, "auxiliaries", "id", 1, &rows[i].id, e) != FLOW_OK ||
            member(ed, item, "auxiliaries", "column", 0, &rows[i].column, e) != FLOW_OK ||
            member(ed, item, "auxiliaries", "by", 0, &rows[i].by, e) != FLOW_OK ||
            check_auxiliary(ed, &rows[i], e) != FLOW_OK)
            return FLOW_FATAL;
    }
    for (size_t i = 0; i < json_count(m); i++) {
        const struct json *item = json_item(m, i);
        if (member(ed, item, "regions_merge", "from", 1, &merges[i].from, e) != FLOW_OK ||
            member(ed, item, "regions_merge", "into", 1, &merges[i].into, e) != FLOW_OK)
            return FLOW_FATAL;
        if (strcmp(merges[i].from, merges[i].into) == 0)
            return fault(ed, e, "regions_merge", "\"%s\" merges into itself", merges[i].from);
    }
    ed->auxiliaries = rows;
    ed->auxiliary_count = json_count(a);
    ed->region_merges = merges;
    ed->region_merge_count = json_count(m);
    return FLOW_OK;
}

static enum flow limits(struct edition *ed, struct err *e)
{
    struct edition_limits *l = &ed->limits;
    *l = (struct edition_limits){10485760, 64, 100000, 1048576, 1000, 200};
    if (integer(ed, "limits.body_bytes", 1024, INT64_C(1) << 30, &l->body_bytes, e) != FLOW_OK ||
        integer(ed, "limits.depth", 2, 256, &l->depth, e) != FLOW_OK ||
        integer(ed, "limits.elements", 1, 100000000, &l->elements, e) != FLOW_OK ||
        integer(ed, "limits.text_bytes", 1, 10000000, &l->text_bytes, e) != FLOW_OK ||
        integer(ed, "limits.findings", 1, 1000000, &l->findings, e) != FLOW_OK)
        return FLOW_FATAL;
    return integer(ed, "limits.gzip_ratio", 2, 1100, &l->gzip_ratio, e);
}

static enum flow dates(struct edition *ed, struct err *e)
{
    if (instant(ed, "dates.opening", 0, &ed->opening, e) != FLOW_OK ||
        instant(ed, "dates.closing", 1, &ed->closing, e) != FLOW_OK)
        return FLOW_FATAL;
    if (ed->opening != INSTANT_NONE && ed->closing != INSTANT_NONE && ed->opening >= ed->closing)
        return fault(ed, e, "dates.closing", "closes before it opens");
    return FLOW_OK;
}

enum flow edition_check_size_measure(const struct edition *ed, struct err *e)
{
    const char *code = ed->frame.measure;
    return !*code || edition_measure(ed, code)
               ? FLOW_OK
               : fault(ed, e, "register.measure", "\"%s\" is no unit of measure of measures.csv", code);
}

enum flow edition_read_head(struct edition *ed, struct err *e)
{
    const struct edition_bytes *b = edition_bytes(ed, "edition.json");
    if (!b)
        return err_set(e, STATUS_CONFIG, "%s/edition.json: missing file of the edition", ed->folder);
    char name[512];
    (void)snprintf(name, sizeof name, "%s/edition.json", ed->folder);
    ed->data->json = json_parse(buf_str(&b->text), b->text.len, name, e);
    if (!ed->data->json)
        return FLOW_FATAL;
    ed->json = ed->data->json;
    int64_t revision = 1, year = 0;
    if (integer(ed, "revision", 1, 1000000, &revision, e) != FLOW_OK ||
        integer(ed, "reference_year", 1900, 2999, &year, e) != FLOW_OK)
        return FLOW_FATAL;
    ed->revision = (int)revision;
    ed->reference_year = (int)year;
    ed->core_complete = 0.8;
    ed->core_partial = 0.5;
    if (share(ed, "core.complete", &ed->core_complete, e) != FLOW_OK ||
        share(ed, "core.partial", &ed->core_partial, e) != FLOW_OK)
        return FLOW_FATAL;
    if (ed->core_partial > ed->core_complete)
        return fault(ed, e, "core.partial", "greater than core.complete");
    enum flow (*const parts[])(struct edition *, struct err *) = {texts,  prefixes,    readings, natures, groups,
                                                                  strata, auxiliaries, limits,   dates};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i](ed, e) != FLOW_OK)
            return FLOW_FATAL;
    return FLOW_OK;
}
