// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: splice.c - out of a socket into a pipe, without a copy
 *
 * splice(2) from a socket gives the pipe references to the pages of the receive queue. The other
 * way, splice(2) and sendfile(2) into a socket, is a sendmsg() to it.
 *
 * May touch: the receive queue, under the socket lock.
 */
#include <linux/net.h>
#include <linux/pipe_fs_i.h>
#include <linux/splice.h>
#include <net/tcp_states.h>

#include "toy.h"

/* Give the pipe what one skb has. Return: bytes; 0: none; -errno (-EAGAIN: it is full). */
static int toy_splice_some(struct sock *sk, struct pipe_inode_info *pipe, size_t len,
			   unsigned int flags)
{
	struct toy_sock *tp = toy_sk(sk);
	struct sk_buff *skb;
	u32 offset = 0, used;
	int n = 0;

	skb = toy_stream_find(sk, tp->copied_seq, &offset);
	if (!skb)
		return 0;
	used = toy_skb(skb)->end - tp->copied_seq;
	if (unlikely(tp->urgent))
		used = toy_urgent_limit(sk, &tp->copied_seq, &offset, used);
	if (used) {
		n = skb_splice_bits(skb, sk, offset, pipe, min_t(size_t, used, len), flags);
		if (n <= 0)
			return n ? : -EAGAIN;
	}
	WRITE_ONCE(tp->copied_seq, tp->copied_seq + n);
	if (tp->copied_seq == toy_skb(skb)->end) {
		__skb_unlink(skb, &sk->sk_receive_queue);
		__kfree_skb(skb);
	}
	if (unlikely(tp->urgent))
		toy_urgent_passed(sk);
	/* 0: the urgent byte was passed over */
	return n ? : toy_splice_some(sk, pipe, len, flags);
}

static ssize_t toy_splice_locked(struct sock *sk, struct pipe_inode_info *pipe, size_t len,
				 unsigned int flags, long timeo)
{
	ssize_t spliced = 0;
	int n;

	if (sk->sk_state == TCP_LISTEN)
		return -ENOTCONN;
	while (len) {
		n = toy_splice_some(sk, pipe, len, flags);
		if (n > 0) {
			spliced += n;
			len -= n;
			if (!timeo)
				break;
			continue;
		}
		if (n < 0 || spliced)
			return spliced ? : n;
		n = toy_recv_idle(sk, 0, timeo);
		if (n <= 0)
			return n;
		n = toy_recv_wait(sk, &timeo, toy_sk(sk)->copied_seq);
		if (n < 0)
			return n;
	}
	return spliced;
}

/**
 * toy_splice_read() - struct proto_ops.splice_read
 * @sock: socket
 * @ppos: must be 0: a stream has no positions
 * @pipe: where to; its lock is held
 * @len: most bytes
 * @flags: SPLICE_F_*
 *
 * Context: process, no socket lock held; may sleep.
 * Return: bytes; 0 at the end of the stream; -errno as recv(2).
 */
ssize_t toy_splice_read(struct socket *sock, loff_t *ppos, struct pipe_inode_info *pipe,
			size_t len, unsigned int flags)
{
	struct sock *sk = sock->sk;
	ssize_t ret;
	long timeo;

	if (unlikely(*ppos))
		return -ESPIPE;
	timeo = sock_rcvtimeo(sk, sock->file->f_flags & O_NONBLOCK);
	lock_sock(sk);
	ret = toy_splice_locked(sk, pipe, len, flags, timeo);
	toy_recv_told(sk);
	release_sock(sk);
	return ret;
}
