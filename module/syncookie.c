// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: syncookie.c - connections without half-open objects (RFC 4987 section 3.6)
 *
 * When a listener's half-open connections are as many as they may be (net.toy.syncookies 1), or
 * always (2), a SYN is answered by a cookie and forgotten. An ACK that comes to a listener is taken
 * for one that brings a cookie back only while some may be out. If it does, the half-open
 * connection is made from it, and the ACK goes on as if that had been there all the time. What
 * cannot be opened then is forgotten again: for cookies, a listener never holds more half-open
 * connections than CPUs are at work.
 *
 * The core (core/cookie.c) knows what a cookie says, flows.c has the secret, listen.c the half-open
 * connections. This file may touch toy_accept_queue.cookie_time.
 */
#include <linux/slab.h>
#include <net/tcp_states.h>

#include "toy.h"

/* As long as a cookie may live, and a little longer. */
#define TOY_COOKIE_RECENT	(125 * USEC_PER_SEC)

/**
 * struct toy_cookie_name - what a cookie is bound to
 * @key: for the core
 * @flow: the connection's name
 * @shift: of our windows, as the size of the listener's buffer has it: the peer was told, and
 *	should that size change meanwhile, the cookie is no longer good
 */
struct toy_cookie_name {
	struct toy_cookie_key key;
	const struct toy_key *flow;
	u8 shift;
};

static u32 toy_cookie_hash(const struct toy_cookie_key *key, u32 irs, u32 minute, u32 claim)
{
	const struct toy_cookie_name *name = container_of(key, struct toy_cookie_name, key);

	return toy_flow_cookie_hash(name->flow, irs, minute, claim, name->shift);
}

static struct toy_cookie_name toy_cookie_name(const struct sock *listener,
					      const struct toy_key *flow)
{
	return (struct toy_cookie_name){
		.key.hash = toy_cookie_hash,
		.flow = flow,
		.shift = toy_wscale_offer(&toy_sk(listener)->conn.knobs,
					  toy_rcv_limit(listener)),
	};
}

/**
 * toy_cookie_due() - is this listener to answer a SYN by a cookie?
 * @listener: the listener
 * @full: it has no room for another half-open connection
 *
 * Context: any.
 * Return: true if so.
 */
bool toy_cookie_due(const struct sock *listener, bool full)
{
	u8 when = READ_ONCE(toy_net(sock_net(listener))->knobs.syncookies);

	return when == 2 || (when && full);
}

/**
 * toy_cookie_answer() - answer a SYN by a cookie
 * @listener: the listener
 * @skb: the SYN, from the transport header on; not taken
 * @key: its flow, from our side
 * @seg: its header
 * @af: address family
 *
 * Context: softirq, RCU read side.
 */
void toy_cookie_answer(struct sock *listener, const struct sk_buff *skb, const struct toy_key *key,
		       const struct toy_seg *seg, const struct toy_af *af)
{
	struct toy_cookie_name name = toy_cookie_name(listener, key);
	u64 *last = &toy_sk(listener)->queue.cookie_time;
	struct ip_options_rcu *way_back;
	u64 now = toy_now();
	struct toy_request req;
	struct toy_seg out;

	/* Not with each SYN: other CPUs read this cache line. */
	if (now - READ_ONCE(*last) > USEC_PER_SEC)
		WRITE_ONCE(*last, now);
	toy_listen_request(&req, listener, skb, key, seg, af, 0);
	toy_cookie_synack(&req, &name.key, &out, now);
	toy_count(sock_net(listener), TOY_CNT_SyncookiesSent);
	way_back = af->way_back(skb);
	toy_output_reply(sock_net(listener), listener, NULL, af, key, &out, skb, way_back);
	kfree(way_back);
}

static bool toy_cookie_expected(const struct sock *listener)
{
	u8 when = READ_ONCE(toy_net(sock_net(listener))->knobs.syncookies);
	u64 last = READ_ONCE(toy_sk(listener)->queue.cookie_time);

	return when == 2 || (when && last && toy_now() - last < TOY_COOKIE_RECENT);
}

/**
 * toy_cookie_input() - a segment came to a listener: does it bring a cookie back?
 * @listener: the listener; the caller has a reference
 * @skb: the segment, from the transport header on; taken, if the answer is 0
 * @key: its flow, from our side
 * @seg: its header
 * @af: address family
 *
 * Context: softirq, RCU read side.
 * Return: 0: yes; -ENOENT: no; -EAGAIN: another CPU has just opened the same connection: look the
 * flow up again.
 */
int toy_cookie_input(struct sock *listener, struct sk_buff *skb, const struct toy_key *key,
		     const struct toy_seg *seg, const struct toy_af *af)
{
	struct toy_cookie_name name;
	struct toy_seg syn;
	int err;

	if ((seg->flags & (TOY_SYN | TOY_RST | TOY_ACK)) != TOY_ACK ||
	    !toy_cookie_expected(listener))
		return -ENOENT;
	name = toy_cookie_name(listener, key);
	if (!toy_cookie_syn(seg, &name.key, toy_flow_ts_offset(key), toy_now(), &syn)) {
		toy_count(sock_net(listener), TOY_CNT_SyncookiesFailed);
		return -ENOENT;
	}
	err = toy_listen_again(listener, skb, key, &syn, seg, af);
	if (!err)
		toy_count(sock_net(listener), TOY_CNT_SyncookiesRecv);
	return err;
}
