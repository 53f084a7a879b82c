// SPDX-License-Identifier: GPL-2.0
/*
 * parity_states.c - each call in each state answers what TCP answers, and leaves what TCP leaves
 *
 * For each state and each call a new socket is brought into the state, the call is made once, and
 * noted are its answer and, after it, the state, what poll() tells and SO_ERROR.
 */
#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "parity.h"

/* What differs by design. */
static const struct exception exceptions[] = {
	{ "*, SHUT_*: state after it",
	  "the peer of a toy socket acknowledges FIN at once, TCP's may wait" },
	{ "LAST-ACK, close: state after it", "the same" },
	{ "LAST-ACK, reset: state after it", "the same" },
	{ "disconnected, SIOCOUTQ*", "TCP forgets to reset a sequence number, and tells rubbish" },
	{ "shut listener, SIOCOUTQ*", "the same" },
	{ "*, IPV6_ADDRFORM: answer", "IPv6 itself grants it to TCP and UDP only; it is obsolete" },
	{ }
};

typedef int a_call(const struct diary *d, struct ends *e);

static int c_nothing(const struct diary *d, struct ends *e)
{
	return 0;
}

static int c_bind(const struct diary *d, struct ends *e)
{
	return bind_to(e->fd, lo_addr(d, 0));
}

static int c_connect(const struct diary *d, struct ends *e)
{
	int l = fresh_listener(d, 4), r;

	nonblocking(e->fd);
	r = connect_to(e->fd, name_of(l));
	if (r == -EINPROGRESS)
		events_of(e->fd, POLLOUT, SOON);
	close(l);
	return r;
}

static int c_connect_again(const struct diary *d, struct ends *e)
{
	struct where w = e->listener >= 0 ? name_of(e->listener) : lo_addr(d, 1);

	nonblocking(e->fd);
	return connect_to(e->fd, w) == -EINPROGRESS ? -EINPROGRESS : connect_to(e->fd, w);
}

static int c_disconnect(const struct diary *d, struct ends *e)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	return ret(connect(e->fd, &none, sizeof(none)));
}

static int c_disconnect_connect(const struct diary *d, struct ends *e)
{
	return c_disconnect(d, e) ?: c_connect(d, e);
}

static int c_listen(const struct diary *d, struct ends *e)
{
	return ret(listen(e->fd, 4));
}

static int c_accept(const struct diary *d, struct ends *e)
{
	int fd;

	nonblocking(e->fd);
	fd = accept_from(e->fd);
	if (fd >= 0)
		close(fd);
	return fd >= 0 ? 0 : fd;
}

/* Which of family, port and address a name has. */
static int name_parts(int r, const struct where *w)
{
	struct in6_addr any = IN6ADDR_ANY_INIT;

	if (r)
		return r;
	if (w->sa.sa_family == AF_INET)
		return 1 + (w->v4.sin_port ? 2 : 0) + (w->v4.sin_addr.s_addr ? 4 : 0);
	return 8 + (w->v6.sin6_port ? 2 : 0) + (memcmp(&w->v6.sin6_addr, &any, 16) ? 4 : 0);
}

static int c_getsockname(const struct diary *d, struct ends *e)
{
	struct where w = { .len = sizeof(w.all) };

	return name_parts(ret(getsockname(e->fd, &w.sa, &w.len)), &w);
}

static int c_getpeername(const struct diary *d, struct ends *e)
{
	struct where w = { .len = sizeof(w.all) };

	return name_parts(ret(getpeername(e->fd, &w.sa, &w.len)), &w);
}

static int send_flags(int fd, size_t len, int flags)
{
	return ret((int)send(fd, "abc", len, MSG_DONTWAIT | MSG_NOSIGNAL | flags));
}

static int c_send(const struct diary *d, struct ends *e)
{
	return send_flags(e->fd, 3, 0);
}

static int c_send_twice(const struct diary *d, struct ends *e)
{
	int r = send_flags(e->fd, 3, 0);

	if (r > 0)
		usleep(1000);
	return r * 10 + send_flags(e->fd, 2, 0);
}

static int c_send_nothing(const struct diary *d, struct ends *e)
{
	return send_flags(e->fd, 0, 0);
}

static int c_send_more(const struct diary *d, struct ends *e)
{
	return send_flags(e->fd, 3, MSG_MORE);
}

static int c_send_bad(const struct diary *d, struct ends *e)
{
	return ret((int)send(e->fd, (void *)8, 3, MSG_DONTWAIT | MSG_NOSIGNAL));
}

static int c_sendto(const struct diary *d, struct ends *e)
{
	struct where w = lo_addr(d, 9);

	return ret((int)sendto(e->fd, "abc", 3, MSG_DONTWAIT | MSG_NOSIGNAL, &w.sa, w.len));
}

