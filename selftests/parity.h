/* SPDX-License-Identifier: GPL-2.0 */
/*
 * parity.h - the same on the kernel's TCP and on the toy transport, or listed with its reason
 *
 *	 scenario over TCP ──▶ what it saw ─┐
 *	                                    ├─ line by line the same?
 *	 scenario over toy ──▶ what it saw ─┘
 *
 * A scenario is a function that uses sockets of the way it is given (IPv4, IPv6, or IPv6 sockets
 * that carry IPv4) and notes what it saw with saw(). What is right is not written down anywhere:
 * TCP says it, at the moment of the test. So a scenario may look at everything: that is no more
 * work. A difference fails the test, unless a line of the table of exceptions allows it.
 * PARITY_SHOW=1 shows all that TCP says; TOY_TESTS=tcp compares TCP with itself, which tests the
 * test.
 *
 * Each test has a network namespace of its own, with nothing in it but lo: what one leaves behind
 * the others do not meet.
 *
 * A socket can be brought into each state of RFC 9293 and kept there: a socket filter that drops
 * all that comes makes one end deaf.
 */
#ifndef SELFTESTS_PARITY_H
#define SELFTESTS_PARITY_H

#include <fnmatch.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "sock.h"

struct route {
	int family;
	bool mapped;	/* AF_INET6 sockets, addresses of IPv4 */
};

struct seen {
	char name[120];
	long value;
};

struct diary {
	struct way way;
	bool mapped;
	size_t n;
	struct seen *seen;
	char now[64];	/* put before each name */
};

/*
 * What may differ: names as fnmatch(3) has them, and why. With @lacking only where this kernel's
 * TCP says that it has no such option: toy has it on all.
 */
struct exception {
	const char *name;
	const char *why;
	bool lacking;
};

static inline void saw(struct diary *d, long value, const char *name, ...)
	__attribute__((format(printf, 3, 4)));

static inline void saw(struct diary *d, long value, const char *name, ...)
{
	struct seen *s;
	va_list args;
	char rest[48];

	if (!(d->n & (d->n - 1))) {
		d->seen = realloc(d->seen, (d->n ? d->n * 2 : 1) * sizeof(*d->seen));
		if (!d->seen)
			exit(1);
	}
	va_start(args, name);
	vsnprintf(rest, sizeof(rest), name, args);
	va_end(args);
	s = &d->seen[d->n++];
	snprintf(s->name, sizeof(s->name), "%s%s%s", d->now, *d->now ? ": " : "", rest);
	s->value = value;
}

/* A system call's answer, or -errno. */
#define SAW(d, call, ...)	saw(d, ret((int)(call)), __VA_ARGS__)

static inline const char *value_name(long value, char buf[40])
{
	if (value < 0 && value > -4096 && strerrorname_np((int)-value))
		snprintf(buf, 40, "-%s", strerrorname_np((int)-value));
	else
		snprintf(buf, 40, "%ld (%#lx)", value, value);
	return buf;
}

/* Which exception allows it, -1: none. */
static inline int allowed(const struct exception *e, const struct seen *tcp)
{
	bool lacking = tcp->value == -ENOPROTOOPT || tcp->value == -EOPNOTSUPP;

	for (int i = 0; e[i].name; i++) {
		if ((lacking || !e[i].lacking) && !fnmatch(e[i].name, tcp->name, 0))
			return i;
	}
	return -1;
}

/* What all tests of the program together have compared; they are processes of their own. */
static struct tally {
	long values;
	long excused;
} *tally;

static __attribute__((constructor)) void tally_begin(void)
{
	if (geteuid()) {
		puts("1..0 # SKIP not root: no network namespace to be had");
		exit(KSFT_SKIP);
	}
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (tally == MAP_FAILED)
		exit(1);
}

static __attribute__((destructor)) void tally_end(void)
{
	if (tally->values)
		printf("# %ld values compared with TCP's; %ld differ for a stated reason\n",
		       tally->values, tally->excused);
}

typedef void scenario(struct diary *d);

#define MOST_EXCEPTIONS	100

/* What each exception allowed, and how often. */
static inline void excuse(const struct exception *e, const int *times)
{
	for (int i = 0; e[i].name; i++) {
		if (!times[i])
			continue;
		printf("# allowed %d times: %s: %s\n", times[i], e[i].name, e[i].why);
		tally->excused += times[i];
	}
}

