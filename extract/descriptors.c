/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/descriptors.h"

#include "schemas/run/log.h"

#include <fcntl.h>
#include <sys/resource.h>

/* A connection: its socket and, with ftps, the one of the data; one kept idle for its host; the two ends by which a
 * resolving thread wakes us. The rest of the run: archives, locks, register, certificates. */
enum { PER_CONNECTION = 5, OTHERS = 17, LOOKED_AT = 65536 };

/* Files open already: standard streams, and what a careless parent left us. */
static rlim_t open_now(rlim_t limit)
{
    rlim_t n = 0;
    for (int fd = 0; (rlim_t)fd < limit && fd < LOOKED_AT; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
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
