// SPDX-License-Identifier: GPL-2.0
/*
 * gate - a cable between two hosts that loses, delays, doubles or forges the segments it is told to
 *
 *	namespace client ── cable0 ── gate ── cable0 ── namespace server
 *
 * Each end of the cable is a tun device. What goes into one comes out of the other, segment by
 * segment, and the rules (rule.h) say what happens to which of them. It writes down what it did,
 * and fails where a rule met nothing: a fault that hit nothing proves nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "number.h"
#include "rule.h"

#define DEVICE		"cable0"
#define FAIL_OTHER	1
#define FAIL_USAGE	2
#define FAIL_PERMISSION	9

static const char help[] =
	"gate [OPTION] LEFT RIGHT [RULE...] - a cable between two network namespaces, with faults\n"
	"\n"
	"Makes the tun device " DEVICE " in LEFT and RIGHT; what enters one leaves the other.\n"
	"More rules, one a line, come from standard input; 'end' there ends it.\n"
	"\n"
	"  --latency MS   each way (0)\n"
	"  --rate KBIT    kilobits a second, each way (no limit)\n"
	"  --queue N      packets that may wait for the rate (100)\n"
	"  --log FILE     what it saw and did (standard output)\n"
	"  --step FD      hold each segment until a line comes from this descriptor:\n"
	"                 empty: let it pass; d: lose it; c: let all pass from now on\n"
	"\n"
	"RULE: [maybe] drop|double|corrupt WHICH [after EVENT], delay WHICH by MS [after EVENT],\n"
	"      hold|copy WHICH until EVENT,\n"
	"      send SIDE FLAGS [seq=N] [ack=N] [win=N] [len=N] [sport=N] [dport=N] [ts] [times=N]\n"
	"      [after EVENT]\n"
	"      mend (no rule holds any more), go (the event that `until told` waits for),\n"
	"      run (let all pass without --step's line), step (ask again)\n"
	"WHICH: SIDE KIND [N|N-M|N-]; EVENT: SIDE KIND [N], or told.\n"
	"KIND: DATA ACK SYN SYN,ACK FIN RST ANY.\n"
	"N of seq and ack: as in the ladder, x+1, y-10, or plain. `maybe`: a rule that need not hit.\n"
	"\n"
	"Example: gate client server 'drop client SYN' 'delay server DATA 3- by 50'\n"
	"Exit codes: 0 done, 1 a rule hit nothing, or other failure, 2 wrong arguments,\n"
	"  9 not permitted\n";

static struct {
	const char *name[2];
	int tun[2];
	struct rule *rules;
	struct packet *way;	/* on the cable, the one that leaves first at the front */
	struct packet *steps;	/* waiting for the reader's Enter, oldest first */
	struct sight seen;
	uint64_t start;
	uint64_t latency;	/* nanoseconds */
	uint64_t busy[2];	/* until when the line is occupied */
	unsigned int kbit;
	unsigned int queue;
	int step;		/* descriptor, -1: no steps */
	bool asks;		/* each segment waits for it */
	bool over;
	FILE *log;
} cable = { .queue = 100, .step = -1 };

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

__attribute__((format(printf, 1, 2)))
static void note(const char *format, ...)
{
	va_list args;

	fprintf(cable.log, "%.3f ", (double)(now() - cable.start) / 1e6);
	va_start(args, format);
	vfprintf(cable.log, format, args);
	va_end(args);
	fputc('\n', cable.log);
	fflush(cable.log);
}

static void note_segment(const struct packet *p, const char *what, const struct rule *r)
{
	char text[128];

	packet_text(p, &cable.seen, cable.name[p->side], text, sizeof(text));
	if (r)
		note("%s: %s: %s", text, what, r->text);
	else
		note("%s: %s", text, what);
}

/* ------------------------------------------------------------------------------------------- */
/* On the way                                                                                    */

/* The last packet of a list's end. */
static void append(struct packet **list, struct packet *p)
{
	while (*list)
		list = &(*list)->next;
	p->next = NULL;
	*list = p;
}

static unsigned int waiting(int side, uint64_t at)
{
	unsigned int n = 0;

	for (const struct packet *p = cable.way; p; p = p->next)
		n += p->side == side && p->due > at + cable.latency;
	return n;
}

