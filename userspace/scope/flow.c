// SPDX-License-Identifier: GPL-2.0
/*
 * flow.c - which connection an event belongs to
 */
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "flow.h"

static u32 hash_end(const struct endpoint *e)
{
	u32 h = e->port * 2654435761u;

	for (int i = 0; i < 16; i++)
		h = (h ^ e->ip[i]) * 16777619u;
	return h;
}

/* The same for both ends. */
static struct flow **bucket_of(struct flows *flows, const struct event *ev)
{
	u32 h = hash_end(&ev->local) ^ hash_end(&ev->remote);

	return &flows->bucket[(h ^ h >> 16) % ARRAY_SIZE(flows->bucket)];
}

struct row *flow_row(struct flow *f, enum row_kind kind, int side)
{
	struct row *r;

	if (f->n == f->room) {
		f->room = f->room ? 2 * f->room : 32;
		f->rows = need(realloc(f->rows, f->room * sizeof(*f->rows)));
	}
	r = &f->rows[f->n++];
	memset(r, 0, sizeof(*r));
	r->kind = kind;
	r->side = side;
	r->taken = f->taken;
	return r;
}

/* Which end of @f is the one that @ev happened at; -1: neither. */
static int side_of(const struct flow *f, const struct event *ev)
{
	for (int side = 0; side < 2; side++) {
		const struct end *e = &f->end[side];

		if (endpoint_same(&e->at, &ev->local) &&
		    endpoint_same(&f->end[!side].at, &ev->remote) &&
		    (!e->seen || e->netns == ev->netns))
			return side;
	}
	return -1;
}

/* Does @ev open a connection, as this end sees it? */
static bool begins(const struct event *ev)
{
	switch (ev->kind) {
	case EVENT_STATE:
		return ev->state.from == TOY_CLOSED || ev->state.from == TOY_LISTEN;
	case EVENT_SEND:
	case EVENT_RECEIVE:
		return (ev->seg.flags & (TOY_SYN | TOY_ACK)) == TOY_SYN;
	default:
		return false;
	}
}

/* May @ev belong to the life of a connection that @f is? */
static bool fits(const struct flow *f, int side, const struct event *ev)
{
	const struct end *e = &f->end[side];

	if (ev->kind == EVENT_STATE && !begins(ev))
		return !e->closed && (!e->state || e->state == ev->state.from);
	if (!begins(ev))
		return true;
	/* a listener that forgot what an old SYN had made of it meets who is still asking */
	if (ev->kind == EVENT_STATE)
		return e->closed ? ev->state.from == TOY_LISTEN &&
				   f->end[!side].state == TOY_SYN_SENT : !e->state;
	/* a SYN that is not this flow's, after this end closed, opens the next one */
	return !((e->closed || e->state == TOY_TIME_WAIT) && ev->seg.seq !=
		 f->end[ev->kind == EVENT_SEND ? side : !side].iss);
}

static struct flow *flow_new(struct flows *flows, const struct event *ev, int side)
{
	struct flow **bucket = bucket_of(flows, ev);
	struct flow *f = need(calloc(1, sizeof(*f)));

	f->end[side].at = ev->local;
	f->end[!side].at = ev->remote;
	f->next = *bucket;
	*bucket = f;
	if (flows->n == flows->room) {
		flows->room = flows->room ? 2 * flows->room : 16;
		flows->v = need(realloc(flows->v, flows->room * sizeof(*flows->v)));
	}
	flows->v[flows->n++] = f;
	f->nr = ++flows->born;
	return f;
}

/* Who opens stands left: the sender of SYN, and where nobody was seen opening, the higher port. */
static int side_of_first(const struct event *ev)
{
	if (ev->kind == EVENT_STATE &&
	    (ev->state.to == TOY_SYN_SENT || ev->state.to == TOY_SYN_RECEIVED))
		return ev->state.to == TOY_SYN_SENT ? LEFT : RIGHT;
	if (event_is_segment(ev) && begins(ev))
		return ev->kind == EVENT_SEND ? LEFT : RIGHT;
	return ev->local.port > ev->remote.port ? LEFT : RIGHT;
}

static struct flow *flow_of(struct flows *flows, const struct event *ev, int *side)
{
	struct flow *f;

	/*
	 * a change of state says which life it belongs to: the one that is in the state it leaves
	 */
	for (f = *bucket_of(flows, ev); f && ev->kind == EVENT_STATE && !begins(ev); f = f->next) {
		*side = side_of(f, ev);
		if (*side >= 0 && !f->end[*side].closed && f->end[*side].state == ev->state.from)
			return f;
	}
	for (f = *bucket_of(flows, ev); f; f = f->next) {
		*side = side_of(f, ev);
		if (*side >= 0 && fits(f, *side, ev))
			return f;
	}
	*side = side_of_first(ev);
	return flow_new(flows, ev, *side);
}

static void take_state(struct flow *f, int side, const struct event *ev)
{
	struct end *e = &f->end[side];

	e->state = ev->state.to;
	e->closed = ev->state.to == TOY_CLOSED;
	if (e->state == TOY_TIME_WAIT) {
		e->wait_ms = ev->state.ms;
		e->wait_from = ev->ns;
	}
	flow_row(f, ROW_STATE, side)->ev = ev;
}

