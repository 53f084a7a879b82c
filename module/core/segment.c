// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: segment.c - SEGMENT ARRIVES
 *
 * RFC 9293 section 3.10.7, in the RFC's own order and under its own headings. Read it with the RFC
 * in the other hand. Where RFC 5961 (blind attacks) or RFC 7323 (timestamps) say more, the step
 * says so. LISTEN and a half-open connection reached from it are in request.c, TIME-WAIT is in
 * timewait.c: they are values of their own, smaller than a connection.
 */
#include "inside.h"

/**
 * toy_reset_for() - the reset that answers a segment of no connection (section 3.10.7.1)
 * @in: the segment
 * @out: the reset; ports are filled in
 *
 * Return: false when no reset may be sent: a reset is never answered by one.
 */
bool toy_reset_for(const struct toy_seg *in, struct toy_seg *out)
{
	if (in->flags & TOY_RST)
		return false;
	memset(out, 0, sizeof(*out));
	out->sport = in->dport;
	out->dport = in->sport;
	out->why = TOY_SENT_RESET;
	if (in->flags & TOY_ACK) {
		out->seq = in->ack;
		out->flags = TOY_RST;
	} else {
		out->ack = in->seq + toy_seg_space(in);
		out->flags = TOY_RST | TOY_ACK;
	}
	return true;
}

/**
 * toy_listen_segment() - a segment for a listener (section 3.10.7.2)
 * @in: the segment
 * @drop: why it is not taken
 * @reset: answer with toy_reset_for()
 *
 * Return: true if it is a SYN that asks for a connection.
 */
bool toy_listen_segment(const struct toy_seg *in, enum toy_drop *drop, bool *reset)
{
	*reset = false;
	*drop = TOY_DROP_LISTEN_FLAGS;
	if (in->flags & TOY_RST)	/* first */
		return false;
	if (in->flags & TOY_ACK) {	/* second */
		*reset = true;
		return false;
	}
	if (!(in->flags & TOY_SYN))	/* fourth; FIN is never processed here */
		return false;
	*drop = TOY_DROP_NONE;		/* third */
	return true;
}

/* The peer is there: it sent something that nobody else could have. */
static void heard(struct toy_conn *c, u64 now)
{
	c->last_rcvd = now;
	c->keep_sent = 0;
}

/* What the peer's SYN offers, and what that makes of our own offers. */
static void take_syn_options(struct toy_conn *c, const struct toy_seg *seg, u64 now)
{
	if (seg->opts & TOY_OPT_MSS)
		c->peer_mss = seg->mss;
	c->ts_ok = c->knobs.timestamps && (seg->opts & TOY_OPT_TS);
	if (c->ts_ok) {
		c->ts_recent = seg->tsval;
		c->ts_recent_sec = (u32)div_u64(now, TOY_USEC_PER_SEC);
	}
	c->sack_ok = c->knobs.sack && (seg->opts & TOY_OPT_SACKOK);
	if (c->knobs.window_scaling && (seg->opts & TOY_OPT_WSCALE))
		c->snd_wscale = seg->wscale;
	else
		c->rcv_wscale = 0;
	toy_set_mss(c);
}

/* The window of a SYN is never scaled (RFC 7323 section 2.2). */
static void take_syn_window(struct toy_conn *c, const struct toy_seg *seg)
{
	c->snd_wnd = seg->wnd;
	c->max_snd_wnd = max_t(u32, c->max_snd_wnd, seg->wnd);
	c->snd_wl1 = seg->seq;
	c->snd_wl2 = seg->flags & TOY_ACK ? seg->ack : c->iss;
}

