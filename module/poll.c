// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: poll.c - what poll(2), select(2) and epoll(7) are told, and who is woken to write
 *
 * This file may read a socket without its lock, and may touch the bits that ask for a wake-up.
 */
#include <linux/poll.h>
#include <net/tcp_states.h>

#include "toy.h"

static __poll_t toy_poll_write(struct sock *sk)
{
	if (sk->sk_shutdown & SEND_SHUTDOWN)
		return EPOLLOUT | EPOLLWRNORM;
	if (__sk_stream_is_writeable(sk, 1))
		return EPOLLOUT | EPOLLWRNORM;
	sk_set_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	/* Room may have come between the test and the bit; pairs with toy_stream_acked(). */
	smp_mb__after_atomic();
	return __sk_stream_is_writeable(sk, 1) ? EPOLLOUT | EPOLLWRNORM : 0;
}

/**
 * toy_poll() - struct proto_ops.poll: the bits of tcp(7)
 * @file: the socket's file
 * @sock: socket
 * @wait: poll table
 *
 * Context: process, no lock held.
 * Return: EPOLL bits.
 */
__poll_t toy_poll(struct file *file, struct socket *sock, struct poll_table_struct *wait)
{
	struct sock *sk = sock->sk;
	__poll_t mask = 0;
	int state, target;
	u8 shutdown;

	sock_poll_wait(file, sock, wait);
	state = inet_sk_state_load(sk);
	if (state == TCP_LISTEN)
		return READ_ONCE(sk->sk_ack_backlog) ? EPOLLIN | EPOLLRDNORM : 0;

	shutdown = READ_ONCE(sk->sk_shutdown);
	if (shutdown == SHUTDOWN_MASK || state == TCP_CLOSE)
		mask |= EPOLLHUP;
	if (shutdown & RCV_SHUTDOWN)
		mask |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
	if (state != TCP_SYN_SENT && state != TCP_SYN_RECV) {
		/* an urgent byte out of band is not there to be read */
		target = sock_rcvlowat(sk, 0, INT_MAX) +
			 (toy_urgent_at_mark(sk, READ_ONCE(toy_sk(sk)->copied_seq)) &&
			  !sock_flag(sk, SOCK_URGINLINE));
		if (toy_stream_readable(sk, target))
			mask |= EPOLLIN | EPOLLRDNORM;
		if (READ_ONCE(toy_sk(sk)->urgent) == TOY_URGENT_HERE)
			mask |= EPOLLPRI;
		mask |= toy_poll_write(sk);
	}
	smp_rmb();	/* sk_err is set before sk_state_change() wakes us */
	if (READ_ONCE(sk->sk_err) || !skb_queue_empty_lockless(&sk->sk_error_queue))
		mask |= EPOLLERR;
	return mask;
}

/**
 * toy_write_space() - struct sock.sk_write_space: wake those who wait to write
 * @sk: socket
 *
 * Context: any.
 */
void toy_write_space(struct sock *sk)
{
	struct socket *sock = sk->sk_socket;
	struct socket_wq *wq;

	if (!sock || !__sk_stream_is_writeable(sk, 1))
		return;
	clear_bit(SOCK_NOSPACE, &sock->flags);
	rcu_read_lock();
	wq = rcu_dereference(sk->sk_wq);
	if (skwq_has_sleeper(wq))
		wake_up_interruptible_poll(&wq->wait, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
	if (wq && wq->fasync_list && !(sk->sk_shutdown & SEND_SHUTDOWN))
		sock_wake_async(wq, SOCK_WAKE_SPACE, POLL_OUT);
	rcu_read_unlock();
}
