// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: close.c - how a connection ends
 *
 * CLOSE (RFC 9293 section 3.10.4), ABORT (3.10.5), failures, and news from IP (3.9.2.2). Every
 * change of state goes through toy_enter().
 */
#include "inside.h"

/* Change the state, and say so. */
void toy_enter(struct toy_conn *c, u8 state, enum toy_why why)
{
	u8 from = c->state;

	if (from == state)
		return;
	c->state = state;
	c->events |= TOY_EV_STATE;
	if (state == TOY_CLOSED || state == TOY_TIME_WAIT) {
		c->closed_why = (u8)why;
		toy_timers_off(c);
		c->events |= state == TOY_CLOSED ? TOY_EV_CLOSED : TOY_EV_TIME_WAIT;
	}
	if (state == TOY_TIME_WAIT)
		toy_watch_count(c, TOY_CNT_TimeWaits, 1);
	if (state == TOY_CLOSED && (from == TOY_SYN_SENT || from == TOY_SYN_RECEIVED))
		toy_watch_count(c, TOY_CNT_AttemptFails, 1);
	toy_watch_state(c, from, state, why);
}

/* The connection is over, and not as the user wished. */
void toy_fail(struct toy_conn *c, enum toy_why why, int err)
{
	if (c->state == TOY_ESTABLISHED || c->state == TOY_CLOSE_WAIT)
		toy_watch_count(c, TOY_CNT_EstabResets, 1);
	c->err = (u16)err;
	c->events |= TOY_EV_ERROR;
	toy_enter(c, TOY_CLOSED, why);
}

/**
 * toy_conn_shutdown() - CLOSE: the user will send no more (section 3.10.4)
 * @c: connection
 * @now: the time
 *
 * What is queued still goes, and FIN after it. Receiving goes on (half close, section 3.6).
 */
void toy_conn_shutdown(struct toy_conn *c, u64 now)
{
	switch (c->state) {
	case TOY_SYN_SENT:
		toy_enter(c, TOY_CLOSED, TOY_WHY_USER_CLOSE);
		break;
	case TOY_SYN_RECEIVED:
		c->fin_queued = true;	/* FIN-WAIT-1 comes with the ACK of our SYN */
		break;
	case TOY_ESTABLISHED:
		c->fin_queued = true;
		toy_enter(c, TOY_FIN_WAIT_1, TOY_WHY_USER_CLOSE);
		break;
	case TOY_CLOSE_WAIT:
		c->fin_queued = true;
		toy_enter(c, TOY_LAST_ACK, TOY_WHY_USER_CLOSE);
		break;
	}
}

/**
 * toy_conn_stop_reading() - the user will take no more data
 * @c: connection
 *
 * From FIN-WAIT-1 on, data that arrives then resets the connection (SHLD-3).
 */
void toy_conn_stop_reading(struct toy_conn *c)
{
	c->rcv_shut = true;
}

/**
 * toy_conn_orphan() - no process holds the connection any more
 * @c: connection
 * @now: the time
 *
 * It ends by itself: by its FIN and the peer's, or by a timeout that is shorter than for others.
 */
void toy_conn_orphan(struct toy_conn *c, u64 now)
{
	c->orphan = true;
	c->orphan_probes = 0;
	c->rcv_shut = true;
	if (c->state == TOY_FIN_WAIT_2)
		toy_timer_set(c, TOY_TIMER_FIN_WAIT_2, now + c->knobs.fin_timeout);
}

/**
 * toy_conn_abort() - ABORT (section 3.10.5)
 * @c: connection
 * @why: event
 * @err: what the user is told, positive errno; 0: nothing
 *
 * toy_conn_next() gives the reset, if the state asks for one.
 */
void toy_conn_abort(struct toy_conn *c, enum toy_why why, int err)
{
	switch (c->state) {
	case TOY_SYN_RECEIVED:
	case TOY_ESTABLISHED:
	case TOY_FIN_WAIT_1:
	case TOY_FIN_WAIT_2:
	case TOY_CLOSE_WAIT:
		c->rst_now = true;
		break;
	}
	if (err)
		toy_fail(c, why, err);
	else
		toy_enter(c, TOY_CLOSED, why);
}

/**
 * toy_conn_unreachable() - IP says that the peer cannot be reached (section 3.9.2.2, RFC 5927)
 * @c: connection; the shell has checked that the report quotes a sequence number in flight
 * @err: positive errno
 * @hard: the report calls it final
 *
 * Only an opening connection believes a hard error; for all others it is a hint (RFC 5461).
 */
void toy_conn_unreachable(struct toy_conn *c, int err, bool hard)
{
	if (c->state == TOY_CLOSED || c->state == TOY_TIME_WAIT)
		return;
	if (hard && toy_opening(c)) {
		toy_fail(c, TOY_WHY_ICMP_ERROR, err);
		return;
	}
	c->soft_err = (u16)err;
	c->events |= TOY_EV_SOFT_ERROR;
}

/**
 * toy_conn_set_path_mss() - the path takes segments of another size (RFC 1191, RFC 8201)
 * @c: connection
 * @path_mss: MTU less IP's and the fixed transport header
 * @now: the time
 *
 * When it became smaller, what is outstanding may have been thrown away: it goes again, and no
 * congestion is concluded from that.
 */
void toy_conn_set_path_mss(struct toy_conn *c, u16 path_mss, u64 now)
{
	u16 old = c->mss;

	c->path_mss = path_mss;
	toy_set_mss(c);
	if (toy_state_synced(c->state)) {	/* the least of both, when it became larger */
		c->cong.cwnd = max_t(u32, c->cong.cwnd, c->mss);
		c->cong.ssthresh = max_t(u32, c->cong.ssthresh, 2 * c->mss);
	}
	if (c->mss >= old || !toy_state_synced(c->state) || c->snd_una == c->snd_nxt)
		return;
	toy_watch_count(c, TOY_CNT_PmtuReductions, 1);
	toy_resend_all(c);
	toy_watch_cong(c, TOY_CONG_RESEND);
}
