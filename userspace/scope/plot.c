// SPDX-License-Identifier: GPL-2.0
/*
 * plot.c - time-sequence graphs as pictures
 *
 * For each end that sent data two panels over the same time: sequence numbers, and bytes below:
 * what is on its way and the windows that bound it. Time is to scale. Every bar says on hovering
 * which segment it is, as long as there are not too many.
 */
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "names.h"
#include "plot.h"
#include "svg.h"

#define X0	92	/* the panels' left and right */
#define X1	936
#define TITLE	22	/* height of the title, the legend, ... */
#define LEGEND	26
#define TALL	340	/* ... the upper panel, the lower, and the axis under each */
#define LOW	120
#define AXIS	44
#define TICKS_X	8	/* about so many */
#define TICKS_Y	4
#define TOLD_MOST	600	/* bars that say which segment they are */
#define SAMPLE	26	/* of a line in the legend */
#define LETTER	7.3	/* width of a letter */
#define ROOM	1.7	/* a window so many times as high as the data is still worth its place */

const char plot_style[] =
	".toy{--sent:#1766a6;--ack:#2c8a4b;--cwnd:#8a4fbf;--sack:#0b8a86;--grid:#e3e7eb;\n"
	"--flight:#cfe1f0}\n"
	"@media (prefers-color-scheme:dark){.toy{--sent:#74b8ee;--ack:#5cc07c;--cwnd:#c39bea;\n"
	"--sack:#43c9c3;--grid:#2b3138;--flight:#24405a}}\n"
	".toy path.grid{stroke:var(--grid);stroke-width:1}\n"
	".toy path.frame{stroke:var(--dim);stroke-width:1}\n"
	".toy path.bar{stroke-width:2}\n"
	".toy path.b-sent{stroke:var(--sent)}\n"
	".toy path.b-again{stroke:var(--again)}\n"
	".toy path.b-lost,.toy path.b-refused{stroke:var(--bad)}\n"
	".toy path.b-lost{stroke-dasharray:3 2}\n"
	".toy path.b-cross{stroke:var(--bad);stroke-width:1.5}\n"
	".toy path.b-sack{stroke:var(--sack);stroke-width:3;opacity:.7}\n"
	".toy path.l-ack{stroke:var(--ack);stroke-width:1.5}\n"
	".toy path.l-window{stroke:var(--dim);stroke-width:1.3;stroke-dasharray:7 3}\n"
	".toy path.l-cwnd{stroke:var(--cwnd);stroke-width:1.5}\n"
	".toy path.l-thresh{stroke:var(--cwnd);stroke-width:1.2;stroke-dasharray:2 3}\n"
	".toy path.flight{fill:var(--flight);stroke:none}\n"
	".toy path.timer{stroke:var(--again);stroke-width:1;stroke-dasharray:1 3}\n"
	".toy path.flag{fill:var(--again);stroke:none}\n";

/**
 * struct panel - a piece of paper with axes
 * @top: where its upper edge is
 * @height: of it
 * @end: the time at its right edge, milliseconds
 * @low: bytes at its lower edge
 * @high: at its upper edge
 */
struct panel {
	int top;
	int height;
	double end;
	s64 low;
	s64 high;
};

static double x_of(const struct panel *p, double ms)
{
	return X0 + (X1 - X0) * (ms / p->end);
}

static double y_of(const struct panel *p, s64 bytes)
{
	return p->top + p->height * (double)(p->high - bytes) / (double)(p->high - p->low);
}

static bool inside(const struct panel *p, s64 bytes)
{
	return bytes >= p->low && bytes <= p->high;
}

/* ------------------------------------------------------------------------------------------- */
/* Axes                                                                                          */

/* 1, 2 or 5 times a power of ten, so that @range has about @n of it. */
static double nice_step(double range, int n)
{
	double step = 0.000001;

	while (step * 10 * n <= range)
		step *= 10;
	if (step * 5 * n <= range)
		return step * 5;
	return step * 2 * n <= range ? step * 2 : step;
}

