// SPDX-License-Identifier: GPL-2.0
/*
 * test_wire.c - header and options, from bytes and to bytes (RFC 9293 sections 3.1 and 3.2, RFC
 * 7323, RFC 2018).
 */
#include <stdlib.h>

#include "laws.h"
#include "tap.h"

/* A header of @optlen bytes of options, in memory of exactly that size. */
static u8 *header(const u8 *options, u32 optlen, u8 flags, u32 payload)
{
	u32 len = TOY_HDR_MIN + optlen + payload;
	u8 *p = calloc(1, len);

	toy_put_be16(p, 1000);
	toy_put_be16(p + 2, 2000);
	toy_put_be32(p + 4, 0xdeadbeef);
	toy_put_be32(p + 8, 0x12345678);
	p[12] = (u8)((TOY_HDR_MIN + optlen) / 4 << 4);
	p[13] = flags;
	toy_put_be16(p + 14, 40000);
	toy_put_be16(p + 18, 7);
	if (optlen)
		memcpy(p + TOY_HDR_MIN, options, optlen);
	return p;
}

static bool parse(struct toy_seg *seg, const u8 *options, u32 optlen, u8 flags, u32 payload)
{
	u8 *p = header(options, optlen, flags, payload);
	bool ok = toy_wire_parse(seg, p, TOY_HDR_MIN + optlen, TOY_HDR_MIN + optlen + payload);

	free(p);
	return ok;
}

#define PARSE(seg, flags, ...)						\
	parse(seg, (const u8[]){ __VA_ARGS__ }, sizeof((const u8[]){ __VA_ARGS__ }), flags, 0)

TEST(a_header_without_options_is_read_field_by_field)
{
	struct toy_seg s;

	CHECK(parse(&s, NULL, 0, TOY_ACK | TOY_URG, 33), "twenty bytes are a header");
	CHECK_EQ(s.sport, 1000, "source port");
	CHECK_EQ(s.dport, 2000, "destination port");
	CHECK_EQ(s.seq, 0xdeadbeef, "sequence number");
	CHECK_EQ(s.ack, 0x12345678, "acknowledgment number");
	CHECK_EQ(s.flags, TOY_ACK | TOY_URG, "control bits");
	CHECK_EQ(s.urg, 7, "urgent pointer");
	CHECK_EQ(s.hlen, 20, "header length");
	CHECK_EQ(s.len, 33, "payload length");
	CHECK_EQ(s.opts, 0, "no options");
	CHECK(!s.no_room, "room is the shell's to say");
}

TEST(MUST_1_window_field_is_unsigned)
{
	struct toy_seg s;

	CHECK(parse(&s, NULL, 0, TOY_ACK, 0), "a header");
	CHECK_EQ(s.wnd, 40000, "a window above 32767 is itself");
}

TEST(MUST_4_eol_nop_and_mss_options_are_supported)
{
	struct toy_seg s;

	CHECK(PARSE(&s, TOY_SYN, 1, 1, 2, 4, 5, 0xb4, 0, 0), "NOP, NOP, MSS, EOL, padding");
	CHECK_EQ(s.opts, TOY_OPT_MSS, "MSS was seen, and nothing else");
	CHECK_EQ(s.mss, 1460, "with its value");
	CHECK(PARSE(&s, TOY_SYN, 0, 2, 4, 5), "EOL first");
	CHECK_EQ(s.opts, 0, "nothing after EOL counts");
}

TEST(MUST_6_unknown_options_are_skipped_by_their_length)
{
	struct toy_seg s;

	CHECK(PARSE(&s, TOY_SYN, 0xfd, 6, 1, 2, 3, 4, 2, 4, 2, 88, 1, 1), "one before MSS");
	CHECK_EQ(s.opts, TOY_OPT_MSS, "does not hide it");
	CHECK_EQ(s.mss, 600, "and MSS is right");
	CHECK(PARSE(&s, TOY_SYN, 0xfd, 2, 2, 4, 2, 88, 1, 1), "one without a value");
	CHECK_EQ(s.mss, 600, "is two bytes long");
}

