/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: flows.h - what may own a segment: the objects of the flow table, and the name they go by
 *
 * The table is in flows.c, the life of both small objects in minis.c and listen.c. A connection is
 * a struct toy_sock (toy.h), which has its struct toy_flow in it.
 */
#ifndef TOY_FLOWS_H
#define TOY_FLOWS_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/timer.h>
#include <net/inet_sock.h>
#include <net/net_namespace.h>

#include "core/conn.h"

/**
 * struct toy_key - the name of a flow; 48 bytes without holes, compared and hashed as bytes
 * @net: network namespace
 * @laddr: our address; IPv4 as ::ffff:a.b.c.d
 * @raddr: the peer's address, likewise
 * @lport: our port
 * @rport: the peer's port
 * @scope: index of the interface where an address is link-local, of the VRF if there is one, or 0
 */
struct toy_key {
	struct net *net;
	struct in6_addr laddr;
	struct in6_addr raddr;
	__be16 lport;
	__be16 rport;
	int scope;
};

enum toy_flow_kind {
	TOY_FLOW_CONN,
	TOY_FLOW_REQUEST,
	TOY_FLOW_TIMEWAIT,
};

/**
 * struct toy_flow - what every object in the flow table begins with; 64 bytes
 * @node: link in the table
 * @key: its name
 * @ref: references to a request or a TIME-WAIT object (a connection counts in sk_refcnt)
 * @kind: enum toy_flow_kind
 * @reuse: SO_REUSEADDR of the socket it came from
 * @hashed: it is in the table; set and cleared by whoever owns the object
 * @port_held: of a TIME-WAIT object: it counts in its struct toy_port
 * @manner: of a TIME-WAIT object: it is a struct toy_tw_extra; never changes
 */
struct toy_flow {
	struct rhash_head node;
	struct toy_key key;
	refcount_t ref;
	u8 kind;
	bool reuse;
	bool hashed;
	u8 port_held : 1;
	u8 manner : 1;
};

/**
 * struct toy_half - a half-open connection (SYN-RECEIVED of a listener); at most 128 bytes
 * @flow: place in the flow table
 * @req: what the core knows of it
 * @list: place in the listener's list, under its request_lock
 * @rcu: for freeing, when @list is no longer in use
 * @listener: the listening socket; this object holds a reference to it until it is freed
 * @deadline: when SYN,ACK is due again, in jiffies (low 32 bits)
 * @extra: it is a struct toy_half_extra
 * @acked: the peer has answered SYN,ACK; data is waited for (TCP_DEFER_ACCEPT)
 */
struct toy_half {
	struct toy_flow flow;
	struct toy_request req;
	union {
		struct list_head list;
		struct rcu_head rcu;
	};
	struct sock *listener;
	u32 deadline;
	bool extra;
	bool acked;
};

/**
 * struct toy_syn - the headers of a SYN, for TCP_SAVED_SYN
 * @len: bytes
 * @data: from the device's header on or from IP's (TCP_SAVE_SYN 2 or 1)
 */
struct toy_syn {
	u32 len;
	u8 data[];
};

/**
 * struct toy_half_extra - a half-open connection of which more must be remembered
 * @half: must come first
 * @way_back: the source route that the peer's SYN came by, reversed (MUST-53), NULL: none
 * @syn: the headers of that SYN, where the listener saves them, or NULL
 *
 * Few SYN come by a source route, and few listeners save them: the others stay small.
 */
struct toy_half_extra {
	struct toy_half half;
	struct ip_options_rcu *way_back;
	struct toy_syn *syn;
};

/**
 * struct toy_tw - a connection in TIME-WAIT; at most 128 bytes
 * @flow: place in the flow table
 * @tw: what the core knows of it
 * @timer: 2MSL
 * @rcu: for freeing, when @timer is no longer in use
 */
struct toy_tw {
	struct toy_flow flow;
	struct toy_timewait tw;
	union {
		struct timer_list timer;
		struct rcu_head rcu;
	};
};

/**
 * struct toy_manner - how segments leave that no socket sends any more
 * @mark: SO_MARK
 * @dev: SO_BINDTODEVICE
 * @tos: IP_TOS, or IPV6_TCLASS
 */
struct toy_manner {
	u32 mark;
	int dev;
	u8 tos;
};

/**
 * struct toy_tw_extra - a connection in TIME-WAIT whose socket had a manner of its own
 * @tw: first: the object that all others see
 * @manner: it
 */
struct toy_tw_extra {
	struct toy_tw tw;
	struct toy_manner manner;
};

static_assert(sizeof(struct toy_key) == 48);
static_assert(sizeof(struct toy_half) <= 128);
static_assert(!offsetof(struct toy_half_extra, half));
static_assert(!offsetof(struct toy_tw_extra, tw));
/* lockdep and debug objects make a timer larger than it is */
#if !defined(CONFIG_LOCKDEP) && !defined(CONFIG_DEBUG_OBJECTS_TIMERS)
static_assert(sizeof(struct toy_tw) <= 128);
#endif

static inline struct toy_half_extra *toy_half_extra(const struct toy_half *half)
{
	return half->extra ? (struct toy_half_extra *)half : NULL;
}

#endif /* TOY_FLOWS_H */