/* As many digits behind the point as steps of @step need. */
static int digits(double step)
{
	int n = 0;

	for (; step < 0.9999 && n < 6; step *= 10)
		n++;
	return n;
}

static void put_words(FILE *f, double x, double y, const char *class, const char *s)
{
	fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
	export_xml(f, s);
	fputs("</text>\n", f);
}

static void time_axis(FILE *f, const struct panel *p)
{
	double unit = p->end >= 10000 ? 1000 : 1, end = p->end / unit;
	double step = nice_step(end, TICKS_X);
	int bottom = p->top + p->height;
	struct text t = {};

	for (int i = 0; i * step <= end; i++) {
		double x = x_of(p, i * step * unit);

		fprintf(f, "<path class=\"grid\" d=\"M%.1f %dV%d\"/>\n", x, p->top, bottom);
		memset(&t, 0, sizeof(t));
		text_add(&t, "%.*f", digits(step), i * step);
		put_words(f, x, bottom + 16, "time middle", t.s);
	}
	put_words(f, (X0 + X1) / 2.0, bottom + 32, "time middle",
		  unit > 1 ? "time since the first SYN, s" : "time since the first SYN, ms");
}

static void bytes_axis(FILE *f, const struct panel *p, const char *what)
{
	double most = (double)max_t(s64, p->high, -p->low);
	double unit = most >= 10e6 ? 1e6 : most >= 10e3 ? 1e3 : 1;
	int ticks = p->height < TALL ? TICKS_Y / 2 : TICKS_Y;
	double step = nice_step((double)(p->high - p->low) / unit, ticks);
	int bottom = p->top + p->height;
	long first = (long)((double)p->low / unit / step);
	struct text t = {};

	if (unit == 1 && step < 1)
		step = 1;
	for (long i = first; (double)i * step * unit <= (double)p->high; i++) {
		double y = y_of(p, (s64)((double)i * step * unit));

		if (y > bottom + 0.5)
			continue;
		fprintf(f, "<path class=\"grid\" d=\"M%d %.1fH%d\"/>\n", X0, y, X1);
		memset(&t, 0, sizeof(t));
		text_add(&t, "%.*f", digits(step), (double)i * step);
		put_words(f, X0 - 8, y + 4, "time end", t.s);
	}
	fprintf(f, "<path class=\"frame\" d=\"M%d %dV%dH%d\"/>\n", X0, p->top, bottom, X1);
	text_add(memset(&t, 0, sizeof(t)), "%s, %s", what,
		 unit > 1e3 ? "MB" : unit > 1 ? "kB" : "bytes");
	fprintf(f, "<text transform=\"translate(18,%d) rotate(-90)\" class=\"time middle\">",
		p->top + p->height / 2);
	export_xml(f, t.s);
	fputs("</text>\n", f);
}

/* ------------------------------------------------------------------------------------------- */
/* Lines                                                                                         */

/*
 * A staircase, up to the right edge. What is beyond the paper is left out, and steps that fall into
 * the same tenth of a pixel are one.
 */
static void stairs(FILE *f, const struct panel *p, const struct steps *s, const char *class)
{
	bool down = false;	/* the pen is on the paper */

	if (!s->n)
		return;
	fprintf(f, "<path class=\"%s\" d=\"", class);
	for (size_t i = 0; i < s->n; i++) {
		double x = x_of(p, s->v[i].ms), next = X1;

		if (i + 1 < s->n)
			next = x_of(p, s->v[i + 1].ms);
		if (i + 1 < s->n && next - x < 0.1 && i)
			continue;
		if (!inside(p, s->v[i].y)) {
			down = false;
			continue;
		}
		if (down)
			fprintf(f, "V%.1f", y_of(p, s->v[i].y));
		else
			fprintf(f, "M%.1f %.1f", x, y_of(p, s->v[i].y));
		fprintf(f, "H%.1f", next);
		down = true;
	}
	fputs("\"/>\n", f);
}