TEST(MUST_7_illegal_option_lengths_end_parsing_and_hurt_nobody)
{
	static const u8 bad[][8] = {
		{ 2, 4, 2, 88, 8, 0, 0, 0 },		/* length 0 */
		{ 2, 4, 2, 88, 8, 1, 0, 0 },		/* length 1 */
		{ 2, 4, 2, 88, 8, 10, 0, 0 },		/* past the header */
		{ 2, 4, 2, 88, 0xfd, 255, 0, 0 },
		{ 2, 4, 2, 88, 1, 1, 1, 8 },		/* no length at all */
	};
	struct toy_seg s;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		CHECK(parse(&s, bad[i], 8, TOY_SYN, 0), "the header stands");
		CHECK_EQ(s.opts, TOY_OPT_MSS | TOY_OPT_BAD, "noted; what came before it counts");
		CHECK_EQ(s.mss, 600, "MSS before it is right");
	}
}

TEST(options_whose_size_is_not_their_own_are_skipped)
{
	struct toy_seg s;

	CHECK(PARSE(&s, TOY_SYN, 2, 3, 5, 1, 3, 4, 7, 7, 4, 3, 0, 8, 4, 0, 0, 1), "a header");
	CHECK_EQ(s.opts, 0, "MSS of 3, window scale of 4, SACK-permitted of 3, timestamps of 4");
	CHECK(PARSE(&s, TOY_ACK, 5, 9, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1), "a header");
	CHECK_EQ(s.opts, 0, "SACK of half a block");
	CHECK(PARSE(&s, TOY_SYN, 2, 4, 0, 0), "a header");
	CHECK_EQ(s.opts, 0, "MSS of nothing");
}

TEST(options_of_syn_count_on_syn_only)
{
	struct toy_seg s;

	CHECK(PARSE(&s, TOY_ACK, 2, 4, 5, 0xb4, 3, 3, 7, 4, 2, 1, 1, 1), "a header without SYN");
	CHECK_EQ(s.opts, 0, "MSS, window scale and SACK-permitted mean nothing there");
	CHECK(PARSE(&s, TOY_SYN, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 1), "a header with SYN");
	CHECK_EQ(s.opts, 0, "nor does SACK here");
}

TEST(rfc7323_a_window_scale_above_fourteen_means_fourteen)
{
	struct toy_seg s;

	CHECK(PARSE(&s, TOY_SYN, 3, 3, 15, 1), "a header");
	CHECK_EQ(s.wscale, 14, "15 means 14");
	CHECK(PARSE(&s, TOY_SYN, 3, 3, 255, 1), "a header");
	CHECK_EQ(s.wscale, 14, "255 means 14");
	CHECK(PARSE(&s, TOY_SYN, 3, 3, 14, 1), "a header");
	CHECK_EQ(s.wscale, 14, "14 is 14");
	CHECK(PARSE(&s, TOY_SYN, 3, 3, 0, 1), "a header");
	CHECK_EQ(s.wscale, 0, "0 is 0");
	CHECK_EQ(s.opts, TOY_OPT_WSCALE, "and present");
}

TEST(MUST_64_options_are_read_at_any_alignment)
{
	u8 options[40];
	struct toy_seg s;
	u32 shift;

	for (shift = 0; shift < 8; shift++) {
		memset(options, 1, sizeof(options));
		memcpy(options + shift, (u8[]){ 8, 10, 1, 2, 3, 4, 5, 6, 7, 8 }, 10);
		memcpy(options + shift + 10, (u8[]){ 2, 4, 5, 0xb4 }, 4);
		CHECK(parse(&s, options, 24, TOY_SYN, 0), "a header");
		CHECK_EQ(s.opts, TOY_OPT_TS | TOY_OPT_MSS, "both are seen");
		CHECK_EQ(s.tsval, 0x01020304, "TSval");
		CHECK_EQ(s.tsecr, 0x05060708, "TSecr");
		CHECK_EQ(s.mss, 1460, "MSS");
	}
}

TEST(MUST_68_an_option_that_is_cut_off_at_the_end_of_the_header_is_noted)
{
	struct toy_seg s;

	CHECK(PARSE(&s, TOY_ACK, 1, 1, 1, 0xfd), "a kind without a length");
	CHECK_EQ(s.opts, TOY_OPT_BAD, "is an illegal option");
}

