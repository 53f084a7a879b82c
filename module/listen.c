// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: listen.c - listen, accept, and half-open connections
 *
 * A SYN makes a half-open connection (struct toy_half) in the flow table and on its listener's
 * list, at most max_syn_backlog of them. One timer a listener repeats their SYN,ACK. The ACK that
 * completes the handshake makes a socket, which takes the half-open connection's place in the flow
 * table at once and waits in the listener's queue for accept().
 *
 * Locks: toy_accept_queue.request_lock guards both lists and every toy_half on the first. Segments
 * come in softirq without the listener's own lock. A half-open connection is told from a stale one
 * by its place on the list: whoever takes it off (under request_lock) ends it, and drops the
 * reference that list, timer and table share. Users take one of their own (toy_flow_get()).
 *
 * This file may touch listeners, half-open connections, and children until they are accepted.
 */
#include <net/tcp_states.h>

#include "toy.h"
#include "trace.h"

#define TOY_RESEND_BATCH	32	/* SYN,ACK repeated before the lock is let go */
#define TOY_RESEND_LOOK		512	/* half-open connections looked at before it is */

static u64 toy_half_wait(u64 usecs)
{
	return div_u64(usecs * HZ, USEC_PER_SEC) + 1;
}

/* Most half-open connections of a listener; the floor is for backlogs of 0 and 1. */
static u32 toy_listen_limit(const struct sock *listener)
{
	u32 most = READ_ONCE(toy_net(sock_net(listener))->knobs.max_syn_backlog);

	return max_t(u32, min_t(u32, READ_ONCE(listener->sk_max_ack_backlog), most), 8);
}

/* ------------------------------------------------------------------------------------------- */
/* Half-open connections on their listener's list                                                */

/*
 * Take one off the list. Return: true if it was on it; the caller then owns the reference of the
 * list. request_lock held.
 */
static bool toy_half_unlink(struct toy_accept_queue *queue, struct toy_half *half)
{
	lockdep_assert_held(&queue->request_lock);
	if (list_empty(&half->list))
		return false;
	list_del_init(&half->list);
	WRITE_ONCE(queue->nrequests, queue->nrequests - 1);
	atomic_dec(&toy_net(half->flow.key.net)->half_open);
	return true;
}

/* One that has left the list comes to a bad end: out of the table, its list's reference dropped. */
static void toy_half_end(struct toy_half *half, enum toy_why why)
{
	const struct net *net = half->flow.key.net;

	trace_toy_state(net, &half->flow.key, TOY_SYN_RECEIVED, TOY_CLOSED, why, 0);
	toy_count(net, TOY_CNT_AttemptFails);
	toy_flow_remove(&half->flow);
	toy_flow_put(&half->flow);
}

/*
 * End one, unless somebody has. Return: true if it was this call. It leaves the table first: a
 * child that has just taken its place there must find it on the list.
 */
static bool toy_half_kill(struct toy_half *half, enum toy_why why)
{
	struct toy_accept_queue *queue = &toy_sk(half->listener)->queue;
	bool ours;

	if (!toy_flow_remove(&half->flow))
		return false;
	spin_lock_bh(&queue->request_lock);
	ours = toy_half_unlink(queue, half);
	spin_unlock_bh(&queue->request_lock);
	if (ours)
		toy_half_end(half, why);
	return ours;
}

/* ------------------------------------------------------------------------------------------- */
/* listen() and its end                                                                          */

static void toy_listen_timer(struct timer_list *t);

/* Passive OPEN (RFC 9293 section 3.10.1). The socket lock is held. */
static int toy_listen_start(struct sock *sk)
{
	struct toy_accept_queue *queue = &toy_sk(sk)->queue;
	struct toy_net *tn = toy_net(sock_net(sk));
	struct toy_sock *tp = toy_sk(sk);
	int err;

	if (!tp->port) {
		err = sk->sk_prot->get_port(sk, 0);
		if (err)
			return -EADDRINUSE;
	}
	inet_sk(sk)->inet_sport = htons(inet_sk(sk)->inet_num);
	sk_dst_reset(sk);

	tp->flow.key = (struct toy_key) {
		.net = sock_net(sk),
		.laddr = tp->port_addr,
		.lport = inet_sk(sk)->inet_sport,
	};
	timer_setup(&queue->timer, toy_listen_timer, 0);
	WRITE_ONCE(sk->sk_ack_backlog, 0);
	spin_lock_bh(&queue->request_lock);
	tp->conn.state = TOY_LISTEN;
	toy_watch_state(&tp->conn, TOY_CLOSED, TOY_LISTEN, TOY_WHY_PASSIVE_OPEN);
	spin_unlock_bh(&queue->request_lock);

	err = toy_port_listen(sk);
	if (err) {
		spin_lock_bh(&queue->request_lock);
		tp->conn.state = TOY_CLOSED;
		toy_watch_state(&tp->conn, TOY_LISTEN, TOY_CLOSED, TOY_WHY_USER_CLOSE);
		spin_unlock_bh(&queue->request_lock);
		return err;
	}
	spin_lock_bh(&tn->listen_lock);
	list_add_tail(&queue->all, &tn->listeners);
	spin_unlock_bh(&tn->listen_lock);
	return 0;
}

