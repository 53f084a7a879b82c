// SPDX-License-Identifier: GPL-2.0
/*
 * rule.c - what the cable is to do with which segment, in words
 */
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "rule.h"

#define NOTHING	(-2)	/* the side of an event that was not asked for */

static const char * const action_name[] = {
	[DROP] = "drop", [DELAY] = "delay", [DOUBLE] = "double", [CORRUPT] = "corrupt",
	[HOLD] = "hold", [COPY] = "copy", [SEND] = "send",
};

/* The words of a rule, one after the other; @next is NULL at the end. */
struct words {
	char *next;
};

static const char *peek(const struct words *w)
{
	return w->next;
}

static const char *take(struct words *w)
{
	char *word = w->next, *end;

	if (!word)
		return NULL;
	end = word + strcspn(word, " ");
	w->next = NULL;
	if (*end) {
		*end++ = '\0';
		end += strspn(end, " ");
		if (*end)
			w->next = end;
	}
	return word;
}

static bool take_if(struct words *w, const char *word)
{
	size_t len = strlen(word);

	if (!w->next || strncmp(w->next, word, len) || (w->next[len] && w->next[len] != ' '))
		return false;
	take(w);
	return true;
}

static bool is_number(const char *text)
{
	return text && *text >= '0' && *text <= '9';
}

/* A whole number. Returns false when it is none. */
static bool read_number(const char *text, unsigned int *n)
{
	char *end;
	unsigned long v;

	if (!is_number(text))
		return false;
	v = strtoul(text, &end, 10);
	*n = (unsigned int)v;
	return !*end && v <= 0xffffffffu;
}

static int read_kind(const char *text)
{
	if (!strcmp(text, "ANY"))
		return KIND_ANY;
	if (!strcmp(text, "DATA"))
		return KIND_DATA;
	return flags_number(text);
}

/* "3", "3-5", "3-" */
static bool read_range(char *text, struct match *m)
{
	char *dash = strchr(text, '-');

	if (dash)
		*dash++ = '\0';
	if (!read_number(text, &m->first) || !m->first)
		return false;
	m->last = m->first;
	if (!dash)
		return true;
	if (*dash)
		return read_number(dash, &m->last) && m->last >= m->first;
	m->last = EVERY;
	return true;
}

static const char *read_match(struct words *w, const char *const name[2], struct match *m)
{
	const char *side = take(w), *kind = take(w);

	if (!side || !kind)
		return "which segment? SIDE KIND [N | N-M | N-]";
	*m = (struct match){ .side = -1, .first = 1, .last = 1 };
	if (!strcmp(side, name[0]))
		m->side = 0;
	else if (!strcmp(side, name[1]))
		m->side = 1;
	else if (strcmp(side, "both"))
		return "a side is one of the two namespaces, or both";
	m->kind = read_kind(kind);
	if (m->kind < 0)
		return "a kind is DATA, ACK, SYN, SYN,ACK, FIN, RST or ANY";
	if (is_number(peek(w)) && !read_range((char *)take(w), m))
		return "which ones? a number from 1, N-M, or N-";
	return NULL;
}

static const char *read_event(struct words *w, const char *const name[2], struct rule *r)
{
	r->waits = true;
	if (take_if(w, "told")) {
		r->told = true;
		return NULL;
	}
	return read_match(w, name, &r->event);
}

static bool read_expression(const char *text, struct expression *e)
{
	bool minus = false;
	unsigned int n = 0;

	*e = (struct expression){ };
	if (*text == 'x' || *text == 'y') {
		e->base = *text++;
		if (!*text)
			return true;
		if (*text != '+' && *text != '-')
			return false;
		minus = *text++ == '-';
	}
	if (!read_number(text, &n))
		return false;
	e->offset = minus ? -n : n;
	return true;
}

static bool begins_with(const char **text, const char *with)
{
	size_t len = strlen(with);

	if (strncmp(*text, with, len))
		return false;
	*text += len;
	return true;
}

static bool read_field(const char *word, struct rule *r)
{
	unsigned int n;

	if (begins_with(&word, "seq="))
		return read_expression(word, &r->seq);
	if (begins_with(&word, "ack="))
		return read_expression(word, &r->ack);
	if (begins_with(&word, "win=") && read_number(word, &n)) {
		r->seg.wnd = (u16)n;
		return n <= 0xffff;
	}
	if (begins_with(&word, "len=") && read_number(word, &n)) {
		r->seg.len = n;
		return n <= 1400;
	}
	if (begins_with(&word, "sport=") && read_number(word, &n)) {
		r->seg.sport = (u16)n;
		return n && n <= 0xffff;
	}
	if (begins_with(&word, "dport=") && read_number(word, &n)) {
		r->seg.dport = (u16)n;
		return n && n <= 0xffff;
	}
	if (begins_with(&word, "times="))
		return read_number(word, &r->times) && r->times;
	r->ts = !strcmp(word, "ts");
	return r->ts;
}

