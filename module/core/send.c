// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: send.c - what is to be sent next
 *
 * toy_conn_next() is the only place where a segment of a connection is made. It looks, in this
 * order, for a reset, an open, a probe, something to send again, something new, and a bare ACK.
 * What it gives counts as sent: one that IP or memory refused afterwards is a lost one.
 */
#include "inside.h"

/* What this side has promised to say in every segment, and what may be left out of full ones. */
static u32 sack_space(const struct toy_conn *c)
{
	u32 blocks = c->nsacks + c->dsack_set;

	if (!c->sack_ok || !blocks)
		return 0;
	return 4 + 8 * min_t(u32, blocks, c->ts_ok ? TOY_SACK_MAX - 1 : TOY_SACK_MAX);
}

/* RFC 2018 section 4, RFC 2883 section 4: the duplicate first, then the most recent blocks. */
static void put_sack(struct toy_conn *c, struct toy_seg *out)
{
	u32 i, most = c->ts_ok ? TOY_SACK_MAX - 1 : TOY_SACK_MAX;

	if (!sack_space(c))
		return;
	if (c->dsack_set) {
		out->sack[out->nsack++] = c->dsack;
		c->dsack_set = false;
	}
	for (i = 0; i < c->nsacks && out->nsack < most; i++)
		out->sack[out->nsack++] = c->sacks[i];
	out->opts |= TOY_OPT_SACK;
}

/* Where a segment without data stands: SND.NXT, or the window's edge when that moved back. */
static u32 bare_seq(const struct toy_conn *c)
{
	u32 edge = c->snd_una + c->snd_wnd;

	if (c->snd_una == c->iss)	/* no window holds a SYN back */
		return c->snd_nxt;
	return seq_leq(c->snd_nxt, edge) ? c->snd_nxt : edge;
}

/*
 * The urgent pointer says which octet follows the urgent data (MUST-62, RFC 6093). When that is
 * farther than the field can tell, the pointer says as much as it can: every segment that holds the
 * octet before it carries one that is farther, so the peer never takes the end for nearer.
 */
static void put_urgent(const struct toy_conn *c, struct toy_seg *out)
{
	if (!toy_urgent(c) || seq_geq(out->seq, c->snd_up))
		return;
	out->flags |= TOY_URG;
	out->urg = (u16)min_t(u32, c->snd_up - out->seq, 0xffff);
}

/* The fields that all segments share; the ACK in it takes care of every ACK that was due. */
static void fill(struct toy_conn *c, struct toy_seg *out, u32 seq, u8 flags, enum toy_why_sent why,
		 u64 now)
{
	toy_seg_clear(out);
	out->seq = seq;
	out->flags = flags;
	out->why = (u8)why;
	if (!(flags & (TOY_SYN | TOY_RST)))
		put_urgent(c, out);
	if (flags & TOY_ACK) {
		out->ack = c->rcv_nxt;
		out->wnd = toy_window_field(c, flags & TOY_SYN);
		c->last_ack_sent = c->rcv_nxt;
		c->rcv_unacked = 0;
		c->ack_now = 0;
		toy_timer_clear(c, TOY_TIMER_DELACK);
		if (c->quick_acks)
			c->quick_acks--;
		if (!(flags & (TOY_SYN | TOY_RST))) {
			put_sack(c, out);
			if (c->ecn_echo)
				out->flags |= TOY_ECE;
		}
	}
	if (c->ts_ok) {
		out->opts |= TOY_OPT_TS;
		out->tsval = toy_ts_clock(c->ts_offset, now);
		out->tsecr = flags & TOY_ACK ? c->ts_recent : 0;
	}
	c->segs_out++;
	if (why != TOY_SENT_RETRANSMIT && why != TOY_SENT_FAST) {
		toy_watch_count(c, TOY_CNT_OutSegs, 1);
		return;
	}
	c->total_rtx++;
	toy_watch_count(c, TOY_CNT_RetransSegs, 1);
}

