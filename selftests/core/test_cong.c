// SPDX-License-Identifier: GPL-2.0
/*
 * test_cong.c - congestion control: slow start, avoidance, fast retransmit, NewReno, timeouts, idle
 * (RFC 5681, RFC 6582, RFC 3042, RFC 6928).
 */
#include "rig.h"

#define MSS	1000

/* Established with segments of 1000 bytes; the window is the peer's largest. */
static void start(u8 init_cwnd)
{
	rig_new();
	rig.e.knobs.init_cwnd = init_cwnd;
	rig.e.knobs.window_scaling = true;
	end_connect(&rig.e);
	expect(SYN, 0, 0, 0);
	pass(100 * MSEC);
	rx(SYN | ACK, 0, 1, .mss = MSS, .wscale = 4, .opts = TOY_OPT_MSS | TOY_OPT_WSCALE);
	expect(ACK, 1, 1, 0);
	rx(ACK, 1, 1);
	quiet();
}

/* Segments that left since the last call. */
static u32 left(void)
{
	u32 n = 0;

	for (; rig.head != rig.tail; n++)
		CHECK_EQ(pop()->len, MSS, "only full segments");
	return n;
}

TEST(rfc6928_the_initial_window_is_ten_segments)
{
	start(10);
	rig_write(50 * MSS);
	CHECK_EQ(left(), 10, "ten");
	rig_new();
	rig.e.path_mss = 8960;
	rig_establish_with(8960, RIG_WND, 0);
	CHECK_EQ(conn->cong.cwnd, 2 * 8960, "large ones: max(2 MSS, 14600)");
	rig_new();
	rig.e.knobs.init_cwnd = 2;
	rig_establish_with(MSS, RIG_WND, 0);
	rig_write(10 * MSS);
	CHECK_EQ(left(), 2, "the knob counts segments");
}

TEST(MUST_19_slow_start_grows_by_a_segment_an_ack)
{
	u32 una = 1, i;

	start(2);
	rig_write(100 * MSS);
	CHECK_EQ(left(), 2, "two");
	for (i = 0; i < 10; i++) {
		rx(ACK, 1, una += MSS);
		CHECK_EQ(left(), 2, "each ACK lets two go: the one that left and one more");
	}
	CHECK_EQ(conn->cong.cwnd, 12 * MSS, "two and ten");
	CHECK_EQ(rig.e.congs[TOY_CONG_GROWTH], 10, "each step is told");
}

TEST(rfc5681_splitting_acks_gains_nothing)
{
	u32 i;

	start(10);
	rig_write(100 * MSS);
	rig_drain();
	for (i = 1; i <= 10; i++)
		rx(ACK, 1, 1 + i * MSS / 10);
	CHECK_EQ(conn->cong.cwnd, 11 * MSS, "bytes are counted, not ACKs");
	rig_drain();
}

TEST(MUST_19_congestion_avoidance_grows_by_a_segment_a_round_trip)
{
	u32 una = 1, round, i;

	start(10);
	conn->cong.ssthresh = 10 * MSS;
	rig_write(300 * MSS);
	for (round = 0; round < 8; round++) {
		u32 n = left();

		CHECK_EQ(n, 10 + round, "one more each time");
		for (i = 0; i < n; i++)
			rx(ACK, 1, una += MSS);
	}
	rig_drain();
}

TEST(a_window_that_is_not_used_does_not_grow)
{
	u32 i;

	start(10);
	for (i = 0; i < 50; i++) {
		rig_write(100);
		rig_drain();
		pass(10 * MSEC);
		rx(ACK, 1, rig_nxt());
	}
	CHECK_EQ(conn->cong.cwnd, 10 * MSS, "100 bytes at a time prove nothing");
}

TEST(MUST_19_after_a_timeout_cwnd_is_one_segment_and_ssthresh_half_the_flight)
{
	start(10);
	rig_write(50 * MSS);
	CHECK_EQ(left(), 10, "ten in flight");
	fire();
	expect(ACK, 1, 1, MSS);
	quiet();
	CHECK_EQ(conn->cong.cwnd, MSS, "the loss window");
	CHECK_EQ(conn->cong.ssthresh, 5 * MSS, "half of what was in flight");
	fire();
	expect(ACK, 1, 1, MSS);
	CHECK_EQ(conn->cong.ssthresh, 5 * MSS, "once for a segment, however often it times out");
	rx(ACK, 1, 1 + MSS);
	expect(ACK, 1 + MSS, 1, MSS);	/* go back and slow start */
	expect(ACK, 1 + 2 * MSS, 1, MSS);
	quiet();
	rx(ACK, 1, 1 + 10 * MSS);
	CHECK(!conn->in_loss, "all that was lost has come");
	CHECK_EQ(rig.e.congs[TOY_CONG_TIMEOUT], 2, "it is told");
	rig_drain();
}

