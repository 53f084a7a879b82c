// SPDX-License-Identifier: GPL-2.0
/* Tables of sysctls are registered with their length (Linux 6.6). */
#include <net/net_namespace.h>

struct ctl_table_header *probe(struct net *net, struct ctl_table *table);
struct ctl_table_header *probe(struct net *net, struct ctl_table *table)
{
	return register_net_sysctl_sz(net, "net/toy", table, 1);
}
