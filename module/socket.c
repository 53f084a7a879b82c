// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: socket.c - the life of a socket
 *
 * Born by socket() (toy_sock_init_common()) or from a listener (toy_sock_clone()), closed by
 * close() (RFC 9293 section 3.10.4) or disconnected by connect(AF_UNSPEC), and destroyed when both
 * its process and its connection are done with it (toy_sock_destroy()). It also holds what the
 * kernel calls a protocol: struct proto and struct proto_ops.
 *
 * References: a socket is born with one, its life. It ends with toy_sock_destroy(), which may
 * happen in softirq, long after close(), when the last timer or segment ends the connection.
 * Whoever calls into the connection therefore holds one more. Timers, half-open connections and
 * users of the flow table hold their own. The memory goes after an RCU grace period
 * (SOCK_RCU_FREE), because lookups hold none.
 *
 * This file may touch everything of a socket but its queues (stream.c, listen.c).
 */
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/sockios.h>
#include <linux/termios.h>
#include <net/inet_common.h>
#include <net/tcp_states.h>
#include <net/transp_v6.h>
#include <net/xfrm.h>

#include "toy.h"

static bool toy_is_open(u8 state)
{
	return state == TCP_ESTABLISHED || state == TCP_CLOSE_WAIT;
}

/**
 * toy_set_state() - the state of a socket as the rest of the kernel sees it
 * @sk: socket; its lock is held
 * @state: enum toy_state. TIME-WAIT is shown as CLOSED: a TIME-WAIT object has taken over, and
 *	sk_fullsock() would take this socket for one
 *
 * Context: any.
 */
void toy_set_state(struct sock *sk, u8 state)
{
	u8 new = state == TOY_TIME_WAIT ? TCP_CLOSE : state;
	u8 old = sk->sk_state;

	if (new == old)
		return;
	if (toy_is_open(new) != toy_is_open(old))
		atomic_add(toy_is_open(new) ? 1 : -1, &toy_net(sock_net(sk))->established);
	inet_sk_set_state(sk, new);
}

/* What a socket has, however it was born; its memory is zero from toy_sock.flow on. */
static void toy_sock_setup(struct sock *sk, const struct toy_knobs *knobs)
{
	struct toy_sock *tp = toy_sk(sk);

	toy_conn_init(&tp->conn, knobs);
	tp->flow.kind = TOY_FLOW_CONN;
	timer_setup(&sk->sk_timer, toy_conn_timer, 0);
	INIT_LIST_HEAD(&tp->accept_node);
	INIT_LIST_HEAD(&tp->queue.requests);
	INIT_LIST_HEAD(&tp->queue.ready);
	INIT_LIST_HEAD(&tp->queue.all);
	INIT_HLIST_NODE(&tp->port_node);
	INIT_HLIST_NODE(&tp->listen_node);
	spin_lock_init(&tp->queue.request_lock);
	atomic_inc(&toy_net(sock_net(sk))->sockets);
}

/**
 * toy_sock_init_common() - struct proto.init: a new socket
 * @sk: socket, zeroed but for what inet_create() set
 *
 * Context: process.
 * Return: 0.
 */
int toy_sock_init_common(struct sock *sk)
{
	const struct toy_knobs_net *knobs_net = &toy_net(sock_net(sk))->knobs;
	struct toy_knobs knobs;

	toy_knobs_of(sock_net(sk), &knobs);
	toy_sock_setup(sk, &knobs);
	toy_sk(sk)->af = sk->sk_family == AF_INET6 ? &toy_ipv6 : &toy_ipv4;

	sk->sk_write_space = toy_write_space;
	sock_set_flag(sk, SOCK_USE_WRITE_QUEUE);
	sock_set_flag(sk, SOCK_RCU_FREE);
	WRITE_ONCE(sk->sk_sndbuf, READ_ONCE(knobs_net->wmem[1]));
	WRITE_ONCE(sk->sk_rcvbuf, READ_ONCE(knobs_net->rmem[1]));
	sk_sockets_allocated_inc(sk);
	return 0;
}

