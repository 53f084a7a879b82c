// SPDX-License-Identifier: GPL-2.0
/*
 * test_ofo.c - segments before their turn: held, joined, told of (RFC 9293 SHLD-31, RFC 2018, RFC
 * 2883, RFC 5681 section 4.2).
 */
#include <stdlib.h>

#include "rig.h"

static void established(bool sack)
{
	rig_new();
	rig.e.knobs.sack = sack;
	rig_establish_with(1000, RIG_WND, sack ? TOY_OPT_SACKOK : 0);
}

/* Block @nr of the last ACK is [start, end). */
static void block_is(const struct toy_seg *s, u32 nr, u32 start, u32 end)
{
	CHECK(s->opts & TOY_OPT_SACK, "the ACK has blocks");
	CHECK(nr < s->nsack, "and so many");
	CHECK_EQ(s->sack[nr].start - RIG_IRS, start, "start of the block");
	CHECK_EQ(s->sack[nr].end - RIG_IRS, end, "end of the block");
}

TEST(SHLD_31_segments_out_of_order_are_held_and_delivered_in_order)
{
	static const u32 order[] = { 5, 3, 9, 1, 7, 2, 8, 4, 6 };
	u32 i;

	established(false);
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		rx(ACK, 1 + 100 * order[i], 1, .len = 100);
		expect(ACK, 1, 1, 0);	/* MAY-13: at once */
		quiet();
		delivered(0);
	}
	CHECK_EQ(conn->ofo.count, 9, "nine are held");
	CHECK_EQ(rig.e.counts[TOY_CNT_OfoQueue], 9, "and counted");
	rx(ACK, 1, 1, .len = 100);
	expect(ACK, 1, 1001, 0);
	quiet();
	delivered(1000);
	CHECK_EQ(conn->ofo.count, 0, "none is left");
}

TEST(a_segment_held_already_is_not_held_twice)
{
	established(false);
	rx(ACK, 101, 1, .len = 100);
	rx(ACK, 101, 1, .len = 100);
	rx(ACK, 151, 1, .len = 50);
	rig_drain();
	CHECK_EQ(conn->ofo.count, 1, "once");
	CHECK_EQ(rig.e.drop, TOY_DROP_DUPLICATE, "the reason is named");
	rx(ACK, 1, 1, .len = 100);
	expect(ACK, 1, 201, 0);
	delivered(200);
}

TEST(segments_that_overlap_are_delivered_once)
{
	established(false);
	rx(ACK, 201, 1, .len = 100);
	rx(ACK, 101, 1, .len = 150);
	rx(ACK, 151, 1, .len = 300);
	rx(ACK, 51, 1, .len = 500);
	rig_drain();
	rx(ACK, 1, 1, .len = 120);
	rig_drain();
	delivered(550);
	CHECK_EQ(conn->ofo.count, 0, "none is left");
}

TEST(a_segment_that_covers_held_ones_replaces_them)
{
	established(false);
	rx(ACK, 101, 1, .len = 10);
	rx(ACK, 121, 1, .len = 10);
	rx(ACK, 141, 1, .len = 10);
	rig_drain();
	rx(ACK, 1, 1, .len = 300);
	expect(ACK, 1, 301, 0);
	delivered(300);
	CHECK_EQ(conn->ofo.count, 0, "what came twice is freed");
}

TEST(every_order_of_six_segments_gives_the_same_stream)
{
	u32 perm[6], run, i, j;

	for (run = 0; run < 720; run++) {
		u32 left[6] = { 0, 1, 2, 3, 4, 5 }, n = 6, code = run;

		for (i = 0; i < 6; i++) {
			j = code % n;
			code /= n;
			perm[i] = left[j];
			left[j] = left[--n];
		}
		established(true);
		for (i = 0; i < 6; i++) {
			u32 at = 1 + 50 * perm[i];

			/* every second one overlaps its neighbour, the last has FIN */
			rx(perm[i] == 5 ? FIN | ACK : ACK, at, 1,
			   .len = 50 + (perm[i] != 5 && perm[i] % 2 ? 20 : 0));
			rig_drain();
		}
		delivered(300);
		CHECK(rig.e.eof, "FIN came last");
		state_is(TOY_CLOSE_WAIT);
	}
}

