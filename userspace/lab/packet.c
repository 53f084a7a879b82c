// SPDX-License-Identifier: GPL-2.0
/*
 * packet.c - an IP packet on the lab's cable, and the segment in it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "packet.h"
#include "uapi.h"

#define IP4_HEADER	20
#define IP6_HEADER	40

static void *must(void *memory)
{
	if (memory)
		return memory;
	fputs("gate: no memory\n", stderr);
	exit(1);
}

static uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* One's complement sum, RFC 1071. */
static uint32_t sum(uint32_t from, const uint8_t *p, size_t len)
{
	uint64_t total = from;

	for (; len > 1; p += 2, len -= 2)
		total += get16(p);
	if (len)
		total += (uint64_t)p[0] << 8;
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint32_t)total;
}

static bool is_v6(const struct packet *p)
{
	return p->len && p->data[0] >> 4 == 6;
}

/* Where the addresses are: source, then destination. */
static uint8_t *addresses(const struct packet *p, size_t *len)
{
	*len = is_v6(p) ? 16 : 4;
	return p->data + (is_v6(p) ? 8 : 12);
}

/* Find the segment in the packet, if it is one. Fragments are none. */
static void parse(struct packet *p)
{
	uint32_t protocol;

	if (is_v6(p)) {
		if (p->len < IP6_HEADER)
			return;
		p->ip = IP6_HEADER;
		protocol = p->data[6];
	} else {
		if (p->len < IP4_HEADER || get16(p->data + 6) & 0x3fff)
			return;
		p->ip = (p->data[0] & 15) * 4u;
		protocol = p->data[9];
	}
	if (protocol != IPPROTO_TOY || p->len < p->ip + TOY_HDR_MIN)
		return;
	p->is_segment = toy_wire_parse(&p->seg, p->data + p->ip, (u32)(p->len - p->ip),
				       (u32)(p->len - p->ip));
}

struct packet *packet_new(const uint8_t *data, size_t len, int side)
{
	struct packet *p = must(calloc(1, sizeof(*p)));

	p->data = must(malloc(len));
	memcpy(p->data, data, len);
	p->len = len;
	p->side = side;
	parse(p);
	return p;
}

struct packet *packet_copy(const struct packet *p)
{
	return packet_new(p->data, p->len, p->side);
}

void packet_free(struct packet *p)
{
	if (!p)
		return;
	free(p->data);
	free(p);
}

void sight_of(struct sight *seen, const struct packet *p)
{
	packet_free(seen->last[p->side]);
	seen->last[p->side] = packet_copy(p);
	if (p->seg.flags & TOY_SYN) {
		seen->has_iss[p->side] = true;
		seen->iss[p->side] = p->seg.seq;
	}
}

/* A sequence number as the ladder has it: counted from the initial one of the end that sent it. */
static const char *number(const struct sight *seen, int side, uint32_t seq, char buf[20])
{
	int32_t offset = (int32_t)(seq - seen->iss[side]);
	char letter = side ? 'y' : 'x';

	if (!seen->has_iss[side])
		snprintf(buf, 20, "%u", seq);
	else if (offset)
		snprintf(buf, 20, "%c%+d", letter, offset);
	else
		snprintf(buf, 20, "%c", letter);
	return buf;
}

const char *packet_text(const struct packet *p, const struct sight *seen, const char *who,
			char *buf, size_t size)
{
	char flags[40], seq[20], ack[20];
	size_t n;

	n = (size_t)snprintf(buf, size, "%s %s seq=%s", who, flags_text(p->seg.flags, flags),
			     number(seen, p->side, p->seg.seq, seq));
	if (p->seg.flags & TOY_ACK && n < size)
		n += (size_t)snprintf(buf + n, size - n, " ack=%s",
				      number(seen, !p->side, p->seg.ack, ack));
	if (n < size)
		snprintf(buf + n, size - n, " len=%u", p->seg.len);
	return buf;
}

void packet_corrupt(struct packet *p)
{
	p->data[p->len - 1] ^= 0x20;
}

/* The IP header of a packet that went the one way or the other, made into one from @side. */
static void forge_ip(struct packet *p, const struct packet *model, size_t total)
{
	uint8_t swapped[16], *a;
	size_t len;

	memcpy(p->data, model->data, model->ip);
	a = addresses(p, &len);
	if (model->side != p->side) {
		memcpy(swapped, a, len);
		memmove(a, a + len, len);
		memcpy(a + len, swapped, len);
	}
	if (is_v6(p)) {
		put16(p->data + 4, (uint32_t)(total - p->ip));
		return;
	}
	put16(p->data + 2, (uint32_t)total);
	put16(p->data + 10, 0);
	put16(p->data + 10, ~sum(0, p->data, p->ip) & 0xffff);
}

struct packet *packet_forge(const struct sight *seen, int side, struct toy_seg *seg)
{
	const struct packet *model = seen->last[side] ? seen->last[side] : seen->last[!side];
	bool same;
	struct packet *p;
	uint8_t *s, *a;
	size_t hlen, len, alen;

	if (!model)
		return NULL;
	same = model->side == side;
	if (!seg->sport)
		seg->sport = same ? model->seg.sport : model->seg.dport;
	if (!seg->dport)
		seg->dport = same ? model->seg.dport : model->seg.sport;
	hlen = toy_wire_hlen(seg);
	len = model->ip + hlen + seg->len;
	p = must(calloc(1, sizeof(*p)));
	p->data = must(calloc(1, len));
	p->len = len;
	p->ip = model->ip;
	p->side = side;
	forge_ip(p, model, len);
	s = p->data + p->ip;
	toy_wire_build(seg, s);
	memset(s + hlen, 'z', seg->len);
	put16(s + 16, 0);
	a = addresses(p, &alen);
	put16(s + 16, ~sum(sum((uint32_t)(hlen + seg->len) + IPPROTO_TOY, a, 2 * alen), s,
			   hlen + seg->len) & 0xffff);
	parse(p);
	return p;
}
