// SPDX-License-Identifier: GPL-2.0
/*
 * socket_data.c - send, receive, poll, half close, and the options that change them
 */
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <linux/sockios.h>

#include "sock.h"

#define BUFFER	65536	/* for SO_SNDBUF and SO_RCVBUF, where a buffer is to be filled */

FIXTURE_PAIR(pair);
ALL_WAYS(pair);

TEST_F(pair, hello_both_ways)
{
	EXPECT_EQ(5, send_text(self->client, "hello"));
	EXPECT_EQ(0, recv_text(self->server, "hello"));
	EXPECT_EQ(5, send_text(self->server, "world"));
	EXPECT_EQ(0, recv_text(self->client, "world"));
}

TEST_F(pair, read_and_write)
{
	char got[8] = "";

	EXPECT_EQ(5, write(self->client, "hello", 5));
	EXPECT_EQ(5, read(self->server, got, sizeof(got)));
	EXPECT_STREQ("hello", got);
}

TEST_F(pair, a_stream_has_no_boundaries)
{
	char got[16] = "";

	EXPECT_EQ(3, send_text(self->client, "abc"));
	EXPECT_EQ(3, send_text(self->client, "def"));
	EXPECT_EQ(2, recv(self->server, got, 2, 0));
	EXPECT_STREQ("ab", got);
	EXPECT_EQ(4, recv(self->server, got, 4, MSG_WAITALL));
	EXPECT_STREQ("cdef", got);
}

TEST_F(pair, gather_and_scatter)
{
	char a[4] = "", b[8] = "";
	struct iovec out[] = { { "one", 3 }, { "", 0 }, { "two", 3 }, { "three", 5 } };
	struct iovec in[] = { { a, 3 }, { b, 8 } };

	EXPECT_EQ(11, writev(self->client, out, 4));
	ASSERT_EQ(POLLIN, events_of(self->server, POLLIN, SOON));
	EXPECT_EQ(11, readv(self->server, in, 2));
	EXPECT_STREQ("one", a);
	EXPECT_EQ(0, memcmp(b, "twothree", 8));
}

TEST_F(pair, sendmsg_and_recvmsg)
{
	struct where from = {};
	char got[8] = "";
	struct iovec out = { "hello", 5 }, in = { got, sizeof(got) };
	struct msghdr mo = { .msg_iov = &out, .msg_iovlen = 1 };
	struct msghdr mi = { .msg_iov = &in, .msg_iovlen = 1, .msg_name = &from.all,
			     .msg_namelen = sizeof(from.all) };

	EXPECT_EQ(5, sendmsg(self->client, &mo, 0));
	EXPECT_EQ(5, recvmsg(self->server, &mi, 0));
	EXPECT_STREQ("hello", got);
	EXPECT_EQ(0, (int)mi.msg_namelen);
	EXPECT_EQ(0, mi.msg_flags);
}

TEST_F(pair, nothing_sent_is_nothing_received)
{
	EXPECT_EQ(0, send(self->client, "", 0, 0));
	EXPECT_EQ(-EAGAIN, recv_some(self->server, MSG_DONTWAIT));
}

TEST_F(pair, one_byte_at_a_time)
{
	char got[1000];

	ASSERT_EQ(0, set_int(self->client, SOL_TCP, TCP_NODELAY, 1));
	for (int i = 0; i < 1000; i++) {
		char c = (char)byte_at((size_t)i);

		ASSERT_EQ(1, send(self->client, &c, 1, 0));
	}
	ASSERT_EQ(1000, recv(self->server, got, 1000, MSG_WAITALL));
	for (int i = 0; i < 1000; i++)
		ASSERT_EQ((char)byte_at((size_t)i), got[i]);
}

TEST_F(pair, four_megabytes)
{
	struct mover m = { .fd = self->client, .len = 4 << 20 };

	ASSERT_EQ(0, mover_start(&m));
	EXPECT_EQ(0, recv_stream(self->server, m.len, false));
	EXPECT_EQ(0, mover_end(&m));
}

TEST_F(pair, both_ways_at_once)
{
	struct mover m[] = {
		{ .fd = self->client, .len = 2 << 20 },
		{ .fd = self->server, .len = 2 << 20 },
		{ .fd = self->client, .len = 2 << 20, .receive = true },
	};

	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, mover_start(&m[i]));
	EXPECT_EQ(0, recv_stream(self->server, m[0].len, false));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, mover_end(&m[i]));
}

