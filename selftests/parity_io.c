// SPDX-License-Identifier: GPL-2.0
/*
 * parity_io.c - what needs two ends and more than one call: flags of send and receive, vectors of
 * messages, splice, what comes beside the bytes, events, signals
 */
#include <limits.h>
#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "parity.h"

#define LEN	40000	/* more than one segment */

/* What differs by design. */
static const struct exception exceptions[] = {
	{ "SO_PEEK_OFF*", "toy has it on every kernel, TCP since Linux 6.9" },
	{ "send flag 0x20000000: *", "MSG_FASTOPEN (RFC 7413) is refused: there is no Fast Open" },
	{ "MSG_ZEROCOPY: *", "SO_ZEROCOPY: the socket layer grants it by name to TCP and UDP" },
	{ }
};

static void now(struct diary *d, const char *what)
{
	snprintf(d->now, sizeof(d->now), "%s", what);
}

/* ------------------------------------------------------------------------------------------- */
/* Flags                                                                                         */

/* Each flag there is, by itself and with its neighbours, on send and on receive. */
static void flags_of_send(struct diary *d)
{
	for (int bit = 0; bit < 31; bit++) {
		unsigned int flag = 1u << bit;
		struct ends e = new_ends(d);
		char got[16];

		if (flag == MSG_OOB)		/* urgent.c */
			goto next;
		snprintf(d->now, sizeof(d->now), "send flag %#x", flag);
		saw(d, ret((int)send(e.fd, "abc", 3, MSG_NOSIGNAL | MSG_DONTWAIT | (int)flag)),
		    "answer");
		SAW(d, send(e.fd, "de", 2, 0), "send after it");
		events_of(e.peer, POLLIN, SOON);
		SAW(d, recv(e.peer, got, 16, MSG_DONTWAIT | MSG_PEEK) > 0, "something came");
		SAW(d, recv(e.fd, got, 16, MSG_DONTWAIT), "receive");
next:
		end_all(&e);
	}
}

static void flags_of_receive(struct diary *d)
{
	for (int bit = 0; bit < 31; bit++) {
		unsigned int flag = 1u << bit;
		struct ends e = st_data(d);
		struct iovec iov;
		struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
		char got[16] = "";

		if (flag == MSG_OOB)
			goto next;
		iov = (struct iovec){ got, 3 };
		snprintf(d->now, sizeof(d->now), "receive flag %#x", flag);
		SAW(d, recvmsg(e.fd, &m, MSG_DONTWAIT | (int)flag), "answer");
		saw(d, m.msg_flags, "msg_flags");
		saw(d, got[0], "first byte");
		SAW(d, recvmsg(e.fd, &m, MSG_DONTWAIT), "receive after it");
		SAW(d, recvmsg(e.fd, &m, MSG_DONTWAIT | (int)flag), "and with the flag again");
next:
		end_all(&e);
	}
}

static void lengths(struct diary *d)
{
	static char out[LEN], in[LEN];
	static const size_t want[] = { 0, 1, 100, 20000, LEN, 1 };
	struct ends e = new_ends(d);

	for (size_t i = 0; i < LEN; i++)
		out[i] = (char)byte_at(i);
	now(d, "lengths");
	SAW(d, send(e.fd, out, LEN, 0), "send");
	for (unsigned int i = 0; i < 4; i++) {
		SAW(d, recv(e.peer, in, want[i], MSG_WAITALL | MSG_PEEK), "peek %zu", want[i]);
		SAW(d, recv(e.peer, in, want[i], MSG_WAITALL), "receive %zu", want[i]);
		saw(d, memcmp(in, out, 0), "bytes");
	}
	SAW(d, recv(e.peer, NULL, 1000, MSG_TRUNC | MSG_WAITALL), "throw away with no buffer");
	SAW(d, recv(e.peer, NULL, (size_t)INT_MAX + 5, MSG_TRUNC | MSG_DONTWAIT), "throw away all");
	SAW(d, recv(e.peer, in, 1, MSG_DONTWAIT), "nothing is left");
	end_all(&e);
}

