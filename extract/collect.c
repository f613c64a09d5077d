/* SPDX-License-Identifier: Apache-2.0 */
/* Asks every source: fills free slots in turn, judges what comes back, asks again what may heal, commits each outcome
 * as soon as it is known. */
#include "extract/beneath.h"
#include "extract/commit.h"
#include "extract/recall.h"
#include "extract/retry.h"
#include "schemas/run/log.h"
#include "schemas/run/stop.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TURN_MS = 200, DAY_S = 86400, WARN_DAYS = 14, SETTLE_AT_ONCE = 4 };

static uint32_t index_of(const struct run *r, const struct task *t)
{
    return (uint32_t)(t - r->task);
}

/* ---- outcomes ---- */

static enum flow finish(struct run *r, struct task *t, const struct fetch_answer *a, const struct verdict *v,
                        struct err *e)
{
    enum flow f = commit_task(r, t, a, v, e);
    task_forget_ask(r, t);
    progress_step(&r->progress, r->done);
    return f;
}

static enum flow open_ask(struct run *r, struct task *t, struct err *e)
{
    struct aside *a;
    enum flow f = task_aside(r, t, &a, e);
    if (f == FLOW_OK && !a->ask)
        a->ask = ask_open(r, t, e);
    return f == FLOW_OK && a->ask ? FLOW_OK : FLOW_FATAL;
}

/* An outcome without asking. */
static enum flow give_up(struct run *r, struct task *t, enum failure failure, int64_t until, const char *message,
                         struct err *e)
{
    struct verdict v = {.outcome = OUTCOME_FAILED, .failure = failure, .until = until};
    (void)snprintf(v.message, sizeof v.message, "%s", message);
    enum flow f = open_ask(r, t, e);
    return f == FLOW_OK ? finish(r, t, NULL, &v, e) : f;
}

/* Keeps a word on a try that failed, before the next. */
static enum flow note_try(struct run *r, struct task *t, const struct verdict *v, struct err *e)
{
    char now[INSTANT_TEXT_MAX], *more = NULL;
    struct aside *a;
    if (task_aside(r, t, &a, e) != FLOW_OK)
        return FLOW_FATAL;
    (void)clock_print(clock_now(), now);
    size_t n =
        (a->note ? strlen(a->note) : 0) + strlen(now) + strlen(failure_name(v->failure)) + strlen(v->message) + 16;
    more = malloc(n);
    if (!more)
        return err_set(e, STATUS_SYSTEM, "out of memory for a message");
    (void)snprintf(more, n, "%s%s%s %s %s", a->note ? a->note : "", a->note ? "; " : "", now, failure_name(v->failure),
                   v->message);
    free(a->note);
    a->note = more;
    return FLOW_OK;
}

/* When the failed source is to be asked again; 0 when it is not. */
static int64_t next_try(struct run *r, const struct task *t, const struct verdict *v)
{
    const struct config *c = r->config;
    if (v->outcome != OUTCOME_FAILED || t->attempts >= failure_tries(v->failure, (int)c->tries))
        return 0;
    int64_t now = clock_monotonic(), wait = retry_delay(t->attempts, (int64_t)c->retry_ms * 1000,
                                                        (int64_t)c->retry_most_s * 1000000 + 1, &r->random);
    if (v->until != INSTANT_NONE) {
        int64_t asked = v->until - clock_now();
        if (asked > (int64_t)c->retry_most_s * 1000000)
            return 0;
        wait = asked > wait ? asked : wait;
    }
    return r->deadline && now + wait >= r->deadline ? 0 : now + wait;
}

static enum flow settle(struct run *r, struct task *t, const struct fetch_answer *a, const struct verdict *v,
                        struct err *e)
{
    int64_t due = next_try(r, t, v);
    if (!due)
        return finish(r, t, a, v, e);
    enum flow f = note_try(r, t, v, e);
    if (f != FLOW_OK)
        return f;
    log_event(LOG_INFO, "will-ask-again", LOG_TEXT("unit", run_unit(r, t)), LOG_TEXT("class", failure_name(v->failure)),
              LOG_NUM("attempt", t->attempts), LOG_NUM("wait_ms", (due - clock_monotonic()) / 1000));
    task_forget_ask(r, t);
    queue_put_later(r->queue, index_of(r, t), queue_host(r->queue, index_of(r, t)), due);
    return FLOW_OK;
}

