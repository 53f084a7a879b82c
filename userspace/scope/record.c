// SPDX-License-Identifier: GPL-2.0
/*
 * record.c - events in a file of JSON lines, for --record and --replay
 *
 * The first line is {"toyscope":1}. Every other line is one flat object: "ev" says what it is,
 * "t" is in nanoseconds, addresses and names are strings, payload is hexadecimal. What is 0 is
 * left out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "record.h"

#define VERSION		1
#define FAIL_FILE	1

/* ------------------------------------------------------------------------------------------- */
/* Writing                                                                                       */

static void put_number(FILE *f, const char *key, uint64_t value)
{
	if (value)
		fprintf(f, ",\"%s\":%" PRIu64, key, value);
}

static void put_word(FILE *f, const char *key, enum word_list list, unsigned int nr)
{
	fprintf(f, ",\"%s\":\"%s\"", key, word_of(list, nr)->id);
}

static void write_segment(FILE *f, const struct event *ev)
{
	const struct segment *s = &ev->seg;
	char flags[40];

	fprintf(f, ",\"flags\":\"%s\",\"seq\":%u", flags_text(s->flags, flags), s->seq);
	put_number(f, "ack", s->ack);
	put_number(f, "len", s->len);
	fprintf(f, ",\"wnd\":%u", s->wnd);
	put_number(f, "wscale", s->wscale);
	put_number(f, "opts", s->opts);
	put_number(f, "mss", s->mss);
	put_number(f, "opt_wscale", s->opt_wscale);
	put_number(f, "tsval", s->tsval);
	put_number(f, "tsecr", s->tsecr);
	put_number(f, "urg", s->urg);
	put_number(f, "gso_size", s->gso_size);
	put_word(f, "state", WORDS_STATE, s->state);
	if (ev->kind == EVENT_SEND)
		put_word(f, "why", WORDS_SENT, s->why);
	if (ev->kind == EVENT_DROP)
		put_word(f, "reason", WORDS_DROP, s->why);
	if (s->nsack) {
		for (int i = 0; i < 2 * s->nsack; i++)
			fprintf(f, "%s%u", i ? "," : ",\"sack\":[", s->sack[i]);
		fputc(']', f);
	}
	if (s->npayload) {
		fputs(",\"payload\":\"", f);
		for (int i = 0; i < s->npayload; i++)
			fprintf(f, "%02x", s->payload[i]);
		fputc('"', f);
	}
}

static void write_event(FILE *f, const struct event *ev)
{
	char l[INET6_ADDRSTRLEN], r[INET6_ADDRSTRLEN];

	fprintf(f, "{\"ev\":\"%s\",\"t\":%" PRIu64 ",\"netns\":%u",
		word_of(WORDS_EVENT, ev->kind)->id, ev->ns, ev->netns);
	fprintf(f, ",\"laddr\":\"%s\",\"lport\":%u,\"raddr\":\"%s\",\"rport\":%u",
		endpoint_ip(&ev->local, l, sizeof(l)), ev->local.port,
		endpoint_ip(&ev->remote, r, sizeof(r)), ev->remote.port);
	switch (ev->kind) {
	case EVENT_STATE:
		put_word(f, "from", WORDS_STATE, ev->state.from);
		put_word(f, "to", WORDS_STATE, ev->state.to);
		put_word(f, "why", WORDS_WHY, ev->state.why);
		put_number(f, "ms", ev->state.ms);
		break;
	case EVENT_TIMER:
		put_word(f, "timer", WORDS_TIMER, ev->timer.timer);
		put_number(f, "backoff", ev->timer.backoff);
		put_number(f, "retries", ev->timer.retries);
		put_number(f, "rto", ev->timer.rto);
		break;
	case EVENT_CONG:
		put_word(f, "why", WORDS_CONG, ev->cong.why);
		put_number(f, "cwnd", ev->cong.cwnd);
		put_number(f, "ssthresh", ev->cong.ssthresh);
		put_number(f, "srtt", ev->cong.srtt);
		put_number(f, "rttvar", ev->cong.rttvar);
		put_number(f, "flight", ev->cong.flight);
		break;
	default:
		write_segment(f, ev);
	}
	fputs("}\n", f);
}

int record_write(const struct events *all, const char *path)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "w") : stdout;
	bool bad;

	if (!f)
		goto fail;
	fprintf(f, "{\"toyscope\":%d%s}\n", VERSION,
		all->virtual_time ? ",\"virtual_time\":1" : "");
	for (size_t i = 0; i < all->nnames; i++)
		fprintf(f, "{\"ev\":\"netns\",\"netns\":%u,\"name\":\"%s\"}\n",
			all->names[i].netns, all->names[i].name);
	if (all->missed)
		fprintf(f, "{\"ev\":\"missed\",\"n\":%" PRIu64 "}\n", all->missed);
	for (size_t i = 0; i < all->n; i++)
		write_event(f, &all->v[i]);
	bad = fflush(f) || ferror(f);
	if (f != stdout && fclose(f))
		bad = true;
	if (!bad)
		return 0;
