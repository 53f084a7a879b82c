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

bool marks_show(const struct row *r, bool all)
{
	if (r->kind != ROW_CONG || all)
		return true;
	return r->ev->cong.why != TOY_CONG_INIT && r->ev->cong.why != TOY_CONG_PARTIAL &&
	       r->ev->cong.why != TOY_CONG_GROWTH;
}

static void add_segment(struct marks *m, const struct row *r)
{
	const struct event *in = r->rx ? r->rx : r->drop;

	if (r->tx && !(r->told & TOLD_FIRST))
		mark_add(m, MARK_DEPART, r->tx->ns, r);
	if (in && !(r->told & TOLD_ARRIVAL))
		mark_add(m, MARK_ARRIVE, r->tx ? max_t(uint64_t, in->ns, r->tx->ns) : in->ns, r);
}

/* A number for what left and came, where they are not one arrow. */
static void number(struct marks *m, const struct flow *f)
{
	unsigned int *tags = need(calloc(f->n + 1, sizeof(*tags)));
	unsigned int last = f->tags;

	for (size_t i = 0; i < m->n; i++) {
		struct mark *k = &m->v[i];
		unsigned int *tag = &tags[k->row - f->rows];

		if (k->kind == MARK_DEPART && (k->row->rx || k->row->drop)) {
			*tag = ++last;
			k->tag = *tag;
		} else if (k->kind == MARK_ARRIVE) {
			k->tag = *tag ? *tag : k->row->tag;
		}
	}
	free(tags);
}

void marks_make(struct marks *m, const struct flow *f, bool all)
{
	size_t n = 0;

	m->n = 0;
	m->v = need(malloc((2 * (f->n - f->from) + 1) * sizeof(*m->v)));
	for (size_t i = f->from; i < f->n; i++) {
		const struct row *r = &f->rows[i];

		if (r->kind == ROW_SEGMENT)
			add_segment(m, r);
		else if (!r->told && marks_show(r, all))
			mark_add(m, MARK_OTHER, r->ev->ns, r);
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
	number(m, f);
}

void marks_crowd_add(struct crowd *c, const struct mark *k, size_t n)
{
	if (!c->n && n)
		c->ns = k->ns;
	c->n += n;
	for (size_t i = 0; i < n; i++) {
		if (k[i].kind == MARK_ARRIVE && k[i].row->tx)
			continue;
		c->segments[k[i].row->side]++;
		c->bytes[k[i].row->side] += row_segment(k[i].row)->len;
	}
}

static bool plain(const struct mark *k)
{
	const struct row *r = k->row;

	return k->kind != MARK_OTHER && !(row_segment(r)->flags & (TOY_SYN | TOY_FIN | TOY_RST)) &&
	       !r->lost && !r->late && !r->drop && !r->twin && !row_again(r);
}

size_t marks_plain(const struct marks *m, size_t at)
{
	size_t n = 0;

	while (at + n < m->n && plain(&m->v[at + n]))
		n++;
	return n;
}

void marks_crowd_text(struct text *t, const struct crowd *c, const char *to_right,
		      const char *to_left)
{
	text_add(t, "... %" PRIu64 " segments (%" PRIu64 " bytes) %s, %" PRIu64 " (%" PRIu64 ") %s",
		 c->segments[LEFT], c->bytes[LEFT], to_right, c->segments[RIGHT], c->bytes[RIGHT],
		 to_left);
}
