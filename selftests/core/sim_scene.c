// SPDX-License-Identifier: GPL-2.0
/*
 * sim_scene.c - draws everything a run is made of from its seed.
 */
#include "sim.h"

/* splitmix64, Vigna 2015 */
u64 sim_random(struct sim *s)
{
	u64 z = s->random += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* 0 .. @limit - 1 */
u64 sim_below(struct sim *s, u64 limit)
{
	return limit ? sim_random(s) % limit : 0;
}

/* @low .. @high, every order of magnitude as likely as the next */
u64 sim_log(struct sim *s, u64 low, u64 high)
{
	u32 steps = 0;
	u64 top;

	while (low << (steps + 1) <= high)
		steps++;
	top = min(low << (1 + sim_below(s, steps + 1)), high);
	return low + sim_below(s, top - low + 1);
}

bool sim_chance(struct sim *s, u32 of_10000)
{
	return of_10000 && sim_below(s, 10000) < of_10000;
}

static void sim_draw_knobs(struct sim *s, struct end *e)
{
	struct toy_knobs *k = &e->knobs;

	k->orphan_retries = 255;	/* a user who closed still wants it delivered */
	k->nodelay = sim_chance(s, 5000);
	k->timestamps = sim_chance(s, 7000);
	k->window_scaling = sim_chance(s, 7000);
	k->sack = sim_chance(s, 5000);
	if (sim_chance(s, 3000))
		k->rto_min = sim_log(s, 10, 1000) * TOY_USEC_PER_MSEC;
	if (sim_chance(s, 2000))
		k->delack = sim_log(s, 1, 400) * TOY_USEC_PER_MSEC;
	if (sim_chance(s, 2000))
		k->init_cwnd = (u8)(1 + sim_below(s, 10));
	k->ecn = (u8)sim_below(s, 3);
	if (sim_chance(s, 3000))
		k->mtu_probing = (u8)(1 + sim_below(s, 2));
	if (sim_chance(s, 1500)) {
		k->keepalive = true;
		k->keep_idle = sim_log(s, 1, 20) * TOY_USEC_PER_SEC;
		k->keep_intvl = sim_log(s, 1, 10) * TOY_USEC_PER_SEC;
	}
}

static void sim_draw_end(struct sim *s, int i)
{
	static const u16 sizes[] = { 88, 256, 536, 1220, 1448, 1460, 8960, 16344 };
	struct end *e = &s->end[i];

	sim_draw_knobs(s, e);
	e->iss = (u32)sim_random(s);
	if (sim_chance(s, 5000))
		e->iss = 0u - 1 - (u32)sim_log(s, 1, SIM_STREAM_MAX);
	if (sim_chance(s, 2000))
		e->iss = 0x80000000u - (u32)sim_log(s, 1, SIM_STREAM_MAX);
	e->ts_offset = (u32)sim_random(s);
	if (sim_chance(s, 3000))
		e->ts_offset = 0u - (u32)(s->now / TOY_USEC_PER_MSEC) - (u32)sim_below(s, 2000);
	e->path_mss = sizes[sim_below(s, ARRAY_SIZE(sizes))];
	e->gso_max = sim_chance(s, 5000) ? 65000 : (u32)e->path_mss;
	e->rcv_limit = (u32)sim_log(s, 2048, 1 << 20);
	e->msl = SIM_MSL;
	e->rfc1337 = sim_chance(s, 5000);
}

/* The path begins to take less: of such a size, and without a word perhaps. */
static void sim_draw_path(struct sim *s)
{
	struct sim_scene *sc = &s->scene;
	u32 least = 88;
	int i;

	sc->mtu_silent = sim_chance(s, 4000);
	if (sc->mtu_silent)
		least = 600;		/* what is searched for is no less */
	for (i = 0; i < 2; i++) {
		if (sc->mtu_silent)
			s->end[i].knobs.mtu_probing = (u8)(1 + sim_below(s, 2));
		sc->mtu_mss[i] = (u16)sim_log(s, least, max(least + 1, s->end[i].path_mss));
	}
	sc->mtu_at = s->now + sim_log(s, 10, 2 * TOY_USEC_PER_SEC);
	sc->loss = sim_chance(s, 3000) ? (u32)sim_below(s, 500) : 0;
}

static void sim_draw_user(struct sim *s, struct sim_user *u)
{
	u->total = sim_chance(s, 1000) ? 0 : (u32)sim_log(s, 1, SIM_STREAM_MAX);
	if (sim_chance(s, 2000))
		u->total = (u32)sim_below(s, SIM_STREAM_MAX);
	u->write_max = (u32)sim_log(s, 1, 65536);
	u->write_max = max(u->write_max, u->total / 500 + 1);
	u->write_gap = sim_log(s, 1, 50000);
	u->read_max = (u32)sim_log(s, 1, 65536);
	u->read_gap = sim_log(s, 1, 20000);
	u->sndbuf = (u32)sim_log(s, 1024, 1 << 18);
	u->end_at = s->now;
	u->open_at = s->now;
}

static void sim_draw_small(struct sim *s, int i)
{
	struct sim_user *u = &s->scene.user[i];

	s->end[i].rcv_limit = (u32)sim_log(s, 1, 8192);
	u->read_gap = sim_log(s, 1000, 500000);
	if (sim_chance(s, 3000)) {
		u->stall_at = s->now + sim_log(s, 1000, 3 * TOY_USEC_PER_SEC);
		u->stall_end = u->stall_at + sim_log(s, 1, 400) * TOY_USEC_PER_SEC;
	}
	if (sim_chance(s, 3000))
		u->grow_at = s->now + sim_log(s, 1000, 10 * TOY_USEC_PER_SEC);
}

/* So slow a reader must not need days. */
static void sim_bound_reading(struct sim *s, int i)
{
	struct sim_user *u = &s->scene.user[i];
	u32 total = s->scene.user[!i].total;

	u->read_max = max(u->read_max, total / 400 + 1);
	if (s->end[i].rcv_limit < total / 100) {
		total = 100 * s->end[i].rcv_limit;
		s->scene.user[!i].total = total;
		s->scene.user[!i].write_max = min(s->scene.user[!i].write_max, total);
	}
}

static void sim_draw_endings(struct sim *s)
{
	struct sim_user *u = s->scene.user;
	int i;

	switch (sim_below(s, 3)) {
	case 0:
		u[0].ending = SIM_CLOSES_FIRST;
		u[1].ending = SIM_CLOSES_FIRST;
		break;
	case 1:
		u[0].ending = SIM_CLOSES_FIRST;
		u[1].ending = SIM_CLOSES_LAST;
		break;
	case 2:
		u[0].ending = SIM_CLOSES_LAST;
		u[1].ending = SIM_CLOSES_FIRST;
		break;
	}
	if (s->scene.family != SIM_ABORT)
		return;
	i = (int)sim_below(s, 2);
	u[i].ending = sim_chance(s, 5000) ? SIM_ABORTS : SIM_CLOSES_EARLY;
	u[i].end_at = s->now + sim_log(s, 100, 20 * TOY_USEC_PER_SEC);
	if (sim_chance(s, 3000)) {
		u[!i].ending = sim_chance(s, 5000) ? SIM_ABORTS : SIM_CLOSES_EARLY;
		u[!i].end_at = s->now + sim_log(s, 100, 20 * TOY_USEC_PER_SEC);
	}
}

static void sim_draw_simultaneous(struct sim *s)
{
	struct sim_user *u = s->scene.user;

	if (sim_chance(s, 6000)) {
		u[1].opens = true;
		u[1].open_at = s->now + sim_below(s, s->scene.delay);
	}
	u[0].ending = SIM_CLOSES_FIRST;
	u[1].ending = SIM_CLOSES_FIRST;
	if (sim_chance(s, 6000)) {
		u[0].end_at = s->now + sim_log(s, 1000, 60 * TOY_USEC_PER_SEC);
		u[1].end_at = u[0].end_at;
		u[0].total = min(u[0].total, 4096);
		u[1].total = min(u[1].total, 4096);
	}
	if (sim_chance(s, 5000)) {
		s->scene.loss = (u32)sim_below(s, 1500);
		s->scene.duplicate = (u32)sim_below(s, 1500);
		s->scene.reorder = (u32)sim_below(s, 2500);
	}
}

/* Everything from the seed. The ends are initialised, the time is set. */
void sim_draw(struct sim *s)
{
	struct sim_scene *sc = &s->scene;
	int i;

	memset(sc, 0, sizeof(*sc));
	sc->family = (enum sim_family)(s->seed % SIM_FAMILIES);
	sc->delay = sim_log(s, 10, 150000);
	sc->jitter = sim_chance(s, 5000) ? sim_log(s, 1, 50000) : 0;
	sc->hold = sim_log(s, 10, 300000);
	sc->mtu_at = ~0ULL;
	sc->mark = sim_chance(s, 5000) ? (u32)sim_log(s, 10, 3000) : 0;
	for (i = 0; i < 2; i++) {
		sim_draw_end(s, i);
		sim_draw_user(s, &sc->user[i]);
	}
	sc->user[0].opens = true;
	sim_draw_endings(s);
	switch (sc->family) {
	case SIM_MIXED:
	case SIM_ABORT:
		sc->loss = (u32)sim_below(s, 1500);
		sc->reorder = (u32)sim_below(s, 2500);
		sc->duplicate = (u32)sim_below(s, 1500);
		sc->corrupt = (u32)sim_below(s, 1000);
		for (i = 0; i < 2; i++)
			if (sim_chance(s, 1500))
				sim_draw_small(s, i);
		break;
	case SIM_LOSS:
		sc->loss = (u32)sim_log(s, 10, 2000);
		break;
	case SIM_REORDER:
		sc->reorder = (u32)sim_log(s, 10, 5000);
		break;
	case SIM_DUPLICATE:
		sc->duplicate = (u32)sim_log(s, 10, 5000);
		break;
	case SIM_CORRUPT:
		sc->corrupt = (u32)sim_log(s, 10, 2000);
		break;
	case SIM_SIMULTANEOUS:
		sim_draw_simultaneous(s);
		break;
	case SIM_SLOW:
		sim_draw_small(s, 0);
		sim_draw_small(s, 1);
		if (sim_chance(s, 3000))
			sc->loss = (u32)sim_below(s, 1000);
		break;
	case SIM_NARROW:
		sc->rate = (u32)sim_log(s, 20000, 4000000);
		sc->queue = (u32)sim_log(s, 20000, 200000);
		break;
	case SIM_PATH:
		sim_draw_path(s);
		break;
	case SIM_OLD:
		sc->loss = (u32)sim_below(s, 500);
		sc->reorder = (u32)sim_below(s, 1000);
		sc->late = (u32)sim_log(s, 100, 5000);
		for (i = 0; i < 2; i++) {
			s->end[i].rfc1337 = true;
			sc->user[i].total = min(sc->user[i].total, 20000);
		}
		break;
	default:
		break;
	}
	for (i = 0; i < 2; i++)
		sim_bound_reading(s, i);
}
