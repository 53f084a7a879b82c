// SPDX-License-Identifier: GPL-2.0
/*
 * test_ranges.c - the splay tree of ranges against a list that anybody can see through.
 */
#include <stdlib.h>

#include "ranges.h"
#include "tap.h"

#define MODEL_MAX	512

/* The model: an array, searched from one end to the other. */
struct model {
	struct toy_range *r[MODEL_MAX];
	u32 count;
};

static u64 seed;

static u32 below(u32 limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (u32)(seed >> 11) % limit;
}

static struct toy_range *range(u32 from, u32 to)
{
	struct toy_range *r = malloc(sizeof(*r));

	memset(r, 0xa5, sizeof(*r));
	r->seq = from;
	r->end = to;
	r->skip = 0;
	r->fin = false;
	return r;
}

static bool model_has(const struct model *m, const struct toy_range *r)
{
	u32 i;

	for (i = 0; i < m->count; i++)
		if (m->r[i] == r)
			return true;
	return false;
}

static void model_remove(struct model *m, const struct toy_range *r)
{
	u32 i;

	for (i = 0; i < m->count; i++)
		if (m->r[i] == r)
			m->r[i] = m->r[--m->count];
}

/* Is this byte in the model? */
static bool model_holds(const struct model *m, u32 byte)
{
	u32 i;

	for (i = 0; i < m->count; i++)
		if (seq_in(byte, m->r[i]->seq, m->r[i]->end))
			return true;
	return false;
}

/* All of @from to @to, and a FIN at the end if one is asked for. */
static bool model_covers(const struct model *m, u32 from, u32 to, bool fin)
{
	bool has_fin = false;
	u32 i;

	for (i = 0; i < m->count; i++)
		has_fin |= m->r[i]->fin && m->r[i]->end == to;
	for (; from != to; from++)
		if (!model_holds(m, from))
			return false;
	return has_fin || !fin;
}

static u32 walk_count;
static u32 walk_seq;
static u32 walk_depth;

static void walk(const struct toy_range *r, u32 depth)
{
	if (!r)
		return;
	walk(r->left, depth + 1);
	if (walk_count)
		CHECK(seq_lt(walk_seq, r->seq), "ranges stand in order");
	walk_count++;
	walk_seq = r->seq;
	if (depth > walk_depth)
		walk_depth = depth;
	walk(r->right, depth + 1);
}

static void check_set(struct toy_ranges *set, const struct model *m)
{
	u32 i;

	walk_count = 0;
	walk_depth = 0;
	walk(set->root, 1);
	CHECK_EQ(walk_count, m->count, "nothing is lost and nothing is new");
	CHECK_EQ(set->count, m->count, "the count is right");
	if (!m->count) {
		CHECK(!toy_ranges_first(set) && !toy_ranges_last(set), "an empty set has no first");
		return;
	}
	for (i = 0; i < m->count; i++) {
		CHECK(seq_leq(toy_ranges_first(set)->seq, m->r[i]->seq), "the first is lowest");
		CHECK(seq_geq(toy_ranges_last(set)->seq, m->r[i]->seq), "the last is highest");
	}
}

static void empty(struct toy_ranges *set, struct model *m)
{
	while (m->count) {
		struct toy_range *r = m->r[below(m->count)];

		toy_ranges_remove(set, r);
		model_remove(m, r);
		free(r);
		check_set(set, m);
	}
}

TEST(the_set_of_ranges_does_what_a_plain_list_does)
{
	u32 round, op;

	seed = 20261122;
	for (round = 0; round < 60; round++) {
		struct toy_ranges set = { 0 };
		struct model m = { .count = 0 };
		u32 base = below(3) ? 0xffffff00u : 0x7fffff00u;
		u32 spread = 1 + below(2000);

		for (op = 0; op < 200; op++) {
			struct toy_range *r;
			u32 from, to;

			if (m.count && !below(3)) {
				r = below(2) ? toy_ranges_first(&set) : m.r[below(m.count)];
				CHECK(model_has(&m, r), "what is found is in the set");
				toy_ranges_remove(&set, r);
				model_remove(&m, r);
				free(r);
				check_set(&set, &m);
				continue;
			}
			from = base + below(spread);
			to = seq_min(from + 1 + below(60), base + spread);
			r = range(from, to);
			r->fin = to == base + spread;
			if (toy_ranges_insert(&set, r)) {
				m.r[m.count++] = r;
				CHECK_EQ(r->skip, r->seq - from, "what is cut off is skipped");
				CHECK_EQ(r->end, to, "the end stays");
				CHECK(model_covers(&m, from, to, r->fin), "and no byte is lost");
			} else {
				CHECK(model_covers(&m, from, to, to == base + spread),
				      "only what is there is refused");
				free(r);
			}
			check_set(&set, &m);
		}
		empty(&set, &m);
	}
}

