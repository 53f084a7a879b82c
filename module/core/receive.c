// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: receive.c - what is taken, what is held for its turn, and the window that is offered
 *
 * RFC 9293 section 3.10.7.4, seventh and eighth; section 3.8.6 for windows and ACKs; RFC 2018 and
 * RFC 2883 for what is told of the holes.
 */
#include "inside.h"

static u32 unread(const struct toy_conn *c)
{
	/* FIN takes a number but no room */
	return c->rcv_nxt - c->rcv_read - c->fin_rcvd;
}

/* Smallest step by which the right edge moves: MUST-39, section 3.8.6.2.2 */
static u32 window_step(const struct toy_conn *c)
{
	return max_t(u32, min_t(u32, c->rcv_limit / 2, c->path_mss), 1);
}

static u32 room(const struct toy_conn *c)
{
	u32 used = unread(c);

	return c->rcv_limit > used ? c->rcv_limit - used : 0;
}

/*
 * The window for a segment that goes out now. The right edge never moves back (SHLD-14). What the
 * field can say may lie less than a step of the shift below it: @rcv_adv remembers the edge, and up
 * to there everything is taken (RFC 7323 section 2.4). Rounding up beyond the buffer instead would
 * let the edge creep with every segment of a sender whose reader has stopped.
 */
u16 toy_window_field(struct toy_conn *c, bool syn)
{
	u8 shift = syn ? 0 : c->rcv_wscale;
	u32 current_wnd = toy_rcv_wnd(c), wnd = room(c), field;

	if (wnd < current_wnd || wnd - current_wnd < window_step(c))
		wnd = current_wnd;
	field = min_t(u32, wnd >> shift, 0xffff);
	if (field << shift < current_wnd) {
		u32 up = min_t(u32, field + 1, 0xffff);

		if (up << shift <= room(c))
			field = up;
	}
	if (!field && !unread(c))
		field = 1;	/* a buffer smaller than one step of the shift must not close it */
	if (field << shift > current_wnd)
		c->rcv_adv = c->rcv_nxt + (field << shift);
	return (u16)field;
}

/* A window update is worth a segment when it at least doubles what the peer knows of. */
static void update_window(struct toy_conn *c)
{
	u32 current_wnd = toy_rcv_wnd(c);
	u32 wnd = min_t(u32, room(c), 0xffffU << c->rcv_wscale);	/* more cannot be told */

	if (!toy_state_synced(c->state) || c->fin_rcvd)
		return;
	if (wnd >= 2 * current_wnd && wnd - current_wnd >= window_step(c))
		toy_ack_now(c, TOY_SENT_WINDOW);
}

/**
 * toy_conn_read() - the user took bytes from the receive queue
 * @c: connection
 * @bytes: how many
 * @now: the time
 */
void toy_conn_read(struct toy_conn *c, u32 bytes, u64 now)
{
	TOY_CHECK(bytes <= unread(c));
	c->rcv_read += bytes;
	if (c->rcv_urgent && seq_geq(c->rcv_read, c->rcv_up))
		c->rcv_urgent = false;
	update_window(c);
}

/**
 * toy_conn_set_rcv_limit() - the receive buffer has another size
 * @c: connection
 * @limit: most bytes that may wait for the user. A smaller one never takes back what was offered
 * @now: the time
 */
void toy_conn_set_rcv_limit(struct toy_conn *c, u32 limit, u64 now)
{
	c->rcv_limit = limit;
	update_window(c);
}

/**
 * toy_conn_unread() - bytes delivered that the user has not taken
 * @c: connection
 */
u32 toy_conn_unread(const struct toy_conn *c)
{
	return toy_state_synced(c->state) || c->state == TOY_CLOSED ? unread(c) : 0;
}

/* Put [start, end) at the front of the blocks to tell, together with what it touches. */
static void sack_add(struct toy_conn *c, u32 start, u32 end)
{
	struct toy_block kept[TOY_SACK_MAX];
	u32 i, n = 0;

	for (i = 0; i < c->nsacks; i++) {
		struct toy_block *b = &c->sacks[i];

		if (seq_leq(b->start, end) && seq_geq(b->end, start)) {
			start = seq_min(start, b->start);
			end = seq_max(end, b->end);
		} else {
			kept[n++] = *b;
		}
	}
	n = min_t(u32, n, TOY_SACK_MAX - 1);
	c->sacks[0] = (struct toy_block) { start, end };
	memcpy(&c->sacks[1], kept, n * sizeof(kept[0]));
	c->nsacks = (u8)(n + 1);
}

