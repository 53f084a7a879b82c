// SPDX-License-Identifier: GPL-2.0
/*
 * end.c - one end of a connection on the host: bytes, buffers and the four things that a shell does
 * after every event. The core gets no help here: what it says is done, and what it must not say is
 * an assertion.
 */
#include <stddef.h>
#include <stdlib.h>

#include "end.h"
#include "ladder.h"

#define END_BURST_MAX	100000	/* segments after one event: more is an endless loop */

/* The connection where toy_watch_*() can find its end. */
struct end_conn {
	struct toy_conn conn;
	struct end *end;
};

static struct end *end_of(const struct toy_conn *c)
{
	return ((const struct end_conn *)c)->end;
}

/* One's complement sum of pseudo header and segment (RFC 9293 section 3.1). */
u16 end_checksum(const u8 *bytes, u32 len, u8 from, u8 to)
{
	u32 sum = 0x0a00 + from + 0x0a00 + to + END_PROTO + len;
	u32 i;

	for (i = 0; i + 1 < len; i += 2)
		sum += toy_get_be16(bytes + i);
	if (len & 1)
		sum += (u32)bytes[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (u16)~sum;
}

/* A segment in bytes; returns how many. */
u32 end_build(const struct toy_seg *seg, const u8 *payload, u8 from, u8 to, u8 *bytes)
{
	u32 hlen = toy_wire_build(seg, bytes);

	TOY_CHECK(hlen == toy_wire_hlen(seg));
	if (seg->len)
		memcpy(bytes + hlen, payload, seg->len);
	toy_put_be16(bytes + 16, 0);
	toy_put_be16(bytes + 16, end_checksum(bytes, hlen + seg->len, from, to));
	return hlen + seg->len;
}

void end_init(struct end *e, const char *name, u64 *clock)
{
	memset(e, 0, sizeof(*e));
	e->name = name;
	e->clock = clock;
	e->path_mss = 1460;
	e->rcv_limit = 65535;
	e->msl = 30 * TOY_USEC_PER_SEC;
	e->rfc1337 = true;
	toy_knobs_default(&e->knobs);
}

/* The connection leaves; what waits for its turn is dropped. */
static void end_drop_conn(struct end *e)
{
	struct toy_range *r;

	if (!e->conn)
		return;
	while ((r = toy_ranges_first(&e->conn->ofo))) {
		toy_ranges_remove(&e->conn->ofo, r);
		free(r);
	}
	TOY_CHECK(!e->conn->ofo.count);
	e->last = *e->conn;
	free(e->conn);
	e->conn = NULL;
}

void end_free(struct end *e)
{
	end_drop_conn(e);
	free(e->out);
	free(e->in);
	e->out = NULL;
	e->in = NULL;
}

static void end_new_conn(struct end *e)
{
	struct end_conn *ec = malloc(sizeof(*ec));

	TOY_CHECK(!e->conn);
	memset(ec, 0xa5, sizeof(*ec));
	ec->end = e;
	toy_conn_init(&ec->conn, &e->knobs);
	e->conn = &ec->conn;
	e->kind = END_CONN;
	e->out_len = 0;
	e->out_up = 0;
	e->in_up = 0;
	e->urgent = 0;
	e->in_len = 0;
	e->in_read = 0;
	e->eof = false;
	e->opened = false;
	e->err = 0;
	e->conns++;
}

static void end_append(u8 **buf, u32 *len, u32 *size, const u8 *data, u32 n)
{
	if (*len + n > *size) {
		*size = max(*len + n, *size * 2);
		*buf = realloc(*buf, *size);
	}
	if (n)
		memcpy(*buf + *len, data, n);
	*len += n;
}

/* One segment on the wire. */
static void end_emit(struct end *e, struct toy_seg *seg, const u8 *payload)
{
	static u8 bytes[END_SEGMENT_MAX];
	u32 len;

	seg->sport = e->port;
	seg->dport = e->peer_port;
	len = end_build(seg, payload, e->addr, e->peer_addr, bytes);
	ladder_segment(*e->clock, e->name, toy_sent_name(seg->why), seg);
	if (e->emit)
		e->emit(e, bytes, len, seg);
}

/* What toy_conn_next() gave: found in the send queue, cut as GSO cuts. */
static void end_transmit(struct end *e, const struct toy_seg *seg)
{
	u32 off = seg->seq - (e->conn->iss + 1);
	const u8 *payload = NULL;
	u32 done = 0;

	if (seg->len) {
		TOY_CHECK(seq_geq(seg->seq, e->conn->snd_una));
		TOY_CHECK(off < e->out_len && seg->len <= e->out_len - off);
		payload = e->out + off;
	}
	do {
		struct toy_seg part = *seg;

		if (seg->gso_size && seg->len > seg->gso_size) {
			part.len = min(seg->len - done, (u32)seg->gso_size);
			part.seq = seg->seq + done;
			if (done + part.len < seg->len)
				part.flags &= ~(TOY_FIN | TOY_PSH);
			if (done)
				part.flags &= (u8)~TOY_CWR;
		}
		end_emit(e, &part, payload ? payload + done : NULL);
		done += part.len;
	} while (done < seg->len);
}

/* The four things. The first, taking what is readable, is done where a segment comes. */
void end_event(struct end *e)
{
	struct toy_seg seg;
	u32 burst = 0, events;

	if (e->busy)
		return;
	if (e->kind == END_CONN) {
		for (;;) {
			memset(&seg, 0xa5, sizeof(seg));
			if (!toy_conn_next(e->conn, *e->clock, &seg))
				break;
			TOY_CHECK(++burst < END_BURST_MAX);
			end_transmit(e, &seg);
		}
		events = toy_conn_take_events(e->conn);
		e->events |= events;
		if (events & TOY_EV_ESTABLISHED)
			e->opened = true;
		if (events & TOY_EV_FIN)
			e->eof = true;
		if (events & TOY_EV_ERROR)
			e->err = e->conn->err;
		if (events & TOY_EV_SOFT_ERROR)
			e->soft_err = e->conn->soft_err;
		if (events & TOY_EV_URGENT) {
			e->urgent++;
			e->in_up = e->conn->rcv_up - (e->conn->irs + 1);
		}
		if (events & TOY_EV_ADVISE)
			e->advised++;
		/* Nobody would be there for a timer. */
		TOY_CHECK(!(events & (TOY_EV_TIME_WAIT | TOY_EV_CLOSED)) ||
			  !toy_conn_deadline(e->conn));
		if (events & TOY_EV_TIME_WAIT) {
			toy_timewait_init(&e->tw, e->conn);
			end_drop_conn(e);
			e->kind = END_TIME_WAIT;
			e->timer = *e->clock + 2 * e->msl;
		} else if (events & TOY_EV_CLOSED) {
			end_drop_conn(e);
			e->kind = END_NOTHING;
		}
	}
	if (e->checked)
		e->checked(e);
}

void end_connect(struct end *e)
{
	end_new_conn(e);
	e->conn->peer_mss = TOY_MSS_V4;
	toy_conn_open(e->conn, e->iss, e->ts_offset, e->path_mss, e->rcv_limit, *e->clock);
	if (e->gso_max)
		e->conn->gso_max = e->gso_max;
	end_event(e);
}

void end_write(struct end *e, const u8 *data, u32 len, bool push)
{
	if (e->kind != END_CONN)
		return;
	end_append(&e->out, &e->out_len, &e->out_size, data, len);
	toy_conn_queued(e->conn, len, push);
	end_event(e);
}

/* send(MSG_OOB): the last byte is urgent. */
void end_urgent(struct end *e, const u8 *data, u32 len)
{
	if (e->kind != END_CONN)
		return;
	end_append(&e->out, &e->out_len, &e->out_size, data, len);
	e->out_up = e->out_len;
	toy_conn_queued(e->conn, len, true);
	toy_conn_urgent(e->conn);
	end_event(e);
}

u32 end_unread(const struct end *e)
{
	return e->in_len - e->in_read;
}

/* Bytes may be read after the connection is gone: they are the socket's. */
u32 end_read(struct end *e, u32 len)
{
	len = min(len, end_unread(e));
	e->in_read += len;
	if (len && e->kind == END_CONN) {
		toy_conn_read(e->conn, len, *e->clock);
		end_event(e);
	}
	return len;
}

void end_shutdown(struct end *e)
{
	if (e->kind != END_CONN)
		return;
	toy_conn_shutdown(e->conn, *e->clock);
	end_event(e);
}

void end_abort(struct end *e)
{
	if (e->kind != END_CONN)
		return;
	toy_conn_abort(e->conn, TOY_WHY_USER_ABORT, 0);
	end_event(e);
}

/* close(2): unread data turns it into a reset (RFC 9293 SHLD-3, RFC 2525 section 2.17). */
void end_close(struct end *e)
{
	if (e->kind != END_CONN)
		return;
	if (end_unread(e)) {
		end_abort(e);
		return;
	}
	toy_conn_stop_reading(e->conn);
	toy_conn_shutdown(e->conn, *e->clock);
	toy_conn_orphan(e->conn, *e->clock);
	end_event(e);
}

void end_path_mss(struct end *e, u16 path_mss)
{
	if (e->kind != END_CONN)
		return;
	toy_conn_set_path_mss(e->conn, path_mss, *e->clock);
	end_event(e);
}

void end_unreachable(struct end *e, int err, bool hard)
{
	if (e->kind != END_CONN)
		return;
	toy_conn_unreachable(e->conn, err, hard);
	end_event(e);
}

static void end_reset(struct end *e, const struct toy_seg *in)
{
	struct toy_seg out;

	memset(&out, 0xa5, sizeof(out));
	if (toy_reset_for(in, &out))
		end_emit(e, &out, NULL);
}

static void end_send_synack(struct end *e)
{
	struct toy_seg out;

	memset(&out, 0xa5, sizeof(out));
	toy_request_synack(&e->req, &out, *e->clock);
	end_emit(e, &out, NULL);
}

static void end_listen(struct end *e, const struct toy_seg *in, u32 iss)
{
	bool reset = false;

	if (!toy_listen_segment(in, &e->drop, &reset)) {
		if (reset)
			end_reset(e, in);
		return;
	}
	memset(&e->req, 0xa5, sizeof(e->req));
	toy_request_init(&e->req, in, &e->knobs, iss, e->ts_offset, e->path_mss, TOY_MSS_V4,
			 e->rcv_limit);
	e->kind = END_REQUEST;
	e->timer = *e->clock + e->knobs.rto_init;
	e->iss += e->iss_step;
	end_send_synack(e);
}

/* Payload goes where the verdict says: to the user, to the queue, or nowhere. */
static void end_conn_input(struct end *e, const struct toy_seg *in, const u8 *payload)
{
	struct end_held *held = malloc(sizeof(*held) + in->len);
	struct toy_verdict *v = &e->verdict;
	struct toy_range *r;

	memset(&held->range, 0xa5, sizeof(held->range));
	held->len = in->len;
	if (in->len)
		memcpy(held->data, payload, in->len);
	memset(v, 0xa5, sizeof(*v));
	toy_conn_segment(e->conn, in, &held->range, *e->clock, v);
	e->drop = v->drop;
	if (v->reset)
		end_reset(e, in);
	if (v->take) {
		TOY_CHECK(v->skip + v->take <= in->len);
		end_append(&e->in, &e->in_len, &e->in_size, payload + v->skip, v->take);
	}
	while ((r = v->ready)) {
		struct end_held *h = (struct end_held *)r;
		u32 n = r->end - r->seq;

		v->ready = r->left;
		TOY_CHECK(r != &held->range);
		TOY_CHECK(r->skip + n <= h->len);
		end_append(&e->in, &e->in_len, &e->in_size, h->data + r->skip, n);
		free(h);
	}
	if (!v->stored)
		free(held);
	end_event(e);
}

static void end_request_input(struct end *e, const struct toy_seg *in, const u8 *payload)
{
	struct toy_seg out;

	e->answer = toy_request_segment(&e->req, in, &e->drop);
	switch (e->answer) {
	case TOY_ANSWER_ACK:
		memset(&out, 0xa5, sizeof(out));
		toy_request_ack(&e->req, &out, *e->clock);
		end_emit(e, &out, NULL);
		break;
	case TOY_ANSWER_SYNACK:
		end_send_synack(e);
		break;
	case TOY_ANSWER_OPEN:
		end_new_conn(e);
		toy_conn_accept(e->conn, &e->req, e->path_mss, e->rcv_limit, *e->clock);
		if (e->gso_max)
			e->conn->gso_max = e->gso_max;
		end_conn_input(e, in, payload);
		break;
	case TOY_ANSWER_RESET:
		end_reset(e, in);
		break;
	case TOY_ANSWER_GONE:
		e->kind = END_NOTHING;
		break;
	default:
		TOY_CHECK(e->answer == TOY_ANSWER_NONE);
	}
}

static void end_timewait_input(struct end *e, const struct toy_seg *in)
{
	struct toy_seg out;

	e->answer = toy_timewait_segment(&e->tw, in, e->rfc1337, *e->clock, &e->drop);
	switch (e->answer) {
	case TOY_ANSWER_RESTART:
		e->timer = *e->clock + 2 * e->msl;
		fallthrough;
	case TOY_ANSWER_ACK:
		memset(&out, 0xa5, sizeof(out));
		toy_timewait_ack(&e->tw, &out, *e->clock);
		end_emit(e, &out, NULL);
		break;
	case TOY_ANSWER_RESET:
		end_reset(e, in);
		break;
	case TOY_ANSWER_GONE:
		e->kind = END_NOTHING;
		break;
	case TOY_ANSWER_REUSE:
		if (e->listening) {
			e->kind = END_NOTHING;
			end_listen(e, in, toy_timewait_iss(&e->tw, e->iss));
		}
		break;
	default:
		TOY_CHECK(e->answer == TOY_ANSWER_NONE);
	}
}

/* Bytes from the wire. */
void end_input(struct end *e, const u8 *bytes, u32 len)
{
	struct toy_seg in;
	const u8 *payload;

	memset(&in, 0xa5, sizeof(in));
	memset(&e->verdict, 0, sizeof(e->verdict));
	e->answer = TOY_ANSWER_NONE;
	e->drop = TOY_DROP_NONE;
	if (!toy_wire_parse(&in, bytes, len, len)) {
		e->drop = TOY_DROP_SHORT;
		return;
	}
	if (end_checksum(bytes, len, e->peer_addr, e->addr)) {
		e->drop = TOY_DROP_CHECKSUM;
		return;
	}
	payload = bytes + in.hlen;
	in.no_room = e->no_memory && in.len;
	in.ecn = e->ecn;
	ladder_segment(*e->clock, e->name, "<-", &in);
	switch (e->kind) {
	case END_CONN:
		end_conn_input(e, &in, payload);
		return;
	case END_REQUEST:
		end_request_input(e, &in, payload);
		break;
	case END_TIME_WAIT:
		end_timewait_input(e, &in);
		break;
	case END_NOTHING:
		if (e->listening)
			end_listen(e, &in, e->iss);
		else
			end_reset(e, &in);
		break;
	}
	if (e->kind != END_CONN && e->checked)
		e->checked(e);
}

u64 end_deadline(const struct end *e)
{
	switch (e->kind) {
	case END_CONN:
		return toy_conn_deadline(e->conn);
	case END_NOTHING:
		return 0;
	default:
		return e->timer;
	}
}

static void end_request_timeout(struct end *e)
{
	u64 wait = 0;

	if (!toy_request_timeout(&e->req, &e->knobs, e->knobs.synack_retries, &wait)) {
		e->kind = END_NOTHING;
		return;
	}
	e->timer = *e->clock + wait;
	end_send_synack(e);
}

/* The deadline has passed. */
void end_timeout(struct end *e)
{
	switch (e->kind) {
	case END_CONN:
		toy_conn_timeout(e->conn, *e->clock);
		end_event(e);
		return;
	case END_REQUEST:
		end_request_timeout(e);
		break;
	case END_TIME_WAIT:
		e->kind = END_NOTHING;
		break;
	case END_NOTHING:
		break;
	}
	if (e->checked)
		e->checked(e);
}

/* The state that a user of this end would see. */
u8 end_state(const struct end *e)
{
	switch (e->kind) {
	case END_CONN:
		return e->conn->state;
	case END_REQUEST:
		return TOY_SYN_RECEIVED;
	case END_TIME_WAIT:
		return TOY_TIME_WAIT;
	default:
		return e->listening ? TOY_LISTEN : TOY_CLOSED;
	}
}

void toy_watch_state(const struct toy_conn *c, u8 from, u8 to, enum toy_why why)
{
	struct end *e = end_of(c);
	struct end_change *change = &e->history[e->changes++ % END_HISTORY];

	change->from = from;
	change->to = to;
	change->why = why;
	ladder_line(*e->clock, e->name, "%s -> %s: %s (%s)", toy_state_name(from),
		    toy_state_name(to), toy_why_name(why), toy_why_section(why));
}

void toy_watch_timer(const struct toy_conn *c, enum toy_timer timer)
{
	struct end *e = end_of(c);

	e->timers[timer]++;
	ladder_line(*e->clock, e->name, "timer: %s", toy_timer_name(timer));
}

void toy_watch_cong(const struct toy_conn *c, enum toy_why_cong why)
{
	struct end *e = end_of(c);

	e->congs[why]++;
	ladder_line(*e->clock, e->name, "cwnd %u ssthresh %u: %s", c->cong.cwnd, c->cong.ssthresh,
		    toy_cong_why_name(why));
}

void toy_watch_count(const struct toy_conn *c, enum toy_counter counter, u32 n)
{
	end_of(c)->counts[counter] += n;
}
