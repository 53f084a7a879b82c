// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: stream.c - bytes in and out
 *
 * Out: sendmsg() copies the user's bytes into page fragments hung on the tail of sk_write_queue, up
 * to TOY_SKB_BYTES in one skb, and tells the core how many there are; output.c shares those pages
 * with the segments it sends; toy_stream_acked() frees what the peer acknowledged.
 *
 * In: payload is coalesced on sk_receive_queue, from where recvmsg() copies it; what came before
 * its turn hangs in the core's reassembly queue only. Both are charged to the socket and bounded by
 * sk_rcvbuf, of which toy_rcv_limit() offers the peer half: the other half is for what memory costs
 * above the bytes in it.
 *
 * When all sockets together have too much memory, an empty queue takes its first bytes on credit:
 * sk_forward_alloc is below zero until they leave. So no connection stands still.
 *
 * Queues are touched under the socket lock only, so their own spinlocks are not used. This file may
 * touch them and nothing of IP.
 */
#include <net/tcp_states.h>
#include <net/xfrm.h>

#include "toy.h"

#define TOY_SKB_BYTES	32768	/* most bytes in one skb of the send queue */
#define TOY_PUSH_BYTES	65536	/* bytes taken from the user before the core hears of them */

/* ------------------------------------------------------------------------------------------- */
/* The send queue                                                                                */

static bool toy_may_send(const struct sock *sk)
{
	return (1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT) && !sk->sk_err &&
	       !(sk->sk_shutdown & SEND_SHUTDOWN);
}

/*
 * One who asks and is answered in turn needs one skb at a time: from the second time on it is kept
 * for the next, until toy_stream_idle().
 */
static void toy_send_keep(struct toy_sock *tp, struct sk_buff *skb)
{
	int i;

	if (tp->send_spare || !tp->send_again || skb_cloned(skb) || skb_shinfo(skb)->tx_flags) {
		tp->send_again = true;
		__kfree_skb(skb);
		return;
	}
	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++)
		skb_frag_unref(skb, i);
	skb_shinfo(skb)->nr_frags = 0;
	skb->truesize -= skb->data_len;
	skb->len = 0;
	skb->data_len = 0;
	tp->send_spare = skb;
}

static void toy_send_free(struct sock *sk, struct sk_buff *skb)
{
	struct toy_sock *tp = toy_sk(sk);

	if (tp->send_nxt_skb == skb)
		tp->send_nxt_skb = NULL;
	if (tp->send_rtx_skb == skb)
		tp->send_rtx_skb = NULL;
	__skb_unlink(skb, &sk->sk_write_queue);
	sk_wmem_queued_add(sk, -skb->truesize);
	sk_mem_uncharge(sk, skb->truesize);
	toy_send_keep(tp, skb);
}

/* An empty skb at the end of the send queue; its first byte will be @seq. */
static struct sk_buff *toy_send_grow(struct sock *sk, u32 seq)
{
	struct toy_sock *tp = toy_sk(sk);
	struct sk_buff *skb = tp->send_spare;

	tp->send_spare = NULL;
	if (!skb)
		skb = alloc_skb(0, sk->sk_allocation);
	if (!skb)
		return NULL;
	/* With nothing unsent and unacknowledged the first one is had on credit. */
	if (!sk_wmem_schedule(sk, skb->truesize) && !skb_queue_empty(&sk->sk_write_queue)) {
		__kfree_skb(skb);
		return NULL;
	}
	toy_skb(skb)->seq = seq;
	toy_skb(skb)->end = seq;
	toy_skb(skb)->stamp_ack = false;
	if (skb_queue_empty(&sk->sk_write_queue))
		tp->send_head_seq = seq;
	__skb_queue_tail(&sk->sk_write_queue, skb);
	sk_wmem_queued_add(sk, skb->truesize);
	sk_mem_charge(sk, skb->truesize);
	return skb;
}

/* Can bytes of the current page fragment go on at the end of @skb? */
static bool toy_send_fits(struct sk_buff *skb, const struct page_frag *pfrag)
{
	int n = skb_shinfo(skb)->nr_frags;

	return skb->len < TOY_SKB_BYTES &&
	       (n < MAX_SKB_FRAGS || skb_can_coalesce(skb, n, pfrag->page, pfrag->offset));
}

