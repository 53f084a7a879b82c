// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: ipv4.c - the toy transport over IPv4
 *
 * What IPv4 asks for and the rest of the module does not want to know: registration, connect() with
 * its checks and its route, the source address, the IP header of replies, what ICMP errors mean
 * (RFC 9293 section 3.9.2.2), the pseudo-header. Also carries the connections of IPv6 sockets to
 * IPv4-mapped addresses.
 *
 * May touch: addresses, route and IP options of a socket (struct inet_sock).
 */
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/slab.h>
#include <net/icmp.h>
#include <net/inet_common.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/l3mdev.h>
#include <net/protocol.h>
#include <net/route.h>
#include <net/tcp_states.h>
#include <net/xfrm.h>

#include "toy.h"

/* What ICMP must quote of the segment: ports and sequence number. */
#define TOY_QUOTED	8

static __be32 toy_v4_of(const struct in6_addr *mapped)
{
	return mapped->s6_addr32[3];
}

/* Our address and the peer's, also where an IPv6 socket keeps them. */
static void toy_ipv4_set_local(struct sock *sk, __be32 addr)
{
	inet_sk(sk)->inet_saddr = addr;
	inet_sk(sk)->inet_rcv_saddr = addr;
#if IS_ENABLED(CONFIG_IPV6)
	ipv6_addr_set_v4mapped(addr, &sk->sk_v6_rcv_saddr);
#endif
}

static void toy_ipv4_set_peer(struct sock *sk, __be32 addr)
{
	inet_sk(sk)->inet_daddr = addr;
#if IS_ENABLED(CONFIG_IPV6)
	ipv6_addr_set_v4mapped(addr, &sk->sk_v6_daddr);
#endif
}

/* ------------------------------------------------------------------------------------------- */
/* Routes                                                                                        */

/* The route of @sk by its addresses and ports; @fl4 is left with the source address chosen. */
static struct rtable *toy_ipv4_lookup(struct sock *sk, struct flowi4 *fl4, __be32 daddr)
{
	const struct inet_sock *inet = inet_sk(sk);

	memset(fl4, 0, sizeof(*fl4));
	fl4->flowi4_oif = sk->sk_bound_dev_if;
	fl4->flowi4_mark = READ_ONCE(sk->sk_mark);
	toy_flowi4_set_tos(fl4, inet->tos);
	fl4->flowi4_scope = sock_flag(sk, SOCK_LOCALROUTE) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
	fl4->flowi4_proto = IPPROTO_TOY;
	fl4->flowi4_flags = toy_inet_transparent(sk) ? FLOWI_FLAG_ANYSRC : 0;
	fl4->flowi4_uid = sk->sk_uid;
	fl4->daddr = daddr;
	fl4->saddr = inet->inet_saddr;
	fl4->fl4_dport = inet->inet_dport;
	fl4->fl4_sport = inet->inet_sport;
	security_sk_classify_flow(sk, flowi4_to_flowi_common(fl4));
	return ip_route_output_flow(sock_net(sk), fl4, sk);
}

/* Where segments go first: the peer, or the first hop of a source route (MUST-51). */
static __be32 toy_ipv4_nexthop(const struct sock *sk, __be32 daddr)
{
	const struct ip_options_rcu *opt;

	rcu_read_lock();
	opt = rcu_dereference(inet_sk(sk)->inet_opt);
	if (opt && opt->opt.srr)
		daddr = opt->opt.faddr;
	rcu_read_unlock();
	return daddr;
}

static struct dst_entry *toy_ipv4_route(struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);
	struct dst_entry *dst = __sk_dst_check(sk, 0);
	struct rtable *rt;

	if (dst)
		return dst;
	rt = toy_ipv4_lookup(sk, &inet->cork.fl.u.ip4, toy_ipv4_nexthop(sk, inet->inet_daddr));
	if (IS_ERR(rt))
		return NULL;
	toy_offload_route(sk, &rt->dst);
	return &rt->dst;
}

static u32 toy_ipv4_path_mtu(struct sock *sk)
{
	const struct dst_entry *dst = toy_ipv4_route(sk);

	return dst ? dst_mtu(dst) : 0;
}

static u16 toy_ipv4_ext_len(const struct sock *sk)
{
	const struct ip_options_rcu *opt;
	u16 len;

	rcu_read_lock();
	opt = rcu_dereference(inet_sk(sk)->inet_opt);
	len = opt ? opt->opt.optlen : 0;
	rcu_read_unlock();
	return len;
}