static int c_write(const struct diary *d, struct ends *e)
{
	nonblocking(e->fd);
	return ret((int)write(e->fd, "abc", 3));
}

static int c_writev_nothing(const struct diary *d, struct ends *e)
{
	struct iovec iov = { "", 0 };

	nonblocking(e->fd);
	return ret((int)writev(e->fd, &iov, 1));
}

static int recv_flags(int fd, size_t len, int flags)
{
	char got[16];

	return ret((int)recv(fd, got, len, MSG_DONTWAIT | flags));
}

static int c_recv(const struct diary *d, struct ends *e)
{
	return recv_flags(e->fd, 16, 0);
}

static int c_recv_part(const struct diary *d, struct ends *e)
{
	return recv_flags(e->fd, 2, 0);
}

static int c_recv_nothing(const struct diary *d, struct ends *e)
{
	return recv_flags(e->fd, 0, 0);
}

static int c_recv_thrice(const struct diary *d, struct ends *e)
{
	int a = recv_flags(e->fd, 16, 0), b = recv_flags(e->fd, 16, 0);

	return a * 1000000 + b * 1000 + recv_flags(e->fd, 16, 0);
}

static int c_peek(const struct diary *d, struct ends *e)
{
	return recv_flags(e->fd, 16, MSG_PEEK) * 1000 + recv_flags(e->fd, 16, MSG_PEEK);
}

static int c_recv_trunc(const struct diary *d, struct ends *e)
{
	return recv_flags(e->fd, 3, MSG_TRUNC);
}

static int c_peek_trunc(const struct diary *d, struct ends *e)
{
	return recv_flags(e->fd, 3, MSG_PEEK | MSG_TRUNC);
}

static int c_recv_all(const struct diary *d, struct ends *e)
{
	return recv_flags(e->fd, 16, MSG_WAITALL);
}

static int c_recv_errqueue(const struct diary *d, struct ends *e)
{
	return recv_flags(e->fd, 16, MSG_ERRQUEUE);
}

static int c_recv_bad(const struct diary *d, struct ends *e)
{
	return ret((int)recv(e->fd, (void *)8, 3, MSG_DONTWAIT));
}

static int c_read(const struct diary *d, struct ends *e)
{
	char got[16];

	nonblocking(e->fd);
	return ret((int)read(e->fd, got, sizeof(got)));
}

static int c_recvfrom(const struct diary *d, struct ends *e)
{
	struct where w = { .len = sizeof(w.all) };
	char got[16];
	int r = ret((int)recvfrom(e->fd, got, 16, MSG_DONTWAIT, &w.sa, &w.len));

	return r < 0 ? r : r * 1000 + (int)w.len;
}

static int c_shut_rd(const struct diary *d, struct ends *e)
{
	return ret(shutdown(e->fd, SHUT_RD));
}

static int c_shut_wr(const struct diary *d, struct ends *e)
{
	return ret(shutdown(e->fd, SHUT_WR));
}

static int c_shut_rdwr(const struct diary *d, struct ends *e)
{
	return ret(shutdown(e->fd, SHUT_RDWR));
}

static int c_shut_twice(const struct diary *d, struct ends *e)
{
	return ret(shutdown(e->fd, SHUT_RDWR)) * 1000 + ret(shutdown(e->fd, SHUT_RDWR));
}

static int c_shut_bad(const struct diary *d, struct ends *e)
{
	return ret(shutdown(e->fd, 3)) * 1000 + ret(shutdown(e->fd, -1));
}

static int c_epoll(const struct diary *d, struct ends *e)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP | EPOLLET },
			   got;
	int ep = epoll_create1(0), r;

	epoll_ctl(ep, EPOLL_CTL_ADD, e->fd, &ev);
	r = epoll_wait(ep, &got, 1, 0);
	r = r == 1 ? (int)got.events : r;
	/* an edge is told once */
	r = epoll_wait(ep, &got, 1, 0) ? -ERANGE : r;
	close(ep);
	return r;
}

static int ioctl_answer(int fd, unsigned long cmd)
{
	int n = -1, r = ret(ioctl(fd, cmd, &n));

	return r ?: n;
}

static int c_siocinq(const struct diary *d, struct ends *e)
{
	return ioctl_answer(e->fd, SIOCINQ);
}

static int c_siocoutq(const struct diary *d, struct ends *e)
{
	return ioctl_answer(e->fd, SIOCOUTQ);
}

static int c_siocoutqnsd(const struct diary *d, struct ends *e)
{
	return ioctl_answer(e->fd, SIOCOUTQNSD);
}

