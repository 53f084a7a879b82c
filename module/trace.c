// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: trace.c - the tracepoints come to life here
 *
 * The one file that defines them (trace.h says what they are), and the helper that their bodies
 * call. It may read segments and nothing else.
 */
#include <linux/skbuff.h>

#define CREATE_TRACE_POINTS
#include "trace.h"

u8 toy_trace_payload(u8 *to, const struct toy_seg *seg, const struct sk_buff *skb)
{
	int offset, n;

	memset(to, 0, TOY_TRACE_PAYLOAD);
	if (!skb || !seg || !seg->len || !skb_transport_header_was_set(skb))
		return 0;
	offset = skb_transport_offset(skb) + (seg->hlen ? seg->hlen : toy_wire_hlen(seg));
	n = min_t(int, min_t(u32, seg->len, TOY_TRACE_PAYLOAD), (int)skb->len - offset);
	if (n <= 0 || skb_copy_bits(skb, offset, to, n))
		return 0;
	return n;
}