/* Onto the cable, @extra nanoseconds later than others. */
static void set_off(struct packet *p, uint64_t extra)
{
	struct packet **at = &cable.way;
	uint64_t t = now();

	if (cable.kbit) {
		if (waiting(p->side, t) >= cable.queue) {
			note_segment(p, "lost: the queue is full", NULL);
			packet_free(p);
			return;
		}
		if (cable.busy[p->side] > t)
			t = cable.busy[p->side];
		t += p->len * 8 * 1000000u / cable.kbit;
		cable.busy[p->side] = t;
	}
	p->due = t + cable.latency + extra;
	while (*at && (*at)->due <= p->due)
		at = &(*at)->next;
	p->next = *at;
	*at = p;
}

static void prompt(void)
{
	const struct packet *p = cable.steps;
	char text[128];

	if (!p)
		return;
	packet_text(p, &cable.seen, cable.name[p->side], text, sizeof(text));
	fprintf(stderr, "  %s%s [Enter] ", text, p->lost ? ": will be lost" : "");
}

/* In steps, the reader's Enter comes first. */
static void pass(struct packet *p, uint64_t extra)
{
	if (!cable.asks || !p->is_segment) {
		set_off(p, extra);
		return;
	}
	append(&cable.steps, p);
	if (cable.steps == p)
		prompt();
}

static void lose(struct packet *p)
{
	if (!cable.asks) {
		packet_free(p);
		return;
	}
	p->lost = true;
	pass(p, 0);
}

static void step_one(bool lost)
{
	struct packet *p = cable.steps;

	if (!p)
		return;
	cable.steps = p->next;
	if (lost && !p->lost)
		note_segment(p, "dropped by hand", NULL);
	if (lost || p->lost)
		packet_free(p);
	else
		set_off(p, 0);
}

/* One line and no more: what is behind it in a file or a pipe belongs to the next segments. */
static void read_step(void)
{
	char first = '\0', c;
	ssize_t n;

	while ((n = read(cable.step, &c, 1)) == 1 && c != '\n') {
		if (!first)
			first = c;
	}
	if (n == 1 && first != 'c') {
		step_one(first == 'd');
		prompt();
		return;
	}
	cable.step = -1;
	cable.asks = false;
	while (cable.steps)
		step_one(false);
}

static void deliver(void)
{
	uint64_t t = now();

	while (cable.way && cable.way->due <= t) {
		struct packet *p = cable.way;

		cable.way = p->next;
		/* a device that is down: as good as lost */
		if (write(cable.tun[!p->side], p->data, p->len) < 0 && errno != EIO)
			perror("gate: " DEVICE);
		packet_free(p);
	}
}

/* ------------------------------------------------------------------------------------------- */
/* What the rules make of a segment                                                              */

static void forge(struct rule *r)
{
	for (unsigned int i = 0; i < r->times; i++) {
		struct packet *p = rule_forge(r, i, &cable.seen);

		if (!p)
			return;
		r->hits++;
		note_segment(p, "forged", r);
		pass(p, 0);
	}
}

/* What @r waited for has come. */
static void fire(struct rule *r)
{
	r->waits = false;
	if (r->action == SEND)
		forge(r);
	while (r->held) {
		struct packet *p = r->held;

		r->held = p->next;
		note_segment(p, r->action == COPY ? "the copy goes on" : "goes on", r);
		pass(p, 0);
	}
}

static void act(struct rule *r, struct packet *p)
{
	r->hits++;
	switch (r->action) {
	case DROP:
		note_segment(p, "dropped", r);
		lose(p);
		return;
	case DELAY:
		note_segment(p, "delayed", r);
		pass(p, r->ms * 1000000ull);
		return;
	case HOLD:
		if (!r->waits) {
			note_segment(p, "need not wait", r);
			break;
		}
		note_segment(p, "held", r);
		append(&r->held, p);
		return;
	case COPY:
		if (!r->waits)
			break;
		append(&r->held, packet_copy(p));
		note_segment(p, "copied", r);
		break;
	case DOUBLE:
		note_segment(p, "doubled", r);
		pass(packet_copy(p), 0);
		break;
	case CORRUPT:
		note_segment(p, "corrupted", r);
		packet_corrupt(p);
		break;
	default:
		break;
	}
	pass(p, 0);
}

