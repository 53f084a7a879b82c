// SPDX-License-Identifier: GPL-2.0
/*
 * test_data.c - bytes both ways: segmentation, PSH, Nagle, ACKs and their delay (RFC 9293 sections
 * 3.7.4, 3.8.6.3 and 3.10.7.4).
 */
#include "rig.h"

/* Past the first ACKs, which are not delayed. */
static u32 settle(void)
{
	u32 at = 1;

	while (conn->quick_acks) {
		rx(ACK, at, rig_nxt(), .len = 1000);
		at += 1000;
		end_read(&rig.e, 1000);
		CHECK(at < 100000, "quick ACKs end");
	}
	pass(1 * SEC);
	rig_drain();
	return at;
}

TEST(data_is_cut_into_full_segments_and_a_rest)
{
	rig_new();
	rig_establish_with(1000, RIG_WND, 0);
	rig_write(3500);
	expect(ACK, 1, 1, 1000);
	expect(ACK, 1001, 1, 1000);
	expect(ACK, 2001, 1, 1000);
	expect(ACK, 3001, 1, 500);
	quiet();
}

TEST(a_super_segment_leaves_as_the_same_segments)
{
	rig_new();
	rig.e.gso_max = 65000;
	rig_establish_with(1000, RIG_WND, 0);
	rig_write(3500);
	end_shutdown(&rig.e);
	expect(ACK, 1, 1, 1000);
	expect(ACK, 1001, 1, 1000);
	expect(ACK, 2001, 1, 1000);
	expect(PSH | ACK, 3001, 1, 500);
	expect(FIN | ACK, 3501, 1, 0);
	quiet();
}

TEST(MUST_61_psh_stands_on_the_last_segment_of_what_is_queued)
{
	const struct toy_seg *s;

	rig_new();
	rig_establish_with(1000, RIG_WND, 0);
	rig_write(2000);
	s = expect(ACK, 1, 1, 1000);
	CHECK(!(s->flags & TOY_PSH), "not on the first");
	expect(PSH | ACK, 1001, 1, 1000);
	rig_write(10);
	expect(PSH | ACK, 2001, 1, 10);
}

TEST(MUST_60_nothing_that_was_written_stays_for_ever)
{
	rig_new();
	rig_establish();
	end_write(&rig.e, (const u8 *)"abc", 3, false);
	quiet();
	fire();
	expect(ACK, 1, 1, 3);
	rig_new();
	rig.e.knobs.cork = true;
	rig_establish();
	rig_write(3);
	quiet();
	fire();
	expect(ACK, 1, 1, 3);
}

TEST(SHLD_28_more_to_come_makes_full_segments)
{
	static const u8 zeros[700];

	rig_new();
	rig_establish_with(1000, RIG_WND, 0);
	end_write(&rig.e, zeros, 700, false);
	quiet();
	end_write(&rig.e, zeros, 700, false);
	expect(ACK, 1, 1, 1000);
	quiet();
	end_write(&rig.e, zeros, 100, true);
	expect(ACK, 1001, 1, 500);
	quiet();
}

TEST(SHLD_7_nagle_holds_a_second_small_segment_until_the_first_is_acknowledged)
{
	rig_new();
	rig_establish();
	rig_write(10);
	expect(ACK, 1, 1, 10);
	rig_write(10);
	rig_write(10);
	quiet();
	rx(ACK, 1, 11);
	expect(ACK, 11, 1, 20);	/* SHLD-27: together */
	quiet();
}

TEST(SHLD_7_nagle_lets_full_segments_go)
{
	rig_new();
	rig_establish_with(1000, RIG_WND, 0);
	rig_write(10);
	expect(ACK, 1, 1, 10);
	rig_write(2500);
	expect(ACK, 11, 1, 1000);
	expect(ACK, 1011, 1, 1000);
	quiet();
	rx(ACK, 1, 2011);
	expect(ACK, 2011, 1, 500);
}

TEST(MUST_17_nagle_can_be_switched_off)
{
	rig_new();
	rig.e.knobs.nodelay = true;
	rig_establish();
	rig_write(10);
	rig_write(10);
	expect(ACK, 1, 1, 10);
	expect(ACK, 11, 1, 10);
	quiet();
}

TEST(data_in_order_is_delivered_and_acknowledged)
{
	u32 i;

	rig_new();
	rig_establish();
	for (i = 0; i < 10; i++)
		rx(ACK, 1 + 100 * i, 1, .len = 100);
	rig_drain();
	pass(500 * MSEC);
	delivered(1000);
	CHECK_EQ(conn->last_ack_sent - RIG_IRS, 1001, "all of it");
	CHECK_EQ(conn->bytes_in, 1000, "bytes are counted");
	CHECK_EQ(rig.e.counts[TOY_CNT_InBytes], 1000, "in both places");
}

TEST(MUST_5_options_are_accepted_in_any_segment)
{
	rig_new();
	rig_establish();
	rx(ACK, 1, 1, .len = 10, .opts = TOY_OPT_TS, .tsval = 1, .no_ts = true);
	acked(11);
	delivered(10);
}

