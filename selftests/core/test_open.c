// SPDX-License-Identifier: GPL-2.0
/*
 * test_open.c - how connections begin: active, passive, simultaneous, and what the SYNs agree on
 * (RFC 9293 sections 3.5 and 3.7.1, RFC 7323 section 2).
 */
#include "rig.h"

TEST(an_active_open_is_syn_synack_ack)
{
	rig_new();
	rig_connect();
	rx(SYN | ACK, 0, 1, .mss = 1460, .opts = TOY_OPT_MSS);
	expect(ACK, 1, 1, 0);
	quiet();
	state_is(TOY_ESTABLISHED);
	CHECK(rig.e.opened, "the user is told");
	CHECK_EQ(rig.e.history[0].why, TOY_WHY_ACTIVE_OPEN, "why SYN-SENT");
	CHECK_EQ(rig.e.history[1].why, TOY_WHY_RCVD_SYNACK, "why ESTABLISHED");
	CHECK_EQ(rig.e.counts[TOY_CNT_ActiveOpens], 1, "it is counted");
	CHECK_EQ(rig.e.counts[TOY_CNT_PassiveOpens], 0, "once");
}

TEST(a_passive_open_is_syn_synack_ack)
{
	rig_new();
	rig_accept();
	CHECK(rig.e.opened, "the user is told");
	CHECK_EQ(rig.e.counts[TOY_CNT_PassiveOpens], 1, "it is counted");
	CHECK(conn->passive, "and remembered (MUST-11)");
	rx(ACK, 1, 1, .len = 10);
	acked(11);
	delivered(10);
}

TEST(MUST_10_simultaneous_open_ends_in_one_connection)
{
	rig_new();
	rig_connect();
	rx(SYN, 0, 0, .mss = 1000, .opts = TOY_OPT_MSS);
	expect(SYN | ACK, 0, 1, 0);
	quiet();
	state_is(TOY_SYN_RECEIVED);
	CHECK_EQ(rig.e.history[1].why, TOY_WHY_SIMULTANEOUS_SYN, "the reason");
	rx(SYN | ACK, 0, 1, .mss = 1000, .opts = TOY_OPT_MSS);
	expect(ACK, 1, 1, 0);	/* the peer's SYN,ACK lies before the window: it is acknowledged */
	rx(ACK, 1, 1);
	quiet();
	state_is(TOY_ESTABLISHED);
	rig_write(10);
	expect(ACK, 1, 1, 10);
	rx(ACK, 1, 11, .len = 5);
	acked(6);
	delivered(5);
}

TEST(MUST_10_a_simultaneous_open_whose_synack_is_lost_sends_it_again)
{
	rig_new();
	rig_enter(TOY_SYN_RECEIVED);
	CHECK_EQ(fire(), 1 * SEC, "after the first timeout");
	expect(SYN | ACK, 0, 1, 0);
	CHECK_EQ(fire(), 2 * SEC, "and twice as much");
	expect(SYN | ACK, 0, 1, 0);
	quiet();
	rx(ACK, 1, 1);
	state_is(TOY_ESTABLISHED);
}

TEST(MUST_11_a_reset_in_syn_received_returns_to_listen_or_refuses_by_who_opened)
{
	rig_new();
	rig_half_open();
	rx(RST, 1, 0);
	quiet();
	state_is(TOY_LISTEN);
	CHECK_EQ(rig.e.err, 0, "nobody hears of it");
	rig_new();
	rig_enter(TOY_SYN_RECEIVED);
	rx(RST, 1, 0);
	quiet();
	state_is(TOY_CLOSED);
	CHECK_EQ(rig.e.err, ECONNREFUSED, "the user was refused");
}