/* ---- local files ---- */

static enum flow ask_file(struct run *r, struct task *t, struct err *e)
{
    static const struct {
        enum failure failure;
        const char *text;
    } refused[] = {
        [BENEATH_OUTSIDE] = {FAILURE_OUTSIDE, "the path leads out of --file-root"},
        [BENEATH_DENIED] = {FAILURE_DENIED, "the file may not be read"},
        [BENEATH_NOT_FILE] = {FAILURE_DENIED, "not a regular file"},
        [BENEATH_LARGE] = {FAILURE_TOO_LARGE, "the file is larger than the edition's limit"},
        [BENEATH_CHANGED] = {FAILURE_GROWING, "the file changed while it was read"},
        [BENEATH_ERROR] = {FAILURE_OTHER, "the file cannot be read"},
    };
    char path[URL_MAX];
    const char *root = r->config->file_root;
    struct beneath_stat st = {-1, INSTANT_NONE};
    struct buf head = {.max = 0};
    struct verdict v = {.until = INSTANT_NONE};
    size_t k = root ? strlen(root) : 0;
    if (!root)
        return give_up(r, t, FAILURE_OUTSIDE, INSTANT_NONE,
                       "file sources are read beneath --file-root only, and none was given", e);
    if (!url_file_path(&run_ask(r, t)->url, path, sizeof path))
        return give_up(r, t, FAILURE_OUTSIDE, INSTANT_NONE, "the path cannot be a file name", e);
    while (k > 1 && root[k - 1] == '/')
        k--;
    int beneath = strncmp(path, root, k) == 0 && (path[k] == '/' || k == 1);
    enum beneath b = beneath ? beneath_read(root, path + k, 1, &r->plain, &st) : BENEATH_OUTSIDE;
    t->attempts++;
    struct fetch_answer a = {.task = t, .head = &head, .body = &r->plain, .size = st.size, .modified = st.modified};
    a.certificate.not_after = INSTANT_NONE;
    if (b == BENEATH_MISSING) {
        v.outcome = OUTCOME_NOT_PUBLISHED;
        (void)snprintf(v.message, sizeof v.message, "no such file");
        return finish(r, t, NULL, &v, e);
    }
    if (b != BENEATH_OK) {
        v.outcome = OUTCOME_FAILED;
        v.failure = refused[b].failure;
        (void)snprintf(v.message, sizeof v.message, "%s", refused[b].text);
        return settle(r, t, NULL, &v, e);
    }
    enum flow f = judge_bytes(r, buf_str(&r->plain), r->plain.len, 1, &v, e);
    return f == FLOW_OK ? settle(r, t, &a, &v, e) : f;
}

/* ---- asking ---- */

static enum flow begin(struct run *r, struct task *t, struct err *e)
{
    int64_t until;
    enum flow f = FLOW_OK;
    if (ask_deferred(r, t, &until)) {
        if (r->recall)
            recall_drop(r->recall, index_of(r, t));
        f = give_up(r, t, FAILURE_DEFERRED, until, "the source asked, in an earlier run, not to be asked before", e);
        queue_done(r->queue, index_of(r, t));
        return f;
    }
    if (!run_ask(r, t)) {
        f = open_ask(r, t, e);
        if (f == FLOW_OK)
            f = ask_remember(r, t, run_ask(r, t), e);
    }
    if (f != FLOW_OK)
        return f;
    const struct ask *a = run_ask(r, t);
    if (a->url.scheme == URL_FILE) {
        f = ask_file(r, t, e);
        queue_done(r->queue, index_of(r, t));
        return f;
    }
    t->attempts += a->phase == ASK_LOOK || (a->phase == ASK_GET && a->size < 0);
    return ask_send(r, t, e);
}

/* What was begun before is moved on between two beginnings: the first of many need not wait for the last. */
static enum flow fill(struct run *r, struct err *e)
{
    enum flow f = FLOW_OK;
    queue_tick(r->queue, clock_monotonic());
    for (size_t begun = 0; f == FLOW_OK && fetcher_free_slots(r->fetcher) > 0; begun++) {
        uint32_t i = queue_take(r->queue);
        if (i == QUEUE_NONE)
            break;
        f = begin(r, &r->task[i], e);
        if (f == FLOW_OK && begun)
            f = fetcher_turn(r->fetcher, 0, e);
    }
    return f;
}