/* ------------------------------------------------------------------------------------------- */
/* connect()                                                                                     */

/**
 * toy_ipv4_pre_connect() - let cgroup programs see, change or refuse the address of connect()
 * @sk: the socket
 * @addr: the address
 * @len: its length
 *
 * Context: process, socket lock held.
 *
 * Return: 0 or an error.
 */
int toy_ipv4_pre_connect(struct sock *sk, struct toy_sockaddr *addr, int len)
{
	if (len < (int)sizeof(struct sockaddr_in))
		return -EINVAL;
	sock_owned_by_me(sk);
	return TOY_CGROUP_CONNECT4(sk, addr, len);
}

/* Forget what connect() set before it failed. */
static void toy_ipv4_disown(struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);

	sk_dst_reset(sk);
	sk->sk_route_caps = 0;
	inet->inet_dport = 0;
	toy_ipv4_set_peer(sk, 0);
	if (!(sk->sk_userlocks & SOCK_BINDADDR_LOCK))
		inet_reset_saddr(sk);
}

/* Name the flow, own a port, and look the route up again now that both ports are known. */
static int toy_ipv4_join(struct sock *sk, __be32 nexthop)
{
	struct inet_sock *inet = inet_sk(sk);
	struct toy_key key = { .net = sock_net(sk), .rport = inet->inet_dport };
	struct rtable *rt;
	int err;

	ipv6_addr_set_v4mapped(inet->inet_saddr, &key.laddr);
	ipv6_addr_set_v4mapped(inet->inet_daddr, &key.raddr);
	key.scope = l3mdev_master_ifindex_by_index(key.net, sk->sk_bound_dev_if);
	err = toy_port_connect(sk, &key);
	if (err)
		return err;
	rt = toy_ipv4_lookup(sk, &inet->cork.fl.u.ip4, nexthop);
	if (IS_ERR(rt)) {
		toy_flow_remove(&toy_sk(sk)->flow);
		if (toy_sk(sk)->port_auto)
			toy_port_put(sk);
		return PTR_ERR(rt);
	}
	toy_offload_route(sk, &rt->dst);
	sk_set_txhash(sk);
	toy_inet_id_init(sk);
	return 0;
}

/**
 * toy_ipv4_connect() - active open over IPv4
 * @sk: a closed socket, of either family
 * @addr: struct sockaddr_in of the peer
 * @len: its length
 *
 * RFC 9293 section 3.10.1. Broadcast and multicast peers are refused (MUST-46, MUST-57). The source
 * address is the one bound to, or the one that the route to the peer suggests, and stays for the
 * life of the connection (MUST-44, MUST-45).
 *
 * Context: process, socket lock held; may sleep.
 *
 * Return: 0 when SYN was sent or will be; -EINVAL, -EAFNOSUPPORT, -ENETUNREACH, -EADDRNOTAVAIL,
 * -ENOMEM, or what the route or a policy says.
 */
int toy_ipv4_connect(struct sock *sk, struct toy_sockaddr *addr, int len)
{
	const struct sockaddr_in *sin = (struct sockaddr_in *)addr;
	struct inet_sock *inet = inet_sk(sk);
	const struct ip_options_rcu *opt;
	__be32 daddr, nexthop;
	struct rtable *rt;
	int err;

	sock_owned_by_me(sk);
	if (len < (int)sizeof(*sin))
		return -EINVAL;
	if (sin->sin_family != AF_INET)
		return -EAFNOSUPPORT;

	daddr = sin->sin_addr.s_addr;
	opt = rcu_dereference_protected(inet->inet_opt, lockdep_sock_is_held(sk));
	if (opt && opt->opt.srr && !daddr)
		return -EINVAL;
	nexthop = toy_ipv4_nexthop(sk, daddr);
	inet->inet_dport = sin->sin_port;
	rt = toy_ipv4_lookup(sk, &inet->cork.fl.u.ip4, nexthop);
	if (IS_ERR(rt)) {
		err = PTR_ERR(rt);
		if (err == -ENETUNREACH)
			IP_INC_STATS(sock_net(sk), IPSTATS_MIB_OUTNOROUTES);
		inet->inet_dport = 0;
		return err;
	}
	err = -ENETUNREACH;
	if (rt->rt_flags & (RTCF_MULTICAST | RTCF_BROADCAST))
		goto out;

	if (!opt || !opt->opt.srr) {	/* an address of zeros means this host */
		daddr = inet->cork.fl.u.ip4.daddr;
		nexthop = daddr;
	}
	toy_ipv4_set_local(sk, inet->inet_saddr ?: inet->cork.fl.u.ip4.saddr);
	toy_ipv4_set_peer(sk, daddr);
	err = toy_ipv4_join(sk, nexthop);
out:
	ip_rt_put(rt);
	if (err) {
		toy_ipv4_disown(sk);
		return err;
	}
	return toy_active_open(sk);
}

