// SPDX-License-Identifier: GPL-2.0
// fault-injection
/*
 * faults.c - whatever allocation fails, the call says so or a segment is lost and repaired
 *
 * fail-nth lets the n-th allocation of the next system call fail. Each test does its call with
 * n = 1, 2, 3, ... until the call has had all it asks for, so that every failure in it has
 * happened once; then the same socket must be good for the same call. What softirq allocates is in
 * nobody's call: there every so-manyth allocation of the whole machine fails, for a while.
 *
 * TCP is asked the same, as the measure of what a caller may be told. Needs a kernel with failslab
 * and fail_page_alloc: `make check-debug` has one.
 */
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <linux/filter.h>

#include "sock.h"

#define DEBUG	"/sys/kernel/debug/"
#define MOST	20000	/* allocations in one call: more is a loop without end */

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

static long get(const char *path)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	if (fd >= 0)
		close(fd);
	return strtol(text, NULL, 0);
}

/* For small blocks and for whole pages. */
static bool put_both(const char *leaf, const char *text)
{
	char slab[80], page[80];

	snprintf(slab, sizeof(slab), DEBUG "failslab/%s", leaf);
	snprintf(page, sizeof(page), DEBUG "fail_page_alloc/%s", leaf);
	return put(slab, text) && put(page, text);
}

/* Allocations that may sleep fail too, and small ones; no word about each in the kernel's log. */
static bool faults_ready(void)
{
	return put_both("probability", "0") && put_both("verbose", "0") &&
	       put(DEBUG "fail_page_alloc/min-order", "0") && put_both("ignore-gfp-wait", "N");
}

static int nth_fd = -1;

/* The @n-th allocation from here on, in this thread, fails. */
static void fault_at(unsigned int n)
{
	char text[16];

	if (nth_fd < 0)
		nth_fd = open("/proc/thread-self/fail-nth", O_RDWR);
	snprintf(text, sizeof(text), "%u", n);
	if (pwrite(nth_fd, text, strlen(text), 0) < 0)
		exit(KSFT_FAIL);
}

/* Whether it did. No allocation fails from here on. */
static bool faulted(void)
{
	char text[16] = "";
	bool hit;

	hit = pread(nth_fd, text, sizeof(text) - 1, 0) > 0 && !strtoul(text, NULL, 10);
	fault_at(0);
	return hit;
}

/* What a caller may be told when there was no memory. */
static bool no_memory(int r)
{
	return r == -ENOMEM || r == -ENOBUFS || r == -ENFILE;
}

#define EXPECT_NO_MEMORY(r, n)								\
	EXPECT_TRUE(no_memory(r)) { TH_LOG("errno %d at allocation %u", -(r), n); }

/* @n counts up as long as there was an @n-th allocation to fail. */
#define EACH_FAULT(n, hit)								\
	for (bool hit = (n = 0, true); hit && ++n < MOST; )

#define SAID(n)	TH_LOG("%u allocations failed, one after the other", (n) - 1)

static struct sock_filter pass_all[] = { BPF_STMT(BPF_RET | BPF_K, 0xffff) };

FIXTURE(fault)
{
	struct way way;
	int listener, client, server;
};

FIXTURE_VARIANT(fault)
{
	struct way way;
};

ALL_WAYS(fault);

FIXTURE_SETUP(fault)
{
	if (!faults_ready())
		SKIP(return, "this kernel has no failslab and fail_page_alloc");
	self->way = variant->way;
	self->listener = new_listener(self->way, 8);
	ASSERT_LE(0, self->listener);
}

FIXTURE_TEARDOWN(fault)
{
}

#define CONNECT()									\
	do {										\
		self->client = new_client(self->way, self->listener);			\
		ASSERT_LE(0, self->client);						\
		self->server = accept_from(self->listener);				\
		ASSERT_LE(0, self->server);						\
	} while (0)

#define HANG_UP()									\
	do {										\
		close(self->client);							\
		close(self->server);							\
	} while (0)

/* Both ways. */
#define WORKS(n)									\
	do {										\
		EXPECT_EQ(4, send_text(self->client, "ping"));				\
		EXPECT_EQ(0, recv_text(self->server, "ping"));				\
		EXPECT_EQ(4, send_text(self->server, "pong"));				\
		EXPECT_EQ(0, recv_text(self->client, "pong")) {				\
			TH_LOG("after failure %u", n);					\
		}									\
	} while (0)

