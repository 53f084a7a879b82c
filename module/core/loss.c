// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: loss.c - finding losses and repairing them
 *
 * Fast retransmit and fast recovery by duplicate ACKs (RFC 5681 section 3.2, RFC 6582 NewReno),
 * limited transmit (RFC 3042), and the way back after a timeout (RFC 5681 section 3.1). What is to
 * be sent again is the range [rtx_nxt, rtx_end): one segment in recovery, everything outstanding
 * after a timeout. The window itself is the congestion control's, behind &struct toy_cong_ops.
 *
 * After a timeout @in_loss says that nothing in [rtx_nxt, rtx_end) is in the network any more, so
 * toy_loss_flight() leaves it out and slow start paces it.
 */
#include "inside.h"

#define DUP_THRESH	3	/* RFC 5681 section 3.2 */

/**
 * toy_loss_flight() - FlightSize: bytes believed to be in the network
 * @c: connection
 */
u32 toy_loss_flight(const struct toy_conn *c)
{
	u32 out = c->snd_nxt - c->snd_una;

	return c->in_loss ? out - (c->rtx_end - c->rtx_nxt) : out;
}

/**
 * toy_loss_initial_window() - RFC 6928; one segment when the SYN was lost (RFC 5681 section 3.1)
 * @c: connection
 */
u32 toy_loss_initial_window(const struct toy_conn *c)
{
	u32 mss = c->mss, n = c->knobs.init_cwnd;

	if (c->total_rtx)
		return mss;
	return min_t(u32, n * mss, max_t(u32, 2 * mss, n * 1460));
}

/**
 * toy_loss_start() - the connection is established
 * @c: connection
 */
void toy_loss_start(struct toy_conn *c)
{
	c->recover = c->snd_una;
	c->cong.ops->init(c);
	toy_watch_cong(c, TOY_CONG_INIT);
}

/* The first segment that is missing goes again. */
static void resend_first(struct toy_conn *c)
{
	c->rtx_nxt = c->snd_una;
	c->rtx_end = seq_min(c->snd_una + c->mss, c->snd_nxt);
}

static void recovery_enter(struct toy_conn *c, u64 now)
{
	if (toy_mtu_lost(c, now)) {
		c->cong.ssthresh = c->cong.cwnd;
	} else {
		c->cong.ssthresh = c->cong.ops->ssthresh(c);
		toy_ecn_reduced(c);
	}
	c->cong.cwnd = c->cong.ssthresh + DUP_THRESH * c->mss;
	c->recover = c->snd_nxt;
	c->in_recovery = true;
	c->partial_seen = false;
	resend_first(c);
	toy_watch_count(c, TOY_CNT_Recoveries, 1);
	toy_watch_cong(c, TOY_CONG_RECOVERY);
}

/*
 * One segment has left the network. Of duplicates that no segment has caused (RFC 5681 section
 * 3.2 names the attack) there may be any number; more than all cannot have left it.
 */
static void recovery_inflate(struct toy_conn *c)
{
	u32 most = c->cong.ssthresh + c->snd_nxt - c->snd_una;

	if (c->cong.cwnd >= most)
		return;
	c->cong.cwnd = min_t(u32, c->cong.cwnd + c->mss, most);
	toy_watch_cong(c, TOY_CONG_GROWTH);
}

/**
 * toy_loss_dup_ack() - a duplicate ACK came (RFC 5681 section 2)
 * @c: connection
 * @now: the time
 */
void toy_loss_dup_ack(struct toy_conn *c, u64 now)
{
	toy_watch_count(c, TOY_CNT_DupAcksIn, 1);
	if (c->dup_acks < 255)
		c->dup_acks++;
	if (c->in_recovery) {
		recovery_inflate(c);
		return;
	}
	/* RFC 6582 section 3.2 (2): not for what was sent before the last recovery or timeout */
	if (c->dup_acks == DUP_THRESH && !c->in_loss && seq_geq(c->snd_una, c->recover))
		recovery_enter(c, now);
}

/* RFC 6582 section 3.2 (3) */
static void recovery_acked(struct toy_conn *c, u32 bytes)
{
	struct toy_cong *g = &c->cong;

	if (seq_geq(c->snd_una, c->recover)) {
		u32 flight = max_t(u32, toy_loss_flight(c), c->mss);

		g->cwnd = min_t(u32, g->ssthresh, flight + c->mss);
		c->in_recovery = false;
		c->dup_acks = 0;
		toy_watch_cong(c, TOY_CONG_RECOVERED);
		return;
	}
	resend_first(c);
	g->cwnd = g->cwnd > bytes ? g->cwnd - bytes : 0;
	if (bytes >= c->mss)
		g->cwnd += c->mss;
	g->cwnd = max_t(u32, g->cwnd, c->mss);
	toy_watch_cong(c, TOY_CONG_PARTIAL);
}

/* RFC 7661's concern in one line: a window that was not used has proved nothing. */
static bool window_was_used(const struct toy_conn *c, u32 bytes)
{
	u32 flight = toy_loss_flight(c) + bytes;

	if (c->cong.cwnd < c->cong.ssthresh)
		return flight >= c->cong.cwnd / 2;
	return flight + 2 * c->mss >= c->cong.cwnd;
}

/**
 * toy_loss_acked() - SND.UNA has advanced
 * @c: connection, &toy_conn.snd_una already new
 * @bytes: by how much
 * @now: the time
 */
void toy_loss_acked(struct toy_conn *c, u32 bytes, u64 now)
{
	u32 before = c->cong.cwnd;
	bool used;

	if (seq_lt(c->rtx_nxt, c->snd_una))
		c->rtx_nxt = c->snd_una;
	if (seq_lt(c->rtx_end, c->rtx_nxt))
		c->rtx_end = c->rtx_nxt;
	if (c->in_recovery) {
		recovery_acked(c, bytes);
		return;
	}
	used = window_was_used(c, bytes);
	c->dup_acks = 0;
	if (c->in_loss && seq_geq(c->snd_una, c->recover))
		c->in_loss = false;
	if (used)
		c->cong.ops->acked(c, bytes, now);
	if (c->cong.cwnd != before)
		toy_watch_cong(c, TOY_CONG_GROWTH);
}

/**
 * toy_loss_timeout() - the retransmission timer ran out (RFC 5681 section 3.1)
 * @c: connection; &toy_conn.retries counts this timeout already
 */
void toy_loss_timeout(struct toy_conn *c)
{
	if (c->in_recovery)
		toy_watch_count(c, TOY_CNT_RecoveriesFailed, 1);
	if (c->retries <= 1)	/* equation 4 holds for the first timeout of a segment only */
		c->cong.ssthresh = c->cong.ops->ssthresh(c);
	c->cong.cwnd = c->mss;
	c->cong.acked = 0;
	toy_resend_all(c);
	toy_ecn_reduced(c);
	toy_watch_cong(c, TOY_CONG_TIMEOUT);
}