static void take(struct flow *f, int side, const struct event *ev)
{
	f->end[side].seen = true;
	f->end[side].netns = ev->netns;
	switch (ev->kind) {
	case EVENT_STATE:
		take_state(f, side, ev);
		break;
	case EVENT_TIMER:
		flow_row(f, ROW_TIMER, side)->ev = ev;
		break;
	case EVENT_CONG:
		flow_row(f, ROW_CONG, side)->ev = ev;
		break;
	default:
		join_segment(f, side, ev);
		/* RFC 9293 section 3.10.7.4: a FIN that comes again lets TIME-WAIT begin again */
		if (ev->kind == EVENT_RECEIVE && (ev->seg.flags & TOY_FIN) &&
		    f->end[side].state == TOY_TIME_WAIT)
			f->end[side].wait_from = ev->ns;
	}
	f->taken++;
}

/* The youngest listener at the place of @e that was there when @f began. */
static const struct event *listener_of(const struct flows *flows, const struct flow *f,
				       const struct end *e)
{
	const struct event *found = NULL;

	for (size_t i = 0; i < flows->nlisten && flows->listen[i]->ns <= f->start; i++) {
		const struct event *ev = flows->listen[i];

		if (ev->netns == e->netns && ev->local.port == e->at.port &&
		    (endpoint_is_any(&ev->local) || endpoint_same(&ev->local, &e->at)))
			found = ev;
	}
	return found;
}

static void listener_add(struct flows *flows, const struct event *ev)
{
	size_t size = (flows->nlisten + 1) * sizeof(*flows->listen);

	flows->listen = need(realloc(flows->listen, size));
	flows->listen[flows->nlisten++] = ev;
}

uint64_t row_time(const struct row *r)
{
	const struct event *ev = r->kind != ROW_SEGMENT ? r->ev :
				 r->tx			? r->tx :
				 r->rx			? r->rx :
							  r->drop;

	return ev->ns;
}

const struct segment *row_segment(const struct row *r)
{
	return r->tx ? &r->tx->seg : r->rx ? &r->rx->seg : &r->drop->seg;
}

bool row_again(const struct row *r)
{
	return r->tx && (r->tx->seg.why == TOY_SENT_RETRANSMIT || r->tx->seg.why == TOY_SENT_FAST);
}

void sums_add(struct sums *sums, const struct row *r)
{
	if (r->kind != ROW_SEGMENT)
		return;
	sums->segments++;
	sums->lost += r->lost;
	sums->again += row_again(r);
	sums->refused += !!r->drop;
	if (r->tx && !row_again(r))
		sums->bytes[r->side] += r->tx->seg.len;
}

struct sums flow_sums(const struct flow *f)
{
	struct sums sums = f->cut;

	for (size_t i = 0; i < f->n; i++)
		sums_add(&sums, &f->rows[i]);
	return sums;
}

bool flow_over(const struct flow *f)
{
	const struct end *e = f->end;

	for (int side = 0; side < 2; side++) {
		if (e[side].state && !e[side].closed)
			return false;
	}
	return e[LEFT].closed || e[RIGHT].closed;
}

/* @sure: nothing more is to come, or long enough was waited for it. */
bool flow_start(const struct flows *flows, struct flow *f, bool sure)
{
	for (size_t i = 0; i < f->n && !f->start; i++) {
		if (f->rows[i].kind == ROW_SEGMENT && (row_segment(&f->rows[i])->flags & TOY_SYN))
			f->start = row_time(&f->rows[i]);
	}
	if (!f->start && sure && f->n)
		f->start = row_time(&f->rows[0]);
	for (int side = 0; f->start && side < 2; side++) {
		if (!f->end[side].listen)
			f->end[side].listen = listener_of(flows, f, &f->end[side]);
	}
	return f->start;
}

struct flow *flows_take(struct flows *flows, const struct event *ev)
{
	struct flow *f;
	int side;

	if (!ev->remote.port) {
		if (ev->kind == EVENT_STATE && ev->state.to == TOY_LISTEN)
			listener_add(flows, ev);
		return NULL;
	}
	f = flow_of(flows, ev, &side);
	take(f, side, ev);
	return f;
}

static void flow_free(struct flow *f)
{
	free(f->end[LEFT].waiting);
	free(f->end[RIGHT].waiting);
	free(f->rows);
	free(f);
}

void flows_drop(struct flows *flows, struct flow *f)
{
	const struct event at = { .local = f->end[LEFT].at, .remote = f->end[RIGHT].at };
	struct flow **link = bucket_of(flows, &at);
	size_t i = 0;

	while (*link != f)
		link = &(*link)->next;
	*link = f->next;
	while (flows->v[i] != f)
		i++;
	flows->n--;
	memmove(flows->v + i, flows->v + i + 1, (flows->n - i) * sizeof(*flows->v));
	flow_free(f);
}

void flows_join(struct flows *flows, const struct events *all, const struct filter *filter)
{
	for (size_t i = 0; i < all->n; i++) {
		if (filter_passes(filter, &all->v[i]))
			flows_take(flows, &all->v[i]);
	}
	for (size_t i = flows->n; i-- > 0;) {
		if (filter->follow && flows->v[i]->nr != filter->follow) {
			flows_drop(flows, flows->v[i]);
			continue;
		}
		join_done(flows->v[i]);
		flow_start(flows, flows->v[i], true);
	}
}

void flows_free(struct flows *flows)
{
	for (size_t i = 0; i < flows->n; i++)
		flow_free(flows->v[i]);
	free(flows->v);
	free(flows->listen);
	memset(flows, 0, sizeof(*flows));
}