/**
 * toy_listen() - struct proto_ops.listen
 * @sock: socket
 * @backlog: most established connections that may wait for accept(); the kernel has bounded it by
 *	net.core.somaxconn
 *
 * Context: process, no lock held.
 * Return: 0; -EINVAL for a connected socket; -EADDRINUSE.
 */
int toy_listen(struct socket *sock, int backlog)
{
	struct sock *sk = sock->sk;
	int err = -EINVAL;

	lock_sock(sk);
	if (sock->state == SS_UNCONNECTED &&
	    ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN))) {
		WRITE_ONCE(sk->sk_max_ack_backlog, backlog);
		err = sk->sk_state == TCP_LISTEN ? 0 : toy_listen_start(sk);
	}
	release_sock(sk);
	return err;
}

/* A connection that nobody accepted: ABORT (RFC 9293 section 3.10.5). */
static void toy_child_abort(struct sock *child)
{
	struct toy_sock *tp = toy_sk(child);

	/* Nobody has its file, but sock_diag may hold its lock: it looks at it, or ends it. */
	sock_hold(child);
	lock_sock_nested(child, SINGLE_DEPTH_NESTING);
	sock_orphan(child);
	if (child->sk_state == TCP_CLOSE) {
		toy_sock_destroy(child);
	} else {
		tp->orphaned = true;
		atomic_inc(&toy_net(sock_net(child))->orphans);
		toy_conn_abort(&tp->conn, TOY_WHY_USER_ABORT, 0);
		toy_conn_after(child);
	}
	release_sock(child);
	sock_put(child);
}

/**
 * toy_listen_stop() - a listener listens no more: CLOSE in LISTEN (RFC 9293 section 3.10.4)
 * @sk: listener; its lock is held
 *
 * Half-open connections vanish; connections nobody accepted are reset. The socket is in CLOSED.
 *
 * Context: process.
 */
void toy_listen_stop(struct sock *sk)
{
	struct toy_accept_queue *queue = &toy_sk(sk)->queue;
	struct toy_net *tn = toy_net(sock_net(sk));
	struct toy_sock *tp = toy_sk(sk), *child;
	LIST_HEAD(ready);

	spin_lock_bh(&tn->listen_lock);
	list_del_init(&queue->all);
	spin_unlock_bh(&tn->listen_lock);
	toy_port_unlisten(sk);

	/* Whoever still finds the listener sees its state under this lock. */
	spin_lock_bh(&queue->request_lock);
	tp->conn.state = TOY_CLOSED;
	toy_watch_state(&tp->conn, TOY_LISTEN, TOY_CLOSED, TOY_WHY_USER_CLOSE);
	while (!list_empty(&queue->requests)) {
		struct toy_half *half = list_first_entry(&queue->requests, struct toy_half, list);

		toy_half_unlink(queue, half);
		toy_half_end(half, TOY_WHY_USER_CLOSE);
	}
	list_splice_init(&queue->ready, &ready);
	WRITE_ONCE(sk->sk_ack_backlog, 0);
	spin_unlock_bh(&queue->request_lock);

	sk_stop_timer(sk, &queue->timer);
	while ((child = list_first_entry_or_null(&ready, struct toy_sock, accept_node))) {
		list_del_init(&child->accept_node);
		child->parent = NULL;
		toy_child_abort((struct sock *)child);
		cond_resched();
	}
	if (!(sk->sk_userlocks & SOCK_BINDPORT_LOCK))
		toy_port_put(sk);
}

/* ------------------------------------------------------------------------------------------- */
/* accept()                                                                                      */