TEST_F(pair, waitall_waits_for_all)
{
	struct mover m = { .fd = self->client, .len = 300000 };
	char *got = malloc(m.len);

	ASSERT_EQ(0, mover_start(&m));
	EXPECT_EQ((int)m.len, recv(self->server, got, m.len, MSG_WAITALL));
	EXPECT_EQ(0, mover_end(&m));
	EXPECT_EQ((char)byte_at(m.len - 1), got[m.len - 1]);
	free(got);
}

TEST_F(pair, waitall_ends_with_the_stream)
{
	char got[16];

	EXPECT_EQ(5, send_text(self->client, "hello"));
	EXPECT_EQ(0, ret(shutdown(self->client, SHUT_WR)));
	EXPECT_EQ(5, recv(self->server, got, sizeof(got), MSG_WAITALL));
}

TEST_F(pair, peek_leaves_it)
{
	char got[8] = "";

	EXPECT_EQ(5, send_text(self->client, "hello"));
	EXPECT_EQ(3, recv(self->server, got, 3, MSG_PEEK));
	EXPECT_STREQ("hel", got);
	EXPECT_EQ(5, recv(self->server, got, sizeof(got), MSG_PEEK));
	EXPECT_STREQ("hello", got);
	EXPECT_EQ(0, recv_text(self->server, "hello"));
	EXPECT_EQ(-EAGAIN, recv_some(self->server, MSG_PEEK | MSG_DONTWAIT));
}

TEST_F(pair, peek_sees_more_than_one_segment)
{
	enum { LEN = 20000 };
	static char got[LEN];

	ASSERT_EQ(0, send_stream(self->client, LEN));
	ASSERT_EQ(LEN, recv(self->server, got, LEN, MSG_PEEK | MSG_WAITALL));
	for (size_t i = 0; i < LEN; i++)
		ASSERT_EQ((char)byte_at(i), got[i]);
	EXPECT_EQ(0, recv_stream(self->server, LEN, false));
}

/* A thread that peeks at the next byte, and waits for it. */
static void *peek_main(void *arg)
{
	struct mover *m = arg;
	char c = 0;

	m->result = recv(m->fd, &c, 1, MSG_PEEK) == 1 ? c : -errno;
	return NULL;
}

/* What it waits for is read by somebody else: then the next byte is what comes after. */
TEST_F(pair, a_peek_that_waits_sees_what_is_left)
{
	struct mover m = { .fd = self->server };

	ASSERT_EQ(0, set_timeout(self->server, SO_RCVTIMEO, SOON));
	/* nobody is woken by less than this */
	ASSERT_EQ(0, set_int(self->server, SOL_SOCKET, SO_RCVLOWAT, 100));
	ASSERT_EQ(0, -pthread_create(&m.thread, NULL, peek_main, &m));
	poll(NULL, 0, 50);	/* it waits; if not, this test passes and says nothing */
	EXPECT_EQ(5, send_text(self->client, "hello"));
	EXPECT_EQ(0, recv_text(self->server, "hello"));
	ASSERT_EQ(0, set_int(self->server, SOL_SOCKET, SO_RCVLOWAT, 1));
	EXPECT_EQ(1, send_text(self->client, "x"));
	pthread_join(m.thread, NULL);
	EXPECT_EQ('x', m.result);
}

TEST_F(pair, trunc_throws_away)
{
	char got[8] = "xxxx";

	EXPECT_EQ(5, send_text(self->client, "hello"));
	ASSERT_EQ(POLLIN, events_of(self->server, POLLIN, SOON));
	EXPECT_EQ(2, recv(self->server, got, 2, MSG_TRUNC));
	EXPECT_STREQ("xxxx", got);
	EXPECT_EQ(0, recv_text(self->server, "llo"));
}

TEST_F(pair, dontwait)
{
	EXPECT_EQ(-EAGAIN, recv_some(self->server, MSG_DONTWAIT));
	EXPECT_EQ(5, send_text(self->client, "hello"));
	EXPECT_EQ(POLLIN, events_of(self->server, POLLIN, SOON));
	EXPECT_EQ(5, recv_some(self->server, MSG_DONTWAIT));
}

TEST_F(pair, nonblocking_receive)
{
	ASSERT_EQ(0, nonblocking(self->server));
	EXPECT_EQ(-EAGAIN, recv_some(self->server, 0));
}

TEST_F(pair, more_is_to_come)
{
	EXPECT_EQ(3, send(self->client, "abc", 3, MSG_MORE));
	EXPECT_EQ(3, send(self->client, "def", 3, 0));
	EXPECT_EQ(0, recv_text(self->server, "abcdef"));
}

