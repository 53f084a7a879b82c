// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: diag.c - sockets for sock_diag(7): what toystat, and whoever speaks the protocol of ss, sees
 *
 * Dumps listeners, connections, half-open connections and TIME-WAIT objects with inet_diag's own
 * message and attributes; finds one by its name and cookie; destroys one for CAP_NET_ADMIN (ss -K).
 *
 * inet_diag is a module of its own on most systems. It is asked for by symbol, so that toy.ko
 * loads by itself where there is none; only this file then has nothing to do.
 *
 * The table has no order to resume a dump at but that of a walk. A dump remembers how many objects
 * it has passed: one that comes or goes meanwhile may hide another, or show it twice, as in a dump
 * of TCP's. Each object is filled in under its own lock, with no table held.
 */
#include <linux/inet_diag.h>
#include <linux/module.h>
#include <linux/sock_diag.h>
#include <net/inet_timewait_sock.h>
#include <net/netlink.h>
#include <net/tcp.h>

#include "core/cong.h"
#include "toy.h"

#define TOY_DIAG_BATCH	64

/* inet_diag's functions; all or none */
static struct {
	int (*enlist)(const struct inet_diag_handler *handler);
	void (*delist)(const struct inet_diag_handler *handler);
	int (*matches)(const struct toy_diag_filter *filter, struct sock *sk);
	void (*name)(struct inet_diag_msg *msg, struct sock *sk);
	int (*attributes)(struct sock *sk, struct sk_buff *skb, struct inet_diag_msg *msg, int ext,
			  struct user_namespace *user_ns, bool net_admin);
} toy_inet_diag;

/* An object that was found, with a reference: a socket, or a flow that is none */
struct toy_diag_found {
	struct sock *sk;
	struct toy_flow *mini;
	int at;
};

/* A walk over the objects: which are wanted, and up to so many of them */
struct toy_diag_walk {
	const struct inet_diag_req_v2 *req;
	bool exact;		/* @req->id names one; otherwise its ports are a filter */
	int skip;
	int seen;
	int n;
	int room;
	struct toy_diag_found found[TOY_DIAG_BATCH];
};

/*
 * What a filter may look at of an object that has no socket. inet_diag takes one for a TIME-WAIT
 * socket of TCP's by its state, and then looks at no more than this.
 */
union toy_diag_stand_in {
	struct sock sk;
	struct inet_sock inet;
	struct inet_timewait_sock tw;
};

static int toy_diag_family(const struct toy_flow *flow)
{
	return toy_key_af(&flow->key)->family;
}

static bool toy_diag_same_address(const struct in6_addr *addr, const __be32 *wanted, int family)
{
	if (family == AF_INET)
		return addr->s6_addr32[3] == wanted[0];
	return !memcmp(addr, wanted, sizeof(*addr));
}

/* Whether ports and family, and for an exact search the addresses, are those asked for. */
static bool toy_diag_wants(const struct toy_diag_walk *walk, const struct toy_key *key, int family,
			   int state)
{
	const struct inet_diag_req_v2 *req = walk->req;
	const struct inet_diag_sockid *id = &req->id;

	if (req->sdiag_family != AF_UNSPEC && req->sdiag_family != family)
		return false;
	if (walk->exact)
		return id->idiag_sport == key->lport && id->idiag_dport == key->rport &&
		       toy_diag_same_address(&key->laddr, id->idiag_src, family) &&
		       (state == TCP_LISTEN ||
			toy_diag_same_address(&key->raddr, id->idiag_dst, family));
	return (req->idiag_states & (1 << state)) &&
	       (!id->idiag_sport || id->idiag_sport == key->lport) &&
	       (!id->idiag_dport || id->idiag_dport == key->rport);
}

/* The next object of a walk. Return: where to put it; NULL: it is not wanted. */
static struct toy_diag_found *toy_diag_next(struct toy_diag_walk *walk)
{
	int at = walk->seen++;