TEST(rfc5681_a_segment_that_fills_a_hole_is_acknowledged_at_once)
{
	established(false);
	conn->quick_acks = 0;
	conn->rcv_mss = 1000;
	rx(ACK, 101, 1, .len = 100);
	expect(ACK, 1, 1, 0);
	rx(ACK, 301, 1, .len = 100);
	expect(ACK, 1, 1, 0);
	rx(ACK, 1, 1, .len = 100);
	expect(ACK, 1, 201, 0);
	rx(ACK, 201, 1, .len = 50);	/* in part */
	expect(ACK, 1, 251, 0);
	quiet();
}

TEST(rfc2018_the_first_block_holds_the_segment_that_came_last)
{
	const struct toy_seg *s;

	established(true);
	rx(ACK, 101, 1, .len = 100);
	block_is(expect(ACK, 1, 1, 0), 0, 101, 201);
	rx(ACK, 301, 1, .len = 100);
	s = expect(ACK, 1, 1, 0);
	block_is(s, 0, 301, 401);
	block_is(s, 1, 101, 201);
	rx(ACK, 501, 1, .len = 100);
	expect(ACK, 1, 1, 0);
	rx(ACK, 701, 1, .len = 100);
	s = expect(ACK, 1, 1, 0);
	CHECK_EQ(s->nsack, 4, "four without timestamps");
	rx(ACK, 901, 1, .len = 100);
	s = expect(ACK, 1, 1, 0);
	CHECK_EQ(s->nsack, 4, "and no more");
	block_is(s, 0, 901, 1001);
	block_is(s, 1, 701, 801);
	rx(ACK, 201, 1, .len = 100);
	s = expect(ACK, 1, 1, 0);
	block_is(s, 0, 201, 401);
}

TEST(rfc2018_neighbours_become_one_block)
{
	established(true);
	rx(ACK, 101, 1, .len = 100);
	expect(ACK, 1, 1, 0);
	rx(ACK, 201, 1, .len = 100);
	block_is(expect(ACK, 1, 1, 0), 0, 101, 301);
	rx(ACK, 401, 1, .len = 100);
	expect(ACK, 1, 1, 0);
	rx(ACK, 301, 1, .len = 100);
	CHECK_EQ(rig.sent[rig.head % RIG_SENT_MAX].seg.nsack, 1, "one");
	block_is(expect(ACK, 1, 1, 0), 0, 101, 501);
}

TEST(rfc2018_with_timestamps_three_blocks_fit)
{
	u32 i;

	rig_new();
	rig.e.knobs.sack = true;
	rig.e.knobs.timestamps = true;
	rig_establish_with(1000, RIG_WND, TOY_OPT_SACKOK | TOY_OPT_TS);
	for (i = 0; i < 6; i++)
		rx(ACK, 101 + 200 * i, 1, .len = 100);
	for (i = 0; i < 5; i++)
		expect(ACK, 1, 1, 0);
	CHECK_EQ(expect(ACK, 1, 1, 0)->nsack, 3, "three");
}

TEST(rfc2018_blocks_go_when_the_hole_is_filled)
{
	const struct toy_seg *s;

	established(true);
	rx(ACK, 101, 1, .len = 100);
	expect(ACK, 1, 1, 0);
	rx(ACK, 1, 1, .len = 100);
	s = expect(ACK, 1, 201, 0);
	CHECK(!(s->opts & TOY_OPT_SACK), "nothing is missing");
}

TEST(rfc2018_every_ack_tells_of_the_holes_and_data_leaves_room_for_them)
{
	const struct toy_seg *s;

	established(true);
	rx(ACK, 101, 1, .len = 100);
	expect(ACK, 1, 1, 0);
	rig_write(3000);
	s = expect(ACK, 1, 1, 1000 - 12);
	block_is(s, 0, 101, 201);
	rig_drain();
}

