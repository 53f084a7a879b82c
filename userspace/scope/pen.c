// SPDX-License-Identifier: GPL-2.0
/*
 * pen.c - the lines that a ladder in a terminal is made of
 *
 *	       ms   state of one end │ segments between them │ state of the other end
 *
 * A segment is one arrow where nothing else happened while it was on its way, with the time that it
 * took where it came; otherwise two rows, departure and arrival, with the same number in brackets.
 */
#include <string.h>

#include "names.h"
#include "pen.h"

#define TIME_WIDTH	10
#define STATE_WIDTH	12
#define BAR_WIDTH	20	/* of what is left of TIME-WAIT */

enum colour { PLAIN, DIM, BOLD, RED, YELLOW, GREEN, CYAN };

/* ------------------------------------------------------------------------------------------- */
/* Lines                                                                                         */

static void colour(struct text *t, const struct pen *p, enum colour c)
{
	static const char * const codes[] = {
		[PLAIN] = "\033[0m", [DIM] = "\033[2m", [BOLD] = "\033[1m", [RED] = "\033[31m",
		[YELLOW] = "\033[33m", [GREEN] = "\033[32m", [CYAN] = "\033[36m",
	};

	if (p->look->colour)
		text_add(t, "%s", codes[c]);
}

static void coloured(struct text *t, const struct pen *p, enum colour c, const char *s)
{
	colour(t, p, c);
	text_add(t, "%s", s);
	colour(t, p, PLAIN);
}

/**
 * struct line - one line of the ladder
 * @timed: it has a time
 * @ns: the time
 * @beside: in the columns of both ends: a state, or when a segment came; NULL: nothing
 * @how: colour of these
 * @middle: between the bars, no wider than @inner of the pen
 */
struct line {
	bool timed;
	uint64_t ns;
	const char *beside[2];
	enum colour how;
	struct text middle;
};

static void line_put(const struct pen *p, const struct line *l)
{
	struct text t = {};

	if (l->timed) {
		colour(&t, p, DIM);
		text_add(&t, "%*.3f", TIME_WIDTH, row_ms(p->f, l->ns));
		colour(&t, p, PLAIN);
	}
	text_pad(&t, TIME_WIDTH + 1);
	if (l->beside[LEFT])
		coloured(&t, p, l->how, l->beside[LEFT]);
	text_pad(&t, TIME_WIDTH + 1 + STATE_WIDTH + 1);
	text_add(&t, "%s%s", p->bar, l->middle.s);
	text_pad(&t, TIME_WIDTH + 1 + STATE_WIDTH + 1 + text_width(p->bar) + p->inner);
	text_add(&t, "%s", p->bar);
	if (l->beside[RIGHT]) {
		text_add(&t, " ");
		coloured(&t, p, l->how, l->beside[RIGHT]);
	}
	fprintf(p->out, "%s\n", t.s);
}

/* @s on the side it belongs to; @margin columns from the bar. */
static void at_side(struct text *t, const struct pen *p, int side, int margin, enum colour c,
		    const char *s)
{
	if (side == LEFT)
		text_repeat(t, " ", margin);
	else
		text_pad(t, p->inner - margin - text_width(s));
	coloured(t, p, c, s);
}

/* A note under an arrow or beside a state; as many lines as it takes, broken at blanks. */
static void note_put(const struct pen *p, int side, int margin, enum colour c, const char *note)
{
	const int room = p->inner - 2 * margin;

	while (*note) {
		struct line line = {};
		struct text part = {};
		size_t len = strlen(note);

		text_add(&part, "%s", note);
		while (text_width(part.s) > room) {
			while (len && note[--len] != ' ')
				;
			if (!len)
				break;
			memset(&part, 0, sizeof(part));
			text_add(&part, "%.*s", (int)len, note);
		}
		if (!len) {
			memset(&part, 0, sizeof(part));
			text_clip(&part, note, room, p->more);
			len = strlen(note);
		}
		at_side(&line.middle, p, side, margin, c, part.s);
		line_put(p, &line);
		note += len;
		note += strspn(note, " ");
	}
}

/* ------------------------------------------------------------------------------------------- */
/* Rows                                                                                          */

static void state_put(const struct pen *p, const struct event *ev, int side)
{
	const struct word *why = word_of(WORDS_WHY, ev->state.why);
	struct line line = { .timed = true, .ns = ev->ns, .how = BOLD };
	struct text s = {};

	text_add(&s, "%s", why->text);
	if (*why->section)
		text_add(&s, " %s%s", p->sect, why->section);
	at_side(&line.middle, p, side, 1, CYAN, s.s);
	line.beside[side] = state_text(ev->state.to);
	line_put(p, &line);
	if (ev->state.to == TOY_TIME_WAIT && ev->state.ms) {
		memset(&s, 0, sizeof(s));
		text_add(&s, "for 2MSL = %u ms", ev->state.ms);
		note_put(p, side, 1, CYAN, s.s);
	}
}

