// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: conn.c - what the core decided, done to the socket
 *
 * The one place where events of the core become wake-ups, errors, segments, timers and the end of a
 * socket: toy_conn_after(), called after every call into the core. And the other way round, the
 * three doors by which time and segments reach the core: toy_conn_deliver(), toy_conn_timer() and
 * toy_conn_release_cb(). Also the toy_watch_*() functions, through which the core is seen.
 *
 * Everything here runs under the socket lock: owned by a process, or its spinlock held in softirq
 * while no process owns it. It may touch the socket and its connection; queues are stream.c's.
 */
#include <linux/security.h>
#include <net/tcp_states.h>

#include "toy.h"
#include "trace.h"

/* ------------------------------------------------------------------------------------------- */
/* What the core tells                                                                           */

/**
 * toy_watch_state() - the state changed; called by the core
 * @c: connection
 * @from: enum toy_state before
 * @to: and now
 * @why: event
 *
 * Context: socket lock held.
 */
void toy_watch_state(const struct toy_conn *c, u8 from, u8 to, enum toy_why why)
{
	struct sock *sk = toy_conn_sk(c);
	const struct net *net = sock_net(sk);
	u32 ms = to == TOY_TIME_WAIT ? 2 * READ_ONCE(toy_net(net)->knobs.msl) : 0;

	trace_toy_state(net, &toy_sk(sk)->flow.key, from, to, why, ms);
	toy_set_state(sk, to);
}

/**
 * toy_watch_timer() - a timer ran out; called by the core
 * @c: connection
 * @timer: which
 *
 * Context: socket lock held.
 */
void toy_watch_timer(const struct toy_conn *c, enum toy_timer timer)
{
	const struct sock *sk = toy_conn_sk(c);

	trace_toy_timer(sock_net(sk), &toy_sk(sk)->flow.key, c, timer);
}

/**
 * toy_watch_cong() - the congestion window took a turn; called by the core
 * @c: connection
 * @why: event
 *
 * Context: socket lock held.
 */
void toy_watch_cong(const struct toy_conn *c, enum toy_why_cong why)
{
	const struct sock *sk = toy_conn_sk(c);

	trace_toy_cong(sock_net(sk), &toy_sk(sk)->flow.key, c, why);
}

/**
 * toy_watch_count() - something worth counting; called by the core
 * @c: connection
 * @counter: which
 * @n: how much
 *
 * Context: socket lock held.
 */
void toy_watch_count(const struct toy_conn *c, enum toy_counter counter, u32 n)
{
	toy_count_add(sock_net(toy_conn_sk(c)), counter, n);
}

/* ------------------------------------------------------------------------------------------- */
/* The timer                                                                                     */

/**
 * toy_conn_arm() - set the socket's one timer to the core's next deadline
 * @sk: socket; its lock is held
 *
 * A deadline that moved away is left alone: the timer comes early, finds nothing due, and is set
 * again. That is cheaper than to move it with each ACK.
 *
 * Context: any.
 */
void toy_conn_arm(struct sock *sk)
{
	struct toy_sock *tp = toy_sk(sk);
	u64 deadline = toy_conn_deadline(&tp->conn), now, ticks;

	if (!deadline || (tp->timer_expires && tp->timer_expires <= deadline))
		return;
	now = toy_now();
	ticks = deadline > now ? div_u64((deadline - now) * HZ, USEC_PER_SEC) + 1 : 1;
	tp->timer_expires = deadline;
	sk_reset_timer(sk, &sk->sk_timer, jiffies + min_t(u64, ticks, MAX_JIFFY_OFFSET / 2));
}

/* The time came. Nothing may be due: see toy_conn_arm(). */
static void toy_conn_due(struct sock *sk)
{
	struct toy_sock *tp = toy_sk(sk);
	u64 deadline = toy_conn_deadline(&tp->conn), now = toy_now();

	tp->timer_expires = 0;
	if (sk->sk_state == TCP_CLOSE)
		return;
	toy_stream_idle(sk);
	if (deadline && deadline <= now) {
		if (tp->orphaned && toy_memory_disowns(sk))
			toy_conn_abort(&tp->conn, TOY_WHY_NO_MEMORY, 0);
		else
			toy_conn_timeout(&tp->conn, now);
	}
	toy_conn_after(sk);
}

/**
 * toy_conn_timer() - the socket's timer ran out
 * @t: struct sock.sk_timer; it held a reference
 *
 * Context: softirq.
 */
void toy_conn_timer(struct timer_list *t)
{
	struct sock *sk = container_of(t, struct sock, sk_timer);

	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk))
		toy_conn_due(sk);
	else if (!test_and_set_bit(TOY_DEFER_TIMER, &toy_sk(sk)->deferred))
		sock_hold(sk);
	bh_unlock_sock(sk);
	sock_put(sk);
}