TEST(the_syn_of_a_half_open_connection_again_draws_its_synack_again)
{
	rig_new();
	rig_half_open();
	rx(SYN, 0, 0, .mss = 1460, .opts = TOY_OPT_MSS);
	expect(SYN | ACK, 0, 1, 0);
	quiet();
	state_is(TOY_SYN_RECEIVED);
	rx(SYN, 40000, 0);	/* another one, in the window */
	quiet();
	state_is(TOY_LISTEN);
	rig_new();
	rig_half_open();
	rx(SYN, 100000, 0);	/* another one, outside */
	expect(ACK, 1, 1, 0);
	quiet();
	state_is(TOY_SYN_RECEIVED);
}

TEST(the_ack_of_a_half_open_connection_may_bring_data_and_fin)
{
	rig_new();
	rig_half_open();
	rx(FIN | ACK, 1, 1, .len = 20);
	expect(ACK, 1, 22, 0);
	quiet();
	delivered(20);
	CHECK(rig.e.eof, "the end of the stream is seen");
	state_is(TOY_CLOSE_WAIT);
}

TEST(a_half_open_connection_opens_by_data_out_of_order_too)
{
	rig_new();
	rig_half_open();
	rx(ACK, 11, 1, .len = 10);
	expect(ACK, 1, 1, 0);
	state_is(TOY_ESTABLISHED);
	rx(ACK, 1, 1, .len = 10);
	acked(21);
	delivered(20);
}

TEST(a_synack_with_data_delivers_it_and_a_syn_without_ack_does_not)
{
	rig_new();
	rig_connect();
	rx(SYN | ACK, 0, 1, .len = 9);
	expect(ACK, 1, 10, 0);
	quiet();
	delivered(9);
	rig_new();
	rig_connect();
	rx(SYN, 0, 0, .len = 7, .mss = 500, .opts = TOY_OPT_MSS);
	expect(SYN | ACK, 0, 1, 0);
	quiet();
	delivered(0);
	rx(ACK, 1, 1, .len = 7);
	acked(8);
	delivered(7);
	rig_new();
	rig_connect();
	rx(SYN | FIN | ACK, 0, 1, .len = 9);
	expect(ACK, 1, 11, 0);
	delivered(9);
	state_is(TOY_CLOSE_WAIT);
}

TEST(a_synack_that_acknowledges_a_range_is_taken_and_one_outside_is_reset)
{
	rig_new();
	rig_connect();
	rx(SYN | ACK, 0, 0);
	expect(RST, 0, 0, 0);
	rx(SYN | ACK, 0, 2);
	expect(RST, 2, 0, 0);
	quiet();
	state_is(TOY_SYN_SENT);
	rx(SYN | ACK, 0, 1);
	expect(ACK, 1, 1, 0);
	state_is(TOY_ESTABLISHED);
}

TEST(MUST_14_syn_and_synack_carry_mss)
{
	const struct toy_seg *s;

	rig_new();
	rig.e.path_mss = 1440;
	end_connect(&rig.e);
	s = expect(SYN, 0, 0, 0);
	CHECK(s->opts & TOY_OPT_MSS, "SYN has it");
	CHECK_EQ(s->mss, 1440, "what the path takes (MUST-67)");
	rig_new();
	rig.e.path_mss = 8960;
	rig_listen();
	rx(SYN, 0, 0);
	s = expect(SYN | ACK, 0, 1, 0);
	CHECK(s->opts & TOY_OPT_MSS, "SYN,ACK has it");
	CHECK_EQ(s->mss, 8960, "what the path takes (MUST-67)");
}

TEST(MUST_14_the_peers_mss_limits_segments)
{
	rig_new();
	rig_establish_with(600, RIG_WND, 0);
	rig_write(1500);
	expect(ACK, 1, 1, 600);
	expect(ACK, 601, 1, 600);
	rig_drain();
	rig_new();
	rig_listen();
	rx(SYN, 0, 0, .mss = 600, .opts = TOY_OPT_MSS);
	expect(SYN | ACK, 0, 1, 0);
	rx(ACK, 1, 1);
	rig_write(1200);
	expect(ACK, 1, 1, 600);
	expect(ACK, 601, 1, 600);
}