static void next_reset(struct toy_conn *c, struct toy_seg *out, u64 now)
{
	u8 flags = c->irs || c->rcv_nxt ? TOY_RST | TOY_ACK : TOY_RST;

	c->rst_now = false;
	fill(c, out, bare_seq(c), flags, TOY_SENT_RESET, now);
	toy_watch_count(c, TOY_CNT_OutRsts, 1);
}

/* SYN, or SYN,ACK when the peer's SYN crossed ours. Window not scaled, MSS always (MAY-3). */
static void next_syn(struct toy_conn *c, struct toy_seg *out, u64 now)
{
	bool answer = c->state == TOY_SYN_RECEIVED;
	enum toy_why_sent why = answer ? TOY_SENT_SYNACK : TOY_SENT_SYN;
	bool offer_ts = answer ? c->ts_ok : c->knobs.timestamps;
	bool offer_ws = answer ? c->rcv_wscale || c->snd_wscale : c->knobs.window_scaling;
	bool offer_sack = answer ? c->sack_ok : c->knobs.sack;

	if (c->retries) {
		why = TOY_SENT_RETRANSMIT;
		toy_rtt_rexmit(c);
	} else if (c->snd_nxt == c->iss) {
		toy_rtt_sent(c, c->iss + 1, now);
	}
	fill(c, out, c->iss, answer ? TOY_SYN | TOY_ACK : TOY_SYN, why, now);
	if (!answer && c->knobs.ecn == 1 && !c->retries)	/* some swallow those (6.1.1.1) */
		out->flags |= TOY_ECE | TOY_CWR;
	c->last_sent = now;
	out->wnd = toy_window_field(c, true);
	out->opts = TOY_OPT_MSS;
	out->mss = c->path_mss;
	if (offer_ts) {
		out->opts |= TOY_OPT_TS;
		out->tsval = toy_ts_clock(c->ts_offset, now);
	}
	if (offer_ws) {
		out->opts |= TOY_OPT_WSCALE;
		out->wscale = c->rcv_wscale;
	}
	if (offer_sack)
		out->opts |= TOY_OPT_SACKOK;
	c->snd_nxt = c->iss + 1;
	c->rtx_nxt = c->snd_nxt;
	c->rtx_end = c->snd_nxt;
	toy_timer_need(c, TOY_TIMER_RETRANSMIT, now + toy_rtt_rto(c));
}

/* Can the FIN ride on a segment that ends at @end? */
static bool fin_at(const struct toy_conn *c, u32 end)
{
	return c->fin_queued && end == c->snd_end;
}

/* A segment with @len bytes from @seq on, FIN behind them if @fin. */
static void put_data(struct toy_conn *c, struct toy_seg *out, u32 seq, u32 len, bool fin,
		     enum toy_why_sent why, u64 now)
{
	u8 flags = TOY_ACK;

	if (fin)
		flags |= TOY_FIN;
	if (len && seq + len == c->snd_end)	/* MUST-61: nothing more is queued */
		flags |= TOY_PSH;
	fill(c, out, seq, flags, why, now);
	out->len = len;
	c->last_sent = now;
	c->data_segs_out += !!len;
	c->bytes_out += len;
	if (why == TOY_SENT_RETRANSMIT || why == TOY_SENT_FAST)
		c->bytes_rtx += len;
}

/*
 * One octet into the closed window (MUST-36); RFC 9293 section 3.8.6.1. It counts as sent, for the
 * peer may take it.
 */
static bool next_probe(struct toy_conn *c, struct toy_seg *out, u64 now)
{
	bool data = seq_lt(c->snd_una, c->snd_end);
	bool fin = !data && fin_at(c, c->snd_una);

	c->probe_now = false;
	if (!data && !fin)
		return false;
	toy_rtt_rexmit(c);
	put_data(c, out, c->snd_una, data, fin, TOY_SENT_PROBE, now);
	c->snd_nxt = seq_max(c->snd_nxt, c->snd_una + 1);
	c->probed = true;
	toy_watch_count(c, TOY_CNT_WindowProbes, 1);
	return true;
}

static void next_keepalive(struct toy_conn *c, struct toy_seg *out, u64 now)
{
	c->keep_now = false;
	/* SHLD-12: no data */
	fill(c, out, c->snd_una - 1, TOY_ACK, TOY_SENT_KEEPALIVE, now);
	toy_watch_count(c, TOY_CNT_KeepAlives, 1);
}

