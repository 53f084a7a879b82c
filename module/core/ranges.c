// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: ranges.c - a splay tree of byte ranges
 *
 * Top-down splaying: on the way down the tree is taken apart into what is lower and what is higher
 * than the number sought, and put together again around the node where the way ends. That node is
 * then the root, so the neighbourhood of the last segment is always near. No two ranges in a set
 * begin at the same number: toy_ranges_insert() sees to it.
 */
#include "ranges.h"

/* Splay the tree @t, which is not empty, by @seq. Its new root is next to @seq, on either side. */
static struct toy_range *splay_any(struct toy_range *t, u32 seq)
{
	struct toy_range head = { 0 }, *low = &head, *high = &head, *c;

	for (;;) {
		if (seq_lt(seq, t->seq)) {
			c = t->left;
			if (c && seq_lt(seq, c->seq)) {		/* rotate right */
				t->left = c->right;
				c->right = t;
				t = c;
			}
			if (!t->left)
				break;
			high->left = t;
			high = t;
			t = t->left;
		} else {
			c = t->right;
			if (c && seq_geq(seq, c->seq)) {	/* rotate left */
				t->right = c->left;
				c->left = t;
				t = c;
			}
			if (!t->right)
				break;
			low->right = t;
			low = t;
			t = t->right;
		}
	}
	low->right = t->left;
	high->left = t->right;
	t->left = head.right;
	t->right = head.left;
	return t;
}

/* Bring to the root the highest range at or below @seq or, if all are above, the lowest. */
static void splay(struct toy_ranges *set, u32 seq)
{
	struct toy_range *t = splay_any(set->root, seq);

	if (seq_lt(seq, t->seq) && t->left) {
		struct toy_range *below = splay_any(t->left, seq);

		below->right = t;	/* was empty: all of them are below seq */
		t->left = NULL;
		t = below;
	}
	set->root = t;
}

/* Take from the front of @r what @t has already. Return false when nothing is left of @r. */
static bool trim(struct toy_range *r, const struct toy_range *t)
{
	if (seq_geq(t->end, r->end) && (t->fin || !r->fin))
		return false;
	if (seq_gt(t->end, r->seq)) {
		u32 to = seq_min(t->end, r->end);

		r->skip += to - r->seq;
		r->seq = to;
	}
	return true;
}

/**
 * toy_ranges_insert() - add a range
 * @set: the set
 * @r: @seq, @end, @skip and @fin are set; seq < end, or equal with a FIN. Its front may be trimmed
 *
 * Return: false, and @r is not taken, if all of it is there already.
 */
bool toy_ranges_insert(struct toy_ranges *set, struct toy_range *r)
{
	struct toy_range *t;
	u32 seq;

	r->left = NULL;
	r->right = NULL;
	if (!set->root)
		goto out;
	do {
		seq = r->seq;
		splay(set, seq);
		t = set->root;
		if (seq_leq(t->seq, seq) && !trim(r, t))
			return false;
	} while (r->seq != seq);
	if (t->seq == r->seq)
		return false;	/* a FIN stands here already: nothing can follow it */

	if (seq_lt(t->seq, r->seq)) {
		r->left = t;
		r->right = t->right;
		t->right = NULL;
	} else {
		r->right = t;
	}
out:
	set->root = r;
	set->count++;
	return true;
}

/**
 * toy_ranges_first() - the range with the lowest sequence number, NULL if the set is empty
 * @set: the set
 */
struct toy_range *toy_ranges_first(struct toy_ranges *set)
{
	struct toy_range *t = set->root;

	if (!t)
		return NULL;
	while (t->left)
		t = t->left;
	splay(set, t->seq);
	return t;
}

/**
 * toy_ranges_last() - the range with the highest sequence number, NULL if the set is empty
 * @set: the set
 */
struct toy_range *toy_ranges_last(struct toy_ranges *set)
{
	struct toy_range *t = set->root;

	if (!t)
		return NULL;
	while (t->right)
		t = t->right;
	splay(set, t->seq);
	return t;
}

/**
 * toy_ranges_remove() - take a range out
 * @set: the set
 * @r: one that is in it
 */
void toy_ranges_remove(struct toy_ranges *set, struct toy_range *r)
{
	splay(set, r->seq);
	TOY_CHECK(set->root == r);
	if (r->left) {
		set->root = splay_any(r->left, r->seq);
		set->root->right = r->right;
	} else {
		set->root = r->right;
	}
	r->left = NULL;
	r->right = NULL;
	set->count--;
}
