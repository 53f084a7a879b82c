/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: toy.h - what the files of the shell share
 *
 * The shell is the kernel side of the module: sockets, buffers, locks, timers and tables around the
 * core (module/core), which decides. Each file has one noun; the arrows between them:
 *
 *	main.c - load, unload, per-netns wiring
 *	socket.c - life of a socket: create, close, destroy   options.c - socket options
 *	memory.c - what all sockets together may take
 *	stream.c - bytes in and out                           urgent.c - urgent data in
 *	splice.c - bytes into a pipe                          ancillary.c - told beside the bytes
 *	poll.c - what poll() is told
 *	listen.c - listen, accept, half-open connections      conn.c - core events to socket
 *	syncookie.c - connections without half-open objects
 *	ipv4.c ipv6.c - address families -> input.c - segments in -> flows.c - who owns a segment
 *	output.c - segments out                               ports.c - who owns a port
 *	offload.c - super-segments, checksums left to devices
 *	minis.c - TIME-WAIT objects      icmp.c - errors from IP
 *	sysctl.c counters.c proc.c diag.c trace.c - knobs and windows
 *
 * Locks and lifetimes are in Documentation/architecture.rst, as a table.
 */
#ifndef TOY_H
#define TOY_H

#include <linux/ipv6.h>
#include <linux/list.h>
#include <linux/rhashtable-types.h>
#include <linux/skbuff.h>
#include <linux/sysctl.h>
#include <linux/timer.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/sock.h>

#include "compat.h"
#include "core/conn.h"
#include "flows.h"
#include "uapi.h"

/* ------------------------------------------------------------------------------------------- */
/* Ports: who owns a port                                                                        */

/**
 * struct toy_port - one local port in use in one network namespace
 * @node: link in its hash chain, under the chain's lock, read under RCU
 * @net: network namespace
 * @port: host byte order
 * @owners: sockets bound to it (toy_sock.port_node), under the chain's lock
 * @listeners: listening sockets (toy_sock.listen_node), changed under the chain's lock, read under
 *	RCU
 * @bound: those among @owners whose port connect() did not choose
 * @tw_count: TIME-WAIT objects on it
 * @tw_strict: those among them whose socket did not set SO_REUSEADDR
 * @tw_mixed: they do not all have the same local address
 * @tw_addr: the local address of the first of them
 * @rcu: for freeing
 */
struct toy_port {
	struct hlist_node node;
	struct net *net;
	u16 port;
	bool tw_mixed;
	u32 bound;
	struct hlist_head owners;
	struct hlist_head listeners;
	u32 tw_count;
	u32 tw_strict;
	struct in6_addr tw_addr;
	struct rcu_head rcu;
};

/* ------------------------------------------------------------------------------------------- */
/* Sockets                                                                                       */

struct toy_af;

/**
 * struct toy_accept_queue - of a listener
 * @request_lock: guards @requests, @nrequests and @ready; a spinlock taken with BH off, under no
 *	other lock but a socket's; only the flow table's own lock nests in it
 * @requests: half-open connections (toy_half.list)
 * @nrequests: how many
 * @ready: established connections nobody has accepted yet (toy_sock.accept_node); how many:
 *	sk_ack_backlog
 * @timer: repeats SYN,ACK for all requests
 * @all: place in toy_net.listeners
 * @cookie_time: when a SYN was last answered by a cookie, give or take a second; 0: never
 * @defer: TCP_DEFER_ACCEPT, as repetitions of SYN,ACK
 */
struct toy_accept_queue {
	spinlock_t request_lock;	/* see above */
	struct list_head requests;
	u32 nrequests;
	struct list_head ready;
	struct timer_list timer;
	struct list_head all;
	u64 cookie_time;
	u8 defer;
};

