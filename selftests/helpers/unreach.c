// SPDX-License-Identifier: GPL-2.0
/*
 * unreach - a router that says that it cannot deliver
 *
 *	unreach DEVICE TYPE
 *
 * Answers every IPv4 packet of the protocol that comes in by DEVICE with an ICMP "destination
 * unreachable" of this TYPE (in nftables' words). nftables itself does not: of a protocol that it
 * does not know, its IPv4 half verifies a checksum without a pseudo-header before it rejects.
 * Says "ready" when it listens; ends when it is killed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "uapi.h"

/* What RFC 792 has a router quote: the IP header and 8 bytes; RFC 1812 section 4.3.2.3: more. */
#define QUOTE	(60 + 20)

static const struct {
	const char *word;
	uint8_t code;
} types[] = {
	{ "net-unreachable", ICMP_NET_UNREACH },
	{ "host-unreachable", ICMP_HOST_UNREACH },
	{ "prot-unreachable", ICMP_PROT_UNREACH },
	{ "port-unreachable", ICMP_PORT_UNREACH },
	{ "net-prohibited", ICMP_NET_ANO },
	{ "host-prohibited", ICMP_HOST_ANO },
	{ "admin-prohibited", ICMP_PKT_FILTERED },
};

static int code_of(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].word, word))
			return types[i].code;
	return -1;
}

static uint16_t checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (; len > 1; len -= 2, p += 2)
		sum += (uint32_t)p[0] << 8 | p[1];
	if (len)
		sum += (uint32_t)p[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void fail(const char *what)
{
	fprintf(stderr, "unreach: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void answer(int out, int code, const uint8_t *packet, size_t len)
{
	uint8_t message[8 + QUOTE] = { ICMP_DEST_UNREACH, (uint8_t)code };
	struct sockaddr_in to = { .sin_family = AF_INET };
	uint16_t sum;

	memcpy(&to.sin_addr, packet + 12, 4);
	memcpy(message + 8, packet, len);
	sum = htons(checksum(message, 8 + len));
	memcpy(message + 2, &sum, 2);
	/* One that cannot go is lost, as on any network. */
	(void)!sendto(out, message, 8 + len, 0, (struct sockaddr *)&to, sizeof(to));
}

int main(int argc, char **argv)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP) };
	struct sockaddr_ll from;
	uint8_t packet[QUOTE];
	int in, out, code;

	code = argc == 3 ? code_of(argv[2]) : -1;
	if (code < 0) {
		fprintf(stderr, "usage: unreach DEVICE net-unreachable|host-unreachable|...\n");
		return 2;
	}
	at.sll_ifindex = (int)if_nametoindex(argv[1]);
	if (!at.sll_ifindex)
		fail(argv[1]);
	in = socket(AF_PACKET, SOCK_DGRAM, 0);
	if (in < 0 || bind(in, (struct sockaddr *)&at, sizeof(at)))
		fail("cannot listen");
	out = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	if (out < 0)
		fail("cannot send");
	puts("ready");
	fflush(stdout);
	for (;;) {
		socklen_t fromlen = sizeof(from);
		ssize_t n = recvfrom(in, packet, sizeof(packet), 0, (struct sockaddr *)&from,
				     &fromlen);

		if (n < 0)
			fail("cannot receive");
		if (n >= 28 && packet[9] == IPPROTO_TOY && from.sll_pkttype == PACKET_HOST)
			answer(out, code, packet, (size_t)n);
	}
}
