/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: inside.h - what the core's files share among themselves and with nobody else
 */
#ifndef TOY_CORE_INSIDE_H
#define TOY_CORE_INSIDE_H

#include "cong.h"
#include "conn.h"
#include "rtt.h"

/* close.c */
void toy_enter(struct toy_conn *c, u8 state, enum toy_why why);
void toy_fail(struct toy_conn *c, enum toy_why why, int err);

/* open.c */
void toy_established(struct toy_conn *c, enum toy_why why, u64 now);
void toy_set_mss(struct toy_conn *c);

/* send.c */
void toy_send_acked(struct toy_conn *c, const struct toy_seg *seg, u64 now);
void toy_send_window(struct toy_conn *c, const struct toy_seg *seg);
void toy_resend_all(struct toy_conn *c);
void toy_challenge(struct toy_conn *c, u64 now);

/* ecn.c */
void toy_ecn_marks(struct toy_conn *c, const struct toy_seg *seg);
void toy_ecn_reduced(struct toy_conn *c);
void toy_ecn_ack(struct toy_conn *c, const struct toy_seg *seg);
void toy_ecn_data(struct toy_conn *c, struct toy_seg *out);

/* pmtu.c */
void toy_mtu_start(struct toy_conn *c);
void toy_mtu_timeout(struct toy_conn *c, u64 now);
u32 toy_mtu_probe(struct toy_conn *c, u32 most, u64 now);
void toy_mtu_probing(struct toy_conn *c, u32 end, u32 len);
void toy_mtu_acked(struct toy_conn *c);
bool toy_mtu_lost(struct toy_conn *c, u64 now);

/* receive.c */
u16 toy_window_field(struct toy_conn *c, bool syn);
void toy_receive(struct toy_conn *c, const struct toy_seg *seg, struct toy_range *range, u64 now,
		 struct toy_verdict *v);
void toy_receive_duplicate(struct toy_conn *c, const struct toy_seg *seg);

/* rcvbuf.c */
void toy_rcvbuf_arrived(struct toy_conn *c, const struct toy_seg *seg, u64 now);

/* timer.c */
void toy_timers_sending(struct toy_conn *c, u64 now);
void toy_timers_off(struct toy_conn *c);

static inline void toy_timer_set(struct toy_conn *c, enum toy_timer timer, u64 when)
{
	c->timers[timer] = when;
}

static inline void toy_timer_clear(struct toy_conn *c, enum toy_timer timer)
{
	c->timers[timer] = 0;
}

static inline bool toy_timer_runs(const struct toy_conn *c, enum toy_timer timer)
{
	return c->timers[timer] != 0;
}

/* Start a timer, or leave it alone when it runs. */
static inline void toy_timer_need(struct toy_conn *c, enum toy_timer timer, u64 when)
{
	if (!c->timers[timer])
		c->timers[timer] = when;
}

/* Ask for an ACK. The first reason stays: it is why the ACK goes now. */
static inline void toy_ack_now(struct toy_conn *c, enum toy_why_sent why)
{
	if (!c->ack_now)
		c->ack_now = (u8)why;
}

/* RCV.WND: what the peer has been told it may send */
static inline u32 toy_rcv_wnd(const struct toy_conn *c)
{
	return c->rcv_adv - c->rcv_nxt;
}

/* What timestamps take of every segment, with what aligns them. */
static inline u32 toy_ts_space(const struct toy_conn *c)
{
	return c->ts_ok ? 12 : 0;
}

/* Our FIN was sent. It stands at snd_end. */
static inline bool toy_fin_sent(const struct toy_conn *c)
{
	return c->fin_queued && c->snd_nxt == c->snd_end + 1;
}

static inline bool toy_fin_acked(const struct toy_conn *c)
{
	return toy_fin_sent(c) && c->snd_una == c->snd_nxt;
}

/* Urgent data was written and is not acknowledged. */
static inline bool toy_urgent(const struct toy_conn *c)
{
	return seq_gt(c->snd_up, c->snd_una);
}

static inline bool toy_opening(const struct toy_conn *c)
{
	return c->state == TOY_SYN_SENT || c->state == TOY_SYN_RECEIVED;
}

static inline bool toy_has_data(const struct toy_seg *seg)
{
	return seg->len || (seg->flags & TOY_FIN);
}

/* RFC 3168 section 6.1.1: does a SYN ask for ECN? It may not be marked itself. */
static inline bool toy_asks_ecn(const struct toy_seg *seg)
{
	return (seg->flags & (TOY_ECE | TOY_CWR)) == (TOY_ECE | TOY_CWR) && !seg->ecn;
}

/* RFC 9293 section 3.4: is any of [seq, seq + len) in the window [nxt, nxt + wnd)? */
static inline bool toy_acceptable(u32 seq, u32 len, u32 nxt, u32 wnd)
{
	if (!len)
		return wnd ? seq_in(seq, nxt, nxt + wnd) : seq == nxt;
	return wnd && (seq_in(seq, nxt, nxt + wnd) || seq_in(seq + len - 1, nxt, nxt + wnd) ||
		       (seq_lt(seq, nxt) && seq_gt(seq + len, nxt)));
}

/* RFC 7323 section 5.2: is this timestamp older than the last one taken? */
static inline bool toy_paws_old(u32 tsval, u32 recent)
{
	return seq_lt(tsval, recent);
}

#endif /* TOY_CORE_INSIDE_H */