/**
 * toy_send_append() - copy bytes of the user to the end of the send queue
 * @sk: socket; its lock is held
 * @msg: where they are
 * @seq: sequence number of the first one
 *
 * Context: process; may sleep.
 * Return: bytes taken, at least 1; -EFAULT, or -ENOMEM when it is worth waiting.
 */
static int toy_send_append(struct sock *sk, struct msghdr *msg, u32 seq)
{
	struct sk_buff *skb = skb_peek_tail(&sk->sk_write_queue);
	struct page_frag *pfrag = sk_page_frag(sk);
	int room = sk->sk_sndbuf - sk->sk_wmem_queued;
	size_t copy;
	int n;

	if (!sk_page_frag_refill(sk, pfrag))
		return -ENOMEM;
	if (!skb || !toy_send_fits(skb, pfrag)) {
		skb = toy_send_grow(sk, seq);
		if (!skb)
			return -ENOMEM;
	}
	copy = min_t(size_t, msg_data_left(msg), pfrag->size - pfrag->offset);
	copy = min_t(size_t, copy, TOY_SKB_BYTES - skb->len);
	copy = min_t(size_t, copy, max(room, 2048));
	if (!sk_wmem_schedule(sk, copy)) {
		if (skb->len || skb != skb_peek(&sk->sk_write_queue))
			return -ENOMEM;
		copy = min_t(size_t, copy, 2048);	/* on credit */
	}
	if (copy_page_from_iter(pfrag->page, pfrag->offset, copy, &msg->msg_iter) != copy)
		return -EFAULT;

	n = skb_shinfo(skb)->nr_frags;
	if (skb_can_coalesce(skb, n, pfrag->page, pfrag->offset)) {
		skb_frag_size_add(&skb_shinfo(skb)->frags[n - 1], copy);
	} else {
		skb_fill_page_desc(skb, n, pfrag->page, pfrag->offset, copy);
		get_page(pfrag->page);
	}
	pfrag->offset += copy;
	skb->len += copy;
	skb->data_len += copy;
	skb->truesize += copy;
	sk_wmem_queued_add(sk, copy);
	sk_mem_charge(sk, copy);
	toy_skb(skb)->end += copy;
	return copy;
}

/* Tell the core what was added, and send what it lets go. */
static void toy_send_push(struct sock *sk, u32 *pending, bool push)
{
	if (*pending || push)
		toy_conn_queued(&toy_sk(sk)->conn, *pending, push);
	*pending = 0;
	toy_conn_after(sk);
}

/* MSG_OOB: the last byte that was added is urgent. */
static void toy_send_urgent(struct sock *sk, u32 *pending)
{
	struct toy_conn *c = &toy_sk(sk)->conn;

	toy_conn_queued(c, *pending, true);
	*pending = 0;
	toy_conn_urgent(c);
}

static int toy_sendmsg_locked(struct sock *sk, struct msghdr *msg)
{
	const struct toy_conn *c = &toy_sk(sk)->conn;
	int flags = msg->msg_flags, copied = 0, err;
	bool push = !(flags & MSG_MORE) || (flags & MSG_OOB), room;
	u32 pending = 0, tsflags;
	long timeo;

	if (flags & MSG_FASTOPEN)	/* the caller then connects first */
		return -EOPNOTSUPP;
	timeo = sock_sndtimeo(sk, flags & MSG_DONTWAIT);
	if ((1 << sk->sk_state) & ~(TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)) {
		err = sk_stream_wait_connect(sk, &timeo);
		if (err)
			return sk_stream_error(sk, flags, err);
	}
	err = toy_ancillary_send(sk, msg, &tsflags);
	if (err)
		return err;
	sk_clear_bit(SOCKWQ_ASYNC_NOSPACE, sk);

	while (msg_data_left(msg)) {
		err = -EPIPE;
		if (!toy_may_send(sk))
			break;
		room = sk_stream_memory_free(sk);
		err = room ? toy_send_append(sk, msg, c->snd_end + pending) : -ENOMEM;
		if (err > 0) {
			copied += err;
			pending += err;
			if (pending >= TOY_PUSH_BYTES && msg_data_left(msg))
				toy_send_push(sk, &pending, false);
			continue;
		}
		if (err != -ENOMEM)
			break;
		if (sk->sk_socket)
			set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
		if (pending || toy_conn_unsent(c))
			toy_send_push(sk, &pending, true);
		if (!room && sk_stream_memory_free(sk))
			continue;	/* to send made room (TCP_NOTSENT_LOWAT) */
		err = sk_stream_wait_memory(sk, &timeo);
		if (err)
			break;
	}

	if (copied) {
		if (unlikely(tsflags))
			toy_stamp_ask(sk, tsflags, copied);
		if ((flags & MSG_OOB) && toy_may_send(sk))
			toy_send_urgent(sk, &pending);
		if (pending || (push && toy_may_send(sk)))
			toy_send_push(sk, &pending, push);
		return copied;
	}
	if (!msg_data_left(msg))
		return 0;
	/* An edge-triggered poller must hear of space even if it was never refused any. */
	if (err == -EAGAIN && skb_queue_empty(&sk->sk_write_queue))
		sk->sk_write_space(sk);
	return sk_stream_error(sk, flags, err);
}