/**
 * struct toy_sock - a socket of the toy transport
 * @inet: what IP needs to know; must come first
 * @flow: place in the flow table (connections)
 * @af: functions of the address family that carries the segments (of a mapped IPv6 socket: IPv4's)
 * @conn: the connection, under the socket lock
 * @port: the local port it owns, NULL: none
 * @port_node: in toy_port.owners
 * @listen_node: in toy_port.listeners
 * @port_addr: local address it is bound to, IPv4 mapped; any: all zero
 * @port_bound: the user called bind() with a port
 * @port_auto: connect() chose the port: connections to other peers may share it
 * @accept_node: in toy_accept_queue.ready of @parent
 * @parent: listener whose queue this connection waits in, NULL once accepted
 * @queue: of a listener
 * @iss: initial sequence number for connect() to use, above those of the connection in TIME-WAIT
 *	whose place was taken; 0: by the clock
 * @send_nxt_skb: skb of sk_write_queue that holds SND.NXT, NULL: look from the head
 * @send_spare: an empty skb for sk_write_queue, NULL: none; not charged to anybody
 * @send_again: skbs of sk_write_queue were freed since the socket was last idle
 * @send_head_seq: sequence number of the first byte in sk_write_queue
 * @send_nxt_seq: sequence number of the first byte of @send_nxt_skb
 * @send_rtx_skb: skb of sk_write_queue that was last sent again from; good while @send_rtx_end is
 *	above @send_head_seq
 * @send_rtx_end: its end, when it was noted
 * @ofo_bytes: memory of segments held for reassembly
 * @urgent: enum toy_urgent_state of the last urgent byte that the peer announced
 * @urgent_byte: it
 * @urgent_seq: its sequence number
 * @timer_expires: when sk_timer is armed for, in core time, 0: it is not
 * @copied_seq: next byte of the stream the user will read
 * @deferred: TOY_DEFER_* for release_cb
 * @deferred_mtu: path MTU reported while the user held the socket
 * @deferred_err: error reported by ICMP while the user held the socket (errno, positive)
 * @deferred_hard: it was a hard one
 * @linger2: TCP_LINGER2 in milliseconds, 0: the sysctl, below 0: no FIN-WAIT-2 at all
 * @user_mss: TCP_MAXSEG, 0: none
 * @notsent_lowat: TCP_NOTSENT_LOWAT in bytes, 0: no limit
 * @window_clamp: TCP_WINDOW_CLAMP, the largest window to offer, 0: no limit
 * @recv_inq: TCP_INQ
 * @save_syn: TCP_SAVE_SYN
 * @syn: of a connection: what TCP_SAVED_SYN gives once, or NULL
 * @orphaned: counted as an orphan
 * @destroyed: given up by its last user, see toy_sock_destroy()
 */
struct toy_sock {
	struct inet_sock inet;

	struct toy_flow flow;
	const struct toy_af *af;
	struct toy_conn conn;

	struct toy_port *port;
	struct hlist_node port_node;
	struct hlist_node listen_node;
	struct in6_addr port_addr;
	bool port_bound;
	bool port_auto;

	struct list_head accept_node;
	struct sock *parent;
	struct toy_accept_queue queue;

	u32 iss;
	struct sk_buff *send_nxt_skb;
	struct sk_buff *send_spare;
	u32 send_head_seq;
	u32 send_nxt_seq;
	struct sk_buff *send_rtx_skb;
	u32 send_rtx_end;
	u32 ofo_bytes;
	u32 copied_seq;
	u8 urgent;
	u8 urgent_byte;
	u32 urgent_seq;
	u64 timer_expires;

	unsigned long deferred;
	u32 deferred_mtu;
	u16 deferred_err;
	bool deferred_hard;
	int linger2;
	u16 user_mss;
	u32 notsent_lowat;
	u32 window_clamp;
	struct toy_syn *syn;
	u8 save_syn;
	bool recv_inq;
	bool orphaned;
	bool destroyed;
	bool send_again;
};

#define TOY_DEFER_TIMER	0	/* sk_timer fired while the user held the socket */
#define TOY_DEFER_MTU	1	/* ICMP reported another path MTU meanwhile: toy_icmp_release() */
#define TOY_DEFER_ICMP	2	/* ICMP reported an error meanwhile: toy_icmp_release() */

