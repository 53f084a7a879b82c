// SPDX-License-Identifier: GPL-2.0
/*
 * ladder.c - a flow drawn as a ladder, after it ended; and what all pictures of it share
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "pen.h"

#define MSL_USUAL	30000	/* net.toy.msl as the module has it, milliseconds */

double row_ms(const struct flow *f, uint64_t ns)
{
	return (double)(s64)(ns - f->start) / 1e6;
}

void ladder_words(struct text *t, const struct row *r)
{
	const struct event *ev = r->ev;

	if (r->kind == ROW_CONG) {
		text_add(t, "cwnd %u: %s", ev->cong.cwnd, word_of(WORDS_CONG, ev->cong.why)->text);
		return;
	}
	text_add(t, "timer: %s", word_of(WORDS_TIMER, ev->timer.timer)->text);
	if (ev->timer.timer == TOY_TIMER_RETRANSMIT || ev->timer.timer == TOY_TIMER_PERSIST)
		text_add(t, ", RTO %.0f ms", ev->timer.rto / 1000.0);
	if (ev->timer.backoff)
		text_add(t, " x %u", 1u << (ev->timer.backoff & 31));
}

void ladder_name(struct text *t, const struct flow *f, const struct events *all, int side)
{
	const struct end *e = &f->end[side];
	const char *name = e->seen ? events_netns(all, e->netns) : NULL;
	char at[64];

	if (name)
		text_add(t, "%s ", name);
	text_add(t, "%s", endpoint_text(&e->at, at, sizeof(at)));
	if (!e->seen && !f->unsure)
		text_add(t, " (not watched)");
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
	const struct event *entered = NULL;
	double waited = time_wait_of(f, &entered);
	struct sums s = flow_sums(f);
	int n = 0;

	memset(line, 0, LADDER_FOOT * sizeof(*line));
	text_add(&line[n++], "%u segments, %u lost, %u sent again, %u not taken; %" PRIu64
		 " bytes %s, %" PRIu64 " %s", s.segments, s.lost, s.again, s.refused, s.bytes[LEFT],
		 to_right, s.bytes[RIGHT], to_left);
	if (waited > 0)
		text_add(&line[n++], "TIME-WAIT lasted %.1f ms; 2MSL is %u ms", waited,
			 entered->state.ms);
	else if (entered)
		text_add(&line[n++], "TIME-WAIT was not over when the watching ended");
	if (entered && (look->msl_note || entered->state.ms != 2 * MSL_USUAL))
		text_add(&line[n++],
			 "(net.toy.msl = %u there; by default %u, a minute of TIME-WAIT)",
			 entered->state.ms / 2, MSL_USUAL);
	if (look->virtual_time)
		text_add(&line[n++], "(the machine's clock is virtual: idle time was skipped)");
	return n;
}

static void marks_put(const struct pen *p, const struct marks *m)
{
	for (size_t i = 0; i < m->n;) {
		size_t run = marks_plain(m, i);

		if (run > FOLD_OVER && !p->look->label.all) {
			struct crowd crowd = {};

			for (size_t j = 0; j < FOLD_KEEP; j++)
				pen_mark(p, &m->v[i + j]);
			marks_crowd_add(&crowd, &m->v[i + FOLD_KEEP], run - 2 * FOLD_KEEP);
			pen_crowd(p, &crowd);
			for (size_t j = run - FOLD_KEEP; j < run; j++)
				pen_mark(p, &m->v[i + j]);
			i += run;
			continue;
		}
		do {
			pen_mark(p, &m->v[i++]);
		} while (run && --run);
	}
}

void ladder_draw(const struct flow *f, const struct events *all, const struct look *look)
{
	struct marks marks;
	struct pen p;

	pen_init(&p, look, f, stdout);
	pen_head(&p, all);
	marks_make(&marks, f, look->label.all);
	marks_put(&p, &marks);
	free(marks.v);
	pen_foot(&p);
}

void ladder_signs(const struct look *look)
{
	printf("\nx, y: initial sequence numbers; win: bytes; +N: came N ms later; %s: RFC 9293\n",
	       look->label.ascii ? "s." : "§");
}
