// SPDX-License-Identifier: GPL-2.0
/*
 * svg.c - flows as a picture
 *
 * Time goes down, a row for each mark, not to scale: the figures at the left are exact. An arrow
 * goes from the row in which its segment left to the row in which it came. Nothing is fetched from
 * anywhere, and everything that came out of a payload or a file is escaped.
 */
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "svg.h"

#define TIME_X		84	/* the time ends here */
#define LEFT_X		208	/* the lines of life of both ends */
#define RIGHT_X		832
#define MARGIN		12	/* between such a line and words */
#define COLUMNS		80	/* of words between them */
#define LINE		16	/* a line of words */
#define GAP		8	/* between rows */
#define DROP		5	/* an arrow leaves so much below its words */
#define UNDER		4	/* what is told under an arrow, so much below where it would be */
#define SLANT		5	/* an arrow's far end is so much lower, where nothing else says */
#define HEAD		64	/* of a flow: names and initial sequence numbers */
#define LINES_MOST	8

const char picture_style[] =
	".toy{--bg:#fff;--fg:#1c2127;--dim:#667080;--why:#14608f;--again:#8f5600;--bad:#b3261e;\n"
	"--closed:#b4bcc6;--opening:#2f7fb5;--open:#2c8a4b;--closing:#b87a14;--wait:#7a5bb0}\n"
	"@media (prefers-color-scheme:dark){.toy{--bg:#15181c;--fg:#e4e7eb;--dim:#98a2b0;\n"
	"--why:#7cc0ee;--again:#f0b458;--bad:#ff8a80;--closed:#4c5560;--opening:#5aa9dd;\n"
	"--open:#5cc07c;--closing:#e0a640;--wait:#ae92e0}}\n"
	".toy{background:var(--bg)}\n"
	".toy text{fill:var(--fg);font:12px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,\n"
	"monospace;white-space:pre;paint-order:stroke;stroke:var(--bg);stroke-width:4px;\n"
	"stroke-linejoin:round}\n"
	".toy .time,.toy .detail{fill:var(--dim)}\n"
	".toy .name,.toy .state{font-weight:bold}\n"
	".toy .end{text-anchor:end}\n"
	".toy .middle{text-anchor:middle}\n"
	".toy text.why{fill:var(--why)}\n"
	".toy text.again{fill:var(--again)}\n"
	".toy text.bad{fill:var(--bad)}\n"
	".toy path{fill:none;stroke:var(--fg);stroke-width:1.3}\n"
	".toy path.again{stroke:var(--again)}\n"
	".toy path.bad{stroke:var(--bad)}\n"
	".toy path.lost,.toy path.unseen{stroke-dasharray:5 4}\n"
	".toy .life{stroke-width:5}\n"
	".toy .closed{stroke:var(--closed);stroke-width:2}\n"
	".toy .opening{stroke:var(--opening)}\n"
	".toy .open{stroke:var(--open)}\n"
	".toy .closing{stroke:var(--closing)}\n"
	".toy .wait{stroke:var(--wait)}\n";

/* ------------------------------------------------------------------------------------------- */
/* Layout                                                                                        */

/* Break @s at blanks. Returns how many lines there are; the last takes what is left over. */
static int wrap(const char *s, struct text *line)
{
	int n = 0;

	while (*s && n < LINES_MOST) {
		size_t len = strlen(s), cut;

		memset(&line[n], 0, sizeof(*line));
		text_add(&line[n], "%s", s);
		while (text_width(line[n].s) > COLUMNS && n + 1 < LINES_MOST) {
			for (cut = len; cut && s[cut - 1] != ' '; cut--)
				;
			if (!cut)
				break;
			len = cut - 1;
			line[n].s[len] = '\0';
			line[n].len = len;
		}
		n++;
		s += len;
		s += strspn(s, " ");
	}
	return n;
}

/* Is the row told where this mark is? Its departure tells it, if there was one to be seen. */
static bool tells(const struct mark *k)
{
	return k->kind != MARK_ARRIVE || !k->row->tx;
}

static int detail_lines(const struct picture *p, const struct mark *k, struct text *line)
{
	struct text t = {};

	if (k->kind == MARK_OTHER)
		return 0;
	if (tells(k))
		label_detail(&t, p->f, k->row, &p->look.label);
	else if (k->row->drop)
		text_add(&t, "✗ %s", word_of(WORDS_DROP, k->row->drop->seg.why)->text);
	return wrap(t.s, line);
}

