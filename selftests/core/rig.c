// SPDX-License-Identifier: GPL-2.0
/*
 * rig.c - the bench of the unit tests.
 */
#include <stdlib.h>

#include "ladder.h"
#include "rig.h"

struct rig rig;
static bool rig_up;
static const char *rig_law;	/* broken outside of a CHECK(): told at the next one */

/* The peer's stream: position @off decides the byte, so that a wrong place shows. */
u8 rig_byte(u32 off)
{
	off *= 2654435761u;
	return (u8)(off >> 24 ^ off >> 11);
}

static void rig_law_check(const char *file, int line)
{
	const char *law = rig_law;

	rig_law = NULL;
	if (law)
		tap_fail(file, line, "%s", law);
}

static void rig_emit(struct end *e, const u8 *bytes, u32 len, const struct toy_seg *meant)
{
	struct rig_sent *sent;
	const char *law;

	law = law_of_wire(e, bytes, len, meant);
	if (!law)
		law = law_of_sent(&rig.book, e, meant);
	if (law && !rig_law)
		rig_law = law;
	TOY_CHECK(rig.tail - rig.head < RIG_SENT_MAX);
	sent = &rig.sent[rig.tail++ % RIG_SENT_MAX];
	TOY_CHECK(toy_wire_parse(&sent->seg, bytes, len, len));
	sent->seg.why = meant->why;
	sent->seg.ecn = meant->ecn;
	sent->at = rig.now;
	if (sent->seg.opts & TOY_OPT_TS)
		rig.tsecr = sent->seg.tsval;
}

static void rig_checked(struct end *e)
{
	const char *law = law_of_conn(&rig.book, e);

	if (law && !rig_law)
		rig_law = law;
}

static void rig_down(void)
{
	if (!rig_up)
		return;
	end_free(&rig.e);
	rig_up = false;
}

/* A fresh bench; a test may have several, one after the other. */
void rig_new(void)
{
	static bool registered;

	if (!registered)
		tap_cleanup(rig_down);
	registered = true;
	rig_down();
	ladder_clear();
	ladder_on = getenv("TOY_TRACE");
	memset(&rig, 0, sizeof(rig));
	rig_law = NULL;
	rig.now = 1000 * SEC;
	rig.tsval = 0xfffffff0u;
	end_init(&rig.e, "us", &rig.now);
	law_forget(&rig.book);
	rig.e.addr = 1;
	rig.e.peer_addr = 2;
	rig.e.port = 10001;
	rig.e.peer_port = 10002;
	rig.e.iss = RIG_ISS;
	rig.e.knobs.timestamps = false;
	rig.e.knobs.window_scaling = false;
	rig.e.knobs.sack = false;
	rig.e.emit = rig_emit;
	rig.e.checked = rig_checked;
	rig_up = true;
}

/* A segment from the peer. */
void rig_rx(const char *file, int line, const struct rig_seg *s)
{
	static u8 bytes[END_SEGMENT_MAX], payload[65536];
	struct toy_seg seg = {
		.sport = rig.e.peer_port, .dport = rig.e.port,
		.seq = RIG_IRS + s->seq, .ack = s->flags & ACK ? RIG_ISS + s->ack : 0,
		.len = s->len, .flags = s->flags, .wnd = (u16)s->wnd, .opts = s->opts,
		.mss = s->mss, .wscale = s->wscale, .tsval = s->tsval, .tsecr = s->tsecr,
		.urg = s->urg,
	};
	u32 i, len;

	rig_law_check(file, line);
	if (rig.ts && !s->no_ts && !(s->opts & TOY_OPT_TS)) {
		seg.opts |= TOY_OPT_TS;
		seg.tsval = rig.tsval;
		seg.tsecr = rig.tsecr;
	}
	for (i = 0; i < s->len; i++)
		payload[i] = rig_byte(s->seq - !(s->flags & SYN) + i);
	len = end_build(&seg, payload, rig.e.peer_addr, rig.e.addr, bytes);
	if (s->bad_sum)
		bytes[16] ^= 0x40;
	else
		law_rcvd(&rig.book, &rig.e, &seg);
	rig.e.ecn = s->ecn;
	end_input(&rig.e, bytes, len);
	rig_law_check(file, line);
}