static void bad_vectors(struct diary *d)
{
	struct ends e = st_data(d);
	char a[4] = "abc", in[8] = "";
	struct iovec half[] = { { a, 3 }, { (void *)8, 3 } };
	struct iovec in_half[] = { { in, 2 }, { (void *)8, 3 } };
	struct iovec huge[] = { { a, SIZE_MAX } };
	static struct iovec many[IOV_MAX + 1];
	struct msghdr m = { .msg_iov = half, .msg_iovlen = 2 };

	now(d, "vectors");
	SAW(d, sendmsg(e.fd, &m, 0), "send, the second part EFAULT");
	events_of(e.peer, POLLIN, NEVER);
	SAW(d, recv(e.peer, in, 8, MSG_DONTWAIT), "what came of it");
	m.msg_iov = in_half;
	SAW(d, recvmsg(e.fd, &m, 0), "receive, the second part EFAULT");
	SAW(d, recv(e.fd, in, 8, MSG_DONTWAIT), "what is left");
	SAW(d, writev(e.fd, many, IOV_MAX + 1), "more parts than are allowed");
	SAW(d, syscall(SYS_writev, e.fd, many, -1), "-1 parts");
	SAW(d, writev(e.fd, huge, 1), "more bytes than there are");
	m = (struct msghdr){ .msg_iov = half, .msg_iovlen = 1, .msg_control = a,
			     .msg_controllen = 3 };
	SAW(d, sendmsg(e.fd, &m, 0), "control data cut short");
	m.msg_control = (void *)8;
	m.msg_controllen = 64;
	SAW(d, sendmsg(e.fd, &m, 0), "control data EFAULT");
	SAW(d, sendmsg(e.fd, (void *)8, 0), "msghdr EFAULT");
	SAW(d, recvmsg(e.fd, (void *)8, MSG_DONTWAIT), "msghdr EFAULT on receive");
	end_all(&e);
}

static void many_messages(struct diary *d)
{
	struct ends e = new_ends(d);
	struct iovec out[5], in[5];
	struct mmsghdr mo[5] = {}, mi[5] = {};
	struct timespec ts = { 0, 50000000 };
	char got[5][4] = {};

	for (int i = 0; i < 5; i++) {
		out[i] = (struct iovec){ "abc", 3 };
		in[i] = (struct iovec){ got[i], 3 };
		mo[i].msg_hdr = (struct msghdr){ .msg_iov = &out[i], .msg_iovlen = 1 };
		mi[i].msg_hdr = (struct msghdr){ .msg_iov = &in[i], .msg_iovlen = 1 };
	}
	now(d, "many messages");
	SAW(d, sendmmsg(e.fd, mo, 5, 0), "sendmmsg");
	saw(d, mo[4].msg_len, "length of the last");
	saw(d, recvmmsg(e.peer, mi, 4, MSG_WAITALL, NULL), "recvmmsg of 4");
	saw(d, mi[3].msg_len, "length of the fourth");
	SAW(d, recvmmsg(e.peer, mi, 5, MSG_DONTWAIT, NULL), "of what is left");
	SAW(d, recvmmsg(e.peer, mi, 5, MSG_DONTWAIT, NULL), "of nothing");
	send_text(e.fd, "abc");
	SAW(d, recvmmsg(e.peer, mi, 5, MSG_WAITFORONE, &ts), "MSG_WAITFORONE");
	SAW(d, sendmmsg(e.fd, mo, 0, 0), "none");
	shutdown(e.fd, SHUT_WR);
	SAW(d, sendmmsg(e.fd, mo, 5, MSG_NOSIGNAL), "after shutdown");
	end_all(&e);
}

/* ------------------------------------------------------------------------------------------- */
/* Pipes and files                                                                               */

