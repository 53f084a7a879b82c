// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: minis.c - the small objects: half-open connections and TIME-WAIT
 *
 * A connection costs kilobytes; its first and its last minutes are spent in an object of 128 bytes.
 * Here are the slab caches of both kinds, and the whole life of TIME-WAIT: it begins when the core
 * says so, lasts two maximum segment lifetimes (RFC 9293 section 3.6.1, 3.10.7.8), begins anew when
 * the peer's FIN comes again, and may be cut short by a new SYN, a reset, or the end of its network
 * namespace. listen.c has the life of half-open connections.
 *
 * May touch: struct toy_tw, its timer, toy_net.tw_count.
 *
 * Whoever takes a TIME-WAIT object out of the flow table ends it: stops the timer, releases the
 * port, drops the reference that table and timer share. The timer itself is one of those who try.
 */
#include <linux/jiffies.h>
#include <linux/slab.h>

#include "toy.h"
#include "trace.h"

/* Two CPUs may have segments for one TIME-WAIT object; its core part has one of these locks. */
#define TOY_TW_LOCKS	64

static spinlock_t toy_tw_locks[TOY_TW_LOCKS];
static struct kmem_cache *toy_half_cache;
static struct kmem_cache *toy_tw_cache;

static spinlock_t *toy_tw_lock(const struct toy_tw *tw)
{
	return &toy_tw_locks[((unsigned long)tw / sizeof(*tw)) % TOY_TW_LOCKS];
}

/**
 * toy_minis_init() - make the caches
 *
 * Context: process, module load.
 *
 * Return: 0 or -ENOMEM.
 */
int __init toy_minis_init(void)
{
	int i;

	for (i = 0; i < TOY_TW_LOCKS; i++)
		spin_lock_init(&toy_tw_locks[i]);
	toy_half_cache = KMEM_CACHE(toy_half, SLAB_HWCACHE_ALIGN | SLAB_ACCOUNT);
	toy_tw_cache = KMEM_CACHE(toy_tw, SLAB_HWCACHE_ALIGN | SLAB_ACCOUNT);
	if (toy_half_cache && toy_tw_cache)
		return 0;
	toy_minis_exit();
	return -ENOMEM;
}

/**
 * toy_minis_exit() - wait for the last objects, and free the caches
 *
 * Context: process, module load or unload; may sleep. No object is left but those that wait for
 * their grace period, or that a timer's function on another CPU is just giving up.
 */
void toy_minis_exit(void)
{
	synchronize_rcu();
	rcu_barrier();
	kmem_cache_destroy(toy_tw_cache);
	kmem_cache_destroy(toy_half_cache);
	toy_tw_cache = NULL;
	toy_half_cache = NULL;
}

/* ------------------------------------------------------------------------------------------- */
/* Half-open connections                                                                         */

/**
 * toy_half_alloc() - an empty half-open connection
 * @gfp: GFP_ATOMIC in softirq
 * @extra: make it a struct toy_half_extra
 *
 * Return: the object, zeroed but for one reference; NULL: no memory.
 */
struct toy_half *toy_half_alloc(gfp_t gfp, bool extra)
{
	struct toy_half *half;

	gfp |= __GFP_NOWARN;
	half = extra ? kzalloc(sizeof(struct toy_half_extra), gfp | __GFP_ACCOUNT)
		     : kmem_cache_zalloc(toy_half_cache, gfp);
	if (!half)
		return NULL;
	half->extra = extra;
	refcount_set(&half->flow.ref, 1);
	half->flow.kind = TOY_FLOW_REQUEST;
	INIT_LIST_HEAD(&half->list);
	return half;
}

/* TCP_SAVE_SYN: @from IP's header on (1), or the device's (2). */
static struct toy_syn *toy_syn_save(const struct sk_buff *skb, u32 hlen, u8 from)
{
	const u8 *start = skb_network_header(skb);
	struct toy_syn *syn;
	u32 len;

