// SPDX-License-Identifier: GPL-2.0
/*
 * ladder.c - a flow drawn as a ladder
 *
 *	       ms   state of one end │ segments between them │ state of the other end
 *
 * A segment is one arrow where nothing else happened while it was on its way, and otherwise two
 * rows, departure and arrival, with the same number in brackets.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ladder.h"
#include "marks.h"
#include "names.h"

#define TIME_WIDTH	10
#define STATE_WIDTH	12

enum colour { PLAIN, DIM, BOLD, RED, YELLOW, GREEN, CYAN };

/**
 * struct pen - what lines are drawn with
 * @look: the settings
 * @f: the flow
 * @inner: columns between the two bars
 * @bar: and the other strokes, unicode or ASCII
 */
struct pen {
	const struct look *look;
	const struct flow *f;
	int inner;
	const char *bar, *line, *dots, *to_left, *to_right, *cross, *more, *sect;
};

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
 * line_put - print one line of the ladder
 * @p: the pen
 * @ms: the time, or NULL
 * @left: state of the left end, or NULL
 * @middle: between the bars, no wider than @p->inner
 * @right: state of the right end, or NULL
 */
static void line_put(const struct pen *p, const double *ms, const char *left, const char *middle,
		     const char *right)
{
	struct text t = {};

	if (ms) {
		colour(&t, p, DIM);
		text_add(&t, "%*.3f", TIME_WIDTH, *ms);
		colour(&t, p, PLAIN);
	}
	text_pad(&t, TIME_WIDTH + 1);
	if (left)
		coloured(&t, p, BOLD, left);
	text_pad(&t, TIME_WIDTH + 1 + STATE_WIDTH + 1);
	text_add(&t, "%s%s", p->bar, middle);
	text_pad(&t, TIME_WIDTH + 1 + STATE_WIDTH + 1 + text_width(p->bar) + p->inner);
	text_add(&t, "%s", p->bar);
	if (right) {
		text_add(&t, " ");
		coloured(&t, p, BOLD, right);
	}
	puts(t.s);
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
		struct text part = {}, middle = {};
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
		at_side(&middle, p, side, margin, c, part.s);
		line_put(p, NULL, NULL, middle.s, NULL);
		note += len;
		note += strspn(note, " ");
	}
}

static void state_put(const struct pen *p, const struct event *ev, int side)
{
	const struct word *why = word_of(WORDS_WHY, ev->state.why);
	const char *state = state_text(ev->state.to);
	double ms = row_ms(p->f, ev->ns);
	struct text s = {}, middle = {};

	text_add(&s, "%s", why->text);
	if (*why->section)
		text_add(&s, " %s%s", p->sect, why->section);
	at_side(&middle, p, side, 1, CYAN, s.s);
	line_put(p, &ms, side == LEFT ? state : NULL, middle.s, side == RIGHT ? state : NULL);
	if (ev->state.to == TOY_TIME_WAIT && ev->state.ms) {
		memset(&s, 0, sizeof(s));
		text_add(&s, "for 2MSL = %u ms", ev->state.ms);
		note_put(p, side, 1, CYAN, s.s);
	}
}

void ladder_timer(struct text *t, const struct event *ev)
{
	text_add(t, "timer: %s", word_of(WORDS_TIMER, ev->timer.timer)->text);
	if (ev->timer.timer == TOY_TIMER_RETRANSMIT || ev->timer.timer == TOY_TIMER_PERSIST)
		text_add(t, ", RTO %.0f ms", ev->timer.rto / 1000.0);
	if (ev->timer.backoff)
		text_add(t, " x %u", 1u << (ev->timer.backoff & 31));
}

static void timer_put(const struct pen *p, const struct row *r)
{
	double ms = row_ms(p->f, r->ev->ns);
	struct text s = {}, middle = {};

	ladder_timer(&s, r->ev);
	at_side(&middle, p, r->side, 1, YELLOW, s.s);
	line_put(p, &ms, NULL, middle.s, NULL);
}