TEST(a_range_that_one_range_covers_is_refused)
{
	struct toy_ranges set = { 0 };
	struct toy_range *a = range(100, 200), *b = range(100, 200), *c = range(120, 180);
	struct toy_range *d = range(150, 201), *f = range(201, 201), *g = range(201, 201);

	CHECK(toy_ranges_insert(&set, a), "the first is taken");
	CHECK(!toy_ranges_insert(&set, b), "the same again is not");
	CHECK(!toy_ranges_insert(&set, c), "nor a part of it");
	CHECK(toy_ranges_insert(&set, d), "one byte more is");
	CHECK_EQ(d->seq, 200, "and that byte only");
	CHECK_EQ(d->skip, 50, "the others are skipped");
	f->fin = true;
	g->fin = true;
	CHECK(toy_ranges_insert(&set, f), "a FIN without data is");
	CHECK(!toy_ranges_insert(&set, g), "and again is not");
	CHECK_EQ(set.count, 3, "three were taken");
	CHECK(toy_ranges_first(&set) == a, "the lowest is first");
	CHECK(toy_ranges_last(&set) == f, "the highest is last");
	toy_ranges_remove(&set, d);
	toy_ranges_remove(&set, a);
	toy_ranges_remove(&set, f);
	CHECK(!set.root && !set.count, "all can be removed");
	free(a);
	free(b);
	free(c);
	free(d);
	free(f);
	free(g);
}

TEST(a_fin_at_the_end_of_data_that_is_held_is_held_too)
{
	struct toy_ranges set = { 0 };
	struct toy_range *a = range(100, 200), *b = range(100, 200), *c = range(200, 210);

	CHECK(toy_ranges_insert(&set, a), "data");
	b->fin = true;
	CHECK(toy_ranges_insert(&set, b), "the same with FIN");
	CHECK(b->seq == 200 && b->end == 200 && b->fin, "leaves the FIN");
	CHECK(!toy_ranges_insert(&set, c), "and nothing follows a FIN");
	CHECK_EQ(set.count, 2, "two are held");
	free(a);
	free(b);
	free(c);
}

/* Steps from the root to @r. */
static u32 depth_of(const struct toy_ranges *set, u32 seq)
{
	const struct toy_range *t = set->root;
	u32 depth = 0;

	while (t && t->seq != seq) {
		t = seq_lt(seq, t->seq) ? t->left : t->right;
		depth++;
	}
	return depth;
}

/*
 * In order, in reverse, from both ends to the middle: what makes a plain tree a list. A splay tree
 * pays for a deep access by becoming shallow, so the sum of all ways stays near n log n.
 */
TEST(no_order_of_arrival_makes_the_set_slow)
{
	enum { N = 20000 };
	static struct toy_range r[N];
	u32 order, i;

	for (order = 0; order < 4; order++) {
		struct toy_ranges set = { 0 };
		u64 steps = 0;

		for (i = 0; i < N; i++) {
			u32 at = i;

			if (order == 1)
				at = N - 1 - i;
			else if (order == 2)
				at = i & 1 ? N - 1 - i / 2 : i / 2;
			else if (order == 3)
				at = (u32)((u64)i * 7919 % N);
			r[i].seq = 0xffffff00u + 10 * at;
			r[i].end = r[i].seq + 5;
			r[i].fin = false;
			CHECK(toy_ranges_insert(&set, &r[i]), "a range apart from all others");
		}
		CHECK_EQ(set.count, N, "all are there");
		for (i = 0; i < N; i++) {
			u32 to = (u32)((u64)i * 104729 % N);

			steps += depth_of(&set, r[to].seq);
			toy_ranges_remove(&set, &r[to]);
		}
		CHECK(!set.root, "all were found again");
		CHECK_IN(steps / N, 0, 60, "a way is a few times log n long on average");
	}
}

TEST(ranges_leave_in_order_whatever_the_order_they_came_in)
{
	static struct toy_range r[1000];
	struct toy_ranges set = { 0 };
	u32 i;

	for (i = 0; i < 1000; i++) {
		r[i].seq = 0x7ffffe00u + i * 389 % 1000;
		r[i].end = r[i].seq + 1;
		r[i].fin = false;
		CHECK(toy_ranges_insert(&set, &r[i]), "a byte of its own");
	}
	for (i = 0; i < 1000; i++) {
		struct toy_range *first = toy_ranges_first(&set);

		CHECK_EQ(first->seq, 0x7ffffe00u + i, "the lowest that is left");
		toy_ranges_remove(&set, first);
	}
	CHECK(!set.count, "none is left");
}
