// SPDX-License-Identifier: GPL-2.0
/*
 * test_rcvbuf.c - how large the receive buffer should be, and when ACKs of super-segments are due
 */
#include "rig.h"

/* Data that the user reads at once, a round trip after the last. */
static u32 round_trip(u32 at, u32 bytes, u64 rtt)
{
	pass(rtt);
	rx(ACK, at, rig_nxt(), .len = bytes);
	end_read(&rig.e, bytes);
	rig_drain();
	return at + bytes;
}

TEST(what_is_read_in_a_round_trip_says_how_large_the_buffer_should_be)
{
	u32 at = 1, limit, i;

	rig_new();
	rig_establish();
	limit = conn->rcv_limit;
	conn->rcv_rtt = 10 * MSEC;
	toy_conn_rcv_want(conn, rig.now);
	for (i = 0; i < 3; i++)
		at = round_trip(at, 1000, 3 * MSEC);
	CHECK_EQ(toy_conn_rcv_want(conn, rig.now), limit, "the round trip is not over");
	for (i = 0; i < 6; i++)
		at = round_trip(at, 10000, 3 * MSEC);
	CHECK(toy_conn_rcv_want(conn, rig.now) >= 2 * 60000, "twice what was read");
	at = round_trip(at, 10000, 30 * MSEC);
	CHECK_EQ(toy_conn_rcv_want(conn, rig.now), conn->rcv_limit, "less than before: no change");
}

TEST(a_buffer_that_nobody_reads_from_does_not_grow)
{
	u32 at = 1, i;

	rig_new();
	rig_establish();
	conn->rcv_rtt = 10 * MSEC;
	toy_conn_rcv_want(conn, rig.now);
	for (i = 0; i < 20; i++, at += 1000) {
		rx(ACK, at, rig_nxt(), .len = 1000);
		pass(1 * MSEC);
	}
	CHECK_EQ(toy_conn_rcv_want(conn, rig.now), conn->rcv_limit, "nothing was read");
}

TEST(a_receiver_without_timestamps_times_a_window)
{
	u32 at = 1;

	rig_new();
	rig_establish();
	at = round_trip(at, 1000, 1 * MSEC);
	CHECK_EQ(conn->rcv_rtt, 0, "not known yet");
	while (!conn->rcv_rtt && at < 10000000)
		at = round_trip(at, 10000, 2 * MSEC);
	CHECK(conn->rcv_rtt >= 2 * MSEC, "a window took longer than a segment");
}

TEST(a_receiver_with_timestamps_takes_the_peers_echo)
{
	rig_new();
	rig.e.knobs.timestamps = true;
	rig.ts = true;
	rig_establish_with(1460, RIG_WND, TOY_OPT_TS);
	rig_write(10);
	rig_drain();
	pass(25 * MSEC);
	rx(ACK, 1, 11, .len = 1000);
	CHECK(conn->rcv_rtt >= 24 * MSEC && conn->rcv_rtt <= 26 * MSEC, "the echo is that old");
}

TEST(the_shift_is_chosen_for_the_largest_buffer_there_may_be)
{
	struct toy_knobs knobs;

	toy_knobs_default(&knobs);
	CHECK_EQ(toy_wscale_offer(&knobs, 65535), 0, "no larger than now");
	knobs.rcv_most = 3 << 20;
	CHECK_EQ(toy_wscale_offer(&knobs, 65535), 6, "three megabytes one day");
	CHECK_EQ(toy_wscale_offer(&knobs, 8 << 20), 8, "or eight now");
}

TEST(SHLD_19_a_window_of_less_than_two_segments_is_acknowledged_in_time)
{
	rig_new();
	rig.e.rcv_limit = 2500;
	rig_establish();
	conn->quick_acks = 0;
	rx(ACK, 1, 1, .len = 1400);
	expect(ACK, 1, 1401, 0);
}

TEST(an_answer_carries_the_ack_of_what_it_answers)
{
	u32 i;

	rig_new();
	rig_establish();
	for (i = 0; i < 5; i++) {
		rx(PSH | ACK, 1 + i * 100, rig_nxt(), .len = 100);
		if (!i)
			expect(ACK, 1, 101, 0);		/* it might write again before it reads */
		quiet();
		end_read(&rig.e, 100);
		rig_write(10);
		expect(PSH | ACK, 1 + i * 10, 101 + i * 100, 10);
	}
	quiet();
}

TEST(a_super_segment_does_not_pass_for_a_large_mss)
{
	struct toy_seg seg = {
		.flags = TOY_ACK, .seq = RIG_IRS + 1, .ack = RIG_ISS + 1, .wnd = RIG_WND,
		.hlen = TOY_HDR_MIN, .len = 20000, .gso_size = 1000,
	};
	struct toy_range range;
	struct toy_verdict v;

	rig_new();
	rig_establish();
	conn->quick_acks = 0;
	toy_conn_segment(conn, &seg, &range, rig.now, &v);
	CHECK_EQ(v.take, 20000, "all of it");
	CHECK_EQ(conn->rcv_mss, 1000, "a segment of the twenty");
	CHECK(conn->ack_now, "and twenty segments want an ACK");
}
