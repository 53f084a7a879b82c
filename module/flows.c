// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: flows.c - who owns a segment
 *
 * One hash table for connections, half-open connections and TIME-WAIT objects of all network
 * namespaces, looked up under RCU without a lock. Its hash is keyed with a secret of this boot, so
 * that nobody outside can aim at one chain, and it grows and shrinks with what is in it. The other
 * keyed functions over a flow's name live here too: initial sequence numbers (RFC 6528), timestamp
 * offsets (RFC 7323 section 5.4) and ephemeral ports (RFC 6056), each with a secret of its own.
 *
 * May touch: the table. Only this file does.
 *
 * References: the table holds none on a connection, which counts in sk_refcnt; it shares the first
 * one of a half-open connection or TIME-WAIT object with that object's list or timer. Whoever
 * removes an object from the table, and only the one for whom the removal succeeded, ends it.
 */
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <linux/siphash.h>
#include <net/netns/hash.h>

#include "toy.h"

/* Objects between two chances for others to run, in a walk of the table. */
#define TOY_WALK_BATCH	1024

/* Lookups that may find an object in the moment in which it leaves. */
#define TOY_FIND_TRIES	16

static struct rhashtable toy_flows;

static struct {
	hsiphash_key_t table;
	siphash_key_t isn;
	siphash_key_t ts;
	siphash_key_t port;
	siphash_key_t cookie;
} toy_secrets __read_mostly;

/*
 * Of a mapped IPv4 address only the last word differs from flow to flow. Half as many rounds as for
 * the other secrets are enough to keep an attacker who never sees a hash from aiming at a chain.
 */
static u32 toy_flow_hashfn(const void *data, u32 len, u32 seed)
{
	hsiphash_key_t secret = toy_secrets.table;
	const struct toy_key *key = data;

	/* A new seed at each rehash, so that a long chain does not stay one. */
	secret.key[1] ^= seed;
	if (!ipv6_addr_v4mapped(&key->raddr))
		return hsiphash(key, sizeof(*key), &secret);
	return hsiphash_4u32((__force u32)key->laddr.s6_addr32[3],
			     (__force u32)key->raddr.s6_addr32[3],
			     (__force u32)key->lport << 16 | (__force u32)key->rport,
			     net_hash_mix(key->net) ^ key->scope, &secret);
}

/* A keyed hash of the whole name that others may see parts of. */
static u64 toy_flow_hash(const struct toy_key *key, const siphash_key_t *secret)
{
	if (!ipv6_addr_v4mapped(&key->raddr))
		return siphash(key, sizeof(*key), secret);
	return siphash_3u64((u64)(__force u32)key->laddr.s6_addr32[3] << 32 |
			    (__force u32)key->raddr.s6_addr32[3],
			    (u64)(__force u32)key->lport << 48 |
			    (u64)(__force u32)key->rport << 32 | (u32)key->scope,
			    (unsigned long)key->net, secret);
}

static bool toy_flow_same(const struct toy_key *a, const struct toy_key *b)
{
	const u64 *x = (const u64 *)a, *y = (const u64 *)b;

	BUILD_BUG_ON(sizeof(*a) != 6 * sizeof(u64) || sizeof(a->net) != sizeof(u64));
	return !((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]) | (x[4] ^ y[4]) |
		 (x[5] ^ y[5]));
}

static int toy_flow_cmpfn(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct toy_flow *flow = obj;

	return !toy_flow_same(&flow->key, arg->key);
}

static const struct rhashtable_params toy_flow_params = {
	.key_len = sizeof(struct toy_key),
	.key_offset = offsetof(struct toy_flow, key),
	.head_offset = offsetof(struct toy_flow, node),
	.min_size = 256,
	.automatic_shrinking = true,
	.hashfn = toy_flow_hashfn,
	.obj_cmpfn = toy_flow_cmpfn,
};

/**
 * toy_flows_init() - make the table and draw the secrets
 *
 * Context: process, module load.
 *
 * Return: 0 or -ENOMEM.
 */
