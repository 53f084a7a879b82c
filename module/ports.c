// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: ports.c - who owns a port
 *
 * A hash table of the local ports in use, of all network namespaces, apart from every other
 * protocol's. A port is there while a socket owns it (bound, listening or connected) or a TIME-WAIT
 * object holds it. bind() conflicts as TCP's does: by address, address family, IPV6_V6ONLY, bound
 * device, SO_REUSEADDR and SO_REUSEPORT. connect() picks ephemeral ports by RFC 6056 section 3.3.4
 * and shares them between connections to different peers.
 *
 * May touch: the chains and their struct toy_port, the port_* and listen_node members of
 * struct toy_sock, inet_num and inet_sport.
 *
 * Locks: each chain has a spinlock, taken with BH off, under a socket's lock or none; the flow
 * table's own locks nest in it. Listeners are looked up under RCU without it.
 */
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <net/netns/hash.h>
#include <net/sock_reuseport.h>

#include "toy.h"

#define TOY_CHAIN_BITS		12
#define TOY_PERTURB_SIZE	16384

/**
 * struct toy_chain - one chain of the table
 * @lock: guards the chain and all that hangs in it
 * @ports: struct toy_port by their node
 */
struct toy_chain {
	spinlock_t lock;	/* guards the chain and all that hangs in it */
	struct hlist_head ports;
};

/* The addresses that a socket claims: one, or all of IPv4, of IPv6, or of both. */
#define TOY_ALL_V4	0x1
#define TOY_ALL_V6	0x2

struct toy_claim {
	struct in6_addr addr;
	u8 all;
};

/* Who names the port that is asked for: that decides what SO_REUSEADDR allows. */
enum toy_chooser {
	TOY_CHOSEN_BY_USER,
	TOY_CHOSEN_BY_US,
};

static struct toy_chain *toy_chains;
static u32 *toy_perturb;

static struct toy_chain *toy_chain_of(const struct net *net, u16 port)
{
	return &toy_chains[hash_32(net_hash_mix(net) + port, TOY_CHAIN_BITS)];
}

/**
 * toy_ports_init() - make the table
 *
 * Context: process, module load.
 *
 * Return: 0 or -ENOMEM.
 */
int __init toy_ports_init(void)
{
	unsigned int i;

	toy_chains = kvcalloc(BIT(TOY_CHAIN_BITS), sizeof(*toy_chains), GFP_KERNEL);
	toy_perturb = kvcalloc(TOY_PERTURB_SIZE, sizeof(*toy_perturb), GFP_KERNEL);
	if (!toy_chains || !toy_perturb) {
		toy_ports_exit();
		return -ENOMEM;
	}
	for (i = 0; i < BIT(TOY_CHAIN_BITS); i++)
		spin_lock_init(&toy_chains[i].lock);
	get_random_bytes(toy_perturb, TOY_PERTURB_SIZE * sizeof(*toy_perturb));
	return 0;
}

/**
 * toy_ports_exit() - free the table, which must be empty
 *
 * Context: process, module load or unload.
 */
void toy_ports_exit(void)
{
	kvfree(toy_perturb);
	kvfree(toy_chains);
	toy_perturb = NULL;
	toy_chains = NULL;
}

static struct toy_port *toy_port_find(const struct toy_chain *chain, const struct net *net, u16 nr)
{
	struct toy_port *port;

	hlist_for_each_entry_rcu(port, &chain->ports, node, lockdep_is_held(&chain->lock))
		if (port->port == nr && port->net == net)
			return port;
	return NULL;
}

static void toy_port_add(struct toy_chain *chain, struct toy_port *port, struct net *net, u16 nr)
{
	lockdep_assert_held(&chain->lock);
	port->net = net;
	port->port = nr;
	hlist_add_head_rcu(&port->node, &chain->ports);
}

