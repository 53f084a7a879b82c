/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rule.h - what the cable is to do with which segment, in words
 *
 *	[maybe] drop WHICH | double WHICH | corrupt WHICH | delay WHICH by MS, each [after EVENT]
 *	[maybe] hold WHICH until EVENT | copy WHICH until EVENT
 *	[maybe] send SIDE FLAGS [seq=N] [ack=N] [win=N] [len=N] [sport=N] [dport=N] [ts] [times=N]
 *		[after EVENT]
 *	mend | go | run | step
 *
 * WHICH is SIDE KIND [N | N-M | N-] (1); EVENT is SIDE KIND [N] (1), or `told`: the word `go`.
 * After an event: what came before it is not counted.
 * KIND is DATA (anything with payload), ACK (nothing but), SYN, SYN,ACK (exactly), FIN, RST (among
 * others), or ANY. Sequence numbers are written as the ladder writes them: x, x+1, y-10; or plain.
 */
#ifndef LAB_RULE_H
#define LAB_RULE_H

#include "packet.h"

enum action {
	PASS,
	DROP,
	DELAY,
	DOUBLE,
	CORRUPT,
	HOLD,
	COPY,
	SEND,
};

/**
 * struct match - segments of a kind, counted
 * @side: of the sender; -1: both
 * @flags: the kind: bits of the header, or one of KIND_*
 * @first: the first that is meant, from 1
 * @last: the last
 * @seen: how many of the kind have come
 */
struct match {
	int side;
	int kind;
	unsigned int first;
	unsigned int last;
	unsigned int seen;
};

#define KIND_DATA	0x100
#define KIND_ANY	0x200
#define EVERY		(~0u)

/* A sequence number in a rule: from an initial one, or plain. */
struct expression {
	char base;	/* 'x', 'y' or 0 */
	uint32_t offset;
};

/**
 * struct rule - one of them
 * @next: the rule after it
 * @text: as it was written
 * @action: what is done
 * @match: to which segments; not of SEND
 * @ms: of DELAY
 * @told: waits for `go`
 * @event: what it waits for otherwise; @event.side is -2: nothing
 * @waits: @event has not come yet
 * @held: what waits
 * @seq: of SEND
 * @ack: the same
 * @seg: the same: what else is in it
 * @times: the same: how many
 * @ts: the same: with the timestamps that this side sent last
 * @maybe: need not meet anything
 * @over: mended
 * @hits: how often it did something
 */
struct rule {
	struct rule *next;
	char *text;
	enum action action;
	struct match match;
	unsigned int ms;
	bool told;
	struct match event;
	bool waits;
	struct packet *held;
	struct expression seq;
	struct expression ack;
	struct toy_seg seg;
	unsigned int times;
	bool ts;
	bool maybe;
	bool over;
	unsigned int hits;
};

/*
 * Read a rule. Returns it, or NULL, and @wrong is a word about it. @name: of the sides.
 */
struct rule *rule_read(const char *text, const char *const name[2], const char **wrong);
void rule_free(struct rule *r);

/* Count @p if it is of the kind that @m counts. Returns true when it is one of those meant. */
bool match_count(struct match *m, const struct packet *p);

/*
 * The segment that a SEND makes now, or NULL: nothing was seen yet. @nr: the how manyth of @times,
 * from 0; each has a source port of its own.
 */
struct packet *rule_forge(const struct rule *r, unsigned int nr, const struct sight *seen);

#endif /* LAB_RULE_H */
