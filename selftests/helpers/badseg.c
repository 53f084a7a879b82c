// SPDX-License-Identifier: GPL-2.0
/*
 * badseg - send one segment that no honest end would send
 *
 *	badseg SOURCE DESTINATION SPORT DPORT KIND
 *
 * Through a raw socket of protocol 253; the addresses say which family. See kinds[] for KIND.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "uapi.h"

#define SYN	0x02
#define RST	0x04
#define ACK	0x10

/*
 * len: bytes sent, 0: header and options; offset: the data offset field, 0: the true one;
 * spoil: the checksum is wrong; options: bytes after the header, padded to four by the caller.
 */
static const struct kind {
	const char *name;
	uint8_t flags;
	uint8_t len;
	uint8_t offset;
	uint8_t spoil;
	uint8_t noptions;
	uint8_t options[40];
} kinds[] = {
	{ .name = "empty", .flags = SYN, .len = 1 },
	{ .name = "short", .flags = SYN, .len = 19 },
	{ .name = "offset-below-header", .flags = SYN, .offset = 4 },
	{ .name = "offset-zero", .flags = SYN, .offset = 0xf0 },
	{ .name = "offset-beyond-end", .flags = SYN, .offset = 15 },
	{ .name = "checksum", .flags = SYN, .spoil = 1 },
	{ .name = "checksum-rst", .flags = RST, .spoil = 1 },
	{ .name = "option-length-0", .flags = SYN, .noptions = 4, .options = { 2, 0, 5, 180 } },
	{ .name = "option-length-1", .flags = SYN, .noptions = 4, .options = { 8, 1, 0, 0 } },
	{ .name = "option-past-end", .flags = SYN, .noptions = 4, .options = { 1, 1, 3, 40 } },
	{ .name = "option-unknown", .flags = SYN, .noptions = 8,
	  .options = { 0xfd, 6, 1, 2, 3, 4, 1, 0 } },
	{ .name = "option-only-kind", .flags = SYN, .noptions = 4, .options = { 1, 1, 1, 8 } },
	{ .name = "no-flags", .flags = 0 },
	{ .name = "all-flags", .flags = 0xff },
	{ .name = "rst", .flags = RST },
	{ .name = "ack", .flags = ACK },
	{ .name = "syn", .flags = SYN },
};

static uint32_t sum(const void *data, size_t len, uint32_t acc)
{
	const uint8_t *p = data;

	for (; len > 1; len -= 2, p += 2)
		acc += (uint32_t)p[0] << 8 | p[1];
	return len ? acc + ((uint32_t)p[0] << 8) : acc;
}

static uint16_t checksum(int family, const void *src, const void *dst, const void *seg, size_t len)
{
	size_t alen = family == AF_INET6 ? 16 : 4;
	uint32_t acc = sum(src, alen, 0);

	acc = sum(dst, alen, acc) + (uint32_t)len + IPPROTO_TOY;
	acc = sum(seg, len, acc);
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return (uint16_t)~acc;
}

/* Multicast and broadcast, which IP itself would not let us send from. */
static int is_no_sender(const uint8_t *src)
{
	return src[0] >= 224;
}

/* The same with an IPv4 header of our own making. */
static int forged(const uint8_t *src, const uint8_t *dst, const uint8_t *seg, size_t len)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	uint8_t packet[20 + 60] = { 0x45, [8] = 64, [9] = IPPROTO_TOY };
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);

	memcpy(packet + 12, src, 4);
	memcpy(packet + 16, dst, 4);
	memcpy(packet + 20, seg, len);
	memcpy(&to.sin_addr, dst, 4);
	if (fd < 0 || sendto(fd, packet, 20 + len, 0, (struct sockaddr *)&to, sizeof(to)) !=
	    (ssize_t)(20 + len)) {
		perror("badseg");
		return 1;
	}
	return close(fd);
}

int main(int argc, char **argv)
{
	struct sockaddr_storage to = { 0 }, from = { 0 };
	uint8_t seg[60] = { 0 }, src[16], dst[16];
	const struct kind *k = NULL;
	uint16_t port, check;
	size_t i, len, hlen;
	socklen_t alen;
	int family, fd, on;

	for (i = 0; argc == 6 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, argv[5]))
			k = &kinds[i];
	if (!k) {
		fprintf(stderr, "badseg SOURCE DESTINATION SPORT DPORT KIND; kinds:\n");
		for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			fprintf(stderr, "  %s\n", kinds[i].name);
		return 2;
	}
	family = strchr(argv[1], ':') ? AF_INET6 : AF_INET;
	if (inet_pton(family, argv[1], src) != 1 || inet_pton(family, argv[2], dst) != 1) {
		fprintf(stderr, "badseg: %s and %s must be addresses of one family\n",
			argv[1], argv[2]);
		return 2;
	}

	hlen = 20 + k->noptions;
	len = k->len ? k->len : hlen;
	port = htons((uint16_t)atoi(argv[3]));
	memcpy(seg, &port, 2);
	port = htons((uint16_t)atoi(argv[4]));
	memcpy(seg + 2, &port, 2);
	seg[7] = 77;						/* sequence number */
	seg[12] = (uint8_t)((k->offset ? k->offset & 0x0f : hlen / 4) << 4);
	seg[13] = k->flags;
	seg[14] = 0x20;						/* window */
	memcpy(seg + 20, k->options, k->noptions);
	check = (uint16_t)(checksum(family, src, dst, seg, len) + k->spoil);
	if (len >= 18) {
		seg[16] = (uint8_t)(check >> 8);
		seg[17] = (uint8_t)check;
	}

	to.ss_family = (sa_family_t)family;
	from.ss_family = (sa_family_t)family;
	if (family == AF_INET6) {
		memcpy(&((struct sockaddr_in6 *)&to)->sin6_addr, dst, 16);
		memcpy(&((struct sockaddr_in6 *)&from)->sin6_addr, src, 16);
		alen = sizeof(struct sockaddr_in6);
	} else {
		memcpy(&((struct sockaddr_in *)&to)->sin_addr, dst, 4);
		memcpy(&((struct sockaddr_in *)&from)->sin_addr, src, 4);
		alen = sizeof(struct sockaddr_in);
	}
	if (family == AF_INET && is_no_sender(src))
		return forged(src, dst, seg, len);
	fd = socket(family, SOCK_RAW, IPPROTO_TOY);
	on = 1;
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)) ||
	    (dst[0] == 0xff && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "veth0", 6)) ||
	    bind(fd, (struct sockaddr *)&from, alen) ||
	    sendto(fd, seg, len, 0, (struct sockaddr *)&to, alen) != (ssize_t)len) {
		perror("badseg");
		return 1;
	}
	return close(fd);
}
