/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/stamps.h"

#include "transform/withhold.h"

#include <stdio.h>
#include <string.h>

/* XML Schema allows what no clock shows: the midnight that ends a day, years of five digits and those before the first.
 */
int stamps_read(const struct document *d, int64_t *t)
{
    const char *s = d->identity.stamp;
    char midnight[64];
    size_t n = strlen(s), digits = strspn(s, "0123456789");
    if (clock_parse(s, n, 0, t))
        return 1;
    if (digits == 4 && n > 13 && n < sizeof midnight && memcmp(s + 10, "T24", 3) == 0) {
        (void)snprintf(midnight, sizeof midnight, "%.10sT00%s", s, s + 13);
        if (!clock_parse(midnight, strlen(midnight), 0, t))
            return 0;
        *t += INT64_C(86400) * 1000000;
        return 1;
    }
    *t = *s == '-' ? INT64_MIN : INT64_MAX;
    return digits > 4 || *s == '-';
}

static const char *keep(struct findings *f, const char *s)
{
    return finding_text(f, s, strlen(s));
}

static enum flow tell_ahead(struct document *d, struct err *e)
{
    struct findings *f = &d->findings;
    struct finding *x = findings_builtin(f, RULE_AHEAD, FINDING_FAILED);
    char came[INSTANT_TEXT_MAX];
    if (!x)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    (void)clock_print(d->received_at, came);
    x->value = keep(f, d->identity.stamp);
    x->expected = keep(f, came);
    enum flow k = finding_say(f, x, LANG_FR, "envoi daté du %s, après sa réception (%s) : l'horloge est à vérifier",
                              x->value, x->expected);
    if (k == FLOW_OK)
        k = finding_say(f, x, LANG_EN, "sending dated %s, after its reception (%s): the clock is to be checked",
                        x->value, x->expected);
    return k == FLOW_OK ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory");
}

enum flow stamps_ahead(const struct plan *p, struct unit_judgement *u, struct err *e)
{
    enum { MINUTE = 60 * 1000000, MINUTES_MAX = 1000000 };
    double minutes = 0;
    int64_t allowed = 0, t;
    if (edition_parameter_number(p->edition, "sequence.ahead", &minutes) && minutes > 0)
        allowed = (int64_t)(minutes < MINUTES_MAX ? minutes : MINUTES_MAX) * MINUTE;
    for (size_t i = 0; i < u->count; i++) {
        struct document *d = &u->documents[i];
        if (d->named_wrong || !stamps_read(d, &t) || t <= d->received_at + allowed)
            continue;
        if (tell_ahead(d, e) != FLOW_OK)
            return FLOW_FATAL;
        d->verdict = withhold_verdict(p, d);
        if (d->verdict == 3)
            d->cells = NULL;
    }
    return FLOW_OK;
}

enum flow stamps_cross(struct document *d, const struct document *other, struct err *e)
{
    struct findings *f = &d->findings;
    struct finding *x = findings_builtin(f, RULE_CROSSED, FINDING_FAILED);
    if (!x)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    const char *number = keep(f, d->identity.number), *before = keep(f, other->identity.number);
    x->value = keep(f, d->identity.stamp);
    x->expected = keep(f, other->identity.stamp);
    enum flow k = finding_say(f, x, LANG_FR,
                              "le numéro %s est daté du %s, avant le numéro %s (%s) : le numéro décide, à vérifier",
                              number, x->value, before, x->expected);
    if (k == FLOW_OK)
        k = finding_say(f, x, LANG_EN,
                        "number %s is dated %s, before number %s (%s): the number decides, to be checked", number,
                        x->value, before, x->expected);
    if (d->verdict == 0 && x->severity > EDITION_INFORMATION)
        d->verdict = 1;
    return k == FLOW_OK ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory");
}
