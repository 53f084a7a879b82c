// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: input.c - segments in
 *
 * The door through which everything from the network comes, and the one place that decides whose it
 * is: header and checksum are verified, addresses that cannot be an end of a connection refused,
 * the flow looked up, policy and socket filter asked; then the segment goes to its connection (at
 * once, or through the backlog while a process holds the socket), to a half-open connection, to
 * TIME-WAIT, to a listener, or is answered by a reset (RFC 9293 section 3.10.7.1). What is not
 * taken is counted and traced with the reason.
 *
 * May touch: the skb, until it is handed on. skb->data stands at the transport header throughout;
 * IP's control block is left alone until the segment has reached a connection.
 */
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/dsfield.h>
#include <net/dst.h>
#include <net/inet_ecn.h>
#include <net/tcp_states.h>

#include "toy.h"
#include "trace.h"

/* Lookups of one segment whose flow changes hands meanwhile. */
#define TOY_LOOKUPS	4

/* Memory of the backlog beyond both buffers: small segments cost more than they carry. */
#define TOY_BACKLOG_EXTRA	65536

/**
 * struct toy_arrival - one segment on its way in
 * @net: network namespace
 * @skb: the segment
 * @af: address family it came by
 * @key: its flow, from our side
 * @seg: its header
 */
struct toy_arrival {
	struct net *net;
	struct sk_buff *skb;
	const struct toy_af *af;
	struct toy_key key;
	struct toy_seg seg;
};

/* ------------------------------------------------------------------------------------------- */
/* What is not taken                                                                             */

static void toy_input_count(struct net *net, enum toy_drop why)
{
	switch (why) {
	case TOY_DROP_CHECKSUM:
		toy_count(net, TOY_CNT_InCsumErrors);
		fallthrough;
	case TOY_DROP_SHORT:
		toy_count(net, TOY_CNT_InErrs);
		break;
	case TOY_DROP_NO_SOCKET:
		toy_count(net, TOY_CNT_InNoPorts);
		break;
	case TOY_DROP_POLICY:
		toy_count(net, TOY_CNT_PolicyDrops);
		break;
	case TOY_DROP_BACKLOG:
		toy_count(net, TOY_CNT_BacklogDrops);
		break;
	default:	/* counted by whoever decided */
		break;
	}
}

static u8 toy_input_state(const struct sock *sk)
{
	if (!sk)
		return TOY_CLOSED;
	return sk->sk_state == TCP_LISTEN ? TOY_LISTEN : READ_ONCE(toy_sk(sk)->conn.state);
}

/**
 * toy_input_drop() - refuse a segment: count, trace and free it
 * @net: network namespace
 * @skb: the segment, its transport header set; is freed
 * @sk: the socket that it was for, or NULL
 * @key: its flow from our side, NULL: not known
 * @seg: its header, NULL: not known
 * @why: the reason
 *
 * Context: any but hard interrupt.
 */
void toy_input_drop(struct net *net, struct sk_buff *skb, const struct sock *sk,
		    const struct toy_key *key, const struct toy_seg *seg, enum toy_drop why)
{
	u8 shift = sk ? READ_ONCE(toy_sk(sk)->conn.snd_wscale) : 0;

	trace_toy_drop(net, key, seg, skb, shift, toy_input_state(sk), why);
	toy_input_count(net, why);
	kfree_skb(skb);
}

static void toy_input_refuse(struct toy_arrival *in, const struct sock *sk, enum toy_drop why)
{
	toy_input_drop(in->net, in->skb, sk, &in->key, &in->seg, why);
}

static void toy_input_reset(const struct toy_arrival *in, const struct sock *sk)
{
	struct toy_seg rst;

	if (toy_reset_for(&in->seg, &rst))
		toy_output_reply(in->net, sk, NULL, in->af, &in->key, &rst, in->skb, NULL);
}

static void toy_input_seen(const struct toy_arrival *in, u8 shift, u8 state)
{
	trace_toy_receive(in->net, &in->key, &in->seg, in->skb, shift, state, 0);
}

/* ------------------------------------------------------------------------------------------- */
/* Checks                                                                                        */

/* What only the skb knows of a segment. */
static void toy_input_envelope(const struct sk_buff *skb, struct toy_seg *seg)
{
	const struct iphdr *iph = ip_hdr(skb);
	u8 field = iph->version == 4 ? iph->tos : ipv6_get_dsfield(ipv6_hdr(skb));

	seg->ecn = field & INET_ECN_MASK;
	seg->gso_size = skb_shinfo(skb)->gso_size;
}

/* Read the header, options and all. Return: false when it is not all there. */
static bool toy_input_parse(struct sk_buff *skb, struct toy_seg *seg)
{
	u32 hlen;

	if (!pskb_may_pull(skb, TOY_HDR_MIN))
		return false;
	hlen = (skb->data[12] >> 4) * 4;
	if (!pskb_may_pull(skb, hlen))
		return false;
	if (!toy_wire_parse(seg, skb->data, skb_headlen(skb), skb->len))
		return false;
	toy_input_envelope(skb, seg);
	return true;
}