static struct sock *toy_accept_take(struct sock *sk)
{
	struct toy_accept_queue *queue = &toy_sk(sk)->queue;
	struct toy_sock *child;

	spin_lock_bh(&queue->request_lock);
	child = list_first_entry_or_null(&queue->ready, struct toy_sock, accept_node);
	if (child) {
		list_del_init(&child->accept_node);
		child->parent = NULL;
		sk_acceptq_removed(sk);
	}
	spin_unlock_bh(&queue->request_lock);
	return (struct sock *)child;
}

/* Wait for a connection; exclusively, so that one connection wakes one process. */
static int toy_accept_wait(struct sock *sk, long *timeo)
{
	DEFINE_WAIT(wait);
	int err = 0;

	prepare_to_wait_exclusive(sk_sleep(sk), &wait, TASK_INTERRUPTIBLE);
	release_sock(sk);
	if (!READ_ONCE(sk->sk_ack_backlog))
		*timeo = schedule_timeout(*timeo);
	sched_annotate_sleep();
	lock_sock(sk);
	if (!READ_ONCE(sk->sk_ack_backlog)) {
		if (sk->sk_state != TCP_LISTEN)
			err = -EINVAL;
		else if (signal_pending(current))
			err = sock_intr_errno(*timeo);
		else if (!*timeo)
			err = -EAGAIN;
	}
	finish_wait(sk_sleep(sk), &wait);
	return err;
}

/**
 * toy_accept() - the next established connection of a listener
 * @sk: listener
 * @flags: O_NONBLOCK counts
 * @err: -EAGAIN, -EINVAL (not a listener), -EINTR or -ERESTARTSYS
 * @kern: not used
 *
 * Context: process, no lock held; may sleep.
 * Return: the connection's socket with the reference of its life, or NULL.
 */
struct sock *toy_accept(struct sock *sk, int flags, int *err, bool kern)
{
	struct sock *child = NULL;
	long timeo;

	lock_sock(sk);
	timeo = sock_rcvtimeo(sk, flags & O_NONBLOCK);
	for (*err = 0; !*err; ) {
		*err = -EINVAL;
		if (sk->sk_state != TCP_LISTEN)
			break;
		*err = 0;
		child = toy_accept_take(sk);
		if (child)
			break;
		*err = timeo ? toy_accept_wait(sk, &timeo) : -EAGAIN;
	}
	release_sock(sk);
	return child;
}

/* ------------------------------------------------------------------------------------------- */
/* SYN comes to a listener                                                                       */

/* The MSS we announce: what our side of the path can take in (MUST-67). */
static u16 toy_listen_mss(const struct sock *listener, const struct sk_buff *skb,
			  const struct toy_af *af)
{
	u32 mtu = clamp_t(u32, READ_ONCE(skb->dev->mtu), af->min_mtu, 0xffff);
	u32 mss = mtu - af->net_header - TOY_HDR_MIN;

	if (toy_sk(listener)->user_mss)
		mss = min_t(u32, mss, toy_sk(listener)->user_mss);
	return mss;
}

/**
 * toy_listen_request() - what a listener makes of a SYN
 * @req: is filled whole
 * @listener: the listener
 * @skb: the segment
 * @key: its flow, from our side
 * @seg: the SYN's header
 * @af: address family
 * @iss: our initial sequence number
 *
 * Context: softirq.
 */
void toy_listen_request(struct toy_request *req, const struct sock *listener,
			const struct sk_buff *skb, const struct toy_key *key,
			const struct toy_seg *seg, const struct toy_af *af, u32 iss)
{
	toy_request_init(req, seg, &toy_sk(listener)->conn.knobs, iss, toy_flow_ts_offset(key),
			 toy_listen_mss(listener, skb, af), af->default_mss,
			 toy_rcv_limit(listener));
}

static void toy_half_setup(struct toy_half *half, struct sock *listener, struct sk_buff *skb,
			   const struct toy_key *key, const struct toy_seg *seg,
			   const struct toy_af *af, u32 iss)
{
	half->flow.key = *key;
	half->flow.kind = TOY_FLOW_REQUEST;
	half->flow.reuse = listener->sk_reuse;
	refcount_set(&half->flow.ref, 1);
	INIT_LIST_HEAD(&half->list);
	half->listener = listener;
	toy_listen_request(&half->req, listener, skb, key, seg, af, iss);
	half->deadline = jiffies + toy_half_wait(toy_sk(listener)->conn.knobs.rto_init);
}