/**
 * struct toy6_sock - the same for AF_INET6
 * @toy: everything but IPv6; must come first
 * @inet6: IPv6's part; must come last (Linux 6.1 looks for it at the end of the object)
 */
struct toy6_sock {
	struct toy_sock toy;
	struct ipv6_pinfo inet6;
};

static inline struct toy_sock *toy_sk(const struct sock *sk)
{
	return (struct toy_sock *)sk;
}

static inline struct sock *toy_conn_sk(const struct toy_conn *c)
{
	return (struct sock *)container_of(c, struct toy_sock, conn);
}

/**
 * struct toy_skb_cb - what the module keeps in skb->cb
 * @range: in the reassembly queue
 * @seq: in sk_receive_queue and sk_write_queue, sequence number of the first byte
 * @end: first one after the last byte
 * @skip: in sk_receive_queue, bytes of the skb before the first one that counts
 * @stamp: in sk_write_queue, where tx_flags or @stamp_ack are set: the byte whose way is to be told
 * @stamp_ack: tell when it is acknowledged
 *
 * IP's own control block is lost once a segment was parsed.
 */
struct toy_skb_cb {
	union {
		struct toy_range range;
		struct {
			u32 seq;
			u32 end;
			u32 skip;
			u32 stamp;
			bool stamp_ack;
		};
	};
};

static inline struct toy_skb_cb *toy_skb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct toy_skb_cb) > sizeof_field(struct sk_buff, cb));
	return (struct toy_skb_cb *)skb->cb;
}

/* ------------------------------------------------------------------------------------------- */
/* Address families                                                                              */

/**
 * struct toy_af - what differs between IPv4 and IPv6
 * @family: AF_INET or AF_INET6
 * @net_header: bytes of the IP header without options
 * @default_mss: MSS assumed when the peer names none (MUST-15)
 * @min_mtu: smallest path MTU taken from ICMP
 * @gso_type: bits that a device must hold to take a super-segment: TOY_GSO_V4 or TOY_GSO_V6
 * @xmit: send a segment of a connection; takes the skb; socket lock held
 * @reply: send a segment that belongs to no connection; takes the skb, from the transport header
 *	on, with its checksum: @key names the flow from our side, @in is the segment it answers or
 *	NULL, @sk a listener or connection whose settings apply or NULL, @route the source route
 *	that it goes by or NULL; softirq, RCU read side
 * @way_back: the source route that a segment came by, reversed, allocated; NULL: it came by none,
 *	as nearly all (MUST-53), or there is no memory; softirq
 * @key: read the flow's name out of an incoming segment, from our side (its destination is ours);
 *	false when either address may not be an end of a connection (MUST-57)
 * @devices: interface an incoming segment belongs to (the VRF, where there is one), and the one in
 *	the VRF that it came in by, else 0
 * @admit: whether IPsec policy and the least TTL that @sk asks for let a segment in; @sk may be
 *	NULL
 * @accept: copy addresses, options and route of an incoming segment, which completes the handshake
 *	of @half, to a new socket
 * @route: the route of @sk, looked up anew if it is obsolete; NULL: there is none; socket lock held
 * @path_mtu: MTU of that route, 0: there is none; socket lock held
 * @ext_len: bytes of IP options or extension headers that go with every segment of @sk
 * @intact: whether the checksum of an incoming segment is right
 * @seal: fill in the checksum of a segment of @len bytes along @key, whose bytes add up to @sum
 */
