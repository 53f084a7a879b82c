// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: names.c - texts for the enums of watch.h
 *
 * Every text comes from the X-macros there, so a trace, a counter file and a test say the same.
 */
#include "conn.h"

static const char *const state_names[] = {
	"?",			/* they are numbered from 1 on, without a gap */
#define X(name, nr, text) text,
	TOY_STATES(X)
#undef X
};

static const char *const why_names[] = {
#define X(name, text, section) text,
	TOY_WHYS(X)
#undef X
};

static const char *const why_sections[] = {
#define X(name, text, section) section,
	TOY_WHYS(X)
#undef X
};

static const char *const drop_names[] = {
#define X(name, text) text,
	TOY_DROPS(X)
#undef X
};

static const char *const sent_names[] = {
#define X(name, text) text,
	TOY_SENTS(X)
#undef X
};

static const char *const timer_names[] = {
#define X(name, text) text,
	TOY_TIMERS(X)
#undef X
};

static const char *const cong_names[] = {
#define X(name, text) text,
	TOY_CONGS(X)
#undef X
};

static const char *const counter_names[] = {
#define X(name, text) #name,
	TOY_COUNTERS(X)
#undef X
};

static const char *const counter_helps[] = {
#define X(name, text) text,
	TOY_COUNTERS(X)
#undef X
};

static const char *pick(const char *const *names, size_t count, u8 nr)
{
	return nr < count && names[nr] ? names[nr] : "?";
}

/** toy_state_name() - a state as RFC 9293 writes it; "?" for a number that is none */
const char *toy_state_name(u8 state)
{
	return pick(state_names, ARRAY_SIZE(state_names), state);
}

/** toy_why_name() - why a state changed, in words */
const char *toy_why_name(u8 why)
{
	return pick(why_names, ARRAY_SIZE(why_names), why);
}

/** toy_why_section() - the section of RFC 9293 that asks for the change */
const char *toy_why_section(u8 why)
{
	return pick(why_sections, ARRAY_SIZE(why_sections), why);
}

/** toy_drop_name() - why a segment was not taken, in words */
const char *toy_drop_name(u8 drop)
{
	return pick(drop_names, ARRAY_SIZE(drop_names), drop);
}

/** toy_sent_name() - why a segment was sent, in words */
const char *toy_sent_name(u8 why)
{
	return pick(sent_names, ARRAY_SIZE(sent_names), why);
}

/** toy_timer_name() - a timer in words */
const char *toy_timer_name(u8 timer)
{
	return pick(timer_names, ARRAY_SIZE(timer_names), timer);
}

/** toy_cong_why_name() - why the congestion window changed, in words */
const char *toy_cong_why_name(u8 why)
{
	return pick(cong_names, ARRAY_SIZE(cong_names), why);
}

/** toy_counter_name() - a counter as its line in /proc/net/toy_stat names it */
const char *toy_counter_name(u8 counter)
{
	return pick(counter_names, ARRAY_SIZE(counter_names), counter);
}

/** toy_counter_help() - what a counter counts */
const char *toy_counter_help(u8 counter)
{
	return pick(counter_helps, ARRAY_SIZE(counter_helps), counter);
}
