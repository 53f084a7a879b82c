// SPDX-License-Identifier: GPL-2.0
/* inet_sock.inet_id is atomic (Linux 6.6, and stable ones before). */
#include <net/inet_sock.h>

void probe(struct inet_sock *inet);
void probe(struct inet_sock *inet)
{
	atomic_set(&inet->inet_id, 0);
}
