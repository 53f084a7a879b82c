// SPDX-License-Identifier: GPL-2.0
/*
 * toystat - the sockets of the toy transport, and its counters
 *
 * Sockets come from sock_diag(7) or, where this kernel has no inet_diag, from /proc/net/toy and
 * toy6; counters from /proc/net/toy_stat.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "number.h"
#include "show.h"
#include "words.h"

#define NETNS_DIR	"/run/netns"
#define NSECS		1000000000LL

static const char help[] =
	"toystat [OPTION...] - the sockets of the toy transport, and its counters\n"
	"\n"
	"Sockets (connections, the half-open and those in TIME-WAIT too; no listeners):\n"
	"  -l, --listening     listeners only          -a, --all        listeners as well\n"
	"  -4, -6              of one family           -H, --no-header  no column names\n"
	"      --state LIST    only in these states: established,time-wait, or ss's\n"
	"      --port N        only with that port; --lport N: here, --rport N: there\n"
	"  -i, --info          a second line: rtt, rto, cwnd, mss, bytes, segments ...\n"
	"  -o, --timers        which timer runs, and how long yet\n"
	"  -p, --processes     who holds it (root sees them all)\n"
	"      --proc          from /proc/net/toy and toy6 rather than from sock_diag(7)\n"
	"  -t, -n              as for ss, and without effect: nothing else is shown here\n"
	"Counters:\n"
	"  -s, --counters      those that are not zero, and what came since the last look\n"
	"  -z, --zeros         the others as well      -r, --reset      forget that look\n"
	"Both:\n"
	"  -N, --netns NAME    of another network namespace: of ip netns, or a file's\n"
	"  -w, --watch S       again every S seconds   -j, --json       for programs\n"
	"  -h, --help          this text\n"
	"\n"
	"The last look is kept in $XDG_RUNTIME_DIR, /run/user/UID or ~/.cache.\n"
	"Exit codes: 0 done, 1 other failure, 2 wrong arguments, 3 module not loaded,\n"
	"  4 no such namespace, 9 not permitted\n"
	"Examples: toystat -aiop; toystat -N b --state time-wait -o; toystat -sw 1\n";

struct settings {
	struct filter wanted;
	struct look look;
	bool listening;
	bool all;
	bool states;
	bool proc;
	bool counters;
	bool zeros;
	bool reset;
	bool json;
	long long watch;	/* nanoseconds, 0: once */
};

/* ------------------------------------------------------------------------------------------- */
/* Arguments                                                                                     */

enum { OPT_STATE = 1000, OPT_PORT, OPT_LPORT, OPT_RPORT, OPT_PROC };

static int wrong_usage(void)
{
	fputs("usage: toystat [-laHiop46] [--state LIST] [--port N] [-N NAME] [-w S] [-j]\n"
	      "       toystat -s [-zr] [-N NAME] [-w S] [-j]      (--help tells more)\n", stderr);
	return FAIL_USAGE;
}

static bool take_port(uint16_t *port, const char *arg)
{
	long n = number_in(arg, 1, 65535);

	if (n < 0) {
		fprintf(stderr, "toystat: '%s' is not a port: a number from 1 to 65535 is\n", arg);
		return false;
	}
	*port = (uint16_t)n;
	return true;
}

static bool take_states(struct settings *set, const char *arg)
{
	const char *bad;
	unsigned int states = states_of(arg, &bad);

	if (!states) {
		fprintf(stderr, "toystat: '%.*s' is no state\n"
			"  These are: established, syn-sent, syn-received, fin-wait-1, fin-wait-2,\n"
			"  time-wait, closed, close-wait, last-ack, listen, closing; and connected,\n"
			"  synchronized, all\n", (int)strcspn(bad, ","), bad);
		return false;
	}
	set->wanted.states = states;
	set->states = true;
	return true;
}

static bool take_watch(struct settings *set, const char *arg)
{
	char *end;
	double seconds = strtod(arg, &end);

	if (end == arg || *end || !(seconds >= 0.1 && seconds <= 86400)) {
		fprintf(stderr, "toystat: '%s' is not a time: seconds from 0.1 to 86400 are\n",
			arg);
		return false;
	}
	set->watch = (long long)(seconds * NSECS);
	return true;
}

/* What goes with sockets only, or with counters only, with the other would have no effect. */
static bool fit(const struct settings *set)
{
	const struct look *look = &set->look;

	if (set->counters && (set->states || set->wanted.port || set->wanted.lport ||
			      set->wanted.rport || set->wanted.family || set->listening ||
			      set->all || set->proc || look->info || look->timers ||
			      look->processes)) {
		fputs("toystat: counters (-s) are of no one socket: -l, -a, -i and what else\n"
		      "  chooses and shows sockets do not go with them\n", stderr);
		return false;
	}
	if (!set->counters && (set->zeros || set->reset)) {
		fputs("toystat: -z and -r go with counters: add -s\n", stderr);
		return false;
	}
	if (set->listening + set->all + set->states > 1) {
		fputs("toystat: one of -l, -a and --state\n", stderr);
		return false;
	}
	return true;
}

