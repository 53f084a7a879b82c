// SPDX-License-Identifier: GPL-2.0
/* Does a sysctl's handler get its table as const? Since Linux 6.11. */
#include <linux/sysctl.h>

int probe(const struct ctl_table *table, int write, void *buffer, size_t *lenp, loff_t *ppos);

struct ctl_table probe_table = { .proc_handler = probe };
