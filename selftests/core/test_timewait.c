// SPDX-License-Identifier: GPL-2.0
/*
 * test_timewait.c - 2MSL, and what may end or restart it (RFC 9293 section 3.6.1, RFC 1337, RFC
 * 6191).
 */
#include "rig.h"

static u64 msl2(void)
{
	return 2 * rig.e.msl;
}

TEST(MUST_13_active_closer_stays_two_msl_in_time_wait)
{
	rig_new();
	rig_enter(TOY_TIME_WAIT);
	pass(msl2() - 1);
	state_is(TOY_TIME_WAIT);
	rx(FIN | ACK, 1, 2);
	expect(ACK, 2, 2, 0);
	state_is(TOY_TIME_WAIT);
	pass(msl2() - 1);
	state_is(TOY_TIME_WAIT);	/* 2MSL began anew */
	pass(1);
	state_is(TOY_CLOSED);
	quiet();
	rx(FIN | ACK, 1, 2);
	expect(RST, 2, 0, 0);
}

TEST(time_wait_restarts_with_every_fin_that_comes_again)
{
	u32 i;

	rig_new();
	rig_enter(TOY_TIME_WAIT);
	for (i = 0; i < 10; i++) {
		pass(msl2() - 1);
		rx(FIN | ACK, 1, 2);
		expect(ACK, 2, 2, 0);
		CHECK_EQ(rig.e.answer, TOY_ANSWER_RESTART, "2MSL anew");
	}
	state_is(TOY_TIME_WAIT);
}

TEST(a_fin_with_its_data_again_restarts_time_wait)
{
	rig_new();
	rig_enter(TOY_FIN_WAIT_2);
	rx(FIN | ACK, 1, 2, .len = 20);
	expect(ACK, 2, 22, 0);
	state_is(TOY_TIME_WAIT);
	rx(FIN | ACK, 1, 2, .len = 20);
	expect(ACK, 2, 22, 0);
	CHECK_EQ(rig.e.answer, TOY_ANSWER_RESTART, "2MSL anew");
	rx(FIN | ACK, 11, 2, .len = 10);
	expect(ACK, 2, 22, 0);
	quiet();
}

TEST(rfc1337_a_reset_ends_time_wait_only_where_the_knob_lets_it)
{
	rig_new();
	rig.e.rfc1337 = true;
	rig_enter(TOY_TIME_WAIT);
	rx(RST, 2, 0);
	quiet();
	state_is(TOY_TIME_WAIT);
	rig_new();
	rig.e.rfc1337 = false;
	rig_enter(TOY_TIME_WAIT);
	rx(RST, 1, 0);
	rx(RST, 3, 0);
	rx(RST, 40000, 0);
	quiet();
	state_is(TOY_TIME_WAIT);
	rx(RST, 2, 0);
	quiet();
	state_is(TOY_CLOSED);
	CHECK_EQ(rig.e.answer, TOY_ANSWER_GONE, "without a word");
	CHECK_EQ(rig.e.drop, TOY_DROP_RESET, "the reason");
}

TEST(rfc1337_old_data_in_time_wait_is_acknowledged)
{
	rig_new();
	rig_enter(TOY_TIME_WAIT);
	rx(ACK, 0, 2, .len = 1);
	expect(ACK, 2, 2, 0);
	state_is(TOY_TIME_WAIT);
	CHECK_EQ(rig.e.timer, rig.now + msl2(), "2MSL goes on");
	quiet();
}

TEST(time_wait_answers_what_is_out_of_place_once_a_second)
{
	u32 i, n = 0;

	rig_new();
	rig_enter(TOY_TIME_WAIT);
	for (i = 0; i < 100; i++) {
		rx(ACK, 70000, 2, .len = 1);
		rx(ACK, 2, 3);
		rx(SYN | ACK, 2, 2);
	}
	for (; rig.head != rig.tail; n++)
		expect(ACK, 2, 2, 0);
	CHECK_EQ(n, 1, "two ends cannot keep answering each other");
	pass(1 * SEC);
	rx(ACK, 2, 3);
	expect(ACK, 2, 2, 0);
	state_is(TOY_TIME_WAIT);
}

/* TIME-WAIT at a port where somebody listens, with or without timestamps. */
static void wait_at_listener(bool ts)
{
	rig_new();
	rig.e.knobs.timestamps = true;
	rig.e.listening = true;
	rig.ts = ts;
	rx(SYN, 0, 0, .mss = 1460, .opts = TOY_OPT_MSS | (ts ? TOY_OPT_TS : 0),
	   .tsval = rig.tsval);
	expect(SYN | ACK, 0, 1, 0);
	rx(ACK, 1, 1);
	end_shutdown(&rig.e);
	expect(FIN | ACK, 1, 1, 0);
	rx(FIN | ACK, 1, 2);
	expect(ACK, 2, 2, 0);
	state_is(TOY_TIME_WAIT);
	rig.ts = false;
}

static void syn_is(bool taken, u32 seq, bool ts, u32 tsval)
{
	const struct toy_seg *s;

	rx(SYN, seq, 0, .mss = 1460, .opts = TOY_OPT_MSS | (ts ? TOY_OPT_TS : 0), .tsval = tsval);
	s = pop();
	quiet();
	if (taken) {
		CHECK_EQ(rig.e.answer, TOY_ANSWER_REUSE, "RFC 6191: a new incarnation");
		CHECK_EQ(s->flags, TOY_SYN | TOY_ACK, "SYN,ACK");
		CHECK_EQ(s->ack, RIG_IRS + seq + 1, "acknowledges the new SYN");
		CHECK(seq_gt(s->seq, RIG_ISS + 2), "MAY-2: above all that was sent before");
		state_is(TOY_SYN_RECEIVED);
	} else {
		CHECK_EQ(s->flags, TOY_ACK, "RFC 6191: else an ACK");
		CHECK_EQ(s->ack, RIG_IRS + 2, "of what was there");
		state_is(TOY_TIME_WAIT);
	}
}