int __init toy_flows_init(void)
{
	get_random_bytes(&toy_secrets, sizeof(toy_secrets));
	return rhashtable_init(&toy_flows, &toy_flow_params);
}

/**
 * toy_flows_exit() - free the table, which must be empty
 *
 * Context: process, module unload.
 */
void toy_flows_exit(void)
{
	WARN_ON_ONCE(atomic_read(&toy_flows.nelems));
	rhashtable_destroy(&toy_flows);
	memzero_explicit(&toy_secrets, sizeof(toy_secrets));
}

/**
 * toy_flow_insert() - give a flow its place
 * @flow: with its key and kind set, not in the table
 *
 * Context: any but hard interrupt. From here on segments may find @flow.
 *
 * Return: 0; -EEXIST when the name is taken, by whatever kind of object; -ENOMEM.
 */
int toy_flow_insert(struct toy_flow *flow)
{
	int err;

	WRITE_ONCE(flow->hashed, true);
	err = rhashtable_lookup_insert_fast(&toy_flows, &flow->node, toy_flow_params);
	if (!err)
		return 0;
	WRITE_ONCE(flow->hashed, false);
	return err == -EEXIST ? -EEXIST : -ENOMEM;
}

/**
 * toy_flow_replace() - put one flow in another's place, with no moment in which neither is there
 * @old: in the table
 * @new: of the same name, not in the table
 *
 * Context: any but hard interrupt. Success makes the caller the one who ends @old.
 *
 * Return: 0; -ENOENT when @old has left the table.
 */
int toy_flow_replace(struct toy_flow *old, struct toy_flow *new)
{
	int err;

	if (WARN_ON_ONCE(memcmp(&old->key, &new->key, sizeof(new->key))))
		return -EINVAL;
	WRITE_ONCE(new->hashed, true);
	err = rhashtable_replace_fast(&toy_flows, &old->node, &new->node, toy_flow_params);
	if (err) {
		WRITE_ONCE(new->hashed, false);
		return -ENOENT;
	}
	WRITE_ONCE(old->hashed, false);
	return 0;
}

/**
 * toy_flow_remove() - take a flow out of the table
 * @flow: in the table or not
 *
 * Context: any but hard interrupt.
 *
 * Return: true for the one caller that took it out: it is the one to end the object.
 */
bool toy_flow_remove(struct toy_flow *flow)
{
	if (!READ_ONCE(flow->hashed))
		return false;
	if (rhashtable_remove_fast(&toy_flows, &flow->node, toy_flow_params))
		return false;
	WRITE_ONCE(flow->hashed, false);
	return true;
}

/**
 * toy_flow_get() - take a reference, unless the object is on its way out
 * @flow: found under RCU
 *
 * Context: RCU read side, or another reference held.
 *
 * Return: false when it was too late.
 */
bool toy_flow_get(struct toy_flow *flow)
{
	if (flow->kind == TOY_FLOW_CONN)
		return refcount_inc_not_zero(&toy_flow_sk(flow)->sk_refcnt);
	return refcount_inc_not_zero(&flow->ref);
}

/**
 * toy_flow_put() - drop a reference
 * @flow: object of any kind
 *
 * Context: any but hard interrupt; the last reference frees the object after a grace period.
 */
void toy_flow_put(struct toy_flow *flow)
{
	if (flow->kind == TOY_FLOW_CONN) {
		sock_put(toy_flow_sk(flow));
		return;
	}
	if (!refcount_dec_and_test(&flow->ref))
		return;
	if (flow->kind == TOY_FLOW_REQUEST)
		toy_half_free(container_of(flow, struct toy_half, flow));
	else
		toy_tw_free(container_of(flow, struct toy_tw, flow));
}

/**
 * toy_flow_sk() - the socket of a connection's flow
 * @flow: of kind TOY_FLOW_CONN
 *
 * Return: the socket.
 */
struct sock *toy_flow_sk(struct toy_flow *flow)
{
	return (struct sock *)container_of(flow, struct toy_sock, flow);
}

