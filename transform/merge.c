/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/merge.h"

#include "schemas/run/clock.h"
#include "schemas/run/crash.h"
#include "schemas/run/fs.h"
#include "schemas/run/map.h"
#include "schemas/run/stop.h"
#include "schemas/run/text.h"
#include "transform/findings.h"
#include "transform/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_MAX = 24, ALARMS_MAX = 1000, SENTENCE_MAX = 600 };

/* What the rows of one unit have in common, looked up once: a unit has about a hundred rows of observations. */
struct standing {
    char unit[256]; /* "": none yet */
    int twin, unusable;
};

struct merging {
    struct merge *m;
    struct package_writer *out;
    struct twins twins;
    size_t twins_told; /* the first of them, whose findings are written */
    struct shift *shift;
    struct observed *gone; /* rows of twins that the workers counted */
    struct buf gone_text;
    struct standing standing; /* of the observations being written */
    struct map *unusable;     /* units whose return is in force and says too little: no respondents, in no share */
    struct shift_alarm alarms[ALARMS_MAX];
    size_t alarm_count;
    int64_t as_of;
    unsigned char *used; /* [archive_count]: 1 when a record in force came from it */
    int whole;           /* no shard: campaign-level rules hold */
    struct err *e;
};

unsigned merge_position(const char *list, const char *value)
{
    unsigned i = 0;
    size_t n = strlen(value);
    for (const char *p = list; p && i < 15; i++) {
        if (strncmp(p, value, n) == 0 && (p[n] == '|' || p[n] == '\0'))
            return i;
        p = strchr(p, '|');
        p = p ? p + 1 : NULL;
    }
    return 15;
}

static const char *closed_list(enum dataset_table t, size_t column)
{
    return table_spec(t)->columns[column].values;
}

/* ---- tables ---- */
static enum flow each(struct merging *k, enum dataset_table t, enum flow (*row)(struct merging *k, const char **values))
{
    const struct merge *m = k->m;
    size_t fields = m->sources[0].fields[t];
    const char *values[ROWS_FIELDS_MAX];
    const char *const *v;
    struct stream *s = stream_open(m->sources, m->source_count, t, k->e);
    enum flow f = s ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = stream_next(s, &v, k->e)) == FLOW_OK) {
        if (stop_asked()) {
            f = err_set(k->e, STATUS_RETRY, "stopped by a signal; nothing was written");
            break;
        }
        memcpy(values, v, fields * sizeof *values);
        f = row(k, values);
    }
    stream_close(s);
    return f == FLOW_END ? FLOW_OK : f;
}

static const char *one_more(const char *count, char *out)
{
    (void)snprintf(out, NUMBER_MAX, "%llu", strtoull(count, NULL, 10) + 1);
    return out;
}

static void note_used(struct merging *k, const char *const *v)
{
    int64_t at;
    const char *when = v[DOCUMENTS_RECEIVED_AT];
    if (strcmp(v[DOCUMENTS_STATE], "current") != 0)
        return;
    if (clock_parse(when, strlen(when), 0, &at) && (k->as_of == INSTANT_NONE || at > k->as_of))
        k->as_of = at;
    for (size_t i = 0; i < k->m->archive_count; i++)
        if (strcmp(k->m->archives[i].name, v[DOCUMENTS_ARCHIVE]) == 0)
            k->used[i] = 1;
}

static enum flow put_document(struct merging *k, const char **v)
{
    char information[NUMBER_MAX];
    struct twin *t = k->twins.count ? twins_of_record(&k->twins, v[DOCUMENTS_UNIT], v[DOCUMENTS_RECORD]) : NULL;
    if (t) {
        v[DOCUMENTS_STATE] = "undecided";
        v[DOCUMENTS_REASON] = "same-content-other-unit";
        v[DOCUMENTS_RELATED] = t->other;
        v[DOCUMENTS_INFORMATION] = one_more(v[DOCUMENTS_INFORMATION], information);
    }
    note_used(k, v);
    k->m->documents[merge_position(closed_list(TABLE_DOCUMENTS, DOCUMENTS_STATE), v[DOCUMENTS_STATE])]++;
    k->m->received++;
    return package_row(k->out, TABLE_DOCUMENTS, v, k->e);
}

