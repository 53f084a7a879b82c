// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: proc.c - what is, and what has happened: /proc/net/toy, toy6 and toy_stat
 *
 * The first two have the format of /proc/net/tcp and tcp6, so that their readers read them
 * (PROC_NET_TCP=/proc/net/toy ss -tan). toy_stat has a line "Name value" for each counter, and for
 * each count of things there are now. Tables change while they are read: a line may be missing, or
 * a little old, but each is sound. This file only looks.
 */
#include <linux/jiffies.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <net/tcp_states.h>

#include "toy.h"

#define TOY_ROW_WIDTH	149	/* as /proc/net/tcp pads its lines */

/* Who walks, and for what */
struct toy_walk {
	struct seq_file *seq;
	int family;
	int n;
};

/* One line, whatever object it is of */
struct toy_row {
	const struct toy_key *key;
	u8 state;
	u8 timer;
	u8 retries;
	u8 probes;
	u32 txq;
	u32 rxq;
	unsigned long expires;
	kuid_t uid;
	unsigned long ino;
	int refs;
};

/* What a line has of a whole socket only */
struct toy_row_tail {
	unsigned long rto;
	unsigned long ato;
	u32 quick;
	u32 cwnd;
	int ssthresh;
};

static clock_t toy_ticks(u64 usecs)
{
	return div_u64(usecs * USER_HZ, USEC_PER_SEC);
}

static void toy_row_print(struct toy_walk *walk, const struct toy_row *row,
			  const struct toy_row_tail *tail)
{
	const __be32 *l = row->key->laddr.s6_addr32, *r = row->key->raddr.s6_addr32;
	u16 lport = ntohs(row->key->lport), rport = ntohs(row->key->rport);
	struct seq_file *seq = walk->seq;

	if (walk->family == AF_INET) {
		seq_setwidth(seq, TOY_ROW_WIDTH);
		seq_printf(seq, "%4d: %08X:%04X %08X:%04X", walk->n++, l[3], lport, r[3], rport);
	} else {
		seq_printf(seq, "%4d: %08X%08X%08X%08X:%04X %08X%08X%08X%08X:%04X", walk->n++,
			   l[0], l[1], l[2], l[3], lport, r[0], r[1], r[2], r[3], rport);
	}
	seq_printf(seq, " %02X %08X:%08X %02X:%08lX %08X %5u %8d %lu %d %016X", row->state,
		   row->txq, row->rxq, row->timer, row->expires, row->retries,
		   from_kuid_munged(seq_user_ns(seq), row->uid), row->probes, row->ino,
		   row->refs, 0);
	if (tail)
		seq_printf(seq, " %lu %lu %u %u %d", tail->rto, tail->ato, tail->quick,
			   tail->cwnd, tail->ssthresh);
	if (walk->family == AF_INET)
		seq_pad(seq, '\n');
	else
		seq_putc(seq, '\n');
}

/**
 * toy_proc_timer() - which timer of a connection runs, in the numbers of /proc/net/tcp
 * @c: connection
 * @left: where the time until it fires goes, microseconds
 *
 * Context: any; without the socket lock the answer may be of two moments.
 *
 * Return: 1: retransmission, 2: keepalive, 4: persist, 0: none.
 */
u8 toy_proc_timer(const struct toy_conn *c, u64 *left)
{
	static const struct {
		u8 timer;
		u8 shown;
	} timers[] = {
		{ TOY_TIMER_RETRANSMIT, 1 }, { TOY_TIMER_PERSIST, 4 }, { TOY_TIMER_KEEPALIVE, 2 },
	};
	u64 now = toy_now();
	int i;

	for (i = 0; i < ARRAY_SIZE(timers); i++) {
		u64 when = READ_ONCE(c->timers[timers[i].timer]);

		if (!when)
			continue;
		*left = when > now ? when - now : 0;
		return timers[i].shown;
	}
	*left = 0;
	return 0;
}

/*
 * A connection or a listener; @ours of the references to it are the reader's. No lock is held:
 * numbers may be of different moments.
 */
static void toy_row_sock(struct toy_walk *walk, struct sock *sk, const struct toy_key *key,
			 int ours)
{
	const struct toy_sock *tp = toy_sk(sk);
	const struct toy_conn *c = &tp->conn;
	u64 left;
	struct toy_row row = {
		.key = key,
		.state = inet_sk_state_load(sk),
		.retries = READ_ONCE(c->retries),
		.probes = READ_ONCE(c->keep_sent),
		.txq = toy_conn_unacked(c),
		.uid = toy_sk_uid(sk),
		.ino = sock_i_ino(sk),
		.refs = refcount_read(&sk->sk_refcnt) - ours,
	};
	struct toy_row_tail tail = {
		.rto = toy_ticks(toy_rtt_rto(c)),
		.ato = READ_ONCE(c->bytes_in) ? toy_ticks(READ_ONCE(c->knobs.delack)) : 0,
		.quick = READ_ONCE(c->quick_acks) << 1,
		.cwnd = READ_ONCE(c->cong.cwnd) / max_t(u16, READ_ONCE(c->mss), 1),
		.ssthresh = READ_ONCE(c->cong.ssthresh) / max_t(u16, READ_ONCE(c->mss), 1),
	};

	if (row.state == TCP_LISTEN) {
		row.rxq = READ_ONCE(sk->sk_ack_backlog);
		row.txq = 0;
		tail.ssthresh = 0;
	} else {
		row.rxq = max_t(s32, READ_ONCE(c->rcv_nxt) - READ_ONCE(tp->copied_seq), 0);
		if (READ_ONCE(c->cong.ssthresh) >= 1 << 30)
			tail.ssthresh = -1;	/* still in the first slow start */
	}
	row.timer = toy_proc_timer(c, &left);
	row.expires = toy_ticks(left);
	toy_row_print(walk, &row, &tail);
}