/* Let a port go that nobody is left on. */
static void toy_port_reap(struct toy_chain *chain, struct toy_port *port)
{
	lockdep_assert_held(&chain->lock);
	if (!hlist_empty(&port->owners) || port->tw_count)
		return;
	hlist_del_rcu(&port->node);
	kfree_rcu(port, rcu);
}

static void toy_port_attach(struct sock *sk, struct toy_port *port)
{
	struct toy_sock *tsk = toy_sk(sk);

	hlist_add_head(&tsk->port_node, &port->owners);
	tsk->port = port;
	port->bound += !tsk->port_auto;
	inet_sk(sk)->inet_num = port->port;
}

/* ------------------------------------------------------------------------------------------- */
/* Conflicts                                                                                     */

static struct in6_addr toy_local_addr(const struct sock *sk)
{
	struct in6_addr addr = in6addr_any;

#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		return sk->sk_v6_rcv_saddr;
#endif
	if (inet_sk(sk)->inet_rcv_saddr)
		ipv6_addr_set_v4mapped(inet_sk(sk)->inet_rcv_saddr, &addr);
	return addr;
}

static struct toy_claim toy_claim_of(const struct sock *sk)
{
	struct toy_claim claim = { .addr = toy_sk(sk)->port_addr };

	if (ipv6_addr_any(&claim.addr)) {
		if (sk->sk_family == AF_INET)
			claim.all = TOY_ALL_V4;
		else
			claim.all = ipv6_only_sock(sk) ? TOY_ALL_V6 : TOY_ALL_V4 | TOY_ALL_V6;
	} else if (ipv6_addr_v4mapped(&claim.addr) && !claim.addr.s6_addr32[3]) {
		claim.all = TOY_ALL_V4;
	}
	return claim;
}

static bool toy_claims_overlap(const struct toy_claim *a, const struct toy_claim *b)
{
	if (a->all && b->all)
		return a->all & b->all;
	if (a->all)
		return a->all & (ipv6_addr_v4mapped(&b->addr) ? TOY_ALL_V4 : TOY_ALL_V6);
	if (b->all)
		return toy_claims_overlap(b, a);
	return ipv6_addr_equal(&a->addr, &b->addr);
}

static bool toy_devices_overlap(const struct sock *a, const struct sock *b)
{
	int x = READ_ONCE(a->sk_bound_dev_if), y = READ_ONCE(b->sk_bound_dev_if);

	return !x || !y || x == y;
}

static bool toy_may_share(const struct sock *sk, const struct sock *owner, enum toy_chooser by)
{
	if (by == TOY_CHOSEN_BY_US)
		return false;
	if (sk->sk_reuse && owner->sk_reuse && READ_ONCE(owner->sk_state) != TCP_LISTEN)
		return true;
	return sk->sk_reuseport && owner->sk_reuseport && uid_eq(sk->sk_uid, owner->sk_uid);
}

/* Whether TIME-WAIT stands in the way: exact while all of it on a port has one local address. */
static bool toy_port_tw_conflict(const struct sock *sk, const struct toy_port *port,
				 const struct toy_claim *mine, enum toy_chooser by)
{
	struct toy_claim theirs = { .addr = port->tw_addr };

	if (!port->tw_count)
		return false;
	if (by == TOY_CHOSEN_BY_USER && sk->sk_reuse && !port->tw_strict)
		return false;
	return port->tw_mixed || toy_claims_overlap(mine, &theirs);
}

static bool toy_port_conflict(const struct sock *sk, const struct toy_port *port,
			      enum toy_chooser by)
{
	const struct toy_claim mine = toy_claim_of(sk);
	const struct toy_sock *owner;

	if (by == TOY_CHOSEN_BY_USER && sk->sk_reuse == SK_FORCE_REUSE)
		return false;
	hlist_for_each_entry(owner, &port->owners, port_node) {
		const struct sock *osk = &owner->inet.sk;
		struct toy_claim theirs;

		if (osk == sk || !toy_devices_overlap(sk, osk) || toy_may_share(sk, osk, by))
			continue;
		theirs = toy_claim_of(osk);
		if (toy_claims_overlap(&mine, &theirs))
			return true;
	}
	return toy_port_tw_conflict(sk, port, &mine, by);
}

