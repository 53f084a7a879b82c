// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: wire.c - the segment's header, parsed and built
 *
 * RFC 9293 sections 3.1 and 3.2, RFC 7323 sections 2.2 and 3.2, RFC 2018 section 3. The parser
 * believes nothing: any bytes of any length are safe. Bytes are read one by one, so options may
 * stand at any alignment (MUST-64).
 */
#include "wire.h"

enum {
	OPT_EOL = 0,
	OPT_NOP = 1,
	OPT_MSS = 2,
	OPT_WSCALE = 3,
	OPT_SACKOK = 4,
	OPT_SACK = 5,
	OPT_TS = 8,
};

enum {
	LEN_MSS = 4,
	LEN_WSCALE = 3,
	LEN_SACKOK = 2,
	LEN_TS = 10,
	LEN_BLOCK = 8,
};

static void parse_sack(struct toy_seg *seg, const u8 *p, u32 len)
{
	u32 i, n = (len - 2) / LEN_BLOCK;

	if (!n || (len - 2) % LEN_BLOCK)
		return;
	seg->opts |= TOY_OPT_SACK;
	seg->nsack = (u8)min_t(u32, n, TOY_SACK_MAX);
	for (i = 0; i < seg->nsack; i++) {
		seg->sack[i].start = toy_get_be32(p + 2 + i * LEN_BLOCK);
		seg->sack[i].end = toy_get_be32(p + 6 + i * LEN_BLOCK);
	}
}

/* One option of @len bytes, kind and length included; one of a size not its own is skipped. */
static void parse_option(struct toy_seg *seg, const u8 *p, u32 len)
{
	bool syn = seg->flags & TOY_SYN;

	switch (p[0]) {
	case OPT_MSS:
		if (len == LEN_MSS && syn && toy_get_be16(p + 2)) {
			seg->mss = toy_get_be16(p + 2);
			seg->opts |= TOY_OPT_MSS;
		}
		break;
	case OPT_WSCALE:
		if (len == LEN_WSCALE && syn) {
			seg->wscale = min_t(u8, p[2], TOY_WSCALE_MAX);
			seg->opts |= TOY_OPT_WSCALE;
		}
		break;
	case OPT_SACKOK:
		if (len == LEN_SACKOK && syn)
			seg->opts |= TOY_OPT_SACKOK;
		break;
	case OPT_TS:
		if (len == LEN_TS) {
			seg->tsval = toy_get_be32(p + 2);
			seg->tsecr = toy_get_be32(p + 6);
			seg->opts |= TOY_OPT_TS;
		}
		break;
	case OPT_SACK:
		if (!syn)
			parse_sack(seg, p, len);
		break;
	}
}

/* Timestamps alone, as RFC 7323 appendix A lays them out: nearly every segment has just these. */
static bool parse_timestamps(struct toy_seg *seg, const u8 *p, const u8 *end)
{
	if (end - p != LEN_TS + 2 ||
	    toy_get_be32(p) != (OPT_NOP << 24 | OPT_NOP << 16 | OPT_TS << 8 | LEN_TS))
		return false;
	seg->tsval = toy_get_be32(p + 4);
	seg->tsecr = toy_get_be32(p + 8);
	seg->opts = TOY_OPT_TS;
	return true;
}

static void parse_options(struct toy_seg *seg, const u8 *p, const u8 *end)
{
	if (parse_timestamps(seg, p, end))
		return;
	while (p < end) {
		if (p[0] == OPT_EOL)
			return;
		if (p[0] == OPT_NOP) {
			p++;
			continue;
		}
		if (end - p < 2 || p[1] < 2 || p[1] > end - p) {
			seg->opts |= TOY_OPT_BAD;	/* MUST-7: what came before it stands */
			return;
		}
		parse_option(seg, p, p[1]);
		p += p[1];
	}
}

/**
 * toy_wire_parse() - read a segment's header
 * @seg: is filled whole
 * @buf: the segment from its first byte
 * @headlen: bytes of it that may be read; the header must be among them
 * @seglen: bytes of the segment, payload included
 *
 * Reserved bits are ignored (RFC 9293 section 3.1), unknown options skipped (MUST-6).
 *
 * Return: false if the data offset is below 5 or beyond what is there.
 */