static enum flow note_expiry(struct run *r, const char *host, int64_t not_after, struct err *e)
{
    int64_t days = (not_after - clock_now()) / ((int64_t)DAY_S * 1000000);
    for (size_t i = 0; i < r->expiries; i++)
        if (strcmp(r->expiry[i].host, host) == 0)
            return FLOW_OK;
    struct expiry *x = realloc(r->expiry, (r->expiries + 1) * sizeof *x);
    char *name = x ? strdup(host) : NULL;
    if (x)
        r->expiry = x;
    if (!name)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    r->expiry[r->expiries++] = (struct expiry){name, not_after};
    char date[INSTANT_TEXT_MAX];
    (void)clock_print(not_after, date);
    log_event(LOG_WARNING, "certificate-expires-soon", LOG_TEXT("host", host), LOG_TEXT("on", date),
              LOG_NUM("days", days));
    return FLOW_OK;
}

static enum flow watch_certificate(struct run *r, const struct ask *a, const struct certificate_seen *c, struct err *e)
{
    int soon = c->verdict == CERTIFICATE_GOOD && c->not_after != INSTANT_NONE &&
               c->not_after - clock_now() < (int64_t)WARN_DAYS * DAY_S * 1000000;
    return soon ? note_expiry(r, a->url.host, c->not_after, e) : FLOW_OK;
}

/* Answers whose connections are already at work for other sources, while their outcomes are still to be settled:
 * settling takes longer than judging, and can be done while servers are waited for. */
struct judged {
    const struct fetch_answer *answer;
    struct verdict verdict;
};

struct backlog {
    size_t first, count, room;
    struct judged judged[];
};

static struct backlog *backlog_new(size_t room, struct err *e)
{
    struct backlog *b = calloc(1, sizeof *b + room * sizeof b->judged[0]);
    if (b)
        b->room = room;
    else
        (void)err_set(e, STATUS_SYSTEM, "out of memory for %zu answers", room);
    return b;
}

/* What the source must be asked further, on the same place of its host. */
static enum flow ask_further(struct run *r, struct task *t, const struct verdict *v, struct err *e)
{
    if (v->kind != VERDICT_LOOK || run_ask(r, t)->phase != ASK_LOOK_AGAIN)
        return ask_send(r, t, e);
    queue_done(r->queue, index_of(r, t));
    queue_put_later(r->queue, index_of(r, t), queue_host(r->queue, index_of(r, t)),
                    clock_monotonic() + (int64_t)r->config->settle_ms * 1000);
    return FLOW_OK;
}

/* Judges an answer; FLOW_END when the source must be asked further, and is. */
static enum flow judge_answer(struct run *r, struct judged *j, struct err *e)
{
    struct task *t = j->answer->task;
    enum flow f = watch_certificate(r, run_ask(r, t), &j->answer->certificate, e);
    if (f == FLOW_OK)
        f = judge(r, t, j->answer, &j->verdict, e);
    if (f != FLOW_OK)
        return f;
    j->verdict.payload = NULL; /* of buffers that the next one uses too */
    if (j->verdict.kind != VERDICT_OUTCOME) {
        fetcher_release(r->fetcher, j->answer);
        f = ask_further(r, t, &j->verdict, e);
        return f == FLOW_OK ? FLOW_END : f;
    }
    if (j->verdict.failure == FAILURE_THROTTLED || j->verdict.failure == FAILURE_SERVER)
        queue_slow_down(r->queue, index_of(r, t));
    queue_done(r->queue, index_of(r, t));
    return FLOW_OK;
}

/* Judges what came back and sends its connections on one by one: all at once would keep them in step for ever, and the
 * first to come would wait for the last in every round. */
static enum flow take_answers(struct run *r, size_t *taken, struct err *e)
{
    struct backlog *b = r->backlog;
    enum flow f = FLOW_OK;
    for (*taken = 0; f == FLOW_OK; ++*taken) {
        struct judged *j = &b->judged[(b->first + b->count) % b->room];
        if (!(j->answer = fetcher_next(r->fetcher)))
            break;
        f = judge_answer(r, j, e);
        b->count += f == FLOW_OK;
        f = f == FLOW_FATAL ? f : fill(r, e);
        if (f == FLOW_OK)
            f = fetcher_push(r->fetcher, e);
    }
    return f;
}