	if (at < walk->skip || walk->n == walk->room)
		return NULL;
	walk->found[walk->n] = (struct toy_diag_found){ .at = at };
	return &walk->found[walk->n];
}

/* RCU read side. */
static void toy_diag_flow(struct toy_flow *flow, void *arg)
{
	struct toy_diag_walk *walk = arg;
	struct toy_diag_found *found = toy_diag_next(walk);
	int family, state;

	if (!found || !toy_flow_get(flow))
		return;
	if (flow->kind == TOY_FLOW_CONN) {
		found->sk = toy_flow_sk(flow);
		family = found->sk->sk_family;
		state = inet_sk_state_load(found->sk);
	} else {
		found->mini = flow;
		family = toy_diag_family(flow);
		state = flow->kind == TOY_FLOW_REQUEST ? TCP_SYN_RECV : TCP_TIME_WAIT;
	}
	if (toy_diag_wants(walk, &flow->key, family, state))
		walk->n++;
	else
		toy_flow_put(flow);
}

static void toy_diag_listeners(struct toy_diag_walk *walk, struct net *net)
{
	struct toy_net *tn = toy_net(net);
	struct toy_diag_found *found;
	struct toy_sock *tsk;

	spin_lock_bh(&tn->listen_lock);
	list_for_each_entry(tsk, &tn->listeners, queue.all) {
		struct sock *sk = (struct sock *)tsk;

		found = toy_diag_next(walk);
		if (!found || !toy_diag_wants(walk, &tsk->flow.key, sk->sk_family, TCP_LISTEN))
			continue;
		sock_hold(sk);
		found->sk = sk;
		walk->n++;
	}
	spin_unlock_bh(&tn->listen_lock);
}

static void toy_diag_put(struct toy_diag_found *found)
{
	if (found->sk)
		sock_put(found->sk);
	else
		toy_flow_put(found->mini);
}

static void toy_diag_fill_counts(struct sock *sk, struct inet_diag_msg *msg)
{
	const struct toy_sock *tsk = toy_sk(sk);
	const struct toy_conn *c = &tsk->conn;
	u64 left;

	msg->idiag_state = sk->sk_state;
	msg->idiag_timer = 0;
	msg->idiag_retrans = 0;
	msg->idiag_expires = 0;
	if (sk->sk_state == TCP_LISTEN) {
		msg->idiag_rqueue = READ_ONCE(sk->sk_ack_backlog);
		msg->idiag_wqueue = READ_ONCE(sk->sk_max_ack_backlog);
		return;
	}
	msg->idiag_rqueue = max_t(s32, c->rcv_nxt - tsk->copied_seq, 0);
	msg->idiag_wqueue = toy_conn_unacked(c);
	msg->idiag_timer = toy_proc_timer(c, &left);
	msg->idiag_retrans = msg->idiag_timer == 2 ? c->keep_sent : c->retries;
	msg->idiag_expires = div_u64(left, USEC_PER_MSEC);
}

/* What ss -m, -i and the like ask for. */
static int toy_diag_fill_extras(struct sock *sk, struct sk_buff *skb, int ext)
{
	struct inet_diag_meminfo memory = {
		.idiag_rmem = sk_rmem_alloc_get(sk),
		.idiag_wmem = READ_ONCE(sk->sk_wmem_queued),
		.idiag_fmem = sk->sk_forward_alloc,
		.idiag_tmem = sk_wmem_alloc_get(sk),
	};
	struct nlattr *info;

	if ((ext & (1 << (INET_DIAG_MEMINFO - 1))) &&
	    nla_put(skb, INET_DIAG_MEMINFO, sizeof(memory), &memory))
		return -EMSGSIZE;
	if ((ext & (1 << (INET_DIAG_SKMEMINFO - 1))) &&
	    sock_diag_put_meminfo(sk, skb, INET_DIAG_SKMEMINFO))
		return -EMSGSIZE;
	if ((ext & (1 << (INET_DIAG_CONG - 1))) &&
	    nla_put_string(skb, INET_DIAG_CONG, toy_sk(sk)->conn.cong.ops->name))
		return -EMSGSIZE;
	if (!(ext & (1 << (INET_DIAG_INFO - 1))))
		return 0;
	info = nla_reserve_64bit(skb, INET_DIAG_INFO, sizeof(struct tcp_info), INET_DIAG_PAD);
	if (!info)
		return -EMSGSIZE;
	toy_info(sk, nla_data(info));
	return 0;
}

