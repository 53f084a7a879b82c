// SPDX-License-Identifier: GPL-2.0
/*
 * transfer - moves random bytes both ways over one connection, at the same time, and compares them
 *
 *	transfer [-4|-6] [--tcp] [--seed N] [--bytes N] [--timeout SECS] listen PORT
 *	transfer [-4|-6] [--tcp] [--seed N] [--bytes N] [--timeout SECS] [--via HOP] ADDRESS PORT
 *
 * Each end sends --bytes bytes that follow from the seed, half-closes, and receives to the end; it
 * prints the SHA-256 of what it sent and of what it received, and knows from the seed what should
 * have come. The size of each call varies, also by the seed. --via is a loose source route of IPv4
 * through one hop (RFC 791).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "sha256.h"
#include "uapi.h"

#define CHUNK	65536

struct settings {
	int family;
	int protocol;
	uint64_t seed;
	uint64_t bytes;
	int timeout;
	bool listen;
	const char *address;
	const char *via;
	int port;
};

/* xorshift64*: repeatable, quick, and different everywhere. */
struct source {
	uint64_t state;
};

static uint64_t next(struct source *s)
{
	s->state ^= s->state >> 12;
	s->state ^= s->state << 25;
	s->state ^= s->state >> 27;
	return s->state * 2685821657736338717ull;
}

static struct source source_of(const struct settings *set, bool listener)
{
	struct source s = { .state = (set->seed * 2 + listener) * 0x9e3779b97f4a7c15ull | 1 };

	for (int i = 0; i < 8; i++)
		next(&s);
	return s;
}

static void generate(struct source *s, unsigned char *buf, size_t len)
{
	for (size_t i = 0; i < len; i += 8) {
		uint64_t word = next(s);

		memcpy(buf + i, &word, len - i < 8 ? len - i : 8);
	}
}

static void die(const char *what)
{
	fprintf(stderr, "transfer: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ------------------------------------------------------------------------------------------- */

struct direction {
	const struct settings *set;
	int fd;
	char hash[65];
};

static void *send_all(void *arg)
{
	struct direction *d = arg;
	struct source bytes = source_of(d->set, d->set->listen),
		      sizes = { .state = d->set->seed | 1 };
	unsigned char buf[CHUNK];
	uint64_t left = d->set->bytes;
	struct sha256 hash;

	sha256_start(&hash);
	while (left) {
		size_t len = next(&sizes) % CHUNK + 1, done = 0;

		if (len > left)
			len = left;
		/* whole words, so that both ends cut the stream of words alike */
		if (len < left)
			len = (len + 7) & ~(size_t)7;
		generate(&bytes, buf, len);
		sha256_add(&hash, buf, len);
		while (done < len) {
			ssize_t n = send(d->fd, buf + done, len - done, MSG_NOSIGNAL);

			if (n < 0)
				die("send");
			done += (size_t)n;
		}
		left -= len;
	}
	if (shutdown(d->fd, SHUT_WR))
		die("shutdown");
	sha256_end(&hash, d->hash);
	return NULL;
}

static void receive_all(struct direction *d)
{
	struct source bytes = source_of(d->set, !d->set->listen),
		      sizes = { .state = d->set->seed | 3 };
	static unsigned char buf[CHUNK], expected[CHUNK];
	size_t have = 0, known = 0;
	uint64_t total = 0;
	struct sha256 hash;

	sha256_start(&hash);
	for (;;) {
		ssize_t n = recv(d->fd, buf, next(&sizes) % CHUNK + 1, 0);

		if (n < 0)
			die("receive");
		if (!n)
			break;
		sha256_add(&hash, buf, (size_t)n);
		for (ssize_t i = 0; i < n; i++) {
			if (have == known) {
				uint64_t left = d->set->bytes - total - (uint64_t)i;

				known = left < CHUNK ? left : CHUNK;
				generate(&bytes, expected, known);
				have = 0;
			}
			if (!known || buf[i] != expected[have++]) {
				fprintf(stderr, "transfer: byte %llu is wrong\n",
					(unsigned long long)(total + (uint64_t)i));
				exit(1);
			}
		}
		total += (uint64_t)n;
	}
	if (total != d->set->bytes) {
		fprintf(stderr, "transfer: %llu bytes came, not %llu\n", (unsigned long long)total,
			(unsigned long long)d->set->bytes);
		exit(1);
	}
	sha256_end(&hash, d->hash);
}

static socklen_t address_of(const struct settings *set, struct sockaddr_storage *all)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)all;
	struct sockaddr_in *v4 = (struct sockaddr_in *)all;
	int ok = 1;

	memset(all, 0, sizeof(*all));
	all->ss_family = (sa_family_t)set->family;
	if (set->family == AF_INET6) {
		v6->sin6_port = htons((uint16_t)set->port);
		if (set->address)
			ok = inet_pton(AF_INET6, set->address, &v6->sin6_addr);
	} else {
		v4->sin_port = htons((uint16_t)set->port);
		if (set->address)
			ok = inet_pton(AF_INET, set->address, &v4->sin_addr);
	}
	if (ok != 1) {
		fprintf(stderr, "transfer: '%s' is not an address\n", set->address);
		exit(2);
	}
	return set->family == AF_INET6 ? sizeof(*v6) : sizeof(*v4);
}

