// SPDX-License-Identifier: GPL-2.0
/*
 * json.c - flows as lines of JSON
 *
 * Every line is an object; "type" says of what. Documentation/scope.rst has the fields and their
 * units, scope/test/export.py checks that these and no others are written.
 */
#include <inttypes.h>

#include "export.h"
#include "json.h"
#include "names.h"

#define VERSION	1

static const char * const sides[] = { "left", "right" };

static void put_word(FILE *f, const char *key, enum word_list list, unsigned int nr)
{
	json_text(f, key, word_of(list, nr)->id);
}

/* A time in nanoseconds since the flow's start, or null. */
static void put_time(FILE *f, const char *key, const struct flow *flow, const struct event *ev)
{
	json_signed(f, key, ev, ev ? (int64_t)(ev->ns - flow->start) : 0);
}

/* A sequence number of @side counted from its initial one, or null. */
static void put_relative(FILE *f, const char *key, const struct flow *flow, int side, u32 seq)
{
	const struct end *e = &flow->end[side];

	json_signed(f, key, e->has_iss, (s32)(seq - e->iss));
}

static void write_end(FILE *f, const struct exported *ex, const struct flow *flow, int side)
{
	const struct end *e = &flow->end[side];
	char ip[64];

	fprintf(f, ",\"%s\":{\"address\":\"%s\",\"port\":%u", sides[side],
		endpoint_ip(&e->at, ip, sizeof(ip)), e->at.port);
	json_bool(f, "watched", e->seen);
	json_number(f, "netns", e->seen, e->netns);
	json_text(f, "name", e->seen ? events_netns(ex->all, e->netns) : NULL);
	json_number(f, "iss", e->has_iss, e->iss);
	fputc('}', f);
}

static void begin(FILE *f, const char *type, const struct flow *flow, int side, uint64_t ns)
{
	fprintf(f, "{\"type\":\"%s\",\"flow\":%u,\"side\":\"%s\",\"time_ns\":%" PRId64, type,
		flow->nr, sides[side], (int64_t)(ns - flow->start));
}

static void write_state(FILE *f, const struct flow *flow, int side, const struct event *ev)
{
	const struct word *why = word_of(WORDS_WHY, ev->state.why);

	begin(f, "state", flow, side, ev->ns);
	json_text(f, "from", state_text(ev->state.from));
	json_text(f, "to", state_text(ev->state.to));
	json_text(f, "why", why->id);
	json_text(f, "text", why->text);
	json_text(f, "section", *why->section ? why->section : NULL);
	json_number(f, "time_wait_ms", ev->state.ms, ev->state.ms);
	fputs("}\n", f);
}

static void write_flags(FILE *f, u8 flags)
{
	bool first = true;

	fputs(",\"flags\":[", f);
	for (unsigned int bit = 1; bit <= 0x80; bit <<= 1) {
		char name[40];

		if (!(flags & bit))
			continue;
		fprintf(f, "%s\"%s\"", first ? "" : ",", flags_text((u8)bit, name));
		first = false;
	}
	fputc(']', f);
}

static void write_options(FILE *f, const struct segment *s)
{
	const char *comma = "";

	fputs(",\"options\":{", f);
	if (s->opts & TOY_OPT_MSS) {
		fprintf(f, "\"mss\":%u", s->mss);
		comma = ",";
	}
	if (s->opts & TOY_OPT_WSCALE) {
		fprintf(f, "%s\"window_scale\":%u", comma, s->opt_wscale);
		comma = ",";
	}
	if (s->opts & TOY_OPT_SACKOK) {
		fprintf(f, "%s\"sack_permitted\":true", comma);
		comma = ",";
	}
	if (s->opts & TOY_OPT_TS) {
		fprintf(f, "%s\"timestamp\":%u,\"timestamp_echo\":%u", comma, s->tsval, s->tsecr);
		comma = ",";
	}
	for (int i = 0; i < s->nsack && i < TOY_SACK_MAX; i++)
		fprintf(f, "%s[%u,%u]%s", i ? "," : *comma ? ",\"sack\":[" : "\"sack\":[",
			s->sack[2 * i], s->sack[2 * i + 1],
			i + 1 == s->nsack || i + 1 == TOY_SACK_MAX ? "]" : "");
	if (s->nsack)
		comma = ",";
	if (s->opts & TOY_OPT_BAD)
		fprintf(f, "%s\"bad\":true", comma);
	fputc('}', f);
}

static const char *fate(const struct row *r)
{
	if (r->drop)
		return "refused";
	if (r->rx)
		return "taken";
	return r->lost ? "lost" : "unseen";
}

