// SPDX-License-Identifier: GPL-2.0
/*
 * join.c - finds each segment that was sent among those that were received
 *
 * Nothing in a segment is unique: one sent twice may be the same to the last bit. A segment that
 * came is taken for the youngest of those like it that are on their way, so that of a lost one
 * and its repetition the lost one stays lost; afterwards join_done() lets those that did arrive
 * have arrived in the order in which they were sent, which is what links mostly do. The same is
 * done to the rows that are about to be drawn, live.
 */
#include <stdlib.h>
#include <string.h>

#include "flow.h"

static bool same_header(const struct segment *a, const struct segment *b)
{
	return a->ack == b->ack && a->wnd == b->wnd && a->opts == b->opts &&
	       a->tsval == b->tsval && a->tsecr == b->tsecr;
}

static bool same_segment(const struct segment *a, const struct segment *b)
{
	return a->seq == b->seq && a->len == b->len && a->flags == b->flags && same_header(a, b);
}

/* Is @part one of the pieces into which IP cut the super-segment @whole? */
static bool piece_of(const struct segment *part, const struct segment *whole)
{
	return whole->gso_size && whole->len > whole->gso_size && part->len < whole->len &&
	       part->seq - whole->seq < whole->len &&
	       part->seq + part->len - whole->seq <= whole->len && same_header(part, whole);
}

static void wait_for(struct end *sender, size_t row)
{
	if (sender->nwaiting == sender->room) {
		sender->room = sender->room ? 2 * sender->room : 64;
		sender->waiting = need(realloc(sender->waiting,
					       sender->room * sizeof(*sender->waiting)));
	}
	sender->waiting[sender->nwaiting++] = row;
}

static void waits_no_more(struct end *sender, size_t at)
{
	sender->nwaiting--;
	memmove(sender->waiting + at, sender->waiting + at + 1,
		(sender->nwaiting - at) * sizeof(*sender->waiting));
}

/* The row of the segment that @side received or refused; NULL when nobody was seen sending it. */
static struct row *sent_row(struct flow *f, int side, const struct event *ev)
{
	struct end *sender = &f->end[!side];

	for (size_t i = sender->nwaiting; i-- > 0;) {
		struct row *r = &f->rows[sender->waiting[i]];

		if (same_segment(&r->tx->seg, &ev->seg)) {
			waits_no_more(sender, i);
			return r;
		}
		if (!piece_of(&ev->seg, &r->tx->seg))
			continue;
		r->pieces += ev->seg.len;
		if (r->pieces >= r->tx->seg.len)
			waits_no_more(sender, i);
		return r;
	}
	return NULL;
}

/* Was the same segment received before? Not long before, or it is another one. */
static bool came_before(const struct flow *f, int side, const struct event *ev)
{
	for (size_t i = f->n, looked = 0; i-- > 0 && looked < 1000; looked++) {
		const struct row *r = &f->rows[i];

		if (r->kind == ROW_SEGMENT && r->side != side && r->tx && (r->rx || r->drop) &&
		    same_segment(&r->tx->seg, &ev->seg))
			return true;
	}
	return false;
}

/* The segment that was received at @side last, of those like the one that is now refused. */
static struct row *received_row(struct flow *f, int side, const struct event *ev)
{
	struct row *found = NULL;

	for (size_t i = f->n, looked = 0; i-- > 0 && looked < 1000; looked++) {
		struct row *r = &f->rows[i];

		if (r->kind == ROW_SEGMENT && r->side != side && r->rx && !r->drop &&
		    same_segment(&r->rx->seg, &ev->seg) && (!found || r->rx->ns > found->rx->ns))
			found = r;
	}
	return found;
}

/* What was drawn as lost, or as taken, was not: that is drawn once more, as it turned out. */
static void amend(struct flow *f, struct row *r)
{
	if (!r->told)
		return;
	r->late = r->lost;
	r->lost = false;
	r->told &= ~TOLD_ARRIVAL;
	f->from = min_t(size_t, f->from, (size_t)(r - f->rows));
}