/* Section 3.10.7.3 */
static void in_syn_sent(struct toy_conn *c, const struct toy_seg *seg, struct toy_range *range,
			u64 now, struct toy_verdict *v)
{
	bool ack = seg->flags & TOY_ACK;

	/* First, check the ACK bit: a range, not one number. */
	if (ack && (seq_leq(seg->ack, c->iss) || seq_gt(seg->ack, c->snd_nxt))) {
		v->drop = TOY_DROP_BAD_ACK;
		v->reset = !(seg->flags & TOY_RST);
		return;
	}

	/* Second, check the RST bit. RCV.NXT is not known yet, so RFC 5961 has nothing to add. */
	if (seg->flags & TOY_RST) {
		v->drop = ack ? TOY_DROP_RESET : TOY_DROP_RST_UNPROVED;
		if (ack)
			toy_fail(c, TOY_WHY_REFUSED, ECONNREFUSED);
		return;
	}

	/* Third, security: none. Fourth, check the SYN bit. */
	if (!(seg->flags & TOY_SYN)) {
		v->drop = TOY_DROP_NO_SYN;	/* Fifth */
		return;
	}
	heard(c, now);
	c->irs = seg->seq;
	c->rcv_nxt = seg->seq + 1;
	c->rcv_read = c->rcv_nxt;
	/* The window that our SYN offered. */
	c->rcv_adv = c->rcv_nxt + min_t(u32, c->rcv_limit, 0xffff);
	take_syn_options(c, seg, now);
	take_syn_window(c, seg);
	if (!ack) {
		/*
		 * Simultaneous open (MUST-10). Our SYN goes again, with an ACK. Payload that came
		 * along is not acknowledged, so the peer sends it again.
		 */
		c->rtx_nxt = c->iss;
		c->rtx_end = c->iss + 1;
		c->retries = 0;
		c->backoff = 0;
		toy_rtt_rexmit(c);
		toy_timer_clear(c, TOY_TIMER_RETRANSMIT);
		toy_enter(c, TOY_SYN_RECEIVED, TOY_WHY_SIMULTANEOUS_SYN);
		return;
	}
	c->ecn_ok = c->knobs.ecn == 1 && (seg->flags & (TOY_ECE | TOY_CWR)) == TOY_ECE;
	toy_rtt_acked(c, seg, now);
	c->snd_una = seg->ack;
	toy_established(c, TOY_WHY_RCVD_SYNACK, now);
	toy_ack_now(c, TOY_SENT_ACK);
	if (toy_has_data(seg))
		toy_receive(c, seg, range, now, v);
}

/* RFC 7323 section 5: false if the segment is not to be processed further. */
static bool check_timestamp(struct toy_conn *c, const struct toy_seg *seg, u64 now,
			    struct toy_verdict *v)
{
	u32 age = (u32)div_u64(now, TOY_USEC_PER_SEC) - c->ts_recent_sec;

	if (!c->ts_ok || (seg->flags & TOY_RST))
		return true;
	if (!(seg->opts & TOY_OPT_TS)) {
		v->drop = TOY_DROP_NO_TIMESTAMP;
		/* A peer that has rebooted knows of no agreement: RFC 5961 section 4 is for it. */
		if (seg->flags & TOY_SYN) {
			v->drop = TOY_DROP_SYN_SYNCED;
			toy_challenge(c, now);
		}
		return false;
	}
	if (!toy_paws_old(seg->tsval, c->ts_recent) || age > 24 * 24 * 3600)
		return true;
	toy_watch_count(c, TOY_CNT_PawsDrops, 1);
	v->drop = TOY_DROP_PAWS;
	if (toy_has_data(seg))
		toy_receive_duplicate(c, seg);
	else
		toy_challenge(c, now);
	return false;
}

/* First, check the sequence number. */
static bool check_sequence(struct toy_conn *c, const struct toy_seg *seg, u64 now,
			   struct toy_verdict *v)
{
	u32 space = toy_seg_space(seg);

