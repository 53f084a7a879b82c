// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: main.c - load, unload, and the life of a network namespace: wiring only
 *
 * Parts are set up in the order in which they lean on each other, and taken down in reverse. The
 * module cannot be unloaded while a socket is open or lingers as an orphan, for each holds a
 * reference to it; TIME-WAIT objects hold none and go with their namespaces. There are no aliases:
 * an unprivileged socket() does not load the module.
 */
#include <linux/module.h>
#include <net/net_namespace.h>

#include "toy.h"

unsigned int toy_net_id __read_mostly;

static int __net_init toy_net_init(struct net *net)
{
	struct toy_net *tn = toy_net(net);
	int err;

	spin_lock_init(&tn->listen_lock);
	INIT_LIST_HEAD(&tn->listeners);
	err = toy_counters_init(net);
	if (err)
		return err;
	err = toy_sysctl_init(net);
	if (err)
		goto out_counters;
	err = toy_proc_init(net);
	if (err)
		goto out_sysctl;
	err = toy_ipv4_net_init(net);
	if (err)
		goto out_proc;
	err = toy_ipv6_net_init(net);
	if (err)
		goto out_ipv4;
	return 0;

out_ipv4:
	toy_ipv4_net_exit(net);
out_proc:
	toy_proc_exit(net);
out_sysctl:
	toy_sysctl_exit(net);
out_counters:
	toy_counters_exit(net);
	return err;
}

static void __net_exit toy_net_exit(struct net *net)
{
	toy_tw_purge(net);
	toy_ipv6_net_exit(net);
	toy_ipv4_net_exit(net);
	toy_proc_exit(net);
	toy_sysctl_exit(net);
	toy_counters_exit(net);
}

static struct pernet_operations toy_net_ops = {
	.init = toy_net_init,
	.exit = toy_net_exit,
	.id = &toy_net_id,
	.size = sizeof(struct toy_net),
};

static int __init toy_init(void)
{
	int err;

	err = toy_flows_init();
	if (err)
		return err;
	err = toy_ports_init();
	if (err)
		goto out_flows;
	err = toy_minis_init();
	if (err)
		goto out_ports;
	err = toy_memory_init();
	if (err)
		goto out_minis;
	err = toy_sock_init();
	if (err)
		goto out_memory;
	err = register_pernet_subsys(&toy_net_ops);
	if (err)
		goto out_sock;
	err = toy_offload_init();
	if (err)
		goto out_net;
	/* From here on segments and programs may come. */
	err = toy_ipv4_init();
	if (err)
		goto out_offload;
	err = toy_ipv6_init();
	if (err)
		goto out_ipv4;
	toy_diag_init();
	return 0;

out_ipv4:
	toy_ipv4_exit();
out_offload:
	toy_offload_exit();
out_net:
	unregister_pernet_subsys(&toy_net_ops);
out_sock:
	toy_sock_exit();
out_memory:
	toy_memory_exit();
out_minis:
	toy_minis_exit();
out_ports:
	toy_ports_exit();
out_flows:
	toy_flows_exit();
	return err;
}

static void __exit toy_exit(void)
{
	toy_diag_exit();
	toy_ipv6_exit();
	toy_ipv4_exit();
	toy_offload_exit();
	unregister_pernet_subsys(&toy_net_ops);
	toy_sock_exit();
	toy_memory_exit();
	toy_minis_exit();
	toy_ports_exit();
	toy_flows_exit();
	/* The last objects that wait for a grace period run our code when it ends. */
	rcu_barrier();
}

module_init(toy_init);
module_exit(toy_exit);

MODULE_DESCRIPTION("Toy: a complete connection-oriented transport (IP protocol 253, RFC 9293)");
MODULE_AUTHOR("The toy authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1");