TEST_F(pair, cork)
{
	ASSERT_EQ(0, set_int(self->client, SOL_TCP, TCP_CORK, 1));
	EXPECT_EQ(3, send_text(self->client, "abc"));
	EXPECT_EQ(0, events_of(self->server, POLLIN, 50));
	EXPECT_EQ(3, send_text(self->client, "def"));
	ASSERT_EQ(0, set_int(self->client, SOL_TCP, TCP_CORK, 0));
	EXPECT_EQ(0, recv_text(self->server, "abcdef"));
}

TEST_F(pair, nagle_ends_with_the_acknowledgment)
{
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(3, send_text(self->client, "abc"));
	EXPECT_EQ(0, recv_text(self->server, "abcabcabc"));
}

/* ------------------------------------------------------------------------------------------- */
/* Full buffers                                                                                  */

/* Send until not a byte more fits; how much did. */
static size_t fill(int fd)
{
	static char junk[16384];
	size_t sent = 0, part = sizeof(junk);

	for (;;) {
		ssize_t n = send(fd, junk, part, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0)
			sent += (size_t)n;
		else if (part > 1)
			part = 1;
		else if (events_of(fd, POLLOUT, NEVER))
			continue;
		else if (send(fd, junk, 1, MSG_DONTWAIT) == 1)
			sent++;		/* room came that was too little for POLLOUT */
		else
			return sent;
	}
}

static size_t drain(int fd, size_t len)
{
	static char junk[65536];
	size_t got = 0;

	while (got < len) {
		ssize_t n = recv(fd, junk, sizeof(junk), 0);

		if (n <= 0)
			break;
		got += (size_t)n;
	}
	return got;
}

TEST_F(pair, a_full_buffer_is_not_writable)
{
	size_t sent;

	set_int(self->client, SOL_SOCKET, SO_SNDBUF, BUFFER);
	set_int(self->server, SOL_SOCKET, SO_RCVBUF, BUFFER);
	sent = fill(self->client);
	EXPECT_LT((size_t)BUFFER, sent);
	EXPECT_EQ(-EAGAIN, ret((int)send(self->client, "x", 1, MSG_DONTWAIT)));
	EXPECT_EQ(0, events_of(self->client, POLLOUT, 0));
	EXPECT_EQ(sent, drain(self->server, sent));
	EXPECT_EQ(POLLOUT, events_of(self->client, POLLOUT, SOON));
	EXPECT_EQ(1, send_text(self->client, "x"));
	EXPECT_EQ(0, recv_text(self->server, "x"));
}

TEST_F(pair, a_nonblocking_send_may_be_partial)
{
	size_t len = 64 << 20;
	char *junk = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ssize_t n;

	ASSERT_NE(MAP_FAILED, junk);
	n = send(self->client, junk, len, MSG_DONTWAIT);
	EXPECT_LT(0, n);
	EXPECT_GT((ssize_t)len, n);
	EXPECT_EQ((size_t)n, drain(self->server, (size_t)n));
}

TEST_F(pair, sndtimeo)
{
	long long start;

	set_int(self->client, SOL_SOCKET, SO_SNDBUF, BUFFER);
	fill(self->client);
	ASSERT_EQ(0, set_timeout(self->client, SO_SNDTIMEO, 100));
	start = now_ms();
	EXPECT_EQ(-EAGAIN, send_text(self->client, "x"));
	EXPECT_LE(50, now_ms() - start);
}

TEST_F(pair, rcvtimeo)
{
	long long start = now_ms();

	ASSERT_EQ(0, set_timeout(self->server, SO_RCVTIMEO, 100));
	EXPECT_EQ(-EAGAIN, recv_some(self->server, 0));
	EXPECT_LE(95, now_ms() - start);
	EXPECT_GT(SOON, now_ms() - start);
}

TEST_F(pair, a_window_that_was_shut_opens)
{
	struct mover m = { .fd = self->client, .len = 512 << 10 };

	set_int(self->server, SOL_SOCKET, SO_RCVBUF, 32768);
	ASSERT_EQ(0, mover_start(&m));
	usleep(NEVER * 1000);
	EXPECT_EQ(0, recv_stream(self->server, m.len, false));
	EXPECT_EQ(0, mover_end(&m));
}

