/* SPDX-License-Identifier: Apache-2.0 */
/* HTML pages: self-contained, strict Content-Security-Policy (style and script by digest, nothing from outside), one
 * escaper. The first failure of any call is told by html_close. */
#ifndef LOAD_PUBLISH_HTML_H
#define LOAD_PUBLISH_HTML_H

#include "schemas/run/buf.h"

struct html {
    struct buf page;
    struct err *err;
    int failed, french;
};

/* Head of a page up to <body>. style and script may be NULL; language "fr" or "en". */
void html_open(struct html *h, const char *language, const char *title, const char *style, const char *script,
               struct err *e);
/* Ends the page; FLOW_OK when every call succeeded. The bytes are h->page. */
enum flow html_close(struct html *h, const char *script) MUST_USE;
void html_fini(struct html *h);

/* Markup of ours, as it is. */
void html_raw(struct html *h, const char *markup);
/* Text of anybody: & < > " ' escaped, controls and bidirectional characters shown; in a French page, spaces before
 * double punctuation do not break and apostrophes are curved, in an English one "95 %" is 95%. NULL is nothing. */
void html_text(struct html *h, const char *s);
/* The same, character by character: what a sender wrote, a code, a digest. */
void html_verbatim(struct html *h, const char *s);
/* Markup with numbers and our own words only; never text of others. */
void html_printf(struct html *h, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* <tag>text</tag>, attributes of ours after the tag name: html_element(h, "th scope=\"col\"", text). */
void html_element(struct html *h, const char *tag, const char *text);

/* "sha256-..." of a style or script, for the policy. out has 64 bytes. */
enum flow html_integrity(const char *text, char *out, struct err *e) MUST_USE;

#endif
