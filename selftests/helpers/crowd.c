// SPDX-License-Identifier: GPL-2.0
/*
 * crowd - very many connections at once: each sends a few bytes and wants them back
 *
 *	crowd [-4|-6] [--tcp] [--backlog N] listen PORT
 *	crowd [-4|-6] [--tcp] [--together N] [--every MS] [--hold] [--rounds N] [--timeout SECS]
 *	      [--seed N] [--abort] [--bytes N] ADDRESS PORT COUNT
 *
 * The listener echoes, until SIGTERM; then it says how many came and with which options. The other
 * end opens COUNT connections, at most --together (all) at a time, one each --every milliseconds;
 * --hold: all stay open until the last one has had its answer; --abort: they end by a reset. It
 * says how many had their answer, and fails if one had not within --timeout (60).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "uapi.h"

#define EVENTS	256
#define BYTES	65536

struct settings {
	int family;
	int protocol;
	int backlog;
	int together;
	int every;
	int rounds;
	int timeout;
	int bytes;
	bool hold;
	bool abort;
	uint64_t seed;
	int count;
};

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	stop = 1;
}

static void die(const char *what)
{
	fprintf(stderr, "crowd: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* As many files as there may be. */
static void raise_limit(void)
{
	struct rlimit limit = { 1 << 20, 1 << 20 };

	if (!setrlimit(RLIMIT_NOFILE, &limit))
		return;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int new_socket(const struct settings *set)
{
	int fd = socket(set->family, SOCK_STREAM | SOCK_NONBLOCK, set->protocol);

	if (fd < 0)
		die("socket");
	return fd;
}

static void watch(int epoll, int fd, uint32_t events, void *what)
{
	struct epoll_event event = { .events = events, .data.ptr = what };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) &&
	    epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event))
		die("epoll_ctl");
}

/* ------------------------------------------------------------------------------------------- */
/* The one who listens                                                                           */

/* How many connections came with which options. */
static struct {
	unsigned int count;
	unsigned int least_mss;
	unsigned int least_wscale;
} seen[256];

static void note(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);
	unsigned int options, mss, wscale;

	if (getsockopt(fd, SOL_TCP, TCP_INFO, &info, &len))
		die("TCP_INFO");
	options = info.tcpi_options & (TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE);
	mss = info.tcpi_snd_mss;
	wscale = info.tcpi_snd_wscale;
	if (!seen[options].count++ || mss < seen[options].least_mss)
		seen[options].least_mss = mss;
	if (seen[options].count == 1 || wscale < seen[options].least_wscale)
		seen[options].least_wscale = wscale;
}

static int serve(const struct settings *set, int port)
{
	int listener = new_socket(set), epoll = epoll_create1(0), one = 1, n;
	unsigned long accepted = 0, ended = 0, failed = 0;
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
	struct sockaddr_in a4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct epoll_event events[EVENTS];
	static char buf[BYTES];

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, set->family == AF_INET ? (void *)&a4 : (void *)&a6,
		 set->family == AF_INET ? sizeof(a4) : sizeof(a6)) ||
	    listen(listener, set->backlog))
		die("listen");
	watch(epoll, listener, EPOLLIN, NULL);
	while (!stop) {
		n = epoll_wait(epoll, events, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			int fd = (int)(intptr_t)events[i].data.ptr;
			ssize_t len;

			if (!fd) {
				while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
					accepted++;
					note(fd);
					watch(epoll, fd, EPOLLIN, (void *)(intptr_t)fd);
				}
				continue;
			}
			len = recv(fd, buf, sizeof(buf), 0);
			/* what does not fit is lost; the other end waits for its answer */
			if (len > 0 && send(fd, buf, (size_t)len, MSG_NOSIGNAL) == len)
				continue;
			if (len < 0 && errno == EAGAIN)
				continue;
			if (len)
				failed++;
			close(fd);
			ended++;
		}
	}
	printf("accepted %lu ended %lu failed %lu\n", accepted, ended, failed);
	for (int i = 0; i < 256; i++)
		if (seen[i].count)
			printf("options%s%s%s%s mss %u wscale %u: %u\n",
			       i & TCPI_OPT_TIMESTAMPS ? " timestamps" : "",
			       i & TCPI_OPT_SACK ? " sack" : "",
			       i & TCPI_OPT_WSCALE ? " wscale" : "", i ? "" : " none",
			       seen[i].least_mss, seen[i].least_wscale, seen[i].count);
	return 0;
}