/* A rule counts what is of its kind, whoever acts on it; the first that means it acts. */
static struct rule *rule_for(const struct packet *p)
{
	struct rule *found = NULL;

	for (struct rule *r = cable.rules; r; r = r->next) {
		bool until = r->action == HOLD || r->action == COPY;

		if (r->over || r->action == SEND || (r->waits && !until))
			continue;
		if (match_count(&r->match, p) && !found)
			found = r;
	}
	return found;
}

static void arrive(struct packet *p)
{
	const struct packet twin = *p;
	struct rule *r;

	if (!p->is_segment) {
		set_off(p, 0);
		return;
	}
	sight_of(&cable.seen, p);
	if (p->seg.flags & TOY_SYN)
		note("%c is %u, at %.3f", p->side ? 'y' : 'x', p->seg.seq, (double)now() / 1e6);
	r = rule_for(p);
	if (r) {
		act(r, p);
	} else {
		note_segment(p, "passed", NULL);
		pass(p, 0);
	}
	for (r = cable.rules; r; r = r->next) {
		if (r->waits && !r->told && !r->over && match_count(&r->event, &twin))
			fire(r);
	}
}

static void read_tun(int side)
{
	static uint8_t buffer[PACKET_MAX];
	ssize_t n;

	while ((n = read(cable.tun[side], buffer, sizeof(buffer))) > 0)
		arrive(packet_new(buffer, (size_t)n, side));
}

/* ------------------------------------------------------------------------------------------- */
/* What it is told                                                                               */

static bool add_rule(const char *text)
{
	struct rule **at = &cable.rules;
	const char *wrong;
	struct rule *r = rule_read(text, cable.name, &wrong);

	if (!r) {
		fprintf(stderr, "gate: '%s': %s\n", text, wrong);
		return false;
	}
	while (*at)
		at = &(*at)->next;
	*at = r;
	if (r->action == SEND && !r->waits)
		forge(r);
	return true;
}

static bool told(const char *line)
{
	if (!strcmp(line, "end")) {
		cable.over = true;
	} else if (!strcmp(line, "mend")) {
		for (struct rule *r = cable.rules; r; r = r->next) {
			r->over = true;
			if (r->held)
				fire(r);
		}
	} else if (!strcmp(line, "go")) {
		for (struct rule *r = cable.rules; r; r = r->next) {
			if (r->waits && r->told)
				fire(r);
		}
	} else if (!strcmp(line, "step")) {
		cable.asks = cable.step >= 0;
	} else if (!strcmp(line, "run")) {
		cable.asks = false;
	} else if (*line && !add_rule(line)) {
		return false;
	}
	note("told: %s", line);
	return true;
}

static bool read_orders(void)
{
	static char line[512];
	static size_t have;
	ssize_t n = read(STDIN_FILENO, line + have, sizeof(line) - 1 - have);
	char *end;

	if (n <= 0) {
		cable.over = n == 0 || errno != EINTR;
		return true;
	}
	have += (size_t)n;
	line[have] = '\0';
	while ((end = strchr(line, '\n'))) {
		*end++ = '\0';
		if (!told(line))
			return false;
		have -= (size_t)(end - line);
		memmove(line, end, have + 1);
	}
	return have < sizeof(line) - 1;
}

/* ------------------------------------------------------------------------------------------- */

static int tun_open(const char *netns)
{
	struct ethtool_value off = { .cmd = ETHTOOL_SGSO };
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = DEVICE };
	char path[256];
	int fd, s;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET)) {
		fprintf(stderr, "gate: network namespace '%s': %s; ip netns add %s makes one\n",
			netns, strerror(errno), netns);
		return -1;
	}
	close(fd);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr)) {
		fprintf(stderr, "gate: /dev/net/tun: %s; modprobe tun loads what it needs\n",
			strerror(errno));
		return -1;
	}
	/* each segment by itself: no super-segments */
	s = socket(AF_INET, SOCK_DGRAM, 0);
	ifr.ifr_data = (void *)&off;
	if (s < 0 || ioctl(s, SIOCETHTOOL, &ifr)) {
		perror("gate: cannot switch off segmentation by the device");
		return -1;
	}
	close(s);
	return fd;
}

