// SPDX-License-Identifier: GPL-2.0
/*
 * storm - sockets used in every way at once, by many threads and processes, until the time is over
 *
 *	storm [--seed N] [--seconds N] [-4|-6] WHAT
 *
 * WHAT is one of
 *	churn	threads connect, send, close, reset, shut down, in a random order, over loopback
 *	listen	listeners come and go while others connect to them
 *	fork	sockets are inherited by children and passed through a Unix socket, and used by all
 *	block	every call that blocks (connect, accept, send, recv, close with SO_LINGER, poll) is
 *		interrupted by signals and by timeouts, and returns what it must
 * Says what it did, and fails when a call returned what it may not.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "uapi.h"

#define THREADS	8
#define SOONEST	20	/* milliseconds of a timeout */

static int family = AF_INET;
static uint64_t seed = 1;
static long long over;
static unsigned long done_well;
static int failures;

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static bool time_left(void)
{
	return now_ms() < over && !__atomic_load_n(&failures, __ATOMIC_RELAXED);
}

__attribute__((__format__(printf, 1, 2)))
static void wrong(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("storm: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	__atomic_add_fetch(&failures, 1, __ATOMIC_RELAXED);
}

static void well(void)
{
	__atomic_add_fetch(&done_well, 1, __ATOMIC_RELAXED);
}

static uint32_t roll(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*state >> 33);
}

static int new_socket(void)
{
	int fd = socket(family, SOCK_STREAM, IPPROTO_TOY);

	if (fd < 0)
		wrong("socket: %s", strerror(errno));
	return fd;
}

static socklen_t local(struct sockaddr_storage *to, int port)
{
	struct sockaddr_in6 *a6 = (struct sockaddr_in6 *)to;
	struct sockaddr_in *a4 = (struct sockaddr_in *)to;

	memset(to, 0, sizeof(*to));
	to->ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		a4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		a4->sin_port = htons((uint16_t)port);
		return sizeof(*a4);
	}
	a6->sin6_addr = in6addr_loopback;
	a6->sin6_port = htons((uint16_t)port);
	return sizeof(*a6);
}

static int new_listener(int backlog)
{
	struct sockaddr_storage to;
	socklen_t len = local(&to, 0);
	int fd = new_socket();

	if (fd >= 0 && (bind(fd, (void *)&to, len) || listen(fd, backlog)))
		wrong("listen: %s", strerror(errno));
	return fd;
}

