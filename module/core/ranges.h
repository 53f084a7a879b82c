/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: ranges.h - the segments that came before their turn
 *
 * A set of byte ranges ordered by sequence number: an intrusive splay tree (Sleator and Tarjan,
 * 1985). The nodes live in skb->cb in the kernel and in a malloc'd struct on the host, so the core
 * allocates nothing. Any order of arrival, an attacker's included, costs O(log n) a segment
 * amortised, and the common one (each just above the last) O(1).
 */
#ifndef TOY_CORE_RANGES_H
#define TOY_CORE_RANGES_H

#include "seq.h"

/**
 * struct toy_range - one segment held for reassembly
 * @left: child with lower numbers; in a list of ready ranges, the next one
 * @right: child with higher numbers
 * @seq: first sequence number of the payload that counts
 * @end: first one after it
 * @skip: bytes to leave out at the front of the payload when it is delivered
 * @fin: a FIN stands at @end
 */
struct toy_range {
	struct toy_range *left;
	struct toy_range *right;
	u32 seq;
	u32 end;
	u32 skip;
	bool fin;
};

/**
 * struct toy_ranges - the set
 * @root: the range touched last
 * @count: ranges in it
 */
struct toy_ranges {
	struct toy_range *root;
	u32 count;
};

bool toy_ranges_insert(struct toy_ranges *set, struct toy_range *r);
struct toy_range *toy_ranges_first(struct toy_ranges *set);
struct toy_range *toy_ranges_last(struct toy_ranges *set);
void toy_ranges_remove(struct toy_ranges *set, struct toy_range *r);

#endif /* TOY_CORE_RANGES_H */