static void picture_fold(struct picture *p)
{
	for (size_t i = 0; i < p->marks.n && !p->look.label.all;) {
		size_t run = marks_plain(&p->marks, i);

		if (run > FOLD_OVER) {
			memset(p->folded + i + FOLD_KEEP, 1, run - 2 * FOLD_KEEP);
			p->folded[i + FOLD_KEEP] = 2;
		}
		i += run ? run : 1;
	}
}

void picture_make(struct picture *p, const struct flow *f, const struct exported *ex)
{
	struct text line[LINES_MOST], foot[LADDER_FOOT];
	int y = HEAD, n;

	memset(p, 0, sizeof(*p));
	p->f = f;
	p->all = ex->all;
	p->look = *ex->look;
	p->look.label.ascii = false;
	marks_make(&p->marks, f, p->look.label.all);
	p->y = need(calloc(p->marks.n + 1, sizeof(*p->y)));
	p->folded = need(calloc(p->marks.n + 1, 1));
	picture_fold(p);
	for (int side = 0; side < 2; side++)
		y += f->end[side].listen ? LINE + GAP : 0;
	for (size_t i = 0; i < p->marks.n; i++) {
		if (p->folded[i] == 1) {
			p->y[i] = p->y[i - 1];
			continue;
		}
		y += LINE;
		p->y[i] = y;
		n = p->folded[i] ? 0 : detail_lines(p, &p->marks.v[i], line);
		y += LINE * n + (n ? UNDER : 0) + GAP;
	}
	p->height = y + LINE * (2 + ladder_foot(foot, f, &p->look));
}

void picture_free(struct picture *p)
{
	free(p->marks.v);
	free(p->y);
	free(p->folded);
}

/* ------------------------------------------------------------------------------------------- */
/* Strokes and words                                                                             */

static int life_x(int side)
{
	return side == LEFT ? LEFT_X : RIGHT_X;
}

static void put_text(FILE *f, int x, int y, const char *class, const char *s)
{
	if (!*s)
		return;
	fprintf(f, "<text x=\"%d\" y=\"%d\"", x, y);
	if (*class)
		fprintf(f, " class=\"%s\"", class);
	fputc('>', f);
	export_xml(f, s);
	fputs("</text>\n", f);
}

static void put_time(FILE *f, const struct picture *p, int y, uint64_t ns)
{
	struct text t = {};

	text_add(&t, "%.3f", row_ms(p->f, ns));
	put_text(f, TIME_X, y, "time end", t.s);
}

/* Words between the lines of life, on one side. */
static void put_inside(FILE *f, int side, int y, const char *class, const char *s)
{
	struct text c = {};

	text_add(&c, "%s%s", class, side == RIGHT ? " end" : "");
	put_text(f, side == LEFT ? LEFT_X + MARGIN : RIGHT_X - MARGIN, y, c.s, s);
}

static void put_state(FILE *f, int side, int y, const char *state)
{
	put_text(f, side == LEFT ? LEFT_X - MARGIN : RIGHT_X + MARGIN, y,
		 side == LEFT ? "state end" : "state", state);
}

static const char *life_class(u8 state)
{
	switch (state) {
	case TOY_LISTEN:
	case TOY_SYN_SENT:
	case TOY_SYN_RECEIVED:
		return "opening";
	case TOY_ESTABLISHED:
		return "open";
	case TOY_TIME_WAIT:
		return "wait";
	case TOY_CLOSED:
	case 0:	/* nobody knows */
		return "closed";
	default:
		return "closing";
	}
}

static void put_life(FILE *f, int side, int from, int to, u8 state)
{
	if (to > from)
		fprintf(f, "<path class=\"life %s\" d=\"M%d %dV%d\"/>\n", life_class(state),
			life_x(side), from, to);
}

static u8 state_before(const struct flow *f, int side)
{
	for (size_t i = 0; i < f->n; i++) {
		if (f->rows[i].kind == ROW_STATE && f->rows[i].side == side)
			return f->rows[i].ev->state.from;
	}
	return f->end[side].state;
}