/**
 * toy_conn_release_cb() - struct proto.release_cb: what could not be done while a process held @sk
 * @sk: socket; owned, and its spinlock held. The caller holds a reference.
 *
 * Context: process, BH off.
 */
void toy_conn_release_cb(struct sock *sk)
{
	struct toy_sock *tp = toy_sk(sk);

	if (likely(!READ_ONCE(tp->deferred)))
		return;
	toy_icmp_release(sk);
	if (test_and_clear_bit(TOY_DEFER_TIMER, &tp->deferred)) {
		toy_conn_due(sk);
		__sock_put(sk);
	}
}

/* ------------------------------------------------------------------------------------------- */
/* Events                                                                                        */

static void toy_conn_failed(struct sock *sk)
{
	WRITE_ONCE(sk->sk_err, toy_sk(sk)->conn.err);
	if (!sock_flag(sk, SOCK_DEAD))
		sk_error_report(sk);
}

/* A soft error goes to the user if it asked for them: IP_RECVERR (MUST-47, SHLD-20, SHLD-25). */
static void toy_conn_soft_error(struct sock *sk)
{
	int err = toy_sk(sk)->conn.soft_err;

	WRITE_ONCE(sk->sk_err_soft, err);
	if (!toy_inet_recverr(sk) || sock_flag(sk, SOCK_DEAD))
		return;
	WRITE_ONCE(sk->sk_err, err);
	sk_error_report(sk);
}

static void toy_conn_opened(struct sock *sk)
{
	toy_stream_opened(sk);
	if (sock_flag(sk, SOCK_DEAD))
		return;
	sk->sk_state_change(sk);
	sk_wake_async(sk, SOCK_WAKE_IO, POLL_OUT);
}

static void toy_conn_fin(struct sock *sk)
{
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | RCV_SHUTDOWN);
	sock_set_flag(sk, SOCK_DONE);
	if (sock_flag(sk, SOCK_DEAD))
		return;
	sk->sk_state_change(sk);
	if (sk->sk_shutdown == SHUTDOWN_MASK || sk->sk_state == TCP_CLOSE)
		sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_HUP);
	else
		sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_IN);
}

/* Tell the processes, and IP, what happened. */
static void toy_conn_tell(struct sock *sk, u32 events)
{
	struct toy_sock *tp = toy_sk(sk);
	struct toy_conn *c = &tp->conn;

	if (events & TOY_EV_ESTABLISHED)
		toy_conn_opened(sk);
	if (events & TOY_EV_WRITABLE)
		toy_stream_acked(sk);
	if (events & TOY_EV_FIN)
		toy_conn_fin(sk);
	if ((events & TOY_EV_READABLE) && !sock_flag(sk, SOCK_DEAD) &&
	    toy_stream_readable(sk, READ_ONCE(sk->sk_rcvlowat)))
		sk->sk_data_ready(sk);
	if (events & TOY_EV_ADVISE)
		dst_negative_advice(sk);
	if (events & TOY_EV_SOFT_ERROR)
		toy_conn_soft_error(sk);
	if (events & TOY_EV_ERROR)
		toy_conn_failed(sk);
	/* TCP_LINGER2 below 0: an orphan does not wait for the peer's FIN. */
	if (c->state == TOY_FIN_WAIT_2 && tp->linger2 < 0 && sock_flag(sk, SOCK_DEAD))
		toy_conn_abort(c, TOY_WHY_FIN_WAIT_2_TIMEOUT, 0);
}

/**
 * toy_conn_done() - the connection is over
 * @sk: socket in CLOSED; its lock is held, and so is a reference besides the socket's own life,
 *	which ends here if no process holds it
 *
 * What the user has not read stays readable.
 *
 * Context: any.
 */
void toy_conn_done(struct sock *sk)
{
	struct toy_sock *tp = toy_sk(sk);

	if (tp->flow.hashed)
		toy_flow_remove(&tp->flow);
	sk_stop_timer(sk, &sk->sk_timer);
	tp->timer_expires = 0;
	toy_stream_purge(sk);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	if (!(sk->sk_userlocks & SOCK_BINDPORT_LOCK))
		toy_port_put(sk);
	if (sock_flag(sk, SOCK_DEAD))
		toy_sock_destroy(sk);
	else
		sk->sk_state_change(sk);
}

/**
 * toy_conn_after() - do what the core asks for: wake, send, end, set the timer
 * @sk: socket; its lock is held, and so is a reference besides the socket's own life
 *
 * To be called after every call into the core that can change anything.
 *
 * Context: any.
 */
