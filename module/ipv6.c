// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: ipv6.c - the toy transport over IPv6
 *
 * What IPv6 asks for and the rest of the module does not want to know: registration, connect() with
 * scope identifiers, flow labels and IPv4-mapped addresses, the route, replies, what ICMPv6 errors
 * mean (RFC 9293 section 3.9.2.2), the pseudo-header.
 *
 * May touch: addresses, route and IPv6 options of a socket (struct ipv6_pinfo).
 */
#include <linux/errqueue.h>
#include <linux/icmpv6.h>
#include <net/addrconf.h>
#include <net/inet_common.h>
#include <net/inet_ecn.h>
#include <net/ip6_checksum.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/protocol.h>
#include <net/tcp_states.h>
#include <net/transp_v6.h>
#include <net/xfrm.h>

#include "toy.h"

/* What ICMPv6 must quote of the segment: ports and sequence number. */
#define TOY_QUOTED	8

static bool toy_ipv6_linklocal(const struct in6_addr *addr)
{
	return ipv6_addr_type(addr) & IPV6_ADDR_LINKLOCAL;
}

/* ------------------------------------------------------------------------------------------- */
/* Routes                                                                                        */

/* Keep @dst, of which we have a reference, as the route of @sk. */
static void toy_ipv6_keep(struct sock *sk, struct dst_entry *dst)
{
	const struct rt6_info *rt = container_of(dst, struct rt6_info, dst);

	inet6_sk(sk)->dst_cookie = rt6_get_cookie(rt);
	toy_offload_route(sk, dst);
}

/*
 * The route of @sk by its addresses and ports. @fl6 is left as ip6_xmit() wants it: the final
 * destination, and the source address chosen where @sk has none.
 */
static struct dst_entry *toy_ipv6_lookup(struct sock *sk, struct flowi6 *fl6)
{
	const struct inet_sock *inet = inet_sk(sk);
	const struct ipv6_pinfo *np = inet6_sk(sk);
	struct in6_addr *final_p, final;
	struct dst_entry *dst;

	memset(fl6, 0, sizeof(*fl6));
	fl6->flowi6_proto = IPPROTO_TOY;
	fl6->daddr = sk->sk_v6_daddr;
	fl6->saddr = np->saddr;
	fl6->flowlabel = ip6_make_flowinfo(np->tclass, np->flow_label);
	fl6->flowi6_oif = sk->sk_bound_dev_if;
	fl6->flowi6_mark = READ_ONCE(sk->sk_mark);
	fl6->fl6_sport = inet->inet_sport;
	fl6->fl6_dport = inet->inet_dport;
	fl6->flowi6_uid = sk->sk_uid;
	security_sk_classify_flow(sk, flowi6_to_flowi_common(fl6));

	rcu_read_lock();
	final_p = fl6_update_dst(fl6, rcu_dereference(np->opt), &final);
	rcu_read_unlock();
	dst = ip6_dst_lookup_flow(sock_net(sk), sk, fl6, final_p);
	fl6->daddr = sk->sk_v6_daddr;
	return dst;
}

static struct dst_entry *toy_ipv6_route(struct sock *sk)
{
	struct dst_entry *dst = __sk_dst_check(sk, inet6_sk(sk)->dst_cookie);

	if (dst)
		return dst;
	dst = toy_ipv6_lookup(sk, &inet_sk(sk)->cork.fl.u.ip6);
	if (IS_ERR(dst)) {
		WRITE_ONCE(sk->sk_err_soft, -PTR_ERR(dst));
		return NULL;
	}
	toy_ipv6_keep(sk, dst);
	return dst;
}

static u32 toy_ipv6_path_mtu(struct sock *sk)
{
	const struct dst_entry *dst = toy_ipv6_route(sk);

	return dst ? dst_mtu(dst) : 0;
}

static u16 toy_ipv6_ext_len(const struct sock *sk)
{
	const struct ipv6_txoptions *opt;
	u16 len;

	rcu_read_lock();
	opt = rcu_dereference(inet6_sk(sk)->opt);
	len = opt ? opt->opt_nflen + opt->opt_flen : 0;
	rcu_read_unlock();
	return len;
}

/* ------------------------------------------------------------------------------------------- */
/* connect()                                                                                     */

/**
 * toy_ipv6_pre_connect() - let cgroup programs see, change or refuse the address of connect()
 * @sk: the socket
 * @addr: the address
 * @len: its length
 *
 * Context: process, socket lock held.
 *
 * Return: 0 or an error.
 */