/* ------------------------------------------------------------------------------------------- */
/* bind()                                                                                        */

/* Take port @nr for @sk if nobody minds; uses up *@spare when the port is new. */
static int toy_port_try(struct sock *sk, u16 nr, enum toy_chooser by, struct toy_port **spare)
{
	struct net *net = sock_net(sk);
	struct toy_chain *chain = toy_chain_of(net, nr);
	struct toy_port *port;
	int err = 0;

	spin_lock_bh(&chain->lock);
	port = toy_port_find(chain, net, nr);
	if (!port) {
		port = *spare;
		*spare = NULL;
		toy_port_add(chain, port, net, nr);
	} else if (toy_port_conflict(sk, port, by)) {
		err = -EADDRINUSE;
	}
	if (!err)
		toy_port_attach(sk, port);
	spin_unlock_bh(&chain->lock);
	return err;
}

/**
 * struct toy_port_scan - one pass over the ephemeral ports, half of them first
 * @low: first port
 * @count: ports in the range, even when more than one
 * @start: offset to begin at; its parity is the half that comes first
 * @n: steps taken
 */
struct toy_port_scan {
	u32 low;
	u32 count;
	u32 start;
	u32 n;
};

static void toy_port_scan_init(struct toy_port_scan *scan, const struct net *net, u32 start)
{
	const struct toy_knobs_net *knobs = &toy_net(net)->knobs;
	int low = clamp(READ_ONCE(knobs->port_range[0]), 1, 65535);
	int high = clamp(READ_ONCE(knobs->port_range[1]), low, 65535);

	scan->low = low;
	scan->count = high - low + 1;
	if (scan->count > 1)
		scan->count &= ~1U;
	scan->start = start % scan->count;
	scan->n = 0;
}

/* The next port to try, 0: all were. */
static u16 toy_port_scan_next(struct toy_port_scan *scan, struct net *net)
{
	while (scan->n < scan->count) {
		u32 step = scan->n++;
		u32 half = scan->count / 2;
		u32 offset = step < half ? 2 * step : 2 * (step - half) + 1;
		u16 nr;

		if (scan->count == 1)
			offset = 0;
		nr = scan->low + (scan->start + offset) % scan->count;
		if (!inet_is_local_reserved_port(net, nr))
			return nr;
	}
	return 0;
}

/**
 * toy_port_get() - bind() and autobind: own a port
 * @sk: without a port; its local address is set
 * @snum: the port, host byte order; 0: any
 *
 * bind() takes ephemeral ports of odd offset first, connect() those of even offset, so that they
 * seldom meet.
 *
 * Context: process, socket lock held.
 *
 * Return: 0; -EADDRINUSE; -ENOMEM.
 */
int toy_port_get(struct sock *sk, unsigned short snum)
{
	struct toy_sock *tsk = toy_sk(sk);
	struct toy_port_scan scan;
	struct toy_port *spare;
	int err = -EADDRINUSE;
	u16 nr;

	sock_owned_by_me(sk);
	if (WARN_ON_ONCE(tsk->port))
		return -EINVAL;
	spare = kzalloc(sizeof(*spare), GFP_KERNEL_ACCOUNT);
	if (!spare)
		return -ENOMEM;
	tsk->port_addr = toy_local_addr(sk);
	tsk->port_auto = false;
	tsk->port_bound = snum;
	if (snum) {
		err = toy_port_try(sk, snum, TOY_CHOSEN_BY_USER, &spare);
	} else {
		toy_port_scan_init(&scan, sock_net(sk), get_random_u32() | 1);
		while (err && (nr = toy_port_scan_next(&scan, sock_net(sk)))) {
			err = toy_port_try(sk, nr, TOY_CHOSEN_BY_US, &spare);
			cond_resched();
		}
	}
	kfree(spare);
	return err;
}

