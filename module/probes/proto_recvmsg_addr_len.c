// SPDX-License-Identifier: GPL-2.0
/* proto.recvmsg has an addr_len (until Linux 7.0). */
#include <net/sock.h>

int probe(struct proto *p, struct sock *sk, struct msghdr *msg, int *addr_len);
int probe(struct proto *p, struct sock *sk, struct msghdr *msg, int *addr_len)
{
	return p->recvmsg(sk, msg, 0, 0, addr_len);
}
