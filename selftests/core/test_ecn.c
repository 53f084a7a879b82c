// SPDX-License-Identifier: GPL-2.0
/*
 * test_ecn.c - explicit congestion notification (RFC 3168, SHLD-8).
 */
#include "rig.h"

#define ECE	TOY_ECE
#define CWR	TOY_CWR
#define MSS	1000

/* Both ask and agree; ours opens. */
static void start(void)
{
	rig_new();
	rig.e.knobs.ecn = 1;
	end_connect(&rig.e);
	expect(SYN | ECE | CWR, 0, 0, 0);
	rx(SYN | ACK | ECE, 0, 1, .mss = MSS, .opts = TOY_OPT_MSS);
	CHECK_EQ(expect(ACK, 1, 1, 0)->ecn, 0, "an ACK may not be marked");
	CHECK(conn->ecn_ok, "agreed on");
}

TEST(SHLD_8_ecn_is_agreed_on_by_the_syns)
{
	start();
	rig_new();
	rig.e.knobs.ecn = 1;
	end_connect(&rig.e);
	expect(SYN | ECE | CWR, 0, 0, 0);
	rx(SYN | ACK, 0, 1);
	CHECK(!conn->ecn_ok, "a peer that knows nothing of it");
	rig_new();
	rig.e.knobs.ecn = 1;
	end_connect(&rig.e);
	expect(SYN | ECE | CWR, 0, 0, 0);
	rx(SYN | ACK | ECE | CWR, 0, 1);
	CHECK(!conn->ecn_ok, "a peer that sends back what it does not know");
}

TEST(SHLD_8_ecn_is_not_asked_for_unless_wanted_and_answered_unless_unwanted)
{
	u32 ecn;

	rig_new();
	end_connect(&rig.e);
	expect(SYN, 0, 0, 0);
	rx(SYN | ACK | ECE, 0, 1);
	CHECK(!conn->ecn_ok, "what was not asked for is not agreed on");
	for (ecn = 0; ecn < 3; ecn++) {
		rig_new();
		rig.e.knobs.ecn = (u8)ecn;
		rig_listen();
		rx(SYN | ECE | CWR, 0, 0);
		expect(ecn ? SYN | ACK | ECE : SYN | ACK, 0, 1, 0);
		rx(ACK, 1, 1);
		CHECK_EQ(conn->ecn_ok, ecn != 0, "1 and 2 agree");
	}
	rig_new();
	rig_listen();
	rx(SYN | ECE | CWR, 0, 0, .ecn = TOY_CE);
	expect(SYN | ACK, 0, 1, 0);	/* a SYN that may be marked does not ask */
}

TEST(rfc3168_a_syn_that_gets_no_answer_is_repeated_without)
{
	rig_new();
	rig.e.knobs.ecn = 1;
	end_connect(&rig.e);
	expect(SYN | ECE | CWR, 0, 0, 0);
	fire();
	expect(SYN, 0, 0, 0);
}

TEST(rfc3168_only_new_data_may_be_marked)
{
	start();
	rig_write(MSS);
	CHECK_EQ(expect(ACK, 1, 1, MSS)->ecn, TOY_ECT0, "new data");
	fire();
	CHECK_EQ(expect(ACK, 1, 1, MSS)->ecn, 0, "not what is sent again");
	rx(ACK, 1, 1 + MSS);
	rig_write(MSS);
	CHECK_EQ(expect(ACK | CWR, 1 + MSS, 1, MSS)->ecn, TOY_ECT0, "new data");
}

TEST(rfc3168_a_mark_is_echoed_until_the_peer_says_cwr)
{
	start();
	rx(ACK, 1, 1, .len = 100, .ecn = TOY_CE);
	expect(ACK | ECE, 1, 101, 0);
	rx(ACK, 101, 1, .len = 100, .ecn = TOY_ECT0);
	expect(ACK | ECE, 1, 201, 0);
	rig_write(10);
	expect(ACK | ECE, 1, 201, 10);
	rx(ACK | CWR, 201, 11, .len = 100, .ecn = TOY_ECT0);
	acked(301);
	rx(ACK | CWR, 301, 11, .len = 100, .ecn = TOY_CE);
	pass(SEC);
	expect(ACK | ECE, 11, 401, 0);	/* marked again on the way */
}

TEST(rfc3168_an_echo_makes_the_window_smaller_once_for_each_window)
{
	u32 cwnd, i;

	start();
	rig_write(40 * MSS);
	rig_drain();
	cwnd = conn->cong.cwnd;
	CHECK_EQ(cwnd, 10 * MSS, "ten in flight");
	rx(ACK | ECE, 1, 1 + MSS);
	quiet();
	CHECK_IN(conn->cong.cwnd, cwnd / 2, cwnd / 2 + MSS, "half of it");
	for (i = 2; i < 10; i++)
		rx(ACK | ECE, 1, 1 + i * MSS);
	CHECK_IN(conn->cong.cwnd, cwnd / 2, cwnd / 2 + MSS, "not again in the same window");
	CHECK_EQ(rig.e.counts[TOY_CNT_EcnReductions], 1, "it is counted");
	CHECK_EQ(conn->total_rtx, 0, "nothing was lost");
	expect(ACK | CWR, 1 + 10 * MSS, 1, MSS);
	expect(ACK, 1 + 11 * MSS, 1, MSS);
	rig_drain();
	rx(ACK, 1, 1 + 11 * MSS);
	rig_drain();
	rx(ACK | ECE, 1, 1 + 12 * MSS);
	CHECK_EQ(rig.e.counts[TOY_CNT_EcnReductions], 2, "the next window's is another");
}

TEST(rfc3168_a_loss_is_told_with_cwr_too)
{
	u32 i;

	start();
	rig_write(40 * MSS);
	rig_drain();
	for (i = 0; i < 3; i++)
		rx(ACK, 1, 1);
	CHECK(conn->in_recovery, "three duplicates");
	while (rig.head != rig.tail && rig.sent[rig.head % RIG_SENT_MAX].seg.why != TOY_SENT_FAST)
		pop();
	CHECK_EQ(expect(ACK, 1, 1, MSS)->ecn, 0, "not on what is sent again");
	rx(ACK | ECE, 1, rig_nxt());
	CHECK_EQ(rig.e.counts[TOY_CNT_EcnReductions], 0, "a mark in it is the same congestion");
	CHECK(pop()->flags & CWR, "on new data");
}
