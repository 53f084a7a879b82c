// SPDX-License-Identifier: GPL-2.0
/*
 * test_close.c - how connections end: from either side, from both, half, and by abort (RFC 9293
 * sections 3.6, 3.10.4 and 3.10.5).
 */
#include "rig.h"

static void why_is(u32 nr, u8 from, u8 to, enum toy_why why)
{
	CHECK(nr < rig.e.changes, "the change of state was told");
	CHECK_EQ(rig.e.history[nr].from, from, "from");
	CHECK_EQ(rig.e.history[nr].to, to, "to");
	CHECK_EQ(rig.e.history[nr].why, why, "why");
}

TEST(the_active_closer_passes_fin_wait_1_fin_wait_2_and_time_wait)
{
	rig_new();
	rig_establish();
	end_shutdown(&rig.e);
	state_is(TOY_FIN_WAIT_1);
	expect(FIN | ACK, 1, 1, 0);
	rx(ACK, 1, 2);
	state_is(TOY_FIN_WAIT_2);
	quiet();
	rx(FIN | ACK, 1, 2);
	expect(ACK, 2, 2, 0);
	quiet();
	state_is(TOY_TIME_WAIT);
	why_is(2, TOY_ESTABLISHED, TOY_FIN_WAIT_1, TOY_WHY_USER_CLOSE);
	why_is(3, TOY_FIN_WAIT_1, TOY_FIN_WAIT_2, TOY_WHY_FIN_ACKED);
	why_is(4, TOY_FIN_WAIT_2, TOY_TIME_WAIT, TOY_WHY_RCVD_FIN);
	CHECK_EQ(rig.e.counts[TOY_CNT_TimeWaits], 1, "it is counted");
	CHECK(rig.e.eof, "the user sees the end of the stream");
	CHECK_EQ(rig.e.err, 0, "and no error");
}

TEST(the_passive_closer_passes_close_wait_and_last_ack)
{
	rig_new();
	rig_establish();
	rx(FIN | ACK, 1, 1);
	acked(2);
	state_is(TOY_CLOSE_WAIT);
	CHECK(rig.e.eof, "the user sees the end of the stream");
	end_shutdown(&rig.e);
	expect(FIN | ACK, 1, 2, 0);
	state_is(TOY_LAST_ACK);
	rx(ACK, 2, 2);
	quiet();
	state_is(TOY_CLOSED);
	why_is(4, TOY_LAST_ACK, TOY_CLOSED, TOY_WHY_FIN_ACKED);
	CHECK_EQ(rig.e.err, 0, "without an error");
}

TEST(fins_that_cross_lead_through_closing_to_time_wait)
{
	rig_new();
	rig_enter(TOY_FIN_WAIT_1);
	rx(FIN | ACK, 1, 1);
	expect(ACK, 2, 2, 0);
	state_is(TOY_CLOSING);
	rx(ACK, 2, 2);
	quiet();
	state_is(TOY_TIME_WAIT);
	why_is(4, TOY_CLOSING, TOY_TIME_WAIT, TOY_WHY_FIN_ACKED);
}

TEST(in_closing_the_fin_is_sent_again_until_it_is_acknowledged)
{
	rig_new();
	rig_enter(TOY_CLOSING);
	fire();
	expect(FIN | ACK, 1, 2, 0);
	fire();
	expect(FIN | ACK, 1, 2, 0);
	rx(ACK, 2, 2);
	state_is(TOY_TIME_WAIT);
}

TEST(MUST_12_an_orderly_close_and_an_abort_look_different)
{
	rig_new();
	rig_establish();
	rx(FIN | ACK, 1, 1);
	CHECK(rig.e.eof && !rig.e.err, "FIN: end of stream, no error");
	rig_new();
	rig_establish();
	rx(RST, 1, 0);
	CHECK(!rig.e.eof && rig.e.err == ECONNRESET, "RST: an error, no end of stream");
	CHECK_EQ(rig.e.counts[TOY_CNT_EstabResets], 1, "it is counted");
}

