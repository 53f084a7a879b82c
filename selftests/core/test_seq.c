// SPDX-License-Identifier: GPL-2.0
/*
 * test_seq.c - numbers on a circle (RFC 9293 section 3.4).
 */
#include "seq.h"
#include "tap.h"

static const u32 places[] = {
	0, 1, 2, 1000, 0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff,
};

TEST(sequence_numbers_compare_by_the_sign_of_their_distance_everywhere_on_the_circle)
{
	static const u32 far[] = { 1, 2, 100, 65535, 1 << 30, 0x7fffffff };
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		u32 a = places[i];

		CHECK(!seq_lt(a, a) && seq_leq(a, a) && !seq_gt(a, a) && seq_geq(a, a),
		      "a number equals itself");
		for (j = 0; j < ARRAY_SIZE(far); j++) {
			u32 b = a + far[j];

			CHECK(seq_lt(a, b) && seq_leq(a, b), "the one before is less");
			CHECK(seq_gt(b, a) && seq_geq(b, a), "the one after is greater");
			CHECK(!seq_lt(b, a) && !seq_leq(b, a), "and not the other way round");
			CHECK(!seq_gt(a, b) && !seq_geq(a, b), "and not the other way round");
			CHECK_EQ(seq_max(a, b), b, "the later is the greater");
			CHECK_EQ(seq_max(b, a), b, "in any order");
			CHECK_EQ(seq_min(a, b), a, "the earlier is the smaller");
			CHECK_EQ(seq_min(b, a), a, "in any order");
		}
	}
}

TEST(a_range_of_sequence_numbers_holds_its_first_and_not_its_end)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		u32 lo = places[i], hi = lo + 10;

		CHECK(seq_in(lo, lo, hi), "the first is in");
		CHECK(seq_in(hi - 1, lo, hi), "the last is in");
		CHECK(!seq_in(hi, lo, hi), "the end is out");
		CHECK(!seq_in(lo - 1, lo, hi), "the one before is out");
		CHECK(!seq_in(lo, lo, lo), "an empty range holds nothing");
		CHECK(seq_in(lo + 0x90000000u, lo, lo - 1), "a range may be nearly the circle");
	}
}

TEST(big_endian_numbers_are_read_and_written_at_any_alignment)
{
	u8 buf[16];
	size_t i;

	for (i = 0; i < 8; i++) {
		toy_put_be32(buf + i, 0x01fe80ff);
		CHECK(buf[i] == 0x01 && buf[i + 1] == 0xfe, "the most significant byte is first");
		CHECK(buf[i + 2] == 0x80 && buf[i + 3] == 0xff,
		      "the least significant last");
		CHECK_EQ(toy_get_be32(buf + i), 0x01fe80ff, "what was written is read");
		CHECK_EQ(toy_get_be16(buf + i + 1), 0xfe80, "sixteen bits too");
	}
}
