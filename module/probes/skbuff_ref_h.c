// SPDX-License-Identifier: GPL-2.0
/* What takes and drops a fragment's page has a header of its own since Linux 6.10. */
#include <linux/skbuff_ref.h>

int probe(void);

int probe(void)
{
	return 0;
}