/**
 * toy_port_put() - own the port no more
 * @sk: with a port or without; not listening
 *
 * Context: any but hard interrupt, socket lock held (or nobody else has the socket).
 */
void toy_port_put(struct sock *sk)
{
	struct toy_sock *tsk = toy_sk(sk);
	struct toy_port *port = tsk->port;
	struct toy_chain *chain;

	if (!port)
		return;
	chain = toy_chain_of(port->net, port->port);
	spin_lock_bh(&chain->lock);
	hlist_del_init(&tsk->port_node);
	port->bound -= !tsk->port_auto;
	tsk->port = NULL;
	inet_sk(sk)->inet_num = 0;
	toy_port_reap(chain, port);
	spin_unlock_bh(&chain->lock);
	tsk->port_bound = false;
	tsk->port_auto = false;
}

/* ------------------------------------------------------------------------------------------- */
/* connect()                                                                                     */

/*
 * Give the flow its name with port @nr and its place in the table; perhaps that of a connection in
 * TIME-WAIT, which is then @old.
 */
static int toy_port_claim_flow(struct sock *sk, struct toy_key *key, u16 nr, struct toy_tw **old)
{
	struct toy_flow *flow = &toy_sk(sk)->flow;
	int err;

	key->lport = htons(nr);
	flow->key = *key;
	flow->kind = TOY_FLOW_CONN;
	inet_sk(sk)->inet_sport = key->lport;
	err = toy_flow_insert(flow);
	if (err == -EEXIST)
		*old = toy_tw_take(sk);
	return *old ? 0 : err;
}

/* A port that bind() chose: only the flow may be taken. */
static int toy_port_connect_bound(struct sock *sk, struct toy_key *key)
{
	struct toy_sock *tsk = toy_sk(sk);
	struct toy_port *port = tsk->port;
	struct toy_chain *chain = toy_chain_of(port->net, port->port);
	struct toy_tw *old = NULL;
	int err;

	spin_lock_bh(&chain->lock);
	err = toy_port_claim_flow(sk, key, port->port, &old);
	if (!err)
		tsk->port_addr = key->laddr;
	spin_unlock_bh(&chain->lock);
	if (old)
		toy_tw_taken(old);
	return err;
}

/* An ephemeral port: nobody may have bound to it, and the flow must be free. */
static int toy_port_connect_try(struct sock *sk, struct toy_key *key, u16 nr,
				struct toy_port **spare)
{
	struct toy_sock *tsk = toy_sk(sk);
	struct net *net = sock_net(sk);
	struct toy_chain *chain = toy_chain_of(net, nr);
	struct toy_tw *old = NULL;
	struct toy_port *port;
	int err = -EEXIST;

	spin_lock_bh(&chain->lock);
	port = toy_port_find(chain, net, nr);
	if (port && port->bound)
		goto out;
	err = toy_port_claim_flow(sk, key, nr, &old);
	if (err)
		goto out;
	if (!port) {
		port = *spare;
		*spare = NULL;
		toy_port_add(chain, port, net, nr);
	}
	tsk->port_addr = key->laddr;
	tsk->port_auto = true;
	tsk->port_bound = false;
	toy_port_attach(sk, port);
out:
	spin_unlock_bh(&chain->lock);
	if (old)
		toy_tw_taken(old);
	return err;
}

/**
 * toy_port_connect() - connect(): choose a port where none is bound, and enter the flow table
 * @sk: the socket, with all that the receive path reads set
 * @key: the flow's name but for the local port, which is filled in
 *
 * RFC 6056 section 3.3.4: the search begins where a keyed hash of the peer says, moved on by a
 * counter that few other peers share. A connection in TIME-WAIT may have to give way: see
 * toy_tw_take().
 *
 * Context: process, socket lock held. On success segments may find the socket.
 *
 * Return: 0; -EADDRNOTAVAIL when no port or not this one is free; -ENOMEM.
 */
