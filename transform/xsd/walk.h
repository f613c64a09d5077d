/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the acceptor: the walk of a document, shared by accept.c and keys.c. */
#ifndef TRANSFORM_XSD_WALK_H
#define TRANSFORM_XSD_WALK_H

#include "transform/xsd/model.h"

#include <string.h>

struct xsd_walk {
    const char *target;
    const xmlNs *known; /* the last declaration seen of the target namespace */
    struct arena *scratch;
};

int xsd_walk_in_target(struct xsd_walk *w, const xmlNs *ns);

static inline int xsd_walk_named(struct xsd_walk *w, const xmlNode *node, const char *name, int qualified)
{
    const char *own = (const char *)node->name;
    return own[0] == name[0] && strcmp(own, name) == 0 &&
           (qualified ? node->ns == w->known ? node->ns != NULL || !*w->target : xsd_walk_in_target(w, node->ns)
                      : node->ns == NULL);
}

/* The text of an element or attribute, comments and instructions left out; NULL in doubt. */
const char *xsd_walk_text(struct xsd_walk *w, const xmlNode *node);
/* Whether the constraints of an element hold, its content being accepted. */
int xsd_keys_accept(struct xsd_walk *w, const struct xsd_key *k, const xmlNode *node);

#endif
