// SPDX-License-Identifier: GPL-2.0
/*
 * limits.c - at each limit new work is refused with the right errno and counted, what is
 * established lives on, and all works again afterwards
 *
 * Orphans, TIME-WAIT and queues in a network namespace of the test's own; memory, which is the
 * whole machine's, in the first one.
 */
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <sys/wait.h>

#include "sock.h"

#define MOST	64	/* connections of a test */

static void set_knob(const char *name, const char *value)
{
	char path[80];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sys/net/toy/%s", name);
	f = fopen(path, "w");
	if (!f || fputs(value, f) < 0 || fclose(f)) {
		printf("# %s: %s\n", path, strerror(errno));
		exit(KSFT_FAIL);
	}
}

/* Wait until a counter is at least that. Returns what it is. */
static long counter_at_least(const char *name, long want)
{
	long long end = now_ms() + SOON;

	while (counter(name) < want && now_ms() < end)
		poll(NULL, 0, 5);
	return counter(name);
}

static long counter_at_most(const char *name, long want)
{
	long long end = now_ms() + 4 * SOON;

	while (counter(name) > want && now_ms() < end)
		poll(NULL, 0, 20);
	return counter(name);
}

static int own_namespace(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd, r;

	if (unshare(CLONE_NEWNET))
		return -errno;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	r = ret(ioctl(fd, SIOCSIFFLAGS, &ifr));
	close(fd);
	return r;
}

FIXTURE(limit)
{
	struct way way;
	int listener;
	int client[MOST];
	int server[MOST];
};

FIXTURE_VARIANT(limit)
{
	struct way way;
};

TOY4(limit);
TOY6(limit);

FIXTURE_SETUP(limit)
{
	if (geteuid())
		SKIP(return, "needs root");
	self->way = variant->way;
	ASSERT_EQ(0, own_namespace());
	self->listener = new_listener(self->way, 64);
	ASSERT_LE(0, self->listener);
}

FIXTURE_TEARDOWN(limit)
{
}

#define CONNECT(i)									\
	do {										\
		self->client[i] = new_client(self->way, self->listener);		\
		ASSERT_LE(0, self->client[i]);						\
		self->server[i] = accept_from(self->listener);				\
		ASSERT_LE(0, self->server[i]);						\
	} while (0)

/* Both ways, and the other end is who we think. */
#define WORKS(i)									\
	do {										\
		EXPECT_EQ(4, send_text(self->client[i], "ping"));			\
		EXPECT_EQ(0, recv_text(self->server[i], "ping"));			\
		EXPECT_EQ(4, send_text(self->server[i], "pong"));			\
		EXPECT_EQ(0, recv_text(self->client[i], "pong"));			\
	} while (0)

TEST_F(limit, an_orphan_too_many_is_reset)
{
	int i;

	set_knob("max_orphans", "2");
	for (i = 0; i < 6; i++)
		CONNECT(i);
	for (i = 0; i < 5; i++)
		close(self->client[i]);
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, recv_some(self->server[i], 0));		/* FIN-WAIT-2 */
	for (; i < 5; i++) {
		EXPECT_TRUE(events_of(self->server[i], POLLERR, SOON) & POLLERR);
		EXPECT_EQ(EPIPE, get_int(self->server[i], SOL_SOCKET, SO_ERROR));
	}
	EXPECT_EQ(3, counter("OrphanOverflows"));
	EXPECT_EQ(2, counter("Orphans"));
	WORKS(5);

	/* room again: the next one ends in good order */
	close(self->server[0]);
	close(self->server[1]);
	EXPECT_EQ(0, counter_at_most("Orphans", 0));
	close(self->client[5]);
	EXPECT_EQ(0, recv_some(self->server[5], 0));
	EXPECT_EQ(3, counter("OrphanOverflows"));
}