int toy_ipv6_pre_connect(struct sock *sk, struct toy_sockaddr *addr, int len)
{
	if (len < SIN6_LEN_RFC2133)
		return -EINVAL;
	sock_owned_by_me(sk);
	return TOY_CGROUP_CONNECT6(sk, addr, len);
}

/* A link-local peer is one on an interface: the address says which, or SO_BINDTODEVICE did. */
static int toy_ipv6_scope_device(struct sock *sk, const struct sockaddr_in6 *sin6, int len)
{
	if (len >= (int)sizeof(*sin6) && sin6->sin6_scope_id) {
		if (!sk_dev_equal_l3scope(sk, sin6->sin6_scope_id))
			return -EINVAL;
		sk->sk_bound_dev_if = sin6->sin6_scope_id;
	}
	return sk->sk_bound_dev_if ? 0 : -EINVAL;
}

/* The flow label that the user asks for (IPV6_FLOWINFO_SEND), if it is the user's to use. */
static int toy_ipv6_label(struct sock *sk, const struct sockaddr_in6 *sin6)
{
	struct ip6_flowlabel *lease;
	__be32 label = 0;

	if (toy_inet6_sndflow(sk)) {
		label = sin6->sin6_flowinfo & IPV6_FLOWLABEL_MASK;
		lease = label ? fl6_sock_lookup(sk, label) : NULL;
		if (IS_ERR(lease))
			return -EINVAL;
		fl6_sock_release(lease);
	}
	inet6_sk(sk)->flow_label = label;
	return 0;
}

/* A peer with an IPv4-mapped address: IPv4 carries the connection. */
static int toy_ipv6_connect_mapped(struct sock *sk, const struct in6_addr *addr, __be16 port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = port,
		.sin_addr.s_addr = addr->s6_addr32[3],
	};
	int err;

	if (ipv6_only_sock(sk))
		return -ENETUNREACH;
	toy_sk(sk)->af = &toy_ipv4;
	err = toy_ipv4_connect(sk, (struct toy_sockaddr *)&sin, sizeof(sin));
	if (err)
		toy_sk(sk)->af = &toy_ipv6;
	else
		inet6_sk(sk)->saddr = sk->sk_v6_rcv_saddr;
	return err;
}

static void toy_ipv6_disown(struct sock *sk)
{
	sk_dst_reset(sk);
	sk->sk_route_caps = 0;
	inet_sk(sk)->inet_dport = 0;
	sk->sk_v6_daddr = in6addr_any;
	if (!(sk->sk_userlocks & SOCK_BINDADDR_LOCK))
		inet_reset_saddr(sk);
}

/* Route, source address, name of the flow, port. */
static int toy_ipv6_join(struct sock *sk)
{
	struct flowi6 *fl6 = &inet_sk(sk)->cork.fl.u.ip6;
	struct toy_key key = { .net = sock_net(sk), .rport = inet_sk(sk)->inet_dport };
	struct ipv6_pinfo *np = inet6_sk(sk);
	struct dst_entry *dst;

	if (!ipv6_addr_any(&sk->sk_v6_rcv_saddr))
		np->saddr = sk->sk_v6_rcv_saddr;
	dst = toy_ipv6_lookup(sk, fl6);
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	np->saddr = fl6->saddr;
	sk->sk_v6_rcv_saddr = fl6->saddr;
	inet_sk(sk)->inet_rcv_saddr = LOOPBACK4_IPV6;
	toy_ipv6_keep(sk, dst);

	key.laddr = np->saddr;
	key.raddr = sk->sk_v6_daddr;
	if (toy_ipv6_linklocal(&key.laddr) || toy_ipv6_linklocal(&key.raddr))
		key.scope = sk->sk_bound_dev_if ?: dst->dev->ifindex;
	else
		key.scope = l3mdev_master_ifindex_by_index(key.net, sk->sk_bound_dev_if);
	return toy_port_connect(sk, &key);
}

