// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: isn.c - initial sequence numbers and window shifts
 */
#include "conn.h"

/* One tick of the clock in an initial sequence number, RFC 9293 section 3.4.1 (MUST-8). */
#define ISN_TICK	4	/* microseconds */

/**
 * toy_isn() - an initial sequence number (RFC 6528, SHLD-1)
 * @hash: keyed hash of the addresses and ports; the key must not be known outside (MUST-9)
 * @now: the time, microseconds
 *
 * The clock makes numbers of one pair of sockets grow, the hash makes those of others unguessable.
 */
u32 toy_isn(u32 hash, u64 now)
{
	return hash + (u32)(now / ISN_TICK);
}

/**
 * toy_wscale_offer() - the shift to offer: it can never be changed, but the buffer may grow
 * @knobs: how far
 * @rcv_limit: most bytes that may wait for the user at the start
 */
u8 toy_wscale_offer(const struct toy_knobs *knobs, u32 rcv_limit)
{
	return toy_wscale_for(max_t(u32, rcv_limit, knobs->rcv_most));
}

/**
 * toy_wscale_for() - the smallest shift with which a window can be told (RFC 7323 section 2.3)
 * @rcv_limit: largest window that will ever be offered
 */
u8 toy_wscale_for(u32 rcv_limit)
{
	u8 shift = 0;

	while (shift < TOY_WSCALE_MAX && rcv_limit >> shift > 0xffff)
		shift++;
	return shift;
}