TEST(MUST_15_without_an_mss_option_536_is_assumed)
{
	rig_new();
	rig_connect();
	rx(SYN | ACK, 0, 1);
	expect(ACK, 1, 1, 0);
	rig_write(2000);
	expect(ACK, 1, 1, 536);
	rig_new();
	rig_listen();
	rx(SYN, 0, 0);
	expect(SYN | ACK, 0, 1, 0);
	rx(ACK, 1, 1);
	rig_write(2000);
	expect(ACK, 1, 1, 536);
}

TEST(MUST_16_options_and_the_path_are_taken_off_the_segment_size)
{
	rig_new();
	rig.e.knobs.timestamps = true;
	rig_establish_with(1460, RIG_WND, TOY_OPT_TS);
	rig_write(3000);
	expect(ACK, 1, 1, 1448);
	rig_new();
	rig.e.path_mss = 500;
	rig_establish_with(1460, RIG_WND, 0);
	rig_write(3000);
	expect(ACK, 1, 1, 500);
}

TEST(a_peer_that_names_a_tiny_mss_is_not_believed)
{
	rig_new();
	rig_connect();
	rx(SYN | ACK, 0, 1, .mss = 1, .opts = TOY_OPT_MSS);
	expect(ACK, 1, 1, 0);
	CHECK_IN(conn->mss, 40, 100, "a floor keeps segments from being all header");
}

TEST(MUST_22_an_unanswered_syn_is_sent_again_with_backoff_and_given_up_at_r2)
{
	u64 gaps[16];
	u32 n = 0;

	rig_new();
	rig_connect();
	while (rig.e.kind == END_CONN) {
		CHECK(n < 16, "it ends");
		gaps[n++] = fire();
		if (rig.e.kind == END_CONN)
			expect(SYN, 0, 0, 0);
		quiet();
	}
	CHECK_EQ(n, rig.e.knobs.syn_retries + 1U, "so many times, and a last wait");
	CHECK_EQ(gaps[0], 1 * SEC, "RFC 6298 (2.1)");
	while (--n)
		CHECK(gaps[n] == 2 * gaps[n - 1] || gaps[n] == rig.e.knobs.rto_max, "it doubles");
	CHECK_EQ(rig.e.err, ETIMEDOUT, "the user is told");
	state_is(TOY_CLOSED);
	CHECK_EQ(rig.e.advised, 1, "IP was told once, at R1");
}

TEST(MUST_23_r2_for_syn_is_at_least_three_minutes)
{
	u64 start;

	rig_new();
	rig_connect();
	start = rig.now;
	while (rig.e.kind == END_CONN)
		fire();
	CHECK(rig.now - start >= 3 * MINUTE, "by default it is tried for three minutes");
}

TEST(MUST_22_an_unanswered_synack_is_sent_again_and_given_up)
{
	u64 gap = 0, last;
	u32 n = 0;

	rig_new();
	rig_half_open();
	for (;;) {
		last = gap;
		gap = fire();
		if (rig.e.kind == END_NOTHING)
			break;
		CHECK(!last || gap == 2 * last, "the wait doubles");
		expect(SYN | ACK, 0, 1, 0);
		n++;
	}
	CHECK_EQ(n, rig.e.knobs.synack_retries, "R2 of SYN,ACK");
	quiet();
	state_is(TOY_LISTEN);
}

TEST(rfc6298_after_a_lost_syn_the_timeout_of_data_is_three_seconds)
{
	rig_new();
	rig_connect();
	fire();
	expect(SYN, 0, 0, 0);
	pass(100 * MSEC);
	rx(SYN | ACK, 0, 1, .mss = 1000, .opts = TOY_OPT_MSS);
	expect(ACK, 1, 1, 0);
	CHECK_EQ(conn->srtt, 0, "no sample was taken (Karn)");
	rig_write(10);
	expect(ACK, 1, 1, 10);
	CHECK_EQ(fire(), 3 * SEC, "section 5.7");
	expect(ACK, 1, 1, 10);
}