/* ------------------------------------------------------------------------------------------- */
/* Those who connect                                                                             */

struct one {
	int fd;
	bool open;
	int sent;
	int got;
	long long since;
};

struct crowd {
	const struct settings *set;
	struct sockaddr_storage to;
	socklen_t len;
	int epoll;
	struct one *ones;
	int started;
	int busy;
	int answered;
	int failed;
	long long longest;
};

/* What connection @i says at place @at. */
static unsigned char byte_of(const struct crowd *c, const struct one *one, int at)
{
	return (unsigned char)((c->set->seed + (uint64_t)(one - c->ones) * 7919 + (uint64_t)at) *
			       2654435761u >> 16);
}

static void end(struct crowd *c, struct one *one)
{
	struct linger linger = { .l_onoff = 1 };

	if (c->set->abort)
		setsockopt(one->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(one->fd);
	one->fd = -1;
}

static void done(struct crowd *c, struct one *one, const char *trouble, int err)
{
	long long took = now_ms() - one->since;

	c->busy--;
	if (trouble) {
		if (!c->failed++)
			fprintf(stderr, "crowd: connection %d: %s: %s\n", (int)(one - c->ones),
				trouble, strerror(err));
		end(c, one);
		return;
	}
	c->answered++;
	if (took > c->longest)
		c->longest = took;
	if (c->set->hold)
		epoll_ctl(c->epoll, EPOLL_CTL_DEL, one->fd, NULL);
	else
		end(c, one);
}

static void say(struct crowd *c, struct one *one)
{
	unsigned char buf[4096];
	int n = c->set->bytes - one->sent;
	ssize_t len;

	if (n > (int)sizeof(buf))
		n = sizeof(buf);
	for (int i = 0; i < n; i++)
		buf[i] = byte_of(c, one, one->sent + i);
	len = send(one->fd, buf, (size_t)n, MSG_NOSIGNAL);
	if (len < 0 && errno != EAGAIN) {
		done(c, one, "send", errno);
		return;
	}
	if (len > 0)
		one->sent += (int)len;
	watch(c->epoll, one->fd, one->sent < c->set->bytes ? EPOLLIN | EPOLLOUT : EPOLLIN, one);
}

static void hear(struct crowd *c, struct one *one)
{
	unsigned char buf[4096];
	ssize_t len = recv(one->fd, buf, sizeof(buf), 0);

	if (len < 0 && errno == EAGAIN)
		return;
	if (len <= 0) {
		done(c, one, "recv", len ? errno : ENODATA);
		return;
	}
	for (int i = 0; i < len; i++) {
		if (buf[i] != byte_of(c, one, one->got + i)) {
			done(c, one, "another byte came back", 0);
			return;
		}
	}
	one->got += (int)len;
	if (one->got == c->set->bytes)
		done(c, one, NULL, 0);
}

static void happened(struct crowd *c, struct one *one, uint32_t events)
{
	socklen_t len = sizeof(int);
	int err = 0;

	if (!one->open) {
		getsockopt(one->fd, SOL_SOCKET, SO_ERROR, &err, &len);
		if (err) {
			done(c, one, "connect", err);
			return;
		}
		one->open = true;
	}
	if (events & EPOLLOUT && one->sent < c->set->bytes)
		say(c, one);
	else if (events & (EPOLLIN | EPOLLERR | EPOLLHUP))
		hear(c, one);
}

static void start(struct crowd *c)
{
	struct one *one = &c->ones[c->started++];

	*one = (struct one){ .fd = new_socket(c->set), .since = now_ms() };
	c->busy++;
	if (connect(one->fd, (struct sockaddr *)&c->to, c->len) && errno != EINPROGRESS) {
		done(c, one, "connect", errno);
		return;
	}
	watch(c->epoll, one->fd, EPOLLIN | EPOLLOUT, one);
}

static bool round_of(struct crowd *c)
{
	long long begin = now_ms(), deadline = begin + c->set->timeout * 1000LL;
	const struct settings *set = c->set;
	struct epoll_event events[EVENTS];

	c->started = 0;
	c->busy = 0;
	c->answered = 0;
	c->failed = 0;
	c->longest = 0;
	while (c->answered + c->failed < set->count && now_ms() < deadline) {
		int n, wait = 1000;

		while (c->started < set->count && c->busy < set->together) {
			long long due = begin + (long long)set->every * c->started - now_ms();

			if (due > 0) {
				wait = (int)due;
				break;
			}
			start(c);
			if (c->started % 64 == 0)
				break;
		}
		if (c->started < set->count && c->busy < set->together && !set->every)
			wait = 0;
		n = epoll_wait(c->epoll, events, EVENTS, wait);
		for (int i = 0; i < n; i++)
			happened(c, events[i].data.ptr, events[i].events);
	}
	printf("answered %d of %d, failed %d, longest %lld ms, all in %lld ms\n", c->answered,
	       set->count, c->failed, c->longest, now_ms() - begin);
	fflush(stdout);
	for (int i = 0; i < c->started; i++)
		if (c->ones[i].fd >= 0)
			end(c, &c->ones[i]);
	return c->answered == set->count;
}

static int gather(const struct settings *set, const char *address, int port)
{
	struct crowd c = { .set = set, .epoll = epoll_create1(0) };
	struct sockaddr_in6 *a6 = (struct sockaddr_in6 *)&c.to;
	struct sockaddr_in *a4 = (struct sockaddr_in *)&c.to;

	c.to.ss_family = (sa_family_t)set->family;
	if (set->family == AF_INET) {
		a4->sin_port = htons((uint16_t)port);
		c.len = sizeof(*a4);
	} else {
		a6->sin6_port = htons((uint16_t)port);
		c.len = sizeof(*a6);
	}
	if (inet_pton(set->family, address, set->family == AF_INET ? (void *)&a4->sin_addr :
		      (void *)&a6->sin6_addr) != 1) {
		fprintf(stderr, "crowd: what address is '%s'?\n", address);
		return 2;
	}
	c.ones = calloc((size_t)set->count, sizeof(*c.ones));
	if (!c.ones)
		die("memory");
	for (int i = 0; i < set->rounds && !stop; i++)
		if (!round_of(&c))
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "tcp", no_argument, NULL, 't' },
		{ "backlog", required_argument, NULL, 'b' },
		{ "together", required_argument, NULL, 'g' },
		{ "every", required_argument, NULL, 'e' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "timeout", required_argument, NULL, 'T' },
		{ "seed", required_argument, NULL, 's' },
		{ "bytes", required_argument, NULL, 'B' },
		{ "hold", no_argument, NULL, 'h' },
		{ "abort", no_argument, NULL, 'a' },
		{ 0 }
	};
	struct settings set = {
		.family = 0, .protocol = IPPROTO_TOY, .backlog = 4096, .together = 1 << 30,
		.rounds = 1, .timeout = 60, .seed = 1, .bytes = 8,
	};
	struct sigaction action = { .sa_handler = on_signal };
	int opt;

	while ((opt = getopt_long(argc, argv, "46", options, NULL)) != -1) {
		switch (opt) {
		case '4':
			set.family = AF_INET;
			break;
		case '6':
			set.family = AF_INET6;
			break;
		case 't':
			set.protocol = IPPROTO_TCP;
			break;
		case 'b':
			set.backlog = atoi(optarg);
			break;
		case 'g':
			set.together = atoi(optarg);
			break;
		case 'e':
			set.every = atoi(optarg);
			break;
		case 'r':
			set.rounds = atoi(optarg);
			break;
		case 'T':
			set.timeout = atoi(optarg);
			break;
		case 's':
			set.seed = strtoull(optarg, NULL, 0);
			break;
		case 'B':
			set.bytes = atoi(optarg);
			break;
		case 'h':
			set.hold = true;
			break;
		case 'a':
			set.abort = true;
			break;
		default:
			return 2;
		}
	}
	raise_limit();
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	argv += optind;
	if (argc - optind == 2 && !strcmp(argv[0], "listen")) {
		if (!set.family)
			set.family = AF_INET6;
		return serve(&set, atoi(argv[1]));
	}
	if (argc - optind != 3) {
		fputs("crowd [OPTION...] listen PORT, or crowd [OPTION...] ADDRESS PORT COUNT\n",
		      stderr);
		return 2;
	}
	if (!set.family)
		set.family = strchr(argv[0], ':') ? AF_INET6 : AF_INET;
	set.count = atoi(argv[2]);
	return gather(&set, argv[0], atoi(argv[1]));
}
