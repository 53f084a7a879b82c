// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz_calls.c - every call, option and ioctl of a socket, in any order, with any argument, from
 * several threads at once: the kernel survives, nothing is left behind, and who behaves is served
 *
 *	thread ─┐
 *	thread ─┼── a table of sockets ───── lo, a network namespace of its own
 *	thread ─┤
 *	main    └── signals, so that what blocks returns
 *
 * FUZZ_RUNS: calls of each thread (2000). FUZZ_SECONDS: as long, instead. SEED decides what each
 * thread does; what comes of it, the threads decide among themselves.
 */
#include <net/if.h>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "fuzz_vm.h"

#define THREADS		4
#define SLOTS		32
#define PORT		20000
#define BUFFER		65536
#define HOURS		(24 * 3600)

static int slots[SLOTS];
static unsigned char *page_end;		/* nothing is mapped from here on */
static unsigned char *read_only;
static int pipes[2];
static int file;
static int epolls[2];

struct caller {
	pthread_t thread;
	struct random random;
	unsigned long calls;
	bool done;
	unsigned char buffer[BUFFER];
};

static struct caller callers[THREADS];
static unsigned long runs;
static long long until;

static uint32_t below(struct caller *c, uint32_t limit)
{
	return random_below(&c->random, limit);
}

static bool chance(struct caller *c, uint32_t of_100)
{
	return below(c, 100) < of_100;
}

/* Memory for @len bytes: mostly good, else of every kind that is not. */
static void *memory(struct caller *c, size_t len)
{
	if (chance(c, 90))
		return c->buffer + (len < BUFFER ? below(c, (uint32_t)(BUFFER - len) / 64 + 1) : 0);
	switch (below(c, 6)) {
	case 0:
		return NULL;
	case 1:
		return (void *)1;
	case 2:
		return page_end - below(c, 64);
	case 3:
		return page_end;
	case 4:
		return read_only + below(c, 64);
	default:
		return (void *)(0xffff888000000000ull + below(c, 4096));
	}
}

/* A length: small, a page or so, or nonsense. */
static size_t length(struct caller *c)
{
	static const size_t telling[] = { 0, 1, 3, 4, 8, 16, 28, 4096, 32768, BUFFER };

	if (chance(c, 60))
		return telling[below(c, sizeof(telling) / sizeof(telling[0]))];
	if (chance(c, 90))
		return below(c, 2000);
	return chance(c, 50) ? 0x7ffff000 : (size_t)-1 - below(c, 4);
}

static int small(struct caller *c)
{
	static const int telling[] = { 0, 1, -1, 2, 7, 100, 536, 32767, 65535, 1 << 20, INT32_MAX,
		INT32_MIN };

	return chance(c, 70) ? telling[below(c, sizeof(telling) / sizeof(telling[0]))]
			     : (int)random_next(&c->random);
}

static int flags(struct caller *c)
{
	static const int known[] = { 0, MSG_DONTWAIT, MSG_PEEK, MSG_OOB, MSG_TRUNC, MSG_WAITALL,
		MSG_MORE, MSG_ERRQUEUE,
		MSG_DONTROUTE, MSG_CTRUNC, MSG_CONFIRM, MSG_EOR, MSG_FASTOPEN, MSG_ZEROCOPY,
			MSG_CMSG_CLOEXEC,
		MSG_WAITFORONE };
	int f = MSG_NOSIGNAL, n = (int)below(c, 4);

	while (n--)
		f |= known[below(c, sizeof(known) / sizeof(known[0]))];
	return chance(c, 2) ? (int)random_next(&c->random) | MSG_NOSIGNAL : f;
}

static int any(struct caller *c)
{
	return __atomic_load_n(&slots[below(c, SLOTS)], __ATOMIC_RELAXED);
}

/* A file takes a place in the table; what was there before is closed. */
static void keep(struct caller *c, int fd)
{
	int old;

	if (fd < 0)
		return;
	old = __atomic_exchange_n(&slots[below(c, SLOTS)], fd, __ATOMIC_RELAXED);
	if (old >= 0)
		close(old);
}

static struct where somewhere(struct caller *c)
{
	int family = chance(c, 50) ? AF_INET : AF_INET6;
	struct where w = loopback(family, PORT + (int)below(c, 8));