const struct toy_seg *rig_pop(const char *file, int line)
{
	rig_law_check(file, line);
	if (rig.head == rig.tail)
		tap_fail(file, line, "a segment should have left");
	return &rig.sent[rig.head++ % RIG_SENT_MAX].seg;
}

/* When the segment that expect() took last was sent. */
u64 rig_sent_at(void)
{
	return rig.sent[(rig.head - 1) % RIG_SENT_MAX].at;
}

static void rig_flags(u8 flags, char *text)
{
	static const char letters[] = "FSRP.UEC";
	int i;

	for (i = 0; i < 8; i++)
		if (flags & (1 << i))
			*text++ = letters[i];
	*text = 0;
}

/* The next segment that left must be this one. PSH is looked at only where @flags has it. */
const struct toy_seg *rig_expect(const char *file, int line, u8 flags, s64 seq, s64 ack, u32 len)
{
	const struct toy_seg *s = rig_pop(file, line);
	u32 is_seq = s->seq - RIG_ISS, is_ack = s->ack - RIG_IRS;
	u8 is_flags = flags & PSH ? s->flags : s->flags & (u8)~PSH;
	char is[9], should[9];

	rig_flags(is_flags, is);
	rig_flags(flags, should);
	if (is_flags != flags || is_seq != (u32)seq || s->len != len ||
	    ((flags & ACK) && is_ack != (u32)ack))
		tap_fail(file, line,
			 "the next segment sent\n#   is:        %s seq %u ack %u len %u (%s)\n#   should be: %s seq %u ack %u len %u",
			 is, is_seq, s->flags & ACK ? is_ack : 0, s->len, toy_sent_name(s->why),
			 should, (u32)seq, flags & ACK ? (u32)ack : 0, len);
	return s;
}

void rig_quiet(const char *file, int line)
{
	const struct toy_seg *s;
	char flags[9];

	rig_law_check(file, line);
	if (rig.head == rig.tail)
		return;
	s = &rig.sent[rig.head % RIG_SENT_MAX].seg;
	rig_flags(s->flags, flags);
	tap_fail(file, line, "nothing more should have left, but %s seq %u ack %u len %u did (%s)",
		 flags, s->seq - RIG_ISS, s->flags & ACK ? s->ack - RIG_IRS : 0, s->len,
		 toy_sent_name(s->why));
}

void rig_state(const char *file, int line, u8 state)
{
	rig_law_check(file, line);
	if (end_state(&rig.e) != state)
		tap_fail(file, line, "the state\n#   is:        %s\n#   should be: %s",
			 toy_state_name(end_state(&rig.e)), toy_state_name(state));
}

/* Let time go by; what is due on the way is done when it is due. */
void rig_pass(u64 usec)
{
	u64 until = rig.now + usec, deadline;

	while ((deadline = end_deadline(&rig.e)) && deadline <= until) {
		rig.now = max(rig.now, deadline);
		end_timeout(&rig.e);
	}
	rig.now = until;
}

/* Go to the next deadline and let it pass; returns how far away it was. */
u64 rig_fire(const char *file, int line)
{
	u64 start = rig.now, deadline = end_deadline(&rig.e);

	rig_law_check(file, line);
	if (!deadline)
		tap_fail(file, line, "a timer should run");
	rig.now = max(rig.now, deadline);
	end_timeout(&rig.e);
	rig_law_check(file, line);
	return rig.now - start;
}

u32 rig_una(void)
{
	return conn->snd_una - RIG_ISS;
}

u32 rig_nxt(void)
{
	return conn->snd_nxt - RIG_ISS;
}

u32 rig_rcv(void)
{
	return conn->rcv_nxt - RIG_IRS;
}

static u8 *rig_data(u32 len)
{
	u8 *data = malloc(len + 1);
	u32 i;

	for (i = 0; i < len; i++)
		data[i] = rig_byte(~(rig.e.out_len + i));
	return data;
}

void rig_write(u32 len)
{
	u8 *data = rig_data(len);

	end_write(&rig.e, data, len, true);
	free(data);
}

