/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/summary.h"

#include "schemas/run/json.h"
#include "schemas/run/log.h"
#include "schemas/run/output.h"

#include <string.h>

static const char *change_name(const struct merge *m)
{
    static const char *const names[] = {"new", "same", "refreshed"};
    return names[m->result.change];
}

/* The members of a closed list with their counts. */
static void put_counts(struct jsonw *w, const char *key, const char *list, const uint64_t *counts)
{
    char name[64];
    jsonw_object(w, key);
    for (unsigned i = 0; list && *list && i < 15; i++) {
        size_t n = strcspn(list, "|");
        if (n < sizeof name) {
            memcpy(name, list, n);
            name[n] = '\0';
            jsonw_int(w, name, (int64_t)counts[i]);
        }
        list += n + (list[n] == '|');
    }
    jsonw_end(w);
}

static const char *closed_list(enum dataset_table t, size_t column)
{
    return table_spec(t)->columns[column].values;
}

static uint64_t documents_in(const struct merge *m, const char *state)
{
    return m->documents[merge_position(closed_list(TABLE_DOCUMENTS, DOCUMENTS_STATE), state)];
}

static enum flow write_json(const struct merge *m, uint64_t crashed, int64_t microseconds, const char *path,
                            struct err *e)
{
    struct buf b;
    struct jsonw w;
    buf_init(&b, 1 << 20);
    jsonw_init(&w, sink_buf(&b), 0, e);
    jsonw_object(&w, NULL);
    jsonw_text(&w, "program", "pre-transform");
    jsonw_text(&w, "dataset", m->result.name);
    jsonw_text(&w, "content_digest", m->result.content_digest);
    jsonw_bool(&w, "changed", m->result.change == PACKAGE_NEW);
    jsonw_text(&w, "change", change_name(m));
    jsonw_text(&w, "campaign", m->facts.campaign);
    jsonw_text(&w, "as_of", m->as_of);
    jsonw_int(&w, "received", (int64_t)m->received);
    put_counts(&w, "documents", closed_list(TABLE_DOCUMENTS, DOCUMENTS_STATE), m->documents);
    jsonw_int(&w, "in_scope", (int64_t)m->in_scope);
    put_counts(&w, "units", closed_list(TABLE_UNITS, UNITS_OUTCOME), m->outcomes);
    put_counts(&w, "findings", closed_list(TABLE_FINDINGS, FINDINGS_SEVERITY), m->severities);
    jsonw_int(&w, "not_evaluable", (int64_t)m->not_evaluable);
    jsonw_int(&w, "normalised", (int64_t)m->normalised);
    jsonw_int(&w, "rules_crashed", (int64_t)crashed);
    jsonw_int(&w, "campaign_findings", (int64_t)m->alarms);
    jsonw_int(&w, "milliseconds", microseconds / 1000);
    jsonw_end(&w);
    enum flow f = jsonw_finish(&w);
    if (f == FLOW_OK)
        f = output_file(path, buf_str(&b), b.len, e);
    buf_fini(&b);
    return f;
}

enum flow summary_tell(const struct merge *m, uint64_t crashed, int64_t microseconds, const char *path, struct err *e)
{
    if (crashed)
        log_event(LOG_ERROR, "rules-crashed", LOG_NUM("count", crashed));
    log_event(LOG_INFO, "done", LOG_TEXT("dataset", m->result.name), LOG_TEXT("change", change_name(m)),
              LOG_NUM("received", m->received), LOG_NUM("current", documents_in(m, "current")),
              LOG_NUM("refused", documents_in(m, "refused")), LOG_NUM("undecided", documents_in(m, "undecided")),
              LOG_NUM("in_scope", m->in_scope), LOG_NUM("complete", m->outcomes[0]), LOG_NUM("partial", m->outcomes[1]),
              LOG_NUM("errors", m->severities[1]), LOG_NUM("warnings", m->severities[2]),
              LOG_NUM("not_evaluable", m->not_evaluable), LOG_NUM("campaign_findings", m->alarms),
              LOG_NUM("milliseconds", microseconds / 1000));
    return path ? write_json(m, crashed, microseconds, path, e) : FLOW_OK;
}

enum status summary_status(const struct merge *m)
{
    return documents_in(m, "refused") || documents_in(m, "undecided") ? STATUS_PARTIAL : STATUS_OK;
}
