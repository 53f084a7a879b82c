// SPDX-License-Identifier: GPL-2.0
/*
 * pcapng.c - segments as packets in a pcapng file (draft-ietf-opsawg-pcapng)
 *
 * Each network namespace is an interface. A segment that was sent is an outbound packet of the
 * sender's, one that came an inbound packet of the receiver's. Tracepoints carry the header of the
 * segment and the beginning of its payload: the packet ends there and its original length tells how
 * long it was. What they do not carry of the IP header is 0, but for a hop limit of 64. The link's
 * own header is not known either, so that LINKTYPE_NULL is used, which has next to none. (Not
 * LINKTYPE_RAW: libpcap 1.10 refuses a file with two interfaces of that type.)
 */
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "names.h"

#define BLOCK_SECTION		0x0a0d0d0a
#define BLOCK_INTERFACE		1
#define BLOCK_PACKET		6
#define BYTE_ORDER_MAGIC	0x1a2b3c4d
#define LINK_NULL		0	/* the packet begins with one of the two: */
#define FAMILY_IPV4		2	/* numbers of BSD, in the byte order of this machine */
#define FAMILY_IPV6		30
#define NANOSECONDS		9	/* of if_tsresol: 10^-9 */
#define INBOUND			1	/* of epb_flags */
#define OUTBOUND		2

enum {
	OPT_END = 0,
	OPT_COMMENT = 1,
	SHB_USERAPPL = 4,
	IF_NAME = 2,
	IF_DESCRIPTION = 3,
	IF_TSRESOL = 9,
	EPB_FLAGS = 2,
};

#define PROTO_TCP	6
#define PROTO_TOY	253
#define HOP_LIMIT	64
#define PACKET_MAX	(4 + 40 + TOY_HDR_MAX + PAYLOAD_MAX)
#define BLOCK_MAX	2048
#define LOOK_BACK	1000	/* events between a segment's coming and its being refused */

/**
 * struct block - one block of the file, being made
 * @data: in the byte order of this machine, as the format has it
 * @len: bytes
 */
struct block {
	u8 data[BLOCK_MAX];
	size_t len;
};

static void add(struct block *b, const void *data, size_t len)
{
	static const u8 zero[4];
	size_t pad = -len & 3;

	if (b->len + len + pad + 4 > sizeof(b->data))
		return;
	memcpy(b->data + b->len, data, len);
	memcpy(b->data + b->len + len, zero, pad);
	b->len += len + pad;
}

static void add32(struct block *b, u32 v)
{
	add(b, &v, sizeof(v));
}

static void begin(struct block *b, u32 type)
{
	b->len = 0;
	add32(b, type);
	add32(b, 0);	/* the length, later */
}

static void option(struct block *b, u16 code, const void *data, size_t len)
{
	u16 head[2] = { code, (u16)len };

	add(b, head, sizeof(head));
	add(b, data, len);
}

static void option_text(struct block *b, u16 code, const char *s)
{
	option(b, code, s, strlen(s));
}

static void end(struct block *b, FILE *f)
{
	u32 len;

	option(b, OPT_END, "", 0);
	len = (u32)b->len + 4;
	memcpy(b->data + 4, &len, sizeof(len));
	memcpy(b->data + b->len, &len, sizeof(len));
	fwrite(b->data, 1, len, f);
}

static void write_section(FILE *f)
{
	static const u16 version[2] = { 1, 0 };
	static const u64 unknown = ~0ULL;
	struct block b;

	begin(&b, BLOCK_SECTION);
	add32(&b, BYTE_ORDER_MAGIC);
	add(&b, version, sizeof(version));
	add(&b, &unknown, sizeof(unknown));
	option_text(&b, SHB_USERAPPL, "toyscope");
	end(&b, f);
}

static void write_interface(FILE *f, const struct exported *ex, u32 netns)
{
	static const u16 link[2] = { LINK_NULL, 0 };
	const char *name = events_netns(ex->all, netns);
	static const u8 resolution = NANOSECONDS;
	char number[32], says[80];
	struct block b;

	snprintf(number, sizeof(number), "netns-%u", netns);
	snprintf(says, sizeof(says), "the toy transport in network namespace %u", netns);
	begin(&b, BLOCK_INTERFACE);
	add(&b, link, sizeof(link));
	add32(&b, 0);	/* no limit: what is missing of a packet was never here */
	option_text(&b, IF_NAME, name ? name : number);
	option_text(&b, IF_DESCRIPTION, says);
	option(&b, IF_TSRESOL, &resolution, 1);
	end(&b, f);
}

/* ------------------------------------------------------------------------------------------- */
/* The packet                                                                                    */

