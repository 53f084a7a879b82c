// SPDX-License-Identifier: GPL-2.0
/*
 * flow.c - which connection an event belongs to
 */
#include <stdlib.h>
#include <string.h>

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
	if (ev->kind == EVENT_STATE)
		return !e->state && !e->closed;
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
	f->nr = (unsigned int)flows->n;
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
	}
}

/* The youngest listener at the place of @e that was there when @f began. */
static const struct event *listener_of(const struct events *all, const struct flow *f,
				       const struct end *e)
{
	const struct event *found = NULL;

	for (size_t i = 0; i < all->n && all->v[i].ns <= f->start; i++) {
		const struct event *ev = &all->v[i];

		if (ev->kind == EVENT_STATE && ev->state.to == TOY_LISTEN &&
		    ev->netns == e->netns && ev->local.port == e->at.port &&
		    (endpoint_is_any(&ev->local) || endpoint_same(&ev->local, &e->at)))
			found = ev;
	}
	return found;
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

static void finish(struct flow *f, const struct events *all)
{
	join_done(f);
	f->start = f->n ? row_time(&f->rows[0]) : 0;
	for (size_t i = 0; i < f->n; i++) {
		if (f->rows[i].kind == ROW_SEGMENT && (row_segment(&f->rows[i])->flags & TOY_SYN)) {
			f->start = row_time(&f->rows[i]);
			break;
		}
	}
	for (int side = 0; side < 2; side++)
		f->end[side].listen = listener_of(all, f, &f->end[side]);
}

void flows_join(struct flows *flows, const struct events *all, u16 port)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct event *ev = &all->v[i];
		struct flow *f;
		int side;

		if (!ev->remote.port || (port && ev->local.port != port && ev->remote.port != port))
			continue;
		f = flow_of(flows, ev, &side);
		take(f, side, ev);
	}
	for (size_t i = 0; i < flows->n; i++)
		finish(flows->v[i], all);
}

void flows_free(struct flows *flows)
{
	for (size_t i = 0; i < flows->n; i++) {
		free(flows->v[i]->end[LEFT].waiting);
		free(flows->v[i]->end[RIGHT].waiting);
		free(flows->v[i]->rows);
		free(flows->v[i]);
	}
	free(flows->v);
	memset(flows, 0, sizeof(*flows));
}