TEST(MAY_2_and_rfc6191_a_new_syn_ends_time_wait_if_it_is_new_beyond_doubt)
{
	u32 t;

	wait_at_listener(true);
	t = rig.tsval;
	syn_is(true, 0x90000000, true, t + 1);		/* a later clock, whatever the number */
	wait_at_listener(true);
	syn_is(true, 100, true, t);			/* the same clock, a higher number */
	wait_at_listener(true);
	syn_is(false, 2, true, t);			/* the same clock, no higher number */
	wait_at_listener(true);
	syn_is(false, 100, true, t - 1);		/* an earlier clock */
	wait_at_listener(true);
	syn_is(true, 100, false, 0);			/* no clock, a higher number */
	wait_at_listener(true);
	syn_is(false, 0, false, 0);
	wait_at_listener(false);
	syn_is(true, 0x90000000, true, 5);		/* a clock where there was none */
	wait_at_listener(false);
	syn_is(true, 3, false, 0);
	wait_at_listener(false);
	syn_is(false, 2, false, 0);
	wait_at_listener(false);
	syn_is(false, 0, false, 0);
}

TEST(SHLD_4_the_connection_after_time_wait_works)
{
	wait_at_listener(false);
	syn_is(true, 1000, false, 0);
	rx(ACK, 1001, rig.e.req.iss + 1 - RIG_ISS);
	state_is(TOY_ESTABLISHED);
	rx(ACK, 1001, rig.e.req.iss + 1 - RIG_ISS, .len = 10);
	CHECK_EQ(rig.e.in_len, 10, "data flows");
	rig_drain();
}

/* As where the tick in which the timer was set had been late. */
TEST(MUST_13_a_timer_that_comes_early_does_not_end_time_wait)
{
	static const u64 begins[] = { 1, 999, 1000, 1001, (1ull << 32) * 1000 - 500, 1ull << 60 };
	struct toy_timewait tw = {};
	u32 i;

	for (i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		u64 end = begins[i] + 2000 * 1000;

		toy_timewait_start(&tw, 2000, begins[i]);
		CHECK_IN(toy_timewait_left(&tw, begins[i]), 2000, 2001, "all of it");
		CHECK_IN(toy_timewait_left(&tw, end - 14000), 14, 15, "14 ms are left");
		CHECK(toy_timewait_left(&tw, end - 1), "not over before it is");
		CHECK_EQ(toy_timewait_left(&tw, end + 999), 0, "over");
		CHECK_EQ(toy_timewait_left(&tw, end + 3600ull * 1000 * 1000), 0, "for good");
	}
}

TEST(the_initial_number_after_time_wait_lies_above_the_old_ones)
{
	struct toy_timewait tw = { .snd_nxt = 0xfffffff0 };

	CHECK(seq_gt(toy_timewait_iss(&tw, 0xfffffff0), 0xfffffff0), "a clock that stands");
	CHECK(seq_gt(toy_timewait_iss(&tw, 0xc0000000), 0xfffffff0), "a clock that is behind");
	CHECK_EQ(toy_timewait_iss(&tw, 0x10000000), 0x10000000, "a clock that is ahead");
}

TEST(rfc6191_our_own_open_takes_the_place_when_timestamps_are_new_beyond_doubt)
{
	const u64 second = TOY_USEC_PER_SEC;
	struct toy_timewait tw = { .rcv_nxt = 1, .ts_ok = true, .last_sec = 100 };
	struct toy_seg old = { .seq = 1, .len = 5, .flags = ACK };
	enum toy_drop drop;

	CHECK(!toy_timewait_quiet(&tw, 100 * second + 999999), "not in the same second");
	CHECK(toy_timewait_quiet(&tw, 101 * second), "a second later");
	toy_timewait_segment(&tw, &old, false, 105 * second, &drop);
	CHECK(!toy_timewait_quiet(&tw, 105 * second + 1), "an old segment was answered since");
	CHECK(toy_timewait_quiet(&tw, 106 * second), "that too is over");
	tw.ts_ok = false;
	CHECK(!toy_timewait_quiet(&tw, 200 * second), "never without timestamps");
}

TEST(the_acks_of_time_wait_carry_timestamps_if_the_connection_did)
{
	const struct toy_seg *s;

	wait_at_listener(true);
	rx(FIN | ACK, 1, 2, .opts = TOY_OPT_TS, .tsval = rig.tsval);
	s = expect(ACK, 2, 2, 0);
	CHECK(s->opts & TOY_OPT_TS, "they do");
	CHECK_EQ(s->tsecr, rig.tsval, "with the echo");
	rx(ACK, 2, 2, .len = 5, .opts = TOY_OPT_TS, .tsval = rig.tsval - 1);
	expect(ACK, 2, 2, 0);
	CHECK_EQ(rig.e.drop, TOY_DROP_PAWS, "PAWS holds here too");
	rx(ACK, 2, 2, .no_ts = true);
	quiet();
}

TEST(time_wait_is_entered_with_the_last_ack_sent_and_the_window_as_it_was)
{
	rig_new();
	rig.e.rcv_limit = 5000;
	rig_enter(TOY_FIN_WAIT_2);
	rx(FIN | ACK, 1, 2, .len = 1000);
	expect(ACK, 2, 1002, 0);
	state_is(TOY_TIME_WAIT);
	CHECK_IN(rig.e.tw.rcv_wnd, 3999, 4000, "what is left of it");
	delivered(1000);
	CHECK_EQ(end_read(&rig.e, 5000), 1000, "and the user can read on");
}
