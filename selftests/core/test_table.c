// SPDX-License-Identifier: GPL-2.0
/*
 * test_table.c - SEGMENT ARRIVES as a table (RFC 9293 section 3.10.7): twelve states, ten events,
 * one test a cell. What a cell does not name must not move.
 *
 * Where cells need a choice: a SYN for a half-open connection is a new one in the window (back
 * to LISTEN); the peer's own SYN again is in test_open.c. TIME-WAIT follows RFC 6191 and 1337; a
 * reset there is tested with both settings of the latter.
 */
#include "rig.h"

/* Two rows share a state: it matters who opened (MUST-11). */
enum row {
	R_CLOSED,
	R_LISTEN,
	R_SYN_SENT,
	R_HALF_OPEN,
	R_SYN_RECEIVED,
	R_ESTABLISHED,
	R_FIN_WAIT_1,
	R_FIN_WAIT_2,
	R_CLOSE_WAIT,
	R_CLOSING,
	R_LAST_ACK,
	R_TIME_WAIT,
	ROWS
};

enum column {
	C_SYN,
	C_SYNACK,
	C_ACK,
	C_BAD_ACK,
	C_RST_EXACT,
	C_RST_WINDOW,
	C_RST_OUTSIDE,
	C_FIN,
	C_DATA,
	C_DATA_OUTSIDE,
	COLUMNS
};

/* What leaves. */
enum reply {
	SILENCE,
	RESET_AT_ACK,	/* <SEQ=SEG.ACK><CTL=RST> */
	RESET_AT_0,	/* <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK> */
	BARE_ACK,	/* <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK> */
	ACKED,		/* the same, with RCV.NXT moved; at once or delayed */
	SYN_ACK,
};

/* Where a row begins: its state, SND.UNA, SND.NXT and RCV.NXT counted from the SYNs. */
static const struct {
	const char *name;
	u8 state;
	u32 una;
	u32 nxt;
	u32 rcv;
} rows[ROWS] = {
	[R_CLOSED]	= { "CLOSED", TOY_CLOSED, 1, 1, 1 },
	[R_LISTEN]	= { "LISTEN", TOY_LISTEN, 1, 1, 1 },
	[R_SYN_SENT]	= { "SYN-SENT", TOY_SYN_SENT, 0, 1, 0 },
	[R_HALF_OPEN]	= { "SYN-RECEIVED (passive)", TOY_SYN_RECEIVED, 0, 1, 1 },
	[R_SYN_RECEIVED] = { "SYN-RECEIVED (active)", TOY_SYN_RECEIVED, 0, 1, 1 },
	[R_ESTABLISHED]	= { "ESTABLISHED", TOY_ESTABLISHED, 1, 101, 1 },
	[R_FIN_WAIT_1]	= { "FIN-WAIT-1", TOY_FIN_WAIT_1, 1, 2, 1 },
	[R_FIN_WAIT_2]	= { "FIN-WAIT-2", TOY_FIN_WAIT_2, 2, 2, 1 },
	[R_CLOSE_WAIT]	= { "CLOSE-WAIT", TOY_CLOSE_WAIT, 1, 101, 2 },
	[R_CLOSING]	= { "CLOSING", TOY_CLOSING, 1, 2, 2 },
	[R_LAST_ACK]	= { "LAST-ACK", TOY_LAST_ACK, 1, 2, 2 },
	[R_TIME_WAIT]	= { "TIME-WAIT", TOY_TIME_WAIT, 2, 2, 2 },
};

static const char *const columns[COLUMNS] = {
	[C_SYN]		= "SYN",
	[C_SYNACK]	= "SYN,ACK",
	[C_ACK]		= "an acceptable ACK",
	[C_BAD_ACK]	= "an ACK of what was never sent",
	[C_RST_EXACT]	= "RST at RCV.NXT",
	[C_RST_WINDOW]	= "RST elsewhere in the window",
	[C_RST_OUTSIDE]	= "RST outside the window",
	[C_FIN]		= "FIN",
	[C_DATA]	= "data in order",
	[C_DATA_OUTSIDE] = "data outside the window",
};