/* The line of life of one end, in the colours of its states. */
static void put_lives(FILE *f, const struct picture *p, int side)
{
	const struct event *listen = p->f->end[side].listen;
	int from = HEAD - LINE / 2, to = HEAD + LINE - 4;
	u8 state = state_before(p->f, side);

	if (listen) {
		if (side == RIGHT && p->f->end[LEFT].listen)
			to += LINE + GAP;
		put_life(f, side, from, to, listen->state.from);
		from = to;
	}
	for (size_t i = 0; i < p->marks.n; i++) {
		const struct row *r = p->marks.v[i].row;

		if (r->kind != ROW_STATE || r->side != side)
			continue;
		to = p->y[i] - 4;
		put_life(f, side, from, to, state);
		from = to;
		state = r->ev->state.to;
	}
	put_life(f, side, from, p->height - 3 * LINE, state);
}

static const char *stroke_class(const struct row *r)
{
	if (r->lost)
		return row_again(r) ? "lost bad again" : "lost bad";
	if (r->drop)
		return "refused bad";
	if (!r->tx || !r->rx)
		return "unseen";
	return row_again(r) ? "again" : "taken";
}

static const char *label_class(const struct row *r)
{
	return r->lost || r->drop ? "bad" : row_again(r) ? "again" : "";
}

/**
 * put_arrow - the line of a segment, with its head
 * @f: where to
 * @r: the row
 * @from: height at which it left
 * @to: height at which it came
 */
static void put_arrow(FILE *f, const struct row *r, int from, int to)
{
	int sign = r->side == LEFT ? 1 : -1;
	int x0 = life_x(r->side) + 4 * sign, x1 = life_x(!r->side) - 4 * sign;
	int whole = x1 - x0;

	if (!r->tx)
		x0 += whole / 2;
	if (r->lost) {
		x1 = x0 + whole * 4 / 5;
		to = from + (to - from) * 4 / 5;
	}
	fprintf(f, "<path class=\"%s\" d=\"M%d %dL%d %d\"/>\n", stroke_class(r), x0, from, x1, to);
	if (r->lost || r->drop)
		fprintf(f, "<path class=\"bad\" d=\"M%d %dl8 8m0 -8l-8 8\"/>\n", x1 - 4, to - 4);
	else
		fprintf(f, "<path class=\"%s\" d=\"M%d %dl%d 4l%d 4\"/>\n",
			row_again(r) ? "again" : "head", x1 - 8 * sign, to - 4, 8 * sign,
			-8 * sign);
	if (r->lost)
		put_text(f, x1 + 12 * sign, to + 4, sign > 0 ? "bad" : "bad end", "lost");
}

/* The mark at which the segment that leaves at mark @i comes, or @i. */
static size_t arrival_of(const struct picture *p, size_t i)
{
	const struct mark *k = &p->marks.v[i];

	for (size_t j = i + 1; k->tag && j < p->marks.n; j++) {
		if (p->marks.v[j].row == k->row)
			return j;
	}
	return i;
}

static void put_arrows(FILE *f, const struct picture *p)
{
	for (size_t i = 0; i < p->marks.n; i++) {
		const struct mark *k = &p->marks.v[i];
		size_t j;

		if (k->kind == MARK_OTHER || !tells(k))
			continue;
		j = arrival_of(p, i);
		if (p->folded[i] && p->folded[j])
			continue;
		put_arrow(f, k->row, p->y[i] + DROP, p->y[j] + DROP + (j == i ? SLANT : 0));
	}
}

/* ------------------------------------------------------------------------------------------- */
/* Marks in words                                                                                */

static void state_words(FILE *f, const struct picture *p, const struct event *ev, int side, int y)
{
	const struct word *why = word_of(WORDS_WHY, ev->state.why);
	struct text t = {};

	text_add(&t, "%s", why->text);
	if (*why->section)
		text_add(&t, " §%s", why->section);
	if (ev->state.to == TOY_TIME_WAIT && ev->state.ms)
		text_add(&t, "; for 2MSL = %u ms", ev->state.ms);
	put_time(f, p, y, ev->ns);
	put_state(f, side, y, state_text(ev->state.to));
	put_inside(f, side, y, "why", t.s);
}

static void other_words(FILE *f, const struct picture *p, const struct row *r, int y)
{
	const struct event *ev = r->ev;
	struct text t = {};

	if (r->kind == ROW_STATE) {
		state_words(f, p, ev, r->side, y);
		return;
	}
	ladder_words(&t, r);
	put_time(f, p, y, ev->ns);
	put_inside(f, r->side, y, "again", t.s);
}

