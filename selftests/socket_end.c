// SPDX-License-Identifier: GPL-2.0
/*
 * socket_end.c - close, linger, reset, signals, and what is left afterwards
 */
#include <sys/wait.h>

#include "sock.h"

FIXTURE_PAIR(end);
ALL_WAYS(end);

/* Close a descriptor of the fixture, and keep the teardown from doing it again. */
static int close_now(int *fd)
{
	int r = ret(close(*fd));

	*fd = -1;
	return r;
}

static int state_of(int fd)
{
	struct tcp_info info = { };
	socklen_t len = sizeof(info);
	int r = ret(getsockopt(fd, SOL_TCP, TCP_INFO, &info, &len));

	return r ? r : info.tcpi_state;
}

/* The error or the end that a receive comes to, when all that is there was taken. */
static int recv_until_end(int fd)
{
	int n;

	do {
		n = recv_some(fd, 0);
	} while (n > 0);
	return n;
}

TEST_F(end, close_is_the_end_of_the_stream)
{
	EXPECT_EQ(5, send_text(self->client, "hello"));
	EXPECT_EQ(0, close_now(&self->client));
	EXPECT_EQ(0, recv_text(self->server, "hello"));
	EXPECT_EQ(0, recv_some(self->server, 0));
	EXPECT_EQ(0, get_int(self->server, SOL_SOCKET, SO_ERROR));
}

TEST_F(end, close_without_a_word)
{
	EXPECT_EQ(0, close_now(&self->client));
	EXPECT_EQ(0, recv_some(self->server, 0));
	EXPECT_EQ(0, close_now(&self->server));
}

TEST_F(end, the_server_closes_first)
{
	EXPECT_EQ(0, close_now(&self->server));
	EXPECT_EQ(0, recv_some(self->client, 0));
	EXPECT_EQ(0, close_now(&self->client));
}

TEST_F(end, both_close_at_once)
{
	EXPECT_EQ(0, ret(shutdown(self->client, SHUT_WR)));
	EXPECT_EQ(0, ret(shutdown(self->server, SHUT_WR)));
	EXPECT_EQ(0, recv_some(self->client, 0));
	EXPECT_EQ(0, recv_some(self->server, 0));
}

TEST_F(end, what_was_sent_arrives_after_close)
{
	enum { LEN = 200000 };
	struct mover m = { .fd = self->client, .len = LEN };

	ASSERT_EQ(0, mover_start(&m));
	usleep(20000);
	/*
	 * the mover may wait for room: let the reader make it, then close with the rest still
	 * queued
	 */
	EXPECT_EQ(0, recv_stream(self->server, LEN / 2, false));
	EXPECT_EQ(0, mover_end(&m));
	EXPECT_EQ(0, close_now(&self->client));
	EXPECT_EQ(LEN - LEN / 2, ({
		int n, sum = 0;

		while ((n = recv_some(self->server, 0)) > 0)
			sum += n;
		n < 0 ? n : sum;
	}));
}

/* tcp(7): no FIN-WAIT-2 for it, whether its FIN was acknowledged before close() or after it. */
TEST_F(end, TCP_LINGER2_below_0_waits_for_no_FIN)
{
	ASSERT_EQ(0, ret(shutdown(self->client, SHUT_WR)));
	EXPECT_EQ(0, recv_some(self->server, 0));
	for (int i = 0; i < 200 && state_of(self->client) != TCP_FIN_WAIT2; i++)
		usleep(10000);
	ASSERT_EQ(TCP_FIN_WAIT2, state_of(self->client));
	ASSERT_EQ(0, set_int(self->client, SOL_TCP, TCP_LINGER2, -1));
	EXPECT_EQ(0, close_now(&self->client));
	EXPECT_EQ(POLLERR | POLLHUP, events_of(self->server, 0, SOON));
}

