// SPDX-License-Identifier: GPL-2.0
/*
 * html.c - flows as a page that needs nothing but itself
 */
#include <stdlib.h>

#include "plot.h"
#include "svg.h"

static const char page_style[] =
	":root{color-scheme:light dark}\n"
	"body{margin:0;padding:1em;background:#fff;color:#1c2127;\n"
	"font:16px/1.5 system-ui,sans-serif}\n"
	"h1{font-size:1.4em}\n"
	"h2{font-size:1.1em;margin:2em 0 .5em}\n"
	"h1,h2,p{max-width:60em}\n"
	"div{display:flex;flex-wrap:wrap;gap:2em;align-items:flex-start}\n"
	"figure{margin:0;max-width:100%;overflow-x:auto}\n"
	"@media (prefers-color-scheme:dark){body{background:#15181c;color:#e4e7eb}}\n";

static const char legend[] =
	"<p>Ladder: time goes down, in milliseconds since the first SYN; rows are not to scale.\n"
	"+N: it came N milliseconds after it left. x and y are the initial sequence numbers of the left and the right end, win is in bytes,\n"
	"§ a section of RFC 9293. Dashed and ending in a cross: lost. Ending in a cross at the\n"
	"other end: came and was not taken. Amber: sent again, timers, congestion control.\n"
	"Graph: what one end sent, as it knew it itself; time is to scale.</p>\n";

void html_write(FILE *f, const struct exported *ex)
{
	fprintf(f, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
		"<meta name=\"viewport\" content=\"width=device-width\"/>\n"
		"<title>Connections of the toy transport</title>\n<style>\n%s%s%s</style>\n</head>\n"
		"<body>\n<h1>Connections of the toy transport</h1>\n%s", page_style, picture_style,
		plot_style, legend);
	for (size_t i = 0; i < ex->flows->n; i++) {
		const struct flow *flow = ex->flows->v[i];
		int height = plot_flow(NULL, flow, ex, 0);
		struct picture p;
		struct text t = {};

		ladder_name(&t, flow, ex->all, LEFT);
		text_add(&t, " – ");
		ladder_name(&t, flow, ex->all, RIGHT);
		fprintf(f, "<h2>%u. ", flow->nr);
		export_xml(f, t.s);
		picture_make(&p, flow, ex);
		fputs("</h2>\n<div>\n<figure>\n", f);
		picture_begin(f, p.height);
		picture_put(f, &p, 0);
		fputs("</svg>\n</figure>\n", f);
		picture_free(&p);
		if (height) {
			fputs("<figure>\n", f);
			picture_begin(f, height);
			plot_flow(f, flow, ex, 0);
			fputs("</svg>\n</figure>\n", f);
		}
		fputs("</div>\n", f);
	}
	fputs("</body>\n</html>\n", f);
}
