// SPDX-License-Identifier: GPL-2.0
/*
 * test_window.c - windows in both directions: shrinking, closing, probing, silly windows (RFC 9293
 * section 3.8.6).
 */
#include "rig.h"

TEST(data_keeps_to_the_window_the_peer_offers)
{
	rig_new();
	rig_establish_with(1000, 2500, 0);
	rig_write(10000);
	expect(ACK, 1, 1, 1000);
	expect(ACK, 1001, 1, 1000);
	quiet();
	rx(ACK, 1, 2001, .wnd = 3000);
	expect(ACK, 2001, 1, 1000);
	expect(ACK, 3001, 1, 1000);
	expect(ACK, 4001, 1, 1000);
	quiet();
}

TEST(MUST_34_a_window_that_shrinks_below_what_is_in_flight_does_no_harm)
{
	rig_new();
	rig_establish_with(1000, 10000, 0);
	rig_write(20000);
	CHECK_EQ(rig_nxt(), 10001, "ten segments");
	rig_drain();
	rx(ACK, 1, 1001, .wnd = 2000);	/* 8000 in flight are right of the edge */
	quiet();			/* SHLD-15: no new data */
	rx(ACK, 1, 10001, .wnd = 2000);
	expect(ACK, 10001, 1, 1000);
	expect(ACK, 11001, 1, 1000);
	quiet();
}

TEST(SHLD_16_after_a_shrink_only_what_lies_in_the_window_is_sent_again)
{
	rig_new();
	rig_establish_with(1000, 5000, 0);
	rig_write(5000);
	rig_drain();
	rx(ACK, 1, 1, .wnd = 1500);
	quiet();
	fire();
	expect(ACK, 1, 1, 1000);
	quiet();
	rx(ACK, 1, 1001, .wnd = 500);
	expect(ACK, 1001, 1, 500);
	quiet();
	rx(ACK, 1, 5001, .wnd = 5000);
	CHECK_EQ(rig_una(), 5001, "what was sent before the shrink still counts");
}

TEST(SHLD_17_a_shrunk_window_is_no_reason_to_give_up)
{
	u32 i;

	rig_new();
	rig_establish_with(1000, 5000, 0);
	rig_write(5000);
	rig_drain();
	for (i = 0; i < 40; i++) {
		rx(ACK, 1, 1, .wnd = 0);
		fire();
		rig_drain();
		CHECK(rig.e.kind == END_CONN, "the peer answers, so it lives");
	}
	rx(ACK, 1, 1, .wnd = 5000);
	fire();
	state_is(TOY_ESTABLISHED);
}

TEST(MUST_35_a_window_that_shrinks_to_zero_is_probed)
{
	rig_new();
	rig_establish_with(1000, 5000, 0);
	rig_write(3000);
	rig_drain();
	rx(ACK, 1, 1, .wnd = 0);
	quiet();
	fire();
	CHECK_EQ(rig.e.timers[TOY_TIMER_PERSIST], 1, "by the persist timer");
	expect(ACK, 1, 1, 1);
	quiet();
}

TEST(MUST_36_a_closed_window_is_probed_with_one_byte)
{
	u64 rto;

	rig_new();
	rig_establish_with(1000, 1000, 0);
	rig_write(5000);
	expect(ACK, 1, 1, 1000);
	rx(ACK, 1, 1001, .wnd = 0);
	quiet();
	rto = conn->rto;
	CHECK_EQ(fire(), rto, "SHLD-29: after one RTO");
	expect(ACK, 1001, 1, 1);
	quiet();
	CHECK_EQ(fire(), 2 * rto, "SHLD-30: then twice as much");
	expect(ACK, 1001, 1, 1);
	CHECK_EQ(fire(), 4 * rto, "SHLD-30: and again");
	expect(ACK, 1001, 1, 1);
	CHECK_EQ(rig.e.counts[TOY_CNT_WindowProbes], 3, "they are counted");
	rx(ACK, 1, 1001, .wnd = 5000);
	expect(ACK, 1001, 1, 1);	/* the probe's byte was not taken: it goes again */
	expect(ACK, 1002, 1, 1000);
}