TEST(rfc5681_ssthresh_is_at_least_two_segments)
{
	start(10);
	rig_write(MSS);
	rig_drain();
	fire();
	CHECK_EQ(conn->cong.ssthresh, 2 * MSS, "half of one is not enough");
	rig_drain();
}

TEST(rfc5681_the_third_duplicate_ack_sends_the_missing_segment_again)
{
	start(10);
	rig_write(50 * MSS);
	CHECK_EQ(left(), 10, "ten in flight");
	rx(ACK, 1, 1);
	expect(ACK, 1 + 10 * MSS, 1, MSS);	/* RFC 3042: limited transmit */
	quiet();
	rx(ACK, 1, 1);
	expect(ACK, 1 + 11 * MSS, 1, MSS);
	quiet();
	CHECK_EQ(conn->cong.cwnd, 10 * MSS, "without raising cwnd");
	rx(ACK, 1, 1);
	CHECK_EQ(expect(ACK, 1, 1, MSS)->why, TOY_SENT_FAST, "at once");
	quiet();
	CHECK_EQ(conn->cong.ssthresh, 6 * MSS, "half of twelve in flight");
	CHECK_EQ(conn->cong.cwnd, 9 * MSS, "ssthresh and three segments");
	CHECK_EQ(rig.e.counts[TOY_CNT_FastRetrans], 1, "it is counted");
	CHECK_EQ(rig.e.counts[TOY_CNT_Recoveries], 1, "and so is the recovery");
	CHECK_EQ(rig.e.counts[TOY_CNT_DupAcksIn], 3, "and the duplicates");
}

/* Ten and two in flight, the first lost, three duplicates: recovery up to byte 12001. */
static void recover(void)
{
	u32 i;

	start(10);
	rig_write(50 * MSS);
	for (i = 0; i < 3; i++)
		rx(ACK, 1, 1);
	rig_drain();
	CHECK(conn->in_recovery, "in recovery");
}

TEST(rfc5681_each_further_duplicate_lets_one_more_leave)
{
	u32 i, n = 0;

	recover();
	for (i = 0; i < 8; i++) {
		rx(ACK, 1, 1);
		CHECK_EQ(conn->cong.cwnd, (10 + i) * MSS, "a segment has left the network");
		CHECK_EQ(rig.e.congs[TOY_CONG_GROWTH], i + 1, "it is told");
		n += left();
	}
	CHECK_EQ(n, 5, "new data goes when cwnd passes the flight of twelve");
}

TEST(rfc5681_forged_duplicates_inflate_cwnd_by_no_more_than_what_is_outstanding)
{
	u32 i;

	recover();
	for (i = 0; i < 1000; i++) {
		rx(ACK, 1, 1);
		CHECK_IN(conn->cong.cwnd, MSS, conn->cong.ssthresh + conn->snd_nxt - conn->snd_una,
			 "no more segments can have left the network than are in it");
		rig_drain();
	}
	CHECK_EQ(conn->cong.cwnd, (6 + 50) * MSS, "all that was written is outstanding");
}

TEST(rfc6582_a_full_ack_ends_recovery)
{
	recover();
	rx(ACK, 1, 1 + 12 * MSS);
	CHECK(!conn->in_recovery, "it is over");
	CHECK_IN(conn->cong.cwnd, MSS, 6 * MSS, "min(ssthresh, flight + MSS)");
	CHECK_EQ(rig.e.congs[TOY_CONG_RECOVERED], 1, "it is told");
	rig_drain();
}

TEST(rfc6582_a_partial_ack_sends_the_next_hole_and_stays)
{
	u32 cwnd;

	recover();
	cwnd = conn->cong.cwnd;
	rx(ACK, 1, 1 + 3 * MSS);
	CHECK_EQ(expect(ACK, 1 + 3 * MSS, 1, MSS)->why, TOY_SENT_FAST, "the next hole");
	CHECK(conn->in_recovery, "recovery goes on");
	CHECK_EQ(conn->cong.cwnd, cwnd - 3 * MSS + MSS, "deflated by what was acknowledged");
	rig_drain();
	rx(ACK, 1, 1 + 5 * MSS);
	expect(ACK, 1 + 5 * MSS, 1, MSS);
	rig_drain();
	rx(ACK, 1, 1 + 12 * MSS);
	CHECK(!conn->in_recovery, "until everything has come");
	rig_drain();
}

TEST(rfc6582_only_the_first_partial_ack_restarts_the_timer)
{
	u64 deadline;

	recover();
	pass(20 * MSEC);
	rx(ACK, 1, 1 + 3 * MSS);
	deadline = end_deadline(&rig.e);
	CHECK_EQ(deadline, rig.now + conn->rto, "the first does");
	pass(20 * MSEC);
	rx(ACK, 1, 1 + 5 * MSS);
	CHECK_EQ(end_deadline(&rig.e), deadline, "the second does not (impatient)");
	rig_drain();
}

