/* SPDX-License-Identifier: GPL-2.0 */
/*
 * packet.h - an IP packet on the lab's cable, and the segment in it
 */
#ifndef LAB_PACKET_H
#define LAB_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/wire.h"

#define PACKET_MAX	65536

/**
 * struct packet - a packet on its way
 * @next: in whichever list it is
 * @data: the packet, from its IP header on
 * @len: bytes of it
 * @ip: bytes of IP header
 * @side: who sent it: 0 left, 1 right
 * @is_segment: protocol 253, with a header that can be read: @seg is valid
 * @lost: shown to the reader in steps, and then thrown away
 * @seg: its header
 * @due: when it leaves the cable, nanoseconds
 */
struct packet {
	struct packet *next;
	uint8_t *data;
	size_t len;
	size_t ip;
	int side;
	bool is_segment;
	bool lost;
	struct toy_seg seg;
	uint64_t due;
};

/**
 * struct sight - what the cable has seen of a connection, to write numbers as the ladder does
 * @has_iss: @iss is known
 * @iss: sequence number of the last SYN, by side: x and y
 * @last: the last packet, by side, or NULL
 */
struct sight {
	bool has_iss[2];
	uint32_t iss[2];
	struct packet *last[2];
};

/* Never NULL: a program without memory says so and ends. */
struct packet *packet_new(const uint8_t *data, size_t len, int side);
struct packet *packet_copy(const struct packet *p);
void packet_free(struct packet *p);

/* Take note of a segment that came. */
void sight_of(struct sight *seen, const struct packet *p);

/* "client SYN seq=x win=65535"; returns @buf. */
const char *packet_text(const struct packet *p, const struct sight *seen, const char *who,
			char *buf, size_t size);

/* Change one byte of the segment, the last one, so that its checksum is wrong. */
void packet_corrupt(struct packet *p);

/*
 * A segment as if @side had sent it, between the ends that were seen: @seg says what is in it, a
 * port of 0 that it is the one that was seen. NULL: nothing was seen yet.
 */
struct packet *packet_forge(const struct sight *seen, int side, struct toy_seg *seg);

#endif /* LAB_PACKET_H */
