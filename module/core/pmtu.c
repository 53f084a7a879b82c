// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: pmtu.c - what the path takes when nobody says so (RFC 4821)
 *
 * A router that drops what is too large is to say so by ICMP, and some networks throw that away
 * (RFC 2923). Then large segments vanish, every time, and small ones pass. At R1 that is what is
 * suspected: segments become 1024 bytes, and 512 if those vanish too. From there the search goes up
 * again: now and then one larger segment goes out, half way to what is hoped for, with data behind
 * it that shows its loss. It is data like all other; when it is acknowledged its size becomes the
 * MSS, and when it is lost that is no congestion, and its size is not tried again for ten minutes.
 *
 * Sizes are those of &toy_conn.path_mss: without the options.
 */
#include "inside.h"

#define MTU_BASE	1024		/* RFC 4821 section 7.2: where the search starts */
#define MTU_LEAST	512		/* if even that is too much */
#define MTU_STEP	16U		/* nearer than that is near enough */
#define MTU_BEHIND	3		/* segments behind one that is tried, to show its loss */
#define MTU_AGAIN	(600 * TOY_USEC_PER_SEC)

static u32 hoped_for(const struct toy_conn *c)
{
	return min_t(u32, c->peer_mss, c->path_mss);
}

static void set(struct toy_conn *c, u32 mss)
{
	c->mtu_mss = mss < hoped_for(c) ? (u16)mss : 0;
	toy_set_mss(c);
	c->cong.cwnd = max_t(u32, c->cong.cwnd, c->mss);
}

/* The connection is established: with 2, nothing but the base is believed. */
void toy_mtu_start(struct toy_conn *c)
{
	if (c->knobs.mtu_probing == 2)
		set(c, MTU_BASE);
}

/*
 * The oldest segment is lost. Return: it was one that was tried, so what goes again is smaller, and
 * no congestion is to be concluded.
 */
bool toy_mtu_lost(struct toy_conn *c, u64 now)
{
	u32 len = c->mtu_probe_len;

	c->mtu_probe_len = 0;	/* if it was another, nothing is known of this one */
	if (!len || c->mtu_probe_end - c->snd_una > len)
		return false;
	c->mtu_high = (u16)(len + toy_ts_space(c) - 1);
	c->mtu_again = now + MTU_AGAIN;
	return true;
}

/* The retransmission timer ran out, &toy_conn.retries times now. */
void toy_mtu_timeout(struct toy_conn *c, u64 now)
{
	u32 size = min_t(u32, c->snd_nxt - c->snd_una, c->mss) + toy_ts_space(c);

	toy_mtu_lost(c, now);
	if (!c->knobs.mtu_probing || c->retries < c->knobs.retries1 || size <= MTU_LEAST)
		return;
	set(c, size > MTU_BASE ? MTU_BASE : MTU_LEAST);
	c->mtu_high = 0;
	toy_watch_count(c, TOY_CNT_PmtuReductions, 1);
}

/* What a larger segment is to carry that goes now, of @most bytes that may; 0: none goes. */
u32 toy_mtu_probe(struct toy_conn *c, u32 most, u64 now)
{
	u32 high = hoped_for(c), size, len;

	if (!c->mtu_mss || c->mtu_probe_len || c->dup_acks || c->in_recovery || c->in_loss)
		return 0;
	if (c->mtu_high && now >= c->mtu_again)
		c->mtu_high = 0;
	if (c->mtu_high)
		high = min_t(u32, high, c->mtu_high);
	size = (c->mtu_mss + high + 1) / 2;
	if (high < c->mtu_mss + MTU_STEP)	/* the last step takes all, if nothing says no */
		size = c->mtu_high ? 0 : high;
	len = size - min_t(u32, size, toy_ts_space(c));
	if (len <= c->mss || most < len + MTU_BEHIND * c->mss)
		return 0;
	return len;
}

/* It went, and @end is the number after it. */
void toy_mtu_probing(struct toy_conn *c, u32 end, u32 len)
{
	c->mtu_probe_end = end;
	c->mtu_probe_len = (u16)len;
}

/* SND.UNA has advanced. */
void toy_mtu_acked(struct toy_conn *c)
{
	u32 len = c->mtu_probe_len;

	if (!len || seq_lt(c->snd_una, c->mtu_probe_end))
		return;
	c->mtu_probe_len = 0;
	set(c, len + toy_ts_space(c));
}
