// SPDX-License-Identifier: GPL-2.0
/*
 * live.c - ladders drawn while their connections live
 *
 * Events come from several processors in turns, so that one may come after a younger one. They wait
 * until all that is older must have come, and are then taken in order of time. A segment that left
 * and has not come may be lost or late: what is younger waits for it, until it came or HOLD_NS have
 * passed. What waits is drawn, on a terminal, in lines that are drawn anew each time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "pen.h"
#include "screen.h"

#define MS		1000000ull
#define GRACE_NS	(20 * MS)	/* after a segment came: it may be refused yet */
#define HOLD_NS		(500 * MS)	/* a segment that did not come until then is lost */
#define UNSEEN_NS	(3000 * MS)	/* an end that told nothing until then is not watched */
#define QUIET_NS	(1000 * MS)	/* nobody will join a crowd that stood still for so long */
#define CLOSED_MOST	256		/* connections that are remembered after their end */
#define ROWS_MOST	4096		/* of a connection; then drawn ones are forgotten */
#define ROWS_KEEP	1024
#define FOREVER		(UINT64_MAX / 2)

/**
 * struct live_flow - what is kept of a flow that is drawn live
 * @kept: the events that its rows show, oldest first
 * @n: how many
 * @room: how many fit
 * @gone: how many were forgotten before them
 * @hold: how long a segment may be on its way
 * @born: time of the first event
 * @youngest: time of the last
 * @headed: its head was drawn
 * @footed: its foot was drawn
 * @front: plain segments drawn one by one since the last that was not
 * @crowd: those after them
 * @dirty: something is new
 */
struct live_flow {
	struct event **kept;
	size_t n;
	size_t room;
	uint64_t gone;
	uint64_t hold;
	uint64_t born;
	uint64_t youngest;
	bool headed;
	bool footed;
	unsigned int front;
	struct crowd crowd;
	bool dirty;
};

/**
 * struct live - all of it
 * @style: how is drawn
 * @pending: events that are not settled
 * @flows: the connections
 * @screen: where they are drawn
 * @current: number of the flow that was drawn last
 * @all: for names
 * @settled: the time up to which everything is known
 */
struct live {
	struct live_style style;
	struct events pending;
	struct flows flows;
	struct screen screen;
	unsigned int current;
	const struct events *all;
	uint64_t settled;
};

struct live *live_new(const struct live_style *style)
{
	struct live *l = need(calloc(1, sizeof(*l)));

	l->style = *style;
	l->screen.terminal = style->terminal;
	return l;
}

static void live_flow_free(struct live_flow *lf)
{
	for (size_t i = 0; i < lf->n; i++)
		free(lf->kept[i]);
	free(lf->kept);
	free(lf);
}

void live_free(struct live *l)
{
	if (!l)
		return;
	screen_end(&l->screen);
	for (size_t i = 0; i < l->flows.n; i++)
		live_flow_free(l->flows.v[i]->live);
	for (size_t i = 0; i < l->flows.nlisten; i++)
		free((void *)l->flows.listen[i]);
	flows_free(&l->flows);
	events_free(&l->pending);
	free(l);
}

unsigned int live_seen(const struct live *l)
{
	return l->style.filter->follow ? l->flows.born >= l->style.filter->follow : l->flows.born;
}

void live_take(struct live *l, const struct events *all, size_t from)
{
	for (size_t i = from; i < all->n; i++) {
		if (filter_passes(l->style.filter, &all->v[i]))
			events_add(&l->pending, &all->v[i]);
	}
}

/* ------------------------------------------------------------------------------------------- */
/* Events become rows                                                                            */

static void keep(struct flow *f, struct event *ev)
{
	struct live_flow *lf = f->live;

	if (!lf) {
		lf = need(calloc(1, sizeof(*lf)));
		lf->born = ev->ns;
		lf->hold = HOLD_NS;
		f->live = lf;
	}
	if (lf->n == lf->room) {
		lf->room = lf->room ? 2 * lf->room : 32;
		lf->kept = need(realloc(lf->kept, lf->room * sizeof(*lf->kept)));
	}
	lf->kept[lf->n++] = ev;
	lf->youngest = max_t(uint64_t, lf->youngest, ev->ns);
	lf->dirty = true;
}

