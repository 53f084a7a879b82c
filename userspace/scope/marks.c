// SPDX-License-Identifier: GPL-2.0
/*
 * marks.c - what of a flow is drawn, in order of time
 */
#include <inttypes.h>
#include <stdlib.h>

#include "marks.h"

static void mark_add(struct marks *m, enum mark_kind kind, uint64_t ns, const struct row *r)
{
	m->v[m->n] = (struct mark){ .kind = kind, .ns = ns, .order = m->n, .row = r };
	m->n++;
}

static int mark_order(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns < y->ns ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* Congestion control's everyday business is for --all. */
static bool shown(const struct row *r, bool all)
{
	if (r->kind != ROW_CONG || all)
		return true;
	return r->ev->cong.why != TOY_CONG_INIT && r->ev->cong.why != TOY_CONG_PARTIAL &&
	       r->ev->cong.why != TOY_CONG_GROWTH;
}

void marks_make(struct marks *m, const struct flow *f, bool all)
{
	unsigned int tag = 0;
	size_t n = 0;

	m->n = 0;
	m->v = need(malloc((2 * f->n + 1) * sizeof(*m->v)));
	for (size_t i = 0; i < f->n; i++) {
		const struct row *r = &f->rows[i];
		const struct event *in = r->rx ? r->rx : r->drop;

		if (r->kind != ROW_SEGMENT) {
			if (shown(r, all))
				mark_add(m, MARK_OTHER, r->ev->ns, r);
			continue;
		}
		if (r->tx)
			mark_add(m, MARK_DEPART, r->tx->ns, r);
		if (in)
			mark_add(m, MARK_ARRIVE,
				 r->tx ? max_t(uint64_t, in->ns, r->tx->ns) : in->ns, r);
	}
	qsort(m->v, m->n, sizeof(*m->v), mark_order);
	/* a departure and its arrival side by side are one arrow */
	for (size_t i = 0; i < m->n; i++) {
		struct mark *k = &m->v[n++];

		*k = m->v[i];
		if (k->kind == MARK_DEPART && i + 1 < m->n && m->v[i + 1].row == k->row) {
			k->kind = MARK_ARROW;
			i++;
		}
	}
	m->n = n;
	for (size_t i = 0; i < m->n; i++) {
		struct mark *k = &m->v[i];

		if (k->kind == MARK_DEPART && (k->row->rx || k->row->drop))
			k->tag = ++tag;
		for (size_t j = i; k->kind == MARK_ARRIVE && k->row->tx && j-- > 0;) {
			if (m->v[j].row == k->row) {
				k->tag = m->v[j].tag;
				break;
			}
		}
	}
}

static bool plain(const struct mark *k)
{
	const struct row *r = k->row;

	return k->kind != MARK_OTHER && !(row_segment(r)->flags & (TOY_SYN | TOY_FIN | TOY_RST)) &&
	       !r->lost && !r->drop && !r->twin && !row_again(r);
}

size_t marks_plain(const struct marks *m, size_t at)
{
	size_t n = 0;

	while (at + n < m->n && plain(&m->v[at + n]))
		n++;
	return n;
}

void marks_fold_text(struct text *t, const struct mark *k, size_t n, const char *to_right,
		     const char *to_left)
{
	uint64_t segments[2] = {}, bytes[2] = {};

	for (size_t i = 0; i < n; i++) {
		if (k[i].kind == MARK_ARRIVE && k[i].row->tx)
			continue;
		segments[k[i].row->side]++;
		bytes[k[i].row->side] += row_segment(k[i].row)->len;
	}
	text_add(t, "... %" PRIu64 " segments (%" PRIu64 " bytes) %s, %" PRIu64 " (%" PRIu64 ") %s",
		 segments[LEFT], bytes[LEFT], to_right, segments[RIGHT], bytes[RIGHT], to_left);
}
