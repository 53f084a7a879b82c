/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: wire.h - the segment's header, parsed and built
 *
 * The header is RFC 9293's (section 3.1), byte for byte, with the options of section 3.2, RFC 7323
 * (window scale, timestamps) and RFC 2018 (SACK). In memory a segment is a &struct toy_seg in host
 * byte order; this file turns bytes into one and one into bytes. Checksums are the caller's: the
 * kernel and the host sum in different ways.
 */
#ifndef TOY_CORE_WIRE_H
#define TOY_CORE_WIRE_H

#include "env.h"

/* Control bits (RFC 9293 section 3.1). */
#define TOY_FIN		0x01
#define TOY_SYN		0x02
#define TOY_RST		0x04
#define TOY_PSH		0x08
#define TOY_ACK		0x10
#define TOY_URG		0x20
#define TOY_ECE		0x40
#define TOY_CWR		0x80

#define TOY_HDR_MIN	20	/* bytes of a header without options */
#define TOY_HDR_MAX	60	/* the longest that a 4-bit data offset can say */
#define TOY_WSCALE_MAX	14	/* RFC 7323 section 2.3 */
#define TOY_SACK_MAX	4	/* blocks that fit in 40 bytes of options */

#define TOY_MSS_V4	536	/* assumed when no MSS option came, RFC 9293 MUST-15 */
#define TOY_MSS_V6	1220

/* The two bits in IP's header with which a router marks instead of dropping (RFC 3168 section 5) */
#define TOY_ECT0	2	/* may be marked */
#define TOY_CE		3	/* was marked */

/* Which options a segment carries: bits of &toy_seg.opts. */
#define TOY_OPT_MSS	0x01
#define TOY_OPT_WSCALE	0x02
#define TOY_OPT_SACKOK	0x04
#define TOY_OPT_TS	0x08
#define TOY_OPT_SACK	0x10
#define TOY_OPT_BAD	0x20	/* parsing stopped at an illegal length (MUST-7) */

/**
 * struct toy_block - a range of sequence numbers
 * @start: first one in it
 * @end: first one after it
 */
struct toy_block {
	u32 start;
	u32 end;
};

/**
 * struct toy_seg - one segment's header, in host byte order
 * @seq: SEG.SEQ
 * @ack: SEG.ACK, valid when @flags has TOY_ACK
 * @len: bytes of payload (SYN and FIN not counted; toy_seg_space() counts them)
 * @sport: source port
 * @dport: destination port
 * @wnd: SEG.WND as it stands in the header, not scaled
 * @urg: SEG.UP as it stands in the header, valid with TOY_URG
 * @mss: value of the MSS option
 * @flags: TOY_FIN and its kin
 * @opts: TOY_OPT_* that are present
 * @hlen: bytes of header, options included
 * @wscale: shift of the window scale option
 * @nsack: blocks in @sack
 * @why: on the way out, enum toy_why_sent
 * @ecn: TOY_ECT0, TOY_CE or 0
 * @no_room: on the way in, there is no memory for the payload: take the header, drop the data
 * @gso_size: payload bytes in each segment on the wire when @len is more than that; 0 on the way
 *	in: it came as one segment
 * @tsval: TSval of the timestamps option
 * @tsecr: TSecr of it
 * @sack: blocks of the SACK option
 */
struct toy_seg {
	u32 seq;
	u32 ack;
	u32 len;
	u16 sport;
	u16 dport;
	u16 wnd;
	u16 urg;
	u16 mss;
	u8 flags;
	u8 opts;
	u8 hlen;
	u8 wscale;
	u8 nsack;
	u8 why;
	u8 ecn;
	bool no_room;
	u16 gso_size;
	u32 tsval;
	u32 tsecr;
	struct toy_block sack[TOY_SACK_MAX];
};

/* Nothing in it yet; @sack is left alone, since @nsack says how much of it counts. */
static inline void toy_seg_clear(struct toy_seg *s)
{
	s->seq = 0;
	s->ack = 0;
	s->len = 0;
	s->sport = 0;
	s->dport = 0;
	s->wnd = 0;
	s->urg = 0;
	s->mss = 0;
	s->flags = 0;
	s->opts = 0;
	s->hlen = 0;
	s->wscale = 0;
	s->nsack = 0;
	s->why = 0;
	s->ecn = 0;
	s->no_room = false;
	s->gso_size = 0;
	s->tsval = 0;
	s->tsecr = 0;
}

/* SEG.LEN of the RFC: payload and the octets that SYN and FIN take. */
static inline u32 toy_seg_space(const struct toy_seg *s)
{
	return s->len + !!(s->flags & TOY_SYN) + !!(s->flags & TOY_FIN);
}

bool toy_wire_parse(struct toy_seg *seg, const u8 *buf, u32 headlen, u32 seglen);
u32 toy_wire_hlen(const struct toy_seg *seg);
u32 toy_wire_build(const struct toy_seg *seg, u8 *buf);

#endif /* TOY_CORE_WIRE_H */
