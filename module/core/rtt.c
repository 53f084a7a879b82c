// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: rtt.c - round trip time and retransmission timeout (RFC 6298)
 *
 * One segment at a time is timed, in microseconds; nothing sent again is ever timed (Karn's rule,
 * MUST-18). While something was sent again, timestamps say which copy was acknowledged and are used
 * instead, in milliseconds (RFC 7323 section 4.3), if they echo the copy that went last: an echo of
 * an earlier one may only mean that its ACK was lost, and would measure our own timeout.
 */
#include "rtt.h"

#define RTT_MAX			BIT(28)

/**
 * toy_ts_clock() - the timestamp clock: one tick a millisecond (RFC 7323 section 5.4)
 * @offset: of this connection, so that the clock does not tell how long the machine is up
 * @now: the time, microseconds
 */
u32 toy_ts_clock(u32 offset, u64 now)
{
	return (u32)div_u64(now, TOY_USEC_PER_MSEC) + offset;
}

/**
 * toy_rtt_start() - no sample yet (RFC 6298 (2.1))
 * @c: connection
 */
void toy_rtt_start(struct toy_conn *c)
{
	c->srtt = 0;
	c->rttvar = 0;
	c->rtt_min = 0;
	c->rtt_start = 0;
	c->rto = (u32)c->knobs.rto_init;
}

/* RFC 6298 (2.2), (2.3); the variation is updated before the mean */
static void sample(struct toy_conn *c, u64 rtt)
{
	u32 r = (u32)clamp_t(u64, rtt, 1, RTT_MAX);
	u32 diff, rto;

	if (!c->srtt) {
		c->srtt = r;
		c->rttvar = r / 2;
	} else {
		diff = c->srtt > r ? c->srtt - r : r - c->srtt;
		c->rttvar = (u32)(((u64)c->rttvar * 3 + diff) / 4);
		c->srtt = (u32)max_t(u64, ((u64)c->srtt * 7 + r) / 8, 1);
	}
	if (!c->rtt_min || r < c->rtt_min)
		c->rtt_min = r;
	/*
	 * The floor stands under the variation and not under the sum: on a path whose RTT never
	 * varies the sum would leave no time for the peer's delayed ACK.
	 */
	rto = c->srtt + max_t(u32, c->knobs.rto_min, 4 * c->rttvar);
	c->rto = (u32)min_t(u64, rto, c->knobs.rto_max);
	/* A sample that nothing sent again took part in, (5.7). Probes keep their own (SHLD-30). */
	if (!c->probed || c->snd_wnd)
		c->backoff = 0;
}

/**
 * toy_rtt_sent() - a segment that was never sent before goes out
 * @c: connection
 * @end: sequence number after its last
 * @now: the time
 */
void toy_rtt_sent(struct toy_conn *c, u32 end, u64 now)
{
	if (c->rtt_start)
		return;
	c->rtt_start = now;
	c->rtt_seq = end;
}

/**
 * toy_rtt_rexmit() - something is sent again: what is being timed has become ambiguous
 * @c: connection
 */
void toy_rtt_rexmit(struct toy_conn *c)
{
	c->rtt_start = 0;
}

/**
 * toy_rtt_acked() - SND.UNA has advanced to SEG.ACK: take a sample if there is one
 * @c: connection; @backoff is still what it was when the segment was sent
 * @seg: the segment with the acknowledgment
 * @now: the time
 */
void toy_rtt_acked(struct toy_conn *c, const struct toy_seg *seg, u64 now)
{
	if (c->rtt_start && seq_geq(seg->ack, c->rtt_seq)) {
		sample(c, now - c->rtt_start);
		c->rtt_start = 0;
	} else if (!c->rtt_start && c->retries && c->ts_ok && (seg->opts & TOY_OPT_TS) &&
		   seq_geq(seg->tsecr, toy_ts_clock(c->ts_offset, c->last_sent))) {
		u32 ticks = toy_ts_clock(c->ts_offset, now) - seg->tsecr;

		/* An echo from the future, or older than any RTO, is the peer's fault. */
		if (ticks <= 2 * div_u64(c->knobs.rto_max, TOY_USEC_PER_MSEC))
			sample(c, ticks * TOY_USEC_PER_MSEC);
	}
}

/**
 * toy_rtt_rto() - the timeout as it stands, backed off (RFC 6298 (5.5))
 * @c: connection
 */
u64 toy_rtt_rto(const struct toy_conn *c)
{
	return min_t(u64, (u64)c->rto << min_t(u8, c->backoff, 20), c->knobs.rto_max);
}