struct toy_af {
	u16 family;
	u16 net_header;
	u16 default_mss;
	u16 min_mtu;
	u32 gso_type;
	int (*xmit)(struct sock *sk, struct sk_buff *skb);
	int (*reply)(struct net *net, const struct sock *sk, const struct toy_manner *manner,
		     const struct toy_key *key, struct sk_buff *skb, const struct sk_buff *in,
		     const struct ip_options_rcu *route);
	struct ip_options_rcu *(*way_back)(const struct sk_buff *skb);
	bool (*key)(const struct sk_buff *skb, struct net *net, struct toy_key *key);
	void (*devices)(const struct sk_buff *skb, int *dif, int *sdif);
	bool (*admit)(struct sock *sk, struct sk_buff *skb);
	int (*accept)(struct sock *child, const struct sock *listener, const struct toy_half *half,
		      struct sk_buff *skb);
	struct dst_entry *(*route)(struct sock *sk);
	u32 (*path_mtu)(struct sock *sk);
	u16 (*ext_len)(const struct sock *sk);
	bool (*intact)(struct sk_buff *skb);
	void (*seal)(__sum16 *check, const struct toy_key *key, u32 len, __wsum sum);
};

/* ------------------------------------------------------------------------------------------- */
/* Network namespaces                                                                            */

/**
 * struct toy_knobs_net - net.toy.* as the user sets them
 * @msl: maximum segment lifetime, ms; TIME-WAIT lasts twice as long (RFC 9293 section 3.6.1)
 * @max_tw_buckets: most TIME-WAIT objects; beyond it a connection goes to CLOSED at once
 * @max_orphans: most connections that no process holds; the next one is reset
 * @max_syn_backlog: most half-open connections of one listener
 * @syncookies: 1: SYN cookies once a listener has max_syn_backlog half-open connections; 2: always;
 *	0: never (RFC 4987)
 * @rfc1337: 1: RST does not end TIME-WAIT (RFC 1337)
 * @reuse_tw: a new SYN may end TIME-WAIT (RFC 6191): 2: ours over loopback only; 1: ours; 0: none
 * @abort_on_overflow: 1: reset, not ignore, who completes a handshake while the accept queue is
 *	full
 * @rmem: receive buffer in bytes: least, default, most
 * @wmem: send buffer in bytes: least, default, most
 * @port_range: first and last ephemeral port (RFC 6056)
 * @rto_init: retransmission timeout before the first sample, ms (RFC 6298)
 * @rto_min: least that the retransmission timeout allows above the smoothed RTT, ms
 * @rto_max: greatest retransmission timeout, ms
 * @delack: longest delay of an ACK, ms; below 500 (MUST-40)
 * @keepalive_time: silence before the first keepalive probe, s (MUST-28)
 * @keepalive_intvl: time between keepalive probes, s
 * @keepalive_probes: unanswered keepalive probes that end a connection
 * @fin_timeout: time in FIN-WAIT-2 of a connection that no process holds, s
 * @retries1: R1: retransmissions after which IP is told (MUST-20)
 * @retries2: R2: retransmissions after which a connection is given up (MUST-20)
 * @syn_retries: R2 for SYN; 7 last 255 s (MUST-23)
 * @synack_retries: R2 for SYN,ACK
 * @orphan_retries: R2 of a connection that no process holds
 * @init_cwnd: initial congestion window, segments (RFC 6928)
 * @mtu_probing: search for the segment size that the path takes (RFC 4821): 1: once large segments
 *	vanish; 2: from the start; 0: never, ICMP is to tell
 * @challenge_ack_limit: challenge ACKs a second, per connection (RFC 5961)
 * @ecn: explicit congestion notification (RFC 3168): 1: ask for it, and agree; 2: agree when
 *	asked; 0: neither
 * @timestamps: 1: offer timestamps (RFC 7323)
 * @window_scaling: 1: offer window scaling (RFC 7323)
 * @sack: 1: offer SACK (RFC 2018)
 */
struct toy_knobs_net {
	int msl;
	int max_tw_buckets;
	int max_orphans;
	int max_syn_backlog;
	u8 syncookies;
	u8 rfc1337;
	u8 reuse_tw;
	u8 abort_on_overflow;
	int rmem[3];
	int wmem[3];
	int port_range[2];
	int rto_init;
	int rto_min;
	int rto_max;
	int delack;
	int keepalive_time;
	int keepalive_intvl;
	int keepalive_probes;
	int fin_timeout;
	int retries1;
	int retries2;
	int syn_retries;
	int synack_retries;
	int orphan_retries;
	int init_cwnd;
	int challenge_ack_limit;
	u8 mtu_probing;
	u8 ecn;
	u8 timestamps;
	u8 window_scaling;
	u8 sack;
};