TEST(a_probe_that_the_peer_takes_counts_as_sent)
{
	rig_new();
	rig_establish_with(1000, 1000, 0);
	rig_write(5000);
	expect(ACK, 1, 1, 1000);
	rx(ACK, 1, 1001, .wnd = 0);
	fire();
	expect(ACK, 1001, 1, 1);
	rx(ACK, 1, 1002, .wnd = 0);
	CHECK_EQ(rig_una(), 1002, "SND.UNA");
	fire();
	expect(ACK, 1002, 1, 1);
	rx(ACK, 1, 1003, .wnd = 2000);
	expect(ACK, 1003, 1, 1000);
	expect(ACK, 2003, 1, 1000);
	quiet();
}

TEST(SHLD_30_the_time_between_probes_doubles_also_when_the_peer_takes_them)
{
	u64 rto, wait, last;
	u32 i;

	rig_new();
	rig.e.knobs.timestamps = true;
	rig_establish_with(1000, 988, TOY_OPT_TS);
	rig_write(5000);
	expect(ACK, 1, 1, 988);
	pass(10 * MSEC);
	rx(ACK, 1, 989, .wnd = 0);
	rto = conn->rto;
	last = fire();
	CHECK_EQ(last, rto, "SHLD-29: after one RTO");
	for (i = 0; i < 5; i++) {
		expect(ACK, 989 + i, 1, 1);
		rx(ACK, 1, 990 + i, .wnd = 0);
		quiet();
		wait = fire();
		CHECK_IN(wait, last * 9 / 5, last * 2, "SHLD-30: then twice as much");
		last = wait;
	}
	rx(ACK, 1, 994, .wnd = 2000);
	CHECK_EQ(conn->backoff, 0, "an open window ends it");
}

TEST(MUST_37_a_peer_that_answers_probes_keeps_the_connection)
{
	u32 i;

	rig_new();
	rig_establish_with(1000, 1000, 0);
	rig_write(5000);
	rig_drain();
	rx(ACK, 1, 1001, .wnd = 0);
	for (i = 0; i < 100; i++) {
		fire();
		expect(ACK, 1001, 1, 1);
		rx(ACK, 1, 1001, .wnd = 0);
		quiet();
	}
	state_is(TOY_ESTABLISHED);
	rx(ACK, 1, 1001, .wnd = 3000);
	expect(ACK, 1001, 1, 1);
	expect(ACK, 1002, 1, 1000);
}

TEST(SHLD_30_the_time_between_probes_is_bounded)
{
	u64 gap = 0;
	u32 i;

	rig_new();
	rig_establish_with(1000, 1000, 0);
	rig_write(5000);
	rig_drain();
	rx(ACK, 1, 1001, .wnd = 0);
	for (i = 0; i < 30; i++) {
		u64 last = gap;

		gap = fire();
		CHECK(gap >= last, "it grows");
		CHECK(gap <= rig.e.knobs.rto_max, "up to the largest RTO");
		rig_drain();
		rx(ACK, 1, 1001, .wnd = 0);
	}
	CHECK_EQ(gap, rig.e.knobs.rto_max, "and stays there");
}

TEST(probes_that_nobody_answers_end_the_connection)
{
	u32 n = 0;

	rig_new();
	rig_establish_with(1000, 1000, 0);
	rig_write(5000);
	rig_drain();
	rx(ACK, 1, 1001, .wnd = 0);
	for (; rig.e.kind == END_CONN; n++) {
		CHECK(n < 40, "it ends");
		fire();
		rig_drain();
	}
	CHECK_EQ(rig.e.err, ETIMEDOUT, "R2 holds for probes too");
}

TEST(MUST_38_crumbs_of_a_window_are_not_used)
{
	u32 i;

	rig_new();
	rig_establish_with(1000, 4000, 0);
	rig_write(4000);
	rig_drain();
	rx(ACK, 1, 4001, .wnd = 0);
	rig_write(5000);
	quiet();
	for (i = 1; i < 100; i++) {
		rx(ACK, 1, 4001, .wnd = i);
		quiet();
	}
	rx(ACK, 1, 4001, .wnd = 999);
	quiet();
	rx(ACK, 1, 4001, .wnd = 1000);
	expect(ACK, 4001, 1, 1000);
	quiet();
}

