/* SPDX-License-Identifier: Apache-2.0 */
/* The text of an element or attribute as a schema reads it: whole, whatever comments, CDATA or instructions stand
 * inside. */
#ifndef TRANSFORM_CONTENT_H
#define TRANSFORM_CONTENT_H

#include <libxml/tree.h>

/* "" when empty. *owned is NULL or freed by xmlFree. */
const char *content_text(const xmlNode *n, xmlChar **owned);
/* Replaces that text; what stood inside is gone. 0 without memory. */
int content_put(xmlNodePtr n, const char *text);

#endif