/* Nothing that the raw copy of a listener points at is the child's. */
static void toy_clone_cut(struct sock *child)
{
	struct inet_sock *inet = inet_sk(child);

	RCU_INIT_POINTER(inet->inet_opt, NULL);
	inet->mc_list = NULL;
	atomic64_set(&child->sk_cookie, 0);
#if IS_ENABLED(CONFIG_IPV6)
	inet->pinet6 = NULL;
	if (child->sk_family == AF_INET6) {
		struct ipv6_pinfo *np = &((struct toy6_sock *)child)->inet6;

		inet->pinet6 = np;
		np->ipv6_mc_list = NULL;
		np->ipv6_ac_list = NULL;
		RCU_INIT_POINTER(np->opt, NULL);
		np->pktoptions = NULL;
		np->rxpmtu = NULL;
		toy_inet6_forget_labels(child);
	}
#endif
}

/**
 * toy_sock_clone() - a new socket for a connection that a peer opened
 * @listener: where it opened it
 * @half: the half-open connection, not changed
 * @skb: the segment that completed the handshake
 * @af: address family of the segments
 *
 * The child has the listener's options, the addresses, port and route of the connection, and its
 * connection in CLOSED: toy_conn_accept() is next.
 *
 * Context: softirq, RCU read side.
 * Return: the child with its spinlock held and two references, one for its life and one for the
 * caller; NULL if there is no memory or no route.
 */
struct sock *toy_sock_clone(const struct sock *listener, const struct toy_half *half,
			    struct sk_buff *skb, const struct toy_af *af)
{
	const struct toy_sock *from = toy_sk(listener);
	struct toy_sock *tp;
	struct sock *child;

	child = sk_clone_lock(listener, GFP_ATOMIC);
	if (!child)
		return NULL;

	tp = toy_sk(child);
	memset_startat(tp, 0, flow);
	toy_clone_cut(child);
	toy_sock_setup(child, &from->conn.knobs);
	tp->af = af;
	tp->flow.key = half->flow.key;
	tp->flow.reuse = half->flow.reuse;
	tp->linger2 = from->linger2;
	tp->user_mss = from->user_mss;
	tp->notsent_lowat = from->notsent_lowat;
	tp->window_clamp = from->window_clamp;
	tp->recv_inq = from->recv_inq;
	tp->save_syn = from->save_syn;
	WRITE_ONCE(child->sk_shutdown, 0);
	WRITE_ONCE(child->sk_max_ack_backlog, 0);
	WRITE_ONCE(child->sk_ack_backlog, 0);
	inet_sk_set_state(child, TCP_SYN_RECV);

	if (af->accept(child, listener, half, skb)) {
		__acquire(&child->sk_lock.slock);	/* by sk_clone_lock() */
		toy_sock_drop(child);
		return NULL;
	}
	toy_port_inherit(child, (struct sock *)listener);
	return child;
}

/**
 * toy_sock_drop() - undo toy_sock_clone(): nobody will ever see this child
 * @child: with its spinlock and both references held; all three are given up
 *
 * Context: softirq.
 */
void toy_sock_drop(struct sock *child)
	__releases(&child->sk_lock.slock)
{
	toy_set_state(child, TOY_CLOSED);
	toy_sk(child)->conn.state = TOY_CLOSED;
	sock_set_flag(child, SOCK_DEAD);
	toy_sock_destroy(child);
	bh_unlock_sock(child);
	sock_put(child);
}

/* struct proto.unhash: no segment finds this socket from now on. */
static void toy_unhash(struct sock *sk)
{
	struct toy_sock *tp = toy_sk(sk);

	if (tp->flow.hashed)
		toy_flow_remove(&tp->flow);
}

/* struct proto.destroy: give back all but the memory of the socket itself. */
static void toy_destroy_sock(struct sock *sk)
{
	toy_unhash(sk);
	sk_stop_timer(sk, &sk->sk_timer);
	toy_stream_purge(sk);
	kfree(toy_sk(sk)->syn);
	toy_port_put(sk);
	sk_sockets_allocated_dec(sk);
	atomic_dec(&toy_net(sock_net(sk))->sockets);
}

/**
 * toy_sock_destroy() - the end of a socket's life
 * @sk: socket in CLOSED that no process holds; its lock is held, and so is a reference besides the
 *	one that this gives up
 *
 * Context: process or softirq. Does nothing the second time.
 */