/* Policy and the filter of a socket, which may cut payload off (SO_ATTACH_FILTER). */
static bool toy_input_admitted(struct toy_arrival *in, struct sock *sk)
{
	if (!in->af->admit(sk, in->skb))
		return false;
	nf_reset_ct(in->skb);
	if (toy_sk_filter(sk, in->skb, in->seg.hlen))
		return false;
	in->seg.len = in->skb->len - in->seg.hlen;
	return true;
}

/* ------------------------------------------------------------------------------------------- */
/* To whom it goes; each of these takes the skb                                                  */

static bool toy_input_device_fits(const struct toy_arrival *in, const struct sock *sk)
{
	int dev = READ_ONCE(sk->sk_bound_dev_if);
	int dif, sdif;

	if (!dev)
		return true;
	in->af->devices(in->skb, &dif, &sdif);
	return dev == dif || dev == sdif;
}

/*
 * To a connection. Return: false when it left the flow table before we had its lock, to TIME-WAIT
 * perhaps, or went over to another flow: then the segment is not taken and its flow is to be looked
 * up again.
 *
 * In the backlog it keeps no device and no route alive, and no socket that a program had assigned
 * it to.
 */
static bool toy_input_conn(struct toy_arrival *in, struct sock *sk)
{
	const struct toy_flow *flow = &toy_sk(sk)->flow;
	const struct toy_conn *c = &toy_sk(sk)->conn;
	u64 limit = (u64)READ_ONCE(sk->sk_rcvbuf) + READ_ONCE(sk->sk_sndbuf) + TOY_BACKLOG_EXTRA;
	struct sk_buff *skb = in->skb;
	bool taken = true;

	bh_lock_sock_nested(sk);
	if (unlikely(!flow->hashed || memcmp(&flow->key, &in->key, sizeof(in->key)))) {
		taken = false;
		goto unlock;
	}
	toy_input_seen(in, c->snd_wscale, c->state);
	skb->dev = NULL;
	skb_dst_drop(skb);
	skb_orphan(skb);
	if (!sock_owned_by_user(sk))
		toy_conn_deliver(sk, skb, &in->seg);
	else if (sk_add_backlog(sk, skb, min_t(u64, limit, U32_MAX)))
		toy_input_refuse(in, sk, TOY_DROP_BACKLOG);
unlock:
	bh_unlock_sock(sk);
	return taken;
}

/* Return: false when the flow has an owner by now: look it up again. */
static bool toy_input_listener(struct toy_arrival *in, struct sock *sk, u32 min_iss)
{
	enum toy_drop drop = TOY_DROP_NONE;
	bool reset = false;
	int err;

	err = toy_cookie_input(sk, in->skb, &in->key, &in->seg, in->af);
	if (err != -ENOENT)
		return !err;
	if (!toy_listen_segment(&in->seg, &drop, &reset)) {
		if (reset)
			toy_input_reset(in, sk);
		toy_input_refuse(in, sk, drop);
	} else {
		toy_listen_syn(sk, in->skb, &in->key, &in->seg, in->af, min_iss);
	}
	return true;
}

/* To TIME-WAIT; or, when that lets a new SYN take its place, to the listener. */
static void toy_input_timewait(struct toy_arrival *in, struct toy_tw *tw)
{
	struct sock *sk;
	int dif, sdif;
	u32 min_iss;

	toy_input_seen(in, 0, TOY_TIME_WAIT);
	if (!in->af->admit(NULL, in->skb)) {
		toy_input_refuse(in, NULL, TOY_DROP_POLICY);
		return;
	}
	if (!toy_tw_input(tw, in->skb, &in->seg, in->af, &min_iss)) {
		consume_skb(in->skb);
		return;
	}
	in->af->devices(in->skb, &dif, &sdif);
	sk = toy_port_listener(&in->key, dif, sdif, in->skb, in->seg.hlen);
	if (!sk) {
		toy_tw_ack(tw, in->skb, in->af);
		toy_input_refuse(in, NULL, TOY_DROP_TIME_WAIT);
		return;
	}
	if (toy_input_admitted(in, sk)) {
		toy_tw_kill(tw, TOY_CNT_TimeWaitsReused, TOY_WHY_TIME_WAIT_REUSED);
		toy_input_listener(in, sk, min_iss);	/* a SYN: no cookie */
	} else {
		toy_input_refuse(in, sk, TOY_DROP_POLICY);
	}
	sock_put(sk);
}

/* To a listener, or to nobody. Return: false when that was too late, and the skb not taken. */
static bool toy_input_stranger(struct toy_arrival *in)
{
	bool taken = true;
	struct sock *sk;
	int dif, sdif;

	in->af->devices(in->skb, &dif, &sdif);
	sk = toy_port_listener(&in->key, dif, sdif, in->skb, in->seg.hlen);
	toy_input_seen(in, 0, toy_input_state(sk));
	if (sk) {
		if (toy_input_admitted(in, sk))
			taken = toy_input_listener(in, sk, 0);
		else
			toy_input_refuse(in, sk, TOY_DROP_POLICY);
		sock_put(sk);
		return taken;
	}
	if (!in->af->admit(NULL, in->skb)) {
		toy_input_refuse(in, NULL, TOY_DROP_POLICY);
		return true;
	}
	toy_input_reset(in, NULL);
	toy_input_refuse(in, NULL, TOY_DROP_NO_SOCKET);
	return true;
}