static void splice_from(struct diary *d)
{
	struct ends e = new_ends(d);
	static char out[LEN], in[LEN];
	int p[2], n, sum = 0;
	loff_t pos = 5;

	if (pipe(p))
		exit(1);
	for (size_t i = 0; i < LEN; i++)
		out[i] = (char)byte_at(i);
	now(d, "splice from a socket");
	set_timeout(e.fd, SO_RCVTIMEO, 100);	/* SPLICE_F_NONBLOCK is the pipe's */
	SAW(d, splice(e.fd, NULL, p[1], NULL, 10, SPLICE_F_NONBLOCK),
	    "nothing there, SPLICE_F_NONBLOCK");
	SAW(d, splice(e.fd, &pos, p[1], NULL, 10, SPLICE_F_NONBLOCK), "at a position");
	send_text(e.peer, "hello");
	events_of(e.fd, POLLIN, SOON);
	SAW(d, splice(e.fd, NULL, p[1], NULL, 3, 0), "part of it");
	SAW(d, splice(e.fd, NULL, p[1], NULL, 10, 0), "more than there is");
	SAW(d, read(p[0], in, 10), "out of the pipe");
	saw(d, memcmp(in, "hello", 5), "the bytes");
	SAW(d, splice(e.fd, NULL, p[1], NULL, 0, 0), "of length 0");
	SAW(d, send(e.peer, out, LEN, 0), "send much");
	while (sum < LEN) {
		n = ret((int)splice(e.fd, NULL, p[1], NULL, 10000, 0));
		if (n <= 0 || read(p[0], in + sum, (size_t)n) != n)
			break;
		sum += n;
	}
	saw(d, sum, "all of it");
	saw(d, memcmp(in, out, LEN), "its bytes");
	send_text(e.peer, "tail");
	shutdown(e.peer, SHUT_WR);
	events_of(e.fd, POLLRDHUP, SOON);
	SAW(d, splice(e.fd, NULL, p[1], NULL, 100, 0), "before the end");
	SAW(d, splice(e.fd, NULL, p[1], NULL, 100, 0), "at the end");
	SAW(d, splice(e.fd, NULL, p[1], NULL, 100, 0), "after the end");
	close(p[0]);
	SAW(d, splice(e.fd, NULL, p[1], NULL, 100, 0), "into a pipe nobody reads");
	close(p[1]);
	end_all(&e);
}

static void splice_times_out(struct diary *d)
{
	struct ends e = new_ends(d);
	int p[2];

	if (pipe(p))
		exit(1);
	now(d, "splice with SO_RCVTIMEO");
	set_timeout(e.fd, SO_RCVTIMEO, 50);
	SAW(d, splice(e.fd, NULL, p[1], NULL, 10, 0), "nothing comes");
	SAW(d, tee(e.fd, p[1], 10, 0), "tee from a socket");
	close(p[0]);
	close(p[1]);
	end_all(&e);
}

static void splice_to(struct diary *d)
{
	struct ends e = new_ends(d);
	char in[64] = "";
	struct iovec iov = { "vmsplice", 8 };
	int p[2], file = open("/proc/self/exe", O_RDONLY);
	loff_t pos = 1;
	off_t from = 0;

	if (pipe(p))
		exit(1);
	now(d, "splice to a socket");
	set_timeout(e.fd, SO_RCVTIMEO, 100);
	SAW(d, write(p[1], "through a pipe", 14), "into the pipe");
	SAW(d, splice(p[0], NULL, e.fd, NULL, 7, SPLICE_F_MORE), "part, more to come");
	SAW(d, splice(p[0], NULL, e.fd, NULL, 100, 0), "the rest");
	saw(d, recv_text(e.peer, "through a pipe"), "it came");
	SAW(d, splice(p[0], NULL, e.fd, &pos, 7, 0), "at a position");
	SAW(d, vmsplice(p[1], &iov, 1, 0), "vmsplice");
	SAW(d, splice(p[0], NULL, e.fd, NULL, 100, 0), "and on");
	saw(d, recv_text(e.peer, "vmsplice"), "that came too");
	SAW(d, sendfile(e.fd, file, &from, 4), "sendfile");
	saw(d, (long)from, "the offset after it");
	SAW(d, recv(e.peer, in, 4, MSG_WAITALL), "it came");
	saw(d, memcmp(in, "\177ELF", 4), "its bytes");
	SAW(d, sendfile(e.fd, file, NULL, 0), "sendfile of nothing");
	SAW(d, sendfile(p[1], e.fd, NULL, 5), "sendfile from a socket");
	shutdown(e.fd, SHUT_WR);
	SAW(d, sendfile(e.fd, file, NULL, 4), "sendfile after shutdown");
	close(p[0]);
	close(p[1]);
	close(file);
	end_all(&e);
}

