// SPDX-License-Identifier: GPL-2.0
/*
 * ranges.c - the reassembly queue (module/core/ranges.c) beside an array of flags
 *
 * Ranges of a small piece of the sequence space are put in and taken out; the array says which
 * numbers must be held. The piece lies anywhere, over the wrap for one.
 */
#include "fuzz.h"
#include "ranges.h"

#define SPACE	512
#define NODES	256

static struct node {
	struct toy_range range;
	bool in;
} nodes[NODES];

static u8 held[SPACE];
static u32 base;

/* What is in the tree, in order; returns how many. */
static u32 walk(const struct toy_range *r, const struct toy_range **last, u32 depth)
{
	u32 n, i;

	if (!r)
		return 0;
	FUZZ_CHECK(depth < NODES, "the tree has no circle");
	n = walk(r->left, last, depth + 1);
	FUZZ_CHECK(!*last || seq_lt((*last)->seq, r->seq), "ranges stand in order");
	FUZZ_CHECK(seq_leq(r->seq, r->end), "a range does not end before it begins");
	FUZZ_CHECK(r->seq != r->end || r->fin, "an empty range has a FIN");
	*last = r;
	for (i = r->seq - base; i < r->end - base; i++) {
		FUZZ_CHECK(i < SPACE && held[i], "nothing is held that was not put in");
		held[i] |= 2;
	}
	return n + 1 + walk(r->right, last, depth + 1);
}

static void check(struct toy_ranges *set, bool lost)
{
	const struct toy_range *last = NULL;
	u32 i;

	FUZZ_CHECK(walk(set->root, &last, 0) == set->count, "ranges are counted");
	for (i = 0; i < SPACE; i++) {
		FUZZ_CHECK(lost || held[i] != 1, "all that was put in is held");
		held[i] = held[i] & 2 ? 1 : 0;
	}
	FUZZ_CHECK(toy_ranges_last(set) == last, "the last is the highest");
}

static void insert(struct toy_ranges *set, struct fuzz_in *in, bool *fins)
{
	u32 i, at = fuzz_below(in, SPACE), len = fuzz_u8(in), fin = fuzz_u8(in), free = 0;
	bool news = false;
	struct toy_range *r;

	while (free < NODES && nodes[free].in)
		free++;
	if (free == NODES)
		return;
	len = min_t(u32, len, SPACE - at);
	fin = fin > 240;
	if (!len && !fin)
		return;
	*fins |= fin;
	for (i = at; i < at + len; i++)
		news |= !held[i];
	r = &nodes[free].range;
	memset(r, 0xa5, sizeof(*r));
	r->seq = base + at;
	r->end = base + at + len;
	r->skip = 0;
	r->fin = fin;
	if (!toy_ranges_insert(set, r)) {
		FUZZ_CHECK(!news || *fins, "what is refused is there already");
		return;
	}
	nodes[free].in = true;
	FUZZ_CHECK(r->end == base + at + len && r->skip == r->seq - (base + at) && r->fin == fin,
		   "only the front is trimmed, and what was trimmed is skipped");
	for (i = 0; i < r->skip; i++)
		FUZZ_CHECK(held[at + i], "only what is there is trimmed");
	for (i = r->seq - base; i < at + len; i++)
		held[i] = 1;
}

static void take_out(struct toy_ranges *set, struct toy_range *r)
{
	struct node *n = (struct node *)r;

	FUZZ_CHECK(n->in, "what comes out was put in");
	toy_ranges_remove(set, r);
	FUZZ_CHECK(!r->left && !r->right, "and hangs on nothing any more");
	n->in = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const u32 bases[] = { 0, 0u - SPACE / 2, 0x80000000u - SPACE / 2, 0x12345678 };
	struct fuzz_in in = { data, size };
	struct toy_ranges set = { 0 };
	struct toy_range *r;
	bool fins = false;
	u32 i;

	memset(nodes, 0, sizeof(nodes));
	memset(held, 0, sizeof(held));
	base = bases[fuzz_below(&in, ARRAY_SIZE(bases))];
	while (in.left) {
		switch (fuzz_below(&in, 8)) {
		case 0:
			r = toy_ranges_first(&set);
			for (i = 0; r && i < r->seq - base; i++)
				FUZZ_CHECK(!held[i], "the first is the lowest");
			break;
		case 1:
			r = toy_ranges_first(&set);
			if (r)
				take_out(&set, r);
			check(&set, true);
			break;
		case 2:
			r = toy_ranges_last(&set);
			if (r)
				take_out(&set, r);
			check(&set, true);
			break;
		case 3:
			i = fuzz_below(&in, NODES);
			if (nodes[i].in)
				take_out(&set, &nodes[i].range);
			check(&set, true);
			break;
		default:
			insert(&set, &in, &fins);
			check(&set, false);
		}
	}
	while ((r = toy_ranges_first(&set)))
		take_out(&set, r);
	FUZZ_CHECK(!set.root && !set.count, "nothing is left");
	return 0;
}