/**
 * toy_ipv6_connect() - active open over IPv6, or over IPv4 to a mapped address
 * @sk: a closed socket of family AF_INET6
 * @addr: struct sockaddr_in6 of the peer
 * @len: its length; the scope may be missing (RFC 2133)
 *
 * RFC 9293 section 3.10.1. Multicast peers are refused (MUST-46). The source address is the one
 * bound to, or chosen by RFC 6724 for the route to the peer, and stays for the life of the
 * connection (MUST-44, MUST-45).
 *
 * Context: process, socket lock held; may sleep.
 *
 * Return: 0 when SYN was sent or will be; -EINVAL, -EAFNOSUPPORT, -ENETUNREACH, -EADDRNOTAVAIL,
 * -ENOMEM, or what the route or a policy says.
 */
int toy_ipv6_connect(struct sock *sk, struct toy_sockaddr *addr, int len)
{
	const struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)addr;
	struct in6_addr daddr;
	int type, err;

	sock_owned_by_me(sk);
	if (len < SIN6_LEN_RFC2133)
		return -EINVAL;
	if (sin6->sin6_family != AF_INET6)
		return -EAFNOSUPPORT;
	err = toy_ipv6_label(sk, sin6);
	if (err)
		return err;

	daddr = sin6->sin6_addr;
	if (ipv6_addr_any(&daddr)) {	/* an address of zeros means this host */
		if (ipv6_addr_v4mapped(&sk->sk_v6_rcv_saddr))
			ipv6_addr_set_v4mapped(htonl(INADDR_LOOPBACK), &daddr);
		else
			daddr = in6addr_loopback;
	}
	type = ipv6_addr_type(&daddr);
	if (type & IPV6_ADDR_MULTICAST)
		return -ENETUNREACH;
	if (type & IPV6_ADDR_LINKLOCAL) {
		err = toy_ipv6_scope_device(sk, sin6, len);
		if (err)
			return err;
	}
	if (type & IPV6_ADDR_MAPPED)
		return toy_ipv6_connect_mapped(sk, &daddr, sin6->sin6_port);

	toy_sk(sk)->af = &toy_ipv6;
	sk->sk_v6_daddr = daddr;
	inet_sk(sk)->inet_dport = sin6->sin6_port;
	err = toy_ipv6_join(sk);
	if (!err) {
		/* The route again, for policies that look at ports. */
		sk_dst_reset(sk);
		if (toy_ipv6_route(sk)) {
			sk_set_txhash(sk);
			return toy_active_open(sk);
		}
		err = -READ_ONCE(sk->sk_err_soft) ?: -EHOSTUNREACH;
		toy_flow_remove(&toy_sk(sk)->flow);
		if (toy_sk(sk)->port_auto)
			toy_port_put(sk);
	}
	toy_ipv6_disown(sk);
	return err;
}

/* ------------------------------------------------------------------------------------------- */
/* Segments out                                                                                  */

static int toy_ipv6_xmit(struct sock *sk, struct sk_buff *skb)
{
	const struct ipv6_pinfo *np = inet6_sk(sk);
	struct dst_entry *dst = toy_ipv6_route(sk);
	int err;

	if (!dst) {
		kfree_skb(skb);
		return -EHOSTUNREACH;
	}
	rcu_read_lock();
	skb_dst_set_noref(skb, dst);
	err = ip6_xmit(sk, skb, &inet_sk(sk)->cork.fl.u.ip6, READ_ONCE(sk->sk_mark),
		       rcu_dereference(np->opt), np->tclass, READ_ONCE(sk->sk_priority));
	rcu_read_unlock();
	return err;
}

static void toy_ipv6_seal(__sum16 *check, const struct toy_key *key, u32 len, __wsum sum)
{
	*check = csum_ipv6_magic(&key->laddr, &key->raddr, len, IPPROTO_TOY, sum);
}

static u32 toy_ipv6_reply_mark(struct net *net, const struct sock *sk,
			       const struct toy_manner *manner, const struct sk_buff *in)
{
	u32 mark = in ? IP6_REPLY_MARK(net, in->mark) : 0;

	if (!mark && manner)
		mark = manner->mark;
	if (!mark && sk)
		mark = READ_ONCE(sk->sk_mark);
	if (!mark && sk && in && READ_ONCE(net->ipv4.sysctl_tcp_fwmark_accept))
		mark = in->mark;
	return mark;
}

