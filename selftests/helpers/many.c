// SPDX-License-Identifier: GPL-2.0
/*
 * many - many connections at once, each of which moves data both ways
 *
 *	many [-4|-6] [--tcp] [-n COUNT] [--bytes N] listen PORT
 *	many [-4|-6] [--tcp] [-n COUNT] [--bytes N] ADDRESS PORT
 *
 * The end that connects opens COUNT connections and waits until all are open; only then each sends
 * N bytes of its own, gets them back from the other end, compares them, and closes. The end that
 * listens ends when COUNT connections have come and gone. One process and one poll() at each end.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "uapi.h"

#define COUNT_MAX	20000
#define ECHO_MAX	16384

static int family = AF_INET, protocol = IPPROTO_TOY, count = 200, bytes = 8192;

/**
 * struct one - a connection
 * @sent: bytes sent so far
 * @received: bytes received so far
 * @opened: connect() succeeded
 * @done: closed
 * @echo: what came and was not sent back yet (of the end that listens)
 */
struct one {
	int sent;
	int received;
	bool opened;
	bool done;
	int pending;
	char *echo;
};

static struct pollfd fds[COUNT_MAX + 1];
static struct one ones[COUNT_MAX];

static void die(const char *what)
{
	fprintf(stderr, "many: %s: %s\n", what, strerror(errno));
	exit(1);
}

static unsigned char byte_of(int connection, int at)
{
	return (unsigned char)((connection * 7919 + at) * 2654435761u >> 15);
}

static socklen_t address_of(const char *address, int port, struct sockaddr_storage *all)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)all;
	struct sockaddr_in *v4 = (struct sockaddr_in *)all;

	memset(all, 0, sizeof(*all));
	all->ss_family = (sa_family_t)family;
	if (family == AF_INET6) {
		v6->sin6_port = htons((uint16_t)port);
		if (address && inet_pton(AF_INET6, address, &v6->sin6_addr) != 1)
			die("address");
		return sizeof(*v6);
	}
	v4->sin_port = htons((uint16_t)port);
	if (address && inet_pton(AF_INET, address, &v4->sin_addr) != 1)
		die("address");
	return sizeof(*v4);
}

static void shut(int i)
{
	close(fds[i].fd);
	fds[i].fd = -1;
	ones[i].done = true;
}

static void wait_events(int n)
{
	int r = poll(fds, (nfds_t)n, 120000);

	if (r < 0 && errno != EINTR)
		die("poll");
	if (!r) {
		errno = ETIMEDOUT;
		die("nothing happens any more");
	}
}

/* ------------------------------------------------------------------------------------------- */
/* The end that connects                                                                         */

static void client_send(int i)
{
	unsigned char buf[4096];
	int n = bytes - ones[i].sent;

	if (n > (int)sizeof(buf))
		n = sizeof(buf);
	for (int j = 0; j < n; j++)
		buf[j] = byte_of(i, ones[i].sent + j);
	n = (int)send(fds[i].fd, buf, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN)
		die("send");
	ones[i].sent += n > 0 ? n : 0;
	if (ones[i].sent == bytes)
		fds[i].events = POLLIN;
}

static void client_receive(int i)
{
	unsigned char buf[4096];
	int n = (int)recv(fds[i].fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n < 0)
		die("receive");
	if (!n) {
		fprintf(stderr, "many: connection %d ended after %d of %d bytes\n", i,
			ones[i].received, bytes);
		exit(1);
	}
	for (int j = 0; j < n; j++) {
		if (buf[j] != byte_of(i, ones[i].received + j)) {
			fprintf(stderr, "many: connection %d: byte %d is wrong\n", i,
				ones[i].received + j);
			exit(1);
		}
	}
	ones[i].received += n;
	if (ones[i].received == bytes)
		shut(i);
}

static void open_all(const char *address, int port)
{
	struct sockaddr_storage addr;
	socklen_t len = address_of(address, port, &addr);

	for (int i = 0; i < count; i++) {
		fds[i].fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK, protocol);
		if (fds[i].fd < 0)
			die("socket");
		if (connect(fds[i].fd, (struct sockaddr *)&addr, len) && errno != EINPROGRESS)
			die("connect");
		fds[i].events = POLLOUT;
	}
	for (int open = 0; open < count;) {
		wait_events(count);
		for (int i = 0; i < count; i++) {
			socklen_t size = sizeof(errno);

			if (ones[i].opened || !fds[i].revents)
				continue;
			if (getsockopt(fds[i].fd, SOL_SOCKET, SO_ERROR, &errno, &size) || errno)
				die("connect");
			ones[i].opened = true;
			fds[i].events = 0;
			open++;
		}
	}
}