/* The socket lock is held. */
static int toy_diag_fill_sock(struct sock *sk, struct sk_buff *skb, struct inet_diag_msg *msg,
			      struct netlink_callback *cb, int ext)
{
	bool admin = netlink_net_capable(cb->skb, CAP_NET_ADMIN);

	toy_inet_diag.name(msg, sk);
	toy_diag_fill_counts(sk, msg);
	if (toy_inet_diag.attributes(sk, skb, msg, ext, sk_user_ns(NETLINK_CB(cb->skb).sk), admin))
		return -EMSGSIZE;
	return toy_diag_fill_extras(sk, skb, ext);
}

/* A half-open connection, or one in TIME-WAIT */
static void toy_diag_fill_mini(struct toy_flow *flow, struct inet_diag_msg *msg)
{
	struct toy_half *half = container_of(flow, struct toy_half, flow);
	struct toy_tw *tw = container_of(flow, struct toy_tw, flow);
	const struct toy_key *key = &flow->key;
	long left;

	memset(msg, 0, sizeof(*msg));
	msg->idiag_family = toy_diag_family(flow);
	msg->id.idiag_sport = key->lport;
	msg->id.idiag_dport = key->rport;
	if (msg->idiag_family == AF_INET) {
		msg->id.idiag_src[0] = key->laddr.s6_addr32[3];
		msg->id.idiag_dst[0] = key->raddr.s6_addr32[3];
	} else {
		memcpy(msg->id.idiag_src, &key->laddr, sizeof(key->laddr));
		memcpy(msg->id.idiag_dst, &key->raddr, sizeof(key->raddr));
	}
	msg->id.idiag_if = key->scope;
	msg->id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
	msg->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	if (flow->kind == TOY_FLOW_REQUEST) {
		msg->idiag_state = TCP_SYN_RECV;
		msg->idiag_timer = 1;
		msg->idiag_retrans = READ_ONCE(half->req.retries);
		left = (s32)(READ_ONCE(half->deadline) - (u32)jiffies);
	} else {
		msg->idiag_state = TCP_TIME_WAIT;
		msg->idiag_timer = 3;
		left = READ_ONCE(tw->timer.expires) - jiffies;
	}
	msg->idiag_expires = jiffies_to_msecs(max(left, 0L));
}

/* Return: 0, or -EMSGSIZE: @skb is full, and as it was. */
static int toy_diag_fill(struct toy_diag_found *found, struct sk_buff *skb,
			 struct netlink_callback *cb, const struct inet_diag_req_v2 *req, int flags)
{
	struct inet_diag_msg *msg;
	struct nlmsghdr *nlh;
	int err = 0;

	nlh = nlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, cb->nlh->nlmsg_type,
			sizeof(*msg), flags);
	if (!nlh)
		return -EMSGSIZE;
	msg = nlmsg_data(nlh);
	if (found->sk) {
		lock_sock(found->sk);
		err = toy_diag_fill_sock(found->sk, skb, msg, cb, req->idiag_ext);
		release_sock(found->sk);
	} else {
		toy_diag_fill_mini(found->mini, msg);
	}
	if (err)
		nlmsg_cancel(skb, nlh);
	else
		nlmsg_end(skb, nlh);
	return err;
}

/* Does the filter that ss compiled let it through? */
static bool toy_diag_matches(struct netlink_callback *cb, struct toy_diag_found *found,
			     union toy_diag_stand_in *stand_in)
{
	const struct inet_diag_dump_data *data = cb->data;
	struct sock *sk = found->sk;