fail:
	fprintf(stderr, "toyscope: cannot write %s: %s\n", path, strerror(errno));
	return FAIL_FILE;
}

/* ------------------------------------------------------------------------------------------- */
/* Reading: as much of JSON as is written above                                                  */

#define FIELDS_MAX	40

/**
 * struct field - one "key":value of a line; strings point into the line, which is cut up
 * @key: its name
 * @text: a string, or the inside of an array; NULL for a number
 * @number: a number
 */
struct field {
	const char *key;
	const char *text;
	uint64_t number;
};

struct object {
	struct field field[FIELDS_MAX];
	int n;
	bool bad;
};

/*
 * "text" at *@p: cuts it off and steps over it. NULL when there is none. No escapes are ever
 * written.
 */
static char *take_string(char **p)
{
	char *s = *p, *end;

	if (*s != '"')
		return NULL;
	end = strchr(++s, '"');
	if (!end || memchr(s, '\\', (size_t)(end - s)))
		return NULL;
	*end = '\0';
	*p = end + 1;
	return s;
}

static bool take_field(char **p, struct field *f)
{
	char *end;

	f->key = take_string(p);
	if (!f->key || **p != ':')
		return false;
	(*p)++;
	f->text = NULL;
	f->number = 0;
	if (**p == '"') {
		f->text = take_string(p);
		return f->text;
	}
	if (**p == '[') {
		f->text = *p + 1;
		end = strchr(*p, ']');
		if (!end)
			return false;
		*end = '\0';
		*p = end + 1;
		return true;
	}
	f->number = strtoull(*p, &end, 10);
	if (end == *p)
		return false;
	*p = end;
	return true;
}

static bool parse_object(char *line, struct object *o)
{
	char *p = line;

	o->n = 0;
	o->bad = false;
	if (*p++ != '{')
		return false;
	do {
		if (o->n == FIELDS_MAX || !take_field(&p, &o->field[o->n++]))
			return false;
	} while (*p++ == ',');
	return p[-1] == '}' && !*p;
}

static const struct field *find(const struct object *o, const char *key)
{
	for (int i = 0; i < o->n; i++) {
		if (!strcmp(o->field[i].key, key))
			return &o->field[i];
	}
	return NULL;
}

static uint64_t number(struct object *o, const char *key, uint64_t most)
{
	const struct field *f = find(o, key);

	if (!f)
		return 0;
	if (f->text || f->number > most)
		o->bad = true;
	return f->number;
}

static const char *text(struct object *o, const char *key)
{
	const struct field *f = find(o, key);

	if (f && f->text)
		return f->text;
	o->bad = true;
	return "";
}

static u8 word(struct object *o, const char *key, enum word_list list)
{
	int nr = word_number(list, text(o, key));

	if (nr < 0)
		o->bad = true;
	return (u8)nr;
}

static void address(struct object *o, const char *key, u8 ip[16])
{
	const char *s = text(o, key);

	if (inet_pton(AF_INET6, s, ip) == 1)
		return;
	memset(ip, 0, 16);
	ip[10] = 0xff;
	ip[11] = 0xff;
	if (inet_pton(AF_INET, s, ip + 12) != 1)
		o->bad = true;
}

static void read_sack(struct object *o, struct segment *s)
{
	const struct field *f = find(o, "sack");
	const char *p;
	char *end;
	int n = 0;

	if (!f || !f->text)
		return;
	for (p = f->text; n < 2 * TOY_SACK_MAX; p = end + 1) {
		s->sack[n] = (u32)strtoul(p, &end, 10);
		if (end == p)
			break;
		n++;
		if (*end != ',')
			break;
	}
	s->nsack = (u8)(n / 2);
}

static void read_payload(struct object *o, struct segment *s)
{
	const struct field *f = find(o, "payload");
	unsigned int byte;

	for (const char *p = f && f->text ? f->text : ""; *p && s->npayload < PAYLOAD_MAX; p += 2) {
		if (sscanf(p, "%2x", &byte) != 1 || !p[1]) {
			o->bad = true;
			break;
		}
		s->payload[s->npayload++] = (u8)byte;
	}
}

