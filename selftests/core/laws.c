// SPDX-License-Identifier: GPL-2.0
/*
 * laws.c - what must be true of every segment and of every connection. Each function returns the
 * sentence that broke, or NULL.
 */
#include "laws.h"

/* The transitions of RFC 9293 figure 5, and those to CLOSED by RST, ABORT and timeouts. */
static const char *law_of_change(const struct end_change *change)
{
	static const u16 next[TOY_STATE_COUNT] = {
		[TOY_CLOSED] = BIT(TOY_SYN_SENT) | BIT(TOY_LISTEN) | BIT(TOY_SYN_RECEIVED),
		[TOY_LISTEN] = BIT(TOY_SYN_SENT) | BIT(TOY_SYN_RECEIVED),
		[TOY_SYN_SENT] = BIT(TOY_SYN_RECEIVED) | BIT(TOY_ESTABLISHED),
		[TOY_SYN_RECEIVED] = BIT(TOY_ESTABLISHED) | BIT(TOY_FIN_WAIT_1) | BIT(TOY_LISTEN) |
				     BIT(TOY_CLOSE_WAIT),
		[TOY_ESTABLISHED] = BIT(TOY_FIN_WAIT_1) | BIT(TOY_CLOSE_WAIT),
		[TOY_FIN_WAIT_1] = BIT(TOY_FIN_WAIT_2) | BIT(TOY_CLOSING) | BIT(TOY_TIME_WAIT),
		[TOY_FIN_WAIT_2] = BIT(TOY_TIME_WAIT),
		[TOY_CLOSE_WAIT] = BIT(TOY_LAST_ACK),
		[TOY_CLOSING] = BIT(TOY_TIME_WAIT),
	};

	if (change->from >= TOY_STATE_COUNT || change->to >= TOY_STATE_COUNT)
		return "a change of state names states of RFC 9293";
	if (change->why == TOY_WHY_NONE || change->why >= TOY_WHY_COUNT)
		return "a change of state has a reason";
	if (change->to != TOY_CLOSED && !(next[change->from] & BIT(change->to)))
		return "a change of state is one of RFC 9293 figure 5";
	return NULL;
}

void law_forget(struct law_book *book)
{
	memset(book, 0, sizeof(*book));
	book->peer_wscale = -1;
	book->our_wscale = -1;
}

/* May its word be taken? Not that of one which the core must not believe. */
static bool law_believes(const struct end *e, const struct toy_seg *seg)
{
	const struct toy_conn *c = e->conn;
	bool ack = seg->flags & TOY_ACK;

	switch (e->kind) {
	case END_CONN:
		if (c->state == TOY_SYN_SENT)
			return !ack || (seq_gt(seg->ack, c->iss) && seq_leq(seg->ack, c->snd_nxt));
		return !ack || (seq_geq(seg->ack, c->snd_una - c->max_snd_wnd) &&
				seq_leq(seg->ack, c->snd_nxt));
	case END_REQUEST:
		return !ack || seg->ack == e->req.iss + 1;
	case END_NOTHING:
		return e->listening && !ack && (seg->flags & TOY_SYN);
	default:
		return !ack && (seg->flags & TOY_SYN);
	}
}

/* A segment with a good checksum came: what it offers is what the peer may be held to. */
void law_rcvd(struct law_book *book, const struct end *e, const struct toy_seg *seg)
{
	u32 edge = seg->ack + seg->wnd;

	if ((seg->flags & TOY_RST) || !law_believes(e, seg))
		return;
	if ((seg->flags & TOY_SYN) && (e->kind == END_REQUEST ||
				       (e->kind == END_CONN && e->conn->state != TOY_SYN_SENT)))
		return;		/* it agrees on nothing any more */
	if (seg->flags & TOY_SYN) {
		book->peer_ts = seg->opts & TOY_OPT_TS;
		book->peer_wscale = seg->opts & TOY_OPT_WSCALE ? (int)min(seg->wscale, 14) : -1;
		if (!(seg->flags & TOY_ACK) && book->edged)
			return;
		if (!(seg->flags & TOY_ACK))
			edge = e->iss + 1 + seg->wnd;
	} else if (!(seg->flags & TOY_ACK)) {
		return;
	} else if (book->our_wscale >= 0 && book->peer_wscale >= 0) {
		edge = seg->ack + ((u32)seg->wnd << book->peer_wscale);
	}
	if (!book->edged || seq_gt(edge, book->edge))
		book->edge = edge;
	book->edged = true;
}