static void set_timeouts(int fd, int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

static int connect_to(int fd, int listener)
{
	struct sockaddr_storage to;
	socklen_t len = sizeof(to);

	if (getsockname(listener, (void *)&to, &len))
		return -1;
	return connect(fd, (void *)&to, len);
}

/* One random thing. */
static void use(int fd, uint64_t *state)
{
	struct linger linger = { .l_onoff = 1, .l_linger = (int)(roll(state) % 2) };
	char buf[8192] = { 0 };
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };
	int one = 1;

	switch (roll(state) % 12) {
	case 0: case 1: case 2: case 3:
		if (send(fd, buf, roll(state) % sizeof(buf), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
			well();
		break;
	case 4: case 5: case 6:
		if (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
			well();
		break;
	case 7:
		shutdown(fd, (int)(roll(state) % 3));
		break;
	case 8:
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
		break;
	case 9:
		setsockopt(fd, SOL_TCP, TCP_NODELAY, &one, sizeof(one));
		setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
		break;
	case 10:
		poll(&p, 1, (int)(roll(state) % 2));
		break;
	case 11:
		send(fd, buf, 1, MSG_NOSIGNAL | MSG_DONTWAIT | MSG_OOB);
		break;
	}
}

static void disconnect(int fd)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	connect(fd, &none, sizeof(none));
}

/* ------------------------------------------------------------------------------------------- */

static int listeners[THREADS];

static void *acceptor(void *arg)
{
	int n = (int)(intptr_t)arg;
	uint64_t state = seed * 31 + (uint64_t)n;

	set_timeouts(listeners[n], 50);
	while (time_left()) {
		int fd = accept(listeners[n], NULL, NULL);

		if (fd < 0) {
			if (errno != EAGAIN && errno != EINTR && errno != EINVAL && errno != EBADF)
				wrong("accept: %s", strerror(errno));
			continue;
		}
		well();
		for (uint32_t i = roll(&state) % 8; i; i--)
			use(fd, &state);
		close(fd);
	}
	return NULL;
}

/* What connect() to a listener that may be full, or on its way out, may say. */
static bool may_fail(int err)
{
	static const int errs[] = {
		EINPROGRESS, ECONNREFUSED, EADDRNOTAVAIL, EINVAL, EAGAIN, ECONNRESET, ETIMEDOUT,
		EINTR, EPIPE, ECONNABORTED,	/* it was there, and has gone by now */
	};

	for (size_t i = 0; i < sizeof(errs) / sizeof(errs[0]); i++)
		if (err == errs[i])
			return true;
	return false;
}

static void *connector(void *arg)
{
	int n = (int)(intptr_t)arg;
	uint64_t state = seed * 37 + (uint64_t)n;

	while (time_left()) {
		int fd = new_socket();

		if (fd < 0)
			break;
		set_timeouts(fd, 500);
		if (roll(&state) % 4 == 0)
			fcntl(fd, F_SETFL, O_NONBLOCK);
		if (!connect_to(fd, listeners[roll(&state) % THREADS]))
			well();
		else if (!may_fail(errno))
			wrong("connect: %s", strerror(errno));
		for (uint32_t i = roll(&state) % 12; i; i--)
			use(fd, &state);
		if (roll(&state) % 16 == 0)
			disconnect(fd);
		close(fd);
	}
	return NULL;
}

/* Listeners that close under the feet of those who connect: new ones take their place. */
static void *renewer(void *arg)
{
	uint64_t state = seed * 41;
	struct timespec pause = { .tv_nsec = 2000000 };

	while (time_left()) {
		int n = (int)(roll(&state) % THREADS), fd = new_listener((int)(roll(&state) % 4));

		if (fd < 0)
			break;
		set_timeouts(fd, 50);
		/* at once in the old one's place, so that no descriptor is reused meanwhile */
		if (dup2(fd, listeners[n]) < 0)
			wrong("dup2: %s", strerror(errno));
		close(fd);
		well();
		nanosleep(&pause, NULL);
	}
	return NULL;
}

static void churn(bool renew)
{
	pthread_t threads[2 * THREADS + 1];
	int n = 0;

	for (int i = 0; i < THREADS; i++)
		listeners[i] = new_listener(16);
	for (int i = 0; i < THREADS; i++) {
		pthread_create(&threads[n++], NULL, acceptor, (void *)(intptr_t)i);
		pthread_create(&threads[n++], NULL, connector, (void *)(intptr_t)i);
	}
	if (renew)
		pthread_create(&threads[n++], NULL, renewer, NULL);
	while (n)
		pthread_join(threads[--n], NULL);
}

/* ------------------------------------------------------------------------------------------- */

static void pass(int through, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	sendmsg(through, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static int passed(int through)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;
	int fd = -1;

	if (recvmsg(through, &msg, MSG_DONTWAIT) < 0)
		return -1;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static void forked(uint64_t state, int through, int listener)
{
	for (int i = 0; i < 20; i++) {
		int fd = roll(&state) % 2 ? passed(through) : accept(listener, NULL, NULL);

		if (fd < 0)
			continue;
		for (uint32_t j = roll(&state) % 6; j; j--)
			use(fd, &state);
		if (roll(&state) % 3)
			close(fd);	/* else the end of the process does it */
	}
	_exit(0);
}

static void forks(void)
{
	uint64_t state = seed;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		wrong("socketpair: %s", strerror(errno));
	while (time_left()) {
		int listener = new_listener(64), fd[16], status;
		pid_t children[4];

		if (listener < 0)
			break;
		set_timeouts(listener, 10);
		for (int i = 0; i < 16; i++) {
			fd[i] = new_socket();
			if (connect_to(fd[i], listener))
				wrong("connect: %s", strerror(errno));
			pass(pair[0], fd[i]);
		}
		for (int i = 0; i < 4; i++) {
			children[i] = fork();
			if (!children[i])
				forked(roll(&state), pair[1], listener);
		}
		for (int i = 0; i < 16; i++) {
			use(fd[i], &state);
			close(fd[i]);
		}
		if (roll(&state) % 2)
			kill(children[0], SIGKILL);
		for (int i = 0; i < 4; i++) {
			if (waitpid(children[i], &status, 0) != children[i])
				wrong("waitpid: %s", strerror(errno));
			else if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
				wrong("a child died of signal %d", WTERMSIG(status));
			else
				well();
		}
		/* what nobody took from the Unix socket is closed with it */
		for (int left; (left = passed(pair[1])) >= 0 && roll(&state) % 8; )
			close(left);
		close(listener);
	}
}

/* ------------------------------------------------------------------------------------------- */

static void nothing(int sig)
{
}

static pthread_t target;

static void *pester(void *arg)
{
	struct timespec pause = { .tv_nsec = 3000000 };

	while (time_left()) {
		nanosleep(&pause, NULL);
		pthread_kill(target, SIGUSR1);
	}
	return NULL;
}

/* The call blocked, and was ended by its timeout or by the signal. */
static void expect(const char *call, long r, int timeout_errno)
{
	if (r >= 0)
		wrong("%s returned %ld", call, r);
	else if (errno != EINTR && errno != timeout_errno)
		wrong("%s: %s", call, strerror(errno));
	else
		well();
}

static void blocks(void)
{
	struct sigaction action = { .sa_handler = nothing };
	struct linger linger = { .l_onoff = 1, .l_linger = 1 };
	static char buf[1 << 20];
	uint64_t state = seed;
	pthread_t thread;

	sigaction(SIGUSR1, &action, NULL);
	target = pthread_self();
	pthread_create(&thread, NULL, pester, NULL);
	while (time_left()) {
		int ms = (int)(roll(&state) % SOONEST) + 1, listener = new_listener(0), a, b, c, n;
		struct pollfd p;
		ssize_t r;

		if (listener < 0)
			break;
		set_timeouts(listener, ms);
		expect("accept", accept(listener, NULL, NULL), EAGAIN);
		a = new_socket();
		set_timeouts(a, 1000);
		while (connect_to(a, listener) && errno == EINTR) {
			p = (struct pollfd){ .fd = a, .events = POLLOUT };
			while (poll(&p, 1, 1000) < 0 && errno == EINTR)
				;
			break;
		}
		/* the queue is full: this one must wait */
		c = new_socket();
		set_timeouts(c, ms);
		expect("connect", connect_to(c, listener), EINPROGRESS);
		close(c);
		set_timeouts(listener, 1000);
		do {
			b = accept(listener, NULL, NULL);
		} while (b < 0 && errno == EINTR);
		if (b < 0) {
			wrong("accept: %s", strerror(errno));
			break;
		}
		set_timeouts(a, ms);
		expect("recv", recv(a, buf, 1, 0), EAGAIN);
		for (n = 0; n < 100; n++) {	/* until the buffers are full */
			r = send(a, buf, sizeof(buf), MSG_NOSIGNAL);
			if (r < 0)
				break;
		}
		expect("send", r, EAGAIN);
		p = (struct pollfd){ .fd = a, .events = POLLIN };
		n = poll(&p, 1, ms);
		if (n > 0)
			wrong("poll returned %#x", p.revents);
		setsockopt(a, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
		if (roll(&state) % 2)
			shutdown(b, SHUT_RD);
		close(a);	/* waits for a second, or until the signal */
		close(b);
		close(listener);
	}
	pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "seconds", required_argument, NULL, 't' }, { 0 }
	};
	struct rlimit limit = { 1 << 16, 1 << 16 };
	const char *what;
	int opt, seconds = 5;

	while ((opt = getopt_long(argc, argv, "46", longs, NULL)) != -1) {
		switch (opt) {
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 't':
			seconds = atoi(optarg);
			break;
		case '4':
			family = AF_INET;
			break;
		case '6':
			family = AF_INET6;
			break;
		default:
			return 2;
		}
	}
	what = optind < argc ? argv[optind] : "";
	setrlimit(RLIMIT_NOFILE, &limit);
	signal(SIGPIPE, SIG_IGN);
	over = now_ms() + seconds * 1000LL;
	if (!strcmp(what, "churn"))
		churn(false);
	else if (!strcmp(what, "listen"))
		churn(true);
	else if (!strcmp(what, "fork"))
		forks();
	else if (!strcmp(what, "block"))
		blocks();
	else
		return fputs("storm [--seed N] [--seconds N] [-4|-6] churn|listen|fork|block\n",
			     stderr), 2;
	printf("%s: %lu calls went well, seed %llu\n", what, done_well, (unsigned long long)seed);
	if (!done_well)
		wrong("nothing went well");
	return failures != 0;
}