static void write_segment(FILE *f, const struct flow *flow, const struct row *r)
{
	const struct segment *s = row_segment(r);
	const struct event *in = r->rx ? r->rx : r->drop;

	begin(f, "segment", flow, r->side, row_time(r));
	put_time(f, "sent_ns", flow, r->tx);
	put_time(f, "received_ns", flow, in);
	json_text(f, "fate", fate(r));
	json_text(f, "drop", r->drop ? word_of(WORDS_DROP, r->drop->seg.why)->id : NULL);
	json_text(f, "drop_text", r->drop ? word_of(WORDS_DROP, r->drop->seg.why)->text : NULL);
	json_text(f, "why", r->tx ? word_of(WORDS_SENT, r->tx->seg.why)->id : NULL);
	json_text(f, "text", r->tx ? word_of(WORDS_SENT, r->tx->seg.why)->text : NULL);
	json_bool(f, "again", row_again(r));
	json_bool(f, "twin", r->twin);
	json_text(f, "sender_state", r->tx ? state_text(r->tx->seg.state) : NULL);
	json_text(f, "receiver_state", in ? state_text(in->seg.state) : NULL);
	write_flags(f, s->flags);
	fprintf(f, ",\"seq\":%u", s->seq);
	put_relative(f, "seq_relative", flow, r->side, s->seq);
	json_number(f, "ack", s->flags & TOY_ACK, s->ack);
	if (s->flags & TOY_ACK)
		put_relative(f, "ack_relative", flow, !r->side, s->ack);
	else
		json_text(f, "ack_relative", NULL);
	/* the window of a SYN is never scaled (RFC 7323 section 2.2) */
	fprintf(f, ",\"len\":%u,\"gso_size\":%u,\"window\":%u,\"window_bytes\":%u", s->len,
		s->gso_size, s->wnd, s->flags & TOY_SYN ? s->wnd : (u32)s->wnd << s->wscale);
	json_number(f, "urgent", s->flags & TOY_URG, s->urg);
	write_options(f, s);
	fputs(",\"payload\":\"", f);
	for (int i = 0; i < s->npayload; i++)
		fprintf(f, "%02x", s->payload[i]);
	fputs("\"}\n", f);
}

static void write_row(FILE *f, const struct flow *flow, const struct row *r)
{
	const struct event *ev = r->ev;

	switch (r->kind) {
	case ROW_SEGMENT:
		write_segment(f, flow, r);
		break;
	case ROW_STATE:
		write_state(f, flow, r->side, ev);
		break;
	case ROW_TIMER:
		begin(f, "timer", flow, r->side, ev->ns);
		put_word(f, "timer", WORDS_TIMER, ev->timer.timer);
		json_text(f, "text", word_of(WORDS_TIMER, ev->timer.timer)->text);
		fprintf(f, ",\"backoff\":%u,\"retries\":%u,\"rto_us\":%u}\n", ev->timer.backoff,
			ev->timer.retries, ev->timer.rto);
		break;
	case ROW_CONG:
		begin(f, "congestion", flow, r->side, ev->ns);
		put_word(f, "why", WORDS_CONG, ev->cong.why);
		json_text(f, "text", word_of(WORDS_CONG, ev->cong.why)->text);
		fprintf(f, ",\"cwnd\":%u,\"ssthresh\":%u,\"flight\":%u", ev->cong.cwnd,
			ev->cong.ssthresh, ev->cong.flight);
		fprintf(f, ",\"srtt_us\":%u,\"rttvar_us\":%u}\n", ev->cong.srtt,
			ev->cong.rttvar);
		break;
	}
}

void json_write(FILE *f, const struct exported *ex)
{
	fprintf(f, "{\"type\":\"toyscope\",\"version\":%d,\"flows\":%zu,\"missed\":%" PRIu64
		",\"virtual_time\":%s}\n", VERSION, ex->flows->n, ex->all->missed,
		ex->all->virtual_time ? "true" : "false");
	for (size_t i = 0; i < ex->flows->n; i++) {
		const struct flow *flow = ex->flows->v[i];

		fprintf(f, "{\"type\":\"flow\",\"flow\":%u,\"start_ns\":%" PRIu64, flow->nr,
			flow->start);
		write_end(f, ex, flow, LEFT);
		write_end(f, ex, flow, RIGHT);
		fputs("}\n", f);
		for (int side = 0; side < 2; side++) {
			if (flow->end[side].listen)
				write_state(f, flow, side, flow->end[side].listen);
		}
		for (size_t j = 0; j < flow->n; j++)
			write_row(f, flow, &flow->rows[j]);
	}
}
