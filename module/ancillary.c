// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: ancillary.c - what recvmsg() tells beside the bytes
 *
 * When the last of them came (SO_TIMESTAMP, SO_TIMESTAMPNS, SO_TIMESTAMPING), and how many more are
 * there already (TCP_INQ), as control messages with TCP's numbers.
 *
 * May touch: the user's struct msghdr.
 */
#include <linux/errqueue.h>
#include <linux/tcp.h>

#include "toy.h"

static void toy_tell_ns(const struct sock *sk, struct msghdr *msg, const struct timespec64 *ts)
{
	struct __kernel_old_timespec old = { .tv_sec = ts->tv_sec, .tv_nsec = ts->tv_nsec };
	struct __kernel_timespec new = { .tv_sec = ts->tv_sec, .tv_nsec = ts->tv_nsec };

	if (sock_flag(sk, SOCK_TSTAMP_NEW))
		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMPNS_NEW, sizeof(new), &new);
	else
		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMPNS_OLD, sizeof(old), &old);
}

static void toy_tell_us(const struct sock *sk, struct msghdr *msg, const struct timespec64 *ts)
{
	long us = ts->tv_nsec / NSEC_PER_USEC;
	struct __kernel_old_timeval old = { .tv_sec = ts->tv_sec, .tv_usec = us };
	struct __kernel_sock_timeval new = { .tv_sec = ts->tv_sec, .tv_usec = us };

	if (sock_flag(sk, SOCK_TSTAMP_NEW))
		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMP_NEW, sizeof(new), &new);
	else
		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMP_OLD, sizeof(old), &old);
}

static void toy_tell_time(const struct sock *sk, struct msghdr *msg, ktime_t stamp)
{
	struct scm_timestamping_internal all = { };
	struct timespec64 ts;

	if (!stamp)
		return;
	ts = ktime_to_timespec64(stamp);
	if (sock_flag(sk, SOCK_RCVTSTAMPNS))
		toy_tell_ns(sk, msg, &ts);
	else if (sock_flag(sk, SOCK_RCVTSTAMP))
		toy_tell_us(sk, msg, &ts);
	if (!(READ_ONCE(sk->sk_tsflags) & SOF_TIMESTAMPING_SOFTWARE))
		return;
	toy_scm_stamp(&all, stamp);
	if (sock_flag(sk, SOCK_TSTAMP_NEW))
		put_cmsg_scm_timestamping64(msg, &all);
	else
		put_cmsg_scm_timestamping(msg, &all);
}

/* After FIN it is 1 at least: read on, and be told of the end. */
static void toy_tell_inq(const struct sock *sk, struct msghdr *msg)
{
	const struct toy_sock *tp = toy_sk(sk);
	int inq = READ_ONCE(tp->conn.rcv_nxt) - READ_ONCE(tp->copied_seq);

	if (!inq && sock_flag(sk, SOCK_DONE))
		inq = 1;
	put_cmsg(msg, SOL_TCP, TCP_CM_INQ, sizeof(inq), &inq);
}

/**
 * toy_ancillary() - tell what the user asked to be told
 * @sk: socket
 * @msg: of a recvmsg() that succeeded
 * @stamp: when the last byte that was read came, 0: that was not noted
 *
 * Context: process.
 */
void toy_ancillary(const struct sock *sk, struct msghdr *msg, ktime_t stamp)
{
	toy_tell_time(sk, msg, stamp);
	if (READ_ONCE(toy_sk(sk)->recv_inq))
		toy_tell_inq(sk, msg);
}