TEST_F(pair, fionread)
{
	int n = -1;

	EXPECT_EQ(0, ret(ioctl(self->server, FIONREAD, &n)));
	EXPECT_EQ(0, n);
	EXPECT_EQ(5, send_text(self->client, "hello"));
	ASSERT_EQ(POLLIN, events_of(self->server, POLLIN, SOON));
	EXPECT_EQ(0, ret(ioctl(self->server, FIONREAD, &n)));
	EXPECT_EQ(5, n);
	EXPECT_EQ(0, recv_text(self->server, "he"));
	EXPECT_EQ(0, ret(ioctl(self->server, FIONREAD, &n)));
	EXPECT_EQ(3, n);
	EXPECT_EQ(-EINVAL, ret(ioctl(self->listener, FIONREAD, &n)));
}

TEST_F(pair, siocoutq)
{
	long long end = now_ms() + SOON;
	int n = -1;

	EXPECT_EQ(0, ret(ioctl(self->client, SIOCOUTQ, &n)));
	EXPECT_EQ(0, n);
	fill(self->client);
	EXPECT_EQ(0, ret(ioctl(self->client, SIOCOUTQ, &n)));
	EXPECT_LT(0, n);
	drain(self->server, (size_t)n);
	/* what was acknowledged leaves the queue */
	EXPECT_EQ(5, send_text(self->server, "hello"));
	EXPECT_EQ(0, recv_text(self->client, "hello"));
	do {
		EXPECT_EQ(0, ret(ioctl(self->server, SIOCOUTQ, &n)));
	} while (n && now_ms() < end);
	EXPECT_EQ(0, n);
}

TEST_F(pair, rcvlowat)
{
	ASSERT_EQ(0, set_int(self->server, SOL_SOCKET, SO_RCVLOWAT, 10));
	EXPECT_EQ(5, send_text(self->client, "hello"));
	EXPECT_EQ(0, events_of(self->server, POLLIN, NEVER));
	EXPECT_EQ(5, send_text(self->client, "world"));
	EXPECT_EQ(POLLIN, events_of(self->server, POLLIN, SOON));
}

/* ------------------------------------------------------------------------------------------- */
/* poll                                                                                          */

TEST_F(pair, poll_on_an_idle_connection)
{
	EXPECT_EQ(POLLOUT, events_of(self->client, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0));
	EXPECT_EQ(POLLOUT, events_of(self->server, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0));
}

TEST_F(pair, poll_with_data)
{
	EXPECT_EQ(5, send_text(self->client, "hello"));
	EXPECT_EQ(POLLIN, events_of(self->server, POLLIN, SOON));
	EXPECT_EQ(POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM,
		  events_of(self->server, POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM, 0));
	EXPECT_EQ(0, recv_text(self->server, "hello"));
	EXPECT_EQ(0, events_of(self->server, POLLIN, 0));
}

TEST_F(pair, poll_after_half_close)
{
	EXPECT_EQ(0, ret(shutdown(self->client, SHUT_WR)));
	EXPECT_EQ(POLLRDHUP, events_of(self->server, POLLRDHUP, SOON));
	EXPECT_EQ(POLLIN | POLLRDHUP | POLLOUT,
		  events_of(self->server, POLLIN | POLLRDHUP | POLLOUT | POLLHUP, 0));
}

TEST_F(pair, poll_after_both_closed)
{
	EXPECT_EQ(0, ret(shutdown(self->client, SHUT_WR)));
	EXPECT_EQ(0, ret(shutdown(self->server, SHUT_WR)));
	EXPECT_EQ(POLLRDHUP, events_of(self->client, POLLRDHUP, SOON) & POLLRDHUP);
	EXPECT_EQ(POLLHUP, events_of(self->client, 0, SOON));
	EXPECT_EQ(POLLHUP, events_of(self->server, 0, SOON));
}

TEST_F(pair, poll_on_a_socket_that_was_never_connected)
{
	int fd = new_socket(self->way);

	EXPECT_EQ(POLLOUT | POLLHUP, events_of(fd, POLLIN | POLLOUT, 0));
}

TEST_F(pair, epoll_edge)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLET }, got;
	int ep = epoll_create1(0);

	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->server, &e));
	EXPECT_EQ(0, epoll_wait(ep, &got, 1, 0));
	EXPECT_EQ(3, send_text(self->client, "abc"));
	EXPECT_EQ(1, epoll_wait(ep, &got, 1, SOON));
	EXPECT_EQ(0, epoll_wait(ep, &got, 1, 0));
	EXPECT_EQ(3, send_text(self->client, "def"));
	EXPECT_EQ(1, epoll_wait(ep, &got, 1, SOON));
	EXPECT_EQ(0, recv_text(self->server, "abcdef"));
}

