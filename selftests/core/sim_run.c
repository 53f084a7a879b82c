// SPDX-License-Identifier: GPL-2.0
/*
 * sim_run.c - one run: users who write, read and close, events one after the other, and what must
 * be true after each of them and at the end.
 */
#include <stdlib.h>

#include "ladder.h"
#include "sim.h"

#define SIM_STEPS_MAX	2000000
#define SIM_TIME_MAX	(6 * 3600 * TOY_USEC_PER_SEC)
#define SIM_PATIENCE	(900 * TOY_USEC_PER_SEC)	/* of a user whose peer may be gone */

u8 sim_bytes[2 * SIM_STREAM_MAX + SIM_ANEW];
bool sim_no_time_wait;		/* TIME-WAIT is over at once: what is it good for? */

static void sim_break(struct sim *s, const struct end *e, const char *sentence)
{
	if (s->broken || !sentence)
		return;
	s->broken = sentence;
	s->who = e->name;
}

static int sim_index(const struct sim *s, const struct end *e)
{
	return (int)(e - s->end);
}

static void sim_emit(struct end *e, const u8 *bytes, u32 len, const struct toy_seg *meant)
{
	struct sim *s = e->arg;
	int i = sim_index(s, e);

	sim_break(s, e, law_of_wire(e, bytes, len, meant));
	sim_break(s, e, law_of_sent(&s->book[i], e, meant));
	sim_send(s, i, bytes, len, meant->ecn);
}

/* Called after every event of an end. */
static void sim_checked(struct end *e)
{
	struct sim *s = e->arg;
	int i = sim_index(s, e);
	struct end *peer = &s->end[!i];

	sim_break(s, e, law_of_conn(&s->book[i], e));
	if (s->seen[i] != e->conns)
		s->checked[i] = 0;
	s->seen[i] = e->conns;
	if (e->conns > 1 + s->round)
		sim_break(s, e, "one connection is opened, not two");
	if (e->conns != peer->conns && s->round)
		return;		/* the other end is still in the connection before */
	if (e->in_len < s->checked[i] || e->in_len > peer->out_len)
		sim_break(s, e, "nothing is delivered that was not written");
	else if (e->in_len > s->checked[i] &&
		 memcmp(e->in + s->checked[i], peer->out + s->checked[i],
			e->in_len - s->checked[i]))
		sim_break(s, e, "what is delivered is what was written");
	if (e->eof && e->in_len != peer->out_len)
		sim_break(s, e, "the end of the stream comes after its last byte");
	if (e->in_up > peer->out_up)
		sim_break(s, e, "no more is told to be urgent than what is (MUST-62)");
	if (peer->out_up && e->in_len >= peer->out_up && e->in_up != peer->out_up)
		sim_break(s, e, "all that is urgent is told to be when it has come (MUST-30)");
	s->checked[i] = e->in_len;
}

/* Its user's life begins when a connection does. */
static void sim_meet_user(struct sim *s, int i)
{
	struct sim_user *u = &s->scene.user[i];

	if (s->met[i] || s->end[i].conns <= s->round)
		return;
	s->met[i] = true;
	sim_add(s, s->now + sim_below(s, u->write_gap), SIM_WRITE, i, NULL, 0);
	sim_add(s, s->now + sim_below(s, u->read_gap), SIM_READ, i, NULL, 0);
	if (u->grow_at)
		sim_add(s, u->grow_at, SIM_GROW, i, NULL, 0);
}

/* The user has written everything, or has had enough: does it say so now? */
static void sim_user_ends(struct sim *s, int i)
{
	struct sim_user *u = &s->scene.user[i];
	struct end *e = &s->end[i];

	if (s->now < u->end_at)
		return;
	switch (u->ending) {
	case SIM_CLOSES_EARLY:
		s->shut[i] = true;
		end_close(e);
		break;
	case SIM_ABORTS:
		s->shut[i] = true;
		end_abort(e);
		break;
	case SIM_CLOSES_FIRST:
		if (e->out_len < u->total || e->conn->state == TOY_SYN_SENT)
			break;
		s->shut[i] = true;
		end_shutdown(e);
		break;
	case SIM_CLOSES_LAST:
		if (e->out_len < u->total || !e->eof || end_unread(e))
			break;
		s->shut[i] = true;
		end_close(e);
		break;
	}
}

static const u8 *sim_stream(const struct sim *s, int i)
{
	return sim_bytes + (i ? SIM_STREAM_MAX : 0) + s->round * SIM_ANEW;
}