	if (toy_acceptable(seg->seq, space, c->rcv_nxt, toy_rcv_wnd(c)))
		return true;
	/* A closed window still lets ACK, URG and RST in (MUST-66); the payload is left out. */
	if (!toy_rcv_wnd(c) && seg->seq == c->rcv_nxt)
		return true;
	/*
	 * A peer that has filled our window acknowledges from its SND.NXT: one beyond the last
	 * number that the RFC's test takes. To refuse it would lose the ACK field, and with both
	 * windows full the ends would say nothing to each other but that. Deployed stacks take it.
	 */
	if (!space && !(seg->flags & TOY_RST) && seg->seq == c->rcv_adv)
		return true;
	/*
	 * A peer whose window probe was taken, and does not know it, acknowledges from the number
	 * before. It is answered, as a keepalive is; but where our own probe was taken in the same
	 * moment, neither end would ever learn of it if the ACK field were refused.
	 */
	if (!space && !(seg->flags & (TOY_RST | TOY_SYN)) && seg->seq + 1 == c->rcv_nxt) {
		toy_challenge(c, now);
		return true;
	}
	if (seg->flags & TOY_RST) {
		v->drop = TOY_DROP_RST_WINDOW;
		return false;
	}
	if (seq_leq(seg->seq + space, c->rcv_nxt) && space) {
		v->drop = TOY_DROP_DUPLICATE;
		toy_receive_duplicate(c, seg);
		return false;
	}
	v->drop = TOY_DROP_WINDOW;
	toy_watch_count(c, TOY_CNT_OutOfWindow, 1);
	if (space)
		toy_ack_now(c, TOY_SENT_ACK);
	else
		toy_challenge(c, now);	/* limited: two ends out of step would never stop */
	return false;
}

/* Second, check the RST bit (RFC 5961 section 3). The segment goes no further. */
static void take_reset(struct toy_conn *c, const struct toy_seg *seg, u64 now,
		       struct toy_verdict *v)
{
	if (seg->seq != c->rcv_nxt) {
		v->drop = TOY_DROP_RST_WINDOW;
		toy_challenge(c, now);
		return;
	}
	v->drop = TOY_DROP_RESET;
	switch (c->state) {
	case TOY_SYN_RECEIVED:
		toy_fail(c, TOY_WHY_RCVD_RST, c->passive ? ECONNRESET : ECONNREFUSED);
		break;
	case TOY_CLOSE_WAIT:
		toy_fail(c, TOY_WHY_RCVD_RST, EPIPE);
		break;
	case TOY_CLOSING:
	case TOY_LAST_ACK:
		toy_enter(c, TOY_CLOSED, TOY_WHY_RCVD_RST);
		break;
	default:
		toy_fail(c, TOY_WHY_RCVD_RST, ECONNRESET);
	}
}

/* RFC 7323 section 4.3 (2): only from what holds the left edge that we last acknowledged. */
static void take_timestamp(struct toy_conn *c, const struct toy_seg *seg, u64 now)
{
	if (!c->ts_ok || !(seg->opts & TOY_OPT_TS) || seq_gt(seg->seq, c->last_ack_sent))
		return;
	c->ts_recent = seg->tsval;
	c->ts_recent_sec = (u32)div_u64(now, TOY_USEC_PER_SEC);
}

/* Our FIN is acknowledged: what follows from it, by state. */
static void fin_acked(struct toy_conn *c, u64 now)
{
	switch (c->state) {
	case TOY_FIN_WAIT_1:
		toy_enter(c, TOY_FIN_WAIT_2, TOY_WHY_FIN_ACKED);
		if (c->orphan)
			toy_timer_set(c, TOY_TIMER_FIN_WAIT_2, now + c->knobs.fin_timeout);
		break;
	case TOY_CLOSING:
		toy_enter(c, TOY_TIME_WAIT, TOY_WHY_FIN_ACKED);
		break;
	case TOY_LAST_ACK:
		toy_enter(c, TOY_CLOSED, TOY_WHY_FIN_ACKED);
		break;
	}
}

/*
 * Is more data urgent than was known (MUST-31: also before it comes)? A pointer to what came
 * already says nothing new.
 */
