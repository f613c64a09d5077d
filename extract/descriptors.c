/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/descriptors.h"

#include "schemas/run/log.h"

#include <poll.h>
#include <sys/resource.h>

/* A connection: its socket and, with ftps, the one of the data; one kept idle for its host; the two ends by which a
 * resolving thread wakes us. The rest of the run: archives, locks, register, certificates. */
enum { PER_CONNECTION = 5, OTHERS = 17, LOOKED_AT = 65536, AT_ONCE = 1024 };

/* Files open already: standard streams, and what a careless parent left us. Asked many at once: one by one, a limit of
 * 20 000 costs as many system calls before the first source is asked. */
static rlim_t open_now(rlim_t limit)
{
    struct pollfd fd[AT_ONCE];
    rlim_t most = limit < LOOKED_AT ? limit : LOOKED_AT, open = 0, n;
    for (rlim_t from = 0; from < most; from += n) {
        n = most - from < AT_ONCE ? most - from : AT_ONCE;
        for (rlim_t i = 0; i < n; i++)
            fd[i] = (struct pollfd){.fd = (int)(from + i)};
        (void)poll(fd, n, 0);
        for (rlim_t i = 0; i < n; i++)
            open += !(fd[i].revents & POLLNVAL);
    }
    return open;
}

enum flow descriptors_fit(long *parallel, struct err *e)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return FLOW_OK; /* nobody says what the limit is: there is none to keep to */
    rlim_t others = open_now(limit.rlim_cur) + OTHERS, wanted = others + PER_CONNECTION * (rlim_t)*parallel;
    if (limit.rlim_cur < wanted && limit.rlim_cur < limit.rlim_max) {
        struct rlimit raised = {limit.rlim_max < wanted ? limit.rlim_max : wanted, limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
            limit = raised;
    }
    if (limit.rlim_cur >= wanted)
        return FLOW_OK;
    if (limit.rlim_cur < others + PER_CONNECTION)
        return err_set(
            e, STATUS_SYSTEM,
            "only %llu files may be open, %llu are needed for one connection: raise the limit (ulimit -n, or "
            "LimitNOFILE= of the service)",
            (unsigned long long)limit.rlim_cur, (unsigned long long)(others + PER_CONNECTION));
    *parallel = (long)((limit.rlim_cur - others) / PER_CONNECTION);
    log_event(LOG_WARNING, "few-open-files", LOG_NUM("limit", limit.rlim_cur), LOG_NUM("parallel", *parallel),
              LOG_TEXT("message",
                       "fewer connections than asked for: raise the limit (ulimit -n, or LimitNOFILE= of the "
                       "service)"));
    return FLOW_OK;
}
