// SPDX-License-Identifier: GPL-2.0
/*
 * sim_link.c - what is going to happen, in order of time, and the link that decides when, whether
 * and in what shape a segment arrives.
 */
#include <stdlib.h>

#include "ladder.h"
#include "sim.h"

static bool sim_before(const struct sim_event *a, const struct sim_event *b)
{
	return a->at < b->at || (a->at == b->at && a->order < b->order);
}

static void sim_swap(struct sim_event *a, struct sim_event *b)
{
	struct sim_event t = *a;

	*a = *b;
	*b = t;
}

/* @bytes belong to the event from now on. */
void sim_add(struct sim *s, u64 at, enum sim_what what, int to, u8 *bytes, u32 len)
{
	struct sim_event ev = {
		.at = max(at, s->now), .order = s->order++, .what = what, .to = to,
		.bytes = bytes, .len = len,
	};
	u32 i = s->events;

	if (s->events == s->size) {
		s->size = max(64U, 2 * s->size);
		s->heap = realloc(s->heap, s->size * sizeof(*s->heap));
	}
	s->heap[s->events++] = ev;
	while (i && sim_before(&s->heap[i], &s->heap[(i - 1) / 2])) {
		sim_swap(&s->heap[i], &s->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
}

/* The next event; its bytes are the caller's. */
struct sim_event sim_take(struct sim *s)
{
	struct sim_event ev = s->heap[0];
	u32 i = 0, child;

	s->heap[0] = s->heap[--s->events];
	for (;;) {
		child = 2 * i + 1;
		if (child >= s->events)
			break;
		if (child + 1 < s->events && sim_before(&s->heap[child + 1], &s->heap[child]))
			child++;
		if (!sim_before(&s->heap[child], &s->heap[i]))
			break;
		sim_swap(&s->heap[child], &s->heap[i]);
		i = child;
	}
	return ev;
}

void sim_clear(struct sim *s)
{
	while (s->events)
		free(s->heap[--s->events].bytes);
	free(s->heap);
	s->heap = NULL;
	s->size = 0;
}

/*
 * Damage that a 16-bit sum can see: a run of less than 16 bits, or a tail that is missing. What it
 * cannot see is the link's business and never arrives.
 */
static u32 sim_damage(struct sim *s, const struct end *from, u8 *bytes, u32 len)
{
	u32 bit, i, n;

	if (sim_chance(s, 2000)) {
		n = (u32)sim_below(s, len);
		if (n < TOY_HDR_MIN || end_checksum(bytes, n, from->addr, from->peer_addr))
			return n;
	}
	n = 1 + (u32)sim_below(s, 15);
	bit = (u32)sim_below(s, 8 * len - n);
	for (i = 0; i < n; i++)
		if (!i || i == n - 1 || sim_chance(s, 5000))
			bytes[(bit + i) / 8] ^= 0x80 >> (bit + i) % 8;
	return len;
}

/* The time at which a segment that leaves now arrives; 0: the queue is full. */
static u64 sim_arrival(struct sim *s, int dir, u32 len)
{
	const struct sim_scene *sc = &s->scene;
	u64 at = s->now;

	if (sc->rate) {
		u64 busy = max(s->busy[dir], s->now);
		u64 waiting = (busy - s->now) * sc->rate / TOY_USEC_PER_SEC;

		if (waiting > sc->queue)
			return 0;
		s->busy[dir] = busy + (u64)len * TOY_USEC_PER_SEC / sc->rate;
		at = s->busy[dir];
	}
	return at + sc->delay + (sc->jitter ? sim_below(s, sc->jitter) : 0);
}

/* What IP's header says of marks goes behind the bytes. */
static void sim_deliver(struct sim *s, int from, const u8 *bytes, u32 len, u8 ecn, u64 at)
{
	u8 *copy = malloc(len + 1);

	memcpy(copy, bytes, len);
	copy[len] = ecn;
	sim_add(s, at, SIM_SEGMENT, !from, copy, len);
}

/* An end sends. */
void sim_send(struct sim *s, int from, const u8 *bytes, u32 len, u8 ecn)
{
	static u8 broken[END_SEGMENT_MAX];
	const struct sim_scene *sc = &s->scene;
	u64 at;

	if (s->now >= sc->mtu_at && len > sc->mtu_mss[from] + 20U) {
		if (sc->mtu_silent)
			ladder_line(s->now, "", "from %s, too big, swallowed", s->end[from].name);
		else
			sim_add(s, s->now + sc->delay, SIM_TOO_BIG, from, NULL, 0);
		return;
	}
	at = sim_arrival(s, from, len);
	if (ecn && sim_chance(s, sc->mark)) {
		ladder_line(s->now, "", "marked on the way from %s", s->end[from].name);
		ecn = TOY_CE;
	}
	if (!at || (s->lost_row[from] < SIM_LOSS_ROW && sim_chance(s, sc->loss))) {
		ladder_line(s->now, "", "lost on the way from %s", s->end[from].name);
		s->lost_row[from]++;
		return;
	}
	if (s->lost_row[from] < SIM_LOSS_ROW && sim_chance(s, sc->corrupt)) {
		ladder_line(s->now, "", "damaged on the way from %s", s->end[from].name);
		s->lost_row[from]++;
		s->damaged++;
		memcpy(broken, bytes, len);
		len = sim_damage(s, &s->end[from], broken, len);
		sim_deliver(s, from, broken, len, ecn, at);
		return;
	}
	s->lost_row[from] = 0;
	if (sim_chance(s, sc->reorder)) {
		at += sim_below(s, sc->hold);
	} else {
		at = max(at, s->last_at[from]);
		s->last_at[from] = at;
	}
	sim_deliver(s, from, bytes, len, ecn, at);
	/* What answers an old duplicate lives on for no MSL of its own. */
	if (s->end[from].kind == END_CONN && sim_chance(s, sc->late))
		sim_deliver(s, from, bytes, len, ecn, max(at, s->now + sim_below(s, SIM_MSL)));
	while (sim_chance(s, sc->duplicate))
		sim_deliver(s, from, bytes, len, ecn, at + sim_below(s, sc->hold + 1));
}