TEST_F(fault, socket)
{
	unsigned int n;

	EACH_FAULT(n, hit) {
		int fd;

		fault_at(n);
		fd = new_socket(self->way);
		hit = faulted();
		if (fd < 0)
			EXPECT_NO_MEMORY(fd, n);
		close(fd);
	}
	SAID(n);
}

TEST_F(fault, bind)
{
	unsigned int n;

	EACH_FAULT(n, hit) {
		int fd = new_socket(self->way), r;

		fault_at(n);
		r = bind_to(fd, loopback(self->way.family, 7));
		hit = faulted();
		if (r) {
			if (r != -EADDRINUSE)	/* TCP has no other word for it */
				EXPECT_NO_MEMORY(r, n);
			EXPECT_EQ(0, bind_to(fd, loopback(self->way.family, 7)));
		}
		EXPECT_EQ(7, port_of(fd));
		close(fd);
	}
	SAID(n);
}

TEST_F(fault, listen)
{
	unsigned int n;

	EACH_FAULT(n, hit) {
		int fd = new_socket(self->way), r;

		fault_at(n);
		r = ret(listen(fd, 8));
		hit = faulted();
		if (r) {
			if (r != -EADDRINUSE)
				EXPECT_NO_MEMORY(r, n);
			EXPECT_EQ(0, ret(listen(fd, 8)));
		}
		EXPECT_LT(0, port_of(fd));
		close(fd);
	}
	SAID(n);
}

TEST_F(fault, connect)
{
	unsigned int n;

	EACH_FAULT(n, hit) {
		int r;

		self->client = new_socket(self->way);
		fault_at(n);
		r = connect_to(self->client, name_of(self->listener));
		hit = faulted();
		if (r) {
			if (r != -EADDRNOTAVAIL)	/* no memory for any port, TCP says */
				EXPECT_NO_MEMORY(r, n);
			ASSERT_EQ(0, connect_to(self->client, name_of(self->listener))) {
				TH_LOG("after failure %u (errno %d)", n, -r);
			}
		}
		self->server = accept_from(self->listener);
		ASSERT_LE(0, self->server);
		WORKS(n);
		HANG_UP();
	}
	SAID(n);
}

TEST_F(fault, accept)
{
	unsigned int n;

	EACH_FAULT(n, hit) {
		self->client = new_client(self->way, self->listener);
		ASSERT_LE(0, self->client);
		fault_at(n);
		self->server = accept_from(self->listener);
		hit = faulted();
		if (self->server < 0) {
			EXPECT_NO_MEMORY(self->server, n);
			self->server = accept_from(self->listener);
		}
		ASSERT_LE(0, self->server);
		WORKS(n);
		HANG_UP();
	}
	SAID(n);
}

/* What was said to be taken arrives, all of it and nothing else. */
TEST_F(fault, send)
{
	static const size_t lengths[] = { 1, 1000, 9000, 100000 };
	static unsigned char bytes[100000];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = byte_at(i);
	for (size_t i = 0; i < 4; i++) {
		unsigned int n;

		EACH_FAULT(n, hit) {
			int r;

			CONNECT();
			fault_at(n);
			r = ret((int)send(self->client, bytes, lengths[i],
					  MSG_NOSIGNAL | MSG_DONTWAIT));
			hit = faulted();
			if (r < 0 && r != -EAGAIN)
				EXPECT_NO_MEMORY(r, n);
			if (r > 0)
				EXPECT_EQ(0, recv_stream(self->server, (size_t)r, false));
			WORKS(n);
			HANG_UP();
		}
		SAID(n);
	}
}

/* No byte is lost, and none comes twice. */
TEST_F(fault, recv)
{
	unsigned char bytes[6000];
	unsigned int n;

	memset(bytes, 0, sizeof(bytes));
	EACH_FAULT(n, hit) {
		int have = 0, r, i;

		CONNECT();
		EXPECT_EQ(0, send_stream(self->client, sizeof(bytes)));
		fault_at(n);
		r = ret((int)recv(self->server, bytes, sizeof(bytes), 0));
		hit = faulted();
		if (r < 0)
			EXPECT_NO_MEMORY(r, n);
		for (have = r > 0 ? r : 0; have < (int)sizeof(bytes); have += r) {
			r = ret((int)recv(self->server, bytes + have, sizeof(bytes) - have, 0));
			ASSERT_LT(0, r);
		}
		for (i = 0; i < have && bytes[i] == byte_at(i); i++)
			;
		EXPECT_EQ(have, i);
		WORKS(n);
		HANG_UP();
	}
	SAID(n);
}

