// SPDX-License-Identifier: GPL-2.0
/*
 * test_rto.c - round trip time, retransmission timeout, R1 and R2 (RFC 6298, RFC 9293 sections
 * 3.8.1 and 3.8.3).
 */
#include "rig.h"

/* A round trip of @rtt with one segment. */
static void round_trip(u64 rtt)
{
	u32 at = rig_nxt();

	rig_write(10);
	expect(ACK, at, 1, 10);
	pass(rtt);
	rx(ACK, 1, at + 10);
	quiet();
}

/* An established connection whose first sample is @rtt. */
static void establish_in(u64 rtt)
{
	rig_new();
	rig_connect();
	pass(rtt);
	rx(SYN | ACK, 0, 1, .mss = 1000, .opts = TOY_OPT_MSS);
	expect(ACK, 1, 1, 0);
}

/* In 1/4096 microseconds: finer than what is compared. The kernel lends no floating point. */
#define FINE	4096

TEST(rfc6298_the_estimator_is_van_jacobsons)
{
	u64 srtt = 100 * MSEC * FINE, rttvar = 50 * MSEC * FINE;
	static const u64 rtts[] = { 100, 100, 150, 100, 50, 180, 20, 20, 20, 150 };
	u32 i;

	establish_in(100 * MSEC);
	CHECK_EQ(conn->srtt, 100 * MSEC, "SRTT = R");
	CHECK_EQ(conn->rttvar, 50 * MSEC, "RTTVAR = R/2");
	for (i = 0; i < ARRAY_SIZE(rtts); i++) {
		u64 r = rtts[i] * MSEC * FINE, diff = srtt > r ? srtt - r : r - srtt;

		round_trip(rtts[i] * MSEC);
		rttvar = (3 * rttvar + diff) / 4;	/* before SRTT */
		srtt = (7 * srtt + r) / 8;
		CHECK_IN(conn->srtt, srtt / FINE - 20, srtt / FINE + 20, "alpha is 1/8");
		CHECK_IN(conn->rttvar, rttvar / FINE - 20, rttvar / FINE + 20, "beta is 1/4");
		if (4 * rttvar > 200 * MSEC * FINE)
			CHECK_IN(conn->rto, (srtt + 4 * rttvar) / FINE - 100,
				 (srtt + 4 * rttvar) / FINE + 100, "RTO = SRTT + 4 RTTVAR");
	}
}

TEST(rfc6298_rto_has_a_floor_and_a_ceiling)
{
	u32 i;

	establish_in(1 * MSEC);
	for (i = 0; i < 50; i++)
		round_trip(1 * MSEC);
	CHECK_EQ(conn->rto, 1 * MSEC + rig.e.knobs.rto_min, "the floor stands under the variation");
	CHECK_EQ(conn->rtt_min, 1 * MSEC, "the smallest sample is remembered");
	rig_new();
	rig.e.knobs.rto_max = 60 * SEC;
	rig_connect();
	conn->rto = 1;
	pass(900 * MSEC);
	rx(SYN | ACK, 0, 1);
	expect(ACK, 1, 1, 0);
	for (i = 0; i < 10; i++) {
		conn->rttvar = 1 << 27;
		round_trip(100 * MSEC);
		CHECK(conn->rto <= 60 * SEC, "the ceiling");
	}
}

TEST(MUST_18_rto_before_the_first_sample_is_one_second)
{
	rig_new();
	rig_half_open();
	rx(ACK, 1, 1);
	rig_write(10);
	expect(ACK, 1, 1, 10);
	CHECK_EQ(fire(), 1 * SEC, "RFC 6298 (2.1)");
	expect(ACK, 1, 1, 10);
}

TEST(MUST_18_karn_no_sample_is_taken_of_what_was_sent_twice)
{
	u32 srtt;

	establish_in(100 * MSEC);
	srtt = conn->srtt;
	rig_write(10);
	expect(ACK, 1, 1, 10);
	fire();
	expect(ACK, 1, 1, 10);
	pass(5 * MSEC);
	rx(ACK, 1, 11);
	CHECK_EQ(conn->srtt, srtt, "the ACK is ambiguous");
	round_trip(50 * MSEC);
	CHECK(conn->srtt < srtt, "the next segment gives one again");
}

