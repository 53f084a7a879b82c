// SPDX-License-Identifier: GPL-2.0
/*
 * Urgent data: RFC 9293 section 3.8.5, RFC 6093. The pointer says which octet follows it.
 */
#include "rig.h"

TEST(MUST_30_urgent_data_is_sent_with_urg_and_told_to_its_reader)
{
	rig_new();
	rig_establish();
	rig_urgent(5);
	CHECK_EQ(expect(URG | ACK, 1, 1, 5)->urg, 5, "the pointer is relative to the segment");
	rx(ACK, 1, 6);
	rig_write(3);
	expect(ACK, 6, 1, 3);
	quiet();

	rx(URG | ACK, 1, 6, .len = 10, .urg = 10);
	CHECK_EQ(rig.e.urgent, 1, "the user is told");
	CHECK_EQ(rig.e.in_up, 10, "where it ends");
	delivered(10);
}

TEST(MUST_31_urgent_data_may_be_of_any_length)
{
	const struct toy_seg *s;
	u32 seq = 1, n;

	rig_new();
	rig.e.knobs.window_scaling = true;
	rig.e.gso_max = 64000;
	rig_connect();
	rx(SYN | ACK, 0, 1, .mss = 1000, .wnd = 65535, .opts = TOY_OPT_MSS | TOY_OPT_WSCALE,
	   .wscale = 7);
	expect(ACK, 1, 1, 0);
	rig_urgent(60000);
	rig_urgent(60000);	/* one run, in two sends */
	while (seq < 120001) {
		for (n = seq; rig.head != rig.tail; n += s->len) {
			s = pop();
			CHECK_EQ(s->seq - RIG_ISS, n, "in order");
			CHECK(s->flags & URG, "urgent");
			CHECK_EQ(s->urg, min((n <= 60000 && seq == 1 ? 60001 : 120001) - n, 65535),
				 "as far as the field can tell");
		}
		CHECK(n > seq, "it goes on");
		seq = n;
		rx(ACK, 1, seq, .wnd = 512);
	}
	rig_write(10);
	expect(ACK, 120001, 1, 10);
}

TEST(MUST_31_a_pointer_beyond_the_segment_is_taken)
{
	rig_new();
	rig_establish();
	rx(URG | ACK, 1, 1, .len = 100, .urg = 40000);
	CHECK_EQ(rig.e.in_up, 40000, "data is urgent that has not come yet");
	delivered(100);
	rx(URG | ACK, 101, 1, .len = 100, .urg = 39900);
	CHECK_EQ(rig.e.urgent, 1, "the same place is no news");
	delivered(200);
}

TEST(MUST_32_the_user_is_told_whenever_the_pointer_advances)
{
	rig_new();
	rig_establish();
	rx(URG | ACK, 1, 1, .len = 10, .urg = 10);
	CHECK_EQ(rig.e.urgent, 1, "none before");
	rx(URG | ACK, 11, 1, .urg = 5);
	CHECK_EQ(rig.e.urgent, 2, "farther, and no data with it");
	CHECK_EQ(rig.e.in_up, 15, "five more");
	rx(URG | ACK, 1, 1, .len = 10, .urg = 10);
	rx(URG | ACK, 11, 1, .urg = 3);
	CHECK_EQ(rig.e.urgent, 2, "not when it stays or goes back");
	CHECK_EQ(rig.e.in_up, 15, "it never goes back");
	rx(URG | ACK, 11, 1, .len = 6, .urg = 6);
	CHECK_EQ(rig.e.urgent, 3, "told again");
	end_read(&rig.e, 16);
	CHECK(!conn->rcv_urgent, "the user has passed it");
	rx(URG | ACK, 17, 1, .len = 1, .urg = 1);
	CHECK_EQ(rig.e.urgent, 4, "and the next");
}

TEST(MUST_62_the_pointer_is_the_octet_after_the_urgent_data)
{
	rig_new();
	rig_establish();
	rig_urgent(1);
	CHECK_EQ(expect(URG | ACK, 1, 1, 1)->urg, 1, "one byte at 1: 1 + 1");
	rx(URG | ACK, 1, 2, .len = 1, .urg = 1);
	CHECK_EQ(rig.e.in_up, 1, "the first byte, and not the second, is urgent");
	end_read(&rig.e, 1);
	rx(URG | ACK, 2, 2, .len = 1, .urg = 0);
	CHECK_EQ(rig.e.urgent, 1, "a pointer to what came already says nothing");
}