static void route_via(int fd, const char *hop)
{
	unsigned char option[8] = { 131, 7, 4 };	/* loose source route, and its end */

	if (inet_pton(AF_INET, hop, option + 3) != 1 ||
	    setsockopt(fd, IPPROTO_IP, IP_OPTIONS, option, sizeof(option)))
		die("--via");
}

static int open_connection(const struct settings *set)
{
	struct timeval tv = { .tv_sec = set->timeout };
	struct sockaddr_storage addr;
	socklen_t len = address_of(set, &addr);
	int fd, conn, one = 1;

	fd = socket(set->family, SOCK_STREAM, set->protocol);
	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	if (!set->listen) {
		if (set->via)
			route_via(fd, set->via);
		if (connect(fd, (struct sockaddr *)&addr, len))
			die("connect");
		return fd;
	}
	if (bind(fd, (struct sockaddr *)&addr, len) || listen(fd, 1))
		die("listen");
	conn = accept(fd, NULL, NULL);
	if (conn < 0)
		die("accept");
	setsockopt(conn, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(conn, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	close(fd);
	return conn;
}

static void parse(int argc, char **argv, struct settings *set)
{
	static const struct option options[] = {
		{ "tcp", no_argument, NULL, 't' },
		{ "seed", required_argument, NULL, 's' },
		{ "bytes", required_argument, NULL, 'b' },
		{ "timeout", required_argument, NULL, 'w' },
		{ "via", required_argument, NULL, 'v' },
		{ }
	};
	int o;

	while ((o = getopt_long(argc, argv, "46", options, NULL)) != -1) {
		switch (o) {
		case '4':
			set->family = AF_INET;
			break;
		case '6':
			set->family = AF_INET6;
			break;
		case 't':
			set->protocol = IPPROTO_TCP;
			break;
		case 's':
			set->seed = strtoull(optarg, NULL, 10);
			break;
		case 'b':
			set->bytes = strtoull(optarg, NULL, 10);
			break;
		case 'w':
			set->timeout = atoi(optarg);
			break;
		case 'v':
			set->via = optarg;
			break;
		default:
			exit(2);
		}
	}
	if (argc - optind != 2) {
		fputs("usage: transfer [-4|-6] [--tcp] [--seed N] [--bytes N]\n"
		      "                [--timeout SECS] [--via HOP] listen|ADDRESS PORT\n", stderr);
		exit(2);
	}
	set->listen = !strcmp(argv[optind], "listen");
	set->address = set->listen ? NULL : argv[optind];
	set->port = atoi(argv[optind + 1]);
}

int main(int argc, char **argv)
{
	struct settings set = {
		.family = AF_INET,
		.protocol = IPPROTO_TOY,
		.seed = 1,
		.bytes = 1 << 20,
		.timeout = 60,
	};
	struct direction in = { .set = &set }, out = { .set = &set };
	pthread_t thread;

	parse(argc, argv, &set);
	in.fd = open_connection(&set);
	out.fd = in.fd;
	if (pthread_create(&thread, NULL, send_all, &out))
		die("thread");
	receive_all(&in);
	pthread_join(thread, NULL);
	printf("sent %s\nreceived %s\n", out.hash, in.hash);
	return 0;
}