static int c_siocatmark(const struct diary *d, struct ends *e)
{
	return ioctl_answer(e->fd, SIOCATMARK);
}

static int c_so_error(const struct diary *d, struct ends *e)
{
	return get_int(e->fd, SOL_SOCKET, SO_ERROR) * 1000 + get_int(e->fd, SOL_SOCKET, SO_ERROR);
}

static int c_so_acceptconn(const struct diary *d, struct ends *e)
{
	return get_int(e->fd, SOL_SOCKET, SO_ACCEPTCONN);
}

static int c_nodelay(const struct diary *d, struct ends *e)
{
	return set_int(e->fd, SOL_TCP, TCP_NODELAY, 1) * 10 + get_int(e->fd, SOL_TCP, TCP_NODELAY);
}

static int c_cork(const struct diary *d, struct ends *e)
{
	return set_int(e->fd, SOL_TCP, TCP_CORK, 1) * 10 + set_int(e->fd, SOL_TCP, TCP_CORK, 0);
}

static int c_maxseg(const struct diary *d, struct ends *e)
{
	return set_int(e->fd, SOL_TCP, TCP_MAXSEG, 1000);
}

static int c_keepalive(const struct diary *d, struct ends *e)
{
	return set_int(e->fd, SOL_SOCKET, SO_KEEPALIVE, 1) * 1000 +
	       set_int(e->fd, SOL_TCP, TCP_KEEPIDLE, 100);
}

static int c_quickack(const struct diary *d, struct ends *e)
{
	return set_int(e->fd, SOL_TCP, TCP_QUICKACK, 1);
}

static int c_rcvbuf(const struct diary *d, struct ends *e)
{
	return set_int(e->fd, SOL_SOCKET, SO_RCVBUF, 30000) * 1000 +
	       get_int(e->fd, SOL_SOCKET, SO_RCVBUF);
}

static int c_rcvlowat(const struct diary *d, struct ends *e)
{
	return set_int(e->fd, SOL_SOCKET, SO_RCVLOWAT, 100) * 1000 + poll_bits(e->fd);
}

