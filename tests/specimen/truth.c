/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/specimen/truth.h"

#include "schemas/run/fs.h"
#include "tests/specimen/national.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FILES = 5, CHUNK = 1 << 16, PATH_ROOM = 4096 };
enum file { UNITS, DOCUMENTS, CELLS_FILE, NATIONAL, SHIFTS };

/* A CSV file written through a buffer, so that 53 000 units need no more memory than 530. */
struct page {
    char path[PATH_ROOM];
    int fd;
    struct buf text;
    struct csv_writer csv;
};

struct truth {
    const struct people *people;
    struct page page[FILES];
    struct national national;
};

static enum flow flush(struct page *p, size_t above, struct err *e)
{
    struct fd_sink f = {p->fd, p->path};
    if (p->text.len <= above)
        return FLOW_OK;
    if (sink_write(sink_fd(&f), p->text.data, p->text.len, e) != FLOW_OK)
        return FLOW_FATAL;
    buf_reset(&p->text);
    return FLOW_OK;
}

static enum flow put_row(struct page *p, const char *const *fields, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (csv_put(&p->csv, fields[i], e) != FLOW_OK)
            return FLOW_FATAL;
    return csv_end_row(&p->csv, e) == FLOW_OK ? flush(p, CHUNK, e) : FLOW_FATAL;
}
#define PUT(p, e, ...)                                                                                                 \
    put_row((p), (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), (e))

static enum flow open_page(struct page *p, const char *dir, const char *name, struct err *e)
{
    int n = snprintf(p->path, sizeof p->path, "%s/%s", dir, name);
    if (n < 0 || (size_t)n >= sizeof p->path)
        return err_set(e, STATUS_CANTCREAT, "%s/%s: path too long", dir, name);
    p->fd = open(p->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (p->fd < 0)
        return err_sys(e, err_status(errno, STATUS_CANTCREAT), "%s", p->path);
    buf_init(&p->text, 8 * CHUNK);
    csv_writer_init(&p->csv, sink_buf(&p->text));
    return FLOW_OK;
}

struct truth *truth_open(const struct people *people, const char *dir, const char *name, struct err *e)
{
    static const char *const NAME[FILES] = {"units.csv", "documents.csv", "cells.csv", "national.csv", "shifts.csv"};
    char path[PATH_ROOM];
    struct truth *t = calloc(1, sizeof *t);
    if (!t) {
        err_set(e, STATUS_SYSTEM, "no memory");
        return NULL;
    }
    t->people = people;
    for (size_t i = 0; i < FILES; i++)
        t->page[i].fd = -1;
    if (!fs_join(path, sizeof path, dir, name)) {
        err_set(e, STATUS_CANTCREAT, "%s: path too long", dir);
        goto fail;
    }
    if (fs_mkdirs(path, e) != FLOW_OK)
        goto fail;
    for (size_t i = 0; i < FILES; i++)
        if (open_page(&t->page[i], path, NAME[i], e) != FLOW_OK)
            goto fail;
    if (PUT(&t->page[UNITS], e, "unit", "scope", "outcome", "verdict", "core_answered", "rules", "kind") == FLOW_OK &&
        PUT(&t->page[DOCUMENTS], e, "file", "sha256", "unit", "number", "state", "verdict", "rules", "kind",
            "readings") == FLOW_OK &&
        PUT(&t->page[CELLS_FILE], e, "unit", "variable", "category", "value", "silence", "origin", "true_value",
            "previous") == FLOW_OK &&
        PUT(&t->page[NATIONAL], e, "figure", "truth", "observed", "truth_share", "observed_share") == FLOW_OK &&
        PUT(&t->page[SHIFTS], e, "variable", "category", "before", "now") == FLOW_OK)
        return t;
fail:
    truth_abort(t);
    return NULL;
}

/* Last edition's value: that of the PRE, with those of PRE merged into it. */
static void previous_text(const struct people *p, const struct pre *u, size_t c, char *out)
{
    int32_t value = u->before[c];
    out[0] = '\0';
    if (!u->known_before)
        return;
    if (question_of(c)->kind == QUESTION_NUMBER && u->absorbed > 0)
        for (size_t i = 0; i < p->count; i++)
            if (p->items[i].successor == (int32_t)u->index)
                value += p->items[i].before[c];
    letter_value(u, c, value, out);
}

static enum flow cells(struct truth *t, const struct pre *u, const struct judged *j, struct err *e)
{
    for (size_t c = 0; c < CELLS; c++) {
        const struct question *q = question_of(c);
        char value[32], truth[32], previous[32];
        letter_value(u, c, j->value[c], value);
        letter_value(u, c, u->truth[c], truth);
        previous_text(t->people, u, c, previous);
        enum silence s = (enum silence)j->silence[c];
        if (PUT(&t->page[CELLS_FILE], e, u->id, q->id, q->codes ? q->codes[c - q->first] : "", s ? "" : value,
                silence_name(s),
                s               ? ""
                : j->deduced[c] ? "deduced"
                                : "reported",
                truth, previous) != FLOW_OK)
            return FLOW_FATAL;
    }
    return FLOW_OK;
}

static void verdict_text(int verdict, char *out)
{
    snprintf(out, 16, "%d", verdict);
    if (verdict < 0)
        out[0] = '\0';
}

enum flow truth_documents(struct truth *t, const struct arrival *list, size_t count, struct err *e)
{
    char verdict[16], number[16], readings[48];
    for (size_t k = 0; k < count; k++) {
        verdict_text(list[k].verdict, verdict);
        snprintf(number, sizeof number, "%d", list[k].numero);
        snprintf(readings, sizeof readings, "%d %d %d", list[k].converted, list[k].mapped, list[k].named);
        if (PUT(&t->page[DOCUMENTS], e, list[k].file, list[k].sha256, list[k].unit, number, list[k].state, verdict,
                list[k].rules, list[k].kind, readings) != FLOW_OK)
            return FLOW_FATAL;
    }
    return FLOW_OK;
}

enum flow truth_unit(struct truth *t, size_t i, const struct judged *j, const struct arrival *list, size_t count,
                     struct err *e)
{
    static const char *const SCOPE[] = {"in", "closed", "created", "merged"};
    const struct pre *u = &t->people->items[i];
    char verdict[16], core[16];
    verdict_text(j->verdict, verdict);
    verdict_text(j->outcome <= OUTCOME_UNUSABLE && j->verdict < 3 ? j->core : -1, core);
    if (PUT(&t->page[UNITS], e, u->id, SCOPE[u->scope], outcome_name(j->outcome), verdict, core, j->rules,
            story_kind_name(u->kind)) != FLOW_OK)
        return FLOW_FATAL;
    if (truth_documents(t, list, count, e) != FLOW_OK)
        return FLOW_FATAL;
    if (u->scope != SCOPE_IN)
        return FLOW_OK;
    national_add(&t->national, u, j);
    return cells(t, u, j, e);
}

void truth_abort(struct truth *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < FILES; i++) {
        if (t->page[i].fd < 0)
            continue;
        csv_writer_fini(&t->page[i].csv);
        buf_fini(&t->page[i].text);
        close(t->page[i].fd);
    }
    free(t);
}

enum flow truth_close(struct truth *t, struct err *e)
{
    enum flow flow = national_write(&t->national, &t->page[NATIONAL].csv, e);
    if (flow == FLOW_OK)
        flow = national_write_shifts(&t->national, &t->page[SHIFTS].csv, e);
    for (size_t i = 0; i < FILES && flow == FLOW_OK; i++)
        flow = flush(&t->page[i], 0, e);
    truth_abort(t);
    return flow;
}
