// SPDX-License-Identifier: GPL-2.0
/*
 * core.c - two ends, a network that does anything and users who do anything, decoded from the input
 *
 * Segments of the ends are delivered late, twice, out of order, changed or not at all; others are
 * forged, from numbers near those that the receiver waits for or from bytes. Users call whatever a
 * socket could. After every event the laws of selftests/core/laws.c are asked.
 *
 * Where nothing was forged, what is delivered must also be what was written. In every case, when
 * the input ends the users close, the network delivers what it has, and both ends must come to
 * CLOSED: nothing may hang, and nothing may go on for ever.
 *
 * FUZZ_TRACE=1 prints every segment and change of state.
 */
#include "fuzz.h"
#include "ladder.h"
#include "laws.h"

#define SECOND		TOY_USEC_PER_SEC
#define NET_MAX		48		/* segments on their way; the oldest are lost */
#define STREAM_MAX	65536	/* bytes that one user writes on one connection */
#define TAIL_STEPS	200000		/* events after the input's end */
#define TAIL_TIME	(48 * 3600 * SECOND)
#define EVENTS_MAX	4000

struct packet {
	u32 len;
	u8 to;
	u8 *bytes;
};

static struct world {
	struct fuzz_in in;
	u64 now;
	struct end end[2];
	struct law_book book[2];
	struct packet net[NET_MAX];
	u32 packets;
	bool forged;
} w;

static u8 stream[STREAM_MAX];

static void broken(const struct end *e, const char *sentence)
{
	if (sentence)
		fuzz_broken(e->name, sentence);
}

static u32 index_of(const struct end *e)
{
	return (u32)(e - w.end);
}

static void drop_packet(u32 i)
{
	free(w.net[i].bytes);
	w.packets--;
	memmove(&w.net[i], &w.net[i + 1], (w.packets - i) * sizeof(w.net[0]));
}

static void on_emit(struct end *e, const u8 *bytes, u32 len, const struct toy_seg *meant)
{
	struct packet *p;

	broken(e, law_of_wire(e, bytes, len, meant));
	broken(e, law_of_sent(&w.book[index_of(e)], e, meant));
	if (w.packets == NET_MAX)
		drop_packet(0);
	p = &w.net[w.packets++];
	p->len = len;
	p->to = !index_of(e);
	p->bytes = malloc(len);
	memcpy(p->bytes, bytes, len);
}

/* What was delivered is what the peer wrote: while nobody lied, and on the first connection. */
static void check_stream(const struct end *e)
{
	const struct end *peer = &w.end[!index_of(e)];

	if (w.forged || e->conns > 1 || peer->conns > 1 || !e->in_len)
		return;
	FUZZ_CHECK(e->in_len <= peer->out_len, "nothing is delivered that was not written");
	FUZZ_CHECK(!memcmp(e->in, peer->out, e->in_len), "what is delivered is what was written");
	FUZZ_CHECK(!e->eof || e->in_len == peer->out_len,
		   "the end of the stream comes after its last byte");
}

static void on_checked(struct end *e)
{
	broken(e, law_of_conn(&w.book[index_of(e)], e));
	check_stream(e);
	if (e->kind == END_NOTHING)
		law_forget(&w.book[index_of(e)]);
}