	if (!data->inet_diag_nla_bc)
		return true;
	if (!sk) {
		const struct toy_key *key = &found->mini->key;

		sk = &stand_in->sk;
		sk->sk_family = toy_diag_family(found->mini);
		sk->sk_state = TCP_TIME_WAIT;
		sk->sk_num = ntohs(key->lport);
		sk->sk_dport = key->rport;
		sk->sk_rcv_saddr = key->laddr.s6_addr32[3];
		sk->sk_daddr = key->raddr.s6_addr32[3];
#if IS_ENABLED(CONFIG_IPV6)
		sk->sk_v6_rcv_saddr = key->laddr;
		sk->sk_v6_daddr = key->raddr;
#endif
	}
	return toy_inet_diag.matches(TOY_DIAG_FILTER(data), sk);
}

/* Objects from cb->args[1] on. Return: true: there are no more; false: @skb is full. */
static bool toy_diag_dump_kind(struct sk_buff *skb, struct netlink_callback *cb,
			       struct toy_diag_walk *walk, union toy_diag_stand_in *stand_in,
			       bool listeners)
{
	struct net *net = sock_net(cb->skb->sk);
	bool full = false;
	int i;

	do {
		walk->skip = cb->args[1];
		walk->seen = 0;
		walk->n = 0;
		if (listeners)
			toy_diag_listeners(walk, net);
		else
			toy_flows_walk(net, toy_diag_flow, walk);
		for (i = 0; i < walk->n; i++) {
			struct toy_diag_found *found = &walk->found[i];

			if (!full && toy_diag_matches(cb, found, stand_in))
				full = toy_diag_fill(found, skb, cb, walk->req, NLM_F_MULTI) != 0;
			if (!full)
				cb->args[1] = found->at + 1;
			toy_diag_put(found);
		}
	} while (!full && walk->n == walk->room);
	return !full;
}

static void toy_diag_dump(struct sk_buff *skb, struct netlink_callback *cb,
			  const struct inet_diag_req_v2 *req)
{
	union toy_diag_stand_in *stand_in = kzalloc(sizeof(*stand_in), GFP_KERNEL);
	struct toy_diag_walk *walk = kmalloc(sizeof(*walk), GFP_KERNEL);

	if (!walk || !stand_in)
		goto out;	/* the dump ends early; inet_diag has no error for it */
	walk->req = req;
	walk->exact = false;
	walk->room = TOY_DIAG_BATCH;
	for (; cb->args[0] < 2; cb->args[0]++) {
		if (!toy_diag_dump_kind(skb, cb, walk, stand_in, !cb->args[0]))
			break;
		cb->args[1] = 0;
	}
out:
	kfree(walk);
	kfree(stand_in);
}

/* The object of @req->id, its cookie included, with a reference. Return: 0, -ENOENT, -ENOMEM. */
static int toy_diag_find(struct net *net, const struct inet_diag_req_v2 *req,
			 struct toy_diag_found *found)
{
	struct toy_diag_walk *walk = kzalloc(sizeof(*walk), GFP_KERNEL);
	int err = -ENOENT;

	if (!walk)
		return -ENOMEM;
	walk->req = req;
	walk->exact = true;
	walk->room = 1;
	toy_flows_walk(net, toy_diag_flow, walk);
	if (!walk->n)
		toy_diag_listeners(walk, net);
	if (walk->n) {
		*found = walk->found[0];
		if (!found->sk || !sock_diag_check_cookie(found->sk, req->id.idiag_cookie))
			err = 0;
		else
			toy_diag_put(found);
	}
	kfree(walk);
	return err;
}

