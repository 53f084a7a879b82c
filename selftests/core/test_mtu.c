// SPDX-License-Identifier: GPL-2.0
/*
 * test_mtu.c - a path that takes less than it says, and says nothing (RFC 2923, RFC 4821).
 */
#include "rig.h"

#define FULL	1460

static void start(u8 probing)
{
	rig_new();
	rig.e.knobs.mtu_probing = probing;
	rig_establish();
}

/* The path has swallowed what left up to now, R1 times. */
static void reach_r1(void)
{
	u32 i;

	for (i = 0; i + 1 < rig.e.knobs.retries1; i++) {
		fire();
		expect(ACK, 1, 1, FULL);
		quiet();
	}
	fire();
}

TEST(rfc4821_large_segments_that_vanish_become_smaller_at_r1)
{
	start(1);
	rig_write(5 * FULL);
	rig_drain();
	reach_r1();
	expect(ACK, 1, 1, 1024);
	CHECK_EQ(rig.e.counts[TOY_CNT_PmtuReductions], 1, "it is counted");
	rx(ACK, 1, 1025);
	expect(ACK, 1025, 1, 1024);
	expect(ACK, 2049, 1, 1024);
	quiet();
}

TEST(rfc4821_what_still_vanishes_is_halved_down_to_512)
{
	start(1);
	rig_write(5 * FULL);
	rig_drain();
	reach_r1();
	expect(ACK, 1, 1, 1024);
	fire();
	expect(ACK, 1, 1, 512);
	fire();
	expect(ACK, 1, 1, 512);
	CHECK_EQ(rig.e.counts[TOY_CNT_PmtuReductions], 2, "twice made smaller");
	rx(ACK, 1, 513);
	expect(ACK, 513, 1, 512);
}

TEST(rfc4821_it_is_the_size_of_what_vanished_that_counts)
{
	u32 i;

	start(1);
	rig_write(700);
	expect(ACK, 1, 1, 700);
	for (i = 0; i < 2; i++) {
		fire();
		expect(ACK, 1, 1, 700);
	}
	fire();
	expect(ACK, 1, 1, 512);
}

TEST(rfc4821_small_segments_that_vanish_say_nothing_of_the_path)
{
	u32 i;

	start(1);
	rig_write(512);
	expect(ACK, 1, 1, 512);
	for (i = 0; i < 6; i++) {
		fire();
		expect(ACK, 1, 1, 512);
	}
	CHECK_EQ(conn->mss, FULL, "the MSS stays");
}

TEST(rfc4821_without_leave_nothing_becomes_smaller)
{
	u32 i;

	start(0);
	rig_write(5 * FULL);
	rig_drain();
	for (i = 0; i < 6; i++) {
		fire();
		expect(ACK, 1, 1, FULL);
	}
}

TEST(rfc4821_an_open_that_waits_long_says_nothing_of_the_path)
{
	u32 i;

	rig_new();
	rig.e.knobs.mtu_probing = 1;
	rig_connect();
	for (i = 0; i < 4; i++) {
		fire();
		expect(SYN, 0, 0, 0);
	}
	rx(SYN | ACK, 0, 1, .mss = FULL, .opts = TOY_OPT_MSS);
	CHECK_EQ(conn->mss, FULL, "the MSS stays");
}

/* The peer has it all. */
static void acked_all(void)
{
	while (rig_una() != rig_nxt() || toy_conn_unsent(conn))
		rx(ACK, 1, rig_nxt());
	rig_drain();
}

/* Data in plenty, and every segment acknowledged in turn until one is longer than @mss; its end. */
static u32 until_probe(u32 mss)
{
	u32 i;

	for (i = 0; i < 200; i++) {
		const struct toy_seg *s;

		if (rig.head == rig.tail)
			rig_write(20 * FULL);
		s = pop();
		if (s->len > mss)
			return s->seq + s->len - RIG_ISS;
		rx(ACK, 1, s->seq + s->len - RIG_ISS);
	}
	CHECK(false, "a larger segment should have been tried");
	return 0;
}

TEST(rfc4821_a_larger_segment_is_tried_and_taken_for_the_size_once_acknowledged)
{
	u32 end;

	start(2);
	CHECK_EQ(conn->mss, 1024, "2: the search starts with the connection");
	end = until_probe(1024);
	CHECK_EQ(conn->mss, 1024, "it is one segment only");
	CHECK_EQ(conn->mtu_probe_len, (1024 + FULL + 1) / 2, "half way to what is hoped for");
	rx(ACK, 1, end);
	CHECK_EQ(conn->mss, (1024 + FULL + 1) / 2, "the path takes it");
	acked_all();
	while (conn->mtu_mss) {
		until_probe(conn->mss);
		acked_all();
	}
	CHECK_EQ(conn->mss, FULL, "and in the end all that was hoped for");
}

TEST(rfc4821_a_larger_segment_that_is_lost_is_no_congestion)
{
	u32 cwnd, told, end, at, i;

	start(2);
	end = until_probe(1024);
	at = end - conn->mtu_probe_len;
	CHECK_EQ(rig_una(), at, "the larger one is the oldest");
	cwnd = conn->cong.cwnd;
	conn->ecn_ok = true;
	told = conn->ecn_end;
	rig_drain();
	for (i = 0; i < 3; i++)
		rx(ACK, 1, at);
	while (rig.sent[rig.head % RIG_SENT_MAX].seg.why != TOY_SENT_FAST)
		pop();		/* limited transmit */
	expect(ACK, at, 1, 1024);
	rig_drain();
	CHECK(conn->in_recovery, "it is repaired");
	CHECK(conn->cong.ssthresh >= cwnd, "nothing is concluded from it");
	CHECK_EQ(conn->ecn_end, told, "and the peer is told of no smaller window");
	rx(ACK, 1, rig_nxt());
	CHECK(!conn->in_recovery, "and that was all");
	CHECK_EQ(conn->mss, 1024, "the size stays");
	CHECK_EQ(conn->mtu_high, (1024 + FULL + 1) / 2 - 1, "and so much is not tried again");
}

TEST(rfc4821_ten_minutes_later_a_size_that_failed_is_tried_again)
{
	u32 end = 0;

	start(2);
	while (!conn->mtu_high || conn->mtu_high - conn->mtu_mss >= 16) {
		end = until_probe(conn->mss);
		fire();		/* lost, and all after it */
		acked_all();
	}
	CHECK(end > 1, "several were tried");
	end = conn->mtu_high;
	rig_write(40 * FULL);
	CHECK_EQ(conn->mtu_probe_len, 0, "none is tried any more");
	acked_all();
	pass(10 * MINUTE);
	until_probe(conn->mss);
	CHECK(conn->mtu_probe_len > end, "the path may have changed");
}
