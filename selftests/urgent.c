// SPDX-License-Identifier: GPL-2.0
/*
 * urgent.c - urgent data: MSG_OOB, SO_OOBINLINE, SIOCATMARK, SIGURG and POLLPRI (RFC 9293 section
 * 3.8.5, RFC 6093)
 *
 * What TCP does is right: every test runs on it, too.
 */
#include "sock.h"

#include <linux/sockios.h>

FIXTURE_PAIR(urgent);
ALL_WAYS(urgent);

static int send_oob(int fd, const char *text)
{
	return ret((int)send(fd, text, strlen(text), MSG_OOB | MSG_NOSIGNAL));
}

/* The urgent byte, or -errno. */
static int recv_oob(int fd, int flags)
{
	unsigned char byte = 0;
	int n = ret((int)recv(fd, &byte, 1, MSG_OOB | flags));

	return n == 1 ? byte : n;
}

static int at_mark(int fd)
{
	int answer = -1;

	return ioctl(fd, SIOCATMARK, &answer) ? -errno : answer;
}

static int inq(int fd)
{
	int answer = -1;

	return ioctl(fd, SIOCINQ, &answer) ? -errno : answer;
}

/* Wait for it. */
static bool urgent_came(int fd)
{
	return events_of(fd, POLLPRI, SOON) & POLLPRI;
}

/* What one recv() gives must be that text. Returns 0, -errno, or 1 when it was another. */
static int recv_once(int fd, const char *text, int flags)
{
	char got[4096];
	int n = ret((int)recv(fd, got, sizeof(got), flags));

	if (n < 0)
		return n;
	return n == (int)strlen(text) && !memcmp(got, text, (size_t)n) ? 0 : 1;
}

/* Wait until so many bytes are there to be read. */
static int inq_reaches(int fd, int n)
{
	long long end = now_ms() + SOON;

	while (inq(fd) < n && now_ms() < end)
		poll(NULL, 0, 1);
	return inq(fd);
}

TEST_F(urgent, MUST_30_the_last_byte_is_read_out_of_band)
{
	ASSERT_EQ(3, send_oob(self->client, "abc"));
	ASSERT_TRUE(urgent_came(self->server));
	EXPECT_EQ('c', recv_oob(self->server, 0));
	EXPECT_EQ(0, recv_once(self->server, "ab", 0));
	EXPECT_EQ(-EAGAIN, recv_some(self->server, MSG_DONTWAIT));
}

TEST_F(urgent, MUST_31_a_long_run_may_be_urgent)
{
	static char run[40000];
	char got[4096];
	size_t have = 0;

	memset(run, 'x', sizeof(run));
	for (int i = 0; i < 2; i++)
		ASSERT_EQ((int)sizeof(run),
			  ret((int)send(self->client, run, sizeof(run), MSG_OOB)));
	ASSERT_EQ(4, send_oob(self->client, "xxx!"));
	while (have < 2 * sizeof(run) + 3) {
		int n = ret((int)recv(self->server, got, sizeof(got), 0));

		ASSERT_LT(0, n);
		for (int i = 0; i < n; i++)
			ASSERT_EQ('x', got[i]);
		have += (size_t)n;
		/* an earlier pointer, if the reader is fast, takes its byte out of the stream */
		if (have >= 2 * sizeof(run) + 1)
			break;
	}
	ASSERT_TRUE(urgent_came(self->server));
	EXPECT_EQ('!', recv_oob(self->server, 0));
}

static int signals;

static void on_signal(int number)
{
	__atomic_fetch_add(&signals, 1, __ATOMIC_SEQ_CST);
}

static bool signals_reach(int n)
{
	long long end = now_ms() + SOON;

	while (__atomic_load_n(&signals, __ATOMIC_SEQ_CST) < n && now_ms() < end)
		poll(NULL, 0, 1);
	return __atomic_load_n(&signals, __ATOMIC_SEQ_CST) == n;
}