static void *recv_hello(void *arg)
{
	return (void *)(long)recv_text(*(int *)arg, "hello");
}

TEST_F(pair, a_reader_that_waits_is_woken)
{
	pthread_t thread;
	void *result;

	ASSERT_EQ(0, pthread_create(&thread, NULL, recv_hello, &self->server));
	usleep(50000);
	EXPECT_EQ(5, send_text(self->client, "hello"));
	pthread_join(thread, &result);
	EXPECT_EQ(0, (long)result);
}

/* ------------------------------------------------------------------------------------------- */
/* Half close                                                                                    */

TEST_F(pair, half_close)
{
	EXPECT_EQ(5, send_text(self->client, "hello"));
	EXPECT_EQ(0, ret(shutdown(self->client, SHUT_WR)));
	EXPECT_EQ(0, recv_text(self->server, "hello"));
	EXPECT_EQ(0, recv_some(self->server, 0));
	EXPECT_EQ(0, recv_some(self->server, 0));
	EXPECT_EQ(5, send_text(self->server, "world"));
	EXPECT_EQ(0, recv_text(self->client, "world"));
}

TEST_F(pair, much_after_half_close)
{
	struct mover m = { .fd = self->server, .len = 1 << 20 };

	EXPECT_EQ(0, ret(shutdown(self->client, SHUT_WR)));
	EXPECT_EQ(0, recv_some(self->server, 0));
	ASSERT_EQ(0, mover_start(&m));
	EXPECT_EQ(0, recv_stream(self->client, m.len, false));
	EXPECT_EQ(0, mover_end(&m));
	EXPECT_EQ(0, ret(shutdown(self->server, SHUT_WR)));
	EXPECT_EQ(0, recv_some(self->client, 0));
}

TEST_F(pair, send_after_shutdown)
{
	EXPECT_EQ(0, ret(shutdown(self->client, SHUT_WR)));
	EXPECT_EQ(-EPIPE, send_text(self->client, "x"));
}

TEST_F(pair, receive_after_shutdown)
{
	EXPECT_EQ(0, ret(shutdown(self->client, SHUT_RD)));
	EXPECT_EQ(0, recv_some(self->client, 0));
	EXPECT_EQ(5, send_text(self->client, "hello"));
	EXPECT_EQ(0, recv_text(self->server, "hello"));
}

TEST_F(pair, shutdown_wakes_a_reader)
{
	struct mover m = { .fd = self->client, .len = 1, .receive = true };

	ASSERT_EQ(0, mover_start(&m));
	usleep(50000);
	EXPECT_EQ(0, ret(shutdown(self->client, SHUT_RD)));
	EXPECT_EQ(2, mover_end(&m));
}

TEST_F(pair, shutdown_both)
{
	EXPECT_EQ(0, ret(shutdown(self->client, SHUT_RDWR)));
	EXPECT_EQ(0, recv_some(self->client, 0));
	EXPECT_EQ(-EPIPE, send_text(self->client, "x"));
	EXPECT_EQ(0, recv_some(self->server, 0));
}

TEST_F(pair, shutdown_of_what_is_not)
{
	int fd = new_socket(self->way);

	EXPECT_EQ(-EINVAL, ret(shutdown(self->client, 3)));
	EXPECT_EQ(-ENOTCONN, ret(shutdown(fd, SHUT_WR)));
}

/* ------------------------------------------------------------------------------------------- */
/* Bad arguments, and options                                                                    */

TEST_F(pair, not_connected)
{
	int fd = new_socket(self->way);

	EXPECT_EQ(-EPIPE, send_text(fd, "x"));
	EXPECT_EQ(-ENOTCONN, recv_some(fd, 0));
	EXPECT_EQ(-EPIPE, send_text(self->listener, "x"));
	EXPECT_EQ(-ENOTCONN, recv_some(self->listener, 0));
}

TEST_F(pair, bad_pointers)
{
	EXPECT_EQ(-EFAULT, ret((int)send(self->client, (void *)8, 5, MSG_NOSIGNAL)));
	EXPECT_EQ(5, send_text(self->client, "hello"));
	ASSERT_EQ(POLLIN, events_of(self->server, POLLIN, SOON));
	EXPECT_EQ(-EFAULT, ret((int)recv(self->server, (void *)8, 5, 0)));
	/* what could not be delivered is not lost */
	EXPECT_EQ(0, recv_text(self->server, "hello"));
	EXPECT_EQ(-EFAULT,
		  ret(setsockopt(self->client, SOL_TCP, TCP_NODELAY, (void *)8, sizeof(int))));
}

