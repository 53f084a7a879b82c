/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: rig.h - one end on a bench, and a peer made of lines of script
 *
 * Scripts count sequence numbers as people do: our SYN is 0 and our first byte 1, and so are the
 * peer's, whatever the ISNs are. rx() is a segment that comes from the peer, expect() the next one
 * that leaves, quiet() says that nothing more left, pass() lets virtual time go by. The laws of
 * laws.h are asked on the way.
 */
#ifndef TOY_TESTS_RIG_H
#define TOY_TESTS_RIG_H

#include <sys/types.h>

#include "laws.h"
#include "tap.h"

#define FIN	TOY_FIN
#define SYN	TOY_SYN
#define RST	TOY_RST
#define PSH	TOY_PSH
#define ACK	TOY_ACK
#define URG	TOY_URG

#define MSEC	TOY_USEC_PER_MSEC
#define SEC	TOY_USEC_PER_SEC
#define MINUTE	(60 * SEC)
#define HOUR	(60 * MINUTE)

#define RIG_ISS	0xfffffff0u	/* ours: wraps in the first bytes */
#define RIG_IRS	0x7ffffff8u	/* the peer's: crosses the sign */
#define RIG_SENT_MAX	4096	/* segments kept until expect() takes them */
#define RIG_WND	65535		/* what the peer offers where a script does not say */

/**
 * struct rig_seg - a segment from the peer, numbers counted from its SYN and from ours
 * @flags: control bits
 * @seq: from the peer's SYN
 * @ack: from ours
 * @len: bytes of payload, taken from the peer's stream at @seq
 * @wnd: as it stands in the header
 * @opts: TOY_OPT_* to add
 * @mss: for TOY_OPT_MSS
 * @wscale: for TOY_OPT_WSCALE
 * @tsval: for TOY_OPT_TS; also added where timestamps were agreed on, see &rig.ts
 * @tsecr: for TOY_OPT_TS
 * @no_ts: leave timestamps out although they were agreed on
 * @bad_sum: a wrong checksum
 * @urg: urgent pointer
 * @ecn: TOY_CE: a router marked it
 */
struct rig_seg {
	u8 flags;
	u32 seq;
	u32 ack;
	u32 len;
	u32 wnd;
	u8 opts;
	u16 mss;
	u8 wscale;
	u32 tsval;
	u32 tsecr;
	bool no_ts;
	bool bad_sum;
	u8 ecn;
	u16 urg;
};

/**
 * struct rig_sent - a segment that left
 * @seg: its header
 * @at: when
 */
struct rig_sent {
	struct toy_seg seg;
	u64 at;
};

/**
 * struct rig - the bench
 * @e: the end on it
 * @now: virtual time
 * @book: for the laws
 * @sent: what left and was not looked at yet
 * @head: the next for expect()
 * @tail: the next free
 * @ts: the peer stamps its segments
 * @tsval: the peer's clock
 * @tsecr: our last TSval
 */
struct rig {
	struct end e;
	u64 now;
	struct law_book book;
	struct rig_sent sent[RIG_SENT_MAX];
	u32 head;
	u32 tail;
	bool ts;
	u32 tsval;
	u32 tsecr;
};

extern struct rig rig;

/* The connection on the bench. */
#define conn	(rig.e.conn)

void rig_new(void);
void rig_rx(const char *file, int line, const struct rig_seg *s);
const struct toy_seg *rig_expect(const char *file, int line, u8 flags, s64 seq, s64 ack, u32 len);
void rig_quiet(const char *file, int line);
const struct toy_seg *rig_pop(const char *file, int line);
void rig_state(const char *file, int line, u8 state);
void rig_pass(u64 usec);
u64 rig_fire(const char *file, int line);

#define rx(f, s, a, ...)						\
	rig_rx(__FILE__, __LINE__, &(struct rig_seg){			\
		.wnd = RIG_WND, .flags = (f), .seq = (u32)(s), .ack = (u32)(a), ##__VA_ARGS__ })
#define expect(flags, seq, ack, len)	rig_expect(__FILE__, __LINE__, flags, seq, ack, len)
#define pop()				rig_pop(__FILE__, __LINE__)
#define quiet()				rig_quiet(__FILE__, __LINE__)
#define state_is(state)			rig_state(__FILE__, __LINE__, state)
#define fire()				rig_fire(__FILE__, __LINE__)
#define pass(usec)			rig_pass(usec)

/* Sequence numbers of the connection as scripts count them. */
u32 rig_una(void);
u32 rig_nxt(void);
u32 rig_rcv(void);

void rig_write(u32 len);
void rig_urgent(u32 len);
void rig_drain(void);
u64 rig_sent_at(void);
void rig_acked(const char *file, int line, u32 ack);
#define acked(ack)	rig_acked(__FILE__, __LINE__, ack)
void rig_delivered(const char *file, int line, u32 len);
#define delivered(len)	rig_delivered(__FILE__, __LINE__, len)

/* Ways into each state; the connection was opened by us unless a name says otherwise. */
void rig_connect(void);
void rig_establish(void);
void rig_establish_with(u16 mss, u16 wnd, u8 opts);
void rig_listen(void);
void rig_half_open(void);
void rig_accept(void);
void rig_enter(u8 state);
u8 rig_byte(u32 off);

#endif /* TOY_TESTS_RIG_H */
