// SPDX-License-Identifier: GPL-2.0
/* sk_uid() took sock_i_uid()'s place in Linux 6.17. */
#include <net/sock.h>

kuid_t probe(const struct sock *sk);

kuid_t probe(const struct sock *sk)
{
	return sk_uid(sk);
}