static bool law_zeros(const u8 *p, u32 n)
{
	while (n--)
		if (*p++)
			return false;
	return true;
}

/* The header's options, walked without the core's parser. */
static const char *law_of_options(const u8 *opt, u32 left, u8 flags)
{
	u32 seen = 0;

	while (left) {
		u8 kind = opt[0], size;

		if (kind == 0)
			return law_zeros(opt, left) ? NULL : "bytes after EOL are zero (MUST-69)";
		if (kind == 1) {
			opt++;
			left--;
			continue;
		}
		if (left < 2 || opt[1] < 2 || opt[1] > left)
			return "an option has a length that fits (MUST-68)";
		size = opt[1];
		if (kind < 32 && (seen & BIT(kind)))
			return "an option stands once";
		if (kind < 32)
			seen |= BIT(kind);
		switch (kind) {
		case 2:
			if (!(flags & TOY_SYN))
				return "MSS is on SYN only (MUST-65)";
			if (size != 4)
				return "MSS is four bytes long";
			break;
		case 3:
			if (!(flags & TOY_SYN))
				return "window scale is on SYN only (RFC 7323 section 2.2)";
			if (size != 3 || opt[2] > 14)
				return "window scale is at most 14 (RFC 7323 section 2.3)";
			break;
		case 4:
			if (!(flags & TOY_SYN) || size != 2)
				return "SACK-permitted is on SYN only (RFC 2018 section 2)";
			break;
		case 5:
			if ((flags & TOY_SYN) || size < 10 || size > 34 || (size - 2) % 8)
				return "SACK has one to four blocks (RFC 2018 section 3)";
			break;
		case 8:
			if (size != 10)
				return "timestamps are ten bytes long";
			break;
		default:
			return "only known options are sent";
		}
		opt += size;
		left -= size;
	}
	return NULL;
}

/* The bytes of a segment that leaves. */
const char *law_of_wire(const struct end *e, const u8 *bytes, u32 len, const struct toy_seg *meant)
{
	struct toy_seg seg;
	u32 hlen;
	u8 flags;

	if (len < TOY_HDR_MIN)
		return "a segment is at least a header long";
	hlen = (bytes[12] >> 4) * 4;
	flags = bytes[13];
	if (hlen < TOY_HDR_MIN || hlen > len)
		return "the data offset points into the segment";
	if (bytes[12] & 0x0f)
		return "reserved bits are zero (section 3.1)";
	if (end_checksum(bytes, len, e->addr, e->peer_addr))
		return "the checksum is right (MUST-2)";
	if (!(flags & TOY_URG) && (bytes[18] || bytes[19]))
		return "the urgent pointer is zero without URG";
	if ((flags & TOY_URG) && (flags & (TOY_SYN | TOY_RST)))
		return "SYN and RST have no urgent data";
	if (!(flags & (TOY_SYN | TOY_RST | TOY_ACK)))
		return "every segment but SYN and RST carries ACK";
	if (!!(flags & TOY_SYN) + !!(flags & TOY_RST) + !!(flags & TOY_FIN) > 1)
		return "SYN, RST and FIN do not go together";
	if ((flags & TOY_RST) && len != hlen)
		return "RST carries no data";
	memset(&seg, 0xa5, sizeof(seg));
	if (!toy_wire_parse(&seg, bytes, len, len) || (seg.opts & TOY_OPT_BAD))
		return "what was built can be parsed";
	if (seg.seq != meant->seq || seg.ack != (meant->flags & TOY_ACK ? meant->ack : 0) ||
	    seg.len != meant->len || seg.wnd != meant->wnd || seg.flags != meant->flags ||
	    seg.opts != meant->opts)
		return "what is parsed is what was built";
	return law_of_options(bytes + TOY_HDR_MIN, hlen - TOY_HDR_MIN, flags);
}

