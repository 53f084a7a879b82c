// SPDX-License-Identifier: GPL-2.0
/* proto.ioctl answers through an int in kernel memory (Linux 6.5). */
#include <net/sock.h>

int probe(struct proto *p, struct sock *sk, int *karg);
int probe(struct proto *p, struct sock *sk, int *karg)
{
	return p->ioctl(sk, 0, karg);
}
