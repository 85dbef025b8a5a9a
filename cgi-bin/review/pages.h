#pragma once
/*
 * The administrators' HTML templates and stylesheet, compiled in. account.c
 * shows sign-in and error from the same list.
 */

struct template;

/* For respond_use_templates. */
const struct template *pages_templates(void);

/* pages/style.css and pages/comfort.mjs */
extern const char pages_style[], pages_script[];
