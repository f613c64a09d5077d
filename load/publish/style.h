/* SPDX-License-Identifier: Apache-2.0 */
/* Look of the pages: system fonts, two colours of ink on white, contrast above 4.5, one column under 700 px, printable.
 */
#ifndef LOAD_PUBLISH_STYLE_H
#define LOAD_PUBLISH_STYLE_H

extern const char publish_style[];
/* Search and filter of the findings table; without it the whole table is shown. */
extern const char publish_script[];

#endif