/**
 * toy_flow_find() - the flow of a name
 * @key: its name
 *
 * Context: softirq or process, takes the RCU read lock itself.
 *
 * Return: the flow with a reference for the caller, who drops it by toy_flow_put(); NULL: none.
 */
struct toy_flow *toy_flow_find(const struct toy_key *key)
{
	struct toy_flow *flow = NULL;
	int tries;

	rcu_read_lock();
	/* It may be replaced between lookup and reference: then look again, but not for ever. */
	for (tries = 0; tries < TOY_FIND_TRIES; tries++) {
		flow = rhashtable_lookup(&toy_flows, key, toy_flow_params);
		if (!flow)
			break;
		if (unlikely(!toy_flow_get(flow))) {
			flow = NULL;
			continue;
		}
		if (likely(READ_ONCE(flow->hashed) && toy_flow_same(&flow->key, key)))
			break;
		toy_flow_put(flow);
		flow = NULL;
	}
	rcu_read_unlock();
	return flow;
}

/**
 * toy_flows_walk() - call a function for every flow
 * @net: of this network namespace; NULL: of all
 * @fn: called under rcu_read_lock(): must not sleep; may remove the flow it is given
 * @arg: given to @fn
 *
 * While the table is being resized a flow may be missed or seen twice.
 *
 * Context: process, may sleep.
 */
void toy_flows_walk(struct net *net, void (*fn)(struct toy_flow *flow, void *arg), void *arg)
{
	struct rhashtable_iter iter;
	struct toy_flow *flow;
	unsigned int n = 0;

	might_sleep();
	rhashtable_walk_enter(&toy_flows, &iter);
	rhashtable_walk_start(&iter);
	while ((flow = rhashtable_walk_next(&iter))) {
		if (!IS_ERR(flow) && (!net || flow->key.net == net))
			fn(flow, arg);
		if (++n % TOY_WALK_BATCH)
			continue;
		rhashtable_walk_stop(&iter);
		cond_resched();
		rhashtable_walk_start(&iter);
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
}

/**
 * toy_flow_isn_hash() - F() of RFC 6528: what the ISN of a flow starts from
 * @key: the flow's name
 *
 * Context: any.
 *
 * Return: for toy_isn(), which adds the clock.
 */
u32 toy_flow_isn_hash(const struct toy_key *key)
{
	return (u32)toy_flow_hash(key, &toy_secrets.isn);
}

/**
 * toy_flow_ts_offset() - what is added to our clock to make TSval (RFC 7323 section 5.4)
 * @key: the flow's name; the same for every life of one flow, so that TIME-WAIT and PAWS of the
 *	peer may compare them
 *
 * Context: any.
 *
 * Return: the offset.
 */
u32 toy_flow_ts_offset(const struct toy_key *key)
{
	return (u32)toy_flow_hash(key, &toy_secrets.ts);
}

/**
 * toy_flow_port_hash() - F() and G() of RFC 6056 section 3.3.4 (double-hash port selection)
 * @key: the flow's name; its local port does not count, for it is what is being looked for
 *
 * Context: any.
 *
 * Return: two hashes of 32 bits.
 */
u64 toy_flow_port_hash(const struct toy_key *key)
{
	struct toy_key k = *key;

	k.lport = 0;
	return toy_flow_hash(&k, &toy_secrets.port);
}

/**
 * toy_flow_cookie_hash() - the keyed hash behind SYN cookies (RFC 4987)
 * @key: the flow's name
 * @irs: the peer's initial sequence number
 * @minute: when the cookie was made
 * @claim: what it says
 * @shift: and what else it is bound to
 *
 * Context: any.
 *
 * Return: the hash.
 */
u32 toy_flow_cookie_hash(const struct toy_key *key, u32 irs, u32 minute, u32 claim, u32 shift)
{
	struct {
		struct toy_key key;
		u32 words[4];
	} in = { *key, { irs, minute, claim, shift } };

	BUILD_BUG_ON(sizeof(in) != sizeof(*key) + sizeof(in.words));
	return (u32)siphash(&in, sizeof(in), &toy_secrets.cookie);
}
