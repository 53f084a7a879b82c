/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sock.h - what the tests of socket calls share
 *
 *	 a socket ───── lo ───── another socket of the same process
 *
 * Every test runs four times: over the toy transport and over the kernel's TCP, on IPv4 and on
 * IPv6. What TCP does is right by definition: a test that fails there is a wrong test.
 *
 * Helpers return what the call returned, or -errno: an assertion then shows which errno it was.
 */
#ifndef SELFTESTS_SOCK_H
#define SELFTESTS_SOCK_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "uapi.h"

#define SOON	5000	/* milliseconds in which what must happen does */
#define NEVER	150	/* milliseconds after which what has not happened will not */

struct way {
	int family;
	int protocol;
};

/* An address of one family with its length. */
struct where {
	union {
		struct sockaddr sa;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_storage all;
	};
	socklen_t len;
};

#define WAY(fixture, name, ...)								\
	FIXTURE_VARIANT_ADD(fixture, name) { .way = { __VA_ARGS__ } }
#define TOY4(fixture)	WAY(fixture, toy4, AF_INET, IPPROTO_TOY)
#define TOY6(fixture)	WAY(fixture, toy6, AF_INET6, IPPROTO_TOY)
#define TCP4(fixture)	WAY(fixture, tcp4, AF_INET, IPPROTO_TCP)
#define TCP6(fixture)	WAY(fixture, tcp6, AF_INET6, IPPROTO_TCP)
#define ALL_WAYS(fixture)	TOY4(fixture); TOY6(fixture); TCP4(fixture); TCP6(fixture)

static inline int ret(int r)
{
	return r < 0 ? -errno : r;
}

static inline int new_socket(struct way way)
{
	int protocol = getenv("TOY_TESTS") ? IPPROTO_TCP : way.protocol;

	return ret(socket(way.family, SOCK_STREAM, protocol));
}

/*
 * Without the module there is nothing to test; with TOY_TESTS=tcp the tests themselves are tested.
 */
static __attribute__((constructor)) void need_module(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_TOY);

	if (fd >= 0) {
		close(fd);
	} else if (!getenv("TOY_TESTS")) {
		puts("1..0 # SKIP toy.ko is not loaded: sudo make load, or make check (a VM)");
		exit(KSFT_SKIP);
	}
	signal(SIGPIPE, SIG_IGN);
}

static inline struct where any_addr(int family, int port)
{
	struct where w = { .len = sizeof(w.v4) };

	w.v4.sin_family = AF_INET;
	w.v4.sin_port = htons(port);
	if (family == AF_INET6) {
		memset(&w.all, 0, sizeof(w.all));
		w.v6.sin6_family = AF_INET6;
		w.v6.sin6_port = htons(port);
		w.len = sizeof(w.v6);
	}
	return w;
}

static inline struct where loopback(int family, int port)
{
	struct where w = any_addr(family, port);

	if (family == AF_INET6)
		w.v6.sin6_addr = in6addr_loopback;
	else
		w.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return w;
}

/* ::ffff:127.0.0.1 */
static inline struct where mapped_loopback(int port)
{
	struct where w = any_addr(AF_INET6, port);

	inet_pton(AF_INET6, "::ffff:127.0.0.1", &w.v6.sin6_addr);
	return w;
}

static inline int bind_to(int fd, struct where w)
{
	return ret(bind(fd, &w.sa, w.len));
}

static inline int connect_to(int fd, struct where w)
{
	return ret(connect(fd, &w.sa, w.len));
}

static inline struct where name_of(int fd)
{
	struct where w = { .len = sizeof(w.all) };

	if (getsockname(fd, &w.sa, &w.len))
		w.len = 0;
	return w;
}

static inline struct where peer_of(int fd)
{
	struct where w = { .len = sizeof(w.all) };

	if (getpeername(fd, &w.sa, &w.len))
		w.len = 0;
	return w;
}

static inline int port_of(int fd)
{
	struct where w = name_of(fd);

	return w.len ? ntohs(w.sa.sa_family == AF_INET ? w.v4.sin_port : w.v6.sin6_port) : -1;
}

static inline bool same_where(struct where a, struct where b)
{
	if (!a.len || a.sa.sa_family != b.sa.sa_family)
		return false;
	if (a.sa.sa_family == AF_INET)
		return a.v4.sin_port == b.v4.sin_port &&
		       a.v4.sin_addr.s_addr == b.v4.sin_addr.s_addr;
	return a.v6.sin6_port == b.v6.sin6_port &&
	       !memcmp(&a.v6.sin6_addr, &b.v6.sin6_addr, sizeof(a.v6.sin6_addr));
}

static inline int set_int(int fd, int level, int name, int value)
{
	return ret(setsockopt(fd, level, name, &value, sizeof(value)));
}

static inline int get_int(int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	int value = 0;

	return getsockopt(fd, level, name, &value, &len) ? -errno : value;
}

static inline int set_linger(int fd, int on, int seconds)
{
	struct linger l = { .l_onoff = on, .l_linger = seconds };

	return ret(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
}

static inline int set_timeout(int fd, int name, int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	return ret(setsockopt(fd, SOL_SOCKET, name, &tv, sizeof(tv)));
}

static inline int nonblocking(int fd)
{
	return ret(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK));
}

/* A listener on the loopback address, at a port that the kernel picks. */
static inline int new_listener(struct way way, int backlog)
{
	int fd = new_socket(way), r;

	if (fd < 0)
		return fd;
	r = bind_to(fd, loopback(way.family, 0));
	if (!r)
		r = ret(listen(fd, backlog));
	if (r) {
		close(fd);
		return r;
	}
	return fd;
}