TEST(rfc6298_timestamps_say_which_copy_was_acknowledged)
{
	u32 first, second;

	rig_new();
	rig.e.knobs.timestamps = true;
	rig_connect();
	pass(100 * MSEC);
	rig.ts = true;
	rx(SYN | ACK, 0, 1, .mss = 1000, .opts = TOY_OPT_MSS | TOY_OPT_TS, .tsval = 1,
	   .tsecr = rig.tsecr);
	rig.tsval = 2;
	expect(ACK, 1, 1, 0);
	rig_write(10);
	first = expect(ACK, 1, 1, 10)->tsval;
	fire();
	second = expect(ACK, 1, 1, 10)->tsval;
	CHECK(first != second, "the copies differ");
	pass(20 * MSEC);
	rx(ACK, 1, 11, .opts = TOY_OPT_TS, .tsval = 3, .tsecr = second);
	CHECK_IN(conn->srtt, 89 * MSEC, 91 * MSEC, "7/8 of 100 ms and 1/8 of 20");
	CHECK_EQ(conn->backoff, 0, "a sample ends the backoff (section 5.7)");
	rig_write(10);
	first = expect(ACK, 11, 1, 10)->tsval;
	fire();
	expect(ACK, 11, 1, 10);
	rx(ACK, 1, 21, .opts = TOY_OPT_TS, .tsval = 4, .tsecr = first);
	CHECK_IN(conn->srtt, 89 * MSEC, 91 * MSEC,
		 "an echo of the first copy may be a lost ACK, and measures our own timeout");
}

TEST(MUST_19_the_timeout_doubles_each_time)
{
	u64 rto;
	u32 i;

	establish_in(100 * MSEC);
	rig_write(10);
	expect(ACK, 1, 1, 10);
	rto = conn->rto;
	for (i = 0; i < 10; i++) {
		CHECK_EQ(fire(), min(rto << i, rig.e.knobs.rto_max), "RFC 6298 (5.5)");
		expect(ACK, 1, 1, 10);
		quiet();
	}
	CHECK_EQ(rig.e.counts[TOY_CNT_Timeouts], 10, "they are counted");
	CHECK_EQ(conn->total_rtx, 10, "and so are the copies");
}

TEST(rfc6298_the_backed_off_timeout_is_kept_until_a_sample_is_taken)
{
	u64 rto;

	establish_in(100 * MSEC);
	rto = conn->rto;
	rig_write(10);
	rig_drain();
	fire();
	fire();
	rig_drain();
	rx(ACK, 1, 11);
	rig_write(10);
	expect(ACK, 11, 1, 10);
	CHECK_EQ(end_deadline(&rig.e) - rig.now, 4 * rto, "new data starts with it");
	pass(100 * MSEC);
	rx(ACK, 1, 21);
	rig_write(10);
	expect(ACK, 21, 1, 10);
	CHECK_EQ(end_deadline(&rig.e) - rig.now, conn->rto, "and after its ACK it is over");
}

TEST(rfc6298_the_timer_runs_while_something_is_outstanding_and_restarts_on_progress)
{
	u64 deadline;

	establish_in(100 * MSEC);
	CHECK_EQ(end_deadline(&rig.e), 0, "nothing is outstanding");
	rig.e.knobs.nodelay = true;
	conn->knobs.nodelay = true;
	rig_write(1000);
	deadline = end_deadline(&rig.e);
	CHECK_EQ(deadline, rig.now + conn->rto, "(5.1): it starts");
	pass(50 * MSEC);
	rig_write(1000);
	CHECK_EQ(end_deadline(&rig.e), deadline, "and is not moved by more data");
	pass(10 * MSEC);
	rx(ACK, 1, 1001);
	CHECK_EQ(end_deadline(&rig.e), rig.now + conn->rto, "(5.3): progress restarts it");
	rx(ACK, 1, 2001);
	CHECK_EQ(end_deadline(&rig.e), 0, "(5.2): it stops when all is acknowledged");
	rig_drain();
}

TEST(rfc6298_the_earliest_segment_is_sent_again)
{
	establish_in(100 * MSEC);
	rig_write(5000);
	rig_drain();
	fire();
	expect(ACK, 1, 1, 1000);
	quiet();
	fire();
	expect(ACK, 1, 1, 1000);
	quiet();
}

