// SPDX-License-Identifier: GPL-2.0
/*
 * lines.c - a flow as lines for programs
 */
#include <stdio.h>

#include "ladder.h"
#include "names.h"

static const char * const side_name[] = { "left", "right" };

static void begin(struct text *t, const struct flow *f, uint64_t ns, int side)
{
	text_add(t, "%.3f %s ", row_ms(f, ns), side_name[side]);
}

static void print_state(const struct flow *f, const struct event *ev, int side, FILE *out)
{
	struct text t = {};

	begin(&t, f, ev->ns, side);
	text_add(&t, "state %s %s %s", word_of(WORDS_STATE, ev->state.from)->id,
		 word_of(WORDS_STATE, ev->state.to)->id, word_of(WORDS_WHY, ev->state.why)->id);
	if (ev->state.ms)
		text_add(&t, " ms=%u", ev->state.ms);
	fprintf(out, "%s\n", t.s);
}

static const char *fate(const struct row *r)
{
	if (r->drop)
		return word_of(WORDS_DROP, r->drop->seg.why)->id;
	if (r->rx)
		return "taken";
	return r->lost ? "lost" : "unseen";
}

static void print_segment(const struct flow *f, const struct row *r, const struct label_style *st,
			  FILE *out)
{
	struct text t = {};

	begin(&t, f, row_time(r), r->side);
	text_add(&t, "segment ");
	label_head(&t, f, r, st);
	label_window(&t, r);
	text_add(&t, " why=%s fate=%s", r->tx ? word_of(WORDS_SENT, r->tx->seg.why)->id : r->twin ?
		 "TWIN" : "UNSEEN", fate(r));
	fprintf(out, "%s\n", t.s);
}

void lines_row(const struct flow *f, const struct row *r, const struct label_style *st, FILE *out)
{
	struct text t = {};

	switch (r->kind) {
	case ROW_SEGMENT:
		print_segment(f, r, st, out);
		return;
	case ROW_STATE:
		print_state(f, r->ev, r->side, out);
		return;
	case ROW_TIMER:
		begin(&t, f, r->ev->ns, r->side);
		text_add(&t, "timer %s backoff=%u rto=%u",
			 word_of(WORDS_TIMER, r->ev->timer.timer)->id, r->ev->timer.backoff,
			 r->ev->timer.rto);
		break;
	case ROW_CONG:
		begin(&t, f, r->ev->ns, r->side);
		text_add(&t, "cong %s cwnd=%u ssthresh=%u",
			 word_of(WORDS_CONG, r->ev->cong.why)->id, r->ev->cong.cwnd,
			 r->ev->cong.ssthresh);
		break;
	}
	fprintf(out, "%s\n", t.s);
}

void lines_head(const struct flow *f, FILE *out)
{
	char left[64], right[64];

	fprintf(out, "flow %u %s %s\n", f->nr,
		endpoint_text(&f->end[LEFT].at, left, sizeof(left)),
		endpoint_text(&f->end[RIGHT].at, right, sizeof(right)));
}

void lines_listen(const struct flow *f, FILE *out)
{
	for (int side = 0; side < 2; side++) {
		if (f->end[side].listen)
			print_state(f, f->end[side].listen, side, out);
	}
}

void lines_print(const struct flow *f, const struct label_style *st)
{
	lines_head(f, stdout);
	lines_listen(f, stdout);
	for (size_t i = 0; i < f->n; i++)
		lines_row(f, &f->rows[i], st, stdout);
}
