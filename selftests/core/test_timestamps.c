// SPDX-License-Identifier: GPL-2.0
/*
 * test_timestamps.c - timestamps and PAWS (RFC 7323 sections 3 to 5).
 */
#include "rig.h"

/* Both sides have timestamps; the peer's clock stands at @rig.tsval. */
static void stamped(void)
{
	rig_new();
	rig.e.knobs.timestamps = true;
	rig.e.ts_offset = 0xfffffff0u - 1000000;	/* wraps at once */
	rig_establish_with(1000, RIG_WND, TOY_OPT_TS);
	CHECK(conn->ts_ok, "both offered them");
}

TEST(rfc7323_timestamps_need_both_sides)
{
	const struct toy_seg *s;

	rig_new();
	rig.e.knobs.timestamps = true;
	end_connect(&rig.e);
	s = expect(SYN, 0, 0, 0);
	CHECK(s->opts & TOY_OPT_TS, "SYN offers them");
	CHECK_EQ(s->tsecr, 0, "with nothing to echo");
	rx(SYN | ACK, 0, 1);
	s = expect(ACK, 1, 1, 0);
	CHECK(!(s->opts & TOY_OPT_TS), "the peer did not");
	rx(ACK, 1, 1, .len = 10, .opts = TOY_OPT_TS, .tsval = 1);
	acked(11);
}

TEST(rfc7323_once_agreed_they_stand_on_every_segment)
{
	u32 i;

	stamped();
	rig_write(2500);
	end_shutdown(&rig.e);
	for (i = 0; i < 4; i++)
		CHECK(pop()->opts & TOY_OPT_TS, "data and FIN");
	quiet();
	rx(ACK, 1, 1, .len = 10);
	fire();
	CHECK(pop()->opts & TOY_OPT_TS, "ACK");
	end_abort(&rig.e);
	CHECK(pop()->opts & TOY_OPT_TS, "RST should");
}

TEST(rfc7323_a_segment_without_them_is_dropped_silently)
{
	stamped();
	rx(ACK, 1, 1, .len = 10, .no_ts = true);
	quiet();
	delivered(0);
	CHECK_EQ(rig.e.drop, TOY_DROP_NO_TIMESTAMP, "the reason is named");
	state_is(TOY_ESTABLISHED);
	rx(RST, 1, 0, .no_ts = true);
	state_is(TOY_CLOSED);
}

TEST(rfc5961_a_syn_without_agreed_timestamps_draws_a_challenge_ack)
{
	stamped();
	rx(SYN, 100000, 0, .no_ts = true);	/* the peer has rebooted */
	expect(ACK, 1, 1, 0);
	CHECK_EQ(rig.e.drop, TOY_DROP_SYN_SYNCED, "the reason is named");
	rx(RST, 1, 0, .no_ts = true);		/* and knows nothing of this connection */
	state_is(TOY_CLOSED);

	rig_new();
	rig.e.knobs.timestamps = true;
	rig_listen();
	rx(SYN, 0, 0, .opts = TOY_OPT_TS, .tsval = 1000);
	expect(SYN | ACK, 0, 1, 0);
	rx(SYN, 1000000, 0);
	expect(ACK, 1, 1, 0);
	rx(SYN, 100, 0);
	quiet();
	state_is(TOY_LISTEN);
}

TEST(rfc7323_the_clock_ticks_once_a_millisecond)
{
	u32 first, second;

	stamped();
	conn->knobs.nodelay = true;
	rig_write(1);
	first = expect(ACK, 1, 1, 1)->tsval;
	pass(10 * MSEC);
	rig_write(1);
	second = expect(ACK, 2, 1, 1)->tsval;
	CHECK_EQ(second - first, 10, "ten");
}

TEST(rfc7323_what_is_echoed_is_the_timestamp_of_the_oldest_segment_not_yet_acknowledged)
{
	u32 base;

	stamped();
	base = rig.tsval;
	conn->quick_acks = 0;
	conn->rcv_mss = 1460;
	rig.tsval = base + 1;
	rx(ACK, 1, 1, .len = 100);
	rig.tsval = base + 2;
	rx(ACK, 101, 1, .len = 100);
	quiet();
	pass(500 * MSEC);
	CHECK_EQ(expect(ACK, 1, 201, 0)->tsecr, base + 1, "a delayed ACK echoes the first");
	rig.tsval = base + 3;
	rx(ACK, 301, 1, .len = 100);
	CHECK_EQ(expect(ACK, 1, 201, 0)->tsecr, base + 1, "one out of order is not echoed");
	rig.tsval = base + 4;
	rx(ACK, 201, 1, .len = 100);
	CHECK_EQ(expect(ACK, 1, 401, 0)->tsecr, base + 4, "the one that fills the hole is");
}

