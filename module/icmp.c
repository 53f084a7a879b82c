// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: icmp.c - what the network says of a connection
 *
 * ICMP errors arrive here once ipv4.c or ipv6.c has read the quoted segment and put the error into
 * a class. Anybody may send one, so they are believed only when the sequence number that they quote
 * is in flight (RFC 5927 section 4), and then only so far: a hard error ends an open that is not
 * yet complete, everything else is remembered for the user (RFC 9293 section 3.9.2.2, RFC 5461),
 * and a smaller path MTU makes segments smaller (RFC 1191, RFC 8201). Who set IP_RECVERR finds what
 * came while the connection opened in the error queue.
 *
 * Errors do not wait in the backlog. When a process holds the socket the last one of each kind is
 * noted, and toy_icmp_release() deals with it when the socket is let go.
 */
#include <linux/errqueue.h>
#include <net/dst.h>
#include <net/tcp_states.h>

#include "toy.h"

/* Whether an error about @seq can be believed: @sk, locked, has that number in flight. */
static bool toy_icmp_credible(const struct sock *sk, u32 seq)
{
	const struct toy_conn *c = &toy_sk(sk)->conn;

	return sk->sk_state != TCP_CLOSE && seq_in(seq, c->snd_una, c->snd_nxt);
}

/* The connection of @key, with a reference; NULL: there is none. */
static struct sock *toy_icmp_find(const struct toy_key *key)
{
	struct toy_flow *flow = toy_flow_find(key);

	if (!flow)
		return NULL;
	if (flow->kind == TOY_FLOW_CONN)
		return toy_flow_sk(flow);
	toy_flow_put(flow);
	return NULL;
}

/* Note @bit for toy_icmp_release(), with a reference for it. */
static void toy_icmp_defer(struct sock *sk, int bit)
{
	if (!test_and_set_bit(bit, &toy_sk(sk)->deferred))
		sock_hold(sk);
}

static void toy_icmp_error(struct sock *sk, int err, bool hard)
{
	toy_conn_unreachable(&toy_sk(sk)->conn, err, hard);
	toy_conn_after(sk);
}

/*
 * An entry in the error queue, for recvmsg(MSG_ERRQUEUE): who says what of which segment. As with
 * TCP there are entries for a connection that opens only, as traceroute(8) wants them; here only
 * for those who asked (IP_RECVERR), for poll() goes on to tell of it until it is read.
 */
static void toy_icmp_enqueue(struct sock *sk, const struct toy_news *news)
{
	struct sock_exterr_skb *entry;
	struct sk_buff *skb;

	if (!((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV)) || !toy_inet_recverr(sk))
		return;
	skb = skb_clone(news->skb, GFP_ATOMIC);
	if (!skb)
		return;
	entry = SKB_EXT_ERR(skb);
	entry->ee = (struct sock_extended_err) {
		.ee_errno = news->err,
		.ee_origin = news->origin,
		.ee_type = news->type,
		.ee_code = news->code,
		.ee_info = news->info,
	};
	entry->addr_offset = (const u8 *)news->peer - skb_network_header(skb);
	entry->port = inet_sk(sk)->inet_dport;
	__skb_pull(skb, news->quoted - skb->data);
	skb_reset_transport_header(skb);
	if (sock_queue_err_skb(sk, skb))
		kfree_skb(skb);
}

/**
 * toy_icmp() - the network could not deliver a segment
 * @net: network namespace
 * @key: the segment's flow, from our side
 * @news: what it says
 *
 * Context: softirq, or BH off.
 */
void toy_icmp(struct net *net, const struct toy_key *key, const struct toy_news *news)
{
	struct toy_flow *flow = toy_flow_find(key);
	struct sock *sk;

	if (!flow || flow->kind != TOY_FLOW_CONN) {
		if (flow && flow->kind == TOY_FLOW_REQUEST && news->hard)
			toy_half_icmp(container_of(flow, struct toy_half, flow), news->seq);
		else
			toy_count(net, TOY_CNT_IcmpIgnored);
		if (flow)
			toy_flow_put(flow);
		return;
	}
	sk = toy_flow_sk(flow);
	bh_lock_sock(sk);
	if (!toy_icmp_credible(sk, news->seq)) {
		toy_count(net, TOY_CNT_IcmpIgnored);
		goto unlock;
	}
	toy_count(net, TOY_CNT_IcmpErrors);
	toy_icmp_enqueue(sk, news);
	if (!sock_owned_by_user(sk)) {
		toy_icmp_error(sk, news->err, news->hard);
	} else {
		toy_sk(sk)->deferred_err = news->err;
		toy_sk(sk)->deferred_hard = news->hard;
		toy_icmp_defer(sk, TOY_DEFER_ICMP);
	}
unlock:
	bh_unlock_sock(sk);
	sock_put(sk);
}