/**
 * toy_sendmsg() - struct proto.sendmsg: SEND (RFC 9293 section 3.10.2)
 * @sk: socket
 * @msg: flags MSG_DONTWAIT, MSG_MORE, MSG_NOSIGNAL and MSG_OOB count
 * @size: not used, @msg knows
 *
 * Context: process, no lock held; may sleep.
 * Return: bytes taken, or -errno as send(2) and tcp(7) have it.
 */
int toy_sendmsg(struct sock *sk, struct msghdr *msg, size_t size)
{
	int ret;

	lock_sock(sk);
	ret = toy_sendmsg_locked(sk, msg);
	release_sock(sk);
	return ret;
}

/* Room for what the congestion window lets be in flight, and as much again being acknowledged. */
static void toy_send_autotune(struct sock *sk)
{
	int most = READ_ONCE(toy_net(sock_net(sk))->knobs.wmem[2]);
	u64 want = (u64)toy_sk(sk)->conn.cong.cwnd * 5 / 2;

	if (sk->sk_userlocks & SOCK_SNDBUF_LOCK || READ_ONCE(*sk->sk_prot->memory_pressure))
		return;
	want = min_t(u64, want, most);
	if (want > sk->sk_sndbuf)
		WRITE_ONCE(sk->sk_sndbuf, want);
}

/**
 * toy_stream_opened() - the connection is established
 * @sk: socket; its lock is held
 *
 * Context: any.
 */
void toy_stream_opened(struct sock *sk)
{
	toy_send_autotune(sk);
}

/**
 * toy_stream_acked() - free what lies below SND.UNA, and tell who waits for the room
 * @sk: socket; its lock is held
 *
 * Context: any.
 */
void toy_stream_acked(struct sock *sk)
{
	struct toy_sock *tp = toy_sk(sk);
	struct sk_buff *skb;

	while ((skb = skb_peek(&sk->sk_write_queue))) {
		tp->send_head_seq = toy_skb(skb)->seq;
		toy_stamp_acked(sk, skb);
		if (seq_gt(toy_skb(skb)->end, tp->conn.snd_una) ||
		    toy_skb(skb)->end == toy_skb(skb)->seq)
			break;
		tp->send_head_seq = toy_skb(skb)->end;
		toy_send_free(sk, skb);
	}
	toy_send_autotune(sk);
	smp_mb();	/* pairs with the barrier in toy_poll() */
	if (sk->sk_socket && test_bit(SOCK_NOSPACE, &sk->sk_socket->flags))
		sk->sk_write_space(sk);
}

/**
 * toy_stream_idle() - nothing was sent for a while: give back what was kept for it
 * @sk: socket; its lock is held
 *
 * Context: any.
 */
void toy_stream_idle(struct sock *sk)
{
	struct toy_sock *tp = toy_sk(sk);

	kfree_skb(tp->send_spare);
	tp->send_spare = NULL;
	tp->send_again = false;
}

/**
 * toy_stream_purge() - the connection needs neither its send queue nor what waits for its turn
 * @sk: socket; its lock is held
 *
 * Context: any.
 */