static void beside_put(const struct pen *p, const struct row *r, const char *s)
{
	struct line line = { .timed = true, .ns = r->ev->ns };

	at_side(&line.middle, p, r->side, 1, YELLOW, s);
	line_put(p, &line);
}

/**
 * arrow_text - the arrow itself
 * @t: where to
 * @p: the pen
 * @side: where it starts
 * @near: at the sender's end
 * @label: on it, beginning and ending with a blank
 * @far: at the other end; what is between is filled
 */
static void arrow_text(struct text *t, const struct pen *p, int side, const char *near,
		       const char *label, const char *far)
{
	int fill = p->inner - text_width(near) - text_width(label) - text_width(far);

	if (side == LEFT) {
		text_add(t, "%s%s", near, label);
		text_repeat(t, p->line, fill);
		text_add(t, "%s", far);
	} else {
		text_add(t, "%s", far);
		text_repeat(t, p->line, fill);
		text_add(t, "%s%s", label, near);
	}
}

/* What the far end of an arrow looks like, when @k shows no more of it than its departure. */
static void far_end(struct text *far, const struct pen *p, const struct mark *k)
{
	const struct row *r = k->row;

	if (r->lost && r->side == LEFT)
		text_add(far, "%s lost   ", p->cross);
	else if (r->lost)
		text_add(far, "   lost %s", p->cross);
	else if (k->tag && r->side == LEFT)
		text_add(far, "%s (%u) ", p->dots, k->tag);
	else if (k->tag)
		text_add(far, " (%u) %s", k->tag, p->dots);
	else if (r->side == LEFT)
		text_add(far, "%s%s", p->dots, p->to_right);
	else
		text_add(far, "%s%s", p->to_left, p->dots);
}

static void near_end(struct text *near, const struct pen *p, const struct mark *k)
{
	const struct row *r = k->row;

	if (k->kind != MARK_ARRIVE)
		text_repeat(near, p->line, 2);
	else if (!k->tag)
		text_add(near, "%s", p->dots);
	else if (r->side == LEFT)
		text_add(near, " (%u) %s", k->tag, p->dots);
	else
		text_add(near, "%s (%u) ", p->dots, k->tag);
}

/*
 * Move the last words of @head that do not fit in @room to the front of @detail, or leave them out.
 */
static void label_fit(struct text *head, struct text *detail, int room, bool keep)
{
	struct text rest = {};
	size_t cut = head->len;

	while (text_width(head->s) > room) {
		char *blank = strrchr(head->s, ' ');

		if (!blank)
			break;
		if (cut < head->len)
			head->s[cut] = ' ';
		cut = (size_t)(blank - head->s);
		*blank = '\0';
	}
	if (cut == head->len)
		return;
	if (keep) {
		text_add(&rest, "%s%s%s", head->s + cut + 1, detail->len ? " " : "", detail->s);
		*detail = rest;
	}
	head->len = cut;
}

/* What is told of an arrival by itself: its departure told the rest. */
static void arrival_detail(struct text *t, const struct row *r)
{
	if (r->late && r->tx)
		text_add(t, "(it was not lost: it came after all)");
	if (r->drop)
		text_add(t, "%s%s", t->len ? " " : "", word_of(WORDS_DROP, r->drop->seg.why)->text);
}

static void segment_put(const struct pen *p, const struct mark *k)
{
	const struct row *r = k->row;
	struct text near = {}, far = {}, head = {}, label = {}, detail = {}, came = {};
	struct line line = { .timed = true, .ns = k->ns, .how = DIM };
	bool refused = r->drop && k->kind != MARK_DEPART;
	bool alone = k->kind == MARK_ARRIVE && r->tx;

	near_end(&near, p, k);
	if (k->kind == MARK_DEPART)
		far_end(&far, p, k);
	else if (refused)
		text_add(&far, "%s", p->cross);
	else
		text_add(&far, "%s", r->side == LEFT ? p->to_right : p->to_left);
	label_head(&head, p->f, r, &p->look->label);
	if (alone) {
		arrival_detail(&detail, r);
	} else {
		label_window(&head, r);
		label_detail(&detail, p->f, r, &p->look->label);
	}
	if (r->tx && k->kind != MARK_DEPART && label_took(&came, r))
		line.beside[!r->side] = came.s;
	label_fit(&head, &detail, p->inner - text_width(near.s) - text_width(far.s) - 3, !alone);
	text_add(&label, " %s", head.s);
	text_add(&label, " ");
	if (r->lost || refused)
		colour(&line.middle, p, RED);
	else if (row_again(r))
		colour(&line.middle, p, YELLOW);
	arrow_text(&line.middle, p, r->side, near.s, label.s, far.s);
	if (r->lost || refused || row_again(r))
		colour(&line.middle, p, PLAIN);
	line_put(p, &line);
	note_put(p, r->side, 3, r->drop ? RED : row_again(r) ? YELLOW : GREEN, detail.s);
}