TEST(MUST_38_half_of_the_largest_window_is_enough)
{
	rig_new();
	rig_establish_with(1000, 600, 0);
	rig_write(600);
	rig_drain();
	rx(ACK, 1, 601, .wnd = 299);
	rig_write(5000);
	quiet();
	rx(ACK, 1, 601, .wnd = 300);
	expect(ACK, 601, 1, 300);
	quiet();
}

TEST(MUST_38_the_override_timer_sends_what_the_window_takes)
{
	u64 waited;

	rig_new();
	rig_establish_with(1000, 4000, 0);
	rig_write(4000);
	rig_drain();
	rx(ACK, 1, 4001, .wnd = 0);
	rig_write(5000);
	rx(ACK, 1, 4001, .wnd = 50);
	quiet();
	waited = fire();
	CHECK_IN(waited, 100 * MSEC, 1000 * MSEC, "0.1 to 1 second (section 3.8.6.2.1)");
	expect(ACK, 4001, 1, 50);
	quiet();
}

TEST(MUST_39_a_reader_of_single_bytes_makes_no_silly_window)
{
	const struct toy_seg *s;
	u32 i;

	rig_new();
	rig.e.rcv_limit = 4000;
	rig_establish();
	for (i = 0; i < 4; i++)
		rx(ACK, 1 + 1000 * i, 1, .len = 1000);
	pass(1 * SEC);
	rig_drain();
	CHECK_EQ(conn->rcv_adv, conn->rcv_nxt, "the window is closed");
	for (i = 0; i < 1459; i++)
		end_read(&rig.e, 1);
	quiet();
	rx(ACK, 4001, 1, .len = 1);
	CHECK_EQ(expect(ACK, 1, 4001, 0)->wnd, 0, "nor in an ACK that has another reason");
	end_read(&rig.e, 1);
	s = expect(ACK, 1, 4001, 0);
	CHECK_EQ(s->wnd, 1460, "one full segment at a time");
	quiet();
}

TEST(MUST_39_half_of_a_small_buffer_is_enough)
{
	const struct toy_seg *s;

	rig_new();
	rig.e.rcv_limit = 1000;
	rig_establish();
	rx(ACK, 1, 1, .len = 1000);
	pass(1 * SEC);
	rig_drain();
	end_read(&rig.e, 499);
	quiet();
	end_read(&rig.e, 1);
	s = expect(ACK, 1, 1001, 0);
	CHECK_EQ(s->wnd, 500, "half of it");
}

TEST(a_probe_into_our_closed_window_is_answered)
{
	const struct toy_seg *s;

	rig_new();
	rig.e.rcv_limit = 1000;
	rig_establish();
	rx(ACK, 1, 1, .len = 1000);
	pass(1 * SEC);
	rig_drain();
	rx(ACK, 1001, 1, .len = 1);
	s = expect(ACK, 1, 1001, 0);
	CHECK_EQ(s->wnd, 0, "the window is still closed");
	delivered(1000);
	rx(ACK, 1000, 1, .len = 1);	/* as BSD probes: an old byte */
	expect(ACK, 1, 1001, 0);
	quiet();
}

TEST(MUST_66_rst_and_ack_count_while_our_window_is_closed)
{
	rig_new();
	rig.e.rcv_limit = 1000;
	rig_establish();
	rig_write(100);
	rx(ACK, 1, 1, .len = 1000);
	pass(1 * SEC);
	rig_drain();
	rx(ACK, 1001, 101);
	CHECK_EQ(rig_una(), 101, "an ACK");
	rx(ACK, 1001, 101, .len = 10, .wnd = 3000);
	expect(ACK, 101, 1001, 0);
	CHECK_EQ(conn->snd_wnd, 3000, "a window update on data that is not taken");
	rx(RST, 1001, 0);
	state_is(TOY_CLOSED);
	CHECK_EQ(rig.e.err, ECONNRESET, "a reset");
}