static void area(FILE *f, const struct panel *p, const struct steps *s)
{
	double x = X0;

	if (!s->n)
		return;
	fprintf(f, "<path class=\"flight\" d=\"M%.1f %d", x_of(p, s->v[0].ms), p->top + p->height);
	for (size_t i = 0; i < s->n; i++) {
		double next = i + 1 < s->n ? x_of(p, s->v[i + 1].ms) : X1;

		x = x_of(p, s->v[i].ms);
		if (next - x < 0.1 && i + 1 < s->n)
			continue;
		fprintf(f, "V%.1fH%.1f", y_of(p, s->v[i].y), next);
	}
	fprintf(f, "V%dZ\"/>\n", p->top + p->height);
}

static s64 highest(const struct steps *s)
{
	s64 most = 0;

	for (size_t i = 0; i < s->n; i++)
		most = max_t(s64, most, s->v[i].y);
	return most;
}

/* ------------------------------------------------------------------------------------------- */
/* Bars                                                                                          */

static const struct {
	const char *class;
	const char *name;
	int half;	/* width of the strokes at its ends */
} bars[BAR_KINDS] = {
	[BAR_SENT] = { "bar b-sent", "sent", 0 },
	[BAR_AGAIN] = { "bar b-again", "sent again", 3 },
	[BAR_LOST] = { "bar b-lost", "lost on its way", 0 },
	[BAR_REFUSED] = { "bar b-refused", "not taken", 3 },
	[BAR_SACK] = { "b-sack", "SACK", 0 },
};

static void bar_path(FILE *f, const struct panel *p, const struct bar *b)
{
	double x = x_of(p, b->ms), low = y_of(p, b->from), high = y_of(p, b->to);
	int half = bars[b->kind].half;

	/* what is too small to be seen is a little larger */
	if (low - high < 2)
		high = low - 2;
	if (half)
		fprintf(f, "M%.1f %.1fh%dm%d 0V%.1fm%d 0h%d", x - half, low, 2 * half, -half, high,
			-half, 2 * half);
	else
		fprintf(f, "M%.1f %.1fV%.1f", x, low, high);
}

static void bar_title(FILE *f, const struct graph *g, const struct bar *b, const struct look *look)
{
	struct label_style st = { .absolute = look->label.absolute };
	struct text t = {};

	text_add(&t, "%.3f ms: ", b->ms);
	label_head(&t, g->f, b->row, &st);
	label_window(&t, b->row);
	text_add(&t, " ");
	label_detail(&t, g->f, b->row, &st);
	if (b->row->lost)
		text_add(&t, " (lost)");
	fputs("<title>", f);
	export_xml(f, t.s);
	fputs("</title>", f);
}

static void put_bars(FILE *f, const struct panel *p, const struct graph *g, enum bar_kind kind,
		     const struct look *look)
{
	bool alone = g->nbars <= TOLD_MOST, open = false;

	for (size_t i = 0; i < g->nbars; i++) {
		const struct bar *b = &g->bars[i];

		if (b->kind != kind)
			continue;
		if (alone || !open)
			fprintf(f, "<path class=\"%s\" d=\"", bars[kind].class);
		open = true;
		bar_path(f, p, b);
		if (!alone)
			continue;
		fputs("\">", f);
		bar_title(f, g, b, look);
		fputs("</path>\n", f);
	}
	if (open && !alone)
		fputs("\"/>\n", f);
	for (size_t i = 0; i < g->nbars && kind == BAR_LOST; i++) {
		const struct bar *b = &g->bars[i];

		if (b->kind == BAR_LOST)
			fprintf(f, "<path class=\"b-cross\" d=\"M%.1f %.1fl8 8m0 -8l-8 8\"/>\n",
				x_of(p, b->ms) - 4, (y_of(p, b->from) + y_of(p, b->to)) / 2 - 4);
	}
}