/**
 * toy_conn_renege() - give up all that was held for reassembly, for want of memory
 * @c: connection
 *
 * The peer was told that it is here, and must be prepared for this (RFC 2018 section 8).
 *
 * Return: the ranges, linked by @left, to be freed.
 */
struct toy_range *toy_conn_renege(struct toy_conn *c)
{
	struct toy_range *r, *all = NULL;

	while ((r = toy_ranges_last(&c->ofo))) {
		toy_ranges_remove(&c->ofo, r);
		r->left = all;
		all = r;
		toy_watch_count(c, TOY_CNT_OfoPruned, 1);
	}
	c->nsacks = 0;
	return all;
}

/* Forget the blocks that RCV.NXT has passed. */
static void sack_trim(struct toy_conn *c)
{
	u32 i, n = 0;

	for (i = 0; i < c->nsacks; i++) {
		if (seq_gt(c->sacks[i].start, c->rcv_nxt))
			c->sacks[n++] = c->sacks[i];
	}
	c->nsacks = (u8)n;
}

/* RFC 2883: tell the peer what came twice. */
static void set_dsack(struct toy_conn *c, u32 start, u32 end)
{
	if (!c->sack_ok || !seq_lt(start, end))
		return;
	c->dsack = (struct toy_block) { start, end };
	c->dsack_set = true;
}

/* All of a segment lies before RCV.NXT: the peer has not heard our ACK. */
void toy_receive_duplicate(struct toy_conn *c, const struct toy_seg *seg)
{
	toy_watch_count(c, TOY_CNT_Duplicates, 1);
	set_dsack(c, seg->seq, seg->seq + seg->len);
	toy_ack_now(c, TOY_SENT_ACK);
}

/* Take what became in order out of the reassembly queue. Return true if a FIN was reached. */
static bool drain(struct toy_conn *c, struct toy_verdict *v)
{
	struct toy_range **tail = &v->ready, *r;
	bool fin = false;

	while (!fin) {
		r = toy_ranges_first(&c->ofo);
		if (!r || seq_gt(r->seq, c->rcv_nxt))
			break;
		toy_ranges_remove(&c->ofo, r);
		if (seq_lt(c->rcv_nxt, r->end)) {
			r->skip += c->rcv_nxt - r->seq;
			r->seq = c->rcv_nxt;
			c->bytes_in += r->end - r->seq;
			toy_watch_count(c, TOY_CNT_InBytes, r->end - r->seq);
			c->rcv_nxt = r->end;
		} else {
			r->seq = r->end;	/* came twice: to be freed */
		}
		fin = r->fin && r->end == c->rcv_nxt;
		r->left = NULL;
		*tail = r;
		tail = &r->left;
	}
	return fin;
}

/*
 * When is the ACK for @bytes in order due? MUST-40, SHLD-18, SHLD-19. At the latest when half of
 * what
 * may wait has come: a window of less than two segments would never see two.
 */
static void schedule_ack(struct toy_conn *c, const struct toy_seg *seg, u32 bytes, u64 now)
{
	u32 size = seg->gso_size ? min_t(u32, seg->gso_size, bytes) : bytes;

	if (size > c->rcv_mss)
		c->rcv_mss = (u16)min_t(u32, size, c->path_mss);
	c->rcv_unacked += bytes;
	toy_rcvbuf_arrived(c, seg, now);
	if (c->quick_acks || c->rcv_unacked >= min_t(u32, 2U * c->rcv_mss, c->rcv_limit / 2))
		toy_ack_now(c, TOY_SENT_ACK);
	else
		toy_timer_need(c, TOY_TIMER_DELACK, now + c->knobs.delack);
}