TEST(MUST_40_an_ack_is_delayed_by_less_than_half_a_second)
{
	u64 start, waited;
	u32 at;

	rig_new();
	rig_establish();
	at = settle();
	start = rig.now;
	rx(ACK, at, 1, .len = 10);
	quiet();		/* SHLD-18: it is delayed */
	pass(500 * MSEC - 1);
	expect(ACK, 1, at + 10, 0);
	waited = rig_sent_at() - start;
	CHECK_EQ(waited, rig.e.knobs.delack, "as the knob says");
	CHECK_EQ(rig.e.counts[TOY_CNT_DelayedACKs] > 0, true, "and it is counted");
}

TEST(SHLD_19_every_second_full_segment_is_acknowledged_at_once)
{
	u32 at, i;

	rig_new();
	rig_establish();
	at = settle();
	for (i = 0; i < 10; i++) {
		rx(ACK, at, 1, .len = 1000);
		quiet();
		rx(ACK, at + 1000, 1, .len = 1000);
		expect(ACK, 1, at + 2000, 0);
		quiet();
		at += 2000;
		end_read(&rig.e, 2000);
		rig_drain();
	}
}

TEST(the_first_acks_of_a_connection_are_not_delayed)
{
	rig_new();
	rig_establish();
	rx(ACK, 1, 1, .len = 1000);
	expect(ACK, 1, 1001, 0);
	rx(ACK, 1001, 1, .len = 1000);
	expect(ACK, 1, 2001, 0);
	quiet();
}

TEST(an_ack_rides_on_data)
{
	u32 at;

	rig_new();
	rig_establish();
	at = settle();
	rx(ACK, at, 1, .len = 10);
	quiet();
	rig_write(20);
	expect(ACK, 1, at + 10, 20);
	rx(ACK, at + 10, 21);
	pass(10 * SEC);
	quiet();
}

TEST(acks_carry_no_data_and_draw_no_ack)
{
	u32 i;

	rig_new();
	rig_establish();
	for (i = 0; i < 50; i++)
		rx(ACK, 1, 1);
	pass(1 * HOUR);
	quiet();
}

TEST(old_data_again_is_acknowledged_and_delivered_once)
{
	rig_new();
	rig_establish();
	rx(ACK, 1, 1, .len = 100);
	acked(101);
	rx(ACK, 1, 1, .len = 100);
	expect(ACK, 1, 101, 0);
	rx(ACK, 51, 1, .len = 50);
	expect(ACK, 1, 101, 0);
	delivered(100);
	CHECK_EQ(rig.e.drop, TOY_DROP_DUPLICATE, "the reason is named");
}

TEST(a_segment_that_is_partly_old_is_trimmed_to_what_is_new)
{
	rig_new();
	rig_establish();
	rx(ACK, 1, 1, .len = 100);
	rx(ACK, 51, 1, .len = 100);
	rx(ACK, 1, 1, .len = 200);
	rig_drain();
	pass(500 * MSEC);
	delivered(200);
	CHECK_EQ(rig_rcv(), 201, "RCV.NXT");
}

TEST(data_beyond_the_right_edge_is_cut_off)
{
	rig_new();
	rig.e.rcv_limit = 1000;
	rig_establish();
	rx(ACK, 1, 1, .len = 1500);
	acked(1001);
	delivered(1000);
	CHECK_EQ(conn->rcv_adv - RIG_IRS, 1001, "the window is full");
	rx(ACK, 1001, 1, .len = 500);
	expect(ACK, 1, 1001, 0);
	delivered(1000);
}

TEST(a_segment_for_which_there_is_no_memory_is_not_taken_and_comes_again)
{
	rig_new();
	rig_establish();
	rig.e.no_memory = true;
	rx(ACK, 1, 1, .len = 100);
	expect(ACK, 1, 1, 0);
	CHECK_EQ(rig.e.drop, TOY_DROP_NO_ROOM, "the reason is named");
	CHECK_EQ(rig.e.counts[TOY_CNT_RcvNoRoom], 1, "and counted");
	delivered(0);
	rig.e.no_memory = false;
	rx(ACK, 1, 1, .len = 100);
	acked(101);
	delivered(100);
}

TEST(ack_above_snd_nxt_is_answered_by_an_ack_and_moves_nothing)
{
	rig_new();
	rig_establish();
	rig_write(100);
	expect(ACK, 1, 1, 100);
	rx(ACK, 1, 102, .len = 50);
	expect(ACK, 101, 1, 0);
	CHECK_EQ(rig_una(), 1, "SND.UNA");
	delivered(0);
	CHECK_EQ(rig.e.drop, TOY_DROP_BAD_ACK, "the reason is named");
}

TEST(MAY_12_an_ack_below_una_less_the_largest_window_is_answered_by_an_ack)
{
	u32 at = 1;

	rig_new();
	rig_establish_with(1000, 2000, 0);
	for (; at < 5001; at += 1000) {
		rig_write(1000);
		expect(ACK, at, 1, 1000);
		rx(ACK, 1, at + 1000, .wnd = 2000);
	}
	rx(ACK, 1, at - 2000, .wnd = 2000, .len = 10);	/* just old enough to be true */
	acked(11);
	delivered(10);
	rx(ACK, 11, at - 2001, .wnd = 2000, .len = 10);
	expect(ACK, at, 11, 0);
	delivered(10);
	CHECK_EQ(rig.e.drop, TOY_DROP_OLD_ACK, "the reason is named");
}

