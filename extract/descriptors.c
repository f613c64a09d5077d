/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/descriptors.h"

#include "schemas/run/log.h"

#include <sys/resource.h>

/* A connection: its socket, one kept idle for its host, the two ends by which a resolving thread wakes us. The rest of
 * the run: archives, locks, register, certificates, standard streams. */
enum { PER_CONNECTION = 4, OTHERS = 20 };

enum flow descriptors_fit(long *parallel, struct err *e)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return FLOW_OK; /* nobody says what the limit is: there is none to keep to */
    rlim_t wanted = OTHERS + PER_CONNECTION * (rlim_t)*parallel;
    if (limit.rlim_cur < wanted && limit.rlim_cur < limit.rlim_max) {
        struct rlimit raised = {limit.rlim_max < wanted ? limit.rlim_max : wanted, limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
            limit = raised;
    }
    if (limit.rlim_cur >= wanted)
        return FLOW_OK;
    if (limit.rlim_cur < OTHERS + PER_CONNECTION)
        return err_set(e, STATUS_SYSTEM,
                       "only %llu files may be open, %d are needed for one connection: raise the limit (ulimit -n, or "
                       "LimitNOFILE= of the service)",
                       (unsigned long long)limit.rlim_cur, OTHERS + PER_CONNECTION);
    *parallel = (long)((limit.rlim_cur - OTHERS) / PER_CONNECTION);
    log_event(LOG_WARNING, "few-open-files", LOG_NUM("limit", limit.rlim_cur), LOG_NUM("parallel", *parallel),
              LOG_TEXT("message",
                       "fewer connections than asked for: raise the limit (ulimit -n, or LimitNOFILE= of the "
                       "service)"));
    return FLOW_OK;
}