/* Returns whether it is an option, and a good one. */
static bool take_option(struct settings *set, int o)
{
	switch (o) {
	case 'l':
		set->listening = true;
		return true;
	case 'a':
		set->all = true;
		return true;
	case '4':
	case '6':
		/* both of them are none */
		set->wanted.family = set->wanted.family ? AF_UNSPEC :
				     o == '4' ? AF_INET : AF_INET6;
		return true;
	case 'H':
		set->look.heading = false;
		return true;
	case 'i':
		set->look.info = true;
		return true;
	case 'o':
		set->look.timers = true;
		return true;
	case 'p':
		set->look.processes = true;
		return true;
	case 't':
	case 'n':
		return true;
	case 's':
		set->counters = true;
		return true;
	case 'z':
		set->zeros = true;
		return true;
	case 'r':
		set->reset = true;
		return true;
	case 'N':
		set->look.netns = optarg;
		return true;
	case 'w':
		return take_watch(set, optarg);
	case 'j':
		set->json = true;
		return true;
	case OPT_STATE:
		return take_states(set, optarg);
	case OPT_PORT:
		return take_port(&set->wanted.port, optarg);
	case OPT_LPORT:
		return take_port(&set->wanted.lport, optarg);
	case OPT_RPORT:
		return take_port(&set->wanted.rport, optarg);
	case OPT_PROC:
		set->proc = true;
		return true;
	default:
		return false;
	}
}

