// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: cong_reno.c - the congestion control of RFC 5681, with bytes counted (RFC 3465, L = 1)
 */
#include "cong.h"

/* The window stays below what a scaled window can say, so sums of it never overflow. */
#define CWND_MAX	((u32)BIT(30))

static void reno_init(struct toy_conn *c)
{
	c->cong.cwnd = toy_loss_initial_window(c);
	c->cong.ssthresh = CWND_MAX;
	c->cong.acked = 0;
}

/* RFC 5681 equation 4 */
static u32 reno_ssthresh(const struct toy_conn *c)
{
	return max_t(u32, toy_loss_flight(c) / 2, 2 * c->mss);
}

static void reno_acked(struct toy_conn *c, u32 bytes, u64 now)
{
	struct toy_cong *g = &c->cong;

	if (g->cwnd < g->ssthresh) {	/* slow start, equation 2 */
		u32 grow = min_t(u32, bytes, c->mss);

		/* One ACK of a super-segment stands for many of segments. */
		if (bytes > 2U * c->mss)
			grow = bytes / 2;
		g->cwnd = min_t(u32, g->cwnd + grow, CWND_MAX);
		return;
	}
	g->acked += bytes;		/* congestion avoidance, section 3.1 */
	if (g->acked >= g->cwnd) {
		g->acked -= g->cwnd;
		g->cwnd = min_t(u32, g->cwnd + c->mss, CWND_MAX);
	}
}

const struct toy_cong_ops toy_cong_reno = {
	.name = "reno",
	.init = reno_init,
	.ssthresh = reno_ssthresh,
	.acked = reno_acked,
};
