// SPDX-License-Identifier: GPL-2.0
/* sk_filter_trim_cap() takes three arguments. */
#include <linux/filter.h>

int probe(struct sock *sk, struct sk_buff *skb);
int probe(struct sock *sk, struct sk_buff *skb)
{
	return sk_filter_trim_cap(sk, skb, 1);
}