static enum flow put_unit(struct merging *k, const char **values)
{
    const char **v = values + stream_units_position(k->m->sources[0].fields[TABLE_UNITS], UNITS_SCOPE) - UNITS_SCOPE;
    if (v[UNITS_OUTCOME] && strcmp(v[UNITS_OUTCOME], "unusable") == 0) {
        uint32_t index;
        if (map_put(k->unusable, values[0], strlen(values[0]), &index, NULL, k->e) != FLOW_OK)
            return FLOW_FATAL;
    }
    if (k->twins.count && twins_of_unit(&k->twins, values[0])) {
        for (size_t c = UNITS_RECORD; c < UNITS_COLUMNS; c++)
            v[c] = NULL;
        v[UNITS_OUTCOME] = "undecided";
    }
    if (strcmp(v[UNITS_SCOPE], "in") == 0) {
        k->m->in_scope++;
        k->m->outcomes[merge_position(closed_list(TABLE_UNITS, UNITS_OUTCOME), v[UNITS_OUTCOME])]++;
    }
    return package_row(k->out, TABLE_UNITS, values, k->e);
}

static const struct standing *stand(struct merging *k, const char *unit)
{
    struct standing *s = &k->standing;
    if (*unit && strcmp(s->unit, unit) == 0)
        return s;
    size_t n = strlen(unit);
    s->twin = twins_of_unit(&k->twins, unit) != NULL;
    s->unusable = map_get(k->unusable, unit, n) != MAP_NONE;
    s->unit[0] = '\0';
    if (n < sizeof s->unit)
        memcpy(s->unit, unit, n + 1);
    return s;
}

static enum flow put_observation(struct merging *k, const char **v)
{
    const struct standing *s = stand(k, v[OBSERVATIONS_UNIT]);
    if (s->twin) {
        uint32_t unit = edition_silence(k->m->edition, "unit", 4);
        v[OBSERVATIONS_VALUE] = v[OBSERVATIONS_ORIGIN] = v[OBSERVATIONS_RAW] = v[OBSERVATIONS_LINE] = "";
        v[OBSERVATIONS_SILENCE] = "unit";
        v[OBSERVATIONS_OBS_STATUS] = unit == EDITION_NONE ? "L" : k->m->edition->silences[unit].obs_status;
    }
    if (k->whole && !s->unusable && shift_row(k->shift, v, k->e) != FLOW_OK)
        return FLOW_FATAL;
    return package_row(k->out, TABLE_OBSERVATIONS, v, k->e);
}

/* The observations of a twin: read back from their text, noted as gone, and put again as an undecided unit's. */
static enum flow put_twin_text(struct merging *k, const char *unit, const char *text)
{
    struct csv_row row;
    const char *values[OBSERVATIONS_COLUMNS];
    struct csv *c = csv_open(text, strlen(text), "observations of a twin", ',', k->e);
    enum flow f = c ? FLOW_OK : FLOW_FATAL;
    buf_reset(&k->gone_text);
    observed_begin(k->gone, map_get(k->unusable, unit, strlen(unit)) == MAP_NONE, &k->gone_text);
    while (f == FLOW_OK && (f = csv_next(c, &row, k->e)) == FLOW_OK) {
        for (size_t i = 0; i < OBSERVATIONS_COLUMNS; i++)
            values[i] = i < row.count ? row.field[i].text : "";
        f = observed_row(k->gone, values, k->e);
        if (f == FLOW_OK)
            f = put_observation(k, values);
    }
    csv_close(c);
    return f == FLOW_END ? FLOW_OK : f;
}

/* All observations of a unit, made ready by a worker. */
static enum flow put_text(struct merging *k, const char **v)
{
    const char *unit = v[UNIT_TEXT_UNIT], *text = v[UNIT_TEXT_ROWS];
    if (k->gone && twins_of_unit(&k->twins, unit))
        return put_twin_text(k, unit, text);
    return package_text(k->out, TABLE_OBSERVATIONS, unit, text, strlen(text), k->e);
}

/* What was counted of the rows that the workers made (sign 1), or of those that are gone (-1). */
static enum flow settle(struct merging *k, const struct observed *o, int sign)
{
    enum flow f = package_tally(k->out, TABLE_OBSERVATIONS, &o->rows.tally, sign, k->e);
    return f == FLOW_OK && o->shift ? shift_add(k->shift, o->shift, sign, k->e) : f;
}