/* Every rule met something, and nothing is still waiting: or the fault that was meant never was. */
static int verdict(void)
{
	int ret = 0;

	for (const struct rule *r = cable.rules; r; r = r->next) {
		note("rule: %u hit%s: %s", r->hits, r->hits == 1 ? "" : "s", r->text);
		if (r->maybe || (r->hits && !r->waits))
			continue;
		fprintf(stderr, "gate: %s: %s\n", r->text,
			r->hits ? "what it waited for never came" : "it hit nothing");
		ret = FAIL_OTHER;
	}
	return ret;
}

static int run(void)
{
	struct pollfd fds[4] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = cable.tun[0], .events = POLLIN },
		{ .fd = cable.tun[1], .events = POLLIN },
		{ .events = POLLIN },
	};

	while (!stopped && !cable.over) {
		uint64_t t = now(), wait = 0;
		struct timespec ts;

		if (cable.way && cable.way->due > t)
			wait = cable.way->due - t;
		ts.tv_sec = (time_t)(wait / 1000000000u);
		ts.tv_nsec = (long)(wait % 1000000000u);
		fds[3].fd = cable.steps ? cable.step : -1;
		if (ppoll(fds, 4, cable.way ? &ts : NULL, NULL) < 0) {
			if (errno == EINTR)
				continue;
			perror("gate: poll");
			return FAIL_OTHER;
		}
		if (fds[0].revents && !read_orders())
			return FAIL_USAGE;
		for (int side = 0; side < 2; side++) {
			if (fds[1 + side].revents)
				read_tun(side);
		}
		if (cable.step >= 0 && fds[3].revents)
			read_step();
		deliver();
	}
	return verdict();
}

static int wrong_usage(const char *what)
{
	if (what)
		fprintf(stderr, "gate: %s\n", what);
	fputs("usage: gate [OPTION] LEFT RIGHT [RULE...]   (--help tells more)\n", stderr);
	return FAIL_USAGE;
}

/* Returns -1 to go on, or the exit code. */
static int parse_one(int o)
{
	long n;

	switch (o) {
	case 'l':
		n = number_in(optarg, 0, 60000);
		cable.latency = (uint64_t)n * 1000000u;
		return n < 0 ? wrong_usage("a latency is milliseconds, at most 60000") : -1;
	case 'r':
		n = number_in(optarg, 1, 10000000);
		cable.kbit = (unsigned int)n;
		return n < 0 ? wrong_usage("a rate is kilobits a second, from 1 to 10000000") : -1;
	case 'q':
		n = number_in(optarg, 1, 100000);
		cable.queue = (unsigned int)n;
		return n < 0 ? wrong_usage("a queue is packets, from 1 to 100000") : -1;
	case 's':
		n = number_in(optarg, 0, 1023);
		cable.step = (int)n;
		cable.asks = true;
		return n < 0 ? wrong_usage("--step wants the number of a descriptor") : -1;
	case 'L':
		cable.log = fopen(optarg, "we");
		if (cable.log)
			return -1;
		fprintf(stderr, "gate: cannot write %s: %s\n", optarg, strerror(errno));
		return FAIL_OTHER;
	case 'h':
		fputs(help, stdout);
		return 0;
	default:
		return wrong_usage(NULL);
	}
}

static int parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "latency", required_argument, NULL, 'l' },
		{ "rate", required_argument, NULL, 'r' },
		{ "queue", required_argument, NULL, 'q' },
		{ "log", required_argument, NULL, 'L' },
		{ "step", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int o, ret;

	cable.log = stdout;
	while ((o = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		ret = parse_one(o);
		if (ret >= 0)
			return ret;
	}
	if (argc - optind < 2)
		return wrong_usage("between which two namespaces?");
	cable.name[0] = argv[optind];
	cable.name[1] = argv[optind + 1];
	for (int i = optind + 2; i < argc; i++) {
		if (!add_rule(argv[i]))
			return FAIL_USAGE;
	}
	return -1;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = stop };
	int ret;

	cable.start = now();
	ret = parse(argc, argv);
	if (ret >= 0)
		return ret;
	if (geteuid()) {
		fputs("gate: network namespaces are root's: sudo, or make lab for a VM\n", stderr);
		return FAIL_PERMISSION;
	}
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	for (int side = 0; side < 2; side++) {
		cable.tun[side] = tun_open(cable.name[side]);
		if (cable.tun[side] < 0)
			return FAIL_OTHER;
	}
	note("ready");
	return run();
}
