// SPDX-License-Identifier: GPL-2.0
/*
 * graph.c - sequence numbers of one direction of a flow, over time
 *
 * The sender's view: its segments when they left, the peer's acknowledgments when they came. Where
 * the sender is not watched, acknowledgments count from when they left.
 */
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "ladder.h"

#define THRESH_NONE	0x40000000u	/* ssthresh before anything was lost */

/* What happens at the sender, in order of time: departures, arrivals, congestion control. */
struct moment {
	uint64_t ns;
	size_t order;
	const struct row *row;
};

/**
 * struct view - what the sender knows while the graph is made
 * @g: the graph
 * @base: sequence number that counts as 0
 * @based: it is known
 * @una: SND.UNA
 * @nxt: SND.NXT
 * @cwnd: congestion window, 0: not told yet
 * @acked: something was acknowledged
 */
struct view {
	struct graph *g;
	u32 base;
	bool based;
	s64 una;
	s64 nxt;
	u32 cwnd;
	bool acked;
};

static void step_add(struct steps *s, double ms, s64 y)
{
	if (s->n && s->v[s->n - 1].y == y)
		return;
	if (s->n == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		s->v = need(realloc(s->v, s->room * sizeof(*s->v)));
	}
	s->v[s->n++] = (struct step){ ms, y };
}

static void bar_add(struct graph *g, const struct bar *bar)
{
	/* a power of two is when there is no more room */
	if (!(g->nbars & (g->nbars - 1)))
		g->bars = need(realloc(g->bars, (2 * g->nbars + 1) * sizeof(*g->bars)));
	g->bars[g->nbars++] = *bar;
}

/* A sequence number of the sender's, beyond 2^32 too. */
static s64 offset(const struct view *v, u32 seq)
{
	s64 near = v->nxt;

	return near + (s32)(seq - (v->base + (u32)near));
}

static void lines_follow(struct view *v, double ms)
{
	struct steps *line = v->g->line;

	if (v->acked)
		step_add(&line[LINE_ACK], ms, v->una);
	step_add(&line[LINE_FLIGHT], ms, max_t(s64, v->nxt - v->una, 0));
	if (v->cwnd)
		step_add(&line[LINE_CWND], ms, v->una + v->cwnd);
}

static enum bar_kind kind_of(const struct row *r)
{
	if (r->lost)
		return BAR_LOST;
	if (r->drop)
		return BAR_REFUSED;
	return row_again(r) ? BAR_AGAIN : BAR_SENT;
}

static void sent(struct view *v, const struct row *r, double ms)
{
	const struct segment *s = row_segment(r);
	u32 len = s->len + !!(s->flags & TOY_SYN) + !!(s->flags & TOY_FIN);
	struct bar bar = { .ms = ms, .kind = kind_of(r), .row = r };

	if (!v->based) {
		v->based = true;
		v->base = v->g->f->end[v->g->side].has_iss ? v->g->f->end[v->g->side].iss : s->seq;
		v->nxt = (u32)(s->seq - v->base);
		v->una = v->nxt;
	}
	if (!len || (s->flags & TOY_RST))
		return;
	bar.from = offset(v, s->seq);
	bar.to = bar.from + len;
	bar_add(v->g, &bar);
	v->nxt = max_t(s64, v->nxt, bar.to);
	lines_follow(v, ms);
}

static void came(struct view *v, const struct row *r, double ms)
{
	const struct segment *s = row_segment(r);
	u32 window = s->flags & TOY_SYN ? s->wnd : (u32)s->wnd << s->wscale;
	struct steps *line = v->g->line;
	s64 ack;

	if (!v->based || !(s->flags & TOY_ACK) || (s->flags & TOY_RST) || r->drop)
		return;
	ack = offset(v, s->ack);
	for (int i = 0; i < s->nsack; i++) {
		struct bar bar = {
			.ms = ms, .kind = BAR_SACK, .row = r,
			.from = offset(v, s->sack[2 * i]), .to = offset(v, s->sack[2 * i + 1]),
		};

		bar_add(v->g, &bar);
	}
	if (v->acked && ack < v->una)
		return;
	v->acked = true;
	v->una = ack;
	step_add(&line[LINE_WINDOW], ms, ack + window);
	step_add(&line[LINE_OFFERED], ms, window);
	lines_follow(v, ms);
}

static void congestion(struct view *v, const struct event *ev, double ms)
{
	struct steps *line = v->g->line;

	v->cwnd = ev->cong.cwnd;
	step_add(&line[LINE_CONG], ms, ev->cong.cwnd);
	if (ev->cong.ssthresh < THRESH_NONE)
		step_add(&line[LINE_THRESH], ms, ev->cong.ssthresh);
	lines_follow(v, ms);
}

static int by_time(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns < y->ns ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* When @r happened, as the sender @side knew it; 0: it did not know. */
static uint64_t moment_of(const struct flow *f, int side, const struct row *r)
{
	const struct event *in = r->rx ? r->rx : r->drop;

	if (r->kind != ROW_SEGMENT)
		return r->side == side ? r->ev->ns : 0;
	if (r->side == side)
		return row_time(r);
	if (in)
		return in->ns;
	return f->end[side].seen ? 0 : r->tx->ns;
}

static void take(struct view *v, const struct row *r, double ms)
{
	if (r->kind == ROW_CONG)
		congestion(v, r->ev, ms);
	else if (r->kind == ROW_TIMER)
		v->g->timers[v->g->ntimers++] = r;
	else if (r->kind == ROW_SEGMENT && r->side == v->g->side)
		sent(v, r, ms);
	else if (r->kind == ROW_SEGMENT)
		came(v, r, ms);
}

bool graph_make(struct graph *g, const struct flow *f, int side)
{
	struct moment *m = need(calloc(f->n + 1, sizeof(*m)));
	struct view v = { .g = g };
	bool data = false;
	size_t n = 0;

	*g = (struct graph){ .f = f, .side = side };
	g->timers = need(calloc(f->n + 1, sizeof(*g->timers)));
	for (size_t i = 0; i < f->n; i++) {
		const struct row *r = &f->rows[i];
		uint64_t ns = moment_of(f, side, r);

		if (r->kind == ROW_SEGMENT && r->side == side && row_segment(r)->len)
			data = true;
		if (ns)
			m[n++] = (struct moment){ ns, i, r };
	}
	qsort(m, n, sizeof(*m), by_time);
	for (size_t i = 0; i < n; i++)
		take(&v, m[i].row, row_ms(f, m[i].ns));
	free(m);
	return data;
}

void graph_free(struct graph *g)
{
	for (int i = 0; i < LINE_KINDS; i++)
		free(g->line[i].v);
	free(g->bars);
	free(g->timers);
}

double graph_end(const struct flow *f)
{
	double end = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct row *r = &f->rows[i];
		const struct event *in = r->rx ? r->rx : r->drop;

		if (r->kind == ROW_STATE)
			continue;
		end = max_t(double, end,
			    row_ms(f, r->kind == ROW_SEGMENT && in ? in->ns : row_time(r)));
	}
	return end;
}