TEST(rfc5681_after_a_lost_syn_the_initial_window_is_one_segment)
{
	rig_new();
	rig_connect();
	fire();
	expect(SYN, 0, 0, 0);
	rx(SYN | ACK, 0, 1, .mss = 1000, .opts = TOY_OPT_MSS);
	expect(ACK, 1, 1, 0);
	rig_write(5000);
	expect(ACK, 1, 1, 1000);
	quiet();
}

TEST(rfc7323_window_scaling_needs_both_sides)
{
	const struct toy_seg *s;

	rig_new();
	rig.e.knobs.window_scaling = true;
	rig.e.rcv_limit = 1 << 20;
	end_connect(&rig.e);
	s = expect(SYN, 0, 0, 0);
	CHECK(s->opts & TOY_OPT_WSCALE, "it is offered");
	CHECK_EQ(s->wscale, 5, "the smallest shift that tells a megabyte");
	CHECK_EQ(s->wnd, 65535, "the window of SYN is not scaled");
	rx(SYN | ACK, 0, 1, .wnd = 1000, .wscale = 7, .mss = 1000,
	   .opts = TOY_OPT_WSCALE | TOY_OPT_MSS);
	s = expect(ACK, 1, 1, 0);
	CHECK_EQ(conn->snd_wnd, 1000, "nor that of SYN,ACK");
	CHECK_IN((u32)s->wnd << 5, (1 << 20) - 32, 1 << 20, "ours is, from now on");
	rx(ACK, 1, 1, .wnd = 1000);
	CHECK_EQ(conn->snd_wnd, 128000, "and so is the peer's");

	rig_new();
	rig.e.knobs.window_scaling = true;
	rig.e.rcv_limit = 1 << 20;
	end_connect(&rig.e);
	expect(SYN, 0, 0, 0);
	rx(SYN | ACK, 0, 1, .wnd = 1000, .mss = 1000, .opts = TOY_OPT_MSS);
	s = expect(ACK, 1, 1, 0);
	CHECK_EQ(s->wnd, 65535, "a peer that does not offer it sees no scaled window");
	rx(ACK, 1, 1, .wnd = 1000);
	CHECK_EQ(conn->snd_wnd, 1000, "and its own are what they are");
}

TEST(rfc7323_a_listener_answers_options_with_options_and_offers_none_by_itself)
{
	const struct toy_seg *s;

	rig_new();
	rig.e.knobs.window_scaling = true;
	rig.e.knobs.timestamps = true;
	rig.e.knobs.sack = true;
	rig.e.rcv_limit = 1 << 20;
	rig_listen();
	rx(SYN, 0, 0);
	s = expect(SYN | ACK, 0, 1, 0);
	CHECK_EQ(s->opts, TOY_OPT_MSS, "a plain SYN gets MSS only");
	rx(RST, 1, 0);
	rig.ts = true;
	rx(SYN, 0, 0, .wscale = 3, .tsval = 77, .wnd = 500,
	   .opts = TOY_OPT_WSCALE | TOY_OPT_TS | TOY_OPT_SACKOK);
	s = expect(SYN | ACK, 0, 1, 0);
	CHECK_EQ(s->opts, TOY_OPT_MSS | TOY_OPT_WSCALE | TOY_OPT_TS | TOY_OPT_SACKOK,
		 "a SYN with all gets all");
	CHECK_EQ(s->tsecr, 77, "with its timestamp");
	CHECK_EQ(s->wnd, 65535, "and a window that is not scaled");
	rig.tsval = 80;
	rx(ACK, 1, 1, .wnd = 500);
	state_is(TOY_ESTABLISHED);
	CHECK_EQ(conn->snd_wnd, 4000, "the peer's shift counts from the ACK on");
	CHECK(conn->ts_ok && conn->sack_ok, "the others are agreed on");
}

