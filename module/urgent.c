// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: urgent.c - urgent data, as its reader sees it
 *
 * The core says where urgent data ends (RFC 9293 section 3.8.5). To a program that is one byte, the
 * last one (tcp(7), RFC 6093 section 3.1): out of band, to be read with MSG_OOB and passed over by
 * other calls, or with SO_OOBINLINE a byte of the stream like any other at which reading stops. Of
 * several such bytes the last one counts: those that were not read in time are data.
 *
 * May touch: the receive queue, under the socket lock. To send urgent data is stream.c's.
 */
#include <net/tcp_states.h>

#include "toy.h"

/* The reader stands right before an urgent byte that has come and is not inline. */
static bool toy_urgent_is_next(const struct sock *sk)
{
	const struct toy_sock *tp = toy_sk(sk);

	return tp->urgent >= TOY_URGENT_HERE && tp->urgent_seq == tp->copied_seq &&
	       !sock_flag(sk, SOCK_URGINLINE);
}

/**
 * toy_urgent_told() - the peer's urgent pointer advanced (MUST-32)
 * @sk: socket; its lock is held, and the payload that came along is not queued yet
 *
 * Context: any.
 */
void toy_urgent_told(struct sock *sk)
{
	struct toy_sock *tp = toy_sk(sk);
	struct sk_buff *skb;

	sk_send_sigurg(sk);
	/* A reader that stands before the last urgent byte never gets that as data. */
	if (toy_urgent_is_next(sk)) {
		WRITE_ONCE(tp->copied_seq, tp->copied_seq + 1);
		skb = skb_peek(&sk->sk_receive_queue);
		if (skb && seq_geq(tp->copied_seq, toy_skb(skb)->end)) {
			__skb_unlink(skb, &sk->sk_receive_queue);
			__kfree_skb(skb);
		}
	}
	WRITE_ONCE(tp->urgent_seq, tp->conn.rcv_up - 1);
	WRITE_ONCE(tp->urgent, TOY_URGENT_COMING);
}

/**
 * toy_urgent_arrived() - payload was queued: is the urgent byte in it?
 * @sk: socket; its lock is held; the pointer is ahead of what was queued so far
 *
 * Context: any.
 */
void toy_urgent_arrived(struct sock *sk)
{
	struct toy_sock *tp = toy_sk(sk);
	struct sk_buff *skb;
	u32 offset;

	if (seq_leq(tp->conn.rcv_nxt, tp->urgent_seq))
		return;
	skb = toy_stream_find(sk, tp->urgent_seq, &offset);
	if (!skb || skb_copy_bits(skb, offset, &tp->urgent_byte, 1))
		return;
	WRITE_ONCE(tp->urgent, TOY_URGENT_HERE);
	if (!sock_flag(sk, SOCK_DEAD))
		sk->sk_data_ready(sk);
}

/**
 * toy_urgent_recv() - recv(MSG_OOB)
 * @sk: socket; its lock is held
 * @msg: where the byte goes
 * @len: room there
 * @flags: MSG_PEEK and MSG_TRUNC count
 *
 * Context: process. Never waits.
 * Return: 1; 0 at the end of the stream, or without room; -EINVAL: there is no urgent data, it was
 * read, or it is inline; -EAGAIN: it was announced only; -ENOTCONN; -EFAULT.
 */
int toy_urgent_recv(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	struct toy_sock *tp = toy_sk(sk);

	if (sock_flag(sk, SOCK_URGINLINE) || !tp->urgent || tp->urgent == TOY_URGENT_READ)
		return -EINVAL;
	if (sk->sk_state == TCP_CLOSE && !sock_flag(sk, SOCK_DONE))
		return -ENOTCONN;
	if (tp->urgent == TOY_URGENT_COMING) {
		if (sk->sk_state == TCP_CLOSE || (sk->sk_shutdown & RCV_SHUTDOWN))
			return 0;
		return -EAGAIN;
	}
	if (!(flags & MSG_PEEK))
		WRITE_ONCE(tp->urgent, TOY_URGENT_READ);
	msg->msg_flags |= MSG_OOB;
	if (!len) {
		msg->msg_flags |= MSG_TRUNC;
		return 0;
	}
	if (!(flags & MSG_TRUNC) && memcpy_to_msg(msg, &tp->urgent_byte, 1))
		return -EFAULT;
	return 1;
}

/**
 * toy_urgent_at_mark() - does what is to be read next begin with the urgent byte?
 * @sk: socket
 * @seq: sequence number of what is to be read next
 *
 * Context: any; without the lock the answer may be old.
 * Return: true if so.
 */
bool toy_urgent_at_mark(const struct sock *sk, u32 seq)
{
	const struct toy_sock *tp = toy_sk(sk);

	return READ_ONCE(tp->urgent) && READ_ONCE(tp->urgent_seq) == seq;
}

/**
 * toy_urgent_limit() - read up to the urgent byte, and past it unless it is inline
 * @sk: socket; its lock is held
 * @seq: sequence number of what is to be read next; moved past the urgent byte
 * @offset: where that is in its skb; moved likewise
 * @used: bytes that are there, at least 1
 *
 * Context: process.
 * Return: how many of them may be read now, perhaps none.
 */
u32 toy_urgent_limit(struct sock *sk, u32 *seq, u32 *offset, u32 used)
{
	u32 ahead = toy_sk(sk)->urgent_seq - *seq;

	if (ahead)
		return min(ahead, used);
	if (sock_flag(sk, SOCK_URGINLINE))
		return used;
	WRITE_ONCE(*seq, *seq + 1);
	(*offset)++;
	return used - 1;
}

/**
 * toy_urgent_passed() - the user has read: is the urgent byte behind?
 * @sk: socket; its lock is held
 *
 * Context: process.
 */
void toy_urgent_passed(struct sock *sk)
{
	struct toy_sock *tp = toy_sk(sk);

	if (seq_gt(tp->copied_seq, tp->urgent_seq))
		WRITE_ONCE(tp->urgent, TOY_URGENT_NONE);
}

/**
 * toy_urgent_inq() - bytes to be read before the urgent one (SIOCINQ)
 * @sk: socket; its lock is held
 * @inq: all bytes that are there
 *
 * Context: process.
 * Return: bytes.
 */
u32 toy_urgent_inq(const struct sock *sk, u32 inq)
{
	const struct toy_sock *tp = toy_sk(sk);
	u32 ahead = tp->urgent_seq - tp->copied_seq;

	if (!tp->urgent || sock_flag(sk, SOCK_URGINLINE) || ahead >= inq)
		return inq;
	return ahead;
}
