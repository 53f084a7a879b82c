// SPDX-License-Identifier: GPL-2.0
/*
 * synflood - SYNs from addresses where nobody is
 *
 *	synflood [--seed N] [--rate PER-SECOND] DESTINATION PORT COUNT
 *
 * The sources are random addresses of 172.16.0.0/12, or of fd99::/16, and random ports; the
 * options are those of a modern TCP. It says how many it sent, and in which time.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "uapi.h"

#define HDR	40	/* 20 bytes and these options */

static const uint8_t options[20] = {
	2, 4, 1460 >> 8, 1460 & 0xff, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7
};

static uint64_t state;

/* xorshift64* */
static uint64_t roll(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 2685821657736338717ull;
}

static uint32_t sum(const void *data, size_t len, uint32_t acc)
{
	const uint8_t *p = data;

	for (; len > 1; len -= 2, p += 2)
		acc += (uint32_t)p[0] << 8 | p[1];
	return acc;
}

/* The SYN, from @src to @dst, of @alen bytes each. */
static void build(uint8_t *seg, const uint8_t *src, const uint8_t *dst, size_t alen, int port)
{
	uint64_t random = roll();
	uint32_t acc;

	memcpy(seg, &random, 8);	/* source port; the rest is overwritten */
	seg[2] = (uint8_t)(port >> 8);
	seg[3] = (uint8_t)port;
	memcpy(seg + 4, &random, 4);
	memset(seg + 8, 0, 4);
	seg[12] = HDR / 4 << 4;
	seg[13] = 0x02;
	seg[14] = 0xfa;
	seg[15] = 0xf0;
	memset(seg + 16, 0, 4);
	memcpy(seg + 20, options, sizeof(options));
	acc = sum(seg, HDR, sum(dst, alen, sum(src, alen, HDR + IPPROTO_TOY)));
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	acc = ~acc;
	seg[16] = (uint8_t)(acc >> 8);
	seg[17] = (uint8_t)acc;
}

/* An IP packet with a SYN. Return: its length. */
static size_t packet(uint8_t *p, int family, const uint8_t *dst, int port)
{
	uint64_t random = roll();

	memset(p, 0, 40);
	if (family == AF_INET) {
		p[0] = 0x45;
		p[3] = 20 + HDR;
		p[8] = 64;
		p[9] = IPPROTO_TOY;
		memcpy(p + 12, &random, 4);
		p[12] = 172;
		p[13] = 16 | (p[13] & 15);
		memcpy(p + 16, dst, 4);
		build(p + 20, p + 12, p + 16, 4, port);
		return 20 + HDR;
	}
	p[0] = 0x60;
	p[5] = HDR;
	p[6] = IPPROTO_TOY;
	p[7] = 64;
	p[8] = 0xfd;
	p[9] = 0x99;
	memcpy(p + 16, &random, 8);
	memcpy(p + 24, dst, 16);
	build(p + 40, p + 8, p + 24, 16, port);
	return 40 + HDR;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "seed", required_argument, NULL, 's' }, { "rate", required_argument, NULL, 'r' },
		{ 0 }
	};
	struct sockaddr_storage to = { 0 };
	long i, count, rate = 0, lost = 0;
	int family, fd, opt, one = 1;
	uint8_t dst[16], buf[80];
	uint64_t seed = 1;
	double begin;

	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (opt == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (opt == 'r')
			rate = atol(optarg);
		else
			return 2;
	}
	argv += optind;
	if (argc - optind != 3) {
		fputs("synflood [--seed N] [--rate PER-SECOND] DESTINATION PORT COUNT\n", stderr);
		return 2;
	}
	count = atol(argv[2]);
	family = strchr(argv[0], ':') ? AF_INET6 : AF_INET;
	if (inet_pton(family, argv[0], dst) != 1) {
		fprintf(stderr, "synflood: what address is '%s'?\n", argv[0]);
		return 2;
	}
	state = seed * 0x9e3779b97f4a7c15ull | 1;
	to.ss_family = (sa_family_t)family;
	if (family == AF_INET)
		memcpy(&((struct sockaddr_in *)&to)->sin_addr, dst, 4);
	else
		memcpy(&((struct sockaddr_in6 *)&to)->sin6_addr, dst, 16);
	fd = socket(family, SOCK_RAW, IPPROTO_RAW);
	if (fd < 0 || (family == AF_INET6 &&
		       setsockopt(fd, IPPROTO_IPV6, IPV6_HDRINCL, &one, sizeof(one)))) {
		perror("synflood");
		return 1;
	}
	begin = now();
	for (i = 0; i < count; i++) {
		size_t len = packet(buf, family, dst, atoi(argv[1]));

		if (sendto(fd, buf, len, 0, (struct sockaddr *)&to, family == AF_INET ?
			   sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6)) < 0) {
			if (errno != ENOBUFS && errno != EAGAIN) {
				perror("synflood: sendto");
				return 1;
			}
			lost++;
		}
		if (rate && i % 100 == 99) {
			double ahead = begin + (double)i / (double)rate - now();

			if (ahead > 0.001)
				usleep((useconds_t)(ahead * 1e6));
		}
	}
	printf("sent %ld SYNs in %.1f s, seed %llu, %ld refused\n", count, now() - begin,
	       (unsigned long long)seed, lost);
	return close(fd);
}