/* The peer's FIN was reached (section 3.10.7.4, eighth). */
static void take_fin(struct toy_conn *c)
{
	c->rcv_nxt++;
	c->fin_rcvd = true;
	if (seq_lt(c->rcv_adv, c->rcv_nxt))
		c->rcv_adv = c->rcv_nxt;
	c->events |= TOY_EV_FIN | TOY_EV_READABLE;
	toy_ack_now(c, TOY_SENT_ACK);
	switch (c->state) {
	case TOY_SYN_RECEIVED:
	case TOY_ESTABLISHED:
		toy_enter(c, TOY_CLOSE_WAIT, TOY_WHY_RCVD_FIN);
		break;
	case TOY_FIN_WAIT_1:
		toy_enter(c, toy_fin_acked(c) ? TOY_TIME_WAIT : TOY_CLOSING, TOY_WHY_RCVD_FIN);
		break;
	case TOY_FIN_WAIT_2:
		toy_enter(c, TOY_TIME_WAIT, TOY_WHY_RCVD_FIN);
		break;
	}
}

/* Hold [start, end) until what is missing before it comes (SHLD-31). */
static void hold(struct toy_conn *c, u32 start, u32 end, u32 skip, bool fin,
		 struct toy_range *range, struct toy_verdict *v)
{
	toy_ack_now(c, TOY_SENT_ACK);	/* MAY-13: at once, it may tell of a loss */
	range->seq = start;
	range->end = end;
	range->skip = skip;
	range->fin = fin;
	if (!toy_ranges_insert(&c->ofo, range)) {
		v->drop = TOY_DROP_DUPLICATE;
		toy_watch_count(c, TOY_CNT_Duplicates, 1);
		set_dsack(c, start, end);
		return;
	}
	v->stored = true;
	toy_watch_count(c, TOY_CNT_OfoQueue, 1);
	if (c->sack_ok && start != end)
		sack_add(c, start, end);
}

/**
 * toy_receive() - payload and FIN of an acceptable segment, in a state that takes them
 * @c: connection in ESTABLISHED, FIN-WAIT-1 or FIN-WAIT-2
 * @seg: the segment
 * @range: where to keep it if it is before its turn
 * @now: the time
 * @v: the verdict
 */
void toy_receive(struct toy_conn *c, const struct toy_seg *seg, struct toy_range *range, u64 now,
		 struct toy_verdict *v)
{
	u32 edge = c->rcv_nxt + toy_rcv_wnd(c);
	u32 first = seg->seq + !!(seg->flags & TOY_SYN);
	u32 start = seq_max(first, c->rcv_nxt);
	u32 end = seq_min(first + seg->len, edge);
	bool fin = (seg->flags & TOY_FIN) && seq_lt(first + seg->len, edge);
	bool filled;

	if ((c->orphan || (c->rcv_shut && c->state != TOY_ESTABLISHED)) &&
	    seq_gt(first + seg->len, c->rcv_nxt)) {
		toy_watch_count(c, TOY_CNT_AbortOnData, 1);	/* SHLD-3 */
		toy_conn_abort(c, TOY_WHY_DATA_AFTER_CLOSE, ECONNRESET);
		v->drop = TOY_DROP_CLOSED;
		return;
	}
	if (seg->no_room && seg->len) {
		v->drop = TOY_DROP_NO_ROOM;
		toy_watch_count(c, TOY_CNT_RcvNoRoom, 1);
		toy_ack_now(c, TOY_SENT_ACK);
		return;
	}
	if (seq_gt(start, end) || (start == end && !fin)) {
		if (seg->len)
			v->drop = seq_geq(c->rcv_nxt, first + seg->len) ? TOY_DROP_DUPLICATE
									: TOY_DROP_WINDOW;
		if (toy_has_data(seg))
			toy_ack_now(c, TOY_SENT_ACK);
		return;
	}
	c->last_data = now;
	if (seq_gt(start, c->rcv_nxt)) {
		hold(c, start, end, start - first, fin, range, v);
		return;
	}

	if (seq_lt(first, start))
		set_dsack(c, first, start);
	filled = c->ofo.count;
	v->skip = start - first;
	v->take = end - start;
	if (v->take) {
		c->bytes_in += v->take;
		toy_watch_count(c, TOY_CNT_InBytes, v->take);
		c->rcv_nxt = end;
		c->events |= TOY_EV_READABLE;
	}
	if (!fin && filled)
		fin = drain(c, v);
	sack_trim(c);
	if (filled)
		toy_ack_now(c, TOY_SENT_ACK);	/* RFC 5681 section 4.2: it fills a gap */
	else if (v->take)
		schedule_ack(c, seg, v->take, now);
	if (fin)
		take_fin(c);
}