/* Settles the oldest of what was judged, at most so many. */
static enum flow work_off(struct run *r, size_t most, struct err *e)
{
    struct backlog *b = r->backlog;
    enum flow f = FLOW_OK;
    for (; b->count && most && f == FLOW_OK; most--) {
        struct judged *j = &b->judged[b->first];
        f = settle(r, j->answer->task, j->answer, &j->verdict, e);
        fetcher_release(r->fetcher, j->answer);
        b->first = (b->first + 1) % b->room;
        b->count--;
    }
    return f;
}

static int wait_time(const struct run *r)
{
    int64_t now = clock_monotonic(), due = queue_next_due(r->queue), most = (int64_t)TURN_MS * 1000;
    int64_t wait = due == INT64_MAX || due - now > most ? most : due - now;
    if (r->deadline && r->deadline - now < wait)
        wait = r->deadline - now;
    return wait <= 0 ? 0 : (int)((wait + 999) / 1000);
}

static void status_line(const struct run *r)
{
    log_event(LOG_INFO, "status", LOG_NUM("done", r->done), LOG_NUM("of", r->tasks),
              LOG_NUM("running", fetcher_running(r->fetcher)), LOG_NUM("waiting", queue_waiting(r->queue)),
              LOG_NUM("requests", r->requests), LOG_NUM("bytes", r->bytes));
}

/* Idle with nothing running and something due later: the multi interface has nothing to wait on, so the wait is ours.
 */
static enum flow turn(struct run *r, struct err *e)
{
    size_t taken = 0;
    enum flow f = fetcher_turn(r->fetcher, r->backlog->count ? 0 : wait_time(r), e);
    if (f == FLOW_OK)
        f = take_answers(r, &taken, e);
    if (f == FLOW_OK && (!taken || !fetcher_free_slots(r->fetcher)))
        f = work_off(r, SETTLE_AT_ONCE, e);
    if (stop_status_asked())
        status_line(r);
    return f;
}

/* At the deadline: what runs or waits becomes an outcome of its own. */
static enum flow past_deadline(struct run *r, struct err *e)
{
    r->past_deadline = 1;
    fetcher_close(r->fetcher);
    r->fetcher = NULL;
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < r->tasks && f == FLOW_OK; i++)
        if (r->task[i].outcome == OUTCOME_NOT_ASKED)
            f = give_up(r, &r->task[i], FAILURE_DEADLINE, INSTANT_NONE,
                        r->task[i].attempts ? "the deadline of the run came first"
                                            : "not asked before the deadline of the run",
                        e);
    return f;
}

enum flow collect(struct run *r, struct err *e)
{
    const struct fetch_limits limits = {r->config->connect_ms, r->config->stall_s, r->config->total_s,
                                        (size_t)r->edition->limits.body_bytes + (1u << 20)};
    enum flow f = FLOW_OK;
    r->fetcher = fetcher_open((size_t)r->parallel, &limits, e);
    if (!r->fetcher)
        return FLOW_FATAL;
    r->backlog = backlog_new(fetcher_answers(r->fetcher) + 1, e);
    if (!r->backlog)
        return FLOW_FATAL;
    for (size_t i = 0; i < r->tasks; i++)
        if (r->task[i].outcome == OUTCOME_NOT_ASKED)
            queue_put(r->queue, (uint32_t)i, queue_host(r->queue, (uint32_t)i));
    progress_begin(&r->progress, "sources", r->tasks);
    r->progress.own_status = 1;
    while (f == FLOW_OK && r->done < r->tasks && !(r->stopped = stop_asked())) {
        if (r->deadline && clock_monotonic() >= r->deadline) {
            f = work_off(r, SIZE_MAX, e);
            f = f == FLOW_OK ? past_deadline(r, e) : f;
            break;
        }
        f = fill(r, e);
        if (f == FLOW_OK && r->done < r->tasks)
            f = turn(r, e);
    }
    if (f == FLOW_OK && r->stopped)
        f = work_off(r, SIZE_MAX, e);
    progress_end(&r->progress);
    return f;
}