/* Something again, at most a segment, and only what lies in the peer's window (SHLD-16). */
static bool next_again(struct toy_conn *c, struct toy_seg *out, u64 now)
{
	u32 edge = seq_min(c->rtx_end, c->snd_una + c->snd_wnd);
	u32 space, len;
	bool fin;

	if (seq_geq(c->rtx_nxt, edge))
		return false;
	space = min_t(u32, edge - c->rtx_nxt, c->mss - sack_space(c));
	if (c->in_loss && toy_loss_flight(c) && toy_loss_flight(c) + space > c->cong.cwnd)
		return false;
	len = min_t(u32, space, c->snd_end - c->rtx_nxt);
	fin = toy_fin_sent(c) && fin_at(c, c->rtx_nxt + len) && len < edge - c->rtx_nxt;

	toy_rtt_rexmit(c);
	if (c->in_recovery)
		toy_watch_count(c, TOY_CNT_FastRetrans, 1);
	else if (c->cong.cwnd < c->cong.ssthresh)
		toy_watch_count(c, TOY_CNT_SlowStartRetrans, 1);
	put_data(c, out, c->rtx_nxt, len, fin,
		 c->in_recovery ? TOY_SENT_FAST : TOY_SENT_RETRANSMIT, now);
	c->rtx_nxt += len + fin;
	return true;
}

/* RFC 3042: the first two duplicate ACKs let one new segment go each. */
static u32 congestion_room(const struct toy_conn *c)
{
	u32 wnd = c->cong.cwnd, flight = toy_loss_flight(c);

	if (c->dup_acks && c->dup_acks < 3 && !c->in_recovery && !c->in_loss)
		wnd += c->dup_acks * c->mss;
	return wnd > flight ? wnd - flight : 0;
}

/* RFC 5681 section 4.1: after an idle RTO the old window proves nothing. */
static void restart_if_idle(struct toy_conn *c, u64 now)
{
	u32 restart = toy_loss_initial_window(c);

	if (c->snd_una != c->snd_nxt || now - c->last_sent <= toy_rtt_rto(c) ||
	    c->cong.cwnd <= restart)
		return;
	c->cong.cwnd = restart;
	toy_watch_cong(c, TOY_CONG_IDLE);
}

/*
 * May a segment of @len bytes, less than a full one, go now? Silly window avoidance (RFC 9293
 * section 3.8.6.2.1, MUST-38) and Nagle (section 3.7.4), the latter in Minshall's form: it waits
 * only while an earlier small segment is unacknowledged, not for full ones.
 */
static bool small_may_go(const struct toy_conn *c, u32 len)
{
	bool rest = c->snd_nxt + len == c->snd_end;

	if (rest && (c->fin_queued || toy_urgent(c)))
		return true;
	if (c->override_now)
		return true;
	if (!c->knobs.nodelay && seq_gt(c->small_end, c->snd_una))
		return false;
	if (rest)
		return !c->knobs.cork && seq_geq(c->push_seq, c->snd_end);
	return len >= c->max_snd_wnd / 2;
}