void toy_stream_purge(struct sock *sk)
{
	struct toy_sock *tp = toy_sk(sk);
	struct toy_range *range;
	struct sk_buff *skb;

	while ((skb = skb_peek(&sk->sk_write_queue)))
		toy_send_free(sk, skb);
	toy_stream_idle(sk);
	while ((range = toy_ranges_first(&tp->conn.ofo))) {
		toy_ranges_remove(&tp->conn.ofo, range);
		__kfree_skb(toy_stream_unhold(sk, range));
	}
}

/* ------------------------------------------------------------------------------------------- */
/* The receive queue                                                                             */

/**
 * toy_rcv_limit() - most bytes that may wait for the user; what the window is made of
 * @sk: socket
 *
 * Context: any.
 * Return: bytes.
 */
u32 toy_rcv_limit(const struct sock *sk)
{
	u32 most = READ_ONCE(toy_sk(sk)->window_clamp) ? : 1 << 30;

	return clamp_t(u32, READ_ONCE(sk->sk_rcvbuf) / 2, 256, most);
}

/* Memory for what comes next is worth more than what came too early. */
static void toy_stream_renege(struct sock *sk)
{
	struct toy_range *range, *next = toy_conn_renege(&toy_sk(sk)->conn);

	while ((range = next)) {
		next = range->left;
		__kfree_skb(toy_stream_unhold(sk, range));
	}
}

/**
 * toy_stream_room() - is there memory for a segment's payload? It is reserved if so
 * @sk: socket; its lock is held
 * @skb: the segment
 * @in_order: it holds the next byte that is waited for
 *
 * Segments in order do not compete with those held for reassembly: however many of those an
 * attacker sends, the stream goes on.
 *
 * Context: any.
 * Return: true if there is.
 */
bool toy_stream_room(struct sock *sk, struct sk_buff *skb, bool in_order)
{
	u32 ofo = toy_sk(sk)->ofo_bytes;
	u32 used = atomic_read(&sk->sk_rmem_alloc) - ofo;
	u32 size = READ_ONCE(sk->sk_rcvbuf);

	if (in_order ? used > size : ofo > size / 2 || READ_ONCE(*sk->sk_prot->memory_pressure))
		return false;
	if (sk_rmem_schedule(sk, skb, skb->truesize))
		return true;
	if (!in_order)
		return false;
	if (ofo) {
		toy_stream_renege(sk);
		if (sk_rmem_schedule(sk, skb, skb->truesize))
			return true;
	}
	/* With nothing unread one segment is taken on credit, so that the stream goes on. */
	return skb_queue_empty(&sk->sk_receive_queue);
}

/* Payload of @skb without its header, its tail cut if that is cheap; see toy_skb_cb.skip. */
static void toy_stream_trim(struct sk_buff *skb, u32 seq, u32 skip, u32 take)
{
	u32 pull = min_t(u32, skip, skb_headlen(skb));

	__skb_pull(skb, pull);
	if (skip == pull && skb->len > take && !skb_cloned(skb))
		__pskb_trim(skb, take);		/* if it fails, @end says where the bytes end */
	toy_skb(skb)->seq = seq;
	toy_skb(skb)->end = seq + take;
	toy_skb(skb)->skip = skip - pull;
}

/* All bytes of the skb count. */
static bool toy_stream_whole(struct sk_buff *skb)
{
	return !toy_skb(skb)->skip && toy_skb(skb)->end - toy_skb(skb)->seq == skb->len;
}

/* Append @skb to the last one in the queue. Return: false if it must be queued by itself. */
static bool toy_stream_coalesce(struct sock *sk, struct sk_buff *skb)
{
	struct sk_buff *tail = skb_peek_tail(&sk->sk_receive_queue);
	u32 take = toy_skb(skb)->end - toy_skb(skb)->seq;
	ktime_t stamp = skb->tstamp;
	bool stolen;
	int delta;

	if (!tail || toy_skb(tail)->end != toy_skb(skb)->seq || !toy_stream_whole(tail) ||
	    !toy_stream_whole(skb) || !skb_try_coalesce(tail, skb, &stolen, &delta))
		return false;
	toy_skb(tail)->end += take;
	tail->tstamp = stamp;
	atomic_add(delta, &sk->sk_rmem_alloc);
	sk_mem_charge(sk, delta);
	kfree_skb_partial(skb, stolen);
	return true;
}