static enum flow put_observations(struct merging *k)
{
    const struct observed *counted = k->m->observed;
    if (!counted) /* packages */
        return each(k, TABLE_OBSERVATIONS, put_observation);
    if (k->twins.count && !(k->gone = observed_new(k->m->edition, counted->shift != NULL, k->e)))
        return FLOW_FATAL;
    enum flow f = each(k, TABLE_OBSERVATIONS, put_text);
    if (f == FLOW_OK)
        f = settle(k, counted, 1);
    return f == FLOW_OK && k->gone ? settle(k, k->gone, -1) : f;
}

static enum flow put_fetch(struct merging *k, const char **v)
{
    return package_row(k->out, TABLE_FETCHES, v, k->e);
}

/* ---- findings ---- */
static void name_rule(const struct merging *k, enum builtin rule, const char **v, char *level)
{
    const struct edition_rule *r = edition_rule(k->m->edition, builtin_id(rule));
    v[FINDINGS_RULE] = builtin_id(rule);
    v[FINDINGS_STAGE] = edition_stage_name(r ? r->stage : rule == RULE_SHIFT ? EDITION_CAMPAIGN : EDITION_IDENTITY);
    v[FINDINGS_SEVERITY] = edition_severity_name(builtin_severity(k->m->edition, rule));
    v[FINDINGS_OUTCOME] = "failed";
    (void)snprintf(level, NUMBER_MAX, "%d", r ? r->level : 2);
    v[FINDINGS_LEVEL] = level;
}

static enum flow put_row(struct merging *k, const char **v)
{
    unsigned outcome = merge_position(closed_list(TABLE_FINDINGS, FINDINGS_OUTCOME), v[FINDINGS_OUTCOME]);
    unsigned severity = merge_position(closed_list(TABLE_FINDINGS, FINDINGS_SEVERITY), v[FINDINGS_SEVERITY]);
    k->m->not_evaluable += outcome == 1;
    k->m->normalised += outcome == 2;
    if (outcome != 1 && severity < 4)
        k->m->severities[severity]++;
    return package_row(k->out, TABLE_FINDINGS, v, k->e);
}

static enum flow tell_twin(struct merging *k, struct twin *t)
{
    const char *v[FINDINGS_COLUMNS] = {0};
    char level[NUMBER_MAX], seq[NUMBER_MAX];
    name_rule(k, RULE_SEQUENCE, v, level);
    (void)snprintf(seq, sizeof seq, "%" PRIu64, t->seq + 1);
    v[FINDINGS_UNIT] = t->unit;
    v[FINDINGS_RECORD] = t->record;
    v[FINDINGS_SEQ] = seq;
    v[FINDINGS_EXPECTED] = t->other;
    v[FINDINGS_MESSAGE_FR] = "même contenu que le retour d'une autre unité : une décision est nécessaire pour les deux";
    v[FINDINGS_MESSAGE_EN] = "same content as the return of another unit: a decision is needed for both";
    return put_row(k, v);
}

/* Twins whose findings all stand before the row (unit, record): NULL unit, all of them. Findings come in the order of
 * twins. */
static enum flow tell_twins_before(struct merging *k, const char *unit, const char *record)
{
    enum flow f = FLOW_OK;
    for (; k->twins_told < k->twins.count && f == FLOW_OK; k->twins_told++) {
        struct twin *t = &k->twins.items[k->twins_told];
        int order = unit ? strcmp(t->unit, unit) : -1;
        order = order ? order : strcmp(t->record, record);
        if (order >= 0)
            break;
        f = tell_twin(k, t);
    }
    return f;
}

static enum flow put_finding(struct merging *k, const char **v)
{
    if (k->twins.count) {
        if (tell_twins_before(k, v[FINDINGS_UNIT], v[FINDINGS_RECORD]) != FLOW_OK)
            return FLOW_FATAL;
        struct twin *t = twins_of_record(&k->twins, v[FINDINGS_UNIT], v[FINDINGS_RECORD]);
        if (t)
            t->seq = strtoull(v[FINDINGS_SEQ], NULL, 10);
    }
    return put_row(k, v);
}

static enum flow keep_alarm(void *ctx, const struct shift_alarm *a, struct err *e)
{
    struct merging *k = ctx;
    (void)e;
    if (k->alarm_count < ALARMS_MAX)
        k->alarms[k->alarm_count++] = *a;
    return FLOW_OK;
}