void toy_sock_destroy(struct sock *sk)
{
	struct toy_sock *tp = toy_sk(sk);

	if (tp->destroyed)
		return;
	tp->destroyed = true;
	WARN_ON_ONCE(sk->sk_state != TCP_CLOSE);
	WARN_ON_ONCE(!sock_flag(sk, SOCK_DEAD));
	if (tp->orphaned)
		atomic_dec(&toy_net(sock_net(sk))->orphans);
	sk->sk_prot->destroy(sk);
	sk_stream_kill_queues(sk);
	xfrm_sk_free_policy(sk);
	sock_put(sk);
}

/* Our FIN is not acknowledged yet. */
static bool toy_closing(const struct sock *sk)
{
	return (1 << READ_ONCE(sk->sk_state)) & (TCPF_FIN_WAIT1 | TCPF_CLOSING | TCPF_LAST_ACK);
}

/* SO_LINGER: wait until the peer has all that was sent. The socket lock is let go meanwhile. */
static void toy_wait_close(struct sock *sk, long timeout)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);

	if (!timeout || !toy_closing(sk))
		return;
	add_wait_queue(sk_sleep(sk), &wait);
	do {
		if (sk_wait_event(sk, &timeout, !toy_closing(sk), &wait))
			break;
	} while (timeout && !signal_pending(current));
	remove_wait_queue(sk_sleep(sk), &wait);
}

/* CLOSE of a connection (RFC 9293 section 3.10.4), or ABORT where data would be lost in silence. */
static void toy_close_conn(struct sock *sk, long timeout)
{
	struct toy_conn *c = &toy_sk(sk)->conn;
	bool unread = !skb_queue_empty(&sk->sk_receive_queue);

	__skb_queue_purge(&sk->sk_receive_queue);
	if (unread) {						/* SHLD-3, RFC 2525 section 2.17 */
		toy_count(sock_net(sk), TOY_CNT_AbortOnClose);
		toy_conn_abort(c, TOY_WHY_USER_ABORT, 0);
	} else if (sock_flag(sk, SOCK_LINGER) && !sk->sk_lingertime) {
		toy_count(sock_net(sk), TOY_CNT_AbortOnLinger);
		toy_conn_abort(c, TOY_WHY_USER_ABORT, 0);
	} else {
		toy_conn_shutdown(c, toy_now());
	}
	toy_conn_after(sk);
	toy_wait_close(sk, timeout);
}

/**
 * toy_close() - struct proto.close: the last user of the socket has closed it
 * @sk: socket
 * @timeout: how long to linger, in jiffies
 *
 * The connection goes on by itself until both FINs are acknowledged; then toy_conn_done() destroys
 * the socket.
 *
 * Context: process, no lock held; may sleep.
 */
static void toy_close(struct sock *sk, long timeout)
{
	struct toy_sock *tp = toy_sk(sk);

	lock_sock(sk);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	if (sk->sk_state == TCP_LISTEN)
		toy_listen_stop(sk);
	else if (sk->sk_state != TCP_CLOSE)
		toy_close_conn(sk, timeout);

	sock_hold(sk);
	sock_orphan(sk);
	if (sk->sk_state == TCP_CLOSE) {
		toy_sock_destroy(sk);
	} else {
		tp->orphaned = true;
		atomic_inc(&toy_net(sock_net(sk))->orphans);
		if (toy_memory_disowns(sk))
			toy_conn_abort(&tp->conn, TOY_WHY_NO_MEMORY, 0);
		else if (sk->sk_state == TCP_FIN_WAIT2 && tp->linger2 < 0)
			toy_conn_abort(&tp->conn, TOY_WHY_FIN_WAIT_2_TIMEOUT, 0);
		else
			toy_conn_orphan(&tp->conn, toy_now());
		toy_conn_after(sk);
	}
	/* Segments that waited in the backlog find a socket that nobody holds. */
	release_sock(sk);
	sock_put(sk);
}

/**
 * toy_diag_destroy() - struct proto.diag_destroy: somebody who may ends a connection (ss -K)
 * @sk: socket, of any state
 * @err: what its user is told, errno, positive
 *
 * Context: process, no lock held; may sleep.
 *
 * Return: 0.
 */
static int toy_diag_destroy(struct sock *sk, int err)
{
	lock_sock(sk);
	if (sk->sk_state == TCP_LISTEN) {
		toy_listen_stop(sk);
		WRITE_ONCE(sk->sk_err, err);
		sk_error_report(sk);
	} else if (sk->sk_state != TCP_CLOSE) {
		toy_conn_abort(&toy_sk(sk)->conn, TOY_WHY_USER_ABORT, err);
		toy_conn_after(sk);
	}
	release_sock(sk);
	return 0;
}