int toy_port_connect(struct sock *sk, struct toy_key *key)
{
	struct toy_port_scan scan;
	struct toy_port *spare;
	int err = -EEXIST;
	u32 *perturb;
	u64 hash;
	u16 nr;

	sock_owned_by_me(sk);
	toy_sk(sk)->iss = 0;
	if (toy_sk(sk)->port) {
		err = toy_port_connect_bound(sk, key);
		goto out;
	}
	spare = kzalloc(sizeof(*spare), GFP_KERNEL_ACCOUNT);
	if (!spare)
		return -ENOMEM;
	hash = toy_flow_port_hash(key);
	perturb = &toy_perturb[(u32)hash % TOY_PERTURB_SIZE];
	toy_port_scan_init(&scan, sock_net(sk), ((u32)(hash >> 32) + READ_ONCE(*perturb)) & ~1U);
	while (err == -EEXIST && (nr = toy_port_scan_next(&scan, sock_net(sk)))) {
		err = toy_port_connect_try(sk, key, nr, &spare);
		cond_resched();
	}
	if (!err)	/* a random step where the ports are mostly free, else just the next one */
		WRITE_ONCE(*perturb, READ_ONCE(*perturb) +
			   2 * max(scan.n, get_random_u32() % 8 + 1));
	else
		inet_sk(sk)->inet_sport = 0;
	kfree(spare);
out:
	return err == -EEXIST ? -EADDRNOTAVAIL : err;
}

/* ------------------------------------------------------------------------------------------- */
/* Listeners and their children                                                                  */

/*
 * Join the group of the listeners that @sk shares its port with by SO_REUSEPORT, or found one.
 * Chain lock held.
 */
static int toy_port_group(struct sock *sk, struct toy_port *port)
{
	const struct toy_claim mine = toy_claim_of(sk);
	struct toy_sock *tsk;

	if (!sk->sk_reuseport)
		return 0;
	hlist_for_each_entry(tsk, &port->listeners, listen_node) {
		struct sock *osk = &tsk->inet.sk;
		const struct toy_claim theirs = toy_claim_of(osk);

		if (osk != sk && osk->sk_reuseport && osk->sk_family == sk->sk_family &&
		    osk->sk_bound_dev_if == sk->sk_bound_dev_if && theirs.all == mine.all &&
		    ipv6_addr_equal(&theirs.addr, &mine.addr) &&
		    uid_eq(toy_sk_uid(osk), toy_sk_uid(sk)))
			return reuseport_add_sock(sk, osk, mine.all);
	}
	return reuseport_alloc(sk, mine.all);
}

/**
 * toy_port_listen() - let SYN find a listener
 * @sk: in state LISTEN; where it has no port it gets an ephemeral one
 *
 * Two sockets with SO_REUSEADDR may bind to one port, but only one of them may listen there.
 *
 * Context: process, socket lock held.
 *
 * Return: 0; -EADDRINUSE; -ENOMEM.
 */
int toy_port_listen(struct sock *sk)
{
	struct toy_sock *tsk = toy_sk(sk);
	struct toy_chain *chain;
	struct toy_port *port;
	int err = 0;

	sock_owned_by_me(sk);
	if (!tsk->port) {
		err = toy_port_get(sk, 0);
		if (err)
			return err;
	}
	port = tsk->port;
	inet_sk(sk)->inet_sport = htons(port->port);
	chain = toy_chain_of(port->net, port->port);
	spin_lock_bh(&chain->lock);
	tsk->port_addr = toy_local_addr(sk);
	if (toy_port_conflict(sk, port, TOY_CHOSEN_BY_USER))
		err = -EADDRINUSE;
	else if (hlist_unhashed(&tsk->listen_node))
		err = toy_port_group(sk, port);
	if (!err && hlist_unhashed(&tsk->listen_node))
		hlist_add_head_rcu(&tsk->listen_node, &port->listeners);
	spin_unlock_bh(&chain->lock);
	return err;
}