void pen_mark(const struct pen *p, const struct mark *k)
{
	struct text t = {};

	if (k->kind != MARK_OTHER) {
		segment_put(p, k);
	} else if (k->row->kind == ROW_STATE) {
		state_put(p, k->row->ev, k->row->side);
	} else {
		ladder_words(&t, k->row);
		beside_put(p, k->row, t.s);
	}
}

void pen_crowd(const struct pen *p, const struct crowd *c)
{
	struct line line = { .timed = true, .ns = c->ns };
	struct text s = {};

	marks_crowd_text(&s, c, p->to_right, p->to_left);
	at_side(&line.middle, p, LEFT, 1, DIM, s.s);
	line_put(p, &line);
}

void pen_wait(const struct pen *p, int side, uint64_t ns)
{
	const struct end *e = &p->f->end[side];
	uint64_t whole = (uint64_t)e->wait_ms * 1000000, gone = ns - e->wait_from;
	uint64_t left = gone < whole ? whole - gone : 0;
	int cells = whole ? (int)((left * BAR_WIDTH + whole - 1) / whole) : 0;
	struct line line = {};
	struct text s = {};

	text_repeat(&s, p->full, cells);
	text_repeat(&s, p->part, BAR_WIDTH - cells);
	text_add(&s, " %.1f s left", (double)left / 1e9);
	line.beside[side] = state_text(TOY_TIME_WAIT);
	line.how = CYAN;
	at_side(&line.middle, p, side, 1, CYAN, s.s);
	line_put(p, &line);
}

/* ------------------------------------------------------------------------------------------- */
/* Head and foot                                                                                 */

static void iss_put(const struct pen *p)
{
	const struct end *e = p->f->end;
	struct text t = {};

	if (p->look->label.absolute || !(e[LEFT].has_iss || e[RIGHT].has_iss))
		return;
	text_add(&t, "%*s", TIME_WIDTH + 1, "");
	if (e[LEFT].has_iss)
		text_add(&t, "x = %u   ", e[LEFT].iss);
	if (e[RIGHT].has_iss)
		text_add(&t, "y = %u", e[RIGHT].iss);
	while (t.len && t.s[t.len - 1] == ' ')
		t.s[--t.len] = '\0';
	fprintf(p->out, "%s\n", t.s);
}

void pen_head(const struct pen *p, const struct events *all)
{
	struct line line = { .how = BOLD };
	struct text t = {}, left = {}, right = {};
	int width = p->look->width;

	ladder_name(&left, p->f, all, LEFT);
	ladder_name(&right, p->f, all, RIGHT);
	text_add(&t, "%*s %s", TIME_WIDTH, "ms", left.s);
	if (text_width(t.s) + text_width(right.s) + 2 > width) {
		fprintf(p->out, "%s\n", t.s);
		memset(&t, 0, sizeof(t));
	}
	text_pad(&t, width - text_width(right.s));
	text_add(&t, "%s", right.s);
	fprintf(p->out, "%s\n", t.s);
	iss_put(p);
	for (int side = 0; side < 2; side++)
		line.beside[side] = ladder_first_state(p->f, side);
	line_put(p, &line);
	for (int side = 0; side < 2; side++) {
		if (p->f->end[side].listen)
			state_put(p, p->f->end[side].listen, side);
	}
}

void pen_heading(const struct pen *p, const struct events *all)
{
	struct text t = {}, names = {}, line = {};

	ladder_name(&names, p->f, all, LEFT);
	text_add(&names, " %s%s ", p->line, p->to_right);
	ladder_name(&names, p->f, all, RIGHT);
	text_repeat(&t, p->line, 2);
	text_add(&t, " %u: ", p->f->nr);
	text_clip(&t, names.s, p->look->width - text_width(t.s) - 1, p->more);
	text_add(&t, " ");
	text_repeat(&t, p->line, p->look->width - text_width(t.s));
	coloured(&line, p, DIM, t.s);
	fprintf(p->out, "%s\n", line.s);
}

void pen_foot(const struct pen *p)
{
	struct text line[LADDER_FOOT];
	int n = ladder_foot(line, p->f, p->look);

	for (int i = 0; i < n; i++)
		fprintf(p->out, "%*s %s\n", TIME_WIDTH, "", line[i].s);
}

static const struct pen unicode = {
	.bar = "│",
	.line = "─",
	.dots = "┄┄",
	.to_left = "◀",
	.to_right = "▶",
	.cross = "✗",
	.more = "…",
	.sect = "§",
	.full = "█",
	.part = "░",
};

static const struct pen ascii = {
	.bar = "|", .line = "-", .dots = "..", .to_left = "<", .to_right = ">", .cross = "X",
	.more = "~", .sect = "s.", .full = "#", .part = ".",
};

void pen_init(struct pen *p, const struct look *look, const struct flow *f, FILE *out)
{
	*p = look->label.ascii ? ascii : unicode;
	p->look = look;
	p->f = f;
	p->out = out;
	p->inner = look->width - (TIME_WIDTH + 1 + STATE_WIDTH + 1) - 2 - (1 + STATE_WIDTH);
}
