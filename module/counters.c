// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: counters.c - what happened, added up: the second of the three windows
 *
 * One u64 for each enum toy_counter, per CPU and network namespace. toy_count() and
 * toy_count_add() (toy.h) add to this CPU's; toy_counter_sum() adds the CPUs up. What each means is
 * said where it is named, in core/watch.h; proc.c shows them.
 */
#include <linux/percpu.h>

#include "toy.h"

/**
 * toy_counters_init() - a new network namespace
 * @net: namespace
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int toy_counters_init(struct net *net)
{
	struct toy_net *tn = toy_net(net);

	tn->stats = alloc_percpu(struct toy_stats);
	return tn->stats ? 0 : -ENOMEM;
}

/**
 * toy_counters_exit() - a network namespace goes
 * @net: namespace
 *
 * Context: process.
 */
void toy_counters_exit(struct net *net)
{
	free_percpu(toy_net(net)->stats);
}

/**
 * toy_counter_sum() - the value of a counter
 * @net: namespace
 * @counter: which
 *
 * Context: any. CPUs are read one after the other, while they count on.
 * Return: the sum over all CPUs.
 */
u64 toy_counter_sum(const struct net *net, enum toy_counter counter)
{
	const struct toy_net *tn = toy_net(net);
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(tn->stats, cpu)->n[counter]);
	return sum;
}
