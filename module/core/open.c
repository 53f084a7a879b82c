// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: open.c - how a connection begins
 *
 * Active OPEN (RFC 9293 section 3.10.1), the end of a passive one, and what the two SYNs agree on
 * (RFC 7323 sections 2 and 3, RFC 2018 section 2).
 */
#include "inside.h"

#define MSS_FLOOR	48	/* a peer that names less is not believed */
#define QUICK_ACKS	16	/* ACKs at once while the peer is in slow start */

/**
 * toy_knobs_default() - the settings of a connection that nobody has set
 * @knobs: is filled whole
 */
void toy_knobs_default(struct toy_knobs *knobs)
{
	*knobs = (struct toy_knobs) {
		.rto_init = 1 * TOY_USEC_PER_SEC,
		.rto_min = 200 * TOY_USEC_PER_MSEC,
		.rto_max = 120 * TOY_USEC_PER_SEC,
		.delack = 40 * TOY_USEC_PER_MSEC,
		.override = 200 * TOY_USEC_PER_MSEC,
		.keep_idle = 7200 * TOY_USEC_PER_SEC,
		.keep_intvl = 75 * TOY_USEC_PER_SEC,
		.fin_timeout = 60 * TOY_USEC_PER_SEC,
		.retries1 = 3,
		.retries2 = 15,
		.syn_retries = 7,
		.synack_retries = 5,
		.orphan_retries = 8,
		.keep_probes = 9,
		.init_cwnd = 10,
		.challenge_limit = 10,
		.ecn = 2,
		.timestamps = true,
		.window_scaling = true,
		.sack = true,
	};
}

/**
 * toy_conn_init() - a connection in CLOSED
 * @c: is filled whole
 * @knobs: settings, copied
 */
void toy_conn_init(struct toy_conn *c, const struct toy_knobs *knobs)
{
	memset(c, 0, sizeof(*c));
	c->state = TOY_CLOSED;
	c->knobs = *knobs;
	c->cong.ops = &toy_cong_reno;
	toy_rtt_start(c);
}

/* What is the same for both kinds of open. SND and RCV variables are set by the caller. */
static void begin(struct toy_conn *c, u32 ts_offset, u16 path_mss, u32 rcv_limit, u64 now)
{
	c->snd_una = c->iss;
	c->snd_end = c->iss + 1;
	c->push_seq = c->snd_end;
	c->small_end = c->iss;
	c->snd_up = c->iss;
	c->ecn_end = c->iss;
	c->recover = c->iss;
	c->rtx_nxt = c->iss;
	c->rtx_end = c->iss;
	c->ts_offset = ts_offset;
	c->path_mss = path_mss;
	c->rcv_limit = rcv_limit;
	c->quick_acks = QUICK_ACKS;
	c->last_rcvd = now;
	c->last_data = now;
	c->last_sent = now;
}

/* MUST-16: what the peer takes and what the path takes, less the options in every segment. */
void toy_set_mss(struct toy_conn *c)
{
	u32 mss = max_t(u32, min_t(u32, c->peer_mss, c->path_mss), MSS_FLOOR);

	if (c->mtu_mss)
		mss = min_t(u32, mss, c->mtu_mss);
	c->mss = (u16)(mss - toy_ts_space(c));
}

/**
 * toy_conn_open() - active OPEN
 * @c: in CLOSED, after toy_conn_init()
 * @iss: initial sequence number, by toy_isn()
 * @ts_offset: of the timestamp clock, keyed hash of addresses and ports
 * @path_mss: MTU of the route less IP's and the fixed transport header
 * @rcv_limit: most bytes that may wait for the user
 * @now: the time
 *
 * &toy_conn.peer_mss must hold the default for the address family (MUST-15); the SYN that comes may
 * replace it. The caller then sends what toy_conn_next() gives: the SYN.
 */
void toy_conn_open(struct toy_conn *c, u32 iss, u32 ts_offset, u16 path_mss, u32 rcv_limit, u64 now)
{
	c->iss = iss;
	begin(c, ts_offset, path_mss, rcv_limit, now);
	c->snd_nxt = iss;
	c->rcv_wscale = c->knobs.window_scaling ? toy_wscale_offer(&c->knobs, rcv_limit) : 0;
	toy_set_mss(c);
	toy_watch_count(c, TOY_CNT_ActiveOpens, 1);
	toy_enter(c, TOY_SYN_SENT, TOY_WHY_ACTIVE_OPEN);
}

/**
 * toy_conn_accept() - a half-open connection becomes a whole one, in SYN-RECEIVED
 * @c: after toy_conn_init()
 * @req: the half-open connection, for which toy_request_segment() said TOY_ANSWER_OPEN
 * @path_mss: MTU of the route less IP's and the fixed transport header
 * @rcv_limit: most bytes that may wait for the user
 * @now: the time
 *
 * The segment that completed the handshake goes to toy_conn_segment() next. The change to
 * SYN-RECEIVED is not told to toy_watch_state(): the request has been in it already.
 */
void toy_conn_accept(struct toy_conn *c, const struct toy_request *req, u16 path_mss, u32 rcv_limit,
		     u64 now)
{
	c->iss = req->iss;
	begin(c, req->ts_offset, path_mss, rcv_limit, now);
	c->snd_nxt = c->iss + 1;
	c->irs = req->irs;
	c->rcv_nxt = c->irs + 1;
	c->rcv_read = c->rcv_nxt;
	c->rcv_adv = c->rcv_nxt + req->rcv_wnd;
	c->last_ack_sent = c->rcv_nxt;
	c->snd_wnd = req->snd_wnd;
	c->max_snd_wnd = req->snd_wnd;
	c->snd_wl1 = c->irs;
	c->snd_wl2 = c->iss;
	c->peer_mss = req->mss;
	c->ts_ok = req->opts & TOY_OPT_TS;
	c->sack_ok = req->opts & TOY_OPT_SACKOK;
	c->ecn_ok = req->opts & TOY_AGREED_ECN;
	c->snd_wscale = req->snd_wscale;
	c->rcv_wscale = req->rcv_wscale;
	c->ts_recent = req->ts_recent;
	c->ts_recent_sec = (u32)div_u64(now, TOY_USEC_PER_SEC);
	c->total_rtx = req->retries;
	c->passive = true;
	c->state = TOY_SYN_RECEIVED;
	c->segs_in = 1;
	c->segs_out = 1 + req->retries;
	toy_set_mss(c);
}

/**
 * toy_established() - the peer has acknowledged our SYN, and we have its
 * @c: connection; the segment's window has been taken
 * @why: event
 * @now: the time
 */
void toy_established(struct toy_conn *c, enum toy_why why, u64 now)
{
	c->retries = 0;
	c->rtx_nxt = c->snd_nxt;	/* were it due again, our SYN is not any more */
	c->rtx_end = c->snd_nxt;
	toy_timer_clear(c, TOY_TIMER_RETRANSMIT);
	/* RFC 6298 (5.7): after a SYN had to be sent again, data starts with 3 seconds */
	if (c->total_rtx && !c->srtt)
		c->rto = (u32)max_t(u64, c->rto, 3 * TOY_USEC_PER_SEC);
	c->backoff = 0;
	toy_mtu_start(c);
	toy_loss_start(c);
	if (c->passive)
		toy_watch_count(c, TOY_CNT_PassiveOpens, 1);
	toy_enter(c, TOY_ESTABLISHED, why);
	c->events |= TOY_EV_ESTABLISHED | TOY_EV_WRITABLE;
	toy_conn_set_keepalive(c, c->knobs.keepalive, now);
}