/* A file as large as the send queue and larger, while the other end reads. */
static void sendfile_much(struct diary *d)
{
	enum { SIZE = 3 << 20 };
	struct ends e = new_ends(d);
	struct mover m = { .fd = e.peer, .len = SIZE, .receive = true, .to_end = true };
	int file = memfd_create("file", 0);
	unsigned char *map;
	off_t from = 0;

	now(d, "sendfile of 3 MB");
	if (ftruncate(file, SIZE))
		exit(1);
	map = mmap(NULL, SIZE, PROT_WRITE, MAP_SHARED, file, 0);
	for (size_t i = 0; i < SIZE; i++)
		map[i] = byte_at(i);
	mover_start(&m);
	while (from < SIZE && sendfile(e.fd, file, &from, SIZE) > 0)
		;
	saw(d, (long)from, "sent");
	shutdown(e.fd, SHUT_WR);
	saw(d, mover_end(&m), "received");
	munmap(map, SIZE);
	close(file);
	end_all(&e);
}

/* ------------------------------------------------------------------------------------------- */
/* Beside the bytes                                                                              */

static void control_of(struct diary *d, int fd, const char *what)
{
	char buf[512], in[64];
	struct iovec iov = { in, sizeof(in) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = buf,
			    .msg_controllen = sizeof(buf) };
	struct cmsghdr *c;

	now(d, what);
	events_of(fd, POLLIN, SOON);
	SAW(d, recvmsg(fd, &m, 0), "receive");
	saw(d, m.msg_flags, "msg_flags");
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		saw(d, c->cmsg_level, "level");
		saw(d, c->cmsg_type, "type");
		saw(d, (long)c->cmsg_len, "length");
		if (c->cmsg_level == SOL_TCP)
			saw(d, *(int *)CMSG_DATA(c), "value");
		else
			saw(d, *(long *)CMSG_DATA(c) > 1600000000, "a time of today");
	}
}

#ifndef TCP_INQ
#define TCP_INQ	36
#endif

/* A thread of the kernel switches stamps on, some time after the first socket asks for them. */
static void stamps_are_on(struct diary *d, struct ends *e)
{
	long long end = now_ms() + SOON;
	char control[100], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control };

	*e = new_ends(d);
	set_int(e->fd, SOL_SOCKET, SO_TIMESTAMP_OLD, 1);
	do {
		m.msg_controllen = sizeof(control);
		send_text(e->peer, "x");
	} while (recvmsg(e->fd, &m, 0) == 1 && !m.msg_controllen && now_ms() < end);
}

static void control_messages(struct diary *d)
{
	static const struct {
		int name;
		int value;
		const char *what;
	} stamps[] = {
		{ SO_TIMESTAMP_OLD, 1, "SO_TIMESTAMP" },
		{ SO_TIMESTAMPNS_OLD, 1, "SO_TIMESTAMPNS" },
		{ SO_TIMESTAMP_NEW, 1, "SO_TIMESTAMP_NEW" },
		{ SO_TIMESTAMPNS_NEW, 1, "SO_TIMESTAMPNS_NEW" },
		{ SO_TIMESTAMPING_OLD, 0x18, "SO_TIMESTAMPING" },
		{ SO_TIMESTAMPING_NEW, 0x18, "SO_TIMESTAMPING_NEW" },
	};
	struct ends e, on;

	stamps_are_on(d, &on);
	for (unsigned int i = 0; i < sizeof(stamps) / sizeof(stamps[0]); i++) {
		e = new_ends(d);
		now(d, stamps[i].what);
		saw(d, set_int(e.fd, SOL_SOCKET, stamps[i].name, stamps[i].value), "set");
		send_text(e.peer, "hello");
		control_of(d, e.fd, stamps[i].what);
		/* not set: none */
		send_text(e.fd, "hello");
		control_of(d, e.peer, "the other end");
		end_all(&e);
	}
	end_all(&on);
	e = new_ends(d);
	now(d, "TCP_INQ");
	saw(d, set_int(e.fd, SOL_TCP, TCP_INQ, 1), "set");
	send_text(e.peer, "hello");
	control_of(d, e.fd, "TCP_INQ, all of it");
	SAW(d, send(e.peer, d, 100, 0), "send 100");
	saw(d, events_of(e.fd, POLLIN, SOON), "poll");
	control_of(d, e.fd, "TCP_INQ, part of it");
	control_of(d, e.fd, "TCP_INQ, the rest");
	shutdown(e.peer, SHUT_WR);
	in_state(e.fd, TCP_CLOSE_WAIT);
	control_of(d, e.fd, "TCP_INQ, at the end");
	end_all(&e);
}