/*
 * Enter it in list and table, if there are fewer than @most. Return: 0; -EEXIST: the peer's SYN
 * came twice; -errno.
 */
static int toy_half_link(struct toy_half *half, u32 most)
{
	struct sock *listener = half->listener;
	struct toy_accept_queue *queue = &toy_sk(listener)->queue;
	int err = -EINVAL;

	spin_lock_bh(&queue->request_lock);
	if (listener->sk_state != TCP_LISTEN)
		goto out;
	err = -ENOBUFS;
	if (queue->nrequests >= most)
		goto out;
	err = toy_flow_insert(&half->flow);
	if (err)
		goto out;
	list_add_tail(&half->list, &queue->requests);
	WRITE_ONCE(queue->nrequests, queue->nrequests + 1);
	atomic_inc(&toy_net(half->flow.key.net)->half_open);
	if (!timer_pending(&queue->timer) || time_before((unsigned long)jiffies +
	    (s32)(half->deadline - (u32)jiffies), queue->timer.expires))
		sk_reset_timer(listener, &queue->timer,
			       jiffies + (s32)(half->deadline - (u32)jiffies));
out:
	spin_unlock_bh(&queue->request_lock);
	return err;
}

static void toy_half_reply(struct toy_half *half, struct toy_seg *seg, const struct sk_buff *in)
{
	const struct toy_half_extra *extra = toy_half_extra(half);

	seg->sport = ntohs(half->flow.key.lport);
	seg->dport = ntohs(half->flow.key.rport);
	toy_output_reply(half->flow.key.net, half->listener, NULL, toy_key_af(&half->flow.key),
			 &half->flow.key, seg, in, extra ? extra->way_back : NULL);
}

/**
 * toy_listen_syn() - a SYN that asks a listener for a connection (RFC 9293 section 3.10.7.2)
 * @listener: found under RCU; no reference is held
 * @skb: the segment from the transport header on; taken
 * @key: its flow, from our side
 * @seg: its header; toy_listen_segment() agreed
 * @af: address family
 * @min_iss: our initial sequence number, where it continues from TIME-WAIT; 0: choose one
 *
 * Context: softirq, RCU read side.
 */
void toy_listen_syn(struct sock *listener, struct sk_buff *skb, const struct toy_key *key,
		    const struct toy_seg *seg, const struct toy_af *af, u32 min_iss)
{
	enum toy_drop drop = TOY_DROP_LISTEN_FULL;
	u32 most = toy_listen_limit(listener), iss;
	struct net *net = sock_net(listener);
	struct toy_half *half;
	struct toy_seg out;
	bool full;
	int err;

	if (sk_acceptq_is_full(listener)) {
		toy_count(net, TOY_CNT_ListenOverflows);
		goto drop;
	}
	full = READ_ONCE(toy_sk(listener)->queue.nrequests) >= most;
	/* A cookie has a sequence number of its own, which need not be above TIME-WAIT's. */
	if (!min_iss && toy_cookie_due(listener, full)) {
		toy_cookie_answer(listener, skb, key, seg, af);
		consume_skb(skb);
		return;
	}
	if (full)
		goto drop;
	drop = TOY_DROP_NO_SOCKET;
	if (!refcount_inc_not_zero(&listener->sk_refcnt))
		goto drop;
	drop = TOY_DROP_NO_MEMORY;
	half = toy_half_make(listener, skb, seg, af);
	if (!half) {
		sock_put(listener);
		goto drop;
	}
	iss = min_iss ? : toy_isn(toy_flow_isn_hash(key), toy_now());
	toy_half_setup(half, listener, skb, key, seg, af, iss);

	toy_request_synack(&half->req, &out, toy_now());
	toy_flow_get(&half->flow);	/* from here on others see it */
	err = toy_half_link(half, most);
	if (err) {
		toy_flow_put(&half->flow);
		toy_flow_put(&half->flow);
		drop = err == -EEXIST ? TOY_DROP_DUPLICATE : TOY_DROP_LISTEN_FULL;
		goto drop;
	}
	trace_toy_state(net, key, TOY_LISTEN, TOY_SYN_RECEIVED, TOY_WHY_RCVD_SYN, 0);
	toy_half_reply(half, &out, skb);
	toy_flow_put(&half->flow);
	consume_skb(skb);
	return;

drop:
	toy_count(net, TOY_CNT_ListenDrops);
	toy_input_drop(net, skb, listener, key, seg, drop);
}