/* Bytes come to an end. They are copied: they may be a segment's that is lost meanwhile. */
static void deliver(u32 to, const u8 *bytes, u32 len)
{
	struct end *e = &w.end[to];
	struct law_book *book = &w.book[to], before = *book;
	bool was_time_wait = e->kind == END_TIME_WAIT;
	enum end_kind was = e->kind;
	u8 *exact = malloc(len ? len : 1);
	struct toy_seg seg;

	memcpy(exact, bytes, len);
	memset(&seg, 0xa5, sizeof(seg));
	if (toy_wire_parse(&seg, exact, len, len) &&
	    !end_checksum(exact, len, e->peer_addr, e->addr)) {
		/* A new incarnation agrees on everything anew. */
		if (was_time_wait && (seg.flags & (TOY_SYN | TOY_ACK | TOY_RST)) == TOY_SYN) {
			law_forget(book);
			law_rcvd(book, e, &seg);
		} else {
			law_rcvd(book, e, &seg);
		}
	}
	e->ecn = len ? bytes[len - 1] & 3 : 0;	/* as good as any */
	end_input(e, exact, len);
	if (was_time_wait && e->kind == END_TIME_WAIT)
		*book = before;
	if (was != END_REQUEST && e->kind == END_REQUEST) {
		book->edge = e->req.iss + 1 + seg.wnd;
		book->edged = true;
	}
	free(exact);
}

static void run_timer(struct end *e)
{
	u64 deadline = end_deadline(e);

	w.now = max(w.now, deadline);
	end_timeout(e);
	if (e->kind == END_CONN && !e->busy)
		FUZZ_CHECK(!end_deadline(e) || end_deadline(e) > w.now,
			   "a timer that ran out is set anew or stopped");
}

/* The end whose timer is due first, if it is before @until. */
static struct end *first_due(u64 until)
{
	struct end *e = NULL;
	u32 i;

	for (i = 0; i < 2; i++) {
		u64 deadline = end_deadline(&w.end[i]);

		if (deadline && deadline <= until && (!e || deadline < end_deadline(e)))
			e = &w.end[i];
	}
	return e;
}

static void pass(u64 usec)
{
	u64 until = w.now + usec;
	struct end *e;
	u32 n = 0;

	while ((e = first_due(until)) && n++ < 100)
		run_timer(e);
	w.now = max(w.now, until);
}

/* A step from where something is: mostly small, or one that touches an edge, or any. */
static u32 delta(const struct toy_conn *c)
{
	u8 how = fuzz_u8(&w.in);
	u32 wnd = c ? c->rcv_adv - c->rcv_nxt : 65535;

	switch (how) {
	case 255:
		return fuzz_u32(&w.in);
	case 254:
		return (u32)(s32)(short)fuzz_u16(&w.in);
	case 253:
		return wnd;
	case 252:
		return wnd - 1;
	case 251:
		return wnd + 1;
	case 250:
		return 0x80000000u;
	case 249:
		return 0x7fffffffu;
	case 248:
		return c ? c->snd_una - c->snd_nxt : 0;
	case 247:
		return c ? 0u - c->max_snd_wnd : 0;
	default:
		return how < 64 ? 0 : (u32)(s32)(signed char)how;
	}
}

static void forge_options(struct toy_seg *seg, const struct toy_conn *c)
{
	u32 i;

	seg->opts = fuzz_u8(&w.in) & (TOY_OPT_MSS | TOY_OPT_WSCALE | TOY_OPT_SACKOK | TOY_OPT_TS |
				      TOY_OPT_SACK);
	seg->opts &= seg->flags & TOY_SYN ? ~TOY_OPT_SACK
					  : ~(TOY_OPT_MSS | TOY_OPT_WSCALE | TOY_OPT_SACKOK);
	if (seg->opts & TOY_OPT_MSS)
		seg->mss = max_t(u16, fuzz_u16(&w.in), 1);
	if (seg->opts & TOY_OPT_WSCALE)
		seg->wscale = (u8)fuzz_below(&w.in, TOY_WSCALE_MAX + 1);
	if (seg->opts & TOY_OPT_TS) {
		seg->tsval = (c ? c->ts_recent : 0) + delta(NULL);
		seg->tsecr = (u32)(w.now / TOY_USEC_PER_MSEC) + (c ? c->ts_offset : 0) +
			     delta(NULL);
	}
	if (seg->opts & TOY_OPT_SACK)
		seg->nsack = (u8)(1 + fuzz_below(&w.in, seg->opts & TOY_OPT_TS ? 3 : 4));
	for (i = 0; i < seg->nsack; i++) {
		seg->sack[i].start = (c ? c->snd_una : 0) + delta(c);
		seg->sack[i].end = seg->sack[i].start + delta(c);
	}
}

