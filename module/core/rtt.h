/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: rtt.h - round trip time and retransmission timeout, for the core's own files
 */
#ifndef TOY_CORE_RTT_H
#define TOY_CORE_RTT_H

#include "conn.h"

void toy_rtt_start(struct toy_conn *c);
void toy_rtt_sent(struct toy_conn *c, u32 end, u64 now);
void toy_rtt_rexmit(struct toy_conn *c);
void toy_rtt_acked(struct toy_conn *c, const struct toy_seg *seg, u64 now);
u32 toy_ts_clock(u32 offset, u64 now);

#endif /* TOY_CORE_RTT_H */