static int toy_diag_dump_one(struct netlink_callback *cb, const struct inet_diag_req_v2 *req)
{
	struct net *net = sock_net(cb->skb->sk);
	struct toy_diag_found found;
	struct sk_buff *answer;
	int err;

	err = toy_diag_find(net, req, &found);
	if (err)
		return err;
	answer = nlmsg_new(sizeof(struct inet_diag_msg) + inet_diag_msg_attrs_size() +
			   nla_total_size_64bit(sizeof(struct tcp_info)) +
			   nla_total_size(sizeof(struct inet_diag_meminfo)) +
			   nla_total_size(SK_MEMINFO_VARS * sizeof(u32)) +
			   nla_total_size(TCP_CA_NAME_MAX), GFP_KERNEL);
	err = answer ? toy_diag_fill(&found, answer, cb, req, 0) : -ENOMEM;
	toy_diag_put(&found);
	if (err) {
		nlmsg_free(answer);
		return err;
	}
	return nlmsg_unicast(net->diag_nlsk, answer, NETLINK_CB(cb->skb).portid);
}

static int toy_diag_destroy_one(struct sk_buff *in, const struct inet_diag_req_v2 *req)
{
	struct net *net = sock_net(in->sk);
	struct toy_diag_found found;
	int err;

	err = toy_diag_find(net, req, &found);
	if (err)
		return err;
	if (found.sk)
		err = sock_diag_destroy(found.sk, ECONNABORTED);
	else if (!ns_capable(net->user_ns, CAP_NET_ADMIN))
		err = -EPERM;
	else if (found.mini->kind == TOY_FLOW_TIMEWAIT)
		toy_tw_kill(container_of(found.mini, struct toy_tw, flow), TOY_CNT_TimeWaitsKilled,
			    TOY_WHY_USER_ABORT);
	else
		err = -EOPNOTSUPP;	/* it goes by itself, or with its listener */
	toy_diag_put(&found);
	return err;
}

static void toy_diag_get_info(struct sock *sk, struct inet_diag_msg *msg, void *info)
{
	toy_diag_fill_counts(sk, msg);
	if (info)
		toy_info(sk, info);
}

static const struct inet_diag_handler toy_diag_handler = {
	TOY_DIAG_OWNER
	.dump			= toy_diag_dump,
	.dump_one		= toy_diag_dump_one,
	.idiag_get_info		= toy_diag_get_info,
	.destroy		= toy_diag_destroy_one,
	.idiag_type		= IPPROTO_TOY,
	.idiag_info_size	= sizeof(struct tcp_info),
};

static void toy_diag_forget(void)
{
	if (toy_inet_diag.enlist)
		symbol_put(inet_diag_register);
	if (toy_inet_diag.delist)
		symbol_put(inet_diag_unregister);
	if (toy_inet_diag.matches)
		symbol_put(inet_diag_bc_sk);
	if (toy_inet_diag.name)
		symbol_put(inet_diag_msg_common_fill);
	if (toy_inet_diag.attributes)
		symbol_put(inet_diag_msg_attrs_fill);
	memset(&toy_inet_diag, 0, sizeof(toy_inet_diag));
}

/**
 * toy_diag_init() - serve sock_diag(7), if this system has inet_diag
 *
 * Context: process, may sleep: inet_diag is loaded if need be.
 */
void toy_diag_init(void)
{
	toy_inet_diag.enlist = symbol_request(inet_diag_register);
	toy_inet_diag.delist = symbol_get(inet_diag_unregister);
	toy_inet_diag.matches = symbol_get(inet_diag_bc_sk);
	toy_inet_diag.name = symbol_get(inet_diag_msg_common_fill);
	toy_inet_diag.attributes = symbol_get(inet_diag_msg_attrs_fill);
	if (toy_inet_diag.enlist && toy_inet_diag.delist && toy_inet_diag.matches &&
	    toy_inet_diag.name && toy_inet_diag.attributes &&
	    !toy_inet_diag.enlist(&toy_diag_handler))
		return;
	pr_info("toy: no inet_diag here: sock_diag does not show toy's sockets, /proc/net/toy does\n");
	toy_diag_forget();
}

/**
 * toy_diag_exit() - serve no more
 *
 * Context: process. No dump is under way when it returns.
 */
void toy_diag_exit(void)
{
	if (toy_inet_diag.delist)
		toy_inet_diag.delist(&toy_diag_handler);
	toy_diag_forget();
}
