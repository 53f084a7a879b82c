// SPDX-License-Identifier: GPL-2.0
/* proto.accept takes one struct (Linux 6.10). */
#include <net/sock.h>

struct sock *probe(struct proto *p, struct sock *sk, struct proto_accept_arg *arg);
struct sock *probe(struct proto *p, struct sock *sk, struct proto_accept_arg *arg)
{
	return p->accept(sk, arg);
}