static bool moves_urgent(const struct toy_conn *c, const struct toy_seg *seg)
{
	u32 up = seg->seq + seg->urg;	/* the octet after the urgent data, MUST-62 */

	return (seg->flags & TOY_URG) && seq_gt(up, c->rcv_nxt) &&
	       !(c->rcv_urgent && seq_leq(up, c->rcv_up));
}

/*
 * RFC 5681 section 2: a duplicate ACK. What comes without data to tell of urgent data that waits
 * for a window was not drawn by a segment of ours, however many come.
 */
static bool is_duplicate_ack(const struct toy_conn *c, const struct toy_seg *seg)
{
	return seg->ack == c->snd_una && !seg->len && !(seg->flags & (TOY_SYN | TOY_FIN)) &&
	       (u32)seg->wnd << c->snd_wscale == c->snd_wnd && c->snd_una != c->snd_nxt &&
	       !moves_urgent(c, seg);
}

/* SND.UNA =< SEG.ACK =< SND.NXT. Return: false if the segment goes no further. */
static bool take_good_ack(struct toy_conn *c, const struct toy_seg *seg, u64 now)
{
	toy_ecn_ack(c, seg);
	if (seg->ack == c->snd_una) {
		bool dup = is_duplicate_ack(c, seg);

		toy_send_window(c, seg);
		if (dup && c->snd_wnd)
			toy_loss_dup_ack(c, now);
	} else {
		toy_send_window(c, seg);
		toy_send_acked(c, seg, now);
		if (toy_fin_acked(c))
			fin_acked(c, now);
	}
	if (!c->snd_wnd)
		c->retries = 0;		/* MUST-37: an answered probe is no failure */
	return c->state != TOY_CLOSED;
}

/* Fifth, check the ACK field. Return: false if the segment goes no further. */
static bool take_ack(struct toy_conn *c, const struct toy_seg *seg, u64 now, struct toy_verdict *v)
{
	if (c->state == TOY_SYN_RECEIVED) {
		if (seq_leq(seg->ack, c->snd_una) || seq_gt(seg->ack, c->snd_nxt)) {
			v->drop = TOY_DROP_BAD_ACK;
			v->reset = true;
			return false;
		}
		toy_rtt_acked(c, seg, now);
		c->snd_una = c->iss + 1;
		c->snd_wnd = (u32)seg->wnd << c->snd_wscale;
		c->max_snd_wnd = max_t(u32, c->max_snd_wnd, c->snd_wnd);
		c->snd_wl1 = seg->seq;
		c->snd_wl2 = seg->ack;
		toy_established(c, TOY_WHY_SYN_ACKED, now);
		if (c->fin_queued)	/* the user closed while the connection was opening */
			toy_enter(c, TOY_FIN_WAIT_1, TOY_WHY_USER_CLOSE);
	}

	if (seq_gt(seg->ack, c->snd_nxt)) {
		v->drop = TOY_DROP_BAD_ACK;
		toy_challenge(c, now);
		return false;
	}
	if (seq_lt(seg->ack, c->snd_una - c->max_snd_wnd)) {	/* RFC 5961 section 5, MAY-12 */
		v->drop = TOY_DROP_OLD_ACK;
		toy_challenge(c, now);
		return false;
	}
	if (seq_lt(seg->ack, c->snd_una))
		return true;	/* old, but the payload may be new */
	return take_good_ack(c, seg, now);
}

/*
 * Sixth, check the URG bit. The user is told when there is urgent data that it has not reached, and
 * each time the pointer advances (MUST-32).
 */
static void take_urgent(struct toy_conn *c, const struct toy_seg *seg)
{
	if (!moves_urgent(c, seg))
		return;
	c->rcv_up = seg->seq + seg->urg;
	c->rcv_urgent = true;
	c->events |= TOY_EV_URGENT;
	toy_watch_count(c, TOY_CNT_UrgentIn, 1);
}