static int c_v6only(const struct diary *d, struct ends *e)
{
	return set_int(e->fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
}

static int c_addrform(const struct diary *d, struct ends *e)
{
	return set_int(e->fd, IPPROTO_IPV6, IPV6_ADDRFORM, AF_INET) == 0 ? 0 : -errno;
}

static int c_mtu(const struct diary *d, struct ends *e)
{
	return d->way.family == AF_INET ? get_int(e->fd, IPPROTO_IP, IP_MTU) :
					  get_int(e->fd, IPPROTO_IPV6, IPV6_MTU);
}

static int c_linger_close(const struct diary *d, struct ends *e)
{
	int r = set_linger(e->fd, 1, 0);

	close(e->fd);
	e->fd = e->peer;
	e->peer = -1;
	if (e->fd >= 0)
		events_of(e->fd, POLLRDHUP, NEVER);
	return r;
}

static int c_close(const struct diary *d, struct ends *e)
{
	close(e->fd);
	e->fd = e->peer;
	e->peer = -1;
	if (e->fd >= 0)
		events_of(e->fd, POLLRDHUP, 20);
	return 0;
}

static int c_peer_sends(const struct diary *d, struct ends *e)
{
	int r = e->peer >= 0 ? send_text(e->peer, "late") : -1;

	if (r > 0)
		events_of(e->fd, POLLIN | POLLHUP, 20);
	return r;
}

static int c_peer_closes(const struct diary *d, struct ends *e)
{
	if (e->peer < 0)
		return -1;
	/* a deaf one shall not live on for minutes */
	set_int(e->peer, SOL_TCP, TCP_USER_TIMEOUT, 1000);
	close(e->peer);
	e->peer = -1;
	return events_of(e->fd, POLLHUP | POLLRDHUP, 20);
}

static int c_splice_in(const struct diary *d, struct ends *e)
{
	int p[2], r;

	if (pipe(p))
		return -errno;
	nonblocking(e->fd);
	r = ret((int)splice(e->fd, NULL, p[1], NULL, 16, SPLICE_F_NONBLOCK));
	close(p[0]);
	close(p[1]);
	return r;
}

static int c_splice_out(const struct diary *d, struct ends *e)
{
	int p[2], r;

	if (pipe(p) || write(p[1], "abc", 3) != 3)
		return -errno;
	nonblocking(e->fd);
	r = ret((int)splice(p[0], NULL, e->fd, NULL, 3, SPLICE_F_NONBLOCK));
	close(p[0]);
	close(p[1]);
	return r;
}

static int c_sendfile(const struct diary *d, struct ends *e)
{
	int file = open("/proc/self/exe", O_RDONLY), r;

	nonblocking(e->fd);
	r = ret((int)sendfile(e->fd, file, NULL, 100));
	close(file);
	return r;
}

static const struct {
	const char *name;
	a_call *make;
} calls[] = {
	{ "nothing", c_nothing },
	{ "bind", c_bind },
	{ "connect", c_connect },
	{ "connect again", c_connect_again },
	{ "disconnect", c_disconnect },
	{ "disconnect and connect", c_disconnect_connect },
	{ "listen", c_listen },
	{ "accept", c_accept },
	{ "getsockname", c_getsockname },
	{ "getpeername", c_getpeername },
	{ "send", c_send },
	{ "send twice", c_send_twice },
	{ "send nothing", c_send_nothing },
	{ "send MSG_MORE", c_send_more },
	{ "send EFAULT", c_send_bad },
	{ "sendto", c_sendto },
	{ "write", c_write },
	{ "writev nothing", c_writev_nothing },
	{ "recv", c_recv },
	{ "recv part", c_recv_part },
	{ "recv nothing", c_recv_nothing },
	{ "recv thrice", c_recv_thrice },
	{ "peek", c_peek },
	{ "recv MSG_TRUNC", c_recv_trunc },
	{ "peek MSG_TRUNC", c_peek_trunc },
	{ "recv MSG_WAITALL", c_recv_all },
	{ "recv MSG_ERRQUEUE", c_recv_errqueue },
	{ "recv EFAULT", c_recv_bad },
	{ "read", c_read },
	{ "recvfrom", c_recvfrom },
	{ "SHUT_RD", c_shut_rd },
	{ "SHUT_WR", c_shut_wr },
	{ "SHUT_RDWR", c_shut_rdwr },
	{ "SHUT_RDWR twice", c_shut_twice },
	{ "bad shutdown", c_shut_bad },
	{ "epoll", c_epoll },
	{ "SIOCINQ", c_siocinq },
	{ "SIOCOUTQ", c_siocoutq },
	{ "SIOCOUTQNSD", c_siocoutqnsd },
	{ "SIOCATMARK", c_siocatmark },
	{ "SO_ERROR", c_so_error },
	{ "SO_ACCEPTCONN", c_so_acceptconn },
	{ "TCP_NODELAY", c_nodelay },
	{ "TCP_CORK", c_cork },
	{ "TCP_MAXSEG", c_maxseg },
	{ "SO_KEEPALIVE", c_keepalive },
	{ "TCP_QUICKACK", c_quickack },
	{ "SO_RCVBUF", c_rcvbuf },
	{ "SO_RCVLOWAT", c_rcvlowat },
	{ "IPV6_V6ONLY", c_v6only },
	{ "IPV6_ADDRFORM", c_addrform },
	{ "MTU", c_mtu },
	{ "reset", c_linger_close },
	{ "close", c_close },
	{ "the peer sends", c_peer_sends },
	{ "the peer closes", c_peer_closes },
	{ "splice in", c_splice_in },
	{ "splice out", c_splice_out },
	{ "sendfile", c_sendfile },
};

#define NCALLS	(sizeof(calls) / sizeof(calls[0]))

/* One state, all calls. */
static void matrix(struct diary *d, unsigned int from, unsigned int to)
{
	for (unsigned int s = from; s < to && s < NSTATES; s++) {
		for (unsigned int c = 0; c < NCALLS; c++) {
			struct ends e = states[s].make(d);

			snprintf(d->now, sizeof(d->now), "%s, %s", states[s].name, calls[c].name);
			saw(d, calls[c].make(d, &e), "answer");
			if (e.fd >= 0) {
				saw(d, tcp_state(e.fd), "state after it");
				saw(d, poll_bits(e.fd), "poll after it");
				saw(d, get_int(e.fd, SOL_SOCKET, SO_ERROR), "SO_ERROR after it");
				saw(d, recv_flags(e.fd, 16, 0), "recv after it");
				saw(d, send_flags(e.fd, 1, 0), "send after it");
			}
			end_all(&e);
		}
	}
}

/* In parts, so that each has a time limit of its own. */
static void states_before_a_connection(struct diary *d) { matrix(d, 0, 7); }
static void states_of_a_connection(struct diary *d) { matrix(d, 7, 12); }
static void states_of_a_close(struct diary *d) { matrix(d, 12, 18); }
static void states_after_a_connection(struct diary *d) { matrix(d, 18, NSTATES); }

FIXTURE_PARITY(parity);
PARITY(parity, states_before_a_connection, exceptions)
PARITY(parity, states_of_a_connection, exceptions)
PARITY(parity, states_of_a_close, exceptions)
PARITY(parity, states_after_a_connection, exceptions)

TEST_HARNESS_MAIN
