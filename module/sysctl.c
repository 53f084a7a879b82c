// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: sysctl.c - the knobs: net.toy.*, per network namespace
 *
 * Leaf names and units are those of net.ipv4.tcp_* without the prefix, where TCP has the knob; the
 * others (msl, rto_init, rto_min, rto_max, delack) are milliseconds. Each value is bounded here, so
 * that nobody else has to doubt it. A connection takes its settings when its socket is created.
 */
#include <linux/slab.h>
#include <linux/sysctl.h>

#include "toy.h"

static int toy_zero;
static int toy_one = 1;
static int toy_two = 2;
static int toy_byte = 255;
static int toy_small = 127;		/* TCP's bound for most counts of retries and probes */
static int toy_seconds = 32767;		/* TCP's bound for keepalive times */
static int toy_port_most = 65535;
static int toy_msl_most = 600000;
static int toy_rto_max_least = 1000;
static int toy_rto_max_most = 600000;
static int toy_rto_most = 60000;
static int toy_delack_most = 499;	/* MUST-40: below half a second */
static int toy_backlog_most = 1 << 20;
static int toy_buffer_least = 4096;
static int toy_buffer_most = 1 << 30;

/* The first and the last ephemeral port change together, and stay in order. */
static int toy_sysctl_ports(toy_ctl_table *table, int write, void *buffer, size_t *lenp,
			    loff_t *ppos)
{
	int *range = table->data, ports[2] = { range[0], range[1] };
	struct ctl_table copy = *table;
	int err;

	copy.data = ports;
	err = proc_dointvec_minmax(&copy, write, buffer, lenp, ppos);
	if (err || !write)
		return err;
	if (ports[0] > ports[1])
		return -EINVAL;
	WRITE_ONCE(range[0], ports[0]);
	WRITE_ONCE(range[1], ports[1]);
	return 0;
}

#define TOY_KNOB(leaf, member, handler, least, most)					\
	{										\
		.procname = leaf,							\
		.data = (void *)offsetof(struct toy_knobs_net, member),			\
		.maxlen = sizeof_field(struct toy_knobs_net, member),			\
		.mode = 0644,								\
		.proc_handler = handler,						\
		.extra1 = least,							\
		.extra2 = most,								\
	}
#define TOY_INT(leaf, member, least, most)						\
	TOY_KNOB(leaf, member, proc_dointvec_minmax, least, most)
#define TOY_FLAG(leaf, member)								\
	TOY_KNOB(leaf, member, proc_dou8vec_minmax, &toy_zero, &toy_one)

/* .data is an offset into struct toy_knobs_net until a namespace makes it an address. */
static const struct ctl_table toy_table[] = {
	TOY_INT("msl", msl, &toy_one, &toy_msl_most),
	TOY_INT("max_tw_buckets", max_tw_buckets, &toy_zero, &toy_buffer_most),
	TOY_INT("max_orphans", max_orphans, &toy_zero, &toy_buffer_most),
	TOY_INT("max_syn_backlog", max_syn_backlog, &toy_one, &toy_backlog_most),
	TOY_INT("rmem", rmem, &toy_buffer_least, &toy_buffer_most),
	TOY_INT("wmem", wmem, &toy_buffer_least, &toy_buffer_most),
	TOY_KNOB("ip_local_port_range", port_range, toy_sysctl_ports, &toy_one, &toy_port_most),
	TOY_INT("rto_init", rto_init, &toy_one, &toy_rto_most),
	TOY_INT("rto_min", rto_min, &toy_one, &toy_rto_max_least),
	TOY_INT("rto_max", rto_max, &toy_rto_max_least, &toy_rto_max_most),
	TOY_INT("delack", delack, &toy_one, &toy_delack_most),
	TOY_INT("keepalive_time", keepalive_time, &toy_one, &toy_seconds),
	TOY_INT("keepalive_intvl", keepalive_intvl, &toy_one, &toy_seconds),
	TOY_INT("keepalive_probes", keepalive_probes, &toy_one, &toy_small),
	TOY_INT("fin_timeout", fin_timeout, &toy_one, &toy_seconds),
	TOY_INT("retries1", retries1, &toy_one, &toy_byte),
	TOY_INT("retries2", retries2, &toy_one, &toy_byte),
	TOY_INT("syn_retries", syn_retries, &toy_one, &toy_small),
	TOY_INT("synack_retries", synack_retries, &toy_zero, &toy_byte),
	TOY_INT("orphan_retries", orphan_retries, &toy_zero, &toy_byte),
	TOY_INT("init_cwnd", init_cwnd, &toy_one, &toy_byte),
	TOY_KNOB("mtu_probing", mtu_probing, proc_dou8vec_minmax, &toy_zero, &toy_two),
	TOY_INT("challenge_ack_limit", challenge_ack_limit, &toy_zero, &toy_byte),
	TOY_KNOB("syncookies", syncookies, proc_dou8vec_minmax, &toy_zero, &toy_two),
	TOY_FLAG("rfc1337", rfc1337),
	TOY_KNOB("tw_reuse", reuse_tw, proc_dou8vec_minmax, &toy_zero, &toy_two),
	TOY_FLAG("abort_on_overflow", abort_on_overflow),
	TOY_KNOB("ecn", ecn, proc_dou8vec_minmax, &toy_zero, &toy_two),
	TOY_FLAG("timestamps", timestamps),
	TOY_FLAG("window_scaling", window_scaling),
	TOY_FLAG("sack", sack),
};

