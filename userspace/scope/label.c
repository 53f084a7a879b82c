// SPDX-License-Identifier: GPL-2.0
/*
 * label.c - a segment in words
 */
#include <inttypes.h>
#include <string.h>

#include "label.h"
#include "names.h"

void label_seq(struct text *t, const struct flow *f, int side, u32 seq,
	       const struct label_style *st)
{
	const struct end *e = &f->end[side];
	s32 offset = (s32)(seq - e->iss);

	if (st->absolute || !e->has_iss)
		text_add(t, "%u", seq);
	else if (!offset)
		text_add(t, "%c", side == LEFT ? 'x' : 'y');
	else
		text_add(t, "%c%+d", side == LEFT ? 'x' : 'y', offset);
}

void label_head(struct text *t, const struct flow *f, const struct row *r,
		const struct label_style *st)
{
	const struct segment *s = row_segment(r);
	char flags[40];

	text_add(t, "%s seq=", flags_text(s->flags, flags));
	label_seq(t, f, r->side, s->seq, st);
	if (s->flags & TOY_ACK) {
		text_add(t, " ack=");
		label_seq(t, f, !r->side, s->ack, st);
	}
	if (s->len)
		text_add(t, " len=%u", s->len);
}

void label_window(struct text *t, const struct row *r)
{
	const struct segment *s = row_segment(r);

	/* the window of a SYN is never scaled (RFC 7323 section 2.2), that of a RST says nothing */
	if (s->flags & TOY_SYN)
		text_add(t, " win=%u", s->wnd);
	else if (!(s->flags & TOY_RST))
		text_add(t, " win=%u", (u32)s->wnd << s->wscale);
}

bool label_took(struct text *t, const struct row *r)
{
	const struct event *in = r->rx ? r->rx : r->drop;

	if (!r->tx || !in)
		return false;
	text_add(t, "+%.3f", in->ns > r->tx->ns ? (double)(in->ns - r->tx->ns) / 1e6 : 0.0);
	return true;
}

static void space(struct text *t)
{
	if (t->len)
		text_add(t, " ");
}

static void add_options(struct text *t, const struct flow *f, const struct row *r,
			const struct label_style *st)
{
	const struct segment *s = row_segment(r);
	bool syn = s->flags & TOY_SYN;

	if (s->opts & TOY_OPT_MSS)
		text_add(t, "mss=%u", s->mss);
	if (s->opts & TOY_OPT_WSCALE) {
		space(t);
		text_add(t, "wscale=%u", s->opt_wscale);
	}
	if (s->opts & TOY_OPT_SACKOK) {
		space(t);
		text_add(t, "sackok");
	}
	if ((s->opts & TOY_OPT_TS) && (st->all || syn)) {
		space(t);
		if (st->all)
			text_add(t, "ts=%u/%u", s->tsval, s->tsecr);
		else
			text_add(t, "ts");
	}
	for (int i = 0; i < s->nsack && i < TOY_SACK_MAX; i++) {
		space(t);
		text_add(t, "sack=");
		label_seq(t, f, !r->side, s->sack[2 * i], st);
		text_add(t, "..");
		label_seq(t, f, !r->side, s->sack[2 * i + 1], st);
	}
	if (s->opts & TOY_OPT_BAD) {
		space(t);
		text_add(t, "bad option");
	}
	if (s->flags & TOY_URG) {
		space(t);
		text_add(t, "urgent=%u", s->urg);
	}
}

static void add_payload(struct text *t, const struct segment *s, const struct label_style *st)
{
	const char *more = st->ascii ? "..." : "…";

	if (!s->npayload)
		return;
	space(t);
	text_add(t, "\"");
	text_payload(t, s->payload, s->npayload, st->ascii, st->ascii ? "." : "·");
	text_add(t, "%s\"", s->len > s->npayload ? more : "");
}

/* Why it was sent, where its flags do not say so. */
static const char *reason(const struct row *r)
{
	if (!r->tx)
		return NULL;
	switch (r->tx->seg.why) {
	case TOY_SENT_DATA:
	case TOY_SENT_SYN:
	case TOY_SENT_SYNACK:
	case TOY_SENT_FIN:
	case TOY_SENT_ACK:
	case TOY_SENT_RESET:
		return NULL;
	default:
		return word_of(WORDS_SENT, r->tx->seg.why)->text;
	}
}

void label_detail(struct text *t, const struct flow *f, const struct row *r,
		  const struct label_style *st)
{
	const char *why = reason(r);

	add_options(t, f, r, st);
	add_payload(t, row_segment(r), st);
	if (why) {
		space(t);
		text_add(t, "(%s)", why);
	}
	if (r->twin) {
		space(t);
		text_add(t, "(doubled by the network)");
	} else if (!r->tx && f->end[r->side].seen) {
		space(t);
		text_add(t, "(that end did not send it)");
	}
	if (r->drop) {
		space(t);
		text_add(t, st->ascii ? "not taken: %s" : "✗ %s",
			 word_of(WORDS_DROP, r->drop->seg.why)->text);
	}
}
