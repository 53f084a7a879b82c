// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: rcvbuf.c - how large the receive buffer should be
 *
 * Dynamic right-sizing (Fisk and Feng, 2001): a sender can have a window in flight for each round
 * trip, so what the user reads in one round trip says how large the window must be not to be what
 * holds the sender back. A buffer that nobody reads from never grows.
 *
 * The round trip of one who only receives is taken from the echo in the peer's timestamps; without
 * those, from how long the peer takes to fill a window, which is never less. What our own data says
 * of it is the start.
 */
#include "inside.h"

#define RTT_LEAST	1000U	/* microseconds: a tick of the timestamp clock */

static void sample(struct toy_conn *c, u64 rtt)
{
	u32 r = (u32)clamp_t(u64, rtt, RTT_LEAST, TOY_USEC_PER_SEC);

	if (!c->rcv_rtt || r < c->rcv_rtt)
		c->rcv_rtt = r;		/* what is longer had somebody wait in it */
	else
		c->rcv_rtt += (r - c->rcv_rtt) / 8;
}

/**
 * toy_rcvbuf_arrived() - data has arrived in order
 * @c: connection, RCV.NXT already new
 * @seg: the segment
 * @now: the time
 */
void toy_rcvbuf_arrived(struct toy_conn *c, const struct toy_seg *seg, u64 now)
{
	if (c->ts_ok && seg->tsecr) {
		u32 ticks = toy_ts_clock(c->ts_offset, now) - seg->tsecr;

		if (seg->len >= c->rcv_mss && ticks < BIT(20))
			sample(c, ticks * TOY_USEC_PER_MSEC);
		return;
	}
	if (c->rcv_edge_time && seq_lt(c->rcv_nxt, c->rcv_edge))
		return;
	if (c->rcv_edge_time)
		sample(c, now - c->rcv_edge_time);
	c->rcv_edge = c->rcv_adv;
	c->rcv_edge_time = now;
}

/**
 * toy_conn_rcv_want() - how many bytes should be allowed to wait for the user?
 * @c: connection, after toy_conn_read()
 * @now: the time
 *
 * Return: for toy_conn_set_rcv_limit(), if that much can be had; &toy_conn.rcv_limit when there is
 * nothing to change.
 */
u32 toy_conn_rcv_want(struct toy_conn *c, u64 now)
{
	u32 rtt = c->rcv_rtt ? c->rcv_rtt : max_t(u32, c->srtt, RTT_LEAST);
	u32 read = c->rcv_read - c->rcv_read_mark, more;

	if (!c->rcv_read_time) {
		c->rcv_read_time = now;
		c->rcv_read_mark = c->rcv_read;
		return c->rcv_limit;
	}
	if (now - c->rcv_read_time < rtt)
		return c->rcv_limit;
	c->rcv_read_time = now;
	c->rcv_read_mark = c->rcv_read;
	if (read <= c->rcv_space)
		return c->rcv_limit;
	/* Twice for a round trip in which the user has not come to read yet; and what was gained
	 * since the last time will be gained again, by slow start.
	 */
	more = c->rcv_space ? read - c->rcv_space : read;
	c->rcv_space = read;
	read = min_t(u32, read, BIT(28));
	more = min_t(u32, more, BIT(28));
	return max_t(u32, c->rcv_limit, 2 * (read + more));
}