/*
 * A few bytes in a large buffer, and already many such: copy them into a page that the next ones
 * are coalesced into. Otherwise a peer that sends a byte at a time would use up the whole buffer
 * long before its window. Return: the page, @skb is freed; or @skb.
 */
static struct sk_buff *toy_stream_condense(struct sock *sk, struct sk_buff *skb)
{
	u32 take = toy_skb(skb)->end - toy_skb(skb)->seq;
	struct sk_buff *page;

	if (take * 4 > skb->truesize ||
	    atomic_read(&sk->sk_rmem_alloc) < READ_ONCE(sk->sk_rcvbuf) / 4)
		return skb;
	page = alloc_skb(SKB_MAX_ORDER(0, 0), GFP_ATOMIC | __GFP_NOWARN);
	if (!page)
		return skb;
	if (take > skb_tailroom(page) || !sk_rmem_schedule(sk, page, page->truesize) ||
	    skb_copy_bits(skb, toy_skb(skb)->skip, skb_put(page, take), take)) {
		__kfree_skb(page);
		return skb;
	}
	toy_skb(page)->seq = toy_skb(skb)->seq;
	toy_skb(page)->end = toy_skb(skb)->end;
	toy_skb(page)->skip = 0;
	page->tstamp = skb->tstamp;
	__kfree_skb(skb);
	return page;
}

/**
 * toy_stream_queue() - payload the user may read now
 * @sk: socket; its lock is held
 * @skb: taken
 * @seq: sequence number of its first byte
 * @skip: bytes in @skb before that one
 * @take: how many to take
 *
 * Context: any.
 */
void toy_stream_queue(struct sock *sk, struct sk_buff *skb, u32 seq, u32 skip, u32 take)
{
	skb_dst_drop(skb);
	secpath_reset(skb);
	toy_stream_trim(skb, seq, skip, take);
	if (toy_stream_coalesce(sk, skb))
		return;
	skb = toy_stream_condense(sk, skb);
	if (!skb->destructor)		/* else charged already, while it was held */
		skb_set_owner_r(skb, sk);
	__skb_queue_tail(&sk->sk_receive_queue, skb);
}

/**
 * toy_stream_hold() - payload that waits for its turn in the core's reassembly queue
 * @sk: socket; its lock is held
 * @skb: from its payload on; toy_skb_cb.range is in the queue already
 *
 * Context: any.
 */
void toy_stream_hold(struct sock *sk, struct sk_buff *skb)
{
	skb_dst_drop(skb);
	secpath_reset(skb);
	skb_set_owner_r(skb, sk);
	toy_sk(sk)->ofo_bytes += skb->truesize;
}

/**
 * toy_stream_unhold() - the core has taken a segment out of its reassembly queue
 * @sk: socket; its lock is held
 * @range: the segment's place in it
 *
 * Context: any.
 * Return: the segment, still charged to the socket.
 */
struct sk_buff *toy_stream_unhold(struct sock *sk, struct toy_range *range)
{
	struct toy_skb_cb *cb = container_of(range, struct toy_skb_cb, range);
	struct sk_buff *skb = (struct sk_buff *)((char *)cb - offsetof(struct sk_buff, cb));

	toy_sk(sk)->ofo_bytes -= skb->truesize;
	return skb;
}

/**
 * toy_stream_readable() - is a reader to be woken?
 * @sk: socket
 * @target: bytes it wants at least
 *
 * Also when the peer cannot send what is missing, for want of window or memory.
 *
 * Context: any; without the lock the answer may be old.
 * Return: true if so.
 */
bool toy_stream_readable(const struct sock *sk, int target)
{
	const struct toy_sock *tp = toy_sk(sk);
	s32 avail = READ_ONCE(tp->conn.rcv_nxt) - READ_ONCE(tp->copied_seq);
	int size = READ_ONCE(sk->sk_rcvbuf);

	if (avail <= 0)
		return false;
	return avail >= target || sock_flag(sk, SOCK_DONE) ||
	       avail >= READ_ONCE(tp->conn.rcv_limit) - 1 ||
	       atomic_read(&sk->sk_rmem_alloc) > size - (size >> 3);
}