	if (from == 2 && skb_mac_header_was_set(skb))
		start = skb_mac_header(skb);
	len = skb->data + hlen - start;
	syn = kmalloc(struct_size(syn, data, len), GFP_ATOMIC | __GFP_NOWARN | __GFP_ACCOUNT);
	if (!syn)
		return NULL;
	syn->len = len;
	memcpy(syn->data, start, len);
	return syn;
}

/**
 * toy_half_make() - an empty half-open connection, with what must be remembered of its SYN itself
 * @listener: the listener
 * @skb: the SYN, from the transport header on
 * @seg: its header
 * @af: address family
 *
 * Context: softirq.
 *
 * Return: as toy_half_alloc().
 */
struct toy_half *toy_half_make(const struct sock *listener, const struct sk_buff *skb,
			       const struct toy_seg *seg, const struct toy_af *af)
{
	struct ip_options_rcu *way_back = af->way_back(skb);
	u8 save = READ_ONCE(toy_sk(listener)->save_syn);
	struct toy_half *half = toy_half_alloc(GFP_ATOMIC, way_back || save);

	if (!half) {
		kfree(way_back);
	} else if (unlikely(half->extra)) {
		toy_half_extra(half)->way_back = way_back;
		if (save)
			toy_half_extra(half)->syn = toy_syn_save(skb, seg->hlen, save);
	}
	return half;
}

static void toy_half_free_rcu(struct rcu_head *rcu)
{
	struct toy_half *half = container_of(rcu, struct toy_half, rcu);
	struct toy_half_extra *extra = toy_half_extra(half);

	if (!extra) {
		kmem_cache_free(toy_half_cache, half);
		return;
	}
	kfree(extra->way_back);
	kfree(extra->syn);
	kfree(extra);
}

/**
 * toy_half_free() - free a half-open connection after a grace period
 * @half: without references, in no table and no list
 *
 * Drops the reference to the listener.
 *
 * Context: any but hard interrupt.
 */
void toy_half_free(struct toy_half *half)
{
	struct sock *listener = half->listener;

	WARN_ON_ONCE(half->flow.hashed);
	call_rcu(&half->rcu, toy_half_free_rcu);
	if (listener)
		sock_put(listener);
}

/* ------------------------------------------------------------------------------------------- */
/* TIME-WAIT                                                                                     */

static const struct toy_manner *toy_tw_manner(const struct toy_tw *tw)
{
	static const struct toy_manner plain;

	return tw->flow.manner ? &container_of(tw, const struct toy_tw_extra, tw)->manner : &plain;
}

static struct toy_tw *toy_tw_alloc(const struct toy_manner *manner)
{
	gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN;
	struct toy_tw_extra *extra;

	if (!manner->mark && !manner->dev && !manner->tos)
		return kmem_cache_zalloc(toy_tw_cache, gfp);
	extra = kzalloc(sizeof(*extra), gfp | __GFP_ACCOUNT);
	if (!extra)
		return NULL;
	extra->manner = *manner;
	extra->tw.flow.manner = 1;
	return &extra->tw;
}

static void toy_tw_free_rcu(struct rcu_head *rcu)
{
	struct toy_tw *tw = container_of(rcu, struct toy_tw, rcu);

	if (tw->flow.manner)
		kfree(container_of(tw, struct toy_tw_extra, tw));
	else
		kmem_cache_free(toy_tw_cache, tw);
}

/**
 * toy_tw_free() - free a TIME-WAIT object after a grace period
 * @tw: without references, not in the table, its timer stopped
 *
 * Context: any but hard interrupt.
 */
void toy_tw_free(struct toy_tw *tw)
{
	call_rcu(&tw->rcu, toy_tw_free_rcu);
}

/* Length of TIME-WAIT in milliseconds: 2MSL. */
static u32 toy_tw_length(const struct net *net)
{
	return 2 * (u32)max(READ_ONCE(toy_net(net)->knobs.msl), 1);
}

