/* SPDX-License-Identifier: Apache-2.0 */
/* What few tasks have at a time is kept aside, so that all are small: places are numbered from 1 on, and used again. */
#include "extract/ask.h"

#include <stdlib.h>

enum { ASIDES_FIRST = 64 };

struct ask *run_ask(const struct run *r, const struct task *t)
{
    return t->aside ? r->aside[t->aside].ask : NULL;
}

const char *run_note(const struct run *r, const struct task *t)
{
    return t->aside ? r->aside[t->aside].note : NULL;
}

static enum flow grow(struct run *r, struct err *e)
{
    uint32_t room = r->aside_room ? r->aside_room * 2 : ASIDES_FIRST;
    struct aside *p = realloc(r->aside, room * sizeof *p);
    if (!p)
        return err_set(e, STATUS_SYSTEM, "out of memory for %u requests", (unsigned)room);
    r->aside = p;
    r->aside_room = room;
    return FLOW_OK;
}

enum flow task_aside(struct run *r, struct task *t, struct aside **a, struct err *e)
{
    if (!t->aside && r->aside_free) {
        t->aside = r->aside_free;
        r->aside_free = r->aside[t->aside].next;
    } else if (!t->aside) {
        if (r->asides + 1 >= r->aside_room && grow(r, e) != FLOW_OK)
            return FLOW_FATAL;
        t->aside = ++r->asides;
        r->aside[t->aside] = (struct aside){NULL, NULL, 0};
    }
    *a = &r->aside[t->aside];
    return FLOW_OK;
}

void task_forget_ask(struct run *r, struct task *t)
{
    if (!t->aside)
        return;
    struct aside *a = &r->aside[t->aside];
    ask_close(a->ask);
    a->ask = NULL;
    if (a->note)
        return;
    a->next = r->aside_free;
    r->aside_free = t->aside;
    t->aside = 0;
}

void asides_free(struct run *r)
{
    for (uint32_t i = 1; i <= r->asides; i++) {
        ask_close(r->aside[i].ask);
        free(r->aside[i].note);
    }
    free(r->aside);
}