static int toy_ipv6_reply(struct net *net, const struct sock *sk, const struct toy_manner *manner,
			  const struct toy_key *key, struct sk_buff *skb, const struct sk_buff *in,
			  const struct ip_options_rcu *route)
{
	struct sock *ctl = toy_net(net)->ctl6;
	const struct ipv6_pinfo *np = sk && sk->sk_family == AF_INET6 ? inet6_sk(sk) : NULL;
	u8 tclass = np ? np->tclass : manner ? manner->tos :
		    in ? ipv6_get_dsfield(ipv6_hdr(in)) & ~INET_ECN_MASK : 0;
	struct flowi6 fl6 = { };
	struct dst_entry *dst;

	fl6.daddr = key->raddr;
	fl6.saddr = key->laddr;
	fl6.flowi6_proto = IPPROTO_TOY;
	fl6.flowi6_oif = key->scope;
	if (!fl6.flowi6_oif)
		fl6.flowi6_oif = sk ? READ_ONCE(sk->sk_bound_dev_if) : manner ? manner->dev : 0;
	fl6.flowi6_mark = toy_ipv6_reply_mark(net, sk, manner, in);
	fl6.fl6_dport = key->rport;
	fl6.fl6_sport = key->lport;
	fl6.flowi6_uid = sock_net_uid(net, sk);
	if (np && in && toy_inet6_repflow(sk))
		fl6.flowlabel = ip6_flowlabel(ipv6_hdr(in));
	if (in)
		security_skb_classify_flow((struct sk_buff *)in, flowi6_to_flowi_common(&fl6));
	dst = ip6_dst_lookup_flow(net, sk ?: ctl, &fl6, NULL);
	if (IS_ERR(dst)) {
		kfree_skb(skb);
		return PTR_ERR(dst);
	}
	skb_dst_set(skb, dst);
	return ip6_xmit(ctl, skb, &fl6, fl6.flowi6_mark, NULL, tclass,
			sk ? READ_ONCE(sk->sk_priority) : 0);
}

/* RFC 5095 forbids source routes. */
static struct ip_options_rcu *toy_ipv6_way_back(const struct sk_buff *skb)
{
	return NULL;
}

/* ------------------------------------------------------------------------------------------- */
/* Segments in                                                                                   */

static void toy_ipv6_devices(const struct sk_buff *skb, int *dif, int *sdif)
{
	*dif = inet6_iif(skb);
	*sdif = inet6_sdif(skb);
}

/* The interface, for link-local addresses; else the VRF, where there is one. */
static int toy_ipv6_scope(const struct sk_buff *skb, const struct toy_key *key)
{
	int dif, sdif;

	toy_ipv6_devices(skb, &dif, &sdif);
	if (toy_ipv6_linklocal(&key->laddr) || toy_ipv6_linklocal(&key->raddr))
		return sdif ?: dif;
	return sdif ? dif : 0;
}

static bool toy_ipv6_key(const struct sk_buff *skb, struct net *net, struct toy_key *key)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	const __be16 *ports = (const __be16 *)skb->data;
	const int barred = IPV6_ADDR_MULTICAST | IPV6_ADDR_MAPPED;

	key->net = net;
	key->laddr = ip6h->daddr;
	key->raddr = ip6h->saddr;
	key->lport = ports[1];
	key->rport = ports[0];
	key->scope = toy_ipv6_scope(skb, key);
	/* Mapped addresses on the wire would pass for IPv4's (RFC 4942 section 2.2). */
	return ipv6_unicast_destination(skb) && !ipv6_addr_any(&key->raddr) &&
	       !(ipv6_addr_type(&key->raddr) & barred) && !(ipv6_addr_type(&key->laddr) & barred);
}

static bool toy_ipv6_admit(struct sock *sk, struct sk_buff *skb)
{
	const struct ipv6_pinfo *np = sk && sk->sk_family == AF_INET6 ? inet6_sk(sk) : NULL;

	if (np && ipv6_hdr(skb)->hop_limit < READ_ONCE(np->min_hopcount))
		return false;
	return xfrm6_policy_check(sk, XFRM_POLICY_IN, skb);
}

/**
 * toy_ipv6_inherit() - give a new socket its parent's IPv6 settings
 * @child: socket of family AF_INET6 that nobody else knows yet, its addresses set
 * @listener: its parent
 *
 * Memberships, flow labels and queues of the parent are not inherited. For a connection that IPv4
 * carries this is all that there is of IPv6.
 *
 * Context: softirq.
 */