static u32 law_shift(const struct law_book *book)
{
	return book->our_wscale >= 0 && book->peer_wscale >= 0 ? (u32)book->our_wscale : 0;
}

/* New data keeps to the peer's window and to cwnd, and to nothing else. */
static const char *law_of_data(struct law_book *book, const struct end *e,
			       const struct toy_seg *seg)
{
	const struct toy_conn *c = e->conn;
	u32 end = seg->seq + seg->len;
	u32 size = seg->len + toy_wire_hlen(seg) - TOY_HDR_MIN;
	u32 room;

	if (size > c->path_mss || size > max(c->peer_mss, 48))	/* less is not believed */
		return "data and options fit in the peer's MSS and in the path (MUST-16)";
	if (seg->why == TOY_SENT_PROBE) {
		if (seg->len > 1)
			return "a probe is at most one byte";
		if (seq_gt(end, book->edge + 1))
			return "a probe is one byte beyond the window";
		return NULL;
	}
	if (!book->edged || seq_gt(end, book->edge))
		return "data stays left of the largest right edge the peer offered";
	if (seq_leq(end, book->end))
		return NULL;
	room = c->cong.cwnd;
	if (!c->in_recovery)
		room += min(c->dup_acks, 2) * c->mss;
	if (end - c->snd_una > room)
		return "new data keeps the flight within cwnd (RFC 5681)";
	return NULL;
}

/* SYN and SYN,ACK: what is offered, and what is offered in answer to an offer only. */
static const char *law_of_syn(struct law_book *book, const struct toy_seg *seg)
{
	book->our_ts = seg->opts & TOY_OPT_TS;
	book->our_wscale = seg->opts & TOY_OPT_WSCALE ? seg->wscale : -1;
	book->end = seg->seq + 1;
	if (seg->len)
		return "SYN carries no data";
	if (!(seg->opts & TOY_OPT_MSS))
		return "SYN carries MSS (SHLD-5)";
	if (!(seg->flags & TOY_ACK))
		return NULL;
	if (book->our_ts && !book->peer_ts)
		return "SYN,ACK has timestamps only if SYN had (RFC 7323 section 3.2)";
	if (book->our_wscale >= 0 && book->peer_wscale < 0)
		return "SYN,ACK has a window scale only if SYN had (RFC 7323 section 2.2)";
	return NULL;
}

static const char *law_of_stamps(struct law_book *book, const struct end *e,
				 const struct toy_seg *seg)
{
	bool agreed = e->kind == END_TIME_WAIT ? e->tw.ts_ok : book->our_ts && book->peer_ts;

	if (!(seg->flags & TOY_SYN)) {
		if (agreed && !(seg->opts & TOY_OPT_TS))
			return "every segment has timestamps once they are agreed on (RFC 7323)";
		if (!agreed && (seg->opts & TOY_OPT_TS))
			return "no segment has timestamps that are not agreed on (RFC 7323)";
	}
	if (!(seg->opts & TOY_OPT_TS))
		return NULL;
	if (book->stamped && (s32)(seg->tsval - book->tsval) < 0)
		return "TSval never goes back";
	book->stamped = true;
	book->tsval = seg->tsval;
	return NULL;
}

