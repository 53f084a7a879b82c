// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: output.c - segments out
 *
 * The core says what goes next (toy_conn_next()); here it becomes an skb and is given to IP. The
 * payload is never copied: the new skb shares the page fragments of sk_write_queue by reference, so
 * a segment may be a super-segment of many MSS, may span several writes, and may be sent again
 * while the first copy is still on its way. The header is built in the linear part.
 *
 * Segments that belong to no connection (resets, SYN,ACK, the ACK of TIME-WAIT) take the same care
 * through toy_output_reply().
 *
 * May touch: the two cursors into sk_write_queue; nothing else of the socket. Only this file
 * transmits.
 */
#include <linux/skbuff.h>
#include <net/dst.h>
#include <net/inet_ecn.h>
#include <net/tcp_states.h>

#include "toy.h"
#include "trace.h"

/* Room for the headers below: ours, IP's with options, the device's. */
#define TOY_HEADROOM	L1_CACHE_ALIGN(128 + MAX_HEADER)

/* The least payload that the header and the options leave room for, whatever ICMP says. */
#define TOY_MSS_FLOOR	48

/* ------------------------------------------------------------------------------------------- */
/* The payload: shared out of sk_write_queue                                                     */

/*
 * The skb that holds @seq. What is sent the first time and what is sent again each go forward, in
 * turn perhaps, so there is a cursor for each; from one segment to the next is a step or two.
 */
static struct sk_buff *toy_output_find(struct sock *sk, u32 seq)
{
	struct toy_sock *tsk = toy_sk(sk);
	bool again = tsk->send_nxt_skb && seq_lt(seq, tsk->send_nxt_seq);
	struct sk_buff *skb = NULL;

	if (!again)
		skb = tsk->send_nxt_skb;
	else if (tsk->send_rtx_skb && seq_gt(tsk->send_rtx_end, tsk->send_head_seq))
		skb = tsk->send_rtx_skb;
	if (!skb || seq_lt(seq, toy_skb(skb)->seq))
		skb = skb_peek(&sk->sk_write_queue);
	while (skb && seq_geq(seq, toy_skb(skb)->end))
		skb = skb_peek_next(skb, &sk->sk_write_queue);
	if (!skb || seq_lt(seq, toy_skb(skb)->seq))
		return NULL;
	if (again) {
		tsk->send_rtx_skb = skb;
		tsk->send_rtx_end = toy_skb(skb)->end;
	} else {
		tsk->send_nxt_skb = skb;
		tsk->send_nxt_seq = toy_skb(skb)->seq;
	}
	return skb;
}

/* Share @len bytes from @off on. -E2BIG: they are in too many pieces. */
static int toy_output_share_frags(struct sk_buff *to, const struct sk_buff *from, u32 off, u32 len)
{
	int i;

	for (i = 0; len && i < skb_shinfo(from)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(from)->frags[i];
		u32 size = skb_frag_size(frag), part, at;
		int n = skb_shinfo(to)->nr_frags;
		struct page *page;

		if (off >= size) {
			off -= size;
			continue;
		}
		part = min(size - off, len);
		page = skb_frag_page(frag);
		at = skb_frag_off(frag) + off;
		if (skb_can_coalesce(to, n, page, at)) {
			skb_frag_size_add(&skb_shinfo(to)->frags[n - 1], part);
		} else if (n < MAX_SKB_FRAGS) {
			get_page(page);
			skb_fill_page_desc(to, n, page, at, part);
		} else {
			return -E2BIG;
		}
		to->len += part;
		to->data_len += part;
		to->truesize += part;
		len -= part;
		off = 0;
	}
	return len ? -ENODATA : 0;
}

static int toy_output_copy(struct sk_buff *to, const struct sk_buff *from, u32 off, u32 len)
{
	return skb_copy_bits(from, off, skb_put(to, len), len);
}

/* Put the payload [@seq, @seq + @len) into @to, by @put. */
static int toy_output_payload(struct sock *sk, struct sk_buff *to, u32 seq, u32 len,
			      int (*put)(struct sk_buff *to, const struct sk_buff *from, u32 off,
					 u32 len))
{
	struct sk_buff *from = toy_output_find(sk, seq);
	int err;

	while (len) {
		u32 part;

		if (!from)
			return -ENODATA;
		part = min(len, toy_skb(from)->end - seq);
		if (unlikely(skb_shinfo(from)->tx_flags) && toy_skb(from)->stamp - seq < part) {
			skb_shinfo(to)->tx_flags = skb_shinfo(from)->tx_flags;
			skb_shinfo(to)->tskey = skb_shinfo(from)->tskey;
		}
		err = put(to, from, seq - toy_skb(from)->seq, part);
		if (err)
			return err;
		seq += part;
		len -= part;
		from = skb_peek_next(from, &sk->sk_write_queue);
	}
	return 0;
}