/* Returns -1 to go on, or the exit code. */
static int parse(int argc, char **argv, struct settings *set)
{
	static const struct option options[] = {
		{ "listening", no_argument, NULL, 'l' },
		{ "all", no_argument, NULL, 'a' },
		{ "no-header", no_argument, NULL, 'H' },
		{ "state", required_argument, NULL, OPT_STATE },
		{ "port", required_argument, NULL, OPT_PORT },
		{ "lport", required_argument, NULL, OPT_LPORT },
		{ "rport", required_argument, NULL, OPT_RPORT },
		{ "info", no_argument, NULL, 'i' },
		{ "timers", no_argument, NULL, 'o' },
		{ "processes", no_argument, NULL, 'p' },
		{ "proc", no_argument, NULL, OPT_PROC },
		{ "counters", no_argument, NULL, 's' },
		{ "zeros", no_argument, NULL, 'z' },
		{ "reset", no_argument, NULL, 'r' },
		{ "netns", required_argument, NULL, 'N' },
		{ "watch", required_argument, NULL, 'w' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int o;

	while ((o = getopt_long(argc, argv, "la46HioptnszrN:w:jh", options, NULL)) != -1) {
		if (o == 'h') {
			fputs(help, stdout);
			return OK_DONE;
		}
		if (!take_option(set, o))
			return o == '?' || o == ':' ? wrong_usage() : FAIL_USAGE;
	}
	if (optind < argc) {
		fprintf(stderr, "toystat: what is '%s'?\n", argv[optind]);
		return wrong_usage();
	}
	if (!fit(set))
		return FAIL_USAGE;
	if (set->listening)
		set->wanted.states = 1u << TOY_LISTEN;
	else if (set->all)
		set->wanted.states = ALL_STATES;
	return -1;
}

/* ------------------------------------------------------------------------------------------- */
/* Where                                                                                         */

static int netns_failed(const char *name, int err)
{
	switch (err) {
	case EPERM:
	case EACCES:
		fprintf(stderr, "toystat: not permitted to enter network namespace %s\n"
			"  Root is: sudo toystat -N %s ...\n", name, name);
		return FAIL_PERMISSION;
	case EINVAL:
		fprintf(stderr, "toystat: %s is no network namespace\n", name);
		break;
	case ENOENT:
		fprintf(stderr, "toystat: there is no network namespace %s\n", name);
		break;
	default:
		fprintf(stderr, "toystat: cannot enter network namespace %s: %s\n", name,
			strerror(err));
	}
	fputs("  ip netns list shows those with a name; /proc/PID/ns/net is a process's own.\n",
	      stderr);
	return FAIL_NAME;
}

static int enter(const char *name)
{
	char path[PATH_MAX];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s%s", strchr(name, '/') ? "" : NETNS_DIR "/", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err = errno;
	if (fd >= 0)
		close(fd);
	return err ? netns_failed(name, err) : OK_DONE;
}

/* ------------------------------------------------------------------------------------------- */
/* Sockets                                                                                       */

static int failed(const char *source, int err)
{
	switch (err) {
	case ENOENT:
		fputs("toystat: the toy transport is not loaded in this kernel\n", stderr);
		words_load_it();
		return FAIL_NOT_LOADED;
	case EPERM:
	case EACCES:
		fprintf(stderr, "toystat: not permitted to ask %s\n  Root is: sudo toystat ...\n",
			source);
		return FAIL_PERMISSION;
	case EBADMSG:
		fputs("  Is this toystat of the same version as the module?\n", stderr);
		return FAIL_OTHER;
	default:
		fprintf(stderr, "toystat: cannot read %s: %s\n", source, strerror(err));
		return FAIL_OTHER;
	}
}

static int read_sockets(const struct settings *set, struct rows *all)
{
	bool proc = set->proc || getenv("PROC_NET_TOY") || getenv("PROC_NET_TOY6");
	int err = 0;

	if (!proc && access("/proc/net/toy_stat", F_OK))
		return failed("/proc/net/toy_stat", ENOENT);
	if (!proc) {
		err = -diag_read(all, &set->wanted);
		if (err && err != ENOENT)
			return failed("sock_diag(7)", err);
		proc = err;
	}
	if (!proc)
		return OK_DONE;
	err = -proc_read(all, &set->wanted);
	if (err)
		return failed("/proc/net/toy and toy6", err);
	return OK_DONE;
}

/* What was asked for and cannot be told. */
static void say_what_lacks(const struct settings *set, const struct rows *all,
			   const struct holders *holders)
{
	bool unknown = false;
	size_t n;

	if (set->look.info && !all->from_diag && !set->proc && !getenv("PROC_NET_TOY"))
		fputs("toystat: sock_diag(7) does not serve the toy transport here; /proc has\n"
		      "  rto, ato, cwnd and ssthresh only. sudo modprobe inet_diag, and load\n"
		      "  toy.ko anew, if this kernel has that module.\n", stderr);
	for (size_t i = 0; i < all->n; i++)
		unknown |= all->row[i].inode && !holders_of(holders, all->row[i].inode, &n);
	if (set->look.processes && holders->hidden && unknown)
		fputs("toystat: other users' processes are out of sight (?): sudo toystat -p\n",
		      stderr);
}

static int show_sockets(const struct settings *set, bool first)
{
	struct holders holders = { };
	struct rows all = { };
	int ret;

	ret = read_sockets(set, &all);
	if (ret)
		goto out;
	if (set->look.processes && !holders_find(&holders)) {
		ret = failed("/proc/PID/fd", ENOMEM);
		goto out;
	}
	rows_finish(&all);
	if (set->json)
		json_rows(stdout, &all, &holders, &set->look);
	else
		print_rows(stdout, &all, &holders, &set->look);
	fflush(stdout);
	if (first)
		say_what_lacks(set, &all, &holders);
out:
	holders_free(&holders);
	rows_free(&all);
	return ret;
}

/* ------------------------------------------------------------------------------------------- */
/* Counters                                                                                      */

static int width_of_terminal(void)
{
	struct winsize size;

	return isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) ? size.ws_col : 0;
}

static int show_counters(const struct settings *set, bool first)
{
	enum which which = set->zeros ? EVERY : first ? NOT_ZERO : CHANGED;
	static bool cannot_keep;
	struct counters all, before = { };
	int err;

	err = -counters_read(&all);
	if (err)
		return failed("/proc/net/toy_stat", err);
	if (!first || !set->reset)
		history_read(&before);
	counters_compare(&all, &before);
	if (set->json)
		json_counters(stdout, &all, set->look.netns);
	else
		print_counters(stdout, &all, which, set->look.heading && first,
			       width_of_terminal());
	fflush(stdout);
	if (!cannot_keep)
		cannot_keep = !history_write(&all);
	counters_free(&before);
	counters_free(&all);
	return OK_DONE;
}

/* ------------------------------------------------------------------------------------------- */

/* Between two looks: when it is, and on a terminal a table takes the last one's place. */
static void part(const struct settings *set, bool first)
{
	time_t now = time(NULL);
	char when[32];
	struct tm tm;

	if (set->json)
		return;
	if (!set->counters && isatty(STDOUT_FILENO))
		fputs("\033[H\033[J", stdout);
	else if (!first)
		fputc('\n', stdout);
	if (localtime_r(&now, &tm) && strftime(when, sizeof(when), "%F %T", &tm))
		printf("# %s\n", when);
}

static int show(const struct settings *set)
{
	struct timespec at;
	bool first = true;
	int ret;

	clock_gettime(CLOCK_MONOTONIC, &at);
	for (;;) {
		long long next = at.tv_nsec + set->watch;

		if (set->watch)
			part(set, first);
		ret = set->counters ? show_counters(set, first) : show_sockets(set, first);
		if (ferror(stdout)) {
			fprintf(stderr, "toystat: cannot write: %s\n", strerror(errno));
			return FAIL_OTHER;
		}
		if (ret || !set->watch)
			return ret;
		first = false;
		at.tv_sec += next / NSECS;
		at.tv_nsec = next % NSECS;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
	}
}

int main(int argc, char **argv)
{
	struct settings set = {
		.wanted = { .states = ALL_STATES & ~(1u << TOY_LISTEN) },
		.look = { .heading = true },
	};
	int ret;

	ret = parse(argc, argv, &set);
	if (ret >= 0)
		return ret;
	if (set.look.netns) {
		ret = enter(set.look.netns);
		if (ret)
			return ret;
	}
	return show(&set);
}