/* A segment that leaves, RST excepted. */
const char *law_of_sent(struct law_book *book, const struct end *e, const struct toy_seg *seg)
{
	const struct toy_conn *c = e->conn;
	const char *broken = NULL;
	u32 edge, up;

	if (seg->flags & TOY_RST)
		return NULL;
	if (seg->flags & TOY_SYN)
		broken = law_of_syn(book, seg);
	if (!broken)
		broken = law_of_stamps(book, e, seg);
	if (broken || e->kind != END_CONN)
		return broken;
	if (book->conns != e->conns) {
		book->conns = e->conns;
		book->synced = false;
		book->sent = false;
	}
	if ((seg->opts & TOY_OPT_SACK) && !c->sack_ok)
		return "SACK is sent only where it is permitted (RFC 2018)";
	if ((seg->flags & (TOY_ECE | TOY_CWR)) && !(seg->flags & TOY_SYN) && !c->ecn_ok)
		return "ECE and CWR are sent only where that was agreed on (RFC 3168)";
	if (seg->ecn && (!seg->len || seq_lt(seg->seq, book->end)))
		return "only new data may be marked (RFC 3168 sections 6.1.4 and 6.1.5)";
	up = c->iss + 1 + e->out_up;
	if (!(seg->flags & TOY_SYN) && !!(seg->flags & TOY_URG) !=
	    (e->out_up && seq_lt(seg->seq, up) && seq_lt(c->snd_una, up)))
		return "URG stands on what lies before the end of urgent data, and nowhere else";
	if (seg->len) {
		broken = law_of_data(book, e, seg);
		if (broken)
			return broken;
	}
	if ((seg->flags & TOY_FIN) && seg->why != TOY_SENT_PROBE &&
	    seq_gt(seg->seq + toy_seg_space(seg), book->edge))
		return "FIN stays left of the right edge, like data";
	if (toy_seg_space(seg))
		book->end = seq_max(book->end, seg->seq + toy_seg_space(seg));
	if (!(seg->flags & TOY_ACK))
		return NULL;
	if (seg->ack != c->rcv_nxt)
		return "ACK is RCV.NXT";
	edge = seg->ack + ((u32)seg->wnd << (seg->flags & TOY_SYN ? 0 : law_shift(book)));
	if (book->sent && seq_lt(seg->ack, book->acked))
		return "ACK never goes back";
	if (seq_gt(edge, c->rcv_adv))
		return "the window sent is the window remembered";
	if (book->sent && !(seg->flags & TOY_SYN) &&
	    seq_lt(edge + (1U << law_shift(book)) - 1, book->told))
		return "the right edge on the wire moves left by no more than rounding (SHLD-14)";
	book->told = edge;
	book->sent = true;
	book->acked = seg->ack;
	return NULL;
}

struct law_walk {
	u32 seq;
	u32 end;
	u32 count;
	bool first;
};

static const char *law_of_ranges(const struct toy_range *r, struct law_walk *walk)
{
	const char *broken;

	if (!r)
		return NULL;
	broken = law_of_ranges(r->left, walk);
	if (broken)
		return broken;
	if (!walk->first && seq_lt(r->seq, walk->seq))
		return "ranges held stand in order";
	if (seq_gt(r->seq, r->end) || (r->seq == r->end && !r->fin))
		return "a range held is not empty";
	walk->first = false;
	walk->seq = r->seq;
	if (seq_gt(r->end, walk->end))
		walk->end = r->end;
	walk->count++;
	return law_of_ranges(r->right, walk);
}

static const char *law_of_reassembly(const struct end *e)
{
	struct toy_conn *c = e->conn;
	struct law_walk walk = { .first = true, .end = c->rcv_nxt };
	struct toy_range *first;
	const char *broken = law_of_ranges(c->ofo.root, &walk);

	if (broken)
		return broken;
	if (walk.count != c->ofo.count)
		return "ranges held are counted";
	if (!walk.count || c->fin_rcvd)
		return NULL;
	first = toy_ranges_first(&c->ofo);
	if (seq_leq(first->seq, c->rcv_nxt))
		return "what is held waits for a hole before it";
	if (seq_gt(walk.end, c->rcv_adv))
		return "what is held lies in the window";
	return NULL;
}