bool toy_wire_parse(struct toy_seg *seg, const u8 *buf, u32 headlen, u32 seglen)
{
	toy_seg_clear(seg);
	if (headlen < TOY_HDR_MIN)
		return false;
	seg->hlen = (u8)((buf[12] >> 4) * 4);
	if (seg->hlen < TOY_HDR_MIN || seg->hlen > headlen || seg->hlen > seglen)
		return false;
	seg->sport = toy_get_be16(buf);
	seg->dport = toy_get_be16(buf + 2);
	seg->seq = toy_get_be32(buf + 4);
	seg->ack = toy_get_be32(buf + 8);
	seg->flags = buf[13];
	seg->wnd = toy_get_be16(buf + 14);
	seg->urg = toy_get_be16(buf + 18);
	seg->len = seglen - seg->hlen;
	parse_options(seg, buf + TOY_HDR_MIN, buf + seg->hlen);
	return true;
}

static u32 options_len(const struct toy_seg *seg)
{
	u32 len = 0;

	if (seg->opts & TOY_OPT_MSS)
		len += LEN_MSS;
	if (seg->opts & TOY_OPT_WSCALE)
		len += LEN_WSCALE + 1;
	if (seg->opts & TOY_OPT_SACKOK)
		len += LEN_SACKOK + 2;
	if (seg->opts & TOY_OPT_TS)
		len += LEN_TS + 2;
	if (seg->opts & TOY_OPT_SACK)
		len += seg->nsack * LEN_BLOCK + 4;
	return len;
}

/**
 * toy_wire_hlen() - bytes that toy_wire_build() will write, a multiple of four
 * @seg: the segment
 */
u32 toy_wire_hlen(const struct toy_seg *seg)
{
	return TOY_HDR_MIN + options_len(seg);
}

static u8 *put_nops(u8 *p, u32 n)
{
	while (n--)
		*p++ = OPT_NOP;
	return p;
}

/**
 * toy_wire_build() - write a segment's header
 * @seg: what to write; @seg->opts must fit in 40 bytes
 * @buf: room for toy_wire_hlen() bytes
 *
 * The checksum field is 0: summing is the caller's (MUST-2). Options are padded with NOP to four
 * bytes each, so nothing ever stands behind an EOL (MUST-69).
 *
 * Return: bytes written.
 */
u32 toy_wire_build(const struct toy_seg *seg, u8 *buf)
{
	u32 i, hlen = toy_wire_hlen(seg);
	u8 *p = buf + TOY_HDR_MIN;

	TOY_CHECK(hlen <= TOY_HDR_MAX);
	toy_put_be16(buf, seg->sport);
	toy_put_be16(buf + 2, seg->dport);
	toy_put_be32(buf + 4, seg->seq);
	toy_put_be32(buf + 8, seg->flags & TOY_ACK ? seg->ack : 0);
	buf[12] = (u8)(hlen / 4 << 4);
	buf[13] = seg->flags;
	toy_put_be16(buf + 14, seg->wnd);
	toy_put_be16(buf + 16, 0);
	toy_put_be16(buf + 18, seg->flags & TOY_URG ? seg->urg : 0);

	if (seg->opts & TOY_OPT_MSS) {
		*p++ = OPT_MSS;
		*p++ = LEN_MSS;
		toy_put_be16(p, seg->mss);
		p += 2;
	}
	if (seg->opts & TOY_OPT_SACKOK) {
		p = put_nops(p, 2);
		*p++ = OPT_SACKOK;
		*p++ = LEN_SACKOK;
	}
	if (seg->opts & TOY_OPT_TS) {
		p = put_nops(p, 2);
		*p++ = OPT_TS;
		*p++ = LEN_TS;
		toy_put_be32(p, seg->tsval);
		toy_put_be32(p + 4, seg->tsecr);
		p += 8;
	}
	if (seg->opts & TOY_OPT_WSCALE) {
		p = put_nops(p, 1);
		*p++ = OPT_WSCALE;
		*p++ = LEN_WSCALE;
		*p++ = seg->wscale;
	}
	if (seg->opts & TOY_OPT_SACK) {
		p = put_nops(p, 2);
		*p++ = OPT_SACK;
		*p++ = (u8)(2 + seg->nsack * LEN_BLOCK);
		for (i = 0; i < seg->nsack; i++) {
			toy_put_be32(p, seg->sack[i].start);
			toy_put_be32(p + 4, seg->sack[i].end);
			p += LEN_BLOCK;
		}
	}
	return hlen;
}
