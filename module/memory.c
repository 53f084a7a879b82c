// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: memory.c - how much memory all sockets together may take, and what goes when it is too much
 *
 * The accounts are the socket layer's own (struct proto.memory_allocated and its kin), in pages,
 * for the whole machine, as TCP's. net.toy.mem has three marks. Above the second, memory is short:
 * buffers and windows grow no more, and nothing is held for reassembly, until use is below the
 * first. At the third nothing is given: sendmsg() waits, or says EAGAIN; a segment is taken only
 * where the socket has next to nothing yet; a connection that its process leaves with much unsent
 * is reset.
 *
 * A connection that no process holds is an orphan: net.toy.max_orphans of them may be in a network
 * namespace; the next is reset.
 *
 * This file may touch the accounts.
 */
#include <linux/percpu_counter.h>
#include <linux/swap.h>
#include <net/tcp_states.h>

#include "toy.h"

atomic_long_t toy_memory_allocated;
DEFINE_PER_CPU(int, toy_memory_per_cpu);
struct percpu_counter toy_memory_sockets;
unsigned long toy_memory_pressure;
long toy_memory_marks[3];

/* What a socket may have even at the third mark, where sk_prot says nothing per namespace. */
int toy_memory_wmem[3] = { 4096, 16384, 4 << 20 };
int toy_memory_rmem[3] = { 4096, 131072, 6 << 20 };

/**
 * toy_memory_short() - struct proto.enter_memory_pressure
 * @sk: the socket that has just wanted some
 *
 * Context: any.
 */
void toy_memory_short(struct sock *sk)
{
	if (READ_ONCE(toy_memory_pressure) || xchg(&toy_memory_pressure, 1))
		return;
	toy_count(sock_net(sk), TOY_CNT_MemoryPressures);
}

/**
 * toy_memory_enough() - struct proto.leave_memory_pressure
 * @sk: a socket
 *
 * Context: any.
 */
void toy_memory_enough(struct sock *sk)
{
	if (READ_ONCE(toy_memory_pressure))
		WRITE_ONCE(toy_memory_pressure, 0);
}

/**
 * toy_memory_pages() - what all sockets have
 *
 * Context: any.
 * Return: pages; give or take the megabyte that each CPU keeps to itself.
 */
long toy_memory_pages(void)
{
	return max(atomic_long_read(&toy_memory_allocated), 0L);
}

/**
 * toy_memory_disowns() - is there no room for a connection that no process holds?
 * @sk: the connection, counted as an orphan; its lock is held
 *
 * Counts what it finds.
 *
 * Context: any.
 * Return: true if it is to be reset.
 */
bool toy_memory_disowns(struct sock *sk)
{
	struct toy_net *tn = toy_net(sock_net(sk));

	if (atomic_read(&tn->orphans) > READ_ONCE(tn->knobs.max_orphans)) {
		toy_count(sock_net(sk), TOY_CNT_OrphanOverflows);
		return true;
	}
	if (sk->sk_wmem_queued > SOCK_MIN_SNDBUF &&
	    toy_memory_pages() > READ_ONCE(toy_memory_marks[2])) {
		toy_count(sock_net(sk), TOY_CNT_AbortOnMemory);
		return true;
	}
	return false;
}

/**
 * toy_memory_sysctl() - net.toy.mem: the three marks change together, and stay in order
 * @table: its line; .data is not used
 * @write: whether it is set
 * @buffer: text
 * @lenp: length of it
 * @ppos: and place in it
 *
 * Context: process.
 * Return: 0 or -errno.
 */
int toy_memory_sysctl(toy_ctl_table *table, int write, void *buffer, size_t *lenp, loff_t *ppos)
{
	unsigned long marks[3] = { toy_memory_marks[0], toy_memory_marks[1], toy_memory_marks[2] };
	unsigned long least = 0, most = LONG_MAX;
	struct ctl_table copy = *table;
	int err, i;

	copy.data = marks;
	copy.maxlen = sizeof(marks);
	copy.extra1 = &least;
	copy.extra2 = &most;
	err = proc_doulongvec_minmax(&copy, write, buffer, lenp, ppos);
	if (err || !write)
		return err;
	if (marks[0] > marks[1] || marks[1] > marks[2])
		return -EINVAL;
	for (i = 0; i < 3; i++)
		WRITE_ONCE(toy_memory_marks[i], marks[i]);
	return 0;
}

/**
 * toy_memory_init() - at load
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int toy_memory_init(void)
{
	unsigned long limit = max(nr_free_buffer_pages() / 16, 128UL);

	/* The same shares of memory that TCP takes. */
	toy_memory_marks[0] = limit / 4 * 3;
	toy_memory_marks[1] = limit;
	toy_memory_marks[2] = toy_memory_marks[0] * 2;
	return percpu_counter_init(&toy_memory_sockets, 0, GFP_KERNEL);
}

/**
 * toy_memory_exit() - at unload
 *
 * Context: process; no socket is left.
 */
void toy_memory_exit(void)
{
	percpu_counter_destroy(&toy_memory_sockets);
}