static void take_settled(struct live *l)
{
	size_t n = 0;

	events_sort(&l->pending);
	while (n < l->pending.n && l->pending.v[n].ns <= l->settled) {
		struct event *ev = need(malloc(sizeof(*ev)));
		struct flow *f;

		*ev = l->pending.v[n++];
		f = flows_take(&l->flows, ev);
		if (f)
			keep(f, ev);
		else if (!l->flows.nlisten || l->flows.listen[l->flows.nlisten - 1] != ev)
			free(ev);
	}
	l->pending.n -= n;
	memmove(l->pending.v, l->pending.v + n, l->pending.n * sizeof(*l->pending.v));
}

/* Forget the oldest rows of a long flow, and their events. */
static void prune(struct flow *f)
{
	struct live_flow *lf = f->live;
	size_t cut = f->from > ROWS_KEEP ? f->from - ROWS_KEEP : 0, events = 0;

	if (f->n < ROWS_MOST || !cut)
		return;
	for (size_t i = 0; i < cut; i++)
		sums_add(&f->cut, &f->rows[i]);
	for (int side = 0; side < 2; side++) {
		struct end *e = &f->end[side];
		size_t n = 0;

		for (size_t i = 0; i < e->nwaiting; i++) {
			if (e->waiting[i] >= cut)
				e->waiting[n++] = e->waiting[i] - cut;
		}
		e->nwaiting = n;
	}
	f->n -= cut;
	f->from -= cut;
	memmove(f->rows, f->rows + cut, f->n * sizeof(*f->rows));
	while (events < lf->n && (!f->n || lf->gone + events < f->rows[0].taken))
		free(lf->kept[events++]);
	lf->gone += events;
	lf->n -= events;
	memmove(lf->kept, lf->kept + events, lf->n * sizeof(*lf->kept));
}

/* ------------------------------------------------------------------------------------------- */
/* What may be drawn                                                                             */

/* Is the fate of what @r shows known? */
static bool decided(const struct live *l, const struct flow *f, struct row *r)
{
	const struct event *in = r->rx ? r->rx : r->drop;
	struct live_flow *lf = f->live;
	uint64_t hold = lf->hold;

	if (r->kind != ROW_SEGMENT || r->lost)
		return true;
	if (in) {
		if (r->tx && in->ns > r->tx->ns)
			lf->hold = max_t(uint64_t, lf->hold, 2 * (in->ns - r->tx->ns));
		return r->drop || l->settled >= in->ns + GRACE_NS;
	}
	if (!f->end[!r->side].seen)
		return l->settled >= lf->born + UNSEEN_NS;
	r->lost = l->settled >= r->tx->ns + hold;
	return r->lost;
}

/* Everything that is known of @r is drawn. */
static bool told(const struct live *l, const struct row *r)
{
	if (r->kind != ROW_SEGMENT)
		return r->told || !marks_show(r, l->style.look->label.all);
	return (!r->tx || (r->told & TOLD_FIRST)) &&
	       ((!r->rx && !r->drop) || (r->told & TOLD_ARRIVAL));
}

/* The time from which on nothing can be drawn for good. */
static uint64_t limit_of(const struct live *l, struct flow *f)
{
	uint64_t limit = l->settled + 1;

	for (size_t i = f->from; i < f->n; i++) {
		struct row *r = &f->rows[i];
		const struct event *in = r->rx ? r->rx : r->drop;

		if (told(l, r) || decided(l, f, r))
			continue;
		limit = min_t(uint64_t, limit, (r->told & TOLD_FIRST) ? in->ns : row_time(r));
	}
	return limit;
}

static void tell(struct flow *f, const struct mark *k)
{
	struct row *r = &f->rows[k->row - f->rows];

	if (k->kind != MARK_ARRIVE || !r->tx)
		r->told |= TOLD_FIRST;
	if (k->kind == MARK_ARRIVE || k->kind == MARK_ARROW)
		r->told |= TOLD_ARRIVAL;
	if (k->kind == MARK_DEPART && k->tag) {
		r->tag = k->tag;
		f->tags = max_t(unsigned int, f->tags, k->tag);
	}
}

/* ------------------------------------------------------------------------------------------- */
/* Ladders                                                                                       */

/* Whatever is drawn next is of @f. */
static void turn_to(struct live *l, struct flow *f, const struct pen *p)
{
	bool first = !l->current;

	if (l->current == f->nr && f->live->headed)
		return;
	l->current = f->nr;
	if (!first)
		fputc('\n', p->out);
	if (!first || f->live->headed)
		pen_heading(p, l->all);
	if (!f->live->headed)
		pen_head(p, l->all);
	f->live->headed = true;
}

