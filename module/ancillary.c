// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: ancillary.c - what is told beside the bytes
 *
 * recvmsg() tells when the last of them came (SO_TIMESTAMP, SO_TIMESTAMPNS, SO_TIMESTAMPING), and
 * how many more are there already (TCP_INQ), as control messages with TCP's numbers.
 *
 * sendmsg() may ask to be told when the last of its bytes went, and was acknowledged
 * (SO_TIMESTAMPING): output.c hands the question on with the segment that holds the byte, the
 * device or the ACK answers, and the answer is in the error queue.
 *
 * May touch: the user's struct msghdr, the last skb of the send queue.
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

/**
 * toy_ancillary_send() - read the control messages of sendmsg()
 * @sk: socket; its lock is held
 * @msg: of the call
 * @tsflags: SOF_TIMESTAMPING_* that hold for these bytes
 *
 * Context: process.
 * Return: 0 or -EINVAL.
 */
int toy_ancillary_send(struct sock *sk, struct msghdr *msg, u32 *tsflags)
{
	struct sockcm_cookie cookie;

	*tsflags = READ_ONCE(sk->sk_tsflags);
	if (likely(!msg->msg_controllen))
		return 0;
	sockcm_init(&cookie, sk);
	if (sock_cmsg_send(sk, msg, &cookie))
		return -EINVAL;
	*tsflags = cookie.tsflags;
	return 0;
}

/**
 * toy_stamp_ask() - the user wants to know when the bytes just queued are sent or acknowledged
 * @sk: socket; its lock is held
 * @tsflags: SOF_TIMESTAMPING_*
 * @bytes: how many they are; the last of them is not sent yet
 *
 * Bytes are counted from the moment SOF_TIMESTAMPING_OPT_ID was set.
 *
 * Context: process.
 */
void toy_stamp_ask(struct sock *sk, u32 tsflags, u32 bytes)
{
	struct sk_buff *skb = skb_peek_tail(&sk->sk_write_queue);
	u32 id = 0;

	if (tsflags & SOF_TIMESTAMPING_OPT_ID)
		id = atomic_add_return(bytes, &sk->sk_tskey) - 1;
	if (!skb || !(tsflags & SOF_TIMESTAMPING_TX_RECORD_MASK))
		return;
	__sock_tx_timestamp(tsflags, &skb_shinfo(skb)->tx_flags);
	skb_shinfo(skb)->tskey = id;
	toy_skb(skb)->stamp = toy_skb(skb)->end - 1;
	toy_skb(skb)->stamp_ack = tsflags & SOF_TIMESTAMPING_TX_ACK;
}

/**
 * toy_stamp_acked() - was the byte acknowledged that the user asked about?
 * @sk: socket; its lock is held
 * @skb: of the send queue
 *
 * Context: any.
 */
void toy_stamp_acked(struct sock *sk, struct sk_buff *skb)
{
	if (!toy_skb(skb)->stamp_ack || seq_leq(toy_sk(sk)->conn.snd_una, toy_skb(skb)->stamp))
		return;
	toy_skb(skb)->stamp_ack = false;
	__skb_tstamp_tx(skb, NULL, NULL, sk, SCM_TSTAMP_ACK);
}