/* A segment from nowhere, with numbers around those that its receiver has. */
static void forge(u32 to)
{
	static u8 bytes[END_SEGMENT_MAX];
	struct end *e = &w.end[to];
	const struct toy_conn *c = e->kind == END_CONN ? e->conn : NULL;
	u32 seq = 0, ack = 0, at;
	struct toy_seg seg;

	w.forged = true;
	toy_seg_clear(&seg);
	if (c) {
		seq = c->rcv_nxt;
		ack = c->snd_nxt;
	} else if (e->kind == END_REQUEST) {
		seq = e->req.irs + 1;
		ack = e->req.iss + 1;
	} else if (e->kind == END_TIME_WAIT) {
		seq = e->tw.rcv_nxt;
		ack = e->tw.snd_nxt;
	}
	seg.sport = e->peer_port;
	seg.dport = e->port;
	seg.flags = fuzz_u8(&w.in);
	seg.seq = seq + delta(c);
	seg.ack = ack + delta(c);
	seg.wnd = fuzz_u16(&w.in);
	seg.urg = fuzz_u16(&w.in);
	seg.len = fuzz_u8(&w.in);
	seg.len = seg.len < 64 ? 0 : seg.len < 192 ? seg.len - 63 : (seg.len - 191) * 512;
	forge_options(&seg, c);
	at = seg.seq % (STREAM_MAX - 40000);
	deliver(to, bytes, end_build(&seg, stream + at, e->peer_addr, e->addr, bytes));
}

static void mend_checksum(const struct end *to, u8 *bytes, u32 len)
{
	if (len < 18)
		return;
	toy_put_be16(bytes + 16, 0);
	toy_put_be16(bytes + 16, end_checksum(bytes, len, to->peer_addr, to->addr));
}

/* The input's own bytes as a segment. */
static void raw(u32 to)
{
	u8 bytes[256];
	u32 i, len = fuzz_u8(&w.in);

	w.forged = true;
	for (i = 0; i < len; i++)
		bytes[i] = fuzz_u8(&w.in);
	if (fuzz_u8(&w.in) & 1)
		mend_checksum(&w.end[to], bytes, len);
	deliver(to, bytes, len);
}

/* A segment of the other end, with a few bytes of its header changed. */
static void mutate(u32 i)
{
	struct packet p = w.net[i];
	u8 *bytes = malloc(p.len);
	u32 n = 1 + fuzz_below(&w.in, 4), at;

	w.forged = true;
	memcpy(bytes, p.bytes, p.len);
	while (n--) {
		at = fuzz_below(&w.in, min_t(u32, p.len, TOY_HDR_MAX));
		bytes[at] ^= fuzz_u8(&w.in);
	}
	mend_checksum(&w.end[p.to], bytes, p.len);
	deliver(p.to, bytes, p.len);
	free(bytes);
}

static void on_network(u32 how)
{
	u32 i;

	if (!w.packets)
		return;
	i = how < 2 ? 0 : fuzz_below(&w.in, w.packets);
	if (how == 5) {
		mutate(i);
		return;
	}
	if (how != 4)		/* 4: it is lost */
		deliver(w.net[i].to, w.net[i].bytes, w.net[i].len);
	/* What was delivered may have drawn answers, and those pushed out others. */
	if (how != 3 && i < w.packets)
		drop_packet(i);
}

/* Does its user still hold the connection? */
static bool held(const struct end *e)
{
	return e->kind == END_CONN && !e->conn->orphan;
}

static void write_some(struct end *e, bool urgent)
{
	u32 len = fuzz_u8(&w.in), flags = fuzz_u8(&w.in);

	len = len < 128 ? len + 1 : (len - 127) * 64;
	if (!held(e) || e->conn->fin_queued || e->out_len + len > STREAM_MAX)
		return;
	if (urgent)
		end_urgent(e, stream + e->out_len, len);
	else
		end_write(e, stream + e->out_len, len, flags & 1);
}

