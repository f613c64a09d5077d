/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/content.h"

#include <stddef.h>

const char *content_text(const xmlNode *n, xmlChar **owned)
{
    *owned = NULL;
    const xmlNode *c = n->children;
    if (!c)
        return "";
    if (!c->next && (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE))
        return c->content ? (const char *)c->content : "";
    *owned = xmlNodeGetContent(n);
    return *owned ? (const char *)*owned : "";
}

int content_put(xmlNodePtr n, const char *text)
{
    xmlFreeNodeList(n->children);
    n->children = n->last = NULL;
    if (!*text)
        return 1;
    xmlNodePtr t = xmlNewDocText(n->doc, BAD_CAST text);
    if (!t)
        return 0;
    t->parent = n;
    n->children = n->last = t;
    return 1;
}