void toy_ipv6_inherit(struct sock *child, const struct sock *listener)
{
	struct ipv6_pinfo *np = &((struct toy6_sock *)child)->inet6;

	*np = *inet6_sk(listener);
	inet_sk(child)->pinet6 = np;
	np->saddr = child->sk_v6_rcv_saddr;
	np->ipv6_mc_list = NULL;
	np->ipv6_ac_list = NULL;
	np->pktoptions = NULL;
	np->rxpmtu = NULL;
	np->flow_label = 0;
	np->dst_cookie = 0;
	RCU_INIT_POINTER(np->opt, NULL);
	toy_inet6_forget_labels(child);
}

static int toy_ipv6_accept(struct sock *child, const struct sock *listener,
			   const struct toy_half *half, struct sk_buff *skb)
{
	const struct toy_key *key = &half->flow.key;
	struct inet_sock *inet = inet_sk(child);
	struct ipv6_txoptions *opt;
	struct ipv6_pinfo *np;
	struct dst_entry *dst;

	toy_sk(child)->af = &toy_ipv6;
	toy_sk(child)->flow.key = *key;
	inet->inet_sport = key->lport;
	inet->inet_dport = key->rport;
	inet->inet_num = ntohs(key->lport);
	inet->inet_daddr = LOOPBACK4_IPV6;
	inet->inet_saddr = LOOPBACK4_IPV6;
	inet->inet_rcv_saddr = LOOPBACK4_IPV6;
	child->sk_v6_daddr = key->raddr;
	child->sk_v6_rcv_saddr = key->laddr;
	toy_ipv6_inherit(child, listener);
	np = inet6_sk(child);
	RCU_INIT_POINTER(inet->inet_opt, NULL);
	child->sk_bound_dev_if = READ_ONCE(listener->sk_bound_dev_if);
	if (!child->sk_bound_dev_if)	/* of a link-local address, or the VRF: toy_takes_vrf() */
		child->sk_bound_dev_if = key->scope;
	child->sk_mark = toy_ipv6_reply_mark(sock_net(child), listener, NULL, skb);
	np->mcast_oif = inet6_iif(skb);
	np->mcast_hops = ipv6_hdr(skb)->hop_limit;
	np->rcv_flowinfo = ip6_flowinfo(ipv6_hdr(skb));
	if (toy_inet6_repflow(listener))
		np->flow_label = ip6_flowlabel(ipv6_hdr(skb));
	sk_set_txhash(child);

	rcu_read_lock();
	opt = rcu_dereference(inet6_sk(listener)->opt);
	if (opt)
		RCU_INIT_POINTER(np->opt, ipv6_dup_options(child, opt));
	rcu_read_unlock();

	dst = toy_ipv6_lookup(child, &inet->cork.fl.u.ip6);
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	toy_ipv6_keep(child, dst);
	return 0;
}

/* MUST-3; a device may have done it, or the segment never left this host. */
static bool toy_ipv6_intact(struct sk_buff *skb)
{
	return !skb_checksum_init(skb, IPPROTO_TOY, ip6_compute_pseudo) &&
	       !skb_checksum_complete(skb);
}

const struct toy_af toy_ipv6 = {
	.family = AF_INET6,
	.net_header = sizeof(struct ipv6hdr),
	.default_mss = TOY_MSS_V6,
	.gso_type = TOY_GSO_V6,
	.min_mtu = IPV6_MIN_MTU,
	.xmit = toy_ipv6_xmit,
	.reply = toy_ipv6_reply,
	.way_back = toy_ipv6_way_back,
	.key = toy_ipv6_key,
	.devices = toy_ipv6_devices,
	.admit = toy_ipv6_admit,
	.accept = toy_ipv6_accept,
	.route = toy_ipv6_route,
	.path_mtu = toy_ipv6_path_mtu,
	.ext_len = toy_ipv6_ext_len,
	.intact = toy_ipv6_intact,
	.seal = toy_ipv6_seal,
};

static int toy_ipv6_rcv(struct sk_buff *skb)
{
	return toy_input(skb, &toy_ipv6);
}

/* ------------------------------------------------------------------------------------------- */
/* Errors from ICMPv6                                                                            */

/*
 * RFC 9293 section 3.9.2.2: codes 1 and 4 of Destination Unreachable are hard (SHLD-25); codes 0
 * and 3, Time Exceeded and Parameter Problem soft (MUST-56). Return: errno, 0: to be ignored.
 */
static int toy_ipv6_error(u8 type, u8 code, bool *hard)
{
	int err = 0;

	*hard = icmpv6_err_convert(type, code, &err);
	if (type != ICMPV6_DEST_UNREACH)
		*hard = false;
	if (type != ICMPV6_DEST_UNREACH && type != ICMPV6_TIME_EXCEED && type != ICMPV6_PARAMPROB)
		return 0;
	return err;
}