/* What follows when @tw has left the table, by the one who took it out. */
static void toy_tw_end(struct toy_tw *tw, enum toy_counter counter, enum toy_why why)
{
	struct net *net = tw->flow.key.net;

	trace_toy_state(net, &tw->flow.key, TOY_TIME_WAIT, TOY_CLOSED, why, 0);
	toy_count(net, counter);
	toy_port_release_tw(tw);
	atomic_dec(&toy_net(net)->tw_count);
	toy_flow_put(&tw->flow);
}

static void toy_tw_timer(struct timer_list *t)
{
	struct toy_tw *tw = timer_container_of(tw, t, timer);
	u32 left;

	spin_lock(toy_tw_lock(tw));
	left = toy_timewait_left(&tw->tw, toy_now());
	spin_unlock(toy_tw_lock(tw));
	if (left)
		mod_timer(&tw->timer, jiffies + msecs_to_jiffies(left));
	else if (toy_flow_remove(&tw->flow))
		toy_tw_end(tw, TOY_CNT_TimeWaitsOver, TOY_WHY_TIME_WAIT_OVER);
}

/**
 * toy_tw_kill() - end TIME-WAIT before its time
 * @tw: the object; the caller has a reference or the RCU read lock
 * @counter: what to count
 * @why: why, for those who watch
 *
 * Of several callers, and the timer, one succeeds; for the others nothing happens.
 *
 * Context: softirq or process; waits for the timer's function if it runs on another CPU, which
 * takes no lock that a caller may hold.
 */
void toy_tw_kill(struct toy_tw *tw, enum toy_counter counter, enum toy_why why)
{
	if (!toy_flow_remove(&tw->flow))
		return;
	timer_delete_sync(&tw->timer);
	toy_tw_end(tw, counter, why);
}

static struct toy_tw *toy_tw_make(struct sock *sk)
{
	struct toy_sock *tsk = toy_sk(sk);
	struct toy_net *tnet = toy_net(sock_net(sk));
	struct toy_manner manner = {
		.mark = READ_ONCE(sk->sk_mark),
		.dev = READ_ONCE(sk->sk_bound_dev_if),
		.tos = toy_key_af(&tsk->flow.key)->family == AF_INET6 ? inet6_sk(sk)->tclass
								       : inet_sk(sk)->tos,
	};
	struct toy_tw *tw;

	if (atomic_inc_return(&tnet->tw_count) > READ_ONCE(tnet->knobs.max_tw_buckets))
		goto undo;
	tw = toy_tw_alloc(&manner);
	if (!tw)
		goto undo;
	tw->flow.key = tsk->flow.key;
	tw->flow.kind = TOY_FLOW_TIMEWAIT;
	tw->flow.reuse = sk->sk_reuse;
	refcount_set(&tw->flow.ref, 1);
	toy_timewait_init(&tw->tw, &tsk->conn);
	timer_setup(&tw->timer, toy_tw_timer, TIMER_PINNED);
	return tw;
undo:
	atomic_dec(&tnet->tw_count);
	return NULL;
}

/**
 * toy_tw_start() - put a TIME-WAIT object in a connection's place
 * @sk: its state is TIME-WAIT
 *
 * Where there is no memory, or TIME-WAIT objects are too many already (max_tw_buckets), the
 * connection is closed at once: that is counted, and breaks RFC 9293's quiet time knowingly.
 * Either way the socket has left the flow table; the caller goes on to close it.
 *
 * Context: softirq or process, socket lock held.
 */
void toy_tw_start(struct sock *sk)
{
	struct toy_flow *flow = &toy_sk(sk)->flow;
	struct net *net = sock_net(sk);
	struct toy_tw *tw;
	u32 length;

	if (!flow->hashed)
		return;
	/* The timer is pinned to this CPU: it cannot run before this is done. */
	local_bh_disable();
	tw = toy_tw_make(sk);
	if (!tw) {
		toy_flow_remove(flow);
		toy_count(net, TOY_CNT_TimeWaitOverflows);
		trace_toy_state(net, &flow->key, TOY_TIME_WAIT, TOY_CLOSED, TOY_WHY_NO_MEMORY, 0);
		goto out;
	}
	toy_port_hold_tw(sk, tw);
	length = toy_tw_length(net);
	toy_timewait_start(&tw->tw, length, toy_now());
	mod_timer(&tw->timer, jiffies + msecs_to_jiffies(length));
	if (WARN_ON_ONCE(toy_flow_replace(flow, &tw->flow))) {
		timer_delete_sync(&tw->timer);
		toy_port_release_tw(tw);
		atomic_dec(&toy_net(net)->tw_count);
		toy_flow_put(&tw->flow);
	}
out:
	local_bh_enable();
}

