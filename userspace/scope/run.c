// SPDX-License-Identifier: GPL-2.0
/*
 * run.c - a kernel watched, while a command runs or until somebody says stop
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "read.h"
#include "run.h"

#define TICK_MS		20	/* how often the trace is read */
#define PATIENCE	2	/* seconds of waiting before a word about it */

/*
 * An event is in the trace at most so long after its time: who writes it cannot be interrupted for
 * longer, unless the processor itself is taken away, as emulators do.
 */
#define SETTLE_NS	50000000

#define PAUSE_NS	5000000000ull	/* nothing waits for longer, live */

static volatile sig_atomic_t interrupted;

static void interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static double now(void)
{
	return (double)now_ns() / 1e9;
}

/* ------------------------------------------------------------------------------------------- */
/* Which ends are still open                                                                     */

/**
 * struct open_end - one end of a connection
 * @last: its last change of state
 */
struct open_end {
	struct event last;
};

struct ends {
	struct open_end *v;
	size_t n;
	size_t room;
};

static void ends_take(struct ends *ends, const struct event *ev)
{
	size_t i;

	for (i = 0; i < ends->n; i++) {
		const struct event *e = &ends->v[i].last;

		if (e->netns == ev->netns && endpoint_same(&e->local, &ev->local) &&
		    endpoint_same(&e->remote, &ev->remote))
			break;
	}
	if (i < ends->n) {
		/* CPUs are read one after the other: only what is younger counts */
		if (ev->ns < ends->v[i].last.ns)
			return;
		if (ev->state.to == TOY_CLOSED)
			ends->v[i] = ends->v[--ends->n];
		else
			ends->v[i].last = *ev;
		return;
	}
	if (ev->state.to == TOY_CLOSED)
		return;
	if (ends->n == ends->room) {
		ends->room = ends->room ? 2 * ends->room : 16;
		ends->v = need(realloc(ends->v, ends->room * sizeof(*ends->v)));
	}
	ends->v[ends->n++].last = *ev;
}

/**
 * struct watch - a kernel that is being watched
 * @run: what was asked for
 * @all: where events go
 * @reader: where they come from
 * @ends: ends that are open
 * @command: what runs meanwhile
 * @since: when it began, in seconds
 * @told: what is waited for has been said
 */
struct watch {
	struct run *run;
	struct events *all;
	struct reader *reader;
	struct ends ends;
	struct command command;
	double since;
	bool told;
};

static bool draws(const struct watch *w)
{
	return w->run->live && (!w->run->after || w->command.ended);
}

/* Read what has happened, and draw it. */
static int drain(struct watch *w)
{
	uint64_t settled = now_ns() - SETTLE_NS;
	struct events *all = w->all;
	size_t from = all->n;
	int ret;

	ret = reader_drain(w->reader, all);
	for (size_t i = from; i < all->n; i++) {
		const struct event *ev = &all->v[i];

		if (ev->kind == EVENT_STATE && ev->remote.port && w->run->argv &&
		    filter_passes(w->run->filter, ev))
			ends_take(&w->ends, ev);
	}
	if (w->run->live)
		live_take(w->run->live, all, from);
	if (draws(w))
		live_draw(w->run->live, all, settled);
	if (!w->run->keep)
		all->n = 0;
	return ret;
}

/* Let a moment pass, in which the command may write. */
static void tick(struct watch *w)
{
	uint64_t end = now_ns() + TICK_MS * 1000000ull, t;
	char s[4096];
	size_t n;

	for (t = now_ns(); t < end && !interrupted; t = now_ns()) {
		n = command_read(&w->command, s, sizeof(s), (int)((end - t) / 1000000) + 1);
		if (n)
			live_output(w->run->live, s, n);
	}
}

/* The command has ended: what it wrote before that is there to be read. */
static void read_rest(struct watch *w)
{
	char s[4096];
	size_t n;

	while (w->command.output >= 0 && (n = command_read(&w->command, s, sizeof(s), 0)))
		live_output(w->run->live, s, n);
}

/* ------------------------------------------------------------------------------------------- */

/* A terminal on which a line may be written over. */
static bool may_overwrite(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && strcmp(term, "dumb");
}

static void say_waiting(const struct ends *ends, double left)
{
	static bool said;

	if (!may_overwrite()) {
		if (!said)
			fprintf(stderr, "toyscope: waiting for %zu connection end%s to be over\n",
				ends->n, ends->n == 1 ? "" : "s");
		said = true;
		return;
	}
	fprintf(stderr, "\rtoyscope: waiting for %zu connection end%s to be over (%.0f s) ",
		ends->n, ends->n == 1 ? "" : "s", left);
}