static void sim_user_writes(struct sim *s, int i)
{
	struct sim_user *u = &s->scene.user[i];
	struct end *e = &s->end[i];
	u64 gap = 1 + sim_below(s, u->write_gap);
	u32 n, waiting;

	if (s->shut[i] || e->kind != END_CONN)
		return;
	waiting = toy_conn_unacked(e->conn) + toy_conn_unsent(e->conn);
	n = 1 + (u32)sim_below(s, u->write_max);
	n = min(n, u->total - e->out_len);
	n = min(n, u->sndbuf > waiting ? u->sndbuf - waiting : 0);
	if (n && sim_chance(s, 300))
		end_urgent(e, sim_stream(s, i) + e->out_len, n);
	else if (n)
		end_write(e, sim_stream(s, i) + e->out_len, n,
			  e->out_len + n == u->total || sim_chance(s, 7000));
	s->idle[i] = n ? 0 : min(2 * s->idle[i] + 500, 100000);
	gap += s->idle[i];
	sim_user_ends(s, i);
	if (!s->shut[i] && s->scene.family == SIM_ABORT && s->now > s->start + SIM_PATIENCE) {
		s->shut[i] = true;
		end_abort(e);
	}
	if (!s->shut[i] && e->out_len == u->total)
		gap = max(gap, min(u->end_at > s->now ? u->end_at - s->now : 0, 100000));
	if (!s->shut[i])
		sim_add(s, s->now + gap, SIM_WRITE, i, NULL, 0);
}

static void sim_user_reads(struct sim *s, int i)
{
	struct sim_user *u = &s->scene.user[i];
	struct end *e = &s->end[i];
	u64 at = s->now + 1 + sim_below(s, u->read_gap);

	if (s->scene.family == SIM_ABORT && s->now > s->start + SIM_PATIENCE)
		end_abort(e);
	end_read(e, 1 + (u32)sim_below(s, u->read_max));
	if (e->kind != END_CONN && !end_unread(e))
		return;
	if (e->eof && !end_unread(e) && s->shut[i]) {
		end_close(e);
		return;
	}
	s->bored[i] = end_unread(e) ? 0 : min(2 * s->bored[i] + 500, 100000);
	at += s->bored[i];
	if (at >= u->stall_at && at < u->stall_end)
		at = u->stall_end;
	sim_add(s, at, SIM_READ, i, NULL, 0);
}

static void sim_arrives(struct sim *s, struct sim_event *ev)
{
	struct end *e = &s->end[ev->to];
	enum end_kind was = e->kind;
	struct toy_seg seg;
	u8 *exact = malloc(ev->len ? ev->len : 1);

	memcpy(exact, ev->bytes, ev->len);	/* reading past it is seen */
	if (toy_wire_parse(&seg, exact, ev->len, ev->len) &&
	    !end_checksum(exact, ev->len, e->peer_addr, e->addr))
		law_rcvd(&s->book[ev->to], e, &seg);
	e->ecn = ev->bytes[ev->len];
	end_input(e, exact, ev->len);
	/* after TIME-WAIT it has a new ISS */
	if (was != END_REQUEST && e->kind == END_REQUEST) {
		s->book[ev->to].edge = e->req.iss + 1 + seg.wnd;
		s->book[ev->to].edged = true;
	}
	if (e->drop == TOY_DROP_SHORT || e->drop == TOY_DROP_CHECKSUM)
		s->noticed++;
	free(exact);
	free(ev->bytes);
}

static void sim_happens(struct sim *s, struct sim_event *ev)
{
	struct end *e = &s->end[ev->to];

	switch (ev->what) {
	case SIM_SEGMENT:
		sim_arrives(s, ev);
		break;
	case SIM_TOO_BIG:
		end_path_mss(e, s->scene.mtu_mss[ev->to]);
		break;
	case SIM_OPEN:
		end_connect(e);
		break;
	case SIM_WRITE:
		sim_user_writes(s, ev->to);
		break;
	case SIM_READ:
		sim_user_reads(s, ev->to);
		break;
	case SIM_GROW:
		if (e->kind == END_CONN) {
			e->rcv_limit *= 2;
			toy_conn_set_rcv_limit(e->conn, e->rcv_limit, s->now);
			end_event(e);
		}
		break;
	}
}

/*
 * Both users have had their say, and the one that opens has no connection any more: it opens one
 * more with the same numbers, as it may when TIME-WAIT has passed. Where the peer is in TIME-WAIT
 * still, only numbers above the old ones may do.
 */
static void sim_anew(struct sim *s)
{
	struct end *a = &s->end[0], *b = &s->end[1];
	int i;

	if (s->scene.family != SIM_OLD || s->round || !s->shut[0] || !s->shut[1] ||
	    a->kind != END_NOTHING || (b->kind != END_NOTHING && b->kind != END_TIME_WAIT))
		return;
	s->round = 1;
	if (b->kind == END_TIME_WAIT) {
		a->iss = a->last.snd_nxt + 1 + (u32)sim_below(s, 100000);
	} else {
		a->iss += (u32)sim_below(s, a->out_len + 1);
		b->iss = b->last.iss + (u32)sim_below(s, b->out_len + 1);
	}
	for (i = 0; i < 2; i++) {
		s->end[i].changes = 0;
		law_forget(&s->book[i]);
		s->met[i] = false;
		s->shut[i] = false;
		s->idle[i] = 0;
		s->bored[i] = 0;
	}
	sim_add(s, s->now + 2000 + sim_below(s, 100000), SIM_OPEN, 0, NULL, 0);
}