/* ------------------------------------------------------------------------------------------- */
/* Segments out                                                                                  */

static int toy_ipv4_xmit(struct sock *sk, struct sk_buff *skb)
{
	return ip_queue_xmit(sk, skb, &inet_sk(sk)->cork.fl);
}

static void toy_ipv4_seal(__sum16 *check, const struct toy_key *key, u32 len, __wsum sum)
{
	*check = csum_tcpudp_magic(toy_v4_of(&key->laddr), toy_v4_of(&key->raddr), len, IPPROTO_TOY,
				   sum);
}

/* The mark that a reply carries: the socket's, or by sysctl the mark of what it answers. */
static u32 toy_ipv4_reply_mark(struct net *net, const struct sock *sk,
			       const struct toy_manner *manner, const struct sk_buff *in)
{
	u32 mark = in ? IP4_REPLY_MARK(net, in->mark) : 0;

	if (!mark && manner)
		mark = manner->mark;
	if (!mark && sk)
		mark = READ_ONCE(sk->sk_mark);
	if (!mark && sk && in && READ_ONCE(net->ipv4.sysctl_tcp_fwmark_accept))
		mark = in->mark;
	return mark;
}

/*
 * A segment came here by a source route: the peer's answer goes back the same way (MUST-53). What
 * the option holds by now are the addresses of the hops, in the order in which they were passed.
 * The last one is our first, then come the others, and then the peer, for which the last place is.
 */
static struct ip_options_rcu *toy_ipv4_way_back(const struct sk_buff *skb)
{
	const struct ip_options *came = &IPCB(skb)->opt;
	const u8 *srr = skb_network_header(skb) + came->srr;
	int hops, i, len;
	struct ip_options_rcu *way;
	u8 *to;

	if (!came->srr)
		return NULL;
	hops = (min_t(int, srr[1], srr[2] - 1) - 3) / 4;
	srr += 3;
	if (hops > 0 && !memcmp(srr, &ip_hdr(skb)->saddr, 4)) {
		srr += 4;	/* the peer is no hop of its own: RFC 1812 section 5.2.4.1 */
		hops--;
	}
	if (hops <= 0)
		return NULL;
	len = ALIGN(3 + 4 * hops, 4);
	way = kzalloc(sizeof(*way) + len, GFP_ATOMIC | __GFP_NOWARN);
	if (!way)
		return NULL;
	way->opt.optlen = len;
	way->opt.srr = sizeof(struct iphdr);
	way->opt.is_strictroute = came->is_strictroute;
	memcpy(&way->opt.faddr, srr + 4 * (hops - 1), 4);
	to = way->opt.__data;
	to[0] = came->is_strictroute ? IPOPT_SSRR : IPOPT_LSRR;
	to[1] = 3 + 4 * hops;
	to[2] = 4;
	for (i = 0; i < hops - 1; i++)
		memcpy(to + 3 + 4 * i, srr + 4 * (hops - 2 - i), 4);
	return way;
}

/* Put a source route behind the header that leads to @iph->daddr. */
static void toy_ipv4_put_route(struct sk_buff *skb, const struct ip_options *route)
{
	struct iphdr *iph = ip_hdr(skb);
	u8 *to = (u8 *)(iph + 1);

	memcpy(to, route->__data, route->optlen);
	memcpy((u8 *)iph + route->srr + to[route->srr - sizeof(*iph) + 1] - 4, &iph->daddr, 4);
	iph->daddr = route->faddr;
	iph->ihl += route->optlen / 4;
	IPCB(skb)->opt = *route;
}