/**
 * struct cell - what is to happen
 * @reply: what leaves
 * @state: afterwards
 * @una: SND.UNA moves by so much
 * @rcv: RCV.NXT moves by so much
 * @err: what the user is told
 */
struct cell {
	enum reply reply;
	u8 state;
	u8 una;
	u8 rcv;
	u8 err;
};

#define CELL(...)	{ __VA_ARGS__ }
#define STAY(reply, state)	CELL(reply, TOY_##state)
/* Seven columns that the states from SYN-RECEIVED on share. */
#define SYNCED(st)							\
	[C_SYN] = STAY(BARE_ACK, st), [C_SYNACK] = STAY(BARE_ACK, st),	\
	[C_BAD_ACK] = STAY(BARE_ACK, st), [C_RST_WINDOW] = STAY(BARE_ACK, st), \
	[C_RST_OUTSIDE] = STAY(SILENCE, st), [C_DATA_OUTSIDE] = STAY(BARE_ACK, st)

static const struct cell table[ROWS][COLUMNS] = {
	[R_CLOSED] = {
		[C_SYN]		= STAY(RESET_AT_0, CLOSED),
		[C_SYNACK]	= STAY(RESET_AT_ACK, CLOSED),
		[C_ACK]		= STAY(RESET_AT_ACK, CLOSED),
		[C_BAD_ACK]	= STAY(RESET_AT_ACK, CLOSED),
		[C_RST_EXACT]	= STAY(SILENCE, CLOSED),
		[C_RST_WINDOW]	= STAY(SILENCE, CLOSED),
		[C_RST_OUTSIDE]	= STAY(SILENCE, CLOSED),
		[C_FIN]		= STAY(RESET_AT_ACK, CLOSED),
		[C_DATA]	= STAY(RESET_AT_ACK, CLOSED),
		[C_DATA_OUTSIDE] = STAY(RESET_AT_ACK, CLOSED),
	},
	[R_LISTEN] = {
		[C_SYN]		= CELL(SYN_ACK, TOY_SYN_RECEIVED),
		[C_SYNACK]	= STAY(RESET_AT_ACK, LISTEN),
		[C_ACK]		= STAY(RESET_AT_ACK, LISTEN),
		[C_BAD_ACK]	= STAY(RESET_AT_ACK, LISTEN),
		[C_RST_EXACT]	= STAY(SILENCE, LISTEN),
		[C_RST_WINDOW]	= STAY(SILENCE, LISTEN),
		[C_RST_OUTSIDE]	= STAY(SILENCE, LISTEN),
		[C_FIN]		= STAY(RESET_AT_ACK, LISTEN),
		[C_DATA]	= STAY(RESET_AT_ACK, LISTEN),
		[C_DATA_OUTSIDE] = STAY(RESET_AT_ACK, LISTEN),
	},
	[R_SYN_SENT] = {
		[C_SYN]		= CELL(SYN_ACK, TOY_SYN_RECEIVED, .rcv = 1),
		[C_SYNACK]	= CELL(ACKED, TOY_ESTABLISHED, .una = 1, .rcv = 1),
		[C_ACK]		= STAY(SILENCE, SYN_SENT),
		[C_BAD_ACK]	= STAY(RESET_AT_ACK, SYN_SENT),
		[C_RST_EXACT]	= CELL(SILENCE, TOY_CLOSED, .err = ECONNREFUSED),
		[C_RST_WINDOW]	= CELL(SILENCE, TOY_CLOSED, .err = ECONNREFUSED),
		[C_RST_OUTSIDE]	= STAY(SILENCE, SYN_SENT),
		[C_FIN]		= STAY(SILENCE, SYN_SENT),
		[C_DATA]	= STAY(SILENCE, SYN_SENT),
		[C_DATA_OUTSIDE] = STAY(SILENCE, SYN_SENT),
	},
	[R_HALF_OPEN] = {
		[C_SYN]		= CELL(SILENCE, TOY_LISTEN),
		[C_SYNACK]	= STAY(BARE_ACK, SYN_RECEIVED),
		[C_ACK]		= CELL(SILENCE, TOY_ESTABLISHED, .una = 1),
		[C_BAD_ACK]	= STAY(RESET_AT_ACK, SYN_RECEIVED),
		[C_RST_EXACT]	= CELL(SILENCE, TOY_LISTEN),
		[C_RST_WINDOW]	= STAY(BARE_ACK, SYN_RECEIVED),
		[C_RST_OUTSIDE]	= STAY(SILENCE, SYN_RECEIVED),
		[C_FIN]		= CELL(ACKED, TOY_CLOSE_WAIT, .una = 1, .rcv = 1),
		[C_DATA]	= CELL(ACKED, TOY_ESTABLISHED, .una = 1, .rcv = 10),
		[C_DATA_OUTSIDE] = STAY(BARE_ACK, SYN_RECEIVED),
	},
	[R_SYN_RECEIVED] = {
		SYNCED(SYN_RECEIVED),
		[C_ACK]		= CELL(SILENCE, TOY_ESTABLISHED, .una = 1),
		[C_BAD_ACK]	= STAY(RESET_AT_ACK, SYN_RECEIVED),
		[C_RST_EXACT]	= CELL(SILENCE, TOY_CLOSED, .err = ECONNREFUSED),
		[C_FIN]		= CELL(ACKED, TOY_CLOSE_WAIT, .una = 1, .rcv = 1),
		[C_DATA]	= CELL(ACKED, TOY_ESTABLISHED, .una = 1, .rcv = 10),
	},
	[R_ESTABLISHED] = {
		SYNCED(ESTABLISHED),
		[C_ACK]		= CELL(SILENCE, TOY_ESTABLISHED, .una = 100),
		[C_RST_EXACT]	= CELL(SILENCE, TOY_CLOSED, .err = ECONNRESET),
		[C_FIN]		= CELL(ACKED, TOY_CLOSE_WAIT, .rcv = 1),
		[C_DATA]	= CELL(ACKED, TOY_ESTABLISHED, .rcv = 10),
	},
	[R_FIN_WAIT_1] = {
		SYNCED(FIN_WAIT_1),
		[C_ACK]		= CELL(SILENCE, TOY_FIN_WAIT_2, .una = 1),
		[C_RST_EXACT]	= CELL(SILENCE, TOY_CLOSED, .err = ECONNRESET),
		[C_FIN]		= CELL(ACKED, TOY_CLOSING, .rcv = 1),
		[C_DATA]	= CELL(ACKED, TOY_FIN_WAIT_1, .rcv = 10),
	},
	[R_FIN_WAIT_2] = {
		SYNCED(FIN_WAIT_2),
		[C_ACK]		= STAY(SILENCE, FIN_WAIT_2),
		[C_RST_EXACT]	= CELL(SILENCE, TOY_CLOSED, .err = ECONNRESET),
		[C_FIN]		= CELL(ACKED, TOY_TIME_WAIT, .rcv = 1),
		[C_DATA]	= CELL(ACKED, TOY_FIN_WAIT_2, .rcv = 10),
	},
	[R_CLOSE_WAIT] = {
		SYNCED(CLOSE_WAIT),
		[C_ACK]		= CELL(SILENCE, TOY_CLOSE_WAIT, .una = 100),
		[C_RST_EXACT]	= CELL(SILENCE, TOY_CLOSED, .err = EPIPE),
		[C_FIN]		= STAY(BARE_ACK, CLOSE_WAIT),
		[C_DATA]	= STAY(SILENCE, CLOSE_WAIT),
	},
	[R_CLOSING] = {
		SYNCED(CLOSING),
		[C_ACK]		= CELL(SILENCE, TOY_TIME_WAIT, .una = 1),
		[C_RST_EXACT]	= CELL(SILENCE, TOY_CLOSED),
		[C_FIN]		= STAY(BARE_ACK, CLOSING),
		[C_DATA]	= STAY(SILENCE, CLOSING),
	},
	[R_LAST_ACK] = {
		SYNCED(LAST_ACK),
		[C_ACK]		= CELL(SILENCE, TOY_CLOSED, .una = 1),
		[C_RST_EXACT]	= CELL(SILENCE, TOY_CLOSED),
		[C_FIN]		= STAY(BARE_ACK, LAST_ACK),
		[C_DATA]	= STAY(SILENCE, LAST_ACK),
	},
	[R_TIME_WAIT] = {
		SYNCED(TIME_WAIT),
		[C_ACK]		= STAY(SILENCE, TIME_WAIT),
		[C_RST_EXACT]	= STAY(SILENCE, TIME_WAIT),
		[C_RST_WINDOW]	= STAY(SILENCE, TIME_WAIT),
		[C_FIN]		= STAY(BARE_ACK, TIME_WAIT),
		[C_DATA]	= STAY(SILENCE, TIME_WAIT),
	},
};