/* ------------------------------------------------------------------------------------------- */
/* A segment for a half-open connection                                                          */

/*
 * The child has taken the half-open connection's place in the table: take that off its list too.
 * Return: false if the listener has gone meanwhile.
 */
static bool toy_half_succeeded(struct toy_half *half)
{
	struct toy_accept_queue *queue = &toy_sk(half->listener)->queue;
	bool ours;

	spin_lock_bh(&queue->request_lock);
	ours = toy_half_unlink(queue, half);
	spin_unlock_bh(&queue->request_lock);
	if (ours)
		toy_flow_put(&half->flow);
	return ours;
}

/* Put a child where accept() finds it. Return: false if the listener has gone. */
static bool toy_child_offer(struct sock *listener, struct sock *child)
{
	struct toy_accept_queue *queue = &toy_sk(listener)->queue;
	bool listening;

	spin_lock_bh(&queue->request_lock);
	listening = listener->sk_state == TCP_LISTEN;
	if (listening) {
		list_add_tail(&toy_sk(child)->accept_node, &queue->ready);
		toy_sk(child)->parent = listener;
		sk_acceptq_added(listener);
	}
	spin_unlock_bh(&queue->request_lock);
	return listening;
}

/* Nobody will accept this child, whose spinlock is held. */
static void toy_child_refuse(struct sock *child)
{
	struct toy_sock *tp = toy_sk(child);

	sock_set_flag(child, SOCK_DEAD);
	if (child->sk_state == TCP_CLOSE) {
		toy_sock_destroy(child);
		return;
	}
	toy_conn_abort(&tp->conn, TOY_WHY_USER_ABORT, 0);
	toy_conn_after(child);
}

/*
 * The handshake is complete: make a socket. Return: as toy_half_input().
 */
static bool toy_half_open(struct toy_half *half, struct sk_buff *skb, const struct toy_seg *seg,
			  const struct toy_af *af)
{
	struct sock *listener = half->listener, *child;
	struct net *net = half->flow.key.net;
	struct toy_seg reset;
	struct toy_sock *tp;
	bool offered;

	if (sk_acceptq_is_full(listener)) {
		toy_count(net, TOY_CNT_ListenOverflows);
		toy_count(net, TOY_CNT_ListenDrops);
		if (READ_ONCE(toy_net(net)->knobs.abort_on_overflow) &&
		    toy_half_kill(half, TOY_WHY_USER_ABORT) && toy_reset_for(seg, &reset))
			toy_half_reply(half, &reset, skb);
		toy_input_drop(net, skb, listener, &half->flow.key, seg, TOY_DROP_LISTEN_FULL);
		return true;
	}

	child = toy_sock_clone(listener, half, skb, af);
	if (!child) {
		toy_count(net, TOY_CNT_ListenDrops);
		toy_input_drop(net, skb, listener, &half->flow.key, seg, TOY_DROP_NO_MEMORY);
		return true;
	}
	__acquire(&child->sk_lock.slock);	/* by toy_sock_clone() */
	tp = toy_sk(child);
	toy_conn_accept(&tp->conn, &half->req, toy_path_mss(child), toy_rcv_limit(child),
			toy_now());
	if (toy_flow_replace(&half->flow, &tp->flow)) {
		toy_sock_drop(child);
		return false;
	}
	offered = toy_half_succeeded(half);
	if (unlikely(half->extra))
		swap(tp->syn, toy_half_extra(half)->syn);
	toy_conn_deliver(child, skb, seg);
	if (offered)
		offered = child->sk_state != TCP_SYN_RECV && toy_child_offer(listener, child);
	if (!offered)
		toy_child_refuse(child);
	bh_unlock_sock(child);
	if (offered)
		listener->sk_data_ready(listener);
	sock_put(child);
	return true;
}

/* TCP_DEFER_ACCEPT: the ACK alone does not open; the repeated SYN,ACK asks for another. */
static bool toy_half_deferred(const struct toy_half *half, const struct toy_seg *seg)
{
	return half->req.retries < READ_ONCE(toy_sk(half->listener)->queue.defer) && !seg->len &&
	       !(seg->flags & TOY_FIN);
}

