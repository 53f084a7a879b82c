// SPDX-License-Identifier: GPL-2.0
/* inet_diag_bc_sk() takes the whole request (Linux 6.18) */
#include <linux/inet_diag.h>

int probe(const struct inet_diag_dump_data *data, struct sock *sk);
int probe(const struct inet_diag_dump_data *data, struct sock *sk)
{
	return inet_diag_bc_sk(data, sk);
}