/* Returns how many differences there are that nobody allowed. */
static inline int differences(const struct diary *tcp, const struct diary *toy,
			      const struct exception *e)
{
	int bad = 0, times[MOST_EXCEPTIONS] = {};
	bool show = getenv("PARITY_SHOW");
	char a[40], b[40];

	for (size_t i = 0; i < tcp->n && i < toy->n; i++) {
		const struct seen *was = &tcp->seen[i], *is = &toy->seen[i];
		int by;

		if (show)
			printf("# TCP: %s: %s\n", was->name, value_name(was->value, a));
		if (strcmp(was->name, is->name)) {
			printf("# DIFFERS after %s: TCP came to '%s', toy to '%s'\n",
			       i ? was[-1].name : "nothing", was->name, is->name);
			return bad + 1;
		}
		if (was->value == is->value)
			continue;
		by = allowed(e, was);
		if (by >= 0)
			times[by]++;
		bad += by < 0;
		if (by < 0 || show)
			printf("# %s %s: TCP %s, toy %s\n", by < 0 ? "DIFFERS" : "allowed:",
			       was->name, value_name(was->value, a), value_name(is->value, b));
	}
	if (tcp->n != toy->n) {
		printf("# DIFFERS: TCP noted %zu, toy %zu\n", tcp->n, toy->n);
		bad++;
	}
	excuse(e, times);
	printf("# %zu compared\n", tcp->n);
	tally->values += (long)tcp->n;
	return bad;
}

/* What TCP's buffers may grow to differs between kernels; here the toy's may grow to the same. */
static inline void same_buffers(const char *name)
{
	char path[64], limits[100];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/tcp_%s", name);
	f = fopen(path, "r");
	if (!f || !fgets(limits, sizeof(limits), f)) {
		perror(path);
		exit(1);
	}
	fclose(f);
	snprintf(path, sizeof(path), "/proc/sys/net/toy/%s", name);
	f = fopen(path, "w");
	if (f && (fputs(limits, f) < 0 || fclose(f))) {
		perror(path);
		exit(1);
	}
}

/* A network namespace with nothing in it but lo. */
static inline void own_namespace(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd;

	if (unshare(CLONE_NEWNET)) {
		perror("# unshare");
		exit(1);
	}
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (ioctl(fd, SIOCSIFFLAGS, &ifr)) {
		perror("# lo");
		exit(1);
	}
	close(fd);
	same_buffers("rmem");
	same_buffers("wmem");
}

static inline int compare(scenario *run, const struct route *route, const struct exception *e)
{
	struct diary tcp = { .way = { route->family, IPPROTO_TCP }, .mapped = route->mapped };
	struct diary toy = { .way = { route->family, IPPROTO_TOY }, .mapped = route->mapped };
	int bad;

	own_namespace();
	run(&tcp);
	run(&toy);
	bad = differences(&tcp, &toy, e);
	fflush(stdout);		/* the harness leaves by _exit() */
	free(tcp.seen);
	free(toy.seen);
	return bad;
}

/* A fixture with the three ways, and one test for each scenario. */
#define FIXTURE_PARITY(fixture)								\
	FIXTURE(fixture) { struct route route; };					\
	FIXTURE_VARIANT(fixture) { struct route route; };				\
	FIXTURE_SETUP(fixture)								\
	{										\
		self->route = variant->route;						\
	}										\
	FIXTURE_TEARDOWN(fixture) { }							\
	FIXTURE_VARIANT_ADD(fixture, v4) { .route = { AF_INET, false } };		\
	FIXTURE_VARIANT_ADD(fixture, v6) { .route = { AF_INET6, false } };		\
	FIXTURE_VARIANT_ADD(fixture, mapped) { .route = { AF_INET6, true } }

#define PARITY(fixture, scenario, exceptions)						\
	TEST_F_TIMEOUT(fixture, scenario, 300)						\
	{										\
		EXPECT_EQ(0, compare(scenario, &self->route, exceptions));		\
	}

/* ------------------------------------------------------------------------------------------- */
/* Sockets of a diary's way                                                                      */

static inline int fresh(const struct diary *d)
{
	int fd = new_socket(d->way);

	if (fd < 0) {
		printf("# no socket: %s\n", strerror(-fd));
		exit(1);
	}
	return fd;
}

static inline struct where lo_addr(const struct diary *d, int port)
{
	return d->mapped ? mapped_loopback(port) : loopback(d->way.family, port);
}