static void open_again(struct end *e)
{
	if (e->kind != END_NOTHING)
		return;
	e->iss = e->iss + 0x01234567 + delta(NULL);
	law_forget(&w.book[index_of(e)]);
	end_connect(e);
}

static void set_knob(struct end *e)
{
	struct toy_knobs *k = &e->conn->knobs;
	u32 which = fuzz_u8(&w.in) % 8, value = fuzz_u8(&w.in);

	switch (which) {
	case 0:
		k->nodelay = value & 1;
		break;
	case 1:
		k->cork = value & 1;
		break;
	case 2:
		toy_conn_set_keepalive(e->conn, value & 1, w.now);
		break;
	case 3:
		k->keep_idle = (1 + value) * SECOND;
		break;
	case 4:
		k->user_timeout = value * SECOND / 4;
		break;
	case 5:
		k->keep_probes = (u8)(1 + value % 16);
		break;
	case 6:
		/* A smaller one never takes back what was offered: the law knows the largest. */
		toy_conn_set_rcv_limit(e->conn, value * 64 + 1, w.now);
		e->rcv_limit = max(e->rcv_limit, value * 64 + 1);
		break;
	default:
		e->conn->gso_max = (u32)value * 256;
	}
	end_event(e);
}

static void renege(struct end *e)
{
	struct toy_range *r, *next;

	for (r = toy_conn_renege(e->conn); r; r = next) {
		next = r->left;
		free(r);
	}
	end_event(e);
}

static void on_user(struct end *e, u32 how)
{
	switch (how) {
	case 0:
	case 1:
		write_some(e, how);
		break;
	case 2:
		if (held(e) || e->kind != END_CONN)
			end_read(e, 1U << fuzz_u8(&w.in) % 17);
		break;
	case 3:
		if (held(e) && e->conn->state != TOY_SYN_SENT)
			end_shutdown(e);
		break;
	case 4:
		if (held(e))
			end_close(e);
		break;
	case 5:
		if (held(e))
			end_abort(e);
		break;
	case 6:
		open_again(e);
		break;
	case 7:
		if (held(e))
			set_knob(e);
		break;
	case 8:
		end_path_mss(e, (u16)(88 + fuzz_below(&w.in, 9000)));
		break;
	case 9:
		end_unreachable(e, 113, fuzz_u8(&w.in) & 1);
		break;
	case 10:
		e->no_memory = !e->no_memory;
		break;
	case 11:
		e->busy = !e->busy;
		end_event(e);
		break;
	case 12:
		if (e->kind == END_CONN)
			renege(e);
		break;
	default:
		e->listening = !e->listening;
	}
}

static void one_event(void)
{
	u8 op = fuzz_u8(&w.in), arg;

	if (op < 96) {
		on_network(op % 6);
	} else if (op < 128) {
		forge(op & 1);
	} else if (op < 136) {
		raw(op & 1);
	} else if (op < 160) {
		arg = fuzz_u8(&w.in);
		pass((u64)(1 + (arg & 15)) << (arg >> 4) * 2);	/* to 17000 s */
	} else if (op < 176) {
		struct end *e = first_due(~0ULL);

		if (e)
			run_timer(e);
	} else {
		on_user(&w.end[op & 1], (op - 176) / 2 % 14);
	}
}