TEST(rfc7323_paws_a_stale_timestamp_is_acknowledged_and_dropped)
{
	u32 base;

	stamped();
	base = rig.tsval;
	rig.tsval = base + 100;
	rx(ACK, 1, 1, .len = 10);
	acked(11);
	rx(ACK, 11, 1, .len = 10, .opts = TOY_OPT_TS, .tsval = base + 99);
	expect(ACK, 1, 11, 0);
	delivered(10);
	CHECK_EQ(rig.e.drop, TOY_DROP_PAWS, "the reason is named");
	CHECK_EQ(rig.e.counts[TOY_CNT_PawsDrops], 1, "and counted");
	CHECK_EQ(conn->ts_recent, base + 100, "TS.Recent stays");
	rx(ACK, 11, 1, .len = 10, .opts = TOY_OPT_TS, .tsval = base + 100);
	acked(21);
	delivered(20);
}

TEST(rfc7323_paws_compares_on_the_circle)
{
	stamped();
	rx(ACK, 1, 1, .len = 10, .opts = TOY_OPT_TS, .tsval = 0xffffffff);
	acked(11);
	rx(ACK, 11, 1, .len = 10, .opts = TOY_OPT_TS, .tsval = 3);
	acked(21);
	delivered(20);
	rx(ACK, 21, 1, .len = 10, .opts = TOY_OPT_TS, .tsval = 0xffffffff);
	expect(ACK, 1, 21, 0);
	delivered(20);
}

TEST(rfc7323_a_reset_is_exempt_from_paws_and_leaves_ts_recent_alone)
{
	u32 recent;

	stamped();
	rx(ACK, 1, 1, .len = 10, .opts = TOY_OPT_TS, .tsval = rig.tsval + 100);
	rig_drain();
	recent = conn->ts_recent;
	rx(RST, 12, 0, .opts = TOY_OPT_TS, .tsval = recent + 50);
	CHECK_EQ(conn->ts_recent, recent, "TS.Recent stays");
	rx(RST, 11, 0, .opts = TOY_OPT_TS, .tsval = recent - 50);
	state_is(TOY_CLOSED);
}

TEST(rfc7323_ts_recent_is_taken_from_acceptable_segments_only)
{
	u32 recent;

	stamped();
	recent = conn->ts_recent;
	rx(ACK, 1 + 70000, 1, .len = 10, .opts = TOY_OPT_TS, .tsval = recent + 1000);
	rig_drain();
	CHECK_EQ(conn->ts_recent, recent, "not from beyond the window");
	rx(ACK, 100, 1, .len = 10, .opts = TOY_OPT_TS, .tsval = recent + 1000);
	rig_drain();
	CHECK_EQ(conn->ts_recent, recent, "not from beyond a hole");
	rx(ACK, 1, 1, .len = 10, .opts = TOY_OPT_TS, .tsval = recent + 5);
	CHECK_EQ(conn->ts_recent, recent + 5, "from the next one");
	rig_drain();
}

TEST(rfc7323_after_24_days_ts_recent_is_invalid)
{
	u32 recent;

	stamped();
	recent = conn->ts_recent;
	pass(23 * 24 * HOUR);
	rx(ACK, 1, 1, .len = 10, .opts = TOY_OPT_TS, .tsval = recent - 1);
	expect(ACK, 1, 1, 0);
	delivered(0);
	pass(1 * 24 * HOUR + 2 * SEC);
	rx(ACK, 1, 1, .len = 10, .opts = TOY_OPT_TS, .tsval = recent - 1);
	acked(11);
	delivered(10);
	CHECK_EQ(conn->ts_recent, recent - 1, "a new beginning");
}

TEST(a_half_open_connection_asks_for_timestamps_and_checks_them)
{
	rig_new();
	rig.e.knobs.timestamps = true;
	rig_listen();
	rx(SYN, 0, 0, .opts = TOY_OPT_TS, .tsval = 1000);
	CHECK_EQ(expect(SYN | ACK, 0, 1, 0)->tsecr, 1000, "the echo");
	rx(ACK, 1, 1);
	quiet();
	state_is(TOY_SYN_RECEIVED);
	rx(ACK, 1, 1, .opts = TOY_OPT_TS, .tsval = 999);
	CHECK_EQ(expect(ACK, 1, 1, 0)->tsecr, 1000, "a stale one is answered");
	state_is(TOY_SYN_RECEIVED);
	rx(ACK, 1, 1, .opts = TOY_OPT_TS, .tsval = 1001);
	quiet();
	state_is(TOY_ESTABLISHED);
}
