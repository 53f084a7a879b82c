// SPDX-License-Identifier: GPL-2.0
/* Addresses of a length the caller gives have a type of their own (Linux 6.19). */
#include <net/sock.h>

int probe(struct proto *p, struct sock *sk, struct sockaddr_unsized *addr);
int probe(struct proto *p, struct sock *sk, struct sockaddr_unsized *addr)
{
	return p->connect(sk, addr, sizeof(addr->sa_family));
}