void join_segment(struct flow *f, int side, const struct event *ev)
{
	struct end *sender = &f->end[ev->kind == EVENT_SEND ? side : !side];
	struct row *r;

	if ((ev->seg.flags & TOY_SYN) && !sender->has_iss) {
		sender->has_iss = true;
		sender->iss = ev->seg.seq;
	}
	if (ev->kind == EVENT_SEND) {
		r = flow_row(f, ROW_SEGMENT, side);
		r->tx = ev;
		wait_for(sender, f->n - 1);
		return;
	}
	r = ev->kind == EVENT_DROP ? received_row(f, side, ev) : NULL;
	if (!r)
		r = sent_row(f, side, ev);
	if (!r) {
		bool twin = came_before(f, side, ev);

		r = flow_row(f, ROW_SEGMENT, !side);
		r->twin = twin;
	}
	if (ev->kind == EVENT_DROP || !r->rx)
		amend(f, r);
	if (ev->kind == EVENT_DROP)
		r->drop = ev;
	else if (!r->rx)
		r->rx = ev;
}

static int order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int like(const void *a, const void *b)
{
	const struct row *x = *(struct row *const *)a, *y = *(struct row *const *)b;
	const struct segment *s = &x->tx->seg, *t = &y->tx->seg;
	int d;

	d = order((uint64_t)x->side << 32 | s->seq, (uint64_t)y->side << 32 | t->seq);
	if (!d)
		d = order((uint64_t)s->ack << 32 | s->len, (uint64_t)t->ack << 32 | t->len);
	if (!d)
		d = order((uint64_t)s->tsval << 32 | s->tsecr, (uint64_t)t->tsval << 32 | t->tsecr);
	if (!d)
		d = order((uint64_t)s->wnd << 16 | s->flags << 8 | s->opts,
			  (uint64_t)t->wnd << 16 | t->flags << 8 | t->opts);
	return d;
}

static int like_then_sent(const void *a, const void *b)
{
	const struct row *x = *(struct row *const *)a, *y = *(struct row *const *)b;
	int d = like(a, b);

	return d ? d : order(x->tx->ns, y->tx->ns);
}

struct arrival {
	const struct event *rx;
	const struct event *drop;
};

static int came_first(const void *a, const void *b)
{
	const struct arrival *x = a, *y = b;

	return order(x->rx ? x->rx->ns : x->drop->ns, y->rx ? y->rx->ns : y->drop->ns);
}

/*
 * @n rows of segments that are the same, oldest first, all of which arrived: first sent, first
 * come.
 */
static void in_order(struct row **rows, size_t n)
{
	struct arrival *came = need(malloc(n * sizeof(*came)));

	for (size_t i = 0; i < n; i++)
		came[i] = (struct arrival){ rows[i]->rx, rows[i]->drop };
	qsort(came, n, sizeof(*came), came_first);
	for (size_t i = 0; i < n; i++) {
		rows[i]->rx = came[i].rx;
		rows[i]->drop = came[i].drop;
	}
	free(came);
}

void join_settle(struct flow *f, size_t first)
{
	struct row **rows = need(malloc((f->n - first + 1) * sizeof(*rows)));
	size_t n = 0, from = 0;

	for (size_t i = first; i < f->n; i++) {
		struct row *r = &f->rows[i];

		if (r->kind == ROW_SEGMENT && r->tx && (r->rx || r->drop) && !r->pieces && !r->told)
			rows[n++] = r;
	}
	qsort(rows, n, sizeof(*rows), like_then_sent);
	for (size_t i = 1; i <= n; i++) {
		if (i < n && !like(&rows[from], &rows[i]))
			continue;
		if (i - from > 1)
			in_order(rows + from, i - from);
		from = i;
	}
	free(rows);
}

void join_done(struct flow *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct row *r = &f->rows[i];

		if (r->kind == ROW_SEGMENT && r->tx && !r->rx && !r->drop)
			r->lost = f->end[!r->side].seen;
	}
	join_settle(f, 0);
}
