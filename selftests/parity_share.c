// SPDX-License-Identifier: GPL-2.0
/*
 * parity_share.c - what several may have together: a socket in two processes, a port of two sockets
 */
#include <sys/wait.h>

#include "parity.h"

/* What differs by design: nothing. */
static const struct exception exceptions[] = {
	{ }
};

static void now(struct diary *d, const char *what)
{
	snprintf(d->now, sizeof(d->now), "%s", what);
}

/* ------------------------------------------------------------------------------------------- */
/* Descriptors                                                                                   */

static void passed(struct diary *d)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} c = {};
	struct ends e = new_ends(d);
	char byte = 'x';
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &c,
			    .msg_controllen = sizeof(c.room) };
	int pair[2], status = -1, fd;
	pid_t pid;

	now(d, "a socket passed by SCM_RIGHTS");
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		exit(1);
	pid = fork();
	if (!pid) {
		if (recvmsg(pair[1], &m, 0) != 1)
			_exit(1);
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
		_exit(recv_text(fd, "hello") || send_text(fd, "world") != 5 ? 2 : 0);
	}
	c.head.cmsg_level = SOL_SOCKET;
	c.head.cmsg_type = SCM_RIGHTS;
	c.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&c.head), &e.fd, sizeof(int));
	SAW(d, sendmsg(pair[0], &m, 0), "passed");
	close(e.fd);
	e.fd = -1;
	send_text(e.peer, "hello");
	saw(d, recv_text(e.peer, "world"), "it answers");
	waitpid(pid, &status, 0);
	saw(d, status, "the other process");
	SAW(d, recv(e.peer, &fd, 4, 0), "closed with its last descriptor");
	close(pair[0]);
	close(pair[1]);
	end_all(&e);
}

static void forked(struct diary *d)
{
	struct ends e = new_ends(d);
	int status = -1;
	pid_t pid = fork();

	now(d, "fork");
	if (!pid)
		_exit(send_text(e.fd, "from the child") == 14 ? 0 : 1);
	waitpid(pid, &status, 0);
	saw(d, status, "the child");
	saw(d, recv_text(e.peer, "from the child"), "what it said");
	saw(d, events_of(e.peer, POLLIN | POLLRDHUP, 30), "its end closes nothing");
	SAW(d, shutdown(dup(e.fd), SHUT_WR), "shutdown of a duplicate");
	saw(d, events_of(e.peer, POLLRDHUP, SOON), "is for all");
	end_all(&e);
}

/* ------------------------------------------------------------------------------------------- */
/* Ports and devices                                                                             */

/* Two sockets at one port: who may bind, and who may listen. */
static void shared_ports(struct diary *d)
{
	for (int mode = 0; mode < 256; mode++) {
		bool any_a = mode & 1, any_b = mode & 2, reuse_a = mode & 4, reuse_b = mode & 8;
		bool port_a = mode & 16, port_b = mode & 32;
		bool listen_a = mode & 64, dev_b = mode & 128;
		int a = fresh(d), b = fresh(d), port;
		struct where w;

		snprintf(d->now, sizeof(d->now), "%s%s%s%s%s%s%s%s", any_a ? "any " : "lo ",
			 any_b ? "any " : "lo ", reuse_a ? "reuse " : "-", reuse_b ? "reuse " : "-",
			 port_a ? "share " : "-", port_b ? "share " : "-",
			 listen_a ? "listen " : "-", dev_b ? "device" : "");
		set_int(a, SOL_SOCKET, SO_REUSEADDR, reuse_a);
		set_int(b, SOL_SOCKET, SO_REUSEADDR, reuse_b);
		set_int(a, SOL_SOCKET, SO_REUSEPORT, port_a);
		set_int(b, SOL_SOCKET, SO_REUSEPORT, port_b);
		if (dev_b)
			saw(d, ret(setsockopt(b, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3)), "device");
		saw(d, bind_to(a, any_a ? any_addr(d->way.family, 0) : lo_addr(d, 0)),
		    "first bind");
		port = port_of(a);
		if (listen_a)
			SAW(d, listen(a, 1), "first listens");
		w = any_b ? any_addr(d->way.family, port) : lo_addr(d, port);
		saw(d, bind_to(b, w), "second bind");
		if (port_of(b) == port) {
			SAW(d, listen(b, 1), "second listens");
			if (!listen_a)
				SAW(d, listen(a, 1), "first listens late");
		}
		close(a);
		close(b);
	}
}