static void peek_off(struct diary *d)
{
	struct ends e = st_data(d);
	char in[8] = "";

	now(d, "SO_PEEK_OFF");
	saw(d, set_int(e.fd, SOL_SOCKET, SO_PEEK_OFF, 0), "set");
	SAW(d, recv(e.fd, in, 2, MSG_PEEK), "peek 2");
	SAW(d, recv(e.fd, in, 2, MSG_PEEK), "peek 2 more");
	saw(d, in[0], "the third byte");
	saw(d, get_int(e.fd, SOL_SOCKET, SO_PEEK_OFF), "offset");
	SAW(d, recv(e.fd, in, 3, 0), "read 3");
	saw(d, get_int(e.fd, SOL_SOCKET, SO_PEEK_OFF), "offset after it");
	SAW(d, recv(e.fd, in, 8, MSG_PEEK | MSG_DONTWAIT), "peek the rest");
	SAW(d, recv(e.fd, in, 8, MSG_PEEK | MSG_DONTWAIT), "peek past the end");
	end_all(&e);
}

static void zerocopy(struct diary *d)
{
	struct ends e = new_ends(d);

	now(d, "MSG_ZEROCOPY");
	saw(d, set_int(e.fd, SOL_SOCKET, 60, 1), "SO_ZEROCOPY");
	now(d, "MSG_ZEROCOPY without SO_ZEROCOPY");
	SAW(d, send(e.peer, "abc", 3, 0x4000000), "send");
	saw(d, recv_text(e.fd, "abc"), "receive");
	end_all(&e);
}

/* ------------------------------------------------------------------------------------------- */
/* Events                                                                                        */

static int edge(int ep, int ms)
{
	struct epoll_event got;
	int n = epoll_wait(ep, &got, 1, ms);

	return n == 1 ? (int)got.events : n;
}

static void epoll_edges(struct diary *d)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET };
	struct ends s = new_ends(d);
	int ep = epoll_create1(0);
	char in[16];

	now(d, "epoll, edges");
	epoll_ctl(ep, EPOLL_CTL_ADD, s.fd, &e);
	saw(d, edge(ep, 0), "at first");
	saw(d, edge(ep, 0), "once only");
	send_text(s.peer, "abc");
	saw(d, edge(ep, SOON), "data");
	saw(d, edge(ep, NEVER), "no news");
	send_text(s.peer, "def");
	saw(d, edge(ep, SOON), "more data");
	SAW(d, recv(s.fd, in, 2, 0), "read some");
	saw(d, edge(ep, 20), "reading is no event");
	SAW(d, recv(s.fd, in, 16, 0), "read all");
	saw(d, edge(ep, 20), "still none");
	e.events |= EPOLLONESHOT;
	SAW(d, epoll_ctl(ep, EPOLL_CTL_MOD, s.fd, &e), "EPOLLONESHOT");
	saw(d, edge(ep, 0), "after it");
	send_text(s.peer, "x");
	saw(d, edge(ep, 20), "disarmed");
	e.events &= ~(unsigned int)EPOLLONESHOT;
	epoll_ctl(ep, EPOLL_CTL_MOD, s.fd, &e);
	saw(d, edge(ep, SOON), "armed again");
	shutdown(s.peer, SHUT_WR);
	saw(d, edge(ep, SOON), "FIN");
	saw(d, edge(ep, 20), "FIN once");
	shutdown(s.fd, SHUT_WR);
	in_state(s.fd, TCP_CLOSE);
	saw(d, edge(ep, SOON) & ~EPOLLOUT, "closed");
	close(ep);
	end_all(&s);
}

static void epoll_reset(struct diary *d)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLET };
	struct ends s = new_ends(d);
	int ep = epoll_create1(0);

	now(d, "epoll, reset");
	epoll_ctl(ep, EPOLL_CTL_ADD, s.fd, &e);
	saw(d, edge(ep, 0), "at first");
	reset_by(&s.peer);
	saw(d, edge(ep, SOON), "reset");
	saw(d, edge(ep, 20), "once");
	close(ep);
	end_all(&s);
}