static inline int fresh_listener(const struct diary *d, int backlog)
{
	int fd = fresh(d), r = bind_to(fd, lo_addr(d, 0));

	if (r || listen(fd, backlog)) {
		printf("# no listener: %s\n", strerror(r ? -r : errno));
		exit(1);
	}
	return fd;
}

/* The state that TCP_INFO tells. */
static inline int tcp_state(int fd)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	return getsockopt(fd, SOL_TCP, TCP_INFO, &info, &len) ? -errno : info.tcpi_state;
}

/* Wait until it is in that state. False: it never was. */
static inline bool in_state(int fd, int state)
{
	long long end = now_ms() + SOON;

	while (tcp_state(fd) != state) {
		if (now_ms() > end)
			return false;
		usleep(200);
	}
	return true;
}

/* All that poll() tells of a socket. */
static inline int poll_bits(int fd)
{
	return events_of(fd, POLLIN | POLLPRI | POLLOUT | POLLRDHUP | POLLRDNORM | POLLRDBAND |
			     POLLWRNORM | POLLWRBAND, 0);
}

/* Two ends of a connection; @fd is the one that is looked at. */
struct ends {
	int fd;
	int peer;
	int listener;
};

/* Nothing is left of it: an end that went on by itself would talk to one that is deaf. */
static inline void end_one(int *fd)
{
	if (*fd < 0)
		return;
	set_linger(*fd, 1, 0);
	close(*fd);
	*fd = -1;
}

static inline void end_all(struct ends *e)
{
	end_one(&e->fd);
	end_one(&e->peer);
	end_one(&e->listener);
}

static inline struct ends new_ends(const struct diary *d)
{
	struct ends e = { .listener = fresh_listener(d, 4) };

	e.fd = fresh(d);
	if (connect_to(e.fd, name_of(e.listener)))
		perror("# connect");
	e.peer = accept_from(e.listener);
	return e;
}

/* ------------------------------------------------------------------------------------------- */
/* The states                                                                                    */

typedef struct ends make_state(const struct diary *d);

static inline struct ends st_closed(const struct diary *d)
{
	return (struct ends){ fresh(d), -1, -1 };
}

static inline struct ends st_bound(const struct diary *d)
{
	struct ends e = st_closed(d);

	bind_to(e.fd, lo_addr(d, 0));
	return e;
}

static inline struct ends st_listen(const struct diary *d)
{
	return (struct ends){ fresh_listener(d, 4), -1, -1 };
}

static inline struct ends st_listen_ready(const struct diary *d)
{
	struct ends e = st_listen(d);

	e.peer = fresh(d);
	connect_to(e.peer, name_of(e.fd));
	events_of(e.fd, POLLIN, SOON);
	return e;
}

static inline struct ends st_syn_sent(const struct diary *d)
{
	struct ends e = { fresh(d), -1, fresh_listener(d, 4) };

	set_deaf(e.listener, true);
	nonblocking(e.fd);
	connect_to(e.fd, name_of(e.listener));
	return e;
}

static inline struct ends st_established(const struct diary *d)
{
	return new_ends(d);
}

static inline struct ends st_accepted(const struct diary *d)
{
	struct ends e = new_ends(d);
	int fd = e.fd;

	e.fd = e.peer;
	e.peer = fd;
	return e;
}

static inline struct ends st_data(const struct diary *d)
{
	struct ends e = new_ends(d);

	send_text(e.peer, "hello");
	events_of(e.fd, POLLIN, SOON);
	return e;
}

static inline struct ends st_shut_rd(const struct diary *d)
{
	struct ends e = new_ends(d);

	shutdown(e.fd, SHUT_RD);
	return e;
}

static inline struct ends st_fin_wait_1(const struct diary *d)
{
	struct ends e = new_ends(d);

	set_deaf(e.peer, true);
	shutdown(e.fd, SHUT_WR);
	return e;
}

static inline struct ends st_fin_wait_2(const struct diary *d)
{
	struct ends e = new_ends(d);

	shutdown(e.fd, SHUT_WR);
	in_state(e.fd, TCP_FIN_WAIT2);
	return e;
}

static inline struct ends st_fin_wait_2_data(const struct diary *d)
{
	struct ends e = st_fin_wait_2(d);

	send_text(e.peer, "hello");
	events_of(e.fd, POLLIN, SOON);
	return e;
}