/**
 * struct toy_stats - counters of one CPU
 * @n: by enum toy_counter
 */
struct toy_stats {
	u64 n[TOY_CNT_COUNT];
};

/**
 * struct toy_net - what the module keeps per network namespace
 * @knobs: sysctls
 * @stats: counters, per CPU
 * @ctl4: socket that sends what belongs to no socket, IPv4
 * @ctl6: likewise, IPv6
 * @sysctl: handle of the table
 * @tw_count: TIME-WAIT objects
 * @sockets: sockets
 * @orphans: connections that no process holds
 * @half_open: half-open connections of all listeners
 * @established: connections in ESTABLISHED or CLOSE-WAIT
 * @listen_lock: guards @listeners; a spinlock taken with BH off, innermost
 * @listeners: listening sockets (toy_accept_queue.all)
 */
struct toy_net {
	struct toy_knobs_net knobs;
	struct toy_stats __percpu *stats;
	struct sock *ctl4;
	struct sock *ctl6;
	struct ctl_table_header *sysctl;
	atomic_t tw_count;
	atomic_t sockets;
	atomic_t orphans;
	atomic_t half_open;
	atomic_t established;
	spinlock_t listen_lock;	/* guards @listeners */
	struct list_head listeners;
};

extern unsigned int toy_net_id;

static inline struct toy_net *toy_net(const struct net *net)
{
	return net_generic(net, toy_net_id);
}

/* The core's clock: microseconds since boot, never 0. */
static inline u64 toy_now(void)
{
	return ktime_get_ns() / NSEC_PER_USEC + 1;
}

/* counters.c */
int toy_counters_init(struct net *net);
void toy_counters_exit(struct net *net);
u64 toy_counter_sum(const struct net *net, enum toy_counter counter);

static inline void toy_count(const struct net *net, enum toy_counter counter)
{
	this_cpu_inc(toy_net(net)->stats->n[counter]);
}

static inline void toy_count_add(const struct net *net, enum toy_counter counter, u32 n)
{
	this_cpu_add(toy_net(net)->stats->n[counter], n);
}

/* sysctl.c */
int toy_sysctl_init(struct net *net);
void toy_sysctl_exit(struct net *net);
void toy_knobs_of(const struct net *net, struct toy_knobs *knobs);

/* proc.c */
int toy_proc_init(struct net *net);
void toy_proc_exit(struct net *net);
u8 toy_proc_timer(const struct toy_conn *c, u64 *left);

/* flows.c */
int toy_flows_init(void);
void toy_flows_exit(void);
int toy_flow_insert(struct toy_flow *flow);
int toy_flow_replace(struct toy_flow *old, struct toy_flow *new);
bool toy_flow_remove(struct toy_flow *flow);
struct toy_flow *toy_flow_find(const struct toy_key *key);
struct sock *toy_flow_sk(struct toy_flow *flow);
bool toy_flow_get(struct toy_flow *flow);
void toy_flow_put(struct toy_flow *flow);
void toy_flows_walk(struct net *net, void (*fn)(struct toy_flow *flow, void *arg), void *arg);
u32 toy_flow_isn_hash(const struct toy_key *key);
u32 toy_flow_ts_offset(const struct toy_key *key);
u64 toy_flow_port_hash(const struct toy_key *key);
u32 toy_flow_cookie_hash(const struct toy_key *key, u32 irs, u32 minute, u32 claim, u32 shift);

/* ports.c */
int toy_ports_init(void);
void toy_ports_exit(void);
int toy_port_get(struct sock *sk, unsigned short snum);
int toy_port_connect(struct sock *sk, struct toy_key *key);
void toy_port_put(struct sock *sk);
void toy_port_inherit(struct sock *child, struct sock *listener);
int toy_port_listen(struct sock *sk);
void toy_port_unlisten(struct sock *sk);
void toy_port_hold_tw(struct sock *sk, struct toy_tw *tw);
void toy_port_release_tw(struct toy_tw *tw);
struct sock *toy_port_listener(const struct toy_key *key, int dif, int sdif, struct sk_buff *skb,
			       int hlen);