static void epoll_connect(struct diary *d)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
	struct ends s = st_syn_sent(d);
	int ep = epoll_create1(0);

	now(d, "epoll, connect");
	epoll_ctl(ep, EPOLL_CTL_ADD, s.fd, &e);
	epoll_ctl(ep, EPOLL_CTL_ADD, s.listener, &e);
	saw(d, edge(ep, NEVER), "nothing yet");
	set_deaf(s.listener, false);
	/* SYN comes again within a second or so */
	saw(d, edge(ep, SOON) != 0, "something");
	saw(d, events_of(s.fd, POLLOUT, SOON), "connected");
	saw(d, events_of(s.listener, POLLIN, SOON), "to be accepted");
	close(ep);
	end_all(&s);
}

static void rcvlowat(struct diary *d)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLET };
	struct ends s = new_ends(d);
	int ep = epoll_create1(0);
	char in[100];

	now(d, "SO_RCVLOWAT");
	epoll_ctl(ep, EPOLL_CTL_ADD, s.fd, &e);
	saw(d, set_int(s.fd, SOL_SOCKET, SO_RCVLOWAT, 10), "set");
	saw(d, edge(ep, 0), "at first");
	send_text(s.peer, "12345");
	saw(d, edge(ep, NEVER), "too little");
	saw(d, events_of(s.fd, POLLIN, 0), "poll");
	send_text(s.peer, "67890");
	saw(d, edge(ep, SOON), "enough");
	SAW(d, recv(s.fd, in, 4, 0), "less may be read");
	saw(d, events_of(s.fd, POLLIN, 0), "poll, 6 left");
	saw(d, set_int(s.fd, SOL_SOCKET, SO_RCVLOWAT, 6), "lower it");
	saw(d, edge(ep, SOON), "that is an event");
	saw(d, events_of(s.fd, POLLIN, 0), "poll, enough");
	set_int(s.fd, SOL_SOCKET, SO_RCVLOWAT, 50);
	SAW(d, recv(s.fd, in, 100, MSG_DONTWAIT), "all, without waiting");
	send_text(s.peer, "abc");
	set_timeout(s.fd, SO_RCVTIMEO, 100);
	SAW(d, recv(s.fd, in, 100, 0), "all there is, after a while");
	send_text(s.peer, "abc");
	shutdown(s.peer, SHUT_WR);
	saw(d, edge(ep, SOON) & EPOLLIN, "FIN");
	SAW(d, recv(s.fd, in, 100, 0), "the rest");
	close(ep);
	end_all(&s);
}

/* ------------------------------------------------------------------------------------------- */
/* Signals                                                                                       */

static void nothing(int sig)
{
	(void)sig;
}

static volatile sig_atomic_t pipes, ios;

static void count_pipe(int sig)
{
	if (sig == SIGPIPE)
		pipes++;
	else
		ios++;
}

static void sigpipe(struct diary *d)
{
	struct sigaction sa = { .sa_handler = count_pipe };
	struct ends e = st_reset(d);

	sigaction(SIGPIPE, &sa, NULL);
	now(d, "SIGPIPE");
	pipes = 0;
	SAW(d, send(e.fd, "x", 1, 0), "the first send has the error");
	saw(d, pipes, "no signal");
	SAW(d, send(e.fd, "x", 1, 0), "the second has EPIPE");
	saw(d, pipes, "and a signal");
	SAW(d, send(e.fd, "x", 1, MSG_NOSIGNAL), "MSG_NOSIGNAL");
	saw(d, pipes, "no other signal");
	SAW(d, write(e.fd, "x", 1), "write");
	saw(d, pipes, "a signal");
	end_all(&e);
	signal(SIGPIPE, SIG_IGN);
}

static void sigio(struct diary *d)
{
	struct sigaction sa = { .sa_handler = count_pipe };
	struct ends e = new_ends(d);

	sigaction(SIGIO, &sa, NULL);
	now(d, "SIGIO");
	SAW(d, fcntl(e.fd, F_SETOWN, getpid()), "F_SETOWN");
	SAW(d, fcntl(e.fd, F_SETFL, O_ASYNC), "O_ASYNC");
	ios = 0;
	send_text(e.peer, "x");
	events_of(e.fd, POLLIN, SOON);
	saw(d, !!ios, "data");
	ios = 0;
	reset_by(&e.peer);
	in_state(e.fd, TCP_CLOSE);
	saw(d, !!ios, "reset");
	end_all(&e);
	signal(SIGIO, SIG_DFL);
}