static void cong_put(const struct pen *p, const struct row *r)
{
	double ms = row_ms(p->f, r->ev->ns);
	struct text s = {}, middle = {};

	text_add(&s, "cwnd %u: %s", r->ev->cong.cwnd, word_of(WORDS_CONG, r->ev->cong.why)->text);
	at_side(&middle, p, r->side, 1, YELLOW, s.s);
	line_put(p, &ms, NULL, middle.s, NULL);
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

static void segment_put(const struct pen *p, const struct mark *k)
{
	const struct row *r = k->row;
	struct text near = {}, far = {}, head = {}, label = {}, detail = {}, middle = {};
	bool refused = r->drop && k->kind != MARK_DEPART;
	double ms = row_ms(p->f, k->ns);

	near_end(&near, p, k);
	if (k->kind == MARK_DEPART)
		far_end(&far, p, k);
	else if (refused)
		text_add(&far, "%s", p->cross);
	else
		text_add(&far, "%s", r->side == LEFT ? p->to_right : p->to_left);
	label_head(&head, p->f, r, &p->look->label);
	if (k->kind != MARK_ARRIVE || !r->tx) {
		label_window(&head, r);
		label_detail(&detail, p->f, r, &p->look->label);
	} else if (r->drop) {
		text_add(&detail, "%s", word_of(WORDS_DROP, r->drop->seg.why)->text);
	}
	label_fit(&head, &detail, p->inner - text_width(near.s) - text_width(far.s) - 3,
		  k->kind != MARK_ARRIVE || !r->tx);
	text_add(&label, " %s", head.s);
	text_add(&label, " ");
	if (r->lost || refused)
		colour(&middle, p, RED);
	else if (row_again(r))
		colour(&middle, p, YELLOW);
	arrow_text(&middle, p, r->side, near.s, label.s, far.s);
	if (r->lost || refused || row_again(r))
		colour(&middle, p, PLAIN);
	line_put(p, &ms, NULL, middle.s, NULL);
	note_put(p, r->side, 3, r->drop ? RED : row_again(r) ? YELLOW : GREEN, detail.s);
}

static void mark_put(const struct pen *p, const struct mark *k)
{
	if (k->kind != MARK_OTHER)
		segment_put(p, k);
	else if (k->row->kind == ROW_STATE)
		state_put(p, k->row->ev, k->row->side);
	else if (k->row->kind == ROW_TIMER)
		timer_put(p, k->row);
	else
		cong_put(p, k->row);
}

/* A crowd of plain segments in one line. */
static void fold_put(const struct pen *p, const struct mark *k, size_t n)
{
	double ms = row_ms(p->f, k->ns);
	struct text s = {}, middle = {};

	marks_fold_text(&s, k, n, p->to_right, p->to_left);
	at_side(&middle, p, LEFT, 1, DIM, s.s);
	line_put(p, &ms, NULL, middle.s, NULL);
}

static void marks_put(const struct pen *p, const struct marks *m)
{
	for (size_t i = 0; i < m->n;) {
		size_t run = marks_plain(m, i);

		if (run > FOLD_OVER && !p->look->label.all) {
			for (size_t j = 0; j < FOLD_KEEP; j++)
				mark_put(p, &m->v[i + j]);
			fold_put(p, &m->v[i + FOLD_KEEP], run - 2 * FOLD_KEEP);
			for (size_t j = run - FOLD_KEEP; j < run; j++)
				mark_put(p, &m->v[i + j]);
			i += run;
			continue;
		}
		do {
			mark_put(p, &m->v[i++]);
		} while (run && --run);
	}
}

/* ------------------------------------------------------------------------------------------- */
/* Head and foot                                                                                 */

void ladder_name(struct text *t, const struct flow *f, const struct events *all, int side)
{
	const struct end *e = &f->end[side];
	const char *name = e->seen ? events_netns(all, e->netns) : NULL;
	char at[64];

	if (name)
		text_add(t, "%s ", name);
	text_add(t, "%s", endpoint_text(&e->at, at, sizeof(at)));
	if (!e->seen)
		text_add(t, " (not watched)");
}

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
	puts(t.s);
}

const char *ladder_first_state(const struct flow *f, int side)
{
	if (f->end[side].listen)
		return state_text(f->end[side].listen->state.from);
	for (size_t i = 0; i < f->n; i++) {
		if (f->rows[i].kind == ROW_STATE && f->rows[i].side == side)
			return state_text(f->rows[i].ev->state.from);
	}
	return f->end[side].seen ? state_text(TOY_CLOSED) : NULL;
}