TEST_F(urgent, MUST_32_the_owner_gets_sigurg_each_time_the_pointer_advances)
{
	struct sigaction action = { .sa_handler = on_signal };

	signals = 0;
	ASSERT_EQ(0, sigaction(SIGURG, &action, NULL));
	ASSERT_EQ(0, fcntl(self->server, F_SETOWN, getpid()));
	ASSERT_EQ(1, send_oob(self->client, "a"));
	EXPECT_TRUE(signals_reach(1));
	ASSERT_EQ(1, send_text(self->client, "b"));
	ASSERT_EQ(1, send_oob(self->client, "c"));
	EXPECT_TRUE(signals_reach(2));
	EXPECT_EQ(0, close(self->client));
	EXPECT_TRUE(signals_reach(2));
	self->client = -1;
}

TEST_F(urgent, MUST_32_poll_and_select_tell)
{
	fd_set except;
	struct timeval soon = { .tv_sec = SOON / 1000 };

	EXPECT_EQ(0, events_of(self->server, POLLPRI, 0));
	ASSERT_EQ(1, send_oob(self->client, "a"));
	EXPECT_EQ(POLLPRI, events_of(self->server, POLLPRI, SOON));
	FD_ZERO(&except);
	FD_SET(self->server, &except);
	EXPECT_EQ(1, select(self->server + 1, NULL, NULL, &except, &soon));
	EXPECT_EQ(0, events_of(self->server, POLLIN, 0));
	EXPECT_EQ('a', recv_oob(self->server, 0));
	EXPECT_EQ(0, events_of(self->server, POLLPRI, 0));
}

TEST_F(urgent, MUST_33_the_mark_tells_how_much_comes_before_it)
{
	EXPECT_EQ(0, at_mark(self->server));
	ASSERT_EQ(4, send_oob(self->client, "abcd"));
	ASSERT_EQ(2, send_text(self->client, "ef"));
	ASSERT_TRUE(urgent_came(self->server));
	EXPECT_EQ(0, at_mark(self->server));
	EXPECT_EQ(3, inq(self->server));
	EXPECT_EQ(0, recv_once(self->server, "abc", 0));
	EXPECT_EQ(1, at_mark(self->server));
	EXPECT_EQ(0, inq(self->server));
	EXPECT_EQ(0, recv_once(self->server, "ef", 0));
	EXPECT_EQ(0, at_mark(self->server));
}

TEST_F(urgent, a_read_stops_before_the_mark_even_for_waitall)
{
	ASSERT_EQ(3, send_text(self->client, "abc"));
	ASSERT_EQ(1, send_oob(self->client, "!"));
	ASSERT_EQ(3, send_text(self->client, "def"));
	ASSERT_TRUE(urgent_came(self->server));
	EXPECT_EQ(0, recv_once(self->server, "abc", MSG_WAITALL));
	EXPECT_EQ('!', recv_oob(self->server, 0));
	EXPECT_EQ(1, at_mark(self->server));
	EXPECT_EQ(0, recv_text(self->server, "def"));
}

TEST_F(urgent, recv_oob_says_what_tcp_says_when_there_is_none)
{
	EXPECT_EQ(-EINVAL, recv_oob(self->server, 0));
	ASSERT_EQ(1, send_oob(self->client, "a"));
	ASSERT_TRUE(urgent_came(self->server));
	EXPECT_EQ('a', recv_oob(self->server, MSG_PEEK));
	EXPECT_EQ('a', recv_oob(self->server, 0));
	EXPECT_EQ(-EINVAL, recv_oob(self->server, 0));
	EXPECT_EQ(-ENOTCONN, recv_oob(self->listener, 0));
}

