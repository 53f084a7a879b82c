// SPDX-License-Identifier: GPL-2.0
/* A protocol says where struct ipv6_pinfo lies (Linux 6.6). */
#include <net/sock.h>

unsigned int probe(const struct proto *p);
unsigned int probe(const struct proto *p)
{
	return p->ipv6_pinfo_offset;
}