TEST(a_data_offset_outside_of_the_segment_is_refused)
{
	u8 *p = header(NULL, 0, TOY_ACK, 20);
	struct toy_seg s;
	u32 words;

	for (words = 0; words < 16; words++) {
		p[12] = (u8)(words << 4);
		CHECK_EQ(toy_wire_parse(&s, p, 40, 40), words >= 5 && words <= 10,
			 "five words at least, and no more than there are");
	}
	p[12] = 10 << 4;
	CHECK(!toy_wire_parse(&s, p, 24, 40), "a header that is not all readable");
	CHECK(!toy_wire_parse(&s, p, 40, 30), "a header longer than the segment");
	p[12] = 5 << 4;
	CHECK(!toy_wire_parse(&s, p, 19, 19), "nineteen bytes");
	CHECK(!toy_wire_parse(&s, p, 0, 0), "none");
	CHECK(toy_wire_parse(&s, p, 20, 20), "twenty bytes are enough");
	CHECK_EQ(s.len, 0, "and hold no payload");
	free(p);
}

TEST(reserved_bits_are_ignored)
{
	u8 *p = header(NULL, 0, TOY_ACK, 0);
	struct toy_seg s;

	p[12] |= 0x0f;
	CHECK(toy_wire_parse(&s, p, 20, 20), "reserved bits do not matter (section 3.1)");
	CHECK_EQ(s.hlen, 20, "nor move the payload");
	free(p);
}

TEST(rfc2018_sack_blocks_are_read_up_to_four)
{
	u8 options[40] = { 1, 1, 5, 34 };
	struct toy_seg s;
	u32 i;

	for (i = 0; i < 8; i++)
		toy_put_be32(options + 4 + 4 * i, 100 * i);
	CHECK(parse(&s, options, 36, TOY_ACK, 0), "four blocks");
	CHECK_EQ(s.opts, TOY_OPT_SACK, "SACK");
	CHECK_EQ(s.nsack, 4, "four");
	for (i = 0; i < 4; i++) {
		CHECK_EQ(s.sack[i].start, 200 * i, "start of a block");
		CHECK_EQ(s.sack[i].end, 200 * i + 100, "end of a block");
	}
	options[3] = 2;
	CHECK(parse(&s, options, 4, TOY_ACK, 0), "no block");
	CHECK_EQ(s.opts, 0, "is no SACK");
}

static struct toy_seg sample(u8 opts, u8 nsack)
{
	struct toy_seg s = {
		.seq = 0xfffffff0, .ack = 0x80000001, .len = 0, .sport = 65535, .dport = 1,
		.wnd = 65535, .urg = 0x1234, .mss = 8960, .flags = TOY_ACK, .opts = opts,
		.wscale = 14, .nsack = nsack, .tsval = 0xffffffff, .tsecr = 1,
	};
	u32 i;

	if (opts & (TOY_OPT_MSS | TOY_OPT_WSCALE | TOY_OPT_SACKOK))
		s.flags |= TOY_SYN;
	for (i = 0; i < nsack; i++)
		s.sack[i] = (struct toy_block){ .start = 1000 * i, .end = 1000 * i + 500 };
	return s;
}

TEST(every_set_of_options_is_built_legally_and_read_back)
{
	u8 buf[TOY_HDR_MAX];
	u32 opts, nsack, i;

	for (opts = 0; opts < 0x20; opts++) {
		for (nsack = opts & TOY_OPT_SACK ? 1 : 0; nsack <= (opts & TOY_OPT_SACK ? 4 : 0);
		     nsack++) {
			struct toy_seg s = sample((u8)opts, (u8)nsack), t;
			struct end e = { .addr = 1, .peer_addr = 2 };
			const char *law;
			u32 hlen;

			if ((opts & TOY_OPT_SACK) && (opts & ~(TOY_OPT_SACK | TOY_OPT_TS)))
				continue;
			if (toy_wire_hlen(&s) > TOY_HDR_MAX)
				continue;
			memset(buf, 0xee, sizeof(buf));
			hlen = end_build(&s, NULL, 1, 2, buf);
			CHECK_EQ(hlen, toy_wire_hlen(&s), "the length is as foretold");
			CHECK_EQ(hlen % 4, 0, "a multiple of four");
			for (i = hlen; i < sizeof(buf); i++)
				CHECK_EQ(buf[i], 0xee, "nothing is written behind it");
			law = law_of_wire(&e, buf, hlen, &s);
			if (law)
				tap_fail(__FILE__, __LINE__, "%s", law);
			CHECK(toy_wire_parse(&t, buf, hlen, hlen), "it can be read");
			CHECK_EQ(t.sport, s.sport, "source port");
			CHECK_EQ(t.dport, s.dport, "destination port");
			CHECK_EQ(t.hlen, hlen, "header length");
			CHECK_EQ(t.urg, 0, "no urgent pointer without URG");
			if (opts & TOY_OPT_MSS)
				CHECK_EQ(t.mss, s.mss, "MSS");
			if (opts & TOY_OPT_WSCALE)
				CHECK_EQ(t.wscale, s.wscale, "window scale");
			if (opts & TOY_OPT_TS)
				CHECK(t.tsval == s.tsval && t.tsecr == s.tsecr, "timestamps");
			CHECK_EQ(t.nsack, nsack, "blocks");
			CHECK(!memcmp(t.sack, s.sack, nsack * sizeof(s.sack[0])), "their numbers");
		}
	}
}