static void put_timers(FILE *f, const struct panel *p, const struct graph *g)
{
	int bottom = p->top + p->height;

	for (size_t i = 0; i < g->ntimers; i++) {
		struct text t = {};
		double x = x_of(p, row_ms(g->f, g->timers[i]->ev->ns));

		ladder_words(&t, g->timers[i]);
		fprintf(f, "<path class=\"timer\" d=\"M%.1f %dV%d\"/>\n", x, p->top, bottom);
		fprintf(f, "<path class=\"flag\" d=\"M%.1f %dl-5 9h10z\"><title>%.3f ms: ", x,
			bottom - 9, row_ms(g->f, g->timers[i]->ev->ns));
		export_xml(f, t.s);
		fputs("</title></path>\n", f);
	}
}

/* ------------------------------------------------------------------------------------------- */
/* A graph                                                                                       */

static bool has_bars(const struct graph *g, enum bar_kind kind)
{
	for (size_t i = 0; i < g->nbars; i++) {
		if (g->bars[i].kind == kind)
			return true;
	}
	return false;
}

static double legend_entry(FILE *f, double x, int y, const char *class, const char *name)
{
	int width = strncmp(class, "l-", 2) && strcmp(class, "flight") ? SAMPLE / 2 : SAMPLE;

	if (!strcmp(class, "flag"))
		fprintf(f, "<path class=\"flag\" d=\"M%.1f %dl-5 9h10z\"/>\n",
			x + width / 2.0, y - 9);
	else if (!strcmp(class, "flight"))
		fprintf(f, "<path class=\"flight\" d=\"M%.1f %dh%dv10h-%dz\"/>\n", x, y - 9, width,
			width);
	else if (strncmp(class, "l-", 2))
		fprintf(f, "<path class=\"%s\" d=\"M%.1f %dv-12\"/>\n", class,
			x + width / 2.0, y + 2);
	else
		fprintf(f, "<path class=\"%s\" d=\"M%.1f %dh%d\"/>\n", class, x, y - 4, width);
	put_words(f, x + width + 5, y, "detail", name);
	return x + width + 5 + LETTER * text_width(name) + 13;
}

static void legend_upper(FILE *f, const struct graph *g, int y)
{
	double x = X0;

	for (int kind = 0; kind < BAR_KINDS; kind++) {
		if (has_bars(g, (enum bar_kind)kind))
			x = legend_entry(f, x, y, bars[kind].class, bars[kind].name);
	}
	if (g->line[LINE_ACK].n)
		x = legend_entry(f, x, y, "l-ack", "acknowledged");
	if (g->line[LINE_WINDOW].n)
		x = legend_entry(f, x, y, "l-window", "+ receive window");
	if (g->line[LINE_CWND].n)
		x = legend_entry(f, x, y, "l-cwnd", "+ cwnd");
	if (g->ntimers)
		legend_entry(f, x, y, "flag", "timer");
}

static void legend_lower(FILE *f, const struct graph *g, int y)
{
	double x = legend_entry(f, X0, y, "flight", "on its way");

	x = legend_entry(f, x, y, "l-window", "receive window");
	if (g->line[LINE_CONG].n)
		x = legend_entry(f, x, y, "l-cwnd", "congestion window (cwnd)");
	if (g->line[LINE_THRESH].n)
		legend_entry(f, x, y, "l-thresh", "slow start threshold");
}

/* The highest of a panel: of @all, and of @windows where these are not far beyond. */
static s64 high_of(s64 all, s64 window)
{
	s64 high = window <= (s64)(ROOM * (double)all) ? max_t(s64, all, window) : all;

	return high + high / 20 + 1;
}