static struct sk_buff *toy_output_alloc(u32 linear)
{
	struct sk_buff *skb = alloc_skb(TOY_HEADROOM + linear, GFP_ATOMIC | __GFP_NOWARN);

	if (skb)
		skb_reserve(skb, TOY_HEADROOM);
	return skb;
}

/* An skb with the payload of @seg and room for all headers; NULL: no memory. */
static struct sk_buff *toy_output_build(struct sock *sk, const struct toy_seg *seg)
{
	struct sk_buff *skb = toy_output_alloc(0);
	int err;

	if (!skb || !seg->len)
		return skb;
	err = toy_output_payload(sk, skb, seg->seq, seg->len, toy_output_share_frags);
	if (!err)
		return skb;
	kfree_skb(skb);
	if (err != -E2BIG)
		goto broken;

	/* Many small writes in as many pages: they are copied after all. */
	skb = toy_output_alloc(seg->len);
	if (!skb)
		return NULL;
	err = toy_output_payload(sk, skb, seg->seq, seg->len, toy_output_copy);
	if (!err)
		return skb;
	kfree_skb(skb);
broken:
	WARN_ONCE(1, "toy: the send queue does not hold what is to be sent\n");
	return NULL;
}

/* ------------------------------------------------------------------------------------------- */
/* The header                                                                                    */

/**
 * toy_output_header() - put a segment's header in front of its payload
 * @skb: the payload, with room in front
 * @seg: the header; its checksum stays zero
 *
 * Context: any.
 */
void toy_output_header(struct sk_buff *skb, const struct toy_seg *seg)
{
	u8 *header = skb_push(skb, toy_wire_hlen(seg));

	skb_reset_transport_header(skb);
	toy_wire_build(seg, header);
}

/* The checksum (RFC 9293 section 3.1, MUST-2). */
static void toy_output_checksum(struct sk_buff *skb, const struct toy_af *af,
				const struct toy_key *key)
{
	__sum16 *check = (__sum16 *)(skb_transport_header(skb) + TOY_CSUM_OFFSET);

	af->seal(check, key, skb->len, skb_checksum(skb, 0, skb->len, 0));
	skb->ip_summed = CHECKSUM_NONE;
}

/* Only the pseudo-header's part of it: whoever takes the segment last does the rest. */
static void toy_output_checksum_later(struct sk_buff *skb, const struct toy_af *af,
				      const struct toy_key *key)
{
	__sum16 *check = (__sum16 *)(skb_transport_header(skb) + TOY_CSUM_OFFSET);

	af->seal(check, key, skb->len, 0);
	*check = ~*check;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = TOY_CSUM_OFFSET;
	skb->ip_summed = CHECKSUM_PARTIAL;
}

/* ------------------------------------------------------------------------------------------- */
/* Segments of a connection                                                                      */

/**
 * toy_path_mss() - payload bytes that the path takes in a segment without options of ours
 * @sk: connected, or about to
 *
 * MTU less IP header, IP options (MUST-16) and fixed transport header, TCP_MAXSEG applied.
 *
 * Context: softirq or process, socket lock held.
 *
 * Return: for toy_conn_open(), toy_conn_accept() and toy_conn_set_path_mss().
 */
u16 toy_path_mss(struct sock *sk)
{
	const struct toy_sock *tsk = toy_sk(sk);
	const struct toy_af *af = tsk->af;
	u32 mtu = af->path_mtu(sk);
	u32 headers = af->net_header + TOY_HDR_MIN + af->ext_len(sk);
	u32 mss = mtu ? mtu - min(mtu, headers) : af->default_mss;

	if (tsk->user_mss)
		mss = min_t(u32, mss, tsk->user_mss);
	return clamp_t(u32, mss, TOY_MSS_FLOOR, U16_MAX - headers);
}

static void toy_output_one(struct sock *sk, struct toy_seg *seg)
{
	struct toy_sock *tsk = toy_sk(sk);
	const struct toy_key *key = &tsk->flow.key;
	struct net *net = sock_net(sk);
	struct sk_buff *skb;
	int err;

	seg->sport = ntohs(key->lport);
	seg->dport = ntohs(key->rport);
	skb = toy_output_build(sk, seg);
	if (!skb) {	/* as good as lost: the core's timers see to it */
		toy_count(net, TOY_CNT_OutErrs);
		return;
	}
	toy_output_header(skb, seg);
	if (toy_offload_prepare(sk, skb, seg, tsk->af->route(sk)))
		toy_output_checksum_later(skb, tsk->af, key);
	else
		toy_output_checksum(skb, tsk->af, key);
	if (tsk->conn.ecn_ok && seg->ecn)
		INET_ECN_xmit(sk);
	else if (tsk->conn.ecn_ok)
		INET_ECN_dontxmit(sk);
	skb_set_owner_w(skb, sk);
	skb_set_hash_from_sk(skb, sk);
	skb_set_dst_pending_confirm(skb, sk->sk_dst_pending_confirm);
	trace_toy_send(net, key, seg, skb, tsk->conn.rcv_wscale, tsk->conn.state, seg->why);
	err = tsk->af->xmit(sk, skb);
	if (net_xmit_eval(err))
		toy_count(net, TOY_CNT_OutErrs);
}