/**
 * toy_half_input() - a segment for a half-open connection: SYN-RECEIVED (section 3.10.7.4)
 * @half: found under RCU; no reference is held
 * @skb: the segment from the transport header on; taken, if the answer is true
 * @seg: its header
 * @af: address family
 *
 * Context: softirq, RCU read side.
 * Return: false if @half has left the table: look the flow up again.
 */
bool toy_half_input(struct toy_half *half, struct sk_buff *skb, const struct toy_seg *seg,
		    const struct toy_af *af)
{
	struct net *net = half->flow.key.net;
	enum toy_drop drop = TOY_DROP_NONE;
	struct toy_accept_queue *queue;
	enum toy_answer answer;
	bool taken = true;
	struct toy_seg out;

	if (!toy_flow_get(&half->flow))
		return false;
	queue = &toy_sk(half->listener)->queue;
	spin_lock_bh(&queue->request_lock);
	if (list_empty(&half->list)) {
		spin_unlock_bh(&queue->request_lock);
		taken = false;
		goto out;
	}
	answer = toy_request_segment(&half->req, seg, &drop);
	half->acked |= answer == TOY_ANSWER_OPEN;
	if (answer == TOY_ANSWER_SYNACK)
		toy_request_synack(&half->req, &out, toy_now());
	else if (answer == TOY_ANSWER_ACK)
		toy_request_ack(&half->req, &out, toy_now());
	spin_unlock_bh(&queue->request_lock);

	switch (answer) {
	case TOY_ANSWER_OPEN:
		if (toy_half_deferred(half, seg))
			break;
		taken = toy_half_open(half, skb, seg, af);
		goto out;
	case TOY_ANSWER_ACK:
	case TOY_ANSWER_SYNACK:
		toy_half_reply(half, &out, skb);
		break;
	case TOY_ANSWER_RESET:
		if (toy_reset_for(seg, &out))
			toy_half_reply(half, &out, skb);
		break;
	case TOY_ANSWER_GONE:
		if (toy_half_kill(half, TOY_WHY_RCVD_RST))
			toy_count(net, TOY_CNT_RequestResets);
		break;
	default:
		break;
	}
	if (drop)
		toy_input_drop(net, skb, half->listener, &half->flow.key, seg, drop);
	else
		consume_skb(skb);
out:
	toy_flow_put(&half->flow);
	return taken;
}

/**
 * toy_listen_again() - a SYN that was not remembered is known again: open its connection
 * @listener: the listener; the caller has a reference
 * @skb: the segment that brought the cookie back, from the transport header on; taken, if the
 *	answer is 0
 * @key: its flow, from our side
 * @syn: the header of the SYN
 * @seg: the header of the segment, which acknowledges our initial sequence number
 * @af: address family
 *
 * Context: softirq, RCU read side.
 * Return: 0, or -EAGAIN when the flow has an owner by now: look it up again.
 */
int toy_listen_again(struct sock *listener, struct sk_buff *skb, const struct toy_key *key,
		     const struct toy_seg *syn, const struct toy_seg *seg, const struct toy_af *af)
{
	struct toy_half *half = toy_half_alloc(GFP_ATOMIC, false);
	int err;

	if (!half) {
		toy_count(sock_net(listener), TOY_CNT_ListenDrops);
		toy_input_drop(sock_net(listener), skb, listener, key, seg, TOY_DROP_NO_MEMORY);
		return 0;
	}
	sock_hold(listener);
	toy_half_setup(half, listener, skb, key, syn, af, seg->ack - 1);
	toy_flow_get(&half->flow);	/* from here on others see it */
	err = toy_half_link(half, U32_MAX);
	if (err) {
		toy_flow_put(&half->flow);
		toy_flow_put(&half->flow);
		if (err == -EEXIST)
			return -EAGAIN;
		toy_count(sock_net(listener), TOY_CNT_ListenDrops);
		toy_input_drop(sock_net(listener), skb, listener, key, seg, TOY_DROP_NO_MEMORY);
		return 0;
	}
	trace_toy_state(sock_net(listener), key, TOY_LISTEN, TOY_SYN_RECEIVED, TOY_WHY_RCVD_COOKIE,
			0);
	err = toy_half_input(half, skb, seg, af) ? 0 : -EAGAIN;
	/* It did not open, for want of room perhaps: the peer still has the cookie. */
	toy_half_kill(half, TOY_WHY_NO_MEMORY);
	toy_flow_put(&half->flow);
	return err;
}