TEST(rfc6582_duplicates_of_what_a_timeout_sent_again_start_no_recovery)
{
	u32 i;

	start(10);
	rig_write(50 * MSS);
	rig_drain();
	fire();
	rig_drain();
	for (i = 0; i < 10; i++)
		rx(ACK, 1, 1);
	CHECK(!conn->in_recovery, "they are echoes of the go-back");
	CHECK_EQ(rig.e.counts[TOY_CNT_Recoveries], 0, "no recovery");
	rig_drain();
}

TEST(a_timeout_ends_recovery)
{
	recover();
	fire();
	CHECK(!conn->in_recovery && conn->in_loss, "go-back takes over");
	CHECK_EQ(rig.e.counts[TOY_CNT_RecoveriesFailed], 1, "it is counted");
	expect(ACK, 1, 1, MSS);
	rig_drain();
}

TEST(rfc5681_what_is_no_duplicate_ack_does_not_count)
{
	u32 i;

	start(10);
	rig_write(50 * MSS);
	rig_drain();
	for (i = 0; i < 10; i++)
		rx(ACK, 1, 1, .wnd = RIG_WND - 1 - i);
	CHECK_EQ(conn->dup_acks, 0, "a window update");
	for (i = 0; i < 10; i++)
		rx(ACK, 1 + 10 * i, 1, .len = 10, .wnd = RIG_WND - 10);
	CHECK_EQ(conn->dup_acks, 0, "data");
	for (i = 0; i < 10; i++)
		rx(URG | ACK, 101, 1, .urg = 100 + i, .wnd = RIG_WND - 10);
	CHECK_EQ(conn->dup_acks, 0, "it came to tell of urgent data that waits for a window");
	rx(URG | ACK, 101, 1, .urg = 50, .wnd = RIG_WND - 10);
	CHECK_EQ(conn->dup_acks, 1, "nothing new was told");
	rig_drain();
	rx(ACK, 101, rig_nxt(), .wnd = RIG_WND - 10);
	rig_drain();
	while (conn->snd_una != conn->snd_nxt)
		rx(ACK, 101, rig_nxt(), .wnd = RIG_WND - 10);
	for (i = 0; i < 10; i++)
		rx(ACK, 101, rig_nxt(), .wnd = RIG_WND - 10);
	CHECK_EQ(conn->dup_acks, 0, "nothing is outstanding");
	rig_drain();
}

TEST(rfc5681_after_an_idle_rto_the_window_restarts)
{
	u32 una = 1, i;

	start(10);
	rig_write(100 * MSS);
	while (rig_nxt() < 1 + 100 * MSS)
		rx(ACK, 1, una += MSS);
	rx(ACK, 1, 1 + 100 * MSS);
	rig_drain();
	CHECK(conn->cong.cwnd > 50 * MSS, "a large window");
	pass(10 * SEC);
	rig_write(100 * MSS);
	CHECK_EQ(left(), 10, "min(IW, cwnd)");
	CHECK_EQ(rig.e.congs[TOY_CONG_IDLE], 1, "it is told");
	for (i = 0; i < 10; i++)
		rx(ACK, 1, 1 + 101 * MSS + i * MSS);
	CHECK_EQ(left(), 20, "and slow start again");
}

TEST(a_smaller_path_mtu_sends_again_at_once_and_blames_no_congestion)
{
	u32 cwnd;

	start(10);
	rig_write(5 * MSS);
	CHECK_EQ(left(), 5, "five in flight");
	cwnd = conn->cong.cwnd;
	end_path_mss(&rig.e, 500);
	expect(ACK, 1, 1, 500);
	expect(ACK, 501, 1, 500);
	CHECK(conn->cong.cwnd >= cwnd, "cwnd stays");
	CHECK_EQ(rig.e.counts[TOY_CNT_PmtuReductions], 1, "it is counted");
	CHECK_EQ(conn->retries, 0, "it is no timeout");
	rig_drain();
	end_path_mss(&rig.e, 1460);
	quiet();
	rx(ACK, 1, 1 + 5 * MSS);
	rig_write(MSS);
	expect(ACK, 1 + 5 * MSS, 1, MSS);
}

TEST(rfc5681_cwnd_is_one_segment_at_least_also_of_a_path_that_takes_larger_ones)
{
	start(1);
	end_path_mss(&rig.e, 500);
	rig_write(500);
	expect(ACK, 1, 1, 500);
	fire();
	expect(ACK, 1, 1, 500);
	CHECK_EQ(conn->cong.cwnd, 500, "a timeout leaves one segment");
	end_path_mss(&rig.e, 1460);
	CHECK_EQ(conn->cong.cwnd, conn->mss, "and so does a larger one's");
	CHECK_EQ(conn->cong.ssthresh, 2 * conn->mss, "equation 4");
	rig_drain();
}

TEST(the_algorithm_is_named)
{
	start(10);
	CHECK(conn->cong.ops, "there is one");
	CHECK_EQ(rig.e.congs[TOY_CONG_INIT], 1, "and its start was told");
}