static void mark_for_good(struct live *l, struct flow *f, const struct pen *p, const struct mark *k)
{
	turn_to(l, f, p);
	pen_mark(p, k);
	tell(f, k);
}

static void crowd_for_good(struct live *l, struct flow *f, const struct pen *p)
{
	struct live_flow *lf = f->live;

	if (lf->crowd.n) {
		turn_to(l, f, p);
		pen_crowd(p, &lf->crowd);
	}
	memset(&lf->crowd, 0, sizeof(lf->crowd));
	lf->front = 0;
}

/**
 * plain_for_good() - draw what may be drawn of a run of plain segments
 * @l: all
 * @f: the flow
 * @p: the pen
 * @k: the marks
 * @n: how many there are
 * @more: others may join them
 *
 * The first and the last few of a run are drawn, the rest becomes a crowd as soon as there are
 * enough of them.
 *
 * Return: how many marks are done with; the others wait.
 */
static size_t plain_for_good(struct live *l, struct flow *f, const struct pen *p,
			     const struct mark *k, size_t n, bool more)
{
	struct live_flow *lf = f->live;
	bool all = l->style.look->label.all;
	size_t i = 0;

	for (; i < n && (all || lf->front < FOLD_KEEP); i++, lf->front++)
		mark_for_good(l, f, p, &k[i]);
	if (i < n && (lf->crowd.n || n - i > FOLD_OVER - FOLD_KEEP)) {
		size_t crowd = n - i > FOLD_KEEP ? n - i - FOLD_KEEP : 0;

		marks_crowd_add(&lf->crowd, k + i, crowd);
		for (size_t j = 0; j < crowd; j++)
			tell(f, &k[i + j]);
		i += crowd;
	}
	if (more)
		return i;
	if (lf->crowd.n)
		crowd_for_good(l, f, p);
	for (; i < n; i++)
		mark_for_good(l, f, p, &k[i]);
	lf->front = 0;
	return n;
}

static void marks_for_good(struct live *l, struct flow *f, const struct pen *p,
			   const struct marks *m)
{
	size_t i = 0;

	while (i < m->n) {
		size_t run = marks_plain(m, i), done;
		bool quiet = l->settled >= m->v[m->n - 1].ns + QUIET_NS;

		if (!run) {
			crowd_for_good(l, f, p);
			mark_for_good(l, f, p, &m->v[i++]);
			continue;
		}
		done = plain_for_good(l, f, p, &m->v[i], run, i + run == m->n && !quiet);
		i += done;
		if (done < run)
			break;
	}
	if (f->live->crowd.n && l->settled >= f->live->youngest + QUIET_NS)
		crowd_for_good(l, f, p);
}

/* Draw what can be drawn for good. */
static void ladder_for_good(struct live *l, struct flow *f, FILE *out)
{
	struct marks m;
	uint64_t limit;
	struct pen p;
	size_t n = 0;

	pen_init(&p, l->style.look, f, out);
	limit = limit_of(l, f);
	marks_make(&m, f, l->style.look->label.all);
	while (n < m.n && m.v[n].ns < limit)
		n++;
	m.n = n;
	marks_for_good(l, f, &p, &m);
	free(m.v);
	while (f->from < f->n && told(l, &f->rows[f->from]))
		f->from++;
	if (f->from == f->n && flow_over(f) && !f->live->footed && !f->live->crowd.n &&
	    l->settled >= f->live->youngest + GRACE_NS) {
		turn_to(l, f, &p);
		pen_foot(&p);
		f->live->footed = true;
	}
}

/* The same, for programs. */
static void lines_for_good(struct live *l, struct flow *f, FILE *out)
{
	const struct label_style *st = &l->style.look->label;

	while (f->from < f->n) {
		struct row *r = &f->rows[f->from];

		if (!r->told && !decided(l, f, r))
			break;
		if (l->current != f->nr)
			lines_head(f, out);
		l->current = f->nr;
		if (!f->live->headed)
			lines_listen(f, out);
		f->live->headed = true;
		lines_row(f, r, st, out);
		r->told = TOLD_FIRST | TOLD_ARRIVAL;
		f->from++;
	}
	f->live->footed = f->from == f->n && flow_over(f);
}