/* The next thing that happens, or false. */
static bool sim_step(struct sim *s)
{
	u64 next = s->events ? s->heap[0].at : ~0ULL;
	struct sim_event ev;
	int i, due = -1;

	for (i = 0; i < 2; i++) {
		u64 deadline = end_deadline(&s->end[i]);

		if (deadline && deadline < next) {
			next = deadline;
			due = i;
		}
	}
	if (next == ~0ULL)
		return false;
	s->now = max(s->now, next);
	if (due >= 0) {
		end_timeout(&s->end[due]);
		if (s->end[due].kind == END_CONN && end_deadline(&s->end[due]) &&
		    end_deadline(&s->end[due]) <= s->now)
			sim_break(s, &s->end[due], "a timer that ran out is set anew or stopped");
	} else {
		ev = sim_take(s);
		sim_happens(s, &ev);
	}
	for (i = 0; i < 2; i++)
		sim_meet_user(s, i);
	sim_anew(s);
	return true;
}

static bool sim_passed(const struct end *e, u8 state)
{
	u32 i;

	for (i = 0; i < e->changes && i < END_HISTORY; i++)
		if (e->history[i].to == state)
			return true;
	return false;
}

/* Where nothing is lost, late or out of order, nothing is to be sent again. */
static bool sim_must_be_quiet(const struct sim *s, int i)
{
	return s->scene.family == SIM_CLEAN && !s->scene.jitter &&
	       s->end[i].knobs.rto_min >= 200 * TOY_USEC_PER_MSEC &&
	       s->end[!i].knobs.rto_min >= 200 * TOY_USEC_PER_MSEC &&
	       s->end[!i].knobs.delack <= 100 * TOY_USEC_PER_MSEC;
}

/* When nothing is going to happen any more. */
static void sim_over(struct sim *s)
{
	int i;

	if (s->noticed != s->damaged)
		sim_break(s, &s->end[0], "every damaged segment is refused (MUST-3)");
	for (i = 0; i < 2; i++) {
		struct end *e = &s->end[i];

		if (e->kind != END_NOTHING)
			sim_break(s, e, "both ends reach CLOSED");
		if (s->scene.family == SIM_ABORT)
			continue;
		if (e->conns != (s->scene.family == SIM_OLD ? 2 : 1))
			sim_break(s, e, "as many connections were opened as were to be");
		if (!e->opened)
			sim_break(s, e, "the connection was established");
		if (sim_must_be_quiet(s, i) && e->last.total_rtx &&
		    !e->counts[TOY_CNT_WindowProbes])
			sim_break(s, e, "nothing is sent again where nothing is lost");
		if (e->out_len != s->scene.user[i].total)
			sim_break(s, e, "everything was written");
		if (e->in_len != s->scene.user[!i].total)
			sim_break(s, e, "everything that was written was delivered");
		if (!e->eof)
			sim_break(s, e, "the end of the stream was seen");
		/* RST for a late FIN, after the peer's TIME-WAIT, hurts nobody. */
		if (e->err && !(sim_passed(e, TOY_LAST_ACK) &&
				sim_passed(&s->end[!i], TOY_TIME_WAIT)))
			sim_break(s, e, "no error in an orderly life");
	}
	if (s->scene.family != SIM_ABORT && !sim_passed(&s->end[0], TOY_TIME_WAIT) &&
	    !sim_passed(&s->end[1], TOY_TIME_WAIT))
		sim_break(s, &s->end[0], "who closed first passes through TIME-WAIT (MUST-13)");
}

static void sim_begin(struct sim *s, u64 seed)
{
	int i;

	memset(s, 0, sizeof(*s));
	s->seed = seed;
	s->random = seed * 0x2545f4914f6cdd1dULL;
	s->now = sim_log(s, 1, 1ULL << 45);
	s->start = s->now;
	for (i = 0; i < 2; i++) {
		struct end *e = &s->end[i];

		end_init(e, i ? "B" : "A", &s->now);
		law_forget(&s->book[i]);
		e->addr = (u8)(1 + i);
		e->peer_addr = (u8)(2 - i);
		e->port = (u16)(10001 + i);
		e->peer_port = (u16)(10002 - i);
		e->iss_step = 0x01234567;
		e->emit = sim_emit;
		e->checked = sim_checked;
		e->arg = s;
	}
	sim_draw(s);
	for (i = 0; i < 2; i++) {
		if (sim_no_time_wait)
			s->end[i].msl = 0;
		if (s->scene.user[i].opens)
			sim_add(s, s->scene.user[i].open_at, SIM_OPEN, i, NULL, 0);
		else
			s->end[i].listening = true;
	}
}

/* One run. Returns whether everything held; what did not is in @s. */
bool sim_run(struct sim *s, u64 seed)
{
	int i;

	sim_begin(s, seed);
	while (!s->broken && sim_step(s)) {
		if (++s->steps > SIM_STEPS_MAX)
			sim_break(s, &s->end[0], "a run ends after a bounded number of steps");
		if (s->now > s->start + SIM_TIME_MAX)
			sim_break(s, &s->end[0], "a run ends after a bounded time");
	}
	if (!s->broken)
		sim_over(s);
	for (i = 0; i < 2; i++)
		end_free(&s->end[i]);
	sim_clear(s);
	return !s->broken;
}