struct victim {
	pthread_t thread;
	int ms;
};

static void *kick(void *arg)
{
	struct victim *v = arg;

	usleep((useconds_t)v->ms * 1000);
	pthread_kill(v->thread, SIGUSR1);
	return NULL;
}

/* Blocking calls, with and without a timeout, with and without SA_RESTART. */
static void interrupted(struct diary *d)
{
	static const char * const names[] = { "recv", "accept", "connect", "send", "splice" };
	static char junk[65536];

	for (int mode = 0; mode < 8; mode++) {
		bool restart = mode & 1, timed = mode & 2, partial = mode & 4;
		struct sigaction sa = {
			.sa_handler = nothing, .sa_flags = restart ? SA_RESTART : 0,
		};

		sigaction(SIGUSR1, &sa, NULL);
		for (int call = 0; call < 5; call++) {
			struct victim v = { pthread_self(), 30 };
			struct ends e = call == 2 ? st_syn_sent(d) : new_ends(d);
			int p[2], r = 0;
			pthread_t kicker;
			char in[16];

			/* without a timeout, restarted calls would wait for ever */
			if ((restart && !timed) || (partial && call)) {
				end_all(&e);
				continue;
			}
			snprintf(d->now, sizeof(d->now), "%s%s%s%s", names[call],
				 timed ? ", timeout" : "", restart ? ", SA_RESTART" : "",
				 partial ? ", partial" : "");
			if (pipe(p))
				exit(1);
			if (timed) {
				set_timeout(e.fd, SO_RCVTIMEO, 150);
				set_timeout(e.fd, SO_SNDTIMEO, 150);
				set_timeout(e.listener, SO_RCVTIMEO, 150);
			}
			if (partial)
				send_text(e.peer, "part");
			if (call == 3) {
				set_int(e.fd, SOL_SOCKET, SO_SNDBUF, 20000);
				/* full, and still full some time later */
				while (send(e.fd, junk, sizeof(junk), MSG_DONTWAIT) > 0 ||
				       events_of(e.fd, POLLOUT, NEVER) ||
				       send(e.fd, junk, sizeof(junk), MSG_DONTWAIT) > 0)
					;
			}
			fcntl(e.fd, F_SETFL, 0);
			pthread_create(&kicker, NULL, kick, &v);
			switch (call) {
			case 0:
				r = ret((int)recv(e.fd, in, 16, MSG_WAITALL));
				break;
			case 1:
				r = accept_from(e.listener);
				break;
			case 2:
				r = connect_to(e.fd, name_of(e.listener));
				break;
			case 3:
				r = ret((int)send(e.fd, junk, sizeof(junk), 0));
				break;
			case 4:
				r = ret((int)splice(e.fd, NULL, p[1], NULL, 16, 0));
				break;
			}
			saw(d, call == 3 && r > 0 ? 1 : r, "answer");
			pthread_join(kicker, NULL);
			close(p[0]);
			close(p[1]);
			end_all(&e);
		}
	}
}

FIXTURE_PARITY(parity);
PARITY(parity, flags_of_send, exceptions)
PARITY(parity, flags_of_receive, exceptions)
PARITY(parity, lengths, exceptions)
PARITY(parity, bad_vectors, exceptions)
PARITY(parity, many_messages, exceptions)
PARITY(parity, splice_from, exceptions)
PARITY(parity, splice_times_out, exceptions)
PARITY(parity, splice_to, exceptions)
PARITY(parity, sendfile_much, exceptions)
PARITY(parity, control_messages, exceptions)
PARITY(parity, peek_off, exceptions)
PARITY(parity, zerocopy, exceptions)
PARITY(parity, epoll_edges, exceptions)
PARITY(parity, epoll_reset, exceptions)
PARITY(parity, epoll_connect, exceptions)
PARITY(parity, rcvlowat, exceptions)
PARITY(parity, sigpipe, exceptions)
PARITY(parity, sigio, exceptions)
PARITY(parity, interrupted, exceptions)

TEST_HARNESS_MAIN