TEST(MUST_20_r1_advises_ip_and_r2_gives_up)
{
	u32 n = 0;

	establish_in(100 * MSEC);
	rig_write(10);
	expect(ACK, 1, 1, 10);
	for (; rig.e.kind == END_CONN; n++) {
		CHECK_EQ(rig.e.advised, n >= rig.e.knobs.retries1, "R1, before R2 (SHLD-9)");
		fire();
		if (rig.e.kind == END_CONN)
			expect(ACK, 1, 1, 10);
	}
	CHECK_EQ(n, rig.e.knobs.retries2 + 1U, "R2");
	CHECK_EQ(rig.e.err, ETIMEDOUT, "the user is told");
	CHECK_EQ(rig.e.last.closed_why, TOY_WHY_TIMEOUT, "the reason");
	CHECK_EQ(rig.e.counts[TOY_CNT_AbortOnTimeout], 1, "it is counted");
	quiet();
}

TEST(SHLD_9_the_user_is_told_at_r1)
{
	u32 i;

	establish_in(100 * MSEC);
	rig_write(10);
	for (i = 0; i < rig.e.knobs.retries1; i++) {
		CHECK_EQ(conn->soft_err, 0, "not before R1");
		fire();
	}
	CHECK_EQ(conn->soft_err, ETIMEDOUT, "a soft error: the connection goes on");
	state_is(TOY_ESTABLISHED);
	rig_drain();

	establish_in(100 * MSEC);
	toy_conn_unreachable(conn, EHOSTUNREACH, false);
	rig_write(10);
	for (i = 0; i < rig.e.knobs.retries1; i++)
		fire();
	CHECK_EQ(conn->soft_err, EHOSTUNREACH, "what the network said is worth more");
	rig_drain();
}

TEST(SHLD_10_and_SHLD_11_r1_is_at_least_three_and_r2_at_least_a_hundred_seconds)
{
	u64 start;

	establish_in(1 * MSEC);
	CHECK(rig.e.knobs.retries1 >= 3, "R1");
	rig_write(10);
	start = rig.now;
	while (rig.e.kind == END_CONN)
		fire();
	CHECK(rig.now - start >= 100 * SEC, "R2, even with the smallest RTO");
	rig_drain();
}

TEST(MUST_21_the_user_timeout_is_r2_as_a_time)
{
	u64 start;

	rig_new();
	rig.e.knobs.user_timeout = 10 * SEC;
	rig_establish();
	pass(1 * HOUR);
	state_is(TOY_ESTABLISHED);
	rig_write(10);
	start = rig.now;
	while (rig.e.kind == END_CONN)
		fire();
	CHECK_EQ(rig.now - start, 10 * SEC, "to the microsecond");
	CHECK_EQ(rig.e.err, ETIMEDOUT, "the user is told");
	CHECK_EQ(rig.e.last.closed_why, TOY_WHY_USER_TIMEOUT, "the reason");
	rig_drain();
	rig_new();
	rig.e.knobs.user_timeout = 10 * SEC;
	rig_establish_with(1000, 65535, 0);
	for (start = rig.now; rig.now < start + 100 * SEC; pass(9 * SEC)) {
		rig_write(10);
		pass(100 * MSEC);
		rx(ACK, 1, rig_nxt());
	}
	state_is(TOY_ESTABLISHED);
	rig_drain();
}

TEST(an_answer_counts_as_a_new_beginning)
{
	u32 i, j;

	establish_in(100 * MSEC);
	for (i = 0; i < 5; i++) {
		rig_write(10);
		for (j = 0; j < 10; j++)
			fire();
		rx(ACK, 1, rig_nxt());
		state_is(TOY_ESTABLISHED);
	}
	rig_drain();
	CHECK_EQ(conn->total_rtx, 50, "no run of them was as long as R2");
}

TEST(fin_is_sent_again_like_data)
{
	rig_new();
	rig_enter(TOY_FIN_WAIT_1);
	fire();
	expect(FIN | ACK, 1, 1, 0);
	fire();
	expect(FIN | ACK, 1, 1, 0);
	rx(ACK, 1, 2);
	state_is(TOY_FIN_WAIT_2);
	CHECK_EQ(end_deadline(&rig.e), 0, "and then no more");
	rig_new();
	rig_establish();
	rig_write(100);
	end_shutdown(&rig.e);
	rig_drain();
	fire();
	expect(FIN | ACK, 1, 1, 100);
	quiet();
}

TEST(a_timeout_before_the_deadline_does_nothing)
{
	establish_in(100 * MSEC);
	rig_write(10);
	rig_drain();
	toy_conn_timeout(conn, rig.now);
	end_event(&rig.e);
	quiet();
	CHECK_EQ(conn->retries, 0, "nothing was tried");
}