/* A program chooses among those who share a port. */
static void reuseport_program(struct diary *d)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, 2) };
	struct sock_fprog prog = { .len = 1, .filter = code };
	int l[4], c[12], port = 0;

	now(d, "SO_ATTACH_REUSEPORT_CBPF");
	for (int i = 0; i < 4; i++) {
		l[i] = fresh(d);
		set_int(l[i], SOL_SOCKET, SO_REUSEPORT, 1);
		saw(d, bind_to(l[i], lo_addr(d, port)), "bind");
		SAW(d, listen(l[i], 16), "listen");
		port = port_of(l[i]);
		nonblocking(l[i]);
	}
	SAW(d, setsockopt(l[0], SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &prog, sizeof(prog)),
	    "attach");
	for (int i = 0; i < 12; i++) {
		c[i] = fresh(d);
		saw(d, connect_to(c[i], lo_addr(d, port)), "connect");
	}
	for (int i = 0; i < 4; i++) {
		int n = 0, fd;

		events_of(l[i], POLLIN, 20);
		while ((fd = accept_from(l[i])) >= 0) {
			close(fd);
			n++;
		}
		saw(d, n, "accepted by the %dth", i + 1);
	}
	SAW(d, setsockopt(l[0], SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &prog, sizeof(prog)),
	    "detach");
	for (int i = 0; i < 12; i++)
		close(c[i]);
	for (int i = 0; i < 4; i++)
		close(l[i]);
}

/* Without one, connections spread over them; when one closes, the others get all. */
static void reuseport_spreads(struct diary *d)
{
	int l[2], used[2] = {}, port = 0, c, fd;

	now(d, "SO_REUSEPORT");
	for (int i = 0; i < 2; i++) {
		l[i] = fresh(d);
		set_int(l[i], SOL_SOCKET, SO_REUSEPORT, 1);
		bind_to(l[i], lo_addr(d, port));
		SAW(d, listen(l[i], 128), "listen");
		port = port_of(l[i]);
		nonblocking(l[i]);
	}
	for (int i = 0; i < 64; i++) {
		c = fresh(d);
		if (connect_to(c, lo_addr(d, port)))
			saw(d, -errno, "connect");
		close(c);
	}
	for (int i = 0; i < 2; i++) {
		while ((fd = accept_from(l[i])) >= 0) {
			close(fd);
			used[i]++;
		}
	}
	saw(d, used[0] + used[1], "all came");
	saw(d, used[0] && used[1], "to both");
	close(l[0]);
	for (int i = 0; i < 16; i++) {
		c = fresh(d);
		saw(d, connect_to(c, lo_addr(d, port)), "connect to the one that is left");
		fd = accept_from(l[1]);
		saw(d, fd >= 0, "accepted");
		close(fd);
		close(c);
	}
	close(l[1]);
}

static void bound_to_device(struct diary *d)
{
	int l = fresh(d), c = fresh(d);

	now(d, "SO_BINDTODEVICE");
	SAW(d, setsockopt(l, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3), "listener");
	SAW(d, setsockopt(c, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3), "client");
	saw(d, bind_to(l, lo_addr(d, 0)), "bind");
	SAW(d, listen(l, 1), "listen");
	saw(d, connect_to(c, name_of(l)), "connect");
	saw(d, accept_from(l) >= 0, "accept");
	close(c);
	c = fresh(d);
	saw(d, set_int(c, SOL_SOCKET, SO_MARK, 77), "SO_MARK");
	saw(d, connect_to(c, name_of(l)), "connect with a mark");
	SAW(d, accept_from(l) >= 0, "accept it");
	saw(d, get_int(c, SOL_SOCKET, SO_MARK), "mark");
	close(c);
	close(l);
}

FIXTURE_PARITY(parity);
PARITY(parity, passed, exceptions)
PARITY(parity, forked, exceptions)
PARITY(parity, shared_ports, exceptions)
PARITY(parity, reuseport_program, exceptions)
PARITY(parity, reuseport_spreads, exceptions)
PARITY(parity, bound_to_device, exceptions)

TEST_HARNESS_MAIN
