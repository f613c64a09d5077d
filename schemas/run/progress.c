/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/run/progress.h"

#include "schemas/run/clock.h"
#include "schemas/run/log.h"
#include "schemas/run/stop.h"

#include <stdio.h>
#include <unistd.h>

enum { BAR = 40, REDRAW_MICRO = 100000 };

void progress_begin(struct progress *p, const char *what, uint64_t total)
{
    *p = (struct progress){.what = what, .total = total, .terminal = isatty(STDERR_FILENO)};
}

static void draw(const struct progress *p)
{
    char bar[BAR + 1];
    uint64_t filled = p->total ? p->done * BAR / p->total : 0;
    for (unsigned i = 0; i < BAR; i++)
        bar[i] = i < filled ? '#' : '.';
    bar[BAR] = '\0';
    (void)fprintf(stderr, "\r[%s] %llu/%llu %s", bar, (unsigned long long)p->done, (unsigned long long)p->total,
                  p->what);
    (void)fflush(stderr);
}

void progress_step(struct progress *p, uint64_t done)
{
    p->done = done < p->total ? done : p->total;
    if (!p->own_status && stop_status_asked())
        log_event(LOG_INFO, "progress", LOG_TEXT("what", p->what), LOG_NUM("done", done), LOG_NUM("total", p->total));
    if (!p->terminal)
        return;
    int64_t now = clock_monotonic();
    if (p->last_drawn && now - p->last_drawn < REDRAW_MICRO && p->done < p->total)
        return;
    p->last_drawn = now;
    draw(p);
}

void progress_end(struct progress *p)
{
    if (p->terminal && p->last_drawn)
        (void)fprintf(stderr, "\r\033[K");
}
