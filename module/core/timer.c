// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: timer.c - the timers of a connection
 *
 *	RETRANSMIT	something is outstanding and the window is open: send again (RFC 6298)
 *	PERSIST		something waits and the window is closed: probe it (3.8.6.1)
 *	OVERRIDE	a small segment was held back and nothing else will move it (3.8.6.2.1)
 *	DELACK		an ACK has waited long enough (3.8.6.3)
 *	KEEPALIVE	nothing has happened for long (3.8.4)
 *	FIN_WAIT_2	nobody holds the connection, and the peer does not close (orphans)
 *	USER		no progress for the user timeout (3.10.8)
 *
 * RETRANSMIT, PERSIST and OVERRIDE exclude each other; toy_timers_sending() chooses among them each
 * time everything that can be sent was sent. TIME-WAIT's timer belongs to its own object. The shell
 * keeps one timer a connection, for the earliest deadline.
 */
#include "inside.h"

/**
 * toy_conn_deadline() - when toy_conn_timeout() is due
 * @c: connection
 *
 * Return: the time, 0: never.
 */
u64 toy_conn_deadline(const struct toy_conn *c)
{
	u64 first = 0;
	u32 i;

	/* One less makes of 0, which means never, the latest time there is. */
	first--;
	for (i = 0; i < TOY_TIMER_COUNT; i++)
		first = min_t(u64, first, c->timers[i] - 1);
	return first + 1;
}

void toy_timers_off(struct toy_conn *c)
{
	memset(c->timers, 0, sizeof(c->timers));
	c->probe_now = false;
	c->keep_now = false;
}

/* All that can be sent was sent: which timer will move the rest? */
void toy_timers_sending(struct toy_conn *c, u64 now)
{
	bool out = c->snd_una != c->snd_nxt;
	bool waits = toy_conn_unsent(c) || (c->fin_queued && !toy_fin_sent(c));
	bool closed = !c->snd_wnd && toy_state_synced(c->state);

	if (c->state == TOY_CLOSED || c->state == TOY_TIME_WAIT)
		return;
	if (closed && (out || waits))
		toy_timer_need(c, TOY_TIMER_PERSIST, now + toy_rtt_rto(c));	/* SHLD-29 */
	else
		toy_timer_clear(c, TOY_TIMER_PERSIST);

	if (out && !closed)
		toy_timer_need(c, TOY_TIMER_RETRANSMIT, now + toy_rtt_rto(c));
	else
		toy_timer_clear(c, TOY_TIMER_RETRANSMIT);

	if (waits && !out && !closed && toy_state_synced(c->state))
		toy_timer_need(c, TOY_TIMER_OVERRIDE, now + c->knobs.override);
	else
		toy_timer_clear(c, TOY_TIMER_OVERRIDE);

	if (c->knobs.user_timeout && (out || waits))
		toy_timer_need(c, TOY_TIMER_USER, now + c->knobs.user_timeout);
	else
		toy_timer_clear(c, TOY_TIMER_USER);
}

/* R2: how often may the same thing be tried? (section 3.8.3) */
static u8 retries_allowed(const struct toy_conn *c)
{
	if (c->state == TOY_SYN_SENT)
		return c->knobs.syn_retries;
	if (c->state == TOY_SYN_RECEIVED)
		return c->knobs.synack_retries;
	return c->orphan ? c->knobs.orphan_retries : c->knobs.retries2;
}

/* The peer is silent: what was the last thing that the network said? */
static void give_up(struct toy_conn *c, enum toy_why why)
{
	toy_watch_count(c, TOY_CNT_AbortOnTimeout, 1);
	toy_fail(c, why, c->soft_err ? c->soft_err : ETIMEDOUT);
}

/* R1: IP is told that the path may be dead (MUST-20), and who asked for it, of trouble. */
static void reached_r1(struct toy_conn *c)
{
	c->events |= TOY_EV_ADVISE;
	if (!toy_state_synced(c->state))	/* that an open takes long is no news */
		return;
	if (!c->soft_err)
		c->soft_err = ETIMEDOUT;
	c->events |= TOY_EV_SOFT_ERROR;		/* SHLD-9 */
}

static bool try_again(struct toy_conn *c)
{
	if (c->backoff < 255)
		c->backoff++;
	if (c->retries >= retries_allowed(c)) {
		give_up(c, TOY_WHY_TIMEOUT);
		return false;
	}
	c->retries++;
	if (c->retries == c->knobs.retries1)
		reached_r1(c);
	return true;
}