/*
 * Header prediction (Van Jacobson, 1990): nearly every segment of a stream is the one that was to
 * be expected. When this says so, what comes before "Fifth" in section 3.10.7.4 has nothing to
 * object to: the timestamp is not old, the number is RCV.NXT and all of it is in the window, and of
 * the control bits only ACK, and PSH perhaps, are set; nor does the ACK field's own range. The
 * simulator is run with and without it (TOY_WITHOUT_PREDICTION), and must do the same.
 */
static bool predicted(const struct toy_conn *c, const struct toy_seg *seg)
{
#ifdef TOY_WITHOUT_PREDICTION
	return false;
#endif
	return c->state == TOY_ESTABLISHED && (seg->flags & ~TOY_PSH) == TOY_ACK &&
	       seg->seq == c->rcv_nxt && seg->len <= toy_rcv_wnd(c) &&
	       seg->ack - c->snd_una <= c->snd_nxt - c->snd_una &&
	       (!c->ts_ok || ((seg->opts & TOY_OPT_TS) &&
			      !toy_paws_old(seg->tsval, c->ts_recent)));
}

/* Section 3.10.7.4: all states but CLOSED, LISTEN and SYN-SENT */
static void in_other_states(struct toy_conn *c, const struct toy_seg *seg, struct toy_range *range,
			    u64 now, struct toy_verdict *v)
{
	if (predicted(c, seg)) {
		heard(c, now);
		take_timestamp(c, seg, now);
		toy_ecn_marks(c, seg);
		if (take_good_ack(c, seg, now) && seg->len)
			toy_receive(c, seg, range, now, v);
		return;
	}
	if (!check_timestamp(c, seg, now, v) || !check_sequence(c, seg, now, v))
		return;

	if (seg->flags & TOY_RST) {
		take_reset(c, seg, now, v);
		return;
	}

	/* Third, security: none. */

	/* Fourth, check the SYN bit (RFC 5961 section 4): whatever its number. */
	if (seg->flags & TOY_SYN) {
		v->drop = TOY_DROP_SYN_SYNCED;
		toy_challenge(c, now);
		return;
	}

	take_timestamp(c, seg, now);
	if (!(seg->flags & TOY_ACK)) {
		v->drop = TOY_DROP_NO_ACK;
		return;
	}
	if (!take_ack(c, seg, now, v))
		return;
	heard(c, now);
	toy_ecn_marks(c, seg);

	/* Sixth, URG. Seventh, the payload; eighth, FIN. */
	switch (c->state) {
	case TOY_ESTABLISHED:
	case TOY_FIN_WAIT_1:
	case TOY_FIN_WAIT_2:
		take_urgent(c, seg);
		if (toy_has_data(seg))
			toy_receive(c, seg, range, now, v);
		break;
	default:
		/* The peer has closed: there is nothing it could have to say. */
		if (seg->len)
			v->drop = TOY_DROP_CLOSED;
	}
}

/**
 * toy_conn_segment() - SEGMENT ARRIVES
 * @c: connection
 * @seg: its header; checksum, addresses and ports have been checked
 * @range: place for the segment in the reassembly queue, inside of what holds the payload
 * @now: the time
 * @v: what is to be done with the payload; filled whole
 */
void toy_conn_segment(struct toy_conn *c, const struct toy_seg *seg, struct toy_range *range,
		      u64 now, struct toy_verdict *v)
{
	memset(v, 0, sizeof(*v));
	c->segs_in++;
	c->data_segs_in += !!seg->len;
	switch (c->state) {
	case TOY_CLOSED:
	case TOY_LISTEN:
	case TOY_TIME_WAIT:
		v->drop = TOY_DROP_CLOSED;
		v->reset = c->state == TOY_CLOSED && !(seg->flags & TOY_RST);
		break;
	case TOY_SYN_SENT:
		in_syn_sent(c, seg, range, now, v);
		break;
	default:
		in_other_states(c, seg, range, now, v);
	}
}