/* A socket that is connected to a listener. */
static inline int new_client(struct way way, int listener)
{
	int fd = new_socket(way), r;

	if (fd < 0)
		return fd;
	r = connect_to(fd, name_of(listener));
	if (r) {
		close(fd);
		return r;
	}
	return fd;
}

static inline int accept_from(int listener)
{
	return ret(accept(listener, NULL, NULL));
}

/* The events of @events (and errors) that come within @ms; 0: none did. */
static inline int events_of(int fd, int events, int ms)
{
	struct pollfd p = { .fd = fd, .events = (short)events };

	return poll(&p, 1, ms) < 0 ? -errno : p.revents;
}

/* From now on nothing that comes reaches the socket; or again, with @deaf false. */
static inline void set_deaf(int fd, bool deaf)
{
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog prog = { .len = 1, .filter = &none };
	int dummy = 0;

	if (deaf ? setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) :
		   setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &dummy, sizeof(dummy)))
		perror("# socket filter");
}

static inline long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static inline int send_text(int fd, const char *text)
{
	return ret((int)send(fd, text, strlen(text), MSG_NOSIGNAL));
}

/*
 * Receive exactly that text, however many calls it takes. Returns 0, -errno, or 1 when it was
 * another.
 */
static inline int recv_text(int fd, const char *text)
{
	size_t want = strlen(text), have = 0;
	char got[4096];

	while (have < want) {
		int n = ret((int)recv(fd, got + have, want - have, 0));

		if (n < 0)
			return n;
		if (!n)
			return 1;
		have += (size_t)n;
	}
	return memcmp(got, text, want) ? 1 : 0;
}

static inline int recv_some(int fd, int flags)
{
	char got[4096];

	return ret((int)recv(fd, got, sizeof(got), flags));
}

/* A line of /proc/net/toy_stat of this thread's network namespace; -1: there is none. */
static inline long counter(const char *name)
{
	FILE *f = fopen("/proc/thread-self/net/toy_stat", "r");
	char word[64];
	long n = -1, value;

	while (f && fscanf(f, "%63s %ld", word, &value) == 2) {
		if (!strcmp(word, name))
			n = value;
	}
	if (f)
		fclose(f);
	return n;
}

/* Byte number @at of a stream whose every byte depends on its place. */
static inline unsigned char byte_at(size_t at)
{
	return (unsigned char)((at * 2654435761u) >> 13 ^ at >> 8);
}

/* Send @len bytes of that stream. Returns 0 or -errno. */
static inline int send_stream(int fd, size_t len)
{
	unsigned char buf[32768];
	size_t sent = 0;

	while (sent < len) {
		size_t part = len - sent < sizeof(buf) ? len - sent : sizeof(buf);
		ssize_t n;

		for (size_t i = 0; i < part; i++)
			buf[i] = byte_at(sent + i);
		n = send(fd, buf, part, MSG_NOSIGNAL);
		if (n < 0)
			return -errno;
		sent += (size_t)n;
	}
	return 0;
}

/* Receive it, and its end. Returns 0, -errno, 1: a wrong byte, 2: it ended early, 3: it went on. */
static inline int recv_stream(int fd, size_t len, bool to_end)
{
	unsigned char buf[32768];
	size_t have = 0;
	ssize_t n;

	while (have < len) {
		n = recv(fd, buf, len - have < sizeof(buf) ? len - have : sizeof(buf), 0);
		if (n < 0)
			return -errno;
		if (!n)
			return 2;
		for (ssize_t i = 0; i < n; i++) {
			if (buf[i] != byte_at(have + (size_t)i))
				return 1;
		}
		have += (size_t)n;
	}
	if (!to_end)
		return 0;
	n = recv(fd, buf, 1, 0);
	return n < 0 ? -errno : n ? 3 : 0;
}

/* A thread that does one of the two, for tests in which both ends must work at a time. */
struct mover {
	pthread_t thread;
	int fd;
	size_t len;
	bool receive;
	bool to_end;
	int result;
};

static inline void *mover_main(void *arg)
{
	struct mover *m = arg;

	m->result = m->receive ? recv_stream(m->fd, m->len, m->to_end) : send_stream(m->fd, m->len);
	return NULL;
}

static inline int mover_start(struct mover *m)
{
	return -pthread_create(&m->thread, NULL, mover_main, m);
}

static inline int mover_end(struct mover *m)
{
	pthread_join(m->thread, NULL);
	return m->result;
}

/* Fixture: nothing but the way; its variants follow. */
#define FIXTURE_SOCK(fixture)								\
	FIXTURE(fixture) { struct way way; };						\
	FIXTURE_VARIANT(fixture) { struct way way; };					\
	FIXTURE_SETUP(fixture)								\
	{										\
		self->way = variant->way;						\
	}										\
	FIXTURE_TEARDOWN(fixture) { }

/*
 * Fixture: two sockets that are connected, and the listener that one came from; its variants
 * follow.
 */
#define FIXTURE_PAIR(fixture)								\
	FIXTURE(fixture) { struct way way; int listener, client, server; };		\
	FIXTURE_VARIANT(fixture) { struct way way; };					\
	FIXTURE_SETUP(fixture)								\
	{										\
		self->way = variant->way;						\
		self->listener = new_listener(self->way, 8);				\
		ASSERT_LE(0, self->listener);						\
		self->client = new_client(self->way, self->listener);			\
		ASSERT_LE(0, self->client);						\
		self->server = accept_from(self->listener);				\
		ASSERT_LE(0, self->server);						\
	}										\
	FIXTURE_TEARDOWN(fixture)							\
	{										\
		close(self->client);							\
		close(self->server);							\
		close(self->listener);							\
	}

#endif /* SELFTESTS_SOCK_H */