	switch (below(c, 20)) {
	case 0:
		w.sa.sa_family = AF_UNSPEC;
		break;
	case 1:
		w.sa.sa_family = (sa_family_t)random_next(&c->random);
		break;
	case 2:
		w.len = below(c, sizeof(w.all) + 8);
		break;
	case 3:
		w = mapped_loopback(PORT + (int)below(c, 8));
		break;
	case 4:
		w = any_addr(family, PORT + (int)below(c, 8));
		break;
	case 5:
		w = any_addr(family, 0);
		break;
	case 6:
		random_fill(&c->random, &w.all, sizeof(w.all));
		w.sa.sa_family = (sa_family_t)family;
		break;
	}
	return w;
}

/* A message: some pieces, perhaps an address, perhaps control data, some of it bad. */
static void compose(struct caller *c, struct msghdr *m, struct iovec *iov, struct where *w,
		    char *control)
{
	size_t i, n = below(c, 5);

	memset(m, 0, sizeof(*m));
	for (i = 0; i < n; i++) {
		iov[i].iov_len = length(c);
		iov[i].iov_base = memory(c, iov[i].iov_len);
	}
	m->msg_iov = iov;
	m->msg_iovlen = chance(c, 97) ? n : below(c, 3000);
	if (chance(c, 30)) {
		*w = somewhere(c);
		m->msg_name = chance(c, 90) ? &w->all : memory(c, 64);
		m->msg_namelen = w->len;
	}
	if (chance(c, 30)) {
		struct cmsghdr *h = (struct cmsghdr *)control;

		random_fill(&c->random, control, 64);
		h->cmsg_len = chance(c, 80) ? CMSG_LEN(below(c, 32)) : random_next(&c->random);
		h->cmsg_level = chance(c, 50) ? SOL_SOCKET : (int)below(c, 300);
		h->cmsg_type = (int)below(c, 70);
		m->msg_control = control;
		m->msg_controllen = below(c, 65);
	}
}

static void call_send(struct caller *c, int fd)
{
	struct iovec iov[5];
	struct mmsghdr mm[3];
	char control[3][64] __attribute__((aligned(8)));
	struct where w[3];
	size_t len = length(c);
	unsigned int i, n = 1 + below(c, 3);

	switch (below(c, 5)) {
	case 0:
		send(fd, memory(c, len), len, flags(c));
		break;
	case 1:
		w[0] = somewhere(c);
		sendto(fd, memory(c, len), len, flags(c), &w[0].sa, w[0].len);
		break;
	case 2:
		if (write(fd, memory(c, len), len) < 0)
			break;
		break;
	case 3:
		compose(c, &mm[0].msg_hdr, iov, &w[0], control[0]);
		sendmsg(fd, &mm[0].msg_hdr, flags(c));
		break;
	default:
		for (i = 0; i < n; i++)
			compose(c, &mm[i].msg_hdr, iov, &w[i], control[i]);
		sendmmsg(fd, mm, n, flags(c));
	}
}

static void call_recv(struct caller *c, int fd)
{
	struct iovec iov[5];
	struct mmsghdr mm[3];
	char control[3][64] __attribute__((aligned(8)));
	struct timespec ts = { 0, 1000 };
	struct where w[3];
	socklen_t wlen = below(c, 200);
	size_t len = length(c);
	unsigned int i, n = 1 + below(c, 3);

	switch (below(c, 5)) {
	case 0:
		recv(fd, memory(c, len), len, flags(c));
		break;
	case 1:
		recvfrom(fd, memory(c, len), len, flags(c), chance(c, 90) ? &w[0].sa : memory(c,
											      16),
			 chance(c, 90) ? &wlen : memory(c, 4));
		break;
	case 2:
		if (read(fd, memory(c, len), len) < 0)
			break;
		break;
	case 3:
		compose(c, &mm[0].msg_hdr, iov, &w[0], control[0]);
		recvmsg(fd, &mm[0].msg_hdr, flags(c));
		break;
	default:
		for (i = 0; i < n; i++)
			compose(c, &mm[i].msg_hdr, iov, &w[i], control[i]);
		recvmmsg(fd, mm, n, flags(c), chance(c, 50) ? &ts : NULL);
	}
}