/* minis.c: TIME-WAIT objects */
int toy_minis_init(void);
void toy_minis_exit(void);
struct toy_half *toy_half_make(const struct sock *listener, const struct sk_buff *skb,
			       const struct toy_seg *seg, const struct toy_af *af);
struct toy_half *toy_half_alloc(gfp_t gfp, bool extra);
void toy_half_free(struct toy_half *half);
void toy_tw_free(struct toy_tw *tw);
void toy_tw_start(struct sock *sk);
struct toy_tw *toy_tw_take(struct sock *sk);
void toy_tw_taken(struct toy_tw *tw);
void toy_tw_kill(struct toy_tw *tw, enum toy_counter counter, enum toy_why why);
void toy_tw_purge(struct net *net);
void toy_tw_ack(struct toy_tw *tw, const struct sk_buff *in, const struct toy_af *af);
bool toy_tw_input(struct toy_tw *tw, struct sk_buff *skb, const struct toy_seg *seg,
		  const struct toy_af *af, u32 *min_iss);

/* offload.c: super-segments, and checksums left to the device */
#define TOY_GSO_V4	(SKB_GSO_TCPV4 | SKB_GSO_SCTP)
#define TOY_GSO_V6	(SKB_GSO_TCPV6 | SKB_GSO_SCTP)

/* Offset of the checksum in the header, RFC 9293 section 3.1. */
#define TOY_CSUM_OFFSET	16

int toy_offload_init(void);
void toy_offload_exit(void);
void toy_offload_route(struct sock *sk, struct dst_entry *dst);
bool toy_offload_prepare(const struct sock *sk, struct sk_buff *skb, const struct toy_seg *seg,
			 const struct dst_entry *dst);

/* input.c */
int toy_input(struct sk_buff *skb, const struct toy_af *af);
int toy_backlog_rcv(struct sock *sk, struct sk_buff *skb);
void toy_input_drop(struct net *net, struct sk_buff *skb, const struct sock *sk,
		    const struct toy_key *key, const struct toy_seg *seg, enum toy_drop why);

/* output.c */
void toy_output(struct sock *sk);
void toy_output_reply(struct net *net, const struct sock *sk, const struct toy_manner *manner,
		      const struct toy_af *af, const struct toy_key *key, const struct toy_seg *seg,
		      const struct sk_buff *in, const struct ip_options_rcu *route);
void toy_output_header(struct sk_buff *skb, const struct toy_seg *seg);
u16 toy_path_mss(struct sock *sk);
int toy_active_open(struct sock *sk);

/* conn.c: what the core decided, done to the socket */
void toy_conn_after(struct sock *sk);
void toy_conn_deliver(struct sock *sk, struct sk_buff *skb, const struct toy_seg *seg);
void toy_conn_done(struct sock *sk);
void toy_conn_arm(struct sock *sk);
void toy_conn_timer(struct timer_list *t);
void toy_conn_release_cb(struct sock *sk);

/* stream.c */
int toy_sendmsg(struct sock *sk, struct msghdr *msg, size_t size);
int toy_recvmsg_bytes(struct sock *sk, struct msghdr *msg, size_t len, int flags);
void toy_stream_acked(struct sock *sk);
bool toy_stream_room(struct sock *sk, struct sk_buff *skb, bool in_order);
void toy_stream_queue(struct sock *sk, struct sk_buff *skb, u32 seq, u32 skip, u32 take);
void toy_stream_hold(struct sock *sk, struct sk_buff *skb);
struct sk_buff *toy_stream_unhold(struct sock *sk, struct toy_range *range);
void toy_stream_purge(struct sock *sk);
void toy_stream_idle(struct sock *sk);
struct sk_buff *toy_stream_find(struct sock *sk, u32 seq, u32 *offset);
int toy_recv_idle(struct sock *sk, int copied, long timeo);
int toy_recv_wait(struct sock *sk, long *timeo, u32 end);
void toy_recv_told(struct sock *sk);
bool toy_stream_readable(const struct sock *sk, int target);
void toy_stream_opened(struct sock *sk);
void toy_write_space(struct sock *sk);
u32 toy_rcv_limit(const struct sock *sk);

