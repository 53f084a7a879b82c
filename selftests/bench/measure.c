// SPDX-License-Identifier: GPL-2.0
/*
 * measure - how fast is a connection? The same program on both transports
 *
 *	measure [-6] [--tcp] serve PORT
 *	measure [-6] [--tcp] [--seconds N] [--size BYTES] stream|rr|crr ADDRESS PORT
 *	measure [-6] [--tcp] [--count N] hold ADDRESS PORT
 *
 * stream: one connection, as many bytes as go; prints Mbit/s, from the first byte to the peer's
 * word that it has the last.
 * rr:     one connection, a request of BYTES (1) and an answer of as many, in turn; prints
 * exchanges a second.
 * crr:    a connection for each exchange, which the server closes first; prints exchanges a second.
 * hold:   N connections, all open; prints "open", and closes them when its input ends.
 *
 * The server takes one connection at a time, and any number for hold. What a connection is for is
 * its first byte.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef IPPROTO_TOY
#define IPPROTO_TOY 253
#endif

#define BUFFER	(128 << 10)

static int family = AF_INET, protocol = IPPROTO_TOY;
static double seconds = 2;
static size_t size = 1;
static int count = 1;
static char buffer[BUFFER];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int new_socket(void)
{
	int fd = socket(family, SOCK_STREAM, protocol);

	if (fd < 0)
		die("socket");
	return fd;
}

static socklen_t address(struct sockaddr_storage *ss, const char *host, int port)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *sin = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = family;
	if (family == AF_INET6) {
		sin6->sin6_port = htons(port);
		if (host && inet_pton(AF_INET6, host, &sin6->sin6_addr) != 1)
			die(host);
		return sizeof(*sin6);
	}
	sin->sin_port = htons(port);
	if (host && inet_pton(AF_INET, host, &sin->sin_addr) != 1)
		die(host);
	return sizeof(*sin);
}

static int dial(const char *host, int port)
{
	struct sockaddr_storage ss;
	socklen_t len = address(&ss, host, port);
	int fd = new_socket();

	if (connect(fd, (struct sockaddr *)&ss, len))
		die("connect");
	return fd;
}

static void no_delay(int fd)
{
	int on = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
		die("TCP_NODELAY");
}

static void put(int fd, const char *from, size_t len)
{
	ssize_t n;

	for (; len; from += n, len -= n) {
		n = send(fd, from, len, MSG_NOSIGNAL);
		if (n <= 0)
			die("send");
	}
}

/* Return: 0 at the end of the stream. */
static int get(int fd, char *to, size_t len)
{
	ssize_t n;

	for (; len; to += n, len -= n) {
		n = recv(fd, to, len, 0);
		if (n < 0)
			die("recv");
		if (!n)
			return 0;
	}
	return 1;
}

/* ---------------------------------------------------------------------------------------------- */

static void serve_stream(int fd)
{
	unsigned long long bytes = 0;
	ssize_t n;

	while ((n = recv(fd, buffer, sizeof(buffer), 0)) > 0)
		bytes += n;
	put(fd, (char *)&bytes, sizeof(bytes));
}

static void serve_rr(int fd)
{
	unsigned int len;

	if (!get(fd, (char *)&len, sizeof(len)) || len > sizeof(buffer))
		return;
	no_delay(fd);
	while (get(fd, buffer, len))
		put(fd, buffer, len);
}

static void serve(int port)
{
	struct sockaddr_storage ss;
	int fd = new_socket(), conn, on = 1;
	socklen_t len = address(&ss, NULL, port);
	char what;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&ss, len) || listen(fd, 4096))
		die("listen");
	puts("ready");
	fflush(stdout);
	while ((conn = accept(fd, NULL, NULL)) >= 0) {
		if (!get(conn, &what, 1))
			what = 0;
		if (what == 's')
			serve_stream(conn);
		else if (what == 'r')
			serve_rr(conn);
		else if (what == 'c')
			put(conn, &what, 1);
		else if (what == 'h')
			continue;	/* it stays open until its peer and then this program end */
		close(conn);
	}
	die("accept");
}

/* ---------------------------------------------------------------------------------------------- */

static void stream(const char *host, int port)
{
	unsigned long long sent = 0, got = 0;
	int fd = dial(host, port);
	double start, end;

	put(fd, "s", 1);
	for (start = now(); now() - start < seconds; sent += sizeof(buffer))
		put(fd, buffer, sizeof(buffer));
	shutdown(fd, SHUT_WR);
	if (!get(fd, (char *)&got, sizeof(got)) || got != sent) {
		fprintf(stderr, "sent %llu bytes, the other end has %llu\n", sent, got);
		exit(1);
	}
	end = now();
	printf("%.1f\n", got * 8 / 1e6 / (end - start));
}

static void rr(const char *host, int port)
{
	unsigned int len = size;
	unsigned long n = 0;
	double start;
	int fd;

	fd = dial(host, port);
	no_delay(fd);
	put(fd, "r", 1);
	put(fd, (char *)&len, sizeof(len));
	for (start = now(); now() - start < seconds; n++) {
		put(fd, buffer, len);
		if (!get(fd, buffer, len))
			die("the other end closed");
	}
	printf("%.0f\n", n / (now() - start));
}

static void crr(const char *host, int port)
{
	unsigned long n = 0;
	double start;
	char c;
	int fd;

	for (start = now(); now() - start < seconds; n++) {
		fd = dial(host, port);
		put(fd, "c", 1);
		if (!get(fd, &c, 1) || get(fd, &c, 1))
			die("answer");
		close(fd);
	}
	printf("%.0f\n", n / (now() - start));
}

static void hold(const char *host, int port)
{
	char c;
	int i;

	for (i = 0; i < count; i++)
		put(dial(host, port), "h", 1);
	puts("open");
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "tcp", no_argument, NULL, 't' },
		{ "seconds", required_argument, NULL, 's' },
		{ "size", required_argument, NULL, 'b' },
		{ "count", required_argument, NULL, 'n' },
		{ }
	};
	static const struct {
		const char *name;
		void (*run)(const char *host, int port);
	} modes[] = {
		{ "stream", stream }, { "rr", rr }, { "crr", crr }, { "hold", hold },
	};
	size_t i;
	int o;

	while ((o = getopt_long(argc, argv, "46", options, NULL)) != -1) {
		switch (o) {
		case '4':
			break;
		case '6':
			family = AF_INET6;
			break;
		case 't':
			protocol = IPPROTO_TCP;
			break;
		case 's':
			seconds = atof(optarg);
			break;
		case 'b':
			size = strtoul(optarg, NULL, 10);
			break;
		case 'n':
			count = atoi(optarg);
			break;
		default:
			return 2;
		}
	}
	if (size < 1 || size > sizeof(buffer))
		return 2;
	signal(SIGPIPE, SIG_IGN);
	if (argc - optind == 2 && !strcmp(argv[optind], "serve"))
		serve(atoi(argv[optind + 1]));
	for (i = 0; argc - optind == 3 && i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (!strcmp(argv[optind], modes[i].name)) {
			modes[i].run(argv[optind + 1], atoi(argv[optind + 2]));
			return 0;
		}
	}
	fputs("usage: measure [-4|-6] [--tcp] serve PORT\n"
	      "       measure [-4|-6] [--tcp] [--seconds N] [--size N] [--count N]\n"
	      "               stream|rr|crr|hold ADDRESS PORT\n", stderr);
	return 2;
}