/**
 * toy_port_unlisten() - SYN finds the listener no more
 * @sk: listening or not
 *
 * Context: process, socket lock held. A lookup under way may still return @sk.
 */
void toy_port_unlisten(struct sock *sk)
{
	struct toy_sock *tsk = toy_sk(sk);
	struct toy_chain *chain;

	if (!tsk->port || hlist_unhashed(&tsk->listen_node))
		return;
	chain = toy_chain_of(tsk->port->net, tsk->port->port);
	spin_lock_bh(&chain->lock);
	if (rcu_access_pointer(sk->sk_reuseport_cb))
		reuseport_detach_sock(sk);
	hlist_del_init_rcu(&tsk->listen_node);
	spin_unlock_bh(&chain->lock);
}

/* The port of a number, made if need be. Chain lock held. NULL: no memory. */
static struct toy_port *toy_port_demand(struct toy_chain *chain, struct net *net, u16 nr)
{
	struct toy_port *port = toy_port_find(chain, net, nr);

	if (port)
		return port;
	port = kzalloc(sizeof(*port), GFP_ATOMIC | __GFP_NOWARN);
	if (port)
		toy_port_add(chain, port, net, nr);
	return port;
}

/**
 * toy_port_inherit() - let a connection that a listener accepted hold the listener's port
 * @child: new connection, its inet_num and addresses set by toy_af.accept()
 * @listener: its parent; may just be closing
 *
 * Should the parent have gone already and memory with it, the connection lives without holding the
 * port; its parent's close is about to abort it.
 *
 * Context: softirq, @child's lock held.
 */
void toy_port_inherit(struct sock *child, struct sock *listener)
{
	struct toy_sock *tsk = toy_sk(child);
	struct net *net = sock_net(child);
	u16 nr = inet_sk(child)->inet_num;
	struct toy_chain *chain = toy_chain_of(net, nr);
	struct toy_port *port;

	if (WARN_ON_ONCE(tsk->port))
		return;
	tsk->port_addr = toy_local_addr(child);
	tsk->port_auto = false;
	tsk->port_bound = toy_sk(listener)->port_bound;
	spin_lock_bh(&chain->lock);
	port = toy_port_demand(chain, net, nr);
	if (port)
		toy_port_attach(child, port);
	spin_unlock_bh(&chain->lock);
}

/* How well a listener fits a SYN: -1 not at all; the higher the better. */
static int toy_listener_score(const struct sock *sk, const struct toy_key *key, int dif, int sdif)
{
	int dev = READ_ONCE(sk->sk_bound_dev_if);
	bool v4 = ipv6_addr_v4mapped(&key->laddr);
	struct toy_claim claim;
	int score = 0;

	/* A socket that closed and came back elsewhere may be met through its old list. */
	if (READ_ONCE(sk->sk_state) != TCP_LISTEN || sock_net(sk) != key->net ||
	    inet_sk(sk)->inet_num != ntohs(key->lport))
		return -1;
	if (dev ? dev != dif && dev != sdif : sdif && !toy_takes_vrf(key->net))
		return -1;
	claim = toy_claim_of(sk);
	if (!claim.all) {
		if (!ipv6_addr_equal(&claim.addr, &key->laddr))
			return -1;
		score += 8;
	} else if (!(claim.all & (v4 ? TOY_ALL_V4 : TOY_ALL_V6))) {
		return -1;
	}
	score += dev ? 4 : 0;
	score += v4 && sk->sk_family == AF_INET ? 2 : 0;
	return score + (READ_ONCE(sk->sk_incoming_cpu) == raw_smp_processor_id());
}

