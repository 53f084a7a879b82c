/* SPDX-License-Identifier: GPL-2.0 */
/*
 * event.h - what happened in a kernel, once, whoever tells it and however it is shown
 *
 * read.c fills these from tracepoints, record.c from a file; flow.c joins them; ladder.c and
 * lines.c show them. The words (states, reasons) are those of module/core/watch.h.
 */
#ifndef SCOPE_EVENT_H
#define SCOPE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/watch.h"
#include "core/wire.h"

#define PAYLOAD_MAX	32	/* bytes of payload that an event carries */

enum event_kind {
	EVENT_SEND,
	EVENT_RECEIVE,
	EVENT_DROP,
	EVENT_STATE,
	EVENT_TIMER,
	EVENT_CONG,
	EVENT_KINDS
};

/**
 * struct endpoint - an address and a port
 * @ip: IPv6, or IPv4 as ::ffff:a.b.c.d
 * @port: host byte order
 */
struct endpoint {
	u8 ip[16];
	u16 port;
};

/**
 * struct segment - a segment as one end saw it; host byte order
 * @seq: SEG.SEQ
 * @ack: SEG.ACK
 * @len: bytes of payload
 * @tsval: TSval
 * @tsecr: TSecr
 * @gso_size: payload in each segment on the wire when @len is more than one takes, else 0
 * @sack: blocks, start and end in turn
 * @wnd: SEG.WND as in the header
 * @urg: urgent pointer
 * @mss: MSS option
 * @wscale: shift that applies to @wnd
 * @flags: TOY_SYN and its kin
 * @opts: TOY_OPT_*
 * @opt_wscale: window scale option
 * @nsack: blocks in @sack
 * @state: of this end before the segment was taken, or as it sent
 * @why: enum toy_why_sent of EVENT_SEND, enum toy_drop of EVENT_DROP
 * @npayload: bytes in @payload
 * @payload: how the payload begins
 */
struct segment {
	u32 seq;
	u32 ack;
	u32 len;
	u32 tsval;
	u32 tsecr;
	u32 gso_size;
	u32 sack[2 * TOY_SACK_MAX];
	u16 wnd;
	u16 urg;
	u16 mss;
	u8 wscale;
	u8 flags;
	u8 opts;
	u8 opt_wscale;
	u8 nsack;
	u8 state;
	u8 why;
	u8 npayload;
	u8 payload[PAYLOAD_MAX];
};

/**
 * struct event - one thing that happened
 * @ns: when, in nanoseconds of the monotonic clock
 * @kind: enum event_kind
 * @netns: inode number of the network namespace it happened in
 * @local: this end
 * @remote: the other end; port 0 for what only a listener does
 * @seg: of EVENT_SEND, EVENT_RECEIVE and EVENT_DROP
 * @state: of EVENT_STATE; @ms is the length of TIME-WAIT
 * @timer: of EVENT_TIMER; @rto in microseconds
 * @cong: of EVENT_CONG; bytes and microseconds
 */
struct event {
	uint64_t ns;
	u32 kind;
	u32 netns;
	struct endpoint local;
	struct endpoint remote;
	union {
		struct segment seg;
		struct {
			u8 from;
			u8 to;
			u8 why;
			u32 ms;
		} state;
		struct {
			u8 timer;
			u8 backoff;
			u8 retries;
			u32 rto;
		} timer;
		struct {
			u8 why;
			u32 cwnd;
			u32 ssthresh;
			u32 srtt;
			u32 rttvar;
			u32 flight;
		} cong;
	};
};

/* The name somebody gave a network namespace (ip netns add NAME). */
struct netns_name {
	u32 netns;
	char name[32];
};

/**
 * struct events - everything that was seen
 * @v: the events, in order of time once events_sort() was called
 * @n: how many
 * @room: how many fit
 * @names: names of network namespaces
 * @nnames: how many
 * @missed: events that the kernel had no room for
 * @virtual_time: the machine's clock skipped idle time
 */
struct events {
	struct event *v;
	size_t n;
	size_t room;
	struct netns_name names[64];
	size_t nnames;
	uint64_t missed;
	bool virtual_time;
};

void events_add(struct events *all, const struct event *ev);
void events_sort(struct events *all);
void events_free(struct events *all);
void events_name(struct events *all, u32 netns, const char *name);
const char *events_netns(const struct events *all, u32 netns);

static inline bool event_is_segment(const struct event *ev)
{
	return ev->kind <= EVENT_DROP;
}

bool endpoint_is_v4(const struct endpoint *e);
bool endpoint_is_any(const struct endpoint *e);
bool endpoint_same(const struct endpoint *a, const struct endpoint *b);
const char *endpoint_ip(const struct endpoint *e, char *buf, size_t size);
const char *endpoint_text(const struct endpoint *e, char *buf, size_t size);

/* Never returns NULL: a program without memory says so and ends. */
void *need(void *p);

#endif /* SCOPE_EVENT_H */