TEST_F(end, TCP_LINGER2_below_0_resets_when_the_FIN_is_acknowledged)
{
	ASSERT_EQ(0, set_int(self->client, SOL_TCP, TCP_LINGER2, -1));
	EXPECT_EQ(0, close_now(&self->client));
	EXPECT_EQ(POLLERR | POLLHUP, events_of(self->server, 0, SOON));
}

TEST_F(end, close_with_data_unread_resets)
{
	EXPECT_EQ(5, send_text(self->client, "hello"));
	ASSERT_EQ(POLLIN, events_of(self->server, POLLIN, SOON));
	EXPECT_EQ(0, close_now(&self->server));
	EXPECT_EQ(POLLERR | POLLHUP, events_of(self->client, 0, SOON));
	EXPECT_EQ(-ECONNRESET, recv_some(self->client, 0));
	EXPECT_EQ(0, recv_some(self->client, 0));
}

TEST_F(end, linger_0_resets)
{
	ASSERT_EQ(0, set_linger(self->client, 1, 0));
	EXPECT_EQ(0, close_now(&self->client));
	EXPECT_EQ(POLLERR | POLLHUP, events_of(self->server, 0, SOON));
	EXPECT_EQ(ECONNRESET, get_int(self->server, SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(0, get_int(self->server, SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(0, recv_some(self->server, 0));
	EXPECT_EQ(-EPIPE, send_text(self->server, "x"));
}

TEST_F(end, a_reset_throws_away_what_was_not_read)
{
	EXPECT_EQ(5, send_text(self->client, "hello"));
	ASSERT_EQ(POLLIN, events_of(self->server, POLLIN, SOON));
	ASSERT_EQ(0, set_linger(self->client, 1, 0));
	EXPECT_EQ(0, close_now(&self->client));
	EXPECT_EQ(POLLERR | POLLHUP, events_of(self->server, 0, SOON));
	/* TCP gives the data that came before; then the error */
	EXPECT_EQ(-ECONNRESET, recv_until_end(self->server));
}

TEST_F(end, a_reader_that_waits_hears_of_a_reset)
{
	struct mover m = { .fd = self->server, .len = 1, .receive = true };

	ASSERT_EQ(0, mover_start(&m));
	usleep(50000);
	ASSERT_EQ(0, set_linger(self->client, 1, 0));
	EXPECT_EQ(0, close_now(&self->client));
	EXPECT_EQ(-ECONNRESET, mover_end(&m));
}

TEST_F(end, linger_waits_until_it_is_acknowledged)
{
	long long start = now_ms();

	ASSERT_EQ(0, set_linger(self->client, 1, 5));
	EXPECT_EQ(5, send_text(self->client, "hello"));
	EXPECT_EQ(0, close_now(&self->client));
	EXPECT_GT(2000, now_ms() - start);
	EXPECT_EQ(0, recv_text(self->server, "hello"));
	EXPECT_EQ(0, recv_some(self->server, 0));
}

TEST_F(end, linger_waits_no_longer_than_that)
{
	static char junk[65536];
	long long start;

	set_int(self->client, SOL_SOCKET, SO_SNDBUF, 65536);
	while (send(self->client, junk, sizeof(junk), MSG_DONTWAIT) > 0 ||
	       events_of(self->client, POLLOUT, NEVER))
		;
	ASSERT_EQ(0, set_linger(self->client, 1, 1));
	start = now_ms();
	EXPECT_EQ(0, close_now(&self->client));
	EXPECT_LE(900, now_ms() - start);
	EXPECT_GT(3000, now_ms() - start);
}

TEST_F(end, linger_is_told)
{
	struct linger l = {};
	socklen_t len = sizeof(l);

	ASSERT_EQ(0, set_linger(self->client, 1, 7));
	ASSERT_EQ(0, ret(getsockopt(self->client, SOL_SOCKET, SO_LINGER, &l, &len)));
	EXPECT_EQ(1, l.l_onoff);
	EXPECT_EQ(7, l.l_linger);
	set_linger(self->client, 0, 0);
}

TEST_F(end, send_to_one_who_is_gone)
{
	EXPECT_EQ(0, close_now(&self->server));
	EXPECT_EQ(0, recv_some(self->client, 0));
	EXPECT_EQ(5, send_text(self->client, "hello"));
	/* RST answers it */
	EXPECT_EQ(POLLHUP | POLLERR, events_of(self->client, 0, SOON) & (POLLHUP | POLLERR));
	EXPECT_EQ(-EPIPE, send_text(self->client, "again"));
}

TEST_F(end, epipe_comes_with_sigpipe)
{
	pid_t pid;
	int status;

	EXPECT_EQ(0, ret(shutdown(self->client, SHUT_WR)));
	pid = fork();
	if (!pid) {
		signal(SIGPIPE, SIG_DFL);
		if (send(self->client, "x", 1, MSG_NOSIGNAL) != -1 || errno != EPIPE)
			_exit(1);
		send(self->client, "x", 1, 0);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGPIPE, WTERMSIG(status));
}

TEST_F(end, a_process_that_dies_closes)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		send(self->client, "last words", 10, 0);
		raise(SIGKILL);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, close_now(&self->client));
	EXPECT_EQ(0, recv_text(self->server, "last words"));
	EXPECT_EQ(0, recv_some(self->server, 0));
}

static void nothing(int sig)
{
	(void)sig;
}

static void *kick(void *arg)
{
	usleep(50000);
	pthread_kill(*(pthread_t *)arg, SIGUSR1);
	return NULL;
}

TEST_F(end, signals_interrupt)
{
	struct sigaction sa = { .sa_handler = nothing };
	pthread_t me = pthread_self(), thread;

	sigaction(SIGUSR1, &sa, NULL);
	ASSERT_EQ(0, pthread_create(&thread, NULL, kick, &me));
	EXPECT_EQ(-EINTR, recv_some(self->server, 0));
	pthread_join(thread, NULL);
	ASSERT_EQ(0, pthread_create(&thread, NULL, kick, &me));
	EXPECT_EQ(-EINTR, accept_from(self->listener));
	pthread_join(thread, NULL);
	EXPECT_EQ(5, send_text(self->client, "hello"));
	EXPECT_EQ(0, recv_text(self->server, "hello"));
}

TEST_F(end, a_listener_that_closes_resets_who_waits)
{
	int l = new_listener(self->way, 4), a = new_client(self->way, l),
	    b = new_client(self->way, l);

	ASSERT_LE(0, b);
	close(l);
	EXPECT_EQ(POLLERR | POLLHUP, events_of(a, 0, SOON) & (POLLERR | POLLHUP));
	EXPECT_EQ(-ECONNRESET, recv_until_end(a));
	EXPECT_EQ(-ECONNRESET, recv_until_end(b));
}

TEST_F(end, a_listener_that_closes_leaves_who_was_accepted)
{
	EXPECT_EQ(0, close_now(&self->listener));
	EXPECT_EQ(5, send_text(self->client, "hello"));
	EXPECT_EQ(0, recv_text(self->server, "hello"));
}

TEST_F(end, shutdown_of_a_listener)
{
	int l = new_listener(self->way, 4);

	ASSERT_EQ(0, ret(shutdown(l, SHUT_RD)));
	EXPECT_EQ(-EINVAL, accept_from(l));
}

TEST_F(end, accepted_after_it_was_closed)
{
	int c = new_client(self->way, self->listener), s;

	ASSERT_LE(0, c);
	EXPECT_EQ(5, send_text(c, "hello"));
	close(c);
	s = accept_from(self->listener);
	ASSERT_LE(0, s);
	EXPECT_EQ(0, recv_text(s, "hello"));
	EXPECT_EQ(0, recv_some(s, 0));
}

TEST_F(end, accepted_after_it_was_reset)
{
	int c = new_client(self->way, self->listener), s;

	ASSERT_LE(0, c);
	ASSERT_EQ(0, set_linger(c, 1, 0));
	close(c);
	ASSERT_EQ(0, nonblocking(self->listener));
	s = accept_from(self->listener);
	/* Linux hands it out with its error; POSIX also allows to say nothing of it */
	EXPECT_TRUE(s == -EAGAIN || s == -ECONNABORTED || recv_some(s, 0) == -ECONNRESET);
}

/* Both ends closed, @first first: that end is in TIME-WAIT now. */
static void close_both(int *first, int *second)
{
	char c;

	shutdown(*first, SHUT_WR);
	(void)!read(*second, &c, 1);
	close_now(second);
	(void)!read(*first, &c, 1);
	close_now(first);
}

TEST_F(end, time_wait_holds_the_port)
{
	struct where w = name_of(self->listener);
	int fd = new_socket(self->way);

	/* both must have said so: the one that left TIME-WAIT behind, and the one that comes */
	ASSERT_EQ(0, set_int(self->server, SOL_SOCKET, SO_REUSEADDR, 1));
	close_both(&self->server, &self->client);
	close_now(&self->listener);
	EXPECT_EQ(-EADDRINUSE, bind_to(fd, w));
	ASSERT_EQ(0, set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	EXPECT_EQ(0, bind_to(fd, w));
	EXPECT_EQ(0, ret(listen(fd, 1)));
	EXPECT_LE(0, new_client(self->way, fd));
}

TEST_F(end, no_time_wait_where_the_other_end_closed_first)
{
	struct where w = name_of(self->listener);
	int fd = new_socket(self->way);

	close_both(&self->client, &self->server);
	close_now(&self->listener);
	EXPECT_EQ(0, bind_to(fd, w));
	EXPECT_EQ(0, ret(listen(fd, 1)));
}

TEST_F(end, no_time_wait_after_a_reset)
{
	struct where w = name_of(self->listener);
	int fd = new_socket(self->way);

	ASSERT_EQ(0, set_linger(self->server, 1, 0));
	close_now(&self->server);
	close_now(&self->listener);
	EXPECT_EQ(0, bind_to(fd, w));
}

TEST_F(end, a_new_connection_in_the_place_of_time_wait)
{
	struct where from = name_of(self->client);
	int fd, s;

	close_both(&self->server, &self->client);
	fd = new_socket(self->way);
	ASSERT_EQ(0, set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	ASSERT_EQ(0, bind_to(fd, from));
	ASSERT_EQ(0, set_timeout(fd, SO_SNDTIMEO, SOON));
	ASSERT_EQ(0, connect_to(fd, name_of(self->listener)));
	s = accept_from(self->listener);
	ASSERT_LE(0, s);
	EXPECT_EQ(5, send_text(fd, "hello"));
	EXPECT_EQ(0, recv_text(s, "hello"));
}

TEST_F(end, a_socket_does_not_connect_again_after_a_reset)
{
	int k = new_listener(self->way, 1);

	ASSERT_EQ(0, set_linger(self->server, 1, 0));
	close_now(&self->server);
	EXPECT_EQ(-ECONNRESET, recv_until_end(self->client));
	EXPECT_EQ(-EISCONN, connect_to(self->client, name_of(k)));
}

TEST_F(end, many_short_lives)
{
	for (int i = 0; i < 200; i++) {
		int c = new_client(self->way, self->listener), s;

		ASSERT_LE(0, c);
		s = accept_from(self->listener);
		ASSERT_LE(0, s);
		ASSERT_EQ(2, send_text(c, "hi"));
		ASSERT_EQ(0, recv_text(s, "hi"));
		if (i & 1)
			close_both(&c, &s);
		else
			close_both(&s, &c);
	}
}

TEST_HARNESS_MAIN