static bool toy_tw_is_loopback(const struct toy_key *key)
{
	return ipv6_addr_loopback(&key->laddr) || ipv6_addr_loopback(&key->raddr) ||
	       ipv6_addr_v4mapped_loopback(&key->laddr) || ipv6_addr_v4mapped_loopback(&key->raddr);
}

/*
 * May connect() take the place of @tw? Where it chooses the port there are others, and the rule is
 * the strict one; where the user chose it by bind(), timestamps are enough, as for TCP.
 */
static bool toy_tw_yields(struct toy_tw *tw, const struct sock *sk)
{
	u8 reuse = READ_ONCE(toy_net(sock_net(sk))->knobs.reuse_tw);
	bool quiet;

	if (!reuse)
		return false;
	if (toy_sk(sk)->port)
		return tw->tw.ts_ok;
	if (reuse == 2 && !toy_tw_is_loopback(&tw->flow.key))
		return false;
	spin_lock_bh(toy_tw_lock(tw));
	quiet = toy_timewait_quiet(&tw->tw, toy_now());
	spin_unlock_bh(toy_tw_lock(tw));
	return quiet;
}

/**
 * toy_tw_take() - connect(): take the place of a connection in TIME-WAIT, if that is safe
 * @sk: the socket that connects; its flow has its name, and is not in the table yet
 *
 * The flow is then in the table, and toy_sock.iss lies above all that the old connection sent
 * (RFC 6191, RFC 9293 MAY-2).
 *
 * Context: process, socket lock held; a port's lock may be.
 *
 * Return: the TIME-WAIT object, for toy_tw_taken(); NULL: it stays, or there is none.
 */
struct toy_tw *toy_tw_take(struct sock *sk)
{
	struct toy_flow *mine = &toy_sk(sk)->flow;
	struct toy_flow *flow = toy_flow_find(&mine->key);
	struct toy_tw *tw;
	u32 isn;

	if (!flow)
		return NULL;
	tw = container_of(flow, struct toy_tw, flow);
	if (flow->kind != TOY_FLOW_TIMEWAIT || !toy_tw_yields(tw, sk) ||
	    toy_flow_replace(flow, mine)) {
		toy_flow_put(flow);
		return NULL;
	}
	isn = toy_isn(toy_flow_isn_hash(&mine->key), toy_now());
	toy_sk(sk)->iss = toy_timewait_iss(&tw->tw, isn) ?: 1;
	return tw;
}

/**
 * toy_tw_taken() - the end of a TIME-WAIT object that toy_tw_take() gave
 * @tw: the object
 *
 * Context: process; no port's lock is held.
 */
void toy_tw_taken(struct toy_tw *tw)
{
	timer_delete_sync(&tw->timer);
	toy_tw_end(tw, TOY_CNT_TimeWaitsReused, TOY_WHY_TIME_WAIT_REUSED);
	toy_flow_put(&tw->flow);
}

static void toy_tw_purge_one(struct toy_flow *flow, void *arg)
{
	if (flow->kind == TOY_FLOW_TIMEWAIT)
		toy_tw_kill(container_of(flow, struct toy_tw, flow), TOY_CNT_TimeWaitsKilled,
			    TOY_WHY_NETNS_EXIT);
}

/**
 * toy_tw_purge() - end all TIME-WAIT of a network namespace
 * @net: the namespace, which has no sockets any more; no new objects appear
 *
 * Context: process, may sleep.
 */
void toy_tw_purge(struct net *net)
{
	/* A walk may miss some while the table is resized. */
	while (atomic_read(&toy_net(net)->tw_count)) {
		toy_flows_walk(net, toy_tw_purge_one, NULL);
		cond_resched();
	}
}