/* A line that has no place on the paper is told in words. */
static void say_beyond(FILE *f, const struct panel *p, const struct steps *s, const char *what,
		       bool right)
{
	struct text t = {};

	if (!s->n || highest(s) <= p->high)
		return;
	text_add(&t, "%s: up to %lld, beyond the top", what, highest(s));
	put_words(f, right ? X1 : X0, p->top + p->height + 32, right ? "time end" : "time", t.s);
}

static int plot_height(void)
{
	return TITLE + LEGEND + TALL + AXIS + LEGEND + LOW + AXIS;
}

static void plot_side(FILE *f, const struct graph *g, const struct exported *ex, int top)
{
	double last = graph_end(g->f) * 1.02, end = last > 0 ? last : 1;
	struct panel upper = { .top = top + TITLE + LEGEND, .height = TALL, .end = end };
	struct panel lower = { .top = upper.top + TALL + AXIS + LEGEND, .height = LOW, .end = end };
	struct text t = {};
	s64 most = 0;

	for (size_t i = 0; i < g->nbars; i++)
		most = max_t(s64, most, g->bars[i].to);
	upper.high = high_of(max_t(s64, most, highest(&g->line[LINE_ACK])),
			     highest(&g->line[LINE_WINDOW]));
	lower.high = high_of(max_t(s64, highest(&g->line[LINE_FLIGHT]),
				   highest(&g->line[LINE_CONG])), highest(&g->line[LINE_OFFERED]));

	text_add(&t, "What ");
	ladder_name(&t, g->f, ex->all, g->side);
	text_add(&t, " sent");
	put_words(f, X0, top + 14, "name", t.s);
	legend_upper(f, g, top + TITLE + 14);
	time_axis(f, &upper);
	bytes_axis(f, &upper, g->f->end[g->side].has_iss ? "sequence number from the initial one" :
			      "sequence number from the first one seen");
	put_timers(f, &upper, g);
	stairs(f, &upper, &g->line[LINE_WINDOW], "l-window");
	stairs(f, &upper, &g->line[LINE_CWND], "l-cwnd");
	for (int kind = BAR_KINDS; kind-- > 0;)
		put_bars(f, &upper, g, (enum bar_kind)kind, ex->look);
	stairs(f, &upper, &g->line[LINE_ACK], "l-ack");
	say_beyond(f, &upper, &g->line[LINE_WINDOW], "receive window", true);
	say_beyond(f, &upper, &g->line[LINE_CWND], "cwnd", false);

	legend_lower(f, g, lower.top - 12);
	area(f, &lower, &g->line[LINE_FLIGHT]);
	time_axis(f, &lower);
	bytes_axis(f, &lower, "windows");
	stairs(f, &lower, &g->line[LINE_OFFERED], "l-window");
	stairs(f, &lower, &g->line[LINE_THRESH], "l-thresh");
	stairs(f, &lower, &g->line[LINE_CONG], "l-cwnd");
	say_beyond(f, &lower, &g->line[LINE_OFFERED], "receive window", true);
}

int plot_flow(FILE *f, const struct flow *flow, const struct exported *ex, int top)
{
	int height = 0;

	for (int side = 0; side < 2; side++) {
		struct graph g;

		if (graph_make(&g, flow, side)) {
			if (f)
				plot_side(f, &g, ex, top + height);
			height += plot_height();
		}
		graph_free(&g);
	}
	return height;
}

void graph_write(FILE *f, const struct exported *ex)
{
	int height = 0, top = 0;

	for (size_t i = 0; i < ex->flows->n; i++)
		height += plot_flow(NULL, ex->flows->v[i], ex, 0);
	picture_begin(f, height ? height : 2 * TITLE);
	fprintf(f, "<title>Connections of the toy transport, over time</title>\n"
		"<style>\n%s%s</style>\n", picture_style, plot_style);
	for (size_t i = 0; i < ex->flows->n; i++)
		top += plot_flow(f, ex->flows->v[i], ex, top);
	if (!height)
		put_words(f, X0, TITLE, "detail", "No data was sent: nothing to draw.");
	fputs("</svg>\n", f);
}