static void head_put(const struct pen *p, const struct events *all)
{
	struct text t = {}, left = {}, right = {};
	int width = p->look->width;

	ladder_name(&left, p->f, all, LEFT);
	ladder_name(&right, p->f, all, RIGHT);
	text_add(&t, "%*s %s", TIME_WIDTH, "ms", left.s);
	if (text_width(t.s) + text_width(right.s) + 2 > width) {
		puts(t.s);
		memset(&t, 0, sizeof(t));
	}
	text_pad(&t, width - text_width(right.s));
	text_add(&t, "%s", right.s);
	puts(t.s);
	iss_put(p);
	line_put(p, NULL, ladder_first_state(p->f, LEFT), "", ladder_first_state(p->f, RIGHT));
	for (int side = 0; side < 2; side++) {
		if (p->f->end[side].listen)
			state_put(p, p->f->end[side].listen, side);
	}
}

/* How long an end was in TIME-WAIT, in milliseconds; 0 when it was not, or is. */
static double time_wait_of(const struct flow *f, const struct event **entered)
{
	const struct event *in[2] = {};

	for (size_t i = 0; i < f->n; i++) {
		const struct row *r = &f->rows[i];

		if (r->kind != ROW_STATE)
			continue;
		if (r->ev->state.to == TOY_TIME_WAIT) {
			in[r->side] = r->ev;
			*entered = r->ev;
		} else if (in[r->side] && r->ev->state.from == TOY_TIME_WAIT) {
			*entered = in[r->side];
			return (double)(r->ev->ns - in[r->side]->ns) / 1e6;
		}
	}
	return 0;
}

int ladder_foot(struct text line[LADDER_FOOT], const struct flow *f, const struct look *look)
{
	const char *to_right = look->label.ascii ? ">" : "▶";
	const char *to_left = look->label.ascii ? "<" : "◀";
	unsigned int segments = 0, lost = 0, again = 0, refused = 0;
	const struct event *entered = NULL;
	double waited = time_wait_of(f, &entered);
	uint64_t bytes[2] = {};
	int n = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct row *r = &f->rows[i];

		if (r->kind != ROW_SEGMENT)
			continue;
		segments++;
		lost += r->lost;
		again += row_again(r);
		refused += !!r->drop;
		if (r->tx && !row_again(r))
			bytes[r->side] += r->tx->seg.len;
	}
	memset(line, 0, LADDER_FOOT * sizeof(*line));
	text_add(&line[n++], "%u segments, %u lost, %u sent again, %u not taken; %" PRIu64
		 " bytes %s, %" PRIu64 " %s", segments, lost, again, refused, bytes[LEFT],
		 to_right, bytes[RIGHT], to_left);
	if (waited > 0)
		text_add(&line[n++], "TIME-WAIT lasted %.1f ms; 2MSL is %u ms", waited,
			 entered->state.ms);
	else if (entered)
		text_add(&line[n++], "TIME-WAIT was not over when the watching ended");
	if (look->msl_note && entered)
		text_add(&line[n++],
			 "(net.toy.msl = %u there; by default 30000, a minute of TIME-WAIT)",
			 entered->state.ms / 2);
	return n;
}

static void foot_put(const struct pen *p)
{
	struct text line[LADDER_FOOT];
	int n = ladder_foot(line, p->f, p->look);

	for (int i = 0; i < n; i++)
		printf("%*s %s\n", TIME_WIDTH, "", line[i].s);
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
};

static const struct pen ascii = {
	.bar = "|", .line = "-", .dots = "..", .to_left = "<", .to_right = ">", .cross = "X",
	.more = "~", .sect = "s.",
};

void ladder_draw(const struct flow *f, const struct events *all, const struct look *look)
{
	struct pen p = look->label.ascii ? ascii : unicode;
	struct marks marks;

	p.look = look;
	p.f = f;
	p.inner = look->width - (TIME_WIDTH + 1 + STATE_WIDTH + 1) - 2 - (1 + STATE_WIDTH);
	head_put(&p, all);
	marks_make(&marks, f, look->label.all);
	marks_put(&p, &marks);
	free(marks.v);
	foot_put(&p);
}