/* Let the buffer grow when the user reads more in a round trip than it takes. */
static void toy_recv_autotune(struct sock *sk, u64 now)
{
	struct toy_conn *c = &toy_sk(sk)->conn;
	int most = READ_ONCE(toy_net(sock_net(sk))->knobs.rmem[2]);
	u64 size;
	u32 want;

	if (sk->sk_userlocks & SOCK_RCVBUF_LOCK)
		return;
	want = toy_conn_rcv_want(c, now);
	if (want <= c->rcv_limit || READ_ONCE(*sk->sk_prot->memory_pressure))
		return;
	size = min_t(u64, (u64)want * 2, most);
	if (size <= sk->sk_rcvbuf)
		return;
	WRITE_ONCE(sk->sk_rcvbuf, size);
	toy_conn_set_rcv_limit(c, toy_rcv_limit(sk), now);
}

/**
 * toy_recv_told() - tell the core what was read since it was last told; it may open the window
 * @sk: socket; its lock is held
 *
 * Context: process.
 */
void toy_recv_told(struct sock *sk)
{
	struct toy_sock *tp = toy_sk(sk);
	u32 n = tp->copied_seq - tp->conn.rcv_read;
	u64 now;

	if (!n || !toy_state_synced(tp->conn.state))
		return;
	now = toy_now();
	toy_conn_read(&tp->conn, n, now);
	toy_recv_autotune(sk, now);
	if (!tp->conn.ack_now && !tp->conn.events)
		return;		/* nothing to say, as nearly always */
	toy_conn_after(sk);
}

/* Sequence number after the last byte in the receive queue. */
static u32 toy_recv_end(const struct sock *sk)
{
	struct sk_buff *tail = skb_peek_tail(&sk->sk_receive_queue);

	return tail ? toy_skb(tail)->end : READ_ONCE(toy_sk(sk)->copied_seq);
}

/**
 * toy_recv_wait() - wait until there is more to read
 * @sk: socket; its lock is held, and let go meanwhile
 * @timeo: how long, in jiffies; what is left of it
 * @end: more than up to here
 *
 * Context: process; sleeps.
 * Return: as sk_wait_data(): below 0 where the socket was disconnected meanwhile.
 */
int toy_recv_wait(struct sock *sk, long *timeo, u32 end)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	int ret;

	add_wait_queue(sk_sleep(sk), &wait);
	sk_set_bit(SOCKWQ_ASYNC_WAITDATA, sk);
	ret = sk_wait_event(sk, timeo, toy_recv_end(sk) != end, &wait);
	sk_clear_bit(SOCKWQ_ASYNC_WAITDATA, sk);
	remove_wait_queue(sk_sleep(sk), &wait);
	return ret;
}

/**
 * toy_stream_find() - where a byte of the receive queue is
 * @sk: socket; its lock is held
 * @seq: the byte's sequence number
 * @offset: where it is in the skb
 *
 * Context: any.
 * Return: the skb; NULL: it is not there.
 */
struct sk_buff *toy_stream_find(struct sock *sk, u32 seq, u32 *offset)
{
	struct sk_buff *skb;

	skb_queue_walk(&sk->sk_receive_queue, skb) {
		u32 at = seq - toy_skb(skb)->seq;

		if (at < toy_skb(skb)->end - toy_skb(skb)->seq) {
			*offset = at + toy_skb(skb)->skip;
			return skb;
		}
	}
	return NULL;
}

/**
 * toy_recv_idle() - nothing to read at the moment: what now?
 * @sk: socket; its lock is held
 * @copied: bytes that were read before
 * @timeo: how long the user would wait, in jiffies
 *
 * As tcp(7) has it: first the data, then the end of the stream, then the error.
 *
 * Context: process.
 * Return: 1 to wait; 0 to return what was read (nothing, if at the end); -errno.
 */
