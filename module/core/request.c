// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: request.c - a half-open connection: SYN-RECEIVED reached from LISTEN
 *
 * Until its SYN,ACK is acknowledged a connection is 32 bytes, whatever a flood of SYN sends.
 * RFC 9293 sections 3.10.7.2 and 3.10.7.4 for what can happen to it in this time.
 */
#include "inside.h"

/**
 * toy_request_init() - a SYN came to a listener
 * @req: is filled whole
 * @syn: the SYN
 * @knobs: what the listener offers
 * @iss: initial sequence number, by toy_isn()
 * @ts_offset: of the timestamp clock
 * @our_mss: what to tell the peer: MTU less IP's and the fixed transport header (MUST-67)
 * @default_mss: what the peer takes if it does not say (MUST-15)
 * @rcv_limit: most bytes that may wait for the user
 */
void toy_request_init(struct toy_request *req, const struct toy_seg *syn,
		      const struct toy_knobs *knobs, u32 iss, u32 ts_offset, u16 our_mss,
		      u16 default_mss, u32 rcv_limit)
{
	memset(req, 0, sizeof(*req));
	req->iss = iss;
	req->irs = syn->seq;
	req->ts_offset = ts_offset;
	req->rcv_wnd = min_t(u32, rcv_limit, 0xffff);
	req->snd_wnd = syn->wnd;
	req->mss = syn->opts & TOY_OPT_MSS ? syn->mss : default_mss;
	req->our_mss = our_mss;
	if (knobs->timestamps && (syn->opts & TOY_OPT_TS)) {
		req->opts |= TOY_OPT_TS;
		req->ts_recent = syn->tsval;
	}
	if (knobs->window_scaling && (syn->opts & TOY_OPT_WSCALE)) {
		req->opts |= TOY_OPT_WSCALE;
		req->snd_wscale = syn->wscale;
		req->rcv_wscale = toy_wscale_offer(knobs, rcv_limit);
	}
	if (knobs->sack && (syn->opts & TOY_OPT_SACKOK))
		req->opts |= TOY_OPT_SACKOK;
	if (knobs->ecn && toy_asks_ecn(syn))
		req->opts |= TOY_AGREED_ECN;
}

static enum toy_answer not_taken(enum toy_drop *drop, enum toy_drop why, enum toy_answer answer)
{
	*drop = why;
	return answer;
}

/**
 * toy_request_segment() - a segment for a half-open connection (section 3.10.7.4)
 * @req: the half-open connection
 * @in: the segment
 * @drop: why it is not taken
 *
 * Return: what is to be done. TOY_ANSWER_GONE is the return to LISTEN.
 */
enum toy_answer toy_request_segment(struct toy_request *req, const struct toy_seg *in,
				    enum toy_drop *drop)
{
	u32 rcv_nxt = req->irs + 1;

	*drop = TOY_DROP_NONE;
	/* The peer has not heard our SYN,ACK: what it says again is answered again. */
	if ((in->flags & (TOY_SYN | TOY_ACK | TOY_RST)) == TOY_SYN && in->seq == req->irs)
		return not_taken(drop, TOY_DROP_DUPLICATE, TOY_ANSWER_SYNACK);

	/* A SYN without timestamps comes from a peer that has rebooted: "Fourth" is for it. */
	if ((req->opts & TOY_OPT_TS) && !(in->flags & TOY_RST) &&
	    !((in->flags & TOY_SYN) && !(in->opts & TOY_OPT_TS))) {
		if (!(in->opts & TOY_OPT_TS))
			return not_taken(drop, TOY_DROP_NO_TIMESTAMP, TOY_ANSWER_NONE);
		if (toy_paws_old(in->tsval, req->ts_recent))
			return not_taken(drop, TOY_DROP_PAWS, TOY_ANSWER_ACK);
	}

	/* First, the sequence number */
	if (!toy_acceptable(in->seq, toy_seg_space(in), rcv_nxt, req->rcv_wnd)) {
		if (in->flags & TOY_RST)
			return not_taken(drop, TOY_DROP_RST_WINDOW, TOY_ANSWER_NONE);
		return not_taken(drop, TOY_DROP_WINDOW, TOY_ANSWER_ACK);
	}
	/* Second, RST, as RFC 5961 has it */
	if (in->flags & TOY_RST) {
		if (in->seq == rcv_nxt)
			return not_taken(drop, TOY_DROP_RESET, TOY_ANSWER_GONE);
		return not_taken(drop, TOY_DROP_RST_WINDOW, TOY_ANSWER_ACK);
	}
	/* Fourth, SYN: a passive open returns to LISTEN */
	if (in->flags & TOY_SYN)
		return not_taken(drop, TOY_DROP_SYN_SYNCED, TOY_ANSWER_GONE);
	/* Fifth, ACK */
	if (!(in->flags & TOY_ACK))
		return not_taken(drop, TOY_DROP_NO_ACK, TOY_ANSWER_NONE);
	if (in->ack != req->iss + 1)
		return not_taken(drop, TOY_DROP_BAD_ACK, TOY_ANSWER_RESET);
	return TOY_ANSWER_OPEN;
}

/**
 * toy_request_timeout() - no answer to SYN,ACK
 * @req: the half-open connection
 * @knobs: settings of the listener
 * @most: R2: so often at most
 * @wait: how long to wait for the next answer, microseconds
 *
 * Return: true: send toy_request_synack() again. False: give it up (R2, MUST-22).
 */
bool toy_request_timeout(struct toy_request *req, const struct toy_knobs *knobs, u8 most,
			 u64 *wait)
{
	if (req->retries >= most)
		return false;
	req->retries++;
	*wait = min_t(u64, knobs->rto_init << min_t(u8, req->retries, 20), knobs->rto_max);
	return true;
}

static void fill(const struct toy_request *req, struct toy_seg *out, u32 seq, u8 flags, u64 now)
{
	memset(out, 0, sizeof(*out));
	out->seq = seq;
	out->ack = req->irs + 1;
	out->flags = flags | TOY_ACK;
	if (req->opts & TOY_OPT_TS) {
		out->opts |= TOY_OPT_TS;
		out->tsval = toy_ts_clock(req->ts_offset, now);
		out->tsecr = req->ts_recent;
	}
}

/**
 * toy_request_synack() - the SYN,ACK
 * @req: the half-open connection
 * @out: the segment; ports are the caller's to fill in
 * @now: the time
 */
void toy_request_synack(const struct toy_request *req, struct toy_seg *out, u64 now)
{
	fill(req, out, req->iss, req->opts & TOY_AGREED_ECN ? TOY_SYN | TOY_ECE : TOY_SYN, now);
	out->why = req->retries ? TOY_SENT_RETRANSMIT : TOY_SENT_SYNACK;
	out->wnd = (u16)req->rcv_wnd;
	out->opts |= TOY_OPT_MSS | (req->opts & (TOY_OPT_WSCALE | TOY_OPT_SACKOK));
	out->mss = req->our_mss;
	out->wscale = req->rcv_wscale;
}

/**
 * toy_request_ack() - the ACK that answers a segment which does not fit
 * @req: the half-open connection
 * @out: the segment; ports are the caller's to fill in
 * @now: the time
 */
void toy_request_ack(const struct toy_request *req, struct toy_seg *out, u64 now)
{
	fill(req, out, req->iss + 1, 0, now);
	out->why = TOY_SENT_CHALLENGE;
	out->wnd = (u16)(req->rcv_wnd >> req->rcv_wscale);
}