static void toy_row_half(struct toy_walk *walk, struct toy_half *half)
{
	struct toy_row row = {
		.key = &half->flow.key,
		.state = TCP_SYN_RECV,
		.timer = 1,
		.retries = READ_ONCE(half->req.retries),
		.expires = jiffies_to_clock_t(max_t(s32, READ_ONCE(half->deadline) - (u32)jiffies,
						    0)),
		.uid = toy_sk_uid(half->listener),
	};

	toy_row_print(walk, &row, NULL);
}

static void toy_row_tw(struct toy_walk *walk, struct toy_tw *tw)
{
	struct toy_row row = {
		.key = &tw->flow.key,
		.state = TCP_TIME_WAIT,
		.timer = 3,
		.expires = jiffies_to_clock_t(max_t(long, READ_ONCE(tw->timer.expires) - jiffies,
						    0)),
		.uid = GLOBAL_ROOT_UID,
		.refs = refcount_read(&tw->flow.ref) - 1,
	};

	toy_row_print(walk, &row, NULL);
}

/*
 * Print a flow, if it is of the family. What is no socket has that of its addresses: a listener of
 * IPv6 takes IPv4 too. A reference keeps what it hangs on. RCU read side.
 */
static void toy_row_flow(struct toy_flow *flow, void *arg)
{
	int family = ipv6_addr_v4mapped(&flow->key.laddr) ? AF_INET : AF_INET6;
	struct toy_walk *walk = arg;

	if (seq_has_overflowed(walk->seq) || !toy_flow_get(flow))
		return;
	switch (flow->kind) {
	case TOY_FLOW_CONN:
		if (toy_flow_sk(flow)->sk_family == walk->family)
			toy_row_sock(walk, toy_flow_sk(flow), &flow->key, 1);
		break;
	case TOY_FLOW_REQUEST:
		if (family == walk->family)
			toy_row_half(walk, container_of(flow, struct toy_half, flow));
		break;
	case TOY_FLOW_TIMEWAIT:
		if (family == walk->family)
			toy_row_tw(walk, container_of(flow, struct toy_tw, flow));
		break;
	}
	toy_flow_put(flow);
}

static void toy_row_listeners(struct toy_walk *walk, struct net *net)
{
	struct toy_net *tn = toy_net(net);
	struct toy_sock *tp;

	spin_lock_bh(&tn->listen_lock);
	list_for_each_entry(tp, &tn->listeners, queue.all) {
		struct sock *sk = (struct sock *)tp;

		if (seq_has_overflowed(walk->seq))
			break;
		if (sk->sk_family == walk->family)
			toy_row_sock(walk, sk, &tp->flow.key, 0);
	}
	spin_unlock_bh(&tn->listen_lock);
}

static int toy_proc_show_family(struct seq_file *seq, int family)
{
	struct toy_walk walk = { .seq = seq, .family = family };
	struct net *net = seq_file_single_net(seq);

	toy_row_listeners(&walk, net);
	toy_flows_walk(net, toy_row_flow, &walk);
	return 0;
}

static int toy_proc_show4(struct seq_file *seq, void *v)
{
	seq_setwidth(seq, TOY_ROW_WIDTH);
	seq_puts(seq, "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when");
	seq_puts(seq, " retrnsmt   uid  timeout inode");
	seq_pad(seq, '\n');
	return toy_proc_show_family(seq, AF_INET);
}

static int toy_proc_show6(struct seq_file *seq, void *v)
{
	seq_printf(seq, "  sl  %-37s %-37s st tx_queue rx_queue tr tm->when", "local_address",
		   "remote_address");
	seq_puts(seq, " retrnsmt   uid  timeout inode\n");
	return toy_proc_show_family(seq, AF_INET6);
}

static int toy_proc_show_stat(struct seq_file *seq, void *v)
{
	struct net *net = seq_file_single_net(seq);
	const struct toy_net *tn = toy_net(net);
	int i;

	for (i = 0; i < TOY_CNT_COUNT; i++)
		seq_printf(seq, "%s %llu\n", toy_counter_name(i), toy_counter_sum(net, i));
	seq_printf(seq, "CurrEstab %d\n", atomic_read(&tn->established));
	seq_printf(seq, "Sockets %d\n", atomic_read(&tn->sockets));
	seq_printf(seq, "Orphans %d\n", atomic_read(&tn->orphans));
	seq_printf(seq, "HalfOpen %d\n", atomic_read(&tn->half_open));
	seq_printf(seq, "TimeWait %d\n", atomic_read(&tn->tw_count));
	seq_printf(seq, "MemoryPages %ld\n", toy_memory_pages());
	return 0;
}

/**
 * toy_proc_init() - a new network namespace
 * @net: namespace
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int toy_proc_init(struct net *net)
{
	if (!proc_create_net_single("toy", 0444, net->proc_net, toy_proc_show4, NULL))
		return -ENOMEM;
	if (!proc_create_net_single("toy6", 0444, net->proc_net, toy_proc_show6, NULL))
		goto out_toy;
	if (!proc_create_net_single("toy_stat", 0444, net->proc_net, toy_proc_show_stat, NULL))
		goto out_toy6;
	return 0;

out_toy6:
	remove_proc_entry("toy6", net->proc_net);
out_toy:
	remove_proc_entry("toy", net->proc_net);
	return -ENOMEM;
}

/**
 * toy_proc_exit() - a network namespace goes
 * @net: namespace
 *
 * Context: process.
 */
void toy_proc_exit(struct net *net)
{
	remove_proc_entry("toy_stat", net->proc_net);
	remove_proc_entry("toy6", net->proc_net);
	remove_proc_entry("toy", net->proc_net);
}