static u32 sum(u32 s, const u8 *p, size_t len)
{
	for (; len > 1; len -= 2, p += 2)
		s += toy_get_be16(p);
	return len ? s + (u32)(*p << 8) : s;
}

static u16 fold(u32 s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (u16)~s;
}

static void put_ipv4(u8 *p, const struct endpoint *from, const struct endpoint *to, u8 proto,
		     u32 len)
{
	memset(p, 0, 20);
	p[0] = 0x45;
	/* longer than IP allows, as only super-segments are: captures say so by 0 */
	toy_put_be16(p + 2, len + 20 > 0xffff ? 0 : (u16)(len + 20));
	toy_put_be16(p + 6, 0x4000);
	p[8] = HOP_LIMIT;
	p[9] = proto;
	memcpy(p + 12, from->ip + 12, 4);
	memcpy(p + 16, to->ip + 12, 4);
	toy_put_be16(p + 10, fold(sum(0, p, 20)));
}

static void put_ipv6(u8 *p, const struct endpoint *from, const struct endpoint *to, u8 proto,
		     u32 len)
{
	memset(p, 0, 8);
	p[0] = 0x60;
	toy_put_be16(p + 4, len > 0xffff ? 0 : (u16)len);
	p[6] = proto;
	p[7] = HOP_LIMIT;
	memcpy(p + 8, from->ip, 16);
	memcpy(p + 24, to->ip, 16);
}

static u32 put_header(u8 *p, const struct endpoint *from, const struct endpoint *to,
		      const struct segment *s)
{
	struct toy_seg seg = {
		.seq = s->seq, .ack = s->ack, .len = s->len,
		.sport = from->port, .dport = to->port,
		.wnd = s->wnd, .urg = s->urg, .mss = s->mss,
		.flags = s->flags, .opts = s->opts,
		.wscale = s->opt_wscale, .nsack = s->nsack,
		.tsval = s->tsval, .tsecr = s->tsecr,
	};

	for (int i = 0; i < TOY_SACK_MAX; i++) {
		seg.sack[i].start = s->sack[2 * i];
		seg.sack[i].end = s->sack[2 * i + 1];
	}
	return toy_wire_build(&seg, p);
}

/**
 * packet - build what was on the wire
 * @p: room for PACKET_MAX bytes
 * @ev: the segment
 * @proto: PROTO_TOY or PROTO_TCP
 * @original: how long it was
 *
 * The checksum is right where all of the payload is known; elsewhere it takes the rest for zeros,
 * and readers do not verify it since the packet is cut.
 *
 * Return: bytes in @p.
 */
static u32 packet(u8 *p, const struct event *ev, u8 proto, u32 *original)
{
	bool out = ev->kind == EVENT_SEND;
	const struct endpoint *from = out ? &ev->local : &ev->remote;
	const struct endpoint *to = out ? &ev->remote : &ev->local;
	bool v4 = endpoint_is_v4(from) && endpoint_is_v4(to);
	u32 family = v4 ? FAMILY_IPV4 : FAMILY_IPV6;
	u32 ip = v4 ? 20 : 40, addresses = v4 ? 8 : 32;
	u32 hlen = put_header(p + sizeof(family) + ip, from, to, &ev->seg);
	u32 payload = min_t(u32, ev->seg.npayload, ev->seg.len);
	u32 len = hlen + ev->seg.len, s;

	memcpy(p, &family, sizeof(family));
	p += sizeof(family);
	memcpy(p + ip + hlen, ev->seg.payload, payload);
	if (v4)
		put_ipv4(p, from, to, proto, len);
	else
		put_ipv6(p, from, to, proto, len);
	toy_put_be16(p + ip + 16, 0);
	s = sum((u32)proto + (len & 0xffff) + (len >> 16), p + ip - addresses, addresses);
	toy_put_be16(p + ip + 16, fold(sum(s, p + ip, hlen + payload)));
	*original = sizeof(family) + ip + len;
	return sizeof(family) + ip + hlen + payload;
}

/* ------------------------------------------------------------------------------------------- */
/* The file                                                                                      */

/* What a packet by itself does not say. */
static void comment(struct text *t, const struct event *ev, const struct row *r,
		    const char *refused)
{
	if (ev->kind == EVENT_SEND)
		text_add(t, "sent in %s: %s", state_text(ev->seg.state),
			 word_of(WORDS_SENT, ev->seg.why)->text);
	else
		text_add(t, "came in %s", state_text(ev->seg.state));
	if (ev->kind == EVENT_SEND && r && r->lost)
		text_add(t, "; lost on the way");
	if (ev->kind != EVENT_SEND && r && r->twin)
		text_add(t, "; doubled by the network");
	if (refused)
		text_add(t, "; not taken: %s", refused);
	if (ev->seg.gso_size && ev->seg.len > ev->seg.gso_size)
		text_add(t, "; cut into segments of %u bytes further down", ev->seg.gso_size);
	if (ev->seg.opts & TOY_OPT_BAD)
		text_add(t, "; an option of illegal length is left out");
}