static inline struct ends st_close_wait(const struct diary *d)
{
	struct ends e = new_ends(d);

	shutdown(e.peer, SHUT_WR);
	in_state(e.fd, TCP_CLOSE_WAIT);
	return e;
}

static inline struct ends st_close_wait_data(const struct diary *d)
{
	struct ends e = new_ends(d);

	send_text(e.peer, "hello");
	shutdown(e.peer, SHUT_WR);
	in_state(e.fd, TCP_CLOSE_WAIT);
	return e;
}

static inline struct ends st_closing(const struct diary *d)
{
	struct ends e = st_fin_wait_1(d);

	shutdown(e.peer, SHUT_WR);
	in_state(e.fd, TCP_CLOSING);
	return e;
}

static inline struct ends st_last_ack(const struct diary *d)
{
	struct ends e = st_close_wait(d);

	set_deaf(e.peer, true);
	shutdown(e.fd, SHUT_WR);
	return e;
}

/* Both have closed, this end first; but its process still holds the socket. */
static inline struct ends st_time_wait(const struct diary *d)
{
	struct ends e = st_fin_wait_2(d);

	shutdown(e.peer, SHUT_WR);
	in_state(e.fd, TCP_CLOSE);
	return e;
}

/* The same seen from the other end. */
static inline struct ends st_closed_after(const struct diary *d)
{
	struct ends e = st_close_wait(d);

	shutdown(e.fd, SHUT_WR);
	in_state(e.fd, TCP_CLOSE);
	return e;
}

static inline void reset_by(int *peer)
{
	set_linger(*peer, 1, 0);
	close(*peer);
	*peer = -1;
}

static inline struct ends st_reset(const struct diary *d)
{
	struct ends e = new_ends(d);

	reset_by(&e.peer);
	in_state(e.fd, TCP_CLOSE);
	return e;
}

static inline struct ends st_reset_data(const struct diary *d)
{
	struct ends e = st_data(d);

	reset_by(&e.peer);
	in_state(e.fd, TCP_CLOSE);
	return e;
}

static inline struct ends st_reset_close_wait(const struct diary *d)
{
	struct ends e = st_close_wait(d);

	reset_by(&e.peer);
	in_state(e.fd, TCP_CLOSE);
	return e;
}

static inline struct ends st_refused(const struct diary *d)
{
	struct ends e = { fresh(d), -1, fresh_listener(d, 4) };
	struct where w = name_of(e.listener);

	close(e.listener);
	e.listener = -1;
	nonblocking(e.fd);
	connect_to(e.fd, w);
	in_state(e.fd, TCP_CLOSE);
	return e;
}

static inline struct ends st_disconnected(const struct diary *d)
{
	struct ends e = new_ends(d);
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	connect(e.fd, &none, sizeof(none));
	return e;
}

static inline struct ends st_unlistened(const struct diary *d)
{
	struct ends e = st_listen(d);

	shutdown(e.fd, SHUT_RD);
	return e;
}

static const struct {
	const char *name;
	make_state *make;
} states[] = {
	{ "CLOSED", st_closed },
	{ "bound", st_bound },
	{ "LISTEN", st_listen },
	{ "LISTEN, one waits", st_listen_ready },
	{ "shut listener", st_unlistened },
	{ "SYN-SENT", st_syn_sent },
	{ "refused", st_refused },
	{ "ESTABLISHED", st_established },
	{ "accepted", st_accepted },
	{ "ESTABLISHED, data", st_data },
	{ "SHUT_RD", st_shut_rd },
	{ "FIN-WAIT-1", st_fin_wait_1 },
	{ "FIN-WAIT-2", st_fin_wait_2 },
	{ "FIN-WAIT-2, data", st_fin_wait_2_data },
	{ "CLOSE-WAIT", st_close_wait },
	{ "CLOSE-WAIT, data", st_close_wait_data },
	{ "CLOSING", st_closing },
	{ "LAST-ACK", st_last_ack },
	{ "TIME-WAIT", st_time_wait },
	{ "after LAST-ACK", st_closed_after },
	{ "reset", st_reset },
	{ "reset, data", st_reset_data },
	{ "reset in CLOSE-WAIT", st_reset_close_wait },
	{ "disconnected", st_disconnected },
};

#define NSTATES	(sizeof(states) / sizeof(states[0]))

#endif /* SELFTESTS_PARITY_H */