static void begin_end(u32 i)
{
	static const u16 sizes[] = { 88, 256, 536, 1220, 1448, 1460, 8960, 16344 };
	u32 bits = fuzz_u16(&w.in), wrap = fuzz_u8(&w.in);
	struct end *e = &w.end[i];

	end_init(e, i ? "B" : "A", &w.now);
	law_forget(&w.book[i]);
	e->addr = (u8)(1 + i);
	e->peer_addr = (u8)(2 - i);
	e->port = (u16)(10001 + i);
	e->peer_port = (u16)(10002 - i);
	e->iss_step = 0x01234567;
	e->iss = (wrap & 1 ? 0x80000000u : 0) - (wrap >> 1) * 16;
	e->ts_offset = bits & 1 ? 0u - (u32)(w.now / TOY_USEC_PER_MSEC) - 100 : 77;
	e->knobs.timestamps = bits & 2;
	e->knobs.window_scaling = bits & 4;
	e->knobs.sack = bits & 8;
	e->knobs.nodelay = bits & 16;
	e->knobs.mtu_probing = (u8)min(bits >> 14, 2);
	e->rfc1337 = bits & 32;
	e->gso_max = bits & 64 ? 65000 : 0;
	e->path_mss = sizes[bits >> 7 & 7];
	e->rcv_limit = 128U << (bits >> 10 & 15);
	e->msl = 60 * SECOND;
	e->knobs.orphan_retries = 3;
	e->knobs.retries2 = 6;
	e->emit = on_emit;
	e->checked = on_checked;
}

static bool all_closed(void)
{
	return w.end[0].kind == END_NOTHING && w.end[1].kind == END_NOTHING;
}

/* One thing that happens by itself; false when nothing will. */
static bool tail_step(void)
{
	struct end *e = first_due(w.packets ? w.now + 1000 : ~0ULL);
	struct packet p;

	if (e) {
		run_timer(e);
		return true;
	}
	if (!w.packets)
		return false;
	p = w.net[0];
	w.packets--;
	memmove(&w.net[0], &w.net[1], w.packets * sizeof(w.net[0]));
	w.now += 1000;
	deliver(p.to, p.bytes, p.len);
	free(p.bytes);
	return true;
}

/* Users read to the end and close; then nobody is left to wait for. */
static void tail(void)
{
	u64 start = w.now;
	u32 i, steps = 0;
	bool closing = false;

	for (i = 0; i < 2; i++) {
		w.end[i].busy = false;
		w.end[i].no_memory = false;
		end_event(&w.end[i]);
		if (held(&w.end[i]))
			end_shutdown(&w.end[i]);
	}
	for (;;) {
		bool more = steps < TAIL_STEPS / 40 && tail_step();

		steps++;
		for (i = 0; i < 2; i++) {
			struct end *e = &w.end[i];

			if (held(e) || e->kind != END_CONN)
				end_read(e, ~0U);
			if (held(e) && (closing || e->eof))
				end_close(e);
		}
		if (closing && !tail_step() && !more)
			break;
		closing |= !more;
		FUZZ_CHECK(steps < TAIL_STEPS, "two ends that are left alone come to rest");
		FUZZ_CHECK(w.now - start < TAIL_TIME, "and that within two days");
	}
	FUZZ_CHECK(all_closed(), "both ends reach CLOSED");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u32 i, events = 0, mode;

	if (!stream[1])
		for (i = 0; i < STREAM_MAX; i++)
			stream[i] = (u8)((i * 2654435761u) >> 13 ^ i >> 8);
	ladder_keep = getenv("FUZZ_TRACE");
	ladder_on = ladder_keep;
	if (ladder_on)
		setvbuf(stdout, NULL, _IOLBF, 0);
	memset(&w, 0, sizeof(w));
	w.in = (struct fuzz_in) { data, size };
	w.now = 1000 * SECOND;
	mode = fuzz_u8(&w.in);
	for (i = 0; i < 2; i++)
		begin_end(i);
	w.end[1].listening = mode & 1;
	if (mode & 2)
		end_connect(&w.end[0]);
	if (mode & 4)		/* the usual beginning */
		while (w.packets && events++ < 20)
			on_network(0);
	while (w.in.left && events++ < EVENTS_MAX)
		one_event();
	tail();
	for (i = 0; i < 2; i++)
		end_free(&w.end[i]);
	while (w.packets)
		drop_packet(0);
	return 0;
}