/* Something new: as many full segments as the windows take, or a small one if that may go. */
static bool next_new(struct toy_conn *c, struct toy_seg *out, u64 now)
{
	u32 mss = c->mss - sack_space(c);
	u32 queued = c->snd_end - c->snd_nxt;
	s32 window = (s32)(c->snd_una + c->snd_wnd - c->snd_nxt);
	u32 room, len, probe;
	bool fin;

	if (toy_fin_sent(c) || (!queued && !c->fin_queued))
		return false;
	if (window <= 0)	/* below 0: the peer shrank it (MUST-34, SHLD-15) */
		return false;
	if (c->in_loss && c->rtx_nxt != c->rtx_end)
		return false;
	restart_if_idle(c, now);
	room = congestion_room(c);
	if (!room)
		return false;

	len = min_t(u32, queued, window);
	probe = mss < c->mss || toy_urgent(c) ? 0 : toy_mtu_probe(c, min_t(u32, len, room), now);
	if (probe) {
		mss = probe;
		len = probe;
		toy_mtu_probing(c, c->snd_nxt + len, len);
	}
	if (len > mss)		/* one urgent pointer does not do for a super-segment */
		len = min_t(u32, len, toy_urgent(c) ? mss : max_t(u32, c->gso_max, mss));
	if (len > room)
		len = room < mss && toy_loss_flight(c) ? 0 : max_t(u32, room, min_t(u32, len, mss));
	/* Whole segments, and the rest behind them if that is all there is and may go too. */
	if (len > mss && len % mss && (len < queued || !small_may_go(c, len)))
		len -= len % mss;
	if (queued && (!len || (len < mss && !small_may_go(c, len))))
		return false;
	fin = fin_at(c, c->snd_nxt + len) && (u32)window > len;
	if (!len && !fin)
		return false;

	c->override_now = false;
	put_data(c, out, c->snd_nxt, len, fin, len ? TOY_SENT_DATA : TOY_SENT_FIN, now);
	if (len)
		toy_ecn_data(c, out);
	out->gso_size = (u16)mss;
	/* An answer, soon after what it answers: more such will come, and carry the ACKs. */
	if (len && now - c->last_rcvd < c->knobs.delack)
		c->quick_acks = 0;
	if (len % mss)
		c->small_end = c->snd_nxt + len;
	c->snd_nxt += len + fin;
	toy_rtt_sent(c, c->snd_nxt, now);
	if (len > mss) {
		c->segs_out += (len - 1) / mss;
		c->data_segs_out += (len - 1) / mss;
		toy_watch_count(c, TOY_CNT_OutSegs, (len - 1) / mss);
	}
	toy_watch_count(c, TOY_CNT_OutBytes, len);
	return true;
}

/**
 * toy_conn_next() - the next segment to send
 * @c: connection
 * @now: the time
 * @out: the segment; ports are the caller's to fill in. @out->len bytes of payload begin at
 *	sequence number @out->seq; when that is more than @out->gso_size, it is to be cut into
 *	segments of that size, FIN and PSH on the last only
 *
 * Call it until it returns false, after every other call into the core.
 *
 * Return: true if there is one.
 */
bool toy_conn_next(struct toy_conn *c, u64 now, struct toy_seg *out)
{
	if (c->rst_now) {
		next_reset(c, out, now);
		return true;
	}
	if (toy_opening(c) && (c->snd_nxt == c->iss || c->rtx_nxt != c->rtx_end)) {
		next_syn(c, out, now);
		return true;
	}
	if (toy_state_synced(c->state) && c->state != TOY_TIME_WAIT) {
		if (c->probe_now && next_probe(c, out, now))
			return true;
		if (c->keep_now) {
			next_keepalive(c, out, now);
			return true;
		}
		if (next_again(c, out, now) || next_new(c, out, now))
			return true;
	}
	if (c->ack_now && c->state != TOY_CLOSED) {
		fill(c, out, bare_seq(c), TOY_ACK, c->ack_now, now);
		return true;
	}
	toy_timers_sending(c, now);
	return false;
}

/**
 * toy_conn_queued() - the user wrote
 * @c: connection
 * @bytes: how much was added to the end of the send queue
 * @push: the user has no more for now; otherwise a small rest may wait for it (MSG_MORE)
 */
void toy_conn_queued(struct toy_conn *c, u32 bytes, bool push)
{
	TOY_CHECK(!c->fin_queued);
	c->snd_end += bytes;
	if (push)
		c->push_seq = c->snd_end;
}

/**
 * toy_conn_urgent() - all that was written up to now ends in urgent data (section 3.8.5)
 * @c: connection, after toy_conn_queued()
 *
 * The peer is told with every segment until it has it all, and at once when its window is closed
 * (MUST-66 has it listen).
 */
void toy_conn_urgent(struct toy_conn *c)
{
	c->snd_up = c->snd_end;
	if (toy_state_synced(c->state) && seq_geq(c->snd_nxt, c->snd_una + c->snd_wnd))
		toy_ack_now(c, TOY_SENT_URGENT);
}

/**
 * toy_conn_unsent() - bytes in the send queue that were never sent
 * @c: connection
 */