/* Forget who the peer was, and our own address unless the user chose it. */
static void toy_forget_addresses(struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);

	inet->inet_dport = 0;
	inet->inet_daddr = 0;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		memset(&sk->sk_v6_daddr, 0, sizeof(sk->sk_v6_daddr));
#endif
	if (sk->sk_userlocks & SOCK_BINDADDR_LOCK)
		return;
	inet->inet_rcv_saddr = 0;
	inet->inet_saddr = 0;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		memset(&sk->sk_v6_rcv_saddr, 0, sizeof(sk->sk_v6_rcv_saddr));
		memset(&inet6_sk(sk)->saddr, 0, sizeof(inet6_sk(sk)->saddr));
	}
#endif
}

/**
 * toy_disconnect() - struct proto.disconnect: connect(AF_UNSPEC), or a connect() that failed
 * @sk: socket; its lock is held by the caller
 * @flags: not used
 *
 * ABORTs whatever there is (RFC 9293 section 3.10.5) and leaves a socket as new, with its options
 * and, if the user bound it, its port.
 *
 * Context: process.
 * Return: 0.
 */
static int toy_disconnect(struct sock *sk, int flags)
{
	struct toy_sock *tp = toy_sk(sk);
	struct toy_knobs knobs = tp->conn.knobs;

	sock_owned_by_me(sk);
	if (sk->sk_state == TCP_LISTEN) {
		toy_listen_stop(sk);
	} else if (sk->sk_state != TCP_CLOSE) {
		/* nobody is told of a reset where there is nothing to reset (section 3.10.5) */
		bool over = (1 << sk->sk_state) & (TCPF_CLOSING | TCPF_LAST_ACK);

		toy_conn_abort(&tp->conn, TOY_WHY_USER_ABORT, over ? 0 : ECONNRESET);
		toy_conn_after(sk);
	}

	toy_unhash(sk);
	sk_stop_timer(sk, &sk->sk_timer);
	tp->timer_expires = 0;
	toy_stream_purge(sk);
	__skb_queue_purge(&sk->sk_receive_queue);
	if (!(sk->sk_userlocks & SOCK_BINDPORT_LOCK))
		toy_port_put(sk);
	toy_forget_addresses(sk);
	sk_dst_reset(sk);

	/* flow.key stays: segments in the backlog are still answered to the old peer */
	toy_conn_init(&tp->conn, &knobs);
	tp->af = sk->sk_family == AF_INET6 ? &toy_ipv6 : &toy_ipv4;
	tp->copied_seq = 0;
	kfree(tp->syn);
	tp->syn = NULL;
	tp->urgent = TOY_URGENT_NONE;
	tp->send_head_seq = 0;
	WRITE_ONCE(sk->sk_shutdown, 0);
	sock_reset_flag(sk, SOCK_DONE);
	sk_error_report(sk);
	return 0;
}

/**
 * toy_shutdown() - struct proto.shutdown
 * @sk: socket; its lock is held, and sk_shutdown is set already
 * @how: RCV_SHUTDOWN, SEND_SHUTDOWN or both
 *
 * SEND_SHUTDOWN is the RFC's CLOSE (section 3.10.4): FIN follows the last byte, data still comes.
 * Once both are shut there is nobody left to read: what comes then resets the connection.
 *
 * Context: process.
 */
static void toy_shutdown(struct sock *sk, int how)
{
	struct toy_conn *c = &toy_sk(sk)->conn;

	if (sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN)
		return;
	if (how & SEND_SHUTDOWN)
		toy_conn_shutdown(c, toy_now());
	if (READ_ONCE(sk->sk_shutdown) == SHUTDOWN_MASK)
		toy_conn_stop_reading(c);
	toy_conn_after(sk);
}

/**
 * toy_ioctl() - struct proto.ioctl
 * @sk: socket
 * @cmd: SIOCINQ (also called FIONREAD), SIOCOUTQ, SIOCOUTQNSD or SIOCATMARK
 * @arg: where the answer goes
 *
 * Context: process.
 * Return: 0 or -errno.
 */