TEST_F(limit, max_orphans_0_lets_none_be)
{
	set_knob("max_orphans", "0");
	CONNECT(0);
	EXPECT_EQ(5, send_text(self->client[0], "adieu"));
	close(self->client[0]);
	EXPECT_TRUE(events_of(self->server[0], POLLERR, SOON) & POLLERR);
	EXPECT_EQ(EPIPE, get_int(self->server[0], SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(0, recv_text(self->server[0], "adieu"));	/* it came before the reset */
	EXPECT_EQ(1, counter("OrphanOverflows"));
	EXPECT_EQ(0, counter("Orphans"));
}

TEST_F(limit, a_time_wait_too_many_is_not_kept)
{
	int i;

	set_knob("max_tw_buckets", "2");
	for (i = 0; i < 6; i++)
		CONNECT(i);
	for (i = 0; i < 5; i++) {
		close(self->client[i]);
		EXPECT_EQ(0, recv_some(self->server[i], 0));
		close(self->server[i]);
	}
	EXPECT_EQ(3, counter_at_least("TimeWaitOverflows", 3));
	EXPECT_EQ(2, counter("TimeWait"));
	WORKS(5);

	set_knob("max_tw_buckets", "100");
	close(self->client[5]);
	EXPECT_EQ(0, recv_some(self->server[5], 0));
	close(self->server[5]);
	EXPECT_EQ(3, counter_at_least("TimeWait", 3));
	EXPECT_EQ(3, counter("TimeWaitOverflows"));
}

/* Not connected yet, and not refused. */
static bool pending(int fd)
{
	return !events_of(fd, POLLOUT, NEVER);
}

TEST_F(limit, a_full_accept_queue_lets_syn_wait)
{
	int a, b;

	EXPECT_EQ(0, ret(listen(self->listener, 0)));	/* room for one, as in TCP */
	a = new_client(self->way, self->listener);
	ASSERT_LE(0, a);
	b = new_socket(self->way);
	EXPECT_EQ(0, nonblocking(b));
	EXPECT_EQ(-EINPROGRESS, connect_to(b, name_of(self->listener)));
	EXPECT_TRUE(pending(b));
	EXPECT_LE(1, counter("ListenOverflows"));
	EXPECT_LE(1, counter("ListenDrops"));

	/* room again: SYN comes again within a second or two */
	self->server[0] = accept_from(self->listener);
	EXPECT_LE(0, self->server[0]);
	EXPECT_EQ(POLLOUT, events_of(b, POLLOUT, SOON));
	EXPECT_EQ(0, get_int(b, SOL_SOCKET, SO_ERROR));
	self->server[1] = accept_from(self->listener);
	EXPECT_LE(0, self->server[1]);
	EXPECT_EQ(2, send_text(b, "hi"));
	EXPECT_EQ(0, recv_text(self->server[1], "hi"));
	EXPECT_EQ(2, send_text(a, "ho"));
	EXPECT_EQ(0, recv_text(self->server[0], "ho"));
}

/*
 * Two handshakes that only data completes, and room for one: the second has its SYN,ACK when the
 * queue overflows.
 */
static int overflow(struct way way, int listener, int client[2])
{
	int r;

	r = set_int(listener, SOL_TCP, TCP_DEFER_ACCEPT, 10);
	if (!r)
		r = ret(listen(listener, 0));
	for (int i = 0; i < 2 && !r; i++) {
		client[i] = new_client(way, listener);
		if (client[i] < 0)
			r = client[i];
	}
	for (int i = 0; i < 2 && !r; i++)
		if (send_text(client[i], "data") != 4)
			r = -EPIPE;
	return r;
}

TEST_F(limit, abort_on_overflow_0_a_full_accept_queue_lets_the_handshake_wait)
{
	set_knob("abort_on_overflow", "0");
	ASSERT_EQ(0, overflow(self->way, self->listener, self->client));
	EXPECT_LE(1, counter_at_least("ListenOverflows", 1));
	EXPECT_EQ(1, counter("HalfOpen"));
	self->server[0] = accept_from(self->listener);
	EXPECT_LE(0, self->server[0]);
	EXPECT_EQ(0, recv_text(self->server[0], "data"));
	/* the data comes again, and opens */
	EXPECT_EQ(POLLIN, events_of(self->listener, POLLIN, SOON));
	self->server[1] = accept_from(self->listener);
	EXPECT_LE(0, self->server[1]);
	EXPECT_EQ(0, recv_text(self->server[1], "data"));
	EXPECT_EQ(0, counter("HalfOpen"));
}

TEST_F(limit, abort_on_overflow_1_a_full_accept_queue_resets)
{
	set_knob("abort_on_overflow", "1");
	ASSERT_EQ(0, overflow(self->way, self->listener, self->client));
	EXPECT_EQ(-ECONNRESET, recv_some(self->client[1], 0));
	EXPECT_LE(1, counter("ListenOverflows"));
	EXPECT_EQ(0, counter("HalfOpen"));
	self->server[0] = accept_from(self->listener);
	EXPECT_LE(0, self->server[0]);
	EXPECT_EQ(0, recv_text(self->server[0], "data"));
}

TEST_F(limit, who_answered_has_all_the_time_that_defer_accept_gives)
{
	int listener, client, server;

	set_knob("synack_retries", "0");	/* R2: a second */
	listener = new_listener(self->way, 4);
	ASSERT_LE(0, listener);
	ASSERT_EQ(0, set_int(listener, SOL_TCP, TCP_DEFER_ACCEPT, 3));
	client = new_client(self->way, listener);
	ASSERT_LE(0, client);
	poll(NULL, 0, 1600);
	EXPECT_EQ(1, counter("HalfOpen"));
	EXPECT_EQ(0, events_of(listener, POLLIN, 0));
	EXPECT_EQ(4, send_text(client, "late"));
	EXPECT_EQ(POLLIN, events_of(listener, POLLIN, SOON));
	server = accept_from(listener);
	ASSERT_LE(0, server);
	EXPECT_EQ(0, recv_text(server, "late"));
}

/* ACKs come while the sender holds its socket, and wait; what lies unread counts against them. */
TEST_F(limit, the_largest_buffers_leave_room_for_what_waits)
{
	static char data[1 << 16];
	int i;

	CONNECT(0);
	EXPECT_EQ(0, set_int(self->client[0], SOL_SOCKET, SO_SNDBUFFORCE, INT_MAX));
	EXPECT_EQ(0, set_int(self->client[0], SOL_SOCKET, SO_RCVBUFFORCE, INT_MAX));
	EXPECT_EQ(0, set_int(self->server[0], SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20));
	for (i = 0; i < 4; i++)
		EXPECT_LT(0, send(self->server[0], data, sizeof(data), MSG_DONTWAIT));
	EXPECT_EQ(POLLIN, events_of(self->client[0], POLLIN, SOON));
	for (i = 0; i < 40; i++)
		EXPECT_LT(0, send(self->client[0], data, sizeof(data), MSG_DONTWAIT));
	EXPECT_EQ(0, counter("BacklogDrops"));
}

TEST_F(limit, a_cookie_finds_the_accept_queue_full_and_comes_again)
{
	set_knob("syncookies", "2");
	ASSERT_EQ(0, overflow(self->way, self->listener, self->client));
	EXPECT_LE(2, counter("SyncookiesSent"));
	EXPECT_EQ(0, counter("HalfOpen"));	/* nothing is remembered, TCP_DEFER_ACCEPT or not */
	self->server[0] = accept_from(self->listener);
	EXPECT_LE(0, self->server[0]);
	EXPECT_EQ(0, recv_text(self->server[0], "data"));
	EXPECT_EQ(POLLIN, events_of(self->listener, POLLIN, SOON));
	self->server[1] = accept_from(self->listener);
	EXPECT_LE(0, self->server[1]);
	EXPECT_EQ(0, recv_text(self->server[1], "data"));
}

TEST_F(limit, a_listener_that_closes_resets_who_waits_for_it)
{
	int i;

	for (i = 0; i < 8; i++) {
		self->client[i] = new_client(self->way, self->listener);
		ASSERT_LE(0, self->client[i]);
	}
	close(self->listener);
	for (i = 0; i < 8; i++)
		EXPECT_EQ(-ECONNRESET, recv_some(self->client[i], 0));
	EXPECT_EQ(0, counter_at_most("Orphans", 0));
}

/* ------------------------------------------------------------------------------------------- */
/* Memory                                                                                        */

#define PAGE	4096L
#define ALONE	256L	/* pages that a CPU keeps to itself before the account sees them */

FIXTURE(memory)
{
	struct way way;
	int listener;
	int client[MOST];
	int server[MOST];
	char mem[1024];
};

FIXTURE_VARIANT(memory)
{
	struct way way;
};

TOY4(memory);
TOY6(memory);

/* Another namespace only reads it. */
static bool first_namespace(void)
{
	return !access("/proc/sys/net/toy/mem", W_OK) && !geteuid();
}

FIXTURE_SETUP(memory)
{
	FILE *f = fopen("/proc/sys/net/toy/mem", "r");

	ASSERT_NE(NULL, f);
	ASSERT_NE(NULL, fgets(self->mem, 80, f));
	fclose(f);
	if (!first_namespace())
		SKIP(return, "not root of the first network namespace");
	self->way = variant->way;
	self->listener = new_listener(self->way, 64);
	ASSERT_LE(0, self->listener);
}

FIXTURE_TEARDOWN(memory)
{
	if (first_namespace())
		set_knob("mem", self->mem);
}

static void set_marks(long low, long pressure, long most)
{
	char text[80];

	snprintf(text, sizeof(text), "%ld %ld %ld", low, pressure, most);
	set_knob("mem", text);
}

/* Send until nothing more is taken. Returns the bytes. */
static long fill(int fd)
{
	static char buf[65536];
	long sum = 0;
	ssize_t n;

	while ((n = send(fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
		sum += n;
	return errno == EAGAIN ? sum : -errno;
}

/* Fill and fill again, until all sockets together have that many pages, or it is of no use. */
static long fill_all(const int *fd, int n, long pages)
{
	long long end = now_ms() + 4 * SOON;
	long sum = 0, more;

	do {
		more = 0;
		for (int i = 0; i < n; i++) {
			long r = fill(fd[i]);

			if (r < 0)
				return r;
			more += r;
		}
		sum += more;
		if (!more)
			poll(NULL, 0, 20);
	} while ((more || counter("MemoryPages") < pages) && now_ms() < end);
	return sum;
}

TEST_F(memory, the_marks_are_kept_in_order_and_in_the_first_namespace)
{
	FILE *f = fopen("/proc/sys/net/toy/mem", "w");

	ASSERT_NE(NULL, f);
	EXPECT_LT(0, fprintf(f, "3 2 4"));
	EXPECT_EQ(-EINVAL, ret(fflush(f)));
	fclose(f);
	ASSERT_EQ(0, own_namespace());
	f = fopen("/proc/sys/net/toy/mem", "r");
	EXPECT_NE(NULL, f);
	fclose(f);
	EXPECT_EQ(-EACCES, ret(open("/proc/sys/net/toy/mem", O_WRONLY)));
}

TEST_F(memory, at_the_limit_sends_wait_and_what_is_established_lives)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF), most = 8 * ALONE * cpus, full, aborts;
	int i, r, n = 24, big = 6 << 20;

	CONNECT(0);	/* the witness */
	CONNECT(1);
	for (i = 2; i < n; i++) {
		CONNECT(i);
		set_int(self->client[i], SOL_SOCKET, SO_SNDBUFFORCE, big);
	}
	set_marks(most / 2, most / 4 * 3, most);
	EXPECT_LT(0, fill_all(self->client + 2, n - 2, most - ALONE * cpus));

	/* it is full, and not much more than full */
	full = counter("MemoryPages");
	EXPECT_LE(most, full + ALONE * cpus);
	EXPECT_GE(most + most / 8 + ALONE * cpus, full);
	EXPECT_LE(1, counter("MemoryPressures"));

	/* new work is refused: at once, or when the wait is over */
	for (i = 0, r = 0; i < 200 && r >= 0; i++)
		r = ret((int)send(self->client[2], self, 1000, MSG_DONTWAIT | MSG_NOSIGNAL));
	EXPECT_EQ(-EAGAIN, r);
	set_timeout(self->client[3], SO_SNDTIMEO, 200);
	for (i = 0, r = 0; i < 200 && r >= 0; i++)
		r = ret((int)send(self->client[3], self, 1000, MSG_NOSIGNAL));
	EXPECT_EQ(-EAGAIN, r);

	/* the witness does not notice */
	for (i = 0; i < 20; i++)
		WORKS(0);

	/* above the limit, who leaves with much unsent is reset: nobody may keep it for them */
	set_marks(most / 8, most / 4, most / 2);
	aborts = counter("AbortOnMemory");
	for (i = 2; i < n; i++)
		close(self->client[i]);
	EXPECT_LT(aborts, counter("AbortOnMemory"));
	WORKS(0);
	for (i = 2; i < n; i++)
		close(self->server[i]);

	/* all works again */
	set_marks(most / 2, most / 4 * 3, most);
	EXPECT_GE(most / 2, counter_at_most("MemoryPages", most / 2));
	EXPECT_EQ(0, ret(-(int)(fill(self->client[1]) <= 0)));
	for (i = 2; i < 6; i++) {
		struct mover m;

		CONNECT(i);
		m = (struct mover){ .fd = self->client[i], .len = 1 << 20 };
		ASSERT_EQ(0, mover_start(&m));
		EXPECT_EQ(0, recv_stream(self->server[i], 1 << 20, false));
		EXPECT_EQ(0, mover_end(&m));
	}
}

TEST_F(memory, a_send_that_waits_for_memory_goes_on_when_there_is_some)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF), most = 8 * ALONE * cpus;
	static char rest[(2 << 20) - 16384];
	int i, n = 24;
	struct mover m;
	ssize_t len;
	size_t at;

	CONNECT(0);
	for (i = 1; i < n; i++) {
		CONNECT(i);
		set_int(self->client[i], SOL_SOCKET, SO_SNDBUFFORCE, 6 << 20);
	}
	set_marks(most / 2, most / 4 * 3, most);
	EXPECT_LT(0, fill_all(self->client + 1, n - 1, most - ALONE * cpus));
	m = (struct mover){ .fd = self->client[0], .len = 2 << 20 };
	ASSERT_EQ(0, mover_start(&m));
	/* however slowly: it moves while memory is full, and at speed afterwards */
	EXPECT_EQ(0, recv_stream(self->server[0], 16384, false));
	for (i = 1; i < n; i++) {
		close(self->client[i]);
		close(self->server[i]);
	}
	len = recv(self->server[0], rest, sizeof(rest), MSG_WAITALL);
	EXPECT_EQ((ssize_t)sizeof(rest), len);
	for (at = 0; at < sizeof(rest); at += 997)
		EXPECT_EQ(byte_at(16384 + at), (unsigned char)rest[at]);
	EXPECT_EQ(0, mover_end(&m));
}

TEST_F(memory, under_pressure_windows_do_not_grow)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	int i, before;
	struct mover m;

	/* whoever wants memory finds it short */
	set_marks(0, 0, 1 << 20);
	for (i = 0; i < 8; i++) {
		CONNECT(i);
		set_int(self->client[i], SOL_SOCKET, SO_SNDBUFFORCE, 6 << 20);
		set_int(self->server[i], SOL_SOCKET, SO_RCVBUFFORCE, 6 << 20);
	}
	EXPECT_LT(0, fill_all(self->client, 8, ALONE * (cpus + 1)));
	EXPECT_LE(1, counter("MemoryPressures"));
	CONNECT(8);
	before = get_int(self->server[8], SOL_SOCKET, SO_RCVBUF);
	m = (struct mover){ .fd = self->client[8], .len = 4 << 20 };
	ASSERT_EQ(0, mover_start(&m));
	EXPECT_EQ(0, recv_stream(self->server[8], 4 << 20, false));
	EXPECT_EQ(0, mover_end(&m));
	EXPECT_EQ(before, get_int(self->server[8], SOL_SOCKET, SO_RCVBUF));
}

TEST_HARNESS_MAIN