u32 toy_conn_unsent(const struct toy_conn *c)
{
	return seq_lt(c->snd_nxt, c->snd_end) ? c->snd_end - c->snd_nxt : 0;
}

/**
 * toy_conn_unacked() - bytes in the send queue: sent and not acknowledged, or not sent
 * @c: connection
 */
u32 toy_conn_unacked(const struct toy_conn *c)
{
	return seq_lt(c->snd_una, c->snd_end) ? c->snd_end - c->snd_una : 0;
}

/* Everything outstanding is to be sent again, in order, as the congestion window allows. */
void toy_resend_all(struct toy_conn *c)
{
	c->in_loss = true;
	c->in_recovery = false;
	c->dup_acks = 0;
	c->recover = c->snd_nxt;
	c->rtx_nxt = c->snd_una;
	c->rtx_end = c->snd_nxt;
	c->mtu_probe_len = 0;
}

/* SND.UNA < SEG.ACK =< SND.NXT: some of what was sent has arrived (section 3.10.7.4, fifth). */
void toy_send_acked(struct toy_conn *c, const struct toy_seg *seg, u64 now)
{
	bool first_partial = c->in_recovery && !c->partial_seen && seq_lt(seg->ack, c->recover);
	u32 bytes = seg->ack - c->snd_una, data;

	data = seq_leq(seg->ack, c->snd_end) ? bytes : bytes - 1;	/* FIN is no data */
	c->snd_una = seg->ack;
	c->snd_up = seq_max(c->snd_up, c->snd_una);
	c->bytes_acked += data;
	toy_rtt_acked(c, seg, now);
	/* RFC 6298 (5.3); in recovery for the first partial ACK only (RFC 6582 section 4) */
	if (!c->in_recovery || first_partial || seq_geq(seg->ack, c->recover))
		toy_timer_clear(c, TOY_TIMER_RETRANSMIT);
	if (first_partial)
		c->partial_seen = true;
	c->retries = 0;
	c->orphan_probes = 0;
	toy_timer_clear(c, TOY_TIMER_USER);
	toy_loss_acked(c, bytes, now);
	toy_mtu_acked(c);
	if (data)
		c->events |= TOY_EV_WRITABLE;
}

/*
 * The send window (section 3.10.7.4, fifth), if this segment is newer than what set it last. One
 * that acknowledges more is newer whatever its number: if its window were not taken, SND.UNA would
 * carry the old one to the right of anything the peer ever offered.
 */
void toy_send_window(struct toy_conn *c, const struct toy_seg *seg)
{
	bool was_closed = !c->snd_wnd;

	if (!(seq_gt(seg->ack, c->snd_una) || seq_lt(c->snd_wl1, seg->seq) ||
	      (c->snd_wl1 == seg->seq && seq_leq(c->snd_wl2, seg->ack))))
		return;
	c->snd_wnd = (u32)seg->wnd << c->snd_wscale;
	c->snd_wl1 = seg->seq;
	c->snd_wl2 = seg->ack;
	c->max_snd_wnd = max_t(u32, c->max_snd_wnd, c->snd_wnd);
	if (was_closed && c->snd_wnd) {
		c->probe_now = false;
		c->backoff = 0;
		c->retries = 0;
		if (c->probed && c->snd_una != c->snd_nxt) {
			toy_resend_all(c);
			toy_watch_cong(c, TOY_CONG_RESEND);
		}
		c->probed = false;
	}
}

/* An ACK that proves who we are to whoever sent this (RFC 5961), so many a second and no more. */
void toy_challenge(struct toy_conn *c, u64 now)
{
	if (now - c->challenge_time >= TOY_USEC_PER_SEC) {
		c->challenge_time = now;
		c->challenge_count = 0;
	}
	if (c->challenge_count >= c->knobs.challenge_limit) {
		toy_watch_count(c, TOY_CNT_ChallengeSkipped, 1);
		return;
	}
	c->challenge_count++;
	toy_watch_count(c, TOY_CNT_ChallengeACKs, 1);
	toy_ack_now(c, TOY_SENT_CHALLENGE);
}