TEST(rfc2018_without_permission_no_block_is_sent)
{
	established(false);
	rx(ACK, 101, 1, .len = 100);
	CHECK(!(expect(ACK, 1, 1, 0)->opts & TOY_OPT_SACK), "no block");
}

TEST(rfc2883_what_came_twice_is_told_first)
{
	const struct toy_seg *s;

	established(true);
	rx(ACK, 1, 1, .len = 100);
	acked(101);
	rx(ACK, 1, 1, .len = 100);
	s = expect(ACK, 1, 101, 0);
	block_is(s, 0, 1, 101);
	CHECK_EQ(s->nsack, 1, "once");
	rx(ACK, 201, 1, .len = 100);
	s = expect(ACK, 1, 101, 0);
	CHECK_EQ(s->nsack, 1, "and not again");
	rx(ACK, 201, 1, .len = 100);
	s = expect(ACK, 1, 101, 0);
	block_is(s, 0, 201, 301);
	block_is(s, 1, 201, 301);
}

TEST(the_peers_sack_blocks_are_harmless_whatever_they_say)
{
	static const struct toy_block bad[] = {
		{ 0, 0 }, { 100, 1 }, { 0xffffffff, 0 }, { 0x80000000, 0x7fffffff },
		{ 1, 0xf0000000 },
	};
	u32 i;

	established(true);
	rig_write(5000);
	rig_drain();
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct toy_seg s = {
			.sport = 10002, .dport = 10001, .seq = RIG_IRS + 1, .ack = RIG_ISS + 1,
			.wnd = 65535, .flags = ACK, .opts = TOY_OPT_SACK, .nsack = 1,
		};
		u8 bytes[TOY_HDR_MAX];

		s.sack[0] = (struct toy_block){ RIG_ISS + bad[i].start, RIG_ISS + bad[i].end };
		end_input(&rig.e, bytes, end_build(&s, NULL, 2, 1, bytes));
	}
	rig_drain();
	state_is(TOY_ESTABLISHED);
	rx(ACK, 1, 5001);
	CHECK_EQ(rig_una(), 5001, "data is kept until it is acknowledged (RFC 2018 section 8)");
}

TEST(what_is_held_is_freed_when_the_connection_ends)
{
	established(false);
	rx(ACK, 101, 1, .len = 100);
	rx(ACK, 301, 1, .len = 100);
	rx(RST, 1, 0);
	rig_drain();
	state_is(TOY_CLOSED);
	CHECK_EQ(rig.e.last.ofo.count, 0, "AddressSanitizer looks for what is not");
}

TEST(rfc2018_what_was_held_may_be_given_up_and_comes_again)
{
	struct toy_range *r, *all;
	u32 n = 0;

	established(true);
	rx(ACK, 201, 1, .len = 100);
	rx(ACK, 401, 1, .len = 100);
	rx(ACK, 601, 1, .len = 100);
	rig_drain();
	CHECK_EQ(conn->nsacks, 3, "three blocks are told");
	all = toy_conn_renege(conn);
	for (r = all; r; r = r->left)
		CHECK_EQ(r->seq - RIG_IRS, 201 + 200 * n++, "each range is given back, in order");
	CHECK_EQ(n, 3, "all of them");
	CHECK_EQ(conn->ofo.count, 0, "none is held");
	CHECK_EQ(rig.e.counts[TOY_CNT_OfoPruned], 3, "it is counted");
	CHECK(!toy_conn_renege(conn), "and not twice");
	while ((r = all)) {
		all = r->left;
		free(r);
	}
	rx(ACK, 1, 1, .len = 100);
	CHECK_EQ(conn->rcv_nxt - RIG_IRS, 101, "what was given up is not taken for delivered");
	rig_drain();
	CHECK_EQ(conn->nsacks, 0, "and no longer told");
	rx(ACK, 101, 1, .len = 600);
	rig_drain();
	delivered(700);
}