/* poll.c */
__poll_t toy_poll(struct file *file, struct socket *sock, struct poll_table_struct *wait);

/* splice.c */
ssize_t toy_splice_read(struct socket *sock, loff_t *ppos, struct pipe_inode_info *pipe,
			size_t len, unsigned int flags);

/* ancillary.c */
void toy_ancillary(const struct sock *sk, struct msghdr *msg, ktime_t stamp);
int toy_ancillary_send(struct sock *sk, struct msghdr *msg, u32 *tsflags);
void toy_stamp_ask(struct sock *sk, u32 tsflags, u32 bytes);
void toy_stamp_acked(struct sock *sk, struct sk_buff *skb);

/* urgent.c */
enum toy_urgent_state {
	TOY_URGENT_NONE,
	TOY_URGENT_COMING,	/* its place is known, it has not come */
	TOY_URGENT_HERE,
	TOY_URGENT_READ,	/* with MSG_OOB, and the reader of the stream has not passed it */
};

void toy_urgent_told(struct sock *sk);
void toy_urgent_arrived(struct sock *sk);
int toy_urgent_recv(struct sock *sk, struct msghdr *msg, size_t len, int flags);
bool toy_urgent_at_mark(const struct sock *sk, u32 seq);
u32 toy_urgent_limit(struct sock *sk, u32 *seq, u32 *offset, u32 used);
void toy_urgent_passed(struct sock *sk);
u32 toy_urgent_inq(const struct sock *sk, u32 inq);

/* listen.c */
int toy_listen(struct socket *sock, int backlog);
struct sock *toy_accept(struct sock *sk, int flags, int *err, bool kern);
void toy_listen_stop(struct sock *sk);
void toy_listen_syn(struct sock *listener, struct sk_buff *skb, const struct toy_key *key,
		    const struct toy_seg *seg, const struct toy_af *af, u32 min_iss);
bool toy_half_input(struct toy_half *half, struct sk_buff *skb, const struct toy_seg *seg,
		    const struct toy_af *af);
void toy_half_icmp(struct toy_half *half, u32 seq);
void toy_listen_request(struct toy_request *req, const struct sock *listener,
			const struct sk_buff *skb, const struct toy_key *key,
			const struct toy_seg *seg, const struct toy_af *af, u32 iss);
int toy_listen_again(struct sock *listener, struct sk_buff *skb, const struct toy_key *key,
		     const struct toy_seg *syn, const struct toy_seg *seg, const struct toy_af *af);

/* syncookie.c */
bool toy_cookie_due(const struct sock *listener, bool full);
void toy_cookie_answer(struct sock *listener, const struct sk_buff *skb, const struct toy_key *key,
		       const struct toy_seg *seg, const struct toy_af *af);
int toy_cookie_input(struct sock *listener, struct sk_buff *skb, const struct toy_key *key,
		     const struct toy_seg *seg, const struct toy_af *af);

/* socket.c */
extern struct proto toy_prot;
extern struct proto toy6_prot;
extern const struct proto_ops toy_stream_ops;
extern const struct proto_ops toy6_stream_ops;
int toy_sock_init(void);
void toy_sock_exit(void);
int toy_sock_init_common(struct sock *sk);
void toy_sock_destroy(struct sock *sk);
void toy_sock_drop(struct sock *child) __releases(&child->sk_lock.slock);
struct sock *toy_sock_clone(const struct sock *listener, const struct toy_half *half,
			    struct sk_buff *skb, const struct toy_af *af);