static void enter(enum row row)
{
	rig_new();
	switch (row) {
	case R_HALF_OPEN:
		rig_half_open();
		break;
	case R_ESTABLISHED:
	case R_CLOSE_WAIT:
		rig_enter(rows[row].state);
		rig_write(100);
		expect(ACK, 1, rows[row].rcv, 100);
		conn->quick_acks = 1;	/* what the answer is, not when it is due */
		break;
	default:
		rig_enter(rows[row].state);
	}
	quiet();
}

/* The segment of a column, for a row: flags, number, acknowledgment, length. */
static struct rig_seg event(enum row row, enum column column)
{
	u32 rcv = rows[row].rcv, nxt = rows[row].nxt, una = rows[row].una;
	bool opening = row == R_SYN_SENT || row == R_HALF_OPEN || row == R_SYN_RECEIVED;
	bool peer_closed = row >= R_CLOSE_WAIT;
	u32 good = opening ? nxt : una;
	struct rig_seg s = { .flags = ACK, .seq = rcv, .ack = good, .wnd = RIG_WND };

	switch (column) {
	case C_SYN:
		s.flags = SYN;
		s.mss = 1460;
		s.opts = TOY_OPT_MSS;
		break;
	case C_SYNACK:
		s.flags = SYN | ACK;
		s.ack = nxt;
		s.seq = 0;
		break;
	case C_ACK:
		s.ack = nxt;
		break;
	case C_BAD_ACK:
		s.ack = nxt + 1;
		break;
	case C_RST_EXACT:
		s.flags = row == R_SYN_SENT ? RST | ACK : RST;
		break;
	case C_RST_WINDOW:
		s.flags = row == R_SYN_SENT ? RST | ACK : RST;
		s.seq = rcv + 1;
		break;
	case C_RST_OUTSIDE:
		s.flags = RST;
		s.seq = rcv - 1;
		break;
	case C_FIN:
		s.flags = FIN | ACK;
		s.seq = peer_closed ? rcv - 1 : rcv;
		break;
	case C_DATA:
		s.len = 10;
		break;
	case C_DATA_OUTSIDE:
		s.len = 10;
		s.seq = rcv + 65536 + 100;
		break;
	case COLUMNS:
		break;
	}
	return s;
}