void toy_conn_after(struct sock *sk)
{
	struct toy_conn *c = &toy_sk(sk)->conn;
	u32 events, all = 0;

	sock_owned_by_me(sk);
	/* To tell may abort, and to send may change the state: until nothing is new. */
	while ((events = toy_conn_take_events(c))) {
		all |= events;
		toy_conn_tell(sk, events);
	}
	toy_output(sk);
	while ((events = toy_conn_take_events(c))) {
		all |= events;
		toy_conn_tell(sk, events);
	}

	if (all & TOY_EV_TIME_WAIT)
		toy_tw_start(sk);
	if (all & (TOY_EV_TIME_WAIT | TOY_EV_CLOSED))
		toy_conn_done(sk);
	else
		toy_conn_arm(sk);
}

/* ------------------------------------------------------------------------------------------- */
/* Segments                                                                                      */

/* Answer a segment with a reset (RFC 9293 section 3.5.2). */
static void toy_conn_reset(struct sock *sk, const struct toy_seg *seg, const struct sk_buff *skb)
{
	const struct toy_key *key = &toy_sk(sk)->flow.key;
	struct toy_seg out;

	if (!toy_reset_for(seg, &out))
		return;
	/* Out of the backlog we come in process context. */
	local_bh_disable();
	rcu_read_lock();
	toy_output_reply(sock_net(sk), sk, NULL, toy_key_af(key), key, &out, skb,
			 rcu_dereference(inet_sk(sk)->inet_opt));
	rcu_read_unlock();
	local_bh_enable();
}

/* Queue what became deliverable. */
static void toy_conn_ready(struct sock *sk, struct toy_range *ready)
{
	struct toy_range *range;

	while ((range = ready)) {
		u32 seq = range->seq, take = range->end - range->seq, skip = range->skip;
		struct sk_buff *skb = toy_stream_unhold(sk, range);

		ready = range->left;
		if (take)
			toy_stream_queue(sk, skb, seq, skip, take);
		else
			__kfree_skb(skb);
	}
}

/* Of what has come before nothing is kept, and nothing else has to make room for it. */
static bool toy_conn_is_old(const struct toy_conn *c, const struct toy_seg *seg)
{
	return toy_state_synced(c->state) && seq_leq(seg->seq + seg->len, c->rcv_nxt);
}

/**
 * toy_conn_deliver() - a segment for this connection: SEGMENT ARRIVES (RFC 9293 section 3.10.7)
 * @sk: socket; its lock is held, and so is a reference besides the socket's own life
 * @skb: the segment from the transport header on; taken
 * @seg: its header
 *
 * Context: softirq, or process when it comes out of the backlog.
 */
void toy_conn_deliver(struct sock *sk, struct sk_buff *skb, const struct toy_seg *seg)
{
	struct toy_sock *tp = toy_sk(sk);
	struct toy_conn *c = &tp->conn;
	struct toy_verdict v;
	struct toy_seg full;
	u32 limit;

	sock_owned_by_me(sk);
	if (seg->len) {
		limit = toy_rcv_limit(sk);
		if (limit != c->rcv_limit && toy_state_synced(c->state))
			toy_conn_set_rcv_limit(c, limit, toy_now());
		if (!toy_conn_is_old(c, seg) &&
		    !toy_stream_room(sk, skb, seq_leq(seg->seq, c->rcv_nxt))) {
			full = *seg;
			full.no_room = true;
			seg = &full;
		}
	}
	toy_conn_segment(c, seg, &toy_skb(skb)->range, toy_now(), &v);

	if (c->events & TOY_EV_ESTABLISHED)
		security_inet_conn_established(sk, skb);
	/* The peer's SYN says where its bytes begin; in a simultaneous open nobody may read yet. */
	if ((c->events & TOY_EV_ESTABLISHED) || c->state == TOY_SYN_RECEIVED)
		WRITE_ONCE(tp->copied_seq, c->rcv_read);
	if (unlikely(c->events & TOY_EV_URGENT)) {
		c->events &= ~TOY_EV_URGENT;
		toy_urgent_told(sk);
	}
	if (v.reset)
		toy_conn_reset(sk, seg, skb);
	if (v.take) {
		toy_stream_queue(sk, skb, seg->seq + !!(seg->flags & TOY_SYN) + v.skip,
				 seg->hlen + v.skip, v.take);
	} else if (v.stored) {
		__skb_pull(skb, seg->hlen);
		toy_stream_hold(sk, skb);
	} else if (v.drop) {
		toy_input_drop(sock_net(sk), skb, sk, &tp->flow.key, seg, v.drop);
	} else {
		consume_skb(skb);
	}
	toy_conn_ready(sk, v.ready);
	if (unlikely(tp->urgent == TOY_URGENT_COMING))
		toy_urgent_arrived(sk);
	toy_conn_after(sk);
}