/* Pages moved without copies. What the pipe holds goes to nowhere now and then. */
static void call_splice(struct caller *c, int fd)
{
	size_t len = chance(c, 90) ? below(c, BUFFER) : length(c);
	struct iovec iov = { memory(c, 4096), below(c, 4096) };
	loff_t off = below(c, 4096);
	off_t at = below(c, 4096);

	switch (below(c, 5)) {
	case 0:
		if (splice(fd, NULL, pipes[1], NULL, len, SPLICE_F_NONBLOCK | below(c, 16)) < 0)
			break;
		break;
	case 1:
		if (splice(pipes[0], NULL, fd, chance(c, 90) ? NULL : &off, len,
			   SPLICE_F_NONBLOCK | below(c, 16)) < 0)
			break;
		break;
	case 2:
		sendfile(fd, file, chance(c, 50) ? &at : NULL, len);
		break;
	case 3:
		if (vmsplice(pipes[1], &iov, 1, SPLICE_F_NONBLOCK) < 0)
			break;
		break;
	default:
		if (read(pipes[0], c->buffer, BUFFER) < 0)
			break;
	}
}

static int level_of(struct caller *c)
{
	static const int known[] = { SOL_SOCKET, SOL_TCP, IPPROTO_TOY, IPPROTO_IP, IPPROTO_IPV6 };

	return chance(c, 97) ? known[below(c, 5)] : (int)below(c, 300);
}

static int option_of(struct caller *c)
{
	return chance(c, 97) ? (int)below(c, 90) : (int)random_next(&c->random);
}

static void call_setsockopt(struct caller *c, int fd)
{
	struct sock_filter code[4];
	struct sock_fprog prog = { .len = (unsigned short)below(c, 5), .filter = code };
	struct timeval tv = { .tv_sec = small(c), .tv_usec = small(c) };
	struct linger linger = { .l_onoff = small(c), .l_linger = small(c) };
	int level = level_of(c), option = option_of(c), value = small(c);
	socklen_t len = chance(c, 80) ? sizeof(value) : (socklen_t)length(c);

	switch (below(c, 8)) {
	case 0:
		setsockopt(fd, SOL_SOCKET, chance(c, 50) ? SO_RCVTIMEO : SO_SNDTIMEO, &tv,
			   sizeof(tv));
		break;
	case 1:
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
		break;
	case 2:
		random_fill(&c->random, code, sizeof(code));
		if (chance(c, 70))
			code[0] = (struct sock_filter) { .code = BPF_RET | BPF_K, .k = below(c,
											     200) };
		setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
		break;
	case 3:
		setsockopt(fd, chance(c, 50) ? SOL_TCP : IPPROTO_TOY, TCP_CONGESTION,
			   chance(c, 80) ? "reno" : (char *)memory(c, 16), below(c, 20));
		break;
	default:
		setsockopt(fd, level, option, len == sizeof(value) && chance(c, 95) ? &value
			   : memory(c, len), len);
	}
}

static void call_getsockopt(struct caller *c, int fd)
{
	socklen_t len = (socklen_t)(chance(c, 90) ? below(c, 300) : length(c));

	getsockopt(fd, level_of(c), option_of(c), memory(c, len), chance(c, 95) ? &len : memory(c,
												4));
}

static void call_ioctl(struct caller *c, int fd)
{
	static const unsigned long known[] = { FIONREAD, TIOCOUTQ, SIOCATMARK, SIOCOUTQNSD, FIONBIO,
		FIOASYNC,
		0x8906, 0x8907, SIOCGIFNAME, SIOCGIFCONF, SIOCGIFADDR, SIOCGIFFLAGS, 0x5401,
			SIOCINQ };
	unsigned long which = chance(c, 90) ? known[below(c, sizeof(known) / sizeof(known[0]))]
		: 0x89e0 + below(c, 16);

	random_fill(&c->random, c->buffer, 16);
	ioctl(fd, which, memory(c, 64));
}