static void on_retransmit(struct toy_conn *c, u64 now)
{
	toy_watch_count(c, TOY_CNT_Timeouts, 1);
	if (!try_again(c))
		return;
	toy_rtt_rexmit(c);
	toy_timer_set(c, TOY_TIMER_RETRANSMIT, now + toy_rtt_rto(c));
	if (toy_opening(c)) {
		c->rtx_nxt = c->iss;
		c->rtx_end = c->iss + 1;
	} else {
		toy_mtu_timeout(c, now);
		toy_loss_timeout(c);
	}
}

static void on_persist(struct toy_conn *c, u64 now)
{
	/* A peer could hold an orphan for ever with answers that open nothing (RFC 6429). */
	if (c->orphan && c->orphan_probes++ >= c->knobs.orphan_retries) {
		give_up(c, TOY_WHY_TIMEOUT);
		return;
	}
	if (!try_again(c))
		return;
	c->probe_now = true;
	toy_timer_set(c, TOY_TIMER_PERSIST, now + toy_rtt_rto(c));	/* SHLD-30 */
}

/*
 * Have probes gone without an answer for long enough? The user's timeout decides, where there is
 * one (RFC 5482 section 4.2), else their number; but never one alone (MUST-29).
 */
static bool keepalive_failed(const struct toy_conn *c, u64 now)
{
	if (c->knobs.user_timeout)
		return c->keep_sent > 1 && now - c->last_rcvd >= c->knobs.user_timeout;
	return c->keep_sent >= c->knobs.keep_probes;
}

static void on_keepalive(struct toy_conn *c, u64 now)
{
	u64 silent = now - c->last_rcvd;

	/* MUST-26: what is outstanding is a better probe */
	if (!c->keep_sent && (silent < c->knobs.keep_idle || toy_conn_unacked(c))) {
		u64 from = toy_conn_unacked(c) ? now : c->last_rcvd;

		toy_timer_set(c, TOY_TIMER_KEEPALIVE, from + c->knobs.keep_idle);
		return;
	}
	if (keepalive_failed(c, now)) {
		toy_watch_count(c, TOY_CNT_AbortOnTimeout, 1);
		toy_conn_abort(c, TOY_WHY_KEEPALIVE, c->soft_err ? c->soft_err : ETIMEDOUT);
		return;
	}
	if (c->keep_sent < 255)
		c->keep_sent++;
	c->keep_now = true;
	toy_timer_set(c, TOY_TIMER_KEEPALIVE, now + c->knobs.keep_intvl);
}

static void fire(struct toy_conn *c, enum toy_timer timer, u64 now)
{
	toy_watch_timer(c, timer);
	switch (timer) {
	case TOY_TIMER_RETRANSMIT:
		on_retransmit(c, now);
		break;
	case TOY_TIMER_PERSIST:
		on_persist(c, now);
		break;
	case TOY_TIMER_DELACK:
		toy_watch_count(c, TOY_CNT_DelayedACKs, 1);
		toy_ack_now(c, TOY_SENT_DELAYED_ACK);
		break;
	case TOY_TIMER_OVERRIDE:
		c->override_now = true;
		break;
	case TOY_TIMER_KEEPALIVE:
		on_keepalive(c, now);
		break;
	case TOY_TIMER_FIN_WAIT_2:
		toy_watch_count(c, TOY_CNT_FinWait2Timeouts, 1);
		toy_enter(c, TOY_CLOSED, TOY_WHY_FIN_WAIT_2_TIMEOUT);
		break;
	case TOY_TIMER_USER:
		give_up(c, TOY_WHY_USER_TIMEOUT);
		break;
	default:
		break;
	}
}

/**
 * toy_conn_timeout() - time has passed
 * @c: connection
 * @now: the time. Before toy_conn_deadline() nothing happens
 */
void toy_conn_timeout(struct toy_conn *c, u64 now)
{
	u32 i;

	for (i = 0; i < TOY_TIMER_COUNT; i++) {
		if (!c->timers[i] || c->timers[i] > now)
			continue;
		c->timers[i] = 0;
		fire(c, i, now);
	}
}

/**
 * toy_conn_set_keepalive() - SO_KEEPALIVE (MUST-24; off by default, MUST-25)
 * @c: connection
 * @on: whether
 * @now: the time
 */
void toy_conn_set_keepalive(struct toy_conn *c, bool on, u64 now)
{
	c->knobs.keepalive = on;
	c->keep_sent = 0;
	if (on && toy_state_synced(c->state) && c->state != TOY_TIME_WAIT)
		toy_timer_set(c, TOY_TIMER_KEEPALIVE, now + c->knobs.keep_idle);
	else
		toy_timer_clear(c, TOY_TIMER_KEEPALIVE);
}