static void read_segment(struct object *o, struct event *ev)
{
	struct segment *s = &ev->seg;
	int flags = flags_number(text(o, "flags"));

	if (flags < 0)
		o->bad = true;
	s->flags = (u8)flags;
	s->seq = (u32)number(o, "seq", UINT32_MAX);
	s->ack = (u32)number(o, "ack", UINT32_MAX);
	s->len = (u32)number(o, "len", UINT32_MAX);
	s->wnd = (u16)number(o, "wnd", UINT16_MAX);
	s->wscale = (u8)number(o, "wscale", TOY_WSCALE_MAX);
	s->opts = (u8)number(o, "opts", UINT8_MAX);
	s->mss = (u16)number(o, "mss", UINT16_MAX);
	s->opt_wscale = (u8)number(o, "opt_wscale", UINT8_MAX);
	s->tsval = (u32)number(o, "tsval", UINT32_MAX);
	s->tsecr = (u32)number(o, "tsecr", UINT32_MAX);
	s->urg = (u16)number(o, "urg", UINT16_MAX);
	s->gso_size = (u32)number(o, "gso_size", UINT32_MAX);
	if (strcmp(text(o, "state"), "?"))
		s->state = word(o, "state", WORDS_STATE);
	if (ev->kind == EVENT_SEND)
		s->why = word(o, "why", WORDS_SENT);
	if (ev->kind == EVENT_DROP)
		s->why = word(o, "reason", WORDS_DROP);
	read_sack(o, s);
	read_payload(o, s);
}

static void read_event(struct object *o, struct events *all)
{
	struct event ev = { .kind = word(o, "ev", WORDS_EVENT) };

	if (o->bad)
		return;
	ev.ns = number(o, "t", UINT64_MAX);
	ev.netns = (u32)number(o, "netns", UINT32_MAX);
	address(o, "laddr", ev.local.ip);
	address(o, "raddr", ev.remote.ip);
	ev.local.port = (u16)number(o, "lport", UINT16_MAX);
	ev.remote.port = (u16)number(o, "rport", UINT16_MAX);
	switch (ev.kind) {
	case EVENT_STATE:
		ev.state.from = word(o, "from", WORDS_STATE);
		ev.state.to = word(o, "to", WORDS_STATE);
		ev.state.why = word(o, "why", WORDS_WHY);
		ev.state.ms = (u32)number(o, "ms", UINT32_MAX);
		break;
	case EVENT_TIMER:
		ev.timer.timer = word(o, "timer", WORDS_TIMER);
		ev.timer.backoff = (u8)number(o, "backoff", UINT8_MAX);
		ev.timer.retries = (u8)number(o, "retries", UINT8_MAX);
		ev.timer.rto = (u32)number(o, "rto", UINT32_MAX);
		break;
	case EVENT_CONG:
		ev.cong.why = word(o, "why", WORDS_CONG);
		ev.cong.cwnd = (u32)number(o, "cwnd", UINT32_MAX);
		ev.cong.ssthresh = (u32)number(o, "ssthresh", UINT32_MAX);
		ev.cong.srtt = (u32)number(o, "srtt", UINT32_MAX);
		ev.cong.rttvar = (u32)number(o, "rttvar", UINT32_MAX);
		ev.cong.flight = (u32)number(o, "flight", UINT32_MAX);
		break;
	default:
		read_segment(o, &ev);
	}
	if (!o->bad)
		events_add(all, &ev);
}

static bool read_line(char *line, struct events *all, bool first)
{
	const struct field *f;
	struct object o;

	if (!parse_object(line, &o))
		return false;
	if (first) {
		all->virtual_time = number(&o, "virtual_time", 1);
		return number(&o, "toyscope", VERSION) == VERSION && !o.bad;
	}
	f = find(&o, "ev");
	if (f && f->text && !strcmp(f->text, "netns"))
		events_name(all, (u32)number(&o, "netns", UINT32_MAX), text(&o, "name"));
	else if (f && f->text && !strcmp(f->text, "missed"))
		all->missed = number(&o, "n", UINT64_MAX);
	else
		read_event(&o, all);
	return !o.bad;
}

int record_read(struct events *all, const char *path)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "r") : stdin;
	unsigned int nr = 0;
	size_t size = 0;
	char *line = NULL;
	int ret = 0;

	if (!f) {
		fprintf(stderr, "toyscope: cannot read %s: %s\n", path, strerror(errno));
		return FAIL_FILE;
	}
	while (getline(&line, &size, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (read_line(line, all, nr++ == 0))
			continue;
		if (nr == 1)
			fprintf(stderr, "toyscope: %s is no recording that this toyscope reads\n",
				path);
		else
			fprintf(stderr, "toyscope: %s: line %u is damaged\n", path, nr);
		ret = FAIL_FILE;
		break;
	}
	if (!nr) {
		fprintf(stderr, "toyscope: %s is empty\n", path);
		ret = FAIL_FILE;
	}
	free(line);
	if (f != stdin)
		fclose(f);
	return ret;
}