static int toy_ipv4_reply(struct net *net, const struct sock *sk, const struct toy_manner *manner,
			  const struct toy_key *key, struct sk_buff *skb, const struct sk_buff *in,
			  const struct ip_options_rcu *route)
{
	const struct inet_sock *inet = sk ? inet_sk(sk) : NULL;
	u8 tos = inet ? inet->tos : manner ? manner->tos :
		 in ? ip_hdr(in)->tos & ~INET_ECN_MASK : 0;
	struct flowi4 fl4 = { };
	struct iphdr *iph;
	struct rtable *rt;

	fl4.flowi4_oif = sk ? READ_ONCE(sk->sk_bound_dev_if) : manner ? manner->dev : 0;
	if (!fl4.flowi4_oif)
		fl4.flowi4_oif = key->scope;
	fl4.flowi4_mark = toy_ipv4_reply_mark(net, sk, manner, in);
	toy_flowi4_set_tos(&fl4, tos);
	fl4.flowi4_proto = IPPROTO_TOY;
	fl4.flowi4_flags = sk && toy_inet_transparent(sk) ? FLOWI_FLAG_ANYSRC : 0;
	fl4.flowi4_uid = sock_net_uid(net, sk);
	if (route && !route->opt.srr)
		route = NULL;
	fl4.daddr = route ? route->opt.faddr : toy_v4_of(&key->raddr);
	fl4.saddr = toy_v4_of(&key->laddr);
	fl4.fl4_dport = key->rport;
	fl4.fl4_sport = key->lport;
	if (in)
		security_skb_classify_flow((struct sk_buff *)in, flowi4_to_flowi_common(&fl4));
	rt = ip_route_output_flow(net, &fl4, sk);
	if (IS_ERR(rt)) {
		kfree_skb(skb);
		return PTR_ERR(rt);
	}
	skb_dst_set(skb, &rt->dst);

	skb_push(skb, sizeof(*iph) + (route ? route->opt.optlen : 0));
	skb_reset_network_header(skb);
	iph = ip_hdr(skb);
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = tos;
	iph->id = 0;	/* never fragmented, so never put together: RFC 6864 */
	iph->frag_off = htons(IP_DF);
	iph->ttl = inet && inet->uc_ttl >= 0 ? inet->uc_ttl : ip4_dst_hoplimit(&rt->dst);
	iph->protocol = IPPROTO_TOY;
	iph->saddr = fl4.saddr;
	iph->daddr = toy_v4_of(&key->raddr);
	if (unlikely(route))
		toy_ipv4_put_route(skb, &route->opt);
	skb->protocol = htons(ETH_P_IP);
	skb->priority = sk ? READ_ONCE(sk->sk_priority) : 0;
	skb->mark = fl4.flowi4_mark;
	return ip_local_out(net, toy_net(net)->ctl4, skb);
}

/* ------------------------------------------------------------------------------------------- */
/* Segments in                                                                                   */

static void toy_ipv4_devices(const struct sk_buff *skb, int *dif, int *sdif)
{
	*dif = inet_iif(skb);
	*sdif = inet_sdif((struct sk_buff *)skb);
}

static int toy_ipv4_scope(const struct sk_buff *skb)
{
	int dif, sdif;

	toy_ipv4_devices(skb, &dif, &sdif);
	return sdif ? dif : 0;
}

static bool toy_ipv4_key(const struct sk_buff *skb, struct net *net, struct toy_key *key)
{
	const struct iphdr *iph = ip_hdr(skb);
	const __be16 *ports = (const __be16 *)skb->data;

	key->net = net;
	ipv6_addr_set_v4mapped(iph->daddr, &key->laddr);
	ipv6_addr_set_v4mapped(iph->saddr, &key->raddr);
	key->lport = ports[1];
	key->rport = ports[0];
	key->scope = toy_ipv4_scope(skb);
	/* Neither end may be a broadcast or multicast address (MUST-57). */
	if (skb_rtable(skb)->rt_type != RTN_LOCAL)
		return false;
	return !ipv4_is_multicast(iph->saddr) && !ipv4_is_lbcast(iph->saddr) &&
	       !ipv4_is_zeronet(iph->saddr);
}

static bool toy_ipv4_admit(struct sock *sk, struct sk_buff *skb)
{
	if (sk && ip_hdr(skb)->ttl < READ_ONCE(inet_sk(sk)->min_ttl))
		return false;
	return xfrm4_policy_check(sk, XFRM_POLICY_IN, skb);
}