/**
 * toy_output() - send all that may be sent
 * @sk: a connection
 *
 * Context: softirq or process, socket lock held. May be called at any time; does nothing when there
 * is nothing to send.
 */
void toy_output(struct sock *sk)
{
	struct toy_sock *tsk = toy_sk(sk);
	u64 now = toy_now();
	struct toy_seg seg;

	while (toy_conn_next(&tsk->conn, now, &seg))
		toy_output_one(sk, &seg);
}

/**
 * toy_active_open() - send SYN: the last step of connect()
 * @sk: addresses, ports and route are set, and its flow is in the table
 *
 * RFC 9293 section 3.10.1. The ISN comes from a keyed hash of the flow's name and the clock
 * (RFC 6528, MUST-8).
 *
 * Context: process, socket lock held.
 *
 * Return: 0, or the error with which the connection has already ended.
 */
int toy_active_open(struct sock *sk)
{
	struct toy_sock *tsk = toy_sk(sk);
	const struct toy_key *key = &tsk->flow.key;
	u64 now = toy_now();
	u32 iss = tsk->iss ?: toy_isn(toy_flow_isn_hash(key), now);

	sock_owned_by_me(sk);
	WRITE_ONCE(sk->sk_err, 0);	/* of the connection before, if nobody asked */
	tsk->iss = 0;
	tsk->send_nxt_skb = NULL;
	tsk->send_rtx_skb = NULL;
	tsk->send_head_seq = iss + 1;
	toy_conn_open(&tsk->conn, iss, toy_flow_ts_offset(key), toy_path_mss(sk),
		      toy_rcv_limit(sk), now);
	toy_conn_after(sk);
	return sk->sk_state == TCP_CLOSE ? sock_error(sk) : 0;
}

/* ------------------------------------------------------------------------------------------- */
/* Segments of no connection                                                                     */

/* The state that the object has which sends @seg, for those who watch. */
static u8 toy_reply_state(const struct sock *sk, const struct toy_seg *seg)
{
	if (!sk)
		return seg->flags & TOY_RST ? TOY_CLOSED : TOY_TIME_WAIT;
	if (sk->sk_state != TCP_LISTEN)
		return toy_sk(sk)->conn.state;
	return seg->flags & TOY_RST || seg->why == TOY_SENT_COOKIE ? TOY_LISTEN : TOY_SYN_RECEIVED;
}

/**
 * toy_output_reply() - send a segment that belongs to no connection
 * @net: network namespace
 * @sk: a listener whose settings apply, a connection whose peer is reset, or NULL
 * @manner: without @sk: how its segments went; NULL: as those do that it answers
 * @af: address family
 * @key: the flow's name, from our side
 * @seg: the segment; its ports are taken from @key
 * @in: the segment that it answers, or NULL (SYN,ACK sent again)
 * @route: the source route that it goes by, or NULL
 *
 * Context: any but hard interrupt.
 */
void toy_output_reply(struct net *net, const struct sock *sk, const struct toy_manner *manner,
		      const struct toy_af *af, const struct toy_key *key, const struct toy_seg *seg,
		      const struct sk_buff *in, const struct ip_options_rcu *route)
{
	struct toy_seg out = *seg;
	struct sk_buff *skb;
	int err;

	out.sport = ntohs(key->lport);
	out.dport = ntohs(key->rport);
	skb = toy_output_alloc(0);
	if (!skb) {
		toy_count(net, TOY_CNT_OutErrs);
		return;
	}
	toy_output_header(skb, &out);
	toy_output_checksum(skb, af, key);
	toy_count(net, out.why == TOY_SENT_RETRANSMIT ? TOY_CNT_RetransSegs : TOY_CNT_OutSegs);
	if (out.flags & TOY_RST)
		toy_count(net, TOY_CNT_OutRsts);
	trace_toy_send(net, key, &out, skb, 0, toy_reply_state(sk, &out), out.why);
	rcu_read_lock();
	err = af->reply(net, sk, manner, key, skb, in, route);
	rcu_read_unlock();
	if (net_xmit_eval(err))
		toy_count(net, TOY_CNT_OutErrs);
}
