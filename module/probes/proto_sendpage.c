// SPDX-License-Identifier: GPL-2.0
/* proto.sendpage is there (until Linux 6.4). */
#include <net/sock.h>

bool probe(const struct proto *p);
bool probe(const struct proto *p)
{
	return p->sendpage;
}