static void segment_words(FILE *f, const struct picture *p, const struct mark *k, int y)
{
	const struct row *r = k->row;
	struct text head = {}, took = {}, line[LINES_MOST];
	int n = detail_lines(p, k, line);
	int side = tells(k) ? r->side : !r->side;

	put_time(f, p, y, k->ns);
	if (k->kind != MARK_DEPART && label_took(&took, r))
		put_text(f, r->side == RIGHT ? LEFT_X - MARGIN : RIGHT_X + MARGIN, y + DROP,
			 r->side == RIGHT ? "time end" : "time", took.s);
	if (tells(k)) {
		label_head(&head, p->f, r, &p->look.label);
		label_window(&head, r);
		put_inside(f, side, y, label_class(r), head.s);
	}
	for (int i = 0; i < n; i++)
		put_inside(f, side, y + (i + 1) * LINE + UNDER, r->drop ? "bad" : "detail",
			   line[i].s);
}

static void fold_words(FILE *f, const struct picture *p, size_t at)
{
	struct crowd crowd = {};
	struct text t = {};
	size_t n = 1;

	while (at + n < p->marks.n && p->folded[at + n] == 1)
		n++;
	marks_crowd_add(&crowd, &p->marks.v[at], n);
	marks_crowd_text(&t, &crowd, "▶", "◀");
	put_time(f, p, p->y[at], p->marks.v[at].ns);
	put_text(f, (LEFT_X + RIGHT_X) / 2, p->y[at], "detail middle", t.s);
}

static void put_head(FILE *f, const struct picture *p)
{
	const struct end *e = p->f->end;
	const char *state;
	struct text t = {};
	int y = HEAD;

	put_text(f, TIME_X, LINE, "time end", "ms");
	ladder_name(&t, p->f, p->all, LEFT);
	put_text(f, TIME_X + MARGIN, LINE, "name", t.s);
	memset(&t, 0, sizeof(t));
	ladder_name(&t, p->f, p->all, RIGHT);
	put_text(f, SVG_WIDTH - MARGIN, LINE, "name end", t.s);
	for (int side = 0; side < 2; side++) {
		memset(&t, 0, sizeof(t));
		if (e[side].has_iss && !p->look.label.absolute)
			text_add(&t, "%c = %u", side == LEFT ? 'x' : 'y', e[side].iss);
		put_inside(f, side, 2 * LINE, "detail", t.s);
		state = ladder_first_state(p->f, side);
		if (state)
			put_state(f, side, HEAD - LINE, state);
	}
	for (int side = 0; side < 2; side++) {
		if (!e[side].listen)
			continue;
		y += LINE;
		state_words(f, p, e[side].listen, side, y);
		y += GAP;
	}
}

static void put_foot(FILE *f, const struct picture *p)
{
	struct text foot[LADDER_FOOT];
	int n = ladder_foot(foot, p->f, &p->look);

	for (int i = 0; i < n; i++)
		put_text(f, TIME_X + MARGIN, p->height - LINE * (n - i) + LINE / 2, "detail",
			 foot[i].s);
}

void picture_begin(FILE *f, int height)
{
	fputs("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"toy\"", f);
	fprintf(f, " width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n", SVG_WIDTH, height,
		SVG_WIDTH, height);
}

void picture_put(FILE *f, const struct picture *p, int top)
{
	fprintf(f, "<g transform=\"translate(0,%d)\">\n", top);
	put_lives(f, p, LEFT);
	put_lives(f, p, RIGHT);
	put_arrows(f, p);
	put_head(f, p);
	for (size_t i = 0; i < p->marks.n; i++) {
		if (p->folded[i] == 2)
			fold_words(f, p, i);
		else if (p->folded[i])
			continue;
		else if (p->marks.v[i].kind == MARK_OTHER)
			other_words(f, p, p->marks.v[i].row, p->y[i]);
		else
			segment_words(f, p, &p->marks.v[i], p->y[i]);
	}
	put_foot(f, p);
	fputs("</g>\n", f);
}

void svg_write(FILE *f, const struct exported *ex)
{
	struct picture *p = need(calloc(ex->flows->n + 1, sizeof(*p)));
	int height = GAP, top = GAP;

	for (size_t i = 0; i < ex->flows->n; i++) {
		picture_make(&p[i], ex->flows->v[i], ex);
		height += p[i].height + 2 * GAP;
	}
	picture_begin(f, height);
	fprintf(f, "<title>Connections of the toy transport</title>\n<style>\n%s</style>\n",
		picture_style);
	for (size_t i = 0; i < ex->flows->n; i++) {
		picture_put(f, &p[i], top);
		top += p[i].height + 2 * GAP;
		picture_free(&p[i]);
	}
	fputs("</svg>\n", f);
	free(p);
}