/**
 * toy_tw_ack() - send the ACK of a connection in TIME-WAIT
 * @tw: the object; the caller has a reference
 * @in: the segment that it answers
 * @af: address family it came by
 *
 * Context: softirq.
 */
void toy_tw_ack(struct toy_tw *tw, const struct sk_buff *in, const struct toy_af *af)
{
	struct ip_options_rcu *way_back = af->way_back(in);
	struct toy_seg ack;

	spin_lock(toy_tw_lock(tw));
	toy_timewait_ack(&tw->tw, &ack, toy_now());
	spin_unlock(toy_tw_lock(tw));
	toy_output_reply(tw->flow.key.net, NULL, toy_tw_manner(tw), af, &tw->flow.key, &ack, in,
			 way_back);
	kfree(way_back);
}

static void toy_tw_reset(struct toy_tw *tw, struct sk_buff *skb, const struct toy_seg *seg,
			 const struct toy_af *af)
{
	struct toy_seg rst;

	if (toy_reset_for(seg, &rst))
		toy_output_reply(tw->flow.key.net, NULL, toy_tw_manner(tw), af, &tw->flow.key, &rst,
				 skb, NULL);
}

/**
 * toy_tw_input() - a segment came for a connection in TIME-WAIT
 * @tw: the object; the caller has a reference
 * @skb: the segment, which the caller frees
 * @seg: its header
 * @af: address family it came by
 * @min_iss: on return true, the initial sequence number that the new connection is to have, not 0
 *
 * Context: softirq.
 *
 * Return: true when the segment is a SYN that may open the connection anew (RFC 9293 section
 * 3.10.7.4, RFC 6191): if there is a listener the caller ends @tw and gives it the SYN.
 */
bool toy_tw_input(struct toy_tw *tw, struct sk_buff *skb, const struct toy_seg *seg,
		  const struct toy_af *af, u32 *min_iss)
{
	struct net *net = tw->flow.key.net;
	const struct toy_knobs_net *knobs = &toy_net(net)->knobs;
	enum toy_drop drop = TOY_DROP_TIME_WAIT;
	enum toy_answer answer;
	u32 length = toy_tw_length(net);
	u64 now = toy_now();

	spin_lock(toy_tw_lock(tw));
	answer = toy_timewait_segment(&tw->tw, seg, READ_ONCE(knobs->rfc1337), now, &drop);
	if (answer == TOY_ANSWER_RESTART)
		toy_timewait_start(&tw->tw, length, now);
	*min_iss = toy_timewait_iss(&tw->tw, toy_isn(toy_flow_isn_hash(&tw->flow.key), now)) ?: 1;
	spin_unlock(toy_tw_lock(tw));

	if (answer == TOY_ANSWER_REUSE && !READ_ONCE(knobs->reuse_tw))
		answer = TOY_ANSWER_ACK;
	switch (answer) {
	case TOY_ANSWER_REUSE:
		return true;
	case TOY_ANSWER_RESTART:
		/* Only if it still runs: whoever stopped it is about to end the object. */
		if (mod_timer_pending(&tw->timer, jiffies + msecs_to_jiffies(length)))
			toy_count(net, TOY_CNT_TimeWaitRestarts);
		fallthrough;
	case TOY_ANSWER_ACK:
		toy_tw_ack(tw, skb, af);
		break;
	case TOY_ANSWER_RESET:
		toy_tw_reset(tw, skb, seg, af);
		break;
	case TOY_ANSWER_GONE:
		toy_tw_kill(tw, TOY_CNT_TimeWaitsKilled, TOY_WHY_TIME_WAIT_RST);
		break;
	default:
		break;
	}
	/* A FIN that came again was what TIME-WAIT is for; anything else is traced as dropped. */
	if (answer != TOY_ANSWER_RESTART && answer != TOY_ANSWER_GONE && drop != TOY_DROP_NONE)
		trace_toy_drop(net, &tw->flow.key, seg, skb, 0, TOY_TIME_WAIT, drop);
	return false;
}
