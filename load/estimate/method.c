/* SPDX-License-Identifier: Apache-2.0 */
#include "load/estimate/method.h"
#include "schemas/run/decimal.h"
#include "schemas/run/json.h"

#include <stdio.h>
#include <string.h>

void method_defaults(struct method *m)
{
    *m = (struct method){.size_classes = 8,
                         .group_minimum = 5,
                         .group_rate = 1.0 / 3.0,
                         .form = FORM_SILENT,
                         .distance = DISTANCE_RAKING,
                         .lower = 0.0,
                         .upper = 4.0,
                         .by_region = 1,
                         .by_size = 1,
                         .donors_minimum = 5,
                         .influential = 0.01,
                         .early_rate = 0.5,
                         .confidence = 0.95,
                         .logit_interval = 0.1,
                         .band_total = {0.165, 0.333},
                         .band_share = {0.05, 0.10}};
    arena_init(&m->arena, 1 << 20);
}

void method_fini(struct method *m)
{
    arena_fini(&m->arena);
}

/* A number of the block within [low, high]; absent: unchanged. */
static enum flow number(const struct json *b, const char *path, double low, double high, double *v, struct err *e)
{
    double got;
    if (!json_at(b, path))
        return FLOW_OK;
    if (!json_number(b, path, &got) || got < low || got > high)
        return err_set(e, STATUS_CONFIG, "edition.json: method.%s: a number from %g to %g is due", path, low, high);
    *v = got;
    return FLOW_OK;
}

static enum flow word(const struct json *b, const char *path, const char *const *words, size_t n, int *v, struct err *e)
{
    if (!json_at(b, path))
        return FLOW_OK;
    const char *t = json_text(b, path);
    for (size_t i = 0; t && i < n; i++)
        if (strcmp(t, words[i]) == 0) {
            *v = (int)i;
            return FLOW_OK;
        }
    return err_set(e, STATUS_CONFIG, "edition.json: method.%s: unknown word '%s'", path, t ? t : "");
}

static enum flow flag(const struct json *b, const char *path, int *v, struct err *e)
{
    if (!json_at(b, path))
        return FLOW_OK;
    int got = json_bool(b, path);
    if (got < 0)
        return err_set(e, STATUS_CONFIG, "edition.json: method.%s: true or false is due", path);
    *v = got;
    return FLOW_OK;
}

static const char *const form_words[] = {"silent", "standard", "none"};
static const char *const distance_words[] = {"raking", "linear", "logit"};

static enum flow residuals(struct method *m, const struct json *b, struct err *e)
{
    const struct json *list = json_at(b, "residual");
    size_t n = list ? json_count(list) : 0;
    if (n > sizeof m->residual / sizeof m->residual[0])
        return err_set(e, STATUS_CONFIG, "edition.json: method.residual: at most %zu codes",
                       sizeof m->residual / sizeof m->residual[0]);
    for (size_t i = 0; i < n; i++) {
        char at[24];
        (void)snprintf(at, sizeof at, "%zu", i);
        const char *t = json_text(list, at);
        if (!t)
            return err_set(e, STATUS_CONFIG, "edition.json: method.residual: a code is due");
        m->residual[m->residuals++] = arena_strdup(&m->arena, t);
    }
    return FLOW_OK;
}

enum flow method_read(struct method *m, const struct json *b, struct err *e)
{
    int form = (int)m->form, distance = (int)m->distance;
    double donors = m->donors_minimum;
    if (!b)
        return FLOW_OK;
    enum flow f = word(b, "form", form_words, 3, &form, e);
    f = f == FLOW_OK ? word(b, "distance", distance_words, 3, &distance, e) : f;
    f = f == FLOW_OK ? number(b, "lower", 0.0, 1.0, &m->lower, e) : f;
    f = f == FLOW_OK ? number(b, "upper", 1.0, 1e6, &m->upper, e) : f;
    f = f == FLOW_OK ? flag(b, "scale", &m->scale, e) : f;
    f = f == FLOW_OK ? number(b, "donors", 1.0, 1e6, &donors, e) : f;
    f = f == FLOW_OK ? number(b, "influential", 0.0, 1.0, &m->influential, e) : f;
    f = f == FLOW_OK ? number(b, "early", 0.0, 1.0, &m->early_rate, e) : f;
    f = f == FLOW_OK ? flag(b, "groups_alone", &m->groups_alone_allowed, e) : f;
    f = f == FLOW_OK ? number(b, "confidence", 0.5, 0.999, &m->confidence, e) : f;
    f = f == FLOW_OK ? number(b, "logit_interval", 0.0, 0.5, &m->logit_interval, e) : f;
    f = f == FLOW_OK ? number(b, "bands.total.0", 0.0, 10.0, &m->band_total[0], e) : f;
    f = f == FLOW_OK ? number(b, "bands.total.1", 0.0, 10.0, &m->band_total[1], e) : f;
    f = f == FLOW_OK ? number(b, "bands.share.0", 0.0, 1.0, &m->band_share[0], e) : f;
    f = f == FLOW_OK ? number(b, "bands.share.1", 0.0, 1.0, &m->band_share[1], e) : f;
    f = f == FLOW_OK ? residuals(m, b, e) : f;
    m->form = (enum calibration_form)form;
    m->distance = (enum distance)distance;
    m->donors_minimum = (int)donors;
    return f;
}

static enum flow line(struct buf *out, const char *key, double v, struct err *e)
{
    char text[40];
    (void)double_print(v, text);
    return buf_printf(out, e, "%s=%s\n", key, text);
}

enum flow method_text(const struct method *m, struct buf *out, struct err *e)
{
    const struct {
        const char *key;
        double v;
    } lines[] = {{"size_classes", m->size_classes},
                 {"group_minimum", m->group_minimum},
                 {"group_rate", m->group_rate},
                 {"lower", m->lower},
                 {"upper", m->upper},
                 {"scale", m->scale},
                 {"by_region", m->by_region},
                 {"by_size", m->by_size},
                 {"donors", m->donors_minimum},
                 {"influential", m->influential},
                 {"early", m->early_rate},
                 {"groups_alone", m->groups_alone_allowed},
                 {"confidence", m->confidence},
                 {"logit_interval", m->logit_interval},
                 {"band_total_free", m->band_total[0]},
                 {"band_total_unreliable", m->band_total[1]},
                 {"band_share_free", m->band_share[0]},
                 {"band_share_unreliable", m->band_share[1]}};
    enum flow f = buf_printf(out, e, "method=%s\nform=%s\ndistance=%s\n", METHOD_ID, form_words[m->form],
                             distance_words[m->distance]);
    for (size_t i = 0; f == FLOW_OK && i < sizeof lines / sizeof lines[0]; i++)
        f = line(out, lines[i].key, lines[i].v, e);
    for (size_t i = 0; f == FLOW_OK && i < m->cuts; i++)
        f = line(out, "cut", m->cut[i], e);
    for (size_t i = 0; f == FLOW_OK && i < m->merges; i++)
        f = buf_printf(out, e, "merge=%s>%s\n", m->merge[i].region, m->merge[i].into);
    for (size_t i = 0; f == FLOW_OK && i < m->residuals; i++)
        f = buf_printf(out, e, "residual=%s\n", m->residual[i]);
    return f;
}
