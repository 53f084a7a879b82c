// SPDX-License-Identifier: GPL-2.0
/*
 * run.c - a command run under the eyes of toyscope
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "read.h"
#include "run.h"

#define TICK_MS		20	/* how often the trace is read */
#define PATIENCE	2	/* seconds of waiting before a word about it */

#define EXIT_NO_COMMAND	127
#define EXIT_SIGNAL	128

static volatile sig_atomic_t interrupted;

static void interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void tick(void)
{
	struct timespec ts = { .tv_nsec = TICK_MS * 1000000L };

	nanosleep(&ts, NULL);
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

static int drain(struct reader *reader, struct events *all, struct ends *ends, u16 port)
{
	size_t from = all->n;
	int ret;

	ret = reader_drain(reader, all);
	for (size_t i = from; i < all->n; i++) {
		const struct event *ev = &all->v[i];

		if (ev->kind == EVENT_STATE && ev->remote.port &&
		    (!port || ev->local.port == port || ev->remote.port == port))
			ends_take(ends, ev);
	}
	return ret;
}

/* ------------------------------------------------------------------------------------------- */

/*
 * Signals wait while the command is between two lives: one that came before it has forgotten our
 * handlers would be lost, and the command would run on.
 */
static pid_t start_command(struct run *run)
{
	sigset_t ours, before;
	pid_t pid;
	int err;

	sigemptyset(&ours);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGTERM);
	sigprocmask(SIG_BLOCK, &ours, &before);
	pid = fork();
	if (pid) {
		err = errno;
		sigprocmask(SIG_SETMASK, &before, NULL);
		if (pid < 0)
			fprintf(stderr, "toyscope: cannot start a process: %s\n", strerror(err));
		return pid;
	}
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	execvp(run->argv[0], run->argv);
	err = errno;
	fprintf(stderr, "toyscope: cannot run %s: %s\n", run->argv[0], strerror(err));
	_exit(err == ENOENT ? EXIT_NO_COMMAND : EXIT_NO_COMMAND - 1);
}

static int status_of(int wait_status)
{
	return WIFSIGNALED(wait_status) ? EXIT_SIGNAL + WTERMSIG(wait_status) :
		WEXITSTATUS(wait_status);
}

/* A terminal on which a line may be written over. */
static bool live(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && strcmp(term, "dumb");
}

static void say_waiting(const struct ends *ends, double left)
{
	static bool said;

	if (!live()) {
		if (!said)
			fprintf(stderr, "toyscope: waiting for %zu connection end%s to be over\n",
				ends->n, ends->n == 1 ? "" : "s");
		said = true;
		return;
	}
	fprintf(stderr, "\rtoyscope: waiting for %zu connection end%s to be over (%.0f s) ",
		ends->n, ends->n == 1 ? "" : "s", left);
}

/* After the command: TIME-WAIT and whatever else is left. */
static int watch_rest(struct run *run, struct reader *reader, struct events *all, struct ends *ends)
{
	double start = now(), said = start, t;
	int ret = 0;

	while (!ret && !interrupted) {
		ret = drain(reader, all, ends, run->port);
		t = now();
		if (!ends->n || t - start >= run->timeout)
			break;
		if (t - start >= PATIENCE && t - said >= 1) {
			say_waiting(ends, run->timeout - (t - start));
			said = t;
		}
		tick();
	}
	if (said > start && live())
		fputs("\r\033[K", stderr);
	return ret;
}

static int watch(struct run *run, struct reader *reader, struct events *all, struct ends *ends)
{
	int status, ret = 0;
	bool ended = false;
	pid_t pid;

	pid = start_command(run);
	if (pid < 0)
		return 1;
	while (!ret && !ended) {
		/*
		 * the command gets Ctrl-C as well, from the terminal; a signal sent to us is passed
		 * on
		 */
		if (interrupted == 1) {
			kill(pid, SIGTERM);
			interrupted = 2;
		}
		ended = waitpid(pid, &status, WNOHANG) == pid;
		ret = drain(reader, all, ends, run->port);
		if (!ended)
			tick();
	}
	if (!ended) {
		kill(pid, SIGTERM);
		waitpid(pid, &status, 0);
	}
	run->status = status_of(status);
	interrupted = 0;
	return ret ? ret : watch_rest(run, reader, all, ends);
}

int run_watched(struct run *run, struct events *all)
{
	struct sigaction sa = { .sa_handler = interrupt };
	struct reader *reader = NULL;
	struct ends ends = {};
	int ret;

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	ret = reader_open(&reader);
	if (!ret)
		ret = watch(run, reader, all, &ends);
	reader_close(reader);
	run->open = (unsigned int)ends.n;
	free(ends.v);
	events_sort(all);
	return ret;
}
