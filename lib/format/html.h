#pragma once
/* The one place where text becomes HTML or XML. */

struct buf;

/* s with & < > " ' as references: for element text and quoted attributes. */
void html_escape(struct buf *out, const char *s);
