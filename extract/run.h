/* SPDX-License-Identifier: Apache-2.0 */
/* One run of the collection: what is shared by the parts of the room. */
#ifndef EXTRACT_RUN_H
#define EXTRACT_RUN_H

#include "extract/config.h"
#include "extract/hosts.h"
#include "extract/outcome.h"
#include "extract/queue.h"
#include "schemas/archive/deposit.h"
#include "schemas/edition/edition.h"
#include "schemas/register/register.h"
#include "schemas/run/lock.h"
#include "schemas/run/map.h"
#include "schemas/run/output.h"
#include "schemas/run/progress.h"

struct ask;
struct backlog;
struct recall;

/* What becomes of one unit of the register: 16 bytes, since there may be many. */
struct task {
    uint32_t unit;  /* in the register */
    uint32_t bytes; /* of the payload */
    uint32_t aside; /* place of what few have at a time, from 1 on; 0: nothing */
    unsigned status : 12;
    unsigned outcome : 4; /* enum outcome */
    unsigned failure : 8; /* enum failure */
    unsigned attempts : 8;
};

/* What is kept aside for a task. */
struct aside {
    struct ask *ask; /* while it is being asked; or NULL */
    char *note;      /* or NULL: of the tries that failed, until there is an outcome; then its message */
    uint32_t next;   /* of the places that are free, when both are NULL; 0: none */
};

struct expiry {
    char *host;
    int64_t not_after;
};

struct inbox_counts {
    size_t files, taken, known, without_unit, refused, growing, ignored;
};

struct run {
    const struct config *config;
    long parallel; /* requests at once: as configured, or fewer for want of open files */
    struct edition *edition;
    struct register_table *table;
    struct register_reader *rows; /* of it */
    struct hosts *hosts;
    struct archive *archive; /* earlier runs; NULL before the first */
    struct deposit *deposit;
    const char *archive_name; /* once committed; borrowed, for the summary */
    struct lock *lock;
    struct fetcher *fetcher;
    struct backlog *backlog; /* answers to be settled */
    struct recall *recall;   /* of earlier runs, ahead of the asking; NULL: as each is asked */
    struct queue *queue;
    struct map *hosts_seen; /* names of hosts of the register, index = host of the queue */
    struct task *task;
    size_t tasks;
    struct aside *aside;
    uint32_t asides, aside_room, aside_free;
    size_t done;     /* tasks with an outcome */
    size_t answered; /* tasks whose source said anything at all */
    uint64_t requests, bytes, commits;
    uint32_t source_column, region_column;
    int64_t started, started_clock, deadline; /* started, deadline: monotonic */
    uint64_t random;
    size_t salvaged;
    struct expiry *expiry;
    size_t expiries;
    struct inbox_counts inbox;
    struct warc_record record;       /* for reading earlier bodies */
    struct buf text, decoded, plain; /* reused from unit to unit */
    struct progress progress;
    int stopped; /* the signal that stopped the run */
    int past_deadline;
};

const char *run_unit(const struct run *r, const struct task *t);
const char *run_source(const struct run *r, const struct task *t);

/* The story: everything between the command line and the exit status. */
enum flow run_extract(struct run *r, const struct config *c, enum status *s, struct err *e) MUST_USE;
void run_fini(struct run *r);

/* ---- the parts ---- */
/* tasks.c: which units are asked. */
enum flow tasks_open(struct run *r, struct err *e) MUST_USE;
int task_chosen(const struct run *r, const char *unit); /* "": a file without unit */
/* aside.c: what few of them have at a time. */
struct ask *run_ask(const struct run *r, const struct task *t);  /* NULL while it is not being asked */
const char *run_note(const struct run *r, const struct task *t); /* or NULL */
/* The task's place, found or made; borrowed until another is made. */
enum flow task_aside(struct run *r, struct task *t, struct aside **a, struct err *e) MUST_USE;
void task_forget_ask(struct run *r, struct task *t);
void asides_free(struct run *r);
/* collect.c: asks them all. */
enum flow collect(struct run *r, struct err *e) MUST_USE;
/* inbox.c: takes what was dropped. */
enum flow inbox_take(struct run *r, struct err *e) MUST_USE;
/* summary.c: --summary, whole and synced but not yet named; *out is NULL when none is wanted. */
enum flow summary_write(const struct run *r, enum status s, struct output **out, struct err *e) MUST_USE;
enum flow summary_table(const struct run *r, struct err *e) MUST_USE;
enum flow summary_plan(struct run *r, struct err *e) MUST_USE; /* --dry-run */
void summary_counts(const struct run *r, size_t counts[OUTCOMES]);

#endif