TEST_F(urgent, recv_oob_sets_its_flag_and_truncates)
{
	char byte[2] = "";
	struct iovec iov = { byte, 2 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	ASSERT_EQ(1, send_oob(self->client, "a"));
	ASSERT_TRUE(urgent_came(self->server));
	EXPECT_EQ(1, ret((int)recvmsg(self->server, &msg, MSG_OOB | MSG_PEEK)));
	EXPECT_EQ(MSG_OOB, msg.msg_flags & (MSG_OOB | MSG_TRUNC));
	EXPECT_EQ('a', byte[0]);
	iov.iov_len = 0;
	EXPECT_EQ(0, ret((int)recvmsg(self->server, &msg, MSG_OOB)));
	EXPECT_EQ(MSG_OOB | MSG_TRUNC, msg.msg_flags & (MSG_OOB | MSG_TRUNC));
	EXPECT_EQ(-EINVAL, recv_oob(self->server, 0));
}

TEST_F(urgent, inline_it_is_a_byte_of_the_stream)
{
	EXPECT_EQ(0, get_int(self->server, SOL_SOCKET, SO_OOBINLINE));
	ASSERT_EQ(0, set_int(self->server, SOL_SOCKET, SO_OOBINLINE, 1));
	EXPECT_EQ(1, get_int(self->server, SOL_SOCKET, SO_OOBINLINE));
	ASSERT_EQ(3, send_oob(self->client, "abc"));
	ASSERT_EQ(2, send_text(self->client, "de"));
	ASSERT_TRUE(urgent_came(self->server));
	EXPECT_EQ(-EINVAL, recv_oob(self->server, 0));
	EXPECT_EQ(5, inq_reaches(self->server, 5));
	EXPECT_EQ(0, recv_once(self->server, "ab", 0));
	EXPECT_EQ(1, at_mark(self->server));
	EXPECT_EQ(0, recv_once(self->server, "cde", 0));
	EXPECT_EQ(0, at_mark(self->server));
}

TEST_F(urgent, of_two_the_last_one_counts)
{
	ASSERT_EQ(2, send_oob(self->client, "aA"));
	ASSERT_TRUE(urgent_came(self->server));
	ASSERT_EQ(2, send_oob(self->client, "bB"));
	ASSERT_EQ(3, inq_reaches(self->server, 3));	/* a, A and b, before the mark */
	EXPECT_EQ('B', recv_oob(self->server, 0));
	EXPECT_EQ(0, recv_once(self->server, "aAb", 0));
}

TEST_F(urgent, a_reader_at_the_mark_never_gets_the_last_one_as_data)
{
	ASSERT_EQ(1, send_oob(self->client, "A"));
	ASSERT_TRUE(urgent_came(self->server));
	ASSERT_EQ(2, send_oob(self->client, "bB"));
	for (long long end = now_ms() + SOON;
	     recv_oob(self->server, MSG_PEEK) != 'B' && now_ms() < end;)
		poll(NULL, 0, 1);
	EXPECT_EQ('B', recv_oob(self->server, 0));
	EXPECT_EQ(0, recv_once(self->server, "b", 0));
	EXPECT_EQ(-EAGAIN, recv_some(self->server, MSG_DONTWAIT));
}

TEST_F(urgent, a_read_of_nothing_at_the_mark_moves_nothing)
{
	char byte;

	EXPECT_EQ(3, send_oob(self->client, "abc"));
	EXPECT_TRUE(urgent_came(self->server));
	EXPECT_EQ(2, send_text(self->client, "de"));
	EXPECT_EQ(0, recv_once(self->server, "ab", 0));
	EXPECT_TRUE(events_of(self->server, POLLIN, SOON) & POLLIN);
	EXPECT_EQ(0, recv(self->server, &byte, 0, MSG_DONTWAIT));
	EXPECT_EQ(0, recv(self->server, &byte, 0, MSG_DONTWAIT | MSG_TRUNC));
	EXPECT_EQ(0, recv(self->server, &byte, 0, MSG_DONTWAIT | MSG_PEEK));
	EXPECT_EQ(1, at_mark(self->server));
	EXPECT_EQ('c', recv_oob(self->server, 0));
	EXPECT_EQ(0, recv_once(self->server, "de", 0));
}

TEST_F(urgent, peeking_goes_round_it)
{
	ASSERT_EQ(3, send_oob(self->client, "ab!"));
	ASSERT_EQ(2, send_text(self->client, "cd"));
	ASSERT_TRUE(urgent_came(self->server));
	EXPECT_EQ(0, recv_once(self->server, "ab", MSG_PEEK));
	EXPECT_EQ(0, at_mark(self->server));
	EXPECT_EQ(0, recv_once(self->server, "ab", 0));
	EXPECT_EQ(0, recv_once(self->server, "cd", MSG_PEEK));
	EXPECT_EQ(1, at_mark(self->server));
	EXPECT_EQ(0, recv_once(self->server, "cd", 0));
}

TEST_F(urgent, it_survives_the_end_of_the_stream)
{
	ASSERT_EQ(2, send_oob(self->client, "a!"));
	ASSERT_EQ(0, ret(shutdown(self->client, SHUT_WR)));
	ASSERT_TRUE(events_of(self->server, POLLRDHUP, SOON) & POLLRDHUP);
	EXPECT_EQ('!', recv_oob(self->server, 0));
	EXPECT_EQ(0, recv_once(self->server, "a", 0));
	EXPECT_EQ(0, recv_some(self->server, 0));
	EXPECT_EQ(-EINVAL, recv_oob(self->server, 0));
}

TEST_F(urgent, one_byte_at_a_time_goes_past_it)
{
	char byte;

	ASSERT_EQ(2, send_oob(self->client, "a!"));
	ASSERT_EQ(1, send_text(self->client, "b"));
	ASSERT_TRUE(urgent_came(self->server));
	ASSERT_EQ(1, recv(self->server, &byte, 1, 0));
	EXPECT_EQ('a', byte);
	ASSERT_EQ(1, recv(self->server, &byte, 1, 0));
	EXPECT_EQ('b', byte);
	EXPECT_EQ(-EINVAL, recv_oob(self->server, 0));
}

TEST_F(urgent, more_to_come_does_not_hold_it)
{
	ASSERT_EQ(1, ret((int)send(self->client, "!", 1, MSG_OOB | MSG_MORE)));
	ASSERT_TRUE(urgent_came(self->server));
	ASSERT_EQ(0, set_int(self->client, IPPROTO_TCP, TCP_CORK, 1));
	EXPECT_EQ('!', recv_oob(self->server, 0));
	ASSERT_EQ(1, send_oob(self->client, "?"));
	ASSERT_TRUE(urgent_came(self->server));
	EXPECT_EQ('?', recv_oob(self->server, 0));
}

TEST_F(urgent, sending_it_after_shutdown_is_a_broken_pipe)
{
	ASSERT_EQ(0, ret(shutdown(self->client, SHUT_WR)));
	EXPECT_EQ(-EPIPE, send_oob(self->client, "a"));
}

TEST_F(urgent, the_peer_hears_of_it_although_its_buffer_is_full)
{
	char block[32768] = "";

	ASSERT_EQ(0, nonblocking(self->client));
	for (int idle = 0; idle < 3;) {
		int n = ret((int)send(self->client, block, sizeof(block), 0));

		idle = n == -EAGAIN ? idle + 1 : 0;
		if (idle)
			poll(NULL, 0, 20);
		else
			ASSERT_LT(0, n);
	}
	EXPECT_EQ(0, events_of(self->server, POLLPRI, 0));
	ASSERT_EQ(0, set_int(self->client, SOL_SOCKET, SO_SNDBUF, 1 << 20));
	for (long long end = now_ms() + SOON; now_ms() < end;) {
		int n = send_oob(self->client, "!");

		if (n == 1 || n != -EAGAIN)
			break;
		/* TCP has no room for it: so much is a matter of buffers */
		ASSERT_LT(0, recv_some(self->server, 0));
	}
	for (long long end = now_ms() + SOON;
	     !(events_of(self->server, POLLPRI, 0) & POLLPRI) && now_ms() < end;)
		ASSERT_LT(0, recv_some(self->server, 0));
	ASSERT_TRUE(urgent_came(self->server));
	EXPECT_EQ('!', recv_oob(self->server, 0));
}

TEST_HARNESS_MAIN