static const char *read_send(struct words *w, const char *const name[2], struct rule *r)
{
	const char *side = take(w), *flags = take(w);
	int n;

	if (!side || !flags)
		return "send what? SIDE FLAGS [seq=N] [ack=N] [win=N] [len=N] [ts] [after EVENT]";
	if (strcmp(side, name[0]) && strcmp(side, name[1]))
		return "a sender is one of the two namespaces";
	r->match.side = !strcmp(side, name[1]);
	n = flags_number(flags);
	if (n < 0)
		return "flags are names with commas between: SYN,ACK";
	r->seg.flags = (u8)n;
	while (peek(w)) {
		if (take_if(w, "after"))
			return read_event(w, name, r);
		if (!read_field(take(w), r))
			return "a segment may have: seq= ack= win= len= sport= dport= times= ts";
	}
	return NULL;
}

static const char *read_rule(struct words *w, const char *const name[2], struct rule *r)
{
	const char *word, *wrong;

	r->maybe = take_if(w, "maybe");
	word = take(w);
	for (int i = DROP; i <= SEND; i++) {
		if (word && !strcmp(word, action_name[i]))
			r->action = i;
	}
	if (r->action == PASS)
		return "a rule begins with drop, delay, double, corrupt, hold, copy or send";
	if (r->action == SEND)
		return read_send(w, name, r);
	wrong = read_match(w, name, &r->match);
	if (wrong)
		return wrong;
	if (r->action == DELAY && (!take_if(w, "by") || !read_number(take(w), &r->ms)))
		return "delay by how many milliseconds? by MS";
	if (r->action != HOLD && r->action != COPY)
		return take_if(w, "after") ? read_event(w, name, r) : NULL;
	if (!take_if(w, "until"))
		return "until when? until SIDE KIND [N], or until told";
	return read_event(w, name, r);
}

struct rule *rule_read(const char *text, const char *const name[2], const char **wrong)
{
	struct rule *r = calloc(1, sizeof(*r));
	char *copy = strdup(text);
	struct words w = { copy };

	*wrong = "no memory";
	if (!r || !copy)
		return NULL;
	r->text = strdup(text);
	r->event.side = NOTHING;
	r->times = 1;
	*wrong = read_rule(&w, name, r);
	if (!*wrong && peek(&w))
		*wrong = "what is the rest to mean?";
	free(copy);
	if (!*wrong)
		return r;
	rule_free(r);
	return NULL;
}

void rule_free(struct rule *r)
{
	free(r->text);
	free(r);
}

static bool is_kind(int kind, const struct toy_seg *seg)
{
	int flags = seg->flags & ~TOY_PSH;

	switch (kind) {
	case KIND_ANY:
		return true;
	case KIND_DATA:
		return seg->len;
	case TOY_FIN:
	case TOY_RST:
		return flags & kind;
	case TOY_ACK:
		return flags == TOY_ACK && !seg->len;
	default:
		return flags == kind;
	}
}

bool match_count(struct match *m, const struct packet *p)
{
	if (m->side == NOTHING || (m->side >= 0 && m->side != p->side) ||
	    !is_kind(m->kind, &p->seg))
		return false;
	m->seen++;
	return m->seen >= m->first && m->seen <= m->last;
}

static uint32_t value(const struct expression *e, const struct sight *seen)
{
	if (!e->base)
		return e->offset;
	return seen->iss[e->base == 'y'] + e->offset;
}

struct packet *rule_forge(const struct rule *r, unsigned int nr, const struct sight *seen)
{
	struct toy_seg seg = r->seg;
	const struct packet *last = seen->last[r->match.side];

	seg.seq = value(&r->seq, seen);
	seg.ack = value(&r->ack, seen);
	if (seg.sport)
		seg.sport = (u16)(seg.sport + nr);
	if (r->ts && last && last->seg.opts & TOY_OPT_TS) {
		seg.opts |= TOY_OPT_TS;
		seg.tsval = last->seg.tsval;
		seg.tsecr = last->seg.tsecr;
	}
	return packet_forge(seen, r->match.side, &seg);
}