static enum flow tell_alarm(struct merging *k, const struct shift_alarm *a, size_t seq)
{
    const struct edition_variable *var = &k->m->edition->variables[a->variable];
    const struct edition_category *c = &var->list->categories[a->category];
    const char *v[FINDINGS_COLUMNS] = {0};
    char level[NUMBER_MAX], number[NUMBER_MAX], before[32], after[32], fr[SENTENCE_MAX], en[SENTENCE_MAX];
    name_rule(k, RULE_SHIFT, v, level);
    (void)snprintf(number, sizeof number, "%zu", seq);
    (void)double_print_digits(a->before, 4, before);
    (void)double_print_digits(a->after, 4, after);
    (void)snprintf(
        fr, sizeof fr,
        "%s, %s : part nationale de %s %% à l'édition précédente, %s %% à celle-ci, sur %u unités présentes aux deux%s",
        var->label.fr, c->label.fr, before, after, a->units, a->nil ? " : la catégorie a disparu" : "");
    (void)snprintf(
        en, sizeof en,
        "%s, %s: national share of %s%% in the last edition, %s%% in this one, over %u units present in both%s",
        var->label.en, c->label.en, before, after, a->units, a->nil ? ": the category vanished" : "");
    v[FINDINGS_UNIT] = v[FINDINGS_RECORD] = "";
    v[FINDINGS_SEQ] = number;
    v[FINDINGS_VARIABLE] = var->id;
    v[FINDINGS_CATEGORY] = c->code;
    v[FINDINGS_VALUE] = after;
    v[FINDINGS_EXPECTED] = before;
    v[FINDINGS_MESSAGE_FR] = fr;
    v[FINDINGS_MESSAGE_EN] = en;
    return put_row(k, v);
}

static enum flow judge_campaign(struct merging *k)
{
    double floor;
    const struct merge *m = k->m;
    if (!edition_parameter_number(m->edition, "campaign.response", &floor))
        floor = 0;
    double answered = (double)(m->outcomes[0] + m->outcomes[1]);
    if (!m->in_scope || answered / (double)m->in_scope < floor)
        return FLOW_OK;
    enum flow f = shift_end(k->shift, keep_alarm, k, k->e);
    for (size_t i = 0; i < k->alarm_count && f == FLOW_OK; i++)
        f = tell_alarm(k, &k->alarms[i], i + 1);
    k->m->alarms = k->alarm_count;
    return f;
}

/* Too many refusals mean that something is wrong with us or with a software, not with each sender. */
static enum flow check_refusals(const struct merge *m, struct err *e)
{
    double most;
    unsigned refused = merge_position(closed_list(TABLE_DOCUMENTS, DOCUMENTS_STATE), "refused");
    if (m->accept_refusals || !m->received || !edition_parameter_number(m->edition, "campaign.refusals", &most))
        return FLOW_OK;
    if ((double)m->documents[refused] <= most * (double)m->received)
        return FLOW_OK;
    char share[32];
    (void)double_print_digits(100 * most, 4, share);
    return err_set(
        e, STATUS_DATA,
        "%" PRIu64 " of %" PRIu64
        " documents refused, more than %s%%: nothing was written; look at them with --check, then run again with "
        "--accept-refusals",
        m->documents[refused], m->received, share);
}

static enum flow write_tables(struct merging *k)
{
    enum flow f = FLOW_OK;
    for (int t = 0; t < TABLE_COUNT && f == FLOW_OK; t++)
        f = package_table(k->out, (enum dataset_table)t, t == TABLE_UNITS ? k->m->extras : NULL,
                          t == TABLE_UNITS ? k->m->extra_count : 0, k->e);
    if (f == FLOW_OK)
        f = each(k, TABLE_DOCUMENTS, put_document);
    if (f == FLOW_OK && k->whole)
        f = check_refusals(k->m, k->e);
    if (f == FLOW_OK)
        f = each(k, TABLE_UNITS, put_unit);
    if (f == FLOW_OK)
        f = put_observations(k);
    if (f == FLOW_OK && k->whole)
        f = judge_campaign(k);
    if (f == FLOW_OK)
        f = each(k, TABLE_FINDINGS, put_finding);
    if (f == FLOW_OK)
        f = tell_twins_before(k, NULL, NULL);
    return f == FLOW_OK ? each(k, TABLE_FETCHES, put_fetch) : f;
}

/* A file of the edition's folder as it stands: what a sender's software is built from. Missing is fine; a
 * counter-example that is no UTF-8 text on purpose stays at home, since a store keeps texts. */