static void check_reply(enum row row, const struct cell *cell, const struct rig_seg *s)
{
	u32 nxt = rows[row].nxt, rcv = rows[row].rcv + cell->rcv;
	const struct toy_seg *r;

	switch (cell->reply) {
	case SILENCE:
		break;
	case RESET_AT_ACK:
		expect(RST, s->ack, 0, 0);
		break;
	case RESET_AT_0:
		r = pop();
		CHECK_EQ(r->flags, TOY_RST | TOY_ACK, "a reset with ACK answers what has none");
		CHECK_EQ(r->seq, 0, "its number is zero");
		CHECK_EQ(r->ack, RIG_IRS + s->seq + 1, "it acknowledges the SYN");
		break;
	case BARE_ACK:
		expect(ACK, nxt, rcv, 0);
		break;
	case ACKED:
		if (rig.head == rig.tail)
			rig_pass(500 * MSEC - 1);
		expect(ACK, nxt, rcv, 0);
		break;
	case SYN_ACK:
		expect(SYN | ACK, 0, s->seq + 1, 0);
		break;
	}
	quiet();
}

static void check_rest(enum row row, const struct cell *cell)
{
	u32 una = rows[row].una + cell->una, rcv = rows[row].rcv + cell->rcv;

	CHECK_EQ(rig.e.err, cell->err, "what the user is told");
	if (row == R_HALF_OPEN)
		CHECK_EQ(rig.e.conns, cell->una, "a connection exists once SYN is acknowledged");
	CHECK_EQ(rig.e.in_len, cell->rcv == 10 ? 10 : 0, "what is delivered");
	CHECK_EQ(rig.e.eof, cell->state == TOY_CLOSE_WAIT || row >= R_CLOSE_WAIT ||
		 (cell->rcv == 1 && row >= R_HALF_OPEN), "whether the end of the stream is seen");
	if (rig.e.kind == END_CONN) {
		CHECK_EQ(rig_una(), una, "SND.UNA");
		CHECK_EQ(rig_nxt(), rows[row].nxt, "SND.NXT");
		if (cell->state != TOY_SYN_SENT)
			CHECK_EQ(rig_rcv(), rcv, "RCV.NXT");
		CHECK_EQ(conn->ofo.count, 0, "nothing waits for its turn");
	}
	if (rig.e.kind == END_TIME_WAIT) {
		CHECK_EQ(rig.e.tw.snd_nxt - RIG_ISS, rows[row].nxt, "SND.NXT");
		CHECK_EQ(rig.e.tw.rcv_nxt - RIG_IRS, rcv, "RCV.NXT");
	}
}