static void for_good(struct live *l, struct flow *f, FILE *out)
{
	struct live_flow *lf = f->live;
	unsigned int follow = l->style.filter->follow;

	if (follow && f->nr != follow) {
		f->from = f->n;
		lf->dirty = false;
		prune(f);
		return;
	}
	f->unsure = !(f->end[LEFT].seen && f->end[RIGHT].seen) &&
		    l->settled < lf->born + UNSEEN_NS;
	if (!lf->dirty || !flow_start(&l->flows, f, l->settled >= lf->born + HOLD_NS))
		return;
	if (f->unsure && !lf->headed)
		return;
	join_settle(f, f->from);
	if (l->style.lines)
		lines_for_good(l, f, out);
	else
		ladder_for_good(l, f, out);
	lf->dirty = f->from < f->n || lf->crowd.n || (flow_over(f) && !lf->footed);
	prune(f);
}

/* Forget connections that ended long ago, if there are many. */
static void forget(struct live *l)
{
	size_t closed = 0;

	for (size_t i = l->flows.n; i-- > 0;) {
		struct flow *f = l->flows.v[i];
		bool done = f->live->footed || (!f->live->dirty && flow_over(f));

		if (!done || ++closed <= CLOSED_MOST)
			continue;
		live_flow_free(f->live);
		flows_drop(&l->flows, f);
	}
}

/* ------------------------------------------------------------------------------------------- */
/* Lines that change                                                                             */

static void not_for_good(struct live *l, struct flow *f, FILE *out)
{
	bool over = flow_over(f);
	bool drawn = false;
	struct marks m;
	struct pen p;

	if (!f->start || (l->style.filter->follow && f->nr != l->style.filter->follow))
		return;
	pen_init(&p, l->style.look, f, out);
	marks_make(&m, f, l->style.look->label.all);
	for (int side = 0; side < 2 && !over; side++)
		drawn = drawn || f->end[side].state == TOY_TIME_WAIT;
	if (m.n || drawn || f->live->crowd.n) {
		if (!f->live->headed)
			pen_head(&p, l->all);
		else if (l->current != f->nr)
			pen_heading(&p, l->all);
	}
	if (f->live->crowd.n)
		pen_crowd(&p, &f->live->crowd);
	for (size_t i = 0; i < m.n; i++)
		pen_mark(&p, &m.v[i]);
	free(m.v);
	for (int side = 0; side < 2; side++) {
		if (f->end[side].state == TOY_TIME_WAIT)
			pen_wait(&p, side, l->settled);
	}
}

static void draw(struct live *l, const struct events *all)
{
	char *stay = NULL, *change = NULL;
	size_t size;
	FILE *out;

	l->all = all;
	take_settled(l);
	out = need(open_memstream(&stay, &size));
	for (size_t i = 0; i < l->flows.n; i++)
		for_good(l, l->flows.v[i], out);
	fclose(out);
	out = need(open_memstream(&change, &size));
	for (size_t i = 0; i < l->flows.n && l->style.terminal && !l->style.lines; i++)
		not_for_good(l, l->flows.v[i], out);
	fclose(out);
	screen_put(&l->screen, stay, change);
	free(stay);
	free(change);
	forget(l);
}

void live_draw(struct live *l, const struct events *all, uint64_t settled)
{
	l->settled = max_t(uint64_t, l->settled, settled);
	draw(l, all);
}

void live_end(struct live *l, const struct events *all)
{
	l->settled = FOREVER;
	draw(l, all);
	for (size_t i = 0; i < l->flows.n && !l->style.lines; i++) {
		struct flow *f = l->flows.v[i];
		struct pen p;

		if (!f->live->headed || f->live->footed)
			continue;
		pen_init(&p, l->style.look, f, stdout);
		turn_to(l, f, &p);
		pen_foot(&p);
	}
	if (live_seen(l) && !l->style.lines)
		ladder_signs(l->style.look);
	fflush(stdout);
}

bool live_enough(const struct live *l)
{
	unsigned int follow = l->style.filter->follow;

	for (size_t i = 0; i < l->flows.n && follow; i++) {
		if (l->flows.v[i]->nr == follow)
			return l->flows.v[i]->live->footed;
	}
	return false;
}

void live_output(struct live *l, const char *s, size_t n)
{
	screen_pass(&l->screen, s, n);
}