/**
 * toy_port_listener() - the listener that a SYN is for
 * @key: the flow's name
 * @dif: interface the segment came in by, the VRF where it belongs to one
 * @sdif: the interface in the VRF, else 0
 * @skb: the segment from the transport header on
 * @hlen: bytes of that header
 *
 * The one bound to the address wins over one bound to any, one bound to the device over one bound
 * to none, IPv4 over IPv6 that takes IPv4 too. Of several with SO_REUSEPORT the program attached to
 * their group chooses (SO_ATTACH_REUSEPORT_CBPF and _EBPF), or else the peer's address and port.
 *
 * Context: softirq, takes the RCU read lock itself.
 *
 * Return: the socket with a reference for the caller; NULL: none.
 */
struct sock *toy_port_listener(const struct toy_key *key, int dif, int sdif, struct sk_buff *skb,
			       int hlen)
{
	u16 nr = ntohs(key->lport);
	const struct toy_chain *chain = toy_chain_of(key->net, nr);
	struct sock *best = NULL, *chosen;
	int best_score = -1;
	struct toy_port *port;
	struct toy_sock *tsk;

	rcu_read_lock();
	port = toy_port_find(chain, key->net, nr);
	if (!port)
		goto out;
	hlist_for_each_entry_rcu(tsk, &port->listeners, listen_node) {
		struct sock *sk = &tsk->inet.sk;
		int score = toy_listener_score(sk, key, dif, sdif);

		if (score > best_score) {
			best = sk;
			best_score = score;
		}
	}
	if (best && best->sk_reuseport) {
		chosen = reuseport_select_sock(best, toy_flow_isn_hash(key), skb, hlen);
		if (chosen && toy_listener_score(chosen, key, dif, sdif) >= 0)
			best = chosen;
	}
	if (best && !refcount_inc_not_zero(&best->sk_refcnt))
		best = NULL;
out:
	rcu_read_unlock();
	return best;
}

/* ------------------------------------------------------------------------------------------- */
/* TIME-WAIT                                                                                     */

/**
 * toy_port_hold_tw() - keep a port taken through TIME-WAIT
 * @sk: the connection that ends, which still owns the port
 * @tw: its TIME-WAIT object
 *
 * Context: any but hard interrupt, socket lock held.
 */
void toy_port_hold_tw(struct sock *sk, struct toy_tw *tw)
{
	const struct toy_key *key = &tw->flow.key;
	struct toy_port *port = toy_sk(sk)->port;
	struct toy_chain *chain;

	if (!port)
		return;
	chain = toy_chain_of(port->net, port->port);
	spin_lock_bh(&chain->lock);
	if (!port->tw_count) {
		port->tw_addr = key->laddr;
		port->tw_mixed = false;
	} else if (!ipv6_addr_equal(&port->tw_addr, &key->laddr)) {
		port->tw_mixed = true;
	}
	port->tw_count++;
	port->tw_strict += !tw->flow.reuse;
	tw->flow.port_held = true;
	spin_unlock_bh(&chain->lock);
}

/**
 * toy_port_release_tw() - TIME-WAIT is over for a port
 * @tw: the object, which the caller ends
 *
 * Context: any but hard interrupt.
 */
void toy_port_release_tw(struct toy_tw *tw)
{
	const struct toy_key *key = &tw->flow.key;
	u16 nr = ntohs(key->lport);
	struct toy_chain *chain;
	struct toy_port *port;

	if (!tw->flow.port_held)
		return;
	tw->flow.port_held = false;
	chain = toy_chain_of(key->net, nr);
	spin_lock_bh(&chain->lock);
	port = toy_port_find(chain, key->net, nr);
	if (!WARN_ON_ONCE(!port || !port->tw_count)) {
		port->tw_count--;
		port->tw_strict -= !tw->flow.reuse;
		toy_port_reap(chain, port);
	}
	spin_unlock_bh(&chain->lock);
}
