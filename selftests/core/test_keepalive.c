// SPDX-License-Identifier: GPL-2.0
/*
 * test_keepalive.c - keepalive (RFC 9293 section 3.8.4).
 */
#include "rig.h"

static void keep(void)
{
	rig_new();
	rig.e.knobs.keepalive = true;
	rig_establish();
}

TEST(MUST_25_keepalive_is_off_unless_asked_for)
{
	struct toy_knobs knobs;

	toy_knobs_default(&knobs);
	CHECK(!knobs.keepalive, "off");
	rig_new();
	rig_establish();
	pass(100 * HOUR);
	quiet();
	state_is(TOY_ESTABLISHED);
}

TEST(MUST_28_the_interval_is_two_hours_by_default)
{
	keep();
	pass(2 * HOUR - 1);
	quiet();
	pass(1);
	expect(ACK, 0, 1, 0);	/* SHLD-12: without data, one below SND.NXT */
	quiet();
	CHECK_EQ(rig.e.counts[TOY_CNT_KeepAlives], 1, "it is counted");
}

TEST(MUST_24_keepalive_can_be_switched_for_one_connection)
{
	rig_new();
	rig_establish();
	toy_conn_set_keepalive(conn, true, rig.now);
	pass(2 * HOUR);
	expect(ACK, 0, 1, 0);
	rx(ACK, 1, 1);
	toy_conn_set_keepalive(conn, false, rig.now);
	pass(100 * HOUR);
	quiet();
	state_is(TOY_ESTABLISHED);
}

TEST(MUST_26_what_anybody_could_have_sent_puts_no_probe_off)
{
	u32 i;

	keep();
	pass(2 * HOUR - 1);
	rx(ACK, 1000000, 1);			/* outside the window */
	rx(RST, 1000, 0);			/* not at RCV.NXT */
	rx(ACK, 1, 1000000);			/* of what was never sent */
	rx(SYN, 1, 0);
	rig_drain();				/* challenge ACKs */
	pass(1);
	expect(ACK, 0, 1, 0);
	for (i = 1; i < rig.e.knobs.keep_probes; i++) {
		rx(ACK, 1000000, 1);
		rig_drain();
		pass(rig.e.knobs.keep_intvl);
		expect(ACK, 0, 1, 0);
	}
	rx(ACK, 1000000, 1);
	rig_drain();
	pass(rig.e.knobs.keep_intvl);
	state_is(TOY_CLOSED);
}

TEST(MUST_26_what_arrives_puts_the_probe_off)
{
	u32 i;

	keep();
	for (i = 0; i < 10; i++) {
		pass(2 * HOUR - 1);
		quiet();
		rx(ACK, 1, 1);
	}
	pass(2 * HOUR - 1);
	quiet();
	pass(1);
	expect(ACK, 0, 1, 0);
}

TEST(MUST_26_what_is_outstanding_is_the_better_probe)
{
	rig_new();
	rig.e.knobs.keepalive = true;
	rig.e.knobs.keep_idle = 10 * SEC;
	rig_establish();
	rig_write(10);
	pass(5 * MINUTE);
	CHECK_EQ(rig.e.counts[TOY_CNT_KeepAlives], 0, "data is sent again instead");
	CHECK(conn->total_rtx > 3, "several times");
	rig_drain();
}

TEST(MUST_27_and_MUST_29_interval_and_number_of_probes_are_knobs_and_one_lost_is_not_death)
{
	u32 i;

	rig_new();
	rig.e.knobs.keepalive = true;
	rig.e.knobs.keep_idle = 60 * SEC;
	rig.e.knobs.keep_intvl = 10 * SEC;
	rig.e.knobs.keep_probes = 4;
	rig_establish();
	CHECK_EQ(fire(), 60 * SEC, "idle");
	expect(ACK, 0, 1, 0);
	for (i = 0; i < 3; i++) {
		CHECK_EQ(fire(), 10 * SEC, "interval");
		expect(ACK, 0, 1, 0);
	}
	pass(9 * SEC);
	rx(ACK, 1, 1);		/* the last one is answered */
	quiet();
	state_is(TOY_ESTABLISHED);
	pass(51 * SEC);
	rig_drain();
	while (rig.e.kind == END_CONN) {
		CHECK_EQ(rig.e.err, 0, "not yet");
		fire();
	}
	CHECK_EQ(rig.e.err, ETIMEDOUT, "and this time nobody answers");
	CHECK_EQ(rig.e.last.closed_why, TOY_WHY_KEEPALIVE, "the reason");
}

/* RFC 5482 section 4.2, tcp(7): where there is a user timeout it decides, and not their number. */
TEST(MUST_21_the_user_timeout_decides_how_long_probes_go_unanswered)
{
	u64 start;

	rig_new();
	rig.e.knobs.keepalive = true;
	rig.e.knobs.keep_idle = 60 * SEC;
	rig.e.knobs.keep_intvl = 10 * SEC;
	rig.e.knobs.keep_probes = 2;
	rig.e.knobs.user_timeout = 200 * SEC;
	rig_establish();
	start = rig.now;
	while (rig.e.kind == END_CONN)
		fire();
	CHECK_EQ(rig.now - start, 200 * SEC, "longer than two probes take");
	CHECK_EQ(rig.e.err, ETIMEDOUT, "the user is told");
	rig_drain();

	rig_new();
	rig.e.knobs.keepalive = true;
	rig.e.knobs.keep_idle = 60 * SEC;
	rig.e.knobs.keep_intvl = 10 * SEC;
	rig.e.knobs.user_timeout = 1 * SEC;
	rig_establish();
	start = rig.now;
	while (rig.e.kind == END_CONN)
		fire();
	CHECK_EQ(rig.now - start, 80 * SEC, "shorter, but never after one probe alone (MUST-29)");
	rig_drain();
}

TEST(our_answer_to_a_keepalive_probe_is_an_ack)
{
	rig_new();
	rig_establish();
	rx(ACK, 0, 1);
	expect(ACK, 1, 1, 0);
	rx(ACK, 0, 1, .len = 1);	/* MAY-6: with a garbage octet */
	expect(ACK, 1, 1, 0);
	quiet();
	delivered(0);
}