/**
 * toy_half_icmp() - IP says that the peer of a half-open connection is out of reach
 * @half: found under RCU; no reference is held
 * @seq: sequence number of the segment that the error quotes
 *
 * Context: softirq, RCU read side.
 */
void toy_half_icmp(struct toy_half *half, u32 seq)
{
	if (!toy_flow_get(&half->flow))
		return;
	if (seq == half->req.iss)
		toy_half_kill(half, TOY_WHY_ICMP_ERROR);
	else
		toy_count(half->flow.key.net, TOY_CNT_IcmpIgnored);
	toy_flow_put(&half->flow);
}

/* ------------------------------------------------------------------------------------------- */
/* The timer: SYN,ACK again                                                                      */

/* R2. A peer that has answered, and is waited for, gets all the time that TCP_DEFER_ACCEPT says. */
static u8 toy_half_retries(const struct toy_accept_queue *queue, const struct toy_knobs *knobs,
			   const struct toy_half *half)
{
	u8 r2 = knobs->synack_retries;

	return half->acked ? max_t(u8, r2, READ_ONCE(queue->defer)) : r2;
}

/*
 * Look at some of the @left that a round has still to look at. Each goes to the end of the list, so
 * that a round looks at each once however many they are. Ends those that have waited long enough,
 * gives in @due those whose SYN,ACK is to be repeated, each with a reference, and in @next when the
 * earliest of the others is due.
 */
static int toy_listen_due(struct sock *listener, struct toy_half **due, u32 *left, u32 now,
			  s32 *next)
{
	struct toy_accept_queue *queue = &toy_sk(listener)->queue;
	const struct toy_knobs *knobs = &toy_sk(listener)->conn.knobs;
	int n = 0, look = TOY_RESEND_LOOK;
	struct toy_half *half;
	u64 again;
	s32 wait;

	for (; *left && look && n < TOY_RESEND_BATCH; (*left)--, look--) {
		half = list_first_entry_or_null(&queue->requests, struct toy_half, list);
		if (!half) {
			*left = 0;
			break;
		}
		list_move_tail(&half->list, &queue->requests);
		wait = half->deadline - now;
		if (wait <= 0) {
			if (!toy_request_timeout(&half->req, knobs,
						 toy_half_retries(queue, knobs, half), &again)) {
				if (!toy_flow_remove(&half->flow))
					continue;	/* a child has taken its place */
				toy_half_unlink(queue, half);
				toy_count(sock_net(listener), TOY_CNT_RequestTimeouts);
				toy_half_end(half, TOY_WHY_TIMEOUT);
				continue;
			}
			half->deadline = now + (u32)toy_half_wait(again);
			wait = half->deadline - now;
			if (toy_flow_get(&half->flow))
				due[n++] = half;
		}
		*next = min(*next, wait);
	}
	return n;
}

/* When the next round is due, unless a half-open connection is due earlier. request_lock held. */
static void toy_listen_rearm(struct sock *sk, s32 next)
{
	struct timer_list *timer = &toy_sk(sk)->queue.timer;
	unsigned long when = jiffies + max(next, HZ / 50);	/* rounds are not free */

	if (sk->sk_state != TCP_LISTEN || next == S32_MAX)
		return;
	if (!timer_pending(timer) || time_before(when, timer->expires))
		sk_reset_timer(sk, timer, when);
}

static void toy_listen_timer(struct timer_list *t)
{
	struct toy_accept_queue *queue = container_of(t, struct toy_accept_queue, timer);
	struct sock *sk = (struct sock *)container_of(queue, struct toy_sock, queue);
	u32 now = jiffies, left = READ_ONCE(queue->nrequests);
	struct toy_half *due[TOY_RESEND_BATCH];
	s32 next = S32_MAX;
	int i, n;

	do {
		spin_lock(&queue->request_lock);
		n = toy_listen_due(sk, due, &left, now, &next);
		if (!left)
			toy_listen_rearm(sk, next);
		spin_unlock(&queue->request_lock);

		rcu_read_lock();
		for (i = 0; i < n; i++) {
			struct toy_seg seg;

			toy_request_synack(&due[i]->req, &seg, toy_now());
			seg.why = TOY_SENT_RETRANSMIT;
			toy_half_reply(due[i], &seg, NULL);
			toy_flow_put(&due[i]->flow);
		}
		rcu_read_unlock();
	} while (left);
	sock_put(sk);
}