/* Who looks at a terminal on which nothing is drawn is told why. */
static void say_why_nothing(struct watch *w)
{
	if (w->told || now() - w->since < PATIENCE || !isatty(STDERR_FILENO))
		return;
	w->told = true;
	if (!draws(w))
		fputs("toyscope: the command is running; its connections are drawn after it\n",
		      stderr);
	else if (!live_seen(w->run->live))
		fputs("toyscope: no connection yet: waiting for one (Ctrl-C ends)\n", stderr);
}

/* After the command: TIME-WAIT and whatever else is left. */
static int watch_rest(struct watch *w)
{
	double start = now(), said = start, t;
	int ret = 0;

	while (!ret && !interrupted) {
		ret = drain(w);
		t = now();
		if (!w->ends.n || t - start >= w->run->timeout)
			break;
		if (!w->run->live && t - start >= PATIENCE && t - said >= 1) {
			say_waiting(&w->ends, w->run->timeout - (t - start));
			said = t;
		}
		tick(w);
	}
	if (said > start && may_overwrite())
		fputs("\r\033[K", stderr);
	return ret;
}

static int watch_command(struct watch *w)
{
	struct command *c = &w->command;
	struct run *run = w->run;
	int ret;

	ret = command_start(c, run->argv, run->toyrun, run->live && !run->after);
	if (ret)
		return ret;
	while (!ret && !c->ended) {
		/*
		 * the command gets Ctrl-C as well, from the terminal; a signal sent to us is passed
		 * on
		 */
		if (interrupted == 1) {
			kill(c->pid, SIGTERM);
			interrupted = 2;
		}
		command_look(c);
		ret = drain(w);
		say_why_nothing(w);
		if (!c->ended)
			tick(w);
	}
	read_rest(w);
	command_stop(c);
	run->status = c->status;
	interrupted = 0;
	return ret ? ret : watch_rest(w);
}

/* Without a command: until Ctrl-C, or until there is nothing left to see. */
static int watch_all(struct watch *w)
{
	int ret = 0;

	w->command = (struct command){ .output = -1 };
	while (!ret && !interrupted && !live_enough(w->run->live)) {
		ret = drain(w);
		say_why_nothing(w);
		tick(w);
	}
	return ret ? ret : drain(w);
}

int run_watched(struct run *run, struct events *all)
{
	struct sigaction sa = { .sa_handler = interrupt };
	struct watch w = { .run = run, .all = all, .since = now() };
	int ret;

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	ret = reader_open(&w.reader);
	if (!ret && run->argv)
		ret = watch_command(&w);
	else if (!ret)
		ret = watch_all(&w);
	reader_close(w.reader);
	if (!ret && run->live)
		live_end(run->live, all);
	run->open = (unsigned int)w.ends.n;
	free(w.ends.v);
	events_sort(all);
	return ret;
}

/* ------------------------------------------------------------------------------------------- */

/* What one reading of the trace would have brought: that is in order of time, but not in itself. */
static int by_tick(const void *a, const void *b)
{
	const struct event *x = *(struct event *const *)a, *y = *(struct event *const *)b;
	uint64_t s = x->ns / (TICK_MS * 1000000), t = y->ns / (TICK_MS * 1000000);

	if (s != t)
		return s < t ? -1 : 1;
	return x < y ? -1 : x > y;
}

void run_replayed(struct live *live, const struct events *all, bool pace)
{
	const struct timespec moment = { .tv_nsec = TICK_MS * 1000000 };
	const struct event **v = need(malloc((all->n + 1) * sizeof(*v)));
	struct sigaction sa = { .sa_handler = interrupt };
	struct events part = *all;
	uint64_t t = 0;
	size_t n = 0;

	sigaction(SIGINT, &sa, NULL);
	for (size_t i = 0; i < all->n; i++)
		v[i] = &all->v[i];
	qsort(v, all->n, sizeof(*v), by_tick);
	part.v = NULL;
	part.room = 0;
	while (n < all->n && !interrupted && !live_enough(live)) {
		/* where nobody looks on, only so much of a pause as changes what is drawn */
		if (!n || (!pace && t > v[n - 1]->ns + PAUSE_NS))
			t = max_t(uint64_t, t, v[n]->ns);
		t = (t / (TICK_MS * 1000000) + 1) * TICK_MS * 1000000;
		part.n = 0;
		while (n < all->n && v[n]->ns < t)
			events_add(&part, v[n++]);
		live_take(live, &part, 0);
		live_draw(live, &part, t - 1);
		if (pace)
			nanosleep(&moment, NULL);
	}
	part.n = 0;
	live_end(live, &part);
	free(part.v);
	free(v);
}
