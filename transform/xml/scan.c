/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of the edition, and no DOCTYPE, before anything is parsed: what a document holds is counted by its marks.
 */
#include "transform/xml/reader.h"

#include <stdio.h>
#include <string.h>

enum { ATTRIBUTES_MAX = 256, ATTRIBUTES_A_NODE = 4 };

static const char *skip_to(const char *p, const char *end, const char *mark)
{
    size_t n = strlen(mark);
    for (; (p = memchr(p, mark[0], (size_t)(end - p))) != NULL; p++)
        if ((size_t)(end - p) >= n && memcmp(p, mark, n) == 0)
            return p + n;
    return end;
}

static const char *first_quote(const char *p, const char *end)
{
    while (p < end && *p != '"' && *p != '\'')
        p++;
    return p;
}

/* The next '>', or the end. */
static const char *next_close(const char *p, const char *end)
{
    const char *close = memchr(p, '>', (size_t)(end - p));
    return close ? close : end;
}

/* Past the '>' of a tag that begins at p; counts its attributes. *selfclosed when it ends in "/>". */
static const char *skip_tag(const char *p, const char *end, size_t *attributes, int *selfclosed)
{
    const char *close = next_close(p, end), *quote = p;
    *attributes = 0;
    *selfclosed = 0;
    while ((quote = first_quote(quote, close)) < close) {
        ++*attributes;
        quote = memchr(quote + 1, *quote, (size_t)(end - quote - 1));
        if (!quote)
            return end;
        if (close < ++quote) /* it stands in the value */
            close = next_close(quote, end);
    }
    *selfclosed = close[-1] == '/';
    return close < end ? close + 1 : end;
}

enum flow xml_over(struct xml_reader *r, enum xml_bound b, uint64_t offset)
{
    static const struct {
        const char *fr, *en;
    } bounds[] = {
        [BOUND_ELEMENTS] = {"Limite dépassée : plus de %llu éléments, commentaires et instructions.",
                            "Over a limit: more than %llu elements, comments and instructions."},
        [BOUND_DEPTH] = {"Limite dépassée : plus de %llu éléments imbriqués.",
                         "Over a limit: more than %llu elements one inside the other."},
        [BOUND_TEXT] = {"Limite dépassée : un texte de plus de %llu octets.",
                        "Over a limit: a text longer than %llu bytes."},
        [BOUND_ATTRIBUTES] = {"Limite dépassée : un élément de plus de %llu attributs.",
                              "Over a limit: an element of more than %llu attributes."},
        [BOUND_ALL_ATTRIBUTES] = {"Limite dépassée : plus de %llu attributs en tout.",
                                  "Over a limit: more than %llu attributes in all."},
    };
    uint64_t limit = b == BOUND_ELEMENTS         ? r->limits.elements
                     : b == BOUND_DEPTH          ? r->limits.depth
                     : b == BOUND_TEXT           ? r->limits.text
                     : b == BOUND_ALL_ATTRIBUTES ? ATTRIBUTES_A_NODE * r->limits.elements
                                                 : ATTRIBUTES_MAX;
    char fr[200], en[200], number[24];
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)limit);
    const char *at = strstr(bounds[b].fr, "%llu"), *at_en = strstr(bounds[b].en, "%llu");
    (void)snprintf(fr, sizeof fr, "%.*s%s%s", (int)(at - bounds[b].fr), bounds[b].fr, number, at + 4);
    (void)snprintf(en, sizeof en, "%.*s%s%s", (int)(at_en - bounds[b].en), bounds[b].en, number, at_en + 4);
    return xml_refuse(r, XML_LIMIT, offset, fr, en);
}

enum flow xml_no_doctype(struct xml_reader *r, uint64_t offset)
{
    return xml_refuse(r, XML_DOCTYPE, offset, "Déclaration DOCTYPE refusée : ôtez-la, aucune entité n'est acceptée.",
                      "DOCTYPE not allowed: remove it, no entity is accepted.");
}

/* What was counted so far. */
struct scan {
    uint64_t nodes; /* elements, comments, instructions */
    uint64_t depth, attributes;
};

static enum flow over_limit(struct xml_reader *r, const char *at, const struct scan *s, size_t attributes)
{
    uint64_t offset = (uint64_t)(at - r->text);
    if (s->nodes > r->limits.elements)
        return xml_over(r, BOUND_ELEMENTS, offset);
    if (s->depth > r->limits.depth)
        return xml_over(r, BOUND_DEPTH, offset);
    if (attributes > ATTRIBUTES_MAX)
        return xml_over(r, BOUND_ATTRIBUTES, offset);
    return s->attributes > ATTRIBUTES_A_NODE * r->limits.elements ? xml_over(r, BOUND_ALL_ATTRIBUTES, offset) : FLOW_OK;
}

/* Past a comment, an instruction or a CDATA section that begins at p; NULL when it is none. */
static const char *skip_other(const char *p, const char *end)
{
    size_t left = (size_t)(end - p);
    if (p[1] == '?')
        return skip_to(p + 2, end, "?>");
    if (left >= 4 && memcmp(p, "<!--", 4) == 0)
        return skip_to(p + 4, end, "-->");
    if (left >= 9 && memcmp(p, "<![CDATA[", 9) == 0)
        return skip_to(p + 9, end, "]]>");
    return NULL;
}

enum flow xml_scan(struct xml_reader *r)
{
    const char *p = r->text, *end = r->text + r->length;
    struct scan s = {0};
    enum flow f = FLOW_OK;
    while (p < end && f == FLOW_OK) {
        size_t attributes = 0;
        int selfclosed = 0;
        const char *tag = memchr(p, '<', (size_t)(end - p));
        if ((uint64_t)((tag ? tag : end) - p) > r->limits.text)
            return xml_over(r, BOUND_TEXT, (uint64_t)(p - r->text));
        if (!tag || tag + 1 == end)
            return FLOW_OK;
        if (tag[1] == '/') {
            p = next_close(tag, end);
            p += p < end;
            s.depth -= s.depth > 0;
            continue;
        }
        const char *other = skip_other(tag, end);
        if (!other && tag[1] == '!')
            return xml_no_doctype(r, (uint64_t)(tag - r->text));
        p = other ? other : skip_tag(tag, end, &attributes, &selfclosed);
        s.nodes++;
        s.attributes += attributes;
        s.depth += !other;
        f = over_limit(r, tag, &s, attributes);
        s.depth -= (uint64_t)selfclosed;
    }
    return f;
}