static void cell_holds(const void *arg)
{
	const struct cell *cell = arg;
	u32 at = (u32)(cell - &table[0][0]);
	enum row row = at / COLUMNS;
	enum column column = at % COLUMNS;
	struct rig_seg s;

	enter(row);
	s = event(row, column);
	rig_rx(__FILE__, __LINE__, &s);
	check_reply(row, cell, &s);
	state_is(cell->state);
	check_rest(row, cell);
}

TEST(TABLE_of_states_and_events)
{
	static const char *const replies[] = {
		"silence", "RST", "RST,ACK", "ACK", "ACK", "SYN,ACK",
	};
	char name[160];
	u32 row, column;

	for (row = 0; row < ROWS; row++) {
		for (column = 0; column < COLUMNS; column++) {
			const struct cell *cell = &table[row][column];

			snprintf(name, sizeof(name), "table: %s, %s: %s, %s", rows[row].name,
				 columns[column], replies[cell->reply],
				 toy_state_name(cell->state));
			tap_case(name, cell_holds, cell);
		}
	}
}

/* One past the left edge, one before the right, the right, one past it (RFC 5961 section 3). */
TEST(rfc5961_the_edges_of_the_window_decide_about_rst_in_every_synchronised_state)
{
	u32 row, i;

	for (row = R_ESTABLISHED; row <= R_LAST_ACK; row++) {
		for (i = 0; i < 5; i++) {
			u32 rcv = rows[row].rcv, wnd;

			enter(row);
			wnd = conn->rcv_adv - conn->rcv_nxt;
			rx(RST, i == 0 ? rcv - 1 : i == 1 ? rcv + 1 : rcv + wnd + i - 3, 0);
			if (i == 1 || i == 2)
				expect(ACK, rows[row].nxt, rcv, 0);
			quiet();
			state_is(rows[row].state);
		}
	}
}