static bool toy_input_half(struct toy_arrival *in, struct toy_half *half)
{
	const struct toy_request *req = &half->req;

	if (!toy_input_admitted(in, half->listener)) {
		toy_input_refuse(in, half->listener, TOY_DROP_POLICY);
		return true;
	}
	toy_input_seen(in, req->opts & TOY_OPT_WSCALE ? req->snd_wscale : 0, TOY_SYN_RECEIVED);
	return toy_half_input(half, in->skb, &in->seg, in->af);
}

/* To the owner of its flow. Return: false when that was too late, and the skb not taken. */
static bool toy_input_owner(struct toy_arrival *in, struct toy_flow *flow)
{
	struct sock *sk;

	switch (flow->kind) {
	case TOY_FLOW_REQUEST:
		return toy_input_half(in, container_of(flow, struct toy_half, flow));
	case TOY_FLOW_TIMEWAIT:
		toy_input_timewait(in, container_of(flow, struct toy_tw, flow));
		return true;
	default:
		break;
	}
	sk = toy_flow_sk(flow);
	if (!toy_input_device_fits(in, sk)) {
		toy_input_refuse(in, NULL, TOY_DROP_NOT_FOR_US);
		return true;
	}
	if (!toy_input_admitted(in, sk)) {
		toy_input_refuse(in, sk, TOY_DROP_POLICY);
		return true;
	}
	sk_incoming_cpu_update(sk);
	return toy_input_conn(in, sk);
}

static void toy_input_flow(struct toy_arrival *in)
{
	struct toy_flow *flow;
	bool taken;
	int i;

	for (i = 0; i < TOY_LOOKUPS; i++) {
		flow = toy_flow_find(&in->key);
		if (flow) {
			taken = toy_input_owner(in, flow);
			toy_flow_put(flow);
		} else {
			taken = toy_input_stranger(in);
		}
		if (taken)
			return;
	}
	toy_input_refuse(in, NULL, TOY_DROP_CLOSED);
}

/**
 * toy_input() - a segment came from IP
 * @skb: it; is taken; skb->data is at the transport header
 * @af: address family it came by
 *
 * RFC 9293 section 3.10.7. Anything may come, from anybody.
 *
 * Context: softirq, RCU read side.
 *
 * Return: 0, always.
 */
int toy_input(struct sk_buff *skb, const struct toy_af *af)
{
	struct toy_arrival in = {
		.net = dev_net(skb->dev),
		.skb = skb,
		.af = af,
	};

	if (skb->pkt_type != PACKET_HOST) {	/* MUST-57 */
		toy_input_drop(in.net, skb, NULL, NULL, NULL, TOY_DROP_NOT_FOR_US);
		return 0;
	}
	/* a super-segment counts here as it did where it was sent */
	toy_count_add(in.net, TOY_CNT_InSegs, max_t(u16, 1, skb_shinfo(skb)->gso_segs));
	if (!toy_input_parse(skb, &in.seg)) {
		toy_input_drop(in.net, skb, NULL, NULL, NULL, TOY_DROP_SHORT);
		return 0;
	}
	if (!af->key(skb, in.net, &in.key))
		toy_input_refuse(&in, NULL, TOY_DROP_NOT_FOR_US);
	else if (!af->intact(skb))
		toy_input_refuse(&in, NULL, TOY_DROP_CHECKSUM);
	else
		toy_input_flow(&in);
	if (in.seg.opts & TOY_OPT_BAD)
		toy_count(in.net, TOY_CNT_BadOptions);
	return 0;
}

/**
 * toy_backlog_rcv() - struct proto.backlog_rcv: a segment that waited for a process to finish
 * @sk: the socket
 * @skb: the segment; is taken
 *
 * Context: process, socket lock held.
 *
 * Return: 0, always.
 */
int toy_backlog_rcv(struct sock *sk, struct sk_buff *skb)
{
	struct toy_sock *tsk = toy_sk(sk);
	struct toy_flow *flow = NULL;
	struct toy_seg seg;
	u32 min_iss;

	/* It was parsed before it came here, and a filter leaves the header whole. */
	if (WARN_ON_ONCE(!toy_wire_parse(&seg, skb->data, skb_headlen(skb), skb->len))) {
		kfree_skb(skb);
		return 0;
	}
	toy_input_envelope(skb, &seg);
	/* The connection may have gone to TIME-WAIT in between: a FIN again is for that. */
	if (!tsk->flow.hashed)
		flow = toy_flow_find(&tsk->flow.key);
	if (!flow || flow->kind != TOY_FLOW_TIMEWAIT) {
		toy_conn_deliver(sk, skb, &seg);
		goto out;
	}
	local_bh_disable();
	toy_tw_input(container_of(flow, struct toy_tw, flow), skb, &seg, tsk->af, &min_iss);
	local_bh_enable();
	consume_skb(skb);
out:
	if (flow)
		toy_flow_put(flow);
	return 0;
}
