/* SPDX-License-Identifier: Apache-2.0 */
/* Proof before belief: what an answer is worth. */
#ifndef EXTRACT_JUDGE_H
#define EXTRACT_JUDGE_H

#include "extract/ask.h"

enum verdict_kind {
    VERDICT_OUTCOME,  /* outcome, failure, message: final unless the failure may heal */
    VERDICT_REDIRECT, /* ask the address in a->url */
    VERDICT_AGAIN,    /* ask the same address once more, without conditions */
    VERDICT_LOOK      /* look again, or get now (sftp, ftps): a->phase says which */
};

struct verdict {
    enum verdict_kind kind;
    enum outcome outcome;
    enum failure failure;
    char message[ASK_TEXT];
    int64_t until;       /* Retry-After, or INSTANT_NONE */
    int not_modified;    /* a 304 that can be believed */
    int keep;            /* the answer is worth keeping as evidence */
    const char *payload; /* after transfer decoding; borrowed from the answer or the run */
    size_t payload_len;
    char digest[DIGEST_HEX_MAX];
};

enum flow judge(struct run *r, struct task *t, const struct fetch_answer *answer, struct verdict *v,
                struct err *e) MUST_USE;
/* Of bytes that came without HTTP: file, inbox. name is for messages. */
enum flow judge_bytes(struct run *r, const char *p, size_t n, int complete, struct verdict *v, struct err *e) MUST_USE;

#endif