static void write_packet(FILE *f, const struct exported *ex, u32 interface,
			 const struct event *ev, const struct row *r, const char *refused)
{
	u32 direction = ev->kind == EVENT_SEND ? OUTBOUND : INBOUND;
	u32 original, len;
	u8 data[PACKET_MAX];
	struct text says = {};
	struct block b;

	len = packet(data, ev, ex->as_tcp ? PROTO_TCP : PROTO_TOY, &original);
	comment(&says, ev, r, refused);
	begin(&b, BLOCK_PACKET);
	add32(&b, interface);
	add32(&b, (u32)(ev->ns >> 32));
	add32(&b, (u32)ev->ns);
	add32(&b, len);
	add32(&b, original);
	add(&b, data, len);
	option_text(&b, OPT_COMMENT, says.s);
	option(&b, EPB_FLAGS, &direction, sizeof(direction));
	end(&b, f);
}

static bool same_packet(const struct event *a, const struct event *b)
{
	return a->netns == b->netns && endpoint_same(&a->local, &b->local) &&
	       endpoint_same(&a->remote, &b->remote) && a->seg.seq == b->seg.seq &&
	       a->seg.ack == b->seg.ack && a->seg.len == b->seg.len &&
	       a->seg.flags == b->seg.flags && a->seg.tsval == b->seg.tsval;
}

/**
 * struct told - what the flows say of each event
 * @row: the row it is part of, or NULL
 * @refused: why a segment that came was not taken
 * @again: it speaks of a packet that another event brought already
 */
struct told {
	const struct row *row;
	const char *refused;
	bool again;
};

static void tell(struct told *told, const struct exported *ex, const struct event *ev,
		 const struct row *r)
{
	if (ev)
		told[ev - ex->all->v].row = r;
}

/* A segment that came and was refused is two events, and one packet. */
static void pair(struct told *told, const struct events *all, size_t at)
{
	told[at].refused = word_of(WORDS_DROP, all->v[at].seg.why)->text;
	for (size_t i = at; i-- > 0 && at - i < LOOK_BACK;) {
		if (all->v[i].kind != EVENT_RECEIVE || told[i].refused ||
		    !same_packet(&all->v[i], &all->v[at]))
			continue;
		told[i].refused = told[at].refused;
		told[at].again = true;
		return;
	}
}

static struct told *told_of(const struct exported *ex)
{
	struct told *told = need(calloc(ex->all->n + 1, sizeof(*told)));

	for (size_t i = 0; i < ex->flows->n; i++) {
		const struct flow *flow = ex->flows->v[i];

		for (size_t j = 0; j < flow->n; j++) {
			const struct row *r = &flow->rows[j];

			if (r->kind != ROW_SEGMENT)
				continue;
			tell(told, ex, r->tx, r);
			tell(told, ex, r->rx, r);
			tell(told, ex, r->drop, r);
		}
	}
	for (size_t i = 0; i < ex->all->n; i++) {
		if (ex->all->v[i].kind == EVENT_DROP)
			pair(told, ex->all, i);
	}
	return told;
}

/* Is it part of a flow that is shown? Pieces of a super-segment have no row of their own. */
static bool shown(const struct exported *ex, const struct event *ev)
{
	if (!event_is_segment(ev))
		return false;
	for (size_t i = 0; i < ex->flows->n; i++) {
		const struct end *e = ex->flows->v[i]->end;

		for (int side = 0; side < 2; side++) {
			if (endpoint_same(&e[side].at, &ev->local) &&
			    endpoint_same(&e[!side].at, &ev->remote))
				return true;
		}
	}
	return false;
}

void pcapng_write(FILE *f, const struct exported *ex)
{
	struct told *told = told_of(ex);
	u32 *netns = need(malloc((ex->all->n + 1) * sizeof(*netns)));
	u32 n = 0, at;

	write_section(f);
	for (size_t i = 0; i < ex->all->n; i++) {
		const struct event *ev = &ex->all->v[i];

		if (told[i].again || !(told[i].row || shown(ex, ev)))
			continue;
		for (at = 0; at < n && netns[at] != ev->netns; at++)
			;
		if (at == n) {
			netns[n++] = ev->netns;
			write_interface(f, ex, ev->netns);
		}
		write_packet(f, ex, at, ev, told[i].row, told[i].refused);
	}
	free(netns);
	free(told);
}