void toy_set_state(struct sock *sk, u8 state);

/* memory.c */
extern atomic_long_t toy_memory_allocated;
DECLARE_PER_CPU(int, toy_memory_per_cpu);
extern struct percpu_counter toy_memory_sockets;
extern unsigned long toy_memory_pressure;
extern long toy_memory_marks[3];
extern int toy_memory_wmem[3];
extern int toy_memory_rmem[3];
void toy_memory_short(struct sock *sk);
void toy_memory_enough(struct sock *sk);
long toy_memory_pages(void);
bool toy_memory_disowns(struct sock *sk);
int toy_memory_sysctl(toy_ctl_table *table, int write, void *buffer, size_t *lenp, loff_t *ppos);
int toy_memory_init(void);
void toy_memory_exit(void);

/* diag.c */
void toy_diag_init(void);
void toy_diag_exit(void);

/* options.c */
struct tcp_info;
void toy_info(struct sock *sk, struct tcp_info *info);
int toy_setsockopt(struct sock *sk, int level, int optname, sockptr_t optval, unsigned int optlen);
int toy_getsockopt(struct sock *sk, int level, int optname, char __user *optval,
		   int __user *optlen);
void toy_set_keepalive(struct sock *sk, int on);
int toy_set_rcvlowat(struct sock *sk, int val);

/* icmp.c */
/**
 * struct toy_news - an ICMP error about a segment of ours
 * @err: what to tell the user, errno, positive
 * @hard: it will not go away by itself
 * @origin: SO_EE_ORIGIN_ICMP or SO_EE_ORIGIN_ICMP6
 * @type: of the ICMP message
 * @code: likewise
 * @info: of the ICMP message, likewise
 * @seq: the segment's sequence number
 * @skb: the ICMP message: its outer IP header is the network header
 * @peer: in @skb, the quoted destination address
 * @quoted: in @skb, the quoted segment
 */
struct toy_news {
	int err;
	bool hard;
	u8 origin;
	u8 type;
	u8 code;
	u32 info;
	u32 seq;
	struct sk_buff *skb;
	const void *peer;
	const u8 *quoted;
};

void toy_icmp(struct net *net, const struct toy_key *key, const struct toy_news *news);
void toy_icmp_mtu(struct net *net, const struct toy_key *key, u32 seq, u32 mtu);
void toy_icmp_redirect(struct net *net, const struct toy_key *key, u32 seq, struct sk_buff *skb);
void toy_icmp_release(struct sock *sk);

/* ipv4.c, ipv6.c */
extern const struct toy_af toy_ipv4;
extern const struct toy_af toy_ipv6;

static inline const struct toy_af *toy_key_af(const struct toy_key *key)
{
	return ipv6_addr_v4mapped(&key->laddr) ? &toy_ipv4 : &toy_ipv6;
}

/* net.ipv4.tcp_l3mdev_accept: a listener bound to no device takes connections of every VRF. */
static inline bool toy_takes_vrf(const struct net *net)
{
#ifdef CONFIG_NET_L3_MASTER_DEV
	return READ_ONCE(net->ipv4.sysctl_tcp_l3mdev_accept);
#else
	return false;
#endif
}

int toy_ipv4_init(void);
void toy_ipv4_exit(void);
int toy_ipv4_net_init(struct net *net);
void toy_ipv4_net_exit(struct net *net);
int toy_ipv4_connect(struct sock *sk, struct toy_sockaddr *addr, int len);
int toy_ipv4_pre_connect(struct sock *sk, struct toy_sockaddr *addr, int len);
void toy_ipv6_inherit(struct sock *child, const struct sock *listener);
int toy_ipv6_init(void);
void toy_ipv6_exit(void);
int toy_ipv6_net_init(struct net *net);
void toy_ipv6_net_exit(struct net *net);
int toy_ipv6_connect(struct sock *sk, struct toy_sockaddr *addr, int len);
int toy_ipv6_pre_connect(struct sock *sk, struct toy_sockaddr *addr, int len);

#endif /* TOY_H */
