// SPDX-License-Identifier: GPL-2.0
/* struct scm_timestamping_internal holds ktime_t (newer kernels), not struct timespec64 */
#include <linux/ktime.h>
#include <linux/socket.h>

ktime_t probe(struct scm_timestamping_internal *all);
ktime_t probe(struct scm_timestamping_internal *all)
{
	ktime_t t = ktime_add(all->ts[0], 1);

	return t;
}