/* The way back of the segment that opens a connection, or of the SYN before it (SHLD-24). */
static struct ip_options_rcu *toy_ipv4_child_way(const struct toy_half *half,
						 const struct sk_buff *skb)
{
	const struct toy_half_extra *extra = toy_half_extra(half);
	struct ip_options_rcu *way = toy_ipv4_way_back(skb);

	if (way || likely(!extra) || !extra->way_back)
		return way;
	return kmemdup(extra->way_back, sizeof(*way) + extra->way_back->opt.optlen,
		       GFP_ATOMIC | __GFP_NOWARN);
}

static int toy_ipv4_accept(struct sock *child, const struct sock *listener,
			   const struct toy_half *half, struct sk_buff *skb)
{
	const struct toy_key *key = &half->flow.key;
	struct inet_sock *inet = inet_sk(child);
	struct rtable *rt;

	toy_sk(child)->af = &toy_ipv4;
	toy_sk(child)->flow.key = *key;
	inet->inet_sport = key->lport;
	inet->inet_dport = key->rport;
	inet->inet_num = ntohs(key->lport);
	toy_ipv4_set_local(child, toy_v4_of(&key->laddr));
	toy_ipv4_set_peer(child, toy_v4_of(&key->raddr));
	if (child->sk_family == AF_INET6)
		toy_ipv6_inherit(child, listener);
	RCU_INIT_POINTER(inet->inet_opt, toy_ipv4_child_way(half, skb));
	child->sk_bound_dev_if = READ_ONCE(listener->sk_bound_dev_if);
	if (!child->sk_bound_dev_if)	/* the VRF it came by: toy_takes_vrf() */
		child->sk_bound_dev_if = key->scope;
	child->sk_mark = toy_ipv4_reply_mark(sock_net(child), listener, NULL, skb);
	inet->mc_index = inet_iif(skb);
	inet->mc_ttl = ip_hdr(skb)->ttl;
	inet->rcv_tos = ip_hdr(skb)->tos;
	toy_inet_id_init(child);
	sk_set_txhash(child);

	rt = toy_ipv4_lookup(child, &inet->cork.fl.u.ip4,
			     toy_ipv4_nexthop(child, inet->inet_daddr));
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	toy_offload_route(child, &rt->dst);
	return 0;
}

/* MUST-3; a device may have done it, or the segment never left this host. */
static bool toy_ipv4_intact(struct sk_buff *skb)
{
	return !skb_checksum_init(skb, IPPROTO_TOY, inet_compute_pseudo) &&
	       !skb_checksum_complete(skb);
}

const struct toy_af toy_ipv4 = {
	.family = AF_INET,
	.net_header = sizeof(struct iphdr),
	.default_mss = TOY_MSS_V4,
	.gso_type = TOY_GSO_V4,
	.min_mtu = 68,	/* RFC 791 */
	.xmit = toy_ipv4_xmit,
	.reply = toy_ipv4_reply,
	.way_back = toy_ipv4_way_back,
	.key = toy_ipv4_key,
	.devices = toy_ipv4_devices,
	.admit = toy_ipv4_admit,
	.accept = toy_ipv4_accept,
	.route = toy_ipv4_route,
	.path_mtu = toy_ipv4_path_mtu,
	.ext_len = toy_ipv4_ext_len,
	.intact = toy_ipv4_intact,
	.seal = toy_ipv4_seal,
};

static int toy_ipv4_rcv(struct sk_buff *skb)
{
	return toy_input(skb, &toy_ipv4);
}

/* ------------------------------------------------------------------------------------------- */
/* Errors from ICMP                                                                              */

/* A router of before RFC 1191 does not say its MTU: the next common one below what was sent. */
static u32 toy_ipv4_plateau(u32 sent)
{
	static const u16 plateaus[] = { 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(plateaus); i++)
		if (plateaus[i] < sent)
			return plateaus[i];
	return 68;
}

/*
 * What an ICMP error says of a connection (RFC 9293 section 3.9.2.2): codes 2 to 4 of Destination
 * Unreachable are hard (SHLD-25), codes 0, 1 and 5, Time Exceeded and Parameter Problem soft
 * (MUST-56); of the later codes Linux's table knows. Return: -errno, 0 when it is to be ignored.
 */
