// SPDX-License-Identifier: GPL-2.0
/*
 * test_isn.c - initial sequence numbers (RFC 6528), window shifts, and the names of things.
 */
#include "conn.h"
#include "tap.h"

TEST(MUST_8_initial_sequence_numbers_grow_by_one_every_four_microseconds)
{
	u64 now = 0xfffffffff0ULL;

	CHECK_EQ((u32)(toy_isn(7, now + 4) - toy_isn(7, now)), 1, "a tick is four microseconds");
	CHECK_EQ((u32)(toy_isn(7, now + 1000000) - toy_isn(7, now)), 250000, "a second");
	CHECK_EQ((u32)(toy_isn(7, now + (1ULL << 34)) - toy_isn(7, now)), 0, "4.77 hours go round");
}

TEST(SHLD_1_the_hash_is_added_to_the_clock)
{
	CHECK_EQ((u32)(toy_isn(0x80001234, 1000) - toy_isn(0, 1000)), 0x80001234, "clock + hash");
	CHECK_EQ((u32)(toy_isn(0xffffffff, 1000) - toy_isn(0, 1000)), 0xffffffff, "on a circle");
}

TEST(rfc7323_the_window_shift_is_the_smallest_that_tells_the_whole_buffer)
{
	u32 limit;

	CHECK_EQ(toy_wscale_for(0), 0, "nothing");
	CHECK_EQ(toy_wscale_for(65535), 0, "sixteen bits need no shift");
	CHECK_EQ(toy_wscale_for(65536), 1, "one more does");
	CHECK_EQ(toy_wscale_for(1 << 20), 5, "a megabyte");
	CHECK_EQ(toy_wscale_for(0xffffffff), 14, "never above fourteen");
	for (limit = 1; limit < 1 << 30; limit = limit * 2 + 1) {
		u8 shift = toy_wscale_for(limit);

		CHECK(limit >> shift <= 0xffff, "the shifted window fits the field");
		CHECK(!shift || limit >> (shift - 1) > 0xffff, "and no smaller shift would do");
	}
}

TEST(everything_that_can_be_traced_has_a_name)
{
	u32 i;

	for (i = 1; i < TOY_STATE_COUNT; i++)
		CHECK(*toy_state_name((u8)i), "a state");
	for (i = 0; i < TOY_WHY_COUNT; i++) {
		CHECK(!i || *toy_why_name((u8)i), "a reason");
		CHECK(toy_why_section((u8)i), "a section");
	}
	for (i = 0; i < TOY_DROP_COUNT; i++)
		CHECK(*toy_drop_name((u8)i), "a drop");
	for (i = 0; i < TOY_SENT_COUNT; i++)
		CHECK(*toy_sent_name((u8)i), "a segment");
	for (i = 0; i < TOY_TIMER_COUNT; i++)
		CHECK(*toy_timer_name((u8)i), "a timer");
	for (i = 0; i < TOY_CONG_COUNT; i++)
		CHECK(*toy_cong_why_name((u8)i), "a change of the window");
	for (i = 0; i < TOY_CNT_COUNT; i++) {
		CHECK(*toy_counter_name((u8)i), "a counter");
		CHECK(*toy_counter_help((u8)i), "and what it counts");
	}
}

TEST(a_number_that_names_nothing_gets_a_text_all_the_same)
{
	CHECK(*toy_state_name(0) && *toy_state_name(255), "state");
	CHECK(*toy_why_name(255), "reason");
	CHECK(toy_why_section(255), "section");
	CHECK(*toy_drop_name(255), "drop");
	CHECK(*toy_sent_name(255), "segment");
	CHECK(*toy_timer_name(255), "timer");
	CHECK(*toy_cong_why_name(255), "window");
	CHECK(*toy_counter_name(255), "counter");
	CHECK(toy_counter_help(255), "help");
}
