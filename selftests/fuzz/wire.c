// SPDX-License-Identifier: GPL-2.0
/*
 * wire.c - any bytes as a segment's header, and any header as bytes (module/core/wire.c)
 *
 * What was parsed, built and parsed again is the same; and what is built from what was parsed from
 * it is the same to the byte.
 */
#include "fuzz.h"
#include "wire.h"

static bool same_blocks(const struct toy_seg *a, const struct toy_seg *b)
{
	u32 i;

	if (a->nsack != b->nsack)
		return false;
	for (i = 0; i < a->nsack; i++)
		if (a->sack[i].start != b->sack[i].start || a->sack[i].end != b->sack[i].end)
			return false;
	return true;
}

/* @a was parsed, or made by hand; @b was parsed from what was built from it. */
static void check_same(const struct toy_seg *a, const struct toy_seg *b)
{
	u8 opts = a->opts & ~TOY_OPT_BAD;

	FUZZ_CHECK(b->sport == a->sport && b->dport == a->dport, "ports stay");
	FUZZ_CHECK(b->seq == a->seq, "SEG.SEQ stays");
	FUZZ_CHECK(b->ack == (a->flags & TOY_ACK ? a->ack : 0), "SEG.ACK stays, with ACK only");
	FUZZ_CHECK(b->len == a->len, "the payload is as long as it was");
	FUZZ_CHECK(b->wnd == a->wnd && b->flags == a->flags, "window and control bits stay");
	FUZZ_CHECK(b->urg == (a->flags & TOY_URG ? a->urg : 0), "SEG.UP stays, with URG only");
	FUZZ_CHECK(b->opts == opts, "the same options, and none of them bad");
	FUZZ_CHECK(!(opts & TOY_OPT_MSS) || b->mss == a->mss, "MSS stays");
	FUZZ_CHECK(!(opts & TOY_OPT_WSCALE) || b->wscale == a->wscale, "window scale stays");
	FUZZ_CHECK(!(opts & TOY_OPT_TS) || (b->tsval == a->tsval && b->tsecr == a->tsecr),
		   "timestamps stay");
	FUZZ_CHECK(!(opts & TOY_OPT_SACK) || same_blocks(a, b), "SACK blocks stay");
}

static void check_limits(const struct toy_seg *seg, u32 headlen, u32 seglen)
{
	FUZZ_CHECK(seg->hlen >= TOY_HDR_MIN && seg->hlen <= TOY_HDR_MAX && !(seg->hlen % 4),
		   "the header has a length that a data offset can say");
	FUZZ_CHECK(seg->hlen <= headlen && seg->hlen + seg->len == seglen,
		   "header and payload are what there is");
	FUZZ_CHECK(seg->nsack <= TOY_SACK_MAX && seg->wscale <= TOY_WSCALE_MAX,
		   "blocks and shift are within their limits");
	FUZZ_CHECK(!(seg->opts & TOY_OPT_SACK) == !seg->nsack, "SACK has blocks");
	FUZZ_CHECK((seg->flags & TOY_SYN) ||
		   !(seg->opts & (TOY_OPT_MSS | TOY_OPT_WSCALE | TOY_OPT_SACKOK)),
		   "what belongs to SYN is believed of SYN only (MUST-65)");
	FUZZ_CHECK(!(seg->opts & TOY_OPT_MSS) || seg->mss, "MSS is not zero");
}

/* Build, parse, compare, build again. */
static void check_round(const struct toy_seg *seg)
{
	u32 hlen = toy_wire_hlen(seg);
	u8 *bytes = malloc(hlen), *twice = malloc(hlen);
	struct toy_seg again;

	memset(&again, 0xa5, sizeof(again));
	FUZZ_CHECK(toy_wire_build(seg, bytes) == hlen, "it is built as long as it was said");
	FUZZ_CHECK(toy_wire_parse(&again, bytes, hlen, hlen + seg->len), "what was built parses");
	FUZZ_CHECK(again.hlen == hlen, "all of it is header");
	check_same(seg, &again);
	FUZZ_CHECK(toy_wire_hlen(&again) == hlen, "and needs as many bytes again");
	toy_wire_build(&again, twice);
	FUZZ_CHECK(!memcmp(bytes, twice, hlen), "and is built to the same bytes");
	free(bytes);
	free(twice);
}

static void from_bytes(struct fuzz_in *in)
{
	u32 headlen, seglen;
	struct toy_seg seg;
	u8 *bytes;

	headlen = (u32)in->left;
	seglen = headlen + fuzz_u8(in);
	headlen = (u32)in->left;
	bytes = malloc(headlen ? headlen : 1);
	memcpy(bytes, in->data, headlen);
	memset(&seg, 0xa5, sizeof(seg));
	if (toy_wire_parse(&seg, bytes, headlen, seglen)) {
		check_limits(&seg, headlen, seglen);
		check_round(&seg);
	}
	free(bytes);
}

static void from_numbers(struct fuzz_in *in)
{
	struct toy_seg seg;
	u32 i;

	toy_seg_clear(&seg);
	seg.flags = fuzz_u8(in);
	seg.opts = fuzz_u8(in) & (TOY_OPT_MSS | TOY_OPT_WSCALE | TOY_OPT_SACKOK | TOY_OPT_TS |
				  TOY_OPT_SACK);
	seg.opts &= seg.flags & TOY_SYN ? ~TOY_OPT_SACK
					: ~(TOY_OPT_MSS | TOY_OPT_WSCALE | TOY_OPT_SACKOK);
	seg.sport = fuzz_u16(in);
	seg.dport = fuzz_u16(in);
	seg.seq = fuzz_u32(in);
	seg.ack = fuzz_u32(in);
	seg.wnd = fuzz_u16(in);
	seg.urg = fuzz_u16(in);
	seg.len = fuzz_u16(in);
	seg.mss = max_t(u16, fuzz_u16(in), 1);
	seg.wscale = (u8)fuzz_below(in, TOY_WSCALE_MAX + 1);
	seg.tsval = fuzz_u32(in);
	seg.tsecr = fuzz_u32(in);
	if (seg.opts & TOY_OPT_SACK)
		seg.nsack = (u8)(1 + fuzz_below(in, seg.opts & TOY_OPT_TS ? 3 : 4));
	for (i = 0; i < seg.nsack; i++)
		seg.sack[i] = (struct toy_block) { fuzz_u32(in), fuzz_u32(in) };
	check_round(&seg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = { data, size };

	if (fuzz_u8(&in) & 1)
		from_numbers(&in);
	else
		from_bytes(&in);
	return 0;
}
