/* SPDX-License-Identifier: Apache-2.0 */
/* What the caller may do next. The cause, when there is one, stands beside it in a struct err. */
#ifndef SCHEMAS_RUN_FLOW_H
#define SCHEMAS_RUN_FLOW_H

enum flow {
    FLOW_OK = 0, /* go on */
    FLOW_END,    /* nothing more; not an error */
    FLOW_ITEM,   /* this item failed (err says why); the next one may be tried */
    FLOW_RETRY,  /* the same call may succeed later (err says why) */
    FLOW_FATAL   /* stop (err says why) */
};

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

#endif