/* A deadline must exist while something is owed, or nobody would ever come back to it. */
static const char *law_of_deadline(const struct toy_conn *c)
{
	u64 deadline = toy_conn_deadline(c);
	u32 i;

	if (deadline)
		return NULL;
	for (i = 0; i < TOY_TIMER_COUNT; i++)
		if (c->timers[i])
			return "the deadline is that of a timer that runs";
	if (c->snd_una != c->snd_nxt)
		return "a deadline exists while something is unacknowledged";
	if (toy_conn_unsent(c))
		return "a deadline exists while something waits to be sent";
	if (c->ack_now || c->probe_now || c->keep_now || c->rst_now)
		return "nothing that is due is left unsent";
	return NULL;
}

/* A connection after an event. */
const char *law_of_conn(struct law_book *book, const struct end *e)
{
	const struct toy_conn *c = e->conn;
	const char *broken;
	u32 fin;

	for (; e->changes && book->nxt_change < e->changes; book->nxt_change++) {
		broken = law_of_change(&e->history[book->nxt_change % END_HISTORY]);
		if (broken)
			return broken;
	}
	if (e->kind != END_CONN)
		return NULL;
	if (c->state == TOY_CLOSED || c->state == TOY_TIME_WAIT)
		return "a connection that is over is gone";
	if (seq_gt(c->snd_una, c->snd_nxt))
		return "SND.UNA <= SND.NXT";
	if (seq_gt(c->snd_nxt, c->snd_end + c->fin_queued))
		return "SND.NXT is at most FIN above what the user wrote";
	if (seq_lt(c->rtx_nxt, c->snd_una) || seq_gt(c->rtx_nxt, c->rtx_end) ||
	    seq_gt(c->rtx_end, c->snd_nxt))
		if (c->rtx_nxt != c->rtx_end)
			return "only what was sent is sent again";
	if (c->snd_end - c->iss - 1 != e->out_len)
		return "what the user wrote is counted";
	if (toy_state_synced(c->state) && c->cong.cwnd < c->mss)
		return "cwnd is at least one segment";
	if (c->rto && (c->rto < c->knobs.rto_min || c->rto > c->knobs.rto_max))
		return "RTO lies between its bounds (RFC 6298)";
	broken = law_of_deadline(c);
	if (broken)
		return broken;
	if (c->state == TOY_SYN_SENT)
		return NULL;
	fin = c->fin_rcvd;
	if (c->rcv_nxt - c->irs - 1 - fin != e->in_len)
		return "what was delivered is what RCV.NXT says";
	if (!c->rcv_shut && toy_conn_unread(c) != end_unread(e))
		return "what waits for the user is counted";
	if (!c->orphan && end_unread(e) > e->rcv_limit + (1U << c->rcv_wscale))
		return "what waits for the user stays within its buffer";
	if (seq_gt(c->rcv_nxt, c->rcv_adv + fin))
		return "RCV.NXT stays in the window";
	broken = law_of_reassembly(e);
	if (broken)
		return broken;
	if (book->synced && book->conns == e->conns) {
		if (seq_lt(c->snd_una, book->una))
			return "SND.UNA never goes back";
		if (seq_lt(c->snd_nxt, book->nxt))
			return "SND.NXT never goes back";
		if (seq_lt(c->rcv_nxt, book->rcv_nxt))
			return "RCV.NXT never goes back";
		if (seq_lt(c->rcv_adv, book->rcv_adv))
			return "the right edge of the window never moves left (SHLD-14)";
	}
	book->conns = e->conns;
	book->synced = true;
	book->una = c->snd_una;
	book->nxt = c->snd_nxt;
	book->rcv_nxt = c->rcv_nxt;
	book->rcv_adv = c->rcv_adv;
	return NULL;
}