TEST(fin_goes_after_everything_that_was_written)
{
	rig_new();
	rig_establish_with(1000, 1000, 0);
	rig_write(2500);
	end_shutdown(&rig.e);
	state_is(TOY_FIN_WAIT_1);
	expect(ACK, 1, 1, 1000);
	quiet();
	rx(ACK, 1, 1001, .wnd = 5000);
	CHECK_EQ(rig_nxt(), 2502, "all data and FIN");
	while (rig.head != rig.tail) {
		const struct toy_seg *s = pop();

		if (s->flags & TOY_FIN)
			CHECK_EQ(s->seq + s->len - RIG_ISS, 2501, "FIN stands last");
	}
	rx(ACK, 1, 2502, .wnd = 5000);
	state_is(TOY_FIN_WAIT_2);
}

TEST(fin_rides_on_the_last_data)
{
	rig_new();
	rig_establish_with(1000, 500, 0);
	rig_write(500);
	expect(ACK, 1, 1, 500);
	rig_write(300);
	end_shutdown(&rig.e);
	quiet();
	rx(ACK, 1, 501, .wnd = 1000);
	expect(FIN | ACK, 501, 1, 300);
	quiet();
}

TEST(fin_needs_room_in_the_window)
{
	rig_new();
	rig_establish_with(1000, 100, 0);
	rig_write(100);
	end_shutdown(&rig.e);
	expect(ACK, 1, 1, 100);
	quiet();
	rx(ACK, 1, 101, .wnd = 0);
	quiet();
	fire();
	expect(FIN | ACK, 101, 1, 0);	/* as a probe */
	rx(ACK, 1, 102, .wnd = 0);
	state_is(TOY_FIN_WAIT_2);
	rig_new();
	rig_establish_with(1000, 0, 0);
	rig_write(100);
	end_shutdown(&rig.e);
	quiet();
	rx(ACK, 1, 1, .wnd = 100);
	expect(ACK, 1, 1, 100);
	quiet();
	rx(ACK, 1, 101, .wnd = 1);
	expect(FIN | ACK, 101, 1, 0);
}

TEST(close_in_syn_sent_leaves_without_a_word)
{
	rig_new();
	rig_connect();
	end_close(&rig.e);
	quiet();
	state_is(TOY_CLOSED);
	why_is(1, TOY_SYN_SENT, TOY_CLOSED, TOY_WHY_USER_CLOSE);
}

TEST(close_in_syn_received_sends_fin_once_the_syn_is_acknowledged)
{
	rig_new();
	rig_enter(TOY_SYN_RECEIVED);
	end_shutdown(&rig.e);
	rx(ACK, 1, 1);
	expect(FIN | ACK, 1, 1, 0);
	state_is(TOY_FIN_WAIT_1);
	rx(ACK, 1, 2);
	state_is(TOY_FIN_WAIT_2);
}

TEST(half_close_data_flows_on_in_the_other_direction)
{
	u32 i;

	rig_new();
	rig_enter(TOY_FIN_WAIT_2);
	for (i = 0; i < 5; i++)
		rx(ACK, 1 + 1000 * i, 2, .len = 1000);
	pass(500 * MSEC);
	CHECK_EQ(conn->last_ack_sent - RIG_IRS, 5001, "all of it is acknowledged");
	delivered(5000);
	rig_new();
	rig_enter(TOY_CLOSE_WAIT);
	rig_write(2000);
	expect(ACK, 1, 2, 1460);
	expect(ACK, 1461, 2, 540);
	rx(ACK, 2, 2001);
	end_shutdown(&rig.e);
	expect(FIN | ACK, 2001, 2, 0);
}

TEST(data_in_fin_wait_1_is_delivered)
{
	rig_new();
	rig_enter(TOY_FIN_WAIT_1);
	rx(ACK, 1, 1, .len = 100);
	acked(101);
	delivered(100);
	state_is(TOY_FIN_WAIT_1);
	rx(FIN | ACK, 101, 2, .len = 50);
	expect(ACK, 2, 152, 0);
	delivered(150);
	state_is(TOY_TIME_WAIT);
}