static void client(const char *address, int port)
{
	int left = count;

	open_all(address, port);
	printf("%d connections are open\n", count);
	fflush(stdout);
	for (int i = 0; i < count; i++)
		fds[i].events = POLLIN | POLLOUT;
	while (left) {
		wait_events(count);
		for (int i = 0; i < count; i++) {
			if (ones[i].done || !fds[i].revents)
				continue;
			if (fds[i].revents & POLLOUT && ones[i].sent < bytes)
				client_send(i);
			if (fds[i].revents & (POLLIN | POLLERR | POLLHUP))
				client_receive(i);
			left -= ones[i].done;
		}
	}
	printf("%d connections moved %d bytes each way\n", count, bytes);
}

/* ------------------------------------------------------------------------------------------- */
/* The end that listens                                                                          */

static void echo(int i)
{
	struct one *o = &ones[i];
	int n;

	n = (int)recv(fds[i].fd, o->echo + o->pending, (size_t)(ECHO_MAX - o->pending),
		      MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN)
		die("receive");
	if (!n && o->pending < ECHO_MAX) {
		shut(i);
		free(o->echo);
		return;
	}
	o->pending += n > 0 ? n : 0;
	n = (int)send(fds[i].fd, o->echo, (size_t)o->pending, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN)
		die("send");
	if (n > 0) {
		memmove(o->echo, o->echo + n, (size_t)(o->pending - n));
		o->pending -= n;
	}
	fds[i].events = (short)((o->pending < ECHO_MAX ? POLLIN : 0) | (o->pending ? POLLOUT : 0));
}

static void server(int port)
{
	struct sockaddr_storage addr;
	socklen_t len = address_of(NULL, port, &addr);
	int listener = socket(family, SOCK_STREAM | SOCK_NONBLOCK, protocol), n = 0, left = count,
	    one = 1;

	if (listener < 0)
		die("socket");
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&addr, len) || listen(listener, count))
		die("listen");
	while (left) {
		fds[n].fd = n < count ? listener : -1;
		fds[n].events = POLLIN;
		wait_events(n + 1);
		for (int i = 0; i < n; i++) {
			if (ones[i].done || !fds[i].revents)
				continue;
			echo(i);
			left -= ones[i].done;
		}
		if (!fds[n].revents || fds[n].fd < 0)
			continue;
		fds[n].fd = accept(listener, NULL, NULL);
		if (fds[n].fd < 0) {
			if (errno != EAGAIN)
				die("accept");
			continue;
		}
		fds[n].revents = 0;
		ones[n].echo = malloc(ECHO_MAX);
		if (!ones[n].echo)
			die("memory");
		n++;
	}
	printf("%d connections came and went\n", count);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "tcp", no_argument, NULL, 't' },
		{ "bytes", required_argument, NULL, 'b' },
		{ }
	};
	struct rlimit files = { COUNT_MAX + 64, COUNT_MAX + 64 };
	int o;

	while ((o = getopt_long(argc, argv, "46n:", options, NULL)) != -1) {
		switch (o) {
		case '4':
			family = AF_INET;
			break;
		case '6':
			family = AF_INET6;
			break;
		case 't':
			protocol = IPPROTO_TCP;
			break;
		case 'n':
			count = atoi(optarg);
			break;
		case 'b':
			bytes = atoi(optarg);
			break;
		default:
			return 2;
		}
	}
	if (argc - optind != 2 || count < 1 || count > COUNT_MAX || bytes < 1) {
		fputs("usage: many [-4|-6] [--tcp] [-n COUNT] [--bytes N] listen|ADDRESS PORT\n",
		      stderr);
		return 2;
	}
	setrlimit(RLIMIT_NOFILE, &files);
	if (!strcmp(argv[optind], "listen"))
		server(atoi(argv[optind + 1]));
	else
		client(argv[optind], atoi(argv[optind + 1]));
	return 0;
}