/* Of the whole machine: shown in every namespace, set in the first. */
static const struct ctl_table toy_table_mem = {
	.procname = "mem",
	.maxlen = sizeof(toy_memory_marks),
	.mode = 0644,
	.proc_handler = toy_memory_sysctl,
};

static void toy_knobs_net_default(struct toy_knobs_net *k)
{
	*k = (struct toy_knobs_net) {
		.msl = 30000,
		.max_tw_buckets = 262144,
		.max_orphans = 16384,
		.max_syn_backlog = 4096,
		.syncookies = 1,
		.reuse_tw = 2,
		.rmem = { 4096, 131072, 6 << 20 },
		.wmem = { 4096, 16384, 4 << 20 },
		.port_range = { 32768, 60999 },
		.rto_init = 1000,
		.rto_min = 200,
		.rto_max = 120000,
		.delack = 40,
		.keepalive_time = 7200,
		.keepalive_intvl = 75,
		.keepalive_probes = 9,
		.fin_timeout = 60,
		.retries1 = 3,
		.retries2 = 15,
		.syn_retries = 7,
		.synack_retries = 5,
		.orphan_retries = 8,
		.init_cwnd = 10,
		.challenge_ack_limit = 10,
		.ecn = 2,
		.timestamps = 1,
		.window_scaling = 1,
		.sack = 1,
	};
}

/**
 * toy_knobs_of() - the settings that a new connection starts with
 * @net: namespace
 * @knobs: is filled whole
 *
 * Context: any.
 */
void toy_knobs_of(const struct net *net, struct toy_knobs *knobs)
{
	const struct toy_knobs_net *k = &toy_net(net)->knobs;

	toy_knobs_default(knobs);
	knobs->rto_init = READ_ONCE(k->rto_init) * TOY_USEC_PER_MSEC;
	knobs->rto_min = READ_ONCE(k->rto_min) * TOY_USEC_PER_MSEC;
	knobs->rto_max = READ_ONCE(k->rto_max) * TOY_USEC_PER_MSEC;
	knobs->delack = READ_ONCE(k->delack) * TOY_USEC_PER_MSEC;
	knobs->keep_idle = READ_ONCE(k->keepalive_time) * TOY_USEC_PER_SEC;
	knobs->keep_intvl = READ_ONCE(k->keepalive_intvl) * TOY_USEC_PER_SEC;
	knobs->fin_timeout = READ_ONCE(k->fin_timeout) * TOY_USEC_PER_SEC;
	knobs->rcv_most = READ_ONCE(k->rmem[2]) / 2;
	knobs->retries1 = READ_ONCE(k->retries1);
	knobs->retries2 = READ_ONCE(k->retries2);
	knobs->syn_retries = READ_ONCE(k->syn_retries);
	knobs->synack_retries = READ_ONCE(k->synack_retries);
	knobs->orphan_retries = READ_ONCE(k->orphan_retries);
	knobs->keep_probes = READ_ONCE(k->keepalive_probes);
	knobs->init_cwnd = READ_ONCE(k->init_cwnd);
	knobs->mtu_probing = READ_ONCE(k->mtu_probing);
	knobs->challenge_limit = READ_ONCE(k->challenge_ack_limit);
	knobs->ecn = READ_ONCE(k->ecn);
	knobs->timestamps = READ_ONCE(k->timestamps);
	knobs->window_scaling = READ_ONCE(k->window_scaling);
	knobs->sack = READ_ONCE(k->sack);
}

/**
 * toy_sysctl_init() - a new network namespace
 * @net: namespace
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int toy_sysctl_init(struct net *net)
{
	struct toy_net *tn = toy_net(net);
	struct ctl_table *table;
	int i;

	toy_knobs_net_default(&tn->knobs);
	/* Two elements more: mem, and one left empty, where the kernel looks for the end. */
	table = kcalloc(ARRAY_SIZE(toy_table) + 2, sizeof(*table), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	memcpy(table, toy_table, sizeof(toy_table));
	for (i = 0; i < ARRAY_SIZE(toy_table); i++)
		table[i].data = (char *)&tn->knobs + (unsigned long)table[i].data;
	table[i] = toy_table_mem;
	if (!net_eq(net, &init_net))
		table[i].mode = 0444;

	tn->sysctl = toy_register_net_sysctl(net, "net/toy", table, ARRAY_SIZE(toy_table) + 1);
	if (!tn->sysctl) {
		kfree(table);
		return -ENOMEM;
	}
	return 0;
}

/**
 * toy_sysctl_exit() - a network namespace goes
 * @net: namespace
 *
 * Context: process.
 */
void toy_sysctl_exit(struct net *net)
{
	struct toy_net *tn = toy_net(net);
	const struct ctl_table *table = tn->sysctl->ctl_table_arg;

	unregister_net_sysctl_table(tn->sysctl);
	kfree(table);
}