TEST(MUST_69_what_stands_behind_eol_is_zero)
{
	u8 buf[TOY_HDR_MAX];
	u32 opts, i, hlen;

	for (opts = 0; opts < 0x10; opts++) {
		struct toy_seg s = sample((u8)opts, 0);

		hlen = toy_wire_build(&s, buf);
		for (i = TOY_HDR_MIN; i < hlen; ) {
			if (buf[i] == 0) {
				for (; i < hlen; i++)
					CHECK_EQ(buf[i], 0, "padding is zero");
				break;
			}
			i += buf[i] == 1 ? 1 : buf[i + 1];
		}
	}
}

TEST(the_urgent_pointer_and_the_ack_number_are_written_with_their_bits_only)
{
	struct toy_seg s = sample(0, 0);
	u8 buf[TOY_HDR_MAX];

	s.flags = TOY_SYN;
	toy_wire_build(&s, buf);
	CHECK_EQ(toy_get_be32(buf + 8), 0, "no ACK, no number");
	CHECK_EQ(toy_get_be16(buf + 18), 0, "no URG, no pointer");
	s.flags = TOY_ACK | TOY_URG;
	toy_wire_build(&s, buf);
	CHECK_EQ(toy_get_be32(buf + 8), s.ack, "ACK and its number");
	CHECK_EQ(toy_get_be16(buf + 18), s.urg, "URG and its pointer");
	CHECK_EQ(toy_get_be16(buf + 16), 0, "the checksum is the caller's");
}

/* xorshift, Marsaglia 2003 */
static u64 next(u64 x)
{
	x ^= x << 13;
	x ^= x >> 7;
	return x ^ x << 17;
}

TEST(any_bytes_of_any_length_can_be_read_safely)
{
	u64 x = 88172645463325252ULL;
	struct toy_seg s;
	u32 run, i;

	for (run = 0; run < 50000; run++) {
		u32 len;
		u8 *p;

		x = next(x);
		len = (u32)(x >> 8) % 70;
		p = malloc(len ? len : 1);
		for (i = 0; i < len; i++) {
			x = next(x);
			/* small numbers make options that nearly fit */
			p[i] = (u8)(x & 1 ? x >> 16 : (x >> 16) % 12);
		}
		if (len > 12 && (x & 2))
			p[12] = (u8)(len / 4 << 4);
		if (toy_wire_parse(&s, p, len, len)) {
			CHECK_IN(s.hlen, TOY_HDR_MIN, len, "the header lies in the segment");
			CHECK_EQ(s.hlen + s.len, len, "header and payload are the segment");
			CHECK_IN(s.nsack, 0, TOY_SACK_MAX, "blocks fit");
			CHECK_IN(s.opts & TOY_OPT_WSCALE ? s.wscale : 0, 0, 14, "shift is legal");
		}
		free(p);
	}
}

TEST(syn_and_fin_take_one_sequence_number_each)
{
	struct toy_seg s = { .len = 10 };

	CHECK_EQ(toy_seg_space(&s), 10, "data alone");
	s.flags = TOY_SYN | TOY_ACK | TOY_PSH | TOY_RST;
	CHECK_EQ(toy_seg_space(&s), 11, "with SYN");
	s.flags = TOY_FIN;
	CHECK_EQ(toy_seg_space(&s), 11, "with FIN");
}