int toy_recv_idle(struct sock *sk, int copied, long timeo)
{
	if (copied) {
		if (sk->sk_err || sk->sk_state == TCP_CLOSE || !timeo ||
		    (sk->sk_shutdown & RCV_SHUTDOWN) || signal_pending(current))
			return 0;
		return 1;
	}
	if (sock_flag(sk, SOCK_DONE))
		return 0;
	if (sk->sk_err)
		return sock_error(sk);
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return 0;
	if (sk->sk_state == TCP_CLOSE)
		return -ENOTCONN;
	if (!timeo)
		return -EAGAIN;
	if (signal_pending(current))
		return sock_intr_errno(timeo);
	return 1;
}

static int toy_recvmsg_locked(struct sock *sk, struct msghdr *msg, size_t len, int flags,
			      ktime_t *stamp)
{
	struct toy_sock *tp = toy_sk(sk);
	u32 peek_seq = tp->copied_seq + max(sk_peek_offset(sk, flags), 0), offset = 0, used;
	u32 *seq = flags & MSG_PEEK ? &peek_seq : &tp->copied_seq;
	int copied = 0, target, ret;
	struct sk_buff *skb;
	long timeo;

	if (sk->sk_state == TCP_LISTEN)
		return -ENOTCONN;
	if (flags & MSG_OOB)
		return toy_urgent_recv(sk, msg, len, flags);
	timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	target = sock_rcvlowat(sk, flags & MSG_WAITALL, len);

	do {	/* once even for no byte: the error and the end are told to that call too */
		/* Somebody else may have read what this peek waited for. */
		if ((flags & MSG_PEEK) && seq_lt(peek_seq, tp->copied_seq))
			peek_seq = tp->copied_seq;
		if (unlikely(toy_urgent_at_mark(sk, *seq))) {
			if (copied)
				break;
			if (signal_pending(current)) {
				copied = timeo ? sock_intr_errno(timeo) : -EAGAIN;
				break;
			}
		}
		skb = toy_stream_find(sk, *seq, &offset);
		if (!skb) {
			if (copied >= target && !READ_ONCE(sk->sk_backlog.tail))
				break;
			ret = toy_recv_idle(sk, copied, timeo);
			if (ret <= 0) {
				copied = copied ? : ret;
				break;
			}
			toy_recv_told(sk);
			if (copied >= target) {		/* take what the backlog holds */
				release_sock(sk);
				lock_sock(sk);
				continue;
			}
			ret = toy_recv_wait(sk, &timeo, toy_recv_end(sk));
			if (ret < 0) {
				copied = copied ? : ret;
				break;
			}
			continue;
		}

		used = toy_skb(skb)->end - *seq;
		used = min_t(size_t, used, len);
		if (unlikely(tp->urgent) && used)
			used = toy_urgent_limit(sk, seq, &offset, used);
		if (!(flags & MSG_TRUNC) && used && skb_copy_datagram_msg(skb, offset, msg, used)) {
			copied = copied ? : -EFAULT;
			break;
		}
		WRITE_ONCE(*seq, *seq + used);
		copied += used;
		len -= used;
		*stamp = skb->tstamp;
		if (flags & MSG_PEEK)
			sk_peek_offset_fwd(sk, used);
		else
			sk_peek_offset_bwd(sk, used);
		if (*seq == toy_skb(skb)->end && !(flags & MSG_PEEK)) {
			__skb_unlink(skb, &sk->sk_receive_queue);
			__kfree_skb(skb);
		}
		if (unlikely(tp->urgent))
			toy_urgent_passed(sk);
	} while (len);
	toy_recv_told(sk);
	return copied;
}

/**
 * toy_recvmsg_bytes() - RECEIVE (RFC 9293 section 3.10.3)
 * @sk: socket
 * @msg: where the bytes go
 * @len: how many at most
 * @flags: MSG_DONTWAIT, MSG_OOB, MSG_PEEK, MSG_TRUNC and MSG_WAITALL count
 *
 * Context: process, no lock held; may sleep.
 * Return: bytes; 0 at the end of the stream; -errno as recv(2) and tcp(7) have it.
 */
int toy_recvmsg_bytes(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	ktime_t stamp = 0;
	int ret;

	lock_sock(sk);
	ret = toy_recvmsg_locked(sk, msg, min_t(size_t, len, INT_MAX), flags, &stamp);
	release_sock(sk);
	if (ret >= 0)
		toy_ancillary(sk, msg, stamp);
	return ret;
}