/* Tell the route, and let the route tell the connection: it knows what else limits the MTU. */
static void toy_icmp_mtu_changed(struct sock *sk, u32 mtu)
{
	struct toy_sock *tsk = toy_sk(sk);
	struct dst_entry *dst;

	if (sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN)
		return;
	dst = tsk->af->route(sk);
	if (!dst)
		return;
	dst->ops->update_pmtu(dst, sk, NULL, mtu, true);
	toy_conn_set_path_mss(&tsk->conn, toy_path_mss(sk), toy_now());
	toy_conn_after(sk);
}

/**
 * toy_icmp_mtu() - a segment was too big for the path
 * @net: network namespace
 * @key: the segment's flow, from our side
 * @seq: the segment's sequence number
 * @mtu: what would have fitted
 *
 * Only a smaller MTU is news, and none below what IP guarantees is believed.
 *
 * Context: softirq, or BH off.
 */
void toy_icmp_mtu(struct net *net, const struct toy_key *key, u32 seq, u32 mtu)
{
	struct sock *sk = toy_icmp_find(key);

	if (!sk) {
		toy_count(net, TOY_CNT_IcmpIgnored);
		return;
	}
	bh_lock_sock(sk);
	if (!toy_icmp_credible(sk, seq) || mtu < toy_sk(sk)->af->min_mtu) {
		toy_count(net, TOY_CNT_IcmpIgnored);
		goto unlock;
	}
	toy_count(net, TOY_CNT_IcmpErrors);
	if (!sock_owned_by_user(sk)) {
		toy_icmp_mtu_changed(sk, mtu);
	} else {
		toy_sk(sk)->deferred_mtu = mtu;
		toy_icmp_defer(sk, TOY_DEFER_MTU);
	}
unlock:
	bh_unlock_sock(sk);
	sock_put(sk);
}

/**
 * toy_icmp_redirect() - a router knows a better first hop
 * @net: network namespace
 * @key: the flow of the segment that it routed, from our side
 * @seq: the segment's sequence number
 * @skb: the ICMP message
 *
 * Context: softirq. Ignored while a process holds the socket: the router will repeat it.
 */
void toy_icmp_redirect(struct net *net, const struct toy_key *key, u32 seq, struct sk_buff *skb)
{
	struct sock *sk = toy_icmp_find(key);
	struct dst_entry *dst;

	if (!sk) {
		toy_count(net, TOY_CNT_IcmpIgnored);
		return;
	}
	bh_lock_sock(sk);
	if (!toy_icmp_credible(sk, seq)) {
		toy_count(net, TOY_CNT_IcmpIgnored);
	} else if (!sock_owned_by_user(sk)) {
		dst = toy_sk(sk)->af->route(sk);
		if (dst)
			dst->ops->redirect(dst, sk, skb);
	}
	bh_unlock_sock(sk);
	sock_put(sk);
}

/**
 * toy_icmp_release() - deal with errors that came while a process held the socket
 * @sk: the socket, about to be let go; the caller has a reference besides the one noted here
 *
 * Context: release_cb, BH off, socket lock held.
 */
void toy_icmp_release(struct sock *sk)
{
	struct toy_sock *tsk = toy_sk(sk);

	if (test_and_clear_bit(TOY_DEFER_MTU, &tsk->deferred)) {
		toy_icmp_mtu_changed(sk, tsk->deferred_mtu);
		__sock_put(sk);
	}
	if (test_and_clear_bit(TOY_DEFER_ICMP, &tsk->deferred)) {
		if (sk->sk_state != TCP_CLOSE && sk->sk_state != TCP_LISTEN)
			toy_icmp_error(sk, tsk->deferred_err, tsk->deferred_hard);
		__sock_put(sk);
	}
}