TEST(an_ack_from_a_peer_that_has_filled_our_window_counts)
{
	rig_new();
	rig.e.rcv_limit = 1000;
	rig_establish();
	rig_write(500);
	expect(ACK, 1, 1, 500);
	rx(ACK, 501, 501, .len = 500);	/* the first half is lost: RCV.NXT stays */
	rx(ACK, 1001, 501, .wnd = 77);	/* at RCV.NXT + RCV.WND */
	CHECK_EQ(rig_una(), 501, "its ACK field counts");
	CHECK_EQ(conn->snd_wnd, 77, "and its window");
	rig_drain();
	rx(ACK, 1002, 501, .wnd = 78);
	expect(ACK, 501, 1, 0);
	CHECK_EQ(conn->snd_wnd, 77, "one farther is out of the window");
	rx(RST, 1001, 0);
	quiet();
	state_is(TOY_ESTABLISHED);
	rx(FIN | ACK, 1001, 501);
	expect(ACK, 501, 1, 0);
	state_is(TOY_ESTABLISHED);
}

TEST(SHLD_14_a_smaller_buffer_does_not_take_back_what_was_offered)
{
	rig_new();
	rig.e.rcv_limit = 10000;
	rig_establish();
	toy_conn_set_rcv_limit(conn, 100, rig.now);
	end_event(&rig.e);
	rig.e.rcv_limit = 10000;
	rx(ACK, 1, 1, .len = 1000);
	rx(ACK, 1001, 1, .len = 9000);
	rig_drain();
	delivered(10000);
}

TEST(a_larger_buffer_opens_the_window)
{
	const struct toy_seg *s;

	rig_new();
	rig.e.rcv_limit = 2000;
	rig_establish();
	rx(ACK, 1, 1, .len = 2000);
	rig_drain();
	rig.e.rcv_limit = 8000;
	toy_conn_set_rcv_limit(conn, 8000, rig.now);
	end_event(&rig.e);
	s = expect(ACK, 1, 2001, 0);
	CHECK_EQ(s->wnd, 6000, "by what was added");
	quiet();
}

TEST(the_window_is_taken_from_newer_segments_only)
{
	rig_new();
	rig_establish();
	rx(ACK, 101, 1, .wnd = 5000);
	CHECK_EQ(conn->snd_wnd, 5000, "a higher number is newer (WL1)");
	rx(ACK, 51, 1, .wnd = 6000);
	CHECK_EQ(conn->snd_wnd, 5000, "a lower number is older");
	rig_write(200);
	rx(ACK, 101, 101, .wnd = 4000);
	CHECK_EQ(conn->snd_wnd, 4000, "the same number with a higher ACK is newer (WL2)");
	rx(ACK, 101, 51, .wnd = 7000);
	CHECK_EQ(conn->snd_wnd, 4000, "with a lower ACK it is older");
	rig_drain();
}

TEST(an_ack_of_more_brings_its_window_whatever_its_number)
{
	rig_new();
	rig_establish_with(1000, 1000, 0);
	rig_write(3000);
	expect(ACK, 1, 1, 1000);
	rx(ACK, 5001, 1, .len = 100, .wnd = 1000);	/* came before its turn: WL1 is high */
	rig_drain();
	rx(ACK, 1, 1001, .len = 100, .wnd = 0);
	CHECK_EQ(conn->snd_wnd, 0, "or SND.UNA would carry the old window to the right");
	CHECK_EQ(rig_nxt(), 1001, "and data would leave beyond every edge the peer told");
}

TEST(a_window_that_cannot_be_told_is_not_updated)
{
	u32 i;

	rig_new();
	rig.e.rcv_limit = 1 << 20;	/* and no window scaling */
	rig_establish();
	rx(ACK, 1, 1, .len = 1000);
	rig_drain();
	for (i = 0; i < 100; i++)
		end_read(&rig.e, 10);
	quiet();
}