TEST(rfc5961_a_syn_anywhere_in_a_synchronised_state_draws_a_challenge_ack)
{
	static const u32 places[] = { 0, 1, 2, 40000, 65536, 70000, 0x40000000, 0xc0000000 };
	u32 row, i;

	for (row = R_SYN_RECEIVED; row <= R_LAST_ACK; row++) {
		for (i = 0; i < ARRAY_SIZE(places); i++) {
			enter(row);
			rx(SYN, places[i], 0);
			expect(ACK, rows[row].nxt, rows[row].rcv, 0);
			quiet();
			state_is(rows[row].state);
		}
	}
}

TEST(a_segment_without_ack_is_dropped_in_every_synchronised_state)
{
	u32 row;

	for (row = R_SYN_RECEIVED; row < ROWS; row++) {
		enter(row);
		rx(PSH, rows[row].rcv, 0, .len = 10);
		quiet();
		state_is(rows[row].state);
		CHECK_EQ(rig.e.in_len, 0, "nothing is delivered");
		CHECK_EQ(rig.e.drop, TOY_DROP_NO_ACK, "and the reason is named");
	}
}

TEST(MUST_3_a_bad_checksum_does_nothing_in_any_state)
{
	static const u8 flags[] = { SYN, SYN | ACK, ACK, FIN | ACK, RST, RST | ACK };
	u32 row, i;

	for (row = 0; row < ROWS; row++) {
		for (i = 0; i < ARRAY_SIZE(flags); i++) {
			enter(row);
			rx(flags[i], rows[row].rcv, rows[row].nxt, .bad_sum = true);
			quiet();
			state_is(rows[row].state);
			CHECK_EQ(rig.e.drop, TOY_DROP_CHECKSUM, "the reason is named");
		}
	}
}

TEST(a_fin_without_ack_draws_rst_in_closed_and_nothing_in_listen)
{
	const struct toy_seg *s;

	enter(R_CLOSED);
	rx(FIN, 7, 0, .len = 3);
	s = pop();
	CHECK_EQ(s->flags, TOY_RST | TOY_ACK, "RST,ACK");
	CHECK_EQ(s->seq, 0, "SEQ=0");
	CHECK_EQ(s->ack, RIG_IRS + 11, "ACK=SEQ+LEN, FIN counted");
	quiet();
	enter(R_LISTEN);
	rx(FIN, 7, 0, .len = 3);
	quiet();
	state_is(TOY_LISTEN);
}

TEST(a_fin_that_acknowledges_ours_leads_from_fin_wait_1_to_time_wait)
{
	enter(R_FIN_WAIT_1);
	rx(FIN | ACK, 1, 2);
	expect(ACK, 2, 2, 0);
	quiet();
	state_is(TOY_TIME_WAIT);
}

TEST(SHLD_2_a_reset_that_carries_data_is_a_reset)
{
	enter(R_ESTABLISHED);
	rx(RST, 1, 0, .len = 20);
	quiet();
	state_is(TOY_CLOSED);
	CHECK_EQ(rig.e.err, ECONNRESET, "the user is told");
	CHECK_EQ(rig.e.in_len, 0, "the text is not data");
}

TEST(a_rst_in_syn_sent_without_a_good_ack_proves_nothing)
{
	enter(R_SYN_SENT);
	rx(RST, 1, 0);
	quiet();
	rx(RST | ACK, 0, 0);
	quiet();
	rx(RST | ACK, 0, 2);
	quiet();
	state_is(TOY_SYN_SENT);
	CHECK_EQ(rig.e.err, 0, "the user is told nothing");
}

TEST(a_listener_ignores_every_reset_with_syn_too)
{
	enter(R_LISTEN);
	rx(SYN | RST, 0, 0);
	quiet();
	state_is(TOY_LISTEN);
	rx(SYN | RST | ACK, 0, 1);
	quiet();
	rx(RST | ACK, 0, 1);
	quiet();
	state_is(TOY_LISTEN);
}