TEST(an_old_ack_changes_nothing_but_its_data_counts)
{
	rig_new();
	rig_establish();
	rig_write(100);
	rig_drain();
	rx(ACK, 1, 101);
	rx(ACK, 1, 51, .len = 10, .wnd = 5);
	acked(11);
	CHECK_EQ(rig_una(), 101, "SND.UNA");
	CHECK_EQ(conn->snd_wnd, RIG_WND, "SND.WND");
	delivered(10);
}

TEST(rfc5961_challenge_acks_are_limited_a_second)
{
	u32 i, n = 0;

	rig_new();
	rig_establish();
	for (i = 0; i < 100; i++)
		rx(RST, 100 + i, 0);
	while (rig.head != rig.tail) {
		expect(ACK, 1, 1, 0);
		n++;
	}
	CHECK_EQ(n, rig.e.knobs.challenge_limit, "so many and no more");
	CHECK_EQ(rig.e.counts[TOY_CNT_ChallengeACKs], n, "they are counted");
	CHECK_EQ(rig.e.counts[TOY_CNT_ChallengeSkipped], 100 - n, "and so are the others");
	pass(1 * SEC);
	rx(RST, 100, 0);
	expect(ACK, 1, 1, 0);
	state_is(TOY_ESTABLISHED);
}

TEST(two_ends_out_of_step_do_not_answer_each_other_for_ever)
{
	u32 i, n = 0;

	rig_new();
	rig_establish();
	for (i = 0; i < 1000; i++)
		rx(ACK, 0x20000000, 1);
	while (rig.head != rig.tail) {
		expect(ACK, 1, 1, 0);
		n++;
	}
	CHECK_IN(n, 1, rig.e.knobs.challenge_limit, "ACKs of ACKs are limited");
}

TEST(MUST_65_and_all_laws_of_the_wire_hold_for_a_long_exchange)
{
	u32 i, at = 1;

	rig_new();
	rig.e.knobs.sack = true;
	rig.e.knobs.timestamps = true;
	rig.e.knobs.window_scaling = true;
	rig_establish_with(1460, RIG_WND, TOY_OPT_TS | TOY_OPT_SACKOK | TOY_OPT_WSCALE);
	for (i = 0; i < 200; i++) {
		rig_write(700 + i);
		rx(ACK, at, rig_nxt(), .len = 500);
		at += 500;
		if (i % 3)
			end_read(&rig.e, 700);
		rig.tsval++;
		pass(1000);
		rig_drain();
	}
	delivered(at - 1);
}

TEST(MUST_59_and_MUST_58_all_that_came_is_processed_before_one_ack_leaves)
{
	u32 i;

	rig_new();
	rig_establish();
	rig.e.busy = true;
	for (i = 0; i < 20; i++)
		rx(ACK, 1 + 1000 * i, 1, .len = 1000);
	quiet();
	rig.e.busy = false;
	end_event(&rig.e);
	expect(ACK, 1, 20001, 0);
	quiet();
	delivered(20000);
}

TEST(MUST_2_every_segment_has_its_checksum)
{
	u8 bytes[TOY_HDR_MIN + 3] = { 0 };
	struct toy_seg seg = { .len = 3, .flags = TOY_ACK };

	CHECK_EQ(end_build(&seg, (const u8 *)"abc", 1, 2, bytes), 23, "an odd length");
	CHECK_EQ(end_checksum(bytes, 23, 1, 2), 0, "it sums to zero, with protocol 253");
	bytes[22] ^= 1;
	CHECK(end_checksum(bytes, 23, 1, 2), "and to something else when a bit is wrong");
}

TEST(MAY_16_what_was_written_in_pieces_leaves_together)
{
	u32 i;

	rig_new();
	rig_establish_with(1000, RIG_WND, 0);
	rig_write(1);
	expect(ACK, 1, 1, 1);
	for (i = 0; i < 999; i++)
		rig_write(1);
	quiet();
	rig_write(1);
	expect(ACK, 2, 1, 1000);
	quiet();
}

TEST(a_segment_with_urg_is_data_like_any_other)
{
	rig_new();
	rig_establish();
	rx(URG | ACK, 1, 1, .len = 10, .urg = 5);
	acked(11);
	delivered(10);
}

TEST(an_ack_without_data_is_no_data)
{
	u64 at;

	rig_new();
	rig_establish();
	pass(SEC);
	rx(ACK, 1, 1, .len = 10);
	at = rig.now;
	acked(11);
	pass(SEC);
	rig_write(10);
	expect(ACK, 1, 11, 10);
	rx(ACK, 11, 11);
	CHECK_EQ(conn->last_data, at, "when data came last");
	CHECK_EQ(conn->last_rcvd, rig.now, "and when anything did");
	rx(ACK, 21, 11, .len = 10);
	CHECK_EQ(conn->last_data, rig.now, "out of order, it is data all the same");
}