static int toy_ioctl(struct sock *sk, int cmd, TOY_IOCTL_ARG arg)
{
	struct toy_conn *c = &toy_sk(sk)->conn;
	bool listening = sk->sk_state == TCP_LISTEN;
	bool slow, opening;
	int answer;

	if (listening && cmd != SIOCATMARK)
		return cmd == SIOCINQ || cmd == SIOCOUTQ || cmd == SIOCOUTQNSD ? -EINVAL
									       : -ENOIOCTLCMD;
	slow = lock_sock_fast(sk);
	opening = (1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV);
	switch (cmd) {
	case SIOCINQ:
		answer = toy_urgent_inq(sk, c->rcv_nxt - toy_sk(sk)->copied_seq - c->fin_rcvd);
		break;
	case SIOCOUTQ:		/* FIN counts as one, until it is acknowledged */
		answer = opening ? 0 : toy_conn_unacked(c) + toy_closing(sk);
		break;
	case SIOCOUTQNSD:	/* and here until it is sent */
		answer = opening ? 0 : toy_conn_unsent(c) +
			 (toy_closing(sk) && seq_leq(c->snd_nxt, c->snd_end));
		break;
	case SIOCATMARK:
		answer = toy_urgent_at_mark(sk, toy_sk(sk)->copied_seq);
		break;
	default:
		unlock_sock_fast(sk, slow);
		return -ENOIOCTLCMD;
	}
	unlock_sock_fast(sk, slow);
	return toy_ioctl_answer(answer, arg);
}

static struct sock *toy_prot_accept(TOY_ACCEPT_PARAMS)
{
	return toy_accept(sk, TOY_ACCEPT_FLAGS, TOY_ACCEPT_ERR, TOY_ACCEPT_KERN);
}

static int toy_recvmsg(struct sock *sk, struct msghdr *msg, TOY_RECV_PARAMS)
{
	if (unlikely(flags & MSG_ERRQUEUE))
		return inet_recv_error(sk, msg, TOY_RECV_ERROR_ARGS);
	return toy_recvmsg_bytes(sk, msg, len, flags);
}

/* The send queue is below TCP_NOTSENT_LOWAT. */
static bool toy_stream_memory_free(const struct sock *sk, int wake)
{
	u32 lowat = READ_ONCE(toy_sk(sk)->notsent_lowat);

	return !lowat || toy_conn_unsent(&toy_sk(sk)->conn) << wake < lowat;
}

struct proto toy_prot = {
	.name			= "TOY",
	.owner			= THIS_MODULE,
	.close			= toy_close,
	.pre_connect		= toy_ipv4_pre_connect,
	.connect		= toy_ipv4_connect,
	.disconnect		= toy_disconnect,
	.diag_destroy		= toy_diag_destroy,
	.accept			= toy_prot_accept,
	.ioctl			= toy_ioctl,
	.init			= toy_sock_init_common,
	.destroy		= toy_destroy_sock,
	.shutdown		= toy_shutdown,
	.setsockopt		= toy_setsockopt,
	.getsockopt		= toy_getsockopt,
	.keepalive		= toy_set_keepalive,
	.sendmsg		= toy_sendmsg,
	.recvmsg		= toy_recvmsg,
	.backlog_rcv		= toy_backlog_rcv,
	.release_cb		= toy_conn_release_cb,
	.unhash			= toy_unhash,
	.get_port		= toy_port_get,
	.put_port		= toy_port_put,
	.stream_memory_free	= toy_stream_memory_free,
	.enter_memory_pressure	= toy_memory_short,
	.leave_memory_pressure	= toy_memory_enough,
	.memory_allocated	= &toy_memory_allocated,
	.per_cpu_fw_alloc	= &toy_memory_per_cpu,
	.sockets_allocated	= &toy_memory_sockets,
	.memory_pressure	= &toy_memory_pressure,
	.sysctl_mem		= toy_memory_marks,
	.sysctl_wmem		= toy_memory_wmem,
	.sysctl_rmem		= toy_memory_rmem,
	.max_header		= MAX_HEADER + sizeof(struct iphdr) + TOY_HDR_MAX,
	.no_autobind		= true,
	.obj_size		= sizeof(struct toy_sock),
};