TEST(knobs_that_are_off_offer_and_answer_nothing)
{
	const struct toy_seg *s;

	rig_new();
	end_connect(&rig.e);
	s = expect(SYN, 0, 0, 0);
	CHECK_EQ(s->opts, TOY_OPT_MSS, "SYN has MSS only");
	rx(SYN | ACK, 0, 1, .wscale = 7, .tsval = 5,
	   .opts = TOY_OPT_WSCALE | TOY_OPT_TS | TOY_OPT_SACKOK);
	expect(ACK, 1, 1, 0);
	CHECK(!conn->ts_ok && !conn->sack_ok && !conn->snd_wscale, "what we did not offer is off");
}

TEST(a_hard_icmp_error_ends_an_open_and_a_soft_one_does_not)
{
	rig_new();
	rig_connect();
	end_unreachable(&rig.e, EHOSTUNREACH, false);
	state_is(TOY_SYN_SENT);
	CHECK_EQ(rig.e.soft_err, EHOSTUNREACH, "the user can ask (MUST-47, SHLD-25)");
	CHECK_EQ(rig.e.err, 0, "but is not told");
	end_unreachable(&rig.e, ECONNREFUSED, true);
	state_is(TOY_CLOSED);
	CHECK_EQ(rig.e.err, ECONNREFUSED, "a hard one ends it (SHLD-26)");
	quiet();
}

TEST(a_timeout_after_a_soft_error_tells_that_error)
{
	rig_new();
	rig_connect();
	end_unreachable(&rig.e, ENETUNREACH, false);
	while (rig.e.kind == END_CONN)
		fire();
	CHECK_EQ(rig.e.err, ENETUNREACH, "what the network said last");
}

TEST(data_written_before_the_handshake_ends_leaves_right_after_it)
{
	rig_new();
	rig_connect();
	rig_write(100);
	quiet();
	rx(SYN | ACK, 0, 1, .mss = 1000, .opts = TOY_OPT_MSS);
	expect(ACK, 1, 1, 100);
	quiet();
}

TEST(a_syn_is_timed_and_gives_the_first_round_trip_time)
{
	rig_new();
	rig_connect();
	pass(123 * MSEC);
	rx(SYN | ACK, 0, 1);
	expect(ACK, 1, 1, 0);
	CHECK_EQ(conn->srtt, 123 * MSEC, "SRTT = R (RFC 6298 (2.2))");
	CHECK_EQ(conn->rttvar, 123 * MSEC / 2, "RTTVAR = R/2");
	CHECK_EQ(conn->rto, 369 * MSEC, "RTO = SRTT + 4 RTTVAR");
}

TEST(MUST_67_the_mss_offered_is_what_the_path_takes_without_the_fixed_header)
{
	static const u16 sizes[] = { 536, 1220, 1440, 1460, 8960, 65495 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		rig_new();
		rig.e.knobs.timestamps = true;	/* options are not taken off (RFC 6691) */
		rig.e.path_mss = sizes[i];
		end_connect(&rig.e);
		CHECK_EQ(expect(SYN, 0, 0, 0)->mss, sizes[i], "MMS_R - 20");
	}
}

TEST(a_syn_that_was_due_again_when_its_answer_came_is_not_sent_as_data)
{
	rig_new();
	rig_connect();
	rig.e.busy = true;	/* timer and answer come before anything can be sent */
	fire();
	rx(SYN | ACK, 0, 1);
	rig.e.busy = false;
	end_event(&rig.e);
	expect(ACK, 1, 1, 0);
	quiet();
	rig_write(10);
	expect(ACK, 1, 1, 10);
	quiet();
}

TEST(SHLD_5_and_MAY_3_every_syn_carries_mss_again_and_again)
{
	u32 i;

	rig_new();
	end_connect(&rig.e);
	for (i = 0; i < 4; i++) {
		CHECK(expect(SYN, 0, 0, 0)->opts & TOY_OPT_MSS, "MSS");
		fire();
	}
}