/* From the socket to a pipe: what the pipe has and what the socket still has is all there was. */
TEST_F(fault, splice)
{
	static unsigned char bytes[6000];
	unsigned int n;

	EACH_FAULT(n, hit) {
		int pipes[2], r, had = 0, left = (int)sizeof(bytes);

		CONNECT();
		ASSERT_EQ(0, pipe2(pipes, O_NONBLOCK));
		EXPECT_EQ(0, send_stream(self->client, sizeof(bytes)));
		fault_at(n);
		r = ret((int)splice(self->server, NULL, pipes[1], NULL, left, SPLICE_F_NONBLOCK));
		hit = faulted();
		if (r < 0 && r != -EAGAIN)
			EXPECT_NO_MEMORY(r, n);
		while (r > 0 && had < r) {
			int part = (int)read(pipes[0], bytes + had, sizeof(bytes) - had);

			ASSERT_LT(0, part);
			had += part;
		}
		while (had < left) {
			r = ret((int)recv(self->server, bytes + had, left - had, 0));
			ASSERT_LT(0, r);
			had += r;
		}
		EXPECT_EQ(left, had);
		for (r = 0; r < had && bytes[r] == byte_at(r); r++)
			;
		EXPECT_EQ(left, r);
		WORKS(n);
		close(pipes[0]);
		close(pipes[1]);
		HANG_UP();
	}
	SAID(n);
}

TEST_F(fault, options)
{
	struct sock_fprog filter = { .len = 1, .filter = pass_all };
	static const unsigned char nops[4] = { 1, 1, 1, 0 };
	const struct {
		int level, name;
		const void *value;
		socklen_t len;
	} all[] = {
		{ SOL_TCP, TCP_CONGESTION, "reno", 4 },
		{ SOL_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int) },
		{ SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter) },
		{ SOL_SOCKET, SO_BINDTODEVICE, "lo", 2 },
		{ SOL_SOCKET, SO_RCVBUF, &(int){ 100000 }, sizeof(int) },
		{ SOL_SOCKET, SO_REUSEPORT, &(int){ 1 }, sizeof(int) },
		{ SOL_IP, IP_TOS, &(int){ 8 }, sizeof(int) },
		{ SOL_IP, IP_OPTIONS, nops, sizeof(nops) },
		{ SOL_IPV6, IPV6_TCLASS, &(int){ 8 }, sizeof(int) },
	};
	unsigned int n;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i].level == (self->way.family == AF_INET ? SOL_IPV6 : SOL_IP))
			continue;
		CONNECT();
		EACH_FAULT(n, hit) {
			int r;

			fault_at(n);
			r = ret(setsockopt(self->client, all[i].level, all[i].name, all[i].value,
					   all[i].len));
			hit = faulted();
			if (r) {
				EXPECT_NO_MEMORY(r, n);
				EXPECT_EQ(0, ret(setsockopt(self->client, all[i].level,
							    all[i].name, all[i].value,
							    all[i].len))) {
					TH_LOG("level %d option %d", all[i].level, all[i].name);
				}
			}
			WORKS(n);
		}
		HANG_UP();
	}
}

/* The end of the stream comes through, at once or by retransmission. */
TEST_F(fault, shutdown_and_close)
{
	unsigned int n;

	if (self->way.protocol == IPPROTO_TCP)
		SKIP(return, "TCP without memory for it never sends the FIN");
	for (int closes = 0; closes < 2; closes++) {
		EACH_FAULT(n, hit) {
			CONNECT();
			EXPECT_EQ(4, send_text(self->client, "last"));
			fault_at(n);
			EXPECT_EQ(0, closes ? close(self->client) :
				  shutdown(self->client, SHUT_WR));
			hit = faulted();
			EXPECT_EQ(0, recv_text(self->server, "last"));
			EXPECT_TRUE(events_of(self->server, POLLIN, 2 * SOON) & POLLIN);
			EXPECT_EQ(0, recv_some(self->server, 0)) {
				TH_LOG("after failure %u", n);
			}
			if (!closes)
				close(self->client);
			close(self->server);
		}
		SAID(n);
	}
}

/* A reset that could not be sent is sent again when the peer speaks to nobody. */
TEST_F(fault, abort)
{
	unsigned int n;

	EACH_FAULT(n, hit) {
		long long end = now_ms() + 2 * SOON;

		CONNECT();
		EXPECT_EQ(0, set_linger(self->client, 1, 0));
		fault_at(n);
		EXPECT_EQ(0, close(self->client));
		hit = faulted();
		while (!(events_of(self->server, POLLIN, 20) & POLLERR) && now_ms() < end)
			send_text(self->server, "anybody?");
		EXPECT_TRUE(events_of(self->server, POLLIN, 0) & POLLERR);
		close(self->server);
	}
	SAID(n);
}