TEST(rfc7323_rounding_does_not_let_the_window_creep_beyond_the_buffer)
{
	u32 at = 1;

	rig_new();
	rig.e.knobs.window_scaling = true;
	rig.e.rcv_limit = 64 << 20;
	end_connect(&rig.e);
	expect(SYN, 0, 0, 0);
	rx(SYN | ACK, 0, 1, .wscale = 0, .opts = TOY_OPT_WSCALE);
	CHECK_EQ(conn->rcv_wscale, 11, "steps of 2048");
	rig_new();
	rig.e.knobs.window_scaling = true;
	rig.e.rcv_limit = 64 << 20;
	end_connect(&rig.e);
	toy_conn_set_rcv_limit(conn, 70000, rig.now);
	rig.e.rcv_limit = 70000;
	expect(SYN, 0, 0, 0);
	rx(SYN | ACK, 0, 1, .wscale = 0, .opts = TOY_OPT_WSCALE);
	while (at < 200000 && seq_lt(conn->rcv_nxt, conn->rcv_adv)) {
		u32 len = min(100, conn->rcv_adv - conn->rcv_nxt);

		rx(ACK, at, 1, .len = len);
		at += len;
		rig_drain();
	}
	CHECK_IN(rig.e.in_len, 65535, 70000 + 2048, "a reader who stalls is sent its buffer");
}

TEST(a_buffer_smaller_than_a_step_of_the_shift_still_opens)
{
	const struct toy_seg *s;

	rig_new();
	rig.e.knobs.window_scaling = true;
	rig.e.rcv_limit = 64 << 20;
	end_connect(&rig.e);
	toy_conn_set_rcv_limit(conn, 1000, rig.now);
	expect(SYN, 0, 0, 0);
	rx(SYN | ACK, 0, 1, .wscale = 0, .opts = TOY_OPT_WSCALE);
	rx(ACK, 1, 1, .len = 1000);
	end_read(&rig.e, 1000);
	rig_drain();
	rx(ACK, 1, 1, .len = 1);
	s = expect(ACK, 1, 1001, 0);
	CHECK(s->wnd > 0, "or nothing would ever come");
}

TEST(REC_1_windows_beyond_sixteen_bits_are_used)
{
	rig_new();
	rig.e.knobs.window_scaling = true;
	rig.e.knobs.init_cwnd = 200;
	end_connect(&rig.e);
	expect(SYN, 0, 0, 0);
	rx(SYN | ACK, 0, 1, .wscale = 14, .mss = 1000, .opts = TOY_OPT_WSCALE | TOY_OPT_MSS);
	expect(ACK, 1, 1, 0);
	rx(ACK, 1, 1, .wnd = 65535);
	CHECK_EQ(conn->snd_wnd, 65535U << 14, "a gigabyte");
	rig_write(150000);
	CHECK_EQ(rig_nxt(), 150001, "all of it is in flight");
	rig_drain();
}

TEST(SHLD_15_beyond_a_shrunk_window_nothing_new_is_sent)
{
	rig_new();
	rig_establish_with(1000, 5000, 0);
	rig_write(5000);
	rig_drain();
	rx(ACK, 1, 1001, .wnd = 3000);	/* the edge moved from 5001 to 4001 */
	rig_write(5000);
	quiet();
	rx(ACK, 1, 2001, .wnd = 3000);	/* and is back */
	quiet();
	rx(ACK, 1, 3001, .wnd = 3000);
	expect(ACK, 5001, 1, 1000);
	quiet();
}

TEST(SHLD_29_the_first_probe_comes_after_one_rto_of_closed_window)
{
	u64 closed;

	rig_new();
	rig_establish_with(1000, 1000, 0);
	rig_write(1000);
	rig_drain();
	pass(100 * MSEC);
	rx(ACK, 1, 1001, .wnd = 0);
	pass(1 * HOUR);
	quiet();			/* nothing waits: no probe */
	rig_write(1);
	closed = rig.now;
	fire();
	expect(ACK, 1001, 1, 1);
	CHECK_EQ(rig_sent_at() - closed, conn->rto, "one RTO after something waits");
}

/* Its window probe was taken, and it does not know: to refuse it may be a deadlock. */
TEST(MUST_66_an_ack_from_the_number_before_rcv_nxt_is_answered_and_counts)
{
	rig_new();
	rig_establish();
	rig_write(10);
	rig_drain();
	rx(ACK, 1, 1, .len = 5);
	rig_drain();
	rx(ACK, 5, 11);
	CHECK_EQ(conn->snd_una, conn->snd_nxt, "the ACK field is taken");
	expect(ACK, 11, 6, 0);
}
