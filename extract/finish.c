/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/finish.h"

#include "extract/fetch.h"
#include "schemas/run/beside.h"
#include "schemas/run/clock.h"
#include "schemas/run/crash.h"
#include "schemas/run/log.h"
#include "schemas/run/output.h"

#include <stdio.h>

enum flow run_rescue(struct run *r)
{
    int kept = 0;
    if (r->deposit)
        deposit_rescue(r->deposit, &kept);
    r->deposit = NULL;
    log_event(LOG_ERROR, "archive-cut-short", LOG_NUM("kept", kept), LOG_NUM("commits", r->commits));
    return FLOW_FATAL;
}

static enum status verdict(const struct run *r)
{
    size_t n[OUTCOMES];
    summary_counts(r, n);
    size_t asked = n[OUTCOME_FETCHED] + n[OUTCOME_UNCHANGED] + n[OUTCOME_NOT_PUBLISHED] + n[OUTCOME_FAILED];
    if (r->stopped)
        return STATUS_RETRY;
    if (asked && r->answered == 0)
        return STATUS_NOSOURCE;
    return n[OUTCOME_FAILED] || r->inbox.refused ? STATUS_PARTIAL : STATUS_OK;
}

static void log_end(const struct run *r, enum status s, const char *name)
{
    size_t n[OUTCOMES];
    summary_counts(r, n);
    log_event(LOG_INFO, "done", LOG_TEXT("status", status_name(s)), LOG_TEXT("archive", name),
              LOG_NUM("fetched", n[OUTCOME_FETCHED]), LOG_NUM("unchanged", n[OUTCOME_UNCHANGED]),
              LOG_NUM("not_published", n[OUTCOME_NOT_PUBLISHED]), LOG_NUM("failed", n[OUTCOME_FAILED]),
              LOG_NUM("no_source", n[OUTCOME_NO_SOURCE]), LOG_NUM("not_asked", n[OUTCOME_NOT_ASKED]),
              LOG_NUM("inbox", r->inbox.taken), LOG_NUM("requests", r->requests), LOG_NUM("bytes", r->bytes),
              LOG_NUM("ms", (clock_monotonic() - r->started) / 1000));
}

static enum flow close_deposit(void *deposit, struct err *e)
{
    return deposit_close(deposit, e);
}

static enum flow leave(void *fetcher, struct err *e)
{
    (void)e;
    fetcher_close(fetcher);
    return FLOW_OK;
}

/* Connections are closed and the summary is written, but not named, while the archive is made durable. */
static enum flow close_archive(struct run *r, enum status s, struct output **summary, struct err *e)
{
    struct beside closing, leaving;
    if (deposit_flush(r->deposit, e) != FLOW_OK) {
        r->archive_name = NULL;
        return run_rescue(r);
    }
    beside_begin(&closing, close_deposit, r->deposit);
    r->deposit = NULL;
    beside_begin(&leaving, leave, r->fetcher);
    r->fetcher = NULL;
    enum flow f = beside_join(&leaving, summary_write(r, s, summary, e), e);
    if (beside_wait(&closing, e) == FLOW_OK)
        return f;
    output_abort(*summary);
    *summary = NULL;
    r->archive_name = NULL;
    return FLOW_FATAL;
}

/* Commit first, then say so: a summary never speaks of an archive that is not there. */
enum flow run_finish(struct run *r, enum status *s, struct err *e)
{
    char name[256];
    struct output *summary = NULL;
    *s = verdict(r);
    crash_point("before archive close");
    if (r->commits) {
        (void)snprintf(name, sizeof name, "%s", deposit_name(r->deposit));
        r->archive_name = name;
    } else {
        deposit_abort(r->deposit);
        r->deposit = NULL;
    }
    enum flow f = r->commits ? close_archive(r, *s, &summary, e) : summary_write(r, *s, &summary, e);
    if (r->commits && !r->archive_name)
        return f;
    if (f == FLOW_OK && summary)
        f = output_commit(summary, e);
    crash_point("summary written");
    if (f == FLOW_OK)
        f = summary_table(r, e);
    log_end(r, *s, r->archive_name);
    r->archive_name = NULL;
    return f;
}