TEST(MUST_66_urg_counts_while_our_window_is_closed)
{
	rig_new();
	rig.e.rcv_limit = 1000;
	rig_establish();
	rx(ACK, 1, 1, .len = 1000);
	rig_drain();
	rx(URG | ACK, 1001, 1, .len = 1, .urg = 1);
	CHECK_EQ(rig.e.urgent, 1, "the byte does not fit, the news does");
	delivered(1000);
	rx(URG | ACK, 1001, 1, .urg = 100);
	CHECK_EQ(rig.e.urgent, 2, "without a byte, too");
}

TEST(MUST_66_the_peer_is_told_of_urgent_data_into_its_closed_window)
{
	rig_new();
	rig_establish_with(1000, 100, 0);
	rig_write(300);
	expect(ACK, 1, 1, 100);
	quiet();
	rig_urgent(1);
	CHECK_EQ(expect(URG | ACK, 101, 1, 0)->urg, 201, "at once, ahead of the data");
	quiet();
	rx(ACK, 1, 101, .wnd = 0);
	quiet();
	fire();
	CHECK_EQ(expect(URG | ACK, 101, 1, 1)->urg, 201, "and with every probe");
	rx(ACK, 1, 101, .wnd = 1000);
	expect(URG | ACK, 101, 1, 1);
	CHECK_EQ(expect(URG | ACK, 102, 1, 200)->urg, 200, "until it is there");
	quiet();
}

TEST(urgent_data_does_not_wait_for_nagle)
{
	rig_new();
	rig_establish();
	rig_write(10);
	expect(ACK, 1, 1, 10);
	rig_write(10);
	quiet();
	rig_urgent(1);
	CHECK_EQ(expect(URG | ACK, 11, 1, 11)->urg, 11, "with what waited before it");
	quiet();
}

TEST(urgent_data_is_sent_again_with_urg)
{
	rig_new();
	rig_establish();
	rig_urgent(3);
	expect(URG | ACK, 1, 1, 3);
	rig_write(3);
	expect(ACK, 4, 1, 3);
	fire();
	CHECK_EQ(expect(URG | ACK, 1, 1, 6)->urg, 3, "the pointer is where it was");
	rx(ACK, 1, 7);
	rig_drain();
	rig_write(3);
	CHECK(!(pop()->flags & URG), "what was acknowledged is not urgent any more");
}

TEST(urgent_data_written_before_the_handshake_ends_is_not_on_the_syn)
{
	rig_new();
	rig_connect();
	rig_urgent(1);
	fire();
	expect(SYN, 0, 0, 0);
	rx(SYN | ACK, 0, 1, .mss = 1000, .opts = TOY_OPT_MSS);
	CHECK_EQ(expect(URG | ACK, 1, 1, 1)->urg, 1, "but on the data");
}

TEST(urg_is_ignored_after_the_peers_fin)
{
	u32 i;
	static const u8 states[] = { TOY_CLOSE_WAIT, TOY_LAST_ACK, TOY_CLOSING };

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		rig_new();
		rig_enter(states[i]);
		rx(URG | ACK, 2, 1, .urg = 100);
		rx(URG | ACK, 2, 1, .len = 5, .urg = 5);
		CHECK_EQ(rig.e.urgent, 0, "there is no urgent data after the end");
	}
	for (i = 0; i < 2; i++) {
		rig_new();
		rig_enter(i ? TOY_FIN_WAIT_2 : TOY_FIN_WAIT_1);
		rx(URG | ACK, 1, 1 + i, .len = 5, .urg = 5);
		CHECK_EQ(rig.e.urgent, 1, "only after that");
	}
}

TEST(the_urgent_pointer_stays_behind_and_never_comes_true_again)
{
	u32 seq = 1, i;

	rig_new();
	rig_establish();
	rig_urgent(1);
	expect(URG | ACK, 1, 1, 1);
	rx(ACK, 1, 2);
	seq = 2;
	/* half the circle later SND.UP must not look as if it lay ahead */
	for (i = 0; i < 3; i++) {
		rig_write(1000);
		expect(ACK, seq, 1, 1000);
		seq += 1000;
		rx(ACK, 1, seq);
		CHECK_EQ(conn->snd_up, conn->snd_una, "it moves along with SND.UNA");
	}
}
