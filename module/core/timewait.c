// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: timewait.c - what is left of a connection for 2MSL
 *
 * RFC 9293 sections 3.6.1 and 3.10.7.4 as far as they speak of TIME-WAIT; RFC 6191 for the new SYN
 * that may end it, RFC 1337 for the old segment that must not.
 */
#include "inside.h"

/* The second of a time, as toy_timewait.last_sec keeps it. */
static u16 second_of(u64 time)
{
	return div_u64(time, TOY_USEC_PER_SEC) & 0x3fff;
}

/**
 * toy_timewait_init() - a connection has entered TIME-WAIT
 * @tw: is filled whole
 * @c: the connection, all its ACKs sent
 */
void toy_timewait_init(struct toy_timewait *tw, const struct toy_conn *c)
{
	memset(tw, 0, sizeof(*tw));
	tw->snd_nxt = c->snd_nxt;
	tw->rcv_nxt = c->rcv_nxt;
	tw->rcv_wnd = (u16)min_t(u32, toy_rcv_wnd(c) >> c->rcv_wscale, 0xffff);
	tw->ts_recent = c->ts_recent;
	tw->ts_offset = c->ts_offset;
	tw->last_sec = second_of(c->last_rcvd);
	tw->ts_ok = c->ts_ok;
}

/**
 * toy_timewait_start() - 2MSL begins, or begins anew
 * @tw: the connection
 * @length: 2MSL, in milliseconds
 * @now: the time
 */
void toy_timewait_start(struct toy_timewait *tw, u32 length, u64 now)
{
	tw->due = (u32)div_u64(now + TOY_USEC_PER_MSEC - 1, TOY_USEC_PER_MSEC) + length;
}

/**
 * toy_timewait_left() - what is left of 2MSL
 * @tw: the connection
 * @now: the time
 *
 * A timer that counts ticks comes early where the ticks lagged behind the clock when it was set.
 *
 * Return: milliseconds; 0: TIME-WAIT is over.
 */
u32 toy_timewait_left(const struct toy_timewait *tw, u64 now)
{
	s32 left = (s32)(tw->due - (u32)div_u64(now, TOY_USEC_PER_MSEC));

	return left > 0 ? (u32)left : 0;
}

/* RFC 6191: does this SYN come from a new incarnation beyond doubt? */
static bool is_new_incarnation(const struct toy_timewait *tw, const struct toy_seg *in)
{
	bool ts = in->opts & TOY_OPT_TS;

	if (tw->ts_ok && ts) {
		if (in->tsval != tw->ts_recent)
			return seq_gt(in->tsval, tw->ts_recent);
		return seq_gt(in->seq, tw->rcv_nxt);
	}
	if (!tw->ts_ok && ts)
		return true;
	return seq_gt(in->seq, tw->rcv_nxt);
}

/* One ACK a second for what is out of place, so that two ends cannot keep answering each other. */
static enum toy_answer challenge(struct toy_timewait *tw)
{
	if (tw->challenged)
		return TOY_ANSWER_NONE;
	tw->challenged = true;
	return TOY_ANSWER_ACK;
}

/**
 * toy_timewait_segment() - a segment for a connection in TIME-WAIT
 * @tw: the connection
 * @in: the segment
 * @rfc1337: a reset does not end TIME-WAIT
 * @now: the time
 * @drop: why it is not taken; always something, for TIME-WAIT takes nothing
 *
 * Return: what is to be done.
 */
enum toy_answer toy_timewait_segment(struct toy_timewait *tw, const struct toy_seg *in,
				     bool rfc1337, u64 now, enum toy_drop *drop)
{
	u32 space = toy_seg_space(in);
	bool old = tw->ts_ok && (in->opts & TOY_OPT_TS) && toy_paws_old(in->tsval, tw->ts_recent);

	*drop = TOY_DROP_TIME_WAIT;
	if (tw->last_sec != second_of(now)) {
		tw->last_sec = second_of(now);
		tw->challenged = false;
	}
	if (in->flags & TOY_RST) {
		if (in->seq != tw->rcv_nxt || rfc1337)
			return TOY_ANSWER_NONE;
		*drop = TOY_DROP_RESET;
		return TOY_ANSWER_GONE;
	}
	if (in->flags & TOY_SYN) {
		if (!(in->flags & TOY_ACK) && is_new_incarnation(tw, in)) {
			*drop = TOY_DROP_NONE;
			return TOY_ANSWER_REUSE;
		}
		*drop = TOY_DROP_SYN_SYNCED;
		return challenge(tw);
	}
	if (!(in->flags & TOY_ACK)) {
		*drop = TOY_DROP_NO_ACK;
		return TOY_ANSWER_NONE;
	}
	/* The peer's FIN again: our last ACK was lost. Answer, and start 2MSL anew. */
	if ((in->flags & TOY_FIN) && in->seq + space == tw->rcv_nxt)
		return TOY_ANSWER_RESTART;
	if (old) {
		*drop = TOY_DROP_PAWS;
		return challenge(tw);
	}
	if (!space && in->seq == tw->rcv_nxt && in->ack == tw->snd_nxt)
		return TOY_ANSWER_NONE;
	if (seq_lt(in->seq, tw->rcv_nxt) || in->ack != tw->snd_nxt ||
	    !toy_acceptable(in->seq, space, tw->rcv_nxt, max_t(u32, tw->rcv_wnd, 1))) {
		*drop = in->ack != tw->snd_nxt ? TOY_DROP_BAD_ACK : TOY_DROP_WINDOW;
		return challenge(tw);
	}
	return TOY_ANSWER_NONE;
}

/**
 * toy_timewait_ack() - the ACK of a connection in TIME-WAIT
 * @tw: the connection
 * @out: the segment; ports are the caller's to fill in
 * @now: the time
 */
void toy_timewait_ack(const struct toy_timewait *tw, struct toy_seg *out, u64 now)
{
	memset(out, 0, sizeof(*out));
	out->seq = tw->snd_nxt;
	out->ack = tw->rcv_nxt;
	out->flags = TOY_ACK;
	out->wnd = tw->rcv_wnd;
	out->why = TOY_SENT_ACK;
	if (tw->ts_ok) {
		out->opts = TOY_OPT_TS;
		out->tsval = toy_ts_clock(tw->ts_offset, now);
		out->tsecr = tw->ts_recent;
	}
}

/**
 * toy_timewait_iss() - an initial sequence number for the connection that takes the place (MAY-2)
 * @tw: the connection that ends
 * @iss: the number by the clock
 *
 * Return: @iss, or one above all that the old connection could have sent.
 */
u32 toy_timewait_iss(const struct toy_timewait *tw, u32 iss)
{
	u32 least = tw->snd_nxt + 0x10000;

	return seq_gt(iss, least) ? iss : least;
}

/**
 * toy_timewait_quiet() - may our own active OPEN take the place of a connection in TIME-WAIT?
 * @tw: the connection
 * @now: the time
 *
 * With timestamps, once a second has passed since either end last sent one: those of the new
 * connection are then above all of the old one's, on both sides, so that PAWS (RFC 7323 section 5)
 * keeps the old segments out; and the initial number is to be toy_timewait_iss(). It is RFC 6191's
 * reasoning, from the end that opens.
 *
 * Return: true if so.
 */
bool toy_timewait_quiet(const struct toy_timewait *tw, u64 now)
{
	return tw->ts_ok && second_of(now) != tw->last_sec;
}
