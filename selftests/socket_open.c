// SPDX-License-Identifier: GPL-2.0
/*
 * socket_open.c - socket, bind, listen, connect, accept, and the names of both ends
 */
#include <sys/stat.h>

#include "sock.h"

FIXTURE_SOCK(open);
ALL_WAYS(open);

TEST_F(open, what_the_socket_says_it_is)
{
	int fd = new_socket(self->way);

	ASSERT_LE(0, fd);
	EXPECT_EQ(SOCK_STREAM, get_int(fd, SOL_SOCKET, SO_TYPE));
	EXPECT_EQ(self->way.family, get_int(fd, SOL_SOCKET, SO_DOMAIN));
	if (!getenv("TOY_TESTS"))
		EXPECT_EQ(self->way.protocol, get_int(fd, SOL_SOCKET, SO_PROTOCOL));
	EXPECT_EQ(0, get_int(fd, SOL_SOCKET, SO_ACCEPTCONN));
	EXPECT_EQ(0, get_int(fd, SOL_SOCKET, SO_ERROR));
}

TEST_F(open, no_datagrams)
{
	EXPECT_EQ(-EPROTONOSUPPORT, ret(socket(self->way.family, SOCK_DGRAM, self->way.protocol)));
}

TEST_F(open, flags_of_socket)
{
	int fd = socket(self->way.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);

	ASSERT_LE(0, fd);
	EXPECT_TRUE(fcntl(fd, F_GETFL) & O_NONBLOCK);
	EXPECT_TRUE(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

TEST_F(open, bind_to_port_0_takes_a_free_one)
{
	int fd = new_socket(self->way);

	ASSERT_EQ(0, bind_to(fd, loopback(self->way.family, 0)));
	EXPECT_LT(1023, port_of(fd));
	EXPECT_TRUE(same_where(name_of(fd), loopback(self->way.family, port_of(fd))));
}

TEST_F(open, ephemeral_ports_differ)
{
	enum { N = 64 };
	int fd[N];

	for (int i = 0; i < N; i++) {
		fd[i] = new_socket(self->way);
		ASSERT_EQ(0, bind_to(fd[i], loopback(self->way.family, 0)));
		for (int j = 0; j < i; j++)
			ASSERT_NE(port_of(fd[j]), port_of(fd[i]));
	}
}

TEST_F(open, bind_to_a_taken_port)
{
	int a = new_socket(self->way), b = new_socket(self->way);

	ASSERT_EQ(0, bind_to(a, loopback(self->way.family, 0)));
	EXPECT_EQ(-EADDRINUSE, bind_to(b, name_of(a)));
	EXPECT_EQ(-EADDRINUSE, bind_to(b, any_addr(self->way.family, port_of(a))));
	close(a);
	a = new_socket(self->way);
	EXPECT_EQ(0, bind_to(b, loopback(self->way.family, 0)));
	EXPECT_EQ(0, bind_to(a, loopback(self->way.family, 0)));
}

TEST_F(open, bind_to_a_port_that_is_free_again)
{
	int a = new_socket(self->way), b = new_socket(self->way);
	struct where w;

	ASSERT_EQ(0, bind_to(a, loopback(self->way.family, 0)));
	w = name_of(a);
	close(a);
	EXPECT_EQ(0, bind_to(b, w));
}

TEST_F(open, bind_twice)
{
	int fd = new_socket(self->way);

	ASSERT_EQ(0, bind_to(fd, loopback(self->way.family, 0)));
	EXPECT_EQ(-EINVAL, bind_to(fd, loopback(self->way.family, 0)));
}

TEST_F(open, bind_to_an_address_of_others)
{
	struct where w = any_addr(self->way.family, 0);
	int fd = new_socket(self->way);

	if (self->way.family == AF_INET)
		inet_pton(AF_INET, "192.0.2.1", &w.v4.sin_addr);
	else
		inet_pton(AF_INET6, "2001:db8::1", &w.v6.sin6_addr);
	EXPECT_EQ(-EADDRNOTAVAIL, bind_to(fd, w));
}

TEST_F(open, bind_with_another_family)
{
	int other = self->way.family == AF_INET ? AF_INET6 : AF_INET;
	int fd = new_socket(self->way), r = bind_to(fd, loopback(other, 0));

	EXPECT_TRUE(r == -EAFNOSUPPORT || r == -EINVAL);
}

TEST_F(open, bind_with_a_short_address)
{
	struct where w = loopback(self->way.family, 0);
	int fd = new_socket(self->way);

	w.len = 4;
	EXPECT_EQ(-EINVAL, bind_to(fd, w));
}

TEST_F(open, bind_with_a_bad_pointer)
{
	int fd = new_socket(self->way);

	EXPECT_EQ(-EFAULT, ret(bind(fd, (void *)8, sizeof(struct sockaddr_in6))));
}

TEST_F(open, low_ports_are_roots)
{
	int fd = new_socket(self->way);

	if (geteuid() || setresuid(65534, 65534, 65534))
		SKIP(return, "needs root to become somebody else");
	EXPECT_EQ(-EACCES, bind_to(fd, loopback(self->way.family, 7)));
}

TEST_F(open, reuseaddr_lets_two_bind_but_one_listen)
{
	int a = new_socket(self->way), b = new_socket(self->way);

	EXPECT_EQ(0, set_int(a, SOL_SOCKET, SO_REUSEADDR, 1));
	EXPECT_EQ(0, set_int(b, SOL_SOCKET, SO_REUSEADDR, 1));
	ASSERT_EQ(0, bind_to(a, loopback(self->way.family, 0)));
	ASSERT_EQ(0, bind_to(b, name_of(a)));
	EXPECT_EQ(0, ret(listen(a, 1)));
	EXPECT_EQ(-EADDRINUSE, ret(listen(b, 1)));
}

TEST_F(open, reuseaddr_does_not_take_a_listeners_port)
{
	int a = new_listener(self->way, 1), b = new_socket(self->way);

	ASSERT_LE(0, a);
	EXPECT_EQ(0, set_int(b, SOL_SOCKET, SO_REUSEADDR, 1));
	EXPECT_EQ(-EADDRINUSE, bind_to(b, name_of(a)));
}

TEST_F(open, reuseport_lets_two_listen)
{
	int a = new_socket(self->way), b = new_socket(self->way), c;

	EXPECT_EQ(0, set_int(a, SOL_SOCKET, SO_REUSEPORT, 1));
	EXPECT_EQ(0, set_int(b, SOL_SOCKET, SO_REUSEPORT, 1));
	ASSERT_EQ(0, bind_to(a, loopback(self->way.family, 0)));
	ASSERT_EQ(0, bind_to(b, name_of(a)));
	EXPECT_EQ(0, ret(listen(a, 4)));
	EXPECT_EQ(0, ret(listen(b, 4)));
	c = new_client(self->way, a);
	EXPECT_LE(0, c);
}

TEST_F(open, listen_without_bind)
{
	int fd = new_socket(self->way);

	ASSERT_EQ(0, ret(listen(fd, 1)));
	EXPECT_LT(0, port_of(fd));
	EXPECT_EQ(1, get_int(fd, SOL_SOCKET, SO_ACCEPTCONN));
}

TEST_F(open, listen_again_changes_the_backlog)
{
	int fd = new_listener(self->way, 1);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ret(listen(fd, 16)));
	EXPECT_LE(0, new_client(self->way, fd));
}

TEST_F(open, listen_on_a_connected_socket)
{
	int l = new_listener(self->way, 1), c = new_client(self->way, l);

	ASSERT_LE(0, c);
	EXPECT_EQ(-EINVAL, ret(listen(c, 1)));
}

TEST_F(open, accept_on_a_socket_that_does_not_listen)
{
	int fd = new_socket(self->way);

	EXPECT_EQ(-EINVAL, accept_from(fd));
}

TEST_F(open, accept_when_nobody_waits)
{
	int l = new_listener(self->way, 1);

	ASSERT_EQ(0, nonblocking(l));
	EXPECT_EQ(-EAGAIN, accept_from(l));
}

TEST_F(open, accept_gives_up_after_rcvtimeo)
{
	int l = new_listener(self->way, 1);
	long long start = now_ms();

	ASSERT_EQ(0, set_timeout(l, SO_RCVTIMEO, 100));
	EXPECT_EQ(-EAGAIN, accept_from(l));
	EXPECT_LE(95, now_ms() - start);
}

static void *connect_later(void *arg)
{
	struct way *way = arg;
	int l = *(int *)(way + 1);

	usleep(50000);
	return (void *)(long)new_client(*way, l);
}

TEST_F(open, accept_waits)
{
	struct {
		struct way way;
		int listener;
	} arg = { self->way, new_listener(self->way, 1) };
	pthread_t thread;
	void *client;

	ASSERT_EQ(0, pthread_create(&thread, NULL, connect_later, &arg));
	EXPECT_LE(0, accept_from(arg.listener));
	pthread_join(thread, &client);
	EXPECT_LE(0, (long)client);
}

TEST_F(open, accept_tells_who_it_is)
{
	int l = new_listener(self->way, 1), c = new_client(self->way, l), s;
	struct where peer = { .len = sizeof(peer.all) };

	ASSERT_LE(0, c);
	s = ret(accept(l, &peer.sa, &peer.len));
	ASSERT_LE(0, s);
	EXPECT_EQ(self->way.family == AF_INET ? sizeof(peer.v4) : sizeof(peer.v6), peer.len);
	EXPECT_TRUE(same_where(peer, name_of(c)));
}

TEST_F(open, accept4_flags)
{
	int l = new_listener(self->way, 1), c = new_client(self->way, l), s;

	ASSERT_LE(0, c);
	s = ret(accept4(l, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
	ASSERT_LE(0, s);
	EXPECT_TRUE(fcntl(s, F_GETFL) & O_NONBLOCK);
	EXPECT_TRUE(fcntl(s, F_GETFD) & FD_CLOEXEC);
}

TEST_F(open, accepted_sockets_inherit_options)
{
	int l = new_listener(self->way, 1), c, s;

	ASSERT_LE(0, l);
	EXPECT_EQ(0, set_int(l, SOL_TCP, TCP_NODELAY, 1));
	EXPECT_EQ(0, set_int(l, SOL_SOCKET, SO_KEEPALIVE, 1));
	c = new_client(self->way, l);
	ASSERT_LE(0, c);
	s = accept_from(l);
	EXPECT_EQ(1, get_int(s, SOL_TCP, TCP_NODELAY));
	EXPECT_EQ(1, get_int(s, SOL_SOCKET, SO_KEEPALIVE));
	EXPECT_EQ(0, get_int(s, SOL_SOCKET, SO_ACCEPTCONN));
	EXPECT_EQ(0, get_int(c, SOL_TCP, TCP_NODELAY));
}

TEST_F(open, names_of_both_ends_cross)
{
	int l = new_listener(self->way, 1), c = new_client(self->way, l), s = accept_from(l);

	ASSERT_LE(0, s);
	EXPECT_TRUE(same_where(name_of(c), peer_of(s)));
	EXPECT_TRUE(same_where(name_of(s), peer_of(c)));
	EXPECT_TRUE(same_where(name_of(s), name_of(l)));
}

TEST_F(open, a_name_that_is_cut_short)
{
	int l = new_listener(self->way, 1);
	struct where w = { .len = 4 };

	ASSERT_EQ(0, ret(getsockname(l, &w.sa, &w.len)));
	EXPECT_EQ(self->way.family == AF_INET ? sizeof(w.v4) : sizeof(w.v6), w.len);
	EXPECT_EQ(port_of(l), ntohs(w.v4.sin_port));
}

TEST_F(open, no_peer_no_name)
{
	int fd = new_socket(self->way), l = new_listener(self->way, 1);
	struct where w = { .len = sizeof(w.all) };

	EXPECT_EQ(-ENOTCONN, ret(getpeername(fd, &w.sa, &w.len)));
	EXPECT_EQ(-ENOTCONN, ret(getpeername(l, &w.sa, &w.len)));
}

TEST_F(open, accepted_in_the_order_they_came)
{
	int l = new_listener(self->way, 8), c[5];

	for (int i = 0; i < 5; i++) {
		c[i] = new_client(self->way, l);
		ASSERT_LE(0, c[i]);
	}
	for (int i = 0; i < 5; i++)
		EXPECT_TRUE(same_where(name_of(c[i]), peer_of(accept_from(l))));
}

TEST_F(open, a_listener_is_readable_when_somebody_waits)
{
	int l = new_listener(self->way, 8), c;

	EXPECT_EQ(0, events_of(l, POLLIN | POLLOUT, 0));
	c = new_client(self->way, l);
	ASSERT_LE(0, c);
	EXPECT_EQ(POLLIN, events_of(l, POLLIN | POLLOUT, SOON));
	EXPECT_LE(0, accept_from(l));
	EXPECT_EQ(0, events_of(l, POLLIN | POLLOUT, 0));
}

/* An address where nobody listens. */
static struct where deaf_addr(struct way way)
{
	int fd = new_socket(way);
	struct where w;

	bind_to(fd, loopback(way.family, 0));
	w = name_of(fd);
	close(fd);
	return w;
}

TEST_F(open, connect_refused)
{
	int fd = new_socket(self->way);

	EXPECT_EQ(-ECONNREFUSED, connect_to(fd, deaf_addr(self->way)));
	EXPECT_EQ(0, get_int(fd, SOL_SOCKET, SO_ERROR));
}

TEST_F(open, connect_to_a_bound_socket_is_refused)
{
	int a = new_socket(self->way), b = new_socket(self->way);

	ASSERT_EQ(0, bind_to(a, loopback(self->way.family, 0)));
	EXPECT_EQ(-ECONNREFUSED, connect_to(b, name_of(a)));
}

TEST_F(open, connect_after_refused)
{
	int l = new_listener(self->way, 1), fd = new_socket(self->way);

	ASSERT_EQ(-ECONNREFUSED, connect_to(fd, deaf_addr(self->way)));
	EXPECT_EQ(0, connect_to(fd, name_of(l)));
	EXPECT_LE(0, accept_from(l));
}

TEST_F(open, connect_twice)
{
	int l = new_listener(self->way, 1), c = new_client(self->way, l);

	ASSERT_LE(0, c);
	EXPECT_EQ(-EISCONN, connect_to(c, name_of(l)));
	EXPECT_EQ(-EISCONN, connect_to(accept_from(l), name_of(l)));
}

TEST_F(open, connect_on_a_listener)
{
	int l = new_listener(self->way, 1), k = new_listener(self->way, 1);

	EXPECT_EQ(-EISCONN, connect_to(l, name_of(k)));
}

TEST_F(open, connect_with_another_family)
{
	int l = new_listener(self->way, 1), fd = new_socket(self->way);
	struct where w = name_of(l);

	w.sa.sa_family = AF_UNIX;
	EXPECT_EQ(-EAFNOSUPPORT, connect_to(fd, w));
}

TEST_F(open, connect_with_a_short_address)
{
	int l = new_listener(self->way, 1), fd = new_socket(self->way);
	struct where w = name_of(l);

	w.len = 8;
	EXPECT_EQ(-EINVAL, connect_to(fd, w));
}

TEST_F(open, connect_to_the_unspecified_address_is_loopback)
{
	int l = new_listener(self->way, 1), fd = new_socket(self->way);

	ASSERT_EQ(0, connect_to(fd, any_addr(self->way.family, port_of(l))));
	EXPECT_TRUE(same_where(peer_of(fd), name_of(l)));
}

TEST_F(open, connect_from_a_bound_port)
{
	int l = new_listener(self->way, 1), fd = new_socket(self->way), port;

	ASSERT_EQ(0, bind_to(fd, any_addr(self->way.family, 0)));
	port = port_of(fd);
	ASSERT_EQ(0, connect_to(fd, name_of(l)));
	EXPECT_EQ(port, port_of(fd));
	EXPECT_TRUE(same_where(name_of(fd), loopback(self->way.family, port)));
}

TEST_F(open, connect_without_waiting)
{
	int l = new_listener(self->way, 1), fd = new_socket(self->way);

	ASSERT_EQ(0, nonblocking(fd));
	ASSERT_EQ(-EINPROGRESS, connect_to(fd, name_of(l)));
	EXPECT_EQ(POLLOUT, events_of(fd, POLLOUT, SOON));
	EXPECT_EQ(0, get_int(fd, SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(-EISCONN, connect_to(fd, name_of(l)) ?: connect_to(fd, name_of(l)));
	EXPECT_LE(0, accept_from(l));
}

TEST_F(open, connect_without_waiting_refused)
{
	int fd = new_socket(self->way);

	ASSERT_EQ(0, nonblocking(fd));
	ASSERT_EQ(-EINPROGRESS, connect_to(fd, deaf_addr(self->way)));
	EXPECT_EQ(POLLERR | POLLHUP, events_of(fd, POLLOUT, SOON) & (POLLERR | POLLHUP));
	EXPECT_EQ(ECONNREFUSED, get_int(fd, SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(0, get_int(fd, SOL_SOCKET, SO_ERROR));
}

/* A connect that hangs: its listener's queue is full. Returns the socket, or -errno. */
static int hanging(struct way way)
{
	int l = new_listener(way, 0);

	for (int i = 0; l >= 0 && i < 8; i++) {
		int fd = new_socket(way), r;

		if (fd < 0 || nonblocking(fd) < 0)
			break;
		r = connect_to(fd, name_of(l));
		if (r != -EINPROGRESS)
			return r;
		if (!events_of(fd, POLLOUT, NEVER))
			return fd;
	}
	return -EDOM;
}

TEST_F(open, connect_while_connecting)
{
	int fd = hanging(self->way);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EALREADY, connect_to(fd, loopback(self->way.family, 9)));
	EXPECT_EQ(0, get_int(fd, SOL_SOCKET, SO_ERROR));
}

TEST_F(open, close_while_connecting)
{
	int fd = hanging(self->way);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ret(close(fd)));
}

TEST_F(open, send_and_receive_while_connecting)
{
	int fd = hanging(self->way);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EAGAIN, send_text(fd, "early"));
	EXPECT_EQ(-EAGAIN, recv_some(fd, 0));
}

TEST_F(open, connect_gives_up_after_sndtimeo)
{
	int fd, l = new_listener(self->way, 0), r = 0;

	for (int i = 0; i < 8 && !r; i++) {
		fd = new_socket(self->way);
		ASSERT_EQ(0, set_timeout(fd, SO_SNDTIMEO, NEVER));
		r = connect_to(fd, name_of(l));
	}
	EXPECT_EQ(-EINPROGRESS, r);
}

TEST_F(open, connect_to_nobody_disconnects)
{
	int l = new_listener(self->way, 2), fd = new_client(self->way, l);
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct where w = { .len = sizeof(w.all) };

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ret(connect(fd, &none, sizeof(none))));
	EXPECT_EQ(-ENOTCONN, ret(getpeername(fd, &w.sa, &w.len)));
	EXPECT_EQ(0, connect_to(fd, name_of(l)));
}

/* SYN meets SYN: the shortest simultaneous open there is. */
TEST_F(open, connect_to_itself)
{
	int fd = new_socket(self->way);

	ASSERT_EQ(0, bind_to(fd, loopback(self->way.family, 0)));
	ASSERT_EQ(0, connect_to(fd, name_of(fd)));
	EXPECT_EQ(5, send_text(fd, "hello"));
	EXPECT_EQ(0, recv_text(fd, "hello"));
}

TEST_F(open, both_connect)
{
	int a = new_socket(self->way), b = new_socket(self->way), r;

	ASSERT_EQ(0, bind_to(a, loopback(self->way.family, 0)));
	ASSERT_EQ(0, bind_to(b, loopback(self->way.family, 0)));
	ASSERT_EQ(0, nonblocking(a));
	/*
	 * without a link between them to hold a SYN, one of the two is refused: but nothing may
	 * hang
	 */
	r = connect_to(a, name_of(b));
	EXPECT_TRUE(r == -EINPROGRESS || r == -ECONNREFUSED);
	r = connect_to(b, name_of(a));
	EXPECT_TRUE(r == 0 || r == -ECONNREFUSED);
	EXPECT_NE(0, events_of(a, POLLOUT, SOON));
}

/* The peer's SYN came and nobody has heard ours: there is nothing to read yet. */
TEST_F(open, nothing_is_to_be_read_in_syn_received)
{
	int a = new_socket(self->way), b = new_socket(self->way), unread = -1;
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);
	long long until;

	ASSERT_EQ(0, bind_to(a, loopback(self->way.family, 0)));
	ASSERT_EQ(0, bind_to(b, loopback(self->way.family, 0)));
	ASSERT_EQ(0, nonblocking(a));
	ASSERT_EQ(0, nonblocking(b));
	set_deaf(a, true);
	set_deaf(b, true);
	ASSERT_EQ(-EINPROGRESS, connect_to(a, name_of(b)));
	ASSERT_EQ(-EINPROGRESS, connect_to(b, name_of(a)));
	set_deaf(a, false);	/* it hears of b's SYN when that is sent again */
	for (until = now_ms() + SOON; now_ms() < until && info.tcpi_state != TCP_SYN_RECV;) {
		poll(NULL, 0, 10);
		ASSERT_EQ(0, ret(getsockopt(a, IPPROTO_TCP, TCP_INFO, &info, &len)));
	}
	ASSERT_EQ(TCP_SYN_RECV, info.tcpi_state);
	ASSERT_EQ(0, ret(ioctl(a, FIONREAD, &unread)));
	EXPECT_EQ(0, unread);
}

/* ------------------------------------------------------------------------------------------- */
/* IPv4 and IPv6 on one socket                                                                   */

static int v6_listener(struct way way, int v6only)
{
	int fd = new_socket(way);

	set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, v6only);
	if (bind_to(fd, any_addr(AF_INET6, 0)) || listen(fd, 4))
		return -errno;
	return fd;
}

FIXTURE_SOCK(open6);
TOY6(open6);
TCP6(open6);

TEST_F(open6, dual_stack_listener_takes_ipv4)
{
	struct way v4 = { AF_INET, self->way.protocol };
	struct where peer = { .len = sizeof(peer.all) };
	int l, c, s;

	l = v6_listener(self->way, 0);
	ASSERT_LE(0, l);
	c = new_socket(v4);
	ASSERT_EQ(0, connect_to(c, loopback(AF_INET, port_of(l))));
	s = ret(accept(l, &peer.sa, &peer.len));
	ASSERT_LE(0, s);
	EXPECT_TRUE(same_where(peer, mapped_loopback(port_of(c))));
	EXPECT_TRUE(same_where(name_of(s), mapped_loopback(port_of(l))));
	EXPECT_EQ(5, send_text(c, "hello"));
	EXPECT_EQ(0, recv_text(s, "hello"));
	EXPECT_EQ(5, send_text(s, "world"));
	EXPECT_EQ(0, recv_text(c, "world"));
	EXPECT_EQ(0, ret(shutdown(c, SHUT_WR)));
	EXPECT_EQ(0, recv_some(s, 0));
}

TEST_F(open6, dual_stack_listener_takes_ipv6)
{
	int l, c;

	l = v6_listener(self->way, 0);
	ASSERT_LE(0, l);
	c = new_socket(self->way);
	ASSERT_EQ(0, connect_to(c, loopback(AF_INET6, port_of(l))));
	EXPECT_TRUE(same_where(peer_of(accept_from(l)), name_of(c)));
}

TEST_F(open6, v6only_listener_refuses_ipv4)
{
	struct way v4 = { AF_INET, self->way.protocol };
	int l, c;

	l = v6_listener(self->way, 1);
	ASSERT_LE(0, l);
	c = new_socket(v4);
	EXPECT_EQ(-ECONNREFUSED, connect_to(c, loopback(AF_INET, port_of(l))));
}

TEST_F(open6, v6only_and_ipv4_share_a_port)
{
	struct way v4 = { AF_INET, self->way.protocol };
	int l, k;

	l = v6_listener(self->way, 1);
	k = new_socket(v4);
	EXPECT_EQ(0, bind_to(k, any_addr(AF_INET, port_of(l))));
	EXPECT_EQ(0, ret(listen(k, 1)));
}

TEST_F(open6, dual_stack_and_ipv4_do_not_share_a_port)
{
	struct way v4 = { AF_INET, self->way.protocol };
	int l, k;

	l = v6_listener(self->way, 0);
	k = new_socket(v4);
	EXPECT_EQ(-EADDRINUSE, bind_to(k, any_addr(AF_INET, port_of(l))));
}

TEST_F(open6, v6_socket_connects_to_a_mapped_address)
{
	struct way v4 = { AF_INET, self->way.protocol };
	int l, c, s;

	l = new_listener(v4, 1);
	c = new_socket(self->way);
	ASSERT_EQ(0, connect_to(c, mapped_loopback(port_of(l))));
	s = accept_from(l);
	ASSERT_LE(0, s);
	EXPECT_TRUE(same_where(name_of(c), mapped_loopback(port_of(c))));
	EXPECT_TRUE(same_where(peer_of(s), loopback(AF_INET, port_of(c))));
	EXPECT_EQ(5, send_text(s, "hello"));
	EXPECT_EQ(0, recv_text(c, "hello"));
}

TEST_F(open6, v6only_socket_does_not_connect_to_a_mapped_address)
{
	struct way v4 = { AF_INET, self->way.protocol };
	int l, c;

	l = new_listener(v4, 1);
	c = new_socket(self->way);
	ASSERT_EQ(0, set_int(c, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	EXPECT_EQ(-ENETUNREACH, connect_to(c, mapped_loopback(port_of(l))));
}

TEST_F(open6, v6only_is_decided_before_bind)
{
	int fd;

	fd = new_socket(self->way);
	ASSERT_EQ(0, bind_to(fd, any_addr(AF_INET6, 0)));
	EXPECT_EQ(-EINVAL, set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
}

/* ------------------------------------------------------------------------------------------- */
/* What is so of one family or one transport only                                                */

FIXTURE_SOCK(open4);
TOY4(open4);
TCP4(open4);

/* IPv6 has one loopback address. */
TEST_F(open4, one_port_on_two_addresses)
{
	struct where w = loopback(AF_INET, 0);
	int a, b;

	a = new_socket(self->way);
	b = new_socket(self->way);
	ASSERT_EQ(0, bind_to(a, w));
	w = name_of(a);
	w.v4.sin_addr.s_addr = htonl(0x7f000002);
	EXPECT_EQ(0, bind_to(b, w));
	EXPECT_EQ(0, ret(listen(a, 1)));
	EXPECT_EQ(0, ret(listen(b, 1)));
}

FIXTURE_SOCK(toy);
TOY4(toy);
TOY6(toy);

TEST_F(toy, tcps_ports_are_others)
{
	struct way tcp = { self->way.family, IPPROTO_TCP };
	int a, b;

	if (getenv("TOY_TESTS"))
		SKIP(return, "TCP against itself");
	a = new_listener(tcp, 1);
	b = new_socket(self->way);
	ASSERT_LE(0, a);
	EXPECT_EQ(0, bind_to(b, name_of(a)));
	EXPECT_EQ(0, ret(listen(b, 1)));
}

TEST_HARNESS_MAIN