TEST_F(pair, bad_options)
{
	socklen_t len = sizeof(int);
	int value = 1;

	EXPECT_EQ(-ENOPROTOOPT, set_int(self->client, SOL_TCP, 12345, 1));
	EXPECT_EQ(-ENOPROTOOPT, ret(getsockopt(self->client, SOL_TCP, 12345, &value, &len)));
	EXPECT_EQ(-ENOPROTOOPT, set_int(self->client, SOL_SOCKET, 12345, 1));
	EXPECT_EQ(-EINVAL, ret(setsockopt(self->client, SOL_TCP, TCP_NODELAY, &value, 1)));
}

TEST_F(pair, bad_ioctl)
{
	int n;

	EXPECT_EQ(-ENOTTY, ret(ioctl(self->client, 0xdead, &n)));
}

TEST_F(pair, nodelay)
{
	EXPECT_EQ(0, get_int(self->client, SOL_TCP, TCP_NODELAY));
	EXPECT_EQ(0, set_int(self->client, SOL_TCP, TCP_NODELAY, 5));
	EXPECT_EQ(1, get_int(self->client, SOL_TCP, TCP_NODELAY));
	EXPECT_EQ(0, set_int(self->client, SOL_TCP, TCP_NODELAY, 0));
	EXPECT_EQ(0, get_int(self->client, SOL_TCP, TCP_NODELAY));
}

TEST_F(pair, the_protocols_own_level_is_as_good)
{
	int level = getenv("TOY_TESTS") ? IPPROTO_TCP : self->way.protocol;

	EXPECT_EQ(0, set_int(self->client, level, TCP_NODELAY, 1));
	EXPECT_EQ(1, get_int(self->client, level, TCP_NODELAY));
	EXPECT_EQ(1, get_int(self->client, SOL_TCP, TCP_NODELAY));
}

TEST_F(pair, maxseg)
{
	int mss = get_int(self->client, SOL_TCP, TCP_MAXSEG);

	EXPECT_LT(500, mss);
	EXPECT_GE(65535, mss);
}

TEST_F(pair, options_of_every_socket)
{
	EXPECT_EQ(0, set_int(self->client, SOL_SOCKET, SO_SNDBUF, 50000));
	EXPECT_EQ(100000, get_int(self->client, SOL_SOCKET, SO_SNDBUF));
	EXPECT_EQ(0, set_int(self->client, SOL_SOCKET, SO_RCVBUF, 50000));
	EXPECT_EQ(100000, get_int(self->client, SOL_SOCKET, SO_RCVBUF));
	EXPECT_EQ(0, set_int(self->client, SOL_SOCKET, SO_KEEPALIVE, 1));
	EXPECT_EQ(1, get_int(self->client, SOL_SOCKET, SO_KEEPALIVE));
	EXPECT_EQ(0, set_int(self->client, SOL_SOCKET, SO_MARK, 7) == -EPERM ? 0 :
		  get_int(self->client, SOL_SOCKET, SO_MARK) - 7);
	EXPECT_EQ(0, set_int(self->client, SOL_SOCKET, SO_PRIORITY, 3));
	EXPECT_EQ(3, get_int(self->client, SOL_SOCKET, SO_PRIORITY));
}

TEST_F(pair, options_of_ip)
{
	bool v4 = self->way.family == AF_INET;
	int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
	int tos = v4 ? IP_TOS : IPV6_TCLASS, ttl = v4 ? IP_TTL : IPV6_UNICAST_HOPS;

	EXPECT_EQ(0, set_int(self->client, level, tos, 0x10));
	EXPECT_EQ(0x10, get_int(self->client, level, tos));
	EXPECT_EQ(0, set_int(self->client, level, ttl, 33));
	EXPECT_EQ(33, get_int(self->client, level, ttl));
	EXPECT_EQ(5, send_text(self->client, "hello"));
	EXPECT_EQ(0, recv_text(self->server, "hello"));
}

TEST_F(pair, a_second_descriptor_keeps_it_open)
{
	int fd = dup(self->client);

	close(self->client);
	self->client = fd;
	EXPECT_EQ(0, events_of(self->server, POLLIN, NEVER));
	EXPECT_EQ(5, send_text(fd, "hello"));
	EXPECT_EQ(0, recv_text(self->server, "hello"));
}

TEST_HARNESS_MAIN