static void call_wait(struct caller *c, int fd)
{
	struct epoll_event ev = { .events = random_next(&c->random) & ~EPOLLWAKEUP }, got[8];
	struct pollfd p[4] = { { .fd = fd, .events = (short)random_next(&c->random) } };
	struct timeval tv = { 0, below(c, 1000) };
	int ep = epolls[below(c, 2)], i;
	fd_set set;

	switch (below(c, 4)) {
	case 0:
		for (i = 1; i < 4; i++)
			p[i] = (struct pollfd) { .fd = any(c), .events = -1 };
		poll(p, 4, (int)below(c, 3));
		break;
	case 1:
		FD_ZERO(&set);
		if (fd >= 0 && fd < FD_SETSIZE)
			FD_SET(fd, &set);
		select(fd + 1, &set, chance(c, 50) ? &set : NULL, NULL, &tv);
		break;
	case 2:
		epoll_ctl(ep, 1 + (int)below(c, 3), fd, &ev);
		break;
	default:
		epoll_wait(ep, got, 8, 0);
	}
}

/* What says something of a file or changes how it is open. SIGIO and SIGURG may come of it. */
static void call_file(struct caller *c, int fd)
{
	struct where w;
	socklen_t len = below(c, 200);
	void *p;

	switch (below(c, 8)) {
	case 0:
		fcntl(fd, F_SETFL, (chance(c, 70) ? O_NONBLOCK : 0) | (chance(c, 10) ? O_ASYNC
								       : 0));
		break;
	case 1:
		fcntl(fd, F_SETOWN, getpid());
		break;
	case 2:
		keep(c, dup(fd));
		break;
	case 3:
		getsockname(fd, chance(c, 90) ? &w.sa : memory(c, 16), chance(c, 90) ? &len
			    : memory(c, 4));
		break;
	case 4:
		getpeername(fd, chance(c, 90) ? &w.sa : memory(c, 16), chance(c, 90) ? &len
			    : memory(c, 4));
		break;
	case 5:
		p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
		if (p != MAP_FAILED)
			munmap(p, 4096);
		break;
	case 6:
		lseek(fd, 1, SEEK_CUR);
		break;
	default:
		fsync(fd);
	}
}

static void call_open(struct caller *c)
{
	int type = SOCK_STREAM | (chance(c, 70) ? SOCK_NONBLOCK : 0);
	int family = chance(c, 50) ? AF_INET : AF_INET6;

	if (chance(c, 3))
		type = (int)below(c, 16);
	keep(c, socket(family, type, IPPROTO_TOY));
}

/* Two that are connected, so that the other calls have something to work on. */
static void call_pair(struct caller *c)
{
	struct way way = { chance(c, 50) ? AF_INET : AF_INET6, IPPROTO_TOY };
	int listener = new_listener(way, 4), client;

	if (listener < 0)
		return;
	nonblocking(listener);
	client = new_client(way, listener);
	keep(c, client);
	if (client >= 0)
		keep(c, accept4(listener, NULL, NULL, chance(c, 50) ? SOCK_NONBLOCK : 0));
	if (chance(c, 20))
		keep(c, listener);
	else
		close(listener);
}

static void one_call(struct caller *c)
{
	struct where w = somewhere(c);
	socklen_t wlen = below(c, 200);
	int fd = any(c), kind = (int)below(c, 100);

	if (kind < 6) {
		call_open(c);
	} else if (kind < 10) {
		call_pair(c);
	} else if (kind < 15) {
		bind(fd, &w.sa, w.len);
	} else if (kind < 20) {
		listen(fd, chance(c, 80) ? (int)below(c, 8) : small(c));
	} else if (kind < 30) {
		connect(fd, &w.sa, w.len);
	} else if (kind < 40) {
		keep(c, accept4(fd, chance(c, 80) ? NULL : &w.sa, chance(c, 90) ? &wlen : NULL,
				chance(c, 95) ? SOCK_NONBLOCK : (int)random_next(&c->random)));
	} else if (kind < 53) {
		call_send(c, fd);
	} else if (kind < 66) {
		call_recv(c, fd);
	} else if (kind < 70) {
		call_splice(c, fd);
	} else if (kind < 78) {
		call_setsockopt(c, fd);
	} else if (kind < 83) {
		call_getsockopt(c, fd);
	} else if (kind < 86) {
		call_ioctl(c, fd);
	} else if (kind < 90) {
		call_wait(c, fd);
	} else if (kind < 93) {
		call_file(c, fd);
	} else if (kind < 96) {
		shutdown(fd, chance(c, 95) ? (int)below(c, 3) : small(c));
	} else {
		fd = __atomic_exchange_n(&slots[below(c, SLOTS)], -1, __ATOMIC_RELAXED);
		if (fd >= 0)
			close(fd);
	}
}