/* @skb begins with the quoted IPv6 header; the segment's header is @offset bytes further. */
static int toy_ipv6_err(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type, u8 code,
			int offset, __be32 info)
{
	struct net *net = dev_net(skb->dev);
	struct toy_key key = { .net = net };
	struct toy_news news = {
		.origin = SO_EE_ORIGIN_ICMP6,
		.type = type,
		.code = code,
		.info = ntohl(info),
		.skb = skb,
	};
	const struct ipv6hdr *ip6h;
	const u8 *quoted;
	u32 seq;

	if (!pskb_may_pull(skb, offset + TOY_QUOTED))
		return 0;
	ip6h = (const struct ipv6hdr *)skb->data;
	quoted = skb->data + offset;
	key.laddr = ip6h->saddr;
	key.raddr = ip6h->daddr;
	if (ipv6_addr_v4mapped(&key.laddr) || ipv6_addr_v4mapped(&key.raddr))
		return 0;
	key.lport = *(const __be16 *)quoted;
	key.rport = *(const __be16 *)(quoted + 2);
	key.scope = toy_ipv6_scope(skb, &key);
	seq = toy_get_be32(quoted + 4);

	if (type == NDISC_REDIRECT) {
		toy_icmp_redirect(net, &key, seq, skb);
		return 0;
	}
	if (type == ICMPV6_PKT_TOOBIG) {
		toy_icmp_mtu(net, &key, seq, ntohl(info));
		return 0;
	}
	news.err = toy_ipv6_error(type, code, &news.hard);
	news.seq = seq;
	news.peer = &ip6h->daddr;
	news.quoted = quoted;
	if (news.err)
		toy_icmp(net, &key, &news);
	return 0;
}

/* ------------------------------------------------------------------------------------------- */
/* Registration                                                                                  */

static const struct inet6_protocol toy_ipv6_protocol = {
	.handler = toy_ipv6_rcv,
	.err_handler = toy_ipv6_err,
	.flags = INET6_PROTO_NOPOLICY | INET6_PROTO_FINAL,
};

static struct inet_protosw toy_ipv6_protosw = {
	.type = SOCK_STREAM,
	.protocol = IPPROTO_TOY,
	.prot = &toy6_prot,
	.ops = &toy6_stream_ops,
};

/**
 * toy_ipv6_init() - take protocol 253 of IPv6, and let programs ask for it
 *
 * Context: process, module load, when everything else is ready.
 *
 * Return: 0, also on a host that was started without IPv6; -EAGAIN when somebody has the protocol
 * already; or an error.
 */
int __init toy_ipv6_init(void)
{
	int err;

	if (!ipv6_mod_enabled())
		return 0;
	if (inet6_add_protocol(&toy_ipv6_protocol, IPPROTO_TOY))
		return -EAGAIN;
	err = inet6_register_protosw(&toy_ipv6_protosw);
	if (err)
		inet6_del_protocol(&toy_ipv6_protocol, IPPROTO_TOY);
	return err;
}

/**
 * toy_ipv6_exit() - give protocol 253 back
 *
 * When this returns no segment is on its way through the module any more.
 *
 * Context: process, may sleep.
 */
void toy_ipv6_exit(void)
{
	if (!ipv6_mod_enabled())
		return;
	inet6_unregister_protosw(&toy_ipv6_protosw);
	inet6_del_protocol(&toy_ipv6_protocol, IPPROTO_TOY);
}

/**
 * toy_ipv6_net_init() - what a network namespace needs for IPv6
 * @net: the namespace
 *
 * Context: process.
 *
 * Return: 0 or an error.
 */
int toy_ipv6_net_init(struct net *net)
{
	if (!ipv6_mod_enabled())
		return 0;
	return inet_ctl_sock_create(&toy_net(net)->ctl6, PF_INET6, SOCK_RAW, IPPROTO_TOY, net);
}

/**
 * toy_ipv6_net_exit() - undo toy_ipv6_net_init()
 * @net: the namespace
 *
 * Context: process.
 */
void toy_ipv6_net_exit(struct net *net)
{
	inet_ctl_sock_destroy(toy_net(net)->ctl6);
	toy_net(net)->ctl6 = NULL;
}