static int toy_ipv4_error(u8 type, u8 code, bool *hard)
{
	*hard = false;
	switch (type) {
	case ICMP_DEST_UNREACH:
		if (code > NR_ICMP_UNREACH)
			return 0;
		*hard = icmp_err_convert[code].fatal;
		return -icmp_err_convert[code].errno;
	case ICMP_TIME_EXCEEDED:
		return -EHOSTUNREACH;
	case ICMP_PARAMETERPROB:
		return -EPROTO;
	default:	/* Source Quench among them: MUST-55 */
		return 0;
	}
}

/* @skb begins with the quoted IP header, which is in the linear part. */
static int toy_ipv4_err(struct sk_buff *skb, u32 info)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	const u8 type = icmp_hdr(skb)->type;
	const u8 code = icmp_hdr(skb)->code;
	struct net *net = dev_net(skb->dev);
	struct toy_key key = { .net = net };
	struct toy_news news = {
		.origin = SO_EE_ORIGIN_ICMP,
		.type = type,
		.code = code,
		.info = info,
		.skb = skb,
	};
	const u8 *quoted;
	u32 seq;

	if (!pskb_may_pull(skb, iph->ihl * 4 + TOY_QUOTED))
		return 0;
	iph = (const struct iphdr *)skb->data;
	quoted = skb->data + iph->ihl * 4;
	ipv6_addr_set_v4mapped(iph->saddr, &key.laddr);
	ipv6_addr_set_v4mapped(iph->daddr, &key.raddr);
	key.lport = *(const __be16 *)quoted;
	key.rport = *(const __be16 *)(quoted + 2);
	key.scope = toy_ipv4_scope(skb);
	seq = toy_get_be32(quoted + 4);

	if (type == ICMP_REDIRECT) {
		toy_icmp_redirect(net, &key, seq, skb);
		return 0;
	}
	if (type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED) {
		if (!info)
			info = toy_ipv4_plateau(ntohs(iph->tot_len));
		toy_icmp_mtu(net, &key, seq, info);
		return 0;
	}
	news.err = -toy_ipv4_error(type, code, &news.hard);
	news.seq = seq;
	news.peer = &iph->daddr;
	news.quoted = quoted;
	if (news.err)
		toy_icmp(net, &key, &news);
	return 0;
}

/* ------------------------------------------------------------------------------------------- */
/* Registration                                                                                  */

static const struct net_protocol toy_ipv4_protocol = {
	.handler = toy_ipv4_rcv,
	.err_handler = toy_ipv4_err,
	.no_policy = 1,		/* asked for in toy_ipv4_admit() */
	.icmp_strict_tag_validation = 1,
};

static struct inet_protosw toy_ipv4_protosw = {
	.type = SOCK_STREAM,
	.protocol = IPPROTO_TOY,
	.prot = &toy_prot,
	.ops = &toy_stream_ops,
};

/**
 * toy_ipv4_init() - take protocol 253 of IPv4, and let programs ask for it
 *
 * Context: process, module load, when everything else is ready.
 *
 * Return: 0; -EAGAIN when somebody has the protocol already.
 */
int __init toy_ipv4_init(void)
{
	int err = inet_add_protocol(&toy_ipv4_protocol, IPPROTO_TOY);

	if (err)
		return -EAGAIN;
	inet_register_protosw(&toy_ipv4_protosw);
	return 0;
}

/**
 * toy_ipv4_exit() - give protocol 253 back
 *
 * When this returns no segment is on its way through the module any more.
 *
 * Context: process, may sleep.
 */
void toy_ipv4_exit(void)
{
	inet_unregister_protosw(&toy_ipv4_protosw);
	inet_del_protocol(&toy_ipv4_protocol, IPPROTO_TOY);
}

/**
 * toy_ipv4_net_init() - what a network namespace needs for IPv4
 * @net: the namespace
 *
 * Context: process.
 *
 * Return: 0 or an error.
 */
int toy_ipv4_net_init(struct net *net)
{
	return inet_ctl_sock_create(&toy_net(net)->ctl4, PF_INET, SOCK_RAW, IPPROTO_TOY, net);
}

/**
 * toy_ipv4_net_exit() - undo toy_ipv4_net_init()
 * @net: the namespace
 *
 * Context: process.
 */
void toy_ipv4_net_exit(struct net *net)
{
	inet_ctl_sock_destroy(toy_net(net)->ctl4);
	toy_net(net)->ctl4 = NULL;
}
