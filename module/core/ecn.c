// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: ecn.c - explicit congestion notification (RFC 3168, SHLD-8)
 *
 * A router that would drop a segment marks it instead, where both ends have agreed on that with
 * their SYNs. Who receives the mark says so (ECE) in all that it sends, until the sender has heard
 * of it, made its window smaller as for a loss, and said so in turn (CWR). Only new data may be
 * marked: what is sent again, and what carries none, is not (section 6.1.4, 6.1.5).
 */
#include "inside.h"

/* What a segment that was taken says of the way here. */
void toy_ecn_marks(struct toy_conn *c, const struct toy_seg *seg)
{
	if (!c->ecn_ok)
		return;
	c->ecn_seen |= seg->ecn != 0;
	if (seg->flags & TOY_CWR)
		c->ecn_echo = false;
	if (seg->ecn != TOY_CE || !seg->len)
		return;
	if (!c->ecn_echo)	/* the first mark is news */
		c->quick_acks = max_t(u8, c->quick_acks, 2);
	c->ecn_echo = true;
}

/* The congestion window was made smaller, for whatever reason. */
void toy_ecn_reduced(struct toy_conn *c)
{
	c->ecn_end = c->snd_nxt;
	c->ecn_cwr = c->ecn_ok;
}

/* A good ACK, before SND.UNA goes forward. Section 6.1.2: as for a loss, but nothing was lost. */
void toy_ecn_ack(struct toy_conn *c, const struct toy_seg *seg)
{
	if (!c->ecn_ok || !(seg->flags & TOY_ECE) || c->in_recovery || c->in_loss ||
	    c->snd_una == c->snd_nxt || seq_lt(c->snd_una, c->ecn_end))
		return;
	c->cong.ssthresh = c->cong.ops->ssthresh(c);
	c->cong.cwnd = min_t(u32, c->cong.cwnd, c->cong.ssthresh);
	c->cong.acked = 0;
	toy_ecn_reduced(c);
	toy_watch_count(c, TOY_CNT_EcnReductions, 1);
	toy_watch_cong(c, TOY_CONG_MARKED);
}

/* New data goes out. */
void toy_ecn_data(struct toy_conn *c, struct toy_seg *out)
{
	if (!c->ecn_ok)
		return;
	out->ecn = TOY_ECT0;
	if (!c->ecn_cwr)
		return;
	out->flags |= TOY_CWR;
	c->ecn_cwr = false;
}