static void *caller_main(void *arg)
{
	struct caller *c = arg;

	while (until ? now_ms() < until : c->calls < runs) {
		one_call(c);
		__atomic_fetch_add(&c->calls, 1, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&c->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void on_signal(int sig)
{
}

/* Until all are done: what blocks is interrupted. */
static void interrupt_all(void)
{
	bool left = true;
	int i;

	while (left) {
		left = false;
		poll(NULL, 0, 5);
		for (i = 0; i < THREADS; i++) {
			if (__atomic_load_n(&callers[i].done, __ATOMIC_ACQUIRE))
				continue;
			left = true;
			pthread_kill(callers[i].thread, SIGUSR1);
		}
	}
}

static void prepare(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	unsigned char *p;
	int i;

	sigaction(SIGUSR1, &sa, NULL);
	signal(SIGIO, SIG_IGN);
	signal(SIGURG, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	for (i = 0; i < SLOTS; i++)
		slots[i] = -1;
	p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(p + 4096, 4096);
	page_end = p + 4096;
	read_only = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	file = memfd_create("fuzz", 0);
	epolls[0] = epoll_create1(0);
	epolls[1] = epoll_create1(0);
	if (ftruncate(file, BUFFER) || pipe2(pipes, O_NONBLOCK))
		exit(KSFT_FAIL);
}

FIXTURE(calls)
{
	int nobody;
};

FIXTURE_VARIANT(calls)
{
	bool nobody;
};

FIXTURE_VARIANT_ADD(calls, root) { .nobody = false };
FIXTURE_VARIANT_ADD(calls, nobody) { .nobody = true };

FIXTURE_SETUP(calls)
{
	if (geteuid())
		SKIP(return, "needs root");
	ASSERT_EQ(0, own_namespace());
	quick_ends();
	if (variant->nobody) {
		ASSERT_EQ(0, setresgid(65534, 65534, 65534));
		ASSERT_EQ(0, setresuid(65534, 65534, 65534));
		/* root of a user namespace has every right in its own networks, none outside */
		if (unshare(CLONE_NEWUSER)) {
			printf("# no user namespaces here: it has no rights at all\n");
		} else {
			ASSERT_EQ(0, own_namespace());
			quick_ends();
		}
	}
	prepare();
}

FIXTURE_TEARDOWN(calls)
{
}

TEST_F_TIMEOUT(calls, any_calls_leave_a_kernel_that_works_and_nothing_behind, HOURS)
{
	uint64_t seed = fuzz_seed();
	unsigned long calls = 0;
	int i;

	runs = fuzz_runs(2000);
	until = fuzz_until();
	for (i = 0; i < THREADS; i++) {
		callers[i].random.state = seed * THREADS + (unsigned int)i;
		ASSERT_EQ(0, pthread_create(&callers[i].thread, NULL, caller_main, &callers[i]));
	}
	interrupt_all();
	for (i = 0; i < THREADS; i++) {
		pthread_join(callers[i].thread, NULL);
		calls += callers[i].calls;
	}
	for (i = 0; i < SLOTS; i++) {
		set_linger(slots[i], 0, 0);
		close(slots[i]);
	}
	close(epolls[0]);
	close(epolls[1]);
	close(pipes[0]);
	close(pipes[1]);
	printf("# SEED=%llu: %lu calls, %ld connections opened, %ld segments\n",
	       (unsigned long long)seed, calls,
	       counter("PassiveOpens"), counter("OutSegs"));
	EXPECT_LT(0, counter("PassiveOpens"));
	EXPECT_EQ(0, honest_work(AF_INET));
	EXPECT_EQ(0, honest_work(AF_INET6));
	EXPECT_EQ(0, counter_falls_to("Sockets", 0));
	EXPECT_EQ(0, counter_falls_to("Orphans", 0));
	EXPECT_EQ(0, counter_falls_to("HalfOpen", 0));
}

TEST_HARNESS_MAIN