TEST(abort_sends_a_reset_from_the_states_of_rfc_9293_section_3_10_5_only)
{
	static const struct {
		u8 state;
		bool reset;
		u32 seq;
	} from[] = {
		{ TOY_SYN_SENT, false, 0 }, { TOY_SYN_RECEIVED, true, 1 },
		{ TOY_ESTABLISHED, true, 1 }, { TOY_FIN_WAIT_1, true, 2 },
		{ TOY_FIN_WAIT_2, true, 2 }, { TOY_CLOSE_WAIT, true, 1 },
		{ TOY_CLOSING, false, 0 }, { TOY_LAST_ACK, false, 0 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(from); i++) {
		rig_new();
		rig_enter(from[i].state);
		end_abort(&rig.e);
		if (from[i].reset) {
			const struct toy_seg *s = pop();

			CHECK(s->flags & TOY_RST, "a reset");
			CHECK_EQ(s->seq - RIG_ISS, from[i].seq, "SEQ = SND.NXT");
		}
		quiet();
		state_is(TOY_CLOSED);
		CHECK_EQ(rig.e.last.closed_why, TOY_WHY_USER_ABORT, "the reason");
	}
}

TEST(abort_drops_what_was_not_sent)
{
	rig_new();
	rig_establish_with(1000, 1000, 0);
	rig_write(5000);
	expect(ACK, 1, 1, 1000);
	end_abort(&rig.e);
	CHECK(pop()->flags & TOY_RST, "the reset is next");
	quiet();
	state_is(TOY_CLOSED);
}

TEST(SHLD_3_close_with_unread_data_is_a_reset)
{
	rig_new();
	rig_establish();
	rx(ACK, 1, 1, .len = 100);
	rig_drain();
	end_close(&rig.e);
	CHECK(pop()->flags & TOY_RST, "a reset, not FIN");
	quiet();
	state_is(TOY_CLOSED);
}

TEST(SHLD_3_data_after_close_is_answered_by_a_reset)
{
	static const u8 states[] = { TOY_FIN_WAIT_1, TOY_FIN_WAIT_2 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		rig_new();
		rig_establish();
		end_close(&rig.e);
		expect(FIN | ACK, 1, 1, 0);
		if (states[i] == TOY_FIN_WAIT_2)
			rx(ACK, 1, 2);
		rx(ACK, 1, 2 - (states[i] == TOY_FIN_WAIT_1), .len = 10);
		CHECK(pop()->flags & TOY_RST, "a reset");
		quiet();
		state_is(TOY_CLOSED);
		CHECK_EQ(rig.e.last.closed_why, TOY_WHY_DATA_AFTER_CLOSE, "the reason");
		CHECK_EQ(rig.e.counts[TOY_CNT_AbortOnData], 1, "it is counted");
		delivered(0);
	}
}

TEST(after_close_the_peers_fin_still_ends_in_time_wait)
{
	rig_new();
	rig_establish();
	end_close(&rig.e);
	expect(FIN | ACK, 1, 1, 0);
	rx(FIN | ACK, 1, 2);
	expect(ACK, 2, 2, 0);
	quiet();
	state_is(TOY_TIME_WAIT);
}

TEST(after_close_old_data_again_is_acknowledged_and_nothing_else)
{
	rig_new();
	rig_establish();
	rx(ACK, 1, 1, .len = 100);
	acked(101);
	end_read(&rig.e, 100);
	rig_drain();
	end_close(&rig.e);
	expect(FIN | ACK, 1, 101, 0);
	rx(ACK, 1, 1, .len = 100);
	expect(ACK, 2, 101, 0);
	quiet();
	state_is(TOY_FIN_WAIT_1);
}

TEST(an_orphan_waits_in_fin_wait_2_for_the_fin_timeout_and_no_longer)
{
	rig_new();
	rig_establish();
	end_close(&rig.e);
	expect(FIN | ACK, 1, 1, 0);
	rx(ACK, 1, 2);
	state_is(TOY_FIN_WAIT_2);
	pass(rig.e.knobs.fin_timeout - 1);
	state_is(TOY_FIN_WAIT_2);
	pass(1);
	state_is(TOY_CLOSED);
	quiet();
	CHECK_EQ(rig.e.counts[TOY_CNT_FinWait2Timeouts], 1, "it is counted");
	rig_new();
	rig_enter(TOY_FIN_WAIT_2);
	pass(10 * HOUR);
	state_is(TOY_FIN_WAIT_2);
	end_close(&rig.e);
	pass(rig.e.knobs.fin_timeout - 1);
	state_is(TOY_FIN_WAIT_2);
	pass(1);
	state_is(TOY_CLOSED);
}

TEST(an_orphan_that_the_peer_does_not_answer_is_given_up_sooner)
{
	u32 n = 0;

	rig_new();
	rig.e.knobs.orphan_retries = 4;
	rig_establish();
	end_close(&rig.e);
	expect(FIN | ACK, 1, 1, 0);
	for (; rig.e.kind == END_CONN; n++) {
		fire();
		rig_drain();
	}
	CHECK_EQ(n, 5, "four times again, and a last wait");
	CHECK_EQ(rig.e.err, ETIMEDOUT, "nobody is there to hear it");
}

TEST(SHLD_3_an_orphan_with_a_closed_window_is_given_up)
{
	u32 n = 0;

	rig_new();
	rig.e.knobs.orphan_retries = 6;
	rig_establish_with(1000, 100, 0);
	rig_write(300);
	expect(ACK, 1, 1, 100);
	rx(ACK, 1, 101, .wnd = 0);
	end_close(&rig.e);
	for (; rig.e.kind == END_CONN; n++) {
		CHECK(n < 20, "however often the peer says that the window is closed");
		fire();
		rig_drain();
		if (rig.e.kind == END_CONN)
			rx(ACK, 1, 101, .wnd = 0);
	}
	CHECK_IN(n, 5, 8, "about as often as the knob says");
}

TEST(an_orphan_has_all_its_probes_however_many_went_before)
{
	u32 i, n = 0;

	rig_new();
	rig.e.knobs.orphan_retries = 3;
	rig_establish_with(1000, 100, 0);
	rig_write(300);
	expect(ACK, 1, 1, 100);
	rx(ACK, 1, 101, .wnd = 0);
	for (i = 0; i < 10; i++) {
		fire();
		rig_drain();
		rx(ACK, 1, 101, .wnd = 0);
	}
	end_close(&rig.e);
	while (rig.e.kind == END_CONN) {
		fire();
		n = rig.e.timers[TOY_TIMER_PERSIST];
		CHECK(n < 30, "however often the peer says that the window is closed");
		rig_drain();
		if (rig.e.kind == END_CONN)
			rx(ACK, 1, 101, .wnd = 0);
	}
	CHECK_EQ(n, 10 + 3 + 1, "three probes since it was closed, and a last wait");
}

TEST(a_second_close_changes_nothing)
{
	rig_new();
	rig_enter(TOY_FIN_WAIT_1);
	end_shutdown(&rig.e);
	quiet();
	state_is(TOY_FIN_WAIT_1);
	rig_new();
	rig_enter(TOY_LAST_ACK);
	end_shutdown(&rig.e);
	quiet();
	state_is(TOY_LAST_ACK);
}

TEST(a_reset_in_close_wait_is_a_broken_pipe)
{
	rig_new();
	rig_enter(TOY_CLOSE_WAIT);
	rx(RST, 2, 0);
	CHECK_EQ(rig.e.err, EPIPE, "as tcp(7) has it");
	state_is(TOY_CLOSED);
}

TEST(fin_out_of_order_waits_for_the_data_before_it)
{
	rig_new();
	rig_establish();
	rx(FIN | ACK, 11, 1, .len = 10);
	expect(ACK, 1, 1, 0);
	state_is(TOY_ESTABLISHED);
	CHECK(!rig.e.eof, "the end is not reached");
	rx(ACK, 1, 1, .len = 10);
	expect(ACK, 1, 22, 0);
	delivered(20);
	CHECK(rig.e.eof, "now it is");
	state_is(TOY_CLOSE_WAIT);
	rig_new();
	rig_establish();
	rx(FIN | ACK, 11, 1);	/* a FIN alone */
	expect(ACK, 1, 1, 0);
	rx(ACK, 1, 1, .len = 10);
	expect(ACK, 1, 12, 0);
	state_is(TOY_CLOSE_WAIT);
}

TEST(an_abort_with_an_error_tells_it)
{
	rig_new();
	rig_establish();
	toy_conn_abort(conn, TOY_WHY_NO_MEMORY, ENOMEM);
	end_event(&rig.e);
	CHECK(pop()->flags & TOY_RST, "a reset");
	CHECK_EQ(rig.e.err, ENOMEM, "the error");
	state_is(TOY_CLOSED);
}

TEST(MUST_56_icmp_errors_never_end_an_established_connection)
{
	rig_new();
	rig_establish();
	end_unreachable(&rig.e, EHOSTUNREACH, false);
	end_unreachable(&rig.e, ECONNREFUSED, true);
	state_is(TOY_ESTABLISHED);
	CHECK_EQ(rig.e.err, 0, "RFC 5461: it survives");
	CHECK_EQ(rig.e.soft_err, ECONNREFUSED, "the user can ask");
	quiet();
}
