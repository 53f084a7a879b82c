/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: seq.h - sequence number arithmetic
 *
 * Sequence numbers live on a circle of 2^32 (RFC 9293 section 3.4). They are compared by the sign
 * of their distance, which is right as long as the two are less than 2^31 apart; windows are at
 * most 2^30 (RFC 7323 section 2.3), so they always are.
 */
#ifndef TOY_CORE_SEQ_H
#define TOY_CORE_SEQ_H

#include "env.h"

/* a < b on the circle */
static inline bool seq_lt(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

/* a <= b on the circle */
static inline bool seq_leq(u32 a, u32 b)
{
	return (s32)(a - b) <= 0;
}

/* a > b on the circle */
static inline bool seq_gt(u32 a, u32 b)
{
	return (s32)(a - b) > 0;
}

/* a >= b on the circle */
static inline bool seq_geq(u32 a, u32 b)
{
	return (s32)(a - b) >= 0;
}

/* lo <= x < hi, with the range at most 2^32 - 1 long; an empty range holds nothing */
static inline bool seq_in(u32 x, u32 lo, u32 hi)
{
	return x - lo < hi - lo;
}

static inline u32 seq_max(u32 a, u32 b)
{
	return seq_gt(a, b) ? a : b;
}

static inline u32 seq_min(u32 a, u32 b)
{
	return seq_lt(a, b) ? a : b;
}

#endif /* TOY_CORE_SEQ_H */