struct proto toy6_prot = {
	.name			= "TOYv6",
	.owner			= THIS_MODULE,
	.close			= toy_close,
	.pre_connect		= toy_ipv6_pre_connect,
	.connect		= toy_ipv6_connect,
	.disconnect		= toy_disconnect,
	.diag_destroy		= toy_diag_destroy,
	.accept			= toy_prot_accept,
	.ioctl			= toy_ioctl,
	.init			= toy_sock_init_common,
	.destroy		= toy_destroy_sock,
	.shutdown		= toy_shutdown,
	.setsockopt		= toy_setsockopt,
	.getsockopt		= toy_getsockopt,
	.keepalive		= toy_set_keepalive,
	.sendmsg		= toy_sendmsg,
	.recvmsg		= toy_recvmsg,
	.backlog_rcv		= toy_backlog_rcv,
	.release_cb		= toy_conn_release_cb,
	.unhash			= toy_unhash,
	.get_port		= toy_port_get,
	.put_port		= toy_port_put,
	.stream_memory_free	= toy_stream_memory_free,
	.enter_memory_pressure	= toy_memory_short,
	.leave_memory_pressure	= toy_memory_enough,
	.memory_allocated	= &toy_memory_allocated,
	.per_cpu_fw_alloc	= &toy_memory_per_cpu,
	.sockets_allocated	= &toy_memory_sockets,
	.memory_pressure	= &toy_memory_pressure,
	.sysctl_mem		= toy_memory_marks,
	.sysctl_wmem		= toy_memory_wmem,
	.sysctl_rmem		= toy_memory_rmem,
	.max_header		= MAX_HEADER + sizeof(struct ipv6hdr) + TOY_HDR_MAX,
	.no_autobind		= true,
	.obj_size		= sizeof(struct toy6_sock),
	TOY_PROTO_IPV6_PINFO(struct toy6_sock, inet6)
};

const struct proto_ops toy_stream_ops = {
	.family		= PF_INET,
	.owner		= THIS_MODULE,
	.release	= inet_release,
	.bind		= inet_bind,
	.connect	= inet_stream_connect,
	.socketpair	= sock_no_socketpair,
	.accept		= inet_accept,
	.getname	= inet_getname,
	.poll		= toy_poll,
	.ioctl		= inet_ioctl,
	.gettstamp	= sock_gettstamp,
	.listen		= toy_listen,
	.shutdown	= inet_shutdown,
	.setsockopt	= sock_common_setsockopt,
	.getsockopt	= sock_common_getsockopt,
	.sendmsg	= inet_sendmsg,
	.recvmsg	= inet_recvmsg,
	.mmap		= sock_no_mmap,
	.splice_read	= toy_splice_read,
	.set_rcvlowat	= toy_set_rcvlowat,
	.set_peek_off	= sk_set_peek_off,
};

const struct proto_ops toy6_stream_ops = {
	.family		= PF_INET6,
	.owner		= THIS_MODULE,
	.release	= inet6_release,
	.bind		= inet6_bind,
	.connect	= inet_stream_connect,
	.socketpair	= sock_no_socketpair,
	.accept		= inet_accept,
	.getname	= inet6_getname,
	.poll		= toy_poll,
	.ioctl		= inet6_ioctl,
	.gettstamp	= sock_gettstamp,
	.listen		= toy_listen,
	.shutdown	= inet_shutdown,
	.setsockopt	= sock_common_setsockopt,
	.getsockopt	= sock_common_getsockopt,
	.sendmsg	= inet_sendmsg,
	.recvmsg	= inet_recvmsg,
	.mmap		= sock_no_mmap,
	.splice_read	= toy_splice_read,
	.set_rcvlowat	= toy_set_rcvlowat,
	.set_peek_off	= sk_set_peek_off,
#ifdef CONFIG_COMPAT
	.compat_ioctl	= inet6_compat_ioctl,
#endif
};

/**
 * toy_sock_init() - at load: make the protocols known to the socket layer
 *
 * Context: process.
 * Return: 0 or -errno.
 */
int toy_sock_init(void)
{
	int err;

	err = proto_register(&toy_prot, 1);
	if (err)
		return err;
	err = proto_register(&toy6_prot, 1);
	if (err)
		proto_unregister(&toy_prot);
	return err;
}

/**
 * toy_sock_exit() - at unload
 *
 * Context: process; no socket is left.
 */
void toy_sock_exit(void)
{
	proto_unregister(&toy6_prot);
	proto_unregister(&toy_prot);
}