/* A namespace comes into being whole or not at all. */
TEST(faults_in_a_new_network_namespace)
{
	unsigned int n, step = getenv("FAULT_STEP") ? (unsigned int)atoi(getenv("FAULT_STEP")) : 1;
	int refused = 0, r;

	if (!faults_ready())
		SKIP(return, "this kernel has no failslab and fail_page_alloc");
	EACH_FAULT(n, hit) {
		fault_at(n);
		r = ret(unshare(CLONE_NEWNET));
		hit = faulted();
		if (r) {
			refused++;	/* other subsystems have other words for it */
		} else {
			int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_TOY);

			EXPECT_LE(0, fd);
			close(fd);
		}
		n += step - 1;
	}
	EXPECT_LT(0, refused);
	SAID(n);
}

/* In softirq: nobody can be told, so segments are lost, counted, and repaired. */
TEST_F_TIMEOUT(fault, any_atomic_allocation, 1000)
{
	unsigned int seed = getenv("SEED") ? (unsigned int)strtoul(getenv("SEED"), NULL, 0) : 20260;
	unsigned int interval = 11 + seed % 30;
	const size_t len = 300000;
	long failures;
	char text[16];

	TH_LOG("SEED=%u: every %u. atomic allocation fails", seed, interval);
	EXPECT_TRUE(put_both("ignore-gfp-wait", "Y"));
	EXPECT_TRUE(put_both("task-filter", "N"));
	EXPECT_TRUE(put_both("times", "1000000"));
	snprintf(text, sizeof(text), "%u", interval);
	EXPECT_TRUE(put_both("interval", text));
	EXPECT_TRUE(put_both("probability", "100"));
	for (int i = 0; i < 20; i++) {
		struct mover in = { .len = len, .receive = true, .to_end = true };
		int r;

		self->client = new_client(self->way, self->listener);
		if (self->client < 0) {
			EXPECT_NO_MEMORY(self->client, i);
			continue;
		}
		if (!(events_of(self->listener, POLLIN, 20 * SOON) & POLLIN))
			break;
		self->server = accept_from(self->listener);
		if (self->server < 0) {
			EXPECT_NO_MEMORY(self->server, i);
			self->server = accept_from(self->listener);
		}
		in.fd = self->server;
		r = mover_start(&in);
		if (!r) {
			EXPECT_EQ(0, send_stream(self->client, len));
			EXPECT_EQ(0, shutdown(self->client, SHUT_WR));
			EXPECT_EQ(0, mover_end(&in));
		}
		HANG_UP();
	}
	put_both("probability", "0");
	failures = 2000000 - get(DEBUG "failslab/times") - get(DEBUG "fail_page_alloc/times");
	TH_LOG("%ld allocations failed; of the transport's: OutErrs %ld, RetransSegs %ld", failures,
	       counter("OutErrs"), counter("RetransSegs"));
	EXPECT_LT(20, failures);
	faults_ready();
	CONNECT();
	WORKS(0);
	HANG_UP();
}

/* The module loads whole or not at all. Last: it takes the module out. */
TEST(faults_in_loading_the_module)
{
	unsigned int n, step = getenv("FAULT_STEP") ? (unsigned int)atoi(getenv("FAULT_STEP")) : 1;
	const char *path = getenv("TOY_KO");
	int ko = path ? open(path, O_RDONLY) : -1, refused = 0, r;

	if (!faults_ready() || ko < 0)
		SKIP(return, "no failslab and fail_page_alloc, or TOY_KO does not name the module");
	syscall(SYS_delete_module, "toy", O_NONBLOCK);
	EACH_FAULT(n, hit) {
		fault_at(n);
		r = ret((int)syscall(SYS_finit_module, ko, "", 0));
		hit = faulted();
		if (r) {
			EXPECT_NO_MEMORY(r, n);
			refused++;
		} else {
			EXPECT_EQ(0, ret((int)syscall(SYS_delete_module, "toy", O_NONBLOCK)));
		}
		n += step - 1;
	}
	EXPECT_LT(0, refused);
	SAID(n);
	EXPECT_EQ(0, ret((int)syscall(SYS_finit_module, ko, "", 0)));
}

TEST_HARNESS_MAIN