/* The same with MSG_OOB. */
void rig_urgent(u32 len)
{
	u8 *data = rig_data(len);

	end_urgent(&rig.e, data, len);
	free(data);
}

/* Forget what left so far. */
void rig_drain(void)
{
	rig.head = rig.tail;
}

/* An ACK of everything up to @ack leaves now, or within the longest delay allowed (MUST-40). */
void rig_acked(const char *file, int line, u32 ack)
{
	if (rig.head == rig.tail)
		rig_pass(500 * MSEC - 1);
	rig_expect(file, line, ACK, rig_nxt(), ack, 0);
}

/* The user has been given the first @len bytes of the peer's stream, and they are right. */
void rig_delivered(const char *file, int line, u32 len)
{
	u32 i;

	if (rig.e.in_len != len)
		tap_fail(file, line, "bytes delivered\n#   is:        %u\n#   should be: %u",
			 rig.e.in_len, len);
	for (i = 0; i < len; i++)
		if (rig.e.in[i] != rig_byte(i))
			tap_fail(file, line, "byte %u of the stream is wrong", i);
}

/* SYN has left. */
void rig_connect(void)
{
	end_connect(&rig.e);
	expect(SYN, 0, 0, 0);
	state_is(TOY_SYN_SENT);
}

void rig_establish_with(u16 mss, u16 wnd, u8 opts)
{
	rig_connect();
	rig.ts = opts & TOY_OPT_TS;
	rx(SYN | ACK, 0, 1, .mss = mss, .wnd = wnd, .tsval = rig.tsval, .tsecr = rig.tsecr,
	   .opts = opts | TOY_OPT_MSS);
	expect(ACK, 1, 1, 0);
	state_is(TOY_ESTABLISHED);
	quiet();
}

void rig_establish(void)
{
	rig_establish_with(1460, RIG_WND, 0);
}

void rig_listen(void)
{
	rig.e.listening = true;
	state_is(TOY_LISTEN);
}

/* SYN came to the listener, SYN,ACK left. */
void rig_half_open(void)
{
	rig_listen();
	rx(SYN, 0, 0, .mss = 1460, .opts = TOY_OPT_MSS);
	expect(SYN | ACK, 0, 1, 0);
	state_is(TOY_SYN_RECEIVED);
	quiet();
}

void rig_accept(void)
{
	rig_half_open();
	rx(ACK, 1, 1);
	state_is(TOY_ESTABLISHED);
	quiet();
}

/* Any state, on the shortest way from CLOSED. */
void rig_enter(u8 state)
{
	switch (state) {
	case TOY_CLOSED:
		break;
	case TOY_LISTEN:
		rig_listen();
		break;
	case TOY_SYN_SENT:
		rig_connect();
		break;
	case TOY_SYN_RECEIVED:
		rig_connect();
		rx(SYN, 0, 0, .mss = 1460, .opts = TOY_OPT_MSS);
		expect(SYN | ACK, 0, 1, 0);
		break;
	case TOY_ESTABLISHED:
		rig_establish();
		break;
	case TOY_FIN_WAIT_1:
		rig_enter(TOY_ESTABLISHED);
		end_shutdown(&rig.e);
		expect(FIN | ACK, 1, 1, 0);
		break;
	case TOY_FIN_WAIT_2:
		rig_enter(TOY_FIN_WAIT_1);
		rx(ACK, 1, 2);
		break;
	case TOY_TIME_WAIT:
		rig_enter(TOY_FIN_WAIT_2);
		rx(FIN | ACK, 1, 2);
		expect(ACK, 2, 2, 0);
		break;
	case TOY_CLOSE_WAIT:
		rig_enter(TOY_ESTABLISHED);
		rx(FIN | ACK, 1, 1);
		acked(2);
		break;
	case TOY_LAST_ACK:
		rig_enter(TOY_CLOSE_WAIT);
		end_shutdown(&rig.e);
		expect(FIN | ACK, 1, 2, 0);
		break;
	case TOY_CLOSING:
		rig_enter(TOY_FIN_WAIT_1);
		rx(FIN | ACK, 1, 1);
		expect(ACK, 2, 2, 0);
		break;
	}
	state_is(state);
	quiet();
}