static enum flow write_plain(struct merging *k, const char *name)
{
    char path[300], full[4096];
    struct buf b;
    if (!fs_join(full, sizeof full, k->m->edition->folder, name) || !fs_is_file(full))
        return FLOW_OK;
    buf_init(&b, 16 << 20);
    (void)snprintf(path, sizeof path, "edition/%s", name);
    enum flow f = fs_read(full, &b, k->e);
    int text = f == FLOW_OK && b.len > 0 && text_invalid(b.data, b.len) == b.len && !memchr(b.data, '\0', b.len);
    if (text)
        f = package_add_file(k->out, path, b.data, b.len, k->e);
    buf_fini(&b);
    return f;
}

static enum flow write_counter_examples(struct merging *k)
{
    static const char folder[] = "counter-examples";
    char full[4096], name[280], **names;
    size_t count;
    if (!fs_join(full, sizeof full, k->m->edition->folder, folder) || !fs_is_dir(full))
        return FLOW_OK;
    enum flow f = fs_names(full, &names, &count, k->e);
    for (size_t i = 0; f == FLOW_OK && i < count; i++) {
        (void)snprintf(name, sizeof name, "%s/%.200s", folder, names[i]);
        f = write_plain(k, name);
    }
    if (f == FLOW_OK)
        fs_names_free(names, count);
    return f;
}

static enum flow write_edition(struct merging *k)
{
    const char *name, *bytes;
    char path[300];
    size_t n;
    enum flow f = FLOW_OK;
    for (size_t i = 0; f == FLOW_OK && (name = edition_file(k->m->edition, i, &bytes, &n)); i++) {
        (void)snprintf(path, sizeof path, "edition/%s", name);
        f = package_add_file(k->out, path, bytes, n, k->e);
    }
    static const char *const plain[] = {"return.xsd", "rules.sch", "example.xml"};
    for (size_t i = 0; f == FLOW_OK && i < sizeof plain / sizeof plain[0]; i++)
        f = write_plain(k, plain[i]);
    return f == FLOW_OK ? write_counter_examples(k) : f;
}

static enum flow commit(struct merging *k)
{
    struct merge *m = k->m;
    struct package_archive *used = calloc(m->archive_count + 1, sizeof *used);
    if (!used)
        return err_set(k->e, STATUS_SYSTEM, "out of memory");
    m->facts.archive_count = 0;
    for (size_t i = 0; i < m->archive_count; i++)
        if (k->used[i])
            used[m->facts.archive_count++] = m->archives[i];
    m->facts.archives = used;
    if (k->as_of != INSTANT_NONE)
        (void)clock_print(k->as_of, m->as_of);
    m->facts.as_of = m->as_of;
    enum flow f = package_commit(k->out, &m->facts, &m->result, k->e);
    k->out = NULL;
    m->facts.archives = NULL;
    free(used);
    return f;
}

enum flow merge_run(struct merge *m, struct err *e)
{
    struct merging *k = calloc(1, sizeof *k);
    if (!k)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    k->m = m;
    k->e = e;
    k->whole = !m->facts.shards;
    k->as_of = INSTANT_NONE;
    k->used = calloc(m->archive_count + 1, 1);
    k->shift = shift_new(m->edition, e);
    k->unusable = map_new();
    buf_init(&k->gone_text, SIZE_MAX / 2);
    enum flow f = k->shift ? FLOW_OK : FLOW_FATAL;
    if (!k->used || !k->unusable)
        f = err_set(e, STATUS_SYSTEM, "out of memory");
    if (f == FLOW_OK && k->whole)
        f = twins_find(&k->twins, m->sources, m->source_count, e);
    m->twins = k->twins.count;
    if (f == FLOW_OK)
        f = (k->out = package_create_part(m->output, m->facts.shard, m->facts.shards, m->facts.sums, e)) ? FLOW_OK
                                                                                                         : FLOW_FATAL;
    if (f == FLOW_OK) {
        package_threads(k->out, m->jobs);
        f = write_tables(k);
    }
    if (f == FLOW_OK)
        f = write_edition(k);
    crash_point("transform-commit");
    if (f == FLOW_OK)
        f = commit(k);
    if (f == FLOW_OK && k->whole)
        f = package_point(m->output, m->result.name, e);
    package_abort(k->out);
    shift_free(k->shift);
    observed_free(k->gone);
    buf_fini(&k->gone_text);
    map_free(k->unusable);
    free(k->used);
    twins_fini(&k->twins);
    free(k);
    return f;
}
